//! The outbox: work promised in a command's transaction and done afterwards, by any number of `work` processes. A job that fails is
//! tried again with growing pauses, for about a day; one that keeps failing stays in the list, dead and visible, until somebody retries or drops it.
//! Job, message and journal rows commit together, in the landlord's own schema: that is why the queue is a table of ours (ADR 0003).

use crate::{Conn, Ctx, Error, Platform, Result, boxed, journal};
use async_trait::async_trait;
use futures_util::FutureExt;
use rooftree_kernel::Moment;
use serde_json::Value;
use std::{panic::AssertUnwindSafe, time::Duration};

/// After so many failures, which take about a day, a job is dead.
pub const ATTEMPTS_MAX: i32 = 10;
/// The first pause, in seconds; each is three times the one before, up to six hours.
const PAUSE_SECONDS: i64 = 30;
const PAUSE_SECONDS_MAX: i64 = 6 * 3600;
/// A job that is done is kept so long, to be looked at.
const DONE_SECONDS: i64 = 30 * 86_400;
/// Dead jobs of a kind that are tried again at one time.
const RETRIED_MAX: i64 = 10_000;
/// A worker that dies holds its job no longer than this; one at work renews its hold every third of it.
const LEASE_SECONDS: i64 = 60;

/// What performs a kind of job. It runs outside any transaction and begins its own units of work; since a worker may die between
/// the work and its receipt, it must bear being run twice.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Performs the job; an error puts it back with a pause.
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()>;

    /// Asked when the job is due: a later moment puts it off until then, which is no failure.
    async fn not_before(&self, _: &Platform, _: &Value) -> Result<Option<Moment>> {
        Ok(None)
    }

    /// The job has failed for the last time, for this reason, and is given up.
    async fn given_up(&self, _: &Platform, _: &Value, _reason: &str) -> Result<()> {
        Ok(())
    }

    /// Jobs that were given up get another chance when this unit of work is committed.
    async fn tried_again(&self, _: &mut Ctx, _payloads: &[Value]) -> Result<()> {
        Ok(())
    }
}

/// A waiting or dead job.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub kind: String,
    /// With what.
    pub payload: Value,
    /// Failures so far.
    pub attempts: i32,
    /// Not before.
    pub run_at: Moment,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// When it was given up.
    pub dead_at: Option<Moment>,
}

/// Adds a job inside the caller's transaction. With a key, a second one of the same kind is not added while the first waits.
#[boxed]
pub async fn enqueue(
    conn: &mut Conn,
    kind: &str,
    key: Option<&str>,
    payload: Value,
    run_at: Moment,
    now: Moment,
) -> Result<()> {
    sqlx::query!(
        "insert into job (kind, key, payload, run_at, created_at) values ($1, $2, $3, $4, $5)
         on conflict (kind, key) where key is not null and done_at is null and dead_at is null do nothing",
        kind,
        key,
        payload,
        run_at as _,
        now as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back a job that waits and is no longer wanted, such as the reminder of an appointment that was cancelled.
#[boxed]
pub async fn withdraw(conn: &mut Conn, kind: &str, key: &str) -> Result<()> {
    sqlx::query!("delete from job where kind = $1 and key = $2 and done_at is null and dead_at is null", kind, key)
        .execute(conn)
        .await?;
    Ok(())
}

/// The pause before the next try, in seconds: 30 s, 90 s, 4½ minutes … up to six hours.
pub fn pause_seconds(attempts: i32) -> i64 {
    let times = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    (PAUSE_SECONDS * 3_i64.pow(times)).min(PAUSE_SECONDS_MAX)
}

/// How a job went that did not fail.
enum Went {
    Done,
    /// It is not yet time.
    PutOff(Moment),
}

/// Takes one due job, runs it, and notes what came of it. False when none was due.
#[boxed]
pub async fn run_one(platform: &Platform) -> Result<bool> {
    journal::fresh::pass_on(platform).await?;
    let Some(job) = take(platform).await? else { return Ok(false) };
    let outcome = match platform.registry().jobs.get(job.kind.as_str()) {
        Some(handler) => {
            // A panic is a failure of this job, not the end of the worker.
            let work = AssertUnwindSafe(perform(platform, handler.as_ref(), &job)).catch_unwind();
            let work = work.map(|done| done.unwrap_or_else(|_| Err(Error::Internal("the job panicked".into()))));
            while_held(platform, job.id, work).await
        }
        None => Err(Error::Internal(format!("no handler for jobs of kind {}", job.kind))),
    };
    if !matches!(outcome, Ok(Went::PutOff(_))) {
        let ok = outcome.is_ok().to_string();
        metrics::counter!("rooftree_jobs_total", "kind" => job.kind.clone(), "ok" => ok).increment(1);
    }
    match outcome {
        Ok(Went::Done) => {
            sqlx::query!("update job set done_at = $2, last_error = null where id = $1", job.id, platform.now() as _)
                .execute(platform.writes())
                .await?;
        }
        Ok(Went::PutOff(until)) => put_off(platform, &job, until).await?,
        Err(error) => put_back(platform, &job, &error.cause()).await?,
    }
    Ok(true)
}

/// The job that is due longest. Webhooks come by the hundred thousand after an import, and their receivers are slow: one is taken only
/// when nothing else is due, so that no resident's text waits behind them. Each of the two has an index that gives its first row at once;
/// among webhooks of one moment any will do.
async fn take(platform: &Platform) -> Result<Option<Job>> {
    let now = platform.now();
    Ok(sqlx::query_as!(
        Job,
        "update job set locked_until = $2, attempts = attempts + 1
         where id = coalesce(
             (select id from job where done_at is null and dead_at is null and kind <> 'webhook' and run_at <= $1
                and (locked_until is null or locked_until < $1)
              order by run_at, id limit 1 for update skip locked),
             (select id from job where done_at is null and dead_at is null and kind = 'webhook' and run_at <= $1
                and (locked_until is null or locked_until < $1)
              order by run_at limit 1 for update skip locked))
         returning id, kind, payload, attempts, run_at, last_error, dead_at",
        now as _,
        now.plus_seconds(LEASE_SECONDS) as _
    )
    .fetch_optional(platform.writes())
    .await?)
}

async fn perform(platform: &Platform, handler: &dyn JobHandler, job: &Job) -> Result<Went> {
    if let Some(until) = handler.not_before(platform, &job.payload).await?.filter(|until| *until > platform.now()) {
        return Ok(Went::PutOff(until));
    }
    handler.run(platform, &job.payload).await.map(|()| Went::Done)
}

/// Gives a job back until later; taking it did not count as a try.
async fn put_off(platform: &Platform, job: &Job, until: Moment) -> Result<()> {
    sqlx::query!(
        "update job set locked_until = null, run_at = $2, attempts = greatest(attempts - 1, 0) where id = $1",
        job.id,
        until as _
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Renews the hold on a job while it is at work, so that a long one is not begun by a second worker.
async fn while_held<T>(platform: &Platform, id: i64, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = tokio::time::sleep(Duration::from_secs(LEASE_SECONDS as u64 / 3)) => {
                let until = platform.now().plus_seconds(LEASE_SECONDS);
                sqlx::query!("update job set locked_until = $2 where id = $1", id, until as _).execute(platform.writes()).await?;
            }
        }
    }
}

async fn put_back(platform: &Platform, job: &Job, error: &str) -> Result<()> {
    let now = platform.now();
    let dead = if job.attempts >= ATTEMPTS_MAX && give_up(platform, job, error).await { Some(now) } else { None };
    tracing::warn!(job = job.id, kind = %job.kind, attempts = job.attempts, dead = dead.is_some(), %error, "job failed");
    sqlx::query!(
        "update job set locked_until = null, last_error = $2, run_at = $3, dead_at = $4 where id = $1",
        job.id,
        error,
        now.plus_seconds(pause_seconds(job.attempts)) as _,
        dead as _
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Tells the handler that its job is given up. False when it could not take note: the job is then tried once more.
async fn give_up(platform: &Platform, job: &Job, error: &str) -> bool {
    let Some(handler) = platform.registry().jobs.get(job.kind.as_str()) else { return true };
    let told = handler.given_up(platform, &job.payload, error).await;
    if let Err(error) = &told {
        tracing::error!(job = job.id, kind = %job.kind, error = error.cause(), "a job could not be given up");
    }
    told.is_ok()
}

/// Runs jobs until told to stop; sleeps a second when there are none.
#[boxed]
pub async fn work(platform: Platform, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_one(&platform.renewed()).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(error = error.cause(), "the job queue could not be read"),
        }
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Jobs that were given up, newest first.
#[boxed]
pub async fn dead(platform: &Platform) -> Result<Vec<Job>> {
    Ok(sqlx::query_as!(
        Job,
        "select id, kind, payload, attempts, run_at, last_error, dead_at from job
         where dead_at is not null and done_at is null order by dead_at desc limit 200"
    )
    .fetch_all(platform.writes())
    .await?)
}

/// How many dead jobs there are of each kind, by kind.
#[boxed]
pub async fn dead_kinds(platform: &Platform) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select kind, count(*) as "count!" from job where dead_at is not null and done_at is null group by kind order by kind"#
    )
    .fetch_all(platform.writes())
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.count)).collect())
}

/// Gives a dead job another chance.
#[boxed]
pub async fn retry(ctx: &mut Ctx, id: i64) -> Result<()> {
    let kind =
        sqlx::query_scalar!("select kind from job where id = $1 and dead_at is not null and done_at is null", id)
            .fetch_optional(ctx.conn())
            .await?
            .ok_or(Error::NotFound("the failed job"))?;
    if revive(ctx, &kind, Some(id)).await? == 0 {
        return Err(Error::conflict("The same work waits again already: there is no need to try this one."));
    }
    ctx.record(JOB_RETRIED.at(ctx.now).with("job", id).with("kind", kind)).await?;
    Ok(())
}

/// Gives all dead jobs of a kind another chance, at most [`RETRIED_MAX`]. Returns how many.
#[boxed]
pub async fn retry_kind(ctx: &mut Ctx, kind: &str) -> Result<usize> {
    let count = revive(ctx, kind, None).await?;
    if count == 0 {
        return Err(Error::conflict("Nothing of this kind is given up any more."));
    }
    ctx.record(JOB_RETRIED.at(ctx.now).with("kind", kind).with("count", count)).await?;
    Ok(count)
}

/// The latest of those that were to do the same; none where the same waits already.
async fn revive(ctx: &mut Ctx, kind: &str, only: Option<i64>) -> Result<usize> {
    let now = ctx.now;
    let payloads = sqlx::query_scalar!(
        "update job set dead_at = null, attempts = 0, run_at = $2, locked_until = null
         where id in (select distinct on (coalesce(j.key, j.id::text)) j.id from job j
                      where j.kind = $1 and j.dead_at is not null and j.done_at is null and ($3::bigint is null or j.id = $3)
                        and not exists (select from job w where w.kind = j.kind and w.key = j.key and w.done_at is null and w.dead_at is null)
                      order by coalesce(j.key, j.id::text), j.id desc limit $4)
         returning payload",
        kind,
        now as _,
        only,
        RETRIED_MAX
    )
    .fetch_all(ctx.conn())
    .await?;
    supersede(ctx, kind).await?;
    let handler = ctx.platform().registry().jobs.get(kind).cloned();
    if let Some(handler) = handler.filter(|_| !payloads.is_empty()) {
        handler.tried_again(ctx, &payloads).await?;
    }
    Ok(payloads.len())
}

/// Takes dead jobs off the list whose work waits again under the same key.
#[boxed]
pub async fn supersede(ctx: &mut Ctx, kind: &str) -> Result<()> {
    let now = ctx.now;
    sqlx::query!(
        "update job d set done_at = $2, last_error = 'taken up again by a later one'
         where d.kind = $1 and d.dead_at is not null and d.done_at is null and d.key is not null
           and exists (select from job w where w.kind = d.kind and w.key = d.key and w.done_at is null and w.dead_at is null)",
        kind,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Removes jobs that were done a month ago. Dead ones stay until somebody decides.
#[boxed]
pub async fn forget_old(platform: &Platform) -> Result<u64> {
    let before = platform.now().plus_seconds(-DONE_SECONDS);
    Ok(sqlx::query!("delete from job where done_at < $1", before as _)
        .execute(platform.writes())
        .await?
        .rows_affected())
}

/// A dead job was given another chance.
pub const JOB_RETRIED: crate::FactKind =
    crate::FactKind::new("job.retried", "Failed work tried again", &["job", "kind", "count"]);
/// A dead job was dropped: it will not be done.
pub const JOB_DROPPED: crate::FactKind =
    crate::FactKind::new("job.dropped", "Failed work dropped", &["job", "kind", "reason"]);

/// Drops a dead job, for a reason that stays in the journal.
#[boxed]
pub async fn drop_dead(ctx: &mut Ctx, id: i64, reason: &str) -> Result<()> {
    let now = ctx.now;
    let kind = sqlx::query_scalar!(
        "update job set done_at = $2, last_error = 'dropped: ' || $3::text where id = $1 and dead_at is not null and done_at is null returning kind",
        id,
        now as _,
        reason
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the failed job"))?;
    ctx.record(JOB_DROPPED.at(now).with("job", id).with("kind", kind).with("reason", reason)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tries_span_about_a_day() {
        let pauses: Vec<i64> = (1..=30).map(pause_seconds).collect();
        assert_eq!(&pauses[..4], [30, 90, 270, 810]);
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(pauses.last(), Some(&(6 * 3600)));
        let all: i64 = (1..ATTEMPTS_MAX).map(pause_seconds).sum();
        assert!((20 * 3600..26 * 3600).contains(&all), "{all} s");
    }
}
