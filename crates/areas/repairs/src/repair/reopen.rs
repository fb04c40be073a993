//! Taking back what was a mistake: a cancellation, or a completion. The repair is open again, with its work and its promise, as if it had
//! never been ended; the journal keeps both.

use super::{
    commands::{Locked, lock},
    stage,
};
use crate::{
    declared::Priority,
    facts,
    ids::{AppointmentId, OrderId},
    orders::{
        self,
        limits::DELEGATED_PENCE,
        raise::{NewLine, NewOrder, raise},
    },
    permissions,
    reports::commands::budget_code,
};
use rooftree_kernel::{Moment, Pence, ProviderId};
use rooftree_platform::{Ctx, Error, Result, clocks::WITHDRAWN};

/// The most words that say why, in characters.
pub const NOTE_MAX: usize = 1000;

/// What the repair was before it is opened.
struct Before {
    cancelled_at: Option<Moment>,
    cancel_reason: Option<String>,
    channel: String,
    made_safe: bool,
    appointed: bool,
    reasons: serde_json::Value,
}

/// Opens a cancelled repair again. Its last order is raised anew; visits are booked anew, because their times may be taken.
pub async fn reopen(ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
    ctx.require(&permissions::CANCEL)?;
    let repair = lock(ctx, reference).await?;
    if repair.status != "cancelled" {
        return Err(Error::conflict(format!(
            "{} is {}; only a cancelled repair can be opened again",
            repair.reference, repair.status
        )));
    }
    repair.require_version(version)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_MAX {
        return Err(Error::field("note", "say in up to 1,000 characters why it should not have been cancelled"));
    }
    let before = open(ctx, &repair).await?;
    let now = ctx.now;
    let about = |fact: rooftree_platform::NewFact| fact.case(repair.id).home(repair.place).person(repair.reporter);
    let mut list = vec![
        about(facts::REOPENED.at(now))
            .with("note", note)
            .with("cancelled_at", before.cancelled_at)
            .with("cancel_reason", &before.cancel_reason),
    ];
    // An emergency that was made safe has kept its promise; everything else counts again from the report.
    if !(before.made_safe && repair.priority == Priority::Emergency.as_str()) {
        list.push(promised_again(about(facts::PRIORITISED.at(now)), &repair, &before));
    }
    ctx.record_all(list).await?;
    order_again(ctx, &repair).await?;
    stage::settle(ctx, repair.id).await
}

async fn open(ctx: &mut Ctx, repair: &Locked) -> Result<Before> {
    Ok(sqlx::query_as!(
        Before,
        r#"with before as (select cancelled_at, cancel_reason from repair where id = $1)
           update repair r set status = 'open', cancelled_at = null, cancelled_day = null, cancel_reason = null from before b
           where r.id = $1
           returning b.cancelled_at as "cancelled_at: Moment", b.cancel_reason, r.channel, r.made_safe_at is not null as "made_safe!",
                     exists (select from appointment a where a.repair_id = r.id) as "appointed!", r.priority_reasons as reasons"#,
        repair.id as _
    )
    .fetch_one(ctx.conn())
    .await?)
}

/// The promises of the report. Where a visit was agreed before, the appointment was made and confirmed: those do not begin anew.
fn promised_again(fact: rooftree_platform::NewFact, repair: &Locked, before: &Before) -> rooftree_platform::NewFact {
    let fact = fact
        .with("priority", &repair.priority)
        .with("reported_at", repair.reported_at)
        .with("reason", "reopened")
        .with("reasons", &before.reasons)
        .with("channel", &before.channel)
        .with("trade", &repair.trade)
        .with("right_to_repair", &repair.right_to_repair);
    if !before.appointed {
        return fact;
    }
    fact.with("previous", &repair.priority).with("previous_right_to_repair", "none").with("booked", true)
}

/// The order that ended with the cancellation, raised again; what the client had not agreed to waits for the client again.
async fn order_again(ctx: &mut Ctx, repair: &Locked) -> Result<()> {
    let last = sqlx::query!(
        r#"select id as "id: OrderId", provider_id as "provider: ProviderId", issued_at is not null as "issued!" from works_order
           where repair_id = $1 and status = 'cancelled' order by id desc limit 1"#,
        repair.id as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    let Some(last) = last else { return Ok(()) };
    let lines: Vec<NewLine> = orders::raise::lines_of(ctx, &[last.id]).await?;
    let value: i64 = lines.iter().map(|line| line.value_pence.0).sum();
    let order = NewOrder {
        repair: repair.id,
        place: repair.place,
        reporter: repair.reporter,
        provider: last.provider,
        budget_code: budget_code(Priority::Routine).to_owned(),
        follows: Some(last.id),
        held: !last.issued && Pence(value) > Pence(DELEGATED_PENCE),
        lines,
    };
    raise(ctx, &order).await?;
    orders::commands::recost(ctx, repair.id).await?;
    Ok(())
}

/// The completion of a repair, and what stands in the way of taking it back.
struct Completion {
    seq: i64,
    appointment: Option<AppointmentId>,
    invoiced: bool,
    inspected: bool,
    answered: bool,
    recalled: bool,
    contradicted: bool,
}

/// Takes a completion back that was recorded by mistake: the visit has no outcome again, its order is open, and every promise counts as if
/// the work had not been called done. Refused once somebody has built on it: an invoice, an inspection, the resident's answer, a recall.
pub async fn withdraw_completion(ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
    ctx.require(&permissions::PLAN)?;
    let repair = lock(ctx, reference).await?;
    if repair.status != "completed" {
        return Err(Error::conflict(format!(
            "{} is {}; only a completion can be taken back",
            repair.reference, repair.status
        )));
    }
    repair.require_in_hand(&ctx.actor.scope)?;
    repair.require_version(version)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_MAX {
        return Err(Error::field("note", "say in up to 1,000 characters what is wrong with the completion"));
    }
    let completion = completion(ctx, &repair).await?;
    refuse_when_built_upon(&repair.reference, &completion)?;
    let withdrawn = undo(ctx, &repair, &completion).await?;
    let fact = facts::COMPLETION_WITHDRAWN.at(ctx.now).case(repair.id).home(repair.place).person(repair.reporter);
    ctx.record(fact.with(WITHDRAWN, withdrawn).with("note", note).with("appointment", completion.appointment)).await?;
    orders::commands::recost(ctx, repair.id).await?;
    stage::settle(ctx, repair.id).await
}

async fn completion(ctx: &mut Ctx, repair: &Locked) -> Result<Completion> {
    sqlx::query_as!(
        Completion,
        r#"select f.seq, (f.payload ->> 'appointment')::uuid as "appointment: AppointmentId",
                  exists (select from order_line l join works_order o on o.id = l.order_id
                          where o.repair_id = $1 and l.invoiced_pence is not null) as "invoiced!",
                  exists (select from inspection i where i.repair_id = $1 and i.done_day is not null) as "inspected!",
                  exists (select from survey s where s.repair_id = $1 and s.answered_day is not null) as "answered!",
                  exists (select from repair again where again.recall_of = $1) as "recalled!",
                  exists (select from contradiction c where c.repair_id = $1) as "contradicted!"
           from fact f where f.case_id = $1 and f.name = $2 order by f.seq desc limit 1"#,
        repair.id as _,
        facts::COMPLETED.name
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("Nothing is known of how this repair was completed."))
}

fn refuse_when_built_upon(reference: &str, completion: &Completion) -> Result<()> {
    let standing = [
        (completion.invoiced, "it has been invoiced: agree a credit with the provider first"),
        (completion.inspected, "it has been inspected: a failed inspection recalls it"),
        (completion.contradicted, "the resident has said that it is not done: settle that instead"),
        (completion.answered, "the resident has answered the survey: raise what they say under Aftercare"),
        (completion.recalled, "it has been recalled already"),
    ];
    match standing.into_iter().find(|(stands, _)| *stands) {
        Some((_, why)) => Err(Error::conflict(format!("The completion of {reference} cannot be taken back: {why}."))),
        None => Ok(()),
    }
}

/// Opens repair, order and visit again and ends the survey that nobody has answered. A selection for inspection stays, so that taking a
/// completion back never escapes one. Returns the numbers of the facts that no longer count.
async fn undo(ctx: &mut Ctx, repair: &Locked, completion: &Completion) -> Result<Vec<i64>> {
    sqlx::query!(
        "with visit as (
             update appointment set outcome = null, finished_at = null, version = version + 1 where id = $2 and repair_id = $1 returning order_id
         ), work as (
             update works_order o set status = case when o.accepted_at is not null then 'accepted' else 'issued' end, completed_at = null,
                    version = version + 1
             where o.repair_id = $1 and o.status = 'completed'
               and o.id = coalesce((select order_id from visit), (select max(w.id::text)::uuid from works_order w where w.repair_id = $1 and w.status = 'completed'))
         ), asked as (
             delete from survey where repair_id = $1 and answered_day is null
         )
         update repair set status = 'open', completed_at = null, completed_day = null, completed_note = '', first_visit = null,
                on_time = case when made_safe_at is not null then on_time end
         where id = $1",
        repair.id as _,
        completion.appointment as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(sqlx::query_scalar!(
        "select seq from fact where case_id = $1 and seq >= $2 and name = any($3) order by seq",
        repair.id as _,
        completion.seq,
        &[facts::COMPLETED.name.to_owned(), facts::SURVEY_SENT.name.to_owned()][..]
    )
    .fetch_all(ctx.conn())
    .await?)
}
