//! Figures: what the measures come to, kept by month and opened to their rows.
//!
//! The evidence of a measure is its SQL (or, for a standard with a target, its decided clocks). It is always asked for month by month,
//! so that a year is exactly the sum of its months and the rows behind it are exactly the ones that were counted. What a month came to,
//! whole and by each dimension of its breakdown (areas declare which there are), is kept in `figure_cell`; reading a figure adds cells up.
//!
//! Figures move at once: a fact that a measure listens to leaves a note in its own transaction (`journal::fresh`), which comes to
//! `figure_pending`. A reader who finds a note, or a month that was never counted, writes nothing: a task turns notes into stale months
//! ([`fresh`]) and counts those anew, month by month ([`compute`]), while the reader waits for a stated time. Nothing else is counted again.
//! What a count replaces is kept for each day ([`past`]).

mod cells;
mod compute;
pub mod evidence;
pub mod external;
mod fresh;
pub mod frozen;
pub mod health;
pub mod names;
pub mod past;
mod read;

pub use cells::Tally;
pub use compute::{forget, recompute};
pub use evidence::{Filter, Row, RowPage, Status, definition};
pub use fresh::{absorb, topic, topics};
pub use read::{Cross, Figure, Line, Part, Whose, cross, listed, measure, overview, read, series, tried, whose};

use crate::{Platform, Result, boxed};
use rooftree_kernel::{Day, periods::Period};

/// Keeps the figures of this month and the last fresh; run every minute by `work`, so that readers find them counted.
#[boxed]
pub async fn keep_fresh(platform: &Platform) -> Result<()> {
    let today = platform.now().day();
    let months = [today.month_start().plus_months(-1), today.month_start()];
    let measures: Vec<&rooftree_promises::measures::Measure> = platform.rules().measures.all().collect();
    fresh::ensure(platform, &measures, &months, None).await?;
    Ok(())
}

/// How many months the nightly count goes back.
const NIGHTLY_MONTHS: i64 = 24;

/// Counts the last two years anew unless that was done today; returns the number of months counted. The day is noted when all is
/// counted, so a night that was interrupted is made good by whoever comes next. Two at a time are kept apart by the tick's lock.
#[boxed]
pub async fn nightly(platform: &Platform) -> Result<Option<usize>> {
    const NAME: &str = "figures";
    let today = platform.now().day();
    let done = sqlx::query_scalar!(
        r#"select exists (select from daily_work where name = $1 and day >= $2) as "done!""#,
        NAME,
        today as _
    )
    .fetch_one(platform.writes())
    .await?;
    if done {
        return Ok(None);
    }
    let months = recompute(platform, None, today.month_start().plus_months(-NIGHTLY_MONTHS)).await?;
    sqlx::query!(
        "insert into daily_work (name, day) values ($1, $2) on conflict (name) do update set day = excluded.day",
        NAME,
        today as _
    )
    .execute(platform.writes())
    .await?;
    Ok(Some(months))
}

/// The months of a period that have begun, by their first days.
pub(crate) fn months_of(period: Period, today: Day) -> Vec<Day> {
    (0..period.months()).map(|n| period.first_day().plus_months(n)).filter(|first| *first <= today).collect()
}
