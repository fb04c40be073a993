//! JSON: standards, and when something would fall due.

use super::{VIEW, is_ahead, words};
use crate::cli::due::{self, Asked};
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
};
use rooftree_frame::{
    App, Area, Caller,
    api::{ApiResult, tagged},
    get,
};
use rooftree_platform::{Error, figures::health};
use rooftree_promises::standards::Standard;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

pub(super) fn add(area: &mut Area) {
    const SCOPE: &str = "provider: clocks of own work";
    area.api.extend([
        get("/standards", VIEW, list).scope(SCOPE),
        get("/standards/{id}", VIEW, one).scope(SCOPE),
        get("/due", VIEW, due_of).scope("everybody the same"),
    ]);
    area.describe(Doc::openapi());
}

#[derive(OpenApi)]
#[openapi(paths(list, one, due_of), components(schemas(StandardJson, VersionJson)))]
struct Doc;

/// A standard with its versions and how its clocks stand.
#[derive(Serialize, ToSchema)]
pub(super) struct StandardJson {
    /// `repairs.local-offer-2014.emergency`.
    #[schema(example = "repairs.local-offer-2014.emergency")]
    id: String,
    /// No area records its facts yet.
    declared_ahead: bool,
    /// The versions, earliest first.
    versions: Vec<VersionJson>,
    /// Open clocks: their time ran out.
    overdue: i64,
    /// Open clocks: due before the day is over.
    due_today: i64,
    /// Open clocks: less than a fifth of the time is left.
    at_risk: i64,
    /// Open clocks with time in hand.
    running: i64,
    /// Open clocks that are held.
    paused: i64,
}

/// One dated version.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionJson {
    /// The first day on which a trigger falls under it.
    #[schema(example = "2014-07-03")]
    from: String,
    /// The first day on which none does.
    until: Option<String>,
    /// What staff read.
    title: String,
    /// What the resident is told.
    promise: String,
    /// Where it is written.
    source: String,
    /// ✔ read, ◐ secondary, M no source checked yet, ? unresolved.
    confidence: String,
    /// The count in words.
    #[schema(example = "24 hours after the trigger, nights and weekends included")]
    due: String,
    /// How many of a hundred must be kept.
    target_percent: Option<f64>,
    /// Who answers for it.
    owner: Option<String>,
}

impl VersionJson {
    fn of(app: &App, version: &Standard) -> Self {
        let calendar =
            app.platform.rules().calendars.get(&version.due.calendar).map_or("", |calendar| calendar.title());
        Self {
            from: version.from.to_string(),
            until: version.until.map(|day| day.to_string()),
            title: version.title.clone(),
            promise: version.promise.clone(),
            source: version.source.clone(),
            confidence: version.confidence.to_string(),
            due: words::rule(&version.due, calendar),
            target_percent: version.target.as_ref().map(|target| target.percent),
            owner: version.owner.clone(),
        }
    }
}

/// Every standard
#[utoipa::path(get, path = "/api/v1/standards", tag = "standards", responses((status = 200, body = [StandardJson])))]
async fn list(State(app): State<App>, caller: Caller, headers: HeaderMap) -> ApiResult {
    let health = health::by_standard(&app.platform, "", caller.scope()).await?;
    let standards = app.platform.rules().standards.by_id();
    let one =
        |(id, versions): (&str, Vec<&Standard>)| json(&app, id, &versions, health.get(id).copied().unwrap_or_default());
    let all: Vec<StandardJson> = standards.into_iter().map(one).collect();
    tagged(&headers, &all)
}

fn json(app: &App, id: &str, versions: &[&Standard], health: health::Health) -> StandardJson {
    StandardJson {
        id: id.to_owned(),
        declared_ahead: is_ahead(versions),
        versions: versions.iter().map(|version| VersionJson::of(app, version)).collect(),
        overdue: health.breached,
        due_today: health.due_today,
        at_risk: health.at_risk,
        running: health.running,
        paused: health.paused,
    }
}

/// One standard
#[utoipa::path(get, path = "/api/v1/standards/{id}", tag = "standards", params(("id" = String, Path, example = "repairs.local-offer-2014.emergency")),
    responses((status = 200, body = StandardJson), (status = 404, description = "No such standard")))]
async fn one(State(app): State<App>, caller: Caller, headers: HeaderMap, Path(id): Path<String>) -> ApiResult {
    let versions = app.platform.rules().standards.versions(&id);
    if versions.is_empty() {
        return Err(Error::NotFound("the standard").into());
    }
    let health = health::by_standard(&app.platform, &id, caller.scope()).await?.remove(&id).unwrap_or_default();
    tagged(&headers, &json(&app, &id, &versions, health))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DueAsked {
    /// The trigger: `2026-12-18T16:05` (London), an instant with an offset, or a date.
    from: Option<String>,
    /// The standard whose promise is counted.
    standard: Option<String>,
    /// Instead of a standard: `24 hours`, `28 days`, `10 working days` …
    within: Option<String>,
    /// The working-day calendar for `within`; england-and-wales when absent.
    calendar: Option<String>,
    /// The trigger's day is day 1 (`true`), for `within`.
    inclusive: Option<String>,
}

/// When a promise would fall due, with each step of the count
#[utoipa::path(get, path = "/api/v1/due", tag = "standards", params(DueAsked),
    responses((status = 200, description = "`due` holds the instant, or the date; `steps` the count", body = serde_json::Value,
        example = json!({"standard": "repairs.local-offer-2014.emergency", "from": "2026-12-18T16:05:00Z", "due": "2026-12-19T16:05:00Z",
            "due_at": "2026-12-19T16:05:00Z", "steps": []})), (status = 422, description = "What is missing or cannot be read")))]
async fn due_of(State(app): State<App>, headers: HeaderMap, Query(asked): Query<DueAsked>) -> ApiResult {
    let rules = app.platform.rules();
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let from = given(&asked.from).ok_or_else(|| Error::field("from", "give the trigger, such as 2026-12-18T16:05"))?;
    let question = match (given(&asked.standard), given(&asked.within)) {
        (Some(standard), None) => Asked::Standard(standard),
        (None, Some(length)) => Asked::Within {
            length,
            calendar: given(&asked.calendar),
            inclusive: asked.inclusive.as_deref().is_some_and(|flag| matches!(flag, "true" | "yes" | "1")),
        },
        _ => return Err(Error::field("standard", "give either a standard or a length in `within`").into()),
    };
    let answer = due::answer(&rules.standards, &rules.calendars, &question, &from)?;
    tagged(&headers, &answer.json())
}
