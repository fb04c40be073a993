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
use crate::{EDIT, SENSITIVE, contacts, tenancies};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rooftree_frame::{
    App, Asked, Caller, Form, PageResult, Signed,
    history::{self, Whose},
    pages,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    journal::read::{About, timeline},
    signin::sessions::Session,
};
use rooftree_ui::{
    Markup, forms,
    forms::Field,
    html, pages as standard, shell,
    summary::{self, Tone},
};

/// Facts on a person's page.
const FACTS_ON_PAGE: i64 = 12;
/// Conversations on a person's page.
const CONTACTS_ON_PAGE: i64 = 10;

/// The same page with status 422.
pub(crate) fn refused(page: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

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
    let actions = session
        .actor
        .may(&EDIT)
        .then(|| forms::secondary_link("Change", &format!("/people/{}/edit", person.reference)));
    let body = html! {
        (shell::heading(&person.details.name(), Some(&format!("Person {}", person.reference)), actions))
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
    let history = rooftree_homes::public::show_history(app, caller, &facts).await?;
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
    let entries = rooftree_homes::public::show_history(&app, &signed.caller(), &part.facts).await?;
    let name = person.details.name();
    let whose = Whose { list: ("People", "/people"), reference: &person.reference, title: &name };
    Ok(pages::show(&headers, part.page(&app, session, &whose, &entries)))
}

/// GET `/people/new`
pub async fn new(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let typed = person_form::stored(&super::model::Details::default());
    new_page(&app, &session, &headers, &typed, &FieldErrors::default()).await
}

async fn new_page(app: &App, session: &Session, headers: &HeaderMap, typed: &Form, errors: &FieldErrors) -> PageResult {
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
    let page = pages::page(app, session, "/people", "Add a person", body)
        .crumb("People", "/people")
        .has_errors(!errors.is_empty());
    Ok(pages::show(headers, page))
}

/// POST `/people/new`
pub async fn add(State(app): State<App>, Signed(session): Signed, headers: HeaderMap, form: Form) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let details = person_form::read(&form, &mut errors);
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
    let done = async {
        errors.into_result(())?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        let reference = commands::add(&mut ctx, details, &points).await?;
        ctx.commit().await?;
        Ok(reference)
    };
    match done.await {
        Ok(reference) => Ok(pages::done(&format!("/people/{reference}"), &format!("{reference} is recorded."))),
        Err(Error::Invalid(errors)) => Ok(refused(new_page(&app, &session, &headers, &form, &errors).await?)),
        Err(other) => Err(other.into()),
    }
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
    edit_page(&app, &session, &headers, &person, &typed, &FieldErrors::default()).await
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

fn framed(app: &App, session: &Session, person: &Stored, body: Markup) -> rooftree_ui::Page {
    pages::page(app, session, "/people", format!("Change {}", person.reference), body)
        .crumb("People", "/people")
        .crumb(person.reference.clone(), format!("/people/{}", person.reference))
}

async fn edit_page(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    person: &Stored,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult {
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Change details", Some(&person.details.name()), None))
        (edit_form(app, session, person, typed, errors).await?)
    };
    Ok(pages::show(headers, framed(app, session, person, body).has_errors(!errors.is_empty())))
}

/// POST `/people/{reference}/edit`
pub async fn change(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    form: Form,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let details = person_form::read(&form, &mut errors);
    let version = form.parse("version", "reload the page and try again", &mut errors).unwrap_or_default();
    let done = async {
        errors.into_result(())?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        let changed = commands::change(&mut ctx, &reference, version, details).await?;
        ctx.commit().await?;
        Ok(changed.len())
    };
    let said = match done.await {
        Ok(0) => "Nothing was different, so nothing was changed.",
        Ok(_) => "Saved.",
        Err(Error::Invalid(errors)) => {
            let person = store::by_reference(app.platform.reads(), &reference).await?;
            // The version stays the one that was opened: correcting a slip must not overwrite another's change.
            let person = Stored { version, ..person };
            return Ok(refused(edit_page(&app, &session, &headers, &person, &form, &errors).await?));
        }
        Err(Error::Conflict(_)) => {
            return conflict(&app, &session, &headers, &reference, &form).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(pages::done(&format!("/people/{reference}"), said))
}

/// Somebody was quicker: both versions side by side, and the form as it was typed, ready to be sent again.
async fn conflict(app: &App, session: &Session, headers: &HeaderMap, reference: &str, typed: &Form) -> PageResult {
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let stored = person_form::stored(&person.details);
    let clashes: Vec<standard::Clash> = FIELDS
        .iter()
        .filter(|field| stored.get(field.0) != typed.get(field.0))
        .map(|field| standard::Clash {
            label: field.1.to_owned(),
            theirs: person_form::shown(field.0, &stored),
            yours: person_form::shown(field.0, typed),
        })
        .collect();
    let facts = timeline(&app.platform, About::Person(person.id), None, 20).await?;
    let last = facts.iter().find(|fact| fact.name == crate::facts::PERSON_CHANGED.name);
    let (who, when) = last.map_or(("Somebody".to_owned(), "a moment ago".to_owned()), |fact| {
        (fact.actor_name.clone(), fact.recorded_at.long())
    });
    let again = edit_form(app, session, &person, typed, &FieldErrors::default()).await?;
    let body = standard::conflict("this person", &who, &when, &clashes, again);
    let page = pages::show(headers, framed(app, session, &person, body));
    Ok((StatusCode::CONFLICT, page).into_response())
}
