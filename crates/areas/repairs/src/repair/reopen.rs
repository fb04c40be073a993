//! Taking back what was a mistake: a cancellation, or a completion. The repair is open again, with its work and its promise, as if it had
//! never been ended; the journal keeps both.

use super::{
    commands::{Locked, lock},
    stage,
};
use crate::{
    declared::SURVEY,
    facts,
    ids::{AppointmentId, OrderId},
    permissions, tell,
};
use rooftree_kernel::Moment;
use rooftree_platform::{Ctx, Error, Result, clocks::WITHDRAWN, messages};
use rooftree_works::public::{Case, orders};

/// The most words that say why, in characters.
pub const NOTE_MAX: usize = 1000;

/// What may have been a mistake.
#[derive(Clone, Copy)]
pub enum Mistake {
    /// The repair was cancelled.
    Cancellation,
    /// The repair was called done.
    Completion,
}

impl Mistake {
    /// Takes it back. Errors: `Forbidden`, `NotFound`, a conflict that says what stands in the way, or the field `note`.
    pub async fn take_back(self, ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
        match self {
            Self::Cancellation => reopen(ctx, reference, note, version).await,
            Self::Completion => withdraw_completion(ctx, reference, note, version).await,
        }
    }
}

/// Opens a cancelled repair again: the cancellation never counted. The orders that ended with it are raised anew; visits are booked anew,
/// because their times may be taken.
async fn reopen(ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
    ctx.require(&permissions::CANCEL)?;
    let repair = mistaken(ctx, reference, "cancelled", note, version).await?;
    let before = sqlx::query!(
        r#"with before as (select cancelled_at, cancel_reason from repair where id = $1)
           update repair r set status = 'open', cancelled_at = null, cancelled_day = null, cancel_reason = null from before b
           where r.id = $1
           returning b.cancelled_at as "cancelled_at: Moment", b.cancel_reason,
                     (select max(f.seq) from fact f where f.case_id = r.id and f.name = $2) as "cancelled""#,
        repair.id as _,
        facts::CANCELLED.name
    )
    .fetch_one(ctx.conn())
    .await?;
    let fact = repair.about(facts::REOPENED.at(ctx.now));
    let fact = fact.with(WITHDRAWN, Vec::from_iter(before.cancelled)).with("note", note.trim());
    ctx.record(fact.with("cancelled_at", before.cancelled_at).with("cancel_reason", before.cancel_reason)).await?;
    messages::withdraw(ctx.conn(), repair.id.into(), &[tell::CANCELLED], "the repair was opened again").await?;
    order_again(ctx, &repair, before.cancelled_at).await?;
    stage::settle(ctx, repair.id).await
}

/// The repair that somebody ended by mistake, locked; refused when it did not end so, was changed meanwhile, or nobody says what was wrong.
async fn mistaken(ctx: &mut Ctx, reference: &str, ended: &str, note: &str, version: i32) -> Result<Locked> {
    let repair = lock(ctx, reference).await?;
    if repair.status != ended {
        let Case { reference, status, .. } = repair.case;
        return Err(Error::conflict(format!("{reference} is {status}; only one that is {ended} can be opened again")));
    }
    repair.require_in_hand(&ctx.actor.scope)?;
    repair.require_version(version)?;
    if note.trim().is_empty() || note.trim().chars().count() > NOTE_MAX {
        return Err(Error::field("note", "say in up to 1,000 characters what the mistake was"));
    }
    Ok(repair)
}

/// The orders that ended with the repair, raised again. Orders that had ended before (refused, or taken on by another) stay as they are.
async fn order_again(ctx: &mut Ctx, repair: &Locked, cancelled_at: Option<Moment>) -> Result<()> {
    let ended = sqlx::query_scalar!(
        r#"select (payload ->> 'order')::uuid as "id!: OrderId" from fact where case_id = $1 and name = $2 and occurred_at = $3 order by 1"#,
        repair.id as _,
        facts::ORDER_CANCELLED.name,
        cancelled_at as _
    )
    .fetch_all(ctx.conn())
    .await?;
    orders::raise::again(ctx, repair, &ended, None).await
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
async fn withdraw_completion(ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
    ctx.require(&permissions::PLAN)?;
    let repair = mistaken(ctx, reference, "completed", note, version).await?;
    let completion = completion(ctx, &repair).await?;
    refuse_when_built_upon(&repair.reference, &completion)?;
    messages::withdraw(ctx.conn(), repair.id.into(), &[SURVEY.letter.as_str()], "the completion was taken back")
        .await?;
    let withdrawn = undo(ctx, &repair, &completion).await?;
    let fact = repair.about(facts::COMPLETION_WITHDRAWN.at(ctx.now));
    ctx.record(fact.with(WITHDRAWN, withdrawn).with("note", note.trim()).with("appointment", completion.appointment))
        .await?;
    orders::commands::recost(ctx, &repair).await?;
    stage::settle(ctx, repair.id).await
}

async fn completion(ctx: &mut Ctx, repair: &Locked) -> Result<Completion> {
    sqlx::query_as!(
        Completion,
        r#"select f.seq, (f.payload ->> 'appointment')::uuid as "appointment: AppointmentId",
                  exists (select from order_line l join works_order o on o.id = l.order_id
                          where o.case_id = $1 and l.invoiced_pence is not null) as "invoiced!",
                  exists (select from inspection i where i.case_id = $1 and i.done_day is not null) as "inspected!",
                  exists (select from survey s where s.case_id = $1 and s.answered_day is not null) as "answered!",
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
             update appointment set outcome = null, finished_at = null, version = version + 1 where id = $2 and case_id = $1 returning order_id
         ), work as (
             update works_order o set status = case when o.accepted_at is not null then 'accepted' else 'issued' end, completed_at = null,
                    version = version + 1
             where o.case_id = $1 and o.status = 'completed'
               and o.id = coalesce((select order_id from visit), (select max(w.id::text)::uuid from works_order w where w.case_id = $1 and w.status = 'completed'))
         ), asked as (
             delete from survey where case_id = $1 and answered_day is null
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
