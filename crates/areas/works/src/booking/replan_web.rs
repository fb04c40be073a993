//! The page that gives an operative's visits to others: a proposal for each, accepted together.

use super::{
    commands,
    model::{MISSED, MOVED, Why},
    replan::{self, Job, Proposal},
};
use crate::{
    cases,
    declared::DECLARED,
    ids::AppointmentId,
    permissions,
    tell::Told,
    words::{choices, tone},
    workforce::{
        SCOPE,
        slots::{self, SlotAsk},
        staff::queries,
        windows::brief_words,
    },
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{Access, App, Area, Asked, Form, PageResult, Signed, get, pages, post};
use rooftree_kernel::{Moment, OperativeId, scope::PROVIDER};
use rooftree_platform::{Error, Registry, Result, signin::sessions::Session};
use rooftree_ui::{
    Query,
    forms::{self, Field},
    shell,
    summary::{self, Tone},
    tables::{Column, Row, Table},
};

pub(super) fn add(area: &mut Area) {
    let plan = || Access::Needs(permissions::PLAN);
    area.pages.extend([
        get("/operatives/{id}/replan", plan(), show).scope(SCOPE),
        post("/operatives/{id}/replan", plan(), accept).scope(SCOPE),
    ]);
}

/// The span of time whose visits are given away: `from` and `until`, or what is left of a `day` (today when absent).
fn span(query: &Query, now: Moment) -> (Moment, Moment) {
    let moment = |name: &str| query.get(name).and_then(|text| text.parse::<Moment>().ok());
    match (moment("from"), moment("until")) {
        (Some(from), Some(until)) if from < until => (from.max(now.day().start()), until),
        _ => {
            let day = query.get("day").and_then(|day| day.parse().ok()).unwrap_or(now.day());
            (day.start(), day.end())
        }
    }
}

/// `Monday 23 November 2026`, `Mon 23 Nov 2026 to Wed 25 Nov 2026`, or with the times when these are not whole days.
fn span_words(from: Moment, until: Moment) -> String {
    let whole = from == from.day().start() && until == until.day().start();
    let last = until.day().plus_days(-1);
    match whole {
        true if last <= from.day() => from.day().0.strftime("%A %-d %B %Y").to_string(),
        true => format!("{} to {}", from.day().short(), last.short()),
        false => format!("{} to {}", from.long(), until.long()),
    }
}

/// What became of an acceptance that did not go through as a whole.
#[derive(Default)]
struct Outcome {
    moved: usize,
    told: usize,
    refused: Vec<String>,
}

async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<OperativeId>,
    Asked(query): Asked,
) -> PageResult {
    let (title, body) = page(&app, &signed.0, id, &query, &Outcome::default()).await?;
    let page =
        pages::page(&app, &signed.0, "/board", title, body).crumb("Board", "/board").crumb("Operatives", "/operatives");
    Ok(pages::show(&headers, page))
}

async fn page(
    app: &App,
    session: &Session,
    id: OperativeId,
    query: &Query,
    outcome: &Outcome,
) -> Result<(String, Markup)> {
    let (now, scope) = (app.platform.now(), &session.actor.scope);
    let mut conn = app.platform.reads().acquire().await?;
    let person = queries::one(&mut conn, id, scope, now).await?;
    let (from, until) = span(query, now);
    let jobs = replan::jobs(&mut conn, &cases::promises(app.platform.registry()), id, from, until).await?;
    let mut helpers = replan::helpers(&mut conn, &jobs, (id, from, until), scope.id(PROVIDER), now).await?;
    let proposals = replan::propose(&jobs, &mut helpers, now);
    let title = format!("Give the visits of {} to others", person.name);
    let takers: Vec<OperativeId> = proposals.iter().flatten().map(|proposal| proposal.slot.operative).collect();
    let nobody_else = !takers.is_empty() && takers.iter().all(|taker| *taker == id);
    let body = html! {
        @if outcome.moved > 0 || !outcome.refused.is_empty() { (came_of(outcome)) }
        (shell::heading(&title, Some(&span_words(from, until)), None))
        @if jobs.is_empty() {
            (summary::banner(Tone::Success, html! { p { "No visit is left in this time. " a href="/board" { "Back to the board" } } }))
        } @else {
            @if nobody_else {
                (summary::banner(Tone::Warning, html! { "Nobody else who could do these visits is free: what is proposed are the soonest times of " (person.name) "’s own." }))
            }
            p { "Where somebody can come within the time that the resident was told, nobody is disturbed. Otherwise the resident is told of the new time at once." }
            (forms::form(&query.href(), &session.csrf, html! {
                (table(app.platform.registry(), &jobs, &proposals))
                (reason(&query.clone()))
                (forms::buttons(&[forms::submit("Accept what is ticked"), forms::cancel("/board")]))
            }))
        }
    };
    Ok((title, body))
}

fn came_of(outcome: &Outcome) -> Markup {
    html! {
        div role="status" {
            (summary::banner(if outcome.refused.is_empty() { Tone::Success } else { Tone::Warning }, html! {
                p { (outcome.moved) " visits are planned again; " (outcome.told) " residents are written to about a new time." }
                @if !outcome.refused.is_empty() { ul { @for words in &outcome.refused { li { (words) } } } }
            }))
        }
    }
}

fn reason(query: &Query) -> Markup {
    let choices = choices(DECLARED.reasons(MOVED).filter(|reason| !reason.note));
    let chosen = query.get("reason").unwrap_or("operative-absent").to_owned();
    forms::select(Field::new("reason", "Why times change").value(chosen), None, &choices)
}

fn table(registry: &Registry, jobs: &[Job], proposals: &[Option<Proposal>]) -> Markup {
    let rows = jobs.iter().zip(proposals).map(|(job, proposal)| {
        let row = Row::new(vec![
            html! { (job.reference) },
            html! { (job.title) br; (summary::muted(&job.address)) },
            summary::tag(tone(job.priority), job.priority.title()),
            html! { (brief_words(job.window_starts_at, job.window_ends_at)) },
            proposed(job, proposal.as_ref()),
        ])
        .href(cases::href(registry, &job.reference));
        match proposal {
            Some(proposal) => {
                row.tick(format!("{}|{}|{}", job.id, job.version, proposal.slot.key()), job.reference.clone())
            }
            None => row.urgent(true),
        }
    });
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("Work"),
        Column::new("Priority"),
        Column::new("Told"),
        Column::new("Proposal"),
    ];
    Table::new("Visits and proposals", columns).caption_hidden().rows(rows.collect()).ticks("visit").render()
}

fn proposed(job: &Job, proposal: Option<&Proposal>) -> Markup {
    html! {
        @match proposal {
            Some(Proposal { slot, keeps_window: true }) => {
                strong { (slot.operative_name) } " at " (slot.starts_at.time()) br;
                (summary::tag(Tone::Success, "Same time for the resident"))
            }
            Some(Proposal { slot, .. }) => {
                strong { (slot.operative_name) } ", " (slot.words()) br;
                (summary::tag(Tone::Warning, "New time"))
                @if slot.is_after(job.due) { " " (summary::tag(Tone::Danger, "After target")) }
            }
            None => {
                (summary::tag(Tone::Danger, "Nobody is free"))
                br; a href={ "/appointments/" (job.id) "/move" } { "Choose a time" span.govuk-visually-hidden { " for " (job.reference) } }
            }
        }
    }
}

async fn accept(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<OperativeId>,
    Asked(query): Asked,
    form: Form,
) -> PageResult {
    // The operative must be the caller's to plan, before anything is touched.
    queries::one(app.platform.reads(), id, &signed.0.actor.scope, app.platform.now()).await?;
    let mut outcome = Outcome::default();
    let ticked = form.all("visit");
    if ticked.is_empty() {
        outcome.refused.push("Nothing was ticked. Tick the visits whose proposal you accept.".to_owned());
    }
    for choice in ticked {
        match one(&app, &signed.0, choice, form.get("reason")).await {
            Ok(told) => {
                outcome.moved += 1;
                outcome.told += usize::from(told);
            }
            Err((reference, error @ (Error::Conflict(_) | Error::Invalid(_) | Error::NotFound(_)))) => {
                outcome.refused.push(format!("{reference}: {error}"));
            }
            Err((_, other)) => return Err(other.into()),
        }
    }
    let (title, body) = page(&app, &signed.0, id, &query.with("reason", form.get("reason")), &outcome).await?;
    let page =
        pages::page(&app, &signed.0, "/board", title, body).crumb("Board", "/board").crumb("Operatives", "/operatives");
    match outcome.refused.is_empty() {
        true => Ok(pages::show(&headers, page)),
        false => Ok((StatusCode::CONFLICT, page.has_errors(true).render()).into_response()),
    }
}

/// One visit in a unit of work of its own: what cannot be done does not undo the others.
async fn one(app: &App, session: &Session, choice: &str, reason: &str) -> Result<bool, (String, Error)> {
    let out_of_date = || (String::new(), Error::conflict("This page is out of date. Reload it and choose again."));
    let mut parts = choice.splitn(3, '|');
    let (Some(id), Some(version), Some(key)) = (
        parts.next().and_then(|id| id.parse::<AppointmentId>().ok()),
        parts.next().and_then(|version| version.parse::<i32>().ok()),
        parts.next(),
    ) else {
        return Err(out_of_date());
    };
    let unnamed = |error: Error| (String::new(), error);
    let mut ctx = app.platform.begin(&session.actor).await.map_err(unnamed)?;
    let (case, held) = commands::hold(&mut ctx, id).await.map_err(unnamed)?;
    let named = |error: Error| (case.reference.clone(), error);
    let brief = cases::brief(&mut ctx, &case).await.map_err(named)?;
    let minutes = held.minutes();
    let ask = SlotAsk { minutes, ..SlotAsk::of(&brief, ctx.now, 1, &session.actor.scope) };
    let mut slot = slots::find_except(ctx.conn(), key, &ask, Some(id)).await.map_err(named)?;
    if held.window_starts_at <= slot.starts_at && slot.starts_at < held.window_ends_at {
        (slot.window_starts_at, slot.window_ends_at) = (held.window_starts_at, held.window_ends_at);
    }
    // A visit whose time is over was missed, for the same reason.
    let reason = if held.is_missed(ctx.now) && DECLARED.reason(MISSED, reason).is_none() { "late" } else { reason };
    let moved =
        commands::move_to(&mut ctx, &case, &held, version, &slot, Why { reason, note: "" }).await.map_err(named)?;
    ctx.commit().await.map_err(|error| (case.reference, error))?;
    Ok(moved.told == Told::Written)
}
