//! The evidence of a measure: its SQL put together, and the rows of a figure.

use super::{months_of, names};
use crate::{Error, Lookups, Platform, Result, boxed};
use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::measures::{Dimension, Measure, MeasureKind, OverMonths};
use sha2::{Digest, Sha256};
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most rows of one page.
pub const PAGE_MAX: i64 = 1000;

/// A month as it is asked for: from its first day until the day after the last that counts, which for the current month is tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub first: Day,
    pub until: Day,
}

/// The spans of some months (first days).
pub(crate) fn spans(months: &[Day], today: Day) -> Vec<Span> {
    months.iter().map(|first| Span { first: *first, until: first.plus_months(1).min(today.plus_days(1)) }).collect()
}

/// The months whose rows make up a period: all that have begun or, for a figure as things stood, the last of them.
pub(crate) fn months_behind(measure: &Measure, period: Period, today: Day) -> Vec<Day> {
    let months = months_of(period, today);
    match measure.over_months() {
        OverMonths::Last => months.last().copied().into_iter().collect(),
        OverMonths::Added | OverMonths::Whole => months,
    }
}

/// The statement that yields a measure's evidence, with `$1` and `$2` for the first day and the day after the last: what it counts, and
/// a column of any type for every dimension of its breakdown.
pub fn sql(lookups: &Lookups, measure: &Measure) -> String {
    match (&measure.sql, &measure.from_standard) {
        (Some(sql), _) => sql.trim_end().trim_end_matches(';').to_owned(),
        (None, Some(standard)) => of_clocks(lookups, standard, &measure.breakdown),
        // A measure without a source of evidence cannot be loaded; this keeps the statement well formed all the same.
        (None, None) => {
            let dims: String = measure.breakdown.iter().map(|d| format!(", '' as \"{d}\"")).collect();
            format!(
                "select null::uuid as subject_id, '' as reference, null::uuid as home_id, $1::date as day, false as counted, false as hit, \
                 null::numeric as value, null::numeric as base, '' as reason{dims} where false and $2::date is null"
            )
        }
    }
}

/// The clocks of a standard: decided in the period or called off in it. A promise is decided on the day it was kept, or on the day
/// its time ran out.
fn of_clocks(lookups: &Lookups, standard: &str, dimensions: &[Dimension]) -> String {
    let cases = lookups.case_dims_of(standard, dimensions);
    let standard = standard.replace('\'', "''");
    let dims: String = dimensions.iter().map(|dimension| format!(", d.\"{dimension}\"")).collect();
    format!(
        "select c.id as subject_id, coalesce(d.reference, c.subject) as reference, coalesce(d.home_id, c.home_id) as home_id,
                c.decided_day as day, true as counted, c.breached_at is null as hit, null::numeric as value,
                case when c.breached_at is null then null when c.state = 'late' then 'Kept too late'
                     when c.state = 'cancelled' then 'Time ran out; called off later' else 'Time ran out' end as reason{dims}
           from clock c left join ({cases}) d on d.case_id = c.case_id
          where c.standard = '{standard}' and c.decided_day >= $1::date and c.decided_day < $2::date
         union all
         select c.id, coalesce(d.reference, c.subject), coalesce(d.home_id, c.home_id),
                (c.stopped_at at time zone 'Europe/London')::date, false, false, null::numeric,
                'Called off before its time was up: not counted'{dims}
           from clock c left join ({cases}) d on d.case_id = c.case_id
          where c.standard = '{standard}' and c.state = 'cancelled' and c.decided_day is null
            and c.stopped_at >= ($1::date)::timestamp at time zone 'Europe/London'
            and c.stopped_at < ($2::date)::timestamp at time zone 'Europe/London'"
    )
}

/// What a figure was computed with: changes whenever the declaration's arithmetic does.
pub fn definition(lookups: &Lookups, measure: &Measure) -> String {
    let breakdown: Vec<&str> = measure.breakdown.iter().map(Dimension::column).collect();
    let as_of = if measure.as_of { " at the end" } else { "" };
    let of = measure.population.as_deref().map(|population| format!(" of {population}")).unwrap_or_default();
    let text = format!("{:?}{as_of}{of}|{}|{}", measure.kind, breakdown.join(","), sql(lookups, measure));
    hex::encode(&Sha256::digest(text.as_bytes())[..12])
}

/// The evidence of several months as one SELECT; `m` is the month's place in the list. Every month is asked for by itself, with its own
/// days as literals, so that a year is exactly the sum of its months however the SQL uses the end of its period.
pub(crate) fn union(lookups: &Lookups, measure: &Measure, spans: &[Span]) -> String {
    let sql = sql(lookups, measure);
    let base = if measure.kind == MeasureKind::Ratio { "e.base" } else { "null::numeric" };
    let dims: String = measure.breakdown.iter().map(|d| format!(", e.\"{d}\"::text as \"{d}\"")).collect();
    let month = |(index, span): (usize, &Span)| {
        // Days print as 2026-03-01, nothing else: they are not anybody's text.
        let one = sql.replace("$1", &format!("'{}'", span.first)).replace("$2", &format!("'{}'", span.until));
        format!(
            "select {index} as m, e.subject_id, e.reference, e.home_id, e.day, e.counted, e.hit, e.value, {base} as base, e.reason{dims} \
             from (\n{one}\n) e"
        )
    };
    if spans.is_empty() {
        // The columns are still wanted, so any month serves.
        let epoch = Day(jiff::civil::date(2000, 1, 1));
        return format!("select * from ({}) nothing where false", month((0, &Span { first: epoch, until: epoch })));
    }
    spans.iter().enumerate().map(month).collect::<Vec<_>>().join("\nunion all\n")
}

/// How a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Counted, a hit or not.
    Counted,
    /// Counted and a hit.
    Kept,
    /// Counted and no hit.
    Missed,
    /// Listed, not counted.
    Excluded,
}

impl Status {
    /// Its name in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Kept => "kept",
            Self::Missed => "missed",
            Self::Excluded => "excluded",
        }
    }

    /// The status of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Counted, Self::Kept, Self::Missed, Self::Excluded].into_iter().find(|status| status.key() == key)
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Counted => " and e.counted",
            Self::Kept => " and e.counted and e.hit",
            Self::Missed => " and e.counted and not e.hit",
            Self::Excluded => " and not e.counted",
        }
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of these dimensions' values (of the measure's breakdown); an empty value asks for rows that do not say.
    pub dims: BTreeMap<Dimension, String>,
    /// Only those that count so.
    pub status: Option<Status>,
    /// Only those whose reference begins with this.
    pub reference: Option<String>,
}

impl Filter {
    pub(crate) fn push(&self, query: &mut QueryBuilder<Postgres>) {
        for (dimension, value) in &self.dims {
            query.push(format_args!(" and coalesce(e.\"{dimension}\", '') = "));
            query.push_bind(value.clone());
        }
        if let Some(status) = self.status {
            query.push(status.condition());
        }
        if let Some(reference) = &self.reference {
            query.push(" and starts_with(lower(e.reference), ").push_bind(reference.to_lowercase()).push(")");
        }
    }
}

/// One row of evidence.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    /// What is counted: a repair, an appointment, a clock.
    pub subject_id: Uuid,
    /// What people call it: `R-104233`.
    pub reference: String,
    /// Its home.
    pub home_id: Option<Uuid>,
    /// The day on which it counts.
    pub day: Day,
    /// In the denominator.
    pub counted: bool,
    /// In the numerator.
    pub hit: bool,
    /// What is averaged or added up.
    pub value: Option<f64>,
    /// Why it is left out or missed.
    pub reason: String,
    /// What a ratio divides by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<f64>,
    /// Its ward, its trade and so on, as people read them; empty where the row does not say.
    #[serde(flatten)]
    pub dims: BTreeMap<Dimension, String>,
}

impl Row {
    /// How it counts, in a word for pages: `Kept`, `Missed`, `Counted`, `Left out`.
    pub fn outcome(&self, kind: MeasureKind) -> &'static str {
        match (self.counted, self.hit, kind) {
            (false, ..) => "Left out",
            (true, true, MeasureKind::Percent) => "Kept",
            (true, false, MeasureKind::Percent) => "Missed",
            (true, true, _) => "Counted",
            (true, false, _) => "Not a hit",
        }
    }

    /// What the row says of a dimension.
    pub fn part(&self, dimension: &Dimension) -> &str {
        self.dims.get(dimension).map_or("", String::as_str)
    }

    fn read(row: &PgRow, breakdown: &[Dimension]) -> Result<Self> {
        let dims: Vec<String> = row.try_get("dims")?;
        Ok(Self {
            subject_id: row.try_get("subject_id")?,
            reference: row.try_get::<Option<String>, _>("reference")?.unwrap_or_default(),
            home_id: row.try_get("home_id")?,
            day: row.try_get("day")?,
            counted: row.try_get("counted")?,
            hit: row.try_get("hit")?,
            value: row.try_get("value")?,
            base: row.try_get("base")?,
            reason: row.try_get("reason")?,
            dims: breakdown.iter().cloned().zip(dims).collect(),
        })
    }
}

/// A page of evidence, the newest first.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RowPage {
    /// The rows.
    pub rows: Vec<Row>,
    /// Asks for the following page; `None` on the last.
    pub next: Option<String>,
}

/// The columns of a row as [`Row::read`] takes them: the dimensions as one value, in the order of the breakdown.
fn columns(breakdown: &[Dimension]) -> String {
    let dims: Vec<String> = breakdown.iter().map(|d| format!("coalesce(e.\"{d}\", '')")).collect();
    format!(
        "e.subject_id, e.reference, e.home_id, e.day, e.counted, coalesce(e.hit, false) as hit, e.value::float8 as value, \
         e.base::float8 as base, coalesce(e.reason, '') as reason, array[{}]::text[] as dims",
        dims.join(", ")
    )
}

/// The rows behind a figure, newest first; at most `limit` (and never more than [`PAGE_MAX`], exports pass their own through
/// [`all`]). `after` is the cursor of the page before.
#[boxed]
pub async fn page(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<RowPage> {
    let limit = limit.clamp(1, PAGE_MAX);
    let after = after.map(cursor).transpose()?;
    let today = platform.now().day();
    let mut rows = Vec::new();
    // The newest month first, and no further than the page needs: one month nearly always fills it, and asking twelve for fifty
    // rows would sort half a million.
    for span in spans(&months_behind(measure, period, today), today).into_iter().rev() {
        let missing = limit + 1 - rows.len() as i64;
        if missing <= 0 {
            break;
        }
        if after.is_none_or(|(day, _)| span.first <= day) {
            rows.extend(select(platform, measure, &[span], filter, after, missing).await?);
        }
    }
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}_{}", row.day, row.subject_id.simple()));
    Ok(RowPage { rows, next })
}

/// All rows up to a stated number, for an export.
#[boxed]
pub async fn all(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Row>> {
    let today = platform.now().day();
    let spans = spans(&months_behind(measure, period, today), today);
    select(platform, measure, &spans, filter, None, limit).await
}

fn cursor(text: &str) -> Result<(Day, Uuid)> {
    let read = || {
        let (day, id) = text.split_once('_')?;
        Some((day.parse().ok()?, id.parse().ok()?))
    };
    // To begin again without a word would make whoever collects all pages collect the first one for ever.
    read().ok_or_else(|| Error::field("after", "send the cursor of the page before, unchanged"))
}

async fn select(
    platform: &Platform,
    measure: &Measure,
    spans: &[Span],
    filter: &Filter,
    after: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut query = QueryBuilder::new(format!("select {} from (\n", columns(&measure.breakdown)));
    query.push(union(&platform.registry().lookups, measure, spans));
    query.push("\n) e where true");
    filter.push(&mut query);
    if let Some((day, id)) = after {
        query.push(" and (e.day, e.subject_id) < (").push_bind(day).push(", ").push_bind(id).push(")");
    }
    query.push(" order by e.day desc, e.subject_id desc limit ").push_bind(limit);
    let rows = query.build().persistent(false).fetch_all(platform.reads()).await?;
    let mut rows: Vec<Row> = rows.iter().map(|row| Row::read(row, &measure.breakdown)).collect::<Result<_>>()?;
    for dimension in &measure.breakdown {
        let keys: BTreeSet<String> = rows.iter().map(|row| row.part(dimension).to_owned()).collect();
        let names = names::of(platform, dimension, keys).await?;
        for part in rows.iter_mut().filter_map(|row| row.dims.get_mut(dimension)) {
            if let Some(name) = names.get(part) {
                part.clone_from(name);
            }
        }
    }
    Ok(rows)
}

/// What is counted of some rows: hits, counted, left out, values and bases added up.
const TALLY: &str = "count(*) filter (where e.counted and e.hit) as _n, count(*) filter (where e.counted) as _d, \
                     count(*) filter (where not e.counted) as _x, sum(e.value) filter (where e.counted) as _t, \
                     sum(e.base) filter (where e.counted) as _b";

/// The SELECT that tallies evidence by month and by each of `dimensions`. Rows are first counted by all dimensions together, which
/// PostgreSQL does in parallel, and the few lines that leaves are then grouped each way.
pub(crate) fn tally_sql(evidence: &str, dimensions: &[Dimension]) -> String {
    let columns: String = dimensions.iter().map(|d| format!(", coalesce(e.\"{d}\", '') as \"{d}\"")).collect();
    let positions: String = (0..dimensions.len()).map(|n| format!(", {}", n + 2)).collect();
    format!(
        "select f.m, {} as dimension, {} as part, sum(f._n)::bigint as n, sum(f._d)::bigint as d, sum(f._x)::bigint as x, \
                sum(f._t)::float8 as t, sum(f._b)::float8 as b \
           from (select e.m{columns}, {TALLY} from (\n{evidence}\n) e group by 1{positions}) f \
          group by grouping sets ((f.m){})",
        which(dimensions),
        part(dimensions),
        sets(dimensions, ""),
    )
}

/// The same by value, for medians: how many counted rows carry which value.
pub(crate) fn histogram_sql(evidence: &str, dimensions: &[Dimension]) -> String {
    let columns: String = dimensions.iter().map(|d| format!(", coalesce(e.\"{d}\", '') as \"{d}\"")).collect();
    let positions: String = (0..dimensions.len()).map(|n| format!(", {}", n + 3)).collect();
    format!(
        "select f.m, {} as dimension, {} as part, f._v as v, sum(f._c)::bigint as c from \
           (select e.m, e.value::float8 as _v{columns}, count(*) as _c from (\n{evidence}\n) e \
             where e.counted and e.value is not null group by 1, 2{positions}) f \
          group by grouping sets ((f.m, f._v){})",
        which(dimensions),
        part(dimensions),
        sets(dimensions, ", f._v"),
    )
}

/// The SELECT that tallies the evidence of all months by some dimensions together, with the middle value; `keys` are theirs. With `only`,
/// of the rows whose value of that dimension is `$1`.
pub(crate) fn cross_sql(evidence: &str, by: &[&Dimension], only: Option<&Dimension>) -> String {
    let keys: Vec<String> = by.iter().map(|d| format!("coalesce(e.\"{d}\", '')")).collect();
    let only = only.map(|d| format!("where coalesce(e.\"{d}\", '') = $1 ")).unwrap_or_default();
    format!(
        "select f.keys, f._n as n, f._d as d, f._x as x, f._t::float8 as t, f._b::float8 as b, f.median from \
           (select array[{}]::text[] as keys, {TALLY}, \
                   percentile_cont(0.5) within group (order by e.value::float8) filter (where e.counted and e.value is not null) as median \
              from (\n{evidence}\n) e {only}group by 1) f",
        keys.join(", ")
    )
}

fn which(dimensions: &[Dimension]) -> String {
    let cases: String = dimensions.iter().map(|d| format!(" when grouping(f.\"{d}\") = 0 then '{d}'")).collect();
    if cases.is_empty() { "''".to_owned() } else { format!("case{cases} else '' end") }
}

fn part(dimensions: &[Dimension]) -> String {
    let cases: String = dimensions.iter().map(|d| format!(" when grouping(f.\"{d}\") = 0 then f.\"{d}\"")).collect();
    if cases.is_empty() { "''".to_owned() } else { format!("case{cases} else '' end") }
}

fn sets(dimensions: &[Dimension], also: &str) -> String {
    dimensions.iter().map(|d| format!(", (f.m{also}, f.\"{d}\")")).collect()
}
