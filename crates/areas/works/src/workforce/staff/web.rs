//! Handlers of operatives and absences.

use super::{
    commands::{self, AbsenceId, Details},
    queries::{self, Filter, PAGE_ROWS},
    views::{self, Choices},
};
use crate::{
    permissions,
    workforce::{SCOPE, clock_minutes, diary::Shift},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use rooftree_frame::{
    Access, App, Area, Asked, Form, PageResult, Signed,
    exports::{self, Format},
    get, pages, post,
};
use rooftree_kernel::{FieldErrors, Moment, OperativeId, scope::PROVIDER, typed::Span};
use rooftree_platform::{Error, Result, ports::SheetCell, signin::sessions::Session};
use rooftree_ui::Query;

pub(super) fn add(area: &mut Area) {
    let plan = || Access::Needs(permissions::PLAN);
    area.pages.extend([
        get("/operatives", plan(), index).scope(SCOPE),
        get("/operatives.csv", exports::access(permissions::PLAN), export).scope(SCOPE),
        get("/operatives.xlsx", exports::access(permissions::PLAN), export).scope(SCOPE),
        get("/operatives/new", plan(), new_form).scope(SCOPE),
        post("/operatives/new", plan(), new_post).scope(SCOPE),
        get("/operatives/{id}", plan(), show).scope(SCOPE),
        get("/operatives/{id}/edit", plan(), edit_form).scope(SCOPE),
        post("/operatives/{id}/edit", plan(), edit_post).scope(SCOPE),
        post("/operatives/{id}/leave", plan(), leave).scope(SCOPE),
        post("/operatives/{id}/absences", plan(), absent).scope(SCOPE),
        post("/operatives/{id}/absences/{absence}/end", plan(), back).scope(SCOPE),
    ]);
}

fn filter(query: &Query) -> Filter {
    let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    Filter {
        provider: get("provider").and_then(|id| id.parse().ok()),
        trade: get("trade"),
        ward: get("ward"),
        text: get("text"),
        id: None,
    }
}

async fn choices(app: &App, session: &Session) -> Result<Choices> {
    let pool = app.platform.reads();
    Ok(Choices {
        providers: crate::providers::working(pool, session.actor.scope.id(PROVIDER)).await?,
        wards: queries::wards(pool).await?,
    })
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let page: i64 =
        query.get("page").and_then(|page| page.parse().ok()).filter(|page| (1..=10_000).contains(page)).unwrap_or(1);
    let (pool, scope) = (app.platform.reads(), &signed.0.actor.scope);
    let (people, total) =
        queries::list(pool, &filter(&query), scope, app.platform.now(), (page - 1) * PAGE_ROWS, PAGE_ROWS).await?;
    let choices = choices(&app, &signed.0).await?;
    let body = views::index(&query, &people, total, page as u64, &choices);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/board", "Operatives", body).crumb("Board", "/board")))
}

/// The list as a file.
async fn export(State(app): State<App>, signed: Signed, Asked(query): Asked, format: Format) -> PageResult {
    let (pool, scope) = (app.platform.reads(), &signed.0.actor.scope);
    let (people, _) = queries::list(pool, &filter(&query), scope, app.platform.now(), 0, exports::ROWS_MAX).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let rows = people.iter().map(|person| {
        vec![
            text(&person.name),
            text(&person.provider_name),
            text(&views::trade_words(&person.trades)),
            text(&person.wards.join(", ")),
            text(&views::week_words(&person.shifts)),
            text(&person.phone),
        ]
    });
    exports::file(&app, format, "operatives", &["Name", "Provider", "Trades", "Patch", "Week", "Work phone"], rows)
}

async fn new_form(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let own = signed.0.actor.scope.id(PROVIDER);
    let weekdays =
        (1..=5).map(|weekday| Shift { weekday, from_minute: 480, until_minute: 990, on_call: false }).collect();
    let details = Details { provider: own, shifts: weekdays, ..Details::default() };
    edit_page(&app, &signed.0, &headers, None, &details, &FieldErrors::default()).await
}

async fn new_post(State(app): State<App>, signed: Signed, headers: HeaderMap, form: Form) -> PageResult {
    save(&app, &signed.0, &headers, None, &form).await
}

async fn edit_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<OperativeId>,
) -> PageResult {
    let person = queries::one(app.platform.reads(), id, &signed.0.actor.scope, app.platform.now()).await?;
    let details = Details {
        name: person.name,
        phone: person.phone,
        provider: Some(person.provider),
        trades: person.trades,
        wards: person.wards,
        shifts: person.shifts,
        version: person.version,
    };
    edit_page(&app, &signed.0, &headers, Some(id), &details, &FieldErrors::default()).await
}

async fn edit_post(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<OperativeId>,
    form: Form,
) -> PageResult {
    save(&app, &signed.0, &headers, Some(id), &form).await
}

async fn edit_page(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    id: Option<OperativeId>,
    details: &Details,
    errors: &FieldErrors,
) -> PageResult {
    let choices = choices(app, session).await?;
    let (action, title) = match id {
        Some(id) => (format!("/operatives/{id}/edit"), "Change an operative"),
        None => ("/operatives/new".to_owned(), "Add an operative"),
    };
    let body = views::edit(&action, title, details, &choices, &session.csrf, errors);
    let page = pages::page(app, session, "/board", title, body)
        .crumb("Operatives", "/operatives")
        .has_errors(!errors.is_empty());
    match errors.is_empty() {
        true => Ok(pages::show(headers, page)),
        false => Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response()),
    }
}

async fn save(app: &App, session: &Session, headers: &HeaderMap, id: Option<OperativeId>, form: &Form) -> PageResult {
    let mut errors = FieldErrors::default();
    let details = read(form, &mut errors);
    if !errors.is_empty() {
        return edit_page(app, session, headers, id, &details, &errors).await;
    }
    let mut ctx = app.platform.begin(&session.actor).await?;
    match commands::save(&mut ctx, id, &details).await {
        Ok(id) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/operatives/{id}"), "Saved."))
        }
        Err(Error::Invalid(errors)) => {
            drop(ctx);
            let mut details = details;
            if let Some(id) = id {
                let present = queries::one(app.platform.reads(), id, &session.actor.scope, app.platform.now()).await?;
                details.version = form.version_to_show(present.version, &errors).parse().unwrap_or_default();
            }
            edit_page(app, session, headers, id, &details, &errors).await
        }
        Err(other) => Err(other.into()),
    }
}

fn read(form: &Form, errors: &mut FieldErrors) -> Details {
    let mut shifts = Vec::new();
    for weekday in 1..=7 {
        for (suffix, on_call) in views::PARTS {
            let (from_name, until_name) = (format!("from-{weekday}{suffix}"), format!("until-{weekday}{suffix}"));
            match (form.get(&from_name), form.get(&until_name)) {
                ("", "") => {}
                (from, until) => match (clock_minutes(from), clock_minutes(until)) {
                    (Some(from_minute), Some(until_minute)) => {
                        shifts.push(Shift { weekday, from_minute, until_minute, on_call })
                    }
                    _ => errors.add(from_name, "enter both times, like 08:00 and 16:30, or neither"),
                },
            }
        }
    }
    let all = |name: &str| form.all(name).into_iter().map(str::to_owned).collect();
    Details {
        name: form.get("name").to_owned(),
        phone: form.get("phone").to_owned(),
        provider: form.get("provider").parse().ok(),
        trades: all("trades"),
        wards: all("wards"),
        shifts,
        version: form.version(),
    }
}

async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(id): Path<OperativeId>) -> PageResult {
    show_with(&app, &signed.0, &headers, id, &Form::default(), &FieldErrors::default()).await
}

async fn show_with(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    id: OperativeId,
    typed: &Form,
    errors: &FieldErrors,
) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let person = queries::one(pool, id, &session.actor.scope, now).await?;
    let absences = queries::absences(pool, id, now).await?;
    let next = queries::next(pool, app.platform.registry(), id, now.day()).await?;
    let body = views::show(&person, &absences, &next, now, &session.csrf, typed, errors);
    let page = pages::page(app, session, "/board", person.name.clone(), body)
        .crumb("Operatives", "/operatives")
        .has_errors(!errors.is_empty());
    match errors.is_empty() {
        true => Ok(pages::show(headers, page)),
        false => Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response()),
    }
}

async fn leave(State(app): State<App>, signed: Signed, Path(id): Path<OperativeId>) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    commands::leave(&mut ctx, id).await?;
    ctx.commit().await?;
    Ok(pages::done("/operatives", "Recorded. Nothing can be booked with them any more."))
}

async fn absent(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<OperativeId>,
    form: Form,
) -> PageResult {
    match record(&app, &signed.0, id, &form).await {
        Ok((from, until)) => {
            Ok(pages::done(&format!("/operatives/{id}/replan?from={from}&until={until}"), "The absence is recorded."))
        }
        Err(Error::Invalid(errors)) => show_with(&app, &signed.0, &headers, id, &form, &errors).await,
        Err(other) => Err(other.into()),
    }
}

async fn record(app: &App, session: &Session, id: OperativeId, form: &Form) -> Result<(Moment, Moment)> {
    let mut errors = FieldErrors::default();
    let mut moment = |day: &str, time: &str| {
        let minute = clock_minutes(form.get(time));
        if minute.is_none() {
            errors.add(time, "enter a time, like 08:00");
        }
        let day = form.day_within(day, Span::until_years(app.platform.now().day(), 2), &mut errors)?;
        Some(crate::workforce::diary::minute_of(day, minute?))
    };
    let (from, until) = (moment("from", "from_time"), moment("until", "until_time"));
    let (Some(from), Some(until)) = (from, until) else { return Err(errors.into()) };
    let mut ctx = app.platform.begin(&session.actor).await?;
    commands::absent(&mut ctx, id, from, until, form.get("absence")).await?;
    ctx.commit().await?;
    Ok((from, until))
}

async fn back(
    State(app): State<App>,
    signed: Signed,
    Path((id, absence)): Path<(OperativeId, AbsenceId)>,
) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    commands::back(&mut ctx, id, absence).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/operatives/{id}"), "Recorded. They can be booked again."))
}
