//! API tokens: a random secret shown once, kept as its hash, limited to scopes and by a date.

use super::{hash_secret, new_secret, sessions};
use crate::{Ctx, Error, FactKind, Platform, Result, boxed};
use rooftree_kernel::{Actor, Channel, FieldErrors, Moment, OperativeId, Permission, PersonId, ProviderId, UserId};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// The prefix by which a leaked token is recognised.
pub const PREFIX: &str = "rt_";

/// A token was made.
pub const TOKEN_MADE: FactKind =
    FactKind::new("token.made", "API token made", &["token", "user", "scopes", "expires_at"]);
/// A token was revoked.
pub const TOKEN_REVOKED: FactKind = FactKind::new("token.revoked", "API token revoked", &["token", "user"]);
/// Makes and revokes tokens.
pub const MANAGE: Permission = Permission::new("tokens.manage");
/// The longest that a token may live, in days.
pub const DAYS_MAX: i64 = 730;

/// Makes a token for a user; returns the secret, which is not kept. Scopes are permission names or `area.*`.
#[boxed]
pub async fn make(ctx: &mut Ctx, user: UserId, name: &str, scopes: &[String], expires_at: Moment) -> Result<String> {
    ctx.require(&MANAGE)?;
    check(ctx, name, scopes, expires_at)?;
    let secret = format!("{PREFIX}{}", new_secret());
    let (id, now) = (Uuid::now_v7(), ctx.now);
    sqlx::query!(
        "insert into api_token (id, hash, name, user_id, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        hash_secret(&secret),
        name.trim(),
        user as _,
        scopes,
        now as _,
        expires_at as _
    )
    .execute(ctx.conn())
    .await?;
    let fact = TOKEN_MADE.at(now).with("token", id).with("user", user).with("scopes", scopes);
    ctx.record(fact.with("expires_at", expires_at)).await?;
    Ok(secret)
}

fn check(ctx: &Ctx, name: &str, scopes: &[String], expires_at: Moment) -> Result<()> {
    let mut errors = FieldErrors::default();
    if name.trim().is_empty() || name.chars().count() > 100 {
        errors.add("name", "say what the token is for, in at most 100 characters");
    }
    let known = &ctx.platform().registry().permissions;
    let grants = |scope: &str| match scope.strip_suffix(".*") {
        Some(area) => {
            known.keys().any(|permission| permission.0.strip_prefix(area).is_some_and(|rest| rest.starts_with('.')))
        }
        None => known.keys().any(|permission| permission.0 == scope),
    };
    match scopes.iter().find(|scope| !grants(scope)) {
        _ if scopes.is_empty() => errors.add("scopes", "choose what the token may do"),
        Some(unknown) => errors.add("scopes", format!("‘{unknown}’ is no permission, nor an area with ‘.*’ after it")),
        None => {}
    }
    if expires_at <= ctx.now || expires_at > ctx.now.plus_seconds((DAYS_MAX + 1) * 24 * 3600) {
        errors.add("expires", format!("choose a day from tomorrow to {DAYS_MAX} days from now"));
    }
    errors.into_result(()).map_err(Error::Invalid)
}

/// Makes a token useless, at once.
#[boxed]
pub async fn revoke(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    ctx.require(&MANAGE)?;
    let now = ctx.now;
    let user = sqlx::query_scalar!(
        r#"update api_token set revoked_at = $2 where id = $1 and revoked_at is null returning user_id as "user: UserId""#,
        id,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the token"))?;
    ctx.record(TOKEN_REVOKED.at(now).with("token", id).with("user", user)).await?;
    ctx.rights_change();
    Ok(())
}

/// A token, without its secret.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Whose rights it has.
    pub user_name: String,
    /// What it may do of these.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
}

/// All tokens, the newest first, at most 500.
#[boxed]
pub async fn list(platform: &Platform) -> Result<Vec<TokenRow>> {
    Ok(sqlx::query_as!(
        TokenRow,
        r#"select t.id, t.name, u.name as user_name, t.scopes, t.created_at as "created_at: Moment", t.expires_at as "expires_at: Moment",
                  t.used_at as "used_at: Moment", t.revoked_at as "revoked_at: Moment"
           from api_token t join app_user u on u.id = t.user_id order by t.created_at desc limit 500"#
    )
    .fetch_all(platform.writes())
    .await?)
}

/// How long a token that was found is not looked up again, in seconds. A token that is revoked, or whose user is disabled or loses a
/// role, may work in other processes for so long; in the one that did it, it ends at once.
const RECENT_SECONDS: i64 = 5;
/// Tokens remembered at once.
const RECENT_MAX: usize = 10_000;

/// The tokens found of late, by hash, with the moment until which that counts.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<Vec<u8>, (Moment, Actor)>>);

impl Recent {
    fn get(&self, hash: &[u8], now: Moment) -> Option<Actor> {
        let known = self.0.lock().ok()?;
        known.get(hash).filter(|(until, _)| now < *until).map(|(_, actor)| actor.clone())
    }

    fn keep(&self, hash: Vec<u8>, until: Moment, actor: &Actor) {
        if let Ok(mut known) = self.0.lock() {
            if known.len() >= RECENT_MAX {
                known.clear();
            }
            known.insert(hash, (until, actor.clone()));
        }
    }

    /// Somebody's rights changed: every token is looked up again.
    pub(crate) fn forget(&self) {
        if let Ok(mut known) = self.0.lock() {
            known.clear();
        }
    }
}

/// The actor behind a token, limited to what both the user's role and the token's scopes allow.
#[boxed]
pub async fn find(platform: &Platform, secret: &str) -> Result<Option<Actor>> {
    let (now, hash) = (platform.now(), hash_secret(secret));
    if let Some(actor) = platform.recent_tokens().get(&hash, now) {
        return Ok(Some(actor));
    }
    let row = sqlx::query!(
        r#"select t.id, t.scopes, t.expires_at as "expires_at: Moment", t.used_at as "used_at: Moment", u.id as "user_id: UserId", u.name, u.role, u.provider_id as "provider_id: ProviderId",
                  u.operative_id as "operative_id: OperativeId", u.person_id as "person_id: PersonId", u.patch
           from api_token t join app_user u on u.id = t.user_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.disabled_at is null"#,
        hash,
        now as _
    )
    .fetch_optional(platform.writes())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(role) = platform.rules().roles.get(&row.role) else { return Ok(None) };
    // Noting the use once a minute keeps reads from turning into writes.
    if row.used_at.is_none_or(|used| now.seconds_since(used) > 60) {
        sqlx::query!("update api_token set used_at = $2 where id = $1", row.id, now as _)
            .execute(platform.writes())
            .await?;
    }
    let links = sessions::Links {
        provider: row.provider_id,
        operative: row.operative_id,
        person: row.person_id,
        patch: row.patch,
    };
    let mut actor = sessions::actor(row.user_id, &row.name, role, &links, Channel::Api);
    let allowed: BTreeSet<_> = actor
        .permissions
        .iter()
        .filter(|p| {
            row.scopes
                .iter()
                .any(|s| s == p.0.as_ref() || s.strip_suffix('*').is_some_and(|prefix| p.0.starts_with(prefix)))
        })
        .cloned()
        .collect();
    actor.permissions = Arc::new(allowed);
    platform.recent_tokens().keep(hash, row.expires_at.min(now.plus_seconds(RECENT_SECONDS)), &actor);
    Ok(Some(actor))
}
