//! Reading figures: from cells, counted anew where a fact has changed them.

use super::{
    cells::{Cells, Place, Tally},
    compute::{self, population_cells, read_tally},
    evidence, fresh, months_of, names,
};
use crate::{Conn, Error, Platform, Registry, Result, boxed};
use rooftree_kernel::{Day, Scope, periods::Period};
use rooftree_promises::measures::{Dimension, Measure, OverMonths};
use sqlx::{Row, postgres::PgRow};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long a page with every figure waits for those that are being counted; then it shows what there is.
const OVERVIEW_PATIENCE: Duration = Duration::from_secs(8);
/// How long whoever asks for one figure waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose work is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's: the landlord's figure.
    Landlord,
    /// One part's alone: what a provider's own people see.
    Only {
        /// The dimension: the provider.
        dimension: Dimension,
        /// Its value, as evidence has it: the provider's id.
        key: String,
        /// What people read of it.
        name: String,
    },
}

/// The part of the figures that somebody with this scope sees; `None` for whoever sees the landlord's. Whoever is narrowed by what is no
/// dimension of figures sees none.
pub(super) fn only(registry: &Registry, scope: &Scope) -> Result<Option<(Dimension, String)>> {
    let mut parts = registry.lookups.dimensions.iter().filter_map(|kind| Some((kind, kind.only?(scope)?)));
    match parts.next() {
        Some((kind, key)) if scope.is_within(&[kind.key]) => {
            Ok(Dimension::read(kind.key).map(|dimension| (dimension, key)))
        }
        None if scope.sees_all() => Ok(None),
        // Nobody says what part of a figure is theirs: then none is.
        _ => Err(Error::NotFound("the figure")),
    }
}

/// Whose figures somebody with this scope sees.
#[boxed]
pub async fn whose(platform: &Platform, scope: &Scope) -> Result<Whose> {
    let Some((dimension, key)) = only(platform.registry(), scope)? else { return Ok(Whose::Landlord) };
    let name = names::one(platform, &dimension, &key).await?.ok_or(Error::NotFound("whose figures these are"))?;
    Ok(Whose::Only { dimension, key, name })
}

impl Whose {
    /// Whether there is a figure for them: a provider has one where the measure is broken down by provider.
    pub fn sees(&self, measure: &Measure) -> bool {
        self.dimension().is_none_or(|dimension| measure.breakdown.contains(dimension))
    }

    /// Narrows a filter of rows to theirs.
    pub fn narrow(&self, filter: &mut evidence::Filter) {
        if let Self::Only { dimension, key, .. } = self {
            filter.dims.insert(dimension.clone(), key.clone());
        }
    }

    /// The dimension of which they see one part.
    pub fn dimension(&self) -> Option<&Dimension> {
        match self {
            Self::Landlord => None,
            Self::Only { dimension, .. } => Some(dimension),
        }
    }

    fn part(&self) -> Option<(&Dimension, &str)> {
        match self {
            Self::Landlord => None,
            Self::Only { dimension, key, .. } => Some((dimension, key)),
        }
    }

    /// The target that they have to reach on a day.
    fn target(&self, measure: &Measure, day: Day) -> Option<f64> {
        match self {
            Self::Landlord => measure.target_on(day),
            Self::Only { dimension, key, name } => measure.target_of_part(day, dimension, [key, name]),
        }
    }
}

/// What a measure came to.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Figure {
    /// When.
    pub period: Period,
    /// The day after the last that is counted; before the period's end while it runs.
    pub until: Day,
    /// The period is over.
    pub complete: bool,
    /// Facts may have changed it since it was counted: ask again in a minute.
    pub waiting: bool,
    /// The value; `None` when there is nothing to count.
    pub value: Option<f64>,
    /// What it is made of.
    pub tally: Tally,
    /// The size of the population, for a rate or a share.
    pub members: Option<i64>,
    /// The target on the last day counted.
    pub target: Option<f64>,
    /// Whether the value reaches it.
    pub met: Option<bool>,
    /// The breakdown that was asked for, the largest first.
    pub parts: Vec<Part>,
}

/// One line of a breakdown.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// The value of the dimension as evidence has it: a ward, a trade's key, a provider's id; empty where the rows do not say.
    pub key: String,
    /// The same as people read it, where it is an id; else the key.
    pub name: String,
    /// The value of this part alone.
    pub value: Option<f64>,
    /// What it is made of.
    pub tally: Tally,
    /// Its target on the last day counted: its own, or that of the whole.
    pub target: Option<f64>,
    /// Whether its value reaches that.
    pub met: Option<bool>,
}

/// A figure broken down by two dimensions at once.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Cross {
    /// The values of the first dimension with their names, in the order of these.
    pub rows: Vec<(String, String)>,
    /// Those of the second.
    pub columns: Vec<(String, String)>,
    /// What each pair of values came to, where anything was counted or left out.
    pub cells: BTreeMap<(String, String), (Option<f64>, Tally)>,
}

/// The measure of that id, if these people see its figure.
pub fn measure<'a>(platform: &'a Platform, id: &str, whose: &Whose) -> Result<&'a Measure> {
    let found = platform.rules().measures.get(id).filter(|measure| whose.sees(measure));
    found.ok_or(Error::NotFound("the measure"))
}

/// Every measure whose figure these people see, in the order of ids.
pub fn listed<'a>(platform: &'a Platform, whose: &Whose) -> Vec<&'a Measure> {
    platform.rules().measures.all().filter(|measure| whose.sees(measure)).collect()
}

/// Waits for one measure to be counted. Whether it still waits when patience is at its end; an error says why it cannot be counted.
async fn counted(platform: &Platform, measure: &Measure, months: &[Day]) -> Result<bool> {
    let mut left = fresh::ensure(platform, &[measure], months, Some(PATIENCE)).await?;
    match left.remove(&measure.id) {
        Some(Some(error)) => Err(error),
        waiting => Ok(waiting.is_some()),
    }
}

/// A figure, broken down by a dimension when asked.
#[boxed]
pub async fn read(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: Option<&Dimension>,
    whose: &Whose,
) -> Result<Figure> {
    if by.is_some_and(|by| !measure.breakdown.contains(by)) {
        return Err(Error::field("by", "this measure is not broken down so"));
    }
    let today = platform.now().day();
    let months = months_of(period, today);
    let waiting = counted(platform, measure, &evidence::months_behind(measure, period, today)).await?;
    let shelf = Shelf::load(platform, &[measure], &wanted_firsts(measure, period, &months), by, whose).await?;
    let mut figure = shelf.figure(measure, period, &months, today);
    figure.waiting = waiting;
    let Some(by) = by else { return Ok(figure) };
    let parts: BTreeMap<String, Tally> = match whose.part() {
        None => shelf.parts(measure, period, &months, by.column()),
        // Cells know one dimension at a time.
        Some(part) => {
            let crossed = live(platform, measure, period, &[by], Some(part)).await?;
            crossed.into_iter().filter_map(|(mut keys, tally)| Some((keys.pop()?, tally))).collect()
        }
    };
    figure.parts = named_parts(platform, &shelf, measure, &months, by, parts, figure.until.plus_days(-1)).await?;
    Ok(figure)
}

/// Parts with their names, values and targets, the largest first.
async fn named_parts(
    platform: &Platform,
    shelf: &Shelf<'_>,
    measure: &Measure,
    months: &[Day],
    by: &Dimension,
    parts: BTreeMap<String, Tally>,
    last: Day,
) -> Result<Vec<Part>> {
    let names = names::of(platform, by, parts.keys().cloned().collect()).await?;
    let line = |(key, tally): (String, Tally)| {
        let name = names.get(&key).unwrap_or(&key).clone();
        let value = tally.value(measure.kind, shelf.members(measure, months, Some((by, &key))));
        let target = measure.target_of_part(last, by, [&key, &name]);
        let met = value.zip(target).and_then(|(value, target)| measure.meets(value, target));
        Part { key, name, value, tally, target, met }
    };
    let mut lines: Vec<Part> = parts.into_iter().map(line).collect();
    let size = |part: &Part| part.tally.denominator.max(part.tally.numerator);
    lines.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    Ok(lines)
}

/// A figure broken down by two dimensions at once, counted from the evidence.
#[boxed]
pub async fn cross(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: [&Dimension; 2],
    whose: &Whose,
) -> Result<Cross> {
    if by[0] == by[1] || by.iter().any(|by| !measure.breakdown.contains(by)) {
        return Err(Error::field("by", "choose two different dimensions of this measure"));
    }
    let crossed = live(platform, measure, period, &by, whose.part()).await?;
    let members = members_by(platform, measure, period, by).await?;
    let mut cells: BTreeMap<(String, String), (Option<f64>, Tally)> = BTreeMap::new();
    for (keys, tally) in crossed {
        if let [first, second] = keys.as_slice() {
            let value = tally.value(measure.kind, members(first, second));
            cells.insert((first.clone(), second.clone()), (value, tally));
        }
    }
    let (first, second) = (cells.keys().map(|(first, _)| first), cells.keys().map(|(_, second)| second));
    let (first, second): (BTreeSet<String>, BTreeSet<String>) = (first.cloned().collect(), second.cloned().collect());
    Ok(Cross { rows: side(platform, by[0], first).await?, columns: side(platform, by[1], second).await?, cells })
}

/// The values of one side of a table with their names, in the order of these.
async fn side(platform: &Platform, dimension: &Dimension, keys: BTreeSet<String>) -> Result<Vec<(String, String)>> {
    let names = names::of(platform, dimension, keys.clone()).await?;
    let named = |key: String| (key.clone(), names.get(&key).cloned().unwrap_or(key));
    let mut side: Vec<(String, String)> = keys.into_iter().map(named).collect();
    side.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(side)
}

/// The size of a measure's population by those of two dimensions by which it is known.
async fn members_by(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: [&Dimension; 2],
) -> Result<impl Fn(&str, &str) -> Option<i64>> {
    let population = measure.population.as_deref().and_then(|key| platform.registry().lookups.population(key));
    let known: Vec<Dimension> = by
        .into_iter()
        .filter(|by| population.is_some_and(|population| population.dims.contains(&by.column())))
        .cloned()
        .collect();
    let mut counts: BTreeMap<Vec<String>, i64> = BTreeMap::new();
    if let Some(population) = population {
        let last = period.end_day().plus_days(-1).min(platform.now().day());
        let mut conn = platform.reads().acquire().await?;
        counts.extend(compute::members(&mut conn, population, &known, last).await?);
    }
    let uses = by.map(|by| known.contains(by));
    Ok(move |first: &str, second: &str| {
        let keys = [first, second].into_iter().zip(uses).filter(|(_, used)| *used);
        let keys: Vec<String> = keys.map(|(key, _)| key.to_owned()).collect();
        counts.get(&keys).copied()
    })
}

/// One value for every period from `from` to `to`, both included; they are of one kind.
#[boxed]
pub async fn series(
    platform: &Platform,
    measure: &Measure,
    from: Period,
    to: Period,
    whose: &Whose,
) -> Result<Vec<Figure>> {
    let today = platform.now().day();
    let periods: Vec<Period> = std::iter::successors(Some(from), |period| Some(period.plus(1)))
        .take_while(|period| *period <= to && period.first_day() <= today)
        .take(120)
        .collect();
    let months: BTreeSet<Day> =
        periods.iter().flat_map(|period| evidence::months_behind(measure, *period, today)).collect();
    let months: Vec<Day> = months.into_iter().collect();
    let waiting = counted(platform, measure, &months).await?;
    let firsts: BTreeSet<Day> =
        periods.iter().flat_map(|period| wanted_firsts(measure, *period, &months_of(*period, today))).collect();
    let shelf = Shelf::load(platform, &[measure], &firsts, None, whose).await?;
    let figure =
        |period: &Period| Figure { waiting, ..shelf.figure(measure, *period, &months_of(*period, today), today) };
    Ok(periods.iter().map(figure).collect())
}

/// A measure in a list of all.
pub struct Line<'a> {
    /// The measure.
    pub measure: &'a Measure,
    /// Its figure.
    pub figure: Figure,
    /// The figure of the period before.
    pub before: Figure,
    /// The last thirteen months that have begun, oldest first.
    pub months: Vec<Option<f64>>,
}

/// The same without the measure, as it is kept.
#[derive(Clone)]
struct Moved {
    figure: Figure,
    before: Figure,
    months: Vec<Option<f64>>,
}

/// Every measure given, for a period. Waits for a few seconds at most; what is not counted by then is marked as waiting.
#[boxed]
pub async fn overview<'a>(
    platform: &Platform,
    measures: &[&'a Measure],
    period: Period,
    whose: &Whose,
) -> Result<Vec<Line<'a>>> {
    let ids: Vec<&str> = measures.iter().map(|measure| measure.id.as_str()).collect();
    let rules = std::ptr::from_ref(platform.rules()).addr();
    let key = format!("{rules} {} {period} {whose:?} {}", platform.now().day(), ids.join(" "));
    let all = platform.kept("figures.overview", key, moved(platform, measures, period, whose)).await?;
    let line = |(measure, moved): (&&'a Measure, &Moved)| Line {
        measure,
        figure: moved.figure.clone(),
        before: moved.before.clone(),
        months: moved.months.clone(),
    };
    Ok(measures.iter().zip(all.iter()).map(line).collect())
}

async fn moved(platform: &Platform, measures: &[&Measure], period: Period, whose: &Whose) -> Result<Vec<Moved>> {
    let today = platform.now().day();
    let (before, this_month) = (period.plus(-1), Period::month_of(today.min(period.end_day().plus_days(-1))));
    let trend: Vec<Period> = (-12..=0).map(|n| this_month.plus(n)).collect();
    let (now, earlier) = (months_of(period, today), months_of(before, today));
    let months: BTreeSet<Day> =
        now.iter().chain(&earlier).copied().chain(trend.iter().map(|month| month.first_day())).collect();
    let all: Vec<Day> = months.iter().copied().collect();
    let left = fresh::ensure(platform, measures, &all, Some(OVERVIEW_PATIENCE)).await?;
    // The newest months are counted first: a figure can be shown before the months that lead up to it are.
    let waiting = if left.is_empty() { BTreeSet::new() } else { fresh::uncounted(platform, measures, &now).await? };
    let firsts: BTreeSet<Day> = months.into_iter().chain([period.first_day(), before.first_day()]).collect();
    let shelf = Shelf::load(platform, measures, &firsts, None, whose).await?;
    let one = |measure: &&Measure| Moved {
        figure: Figure { waiting: waiting.contains(&measure.id), ..shelf.figure(measure, period, &now, today) },
        before: shelf.figure(measure, before, &earlier, today),
        months: trend.iter().map(|month| shelf.figure(measure, *month, &[month.first_day()], today).value).collect(),
    };
    Ok(measures.iter().map(one).collect())
}

/// First days of the cells that a period needs.
fn wanted_firsts(measure: &Measure, period: Period, months: &[Day]) -> BTreeSet<Day> {
    match measure.over_months() {
        OverMonths::Whole => BTreeSet::from([period.first_day()]),
        // A rate needs its population in the last month, which is among them.
        OverMonths::Added | OverMonths::Last => months.iter().copied().collect(),
    }
}

/// Cells loaded for some measures.
pub(super) struct Shelf<'a> {
    pub cells: BTreeMap<String, Cells>,
    platform: &'a Platform,
    whose: &'a Whose,
}

impl<'a> Shelf<'a> {
    pub(super) async fn load(
        platform: &'a Platform,
        measures: &[&Measure],
        firsts: &BTreeSet<Day>,
        by: Option<&Dimension>,
        whose: &'a Whose,
    ) -> Result<Self> {
        let ids: Vec<String> = measures.iter().map(|m| m.id.clone()).collect();
        let populations: BTreeSet<String> =
            measures.iter().filter_map(|m| m.population.as_deref()).map(population_cells).collect();
        let populations: Vec<String> = populations.into_iter().collect();
        let firsts: Vec<Day> = firsts.iter().copied().collect();
        let by = by.map_or("", Dimension::column);
        let only = whose.part();
        // Whoever sees one part has its line of the breakdown for the whole. Populations are everybody's.
        let wholes: Vec<String> =
            if only.is_none() { ids.iter().chain(&populations).cloned().collect() } else { populations.clone() };
        let part = only.map_or(by, |(dimension, _)| dimension.column());
        let dimensions: Vec<String> = [Some(by), only.map(|(dimension, _)| dimension.column())]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect();
        let rows = sqlx::query!(
            r#"select measure as "measure!", first_day as "first_day!: Day", months as "months!", '' as "dimension!", '' as "value!",
                      numerator as "numerator!", denominator as "denominator!", excluded as "excluded!", total, base, median
               from figure_cell where dimension = '' and measure = any($1) and first_day = any($2)
               union all
               select measure, first_day, months, dimension, value, numerator, denominator, excluded, total, base, median
               from figure_cell
               where dimension = $3 and dimension <> '' and measure = any($4) and first_day = any($2) and ($5::text is null or value = $5)
               union all
               select measure, first_day, months, dimension, value, numerator, denominator, excluded, total, base, median
               from figure_cell where dimension = any($6) and dimension <> '' and measure = any($7) and first_day = any($2)"#,
            &wholes,
            &firsts as _,
            part,
            &ids,
            only.map(|(_, key)| key),
            &dimensions,
            &populations
        )
        .fetch_all(platform.writes())
        .await?;
        let mut cells: BTreeMap<String, Cells> = BTreeMap::new();
        for row in rows {
            let own = only.is_some() && !row.measure.starts_with('_');
            let place = Place {
                first: row.first_day,
                months: row.months,
                dimension: if own { String::new() } else { row.dimension },
                part: if own { String::new() } else { row.value },
            };
            let tally = Tally {
                numerator: row.numerator,
                denominator: row.denominator,
                excluded: row.excluded,
                total: row.total,
                base: row.base,
                median: row.median,
            };
            cells.entry(row.measure).or_default().0.insert(place, tally);
        }
        Ok(Self { cells, platform, whose })
    }

    fn parts(&self, measure: &Measure, period: Period, months: &[Day], dimension: &str) -> BTreeMap<String, Tally> {
        self.cells
            .get(&measure.id)
            .map(|cells| cells.parts(measure.over_months(), period, months, dimension))
            .unwrap_or_default()
    }

    /// The size of a measure's population on the last day counted: of a part where it is known by that dimension, else the whole.
    fn members(&self, measure: &Measure, months: &[Day], part: Option<(&Dimension, &str)>) -> Option<i64> {
        let population = self.platform.registry().lookups.population(measure.population.as_deref()?)?;
        let part = part.or(self.whose.part()).filter(|(by, _)| population.dims.contains(&by.column()));
        let whole = Place::whole(*months.last()?, 1);
        let place = match part {
            Some((by, part)) => Place { dimension: by.to_string(), part: part.to_owned(), ..whole },
            None => whole,
        };
        Some(self.cells.get(&population_cells(population.key))?.0.get(&place)?.numerator)
    }

    pub fn figure(&self, measure: &Measure, period: Period, months: &[Day], today: Day) -> Figure {
        let tally = self.parts(measure, period, months, "").remove("").unwrap_or_default();
        let members = self.members(measure, months, None);
        // A period that has not begun has no value, not nought.
        let value = if months.is_empty() { None } else { tally.value(measure.kind, members) };
        figure_on(measure, self.whose, period, today, tally, value, members)
    }
}

/// A figure with the target of the last day that is counted.
pub(super) fn figure_on(
    measure: &Measure,
    whose: &Whose,
    period: Period,
    today: Day,
    tally: Tally,
    value: Option<f64>,
    members: Option<i64>,
) -> Figure {
    let until = period.end_day().min(today.plus_days(1));
    let target = whose.target(measure, until.plus_days(-1));
    Figure {
        period,
        until,
        complete: period.end_day() <= today,
        waiting: false,
        value,
        tally,
        members,
        target,
        met: value.zip(target).and_then(|(value, target)| measure.meets(value, target)),
        parts: Vec::new(),
    }
}

/// How long a draft may take.
const DRAFT_TIMEOUT: &str = "set local statement_timeout = '10s'";

/// What a measure that is not declared yet comes to, with the breakdown by its first dimension: counted from its evidence, in a transaction
/// that can only read and for ten seconds at most.
#[boxed]
pub async fn tried(platform: &Platform, measure: &Measure, period: Period) -> Result<Figure> {
    let today = platform.now().day();
    let months = evidence::months_behind(measure, period, today);
    if months.is_empty() {
        return Err(Error::field("period", "this period has not begun"));
    }
    let lookups = &platform.registry().lookups;
    let evidence = evidence::union(lookups, measure, &evidence::spans(&months, today));
    let last = period.end_day().plus_days(-1).min(today);
    let mut tx = platform.reads().begin().await?;
    sqlx::query("set transaction read only").execute(&mut *tx).await?;
    sqlx::query(DRAFT_TIMEOUT).execute(&mut *tx).await?;
    let population = measure.population.as_deref().and_then(|key| lookups.population(key));
    let members = match population {
        None => None,
        Some(population) => compute::members(&mut tx, population, &[], last).await?.pop().map(|(_, members)| members),
    };
    let tally = tallied(&mut tx, &evidence, &[]).await?.into_values().next().unwrap_or_default();
    let mut figure =
        figure_on(measure, &Whose::Landlord, period, today, tally, tally.value(measure.kind, members), members);
    if let Some(by) = measure.breakdown.first() {
        let parts = tallied(&mut tx, &evidence, &[by]).await?;
        tx.commit().await?;
        let parts = parts.into_iter().filter_map(|(mut keys, tally)| Some((keys.pop()?, tally))).collect();
        let whose = Whose::Landlord;
        let shelf = Shelf { cells: BTreeMap::new(), platform, whose: &whose };
        figure.parts = named_parts(platform, &shelf, measure, &months, by, parts, last).await?;
    }
    Ok(figure)
}

async fn tallied(conn: &mut Conn, evidence: &str, by: &[&Dimension]) -> Result<BTreeMap<Vec<String>, Tally>> {
    let sql = evidence::cross_sql(evidence, by, None);
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch_all(conn).await;
    let too_long = |error: &sqlx::Error| {
        error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "57014")
    };
    match rows {
        Err(error) if too_long(&error) => {
            Err(Error::field("evidence", "it takes more than ten seconds: choose a shorter period or fewer rows"))
        }
        rows => rows?.iter().map(crossed).collect(),
    }
}

/// A line of [`evidence::cross_sql`].
fn crossed(row: &PgRow) -> Result<(Vec<String>, Tally)> {
    Ok((row.try_get("keys")?, Tally { median: row.try_get("median")?, ..read_tally(row)? }))
}

/// A breakdown by some dimensions together, of one part's work where `only` names one, counted from the evidence.
async fn live(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: &[&Dimension],
    only: Option<(&Dimension, &str)>,
) -> Result<BTreeMap<Vec<String>, Tally>> {
    let today = platform.now().day();
    let spans = evidence::spans(&evidence::months_behind(measure, period, today), today);
    let evidence = evidence::union(&platform.registry().lookups, measure, &spans);
    let sql = evidence::cross_sql(&evidence, by, only.map(|(dimension, _)| dimension));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
    if let Some((_, key)) = only {
        query = query.bind(key);
    }
    let rows = query.fetch_all(platform.reads()).await?;
    rows.iter().map(crossed).collect()
}
