//! Batches and their rows in the database.

use super::mapping::{Mapping, Remembered};
use crate::{Conn, Ctx, Error, Platform, Result, boxed, ports::Sheet};
use rooftree_kernel::Moment;
use serde_json::Value;
use uuid::Uuid;

/// Rows written or read at once.
pub const ROWS_AT_ONCE: usize = 5_000;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The file is in; the columns are to be confirmed.
    Staged,
    /// The dry run is done.
    Checked,
    /// Being checked, applied or undone.
    Running,
    /// Applied.
    Done,
    /// Stopped half-way; running it again goes on from there.
    Failed,
    /// Taken back.
    Undone,
}

impl Status {
    fn parse(text: &str) -> Self {
        match text {
            "checked" => Self::Checked,
            "running" => Self::Running,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "undone" => Self::Undone,
            _ => Self::Staged,
        }
    }
}

/// One file's import.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Batch {
    /// Its id.
    pub id: Uuid,
    /// The target's key.
    pub target: String,
    /// The system the file came from.
    pub source: String,
    /// The file's name.
    pub file_name: String,
    /// Headings and columns.
    pub mapping: Mapping,
    /// Where it stands.
    pub status: Status,
    /// Rows in the file.
    pub total: i32,
    /// Rows that went in, or would.
    pub good: i32,
    /// Rows refused.
    pub bad: i32,
    /// Of the good: new things.
    pub created: i32,
    /// Of the good: changed things.
    pub updated: i32,
    /// Of the good: already so.
    pub unchanged: i32,
    /// What it is at, or why it stopped.
    pub message: Option<String>,
    /// When the file came.
    pub created_at: Moment,
    /// Who brought it.
    pub created_by: String,
    /// When it was done, or undone.
    pub finished_at: Option<Moment>,
}

struct Stored {
    id: Uuid,
    target: String,
    source: String,
    file_name: String,
    mapping: Value,
    status: String,
    total: i32,
    good: i32,
    bad: i32,
    created: i32,
    updated: i32,
    unchanged: i32,
    message: Option<String>,
    created_at: Moment,
    created_by: String,
    finished_at: Option<Moment>,
}

impl From<Stored> for Batch {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            target: row.target,
            source: row.source,
            file_name: row.file_name,
            mapping: serde_json::from_value(row.mapping).unwrap_or_default(),
            status: Status::parse(&row.status),
            total: row.total,
            good: row.good,
            bad: row.bad,
            created: row.created,
            updated: row.updated,
            unchanged: row.unchanged,
            message: row.message,
            created_at: row.created_at,
            created_by: row.created_by,
            finished_at: row.finished_at,
        }
    }
}

/// Brings a table in, unchecked; its mapping is the best guess.
pub(super) async fn insert(
    ctx: &mut Ctx,
    target: &str,
    source: &str,
    file_name: &str,
    sheet: &Sheet,
    mapping: &Mapping,
) -> Result<Uuid> {
    let (id, now, by) = (Uuid::now_v7(), ctx.now, ctx.actor.name.clone());
    let total = i32::try_from(sheet.rows.len()).map_err(|_| Error::field("file", "the file has too many rows"))?;
    sqlx::query!(
        "insert into import_batch (id, target, source, file_name, mapping, status, total, created_at, created_by)
         values ($1, $2, $3, $4, $5, 'staged', $6, $7, $8)",
        id,
        target,
        source,
        file_name,
        json(mapping)?,
        total,
        now as _,
        by
    )
    .execute(ctx.conn())
    .await?;
    let mut first = FIRST_ROW;
    for rows in sheet.rows.chunks(ROWS_AT_ONCE) {
        // PostgreSQL keeps no zero bytes in text; a cell never means one.
        let cells: Vec<String> = rows
            .iter()
            .map(|row| json(row).map(|value| value.to_string().replace("\\u0000", "")))
            .collect::<Result<_>>()?;
        sqlx::query!(
            "insert into import_row (batch_id, row_number, cells)
             select $1, ($2 + place - 1)::integer, cells::jsonb from unnest($3::text[]) with ordinality as r(cells, place)",
            id,
            first as i64,
            &cells
        )
        .execute(ctx.conn())
        .await?;
        first += rows.len();
    }
    Ok(id)
}

fn json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()))
}

/// The number of the first row of content: rows are numbered as a spreadsheet shows them, and the headings stand in the first.
const FIRST_ROW: usize = 2;

/// A batch by its id.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Batch> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select id, target, source, file_name, mapping, status, total, good, bad, created, updated, unchanged, message,
                  created_at as "created_at: Moment", created_by, finished_at as "finished_at: Moment"
           from import_batch where id = $1"#,
        id
    )
    .fetch_optional(platform.writes())
    .await?;
    Ok(stored.ok_or(Error::NotFound("the import"))?.into())
}

/// The newest batches before a moment, at most `limit`.
#[boxed]
pub async fn list(platform: &Platform, before: Option<Moment>, limit: i64) -> Result<Vec<Batch>> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select id, target, source, file_name, mapping, status, total, good, bad, created, updated, unchanged, message,
                  created_at as "created_at: Moment", created_by, finished_at as "finished_at: Moment"
           from import_batch where $1::timestamptz is null or created_at < $1 order by created_at desc limit $2"#,
        before as _,
        limit
    )
    .fetch_all(platform.writes())
    .await?;
    Ok(stored.into_iter().map(Batch::from).collect())
}

/// The sources that files came from before, for suggestions.
#[boxed]
pub async fn sources(platform: &Platform) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select distinct source from import_mapping order by source limit 100")
        .fetch_all(platform.writes())
        .await?)
}

/// What this source's last file was read by.
#[boxed]
pub async fn remembered(platform: &Platform, target: &str, source: &str) -> Result<Remembered> {
    let value =
        sqlx::query_scalar!("select mapping from import_mapping where target = $1 and source = $2", target, source)
            .fetch_optional(platform.writes())
            .await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
}

/// Sets the columns of a batch that was not applied yet, and remembers them for the source.
pub(super) async fn set_mapping(ctx: &mut Ctx, batch: &Batch, mapping: &Mapping) -> Result<()> {
    let changed = sqlx::query!(
        "update import_batch set mapping = $2, status = 'staged', good = 0, bad = 0, created = 0, updated = 0, unchanged = 0, message = null
         where id = $1 and status in ('staged', 'checked')",
        batch.id,
        json(mapping)?
    )
    .execute(ctx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::conflict("This import is under way or done: its columns can no longer be changed."));
    }
    sqlx::query!(
        "insert into import_mapping (target, source, mapping) values ($1, $2, $3)
         on conflict (target, source) do update set mapping = excluded.mapping",
        batch.target,
        batch.source,
        json(&mapping.remember())?
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// A staged row as it lies in the file.
pub(super) struct RawRow {
    pub number: i32,
    pub cells: Vec<String>,
}

/// The next rows after a number, in order.
pub(super) async fn rows_after(conn: &mut Conn, batch: Uuid, after: i32) -> Result<Vec<RawRow>> {
    let rows = sqlx::query!(
        "select row_number, cells from import_row where batch_id = $1 and row_number > $2 order by row_number limit $3",
        batch,
        after,
        ROWS_AT_ONCE as i64
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RawRow { number: row.row_number, cells: serde_json::from_value(row.cells).unwrap_or_default() })
        .collect())
}

/// One thing wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fault {
    /// Our column's key.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A refused row.
#[derive(Clone, Debug)]
pub struct BadRow {
    /// Its number in the file, as a spreadsheet counts: the heading is 1.
    pub number: i32,
    /// Its cells as they lie in the file.
    pub cells: Vec<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Refused rows after a number, in order.
#[boxed]
pub async fn bad_rows(platform: &Platform, batch: Uuid, after: i32, limit: i64) -> Result<Vec<BadRow>> {
    let rows = sqlx::query!(
        r#"select row_number, cells, errors as "errors!" from import_row
           where batch_id = $1 and errors is not null and row_number > $2 order by row_number limit $3"#,
        batch,
        after,
        limit
    )
    .fetch_all(platform.writes())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| BadRow {
            number: row.row_number,
            cells: serde_json::from_value(row.cells).unwrap_or_default(),
            faults: serde_json::from_value(row.errors).unwrap_or_default(),
        })
        .collect())
}

/// How often each field was wrong, the most frequent first, at most 50.
#[boxed]
pub async fn faults_by_field(platform: &Platform, batch: Uuid) -> Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query!(
        r#"select fault ->> 'field' as "field!", fault ->> 'message' as "message!", count(*) as "rows!"
           from import_row, jsonb_array_elements(errors) as fault where batch_id = $1 and errors is not null
           group by 1, 2 order by 3 desc, 1, 2 limit 50"#,
        batch
    )
    .fetch_all(platform.writes())
    .await?;
    Ok(rows.into_iter().map(|row| (row.field, row.message, row.rows)).collect())
}
