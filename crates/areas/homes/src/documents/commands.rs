//! Writes: take a document off the page. (Adding one is the platform's `attach`.)

use crate::EDIT;
use rooftree_kernel::{DocumentId, PlaceId};
use rooftree_platform::{Ctx, Error, Result, documents::DOCUMENT_REMOVED};

/// Takes a place's document off its page. The bytes and the history stay; documents of cases are not removed here.
pub async fn remove(ctx: &mut Ctx, id: DocumentId, reason: &str) -> Result<PlaceId> {
    ctx.require(&EDIT)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 300 {
        return Err(Error::field("reason", "say in 1 to 300 characters why it is removed"));
    }
    let now = ctx.now;
    let home = sqlx::query_scalar!(
        r#"update document set removed_at = $2, removed_reason = $3
           where id = $1 and removed_at is null and case_id is null and home_id is not null
           returning home_id as "home_id!: PlaceId""#,
        id as _,
        now as _,
        reason
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the document"))?;
    ctx.record(DOCUMENT_REMOVED.at(now).home(home).with("document", id).with("reason", reason)).await?;
    Ok(home)
}
