//! The replica that pages, lists and exports read from.

use super::Finding;
use crate::errors;
use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection};

const WHAT: &str = "Replica";
/// A replica that is further behind than this shows people yesterday's news, in seconds.
const LATE_SECONDS: f64 = 10.0;

/// What `DATABASE_READ_URL` leads to, beside the primary.
pub async fn check(primary: &str, replica: &str) -> Finding {
    ask(primary, replica).await.unwrap_or_else(|error| {
        Finding::fault(WHAT, errors::told(&error), "Start the replica, or correct or unset DATABASE_READ_URL.")
    })
}

async fn ask(primary: &str, replica: &str) -> Result<Finding> {
    let mut replica = PgConnection::connect(replica).await.context("the replica does not answer")?;
    // All that was received is shown: then the time of the last change says nothing about being late.
    let (follows, behind): (bool, f64) = sqlx::query_as(
        "select pg_is_in_recovery(),
                case when pg_last_wal_receive_lsn() is not distinct from pg_last_wal_replay_lsn() then 0
                     else coalesce(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()), 0) end::float8",
    )
    .fetch_one(&mut replica)
    .await?;
    let mut primary = PgConnection::connect(primary).await.context("the database does not answer")?;
    let commit: String =
        sqlx::query_scalar("select current_setting('synchronous_commit')").fetch_one(&mut primary).await?;
    Ok(told(follows, behind, commit == "remote_apply"))
}

fn told(follows: bool, behind_seconds: f64, applied_first: bool) -> Finding {
    if !follows {
        let remedy = "Name a replica, or unset it: reading then uses the connections of DATABASE_URL.";
        return Finding::note(WHAT, "DATABASE_READ_URL leads to a server that follows no other", remedy);
    }
    if behind_seconds > LATE_SECONDS {
        let found = format!("{behind_seconds:.0} s behind: pages show what was");
        return Finding::warning(
            WHAT,
            found,
            "Look at the replica's load and network; unset DATABASE_READ_URL meanwhile.",
        );
    }
    match applied_first {
        true => Finding::ok(WHAT, "follows; what is saved is there before the answer"),
        false => Finding::note(
            WHAT,
            "follows; a page that is read right after saving may still show what was",
            "Set synchronous_commit = remote_apply and name the replica in synchronous_standby_names to rule that out.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    #[test]
    fn what_a_replica_means_for_those_who_read() {
        assert_eq!(told(true, 0.0, true).verdict, Verdict::Ok);
        let soon = told(true, 0.2, false);
        assert_eq!(soon.verdict, Verdict::Note);
        assert!(soon.remedy.contains("remote_apply"), "{}", soon.remedy);
        let late = told(true, 61.4, true);
        assert_eq!((late.verdict, late.found.as_str()), (Verdict::Warning, "61 s behind: pages show what was"));
        assert_eq!(told(false, 0.0, false).verdict, Verdict::Note);
    }
}
