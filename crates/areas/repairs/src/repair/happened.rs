//! What happened to a repair, as its page tells it: messages that are still owed, then the facts and the part of each that people want to read.

use super::queries::Message;
use crate::declared::DECLARED;
use maud::{Markup, html};
use rooftree_frame::{App, history::entry};
use rooftree_kernel::scope::PROVIDER;
use rooftree_platform::{journal::read::Fact, signin::sessions::Session};
use rooftree_ui::{
    summary::{self, Tone},
    timeline::{Entry, timeline},
};
use rooftree_works::public::{
    booking::of_case::{ended_words, hours_told},
    orders::of_case::Order,
};

/// What happened, as far as it is the caller's business: of another provider's orders a provider learns nothing.
fn known_facts<'a>(session: &Session, orders: &[Order], facts: &'a [Fact]) -> Vec<&'a Fact> {
    let own = |fact: &&Fact| {
        let order = fact.payload.get("order").and_then(|order| order.as_str());
        session.actor.scope.id(PROVIDER).is_none()
            || order.is_none_or(|order| orders.iter().any(|own| own.id.to_string() == order))
    };
    facts.iter().filter(own).collect()
}

/// What is still owed stands first; then the facts, among which a message counts as sent only once it has gone.
pub(super) fn history(app: &App, session: &Session, orders: &[Order], facts: &[Fact], messages: &[Message]) -> Markup {
    let unsent = messages.iter().filter(|message| message.is_owed()).map(|message| owed(app, message));
    let (platform, actor) = (&app.platform, &session.actor);
    let of_fact = |fact: &Fact| entry(platform, actor, fact, None).body(fact_detail(app, fact));
    let happened = known_facts(session, orders, facts).into_iter().map(of_fact);
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

fn reason_words(list: &str, key: Option<&str>) -> String {
    key.map(|key| DECLARED.reason_title(list, key).to_owned()).unwrap_or_default()
}
