//! Rate limits that hold across processes: a counter per key and minute.

use crate::{Error, Platform, Result, boxed};

/// Counts a try; refuses when the key has had more than `per_minute_max` in this minute. Keys hold no personal data: callers hash
/// what identifies a person.
#[boxed]
pub async fn count(platform: &Platform, key: &str, per_minute_max: i32) -> Result<()> {
    let now = platform.now();
    let second = now.as_micros() / 1_000_000;
    let window = rooftree_kernel::Moment::from_micros((second - second % 60) * 1_000_000);
    let hits = sqlx::query_scalar!(
        "insert into rate_limit (key, window_start, hits) values ($1, $2, 1)
         on conflict (key, window_start) do update set hits = rate_limit.hits + 1 returning hits",
        key,
        window as _
    )
    .fetch_one(platform.writes())
    .await?;
    if hits > per_minute_max { Err(Error::TooMany(60 - second % 60)) } else { Ok(()) }
}

/// Takes a try back that was no attack: a right password does not use up what an office behind one address may try.
#[boxed]
pub async fn forgive(platform: &Platform, key: &str) -> Result<()> {
    sqlx::query!(
        "update rate_limit set hits = hits - 1
         where key = $1 and hits > 0 and window_start = (select max(window_start) from rate_limit where key = $1)",
        key
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Forgets windows that are over.
#[boxed]
pub async fn forget_old(platform: &Platform) -> Result<u64> {
    let before = platform.now().plus_seconds(-300);
    Ok(sqlx::query!("delete from rate_limit where window_start < $1", before as _)
        .execute(platform.writes())
        .await?
        .rows_affected())
}
