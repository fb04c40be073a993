//! Pages: add and end contact points and representatives.

use super::{
    commands::{self, NewPoint, NewRepresentative},
    model::POINT_KINDS,
    parts::{self, PointId, RepresentativeId},
    queries::everybody,
    store,
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, pages};
use rooftree_kernel::{FieldErrors, typed::Span};
use rooftree_platform::{Ctx, Error, signin::sessions::Session};
use rooftree_ui::{
    Page,
    choices::checkbox,
    forms::{self, Choice, Field, Size},
    html, shell,
};

/// GET `/people/{reference}/contact-points/new`
pub async fn new_point(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let typed = Form::of(vec![("kind".into(), "phone".into()), ("consent".into(), "yes".into())]);
    let page = point_page(&app, &session, &reference, &typed, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

async fn point_page(
    app: &App,
    session: &Session,
    reference: &str,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult<Page> {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/people/{}", person.reference);
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let kinds: Vec<Choice<'_>> = POINT_KINDS.iter().map(|kind| Choice::new(kind.0, kind.1)).collect();
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Add a way to reach them", Some(&person.details.name()), None))
        (forms::form(&format!("{here}/contact-points/new"), &session.csrf, html! {
            (forms::radios(field("kind", "Kind").inline(), &kinds))
            (forms::textarea(field("value", "Number or address").value(typed.lines("value")).hint("A postal address in lines, the postcode last"), 2, None))
            (forms::text(field("label", "Label").hint("Like: work, daughter's").size(Size::Chars20).optional()))
            (checkbox(field("preferred", "Use this one first among its kind"), typed.ticked("preferred")))
            (checkbox(field("consent", "They agree to surveys and news here"), typed.ticked("consent")))
            (forms::buttons(&[forms::submit("Add"), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/people", "Add a way to reach them", body).crumb("People", "/people");
    Ok(page.crumb(person.reference.clone(), here))
}

/// POST `/people/{reference}/contact-points/new`
pub async fn add_point(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, typed) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let point = NewPoint {
        kind: typed.get("kind").to_owned(),
        value: typed.lines("value").to_owned(),
        label: typed.get("label").to_owned(),
        preferred: typed.ticked("preferred"),
        consent: typed.ticked("consent"),
    };
    let act = async |ctx: &mut Ctx, point| {
        commands::add_point(ctx, &reference, &point).await?;
        Ok(Done::at(format!("/people/{reference}"), "It is recorded."))
    };
    let again = async |errors: &FieldErrors| point_page(app, session, &reference, typed, errors).await;
    turn.take(Ok(point), act, again).await
}

/// A page that asks once more before something ends.
async fn end_page(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    title: &str,
    what: &str,
    path: &str,
) -> PageResult {
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/people/{}", person.reference);
    let body = html! {
        (shell::heading(title, Some(&person.details.name()), None))
        p { (what) }
        (forms::form(&format!("{here}{path}"), &session.csrf, forms::buttons(&[forms::submit("End it"), forms::cancel(&here)])))
    };
    let page = pages::page(app, session, "/people", title, body)
        .crumb("People", "/people")
        .crumb(person.reference.clone(), here);
    Ok(pages::show(headers, page))
}

/// GET `/people/{reference}/contact-points/{point}/end`
pub async fn ending_point(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, point)): Path<(String, PointId)>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let live = parts::points(app.platform.reads(), person.id).await?;
    let live = live.iter().find(|live| live.id == point).ok_or(Error::NotFound("the contact point"))?;
    let what = format!("{} no longer reaches them. It stays in the record and is not used again.", live.value);
    end_page(
        &app,
        &session,
        &headers,
        &reference,
        "End a way to reach them",
        &what,
        &format!("/contact-points/{point}/end"),
    )
    .await
}

/// POST `/people/{reference}/contact-points/{point}/end`
pub async fn end_point(
    State(app): State<App>,
    Signed(session): Signed,
    Path((reference, point)): Path<(String, PointId)>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    commands::end_point(&mut ctx, &reference, point).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/people/{reference}"), "It is no longer used."))
}

/// GET `/people/{reference}/representatives/new`
pub async fn new_representative(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let typed = Form::of(vec![("from_day".into(), forms::day_value(app.platform.now().day()))]);
    let page = representative_page(&app, &session, &reference, &typed, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

async fn representative_page(
    app: &App,
    session: &Session,
    reference: &str,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult<Page> {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), reference).await?;
    let here = format!("/people/{}", person.reference);
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Who may speak for them", Some(&person.details.name()), None))
        (forms::form(&format!("{here}/representatives/new"), &session.csrf, html! {
            (forms::code(field("representative", "Reference of the one who may speak").hint("Like N-50012; add the person first if they are not known").size(Size::Chars10)))
            (forms::text(field("authority", "What gives them the right?").hint("Like: lasting power of attorney, seen 3 May 2026; consent given by phone")))
            (forms::row(&[forms::date(field("from_day", "From")), forms::date(field("until_day", "Until").optional())]))
            (forms::buttons(&[forms::submit("Add"), forms::cancel(&here)]))
        }))
    };
    let page = pages::page(app, session, "/people", "Who may speak for them", body).crumb("People", "/people");
    Ok(page.crumb(person.reference.clone(), here))
}

/// POST `/people/{reference}/representatives/new`
pub async fn add_representative(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, typed) = (&turn.app, &turn.session, &turn.form);
    everybody(&session.actor.scope)?;
    let mut errors = FieldErrors::default();
    let today = app.platform.now().day();
    let new = NewRepresentative {
        representative: typed.get("representative").to_owned(),
        authority: typed.get("authority").to_owned(),
        from_day: typed.day_within("from_day", Span::until_years(today, 1), &mut errors).unwrap_or(today),
        until_day: typed.day_optional("until_day", Span::until_years(today, 50), &mut errors),
    };
    let act = async |ctx: &mut Ctx, new| {
        commands::add_representative(ctx, &reference, new).await?;
        Ok(Done::at(format!("/people/{reference}"), "The right to speak for them is recorded."))
    };
    let again = async |errors: &FieldErrors| representative_page(app, session, &reference, typed, errors).await;
    turn.take(errors.into_result(new), act, again).await
}

/// GET `/people/{reference}/representatives/{right}/end`
pub async fn ending_representative(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path((reference, right)): Path<(String, RepresentativeId)>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let live = parts::representatives(app.platform.reads(), person.id, app.platform.now().day()).await?;
    let live = live.iter().find(|live| live.id == right).ok_or(Error::NotFound("the right"))?;
    let what = format!("{} may no longer speak for them ({}).", live.name, live.authority);
    end_page(
        &app,
        &session,
        &headers,
        &reference,
        "End a right to speak for them",
        &what,
        &format!("/representatives/{right}/end"),
    )
    .await
}

/// POST `/people/{reference}/representatives/{right}/end`
pub async fn end_representative(
    State(app): State<App>,
    Signed(session): Signed,
    Path((reference, right)): Path<(String, RepresentativeId)>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    commands::end_representative(&mut ctx, &reference, right).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/people/{reference}"), "The right has ended."))
}
