//! Pages: record a need, end a need.

use super::{
    commands::{self, NewNeed},
    parts::{self, NeedId},
    queries::everybody,
    store,
};
use crate::needs;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, pages};
use rooftree_kernel::{FieldErrors, typed::Span};
use rooftree_platform::{Ctx, Error, signin::sessions::Session};
use rooftree_ui::{
    Page,
    forms::{self, Choice, Field},
    html, shell,
};

/// Words for the groups of the catalogue.
const GROUPS: &[(&str, &str)] = &[
    ("age", "Age"),
    ("health", "Health"),
    ("disability", "Disability"),
    ("language", "Language and communication"),
    ("safety", "Safety"),
    ("circumstances", "Circumstances"),
];

/// GET `/people/{reference}/needs/new`
pub async fn new(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let typed = Form::of(vec![("from_day".into(), forms::day_value(app.platform.now().day()))]);
    Ok(pages::show(&headers, page(&app, &session, &reference, &typed, &FieldErrors::default()).await?))
}

async fn page(app: &App, session: &Session, reference: &str, typed: &Form, errors: &FieldErrors) -> PageResult<Page> {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/people/{}", person.reference);
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let choices: Vec<Choice<'_>> = GROUPS
        .iter()
        .flat_map(|(group, words)| {
            let own = needs::all().iter().filter(move |kind| kind.group == *group);
            own.map(move |kind| Choice::new(kind.key.as_str(), kind.title.as_str()).group(*words))
        })
        .collect();
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Record a need", Some(&person.details.name()), None))
        p { "Record what they told us, never what a name or an address may suggest. Needs that follow from an age are known from the date of birth." }
        (forms::form(&format!("{here}/needs/new"), &session.csrf, html! {
            (forms::select(field("need", "Need"), Some("Choose"), &choices))
            (forms::textarea(field("note", "What should we know?").value(typed.lines("note")).hint("With a sensitive need this is shown only to whoever says why they look").optional(), 3, Some(500)))
            (forms::row(&[
                forms::date(field("from_day", "From")),
                forms::date(field("review_day", "Ask again on").optional()),
                forms::date(field("until_day", "Until").optional()),
            ]))
            (forms::buttons(&[forms::submit("Record"), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/people", "Record a need", body).crumb("People", "/people");
    Ok(page.crumb(person.reference.clone(), here))
}

/// POST `/people/{reference}/needs/new`
pub async fn add(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, typed) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let today = app.platform.now().day();
    let need = NewNeed {
        need: typed.get("need").to_owned(),
        note: typed.lines("note").to_owned(),
        from_day: typed.day_within("from_day", Span::until_years(today, 1), &mut errors).unwrap_or(today),
        review_day: typed.day_optional("review_day", Span::until_years(today, 20), &mut errors),
        until_day: typed.day_optional("until_day", Span::until_years(today, 20), &mut errors),
    };
    let act = async |ctx: &mut Ctx, need| {
        commands::add_need(ctx, &reference, need).await?;
        Ok(Done::at(format!("/people/{reference}"), "The need is recorded."))
    };
    let again = async |errors: &FieldErrors| page(app, session, &reference, typed, errors).await;
    turn.take(errors.into_result(need), act, again).await
}

/// GET `/people/{reference}/needs/{need}/end`
pub async fn ending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, need)): Path<(String, NeedId)>,
) -> PageResult {
    let page = end_page(&app, &session, &reference, need, "", &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

async fn end_page(
    app: &App,
    session: &Session,
    reference: &str,
    need: NeedId,
    reason: &str,
    errors: &FieldErrors,
) -> PageResult<Page> {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let live = parts::needs(app.platform.reads(), person.id, app.platform.now().day()).await?;
    let recorded = live.iter().find(|recorded| recorded.id == need).ok_or(Error::NotFound("the need"))?;
    let what = if recorded.is_sensitive() { "a sensitive need" } else { recorded.title() };
    let here = format!("/people/{}", person.reference);
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("End a need", Some(&person.details.name()), None))
        p { (what) ", recorded on " (recorded.from_day.long()) " by " (recorded.added_by) "." }
        (forms::form(&format!("{here}/needs/{need}/end"), &session.csrf, html! {
            (forms::text(Field::new("reason", "Why does it no longer hold?").value(reason).errors(errors)))
            (forms::buttons(&[forms::submit("End the need"), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/people", "End a need", body).crumb("People", "/people");
    Ok(page.crumb(person.reference.clone(), here))
}

/// POST `/people/{reference}/needs/{need}/end`
pub async fn end(Path((reference, need)): Path<(String, NeedId)>, turn: Turn) -> PageResult {
    everybody(&turn.session.actor.scope)?;
    let reason = turn.form.get("reason");
    let act = async |ctx: &mut Ctx, reason: &str| {
        commands::end_need(ctx, &reference, need, reason).await?;
        Ok(Done::at(format!("/people/{reference}"), "The need has ended."))
    };
    let again = async |errors: &FieldErrors| end_page(&turn.app, &turn.session, &reference, need, reason, errors).await;
    turn.take(Ok(reason), act, again).await
}
