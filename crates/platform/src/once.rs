//! One form, one row. A form carries a name of its own ([`FIELD`]); a submission that comes again (a double click, a phone that found its
//! signal late) finds what the first came to, and writes nothing. The API has its `Idempotency-Key` for the same.

use crate::{Ctx, Result};
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
