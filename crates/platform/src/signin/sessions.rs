//! Sessions on the server: the cookie holds a random token, the database its hash.

use super::{form_token, hash_secret, new_secret};
use crate::{Platform, Result, boxed, roles::Role};
use rooftree_kernel::{Actor, Channel, Moment, OperativeId, PersonId, ProviderId, Scope, UserId, scope::Limit};
use uuid::Uuid;

/// The name of the session cookie.
pub const COOKIE: &str = "rooftree_session";
/// A session ends after this long, used or not.
pub const LIFETIME_SECONDS: i64 = 24 * 3600;

/// A signed-in session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// The role's title and landing page.
    pub role_title: String,
    /// Where the role lands.
    pub landing: String,
    /// The token every form must carry, under a mask of its own for each request.
    pub csrf: String,
    /// E-mail, for the account page.
    pub email: String,
    /// A second factor is set up.
    pub has_second_factor: bool,
    /// The patch of a housing officer.
    pub patch: Option<String>,
}

/// Opens a session and returns the cookie's token; the sign-in is a fact of the journal.
#[boxed]
pub async fn open(platform: &Platform, user: UserId, second_factor: bool) -> Result<String> {
    let token = new_secret();
    let name = sqlx::query_scalar!("select name from app_user where id = $1 and disabled_at is null", user as _)
        .fetch_optional(platform.writes())
        .await?
        .ok_or(crate::Error::NotFound("the account"))?;
    let mut actor = Actor::system(Channel::Web);
    (actor.user, actor.name) = (Some(user), name);
    let mut ctx = platform.begin(&actor).await?;
    let now = ctx.now;
    sqlx::query!(
        "insert into session (token_hash, user_id, csrf, second_factor, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $5, $6)",
        hash_secret(&token),
        user as _,
        new_secret(),
        second_factor,
        now as _,
        now.plus_seconds(LIFETIME_SECONDS) as _
    )
    .execute(ctx.conn())
    .await?;
    sqlx::query!(
        "update app_user set last_sign_in_at = $2, failed_count = 0, locked_until = null where id = $1",
        user as _,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(super::users::SIGNED_IN.at(now).with("user", user).with("second_factor", second_factor)).await?;
    ctx.commit().await?;
    Ok(token)
}

/// How many live sessions a user has.
#[boxed]
pub async fn count(platform: &Platform, user: UserId) -> Result<i64> {
    let now = platform.now();
    let idle_since = now.plus_seconds(-platform.config().session_idle_seconds);
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from session where user_id = $1 and expires_at > $2 and seen_at > $3"#,
        user as _,
        now as _,
        idle_since as _
    )
    .fetch_one(platform.writes())
    .await?)
}

/// Notes that the holder of this session has now proved the second factor.
#[boxed]
pub async fn mark_second_factor(platform: &Platform, token: &str) -> Result<()> {
    sqlx::query!("update session set second_factor = true where token_hash = $1", hash_secret(token))
        .execute(platform.writes())
        .await?;
    Ok(())
}

/// Ends every session of a user but the one with this token.
#[boxed]
pub async fn close_others(platform: &Platform, user: UserId, token: &str) -> Result<()> {
    sqlx::query!("delete from session where user_id = $1 and token_hash <> $2", user as _, hash_secret(token))
        .execute(platform.writes())
        .await?;
    Ok(())
}

struct Row {
    csrf: String,
    second_factor: bool,
    seen_at: Moment,
    user_id: UserId,
    name: String,
    email: String,
    role: String,
    provider_id: Option<ProviderId>,
    operative_id: Option<OperativeId>,
    person_id: Option<PersonId>,
    patch: Option<String>,
    confirmed: bool,
}

/// The session behind a cookie, if it is live. Touches it at most once a minute.
#[boxed]
pub async fn find(platform: &Platform, token: &str) -> Result<Option<Session>> {
    let (hash, now) = (hash_secret(token), platform.now());
    let idle_since = now.plus_seconds(-platform.config().session_idle_seconds);
    let row = sqlx::query_as!(
        Row,
        r#"select s.csrf, s.second_factor, s.seen_at, u.id as "user_id: UserId", u.name, u.email, u.role, u.provider_id as "provider_id: ProviderId",
                  u.operative_id as "operative_id: OperativeId", u.person_id as "person_id: PersonId", u.patch,
                  (u.totp_confirmed_at is not null) as "confirmed!"
           from session s join app_user u on u.id = s.user_id
           where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and u.disabled_at is null"#,
        hash,
        now as _,
        idle_since as _
    )
    .fetch_optional(platform.writes())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(role) = platform.rules().roles.get(&row.role) else { return Ok(None) };
    if role.second_factor && !row.second_factor {
        return Ok(None);
    }
    if now.seconds_since(row.seen_at) > 60 {
        sqlx::query!("update session set seen_at = $2 where token_hash = $1", hash, now as _)
            .execute(platform.writes())
            .await?;
    }
    let links = Links {
        provider: row.provider_id,
        operative: row.operative_id,
        person: row.person_id,
        patch: row.patch.clone(),
    };
    let actor = actor(row.user_id, &row.name, role, &links, Channel::Web);
    Ok(Some(Session {
        actor,
        role_title: role.title.clone(),
        landing: role.landing.clone(),
        csrf: form_token::masked(&row.csrf),
        email: row.email,
        has_second_factor: row.confirmed,
        patch: row.patch,
    }))
}

/// A session that ended by itself, by its age or for want of use.
pub struct Ended {
    /// Whose it was.
    pub user: UserId,
    /// The token that its forms carry, unmasked.
    pub csrf: String,
}

/// How long after its end a session is still known for the forms that were opened in it, in seconds.
const REMEMBERED_SECONDS: i64 = 24 * 3600;

/// The session behind a cookie, if it ended by itself within the last day. One that its user or an administrator ended is forgotten at once.
#[boxed]
pub async fn ended(platform: &Platform, token: &str) -> Result<Option<Ended>> {
    let now = platform.now();
    let idle_since = now.plus_seconds(-platform.config().session_idle_seconds);
    Ok(sqlx::query_as!(
        Ended,
        r#"select s.user_id as "user: UserId", s.csrf from session s join app_user u on u.id = s.user_id
           where s.token_hash = $1 and (s.expires_at <= $2 or s.seen_at <= $3) and s.expires_at > $4 and u.disabled_at is null"#,
        hash_secret(token),
        now as _,
        idle_since as _,
        now.plus_seconds(-REMEMBERED_SECONDS) as _
    )
    .fetch_optional(platform.writes())
    .await?)
}

/// What a user is linked to.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Their company.
    pub provider: Option<ProviderId>,
    /// Themselves, as somebody who does the work.
    pub operative: Option<OperativeId>,
    /// Themselves, as a resident.
    pub person: Option<PersonId>,
    /// The patch that they look after.
    pub patch: Option<String>,
}

impl Links {
    /// To what a dimension narrows this user. A link that is missing leaves nothing, not everything; what no link is about (`panel`,
    /// `restricted`) is for the condition of each query.
    fn limit(&self, user: UserId, dimension: &str) -> Limit {
        let id = |id: Option<Uuid>| Limit::Ids(vec![id.unwrap_or_default()]);
        match dimension {
            "provider" => id(self.provider.map(Uuid::from)),
            "operative" => id(self.operative.map(Uuid::from)),
            "person" => id(self.person.map(Uuid::from)),
            "own-cases" => id(Some(user.into())),
            "patch" => Limit::Words(self.patch.iter().cloned().collect()),
            _ => Limit::Open,
        }
    }
}

/// The actor that a user's role and links make.
pub fn actor(user: UserId, name: &str, role: &Role, links: &Links, channel: Channel) -> Actor {
    let mut whole = Scope::default();
    whole.no_personal_data = role.scope.no_personal_data();
    let scope = role
        .scope
        .dimensions()
        .fold(whole, |scope, dimension| scope.narrowed(dimension.to_owned(), links.limit(user, dimension)));
    Actor {
        user: Some(user),
        name: name.to_owned(),
        role: role.key.clone(),
        permissions: role.granted(),
        scope,
        channel,
    }
}

/// Ends one session.
#[boxed]
pub async fn close(platform: &Platform, token: &str) -> Result<()> {
    sqlx::query!("delete from session where token_hash = $1", hash_secret(token)).execute(platform.writes()).await?;
    Ok(())
}

/// Ends all sessions of a user (password changed, account disabled).
#[boxed]
pub async fn close_all(platform: &Platform, user: UserId) -> Result<()> {
    sqlx::query!("delete from session where user_id = $1", user as _).execute(platform.writes()).await?;
    Ok(())
}

/// Removes sessions and half-finished sign-ins that are over, and answers kept for repeated API writes.
#[boxed]
pub async fn forget_old(platform: &Platform) -> Result<()> {
    let now = platform.now();
    sqlx::query!("delete from session where expires_at < $1", now.plus_seconds(-REMEMBERED_SECONDS) as _)
        .execute(platform.writes())
        .await?;
    let kept_since = now.plus_seconds(-super::kept_forms::LIFETIME_SECONDS);
    sqlx::query!("delete from kept_form where kept_at < $1", kept_since as _).execute(platform.writes()).await?;
    sqlx::query!("delete from pending_sign_in where expires_at < $1", now as _).execute(platform.writes()).await?;
    // An answer may hold personal data; nobody repeats a request a week later.
    sqlx::query!("delete from idempotency_key where created_at < $1", now.plus_seconds(-7 * 24 * 3600) as _)
        .execute(platform.writes())
        .await?;
    sqlx::query!("delete from unknown_sign_in where failed_at < $1", now.plus_seconds(-24 * 3600) as _)
        .execute(platform.writes())
        .await?;
    Ok(())
}
