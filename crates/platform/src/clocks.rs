//! Clocks in the database: moved in the fact's own transaction, watched for breaches, rebuilt from the journal to the same result.
//! What a fact does to a clock is decided by `rooftree_promises::clocks`, which is pure; this file only loads and stores.

use crate::{Conn, FactKind, NewFact, Platform, Result, boxed};
use rooftree_kernel::{Actor, CaseId, Channel, Day, Moment, PersonId, PlaceId, time::AT_RISK_PART};
pub use rooftree_promises::clocks::WITHDRAWN;
use rooftree_promises::{
    DueError,
    clocks::{self, Change, Clock, ClockState, FactView},
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A promise was broken: recorded once, when its due moment passed (or when it was met too late).
pub const CLOCK_BREACHED: FactKind =
    FactKind::new("clock.breached", "Promise not kept in time", &["standard", "clock", "due_at"]);

const COLUMNS: &str = "id, standard, version_from, subject, case_id, home_id, person_id, start_seq, started_at, earliest_at, due_at, due_day, \
                       extensions, paused_at, state, stopped_at, stop_seq, breached_at";

/// Folds facts just recorded into the clocks. `seqs` are their numbers, in the same order. Returns the clocks whose promise these facts
/// show to be broken and that were not noted as such before (they were met too late): their breach is still to be recorded.
#[boxed]
pub async fn advance(
    conn: &mut Conn,
    platform: &Platform,
    now: Moment,
    facts: &[NewFact],
    seqs: &[i64],
) -> Result<Vec<Clock>> {
    let rules = platform.rules();
    let payloads: Vec<serde_json::Value> = facts.iter().map(|fact| fact.payload.clone().into()).collect();
    let views: Vec<FactView<'_>> = facts
        .iter()
        .zip(seqs)
        .zip(&payloads)
        .map(|((fact, seq), payload)| FactView {
            seq: *seq,
            name: fact.kind.name,
            occurred_at: fact.occurred_at,
            home: fact.home.map(Into::into),
            person: fact.person.map(Into::into),
            case: fact.case.map(|case| case.0),
            payload,
            voids: fact.kind.voids,
            withdraws: fact.kind.withdraws,
        })
        .collect();
    void(conn, now, &views).await?;
    let anew: Vec<Uuid> = views.iter().filter(|fact| fact.withdraws).filter_map(|fact| fact.case).collect();
    let mut broken = count_anew(conn, platform, now, &anew).await?;
    let views: Vec<FactView<'_>> =
        views.into_iter().filter(|fact| fact.case.is_none_or(|case| !anew.contains(&case))).collect();
    let mut keys: Vec<(String, String)> =
        views.iter().flat_map(|view| clocks::subjects(&rules.standards, view)).collect();
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(broken);
    }
    // Of a case that begins here nothing can be running.
    let begun: HashSet<String> =
        facts.iter().filter(|fact| fact.kind.opens).filter_map(|fact| Some(fact.case?.0.to_string())).collect();
    keys.retain(|(_, subject)| !begun.contains(subject));
    // By key, so that a batch of many cases costs no more for each than one case does.
    let mut by_key: HashMap<(String, String), Vec<Clock>> = HashMap::new();
    let mut before: HashMap<Uuid, Clock> = HashMap::new();
    for clock in load_open(conn, &keys).await? {
        before.insert(clock.id, clock.clone());
        by_key.entry((clock.standard.clone(), clock.subject.clone())).or_default().push(clock);
    }
    for view in &views {
        let mine = clocks::subjects(&rules.standards, view);
        let concerned: Vec<Clock> = mine
            .iter()
            .filter_map(|key| by_key.get(key))
            .flatten()
            .filter(|clock| clock.state.is_open())
            .cloned()
            .collect();
        for change in clocks::apply(&rules.standards, &rules.calendars, view, &concerned).map_err(refused)? {
            let (Change::Start(clock) | Change::Update(clock)) = change;
            let known = by_key.entry((clock.standard.clone(), clock.subject.clone())).or_default();
            match known.iter_mut().find(|known| known.id == clock.id) {
                Some(known) => *known = clock,
                None => known.push(clock),
            }
        }
    }
    broken.extend(write(conn, &before, by_key.into_values().flatten(), now).await?);
    Ok(broken)
}

/// Counts the clocks of these cases anew from their journal, because facts were taken back: clocks move back, those that only such a fact
/// had started are gone. A breach that was noted and still holds stays noted. Returns the clocks whose breach is new.
async fn count_anew(conn: &mut Conn, platform: &Platform, now: Moment, cases: &[Uuid]) -> Result<Vec<Clock>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("select {COLUMNS} from clock where case_id = any($1) order by id for update");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(cases).fetch_all(&mut *conn).await?;
    let before: HashMap<Uuid, Clock> =
        rows.iter().map(|row| read(row).map(|clock| (clock.id, clock))).collect::<Result<_>>()?;
    let mut fresh = fold(conn, platform, Some(cases)).await?;
    for clock in &mut fresh {
        let noted = before.get(&clock.id).filter(|old| old.due_at == clock.due_at).and_then(|old| old.breached_at);
        clock.breached_at = clock.breached_at.or(noted);
    }
    let standing: HashSet<Uuid> = fresh.iter().map(|clock| clock.id).collect();
    let gone: Vec<Uuid> = before.keys().copied().filter(|id| !standing.contains(id)).collect();
    sqlx::query!("delete from clock where id = any($1)", &gone).execute(&mut *conn).await?;
    write(conn, &before, fresh, now).await
}

/// Writes what became of clocks and returns those whose breach is new. What ends is written before what begins: the next turn of a promise
/// that comes round again (`repeat`) may only be open once the last one is not.
async fn write(
    conn: &mut Conn,
    before: &HashMap<Uuid, Clock>,
    after: impl IntoIterator<Item = Clock>,
    now: Moment,
) -> Result<Vec<Clock>> {
    let moved = after.into_iter().filter(|clock| before.get(&clock.id) != Some(clock));
    let (changed, started): (Vec<Clock>, Vec<Clock>) = moved.partition(|clock| before.contains_key(&clock.id));
    save(conn, &changed, now).await?;
    start(conn, &started, now).await?;
    let noted = |clock: &Clock| before.get(&clock.id).is_some_and(|clock| clock.breached_at.is_some());
    Ok(changed.into_iter().chain(started).filter(|clock| clock.breached_at.is_some() && !noted(clock)).collect())
}

/// The fact that a promise was broken.
pub(crate) fn breach_of(clock: &Clock) -> NewFact {
    let mut fact = CLOCK_BREACHED
        .at(clock.breached_at.unwrap_or(clock.due_at))
        .home(clock.home.map(PlaceId))
        .person(clock.person.map(PersonId))
        .with("standard", &clock.standard)
        .with("clock", clock.id)
        .with("due_at", clock.due_at);
    fact.case = clock.case.map(CaseId);
    fact
}

/// Clocks of cases that were taken back never counted, whatever they had come to.
async fn void(conn: &mut Conn, now: Moment, facts: &[FactView<'_>]) -> Result<()> {
    let by_case: HashMap<Uuid, &FactView<'_>> =
        facts.iter().filter(|fact| fact.voids).filter_map(|fact| Some((fact.case?, fact))).collect();
    if by_case.is_empty() {
        return Ok(());
    }
    let cases: Vec<Uuid> = by_case.keys().copied().collect();
    let sql = format!("select {COLUMNS} from clock where case_id = any($1) and state <> 'void' order by id for update");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(cases).fetch_all(&mut *conn).await?;
    let counted = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    let voided: Vec<Clock> =
        counted.iter().filter_map(|clock| Some(clocks::voided(clock, by_case.get(&clock.case?)?))).collect();
    save(conn, &voided, now).await
}

/// An extension that the standard does not allow is the user's to mend, and the text says how: at the field that names the new date, so that
/// the form keeps what was typed. Anything else is ours.
fn refused(error: DueError) -> crate::Error {
    match error {
        DueError::Extension { field: Some(field), reason, .. } => crate::Error::field(field, reason),
        DueError::Extension { .. } => crate::Error::conflict(error.to_string()),
        other => crate::Error::Internal(other.to_string()),
    }
}

async fn load_open(conn: &mut Conn, keys: &[(String, String)]) -> Result<Vec<Clock>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (standards, subjects): (Vec<String>, Vec<String>) = keys.iter().cloned().unzip();
    let sql = format!(
        "select {COLUMNS} from clock where (standard, subject) in (select * from unnest($1::text[], $2::text[]))
         and state in ('running', 'paused') order by id for update"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(standards).bind(subjects).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<Clock> {
    let state: &str = row.try_get("state")?;
    Ok(Clock {
        id: row.try_get("id")?,
        standard: row.try_get("standard")?,
        version_from: row.try_get("version_from")?,
        subject: row.try_get("subject")?,
        case: row.try_get("case_id")?,
        home: row.try_get("home_id")?,
        person: row.try_get("person_id")?,
        start_seq: row.try_get("start_seq")?,
        started_at: row.try_get("started_at")?,
        earliest_at: row.try_get("earliest_at")?,
        due_at: row.try_get("due_at")?,
        due_day: row.try_get("due_day")?,
        extensions: row.try_get("extensions")?,
        paused_at: row.try_get("paused_at")?,
        state: state.parse().map_err(|error| crate::Error::Internal(format!("clock state: {error}")))?,
        stopped_at: row.try_get("stopped_at")?,
        stop_seq: row.try_get("stop_seq")?,
        breached_at: row.try_get("breached_at")?,
    })
}

/// The day on which a promise was decided: kept on the day it stopped, broken on the day its time ran out. A late completion
/// therefore never moves a breach from one month to another, and ending the clock after a breach does not undo it.
pub fn decided_day(clock: &Clock) -> Option<Day> {
    match (clock.state, clock.breached_at) {
        (_, Some(_)) => Some(clock.due_day.unwrap_or_else(|| clock.due_at.day())),
        (ClockState::Met, None) => clock.stopped_at.map(Moment::day),
        _ => None,
    }
}

/// A clock as the database takes it (its type `clock_row`).
#[derive(sqlx::Type)]
#[sqlx(type_name = "clock_row")]
struct ClockRow {
    id: Uuid,
    standard: String,
    version_from: Day,
    subject: String,
    case_id: Option<Uuid>,
    home_id: Option<Uuid>,
    person_id: Option<Uuid>,
    start_seq: i64,
    started_at: Moment,
    earliest_at: Option<Moment>,
    due_at: Moment,
    due_day: Option<Day>,
    extensions: i32,
    paused_at: Option<Moment>,
    state: String,
    stopped_at: Option<Moment>,
    stop_seq: Option<i64>,
    breached_at: Option<Moment>,
    decided_day: Option<Day>,
}

impl From<&Clock> for ClockRow {
    fn from(clock: &Clock) -> Self {
        Self {
            id: clock.id,
            standard: clock.standard.clone(),
            version_from: clock.version_from,
            subject: clock.subject.clone(),
            case_id: clock.case,
            home_id: clock.home,
            person_id: clock.person,
            start_seq: clock.start_seq,
            started_at: clock.started_at,
            earliest_at: clock.earliest_at,
            due_at: clock.due_at,
            due_day: clock.due_day,
            extensions: clock.extensions,
            paused_at: clock.paused_at,
            state: clock.state.as_str().to_owned(),
            stopped_at: clock.stopped_at,
            stop_seq: clock.stop_seq,
            breached_at: clock.breached_at,
            decided_day: decided_day(clock),
        }
    }
}

/// Writes clocks that begin.
async fn start(conn: &mut Conn, started: &[Clock], now: Moment) -> Result<()> {
    if started.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into clock (id, standard, version_from, subject, case_id, home_id, person_id, start_seq, started_at, earliest_at,
                            due_at, due_day, extensions, paused_at, state, stopped_at, stop_seq, breached_at, decided_day, changed_at)
         select n.*, $2::timestamptz from unnest($1::clock_row[]) n",
        started.iter().map(ClockRow::from).collect::<Vec<_>>() as _,
        now as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes clocks that facts moved. What a clock is about, and when it began, never changes.
async fn save(conn: &mut Conn, changed: &[Clock], now: Moment) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update clock c set version_from = n.version_from, earliest_at = n.earliest_at, due_at = n.due_at, due_day = n.due_day,
                extensions = n.extensions, paused_at = n.paused_at, state = n.state, stopped_at = n.stopped_at, stop_seq = n.stop_seq,
                breached_at = n.breached_at, decided_day = n.decided_day, changed_at = $2
         from unnest($1::clock_row[]) n
         where c.id = n.id",
        changed.iter().map(ClockRow::from).collect::<Vec<_>>() as _,
        now as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The condition that a clock `c` of the query is at risk, for those that are not yet overdue.
pub fn push_at_risk(query: &mut QueryBuilder<Postgres>, now: Moment) {
    query.push("(c.due_at - ").push_bind(now);
    query.push(format_args!(") * {AT_RISK_PART} < c.due_at - c.started_at"));
}

/// The most breaches that one unit of work notes.
pub const WATCH_BATCH: usize = 500;

/// Marks the promises whose time has run out, once each, and records the fact. Returns how many, at most [`WATCH_BATCH`].
#[boxed]
pub async fn watch(platform: &Platform) -> Result<usize> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let now = ctx.now;
    let sql = format!(
        "select {COLUMNS} from clock where state = 'running' and breached_at is null and due_at <= $1
         order by due_at limit $2 for update skip locked"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(WATCH_BATCH as i64).fetch_all(ctx.conn()).await?;
    let due = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    let breached: Vec<Clock> = due.iter().filter_map(|clock| clocks::breach(clock, now)).collect();
    save(ctx.conn(), &breached, now).await?;
    ctx.record_all(breached.iter().map(breach_of).collect()).await?;
    ctx.commit().await?;
    Ok(breached.len())
}

/// The clocks of a case, running ones first, then by due moment.
#[boxed]
pub async fn of_case(platform: &Platform, case: CaseId) -> Result<Vec<Clock>> {
    let sql = format!(
        "select {COLUMNS} from clock where case_id = $1 order by (state not in ('running', 'paused')), due_at, standard"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(case.0).fetch_all(platform.reads()).await?;
    rows.iter().map(read).collect()
}

/// One clock.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Clock> {
    let sql = format!("select {COLUMNS} from clock where id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(platform.reads()).await?;
    row.as_ref().map(read).transpose()?.ok_or(crate::Error::NotFound("the clock"))
}

/// Folds the whole journal of some cases anew and returns the clocks it gives, ordered by id: the proof that clocks are no more
/// than facts and declarations. With no cases given, all of them.
#[boxed]
pub async fn rebuild(platform: &Platform, cases: Option<&[Uuid]>) -> Result<Vec<Clock>> {
    let mut conn = platform.writes().acquire().await?;
    let mut all = fold(&mut conn, platform, cases).await?;
    all.sort_by_key(|clock| clock.id);
    Ok(all)
}

/// What a comparison of the clocks with the journal found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Compared {
    /// So many clocks were compared.
    pub clocks: u64,
    /// Those that are not what the facts make of them, at most [`DIFFERING_MAX`].
    pub differing: Vec<Uuid>,
    /// How many there are in all.
    pub found: u64,
}

/// Clocks that a comparison names.
pub const DIFFERING_MAX: usize = 100;
/// Cases that are compared at a time.
const CASES_AT_ONCE: i64 = 2_000;

/// Folds the journal of every case anew and compares what it gives with the clocks that are stored: whoever changed one behind the
/// journal's back is found out. `progress` is told how many clocks were compared so far.
pub async fn compare(platform: &Platform, progress: impl Fn(u64)) -> Result<Compared> {
    // One moment of the database: what is recorded meanwhile would move a clock between the two readings.
    let mut conn = platform.writes().begin_with("begin isolation level repeatable read read only").await?;
    let (mut all, mut after) = (Compared::default(), Uuid::nil());
    loop {
        let cases = sqlx::query_scalar!(
            r#"select distinct case_id as "id!" from clock where case_id > $1 order by 1 limit $2"#,
            after,
            CASES_AT_ONCE
        )
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = cases.last() else { return Ok(all) };
        after = *last;
        let sql = format!("select {COLUMNS} from clock where case_id = any($1) order by id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&cases).fetch_all(&mut *conn).await?;
        let stored = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        let fresh = fold(&mut conn, platform, Some(&cases)).await?;
        all.clocks += stored.len() as u64;
        for id in differing(&stored, &fresh) {
            all.found += 1;
            if all.differing.len() < DIFFERING_MAX {
                all.differing.push(id);
            }
        }
        progress(all.clocks);
    }
}

/// The ids of clocks that stand in one list only or differ in what facts decide. When a breach was noted is the watch's to say, but where
/// the facts show one it is noted.
fn differing(stored: &[Clock], fresh: &[Clock]) -> Vec<Uuid> {
    let decided = |clock: &Clock| (clock.state, clock.start_seq, clock.due_at, clock.stopped_at, clock.stop_seq);
    let mut expected: HashMap<Uuid, &Clock> = fresh.iter().map(|clock| (clock.id, clock)).collect();
    let mut found: Vec<Uuid> = stored
        .iter()
        .filter(|clock| {
            expected.remove(&clock.id).is_none_or(|fresh| {
                decided(fresh) != decided(clock) || (fresh.breached_at.is_some() && clock.breached_at.is_none())
            })
        })
        .map(|clock| clock.id)
        .collect();
    found.extend(expected.into_keys());
    found
}

async fn fold(conn: &mut Conn, platform: &Platform, cases: Option<&[Uuid]>) -> Result<Vec<Clock>> {
    let (facts, rules) = (&platform.registry().facts, platform.rules());
    let rows = sqlx::query!(
        r#"select seq, name, occurred_at as "occurred_at: Moment", home_id, person_id, case_id, payload from fact
           where ($1::uuid[] is null or case_id = any($1)) order by seq"#,
        cases
    )
    .fetch_all(conn)
    .await?;
    let views = rows.iter().map(|row| FactView {
        seq: row.seq,
        name: &row.name,
        occurred_at: row.occurred_at,
        home: row.home_id,
        person: row.person_id,
        case: row.case_id,
        payload: &row.payload,
        voids: facts.get(row.name.as_str()).is_some_and(|kind| kind.voids),
        withdraws: facts.get(row.name.as_str()).is_some_and(|kind| kind.withdraws),
    });
    clocks::rebuild(&rules.standards, &rules.calendars, views).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_that_is_not_allowed_is_said_at_the_field_that_names_the_date() {
        let error = |field: Option<&str>| {
            refused(DueError::Extension {
                standard: "a.b.c".into(),
                field: field.map(str::to_owned),
                reason: "too late".into(),
            })
        };
        let at_field = error(Some("new_date"));
        assert!(matches!(&at_field, crate::Error::Invalid(errors) if errors.get("new_date") == Some("too late")));
        assert!(matches!(error(None), crate::Error::Conflict(_)), "a fixed length is nobody's typing");
    }
}
