//! Pages: a person, adding and changing one.

use super::{
    commands::{self, NewPoint},
    forms as person_form,
    model::FIELDS,
    parts,
    queries::{self, everybody},
    store::{self, Stored},
    views,
};
use crate::{EDIT, SENSITIVE, contacts, letters, tenancies};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{
    App, Asked, Caller, Done, Form, PageResult, Signed, Turn,
    history::{self, Whose},
    pages,
    turn::Overtaken,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Ctx,
    journal::read::{About, timeline},
    signin::sessions::Session,
};
use rooftree_ui::{
    Markup, Page, forms,
    forms::Field,
    html,
    pages::Clash,
    shell,
    summary::{self, Tone},
};

/// Facts on a person's page.
const FACTS_ON_PAGE: i64 = 12;
/// Conversations on a person's page.
const CONTACTS_ON_PAGE: i64 = 10;

/// GET `/people/{reference}`
pub async fn detail(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let (session, caller) = (signed.0.clone(), signed.caller());
    everybody(caller.scope())?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let here = format!("/people/{}", person.reference);
    let link = |label: &str, page: &str| forms::secondary_link(label, &format!("{here}/{page}"));
    let writes = session.actor.may(&letters::WRITE) && person.details.died_on.is_none();
    let actions = html! {
        @if writes { (link("Write a letter", "letter")) }
        @if session.actor.may(&EDIT) { (link("Change", "edit")) }
    };
    let body = html! {
        (shell::heading(&person.details.name(), Some(&format!("Person {}", person.reference)), Some(actions)))
        @if let Some(died) = person.details.died_on {
            (summary::banner(Tone::Warning, html! { p { "Died on " (died.long()) ". No messages are sent to them." } }))
        }
        (summary::columns(record(&app, &caller, &session, &person).await?, aside(&app, &session, &person).await?))
    };
    let page =
        pages::page(&app, &session, "/people", format!("Person {}", person.reference), body).crumb("People", "/people");
    Ok(pages::show(&headers, page))
}

async fn record(app: &App, caller: &Caller, session: &Session, person: &Stored) -> PageResult<Markup> {
    let (pool, today) = (app.platform.reads(), app.platform.now().day());
    let mut panels = Vec::new();
    for panel in &app.shared.panels {
        panels.extend(panel.about_person(app, caller, person.id).await?);
    }
    let held = tenancies::queries::of_person(pool, person.id).await?;
    let said = contacts::queries::of_person(pool, person.id, CONTACTS_ON_PAGE).await?;
    let facts = timeline(&app.platform, About::Person(person.id), None, FACTS_ON_PAGE).await?;
    let more = (facts.len() as i64 == FACTS_ON_PAGE)
        .then(|| html! { a href={ "/people/" (person.reference) "/history" } { "All of it" } });
    let history = history::show(app, caller, &facts).await?;
    Ok(html! {
        (summary::panel("Homes and tenancies", None, tenancies::views::of_person(&held, today)))
        @for panel in &panels { (panel) }
        (contacts::web::panel(&person.reference, &session.csrf, &said, session.actor.may(&EDIT)))
        (summary::panel("History", more, history))
    })
}

async fn aside(app: &App, session: &Session, person: &Stored) -> PageResult<Markup> {
    let (pool, today) = (app.platform.reads(), app.platform.now().day());
    let points = parts::points(pool, person.id).await?;
    let needs = parts::needs(pool, person.id, today).await?;
    let representatives = parts::representatives(pool, person.id, today).await?;
    let represented = parts::represented(pool, person.id, today).await?;
    Ok(views::aside(&views::Aside {
        person,
        points: &points,
        needs: &needs,
        representatives: &representatives,
        represented: &represented,
        may_edit: session.actor.may(&EDIT),
        may_read_sensitive: session.actor.may(&SENSITIVE),
        today,
    }))
}

/// GET `/people/{reference}/history`
pub async fn history_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let session = &signed.0;
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let part = history::part(&app, About::Person(person.id), &query).await?;
    let name = person.details.name();
    let whose = Whose { list: ("People", "/people"), reference: &person.reference, title: &name };
    Ok(pages::show(&headers, part.page(&app, &signed.caller(), session, &whose).await?))
}

/// GET `/people/new`
pub async fn new(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let typed = person_form::stored(&super::model::Details::default());
    Ok(pages::show(&headers, new_page(&app, &session, &typed, &FieldErrors::default()).await?))
}

async fn new_page(app: &App, session: &Session, typed: &Form, errors: &FieldErrors) -> PageResult<Page> {
    everybody(&session.actor.scope)?;
    let languages = queries::languages(app.platform.reads()).await?;
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Add a person", None, None))
        (forms::form("/people/new", &session.csrf, html! {
            (person_form::fields(typed, errors, &languages, false))
            (forms::row(&[
                forms::telephone(field("phone", "Telephone").optional()),
                forms::email(field("email", "E-mail").optional()),
            ]))
            (forms::buttons(&[forms::submit("Add the person"), forms::cancel("/people")]))
        }))
    };
    Ok(pages::page(app, session, "/people", "Add a person", body).crumb("People", "/people"))
}

/// POST `/people/new`
pub async fn add(turn: Turn) -> PageResult {
    let form = &turn.form;
    everybody(&turn.session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let details = person_form::read(form, &mut errors);
    let point = |kind: &str| {
        form.optional(kind).map(|value| NewPoint {
            kind: kind.to_owned(),
            value,
            preferred: true,
            consent: true,
            ..NewPoint::default()
        })
    };
    let points: Vec<NewPoint> = ["phone", "email"].into_iter().filter_map(point).collect();
    let act = async |ctx: &mut Ctx, details| {
        let reference = commands::add(ctx, details, &points).await?;
        Ok(Done::at(format!("/people/{reference}"), format!("{reference} is recorded.")))
    };
    let again = async |errors: &FieldErrors| new_page(&turn.app, &turn.session, form, errors).await;
    turn.take(errors.into_result(details), act, again).await
}

/// GET `/people/{reference}/edit`
pub async fn edit(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let typed = person_form::stored(&person.details);
    Ok(pages::show(&headers, edit_page(&app, &session, &person, &typed, &FieldErrors::default()).await?))
}

async fn edit_form(
    app: &App,
    session: &Session,
    person: &Stored,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult<Markup> {
    let languages = queries::languages(app.platform.reads()).await?;
    let here = format!("/people/{}", person.reference);
    let body = html! {
        (forms::hidden("version", &person.version.to_string()))
        (person_form::fields(typed, errors, &languages, true))
        (forms::buttons(&[forms::submit("Save"), forms::cancel(&here)]))
    };
    Ok(forms::form(&format!("{here}/edit"), &session.csrf, body))
}

fn framed(app: &App, session: &Session, person: &Stored, body: Markup) -> Page {
    pages::page(app, session, "/people", format!("Change {}", person.reference), body)
        .crumb("People", "/people")
        .crumb(person.reference.clone(), format!("/people/{}", person.reference))
}

async fn edit_page(
    app: &App,
    session: &Session,
    person: &Stored,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult<Page> {
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Change details", Some(&person.details.name()), None))
        (edit_form(app, session, person, typed, errors).await?)
    };
    Ok(framed(app, session, person, body))
}

/// POST `/people/{reference}/edit`
pub async fn change(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, form) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let details = person_form::read(form, &mut errors);
    let version = form.parse("version", "reload the page and try again", &mut errors).unwrap_or_default();
    let act = async |ctx: &mut Ctx, details| {
        let changed = commands::change(ctx, &reference, version, details).await?;
        let said = if changed.is_empty() { "Nothing was different, so nothing was changed." } else { "Saved." };
        Ok(Done::at(format!("/people/{reference}"), said))
    };
    let again = async |errors: &FieldErrors| {
        let person = store::by_reference(app.platform.reads(), &reference).await?;
        // The version stays the one that was opened: correcting a slip must not overwrite another's change.
        edit_page(app, session, &Stored { version, ..person }, form, errors).await
    };
    let overtaken = async || {
        let person = store::by_reference(app.platform.reads(), &reference).await?;
        let again = edit_form(app, session, &person, form, &FieldErrors::default()).await?;
        Ok(Overtaken {
            what: "this person",
            about: About::Person(person.id),
            fact: crate::facts::PERSON_CHANGED.name,
            clashes: clashes(&person_form::stored(&person.details), form),
            page: framed(app, session, &person, html! {}),
            again,
        })
    };
    turn.edit(errors.into_result(details), act, again, overtaken).await
}

/// Where what is stored and what was typed differ.
fn clashes(stored: &Form, typed: &Form) -> Vec<Clash> {
    let differs = |field: &&(&str, &str)| stored.get(field.0) != typed.get(field.0);
    let clash = |field: &(&str, &str)| Clash {
        label: field.1.to_owned(),
        theirs: person_form::shown(field.0, stored),
        yours: person_form::shown(field.0, typed),
    };
    FIELDS.iter().filter(differs).map(clash).collect()
}
