//! Counting months anew.

use super::{
    cells::{Place, Tally, middle},
    evidence::{self, Span},
    fresh,
};
use crate::{Conn, Platform, Result, boxed};
use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::measures::{Measure, MeasureKind, OverMonths};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which the number of homes is kept beside the measures: the denominator of rates.
pub(crate) const HOMES: &str = "_homes";

/// Counts every month from `from` to today anew, of one measure or all: every night, after an import of history, or because somebody
/// changed rows by hand. Returns how many months were counted.
#[boxed]
pub async fn recompute(platform: &Platform, only: Option<&str>, from: Day) -> Result<usize> {
    let today = platform.now().day();
    let months: Vec<Day> = std::iter::successors(Some(from.month_start()), |m| Some(m.plus_months(1)))
        .take_while(|m| *m <= today)
        .collect();
    fresh::absorb(platform).await?;
    let measures = platform.rules().measures.all().filter(|m| only.is_none_or(|id| id == m.id));
    let mut counted = 0;
    for measure in measures {
        counted += count(platform, measure, &months, true).await?;
    }
    if only.is_none() {
        count_homes(platform, &months, true).await?;
    }
    Ok(counted)
}

/// Throws away all that was counted of some measures (all, when none are named); the next reader counts it again. For loaders that
/// write facts and rows past the unit of work.
#[boxed]
pub async fn forget(conn: &mut Conn, measures: Option<&[String]>) -> Result<()> {
    sqlx::query!("delete from figure_cell where $1::text[] is null or measure = any($1)", measures)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from figure_state where $1::text[] is null or measure = any($1)", measures)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Counts those of the months that still need it when our turn comes (all of them with `force`). Returns how many.
pub(crate) async fn count(platform: &Platform, measure: &Measure, months: &[Day], force: bool) -> Result<usize> {
    let now = platform.now();
    let definition = evidence::definition(platform.registry(), measure);
    let mut tx = platform.writes().begin().await?;
    fresh::take_turn(&mut tx, &measure.id).await?;
    let wanted: Vec<Day> = if force {
        months.to_vec()
    } else {
        let known = [(measure.id.clone(), definition.clone())];
        let stale = fresh::stale(&mut tx, &known, months, now.day()).await?;
        stale.into_iter().map(|(_, month)| month).collect()
    };
    let wanted = whole_years(measure, wanted, now.day());
    if wanted.is_empty() {
        return Ok(0);
    }
    // Notes first, evidence second: what is noted meanwhile stays noted, and is counted next time.
    sqlx::query!("delete from figure_stale where measure = $1 and first_day = any($2)", measure.id, &wanted as _)
        .execute(&mut *tx)
        .await?;
    sqlx::query("set local work_mem = '64MB'").execute(&mut *tx).await?;
    let spans = evidence::spans(&wanted, now.day());
    let sql = evidence::union(platform.registry(), measure, &spans);
    let cells = match measure.kind {
        MeasureKind::Median => medians(&mut tx, measure, &sql, &spans).await?,
        _ => tallies(&mut tx, measure, &sql, &spans).await?,
    };
    save(&mut tx, &measure.id, &wanted, cells).await?;
    fresh::mark(&mut tx, &measure.id, &wanted, now, &definition).await?;
    tx.commit().await?;
    Ok(wanted.len())
}

/// A median of a quarter or a year needs all its rows, so a month is counted with its whole financial year.
fn whole_years(measure: &Measure, months: Vec<Day>, today: Day) -> Vec<Day> {
    if measure.over_months() != OverMonths::Whole {
        return months;
    }
    let years: BTreeSet<Period> = months.into_iter().map(Period::year_of).collect();
    years.into_iter().flat_map(|year| super::months_of(year, today)).collect()
}

type Counted = BTreeMap<Place, Tally>;

async fn tallies(conn: &mut Conn, measure: &Measure, evidence: &str, spans: &[Span]) -> Result<Counted> {
    let sql = evidence::tally_sql(evidence, &measure.breakdown, "");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch_all(conn).await?;
    let mut cells = Counted::new();
    for row in rows {
        let place = Place {
            first: spans[row.try_get::<i32, _>("m")? as usize].first,
            months: 1,
            dimension: evidence::known_column(row.try_get("dimension")?),
            part: row.try_get("part")?,
        };
        cells.insert(place, read_tally(&row)?);
    }
    Ok(cells)
}

/// The numbers of a line of [`evidence::tally_sql`].
pub(crate) fn read_tally(row: &sqlx::postgres::PgRow) -> Result<Tally> {
    Ok(Tally {
        numerator: row.try_get("n")?,
        denominator: row.try_get("d")?,
        excluded: row.try_get("x")?,
        total: row.try_get("t")?,
        median: None,
    })
}

/// Months, quarters and years, each with its own median; months alone where a longer period has that of its last month.
async fn medians(conn: &mut Conn, measure: &Measure, evidence: &str, spans: &[Span]) -> Result<Counted> {
    let mut cells: Counted = BTreeMap::new();
    for (place, tally) in tallies(&mut *conn, measure, evidence, spans).await? {
        for (first, months) in periods_over(measure, place.first) {
            let longer = Place { first, months, ..place.clone() };
            let sum = cells.entry(longer).or_default();
            *sum = sum.merge(tally);
        }
    }
    let sql = evidence::histogram_sql(evidence, &measure.breakdown, "");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch_all(conn).await?;
    let mut histograms: BTreeMap<Place, Vec<(f64, i64)>> = BTreeMap::new();
    for row in rows {
        let month = spans[row.try_get::<i32, _>("m")? as usize].first;
        let dimension = evidence::known_column(row.try_get("dimension")?);
        let (part, value, count): (String, f64, i64) = (row.try_get("part")?, row.try_get("v")?, row.try_get("c")?);
        for (first, months) in periods_over(measure, month) {
            let place = Place { first, months, dimension, part: part.clone() };
            histograms.entry(place).or_default().push((value, count));
        }
    }
    for (place, mut counts) in histograms {
        counts.sort_by(|a, b| a.0.total_cmp(&b.0));
        cells.entry(place).or_default().median = middle(&counts);
    }
    Ok(cells)
}

/// The periods with a median of their own that hold a month, as first day and length: itself, its quarter, its financial year.
fn periods_over(measure: &Measure, month: Day) -> Vec<(Day, i16)> {
    let mut periods = vec![(month, 1)];
    if measure.over_months() == OverMonths::Whole {
        periods.extend([(Period::quarter_of(month).first_day(), 3), (Period::year_of(month).first_day(), 12)]);
    }
    periods
}

/// Puts cells in the place of those that were there for these months (and, for medians, the quarters and years that they make up).
async fn save(conn: &mut Conn, measure: &str, months: &[Day], cells: Counted) -> Result<()> {
    let firsts: BTreeSet<Day> = months.iter().copied().chain(cells.keys().map(|place| place.first)).collect();
    let firsts: Vec<Day> = firsts.into_iter().collect();
    sqlx::query!("delete from figure_cell where measure = $1 and first_day = any($2)", measure, &firsts as _)
        .execute(&mut *conn)
        .await?;
    let (places, tallies): (Vec<Place>, Vec<Tally>) = cells.into_iter().unzip();
    let text = |pick: &dyn Fn(&Place) -> String| places.iter().map(pick).collect::<Vec<_>>();
    let number = |pick: &dyn Fn(&Tally) -> i64| tallies.iter().map(pick).collect::<Vec<_>>();
    sqlx::query!(
        "insert into figure_cell (measure, first_day, months, dimension, value, numerator, denominator, excluded, total, median)
         select $1, * from unnest($2::date[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
                                  $9::float8[], $10::float8[])",
        measure,
        &places.iter().map(|p| p.first).collect::<Vec<_>>() as _,
        &places.iter().map(|p| p.months).collect::<Vec<_>>(),
        &text(&|p| p.dimension.to_owned()),
        &text(&|p| p.part.clone()),
        &number(&|t| t.numerator),
        &number(&|t| t.denominator),
        &number(&|t| t.excluded),
        &tallies.iter().map(|t| t.total).collect::<Vec<_>>() as _,
        &tallies.iter().map(|t| t.median).collect::<Vec<_>>() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts the homes on the last day of each month (today for the current one), by ward.
pub(crate) async fn count_homes(platform: &Platform, months: &[Day], force: bool) -> Result<()> {
    let Some(sql) = platform.registry().lookups.homes_by_ward else { return Ok(()) };
    let now = platform.now();
    let mut tx = platform.writes().begin().await?;
    fresh::take_turn(&mut tx, HOMES).await?;
    let wanted: Vec<Day> = if force {
        months.to_vec()
    } else {
        let known = [(HOMES.to_owned(), HOMES.to_owned())];
        fresh::stale(&mut tx, &known, months, now.day()).await?.into_iter().map(|(_, month)| month).collect()
    };
    let mut cells = Counted::new();
    for span in evidence::spans(&wanted, now.day()) {
        let rows: Vec<(Option<String>, i64)> =
            sqlx::query_as(sql).bind(span.until.plus_days(-1)).fetch_all(&mut *tx).await?;
        let mut whole = Tally::default();
        for (ward, homes) in rows {
            let tally = Tally { numerator: homes, denominator: homes, ..Tally::default() };
            whole = whole.merge(tally);
            let place = Place { first: span.first, months: 1, dimension: "ward", part: ward.unwrap_or_default() };
            let known = cells.entry(place).or_default();
            *known = known.merge(tally);
        }
        cells.insert(Place { first: span.first, months: 1, dimension: "", part: String::new() }, whole);
    }
    if !wanted.is_empty() {
        save(&mut tx, HOMES, &wanted, cells).await?;
        fresh::mark(&mut tx, HOMES, &wanted, now, HOMES).await?;
    }
    tx.commit().await?;
    Ok(())
}
