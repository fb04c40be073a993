//! Who does the work: the landlord's works company and its subcontractors (S0 §3). An operative belongs to one; an order goes to one. A
//! provider that ends keeps its history and gets no more work; it cannot end while operatives work for it or its orders are open.

mod commands;
mod web;

use rooftree_kernel::ProviderId;
use rooftree_platform::Result;
use sqlx::{PgConnection, PgExecutor};

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

/// Who gets the work of a trade in a ward: the provider with most operatives of the trade who cover the ward; where nobody does, with
/// most of the trade.
pub(crate) async fn for_trade(conn: &mut PgConnection, trade: &str, ward: &str) -> Result<Option<ProviderId>> {
    let of_ward = sqlx::query_scalar!(
        r#"select o.provider_id as "id: ProviderId" from operative_ward w
           join operative_trade t on t.operative_id = w.operative_id and t.trade = $1
           join operative o on o.id = w.operative_id and o.ended_at is null
           join provider p on p.id = o.provider_id and p.ended_at is null
           where w.ward = $2
           group by o.provider_id order by count(*) desc, o.provider_id limit 1"#,
        trade,
        ward
    )
    .fetch_optional(&mut *conn)
    .await?;
    if of_ward.is_some() {
        return Ok(of_ward);
    }
    Ok(sqlx::query_scalar!(
        r#"select o.provider_id as "id: ProviderId" from operative o
           join operative_trade t on t.operative_id = o.id and t.trade = $1
           join provider p on p.id = o.provider_id and p.ended_at is null
           where o.ended_at is null
           group by o.provider_id order by count(*) desc, o.provider_id limit 1"#,
        trade
    )
    .fetch_optional(conn)
    .await?)
}
