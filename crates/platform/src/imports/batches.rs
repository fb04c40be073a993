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
    /// Being checked, applied or undone; see [`Batch::is_abandoned`].
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
    /// What whoever sent the file should know of how it was read.
    pub notes: String,
    /// Until when somebody who is at work on it holds it.
    pub lease_until: Option<Moment>,
    /// How often it was taken up.
    pub run: i32,
    /// What whoever is at work on it does: check, apply or undo.
    pub work: Option<String>,
}

impl Batch {
    /// As people see it: one that somebody left is no longer at work, and says what can be done.
    pub fn as_it_stands(mut self, now: Moment) -> Self {
        if self.is_abandoned(now) {
            let (status, then) = match self.work.as_deref() {
                Some("check") => (Status::Staged, "Nothing was written: begin the dry run again."),
                Some("undo") if self.finished_at.is_some() => (Status::Done, "Nothing was taken back: begin again."),
                _ => (Status::Failed, "The rows so far are in: go on with it, or take it back."),
            };
            self.status = status;
            self.message = Some(format!("Whoever was at work on it was stopped. {then}"));
        }
        self
    }

    /// It is said to be at work, and whoever was at it is gone: the process was stopped, or the machine.
    pub fn is_abandoned(&self, now: Moment) -> bool {
        self.status == Status::Running && self.lease_until.is_none_or(|until| until < now)
    }
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
    notes: String,
    lease_until: Option<Moment>,
    run: i32,
    work: Option<String>,
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
            notes: row.notes,
            lease_until: row.lease_until,
            run: row.run,
            work: row.work,
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
    let is_blank = |row: &[String]| row.iter().all(|cell| cell.trim().is_empty());
    let filled = sheet.rows.iter().filter(|row| !is_blank(row)).count();
    let total = i32::try_from(filled).map_err(|_| Error::field("file", "the file has too many rows"))?;
    sqlx::query!(
        "insert into import_batch (id, target, source, file_name, mapping, status, total, created_at, created_by, notes)
         values ($1, $2, $3, $4, $5, 'staged', $6, $7, $8, $9)",
        id,
        target,
        source,
        file_name,
        json(mapping)?,
        total,
        now as _,
        by,
        sheet.notes.join(" ")
    )
    .execute(ctx.conn())
    .await?;
    // Rows are numbered as a spreadsheet shows them; those that are empty are passed over.
    let numbered: Vec<(i32, &Vec<String>)> =
        (sheet.heading_row as i32 + 1..).zip(&sheet.rows).filter(|(_, row)| !is_blank(row)).collect();
    for rows in numbered.chunks(ROWS_AT_ONCE) {
        let numbers: Vec<i32> = rows.iter().map(|row| row.0).collect();
        let cells: Vec<Value> = rows.iter().map(|row| json(row.1)).collect::<Result<_>>()?;
        sqlx::query!(
            "insert into import_row (batch_id, row_number, cells) select $1, * from unnest($2::integer[], $3::jsonb[])",
            id,
            &numbers,
            &cells
        )
        .execute(ctx.conn())
        .await?;
    }
    Ok(id)
}

fn json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()))
}

/// A batch by its id.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Batch> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select id, target, source, file_name, mapping, status, total, good, bad, created, updated, unchanged, message,
                  created_at as "created_at: Moment", created_by, finished_at as "finished_at: Moment", notes,
                  lease_until as "lease_until: Moment", run, work
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
                  created_at as "created_at: Moment", created_by, finished_at as "finished_at: Moment", notes,
                  lease_until as "lease_until: Moment", run, work
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

/// A row that was refused, or came in without some of its cells.
#[derive(Clone, Debug)]
pub struct BadRow {
    /// Its number in the file, as a spreadsheet counts: the heading is 1.
    pub number: i32,
    /// Its cells as they lie in the file.
    pub cells: Vec<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// It came in, without these cells.
    pub came_in: bool,
}

/// The first rows of a file, to recognise its columns by.
#[boxed]
pub async fn samples(platform: &Platform, batch: Uuid, rows: i64) -> Result<Vec<Vec<String>>> {
    let cells = sqlx::query_scalar!(
        "select cells from import_row where batch_id = $1 order by row_number limit $2",
        batch,
        rows
    )
    .fetch_all(platform.reads())
    .await?;
    Ok(cells.into_iter().map(|cells| serde_json::from_value(cells).unwrap_or_default()).collect())
}

/// Rows with something wrong after a number, in order.
#[boxed]
pub async fn bad_rows(platform: &Platform, batch: Uuid, after: i32, limit: i64) -> Result<Vec<BadRow>> {
    let rows = sqlx::query!(
        r#"select row_number, cells, errors as "errors!", (outcome is not null) as "came_in!" from import_row
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
            came_in: row.came_in,
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
