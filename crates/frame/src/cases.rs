//! Who may see what belongs to a case: its facts, clocks, messages and documents. Each area says it of its own cases
//! ([`CaseSource`](crate::CaseSource)); whatever shows something of any case asks here.

use crate::{App, Caller};
use rooftree_kernel::CaseId;
use rooftree_platform::{Result, boxed};
use std::collections::HashSet;
use uuid::Uuid;

/// Those of the cases that this caller may see. However many they are, each source is asked once.
#[boxed]
pub async fn visible(app: &App, caller: &Caller, cases: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut seen = HashSet::new();
    if cases.is_empty() {
        return Ok(seen);
    }
    for source in &app.shared.cases {
        seen.extend(source.visible(app, caller, cases).await?);
    }
    Ok(seen)
}

/// Whether this caller may see the case. One that is no area's nobody sees.
#[boxed]
pub async fn may_see(app: &App, caller: &Caller, case: CaseId) -> Result<bool> {
    Ok(visible(app, caller, &[case.0]).await?.contains(&case.0))
}
