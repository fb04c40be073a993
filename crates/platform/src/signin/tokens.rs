//! API tokens: a random secret shown once, kept as its hash, limited to scopes and by a date.

use super::{hash_secret, new_secret, sessions};
use crate::{Ctx, Platform, Result};
use rooftree_kernel::{Actor, Channel, Moment, OperativeId, PersonId, ProviderId, UserId};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// The prefix by which a leaked token is recognised.
pub const PREFIX: &str = "rt_";

/// Makes a token for a user; returns the secret, which is not kept. Scopes are permission names or `area.*`.
pub async fn make(ctx: &mut Ctx, user: UserId, name: &str, scopes: &[String], expires_at: Moment) -> Result<String> {
    let secret = format!("{PREFIX}{}", new_secret());
    let now = ctx.now;
    sqlx::query!(
        "insert into api_token (id, hash, name, user_id, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        hash_secret(&secret),
        name,
        user as _,
        scopes,
        now as _,
        expires_at as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(secret)
}

/// The actor behind a token, limited to what both the user's role and the token's scopes allow.
pub async fn find(platform: &Platform, secret: &str) -> Result<Option<Actor>> {
    let now = platform.now();
    let row = sqlx::query!(
        r#"select t.id, t.scopes, t.used_at as "used_at: Moment", u.id as "user_id: UserId", u.name, u.role, u.provider_id as "provider_id: ProviderId",
                  u.operative_id as "operative_id: OperativeId", u.person_id as "person_id: PersonId"
           from api_token t join app_user u on u.id = t.user_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.disabled_at is null"#,
        hash_secret(secret),
        now as _
    )
    .fetch_optional(platform.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(role) = platform.registry().roles.get(&row.role) else { return Ok(None) };
    // Noting the use once a minute keeps reads from turning into writes.
    if row.used_at.is_none_or(|used| now.seconds_since(used) > 60) {
        sqlx::query!("update api_token set used_at = $2 where id = $1", row.id, now as _).execute(platform.pool()).await?;
    }
    let links = (row.provider_id, row.operative_id, row.person_id);
    let mut actor = sessions::actor(row.user_id, &row.name, role, links, Channel::Api);
    let allowed: BTreeSet<_> = actor
        .permissions
        .iter()
        .filter(|p| row.scopes.iter().any(|s| s == p.0.as_ref() || s.strip_suffix('*').is_some_and(|prefix| p.0.starts_with(prefix))))
        .cloned()
        .collect();
    actor.permissions = Arc::new(allowed);
    Ok(Some(actor))
}
