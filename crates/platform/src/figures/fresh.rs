//! Which months must be counted again: those that new facts, which some measure listens to, may have changed.

use super::compute;
use crate::{Conn, Error, Platform, Result, boxed, clocks::CLOCK_BREACHED, journal, lookups::Population};
use futures_util::future::join;
use rooftree_kernel::{Day, Moment};
use rooftree_promises::measures::{Measure, MeasureSet, OverMonths};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// With more notes than this (an import of history), every month of the measures concerned is counted again instead of looking for
/// the months of each case.
const NOTES_MAX: i64 = 5_000;

/// The topic of a fact: its name; for a broken promise also the standard, so that only that standard's figure is counted again.
pub fn topic(name: &str, standard: Option<&str>) -> String {
    match standard {
        Some(standard) if name == CLOCK_BREACHED.name => format!("{name}:{standard}"),
        _ => name.to_owned(),
    }
}

/// Which measures each topic may change.
pub fn topics(measures: &MeasureSet) -> BTreeMap<String, Vec<String>> {
    let mut topics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for measure in measures.all() {
        let breach = measure.from_standard.as_deref().map(|standard| topic(CLOCK_BREACHED.name, Some(standard)));
        for name in measure.facts.iter().cloned().chain(breach) {
            topics.entry(name).or_default().insert(measure.id.clone());
        }
    }
    topics.into_iter().map(|(topic, ids)| (topic, ids.into_iter().collect())).collect()
}

/// Takes the notes and marks the months that they may change: those in which anything happened in the fact's case, in which one of
/// its promises fell due or was decided, and the current one; for figures as things stood, also the months between.
#[boxed]
pub async fn absorb(platform: &Platform) -> Result<()> {
    journal::fresh::pass_on(platform).await?;
    let waiting = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from figure_pending limit $1) p"#,
        NOTES_MAX + 1
    )
    .fetch_one(platform.writes())
    .await?;
    if waiting == 0 {
        return Ok(());
    }
    let pairs: Vec<(String, String)> = platform
        .rules()
        .figure_topics
        .iter()
        .flat_map(|(topic, ids)| ids.iter().map(|id| (topic.clone(), id.clone())))
        .collect();
    let (topics, measures): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
    let today = platform.now().day();
    // Nothing is asked about months not counted yet: one may be counted at this very moment, from rows older than the note.
    match waiting > NOTES_MAX {
        true => mark_all(platform, &topics, &measures, today).await,
        false => mark_some(platform, &topics, &measures, today).await,
    }
}

async fn mark_all(platform: &Platform, topics: &[String], measures: &[String], today: Day) -> Result<()> {
    sqlx::query!(
        "with taken as (delete from figure_pending returning topic),
              concerned as (select distinct l.measure from taken t join unnest($1::text[], $2::text[]) l(topic, measure) on l.topic = t.topic),
              months as (select first_day from figure_state
                         union select m::date from generate_series(($3::date - interval '3 years'), $3::date, interval '1 month') m)
         insert into figure_stale (measure, first_day)
         select c.measure, m.first_day from concerned c cross join months m",
        topics,
        measures,
        today.month_start() as _
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

async fn mark_some(platform: &Platform, topics: &[String], measures: &[String], today: Day) -> Result<()> {
    // What stands open is counted in every month that it is open, so all months between count too.
    let all = platform.rules().measures.all();
    let standing: Vec<String> = all.filter(|m| m.over_months() == OverMonths::Last).map(|m| m.id.clone()).collect();
    sqlx::query!(
        "with taken as (delete from figure_pending returning topic, case_id, occurred_at),
              noted as (select distinct topic, case_id, (occurred_at at time zone 'Europe/London')::date as day from taken),
              days as (
                  select topic, day from noted
                  union select topic, $3::date from noted
                  union select n.topic, (f.occurred_at at time zone 'Europe/London')::date from noted n join fact f on f.case_id = n.case_id
                  union select n.topic, d.day from noted n join clock c on c.case_id = n.case_id
                        cross join lateral (values (c.decided_day), (c.due_day), ((c.due_at at time zone 'Europe/London')::date),
                                                   ((c.stopped_at at time zone 'Europe/London')::date)) d(day)
              ),
              months as (select distinct topic, make_date(extract(year from day)::int, extract(month from day)::int, 1) as first_day
                         from days where day is not null),
              through as (select topic, g::date as first_day
                          from (select topic, min(first_day) as earliest, max(first_day) as latest from months group by topic) span
                          cross join generate_series(earliest::timestamp, latest, interval '1 month') g)
         insert into figure_stale (measure, first_day)
         select l.measure, m.first_day from months m join unnest($1::text[], $2::text[]) l(topic, measure) on l.topic = m.topic
         union
         select l.measure, t.first_day
         from through t join unnest($1::text[], $2::text[]) l(topic, measure) on l.topic = t.topic and l.measure = any($4)",
        topics,
        measures,
        today as _,
        &standing
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Waits until nobody else counts this measure.
pub(crate) async fn take_turn(conn: &mut Conn, measure: &str) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 43))", measure).execute(conn).await?;
    Ok(())
}

/// Notes that months are counted.
pub(crate) async fn mark(conn: &mut Conn, measure: &str, months: &[Day], now: Moment, definition: &str) -> Result<()> {
    sqlx::query!(
        "insert into figure_state (measure, first_day, computed_at, definition, kept_from)
         select $1, m, $3, $4, ($3::timestamptz at time zone 'Europe/London')::date from unnest($2::date[]) m
         on conflict (measure, first_day) do update set computed_at = excluded.computed_at, definition = excluded.definition",
        measure,
        months as _,
        now as _,
        definition
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The months of some measures (each with its definition) that were never counted, or with another definition, or before their last
/// day was over and not today, or that facts have changed since.
pub(crate) async fn stale(
    conn: &mut Conn,
    measures: &[(String, String)],
    months: &[Day],
    today: Day,
) -> Result<Vec<(String, Day)>> {
    let (ids, definitions): (Vec<String>, Vec<String>) = measures.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"select w.measure as "measure!", m.first_day as "first_day!: Day"
           from unnest($1::text[], $2::text[]) w(measure, definition) cross join unnest($3::date[]) m(first_day)
           left join figure_state s on s.measure = w.measure and s.first_day = m.first_day
           left join (select distinct measure, first_day from figure_stale) x on x.measure = w.measure and x.first_day = m.first_day
           where s.measure is null or s.definition <> w.definition or x.measure is not null
              or (s.computed_at at time zone 'Europe/London')::date < least($4::date, (m.first_day + interval '1 month')::date)
           order by 1, 2"#,
        &ids,
        &definitions,
        months as _,
        today as _
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.measure, row.first_day)).collect())
}

/// What a measure is counted with.
pub(crate) fn definition(platform: &Platform, measure: &Measure) -> String {
    let known = platform.rules().figure_definitions.get(&measure.id).cloned();
    known.unwrap_or_else(|| super::evidence::definition(&platform.registry().lookups, measure))
}

/// What was not counted: not in time (`None`), or not at all and why.
pub(crate) type Left = BTreeMap<String, Option<Error>>;

/// Sees to it that these months of these measures are counted. Nothing is written by the reader: where something is missing, it is counted
/// by a task of its own, for which the reader waits as long as its `patience` lasts (`None`: until all is done). Then the task begins no
/// further month, and ends the one at which it is, so that whoever comes next finds more of it done.
pub(crate) async fn ensure(
    platform: &Platform,
    measures: &[&Measure],
    months: &[Day],
    patience: Option<Duration>,
) -> Result<Left> {
    let populations = populations(platform, measures);
    let wanted = Wanted::of(platform, measures, &populations, months);
    if !anything_new(platform).await? && wanted.missing(platform).await?.is_empty() {
        return Ok(Left::new());
    }
    let until = patience.map(|patience| Instant::now() + patience);
    let task = tokio::spawn({
        let (platform, wanted) = (platform.clone(), wanted.clone());
        let measures: Vec<Measure> = measures.iter().map(|measure| (*measure).clone()).collect();
        async move {
            absorb(&platform).await?;
            let missing = wanted.missing(&platform).await?;
            count(&platform, &measures, &populations, missing, until).await
        }
    });
    let done = match patience {
        None => Some(task.await),
        Some(patience) => tokio::time::timeout(patience, task).await.ok(),
    };
    match done {
        Some(done) => done.map_err(|error| Error::Internal(error.to_string()))?,
        // Counting is not done yet: what is counted by now can be shown.
        None => Ok(wanted.missing(platform).await?.into_keys().map(|id| (id, None)).collect()),
    }
}

/// Which of these measures are not counted in some of these months.
pub(crate) async fn uncounted(platform: &Platform, measures: &[&Measure], months: &[Day]) -> Result<BTreeSet<String>> {
    Ok(Wanted::of(platform, measures, &[], months).missing(platform).await?.into_keys().collect())
}

/// Whether facts were recorded that no figure has heard of.
async fn anything_new(platform: &Platform) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from fact_fresh) or exists (select from figure_pending) as "any!""#
    )
    .fetch_one(platform.writes())
    .await?)
}

/// The populations that some measures are of.
fn populations(platform: &Platform, measures: &[&Measure]) -> Vec<Population> {
    let keys: BTreeSet<&str> = measures.iter().filter_map(|measure| measure.population.as_deref()).collect();
    keys.into_iter().filter_map(|key| platform.registry().lookups.population(key)).copied().collect()
}

/// The months that somebody wants of some measures and populations, each with what it is counted with.
#[derive(Clone)]
struct Wanted {
    definitions: Vec<(String, String)>,
    months: Vec<Day>,
}

impl Wanted {
    fn of(platform: &Platform, measures: &[&Measure], populations: &[Population], months: &[Day]) -> Self {
        let of_populations =
            populations.iter().map(|of| (compute::population_cells(of.key), compute::population_definition(of)));
        let of_measures = measures.iter().map(|measure| (measure.id.clone(), definition(platform, measure)));
        Self { definitions: of_measures.chain(of_populations).collect(), months: months.to_vec() }
    }

    /// The months that are not counted, or not as things are now.
    async fn missing(&self, platform: &Platform) -> Result<BTreeMap<String, Vec<Day>>> {
        let mut conn = platform.writes().acquire().await?;
        let mut missing: BTreeMap<String, Vec<Day>> = BTreeMap::new();
        for (id, month) in stale(&mut conn, &self.definitions, &self.months, platform.now().day()).await? {
            missing.entry(id).or_default().push(month);
        }
        Ok(missing)
    }
}

/// Counts what is missing, month by month, until all is done or time is up. One measure that cannot be counted, or not soon, holds up no
/// other.
async fn count(
    platform: &Platform,
    measures: &[Measure],
    populations: &[Population],
    missing: BTreeMap<String, Vec<Day>>,
    until: Option<Instant>,
) -> Result<Left> {
    for population in populations {
        let own = missing.get(&compute::population_cells(population.key));
        // Whatever changes a figure may have changed what it is of.
        let of_it = measures.iter().filter(|measure| measure.population.as_deref() == Some(population.key));
        let months: BTreeSet<Day> =
            own.into_iter().chain(of_it.filter_map(|measure| missing.get(&measure.id))).flatten().copied().collect();
        for month in months {
            compute::count_population(platform, population, month).await?;
        }
    }
    let batches = measures.iter().flat_map(|measure| {
        let months = missing.get(&measure.id).map(Vec::as_slice).unwrap_or_default();
        compute::batches(measure, months).into_iter().enumerate().map(move |(age, months)| (age, measure, months))
    });
    let mut waiting: Vec<(usize, &Measure, Vec<Day>)> = batches.collect();
    // The newest month of every measure comes before the second newest of any.
    waiting.sort_by_key(|(age, ..)| *age);
    let queue = Queue { waiting, next: AtomicUsize::new(0), until };
    let (mut left, more) = join(queue.work_off(platform), queue.work_off(platform)).await;
    left.extend(more);
    Ok(left)
}

/// Months to be counted, taken one by one by whoever is free.
struct Queue<'a> {
    waiting: Vec<(usize, &'a Measure, Vec<Day>)>,
    next: AtomicUsize,
    until: Option<Instant>,
}

impl Queue<'_> {
    /// Counts until nothing is left or time is up; returns what was left uncounted.
    async fn work_off(&self, platform: &Platform) -> Left {
        let mut left = Left::new();
        while let Some((_, measure, months)) = self.waiting.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.until.is_some_and(|until| Instant::now() >= until) {
                left.entry(measure.id.clone()).or_default();
            } else if let Err(error) = compute::count(platform, measure, months, false).await {
                tracing::error!(measure = measure.id, %error, "this figure cannot be counted");
                left.insert(measure.id.clone(), Some(error));
            }
        }
        left
    }
}
