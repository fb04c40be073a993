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
    figures::{self, Figure, Filter, Part, Status, Whose, evidence, past},
};
use rooftree_promises::measures::{Dimension, Measure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// percent, count, average, median, ratio, rate-per-1000, share, sum, point-in-time.
    #[schema(example = "percent")]
    kind: String,
    /// Shown with the value; `£` values are in pence.
    #[schema(example = "%")]
    unit: String,
    /// Of a ratio, the unit of what it is divided by.
    #[schema(example = "m²")]
    per: Option<String>,
    /// Of a rate or share, the population that it is of.
    #[schema(example = "homes")]
    population: Option<String>,
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
            per: measure.per.clone(),
            population: measure.population.clone(),
            direction: word(serde_json::to_value(measure.direction)),
            target: measure.target_on(app.platform.now().day()),
            breakdown: measure.breakdown.iter().map(ToString::to_string).collect(),
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
    /// The size of the population, for a rate or a share: homes, for a rate per 1,000 homes.
    homes: Option<i64>,
    /// The target on the last day counted.
    target: Option<f64>,
    /// Whether the value reaches it.
    met: Option<bool>,
    /// Facts may have changed it since it was counted: ask again in a minute.
    waiting: bool,
    /// The breakdown, when `by` was given.
    parts: Vec<PartJson>,
}

/// One line of a breakdown.
#[derive(Serialize, ToSchema)]
pub(super) struct PartJson {
    /// What people read: the ward, the provider's name; empty where the rows do not say.
    #[schema(example = "Hinksey Park")]
    name: String,
    /// The value itself: where people read a name, its id.
    #[schema(example = "Hinksey Park")]
    key: String,
    /// The value of this part.
    value: Option<f64>,
    /// Hits.
    numerator: i64,
    /// Counted rows.
    denominator: i64,
    /// Left out.
    excluded: i64,
    /// Its target on the last day counted.
    target: Option<f64>,
    /// Whether its value reaches it.
    met: Option<bool>,
}

impl From<&Part> for PartJson {
    fn from(part: &Part) -> Self {
        let tally = &part.tally;
        Self {
            name: part.name.clone(),
            key: part.key.clone(),
            value: part.value,
            numerator: tally.numerator,
            denominator: tally.denominator,
            excluded: tally.excluded,
            target: part.target,
            met: part.met,
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
            homes: figure.members,
            target: figure.target,
            met: figure.met,
            waiting: figure.waiting,
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
    /// What a ratio divides by.
    base: Option<f64>,
    /// What the measure is broken down by, under their own names: `ward`, `trade`, `provider`.
    #[serde(flatten)]
    dims: BTreeMap<String, String>,
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
    /// One of the measure's breakdown: `ward`.
    by: Option<String>,
    /// As it stood at the end of this day, before later facts changed it: `2026-03-31`.
    known_on: Option<String>,
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
        Some(key) => Some(words::dimension_of(measure, key).ok_or_else(|| {
            let names: Vec<&str> = measure.breakdown.iter().map(Dimension::column).collect();
            Error::field(
                "by",
                format!(
                    "this measure is broken down by {}",
                    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
                ),
            )
        })?),
    };
    let period = period(&app, asked.period.as_deref())?;
    let figure = match asked.known_on.as_deref() {
        None => figures::read(&app.platform, measure, period, by, &whose).await?,
        Some(_) if by.is_some() || whose != Whose::Landlord => {
            return Err(Error::field("known_on", "only the landlord's whole figure is kept day by day").into());
        }
        Some(text) => known_on(&app, measure, period, text).await?,
    };
    tagged(&headers, &FigureJson::of(measure, &figure))
}

async fn known_on(app: &App, measure: &Measure, period: Period, text: &str) -> Result<Figure, Error> {
    let day = text.parse().map_err(|_| Error::field("known_on", "give a day, such as 2026-03-31"))?;
    match past::known_on(&app.platform, measure, period, day).await? {
        past::Known::Figure(figure) => Ok(*figure),
        past::Known::KeptSince(Some(since)) => {
            Err(Error::field("known_on", format!("this figure is kept day by day since {since}")))
        }
        past::Known::KeptSince(None) => {
            Err(Error::field("known_on", "some of its months had not been counted on that day"))
        }
    }
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
///
/// Any dimension of the measure's breakdown narrows them: `ward=Barton`, `provider=` an id or a name.
#[utoipa::path(get, path = "/api/v1/measures/{id}/rows", tag = "figures", params(("id" = String, Path), RowsAsked),
    responses((status = 200, body = RowsJson), (status = 404, description = "No such measure")))]
async fn rows(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<RowsAsked>,
    Query(all): Query<BTreeMap<String, String>>,
) -> ApiResult {
    let whose = figures::whose(&app.platform, caller.scope()).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let status = match asked.status.as_deref() {
        None => None,
        Some(key) => Some(
            Status::from_key(key).ok_or_else(|| Error::field("status", "ask for counted, kept, missed or excluded"))?,
        ),
    };
    let mut filter = Filter { status, ..Filter::default() };
    for (name, value) in &all {
        let dimension =
            Dimension::read(name).filter(|known| app.platform.registry().lookups.dimension(known).is_some());
        let Some(dimension) = dimension else { continue };
        if !measure.breakdown.contains(&dimension) {
            return Err(Error::field(name, "this measure is not broken down by it").into());
        }
        let key = figures::names::meant(&app.platform, &dimension, value).await?;
        filter.dims.insert(dimension, key);
    }
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
        base: row.base,
        dims: row.dims.into_iter().map(|(dimension, part)| (dimension.to_string(), part)).collect(),
    });
    tagged(&headers, &RowsJson { items: items.collect(), next: page.next })
}
