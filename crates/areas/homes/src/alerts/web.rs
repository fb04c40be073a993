//! Pages: add an alert, end an alert.

use super::{
    KINDS,
    commands::{self, NewAlert},
};
use crate::{places::store, public};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, pages};
use rooftree_kernel::{FieldErrors, typed::Span};
use rooftree_platform::{Ctx, Error, signin::sessions::Session};
use rooftree_ui::{
    Page,
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
    let page = form(&app, &session, &reference, &typed, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

async fn form(app: &App, session: &Session, reference: &str, typed: &Form, errors: &FieldErrors) -> PageResult<Page> {
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
    Ok(pages::page(app, session, "/homes", "Add an alert", body)
        .crumb("Homes", "/homes")
        .crumb(place.reference.clone(), here))
}

/// POST `/homes/{reference}/alerts/new`
pub async fn add(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let mut errors = FieldErrors::default();
    let (typed, today) = (&turn.form, turn.app.platform.now().day());
    let alert = NewAlert {
        kind: typed.get("kind").to_owned(),
        title: typed.get("title").to_owned(),
        detail: typed.lines("detail").to_owned(),
        from_day: typed.day_within("from_day", Span::until_years(today, 1), &mut errors).unwrap_or(today),
        until_day: typed.day_optional("until_day", Span::until_years(today, 20), &mut errors),
    };
    let act = async |ctx: &mut Ctx, alert| {
        commands::add(ctx, &reference, alert).await?;
        Ok(Done::at(format!("/homes/{reference}"), "The alert is on the page."))
    };
    let again = async |errors: &FieldErrors| form(&turn.app, &turn.session, &reference, typed, errors).await;
    turn.take(errors.into_result(alert), act, again).await
}

/// GET `/homes/{reference}/alerts/{alert}/end`
pub async fn ending(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, alert)): Path<(String, public::AlertId)>,
) -> PageResult {
    let page = end_form(&app, &session, &reference, alert, "", &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

async fn end_form(
    app: &App,
    session: &Session,
    reference: &str,
    alert: public::AlertId,
    reason: &str,
    errors: &FieldErrors,
) -> PageResult<Page> {
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
    Ok(pages::page(app, session, "/homes", "End an alert", body)
        .crumb("Homes", "/homes")
        .crumb(place.reference.clone(), here))
}

/// POST `/homes/{reference}/alerts/{alert}/end`
pub async fn end(Path((reference, alert)): Path<(String, public::AlertId)>, turn: Turn) -> PageResult {
    let reason = turn.form.get("reason");
    let act = async |ctx: &mut Ctx, reason: &str| {
        commands::end(ctx, alert, reason).await?;
        Ok(Done::at(format!("/homes/{reference}"), "The alert has ended."))
    };
    let again =
        async |errors: &FieldErrors| end_form(&turn.app, &turn.session, &reference, alert, reason, errors).await;
    turn.take(Ok(reason), act, again).await
}
