//! Who does the work: the landlord's works company and its subcontractors (S0 §3). An operative belongs to one; an order goes to one. A
//! provider that ends keeps its history and gets no more work; it cannot end while operatives work for it or its orders are open.

mod commands;
mod web;

use rooftree_kernel::ProviderId;
use rooftree_platform::{Db, Error, Result, boxed};

pub(crate) use web::add;

/// A provider, as other areas need to know it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// As it stands on orders; no two have the same.
    pub name: String,
    /// It works for the landlord no more: its history stays, it gets no more work.
    pub ended: bool,
}

/// Id and name, as a choice shows them.
pub type Named = (ProviderId, String);

/// The providers with these ids, in no order, those that have ended too.
#[boxed]
pub async fn providers(db: impl Into<Db<'_>>, ids: &[ProviderId]) -> Result<Vec<Provider>> {
    Ok(sqlx::query_as!(
        Provider,
        r#"select id as "id: ProviderId", name, (ended_at is not null) as "ended!" from provider where id = any($1)"#,
        ids as _
    )
    .fetch_all(db)
    .await?)
}

/// A provider by its id.
#[boxed]
pub async fn provider(db: impl Into<Db<'_>>, id: ProviderId) -> Result<Provider> {
    providers(db, &[id]).await?.pop().ok_or(Error::NotFound("the provider"))
}

/// Those that work for the landlord now, by name, to choose from; only the one when a scope sees no other.
#[boxed]
pub async fn working(db: impl Into<Db<'_>>, only: Option<ProviderId>) -> Result<Vec<Named>> {
    let rows = sqlx::query!(
        r#"select id as "id: ProviderId", name from provider where ended_at is null and ($1::uuid is null or id = $1) order by name limit 1000"#,
        only as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Those of them that have somebody of a trade; only the one when it alone is asked about.
#[boxed]
pub async fn able(db: impl Into<Db<'_>>, trade: &str, only: Option<ProviderId>) -> Result<Vec<Named>> {
    let rows = sqlx::query!(
        r#"select p.id as "id: ProviderId", p.name from provider p where p.ended_at is null and ($2::uuid is null or p.id = $2)
             and exists (select from operative o join operative_trade t on t.operative_id = o.id and t.trade = $1
                         where o.provider_id = p.id and o.ended_at is null)
           order by p.name limit 1000"#,
        trade,
        only as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Who gets the work of a trade in a ward: see the database's function `provider_for`.
#[boxed]
pub async fn for_trade(db: impl Into<Db<'_>>, trade: &str, ward: &str) -> Result<Option<ProviderId>> {
    Ok(sqlx::query_scalar!(r#"select provider_for($1, $2) as "id!: ProviderId""#, trade, ward)
        .fetch_optional(db)
        .await?)
}
