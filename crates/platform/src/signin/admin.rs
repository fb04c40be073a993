//! What an administrator does with users: list, change, disable, help those who are locked out.

use super::{
    passwords, pending, second, sessions,
    users::{self, NewUser, USER_CHANGED},
};
use crate::{Ctx, Error, Platform, Result, boxed};
use rooftree_kernel::{FieldErrors, Moment, OperativeId, Permission, PersonId, ProviderId, UserId};
use uuid::Uuid;

/// Adds, changes and disables users.
pub const MANAGE: Permission = Permission::new("users.manage");
/// Users listed at once.
pub const USERS_MAX: i64 = 500;
/// Characters of a password that we make, without its hyphens: some 78 bits.
const MADE_CHARS: usize = 16;

/// A user, as administrators see one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// Sign-in name.
    pub email: String,
    /// Shown in timelines.
    pub name: String,
    /// Role key.
    pub role: String,
    /// Linked provider.
    pub provider_id: Option<ProviderId>,
    /// Linked operative.
    pub operative_id: Option<OperativeId>,
    /// Linked resident.
    pub person_id: Option<PersonId>,
    /// Patch of a housing officer.
    pub patch: Option<String>,
    /// They have a password.
    pub has_password: bool,
    /// They are tied to single sign-on.
    pub single_sign_on: bool,
    /// Their second factor is set up.
    pub second_factor: bool,
    /// Locked until then.
    pub locked_until: Option<Moment>,
    /// When they were added.
    pub created_at: Moment,
    /// When they last signed in.
    pub last_sign_in_at: Option<Moment>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Moment>,
    /// For optimistic locking.
    pub version: i32,
}

/// Users by part of name or e-mail, role, and whether they may sign in; by name, at most [`USERS_MAX`].
#[boxed]
pub async fn list(
    platform: &Platform,
    text: Option<&str>,
    role: Option<&str>,
    disabled: Option<bool>,
) -> Result<Vec<UserRow>> {
    Ok(sqlx::query_as!(
        UserRow,
        r#"select id as "id: UserId", email, name, role, provider_id as "provider_id: ProviderId", operative_id as "operative_id: OperativeId",
                  person_id as "person_id: PersonId", patch, (password_hash is not null) as "has_password!",
                  (oidc_subject is not null) as "single_sign_on!", (totp_confirmed_at is not null) as "second_factor!",
                  locked_until as "locked_until: Moment", created_at as "created_at: Moment", last_sign_in_at as "last_sign_in_at: Moment",
                  disabled_at as "disabled_at: Moment", version
           from app_user
           where ($1::text is null or position(lower($1) in lower(name || ' ' || email)) > 0) and ($2::text is null or role = $2)
             and ($3::boolean is null or (disabled_at is not null) = $3)
           order by lower(name), id limit $4"#,
        text,
        role,
        disabled,
        USERS_MAX
    )
    .fetch_all(platform.writes())
    .await?)
}

/// One user.
#[boxed]
pub async fn get(platform: &Platform, id: UserId) -> Result<UserRow> {
    sqlx::query_as!(
        UserRow,
        r#"select id as "id: UserId", email, name, role, provider_id as "provider_id: ProviderId", operative_id as "operative_id: OperativeId",
                  person_id as "person_id: PersonId", patch, (password_hash is not null) as "has_password!",
                  (oidc_subject is not null) as "single_sign_on!", (totp_confirmed_at is not null) as "second_factor!",
                  locked_until as "locked_until: Moment", created_at as "created_at: Moment", last_sign_in_at as "last_sign_in_at: Moment",
                  disabled_at as "disabled_at: Moment", version
           from app_user where id = $1"#,
        id as _
    )
    .fetch_optional(platform.writes())
    .await?
    .ok_or(Error::NotFound("the user"))
}

/// Adds a user; returns the password we made for them, which is shown once.
#[boxed]
pub async fn add(ctx: &mut Ctx, mut user: NewUser) -> Result<(UserId, String)> {
    ctx.require(&MANAGE)?;
    check_links(ctx.platform(), &user.role, user.provider, user.operative, user.person, user.patch.as_deref())?;
    let password = made_password(&mut rand::rng());
    user.password = Some(password.clone());
    Ok((users::add(ctx, user).await?, password))
}

/// What may be changed about a user.
#[derive(Clone, Debug)]
pub struct Change {
    /// Shown in timelines.
    pub name: String,
    /// Role key.
    pub role: String,
    /// Linked provider.
    pub provider: Option<ProviderId>,
    /// Linked operative.
    pub operative: Option<OperativeId>,
    /// Linked resident.
    pub person: Option<PersonId>,
    /// Patch of a housing officer.
    pub patch: Option<String>,
    /// The version that was shown.
    pub version: i32,
}

/// Changes name, role and links. The last administrator stays one.
#[boxed]
pub async fn change(ctx: &mut Ctx, id: UserId, change: Change) -> Result<()> {
    ctx.rights_change();
    ctx.require(&MANAGE)?;
    let mut errors = FieldErrors::default();
    if change.name.trim().is_empty() {
        errors.add("name", "enter the person's name");
    }
    let grants = ctx.platform().rules().roles.get(&change.role).map(|role| role.granted().contains(&MANAGE));
    if grants.is_none() {
        errors.add("role", "choose a role from the list");
    }
    errors.into_result(())?;
    check_links(
        ctx.platform(),
        &change.role,
        change.provider,
        change.operative,
        change.person,
        change.patch.as_deref(),
    )?;
    if grants == Some(false) {
        keep_an_administrator(ctx, id).await?;
    }
    let old = sqlx::query!("select name, role, version from app_user where id = $1 for update", id as _)
        .fetch_optional(ctx.conn())
        .await?
        .ok_or(Error::NotFound("the user"))?;
    if old.version != change.version {
        return Err(Error::overtaken("this user"));
    }
    sqlx::query!(
        "update app_user set name = $2, role = $3, provider_id = $4, operative_id = $5, person_id = $6, patch = $7, version = version + 1
         where id = $1",
        id as _,
        change.name.trim(),
        change.role,
        change.provider.map(Uuid::from),
        change.operative.map(Uuid::from),
        change.person.map(Uuid::from),
        change.patch
    )
    .execute(ctx.conn())
    .await?;
    let what = if old.role == change.role {
        "details".to_owned()
    } else {
        format!("role from {} to {}", old.role, change.role)
    };
    note(ctx, id, &what).await
}

/// A role that sees only what is linked to it needs its link: without one it would see nothing.
fn check_links(
    platform: &Platform,
    role: &str,
    provider: Option<ProviderId>,
    operative: Option<OperativeId>,
    person: Option<PersonId>,
    patch: Option<&str>,
) -> Result<()> {
    let Some(role) = platform.rules().roles.get(role) else { return Ok(()) };
    let needs = [
        ("provider", provider.is_none(), "this role sees one provider's work: choose which"),
        ("operative", operative.is_none(), "this role sees one operative's visits: choose whose"),
        ("person", person.is_none(), "this role sees one resident's home: enter their reference"),
        ("patch", patch.is_none(), "this role sees one patch: enter which"),
    ];
    match needs.iter().find(|(dimension, missing, _)| *missing && role.scope.narrows_by(dimension)) {
        Some((dimension, _, why)) => Err(Error::field(*dimension, *why)),
        None => Ok(()),
    }
}

/// Refuses when nobody else could manage users any more.
async fn keep_an_administrator(ctx: &mut Ctx, but: UserId) -> Result<()> {
    let roles: Vec<String> = {
        let all = ctx.platform().rules().roles.all();
        all.filter(|role| role.granted().contains(&MANAGE)).map(|role| role.key.clone()).collect()
    };
    // Two administrators who demote each other at the same time wait for one another here.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('last administrator', 0))").execute(ctx.conn()).await?;
    let row = sqlx::query!(
        r#"select exists (select from app_user where id = $1 and role = any($2) and disabled_at is null) as "is_one!",
                  exists (select from app_user where id <> $1 and role = any($2) and disabled_at is null) as "others!""#,
        but as _,
        &roles
    )
    .fetch_one(ctx.conn())
    .await?;
    if row.is_one && !row.others {
        return Err(Error::conflict("This is the last user who can manage users. Give somebody else that role first."));
    }
    Ok(())
}

/// Shuts a user out, at once, or lets them in again.
#[boxed]
pub async fn set_disabled(ctx: &mut Ctx, id: UserId, disabled: bool) -> Result<()> {
    ctx.rights_change();
    ctx.require(&MANAGE)?;
    if disabled {
        keep_an_administrator(ctx, id).await?;
        sqlx::query!("delete from session where user_id = $1", id as _).execute(ctx.conn()).await?;
        pending::end_all(ctx, id).await?;
    }
    let now = ctx.now;
    let found = sqlx::query!(
        "update app_user set disabled_at = case when $2 then $3::timestamptz end where id = $1",
        id as _,
        disabled,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    if found.rows_affected() == 0 {
        return Err(Error::NotFound("the user"));
    }
    note(ctx, id, if disabled { "disabled" } else { "enabled" }).await
}

/// Makes a new password and ends all sessions; returns the password, which is shown once. A lock is lifted.
#[boxed]
pub async fn reset_password(ctx: &mut Ctx, id: UserId) -> Result<String> {
    ctx.require(&MANAGE)?;
    let password = made_password(&mut rand::rng());
    let hash = passwords::hash(password.clone()).await?;
    let found = sqlx::query!(
        "update app_user set password_hash = $2, failed_count = 0, locked_until = null where id = $1",
        id as _,
        hash
    )
    .execute(ctx.conn())
    .await?;
    if found.rows_affected() == 0 {
        return Err(Error::NotFound("the user"));
    }
    sqlx::query!("delete from session where user_id = $1", id as _).execute(ctx.conn()).await?;
    pending::end_all(ctx, id).await?;
    note(ctx, id, "password reset").await?;
    Ok(password)
}

/// Takes a lost second factor away and ends all sessions; a role that requires one sets it up anew at the next sign-in.
#[boxed]
pub async fn reset_second_factor(ctx: &mut Ctx, id: UserId) -> Result<()> {
    ctx.require(&MANAGE)?;
    sqlx::query!("delete from session where user_id = $1", id as _).execute(ctx.conn()).await?;
    second::remove(ctx, id).await
}

/// Lifts the lock that wrong passwords put on.
#[boxed]
pub async fn unlock(ctx: &mut Ctx, id: UserId) -> Result<()> {
    ctx.require(&MANAGE)?;
    sqlx::query!("update app_user set failed_count = 0, locked_until = null where id = $1", id as _)
        .execute(ctx.conn())
        .await?;
    note(ctx, id, "unlocked").await
}

/// Ends all of a user's sessions.
#[boxed]
pub async fn end_sessions(platform: &Platform, ctx: &mut Ctx, id: UserId) -> Result<()> {
    ctx.require(&MANAGE)?;
    sessions::close_all(platform, id).await?;
    note(ctx, id, "sessions ended").await
}

async fn note(ctx: &mut Ctx, id: UserId, what: &str) -> Result<()> {
    let now = ctx.now;
    ctx.record(USER_CHANGED.at(now).with("user", id).with("what", what)).await?;
    Ok(())
}

/// Four groups of four from letters and digits that nobody mistakes.
fn made_password(random: &mut impl rand::Rng) -> String {
    let mut password = String::with_capacity(MADE_CHARS + 3);
    for place in 0..MADE_CHARS {
        if place > 0 && place % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(second::ALPHABET[random.random_range(0..second::ALPHABET.len())]));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_pass_our_own_rule_and_differ() {
        let (one, two) = (made_password(&mut rand::rng()), made_password(&mut rand::rng()));
        assert!(passwords::check(&one, "ada@example.org").is_ok(), "{one}");
        assert_ne!(one, two);
        assert_eq!(one.len(), 19);
    }
}
