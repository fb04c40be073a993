//! Who does the work: the landlord's works company and its subcontractors (S0 §3). An operative belongs to one; an order goes to one. A
//! provider that ends keeps its history and gets no more work; it cannot end while operatives work for it or its orders are open.

mod commands;
mod web;

use rooftree_kernel::ProviderId;
use rooftree_platform::Result;
use sqlx::PgExecutor;

pub(crate) use web::add;

/// Those that work for the landlord now, by name; only the one when a scope sees no other.
pub(crate) async fn working(db: impl PgExecutor<'_>, only: Option<ProviderId>) -> Result<Vec<(ProviderId, String)>> {
    let rows = sqlx::query!(
        r#"select id as "id: ProviderId", name from provider where ended_at is null and ($1::uuid is null or id = $1) order by name limit 100"#,
        only as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
