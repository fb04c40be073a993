//! The inspections that the draw has made due, and what was found.

use crate::{cases, declared::DECLARED};
use axum::{extract::State, http::HeaderMap};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Day, Moment};
use rooftree_platform::{Error, Result, ports::SheetCell};
use rooftree_ui::{
    Query, clocks as pills,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Column, Table},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Rows on a page.
const PAGE_ROWS: i64 = 50;

const SELECT: &str = "select i.id, i.case_id, i.case_reference as reference, i.title, p.address, p.postcode, i.ward, i.trade, coalesce(v.name, '') as provider,
        i.finished_at, i.summary, i.selected_day, i.done_day, coalesce(i.done_by, '') as done_by, i.passed, i.fail_reason, i.notes, i.checks,
        k.started_at, k.due_at, k.due_day
     from inspection i join place p on p.id = i.place_id left join provider v on v.id = i.provider_id
     left join clock k on k.case_id = i.case_id and k.subject = i.id::text and k.standard = any(";

/// An inspection.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Its case.
    pub case_id: Uuid,
    /// `R-104233`.
    pub reference: String,
    /// What was done.
    pub title: String,
    /// Where.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// Ward.
    pub ward: String,
    /// Trade key.
    pub trade: String,
    /// Who did it.
    pub provider: String,
    /// When it was finished.
    pub finished_at: Option<Moment>,
    /// What was done, in the operative's words.
    pub summary: String,
    /// When the draw picked it.
    pub selected_day: Day,
    /// When it was looked at.
    pub done_day: Option<Day>,
    /// By whom.
    pub done_by: String,
    /// The work is good.
    pub passed: Option<bool>,
    /// A reason's key.
    pub fail_reason: String,
    /// In words.
    pub notes: String,
    /// What was found of each check, by its key.
    pub checks: serde_json::Value,
    /// When its promise began.
    pub started_at: Option<Moment>,
    /// When it falls due.
    pub due_at: Option<Moment>,
    /// The last day in time.
    pub due_day: Option<Day>,
}

/// Every inspection, to be narrowed.
fn select(app: &App) -> QueryBuilder<Postgres> {
    let standards: Vec<String> =
        cases::all(app.platform.registry()).map(|cases| cases.checklist().standard.clone()).collect();
    let mut sql = QueryBuilder::new(SELECT);
    sql.push_bind(standards).push(") where true");
    sql
}

/// The inspection of a case.
pub async fn one(app: &App, reference: &str) -> Result<Line> {
    let mut sql = select(app);
    sql.push(" and i.case_reference = upper(").push_bind(reference.to_owned()).push(")");
    let line: Option<Line> = sql.build_query_as().fetch_optional(app.platform.reads()).await?;
    line.ok_or(Error::NotFound("the inspection"))
}

/// A page below Aftercare.
pub fn page(app: &App, signed: &Signed, title: impl Into<String>, body: Markup) -> rooftree_ui::Page {
    pages::page(app, &signed.0, "/contradictions", title, body)
}

/// Where a page of the list begins: after the row of this day and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    day: Day,
    id: Uuid,
}

impl Cursor {
    fn encode(self) -> String {
        format!("{}.{}", self.day, self.id)
    }

    fn decode(text: &str) -> Option<Self> {
        let (day, id) = text.split_once('.')?;
        Some(Self { day: day.parse().ok()?, id: id.parse().ok()? })
    }
}

/// Words looked for, made safe for a `like`.
fn like(text: &str) -> String {
    format!("%{}%", text.trim().to_lowercase().replace(['%', '_', '\\'], " "))
}

async fn lines(app: &App, query: &Query, after: Option<Cursor>, limit: i64) -> Result<Vec<Line>> {
    let done = matches!(query.get("state"), Some("passed" | "failed"));
    let mut sql = select(app);
    sql.push(match query.get("state") {
        Some("passed") => " and i.passed",
        Some("failed") => " and not i.passed",
        _ => " and i.done_day is null",
    });
    if let Some(ward) = query.get("ward").filter(|ward| !ward.is_empty()) {
        sql.push(" and i.ward = ").push_bind(ward.to_owned());
    }
    if let Some(text) = query.get("text").filter(|text| !text.trim().is_empty()) {
        sql.push(" and (i.case_reference = upper(")
            .push_bind(text.trim().to_owned())
            .push(") or lower(i.title || ' ' || p.address || ' ' || p.postcode) like ");
        sql.push_bind(like(text)).push(")");
    }
    if let Some(cursor) = after {
        sql.push(if done { " and (i.done_day, i.id) < (" } else { " and (i.selected_day, i.id) > (" });
        sql.push_bind(cursor.day).push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(if done { " order by i.done_day desc, i.id desc" } else { " order by i.selected_day, i.id" });
    sql.push(" limit ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(app.platform.reads()).await?)
}

/// The list.
pub async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let mut rows = lines(&app, &query, query.get("after").and_then(Cursor::decode), PAGE_ROWS + 1).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let wards = rooftree_homes::public::wards(pool).await?;
    let next = rows.last().filter(|_| more).map(|row| {
        let day = row.done_day.unwrap_or(row.selected_day);
        query.clone().with("after", Cursor { day, id: row.id }.encode()).href()
    });
    let first = query.get("after").map(|_| query.clone().without("after").href());
    let states = [Choice::new("", "Waiting"), Choice::new("passed", "Passed"), Choice::new("failed", "Failed")];
    let wards: Vec<Choice<'_>> = wards.iter().map(|ward| Choice::new(ward.as_str(), ward.as_str())).collect();
    let value = |name: &str| query.get(name).unwrap_or_default();
    let bar = FilterBar::new(&query)
        .field(forms::text(Field::new("text", "Reference or address").value(value("text"))))
        .field(forms::select(Field::new("state", "State").value(value("state")), None, &states))
        .field(forms::select(Field::new("ward", "Ward").value(value("ward")), Some("Any"), &wards))
        .actions(tables::exports(&query));
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("What"),
        Column::new("Home"),
        Column::new("Ward").desk_only(),
        Column::new("Trade").desk_only(),
        Column::new("Provider").desk_only(),
        Column::new("Completed").nowrap(),
        Column::new("Inspection").nowrap(),
    ];
    let table = Table::new("Inspections", columns)
        .caption_hidden()
        .rows(rows.iter().map(|row| line(row, now)).collect())
        .empty(html! { p { "None. The draw picks some of the work that is completed; nobody chooses." } });
    let body = html! {
        (shell::heading("Inspections", Some("Aftercare"), None))
        (pages::tabs(&app, &signed.0.actor, "Aftercare", "/inspections"))
        (bar.render())
        (table.render())
        (tables::cursor_pages(&format!("{} shown", rows.len()), first.as_deref(), next.as_deref()))
    };
    Ok(pages::show(&headers, page(&app, &signed, "Inspections", body)))
}

fn line(row: &Line, now: Moment) -> tables::Row {
    let state = match (row.passed, row.started_at, row.due_at) {
        (Some(passed), ..) => result(passed, row.done_day),
        (None, Some(started), Some(due)) => {
            pills::pill(&pills::Clock::new("Inspection", started, pills::Due::of(due, row.due_day), None, now), now)
        }
        _ => summary::tag(Tone::Info, "Waiting"),
    };
    tables::Row::new(vec![
        html! { (row.reference) },
        html! { (row.title) },
        html! { (row.address) ", " (row.postcode) },
        html! { (row.ward) },
        html! { (DECLARED.trade(&row.trade)) },
        html! { (row.provider) },
        html! { (row.finished_at.map_or_else(String::new, |at| at.day().short())) },
        state,
    ])
    .href(format!("/inspections/{}", row.reference))
    .urgent(row.passed.is_none() && row.due_at.is_some_and(|due| due <= now))
}

pub fn result(passed: bool, day: Option<Day>) -> Markup {
    html! {
        @if passed { (summary::tag(Tone::Success, "Passed")) } @else { (summary::tag(Tone::Danger, "Failed")) }
        @if let Some(day) = day { " " (day.short()) }
    }
}

/// The list as a file.
pub async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let found = lines(&app, &query, None, exports::ROWS_MAX).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let day = |day: Option<Day>| day.map_or(SheetCell::Empty, |day| SheetCell::Text(day.to_string()));
    let rows = found.iter().map(|row| {
        let outcome = match row.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "waiting",
        };
        vec![
            text(&row.reference),
            text(&row.title),
            text(&row.address),
            text(&row.postcode),
            text(&row.ward),
            text(DECLARED.trade(&row.trade)),
            text(&row.provider),
            day(row.finished_at.map(Moment::day)),
            day(Some(row.selected_day)),
            day(row.done_day),
            text(outcome),
            text(failed_words(&row.fail_reason)),
        ]
    });
    let headings = [
        "Repair",
        "What",
        "Address",
        "Postcode",
        "Ward",
        "Trade",
        "Provider",
        "Completed",
        "Picked",
        "Inspected",
        "Result",
        "Why it failed",
    ];
    exports::file(&app, format, "inspections", &headings, rows)
}

pub fn failed_words(key: &str) -> &str {
    DECLARED.reason_title("inspection-failed", key)
}
