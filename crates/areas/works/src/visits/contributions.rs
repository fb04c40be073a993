//! Who may see the photos of a visit and what else hangs on its case: the operative whose visit it is or was.

use crate::permissions;
use async_trait::async_trait;
use rooftree_frame::{App, Caller, CaseSource};
use rooftree_platform::Result;
use uuid::Uuid;

/// The cases of an operative's own visits.
pub struct OwnVisits;

#[async_trait]
impl CaseSource for OwnVisits {
    async fn visible(&self, app: &App, caller: &Caller, cases: &[Uuid]) -> Result<Vec<Uuid>> {
        let [Some(operative)] = caller.scope().ids(["operative"]) else { return Ok(Vec::new()) };
        if !caller.actor.may(&permissions::VISIT) {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar!(
            "select distinct case_id from appointment where case_id = any($1) and operative_id = $2 and status <> 'cancelled'",
            cases,
            operative
        )
        .fetch_all(app.platform.reads())
        .await?)
    }
}
