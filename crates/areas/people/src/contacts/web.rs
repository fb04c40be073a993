//! The block of a person's page with what was said, and logging more.

use super::{
    CHANNELS, channel_words,
    commands::{self, NewContact},
    queries::Contact,
};
use crate::persons::{queries::everybody, store};
use axum::extract::Path;
use rooftree_frame::{Done, Form, PageResult, Turn, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::Ctx;
use rooftree_ui::{
    Markup,
    forms::{self, Choice, Field},
    html, shell, summary,
    timeline::{Entry, timeline},
};

/// What was said, newest first, with the way to log more.
pub fn panel(reference: &str, csrf: &str, found: &[Contact], may_edit: bool) -> Markup {
    let entry = |contact: &Contact| {
        let way = if contact.direction == "in" { "from them" } else { "to them" };
        let title = format!("{} {way}", channel_words(&contact.channel));
        Entry::new(contact.at, contact.by_name.clone(), title).body(html! { p { (contact.summary) } })
    };
    let entries: Vec<Entry> = found.iter().map(entry).collect();
    let typed = Form::of(vec![("channel".into(), "phone".into()), ("direction".into(), "in".into())]);
    let body = html! {
        span id="log-a-contact" {}
        @if may_edit { (summary::details("Log a contact", form(reference, csrf, &typed, &FieldErrors::default()))) }
        @if entries.is_empty() { p.rt-muted { "Nothing logged yet." } } @else { (timeline(&entries)) }
    };
    summary::panel("Contacts", None, body)
}

fn form(reference: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let channels: Vec<Choice<'_>> = CHANNELS.iter().map(|channel| Choice::new(channel.0, channel.1)).collect();
    let ways = [Choice::new("in", "They came to us"), Choice::new("out", "We went to them")];
    forms::form(
        &format!("/people/{reference}/contacts"),
        csrf,
        html! {
            (forms::row(&[forms::select(field("channel", "How"), None, &channels), forms::select(field("direction", "Who began"), None, &ways)]))
            (forms::textarea(field("summary", "What was said").value(typed.lines("summary")), 3, Some(2000)))
            (forms::submit("Log the contact"))
        },
    )
}

/// POST `/people/{reference}/contacts`
pub async fn log(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, typed) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let contact = NewContact {
        channel: typed.get("channel").to_owned(),
        inward: typed.get("direction") != "out",
        summary: typed.lines("summary").to_owned(),
    };
    let act = async |ctx: &mut Ctx, contact| {
        commands::log(ctx, person.id, contact).await?;
        Ok(Done::at(format!("/people/{}", person.reference), "The contact is logged."))
    };
    let again = async |errors: &FieldErrors| {
        let body = html! {
            (forms::error_summary(errors))
            (shell::heading("Log a contact", Some(&person.details.name()), None))
            (form(&person.reference, &session.csrf, typed, errors))
        };
        let page = pages::page(app, session, "/people", "Log a contact", body).crumb("People", "/people");
        Ok(page.crumb(person.reference.clone(), format!("/people/{}", person.reference)))
    };
    turn.take(Ok(contact), act, again).await
}
