//! How long staged files are kept. A file's rows are whole personal records; once the import is over they serve nobody.

use crate::{Platform, Result, boxed};
use rooftree_kernel::Moment;
use uuid::Uuid;

/// The cells of an import that was done or taken back are kept so long, so that its refused rows can be looked at and mended.
const CELLS_SECONDS: i64 = 90 * 86_400;
/// Rows emptied by one statement.
const ROWS_AT_ONCE: i64 = 20_000;
/// Imports emptied at one time.
const BATCHES_AT_ONCE: i64 = 20;

/// Empties the cells of imports that were over three months ago. What became of each row stays, with what taking it back needs.
#[boxed]
pub async fn forget_old(platform: &Platform) -> Result<()> {
    let now = platform.now();
    let over = sqlx::query_scalar!(
        "select id from import_batch where status in ('done', 'undone') and finished_at < $1 and emptied_at is null order by finished_at limit $2",
        now.plus_seconds(-CELLS_SECONDS) as _,
        BATCHES_AT_ONCE
    )
    .fetch_all(platform.writes())
    .await?;
    for batch in over {
        empty(platform, batch, now).await?;
    }
    Ok(())
}

async fn empty(platform: &Platform, batch: Uuid, now: Moment) -> Result<()> {
    loop {
        let emptied = sqlx::query!(
            "update import_row r set cells = '[]'
             from (select row_number from import_row where batch_id = $1 and cells <> '[]' limit $2) n
             where r.batch_id = $1 and r.row_number = n.row_number",
            batch,
            ROWS_AT_ONCE
        )
        .execute(platform.writes())
        .await?;
        if (emptied.rows_affected() as i64) < ROWS_AT_ONCE {
            break;
        }
    }
    sqlx::query!("update import_batch set emptied_at = $2 where id = $1", batch, now as _)
        .execute(platform.writes())
        .await?;
    Ok(())
}
