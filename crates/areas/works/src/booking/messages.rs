//! What residents hear of their appointments: the confirmation at once, the letter of a routine repair, the reminder on the evening
//! before, and every change (S2 ¶7, «Keeping you informed»).

use super::model::Held;
use crate::{
    cases::{self, Brief, Case},
    declared::Reason,
    ids::AppointmentId,
    priority::Priority,
    tell::{self, About, Told},
    workforce::{slots::Slot, windows::when_words},
};
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel, Moment};
use rooftree_people::public as people;
use rooftree_platform::{
    Ctx, Error, Platform, Result,
    jobs::{self, JobHandler},
    messages::after_quiet_hours,
};
use serde_json::{Value, json};

/// The job that sends the reminder; its key is the appointment.
pub const REMINDER: &str = "repairs.appointment-reminder";
/// Confirmation of an appointment.
const CONFIRMED: &str = "repairs.appointment-confirmed";
/// A new time.
const MOVED: &str = "repairs.appointment-moved";
/// The promise of S2: written within four days of a routine report.
const LETTER: &str = "repairs.appointment-letter";
/// The reminder goes out at this hour of the day before.
const REMINDER_HOUR: i8 = 17;

/// Templates that name the time of a visit: untrue once nobody comes.
pub const ABOUT_A_TIME: [&str; 4] = [CONFIRMED, MOVED, LETTER, REMINDER];

/// Templates that count as telling the resident the time of an appointment.
pub const TOLD_BY: [&str; 2] = [CONFIRMED, MOVED];

/// Tells the resident the time that was agreed. An emergency's text that quiet hours would hold until after the visit is not sent: the
/// caller is told on the phone.
pub async fn confirm(ctx: &mut Ctx, brief: &Brief, id: AppointmentId, slot: &Slot, emergency: bool) -> Result<Told> {
    let about = tell::about(ctx, brief).await?;
    let when = when_words(slot.window_starts_at, slot.window_ends_at);
    let mut written = false;
    if let Some(way) = tell::way(ctx, &about, CONFIRMED).await? {
        let goes_at = after_quiet_hours(ctx.now, ctx.platform().config().quiet_hours, way.channel, false);
        if !emergency || goes_at < slot.starts_at {
            let values = vec![("when", when.clone())];
            tell::tell_by(ctx, &about, CONFIRMED, way, values, of(id)).await?;
            written = true;
        }
    }
    written |= letter(ctx, brief, &about, id, when).await?;
    Ok(Told::when(written))
}

/// The appointment that a message is about, for the fact of its sending.
fn of(id: AppointmentId) -> Value {
    json!({ "appointment": id })
}

/// The letter of a routine repair, once: by e-mail to whoever asked for e-mail, else by post. Whether it is written.
async fn letter(ctx: &mut Ctx, brief: &Brief, about: &About, id: AppointmentId, when: String) -> Result<bool> {
    let Some(person) = about.person.filter(|_| brief.priority == Priority::Routine) else { return Ok(false) };
    let before = sqlx::query_scalar!(
        r#"select exists (select from message where case_id = $1 and template = $2) as "written!""#,
        brief.id.0,
        LETTER
    )
    .fetch_one(ctx.conn())
    .await?;
    let today = ctx.now.day();
    let Some(contact) = people::best_contact(ctx.conn(), person, today).await?.filter(|_| !before) else {
        return Ok(false);
    };
    let way = match (contact.channel, contact.preferred.as_str()) {
        ("email", "email") => tell::way(ctx, about, LETTER).await?,
        _ => people::by_post(ctx, person, Some(about.place)).await?,
    };
    let Some(way) = way else { return Ok(false) };
    let values = vec![
        ("when", when),
        ("priority", brief.priority.as_str().to_owned()),
        ("promise", promise(brief)),
        ("reported", brief.reported_at.day().long()),
    ];
    tell::tell_by(ctx, about, LETTER, way, values, of(id)).await?;
    Ok(true)
}

/// `We will repair it within 28 working days, at a time that suits you, and by 12 January 2027.`
fn promise(brief: &Brief) -> String {
    let say = brief.say.as_str();
    match brief.due_day {
        Some(day) => format!("{}, and by {}.", say.trim_end_matches('.'), day.long()),
        None => say.to_owned(),
    }
}

/// Tells the resident that there is another time, and why.
pub async fn moved(
    ctx: &mut Ctx,
    case: &Case,
    id: AppointmentId,
    slot: &Slot,
    old: &Held,
    reason: &Reason,
) -> Result<Told> {
    let about = tell::about(ctx, case).await?;
    let values = vec![
        ("when", when_words(slot.window_starts_at, slot.window_ends_at)),
        ("old_when", when_words(old.window_starts_at, old.window_ends_at)),
        ("reason", to_resident(reason)),
    ];
    tell::tell(ctx, &about, MOVED, values, of(id)).await
}

/// Tells the resident that nobody comes, or that nobody came. A visit that ends with its case needs no message of its own.
pub async fn called_off(ctx: &mut Ctx, case: &Case, old: &Held, reason: &Reason, missed: bool) -> Result<Told> {
    if reason.key == "repair-ended" {
        return Ok(Told::Unchanged);
    }
    let about = tell::about(ctx, case).await?;
    let template = if missed { "repairs.appointment-missed" } else { "repairs.appointment-cancelled" };
    let values = vec![("when", when_words(old.window_starts_at, old.window_ends_at)), ("reason", to_resident(reason))];
    tell::tell(ctx, &about, template, values, of(old.id)).await
}

/// The reasons are titled for whoever chooses; the resident is spoken to.
fn to_resident(reason: &Reason) -> String {
    match reason.key.as_str() {
        "resident-asked" => "You asked us to".to_owned(),
        "sooner" => "We can come earlier, and you agreed".to_owned(),
        "operative-absent" => "The person who was to come is off work".to_owned(),
        "emergency-came-first" => "The person who was to come was sent to an emergency".to_owned(),
        "wrong-trade" => "We had planned the wrong trade or too little time".to_owned(),
        "late" | "did-not-attend" => "We did not keep to our plan".to_owned(),
        _ => reason.title.clone(),
    }
}

/// Promises the reminder on the evening before, unless that has passed.
pub async fn promise_reminder(ctx: &mut Ctx, id: AppointmentId, window_starts_at: Moment) -> Result<()> {
    let run_at = window_starts_at.day().plus_days(-1).at(REMINDER_HOUR, 0);
    if run_at <= ctx.now {
        return Ok(());
    }
    ctx.enqueue(REMINDER, Some(&id.to_string()), json!({ "appointment": id }), run_at).await
}

/// Takes the reminder back: the appointment has ended.
pub async fn withdraw_reminder(ctx: &mut Ctx, id: AppointmentId) -> Result<()> {
    jobs::withdraw(ctx.conn(), REMINDER, &id.to_string()).await
}

/// Sends the reminder of the evening before.
pub struct Remind;

#[async_trait]
impl JobHandler for Remind {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let id: AppointmentId =
            payload["appointment"].as_str().and_then(|id| id.parse().ok()).ok_or(Error::NotFound("the appointment"))?;
        let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
        let reference = sqlx::query_scalar!("select case_reference from appointment where id = $1", id as _)
            .fetch_optional(ctx.conn())
            .await?;
        let Some(reference) = reference else { return Ok(()) };
        // The case is locked, and so its visits are, because a second worker may be at the same job; a reminder that is there is not sent again.
        let case = cases::lock(&mut ctx, &reference).await?;
        let row = sqlx::query!(
            r#"select a.window_starts_at, a.window_ends_at, a.status,
                      exists (select from message m where m.case_id = a.case_id and m.template = $2
                                and m.fact_payload ->> 'appointment' = a.id::text) as "sent!"
               from appointment a where a.id = $1 for update"#,
            id as _,
            REMINDER
        )
        .fetch_one(ctx.conn())
        .await?;
        if row.status != "booked" || row.sent || row.window_starts_at <= ctx.now {
            return Ok(());
        }
        let about = tell::about(&mut ctx, &case).await?;
        let when = when_words(row.window_starts_at, row.window_ends_at);
        // Whoever booked was told when no message goes; on the evening before nobody is there to hear it again.
        let _ = tell::tell(&mut ctx, &about, REMINDER, vec![("when", when)], of(id)).await?;
        ctx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::DECLARED;

    #[test]
    fn every_reason_speaks_to_the_resident() {
        for list in [super::super::model::MOVED, super::super::model::MISSED] {
            for reason in DECLARED.reasons(list) {
                let words = to_resident(reason);
                assert!(!words.contains("resident") && !words.contains("slot"), "{list}/{}: {words}", reason.key);
            }
        }
    }
}
