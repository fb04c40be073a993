//! Writes on orders and variations.

use super::queries::{self, Order};
use crate::{
    cases::{self, Case},
    declared::DECLARED,
    facts,
    ids::{OrderId, VariationId},
    permissions,
    rates::store::{self as rates, Rate},
};
use rooftree_kernel::{FieldErrors, Pence};
use rooftree_platform::{Ctx, Error, Result};
use uuid::Uuid;

/// The largest quantity of a line, in hundredths (1,000 units).
const QUANTITY_HUNDREDTHS_MAX: i64 = 100_000;

/// Loads and locks an order within the actor's scope: first the case, then the order, as every command does.
async fn lock(ctx: &mut Ctx, reference: &str) -> Result<(Order, Case)> {
    let scope = ctx.actor.scope.clone();
    let mut order = queries::by_reference(ctx.conn(), reference, &scope).await?;
    let case = cases::lock(ctx, &order.case_reference).await?;
    let row = sqlx::query!(
        r#"select status, version, value_pence as "value: Pence", raised_by_id from works_order where id = $1 for update"#,
        order.id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    (order.status, order.version, order.value_pence, order.raised_by_id) =
        (row.status, row.version, row.value, row.raised_by_id);
    Ok((order, case))
}

/// The provider takes an issued order on.
pub async fn accept(ctx: &mut Ctx, reference: &str) -> Result<()> {
    ctx.require(&permissions::ORDER)?;
    let (order, case) = lock(ctx, reference).await?;
    if order.status != "issued" {
        return Err(Error::conflict(format!(
            "{} is {}; only an issued order can be accepted",
            order.reference,
            order.status.replace('-', " ")
        )));
    }
    let now = ctx.now;
    sqlx::query!(
        "update works_order set status = 'accepted', accepted_at = $2, version = version + 1 where id = $1",
        order.id as _,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(case.about(facts::ORDER_ACCEPTED.at(now)).with("order", order.id)).await?;
    Ok(())
}

/// The client decides on an order that is above the delegated limit.
pub async fn decide(ctx: &mut Ctx, reference: &str, approve: bool, note: &str) -> Result<()> {
    ctx.require(&permissions::APPROVE)?;
    let (order, case) = lock(ctx, reference).await?;
    if order.status != "awaiting-approval" {
        return Err(Error::conflict(format!("{} no longer waits for approval", order.reference)));
    }
    ctx.require_another(order.raised_by_id.map(Into::into), "this order")?;
    if !approve && note.trim().is_empty() {
        return Err(Error::field("note", "say why it is refused; the provider reads this"));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    let status = if approve { "issued" } else { "cancelled" };
    sqlx::query!(
        "update works_order set status = $2, approved_by = $3, issued_at = $4, version = version + 1
         where id = $1",
        order.id as _,
        status,
        by,
        approve.then_some(now) as _
    )
    .execute(ctx.conn())
    .await?;
    cases::settle(ctx, &case).await?;
    if !approve {
        recost(ctx, &case).await?;
    }
    let decided = case
        .about(facts::ORDER_DECIDED.at(now))
        .with("order", order.id)
        .with("approved", approve)
        .with("note", note.trim());
    let mut list = vec![decided];
    if approve {
        let issued = case.about(facts::ORDER_ISSUED.at(now));
        list.push(
            issued.with("order", order.id).with("provider", order.provider_id).with("value_pence", order.value_pence),
        );
    }
    ctx.record_all(list).await?;
    Ok(())
}

/// Ends the orders of a case that are not done, and refuses what was asked for on them. Returns the orders that ended.
pub async fn end_open(ctx: &mut Ctx, case: &Case, why: &str) -> Result<Vec<OrderId>> {
    let ended = sqlx::query_scalar!(
        r#"update works_order set status = 'cancelled', version = version + 1
           where case_id = $1 and status in ('awaiting-approval', 'issued', 'accepted') returning id as "id: OrderId""#,
        case.id.0
    )
    .fetch_all(ctx.conn())
    .await?;
    let now = ctx.now;
    let facts = ended.iter().map(|id| case.about(facts::ORDER_CANCELLED.at(now)).with("order", *id)).collect();
    ctx.record_all(facts).await?;
    refuse_variations(ctx, case, why).await?;
    recost(ctx, case).await?;
    Ok(ended)
}

/// Refuses what was asked for on orders that have ended; what a completed one took more is still to be decided.
async fn refuse_variations(ctx: &mut Ctx, case: &Case, note: &str) -> Result<()> {
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    let refused = sqlx::query!(
        "update variation v set status = 'refused', decided_at = $2, decided_by = $3, decision_note = $4
         from works_order o where o.id = v.order_id and o.case_id = $1 and o.status = 'cancelled' and v.status = 'requested' returning v.id, v.order_id",
        case.id.0,
        now as _,
        by,
        note
    )
    .fetch_all(ctx.conn())
    .await?;
    let facts = refused
        .into_iter()
        .map(|variation| {
            case.about(facts::VARIATION_DECIDED.at(now))
                .with("variation", variation.id)
                .with("order", variation.order_id)
                .with("approved", false)
                .with("note", note)
        })
        .collect();
    ctx.record_all(facts).await?;
    Ok(())
}

/// A line that a variation adds: rate code and quantity in hundredths.
pub type NewLine = (String, i64);

/// Asks the client for more than was ordered. Nothing is added to the order until it is approved.
pub async fn request_variation(
    ctx: &mut Ctx,
    reference: &str,
    reason: &str,
    note: &str,
    lines: &[NewLine],
) -> Result<VariationId> {
    ctx.require_any(&[permissions::ORDER, permissions::VISIT])?;
    let (order, case) = lock(ctx, reference).await?;
    // Also once the work is done: what it took more is decided before it is invoiced.
    if !matches!(order.status.as_str(), "issued" | "accepted" | "completed") {
        return Err(Error::conflict(format!(
            "{} is {}; ask for a new order instead",
            order.reference,
            order.status.replace('-', " ")
        )));
    }
    let codes: Vec<String> = lines.iter().map(|(code, _)| code.clone()).collect();
    let today = ctx.now.day();
    let rates = rates::in_force(ctx.conn(), &codes, today).await?;
    let priced = price(reason, note, lines, &rates)?;
    let value: i64 = priced.iter().map(|(.., value)| value.0).sum();
    let id = VariationId::new();
    let (now, by, user) = (ctx.now, ctx.actor.name.clone(), ctx.actor.user);
    sqlx::query!(
        "insert into variation (id, order_id, reason, note, value_pence, status, requested_at, requested_by, requested_by_id)
         values ($1, $2, $3, $4, $5, 'requested', $6, $7, $8)",
        id as _,
        order.id as _,
        reason,
        note.trim(),
        value,
        now as _,
        by,
        user as _
    )
    .execute(ctx.conn())
    .await?;
    // The lines exist from the request, struck out; approval brings them in.
    sqlx::query!(
        "insert into order_line (id, order_id, variation_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence, removed_at)
         select l.id, $1, $2, l.code, l.version, l.title, l.quantity, l.price, l.value, $3::timestamptz
         from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[])
              as l(id, code, version, title, quantity, price, value)",
        order.id as _,
        id as _,
        now as _,
        &priced.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &priced.iter().map(|(rate, ..)| rate.code.clone()).collect::<Vec<_>>(),
        &priced.iter().map(|(rate, ..)| rate.version.clone()).collect::<Vec<_>>(),
        &priced.iter().map(|(rate, ..)| rate.title.clone()).collect::<Vec<_>>(),
        &priced.iter().map(|(_, quantity, _)| *quantity).collect::<Vec<_>>(),
        &priced.iter().map(|(rate, ..)| rate.price_pence.0).collect::<Vec<_>>(),
        &priced.iter().map(|(.., value)| value.0).collect::<Vec<_>>(),
    )
    .execute(ctx.conn())
    .await?;
    let fact = case.about(facts::VARIATION_REQUESTED.at(now)).with("variation", id).with("order", order.id);
    ctx.record(fact.with("value_pence", value).with("reason", reason)).await?;
    Ok(id)
}

type Priced<'a> = (&'a Rate, i64, Pence);

/// Prices the lines of a variation, or says which field is wrong.
fn price<'a>(reason: &str, note: &str, lines: &[NewLine], rates: &'a [Rate]) -> Result<Vec<Priced<'a>>, FieldErrors> {
    let mut errors = FieldErrors::default();
    match DECLARED.reason("variation", reason) {
        None => errors.add("reason", "choose a reason"),
        Some(declared) if declared.note && note.trim().is_empty() => {
            errors.add("note", "this reason needs a few words of explanation")
        }
        Some(_) => {}
    }
    if lines.is_empty() {
        errors.add("rate-0", "add at least one line from the schedule of rates");
    }
    let mut priced = Vec::new();
    for (row, (code, quantity)) in lines.iter().enumerate() {
        let Some(rate) = rates.iter().find(|rate| rate.code == *code) else {
            errors.add(
                format!("rate-{row}"),
                format!(
                    "‘{code}’ is not a code of the schedule of rates: type a word of the work and choose from the list"
                ),
            );
            continue;
        };
        if !(1..=QUANTITY_HUNDREDTHS_MAX).contains(quantity) {
            errors.add(format!("quantity-{row}"), "enter a quantity from 0.01 to 1,000");
            continue;
        }
        match rate.price_pence.times_hundredths(*quantity) {
            Some(value) => priced.push((rate, *quantity, value)),
            None => errors.add(format!("quantity-{row}"), "the value is too large"),
        }
    }
    errors.into_result(priced)
}

/// The client approves or refuses a variation. Nobody decides on their own request.
pub async fn decide_variation(ctx: &mut Ctx, id: VariationId, approve: bool, note: &str) -> Result<()> {
    ctx.require(&permissions::APPROVE)?;
    let reference = sqlx::query_scalar!(
        "select o.reference from variation w join works_order o on o.id = w.order_id where w.id = $1",
        id as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the variation"))?;
    let (order, case) = lock(ctx, &reference).await?;
    let row = sqlx::query!("select status, requested_by_id from variation where id = $1 for update", id as _)
        .fetch_one(ctx.conn())
        .await?;
    if row.status != "requested" {
        return Err(Error::conflict(format!("this variation of {reference} was already {}", row.status)));
    }
    ctx.require_another(row.requested_by_id.map(Into::into), "this variation")?;
    if !approve && note.trim().is_empty() {
        return Err(Error::field("note", "say why it is refused; the provider reads this"));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    sqlx::query!(
        "update variation set status = $2, decided_at = $3, decided_by = $4, decision_note = $5 where id = $1",
        id as _,
        if approve { "approved" } else { "refused" },
        now as _,
        by,
        note.trim()
    )
    .execute(ctx.conn())
    .await?;
    if approve {
        sqlx::query!(
            "update order_line set removed_at = null where order_id = $2 and variation_id = $1",
            id as _,
            order.id as _
        )
        .execute(ctx.conn())
        .await?;
        revalue(ctx, &order, &case).await?;
    }
    let fact = case.about(facts::VARIATION_DECIDED.at(now)).with("variation", id).with("order", order.id);
    ctx.record(fact.with("approved", approve).with("note", note.trim())).await?;
    Ok(())
}

/// An order is worth the sum of its lines.
async fn revalue(ctx: &mut Ctx, order: &Order, case: &Case) -> Result<()> {
    sqlx::query!(
        "update works_order set value_pence = (select coalesce(sum(value_pence), 0)::bigint from order_line where order_id = $1 and removed_at is null),
                version = version + 1
         where id = $1",
        order.id as _
    )
    .execute(ctx.conn())
    .await?;
    recost(ctx, case).await?;
    Ok(())
}

/// A case costs what its orders are worth, or what was invoiced once it is.
pub async fn recost(ctx: &mut Ctx, case: &Case) -> Result<Pence> {
    let cost = sqlx::query_scalar!(
        r#"select coalesce(sum(coalesce(l.invoiced_pence, l.value_pence)), 0)::bigint as "cost!: Pence"
           from order_line l join works_order o on o.id = l.order_id
           where o.case_id = $1 and o.status <> 'cancelled' and l.removed_at is null"#,
        case.id.0
    )
    .fetch_one(ctx.conn())
    .await?;
    cases::of(ctx.platform().registry(), &case.reference)?.costs(ctx, case.id, cost).await?;
    Ok(cost)
}

/// The provider says what each line came to. It may not exceed what was ordered: more is a variation.
pub async fn invoice(ctx: &mut Ctx, reference: &str, values: &[(Uuid, Pence)], version: i32) -> Result<()> {
    ctx.require(&permissions::ORDER)?;
    let (order, case) = lock(ctx, reference).await?;
    if order.version != version {
        return Err(Error::outrun("this order"));
    }
    if order.status != "completed" {
        return Err(Error::conflict(format!("{} is not completed; invoice values follow the work", order.reference)));
    }
    let lines = queries::lines(ctx.conn(), order.id).await?;
    let mut errors = FieldErrors::default();
    for (id, value) in values {
        match lines.iter().find(|line| line.id == *id) {
            None => errors.add(format!("line-{id}"), "this line is no longer part of the order"),
            Some(line) if value.0 < 0 || *value > line.value_pence => {
                errors.add(
                    format!("line-{id}"),
                    format!("enter up to {}; ask for a variation if it cost more", line.value_pence),
                );
            }
            Some(_) => {}
        }
    }
    errors.into_result(())?;
    sqlx::query!(
        "update order_line l set invoiced_pence = v.value from unnest($1::uuid[], $2::bigint[]) as v(id, value) where l.id = v.id and l.order_id = $3",
        &values.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &values.iter().map(|(_, value)| value.0).collect::<Vec<_>>(),
        order.id as _
    )
    .execute(ctx.conn())
    .await?;
    revalue(ctx, &order, &case).await?;
    let now = ctx.now;
    let total: i64 = values.iter().map(|(_, value)| value.0).sum();
    ctx.record(case.about(facts::ORDER_INVOICED.at(now)).with("order", order.id).with("value_pence", total)).await?;
    Ok(())
}
