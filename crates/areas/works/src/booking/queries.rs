//! An appointment as a page shows it.

use super::model::Held;
use crate::ids::{AppointmentId, OrderId};
use rooftree_kernel::{CaseId, OperativeId, Scope};
use rooftree_platform::{Db, Error, Result, boxed};

/// An appointment, not locked, with its case.
pub struct Shown {
    /// The case.
    pub case: CaseId,
    /// `R-104233`.
    pub reference: String,
    /// Itself.
    pub held: Held,
    /// Who is to come.
    pub operative_name: String,
}

/// One appointment; what lies outside the scope is not found.
#[boxed]
pub async fn shown(db: impl Into<Db<'_>>, id: AppointmentId, scope: &Scope) -> Result<Shown> {
    let [provider, operative] = scope.ids(["provider", "operative"]);
    let row = sqlx::query!(
        r#"select a.id as "id: AppointmentId", a.case_id, a.case_reference, a.operative_id as "operative: OperativeId",
                  a.order_id as "order: OrderId", a.starts_at, a.ends_at, a.window_starts_at, a.window_ends_at, a.status, a.emergency,
                  a.arrived_at, a.version, o.name
           from appointment a join operative o on o.id = a.operative_id
           where a.id = $1 and ($2::uuid is null or exists (select from operative w where w.id = a.operative_id and w.provider_id = $2)) and ($3::uuid is null or a.operative_id = $3)"#,
        id as _,
        provider,
        operative
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the appointment"))?;
    let held = Held {
        id: row.id,
        operative: row.operative,
        order: row.order,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        window_starts_at: row.window_starts_at,
        window_ends_at: row.window_ends_at,
        status: row.status,
        emergency: row.emergency,
        arrived_at: row.arrived_at,
        version: row.version,
    };
    Ok(Shown { case: CaseId(row.case_id), reference: row.case_reference, held, operative_name: row.name })
}
