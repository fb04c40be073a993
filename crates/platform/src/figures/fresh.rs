//! Which months must be counted again: those that new facts, which some measure listens to, may have changed.

use super::compute;
use crate::{Conn, Platform, Result, boxed, clocks::CLOCK_BREACHED, journal};
use futures_util::future::try_join;
use rooftree_kernel::{Day, Moment};
use rooftree_promises::measures::{Measure, MeasureKind, MeasureSet, OverMonths};
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
        "insert into figure_state (measure, first_day, computed_at, definition)
         select $1, m, $3, $4 from unnest($2::date[]) m
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
           where s.measure is null or s.definition <> w.definition
              or (s.computed_at at time zone 'Europe/London')::date < least($4::date, (m.first_day + interval '1 month')::date)
              or exists (select from figure_stale x where x.measure = w.measure and x.first_day = m.first_day)
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

/// Sees to it that these months of these measures are counted and nothing is missing. With a `budget`, stops beginning new counts
/// when it is used up; the measures left uncounted are returned.
pub(crate) async fn ensure(
    platform: &Platform,
    measures: &[&Measure],
    months: &[Day],
    budget: Option<Duration>,
) -> Result<BTreeSet<String>> {
    absorb(platform).await?;
    let registry = platform.registry();
    let known: Vec<(String, String)> =
        measures.iter().map(|m| (m.id.clone(), super::evidence::definition(registry, m))).collect();
    let today = platform.now().day();
    let mut conn = platform.writes().acquire().await?;
    let mut wanted: BTreeMap<String, Vec<Day>> = BTreeMap::new();
    for (id, month) in stale(&mut conn, &known, months, today).await? {
        wanted.entry(id).or_default().push(month);
    }
    if measures.iter().any(|m| m.kind == MeasureKind::RatePer1000Homes) {
        let homes = [(compute::HOMES.to_owned(), compute::HOMES.to_owned())];
        if !stale(&mut conn, &homes, months, today).await?.is_empty() {
            compute::count_homes(platform, months, false).await?;
        }
    }
    drop(conn);
    let mut waiting: Vec<(&Measure, Vec<Day>)> = Vec::new();
    for measure in measures {
        waiting.extend(wanted.remove(&measure.id).map(|months| (*measure, months)));
    }
    let queue = Queue { waiting, next: AtomicUsize::new(0), until: budget.map(|budget| Instant::now() + budget) };
    let (mut left, more) = try_join(queue.work_off(platform), queue.work_off(platform)).await?;
    left.extend(more);
    Ok(left)
}

/// Measures to be counted, taken one by one by whoever is free.
struct Queue<'a> {
    waiting: Vec<(&'a Measure, Vec<Day>)>,
    next: AtomicUsize,
    until: Option<Instant>,
}

impl Queue<'_> {
    /// Counts until nothing is left or time is up; returns the measures that were left uncounted.
    async fn work_off(&self, platform: &Platform) -> Result<BTreeSet<String>> {
        let mut left = BTreeSet::new();
        while let Some((measure, months)) = self.waiting.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.until.is_some_and(|until| Instant::now() >= until) {
                left.insert(measure.id.clone());
            } else {
                compute::count(platform, measure, months, false).await?;
            }
        }
        Ok(left)
    }
}
