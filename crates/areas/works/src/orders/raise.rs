//! Raising an order on a case that exists: follow-on work, a second contractor, a recall. The first order of a repair comes with its report,
//! in one statement of its own area.

use crate::{
    cases::Case,
    facts,
    ids::OrderId,
    orders::{commands::recost, money::delegated_limit},
};
use rooftree_kernel::{Pence, ProviderId};
use rooftree_platform::{Ctx, Result};
use uuid::Uuid;

/// A line of the new order.
pub struct NewLine {
    /// `PL-014`, of [`NewLine::rate_version`].
    pub rate_code: String,
    /// `2026-04`.
    pub rate_version: String,
    /// What the price buys.
    pub title: String,
    /// In hundredths of a unit.
    pub quantity_hundredths: i64,
    /// One unit.
    pub price_pence: Pence,
    /// The line.
    pub value_pence: Pence,
}

/// An order about to be raised.
pub struct NewOrder<'a> {
    /// The case and what its facts are about.
    pub case: &'a Case,
    /// Who gets it.
    pub provider: ProviderId,
    /// The revenue line; that of the order it follows where there is one.
    pub budget_code: String,
    /// The order whose work it carries on.
    pub follows: Option<OrderId>,
    /// It waits for the client.
    pub held: bool,
    /// What is ordered.
    pub lines: Vec<NewLine>,
}

/// The lines that stand on these orders, to be ordered again.
pub async fn lines_of(ctx: &mut Ctx, orders: &[OrderId]) -> Result<Vec<NewLine>> {
    Ok(sqlx::query_as!(
        NewLine,
        r#"select rate_code, rate_version, title, quantity_hundredths, price_pence as "price_pence: Pence", value_pence as "value_pence: Pence"
           from order_line where order_id = any($1) and removed_at is null order by id"#,
        orders as _
    )
    .fetch_all(ctx.conn())
    .await?)
}

/// Raises ended orders of a case again, each with its lines, for the same provider or for another. What the client had not agreed to waits
/// for the client again, whoever does the work.
pub async fn again(ctx: &mut Ctx, case: &Case, ended: &[OrderId], other: Option<ProviderId>) -> Result<()> {
    let orders = sqlx::query!(
        r#"select id as "id: OrderId", provider_id as "provider: ProviderId", budget_code, issued_at is not null as "issued!"
           from works_order where case_id = $1 and id = any($2) order by id"#,
        case.id.0,
        ended as _
    )
    .fetch_all(ctx.conn())
    .await?;
    for order in orders {
        let again = NewOrder {
            case,
            provider: other.unwrap_or(order.provider),
            budget_code: order.budget_code,
            follows: Some(order.id),
            held: !order.issued,
            lines: lines_of(ctx, &[order.id]).await?,
        };
        raise(ctx, &again).await?;
    }
    recost(ctx, case).await?;
    Ok(())
}

impl NewOrder<'_> {
    /// What its lines come to.
    pub fn value(&self) -> Pence {
        Pence(self.lines.iter().map(|line| line.value_pence.0).sum())
    }
}

/// Writes the order with its lines and records that it was issued, or held for the client.
pub async fn raise(ctx: &mut Ctx, order: &NewOrder<'_>) -> Result<OrderId> {
    let (id, now, user) = (OrderId::new(), ctx.now, ctx.actor.user);
    sqlx::query!(
        "with raised as (
             insert into works_order (id, reference, case_id, provider_id, budget_code, status, value_pence, follows_id, issued_at, raised_by_id,
                                      case_reference, title, place_id, trade, priority)
             values ($1, 'WO-' || nextval('order_ref_seq'), $2, $3, coalesce((select budget_code from works_order where id = $6), $4),
                     $5, $7, $6, $8, $9, $17, $18, $19, $20, $21)
         )
         insert into order_line (id, order_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence)
         select l.id, $1, l.code, l.version, l.title, l.quantity, l.price, l.value
         from unnest($10::uuid[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::bigint[], $16::bigint[])
              as l(id, code, version, title, quantity, price, value)",
        id as _,
        order.case.id.0,
        order.provider as _,
        order.budget_code,
        if order.held { "awaiting-approval" } else { "issued" },
        order.follows as _,
        order.value() as _,
        (!order.held).then_some(now) as _,
        user as _,
        &order.lines.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.rate_code.clone()).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.rate_version.clone()).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.title.clone()).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.quantity_hundredths).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.price_pence.0).collect::<Vec<_>>(),
        &order.lines.iter().map(|line| line.value_pence.0).collect::<Vec<_>>(),
        order.case.reference,
        order.case.title,
        order.case.place as _,
        order.case.trade,
        order.case.priority.as_str(),
    )
    .execute(ctx.conn())
    .await?;
    let fact = if order.held {
        facts::ORDER_HELD.at(now).with("limit_pence", delegated_limit(now.day()))
    } else {
        facts::ORDER_ISSUED.at(now).with("provider", order.provider)
    };
    ctx.record(order.case.about(fact).with("order", id).with("value_pence", order.value())).await?;
    Ok(id)
}
