//! Who may see the photos of a visit: the operative whose visit it is or was.

use crate::permissions;
use async_trait::async_trait;
use rooftree_frame::{App, Caller, CaseSource};
use rooftree_kernel::CaseId;
use rooftree_platform::Result;

/// The cases of an operative's own visits.
pub struct OwnVisits;

#[async_trait]
impl CaseSource for OwnVisits {
    async fn may_see(&self, app: &App, caller: &Caller, case: CaseId) -> Result<bool> {
        let Some(operative) = caller.scope().operative.filter(|_| caller.actor.may(&permissions::VISIT)) else {
            return Ok(false);
        };
        Ok(sqlx::query_scalar!(
            r#"select exists (select from appointment where repair_id = $1 and operative_id = $2 and status <> 'cancelled') as "own!""#,
            case.0,
            operative as _
        )
        .fetch_one(app.platform.pool())
        .await?)
    }
}
