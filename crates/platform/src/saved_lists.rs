//! Lists that people have named. A preference of theirs and no fact: nothing happens to the landlord when one is kept, and an address may
//! hold a name that was searched for.

use crate::{Ctx, Error, Platform, Result, boxed};
use rooftree_kernel::{Actor, FieldErrors, UserId};
use uuid::Uuid;

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 60;
/// The longest address, in bytes.
pub const QUERY_BYTES_MAX: usize = 2000;
/// So many one person may keep.
pub const SAVED_MAX: i64 = 50;

/// A list that somebody has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedList {
    /// Its id.
    pub id: Uuid,
    /// What they call it.
    pub name: String,
    /// The list's address: `/repairs`.
    pub list: String,
    /// Its filters and order, as they stand in the address.
    pub query: String,
    /// The role with which it is shared.
    pub role: Option<String>,
    /// Whoever asks has named it; else it is shared with their role.
    pub own: bool,
}

/// Those of a person and those shared with their role, by name, their own first.
#[boxed]
pub async fn of(platform: &Platform, actor: &Actor, limit: i64) -> Result<Vec<SavedList>> {
    Ok(sqlx::query_as!(
        SavedList,
        r#"select id, name, list, query, role, coalesce(user_id = $1, false) as "own!" from saved_list
           where user_id = $1 or role = $2 order by coalesce(user_id = $1, false) desc, lower(name), id limit $3"#,
        actor.user as _,
        actor.role,
        limit
    )
    .fetch_all(platform.writes())
    .await?)
}

/// Keeps a list under a name; one that the person has under that name leads to the new address from now on.
#[boxed]
pub async fn save(ctx: &mut Ctx, name: &str, list: &str, query: &str) -> Result<()> {
    let user = own(ctx)?;
    check(ctx, name, None)?;
    if query.len() > QUERY_BYTES_MAX {
        return Err(Error::field("query", "this list has too many filters to be kept: take some away"));
    }
    let kept = sqlx::query_scalar!(
        r#"select count(*) as "kept!" from saved_list where user_id = $1 and lower(name) <> lower($2)"#,
        user as _,
        name
    )
    .fetch_one(ctx.conn())
    .await?;
    if kept >= SAVED_MAX {
        return Err(Error::field("name", format!("you keep {SAVED_MAX} lists already: delete one first")));
    }
    let now = ctx.now;
    sqlx::query!(
        "insert into saved_list (id, user_id, name, list, query, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (user_id, lower(name)) do update set list = excluded.list, query = excluded.query",
        Uuid::now_v7(),
        user as _,
        name,
        list,
        query,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Gives it another name, and shares it with a role or with nobody.
#[boxed]
pub async fn change(ctx: &mut Ctx, id: Uuid, name: &str, role: Option<&str>) -> Result<()> {
    let user = own(ctx)?;
    check(ctx, name, role)?;
    let taken = sqlx::query_scalar!(
        r#"select exists (select from saved_list where user_id = $1 and lower(name) = lower($2) and id <> $3) as "taken!""#,
        user as _,
        name,
        id
    )
    .fetch_one(ctx.conn())
    .await?;
    if taken {
        return Err(Error::field("name", "you keep another list under this name: choose a new one"));
    }
    let changed = sqlx::query!(
        "update saved_list set name = $3, role = $4 where id = $1 and user_id = $2",
        id,
        user as _,
        name,
        role
    )
    .execute(ctx.conn())
    .await?;
    if changed.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound("the saved list")) }
}

/// Forgets one of the person's own.
#[boxed]
pub async fn remove(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    let user = own(ctx)?;
    let removed = sqlx::query!("delete from saved_list where id = $1 and user_id = $2", id, user as _)
        .execute(ctx.conn())
        .await?;
    if removed.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound("the saved list")) }
}

fn own(ctx: &Ctx) -> Result<UserId> {
    ctx.actor.user.ok_or_else(|| Error::conflict("Only a person keeps lists."))
}

fn check(ctx: &Ctx, name: &str, role: Option<&str>) -> Result<()> {
    let mut errors = FieldErrors::default();
    match name.chars().count() {
        0 => errors.add("name", "give the list a name"),
        count if count > NAME_CHARS_MAX => {
            errors.add("name", format!("use at most {NAME_CHARS_MAX} characters"));
        }
        _ => {}
    }
    if role.is_some_and(|role| ctx.platform().rules().roles.get(role).is_none()) {
        errors.add("role", "choose one of the roles");
    }
    errors.into_result(()).map_err(Into::into)
}
