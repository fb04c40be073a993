//! Files without a document. Bytes go into the store before the unit of work that refers to them, and not every unit of work ends well.
//! So what is put is noted first, outside any unit of work; a file that no document refers to a day later goes again.

use super::{blob_key, checksum};
use crate::{Platform, Result, boxed, ports::BlobError};
use rooftree_kernel::Moment;

/// How long a file without a document stays, in seconds: far longer than a form takes.
const STRAY_SECONDS: i64 = 24 * 3600;

/// Notes that bytes are about to be put. Where a sweep is just removing the same bytes, it ends first, and they are put after it.
pub(super) async fn note(platform: &Platform, sha256: &[u8; 32]) -> Result<()> {
    sqlx::query!(
        "insert into blob_put (sha256, put_at) values ($1, $2) on conflict (sha256) do update set put_at = excluded.put_at",
        sha256.as_slice(),
        platform.now() as _
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Removes the files that were put a day ago and that no document refers to; returns how many. One that cannot be removed waits for another
/// day and holds up no other.
///
/// Invariant: rows of `document` are never deleted; a document that is removed keeps its row. So a file that a document once referred to is
/// never a stray again, and its note may go.
#[boxed]
pub async fn sweep(platform: &Platform) -> Result<u64> {
    let before = platform.now().plus_seconds(-STRAY_SECONDS);
    sqlx::query!(
        "delete from blob_put b where b.put_at < $1 and exists (select from document d where d.sha256 = b.sha256)",
        before as _
    )
    .execute(platform.writes())
    .await?;
    let mut swept = 0;
    while let Some(gone) = sweep_one(platform, before).await? {
        swept += u64::from(gone);
    }
    Ok(swept)
}

/// Whether the oldest stray could be removed; `None` when there is none. The file goes while its note is locked, and the note goes with it:
/// whoever sends the same bytes meanwhile waits in [`note`].
async fn sweep_one(platform: &Platform, before: Moment) -> Result<Option<bool>> {
    let mut tx = platform.writes().begin().await?;
    let found = sqlx::query_scalar!(
        "select b.sha256 from blob_put b
         where b.put_at < $1 and not exists (select from document d where d.sha256 = b.sha256)
         order by b.put_at limit 1 for update of b skip locked",
        before as _
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(sha256) = found else { return Ok(None) };
    let removed = remove(platform, &blob_key(&checksum(sha256.clone())?)).await;
    match &removed {
        Ok(()) => sqlx::query!("delete from blob_put where sha256 = $1", sha256.as_slice()).execute(&mut *tx).await?,
        Err(error) => {
            tracing::warn!(%error, "a file that no document refers to could not be removed; it is tried again in a day");
            sqlx::query!("update blob_put set put_at = $2 where sha256 = $1", sha256.as_slice(), platform.now() as _)
                .execute(&mut *tx)
                .await?
        }
    };
    tx.commit().await?;
    Ok(Some(removed.is_ok()))
}

async fn remove(platform: &Platform, key: &str) -> Result<(), BlobError> {
    let blobs = &platform.ports().blobs;
    blobs.delete(&format!("{key}.thumb")).await?;
    blobs.delete(key).await
}
