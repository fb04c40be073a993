//! Pages: a place, its history, adding and changing one.

use super::{
    commands, forms as place_form, history,
    model::{self, Details, KINDS, words},
    queries,
    store::{self, Stored},
    views,
};
use crate::{ALERTS, EDIT, alerts, documents, public};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{
    App, Asked, Caller, Done, PageResult, Signed, Turn,
    history::{self as pages_of_history, Whose},
    pages,
    turn::Overtaken,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Ctx,
    documents::Owner,
    journal::read::{About, timeline},
    signin::sessions::Session,
};
use rooftree_ui::{
    Markup, Query, forms, html,
    pages::Clash,
    shell,
    summary::{self, Tone},
};

/// Facts on a place's page; the history has more.
const FACTS_ON_PAGE: i64 = 12;
/// What lies in a place and is shown on its page; behind it stands a link to the list of all.
const INSIDE_MAX: i64 = 200;

/// GET `/homes/{reference}`
pub async fn detail(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let (session, caller) = (signed.0.clone(), signed.caller());
    queries::whole_register(caller.scope())?;
    let pool = app.platform.reads();
    let place = store::by_reference(pool, &reference).await?;
    let above = queries::above(pool, place.id).await?;
    let title = public::title(&place.details.name, &place.details.address, &place.details.postcode);
    let kind = words(KINDS, &place.details.kind);
    let blind = caller.scope().no_personal_data;
    let body = html! {
        (shell::heading(&title, Some(&format!("{kind} {}", place.reference)), Some(actions(&session, &place))))
        @if place.removed { (summary::banner(Tone::Warning, html! { p { "This place was taken off the register." } })) }
        (alert_block(&app, &session, &place).await?)
        (summary::columns(
            main_blocks(&app, &caller, &session, &place).await?,
            views::particulars(&place.details, &place.reference, &above, blind),
        ))
    };
    let mut page =
        pages::page(&app, &session, "/homes", format!("{title} ({})", place.reference), body).crumb("Homes", "/homes");
    for step in above {
        page = page.crumb(step.label, format!("/homes/{}", step.reference));
    }
    Ok(pages::show(&headers, page))
}

fn actions(session: &Session, place: &Stored) -> Markup {
    let here = format!("/homes/{}", place.reference);
    html! {
        @if session.actor.may(&EDIT) { (forms::secondary_link("Change", &format!("{here}/edit"))) }
        @if session.actor.may(&ALERTS) { (forms::secondary_link("Add an alert", &format!("{here}/alerts/new"))) }
    }
}

async fn alert_block(app: &App, session: &Session, place: &Stored) -> PageResult<Markup> {
    let held = public::alerts_for(app.platform.reads(), place.id, app.platform.now().day()).await?;
    let blind = session.actor.scope.no_personal_data;
    let may_end = session.actor.may(&ALERTS);
    let shown: Vec<summary::Alert> = held
        .iter()
        .map(|alert| {
            let href = format!("/homes/{}/alerts/{}/end", place.reference, alert.id);
            let action = may_end
                .then(|| html! { a href=(href) { "End" span.govuk-visually-hidden { " the alert " (alert.title) } } });
            summary::Alert { action, ..alerts::shown(alert, blind) }
        })
        .collect();
    Ok(summary::alerts(&shown))
}

async fn main_blocks(app: &App, caller: &Caller, session: &Session, place: &Stored) -> PageResult<Markup> {
    let platform = &app.platform;
    let mut panels = Vec::new();
    for panel in &app.shared.panels {
        panels.extend(panel.about_place(app, caller, place.id).await?);
    }
    let mut found = Vec::new();
    if !caller.scope().no_personal_data {
        let all =
            rooftree_platform::documents::of(platform, Owner { home: Some(place.id), ..Owner::default() }).await?;
        // Photos of cases hang on their case's page.
        found.extend(all.into_iter().filter(|document| document.case_id.is_none()));
    }
    let facts = timeline(platform, About::Home(place.id), None, FACTS_ON_PAGE).await?;
    let more = (facts.len() as i64 == FACTS_ON_PAGE)
        .then(|| html! { a href={ "/homes/" (place.reference) "/history" } { "All of its history" } });
    Ok(html! {
        @for panel in &panels { (panel) }
        (inside(app, session, place).await?)
        (documents::web::panel(&place.reference, &session.csrf, &found, session.actor.may(&EDIT)))
        (summary::panel("History", more, pages_of_history::show(app, caller, &facts).await?))
    })
}

/// What lies in a place. A home has nothing in it and shows no such block.
async fn inside(app: &App, session: &Session, place: &Stored) -> PageResult<Markup> {
    if matches!(place.details.kind.as_str(), "home" | "garage") {
        return Ok(html! {});
    }
    let inside = Query::new("/homes").with("kind", "all").with("in", place.reference.as_str());
    let (table, total) = app.list("/homes")?.block(app, session, &inside, INSIDE_MAX).await?;
    let title = match total {
        0 => "Nothing lies in it".to_owned(),
        1 => "One place lies in it".to_owned(),
        total => format!("{total} places lie in it"),
    };
    let add = session
        .actor
        .may(&EDIT)
        .then(|| html! { a href={ "/homes/new?parent=" (place.reference) } { "Add a place in it" } });
    Ok(summary::panel(
        "What lies in it",
        add,
        html! {
            p { (title) @if total > INSIDE_MAX { "; the first " (INSIDE_MAX) " are shown" } "." }
            (table)
        },
    ))
}

/// GET `/homes/{reference}/history`
pub async fn history_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let session = &signed.0;
    queries::whole_register(&session.actor.scope)?;
    let place = store::by_reference(app.platform.reads(), &reference).await?;
    let part = pages_of_history::part(&app, About::Home(place.id), &query).await?;
    let title = public::title(&place.details.name, &place.details.address, "");
    let whose = Whose { list: ("Homes", "/homes"), reference: &place.reference, title: &title };
    Ok(pages::show(&headers, part.page(&app, &signed.caller(), session, &whose).await?))
}

/// GET `/homes/new`; `?parent=P-10002` fills in where it lies.
pub async fn new(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let details = Details {
        kind: "home".into(),
        status: "occupied".into(),
        tenure: Some("council".into()),
        ..Details::default()
    };
    let shown = place_form::Shown::stored(&details, query.get("parent").unwrap_or_default());
    Ok(pages::show(&headers, new_page(&app, &session, &shown, &FieldErrors::default()).await?))
}

async fn new_page(
    app: &App,
    session: &Session,
    shown: &place_form::Shown,
    errors: &FieldErrors,
) -> PageResult<rooftree_ui::Page> {
    let (wards, patches) = queries::wards_and_patches(app.platform.reads()).await?;
    let context = place_form::Context {
        action: "/homes/new",
        csrf: &session.csrf,
        version: None,
        back: "/homes",
        wards: &wards,
        patches: &patches,
    };
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Add a place", None, None))
        (place_form::show(&context, shown, errors))
    };
    Ok(pages::page(app, session, "/homes", "Add a place", body).crumb("Homes", "/homes").has_errors(!errors.is_empty()))
}

/// POST `/homes/new`
pub async fn add(turn: Turn) -> PageResult {
    let mut errors = FieldErrors::default();
    let input = place_form::read(&turn.form, &mut errors);
    let act = async |ctx: &mut Ctx, input| {
        let reference = commands::add(ctx, input).await?;
        Ok(Done::at(format!("/homes/{reference}"), format!("{reference} is on the register.")))
    };
    let typed = place_form::Shown::typed(&turn.form);
    let again = async |errors: &FieldErrors| new_page(&turn.app, &turn.session, &typed, errors).await;
    turn.take(errors.into_result(input), act, again).await
}

/// GET `/homes/{reference}/edit`
pub async fn edit(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let place = store::by_reference(app.platform.reads(), &reference).await?;
    let parent = parent_reference(&app, &place).await?;
    let shown = place_form::Shown::stored(&place.details, &parent);
    Ok(pages::show(&headers, edit_page(&app, &session, &place, &shown, &FieldErrors::default()).await?))
}

async fn parent_reference(app: &App, place: &Stored) -> PageResult<String> {
    Ok(match place.details.parent_id {
        Some(id) => public::place(app.platform.reads(), id).await?.reference,
        None => String::new(),
    })
}

async fn edit_form(
    app: &App,
    session: &Session,
    place: &Stored,
    shown: &place_form::Shown,
    errors: &FieldErrors,
) -> PageResult<Markup> {
    let (wards, patches) = queries::wards_and_patches(app.platform.reads()).await?;
    let here = format!("/homes/{}", place.reference);
    let context = place_form::Context {
        action: &format!("{here}/edit"),
        csrf: &session.csrf,
        version: Some(place.version),
        back: &here,
        wards: &wards,
        patches: &patches,
    };
    Ok(place_form::show(&context, shown, errors))
}

async fn edit_page(
    app: &App,
    session: &Session,
    place: &Stored,
    shown: &place_form::Shown,
    errors: &FieldErrors,
) -> PageResult<rooftree_ui::Page> {
    let title = public::title(&place.details.name, &place.details.address, "");
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Change details", Some(&title), None))
        (edit_form(app, session, place, shown, errors).await?)
    };
    Ok(framed(app, session, place, body).has_errors(!errors.is_empty()))
}

fn framed(app: &App, session: &Session, place: &Stored, body: Markup) -> rooftree_ui::Page {
    pages::page(app, session, "/homes", format!("Change {}", place.reference), body)
        .crumb("Homes", "/homes")
        .crumb(place.reference.clone(), format!("/homes/{}", place.reference))
}

/// POST `/homes/{reference}/edit`
pub async fn change(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, form) = (&turn.app, &turn.session, &turn.form);
    let mut errors = FieldErrors::default();
    let input = place_form::read(form, &mut errors);
    let version = form.parse("version", "reload the page and try again", &mut errors).unwrap_or_default();
    let act = async |ctx: &mut Ctx, input| {
        let changed = commands::change(ctx, &reference, version, input).await?;
        let said = if changed.is_empty() { "Nothing was different, so nothing was changed." } else { "Saved." };
        Ok(Done::at(format!("/homes/{reference}"), said))
    };
    let typed = place_form::Shown::typed(form);
    let again = async |errors: &FieldErrors| {
        let place = store::by_reference(app.platform.reads(), &reference).await?;
        // The version stays the one that was opened: correcting a slip must not overwrite another's change.
        edit_page(app, session, &Stored { version, ..place }, &typed, errors).await
    };
    let overtaken = async || {
        let place = store::by_reference(app.platform.reads(), &reference).await?;
        let stored = place_form::Shown::stored(&place.details, &parent_reference(app, &place).await?);
        let again = edit_form(app, session, &place, &typed, &FieldErrors::default()).await?;
        Ok(Overtaken {
            what: "this place",
            about: About::Home(place.id),
            fact: crate::facts::PLACE_CHANGED.name,
            clashes: clashes(&stored, &typed),
            page: framed(app, session, &place, html! {}),
            again,
        })
    };
    turn.edit(errors.into_result(input), act, again, overtaken).await
}

/// Where what is stored and what was typed differ.
fn clashes(stored: &place_form::Shown, typed: &place_form::Shown) -> Vec<Clash> {
    let differs = |field: &&(&str, &str)| field.0 != "parent_id" && stored.get(field.0) != typed.get(field.0);
    let clash = |field: &(&str, &str)| Clash {
        label: field.1.to_owned(),
        theirs: history::value(field.0, stored.get(field.0)).to_owned(),
        yours: history::value(field.0, typed.get(field.0)).to_owned(),
    };
    model::FIELDS.iter().filter(differs).map(clash).collect()
}
