//! Pages: one tenancy, starting, ending, extending, joining, leaving.

use super::{
    commands::{self, NewMember, NewTenancy},
    forms as tenancy_forms,
    model::{self, kind_words},
    queries::{self, Tenancy},
    views,
};
use crate::{
    EDIT,
    persons::{queries::everybody, web::refused},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use rooftree_frame::{App, Asked, Form, PageResult, Signed, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Ctx, Error, Result, signin::sessions::Session};
use rooftree_ui::{
    Markup,
    forms::{self, day_value},
    html, shell, summary,
};

/// GET `/tenancies/{reference}`
pub async fn detail(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let (pool, today) = (app.platform.reads(), app.platform.now().day());
    let tenancy = queries::by_reference(pool, &reference).await?;
    let place = rooftree_homes::public::place(pool, tenancy.place_id).await?;
    let members = queries::members(pool, tenancy.id).await?;
    let here = format!("/tenancies/{}", tenancy.reference);
    let may_edit = session.actor.may(&EDIT) && tenancy.end_day.is_none_or(|end| end >= today);
    let may_extend =
        model::may_extend(&tenancy.kind, tenancy.start_day, tenancy.end_day, tenancy.trial_end_day, today).is_ok();
    let actions = html! {
        @if may_edit && may_extend { (forms::secondary_link("Extend the trial", &format!("{here}/extend"))) }
        @if may_edit && tenancy.end_day.is_none() { (forms::secondary_link("End the tenancy", &format!("{here}/end"))) }
        @if session.actor.may(&EDIT) && tenancy.end_day.is_some() { (forms::action(&format!("{here}/end/withdraw"), &session.csrf, "Take the end back", &[])) }
    };
    let join = may_edit.then(|| html! { a href={ (here) "/household/new" } { "Add somebody" } });
    let body = html! {
        (shell::heading(&place.title(), Some(&format!("{} {}", kind_words(&tenancy.kind), tenancy.reference)), Some(actions)))
        (summary::columns(
            summary::panel("Household", join, views::household(&here, &members, may_edit, today)),
            summary::panel("Terms", None, views::terms(&tenancy, &place, today)),
        ))
    };
    let page = pages::page(&app, &session, "/people", format!("Tenancy {}", tenancy.reference), body)
        .crumb("People", "/people")
        .crumb("Tenancies", "/tenancies");
    Ok(pages::show(&headers, page))
}

/// GET `/tenancies/new`; `?place=H-10042` fills in the home.
pub async fn new(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let today = app.platform.now().day();
    let typed = Form::of(vec![
        ("place".into(), query.get("place").unwrap_or_default().to_owned()),
        ("start_day".into(), day_value(today)),
    ]);
    Ok(start_page(&app, &session, &headers, &typed, &FieldErrors::default()))
}

fn start_page(app: &App, session: &Session, headers: &HeaderMap, typed: &Form, errors: &FieldErrors) -> Response {
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Start a tenancy", None, None))
        (tenancy_forms::start(&session.csrf, typed, errors))
    };
    let page = pages::page(app, session, "/people", "Start a tenancy", body)
        .crumb("People", "/people")
        .crumb("Tenancies", "/tenancies")
        .has_errors(!errors.is_empty());
    pages::show(headers, page)
}

/// POST `/tenancies/new`
pub async fn start(State(app): State<App>, Signed(session): Signed, headers: HeaderMap, typed: Form) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let new = NewTenancy {
        place: typed.get("place").to_owned(),
        kind: typed.get("kind").to_owned(),
        start_day: typed.day("start_day", &mut errors).unwrap_or_else(|| app.platform.now().day()),
        holders: typed
            .get("holders")
            .split([',', ';', ' '])
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let done = async {
        errors.into_result(())?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        let reference = commands::start(&mut ctx, new).await?;
        ctx.commit().await?;
        Ok(reference)
    };
    match done.await {
        Ok(reference) => Ok(pages::done(&format!("/tenancies/{reference}"), "The tenancy has started.")),
        Err(Error::Invalid(errors)) => Ok(refused(start_page(&app, &session, &headers, &typed, &errors))),
        Err(other) => Err(other.into()),
    }
}

/// One of the small forms on a tenancy.
#[derive(Clone, Copy)]
enum Act<'a> {
    End,
    Extend,
    Join,
    Leave(&'a str),
}

impl Act<'_> {
    fn title(self) -> &'static str {
        match self {
            Self::End => "End a tenancy",
            Self::Extend => "Extend an introductory trial",
            Self::Join => "Add somebody to the household",
            Self::Leave(_) => "Somebody left the household",
        }
    }

    fn form(self, here: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
        match self {
            Self::End => tenancy_forms::end(here, csrf, typed, errors),
            Self::Extend => tenancy_forms::extend(here, csrf, typed, errors),
            Self::Join => tenancy_forms::join(here, csrf, typed, errors),
            Self::Leave(person) => tenancy_forms::leave(here, person, csrf, typed, errors),
        }
    }
}

async fn act_page(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    act: Act<'_>,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let tenancy: Tenancy = queries::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/tenancies/{}", tenancy.reference);
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading(act.title(), Some(&format!("{} {}", kind_words(&tenancy.kind), tenancy.reference)), None))
        (act.form(&here, &session.csrf, typed, errors))
    };
    let page = pages::page(app, session, "/people", act.title(), body)
        .crumb("People", "/people")
        .crumb(tenancy.reference.clone(), here)
        .has_errors(!errors.is_empty());
    Ok(pages::show(headers, page))
}

/// GET `/tenancies/{reference}/end`
pub async fn ending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    act_page(&app, &session, &headers, &reference, Act::End, &Form::default(), &FieldErrors::default()).await
}

/// GET `/tenancies/{reference}/extend`
pub async fn extending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    act_page(&app, &session, &headers, &reference, Act::Extend, &Form::default(), &FieldErrors::default()).await
}

/// GET `/tenancies/{reference}/household/new`
pub async fn joining(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let today = day_value(app.platform.now().day());
    let typed = Form::of(vec![("from_day".into(), today), ("role".into(), "household".into())]);
    act_page(&app, &session, &headers, &reference, Act::Join, &typed, &FieldErrors::default()).await
}

/// GET `/tenancies/{reference}/household/{person}/leave`
pub async fn leaving(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, person)): Path<(String, String)>,
) -> PageResult {
    let typed = Form::of(vec![("until_day".into(), day_value(app.platform.now().day()))]);
    act_page(&app, &session, &headers, &reference, Act::Leave(&person), &typed, &FieldErrors::default()).await
}

/// POST `/tenancies/{reference}/end`
pub async fn end(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    typed: Form,
) -> PageResult {
    act(&app, &session, &headers, &reference, Act::End, &typed).await
}

/// POST `/tenancies/{reference}/end/withdraw`
pub async fn withdraw_end(
    State(app): State<App>,
    Signed(session): Signed,
    Path(reference): Path<String>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    commands::withdraw_end(&mut ctx, &reference).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/tenancies/{reference}"), "The tenancy runs on: its end is taken back."))
}

/// POST `/tenancies/{reference}/extend`
pub async fn extend(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    typed: Form,
) -> PageResult {
    act(&app, &session, &headers, &reference, Act::Extend, &typed).await
}

/// POST `/tenancies/{reference}/household/new`
pub async fn join(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    typed: Form,
) -> PageResult {
    act(&app, &session, &headers, &reference, Act::Join, &typed).await
}

/// POST `/tenancies/{reference}/household/{person}/leave`
pub async fn leave(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, person)): Path<(String, String)>,
    typed: Form,
) -> PageResult {
    act(&app, &session, &headers, &reference, Act::Leave(&person), &typed).await
}

async fn act(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    act: Act<'_>,
    typed: &Form,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    match perform(&mut ctx, reference, act, typed).await {
        Ok(said) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/tenancies/{reference}"), &said))
        }
        Err(Error::Invalid(errors)) => {
            Ok(refused(act_page(app, session, headers, reference, act, typed, &errors).await?))
        }
        Err(other) => Err(other.into()),
    }
}

async fn perform(ctx: &mut Ctx, reference: &str, act: Act<'_>, typed: &Form) -> Result<String> {
    let mut errors = FieldErrors::default();
    let mut day = |name: &str| typed.day(name, &mut errors);
    match act {
        Act::End => {
            let end_day = day("end_day");
            let end_day = errors.into_result(end_day)?.unwrap_or_else(|| ctx.now.day());
            commands::end(ctx, reference, end_day, typed.get("reason")).await?;
            Ok("The tenancy's end is recorded.".to_owned())
        }
        Act::Extend => {
            let until = commands::extend(ctx, reference, typed.lines("reason")).await?;
            Ok(format!("The trial now ends on {}.", until.long()))
        }
        Act::Join => {
            let from_day = day("from_day");
            let from_day = errors.into_result(from_day)?.unwrap_or_else(|| ctx.now.day());
            let text = |name: &str| typed.get(name).to_owned();
            let new = NewMember { person: text("person"), role: text("role"), relation: text("relation"), from_day };
            commands::join(ctx, reference, new).await?;
            Ok("The household is up to date.".to_owned())
        }
        Act::Leave(person) => {
            let until_day = day("until_day");
            let until_day = errors.into_result(until_day)?.unwrap_or_else(|| ctx.now.day());
            commands::leave(ctx, reference, person, until_day).await?;
            Ok("The household is up to date.".to_owned())
        }
    }
}
