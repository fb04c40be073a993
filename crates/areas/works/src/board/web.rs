//! Handlers of the board.

use super::{
    act::{self, Ask},
    model::parse_time,
    queries::{self, Filter},
    views::{self, Shown},
};
use crate::{
    booking::model::{MISSED, Why},
    cases::{self, Brief},
    declared::DECLARED,
    permissions,
    workforce::{SCOPE, slots::within_reach},
};
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::Markup;
use rooftree_frame::{Access, App, Area, Form, Nav, PageResult, Section, Signed, get, pages, post};
use rooftree_kernel::{Day, Moment, scope::PROVIDER};
use rooftree_platform::{Error, Result, signin::sessions::Session};
use rooftree_ui::{Query, shell::Width};

pub(crate) fn add(area: &mut Area) {
    let plan = || Access::Needs(permissions::PLAN);
    area.nav.push(Nav {
        section: Section::Works,
        label: "Board",
        href: "/board",
        permission: permissions::PLAN,
        order: 30,
        shortcut: Some("g b"),
    });
    area.pages.extend([
        get("/board", plan(), show).scope(SCOPE),
        get("/board/fragment", plan(), fragment).scope(SCOPE),
        post("/board/move", plan(), move_visit).scope(SCOPE),
    ]);
}

/// A day read for a caller.
struct Ground {
    read: queries::Read,
    day: Day,
    now: Moment,
    wanted: Option<Brief>,
}

async fn ground(app: &App, session: &Session, query: &Query) -> Result<Ground> {
    let (now, scope) = (app.platform.now(), &session.actor.scope);
    let mut conn = app.platform.reads().acquire().await?;
    let wanted = match query.get("for").filter(|reference| !reference.is_empty()) {
        Some(reference) => {
            let source = cases::of(app.platform.registry(), reference)?;
            let case = source.find(&mut conn, reference, scope).await?;
            Some(source.brief(&mut conn, case).await?)
        }
        None => None,
    };
    let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
    let filter = Filter {
        provider: scope
            .id(PROVIDER)
            .or(wanted.as_ref().and_then(|brief| brief.provider))
            .or(given("provider").and_then(|id| id.parse().ok())),
        trade: wanted.as_ref().map(|brief| brief.trade.clone()).or(given("trade").map(str::to_owned)),
    };
    let day = given("day").and_then(|day| day.parse().ok()).unwrap_or(now.day());
    let read = queries::read(&mut conn, app.platform.registry(), &filter, day, now).await?;
    Ok(Ground { read, day, now, wanted })
}

fn render(
    app: &App,
    session: &Session,
    query: &Query,
    ground: &Ground,
    draw: impl FnOnce(&Shown<'_>) -> Markup,
) -> Markup {
    draw(&Shown {
        rules: app.platform.rules(),
        registry: app.platform.registry(),
        read: &ground.read,
        query,
        day: ground.day,
        now: ground.now,
        wanted: ground.wanted.as_ref(),
        csrf: &session.csrf,
        own_provider: session.actor.scope.id(PROVIDER).is_some(),
    })
}

async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, RawQuery(raw): RawQuery) -> PageResult {
    let query = Query::parse("/board", raw.as_deref().unwrap_or_default());
    let ground = ground(&app, &signed.0, &query).await?;
    let body = render(&app, &signed.0, &query, &ground, views::page);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/board", "Day board", body).width(Width::Full)))
}

async fn fragment(State(app): State<App>, signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    let query = Query::parse("/board", raw.as_deref().unwrap_or_default());
    let ground = ground(&app, &signed.0, &query).await?;
    Ok(render(&app, &signed.0, &query, &ground, views::fragment).into_response())
}

async fn move_visit(State(app): State<App>, signed: Signed, RawQuery(raw): RawQuery, form: Form) -> PageResult {
    let query = Query::parse("/board", raw.as_deref().unwrap_or_default());
    let given = |name: &str| {
        Some(form.get(name)).filter(|value| !value.is_empty()).or(query.get(name)).unwrap_or_default().to_owned()
    };
    let day = given("day");
    let back = query.clone().with("day", day.as_str()).href();
    match perform(&app, &signed.0, &form, &day, &given("why")).await {
        Ok(done) => {
            let told = done.told.words();
            Ok(pages::done(
                &back,
                &format!(
                    "{} begins at {} on {}. {told}",
                    done.reference,
                    done.starts_at.time(),
                    done.starts_at.day().short()
                ),
            ))
        }
        Err(Error::Conflict(message)) => Ok(refused(&app, &signed.0, StatusCode::CONFLICT, &message, &back)),
        Err(Error::Invalid(errors)) => {
            let message = errors.0.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(". ");
            Ok(refused(&app, &signed.0, StatusCode::UNPROCESSABLE_ENTITY, &message, &back))
        }
        Err(other) => Err(other.into()),
    }
}

fn refused(app: &App, session: &Session, status: StatusCode, message: &str, back: &str) -> axum::response::Response {
    let page = pages::page(app, session, "/board", "Not moved", views::refused(message, back)).crumb("Board", back);
    (status, page.render()).into_response()
}

async fn perform(app: &App, session: &Session, form: &Form, day: &str, why: &str) -> Result<act::Done> {
    let day: Day = day.parse().map_err(|_| Error::field("day", "choose a day"))?;
    within_reach(day.start(), app.platform.now()).map_err(|why| Error::field("day", why))?;
    let time = Some(form.get("slot")).filter(|slot| !slot.is_empty()).unwrap_or(form.get("begins"));
    let time = parse_time(time).ok_or_else(|| Error::field("begins", "choose a time, like 14:30"))?;
    let operative = form.get("operative").parse().map_err(|_| Error::field("operative", "choose an operative"))?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    let ask =
        Ask { visit: form.get("visit"), operative, day, time, why: Why { reason: why, note: form.get("why-note") } };
    let done = act::act(&mut ctx, &ask).await.map_err(in_words)?;
    ctx.commit().await?;
    Ok(done)
}

/// On the board there is no field to point at.
fn in_words(error: Error) -> Error {
    match error {
        Error::Invalid(errors) if errors.get("reason").is_some() => Error::conflict(format!(
            "The reason chosen under ‘Why visits move’ does not suit a visit that nobody came to. Use Move on the card and choose one of: {}.",
            DECLARED.reasons(MISSED).map(|reason| reason.title.as_str()).collect::<Vec<_>>().join("; ")
        )),
        other => other,
    }
}
