//! Counting months anew.

use super::{
    cells::{Place, Tally, middle},
    evidence::{self, Span},
    fresh,
};
use crate::{Conn, Error, Platform, Result, boxed, lookups::Population};
use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::measures::{Dimension, Measure, MeasureKind, OverMonths};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which the cells of a population stand beside those of measures.
pub(crate) fn population_cells(key: &str) -> String {
    format!("_{key}")
}

/// Counts every month from `from` to today anew, of one measure or all: every night, after an import of history, or because somebody
/// changed rows by hand. Returns how many months were counted. A measure that cannot be counted is named in the log and holds up no other.
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
        for batch in batches(measure, &months) {
            match count(platform, measure, &batch, true).await {
                Ok(months) => counted += months,
                Err(error) if only.is_some() => return Err(error),
                Err(error) => {
                    tracing::error!(measure = measure.id, %error, "this figure cannot be counted");
                    break;
                }
            }
        }
    }
    if only.is_none() {
        for population in &platform.registry().lookups.populations {
            for month in &months {
                count_population(platform, population, *month).await?;
            }
        }
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
    sqlx::query!("delete from figure_past where $1::text[] is null or measure = any($1)", measures)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// The months that are counted together, the newest first: each by itself, in a statement and a transaction of its own; of a median those
/// of a financial year, because that of the year needs all its rows.
pub(crate) fn batches(measure: &Measure, months: &[Day]) -> Vec<Vec<Day>> {
    let mut batches: BTreeMap<Period, Vec<Day>> = BTreeMap::new();
    for month in months {
        let batch = match measure.over_months() {
            OverMonths::Whole => Period::year_of(*month),
            OverMonths::Added | OverMonths::Last => Period::month_of(*month),
        };
        batches.entry(batch).or_default().push(*month);
    }
    batches.into_values().rev().collect()
}

/// Counts those of the months of a batch that still need it when our turn comes (all of them with `force`). Returns how many.
pub(crate) async fn count(platform: &Platform, measure: &Measure, months: &[Day], force: bool) -> Result<usize> {
    let _place = platform.counters().acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let now = platform.now();
    let lookups = &platform.registry().lookups;
    let definition = fresh::definition(platform, measure);
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
    let sql = evidence::union(lookups, measure, &spans);
    let mut cells = match measure.kind {
        MeasureKind::Median => medians(&mut tx, measure, &sql, &spans).await?,
        _ => tallies(&mut tx, measure, &sql, &spans).await?,
    };
    // Nothing at all is something to know as well.
    for (first, months) in wanted.iter().flat_map(|month| periods_over(measure, *month)) {
        cells.entry(Place::whole(first, months)).or_default();
    }
    save(&mut tx, &measure.id, &wanted, cells, now.day()).await?;
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
    let sql = evidence::tally_sql(evidence, &measure.breakdown);
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch_all(conn).await?;
    let mut cells = Counted::new();
    for row in rows {
        let place = Place {
            first: spans[row.try_get::<i32, _>("m")? as usize].first,
            months: 1,
            dimension: row.try_get("dimension")?,
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
        base: row.try_get("b")?,
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
    let sql = evidence::histogram_sql(evidence, &measure.breakdown);
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch_all(conn).await?;
    let mut histograms: BTreeMap<Place, Vec<(f64, i64)>> = BTreeMap::new();
    for row in rows {
        let month = spans[row.try_get::<i32, _>("m")? as usize].first;
        let (dimension, part): (String, String) = (row.try_get("dimension")?, row.try_get("part")?);
        let (value, count): (f64, i64) = (row.try_get("v")?, row.try_get("c")?);
        for (first, months) in periods_over(measure, month) {
            let place = Place { first, months, dimension: dimension.clone(), part: part.clone() };
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

/// Puts cells in the place of those that were there for these months (and, for medians, the quarters and years that they make up). What
/// was known of a whole until yesterday and is otherwise now stays in `figure_past`.
async fn save(conn: &mut Conn, measure: &str, months: &[Day], cells: Counted, today: Day) -> Result<()> {
    let firsts: BTreeSet<Day> = months.iter().copied().chain(cells.keys().map(|place| place.first)).collect();
    let firsts: Vec<Day> = firsts.into_iter().collect();
    let (places, tallies): (Vec<Place>, Vec<Tally>) = cells.into_iter().unzip();
    let text = |pick: &dyn Fn(&Place) -> String| places.iter().map(pick).collect::<Vec<_>>();
    let number = |pick: &dyn Fn(&Tally) -> i64| tallies.iter().map(pick).collect::<Vec<_>>();
    let amount = |pick: &dyn Fn(&Tally) -> Option<f64>| tallies.iter().map(pick).collect::<Vec<_>>();
    // Three statements and not one: each sees what the one before it did.
    sqlx::query!(
        "insert into figure_past (measure, first_day, months, known_until, numerator, denominator, excluded, total, base, median)
         select $1, n.first_day, n.months, $11::date - 1, coalesce(c.numerator, 0), coalesce(c.denominator, 0), coalesce(c.excluded, 0),
                c.total, c.base, c.median
         from unnest($2::date[], $3::smallint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float8[], $9::float8[], $10::float8[])
              n(first_day, months, dimension, numerator, denominator, excluded, total, base, median)
         join figure_state s on s.measure = $1 and s.first_day = n.first_day and (s.computed_at at time zone 'Europe/London')::date < $11
         left join figure_cell c on c.measure = $1 and c.first_day = n.first_day and c.months = n.months and c.dimension = ''
         where n.dimension = ''
           and (coalesce(c.numerator, 0), coalesce(c.denominator, 0), coalesce(c.excluded, 0), c.total, c.base, c.median)
               is distinct from (n.numerator, n.denominator, n.excluded, n.total, n.base, n.median)
         on conflict do nothing",
        measure,
        &places.iter().map(|p| p.first).collect::<Vec<_>>() as _,
        &places.iter().map(|p| p.months).collect::<Vec<_>>(),
        &text(&|p| p.dimension.clone()),
        &number(&|t| t.numerator),
        &number(&|t| t.denominator),
        &number(&|t| t.excluded),
        &amount(&|t| t.total) as _,
        &amount(&|t| t.base) as _,
        &amount(&|t| t.median) as _,
        today as _
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from figure_cell where measure = $1 and first_day = any($2)", measure, &firsts as _)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into figure_cell (measure, first_day, months, dimension, value, numerator, denominator, excluded, total, base, median)
         select $1, * from unnest($2::date[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
                                  $9::float8[], $10::float8[], $11::float8[])",
        measure,
        &places.iter().map(|p| p.first).collect::<Vec<_>>() as _,
        &places.iter().map(|p| p.months).collect::<Vec<_>>(),
        &text(&|p| p.dimension.clone()),
        &text(&|p| p.part.clone()),
        &number(&|t| t.numerator),
        &number(&|t| t.denominator),
        &number(&|t| t.excluded),
        &amount(&|t| t.total) as _,
        &amount(&|t| t.base) as _,
        &amount(&|t| t.median) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a population is counted with: when that changes, it is counted again.
pub(crate) fn population_definition(population: &Population) -> String {
    hex::encode(&Sha256::digest(format!("{}|{}", population.dims.join(","), population.sql).as_bytes())[..12])
}

/// Counts a population on the last day of a month (today in the current one), whole and by each of its dimensions, unless that is done.
pub(crate) async fn count_population(platform: &Platform, population: &Population, month: Day) -> Result<()> {
    let _place = platform.counters().acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let now = platform.now();
    let (id, definition) = (population_cells(population.key), population_definition(population));
    let mut tx = platform.writes().begin().await?;
    fresh::take_turn(&mut tx, &id).await?;
    let mut cells = Counted::new();
    for span in evidence::spans(&[month], now.day()) {
        let whole = Place::whole(span.first, 1);
        cells.insert(whole.clone(), Tally::default());
        let dims: Vec<Dimension> = population.dims.iter().filter_map(|name| Dimension::read(name)).collect();
        for (keys, members) in members(&mut tx, population, &dims, span.until.plus_days(-1)).await? {
            let tally = Tally { numerator: members, denominator: members, ..Tally::default() };
            let parts = dims.iter().zip(keys).map(|(dimension, part)| Place {
                dimension: dimension.to_string(),
                part,
                ..whole.clone()
            });
            for place in parts.chain([whole.clone()]) {
                let known = cells.entry(place).or_default();
                *known = known.merge(tally);
            }
        }
    }
    save(&mut tx, &id, &[month], cells, now.day()).await?;
    fresh::mark(&mut tx, &id, &[month], now, &definition).await?;
    tx.commit().await?;
    Ok(())
}

/// A population at the end of a day, by some of its dimensions together.
pub(crate) async fn members(
    conn: &mut Conn,
    population: &Population,
    by: &[Dimension],
    day: Day,
) -> Result<Vec<(Vec<String>, i64)>> {
    let keys: Vec<String> = by.iter().map(|d| format!("coalesce(p.\"{d}\"::text, '')")).collect();
    let sql = format!(
        "select array[{}]::text[], sum(p.members)::bigint from ({}) p group by 1",
        keys.join(", "),
        population.sql
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).persistent(false).bind(day).fetch_all(conn).await?)
}
