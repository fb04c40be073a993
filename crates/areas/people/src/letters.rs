//! A letter to somebody, written by hand: its subject and words become a draft, which is read as it will be printed before it goes.

use crate::{
    persons::{queries::everybody, store, store::Stored},
    public::home_of,
    tell,
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, forms::of_field, pages};
use rooftree_kernel::{FieldErrors, Permission};
use rooftree_platform::{
    Ctx, Error, Result,
    letters::drafts::{self, Changes, PART_CHARACTERS_MAX},
    messages::NewMessage,
    registry::Declaration,
    signin::sessions::Session,
};
use rooftree_ui::{
    Page,
    forms::{self, Field},
    html, shell,
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Named here because a higher area declares it: who may write letters.
pub const WRITE: Permission = Permission::new("messages.write");
/// This area's letters.
pub const TEMPLATES: [Declaration; 1] = [("letters/letter.toml", include_str!("../letters/letter.toml"))];
/// The template that has a part for what somebody wants to say, and the place of that part.
const TEMPLATE: (&str, usize) = ("people.letter", 1);
/// The longest subject, in characters.
const SUBJECT_CHARACTERS_MAX: usize = 120;

/// GET `/people/{reference}/letter`
pub async fn form(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    Ok(pages::show(&headers, page(&app, &session, &person, &Form::default(), &FieldErrors::default())))
}

/// POST `/people/{reference}/letter`
pub async fn begin(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, form) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let mut errors = FieldErrors::default();
    let subject = form.text("subject", "Say what it is about", SUBJECT_CHARACTERS_MAX, &mut errors);
    let words = form.text_lines("words", "Write what you want to say", PART_CHARACTERS_MAX, &mut errors);
    let act = async |ctx: &mut Ctx, (subject, words): (String, String)| {
        let draft = write(ctx, &person, subject, words).await?;
        Ok(Done::at(format!("/messages/{draft}"), "Read the letter as it will be printed, then send it."))
    };
    let again = async |errors: &FieldErrors| Ok(page(app, session, &person, form, errors));
    turn.take(errors.into_result((subject, words)), act, again).await
}

/// Makes the draft.
async fn write(ctx: &mut Ctx, person: &Stored, subject: String, words: String) -> Result<Uuid> {
    ctx.require(&WRITE)?;
    if person.details.died_on.is_some() {
        return Err(Error::conflict("No messages are sent to somebody who has died."));
    }
    let today = ctx.now.day();
    let home = home_of(ctx.conn(), person.id, today).await?;
    let way = tell::by_post(ctx, person.id, home).await?;
    let nowhere = || Error::field("words", "no postal address is known: add one under ‘How to reach them’");
    let way = way.ok_or_else(nowhere)?;
    let reader = tell::reader(ctx, person.id).await?;
    let lines: Vec<&str> = way.address.lines().filter(|line| *line != way.name).collect();
    let values = BTreeMap::from([
        ("address", lines.join(", ")),
        ("date", today.long()),
        ("name", way.name.clone()),
        ("subject", subject),
    ]);
    let changes = Changes {
        words: BTreeMap::from([(TEMPLATE.1, words)]),
        large_print: reader.large_print,
        plain_words: reader.plain_words,
    };
    let message = NewMessage {
        template: TEMPLATE.0,
        channel: way.channel,
        address: way.address,
        person: Some(person.id),
        home,
        case: None,
        values,
        reader,
        fact: json!({}),
    };
    let draft = drafts::begin(ctx, message).await?;
    drafts::change(ctx, draft, &changes).await.map_err(|error| of_field(error, "words"))?;
    Ok(draft)
}

fn page(app: &App, session: &Session, person: &Stored, typed: &Form, errors: &FieldErrors) -> Page {
    let hint = "A line of its own that begins with # and a space is a heading; lines that begin with - and a space are a list.";
    let title = format!("A letter to {}", person.details.name());
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading(&title, None, None))
        (forms::form(&format!("/people/{}/letter", person.reference), &session.csrf, html! {
            (forms::text(Field::new("subject", "What is it about?").value(typed.get("subject")).errors(errors)))
            (forms::textarea(Field::new("words", "What do you want to say?").hint(hint).value(typed.lines("words")).errors(errors), 12, Some(PART_CHARACTERS_MAX)))
            (forms::primary("Go on to read it", None))
        }))
    };
    pages::page(app, session, "/people", "Write a letter", body)
        .crumb("People", "/people")
        .crumb(format!("Person {}", person.reference), format!("/people/{}", person.reference))
}
