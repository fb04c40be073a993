//! Handlers of the pages that book, move and cancel.

use super::{
    commands,
    model::{DAYS, Held, Why},
    of_case, queries,
    views::{self, Offer, Side},
};
use crate::{
    cases::{self, Brief},
    ids::AppointmentId,
    permissions,
    priority::Priority,
    tell::Told,
    words::reasons,
    workforce::{
        SCOPE, roster,
        slots::{self, Slot},
        windows::Window,
    },
};
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{Access, App, Area, Form, PageResult, Route, Signed, get, pages, post};
use rooftree_kernel::{Day, FieldErrors, Moment, scope::PROVIDER};
use rooftree_platform::{Conn, Error, Result, signin::sessions::Session};
use rooftree_ui::{
    Query,
    forms::{self, Choice, Field},
    summary,
};

/// The page that books a visit for a case of any area: its address is below the case's own page, as in
/// `/repairs/{reference}/appointments/new`, and so the area adds it.
pub fn routes_of_case(path: &'static str) -> [Route; 2] {
    let plan = || Access::Needs(permissions::PLAN);
    [get(path, plan(), new_form).scope(SCOPE), post(path, plan(), new_post).scope(SCOPE)]
}

pub(super) fn add(area: &mut Area) {
    let plan = || Access::Needs(permissions::PLAN);
    area.pages.extend([
        get("/appointments/{id}/move", plan(), move_form).scope(SCOPE),
        post("/appointments/{id}/move", plan(), move_post).scope(SCOPE),
        get("/appointments/{id}/cancel", plan(), cancel_form).scope(SCOPE),
        post("/appointments/{id}/cancel", plan(), cancel_post).scope(SCOPE),
    ]);
}

/// Form and refusal of a page that is shown again.
#[derive(Default)]
struct Again {
    typed: Form,
    errors: FieldErrors,
    refused: Option<String>,
}

impl Again {
    /// What the person should read on the page itself; other errors have a page of their own.
    fn from(error: Error, typed: Form) -> Result<Self> {
        match error {
            Error::Invalid(errors) => Ok(Self { typed, errors, refused: None }),
            Error::Conflict(words) => Ok(Self { typed, refused: Some(words), ..Self::default() }),
            other => Err(other),
        }
    }

    fn status(&self) -> StatusCode {
        match (&self.refused, self.errors.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, true) => StatusCode::OK,
        }
    }
}

/// The day that the address asks for, never in the past, and the moment from which times are looked for.
fn from(query: &Query, now: Moment) -> (Day, Moment) {
    let day = query.get("from").and_then(|day| day.parse().ok()).unwrap_or(now.day()).max(now.day());
    (day, now.max(day.start()))
}

fn page(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    title: String,
    reference: &str,
    body: Markup,
    again: &Again,
) -> Response {
    let names = cases::names(app.platform.registry(), reference);
    let page = pages::page(app, session, names.path, title, body)
        .crumb(names.many, names.path)
        .crumb(reference, format!("{}/{reference}", names.path))
        .has_errors(again.status() != StatusCode::OK);
    match again.status() {
        StatusCode::OK => pages::show(headers, page),
        status => (status, page.render()).into_response(),
    }
}

/// The number a hidden `version` field carries; a form without one is out of date.
pub fn version_of(form: &Form) -> Result<i32> {
    form.get("version").parse().map_err(|_| Error::conflict("This page is out of date. Reload it and send it again."))
}

async fn new_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    show_new(&app, &signed.0, &headers, &reference, raw.as_deref().unwrap_or_default(), Again::default()).await
}

async fn show_new(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    reference: &str,
    raw: &str,
    again: Again,
) -> PageResult {
    let (pool, now, scope) = (app.platform.reads(), app.platform.now(), &session.actor.scope);
    let mut conn = pool.acquire().await?;
    let source = cases::of(app.platform.registry(), reference)?;
    let case = source.find(&mut conn, reference, scope).await?;
    let brief = source.brief(&mut conn, case).await?;
    if brief.status != "open" {
        return Err(
            Error::conflict(format!("{reference} is {}, so no visit can be booked for it.", brief.status)).into()
        );
    }
    let names = source.names();
    let query = Query::parse(format!("{}/{}/appointments/new", names.path, brief.reference), raw);
    let (day, moment) = from(&query, now);
    let part = query.get("part").and_then(Window::parse);
    let slots = slots::offer_in(&mut conn, &slots::SlotAsk::of(&brief, moment, DAYS, scope), part, None).await?;
    let booked: Vec<(Moment, Moment, String)> =
        of_case::appointments(&mut conn, case, &rooftree_kernel::Scope::default())
            .await?
            .into_iter()
            .filter(|visit| visit.status == "booked")
            .map(|visit| (visit.window_starts_at, visit.window_ends_at, visit.operative_name))
            .collect();
    let body = views::new(&Offer {
        side: Side { brief: &brief, names, booked: &booked, now },
        slots: &slots,
        query: &query,
        from: day,
        typed: &again.typed,
        errors: &again.errors,
        refused: again.refused.as_deref(),
        csrf: &session.csrf,
    });
    Ok(page(app, session, headers, format!("Book a visit for {}", brief.reference), &brief.reference, body, &again))
}

async fn new_post(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    RawQuery(raw): RawQuery,
    form: Form,
) -> PageResult {
    match book(&app, &signed.0, &reference, &form).await {
        Ok(told) => {
            let home = cases::href(app.platform.registry(), &reference);
            Ok(pages::done(&home, &format!("The visit is booked. {}", told.words())))
        }
        Err(error) => {
            let again = Again::from(error, form)?;
            show_new(&app, &signed.0, &headers, &reference, raw.as_deref().unwrap_or_default(), again).await
        }
    }
}

async fn book(app: &App, session: &Session, reference: &str, form: &Form) -> Result<Told> {
    let mut ctx = app.platform.begin(&session.actor).await?;
    let case = cases::lock(&mut ctx, reference).await?;
    case.require_version(version_of(form)?)?;
    let brief = cases::brief(&mut ctx, &case).await?;
    let ask = slots::SlotAsk::of(&brief, ctx.now, DAYS, &session.actor.scope);
    let slot = slots::find(ctx.conn(), form.get("slot"), &ask).await?;
    let booked = commands::book(&mut ctx, &case, None, &slot, brief.priority == Priority::Emergency).await?;
    ctx.commit().await?;
    Ok(booked.told)
}

async fn move_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    show_move(&app, &signed.0, &headers, id, raw.as_deref().unwrap_or_default(), Again::default()).await
}

async fn show_move(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    id: AppointmentId,
    raw: &str,
    again: Again,
) -> PageResult {
    let (pool, now, scope) = (app.platform.reads(), app.platform.now(), &session.actor.scope);
    let queries::Shown { case, reference, held, operative_name } = queries::shown(pool, id, scope).await?;
    let mut conn = pool.acquire().await?;
    let brief = cases::of(app.platform.registry(), &reference)?.brief(&mut conn, case).await?;
    let names = cases::names(app.platform.registry(), &reference);
    let query = Query::parse(format!("/appointments/{id}/move"), raw);
    let (day, moment) = from(&query, now);
    let part = query.get("part").and_then(Window::parse);
    let ask = slots::SlotAsk { minutes: held.minutes(), ..slots::SlotAsk::of(&brief, moment, DAYS, scope) };
    let slots = slots::offer_in(&mut conn, &ask, part, Some(id)).await?;
    let own = own_choice(&mut conn, &brief, &held, scope.id(PROVIDER), now, &session.csrf).await?;
    let offer = Offer {
        side: Side { brief: &brief, names, booked: &[], now },
        slots: &slots,
        query: &query,
        from: day,
        typed: &again.typed,
        errors: &again.errors,
        refused: again.refused.as_deref(),
        csrf: &session.csrf,
    };
    let body = views::change(&offer, &held, &operative_name, own);
    Ok(page(app, session, headers, format!("Move the visit of {}", brief.reference), &brief.reference, body, &again))
}

/// Any qualified operative at any time: the board's move as a plain form.
async fn own_choice(
    conn: &mut Conn,
    brief: &Brief,
    held: &Held,
    provider: Option<rooftree_kernel::ProviderId>,
    now: Moment,
    csrf: &str,
) -> Result<Markup> {
    let trades = [brief.trade.clone()];
    let wanted = roster::Wanted {
        trades: &trades,
        operatives: &[],
        provider: provider.or(brief.provider),
        from: held.starts_at.day(),
        until: held.starts_at.day(),
        now,
        except: Some(held.id),
    };
    let operatives = roster::load(conn, &wanted).await?;
    let choices: Vec<Choice<'_>> =
        operatives.iter().map(|operative| Choice::new(operative.id.to_string(), operative.name.as_str())).collect();
    let reasons = reasons(held.reasons(now));
    let day = held.starts_at.day().max(now.day());
    Ok(summary::details(
        "Choose the operative and the time yourself",
        forms::form(
            "/board/move",
            csrf,
            html! {
                (forms::hidden("visit", &held.id.to_string()))
                (forms::row(&[
                    forms::select(Field::new("operative", "Operative").value(held.operative.to_string()), None, &choices),
                    forms::date_picker(Field::new("day", "Day").value(day.to_string())),
                    forms::time(Field::new("begins", "Begins at").value(held.starts_at.time())),
                ]))
                (forms::select(Field::new("why", "Why is it moved?").hint("Needed when the resident's time changes"), Some("The resident's time stays the same"), &reasons))
                (forms::text(Field::new("why-note", "More about the reason").optional()))
                (forms::buttons(&[forms::secondary("Move", None)]))
            },
        ),
    ))
}

async fn move_post(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
    RawQuery(raw): RawQuery,
    form: Form,
) -> PageResult {
    match change(&app, &signed.0, id, &form).await {
        Ok((reference, told)) => {
            let done = if told == Told::Unchanged { "replanned" } else { "moved" };
            let home = cases::href(app.platform.registry(), &reference);
            Ok(pages::done(&home, &format!("The visit is {done}. {}", told.words())))
        }
        Err(error) => {
            let again = Again::from(error, form)?;
            show_move(&app, &signed.0, &headers, id, raw.as_deref().unwrap_or_default(), again).await
        }
    }
}

async fn change(app: &App, session: &Session, id: AppointmentId, form: &Form) -> Result<(String, Told)> {
    let mut ctx = app.platform.begin(&session.actor).await?;
    let (case, held) = commands::hold(&mut ctx, id).await?;
    let brief = cases::brief(&mut ctx, &case).await?;
    let ask =
        slots::SlotAsk { minutes: held.minutes(), ..slots::SlotAsk::of(&brief, ctx.now, DAYS, &session.actor.scope) };
    let slot: Slot = slots::find_except(ctx.conn(), form.get("slot"), &ask, Some(id)).await?;
    let why = Why { reason: form.get("reason"), note: form.lines("note") };
    let moved = commands::move_to(&mut ctx, &case, &held, version_of(form)?, &slot, why).await?;
    ctx.commit().await?;
    Ok((case.reference, moved.told))
}

async fn cancel_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    show_cancel(&app, &signed.0, &headers, id, Again::default()).await
}

async fn show_cancel(app: &App, session: &Session, headers: &HeaderMap, id: AppointmentId, again: Again) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let queries::Shown { case, reference, held, operative_name } =
        queries::shown(pool, id, &session.actor.scope).await?;
    let mut conn = pool.acquire().await?;
    let brief = cases::of(app.platform.registry(), &reference)?.brief(&mut conn, case).await?;
    let names = cases::names(app.platform.registry(), &reference);
    let offer = Offer {
        side: Side { brief: &brief, names, booked: &[], now },
        slots: &[],
        query: &Query::default(),
        from: now.day(),
        typed: &again.typed,
        errors: &again.errors,
        refused: again.refused.as_deref(),
        csrf: &session.csrf,
    };
    let body = views::cancel(&offer, &held, &operative_name);
    Ok(page(app, session, headers, format!("Cancel the visit of {}", brief.reference), &brief.reference, body, &again))
}

async fn cancel_post(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
    form: Form,
) -> PageResult {
    let registry = app.platform.registry();
    match call_off(&app, &signed.0, id, &form).await {
        Ok((reference, told)) => {
            let (home, one) = (cases::href(registry, &reference), cases::names(registry, &reference).one);
            Ok(pages::done(&home, &format!("The visit is off. {} The {one} stays open.", told.words())))
        }
        Err(error) => {
            let again = Again::from(error, form)?;
            show_cancel(&app, &signed.0, &headers, id, again).await
        }
    }
}

async fn call_off(app: &App, session: &Session, id: AppointmentId, form: &Form) -> Result<(String, Told)> {
    let mut ctx = app.platform.begin(&session.actor).await?;
    let (case, held) = commands::hold(&mut ctx, id).await?;
    let why = Why { reason: form.get("reason"), note: form.lines("note") };
    let told = commands::cancel(&mut ctx, &case, &held, version_of(form)?, why).await?;
    ctx.commit().await?;
    Ok((case.reference, told))
}
