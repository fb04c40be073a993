//! A sign-in under way, kept for ten minutes behind a cookie of its own: the first factor was right and the second is awaited, or the
//! browser was sent to the identity provider.

use super::{hash_secret, new_secret};
use crate::{Ctx, Platform, Result, boxed, ports::LoginStart};
use rooftree_kernel::UserId;
use subtle::ConstantTimeEq;

/// For how long, in seconds.
pub const LIFETIME_SECONDS: i64 = 600;
/// Codes that may be tried before the sign-in starts over.
const ATTEMPTS_MAX: i32 = 5;

/// Whoever proved the first factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who.
    pub user: UserId,
    /// Where the browser wanted to go.
    pub next: String,
}

/// A sign-in at the identity provider that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Must stand in the identity token.
    pub nonce: String,
    /// Proves that whoever finishes is the one who began.
    pub pkce_verifier: String,
    /// Where the browser wanted to go.
    pub next: String,
}

/// Remembers that the first factor was right; returns the cookie's token.
#[boxed]
pub async fn hold(platform: &Platform, user: UserId, next: &str) -> Result<String> {
    let token = new_secret();
    sqlx::query!(
        "insert into pending_sign_in (token_hash, user_id, next, expires_at) values ($1, $2, $3, $4)",
        hash_secret(&token),
        user as _,
        next,
        platform.now().plus_seconds(LIFETIME_SECONDS) as _
    )
    .execute(platform.writes())
    .await?;
    Ok(token)
}

/// The sign-in behind a cookie, if its time is not over.
#[boxed]
pub async fn find(platform: &Platform, token: &str) -> Result<Option<Pending>> {
    Ok(sqlx::query_as!(
        Pending,
        r#"select user_id as "user!: UserId", next from pending_sign_in
           where token_hash = $1 and user_id is not null and expires_at > $2 and attempts < $3"#,
        hash_secret(token),
        platform.now() as _,
        ATTEMPTS_MAX
    )
    .fetch_optional(platform.writes())
    .await?)
}

/// Counts a try and returns the sign-in; `None` when its tries or its time are used up.
#[boxed]
pub async fn attempt(platform: &Platform, token: &str) -> Result<Option<Pending>> {
    Ok(sqlx::query_as!(
        Pending,
        r#"update pending_sign_in set attempts = attempts + 1
           where token_hash = $1 and user_id is not null and expires_at > $2 and attempts < $3
           returning user_id as "user!: UserId", next"#,
        hash_secret(token),
        platform.now() as _,
        ATTEMPTS_MAX
    )
    .fetch_optional(platform.writes())
    .await?)
}

/// Ends it. True for the one caller who ended it: a second request with the same cookie gets no session.
#[boxed]
pub async fn end(platform: &Platform, token: &str) -> Result<bool> {
    let gone = sqlx::query!("delete from pending_sign_in where token_hash = $1", hash_secret(token))
        .execute(platform.writes())
        .await?;
    Ok(gone.rows_affected() == 1)
}

/// Ends all of a user's sign-ins under way: what they had proved counts no more, because a password or a second factor has changed.
pub(super) async fn end_all(ctx: &mut Ctx, user: UserId) -> Result<()> {
    sqlx::query!("delete from pending_sign_in where user_id = $1", user as _).execute(ctx.conn()).await?;
    Ok(())
}

/// Remembers that the browser was sent to the identity provider; returns the cookie's token.
#[boxed]
pub async fn hold_external(platform: &Platform, start: &LoginStart, next: &str) -> Result<String> {
    let token = new_secret();
    sqlx::query!(
        "insert into pending_sign_in (token_hash, oidc_state, oidc_nonce, pkce, next, expires_at) values ($1, $2, $3, $4, $5, $6)",
        hash_secret(&token),
        start.state,
        start.nonce,
        start.pkce_verifier,
        next,
        platform.now().plus_seconds(LIFETIME_SECONDS) as _
    )
    .execute(platform.writes())
    .await?;
    Ok(token)
}

/// Takes back what was remembered when the browser returns, once, and only with the state it left with.
#[boxed]
pub async fn take_external(platform: &Platform, token: &str, state: &str) -> Result<Option<Returned>> {
    let row = sqlx::query!(
        "delete from pending_sign_in where token_hash = $1 and user_id is null and expires_at > $2
         returning oidc_state, oidc_nonce, pkce, next",
        hash_secret(token),
        platform.now() as _
    )
    .fetch_optional(platform.writes())
    .await?;
    Ok(row.and_then(|row| {
        let same = bool::from(row.oidc_state?.as_bytes().ct_eq(state.as_bytes()));
        same.then_some(Returned { nonce: row.oidc_nonce?, pkce_verifier: row.pkce?, next: row.next })
    }))
}
