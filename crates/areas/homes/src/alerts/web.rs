//! Pages: add an alert, end an alert.

use super::{
    KINDS,
    commands::{self, NewAlert},
};
use crate::{places::store, public};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Error, signin::sessions::Session};
use rooftree_ui::{
    forms::{self, Choice, Field, Size},
    html, shell,
};

/// GET `/homes/{reference}/alerts/new`
pub async fn new(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let typed = Form::of(vec![("from_day".into(), forms::day_value(app.platform.now().day()))]);
    form(&app, &session, &headers, &reference, &typed, &FieldErrors::default()).await
}

async fn form(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult {
    let place = store::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/homes/{}", place.reference);
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let kinds: Vec<Choice<'_>> = KINDS.iter().map(|kind| Choice::new(kind.0, kind.1)).collect();
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Add an alert", Some(&public::title(&place.details.name, &place.details.address, "")), None))
        p { "Everybody who raises or begins work here, or in anything that lies in it, must read it first." }
        (forms::form(&format!("{here}/alerts/new"), &session.csrf, html! {
            (forms::radios(field("kind", "Kind"), &kinds))
            (forms::text(field("title", "What is it?").hint("Like: Artex ceilings contain asbestos")))
            (forms::textarea(field("detail", "Where, and what to do").value(typed.lines("detail")).optional(), 4, Some(1000)))
            (forms::row(&[
                forms::date(field("from_day", "From").size(Size::Chars10)),
                forms::date(field("until_day", "Until").hint("Empty when it holds until somebody ends it").optional()),
            ]))
            (forms::buttons(&[forms::submit("Add the alert"), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/homes", "Add an alert", body)
        .crumb("Homes", "/homes")
        .crumb(place.reference.clone(), here)
        .has_errors(!errors.is_empty());
    Ok(pages::show(headers, page))
}

/// POST `/homes/{reference}/alerts/new`
pub async fn add(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    typed: Form,
) -> PageResult {
    let mut errors = FieldErrors::default();
    let alert = NewAlert {
        kind: typed.get("kind").to_owned(),
        title: typed.get("title").to_owned(),
        detail: typed.lines("detail").to_owned(),
        from_day: typed.day("from_day", &mut errors).unwrap_or_else(|| app.platform.now().day()),
        until_day: typed.parse_optional("until_day", "enter a date, like 18/12/2026", &mut errors),
    };
    let done = async {
        errors.clone().into_result(())?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        commands::add(&mut ctx, &reference, alert).await?;
        ctx.commit().await
    };
    match done.await {
        Ok(()) => Ok(pages::done(&format!("/homes/{reference}"), "The alert is on the page.")),
        Err(Error::Invalid(errors)) => Ok(refused(form(&app, &session, &headers, &reference, &typed, &errors).await?)),
        Err(other) => Err(other.into()),
    }
}

/// The same page with status 422.
pub(crate) fn refused(page: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// GET `/homes/{reference}/alerts/{alert}/end`
pub async fn ending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, alert)): Path<(String, public::AlertId)>,
) -> PageResult {
    end_form(&app, &session, &headers, &reference, alert, "", &FieldErrors::default()).await
}

async fn end_form(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    alert: public::AlertId,
    reason: &str,
    errors: &FieldErrors,
) -> PageResult {
    let place = store::by_reference(app.platform.reads(), reference).await?;
    let held = public::alerts_for(app.platform.reads(), place.id, app.platform.now().day()).await?;
    let held = held.iter().find(|held| held.id == alert).ok_or(Error::NotFound("the alert"))?;
    let here = format!("/homes/{}", place.reference);
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("End an alert", Some(&public::title(&place.details.name, &place.details.address, "")), None))
        (rooftree_ui::summary::alerts(&[super::shown(held, false)]))
        @if held.inherited_from.is_some() { p { "It holds for a larger place: ending it ends it for all that lies there." } }
        (forms::form(&format!("{here}/alerts/{alert}/end"), &session.csrf, html! {
            (forms::text(Field::new("reason", "Why does it no longer hold?").value(reason).errors(errors)))
            (forms::buttons(&[forms::warning("End the alert", None), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/homes", "End an alert", body)
        .crumb("Homes", "/homes")
        .crumb(place.reference.clone(), here)
        .has_errors(!errors.is_empty());
    Ok(pages::show(headers, page))
}

/// POST `/homes/{reference}/alerts/{alert}/end`
pub async fn end(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, alert)): Path<(String, public::AlertId)>,
    typed: Form,
) -> PageResult {
    let mut ctx = app.platform.begin(&session.actor).await?;
    match commands::end(&mut ctx, alert, typed.get("reason")).await {
        Ok(()) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/homes/{reference}"), "The alert has ended."))
        }
        Err(Error::Invalid(errors)) => {
            let reason = typed.get("reason");
            Ok(refused(end_form(&app, &session, &headers, &reference, alert, reason, &errors).await?))
        }
        Err(other) => Err(other.into()),
    }
}
