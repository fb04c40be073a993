//! One form, one row. A form carries a name of its own ([`FIELD`]); a submission that comes again (a double click, a phone that found its
//! signal late) finds what the first came to, and writes nothing. The API has its `Idempotency-Key` for the same.

use crate::{Ctx, Platform, Result, boxed};
use rooftree_kernel::UserId;
use uuid::Uuid;

/// The form's field.
pub const FIELD: &str = "_once";

/// The longest name that counts, in bytes.
const NAME_MAX: usize = 100;

/// A name for a form about to be shown.
pub fn name() -> String {
    Uuid::new_v4().to_string()
}

fn key(once: &str) -> Option<String> {
    (!once.is_empty() && once.len() <= NAME_MAX).then(|| format!("form:{once}"))
}

/// Notes the name of a submission in the caller's unit of work; false when one of that name was recorded before. Without a name there is
/// nothing to compare, and the rows themselves must keep a repeat out.
#[boxed]
pub async fn first_time(ctx: &mut Ctx, once: &str) -> Result<bool> {
    let (Some(user), Some(key)) = (ctx.actor.user, key(once)) else { return Ok(true) };
    let now = ctx.now;
    let noted = sqlx::query!(
        "insert into idempotency_key (user_id, key, route, body_hash, status, response, created_at)
         values ($1, $2, 'form', ''::bytea, 303, '{}', $3) on conflict do nothing",
        user as _,
        key,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Notes what the form of this name came to: a reference.
#[boxed]
pub async fn note(ctx: &mut Ctx, once: &str, reference: &str) -> Result<()> {
    let (Some(user), Some(key)) = (ctx.actor.user, key(once)) else { return Ok(()) };
    sqlx::query!(
        "update idempotency_key set response = jsonb_build_object('reference', $3::text) where user_id = $1 and key = $2",
        user as _,
        key,
        reference
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// The reference that a form of this name came to before.
#[boxed]
pub async fn noted(ctx: &mut Ctx, once: &str) -> Result<Option<String>> {
    let (Some(user), Some(key)) = (ctx.actor.user, key(once)) else { return Ok(None) };
    let reference = sqlx::query_scalar!(
        "select response ->> 'reference' from idempotency_key where user_id = $1 and key = $2",
        user as _,
        key
    )
    .fetch_optional(ctx.conn())
    .await?;
    Ok(reference.flatten())
}

/// What a submission finds when it arrives.
pub enum Claim {
    /// It is the first: do it, then [`settle`].
    First,
    /// It was done before and led to this answer.
    Done(serde_json::Value),
    /// It is being done at this moment.
    UnderWay,
}

/// After so long a submission that was begun and never ended is taken up again, in seconds: the process that had it is gone.
const ABANDONED_SECONDS: i64 = 60;

/// Claims a submission for whoever comes first. `key` names the form, as it was shown, with what was written in it.
#[boxed]
pub async fn claim(platform: &Platform, user: UserId, key: &str) -> Result<Claim> {
    let now = platform.now();
    let claimed = sqlx::query!(
        "insert into idempotency_key as k (user_id, key, route, body_hash, status, response, created_at)
         values ($1, $2, 'page', ''::bytea, 0, '{}', $3)
         on conflict (user_id, key) do update set created_at = excluded.created_at where k.status = 0 and k.created_at < $4",
        user as _,
        key,
        now as _,
        now.plus_seconds(-ABANDONED_SECONDS) as _
    )
    .execute(platform.writes())
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Claim::First);
    }
    let before =
        sqlx::query!("select status, response from idempotency_key where user_id = $1 and key = $2", user as _, key)
            .fetch_optional(platform.writes())
            .await?;
    Ok(match before {
        Some(before) if before.status != 0 => Claim::Done(before.response),
        Some(_) => Claim::UnderWay,
        None => Claim::First,
    })
}

/// Keeps the answer of a submission that did something, for whoever sends it again; one that did nothing may be sent again.
#[boxed]
pub async fn settle(platform: &Platform, user: UserId, key: &str, answer: Option<serde_json::Value>) -> Result<()> {
    sqlx::query!(
        "with undone as (delete from idempotency_key where user_id = $1 and key = $2 and $3::jsonb is null)
         update idempotency_key set status = 303, response = $3 where user_id = $1 and key = $2 and $3::jsonb is not null",
        user as _,
        key,
        answer
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}
