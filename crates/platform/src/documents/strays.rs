//! Files without a document. Bytes go into the store before the unit of work that refers to them, and not every unit of work ends well.
//! So what is put is noted first, outside any unit of work; a file that no document refers to a day later goes again.

use super::{blob_key, checksum, failed};
use crate::{Platform, Result};
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
    .execute(platform.pool())
    .await?;
    Ok(())
}

/// Removes the files that were put a day ago and that no document refers to; returns how many.
pub async fn sweep(platform: &Platform) -> Result<u64> {
    let before = platform.now().plus_seconds(-STRAY_SECONDS);
    sqlx::query!(
        "delete from blob_put b where b.put_at < $1 and exists (select from document d where d.sha256 = b.sha256)",
        before as _
    )
    .execute(platform.pool())
    .await?;
    let mut swept = 0;
    while sweep_one(platform, before).await? {
        swept += 1;
    }
    Ok(swept)
}

/// The file goes while its note is locked, and the note goes with it: whoever sends the same bytes meanwhile waits in [`note`].
async fn sweep_one(platform: &Platform, before: Moment) -> Result<bool> {
    let mut tx = platform.pool().begin().await?;
    let found = sqlx::query_scalar!(
        "delete from blob_put where sha256 =
             (select b.sha256 from blob_put b
              where b.put_at < $1 and not exists (select from document d where d.sha256 = b.sha256)
              order by b.put_at limit 1 for update of b skip locked)
         returning sha256",
        before as _
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(sha256) = found else { return Ok(false) };
    let key = blob_key(&checksum(sha256)?);
    let blobs = &platform.ports().blobs;
    blobs.delete(&format!("{key}.thumb")).await.map_err(failed)?;
    blobs.delete(&key).await.map_err(failed)?;
    tx.commit().await?;
    Ok(true)
}
