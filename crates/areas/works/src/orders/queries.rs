//! Reads of orders and of what waits for the client.

use crate::ids::{OrderId, VariationId};
use rooftree_kernel::{Moment, Pence, ProviderId, Scope};
use rooftree_platform::{Db, Error, Pool, Result, boxed};
use std::collections::HashMap;

/// Variations and orders to decide on that one page shows.
pub const PAGE_ROWS: i64 = 200;

/// An order with what it says of its case.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// `WO-88120`.
    pub reference: String,
    /// The case.
    pub case_reference: String,
    /// What it is.
    pub title: String,
    /// Where; on the page of the case itself it is left out.
    pub address: String,
    /// Its priority.
    pub priority: String,
    /// Trade key.
    pub trade: String,
    /// Who does it.
    pub provider_id: ProviderId,
    /// Their name.
    pub provider_name: String,
    /// The revenue line.
    pub budget_code: String,
    /// awaiting-approval, issued, accepted, completed, cancelled.
    pub status: String,
    /// The sum of its lines.
    pub value_pence: Pence,
    /// What the provider has charged; on a case's page the lines say it.
    pub invoiced_pence: Option<Pence>,
    /// When it was issued.
    pub issued_at: Option<Moment>,
    /// When it was accepted.
    pub accepted_at: Option<Moment>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// The user who raised it, where somebody did.
    pub raised_by_id: Option<uuid::Uuid>,
    /// For optimistic locking.
    pub version: i32,
}

/// An order by its reference, within the scope; an operative sees those of cases that they visit.
#[boxed]
pub async fn by_reference(db: impl Into<Db<'_>>, reference: &str, scope: &Scope) -> Result<Order> {
    let [provider, operative] = scope.ids(["provider", "operative"]);
    sqlx::query_as!(
        Order,
        r#"select o.id as "id: OrderId", o.reference, o.case_reference, o.title, p.address, o.priority, o.trade,
                  o.provider_id as "provider_id: ProviderId", v.name as provider_name, o.budget_code, o.status, o.value_pence as "value_pence: Pence",
                  (select sum(l.invoiced_pence)::bigint from order_line l where l.order_id = o.id and l.removed_at is null) as "invoiced_pence: Pence",
                  o.issued_at, o.accepted_at, o.approved_by, o.raised_by_id, o.version
           from works_order o join place p on p.id = o.place_id join provider v on v.id = o.provider_id
           where o.reference = upper($1) and ($2::uuid is null or o.provider_id = $2)
             and ($3::uuid is null or exists (select from appointment a where a.case_id = o.case_id and a.operative_id = $3))"#,
        reference.trim(),
        provider,
        operative
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the works order"))
}

/// Orders that wait for the client, oldest first.
pub async fn held(pool: &Pool, scope: &Scope, limit: i64) -> Result<Vec<Order>> {
    let [provider] = scope.ids(["provider"]);
    Ok(sqlx::query_as!(
        Order,
        r#"select o.id as "id: OrderId", o.reference, o.case_reference, o.title, p.address, o.priority, o.trade,
                  o.provider_id as "provider_id: ProviderId", v.name as provider_name, o.budget_code, o.status, o.value_pence as "value_pence: Pence",
                  (select sum(l.invoiced_pence)::bigint from order_line l where l.order_id = o.id and l.removed_at is null) as "invoiced_pence: Pence",
                  o.issued_at, o.accepted_at, o.approved_by, o.raised_by_id, o.version
           from works_order o join place p on p.id = o.place_id join provider v on v.id = o.provider_id
           where o.status = 'awaiting-approval' and ($1::uuid is null or o.provider_id = $1)
           order by o.id limit $2"#,
        provider,
        limit
    )
    .fetch_all(pool)
    .await?)
}

/// A line of an order.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its order.
    pub order_id: OrderId,
    /// Rate code.
    pub rate_code: String,
    /// What.
    pub title: String,
    /// In hundredths.
    pub quantity_hundredths: i64,
    /// One unit.
    pub price_pence: Pence,
    /// All.
    pub value_pence: Pence,
    /// What the provider charged.
    pub invoiced_pence: Option<Pence>,
    /// Added by a variation.
    pub variation: bool,
}

/// The lines of an order that stand.
#[boxed]
pub async fn lines(db: impl Into<Db<'_>>, order: OrderId) -> Result<Vec<Line>> {
    Ok(sqlx::query_as!(
        Line,
        r#"select id, order_id as "order_id: OrderId", rate_code, title, quantity_hundredths, price_pence as "price_pence: Pence", value_pence as "value_pence: Pence",
                  invoiced_pence as "invoiced_pence: Pence", (variation_id is not null) as "variation!"
           from order_line where order_id = $1 and removed_at is null order by id limit 500"#,
        order as _
    )
    .fetch_all(db)
    .await?)
}

/// A variation that waits for the client.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Waiting {
    /// Its id.
    pub id: VariationId,
    /// Its order.
    pub order: OrderId,
    /// That order's reference.
    pub order_reference: String,
    /// Its case.
    pub case_reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub address: String,
    /// Who asks.
    pub provider_name: String,
    /// A reason's key.
    pub reason: String,
    /// In words.
    pub note: String,
    /// By how much.
    pub value_pence: Pence,
    /// What was ordered before.
    pub order_value_pence: Pence,
    /// When it was asked for.
    pub requested_at: Moment,
    /// By whom.
    pub requested_by: String,
    /// What is asked for: `2 × Renew tap (PL-002), £52.00`.
    pub lines: Vec<String>,
    /// Photos on the case: evidence at a glance.
    pub photos: i64,
}

/// What stands behind something that the client decides on: how pressing it is, and what was seen there.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    /// The priority.
    pub priority: String,
    /// When the promise falls due that still runs.
    pub due: Option<Moment>,
    /// The newest photos, [`PHOTOS_SHOWN`] at most.
    pub photos: Vec<uuid::Uuid>,
}

/// Photos that stand beside what is decided; the page of the case has the rest.
const PHOTOS_SHOWN: i64 = 4;

/// The same for several orders, by their ids. `promises` are the standards that a visit must come in time for.
pub async fn behind(pool: &Pool, promises: &[String], orders: &[OrderId]) -> Result<HashMap<String, Behind>> {
    let rows = sqlx::query!(
        r#"select distinct o.case_id, o.case_reference, o.priority,
                  (select min(c.due_at) from clock c where c.case_id = o.case_id and c.state = 'running' and c.standard = any($2)) as "due: Moment",
                  array(select d.id from document d where d.case_id = o.case_id and d.removed_at is null and d.has_thumbnail
                        order by d.added_at desc, d.id desc limit $3) as "photos!: Vec<uuid::Uuid>"
           from works_order o where o.id = any($1)"#,
        orders as _,
        promises,
        PHOTOS_SHOWN
    )
    .fetch_all(pool)
    .await?;
    let behind = rows
        .into_iter()
        .map(|row| (row.case_reference, Behind { priority: row.priority, due: row.due, photos: row.photos }));
    Ok(behind.collect())
}

/// What the client decided about an order: the order itself, when it was above the limit, or a variation of it.
pub struct Decision {
    /// By how much; of a variation.
    pub variation_pence: Option<Pence>,
    /// The reason's key of a variation.
    pub reason: String,
    /// Whether the client agreed.
    pub approved: bool,
    /// What the client said to it.
    pub note: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// What the client decided about an order, in the order of time.
pub async fn decisions(pool: &Pool, order: OrderId) -> Result<Vec<Decision>> {
    Ok(sqlx::query_as!(
        Decision,
        r#"select null::bigint as "variation_pence: Pence", '' as "reason!", coalesce((f.payload ->> 'approved')::boolean, false) as "approved!",
                  coalesce(f.payload ->> 'note', '') as "note!", f.actor_name as "by!", f.occurred_at as "at!: Moment"
           from works_order o join fact f on f.case_id = o.case_id and f.name = $2 and f.payload ->> 'order' = o.id::text
           where o.id = $1
           union all
           select v.value_pence, v.reason, v.status = 'approved', v.decision_note, coalesce(v.decided_by, ''), v.decided_at
           from variation v where v.order_id = $1 and v.decided_at is not null
           order by 6 limit 100"#,
        order as _,
        crate::facts::ORDER_DECIDED.name
    )
    .fetch_all(pool)
    .await?)
}

/// Variations that wait, oldest first; those of one order, or all.
pub async fn waiting(pool: &Pool, scope: &Scope, order: Option<OrderId>, limit: i64) -> Result<Vec<Waiting>> {
    let [provider] = scope.ids(["provider"]);
    Ok(sqlx::query_as!(
        Waiting,
        r#"select w.id as "id: VariationId", o.id as "order: OrderId", o.reference as order_reference, o.case_reference, o.title, p.address,
                  v.name as provider_name, w.reason, w.note, w.value_pence as "value_pence: Pence", o.value_pence as "order_value_pence: Pence",
                  w.requested_at, w.requested_by,
                  array(select trim_scale(l.quantity_hundredths / 100.0) || ' × ' || l.title || ' (' || l.rate_code || '), £'
                               || to_char(l.value_pence / 100.0, 'FM999999990.00')
                        from order_line l where l.order_id = w.order_id and l.variation_id = w.id order by l.id) as "lines!",
                  (select count(*) from document d where d.case_id = o.case_id and d.removed_at is null) as "photos!"
           from variation w join works_order o on o.id = w.order_id
           join place p on p.id = o.place_id join provider v on v.id = o.provider_id
           where w.status = 'requested' and ($1::uuid is null or o.provider_id = $1) and ($2::uuid is null or o.id = $2)
           order by w.requested_at limit $3"#,
        provider,
        order as _,
        limit
    )
    .fetch_all(pool)
    .await?)
}
