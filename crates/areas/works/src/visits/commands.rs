//! Writes from the door: on my way, arrived, no access, photos. What ends the work is in [`super::ending`].
//!
//! Every command locks the case and the appointment, asks [`super::model::step`] whether it may follow, and changes nothing when it was
//! recorded before: a phone sends what it kept until it is sure that it arrived.

use super::{
    model::{
        Action, PAPER_SECONDS_MAX, PHONE_SECONDS_MAX, Punctual, Step, happened, is_too_early_for_no_access, punctual,
        step,
    },
    store::{Visit, lock_visit},
    work,
};
use crate::{
    cases,
    declared::DECLARED,
    facts,
    ids::AppointmentId,
    permissions,
    tell::{self, Told},
};
use rooftree_homes::public::{AlertId, acknowledge, acknowledged, alerts_for};
use rooftree_kernel::{FieldErrors, Moment};
use rooftree_platform::{Ctx, Error, NewFact, Result, documents::Stored};
use serde_json::json;

/// Nobody is told that we are on our way when the news is older than this, in seconds.
const NEWS_SECONDS_MAX: i64 = 15 * 60;

/// So long before the agreed time nobody minds, in seconds.
pub const EARLY_SECONDS: i64 = 15 * 60;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded now.
    Now,
    /// It is recorded now, and no message of it can reach the resident.
    Untold,
    /// It had been recorded before; nothing has changed.
    Before,
}

impl Recorded {
    /// For the notice above the page; `done` is what it says when all went well.
    pub fn words(self, done: &str) -> String {
        match self {
            Self::Now => done.to_owned(),
            Self::Untold => format!("It is recorded. {}", Told::Nobody.words()),
            Self::Before => "This was recorded before. Nothing has changed.".to_owned(),
        }
    }
}

impl From<Told> for Recorded {
    fn from(told: Told) -> Self {
        match told {
            Told::Written | Told::Unchanged => Self::Now,
            Told::Nobody => Self::Untold,
        }
    }
}

/// What every report from the door carries.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// When it happened, if the phone kept it until there was signal.
    pub occurred_at: Option<Moment>,
    /// The warnings that were shown on the page it comes from.
    pub seen: Vec<AlertId>,
    /// Why we are late, when we are: a key of the reasons list `appointment-missed`.
    pub late_reason: String,
    /// The resident agreed that we come before the time they were told.
    pub early_agreed: bool,
}

/// Refuses until every warning about the place has been shown to this operative for this case.
async fn warnings_read(ctx: &mut Ctx, visit: &Visit, seen: &[AlertId]) -> Result<()> {
    let (today, case) = (ctx.now.day(), visit.case.id);
    let alerts = alerts_for(ctx.conn(), visit.case.place, today).await?;
    let Some(user) = ctx.actor.user.filter(|_| !alerts.is_empty()) else { return Ok(()) };
    let shown: Vec<AlertId> = alerts.iter().map(|alert| alert.id).filter(|id| seen.contains(id)).collect();
    acknowledge(ctx, &shown, case).await?;
    let read = acknowledged(ctx.conn(), case, user).await?;
    match alerts.iter().find(|alert| !read.contains(&alert.id)) {
        Some(alert) => Err(Error::field(
            "alerts",
            format!("Read the warning ‘{}’ first: it was added after this page was opened.", alert.title),
        )),
        None => Ok(()),
    }
}

/// Loads, locks and asks the state machine. `None` when it was recorded before.
pub(super) async fn ready(
    ctx: &mut Ctx,
    id: AppointmentId,
    action: Action,
    door: &Door,
) -> Result<Option<(Visit, Moment)>> {
    ctx.require(&permissions::VISIT)?;
    let visit = lock_visit(ctx, id).await?;
    if step(visit.state, action).map_err(Error::conflict)? == Step::Already {
        return Ok(None);
    }
    visit.case.require_open()?;
    warnings_read(ctx, &visit, &door.seen).await?;
    let at = happened(ctx.now, door.occurred_at, visit.made_at, PHONE_SECONDS_MAX)
        .map_err(|why| Error::field("occurred_at", why))?;
    in_order(&visit, at)?;
    Ok(Some((visit, at)))
}

/// What happens at a visit happens after the arrival.
pub(super) fn in_order(visit: &Visit, at: Moment) -> Result<()> {
    match visit.arrived_at {
        Some(arrived) if at < arrived => {
            Err(Error::field("occurred_at", format!("you arrived at {}: enter a later time", arrived.time())))
        }
        _ => Ok(()),
    }
}

/// A fact of this visit.
pub(super) fn about(visit: &Visit, fact: NewFact) -> NewFact {
    visit.case.about(fact)
}

/// The operative sets off; the resident is told unless the news is old.
pub async fn on_my_way(ctx: &mut Ctx, id: AppointmentId, minutes: i64, door: &Door) -> Result<Recorded> {
    let Some((visit, at)) = ready(ctx, id, Action::SetOff, door).await? else { return Ok(Recorded::Before) };
    if !(1..=240).contains(&minutes) {
        return Err(Error::field("minutes", "enter the minutes it will take, from 1 to 240"));
    }
    right_day(&visit, at)?;
    let fresh = ctx.now.seconds_since(at) <= NEWS_SECONDS_MAX;
    if fresh {
        elsewhere(ctx, id).await?;
    }
    sqlx::query!("update appointment set on_my_way_at = $2, version = version + 1 where id = $1", id as _, at as _)
        .execute(ctx.conn())
        .await?;
    ctx.record(about(&visit, facts::ON_MY_WAY.at(at)).with("appointment", id)).await?;
    if !fresh {
        return Ok(Recorded::Untold);
    }
    let addressee = tell::about(ctx, &visit.case).await?;
    let first_name = visit.operative_name.split_whitespace().next().unwrap_or("Our operative").to_owned();
    let values = vec![("minutes", minutes.to_string()), ("operative", first_name)];
    let told = tell::tell(ctx, &addressee, "repairs.on-my-way", values, json!({ "appointment": id })).await?;
    Ok(told.into())
}

/// Refuses while the operative is still at another home: the resident would be told a time that cannot be kept, and that visit would stay
/// without an outcome. News that was kept by a phone without signal is taken as it comes.
async fn elsewhere(ctx: &mut Ctx, id: AppointmentId) -> Result<()> {
    let today = ctx.now.day();
    let still_at = sqlx::query_scalar!(
        "select a.case_reference from appointment a
         where a.operative_id = (select operative_id from appointment where id = $1) and a.id <> $1 and a.day = $2
           and a.arrived_at is not null and a.outcome is null and a.status <> 'cancelled' limit 1",
        id as _,
        today as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    match still_at {
        Some(reference) => {
            Err(Error::conflict(format!("You are still at {reference}. Say how that visit ended, then set off.")))
        }
        None => Ok(()),
    }
}

/// The operative is at the home: the appointment is kept, or missed when the window is over.
pub async fn arrived(ctx: &mut Ctx, id: AppointmentId, door: &Door) -> Result<Recorded> {
    let Some((mut visit, at)) = ready(ctx, id, Action::Arrive, door).await? else { return Ok(Recorded::Before) };
    let early = visit.window_starts_at.seconds_since(at) > EARLY_SECONDS;
    if early && !visit.may_come_early() && !door.early_agreed {
        let told = visit.window_starts_at.time();
        return Err(Error::field(
            "early_agreed",
            format!("The resident was told from {told}. Ring them; if they agree that you come now, tick the box."),
        ));
    }
    early_news(&visit, at, ctx.now)?;
    arrive(ctx, &mut visit, at, &door.late_reason).await?;
    Ok(Recorded::Now)
}

/// Notes the arrival: status of the appointment, where the case stands, facts.
pub(super) async fn arrive(ctx: &mut Ctx, visit: &mut Visit, at: Moment, late_reason: &str) -> Result<()> {
    right_day(visit, at)?;
    let late = punctual(visit.window_starts_at, visit.window_ends_at, at) == Punctual::Late;
    let mut list = vec![about(visit, facts::ARRIVED.at(at)).with("appointment", visit.id)];
    let status = if late { "missed" } else { "kept" };
    list.push(if late {
        about(visit, facts::APPOINTMENT_MISSED.at(at))
            .with("appointment", visit.id)
            .with("reason", late_key(late_reason)?)
    } else {
        about(visit, facts::APPOINTMENT_KEPT.at(at)).with("appointment", visit.id)
    });
    save_arrival(ctx, visit, at, status).await?;
    cases::of(ctx.platform().registry(), &visit.case.reference)?.settle(ctx, visit.case.id, Some("")).await?;
    ctx.record_all(list).await?;
    visit.arrived_at = Some(at);
    visit.status = status.to_owned();
    Ok(())
}

async fn save_arrival(ctx: &mut Ctx, visit: &Visit, at: Moment, status: &str) -> Result<()> {
    sqlx::query!(
        "update appointment set arrived_at = $2, status = $3, version = version + 1 where id = $1",
        visit.id as _,
        at as _,
        status
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Where one may come before the day, the phone tells it within so many seconds: nobody finds out days later that they had been there before
/// they were due. Papers are the planner's to judge.
const EARLY_NEWS_SECONDS_MAX: i64 = 12 * 3600;

fn early_news(visit: &Visit, at: Moment, now: Moment) -> Result<()> {
    if at.day() < visit.day && now.seconds_since(at) > EARLY_NEWS_SECONDS_MAX {
        return Err(Error::field(
            "occurred_at",
            format!(
                "this visit is planned for {}: ring the planner, who can record one that was made before",
                visit.day.short()
            ),
        ));
    }
    Ok(())
}

/// A visit on an earlier day than agreed is another appointment.
fn right_day(visit: &Visit, at: Moment) -> Result<()> {
    if at.day() < visit.day && !visit.may_come_early() {
        return Err(Error::conflict(format!(
            "This appointment is for {}. Ask the planner to move it before you go.",
            visit.day.short()
        )));
    }
    Ok(())
}

/// The reason for being late; without a choice, simply late.
fn late_key(chosen: &str) -> Result<&str> {
    match chosen {
        "" => Ok("late"),
        key if DECLARED.reason("appointment-missed", key).is_some() => Ok(key),
        _ => Err(Error::field("late_reason", "choose why we are late")),
    }
}

/// What was found at the door.
#[derive(Default)]
pub struct NoAccess {
    /// A key of the reasons list `no-access`.
    pub reason: String,
    /// In words.
    pub note: String,
    /// Photos of the door.
    pub photos: Vec<Stored>,
    /// Why there is no photo.
    pub no_photo: String,
}

/// Nobody let us in: proof is kept, a card goes to the resident, the work waits for another time.
pub async fn no_access(ctx: &mut Ctx, id: AppointmentId, input: NoAccess, door: &Door) -> Result<Recorded> {
    let Some((mut visit, at)) = ready(ctx, id, Action::NoAccess, door).await? else { return Ok(Recorded::Before) };
    if input.photos.is_empty() && input.no_photo.trim().is_empty() {
        return Err(Error::field("photo", "take a photo of the door, or say below why there is none"));
    }
    early_news(&visit, at, ctx.now)?;
    Ok(no_access_at(ctx, &mut visit, input, at, &door.late_reason).await?.into())
}

async fn no_access_at(
    ctx: &mut Ctx,
    visit: &mut Visit,
    input: NoAccess,
    at: Moment,
    late_reason: &str,
) -> Result<Told> {
    let reason =
        DECLARED.reason("no-access", &input.reason).ok_or_else(|| Error::field("reason", "choose what happened"))?;
    let note = input.note.trim();
    if reason.note && note.is_empty() {
        return Err(Error::field("note", format!("‘{}’ needs a few words of explanation", reason.title)));
    }
    if note.chars().count() > work::NOTE_MAX {
        return Err(Error::field("note", format!("use at most {} characters", work::NOTE_MAX)));
    }
    let mut list = Vec::new();
    if visit.arrived_at.is_none() {
        right_day(visit, at)?;
    }
    let when = punctual(visit.window_starts_at, visit.window_ends_at, at);
    if is_too_early_for_no_access(visit.window_starts_at, at, visit.arrived_at.is_some(), visit.may_come_early()) {
        return Err(Error::conflict(format!(
            "The resident was told from {}. Nobody has to be in before that: wait, or ring them.",
            visit.window_starts_at.time()
        )));
    }
    if visit.arrived_at.is_none() {
        list.push(about(visit, facts::ARRIVED.at(at)).with("appointment", visit.id));
        // Nor is it the resident's doing when our order sent us to the wrong door.
        let missed = match when {
            Punctual::Late => Some(late_key(late_reason)?),
            _ => (reason.by.as_deref() == Some("landlord")).then_some("wrong-details"),
        };
        if let Some(key) = missed {
            list.push(about(visit, facts::APPOINTMENT_MISSED.at(at)).with("appointment", visit.id).with("reason", key));
            visit.status = "missed".to_owned();
        }
        visit.arrived_at = Some(at);
    }
    // Coming late and finding nobody in is our miss, not the resident's.
    let status = if visit.status == "missed" { "missed" } else { "no-access" };
    let mut words = note.to_owned();
    if !input.no_photo.trim().is_empty() {
        words = format!("{words} No photo: {}", input.no_photo.trim()).trim().to_owned();
    }
    sqlx::query!(
        "update appointment set arrived_at = $2, finished_at = $3, status = $4, outcome = 'no-access', outcome_reason = $5, outcome_note = $6,
                version = version + 1
         where id = $1",
        visit.id as _,
        visit.arrived_at as _,
        at as _,
        status,
        reason.key,
        words
    )
    .execute(ctx.conn())
    .await?;
    cases::settle(ctx, &visit.case).await?;
    let photos = work::attach(ctx, visit, input.photos).await?;
    let fact = about(visit, facts::NO_ACCESS.at(at))
        .with("appointment", visit.id)
        .with("reason", &reason.key)
        .with("by", &reason.by);
    list.push(if photos.is_empty() { fact } else { fact.with("photos", photos) });
    ctx.record_all(list).await?;
    card(ctx, visit, at).await
}

/// The card through the door, as a message: when we came, and how to choose another time.
async fn card(ctx: &mut Ctx, visit: &Visit, at: Moment) -> Result<Told> {
    let tries = sqlx::query_scalar!(
        r#"select count(*) as "count!" from appointment where case_id = $1 and (outcome = 'no-access' or status = 'no-access')"#,
        visit.case.id.0
    )
    .fetch_one(ctx.conn())
    .await?;
    let attempt = match tries {
        ..=1 => "first",
        2 => "second",
        3 => "third",
        _ => "latest",
    };
    let addressee = tell::about(ctx, &visit.case).await?;
    let values = vec![("attempt", attempt.to_owned()), ("when", when_words(at))];
    tell::tell(ctx, &addressee, "repairs.no-access", values, json!({ "appointment": visit.id })).await
}

/// `Tuesday 8 December at 10:15`.
pub(super) fn when_words(at: Moment) -> String {
    at.london().strftime("%A %-d %B at %H:%M").to_string()
}

/// Refuses photos of a visit that has not begun. It is asked before their bytes are stored, too: nobody would take those away again.
pub async fn begun(ctx: &mut Ctx, id: AppointmentId) -> Result<Visit> {
    ctx.require(&permissions::VISIT)?;
    let visit = lock_visit(ctx, id).await?;
    if !visit.state.has_arrived() {
        return Err(Error::conflict("Say first that you have arrived."));
    }
    Ok(visit)
}

/// Adds photos to a visit that has begun.
pub async fn photos(ctx: &mut Ctx, id: AppointmentId, files: Vec<Stored>) -> Result<usize> {
    let visit = begun(ctx, id).await?;
    if files.is_empty() {
        return Err(Error::field("photo", "take or choose a photo"));
    }
    Ok(work::attach(ctx, &visit, files).await?.len())
}

/// What came back on paper about a visit.
pub struct Paper {
    /// When the operative was at the door.
    pub arrived_at: Option<Moment>,
    /// When they left.
    pub finished_at: Option<Moment>,
    /// Why they were late, when they were.
    pub late_reason: String,
}

impl Paper {
    /// The two moments, checked against the appointment and against each other.
    pub(super) fn moments(&self, now: Moment, visit: &Visit) -> Result<(Moment, Moment)> {
        let mut errors = FieldErrors::default();
        let mut read = |field: &str, given: Option<Moment>| match given {
            None => {
                errors.add(field, "enter the day and time, like 08/12/2026 10:15");
                now
            }
            Some(_) => happened(now, given, visit.made_at, PAPER_SECONDS_MAX).unwrap_or_else(|why| {
                errors.add(field, why);
                now
            }),
        };
        let (arrived, finished) = (read("arrived_at", self.arrived_at), read("finished_at", self.finished_at));
        if errors.is_empty() && finished < arrived {
            errors.add("finished_at", "enter a time after the arrival");
        }
        Ok(errors.into_result((arrived, finished))?)
    }
}

/// The office may record a visit of its own (a planner: of anybody's; a provider: of its own orders).
pub(super) async fn ready_on_paper(ctx: &mut Ctx, id: AppointmentId, action: Action) -> Result<Option<Visit>> {
    ctx.require(&permissions::PLAN)?;
    let visit = lock_visit(ctx, id).await?;
    match step(visit.state, action) {
        Ok(Step::Already) => Ok(None),
        // On paper the arrival and what followed come together.
        Err(_) if !visit.state.is_over() => {
            visit.case.require_open()?;
            Ok(Some(visit))
        }
        Err(why) => Err(Error::conflict(why)),
        Ok(Step::Go) => {
            visit.case.require_open()?;
            Ok(Some(visit))
        }
    }
}

/// The office records ‘no access’ from a paper return.
pub async fn no_access_by_office(ctx: &mut Ctx, id: AppointmentId, input: NoAccess, paper: &Paper) -> Result<Recorded> {
    let Some(mut visit) = ready_on_paper(ctx, id, Action::NoAccess).await? else { return Ok(Recorded::Before) };
    let (arrived, _) = paper.moments(ctx.now, &visit)?;
    Ok(no_access_at(ctx, &mut visit, input, arrived, &paper.late_reason).await?.into())
}
