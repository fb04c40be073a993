//! Pages: one tenancy, starting, ending, extending, joining, leaving.

use super::{
    commands::{self, NewMember, NewTenancy},
    forms as tenancy_forms,
    model::{self, kind_words},
    queries::{self, Tenancy},
    views,
};
use crate::{EDIT, persons::queries::everybody};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Asked, Done, Form, PageResult, Signed, Turn, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Ctx, Result, signin::sessions::Session};
use rooftree_ui::{
    Markup, Page,
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
    Ok(pages::show(&headers, start_page(&app, &session, &typed, &FieldErrors::default())))
}

fn start_page(app: &App, session: &Session, typed: &Form, errors: &FieldErrors) -> Page {
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Start a tenancy", None, None))
        (tenancy_forms::start(&session.csrf, typed, errors))
    };
    let page = pages::page(app, session, "/people", "Start a tenancy", body);
    page.crumb("People", "/people").crumb("Tenancies", "/tenancies")
}

/// POST `/tenancies/new`
pub async fn start(turn: Turn) -> PageResult {
    let (app, session, typed) = (&turn.app, &turn.session, &turn.form);
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
    let act = async |ctx: &mut Ctx, new| {
        let reference = commands::start(ctx, new).await?;
        Ok(Done::at(format!("/tenancies/{reference}"), "The tenancy has started."))
    };
    let again = async |errors: &FieldErrors| Ok(start_page(app, session, typed, errors));
    turn.take(errors.into_result(new), act, again).await
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
    reference: &str,
    act: Act<'_>,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult<Page> {
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
        .crumb(tenancy.reference.clone(), here);
    Ok(page)
}

/// GET `/tenancies/{reference}/end`
pub async fn ending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let page = act_page(&app, &session, &reference, Act::End, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

/// GET `/tenancies/{reference}/extend`
pub async fn extending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let page = act_page(&app, &session, &reference, Act::Extend, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
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
    let page = act_page(&app, &session, &reference, Act::Join, &typed, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

/// GET `/tenancies/{reference}/household/{person}/leave`
pub async fn leaving(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, person)): Path<(String, String)>,
) -> PageResult {
    let typed = Form::of(vec![("until_day".into(), day_value(app.platform.now().day()))]);
    let page = act_page(&app, &session, &reference, Act::Leave(&person), &typed, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

/// POST `/tenancies/{reference}/end`
pub async fn end(Path(reference): Path<String>, turn: Turn) -> PageResult {
    act(&turn, &reference, Act::End).await
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
pub async fn extend(Path(reference): Path<String>, turn: Turn) -> PageResult {
    act(&turn, &reference, Act::Extend).await
}

/// POST `/tenancies/{reference}/household/new`
pub async fn join(Path(reference): Path<String>, turn: Turn) -> PageResult {
    act(&turn, &reference, Act::Join).await
}

/// POST `/tenancies/{reference}/household/{person}/leave`
pub async fn leave(Path((reference, person)): Path<(String, String)>, turn: Turn) -> PageResult {
    act(&turn, &reference, Act::Leave(&person)).await
}

async fn act(turn: &Turn, reference: &str, act: Act<'_>) -> PageResult {
    everybody(&turn.session.actor.scope)?;
    let perform = async |ctx: &mut Ctx, ()| {
        let said = perform(ctx, reference, act, &turn.form).await?;
        Ok(Done::at(format!("/tenancies/{reference}"), said))
    };
    let again =
        async |errors: &FieldErrors| act_page(&turn.app, &turn.session, reference, act, &turn.form, errors).await;
    turn.take(Ok(()), perform, again).await
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
