//! Users and their first step through the door.

use super::{devices::Counted, hash_secret, passwords};
use crate::{Ctx, Error, FactKind, Platform, Result, boxed};
use rooftree_kernel::{FieldErrors, Moment, OperativeId, PersonId, ProviderId, UserId};

/// A user was added.
pub const USER_ADDED: FactKind = FactKind::new("user.added", "User added", &["user", "role"]);
/// A user was changed: role, links, disabled.
pub const USER_CHANGED: FactKind = FactKind::new("user.changed", "User changed", &["user", "what"]);
/// Somebody signed in.
pub const SIGNED_IN: FactKind = FactKind::new("user.signed-in", "Signed in", &["user", "second_factor"]);
/// Too many wrong passwords: the account is locked for a while.
pub const LOCKED_OUT: FactKind = FactKind::new("user.locked-out", "Account locked", &["user"]);

/// Wrong passwords in a row that lock an account.
const FAILURES_MAX: i32 = 6;
/// For how long.
const LOCK_SECONDS: i64 = 15 * 60;

/// A user about to be added.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Sign-in name.
    pub email: String,
    /// Shown in timelines.
    pub name: String,
    /// Role key.
    pub role: String,
    /// Absent when only single sign-on is used.
    pub password: Option<String>,
    /// The provider whose rows a provider's manager sees.
    pub provider: Option<ProviderId>,
    /// The operative this user is.
    pub operative: Option<OperativeId>,
    /// The resident this user is.
    pub person: Option<PersonId>,
    /// A housing officer's patch.
    pub patch: Option<String>,
}

/// Adds a user. Errors name the field: a taken e-mail, an unknown role, a weak password.
#[boxed]
pub async fn add(ctx: &mut Ctx, user: NewUser) -> Result<UserId> {
    let mut errors = FieldErrors::default();
    if !user.email.contains('@') || user.email.len() > 200 {
        errors.add("email", "enter an e-mail address, like name@example.org");
    }
    if user.name.trim().is_empty() {
        errors.add("name", "enter the person's name");
    }
    if ctx.platform().rules().roles.get(&user.role).is_none() {
        errors.add("role", "choose a role from the list");
    }
    if let Some(password) = &user.password
        && let Err(message) = passwords::check(password, &user.email)
    {
        errors.add("password", message);
    }
    errors.into_result(())?;
    let hash = match user.password {
        Some(password) => Some(passwords::hash(password).await?),
        None => None,
    };
    let (id, now) = (UserId::new(), ctx.now);
    let added = sqlx::query!(
        "insert into app_user (id, email, name, role, provider_id, operative_id, person_id, patch, password_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (lower(email)) do nothing",
        id as _,
        user.email.trim(),
        user.name.trim(),
        user.role,
        user.provider as _,
        user.operative as _,
        user.person as _,
        user.patch,
        hash,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    if added.rows_affected() == 0 {
        return Err(Error::field("email", "there is already a user with this e-mail address"));
    }
    ctx.record(USER_ADDED.at(now).with("user", id).with("role", &user.role)).await?;
    Ok(id)
}

/// What a right password leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Wrong e-mail, wrong password or disabled: the page does not say which.
    Refused,
    /// Locked until then.
    Locked(Moment),
    /// In.
    In(UserId),
    /// A code from the authenticator is needed.
    NeedsCode(UserId),
    /// The role requires a second factor and none is set up yet.
    NeedsSetUp(UserId),
}

/// Checks e-mail and password. Six failures in a row lock for a quarter of an hour, whether or not there is such a user: neither the
/// answer nor its time tells who is one. Whoever has no password is nobody here: their account is not locked by guesses at it. On a
/// device that is known by its cookie, that device's failures alone count.
#[boxed]
pub async fn check_password(platform: &Platform, email: &str, password: &str, device: Option<&str>) -> Result<Outcome> {
    let row = sqlx::query!(
        r#"select id as "id: UserId", password_hash
           from app_user where lower(email) = lower($1) and disabled_at is null and password_hash is not null"#,
        email.trim()
    )
    .fetch_optional(platform.writes())
    .await?;
    let counted = match &row {
        Some(row) => Counted::of(row.id, row.password_hash.as_deref(), device, platform.now()),
        None => Counted::Apart(hash_secret(&email.trim().to_lowercase())),
    };
    if let Some(until) = counted.locked_until(platform).await? {
        return Ok(Outcome::Locked(until));
    }
    let hash = row.as_ref().and_then(|row| row.password_hash.clone());
    let right = passwords::verify(password.chars().take(passwords::LENGTH_MAX + 1).collect(), hash).await;
    match row {
        Some(row) if right => after_first_factor(platform, row.id, device).await,
        _ => counted.failed(platform).await,
    }
}

/// What a user who proved the first factor (password, single sign-on) still has to do.
#[boxed]
pub async fn after_first_factor(platform: &Platform, user: UserId, device: Option<&str>) -> Result<Outcome> {
    let row = sqlx::query!(
        r#"select role, (totp_confirmed_at is not null) as "confirmed!", password_hash
           from app_user where id = $1 and disabled_at is null"#,
        user as _
    )
    .fetch_optional(platform.writes())
    .await?;
    let Some(row) = row else { return Ok(Outcome::Refused) };
    let counted = Counted::of(user, row.password_hash.as_deref(), device, platform.now());
    if let Some(until) = counted.locked_until(platform).await? {
        return Ok(Outcome::Locked(until));
    }
    let required = platform.rules().roles.get(&row.role).is_some_and(|role| role.second_factor);
    Ok(match (row.confirmed, required) {
        (true, _) => Outcome::NeedsCode(user),
        (false, true) => Outcome::NeedsSetUp(user),
        (false, false) => Outcome::In(user),
    })
}

/// Until when an account is, or was, locked.
pub(super) async fn locked_until(platform: &Platform, user: UserId) -> Result<Option<Moment>> {
    let until = sqlx::query_scalar!(r#"select locked_until as "until: Moment" from app_user where id = $1"#, user as _)
        .fetch_optional(platform.writes())
        .await?;
    Ok(until.flatten())
}

/// Until when what is counted apart from accounts is, or was, locked: an address that nobody has, a known device.
pub(super) async fn apart_locked_until(platform: &Platform, hash: &[u8]) -> Result<Option<Moment>> {
    let until = sqlx::query_scalar!(
        r#"select locked_until as "until: Moment" from unknown_sign_in where email_hash = $1"#,
        hash
    )
    .fetch_optional(platform.writes())
    .await?;
    Ok(until.flatten())
}

/// Counts a wrong password or code against what is counted apart from accounts.
pub(super) async fn note_failure_apart(platform: &Platform, hash: &[u8], now: Moment) -> Result<Outcome> {
    let until = now.plus_seconds(LOCK_SECONDS);
    let locked = sqlx::query_scalar!(
        r#"insert into unknown_sign_in as u (email_hash, failed_count, failed_at) values ($1, 1, $2)
           on conflict (email_hash) do update
               set failed_count = case when u.failed_count + 1 >= $3 then 0 else u.failed_count + 1 end,
                   locked_until = case when u.failed_count + 1 >= $3 then $4 else u.locked_until end,
                   failed_at = $2
           returning (failed_count = 0) as "locked!""#,
        hash,
        now as _,
        FAILURES_MAX,
        until as _
    )
    .fetch_one(platform.writes())
    .await?;
    Ok(if locked { Outcome::Locked(until) } else { Outcome::Refused })
}

/// Counts a wrong password or code against the account; the last allowed one locks it.
pub(super) async fn note_failure(platform: &Platform, user: UserId, now: Moment) -> Result<Outcome> {
    let until = now.plus_seconds(LOCK_SECONDS);
    let locked = sqlx::query_scalar!(
        r#"update app_user set failed_count = case when failed_count + 1 >= $2 then 0 else failed_count + 1 end,
                  locked_until = case when failed_count + 1 >= $2 then $3 else locked_until end
           where id = $1 returning (failed_count = 0) as "locked!""#,
        user as _,
        FAILURES_MAX,
        until as _
    )
    .fetch_one(platform.writes())
    .await?;
    if !locked {
        return Ok(Outcome::Refused);
    }
    let mut ctx = platform.begin(&rooftree_kernel::Actor::system(rooftree_kernel::Channel::Web)).await?;
    ctx.record(LOCKED_OUT.at(now).with("user", user)).await?;
    ctx.commit().await?;
    Ok(Outcome::Locked(until))
}

/// Sets a password (and ends nothing: callers close sessions).
#[boxed]
pub async fn set_password(ctx: &mut Ctx, user: UserId, password: &str) -> Result<()> {
    let email =
        sqlx::query_scalar!("select email from app_user where id = $1", user as _).fetch_one(ctx.conn()).await?;
    passwords::check(password, &email).map_err(|message| Error::field("password", message))?;
    let hash = passwords::hash(password.to_owned()).await?;
    sqlx::query!(
        "update app_user set password_hash = $2, failed_count = 0, locked_until = null where id = $1",
        user as _,
        hash
    )
    .execute(ctx.conn())
    .await?;
    super::pending::end_all(ctx, user).await?;
    let now = ctx.now;
    ctx.record(USER_CHANGED.at(now).with("user", user).with("what", "password")).await?;
    Ok(())
}

/// A new password for whoever knows the present one. A wrong present password counts like one at the door.
#[boxed]
pub async fn change_own_password(
    platform: &Platform,
    actor: &rooftree_kernel::Actor,
    user: UserId,
    current: &str,
    password: &str,
) -> Result<()> {
    super::limits::count(platform, &format!("password:{user}"), platform.config().sign_in_per_minute_max).await?;
    let known = sqlx::query_scalar!("select password_hash from app_user where id = $1", user as _)
        .fetch_one(platform.writes())
        .await?;
    // A session that was left open must not be a place to guess; but strangers at the door do not keep its owner from a new password.
    let counted = Counted::known_devices(user);
    if let Some(until) = counted.locked_until(platform).await? {
        return Err(Error::field("current", format!("too many wrong passwords: try again after {}", until.time())));
    }
    if !passwords::verify(current.to_owned(), known).await {
        return match counted.failed(platform).await? {
            Outcome::Locked(until) => {
                Err(Error::field("current", format!("too many wrong passwords: try again after {}", until.time())))
            }
            _ => Err(Error::field("current", "this is not your present password")),
        };
    }
    if password == current {
        return Err(Error::field("password", "this is your present password: choose another"));
    }
    let mut ctx = platform.begin(actor).await?;
    set_password(&mut ctx, user, password).await?;
    ctx.commit().await
}

/// The actor that a user is, for work done later in their name.
#[boxed]
pub async fn actor(
    platform: &Platform,
    user: UserId,
    channel: rooftree_kernel::Channel,
) -> Result<rooftree_kernel::Actor> {
    let row = sqlx::query!(
        r#"select name, role, provider_id as "provider_id: ProviderId", operative_id as "operative_id: OperativeId",
                  person_id as "person_id: PersonId", patch
           from app_user where id = $1 and disabled_at is null"#,
        user as _
    )
    .fetch_optional(platform.writes())
    .await?
    .ok_or(Error::NotFound("the user"))?;
    let role = platform.rules().roles.get(&row.role).ok_or(Error::NotFound("the user’s role"))?;
    let links = super::sessions::Links {
        provider: row.provider_id,
        operative: row.operative_id,
        person: row.person_id,
        patch: row.patch,
    };
    Ok(super::sessions::actor(user, &row.name, role, &links, channel))
}
