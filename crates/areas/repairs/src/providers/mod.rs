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

/// The name of a provider that works and has somebody of a trade.
pub(crate) async fn able(db: impl PgExecutor<'_>, provider: ProviderId, trade: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select p.name from provider p where p.id = $1 and p.ended_at is null
           and exists (select from operative o join operative_trade t on t.operative_id = o.id and t.trade = $2
                       where o.provider_id = p.id and o.ended_at is null)",
        provider as _,
        trade
    )
    .fetch_optional(db)
    .await?)
}

/// Who gets the work of a trade in a ward: see the database's function `provider_for`.
pub(crate) async fn for_trade(db: impl PgExecutor<'_>, trade: &str, ward: &str) -> Result<Option<ProviderId>> {
    Ok(sqlx::query_scalar!(r#"select provider_for($1, $2) as "id!: ProviderId""#, trade, ward)
        .fetch_optional(db)
        .await?)
}
