//! What happened to a repair, as its page tells it: messages that are still owed, then the facts and the part of each that people want to read.

use super::{queries::Message, views::Shown};
use crate::{appointments, declared::DECLARED};
use maud::{Markup, html};
use rooftree_frame::{App, history::entry};
use rooftree_kernel::{Moment, scope::PROVIDER};
use rooftree_platform::{journal::read::Fact, signin::sessions::Session};
use rooftree_ui::{
    summary::{self, Tone},
    timeline::{Entry, timeline},
};

/// What happened, as far as it is the caller's business: of another provider's orders a provider learns nothing.
fn known_facts<'a>(session: &Session, shown: &'a Shown) -> Vec<&'a Fact> {
    let own = |fact: &&Fact| {
        let order = fact.payload.get("order").and_then(|order| order.as_str());
        session.actor.scope.id(PROVIDER).is_none()
            || order.is_none_or(|order| shown.parts.orders.iter().any(|own| own.id.to_string() == order))
    };
    shown.facts.iter().filter(own).collect()
}

/// What is still owed stands first; then the facts, among which a message counts as sent only once it has gone.
pub(super) fn history(app: &App, session: &Session, shown: &Shown) -> Markup {
    let unsent = shown.messages.iter().filter(|message| message.is_owed()).map(|message| owed(app, message));
    let (platform, actor) = (&app.platform, &session.actor);
    let of_fact = |fact: &Fact| entry(platform, actor, fact, None).body(fact_detail(app, fact));
    let happened = known_facts(session, shown).into_iter().map(of_fact);
    let entries: Vec<Entry> = unsent.chain(happened).collect();
    timeline(&entries)
}

/// A message that is written and has not gone: it waits for its turn or for the end of the quiet hours, or nothing is there to send it.
fn owed(app: &App, message: &Message) -> Entry {
    let (title, tone, why) = match message.status.as_str() {
        "held" => ("Message held, not sent", Tone::Warning, "nothing is connected yet that sends it"),
        _ => ("Message waiting to be sent", Tone::Neutral, waits_because(&message.channel)),
    };
    let body = html! { (message.channel) ": " (template_title(app, &message.template)) br; (summary::muted(why)) };
    Entry::new(message.created_at, "", title).tone(tone).body(body)
}

/// Texts alone keep the quiet hours: nobody is woken by the rest.
fn waits_because(channel: &str) -> &'static str {
    match channel {
        "text" => "texts wait for the end of the quiet hours",
        "email" => "e-mails go at any hour, within minutes",
        _ => "letters wait for their turn",
    }
}

fn template_title<'a>(app: &'a App, key: &str) -> &'a str {
    app.platform.rules().templates.get(key).map_or("", |template| template.title.as_str())
}

/// The part of a fact's payload that people want to read.
fn fact_detail(app: &App, fact: &Fact) -> Markup {
    let text = |field: &str| fact.payload.get(field).and_then(|value| value.as_str());
    let pence = |field: &str| {
        fact.payload.get(field).and_then(|value| value.as_i64()).map(|p| rooftree_kernel::Pence(p).to_string())
    };
    html! {
        @match fact.name.as_str() {
            "repair.reported" | "repair.prioritised" => { (text("priority").unwrap_or_default()) }
            "appointment.made" => (hours_told(&text)),
            "appointment.moved" | "appointment.cancelled" | "appointment.missed" => (ended_words(text("reason"), text("by"))),
            "message.sent" | "message.failed" => {
                (text("channel").unwrap_or_default()) ": " (template_title(app, text("template").unwrap_or_default()))
            }
            "order.issued" | "variation.requested" => (pence("value_pence").unwrap_or_default()),
            "clock.breached" => (text("standard").and_then(|id| app.platform.rules().standards.versions(id).last().map(|s| s.title.clone())).unwrap_or_default()),
            "repair.cancelled" => (text("note").unwrap_or_default()),
            "visit.no-access" => (reason_words("no-access", text("reason"))),
            "repair.reopened" | "repair.completion-withdrawn" => (text("note").unwrap_or_default()),
            "repair.follow-on" => (reason_words("follow-on", text("reason"))),
            _ => {}
        }
    }
}

/// The hours that the resident was told, which are not the minute for which the work is planned; of visits taken in from elsewhere only
/// that is known.
fn hours_told<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> String {
    let moment = |field: &str| text(field).and_then(|text| text.parse::<Moment>().ok());
    match (moment("window_starts_at"), moment("window_ends_at"), moment("starts_at")) {
        (Some(from), Some(until), _) => format!("{}, {}", from.day().short(), from.time_until(until)),
        (_, _, Some(start)) => format!("planned for {}", start.long()),
        _ => String::new(),
    }
}

fn reason_words(list: &str, key: Option<&str>) -> String {
    key.map(|key| DECLARED.reason(list, key).map_or(key, |reason| reason.title.as_str()).to_owned()).unwrap_or_default()
}

/// Why an appointment was moved, called off or missed, and whose doing that was.
pub(super) fn ended_words(reason: Option<&str>, by: Option<&str>) -> String {
    let Some(key) = reason else { return String::new() };
    let lists = [appointments::commands::MOVED, appointments::commands::MISSED];
    let reason = lists.iter().find_map(|list| DECLARED.reason(list, key));
    let title = reason.map_or(key, |reason| reason.title.as_str());
    match by {
        // What nobody could help is kept as the landlord's; the words need not blame it.
        Some(by) if reason.is_none_or(|reason| reason.by.as_deref() == Some(by)) => {
            format!("{title} (the {by}’s doing)")
        }
        _ => title.to_owned(),
    }
}
