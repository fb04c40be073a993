//! Writes that end the work at a visit: made safe, follow-on, materials awaited, done, and done as it came back on paper.

use super::{
    commands::{Door, Paper, Recorded, arrive, ready, ready_on_paper},
    model::Action,
    store::Visit,
    work::{self, Work},
};
use crate::{
    cases::{self, Outcome, Visited},
    declared::DECLARED,
    ids::{AppointmentId, OrderId},
    orders::{
        self,
        money::{budget_code, is_held},
        raise::{NewLine, NewOrder, raise},
    },
    priority::Priority,
    providers,
    rates::store as rates,
};
use rooftree_kernel::{Moment, ProviderId};
use rooftree_people::public::Told;
use rooftree_platform::{Ctx, Error, Result};

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

/// Tells the area whose case it is how the visit ended; what the resident hears of that.
async fn report(
    ctx: &mut Ctx,
    visit: &Visit,
    at: Moment,
    (note, on_paper): (&str, bool),
    outcome: Outcome<'_>,
) -> Result<Told> {
    let visited = Visited { appointment: visit.id, at, note, on_paper, outcome };
    cases::visited(ctx, &visit.case, &visited).await
}

/// How an emergency was made safe.
#[derive(Default)]
pub struct Safe {
    /// A key of the reasons list `made-safe`.
    pub how: String,
    /// What comes next, as the resident is told.
    pub next: String,
}

/// The danger is over and work remains: the emergency promise is met, the case goes on.
pub async fn make_safe(ctx: &mut Ctx, id: AppointmentId, safe: Safe, work: Work, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::MakeSafe, door).await? else { return Ok(Recorded::Before) };
    if visit.case.priority != Priority::Emergency {
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
    let outcome = Outcome::MadeSafe { how, next: safe.next.trim() };
    Ok(report(ctx, &visit, at, (&note, false), outcome).await?.into())
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
    Ok(follow_on_at(ctx, &visit, next, work, at).await?.into())
}

async fn follow_on_at(ctx: &mut Ctx, visit: &Visit, next: Next, work: Work, at: Moment) -> Result<Told> {
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
    let outcome = Outcome::FollowOn {
        reason: &reason.key,
        awaiting: &reason.title,
        trade: Some(following.as_ref().map_or(visit.case.trade.as_str(), |order| order.trade.as_str())),
        order: following.as_ref().map(|order| order.id),
        passes_to: following.as_ref().map(|order| order.provider),
    };
    report(ctx, visit, at, (&note, false), outcome).await
}

/// The order that carries the work on.
struct Following {
    id: OrderId,
    trade: String,
    provider: ProviderId,
}

/// Issues the order that follows: for the same provider where it has the trade, else for the one with most operatives in the ward. The
/// present order is thereby done. The case takes on the trade and the provider, so that the next visit is planned with the right people.
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
        case: &visit.case,
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
    if let Some(present) = order.follows {
        complete_order(ctx, present, at).await?;
    }
    orders::commands::recost(ctx, &visit.case).await?;
    Ok(Following { id, trade: rate.trade, provider })
}

/// The provider that has the case in hand, where it has the trade; else whoever has it in the ward.
async fn provider_for(ctx: &mut Ctx, visit: &Visit, trade: &str) -> Result<ProviderId> {
    if let Some(present) = visit.case.provider
        && !providers::able(ctx.conn(), trade, Some(present)).await?.is_empty()
    {
        return Ok(present);
    }
    providers::for_trade(ctx.conn(), trade, &visit.case.ward).await?.ok_or_else(|| {
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
    Ok(report(ctx, &visit, at, (&note, false), Outcome::AwaitingMaterials { what }).await?.into())
}

/// The work is done: the case is completed, unless another order of it is still open.
pub async fn complete(ctx: &mut Ctx, id: AppointmentId, work: Work, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::Complete, door).await? else { return Ok(Recorded::Before) };
    Ok(complete_at(ctx, &visit, work, at, false).await?.into())
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
    Ok(complete_at(ctx, &visit, work, finished, true).await?.into())
}

async fn complete_at(ctx: &mut Ctx, visit: &Visit, work: Work, at: Moment, on_paper: bool) -> Result<Told> {
    let note = work.note.trim().to_owned();
    work::record(ctx, visit, work).await?;
    finish(ctx, visit, Action::Complete, "", &note, at).await?;
    if let Some(order) = &visit.order {
        complete_order(ctx, order.id, at).await?;
    }
    let outcome = match other_open_order(ctx, visit).await? {
        Some(open) => {
            Outcome::FollowOn { reason: "another-trade", awaiting: "", trade: None, order: Some(open), passes_to: None }
        }
        None => Outcome::Completed,
    };
    report(ctx, visit, at, (&note, on_paper), outcome).await
}

async fn complete_order(ctx: &mut Ctx, order: OrderId, at: Moment) -> Result<()> {
    sqlx::query!(
        "update works_order set status = 'completed', completed_at = $2, version = version + 1 where id = $1 and status in ('issued', 'accepted')",
        order as _,
        at as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Another order of the case that is not done: calling it complete would be untrue.
async fn other_open_order(ctx: &mut Ctx, visit: &Visit) -> Result<Option<OrderId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: OrderId" from works_order where case_id = $1 and status in ('awaiting-approval', 'issued', 'accepted') order by id limit 1"#,
        visit.case.id.0
    )
    .fetch_optional(ctx.conn())
    .await?)
}
