//! Writes that end the work at a visit: made safe, follow-on, materials awaited, done, and done as it came back on paper.

use super::{
    commands::{Door, Paper, Recorded, about, arrive, ready, ready_on_paper},
    model::Action,
    store::Visit,
    work::{self, Work},
};
use crate::{
    aftercare,
    declared::{DECLARED, Priority},
    facts,
    ids::{AppointmentId, OrderId},
    orders::{
        self,
        money::{budget_code, is_held},
        raise::{NewLine, NewOrder, raise},
    },
    providers,
    rates::store as rates,
    repair::{commands::end_appointments, stage},
    tell,
};
use rooftree_kernel::{Moment, ProviderId};
use rooftree_platform::{Ctx, Error, Result};
use serde_json::json;

/// Ends the visit in its row.
async fn finish(ctx: &mut Ctx, visit: &Visit, action: Action, reason: &str, note: &str, at: Moment) -> Result<()> {
    sqlx::query!(
        "update appointment set finished_at = $2, outcome = $3, outcome_reason = $4, outcome_note = $5, version = version + 1 where id = $1",
        visit.id as _,
        at as _,
        action.outcome(),
        reason,
        note.trim()
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Whether the landlord's promise was kept, read from the case's own clock once it has stopped.
async fn note_on_time(ctx: &mut Ctx, visit: &Visit) -> Result<()> {
    let Some(words) = Priority::parse(&visit.repair.priority).and_then(|priority| DECLARED.priority(priority)) else {
        return Ok(());
    };
    sqlx::query!(
        "update repair set on_time = (select c.state = 'met' from clock c where c.case_id = $1 and c.standard = $2 and c.state in ('met', 'late')
                                      order by c.started_at desc limit 1)
         where id = $1",
        visit.repair.id as _,
        words.standard
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// How an emergency was made safe.
#[derive(Default)]
pub struct Safe {
    /// A key of the reasons list `made-safe`.
    pub how: String,
    /// What comes next, as the resident is told.
    pub next: String,
}

/// The danger is over and work remains: the emergency promise is met, the repair goes on.
pub async fn make_safe(ctx: &mut Ctx, id: AppointmentId, safe: Safe, work: Work, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::MakeSafe, door).await? else { return Ok(Recorded::Before) };
    if visit.repair.priority != "emergency" {
        return Err(Error::conflict("Only an emergency is made safe. Record the work as done, or as a follow-on."));
    }
    let how =
        DECLARED.reason("made-safe", &safe.how).ok_or_else(|| Error::field("how", "choose how it was made safe"))?;
    if how.note && work.note.trim().is_empty() {
        return Err(Error::field("note", format!("‘{}’ needs a few words of explanation", how.title)));
    }
    if safe.next.trim().is_empty() || safe.next.chars().count() > 200 {
        return Err(Error::field("next", "tell the resident in up to 200 characters what comes next"));
    }
    let note = work.note.clone();
    work::record(ctx, &visit, work).await?;
    finish(ctx, &visit, Action::MakeSafe, &how.key, &note, at).await?;
    sqlx::query!(
        "update repair set made_safe_at = coalesce(made_safe_at, $2) where id = $1",
        visit.repair.id as _,
        at as _
    )
    .execute(ctx.conn())
    .await?;
    stage::settle_awaiting(ctx, visit.repair.id, safe.next.trim()).await?;
    ctx.record(about(&visit, facts::MADE_SAFE.at(at)).with("appointment", id).with("how", &how.key)).await?;
    note_on_time(ctx, &visit).await?;
    let repair = tell::about(ctx, visit.repair.id).await?;
    let values = vec![("safe", sentence(&how.title)), ("next_step", sentence(safe.next.trim()))];
    Ok(tell::tell(ctx, &repair, "repairs.made-safe", values, json!({ "appointment": id })).await?.into())
}

/// Words with a full stop, since the template puts a sentence after them.
fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

/// What another visit is for.
#[derive(Default)]
pub struct Next {
    /// A key of the reasons list `follow-on`.
    pub reason: String,
    /// A rate line for other work than the order's: a new order follows, for whoever has that trade.
    pub rate: String,
}

/// Another visit follows. Work of another kind gets an order of its own that follows this one.
pub async fn follow_on(ctx: &mut Ctx, id: AppointmentId, next: Next, work: Work, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::FollowOn, door).await? else { return Ok(Recorded::Before) };
    follow_on_at(ctx, &visit, next, work, at).await?;
    Ok(Recorded::Now)
}

async fn follow_on_at(ctx: &mut Ctx, visit: &Visit, next: Next, work: Work, at: Moment) -> Result<()> {
    let reason = DECLARED
        .reason("follow-on", &next.reason)
        .ok_or_else(|| Error::field("reason", "choose why another visit is needed"))?;
    if reason.note && work.note.trim().is_empty() {
        return Err(Error::field("note", format!("‘{}’ needs a few words of explanation", reason.title)));
    }
    if reason.key == "another-trade" && next.rate.trim().is_empty() {
        return Err(Error::field("rate", "choose the rate line of the other trade's work"));
    }
    let note = work.note.clone();
    work::record(ctx, visit, work).await?;
    finish(ctx, visit, Action::FollowOn, &reason.key, &note, at).await?;
    let following =
        if next.rate.trim().is_empty() { None } else { Some(order_after(ctx, visit, next.rate.trim(), at).await?) };
    stage::settle_awaiting(ctx, visit.repair.id, &reason.title).await?;
    let fact = about(visit, facts::FOLLOW_ON.at(at)).with("reason", &reason.key).with("appointment", visit.id);
    let fact = match &following {
        Some(order) => fact.with("trade", &order.trade).with("order", order.id),
        None => fact.with("trade", &visit.repair.trade),
    };
    ctx.record(fact).await?;
    Ok(())
}

struct Following {
    id: OrderId,
    trade: String,
}

/// Issues the order that follows: for the same provider where it has the trade, else for the one with most operatives in the ward. The
/// present order is thereby done. The repair takes on the trade and the provider, so that the next visit is planned with the right people.
async fn order_after(ctx: &mut Ctx, visit: &Visit, code: &str, at: Moment) -> Result<Following> {
    let (codes, today) = ([code.to_uppercase()], ctx.now.day());
    let rate = rates::in_force(ctx.conn(), &codes, today).await?.pop().ok_or_else(|| {
        Error::field(
            "rate",
            format!(
                "‘{code}’ is not a code of the schedule of rates: type a word of the work and choose from the list"
            ),
        )
    })?;
    let provider = provider_for(ctx, visit, &rate.trade).await?;
    let mut order = NewOrder {
        repair: visit.repair.id,
        place: visit.repair.place,
        reporter: visit.repair.reporter,
        provider,
        budget_code: budget_code(Priority::Routine).to_owned(),
        follows: visit.order.as_ref().map(|order| order.id),
        held: false,
        lines: vec![NewLine {
            rate_code: rate.code,
            rate_version: rate.version,
            title: rate.title,
            quantity_hundredths: 100,
            price_pence: rate.price_pence,
            value_pence: rate.price_pence,
        }],
    };
    // What follows is routine work, and charged so, also after an emergency: nobody is in danger by waiting for the client's answer.
    order.held = is_held(order.value(), Priority::Routine, today);
    let id = raise(ctx, &order).await?;
    sqlx::query!(
        "with present as (
             update works_order set status = 'completed', completed_at = $3, version = version + 1 where id = $2 and status in ('issued', 'accepted')
         )
         update repair set trade = $4, provider_id = $5 where id = $1",
        visit.repair.id as _,
        order.follows as _,
        at as _,
        rate.trade,
        provider as _
    )
    .execute(ctx.conn())
    .await?;
    orders::commands::recost(ctx, visit.repair.id).await?;
    Ok(Following { id, trade: rate.trade })
}

/// The provider that has the repair in hand, where it has the trade; else whoever has it in the ward.
async fn provider_for(ctx: &mut Ctx, visit: &Visit, trade: &str) -> Result<ProviderId> {
    if let Some(present) = visit.repair.provider
        && !providers::able(ctx.conn(), trade, Some(present)).await?.is_empty()
    {
        return Ok(present);
    }
    providers::for_trade(ctx.conn(), trade, &visit.ward).await?.ok_or_else(|| {
        let words = DECLARED.trade(trade);
        Error::field("rate", format!("no provider has an operative for the trade ‘{words}’: ring the planner"))
    })
}

/// Work waits for materials; the planner books the next visit when they are in.
pub async fn await_materials(
    ctx: &mut Ctx,
    id: AppointmentId,
    what: &str,
    work: Work,
    door: &Door,
) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::AwaitMaterials, door).await? else { return Ok(Recorded::Before) };
    let what = what.trim();
    if what.is_empty() || what.chars().count() > 200 {
        return Err(Error::field("what", "say in up to 200 characters what is needed"));
    }
    let note = work.note.clone();
    work::record(ctx, &visit, work).await?;
    finish(ctx, &visit, Action::AwaitMaterials, "", &note, at).await?;
    stage::settle_awaiting(ctx, visit.repair.id, what).await?;
    ctx.record(about(&visit, facts::AWAITING_MATERIALS.at(at)).with("what", what).with("appointment", id)).await?;
    Ok(Recorded::Now)
}

/// The work is done: the repair is completed, unless another order of it is still open.
pub async fn complete(ctx: &mut Ctx, id: AppointmentId, work: Work, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::Complete, door).await? else { return Ok(Recorded::Before) };
    complete_at(ctx, &visit, work, at, false).await?;
    Ok(Recorded::Now)
}

/// A planner or provider records that the work is done, as it came back on paper: when the operative arrived and left, and what was done.
pub async fn complete_by_office(ctx: &mut Ctx, id: AppointmentId, work: Work, paper: &Paper) -> Result<Recorded> {
    let Some(mut visit) = ready_on_paper(ctx, id, Action::Complete).await? else { return Ok(Recorded::Before) };
    let (arrived, finished) = paper.moments(ctx.now, &visit)?;
    if visit.arrived_at.is_none() {
        arrive(ctx, &mut visit, arrived, &paper.late_reason).await?;
    }
    if work.note.trim().is_empty() {
        return Err(Error::field("note", "say what was done, as the paper has it"));
    }
    complete_at(ctx, &visit, work, finished, true).await?;
    Ok(Recorded::Now)
}

async fn complete_at(ctx: &mut Ctx, visit: &Visit, work: Work, at: Moment, on_paper: bool) -> Result<()> {
    let note = work.note.trim().to_owned();
    work::record(ctx, visit, work).await?;
    finish(ctx, visit, Action::Complete, "", &note, at).await?;
    if let Some(order) = &visit.order {
        sqlx::query!(
            "update works_order set status = 'completed', completed_at = $2, version = version + 1 where id = $1 and status in ('issued', 'accepted')",
            order.id as _,
            at as _
        )
        .execute(ctx.conn())
        .await?;
    }
    if let Some(open) = other_open_order(ctx, visit).await? {
        stage::settle_awaiting(ctx, visit.repair.id, "").await?;
        let fact = about(visit, facts::FOLLOW_ON.at(at)).with("reason", "another-trade").with("appointment", visit.id);
        ctx.record(fact.with("order", open)).await?;
        return Ok(());
    }
    complete_repair(ctx, visit, &note, at, on_paper).await
}

/// Another order of the repair that is not done: calling the repair complete would be untrue.
async fn other_open_order(ctx: &mut Ctx, visit: &Visit) -> Result<Option<OrderId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: OrderId" from works_order where repair_id = $1 and status in ('awaiting-approval', 'issued', 'accepted') order by id limit 1"#,
        visit.repair.id as _
    )
    .fetch_optional(ctx.conn())
    .await?)
}

async fn complete_repair(ctx: &mut Ctx, visit: &Visit, note: &str, at: Moment, on_paper: bool) -> Result<()> {
    let cost = orders::commands::recost(ctx, visit.repair.id).await?;
    // One attended visit and no other: what the Local Offer calls the first visit.
    let row = sqlx::query!(
        r#"update repair set status = 'completed', stage = 'completed', awaiting = '', completed_at = $2, completed_day = $3, completed_note = $4,
                  first_visit = (select count(*) = 1 from appointment a where a.repair_id = $1 and a.arrived_at is not null
                                 and a.status <> 'cancelled' and a.outcome is distinct from 'no-access' and a.status <> 'no-access'),
                  version = version + 1
           where id = $1 returning first_visit, (recall_of is not null) as "recall!""#,
        visit.repair.id as _,
        at as _,
        at.day() as _,
        note
    )
    .fetch_one(ctx.conn())
    .await?;
    let fact = about(visit, facts::COMPLETED.at(at))
        .with("completed_at", at)
        .with("first_visit", row.first_visit)
        .with("recall", row.recall)
        .with("appointment", visit.id)
        .with("cost_pence", cost);
    ctx.record(if on_paper { fact.with("on_paper", true) } else { fact }).await?;
    note_on_time(ctx, visit).await?;
    end_appointments(ctx, &visit.repair, "landlord", "repair-ended").await?;
    aftercare::after_completion(ctx, &visit.repair).await
}
