//! JSON: measures, their figures, series and rows.

use super::{VIEW, words};
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
};
use rooftree_frame::{
    App, Area, Caller,
    api::{ApiResult, tagged},
    get,
};
use rooftree_kernel::periods::Period;
use rooftree_platform::{
    Error,
    figures::{self, Figure, Filter, Part, Status, evidence},
};
use rooftree_promises::{measures::Measure, standards::Dimension};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// The most rows that one request gives.
const ROWS_MAX: i64 = 1000;
const ROWS_DEFAULT: i64 = 100;

pub(super) fn add(area: &mut Area) {
    const SCOPE: &str = "provider: own work; no personal data: no home";
    area.api.extend([
        get("/measures", VIEW, list).scope(SCOPE),
        get("/measures/{id}", VIEW, one).scope(SCOPE),
        get("/measures/{id}/series", VIEW, series).scope(SCOPE),
        get("/measures/{id}/rows", VIEW, rows).scope(SCOPE),
    ]);
    area.describe(Doc::openapi());
}

#[derive(OpenApi)]
#[openapi(paths(list, one, series, rows), components(schemas(MeasureJson, FigureJson, PartJson, RowJson, RowsJson)))]
struct Doc;

/// A measure as it is declared.
#[derive(Serialize, ToSchema)]
pub(super) struct MeasureJson {
    /// `repairs.rp02-emergency`.
    #[schema(example = "repairs.rp02-emergency")]
    id: String,
    /// What people read.
    title: String,
    /// How it is counted.
    definition: String,
    /// Where it is written.
    source: String,
    /// ✔ read, ◐ secondary, M no source checked yet, ? unresolved.
    #[schema(example = "✔")]
    confidence: String,
    /// percent, count, average, median, rate-per-1000-homes, sum, point-in-time.
    #[schema(example = "percent")]
    kind: String,
    /// Shown with the value; `£` values are in pence.
    #[schema(example = "%")]
    unit: String,
    /// up, down or none: which way is better.
    #[schema(example = "up")]
    direction: String,
    /// The target in force today.
    #[schema(example = 99.6)]
    target: Option<f64>,
    /// By what it can be broken down.
    breakdown: Vec<String>,
    /// Who answers for it.
    owner: Option<String>,
    /// The standard whose clocks are its evidence.
    standard: Option<String>,
}

impl MeasureJson {
    fn of(app: &App, measure: &Measure) -> Self {
        let word = |value: serde_json::Result<serde_json::Value>| {
            value.ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        };
        Self {
            id: measure.id.clone(),
            title: measure.title.clone(),
            definition: measure.definition.clone(),
            source: measure.source.clone(),
            confidence: measure.confidence.to_string(),
            kind: word(serde_json::to_value(measure.kind)),
            unit: measure.unit.clone(),
            direction: word(serde_json::to_value(measure.direction)),
            target: measure.target_on(app.platform.now().day()),
            breakdown: measure.breakdown.iter().map(|d| d.column().to_owned()).collect(),
            owner: measure.owner.clone(),
            standard: measure.from_standard.clone(),
        }
    }
}

/// What a measure came to.
#[derive(Serialize, ToSchema)]
pub(super) struct FigureJson {
    /// The measure's id.
    #[schema(example = "repairs.rp02-emergency")]
    measure: String,
    /// `2025-26`, `2025-26-Q2` or `2026-03`.
    #[schema(example = "2025-26")]
    period: String,
    /// The first day counted.
    #[schema(example = "2025-04-01")]
    from: String,
    /// The day after the last counted.
    #[schema(example = "2026-04-01")]
    until: String,
    /// The period is over.
    complete: bool,
    /// The value; null when there is nothing to count.
    #[schema(example = 99.71)]
    value: Option<f64>,
    /// The value as pages show it.
    #[schema(example = "99.7%")]
    shown: String,
    /// Hits among the counted rows.
    numerator: i64,
    /// Counted rows.
    denominator: i64,
    /// Rows listed and not counted.
    excluded: i64,
    /// Homes, for a rate per 1,000 homes.
    homes: Option<i64>,
    /// The target on the last day counted.
    target: Option<f64>,
    /// Whether the value reaches it.
    met: Option<bool>,
    /// The breakdown, when `by` was given.
    parts: Vec<PartJson>,
}

/// One line of a breakdown.
#[derive(Serialize, ToSchema)]
pub(super) struct PartJson {
    /// The ward, trade, provider or priority; empty where the rows do not say.
    #[schema(example = "Hinksey Park")]
    name: String,
    /// The value of this part.
    value: Option<f64>,
    /// Hits.
    numerator: i64,
    /// Counted rows.
    denominator: i64,
    /// Left out.
    excluded: i64,
}

impl From<&Part> for PartJson {
    fn from(part: &Part) -> Self {
        let tally = &part.tally;
        Self {
            name: part.name.clone(),
            value: part.value,
            numerator: tally.numerator,
            denominator: tally.denominator,
            excluded: tally.excluded,
        }
    }
}

impl FigureJson {
    fn of(measure: &Measure, figure: &Figure) -> Self {
        Self {
            measure: measure.id.clone(),
            period: figure.period.to_string(),
            from: figure.period.first_day().to_string(),
            until: figure.until.to_string(),
            complete: figure.complete,
            value: figure.value,
            shown: words::value(measure, figure.value),
            numerator: figure.tally.numerator,
            denominator: figure.tally.denominator,
            excluded: figure.tally.excluded,
            homes: figure.homes,
            target: figure.target,
            met: figure.met,
            parts: figure.parts.iter().map(PartJson::from).collect(),
        }
    }
}

/// One row of evidence.
#[derive(Serialize, ToSchema)]
pub(super) struct RowJson {
    /// What is counted.
    subject_id: uuid::Uuid,
    /// What people call it.
    #[schema(example = "R-104233")]
    reference: String,
    /// Its home; absent for callers who may see no personal data.
    home_id: Option<uuid::Uuid>,
    /// The day on which it counts.
    #[schema(example = "2026-03-14")]
    day: String,
    /// In the denominator.
    counted: bool,
    /// In the numerator.
    hit: bool,
    /// What is averaged or added up.
    value: Option<f64>,
    /// Why it is left out or missed.
    reason: String,
    /// Ward.
    ward: String,
    /// Trade.
    trade: String,
    /// Provider.
    provider: String,
    /// Priority.
    priority: String,
}

/// A page of rows.
#[derive(Serialize, ToSchema)]
pub(super) struct RowsJson {
    /// The rows, newest first.
    items: Vec<RowJson>,
    /// Ask for the following page with `after=` this; absent on the last.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FigureAsked {
    /// `2025-26`, `2025-26-Q2` or `2026-03`; this financial year when absent.
    period: Option<String>,
    /// ward, trade, provider or priority.
    by: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SeriesAsked {
    /// The first period; this financial year when absent.
    from: Option<String>,
    /// The last period, of the same kind; at most 119 later. This financial year when absent.
    to: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RowsAsked {
    /// The period; this financial year when absent.
    period: Option<String>,
    /// counted, kept, missed or excluded.
    status: Option<String>,
    /// Only this ward.
    ward: Option<String>,
    /// Only this trade.
    trade: Option<String>,
    /// Only this provider.
    provider: Option<String>,
    /// Only this priority.
    priority: Option<String>,
    /// The cursor of the page before.
    after: Option<String>,
    /// How many; at most 1,000.
    limit: Option<String>,
}

fn period(app: &App, text: Option<&str>) -> Result<Period, Error> {
    match text {
        None => Ok(Period::year_of(app.platform.now().day())),
        Some(text) => text
            .parse()
            .map_err(|error: rooftree_kernel::periods::PeriodError| Error::field("period", error.to_string())),
    }
}

/// Every measure
#[utoipa::path(get, path = "/api/v1/measures", tag = "figures", responses((status = 200, body = [MeasureJson])))]
async fn list(State(app): State<App>, caller: Caller, headers: HeaderMap) -> ApiResult {
    let whose = figures::whose(&app.platform, caller.scope()).await?;
    let all: Vec<MeasureJson> =
        figures::listed(&app.platform, &whose).into_iter().map(|measure| MeasureJson::of(&app, measure)).collect();
    tagged(&headers, &all)
}

/// A figure, whole and broken down
#[utoipa::path(get, path = "/api/v1/measures/{id}", tag = "figures", params(("id" = String, Path, example = "repairs.rp02-emergency"), FigureAsked),
    responses((status = 200, body = FigureJson), (status = 404, description = "No such measure"), (status = 422, description = "The period cannot be read")))]
async fn one(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<FigureAsked>,
) -> ApiResult {
    let whose = figures::whose(&app.platform, caller.scope()).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let by = match asked.by.as_deref() {
        None => None,
        Some(key) => Some(
            words::dimension_of(key).ok_or_else(|| Error::field("by", "ask for ward, trade, provider or priority"))?,
        ),
    };
    let figure = figures::read(&app.platform, measure, period(&app, asked.period.as_deref())?, by, &whose).await?;
    tagged(&headers, &FigureJson::of(measure, &figure))
}

/// A figure over several periods
#[utoipa::path(get, path = "/api/v1/measures/{id}/series", tag = "figures", params(("id" = String, Path), SeriesAsked),
    responses((status = 200, body = [FigureJson]), (status = 404, description = "No such measure")))]
async fn series(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<SeriesAsked>,
) -> ApiResult {
    let whose = figures::whose(&app.platform, caller.scope()).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let (from, to) = (period(&app, asked.from.as_deref())?, period(&app, asked.to.as_deref())?);
    if from.months() != to.months() {
        return Err(Error::field("to", "give two months, two quarters or two financial years").into());
    }
    let figures = figures::series(&app.platform, measure, from, to, &whose).await?;
    let json: Vec<FigureJson> = figures.iter().map(|figure| FigureJson::of(measure, figure)).collect();
    tagged(&headers, &json)
}

/// The rows behind a figure
#[utoipa::path(get, path = "/api/v1/measures/{id}/rows", tag = "figures", params(("id" = String, Path), RowsAsked),
    responses((status = 200, body = RowsJson), (status = 404, description = "No such measure")))]
async fn rows(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<RowsAsked>,
) -> ApiResult {
    let whose = figures::whose(&app.platform, caller.scope()).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let status = match asked.status.as_deref() {
        None => None,
        Some(key) => Some(
            Status::from_key(key).ok_or_else(|| Error::field("status", "ask for counted, kept, missed or excluded"))?,
        ),
    };
    let dims = [
        (Dimension::Ward, asked.ward),
        (Dimension::Trade, asked.trade),
        (Dimension::Provider, asked.provider),
        (Dimension::Priority, asked.priority),
    ];
    let dims = dims.into_iter().filter_map(|(dimension, value)| Some((dimension, value?))).collect();
    let mut filter = Filter { dims, status, reference: None };
    whose.narrow(&mut filter);
    let limit = match asked.limit.as_deref() {
        None => ROWS_DEFAULT,
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Error::field("limit", "give a whole number up to 1,000"))?
            .clamp(1, ROWS_MAX),
    };
    let period = period(&app, asked.period.as_deref())?;
    let page = evidence::page(&app.platform, measure, period, &filter, asked.after.as_deref(), limit).await?;
    let hidden = caller.scope().no_personal_data;
    let items = page.rows.into_iter().map(|row| RowJson {
        subject_id: row.subject_id,
        home_id: row.home_id.filter(|_| !hidden),
        reference: row.reference,
        day: row.day.to_string(),
        counted: row.counted,
        hit: row.hit,
        value: row.value,
        reason: row.reason,
        ward: row.ward,
        trade: row.trade,
        provider: row.provider,
        priority: row.priority,
    });
    tagged(&headers, &RowsJson { items: items.collect(), next: page.next })
}
