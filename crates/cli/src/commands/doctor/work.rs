//! How the house does: work waiting and given up, messages, seals, who may do much without a second factor.

use super::Finding;
use crate::{errors, output};
use rooftree_kernel::Moment;
use rooftree_platform::{Platform, Pool};

/// Work that is due for longer than this shows that nothing works it off, in seconds.
const JOB_LATE_SECONDS: i64 = 300;
/// The sealer runs every minute; a fact that waits longer than this shows that it does not, in seconds.
const SEAL_LATE_SECONDS: i64 = 600;
/// Permissions that let somebody change who may do what, or take much out.
const PRIVILEGED: [&str; 5] = ["users.manage", "tokens.manage", "webhooks.manage", "imports.run", "exports.run"];

pub async fn check(platform: &Platform) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (pool, now) = (platform.writes(), platform.now());
    let answers = [
        jobs(pool, now).await,
        given_up(pool).await,
        messages(pool).await,
        seals(pool, now).await,
        imports(pool, now).await,
    ];
    for answer in answers {
        match answer {
            Ok(finding) => findings.push(finding),
            Err(error) => findings.push(unanswered(&error.into())),
        }
    }
    findings.push(second_factor(platform).await);
    findings
}

fn unanswered(error: &anyhow::Error) -> Finding {
    Finding::fault("Database", errors::told(error), "Run rooftree migrate, then this again.")
}

/// How far the work that is due lies behind.
#[derive(sqlx::FromRow)]
struct Backlog {
    waiting: i64,
    late: i64,
    /// When the oldest of it was due.
    oldest: Option<Moment>,
    /// Somebody holds a piece of it now.
    held: bool,
    last_done: Option<Moment>,
}

async fn jobs(pool: &Pool, now: Moment) -> sqlx::Result<Finding> {
    let backlog: Backlog = sqlx::query_as(
        "select count(*) as waiting,
                count(*) filter (where run_at < $1 and (locked_until is null or locked_until < $2)) as late,
                min(run_at) as oldest, coalesce(bool_or(locked_until >= $2), false) as held,
                (select max(done_at) from job where last_error is null) as last_done
         from job where done_at is null and dead_at is null",
    )
    .bind(now.plus_seconds(-JOB_LATE_SECONDS))
    .bind(now)
    .fetch_one(pool)
    .await?;
    Ok(work_waiting(&backlog, now))
}

/// Late work has two causes, and each its own remedy: nobody does it, or there is more of it than they can do.
fn work_waiting(backlog: &Backlog, now: Moment) -> Finding {
    const WHAT: &str = "Work waiting";
    let Backlog { waiting, late, oldest, held, last_done } = backlog;
    if *late == 0 {
        return Finding::ok(WHAT, format!("{waiting}, none of it late"));
    }
    let since = |moment: Moment| now.seconds_since(moment);
    let found = format!(
        "{late} of {waiting} should have been done more than {} minutes ago; the oldest has waited {}",
        JOB_LATE_SECONDS / 60,
        span(oldest.map_or(0, since))
    );
    if *held || last_done.is_some_and(|at| since(at) < JOB_LATE_SECONDS) {
        let remedy =
            "It is being worked off; calls of webhooks come last. If it grows, run another rooftree work beside.";
        return Finding::note(WHAT, found, remedy);
    }
    let last = last_done
        .map_or_else(|| "none was ever done".to_owned(), |at| format!("the last was done {} ago", span(since(at))));
    Finding::warning(
        WHAT,
        format!("{found}; {last}"),
        "Start rooftree serve, or rooftree work where serve runs with --no-work. Where one of them runs, its log says why it takes nothing up.",
    )
}

/// A length of time in its largest fitting unit.
fn span(seconds: i64) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    match minutes {
        0..120 => output::count(minutes, "minute", "minutes"),
        120..2880 => output::count(minutes / 60, "hour", "hours"),
        _ => output::count(minutes / 1440, "day", "days"),
    }
}

async fn given_up(pool: &Pool) -> sqlx::Result<Finding> {
    let kinds: Vec<(String, i64)> = sqlx::query_as(
        "select kind, count(*) from job where dead_at is not null and done_at is null group by kind order by kind",
    )
    .fetch_all(pool)
    .await?;
    Ok(if kinds.is_empty() {
        Finding::ok("Work given up", "none")
    } else {
        let found: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        Finding::warning(
            "Work given up",
            found.join(", "),
            "Open /jobs: each says why it failed; mend the cause and retry, or drop it.",
        )
    })
}

/// Imports that are said to be at work while nobody is: their process was stopped.
async fn imports(pool: &Pool, now: Moment) -> sqlx::Result<Finding> {
    let left: Vec<(uuid::Uuid, String)> = sqlx::query_as(
        "select id, file_name from import_batch where status = 'running' and coalesce(lease_until < $1, true)
         order by created_at limit 20",
    )
    .bind(now)
    .fetch_all(pool)
    .await?;
    Ok(if left.is_empty() {
        Finding::ok("Imports", "none that was left half-way")
    } else {
        let found: Vec<String> = left.iter().map(|(id, name)| format!("{name} ({id})")).collect();
        Finding::warning(
            "Imports",
            format!(
                "{} stopped half-way: {}",
                output::count(found.len() as u64, "import was", "imports were"),
                found.join(", ")
            ),
            "Open /imports: go on with each, or take it back (rooftree import --undo ID).",
        )
    })
}

async fn messages(pool: &Pool) -> sqlx::Result<Finding> {
    let (held, failed): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where status = 'held'), count(*) filter (where status = 'failed') from message",
    )
    .fetch_one(pool)
    .await?;
    let found = format!("{held} held, {failed} failed");
    Ok(match failed {
        0 if held == 0 => Finding::ok("Messages", "none held, none failed"),
        0 => Finding::note("Messages", found, "They go once their channel is configured; see /messages."),
        _ => {
            Finding::warning("Messages", found, "Open /messages: somebody was not told what we promised to tell them.")
        }
    })
}

async fn seals(pool: &Pool, now: Moment) -> sqlx::Result<Finding> {
    // The queue is emptied every minute, so that it is short unless the sealer stands still; then the oldest is what matters.
    let oldest: Option<Moment> = sqlx::query_scalar(
        "select f.recorded_at from fact f join (select min(seq) as seq from fact_waiting) u on u.seq = f.seq",
    )
    .fetch_optional(pool)
    .await?;
    let last: Option<Moment> =
        sqlx::query_scalar("select sealed_at from seal order by number desc limit 1").fetch_optional(pool).await?;
    let last = last.map_or_else(|| "no seal yet".to_owned(), |at| format!("last sealed {}", at.short()));
    Ok(match oldest.map(|oldest| now.seconds_since(oldest)) {
        Some(seconds) if seconds > SEAL_LATE_SECONDS => Finding::warning(
            "Journal's seals",
            format!(
                "{last}; a fact has waited {} for its seal",
                output::count(seconds.unsigned_abs() / 60, "minute", "minutes")
            ),
            "Start rooftree serve or work: until facts are sealed a change to them would not show.",
        ),
        Some(_) => Finding::ok("Journal's seals", format!("{last}; newer facts are sealed within the minute")),
        None => Finding::ok("Journal's seals", format!("{last}; every fact is sealed")),
    })
}

/// Roles that may do much and ask for no second factor, with how many of their users have none. No names: the page /users has them.
async fn second_factor(platform: &Platform) -> Finding {
    const WHAT: &str = "Second factor";
    let roles: Vec<&rooftree_platform::roles::Role> = platform
        .rules()
        .roles
        .all()
        .filter(|role| {
            !role.second_factor && role.granted().iter().any(|permission| PRIVILEGED.contains(&permission.0.as_ref()))
        })
        .collect();
    let keys: Vec<String> = roles.iter().map(|role| role.key.clone()).collect();
    let without: Result<i64, sqlx::Error> = sqlx::query_scalar(
        "select count(*) from app_user where role = any($1) and disabled_at is null and totp_confirmed_at is null and password_hash is not null",
    )
    .bind(&keys)
    .fetch_one(platform.writes())
    .await;
    match without {
        Err(error) => unanswered(&error.into()),
        Ok(0) => Finding::ok(WHAT, "everybody in a privileged role has one, or signs in elsewhere"),
        Ok(count) => Finding::warning(
            WHAT,
            format!(
                "{} in privileged roles ({}) with a password alone",
                output::count(count.unsigned_abs(), "user", "users"),
                keys.join(", ")
            ),
            "Ask them to set one up under ‘Your account’, or make it a rule: second_factor = true for these roles in roles.toml.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_work_says_whether_anybody_is_at_it() {
        let now: Moment = "2026-11-23T09:10".parse().unwrap();
        let ago = |seconds: i64| Some(now.plus_seconds(-seconds));
        let said = |late, held, last_done| {
            let finding = work_waiting(&Backlog { waiting: 9, late, oldest: ago(3 * 3600), held, last_done }, now);
            format!("{:?}: {} {}", finding.verdict, finding.found, finding.remedy)
        };
        assert_eq!(said(0, false, None), "Ok: 9, none of it late ");
        let idle = said(2, false, ago(2 * 86_400));
        assert!(
            idle.starts_with("Warning: 2 of 9 should") && idle.contains("waited 3 hours; the last was done 2 days ago"),
            "{idle}"
        );
        assert!(said(2, false, None).contains("none was ever done Start rooftree serve"));
        for busy in [said(2, true, None), said(2, false, ago(60))] {
            assert!(busy.starts_with("Note") && !busy.contains("Start"), "{busy}");
        }
    }
}
