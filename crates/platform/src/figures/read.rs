//! Reading figures: from cells, counted anew where a fact has changed them.

use super::{
    cells::{Cells, Part, Place, Tally, lines, middle},
    compute::{HOMES, read_tally},
    evidence, fresh, months_of,
};
use crate::{Error, Platform, Result, boxed};
use rooftree_kernel::{Day, Scope, periods::Period};
use rooftree_promises::{
    measures::{Measure, MeasureKind, OverMonths},
    standards::Dimension,
};
use sqlx::Row;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Time that a page with every figure may spend on counting before it shows what there is; the rest is counted by `work`.
const OVERVIEW_BUDGET: Duration = Duration::from_secs(3);

/// Whose work is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's: the landlord's figure.
    Landlord,
    /// A provider's alone, by its name: what a provider's own people see.
    Provider(String),
}

/// Whose figures somebody with this scope sees. Residents and operatives see none.
#[boxed]
pub async fn whose(platform: &Platform, scope: &Scope) -> Result<Whose> {
    if scope.operative.is_some() || scope.person.is_some() {
        return Err(Error::NotFound("the figure"));
    }
    let (Some(provider), Some(sql)) = (scope.provider, platform.registry().lookups.provider_name) else {
        return if scope.provider.is_some() { Err(Error::NotFound("the figure")) } else { Ok(Whose::Landlord) };
    };
    let name: Option<String> =
        sqlx::query_scalar(sql).bind(uuid::Uuid::from(provider)).fetch_optional(platform.writes()).await?;
    name.map(Whose::Provider).ok_or(Error::NotFound("the provider"))
}

impl Whose {
    /// Whether there is a figure for them: a provider has one where the measure is broken down by provider.
    pub fn sees(&self, measure: &Measure) -> bool {
        *self == Self::Landlord || measure.breakdown.contains(&Dimension::Provider)
    }

    /// Narrows a filter of rows to theirs.
    pub fn narrow(&self, filter: &mut evidence::Filter) {
        if let Self::Provider(name) = self {
            filter.dims.insert(Dimension::Provider, name.clone());
        }
    }

    fn provider(&self) -> Option<&str> {
        match self {
            Self::Landlord => None,
            Self::Provider(name) => Some(name),
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
    /// The value; `None` when there is nothing to count.
    pub value: Option<f64>,
    /// What it is made of.
    pub tally: Tally,
    /// Homes, for a rate.
    pub homes: Option<i64>,
    /// The target on the last day counted.
    pub target: Option<f64>,
    /// Whether the value reaches it.
    pub met: Option<bool>,
    /// The breakdown that was asked for, the largest first.
    pub parts: Vec<Part>,
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

/// A figure, broken down by a dimension when asked.
#[boxed]
pub async fn read(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: Option<Dimension>,
    whose: &Whose,
) -> Result<Figure> {
    if by.is_some_and(|by| !measure.breakdown.contains(&by)) {
        return Err(Error::field("by", "this measure is not broken down so"));
    }
    let today = platform.now().day();
    let months = months_of(period, today);
    fresh::ensure(platform, &[measure], &evidence::months_behind(measure, period, today), None).await?;
    let shelf = Shelf::load(platform, &[measure], &wanted_firsts(measure, period, &months), by, whose).await?;
    let mut figure = shelf.figure(measure, period, &months, today);
    figure.parts = match (by, whose.provider()) {
        (None, _) => Vec::new(),
        (Some(by), Some(provider)) => {
            let parts = live(platform, measure, period, by, provider).await?;
            lines(measure, parts, |part| shelf.homes(&months, by, part))
        }
        (Some(by), None) => shelf.lines(measure, period, &months, by),
    };
    Ok(figure)
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
    fresh::ensure(platform, &[measure], &months, None).await?;
    let firsts: BTreeSet<Day> =
        periods.iter().flat_map(|period| wanted_firsts(measure, *period, &months_of(*period, today))).collect();
    let shelf = Shelf::load(platform, &[measure], &firsts, None, whose).await?;
    Ok(periods.iter().map(|period| shelf.figure(measure, *period, &months_of(*period, today), today)).collect())
}

/// A measure in a list of all: its figure, the one a period earlier, the thirteen last months.
pub struct Line<'a> {
    /// The measure.
    pub measure: &'a Measure,
    /// Its figure.
    pub figure: Figure,
    /// The figure of the period before.
    pub before: Figure,
    /// The last thirteen months that have begun, oldest first.
    pub months: Vec<Option<f64>>,
    /// Not counted yet: ask again in a minute.
    pub waiting: bool,
}

/// Every measure given, for a period. Counts for a few seconds at most; what is left is marked as waiting.
#[boxed]
pub async fn overview<'a>(
    platform: &Platform,
    measures: &[&'a Measure],
    period: Period,
    whose: &Whose,
) -> Result<Vec<Line<'a>>> {
    let today = platform.now().day();
    let (before, this_month) = (period.plus(-1), Period::month_of(today.min(period.end_day().plus_days(-1))));
    let trend: Vec<Period> = (-12..=0).map(|n| this_month.plus(n)).collect();
    let (now, earlier) = (months_of(period, today), months_of(before, today));
    let months: BTreeSet<Day> =
        now.iter().chain(&earlier).copied().chain(trend.iter().map(|month| month.first_day())).collect();
    let all: Vec<Day> = months.iter().copied().collect();
    let waiting = fresh::ensure(platform, measures, &all, Some(OVERVIEW_BUDGET)).await?;
    let firsts: BTreeSet<Day> = months.into_iter().chain([period.first_day(), before.first_day()]).collect();
    let shelf = Shelf::load(platform, measures, &firsts, None, whose).await?;
    let line = |measure: &&'a Measure| Line {
        measure,
        figure: shelf.figure(measure, period, &now, today),
        before: shelf.figure(measure, before, &earlier, today),
        months: trend.iter().map(|month| shelf.figure(measure, *month, &[month.first_day()], today).value).collect(),
        waiting: waiting.contains(&measure.id),
    };
    Ok(measures.iter().map(line).collect())
}

/// First days of the cells that a period needs.
fn wanted_firsts(measure: &Measure, period: Period, months: &[Day]) -> BTreeSet<Day> {
    match measure.over_months() {
        OverMonths::Whole => BTreeSet::from([period.first_day()]),
        // A rate needs the homes of the last month, which is among them.
        OverMonths::Added | OverMonths::Last => months.iter().copied().collect(),
    }
}

/// Cells loaded for some measures.
struct Shelf {
    cells: BTreeMap<String, Cells>,
}

impl Shelf {
    async fn load(
        platform: &Platform,
        measures: &[&Measure],
        firsts: &BTreeSet<Day>,
        by: Option<Dimension>,
        whose: &Whose,
    ) -> Result<Self> {
        let ids: Vec<String> = measures.iter().map(|m| m.id.clone()).collect();
        let firsts: Vec<Day> = firsts.iter().copied().collect();
        let by = by.map_or("", Dimension::column);
        // A provider's whole is its line of the breakdown by provider. Homes are everybody's.
        let rows = sqlx::query!(
            r#"select measure, first_day as "first_day: Day", months, dimension, value, numerator, denominator, excluded, total, median
               from figure_cell
               where first_day = any($2)
                 and ((measure = any($1) and ($4::text is null and dimension in ('', $3) or dimension = 'provider' and value = $4))
                   or (measure = $5 and dimension in ('', $3)))"#,
            &ids,
            &firsts as _,
            by,
            whose.provider(),
            HOMES
        )
        .fetch_all(platform.writes())
        .await?;
        let mut cells: BTreeMap<String, Cells> = BTreeMap::new();
        for row in rows {
            let own = whose.provider().is_some() && row.measure != HOMES;
            let place = Place {
                first: row.first_day,
                months: row.months,
                dimension: if own { "" } else { evidence::known_column(&row.dimension) },
                part: if own { String::new() } else { row.value },
            };
            let tally = Tally {
                numerator: row.numerator,
                denominator: row.denominator,
                excluded: row.excluded,
                total: row.total,
                median: row.median,
            };
            cells.entry(row.measure).or_default().0.insert(place, tally);
        }
        Ok(Self { cells })
    }

    fn parts(
        &self,
        measure: &Measure,
        period: Period,
        months: &[Day],
        dimension: &'static str,
    ) -> BTreeMap<String, Tally> {
        self.cells
            .get(&measure.id)
            .map(|cells| cells.parts(measure.over_months(), period, months, dimension))
            .unwrap_or_default()
    }

    /// The homes on the last day counted: a ward's, or all for any other dimension.
    fn homes(&self, months: &[Day], by: Dimension, part: &str) -> Option<i64> {
        let (dimension, part) = if by == Dimension::Ward { ("ward", part) } else { ("", "") };
        let place = Place { first: *months.last()?, months: 1, dimension, part: part.to_owned() };
        Some(self.cells.get(HOMES)?.0.get(&place)?.numerator)
    }

    fn figure(&self, measure: &Measure, period: Period, months: &[Day], today: Day) -> Figure {
        let tally = self.parts(measure, period, months, "").remove("").unwrap_or_default();
        let homes = match measure.kind {
            MeasureKind::RatePer1000Homes => self.homes(months, Dimension::Priority, ""),
            _ => None,
        };
        // A period that has not begun has no value, not nought.
        let value = if months.is_empty() { None } else { tally.value(measure.kind, homes) };
        let until = period.end_day().min(today.plus_days(1));
        let last = until.plus_days(-1);
        Figure {
            period,
            until,
            complete: period.end_day() <= today,
            value,
            tally,
            homes,
            target: measure.target_on(last),
            met: value.and_then(|value| measure.meets_target(value, last)),
            parts: Vec::new(),
        }
    }

    fn lines(&self, measure: &Measure, period: Period, months: &[Day], by: Dimension) -> Vec<Part> {
        lines(measure, self.parts(measure, period, months, by.column()), |part| self.homes(months, by, part))
    }
}

/// A breakdown of one provider's work, counted from the evidence: cells know one dimension at a time.
async fn live(
    platform: &Platform,
    measure: &Measure,
    period: Period,
    by: Dimension,
    provider: &str,
) -> Result<BTreeMap<String, Tally>> {
    const CONDITION: &str = " and coalesce(e.provider, '') = $1";
    let today = platform.now().day();
    let spans = evidence::spans(&evidence::months_behind(measure, period, today), today);
    let evidence = evidence::union(platform.registry(), measure, &spans);
    let ask = |sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).bind(provider).fetch_all(platform.writes())
    };
    let mut parts: BTreeMap<String, Tally> = BTreeMap::new();
    for row in ask(evidence::tally_sql(&evidence, &[by], CONDITION)).await? {
        if row.try_get::<&str, _>("dimension")? == by.column() {
            let known = parts.entry(row.try_get("part")?).or_default();
            *known = known.merge(read_tally(&row)?);
        }
    }
    if measure.kind == MeasureKind::Median {
        let mut histograms: BTreeMap<String, Vec<(f64, i64)>> = BTreeMap::new();
        for row in ask(evidence::histogram_sql(&evidence, &[by], CONDITION)).await? {
            if row.try_get::<&str, _>("dimension")? == by.column() {
                let count = (row.try_get("v")?, row.try_get("c")?);
                histograms.entry(row.try_get("part")?).or_default().push(count);
            }
        }
        for (part, mut counts) in histograms {
            counts.sort_by(|a, b| a.0.total_cmp(&b.0));
            parts.entry(part).or_default().median = middle(&counts);
        }
    }
    Ok(parts)
}
