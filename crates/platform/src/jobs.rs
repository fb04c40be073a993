//! The outbox: work promised in a command's transaction and done afterwards, by any number of `work` processes. A job that fails is
//! tried again with growing pauses; one that keeps failing stays in the list, dead and visible, until somebody retries or drops it.
//! Job, message and journal rows commit together, in the landlord's own schema: that is why the queue is a table of ours (ADR 0003).

use crate::{Platform, Result};
use async_trait::async_trait;
use futures_util::FutureExt;
use rooftree_kernel::Moment;
use serde_json::Value;
use sqlx::PgConnection;
use std::{panic::AssertUnwindSafe, time::Duration};

/// After so many failures a job is dead.
pub const ATTEMPTS_MAX: i32 = 8;
/// A worker that dies holds its job no longer than this; one at work renews its hold every third of it.
const LEASE_SECONDS: i64 = 60;

/// What performs a kind of job. It runs outside any transaction and begins its own units of work; since a worker may die between
/// the work and its receipt, it must bear being run twice.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Performs the job; an error puts it back with a pause.
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()>;
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
pub async fn enqueue(
    conn: &mut PgConnection,
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
pub async fn withdraw(conn: &mut PgConnection, kind: &str, key: &str) -> Result<()> {
    sqlx::query!("delete from job where kind = $1 and key = $2 and done_at is null and dead_at is null", kind, key)
        .execute(conn)
        .await?;
    Ok(())
}

/// The pause before the next try, in seconds: 10 s, 40 s, 90 s … up to an hour.
pub fn pause_seconds(attempts: i32) -> i64 {
    (10 * i64::from(attempts) * i64::from(attempts)).clamp(10, 3600)
}

/// Takes one due job, runs it, and notes what came of it. False when none was due.
pub async fn run_one(platform: &Platform) -> Result<bool> {
    let now = platform.now();
    let taken = sqlx::query_as!(
        Job,
        "update job set locked_until = $2, attempts = attempts + 1
         where id = (select id from job where done_at is null and dead_at is null and run_at <= $1
                       and (locked_until is null or locked_until < $1)
                     order by run_at, id limit 1 for update skip locked)
         returning id, kind, payload, attempts, run_at, last_error, dead_at",
        now as _,
        now.plus_seconds(LEASE_SECONDS) as _
    )
    .fetch_optional(platform.pool())
    .await?;
    let Some(job) = taken else { return Ok(false) };
    let outcome = match platform.registry().jobs.get(job.kind.as_str()) {
        Some(handler) => {
            // A panic is a failure of this job, not the end of the worker.
            let work = AssertUnwindSafe(handler.run(platform, &job.payload)).catch_unwind();
            let work = work.map(|done| done.unwrap_or_else(|_| Err(crate::Error::Internal("the job panicked".into()))));
            while_held(platform, job.id, work).await
        }
        None => Err(crate::Error::Internal(format!("no handler for jobs of kind {}", job.kind))),
    };
    metrics::counter!("rooftree_jobs_total", "kind" => job.kind.clone(), "ok" => outcome.is_ok().to_string())
        .increment(1);
    match outcome {
        Ok(()) => {
            sqlx::query!("update job set done_at = $2, last_error = null where id = $1", job.id, platform.now() as _)
                .execute(platform.pool())
                .await?;
        }
        Err(error) => put_back(platform, &job, &describe(&error)).await?,
    }
    Ok(true)
}

/// Renews the hold on a job while it is at work, so that a long one is not begun by a second worker.
async fn while_held(platform: &Platform, id: i64, work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = tokio::time::sleep(Duration::from_secs(LEASE_SECONDS as u64 / 3)) => {
                let until = platform.now().plus_seconds(LEASE_SECONDS);
                sqlx::query!("update job set locked_until = $2 where id = $1", id, until as _).execute(platform.pool()).await?;
            }
        }
    }
}

/// The cause for the dead-letter list; never the payload, which may hold personal data.
fn describe(error: &crate::Error) -> String {
    use std::error::Error;
    let mut text = error.to_string();
    if let crate::Error::Internal(detail) = error {
        text = detail.clone();
    }
    if let Some(source) = error.source() {
        text = format!("{text}: {source}");
    }
    text
}

async fn put_back(platform: &Platform, job: &Job, error: &str) -> Result<()> {
    let now = platform.now();
    let dead = (job.attempts >= ATTEMPTS_MAX).then_some(now);
    tracing::warn!(job = job.id, kind = %job.kind, attempts = job.attempts, dead = dead.is_some(), %error, "job failed");
    sqlx::query!(
        "update job set locked_until = null, last_error = $2, run_at = $3, dead_at = $4 where id = $1",
        job.id,
        error,
        now.plus_seconds(pause_seconds(job.attempts)) as _,
        dead as _
    )
    .execute(platform.pool())
    .await?;
    Ok(())
}

/// Runs jobs until told to stop; sleeps a second when there are none.
pub async fn work(platform: Platform, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_one(&platform).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the job queue could not be read"),
        }
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Jobs that were given up, newest first.
pub async fn dead(platform: &Platform) -> Result<Vec<Job>> {
    Ok(sqlx::query_as!(
        Job,
        "select id, kind, payload, attempts, run_at, last_error, dead_at from job
         where dead_at is not null and done_at is null order by dead_at desc limit 200"
    )
    .fetch_all(platform.pool())
    .await?)
}

/// Gives a dead job another chance.
pub async fn retry(conn: &mut PgConnection, id: i64, now: Moment) -> Result<()> {
    let found = sqlx::query!(
        "update job set dead_at = null, attempts = 0, run_at = $2 where id = $1 and dead_at is not null",
        id,
        now as _
    )
    .execute(conn)
    .await?;
    if found.rows_affected() == 0 { Err(crate::Error::NotFound("the failed job")) } else { Ok(()) }
}

/// A dead job was given another chance.
pub const JOB_RETRIED: crate::FactKind =
    crate::FactKind::new("job.retried", "Failed work tried again", &["job", "kind"]);
/// A dead job was dropped: it will not be done.
pub const JOB_DROPPED: crate::FactKind =
    crate::FactKind::new("job.dropped", "Failed work dropped", &["job", "kind", "reason"]);

/// Drops a dead job, for a reason that stays in the journal.
pub async fn drop_dead(ctx: &mut crate::Ctx, id: i64, reason: &str) -> Result<()> {
    let now = ctx.now;
    let kind = sqlx::query_scalar!(
        "update job set done_at = $2, last_error = 'dropped: ' || $3::text where id = $1 and dead_at is not null and done_at is null returning kind",
        id,
        now as _,
        reason
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(crate::Error::NotFound("the failed job"))?;
    ctx.record(JOB_DROPPED.at(now).with("job", id).with("kind", kind).with("reason", reason)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::pause_seconds;

    #[test]
    fn pauses_grow_and_stay_within_an_hour() {
        let pauses: Vec<i64> = (1..=30).map(pause_seconds).collect();
        assert_eq!(&pauses[..3], [10, 40, 90]);
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(pauses.last(), Some(&3600));
    }
}
