//! What residents hear of their appointments: the confirmation at once, the letter of a routine repair, the reminder on the evening
//! before, and every change (S2 ¶7, «Keeping you informed»).

use super::{
    commands::Held,
    queries::{self, Brief},
    slots::Slot,
    windows::when_words,
};
use crate::{
    declared::{DECLARED, Priority, Reason},
    ids::{AppointmentId, RepairId},
    visits::tell,
};
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel, Moment, PersonId};
use rooftree_people::public::{self as people, BestContact};
use rooftree_platform::{
    Ctx, Error, Platform, Result,
    jobs::{self, JobHandler},
    messages::{NewMessage, after_quiet_hours},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// Templates that count as telling the resident the time of an appointment.
pub const TOLD_BY: [&str; 2] = [CONFIRMED, MOVED];

/// Whoever is written to about a repair.
struct Addressee {
    person: PersonId,
    name: String,
    contact: BestContact,
}

/// Whoever waits at home for the visit (see [`tell::addressee`]); nobody when they cannot be reached.
async fn addressee(ctx: &mut Ctx, brief: &Brief) -> Result<Option<Addressee>> {
    let today = ctx.now.day();
    let Some(person) = tell::addressee(ctx, brief.place, brief.reporter).await? else { return Ok(None) };
    let Some(contact) = people::best_contact(ctx.conn(), person, today).await? else { return Ok(None) };
    let name = people::person(ctx.conn(), person).await?.name;
    Ok(Some(Addressee { person, name, contact }))
}

/// Where a resident sees and changes the repair.
fn link(ctx: &Ctx, brief: &Brief) -> String {
    format!("{}/r/{}", ctx.platform().config().base_url, brief.reference)
}

/// Owes one message, if the template goes by that channel.
async fn send(
    ctx: &mut Ctx,
    brief: &Brief,
    to: &Addressee,
    template: &'static str,
    (channel, address): (&str, String),
    appointment: AppointmentId,
    more: Vec<(&'static str, String)>,
) -> Result<()> {
    let platform = ctx.platform().clone();
    let known = platform.registry().templates.get(template);
    if !known.is_some_and(|known| known.channels.iter().any(|by| by == channel)) {
        return Ok(());
    }
    let mut values = BTreeMap::from([
        ("name", to.name.clone()),
        ("reference", brief.reference.clone()),
        ("repair", brief.title.clone()),
        ("address", brief.address.clone()),
        ("link", link(ctx, brief)),
    ]);
    values.extend(more);
    let message = NewMessage {
        template,
        channel,
        address,
        person: Some(to.person),
        home: Some(brief.place),
        case: Some(brief.id.into()),
        values,
        fact: json!({ "appointment": appointment }),
    };
    ctx.send(message).await?;
    Ok(())
}

fn way(to: &Addressee) -> (&'static str, String) {
    (to.contact.channel, to.contact.address.clone())
}

/// Tells the resident the time that was agreed. An emergency's text that quiet hours would hold until after the visit is not sent: the
/// caller was told on the phone.
pub async fn confirm(ctx: &mut Ctx, brief: &Brief, id: AppointmentId, slot: &Slot, emergency: bool) -> Result<()> {
    let Some(to) = addressee(ctx, brief).await? else { return Ok(()) };
    let when = when_words(slot.window_starts_at, slot.window_ends_at);
    let goes_at = after_quiet_hours(ctx.now, ctx.platform().config().quiet_hours, to.contact.channel, false);
    if !emergency || goes_at < slot.starts_at {
        send(ctx, brief, &to, CONFIRMED, way(&to), id, vec![("when", when.clone())]).await?;
    }
    letter(ctx, brief, &to, id, when).await
}

/// The letter of a routine repair, once: by e-mail to whoever asked for e-mail, else by post.
async fn letter(ctx: &mut Ctx, brief: &Brief, to: &Addressee, id: AppointmentId, when: String) -> Result<()> {
    if brief.priority != Priority::Routine {
        return Ok(());
    }
    let written = sqlx::query_scalar!(
        r#"select exists (select from message where case_id = $1 and template = $2) as "written!""#,
        brief.id as _,
        LETTER
    )
    .fetch_one(ctx.conn())
    .await?;
    if written {
        return Ok(());
    }
    let by_post = match (to.contact.channel, to.contact.preferred.as_str()) {
        ("email", "email") | ("letter", _) => Some(way(to)),
        _ => postal(ctx, brief, to).await?.map(|address| ("letter", address)),
    };
    let Some(way) = by_post else { return Ok(()) };
    let (today, promise) = (ctx.now.day(), promise(brief));
    let more = vec![
        ("when", when),
        ("date", today.long()),
        ("priority", brief.priority.as_str().to_owned()),
        ("promise", promise),
        ("reported", brief.reported_at.day().long()),
    ];
    send(ctx, brief, to, LETTER, way, id, more).await
}

/// `We will repair it within 28 working days, at a time that suits you, and by 12 January 2027.`
fn promise(brief: &Brief) -> String {
    let say = DECLARED.priority(brief.priority).map_or("", |words| words.say.as_str());
    match brief.due_day {
        Some(day) => format!("{}, and by {}.", say.trim_end_matches('.'), day.long()),
        None => say.to_owned(),
    }
}

/// Name and address by lines: the home that is repaired, or, for shared parts, where the person lives.
async fn postal(ctx: &mut Ctx, brief: &Brief, to: &Addressee) -> Result<Option<String>> {
    let today = ctx.now.day();
    let home = match brief.place_kind.as_str() {
        "home" => Some(brief.place),
        _ => people::home_of(ctx.conn(), to.person, today).await?,
    };
    let Some(home) = home else { return Ok(None) };
    let place = rooftree_homes::public::place(ctx.conn(), home).await?;
    let mut lines = vec![to.name.as_str()];
    lines.extend(place.address.split(',').map(str::trim).filter(|line| !line.is_empty()).take(5));
    lines.push(&place.postcode);
    lines.retain(|line| !line.is_empty());
    Ok(Some(lines.join("\n")))
}

/// Tells the resident that there is another time, and why.
pub async fn moved(
    ctx: &mut Ctx,
    brief: &Brief,
    id: AppointmentId,
    slot: &Slot,
    old: &Held,
    reason: &Reason,
) -> Result<()> {
    let Some(to) = addressee(ctx, brief).await? else { return Ok(()) };
    let more = vec![
        ("when", when_words(slot.window_starts_at, slot.window_ends_at)),
        ("old_when", when_words(old.window_starts_at, old.window_ends_at)),
        ("reason", to_resident(reason)),
    ];
    send(ctx, brief, &to, MOVED, way(&to), id, more).await
}

/// Tells the resident that nobody comes, or that nobody came. A visit that ends with its repair needs no message of its own.
pub async fn called_off(ctx: &mut Ctx, brief: &Brief, old: &Held, reason: &Reason, missed: bool) -> Result<()> {
    if reason.key == "repair-ended" {
        return Ok(());
    }
    let Some(to) = addressee(ctx, brief).await? else { return Ok(()) };
    let template = if missed { "repairs.appointment-missed" } else { "repairs.appointment-cancelled" };
    let more = vec![("when", when_words(old.window_starts_at, old.window_ends_at)), ("reason", to_resident(reason))];
    send(ctx, brief, &to, template, way(&to), old.id, more).await
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
        // Locked, because a second worker may be at the same job; a reminder that is there is not sent again.
        let row = sqlx::query!(
            r#"select a.repair_id as "repair: RepairId", a.window_starts_at, a.window_ends_at, a.status,
                      exists (select from message m where m.case_id = a.repair_id and m.template = $2
                                and m.fact_payload ->> 'appointment' = a.id::text) as "sent!"
               from appointment a where a.id = $1 for update"#,
            id as _,
            REMINDER
        )
        .fetch_optional(ctx.conn())
        .await?;
        let Some(row) = row.filter(|row| row.status == "booked" && !row.sent && row.window_starts_at > ctx.now) else {
            return Ok(());
        };
        let brief = queries::brief(ctx.conn(), row.repair).await?;
        if let Some(to) = addressee(&mut ctx, &brief).await? {
            let when = when_words(row.window_starts_at, row.window_ends_at);
            send(&mut ctx, &brief, &to, "repairs.appointment-reminder", way(&to), id, vec![("when", when)]).await?;
        }
        ctx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_speaks_to_the_resident() {
        for list in [super::super::commands::MOVED, super::super::commands::MISSED] {
            for reason in DECLARED.reasons(list) {
                let words = to_resident(reason);
                assert!(!words.contains("resident") && !words.contains("slot"), "{list}/{}: {words}", reason.key);
            }
        }
    }
}
