//! Forms that were sent when the session had just ended, kept for a day for whoever had it. They may hold personal data: nobody else
//! reads them, and no log or address names what is in them.

use crate::{Platform, Result, boxed};
use rooftree_kernel::UserId;
use uuid::Uuid;

/// How long a form is kept, in seconds.
pub const LIFETIME_SECONDS: i64 = 24 * 3600;
/// A user has at most so many; the oldest go.
const PER_USER_MAX: i64 = 20;

/// A form as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it was sent to, with its query.
    pub path: String,
    /// Names and values, without the session's token.
    pub fields: Vec<(String, String)>,
    /// It is a form that takes files.
    pub upload: bool,
    /// Files came with it; they are not kept.
    pub files: bool,
}

/// Keeps a form; returns the id under which its owner finds it.
#[boxed]
pub async fn keep(platform: &Platform, user: UserId, form: &Kept) -> Result<Uuid> {
    let (id, now) = (Uuid::new_v4(), platform.now());
    let fields = serde_json::to_value(&form.fields).unwrap_or_default();
    sqlx::query!(
        "with former as (
             delete from kept_form where id in (select id from kept_form where user_id = $2 order by kept_at desc offset $8)
         )
         insert into kept_form (id, user_id, path, fields, upload, files, kept_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        user as _,
        form.path,
        fields,
        form.upload,
        form.files,
        now as _,
        PER_USER_MAX - 1
    )
    .execute(platform.writes())
    .await?;
    Ok(id)
}

/// A form that was kept for this user.
#[boxed]
pub async fn find(platform: &Platform, user: UserId, id: Uuid) -> Result<Option<Kept>> {
    let since = platform.now().plus_seconds(-LIFETIME_SECONDS);
    let row = sqlx::query!(
        "select path, fields, upload, files from kept_form where id = $1 and user_id = $2 and kept_at > $3",
        id,
        user as _,
        since as _
    )
    .fetch_optional(platform.writes())
    .await?;
    Ok(row.map(|row| Kept {
        path: row.path,
        fields: serde_json::from_value(row.fields).unwrap_or_default(),
        upload: row.upload,
        files: row.files,
    }))
}
