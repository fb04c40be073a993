//! Checking, applying and undoing a batch.
//!
//! A dry run does all that the import does, in one transaction that is rolled back, so that a row may refer to one before it. The
//! import itself commits every few thousand rows with their outcomes: one that is interrupted goes on where it stopped.

use super::{
    ImportTarget, Outcome, StagedRow,
    batches::{self, Batch, Fault, RawRow, Status},
    mapping::Mapping,
};
use crate::{Conn, Ctx, Error, FactKind, Platform, Result, boxed, ports::Sheet};
use rooftree_kernel::{Actor, Moment, Permission, text};
use serde_json::{Value, json};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// An import was applied.
pub const IMPORT_DONE: FactKind = FactKind::new(
    "import.done",
    "Import done",
    &["batch", "target", "source", "created", "updated", "unchanged", "refused"],
);
/// An import was taken back.
pub const IMPORT_UNDONE: FactKind =
    FactKind::new("import.undone", "Import undone", &["batch", "target", "source", "created", "updated"]);
/// Brings files in and undoes imports.
pub const RUN: Permission = Permission::new("imports.run");

/// One file at a time is read: a large one takes a gigabyte of memory for some seconds, and the memory is everybody's.
static READING: Semaphore = Semaphore::const_new(1);
/// The longest name of a source, in characters.
const SOURCE_CHARS_MAX: usize = 60;

/// The target with this key.
pub fn target(platform: &Platform, key: &str) -> Result<Arc<dyn ImportTarget>> {
    platform.registry().imports.get(key).cloned().ok_or(Error::NotFound("what can be imported under this name"))
}

/// Reads a file and stages its rows. Nothing is checked or written to the records yet.
#[boxed]
pub async fn stage(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    source: &str,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<Uuid> {
    let target = target(platform, key)?;
    let source = source.trim();
    if source.is_empty() || source.chars().count() > SOURCE_CHARS_MAX {
        return Err(Error::field(
            "source",
            format!("name the system the file comes from, in at most {SOURCE_CHARS_MAX} characters"),
        ));
    }
    let (reader, name) = (platform.ports().sheet_reader.clone(), file_name.to_owned());
    let turn = READING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    // The turn is over when the file is read, even if whoever sent it is gone by then.
    let read = move || {
        let _turn = turn;
        reader.read(&name, &bytes)
    };
    let sheet: Sheet = tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|error| Error::field("file", error.to_string()))?;
    let sheet = cleaned(sheet);
    Mapping::check_sheet(&sheet)?;
    let remembered = batches::remembered(platform, key, source).await?;
    let mapping = Mapping::guess(&sheet.headings, target.columns(), &remembered);
    let mut ctx = platform.begin(actor).await?;
    allow(&ctx, target.as_ref())?;
    let id = batches::insert(&mut ctx, key, source, file_name, &sheet, &mapping).await?;
    ctx.commit().await?;
    Ok(id)
}

/// The table without what cannot be seen, and without the zero bytes that no cell means and PostgreSQL does not keep.
fn cleaned(mut sheet: Sheet) -> Sheet {
    for cell in sheet.headings.iter_mut().chain(sheet.rows.iter_mut().flatten()) {
        let clean = match text::clean(cell) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean),
        };
        if let Some(clean) = clean {
            *cell = clean;
        }
    }
    sheet
}

fn allow(ctx: &Ctx, target: &dyn ImportTarget) -> Result<()> {
    ctx.require(&RUN)?;
    ctx.require(&target.permission())
}

/// Confirms the columns; they are remembered for the source's next file.
#[boxed]
pub async fn map(
    platform: &Platform,
    actor: &Actor,
    id: Uuid,
    columns: impl Into<BTreeMap<String, usize>>,
) -> Result<()> {
    let batch = batches::get(platform, id).await?;
    let target = target(platform, &batch.target)?;
    let mapping = Mapping { headings: batch.mapping.headings.clone(), columns };
    let faults = mapping.faults(target.columns());
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut ctx = platform.begin(actor).await?;
    allow(&ctx, target.as_ref())?;
    batches::set_mapping(&mut ctx, &batch, &mapping).await?;
    ctx.commit().await
}

/// What a batch does in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A dry run.
    Check,
    /// The import.
    Apply,
    /// Taking it back.
    Undo,
}

impl Work {
    /// Its word in jobs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Check, Self::Apply, Self::Undo].into_iter().find(|work| work.word() == word)
    }

    /// What the progress page says meanwhile.
    fn doing(self) -> &'static str {
        match self {
            Self::Check => "Checking the rows",
            Self::Apply => "Importing the rows",
            Self::Undo => "Taking the import back",
        }
    }

    fn begins_from(self) -> &'static [&'static str] {
        match self {
            Self::Check => &["staged", "checked"],
            Self::Apply => &["staged", "checked", "failed"],
            Self::Undo => &["done", "failed"],
        }
    }

    /// What somebody may have been at who is gone: an import goes on where it stopped or is taken back, all else begins anew.
    fn takes_over(self) -> &'static [&'static str] {
        match self {
            Self::Check => &["check"],
            Self::Apply => &["check", "apply"],
            Self::Undo => &["apply", "undo"],
        }
    }
}

/// So long, in seconds, whoever works on an import holds it without a sign of life: far longer than any set of rows takes.
const LEASE_SECONDS: i64 = 15 * 60;

fn lease(now: Moment) -> Moment {
    now.plus_seconds(LEASE_SECONDS)
}

/// Marks a batch as at work and promises the job that does it.
#[boxed]
pub async fn begin(platform: &Platform, actor: &Actor, id: Uuid, work: Work) -> Result<()> {
    let mut ctx = platform.begin(actor).await?;
    let now = ctx.now;
    let run = claim(platform, &mut ctx, id, work).await?.run;
    let payload = json!({ "batch": id, "work": work.word(), "user": actor.user, "run": run });
    ctx.enqueue(super::job::KIND, Some(&format!("{id}:{}", work.word())), payload, now).await?;
    ctx.commit().await
}

async fn claim(platform: &Platform, ctx: &mut Ctx, id: Uuid, work: Work) -> Result<Batch> {
    let batch = batches::get(platform, id).await?;
    let target = target(platform, &batch.target)?;
    allow(ctx, target.as_ref())?;
    let faults = batch.mapping.faults(target.columns());
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let now = ctx.now;
    let claimed = sqlx::query!(
        r#"with held as (select id, status, work from import_batch where id = $1 for update)
           update import_batch b set status = 'running', message = $2, work = $4, lease_until = $6, run = b.run + 1
           from held where b.id = held.id and (held.status = any($3)
               or held.status = 'running' and coalesce(b.lease_until < $7, true) and coalesce(held.work = any($5), true))
           returning b.run, (held.status = 'failed' or held.status = 'running' and coalesce(held.work = 'apply', true)) as "goes_on!""#,
        id,
        work.doing(),
        &words(work.begins_from()),
        work.word(),
        &words(work.takes_over()),
        lease(now) as _,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    let Some(claimed) = claimed else {
        return Err(Error::conflict(
            "This import is already at work, done or undone. Reload the page to see where it stands.",
        ));
    };
    let batch = Batch { run: claimed.run, ..batch };
    // What a dry run noted goes before the import begins; an import that stopped half-way keeps its outcomes and goes on.
    if work == Work::Check || (work == Work::Apply && !claimed.goes_on) {
        sqlx::query!(
            "update import_batch set good = 0, bad = 0, created = 0, updated = 0, unchanged = 0 where id = $1",
            id
        )
        .execute(ctx.conn())
        .await?;
        sqlx::query!(
            "update import_row set errors = null, outcome = null, entity_id = null, before = null
             where batch_id = $1 and (errors is not null or outcome is not null)",
            id
        )
        .execute(ctx.conn())
        .await?;
    }
    Ok(batch)
}

/// Does the work in this process, from claim to end (the command line).
pub async fn run_now(
    platform: &Platform,
    actor: &Actor,
    id: Uuid,
    work: Work,
    progress: impl FnMut(Tally) + Send,
) -> Result<Batch> {
    let mut ctx = platform.begin(actor).await?;
    let run = claim(platform, &mut ctx, id, work).await?.run;
    ctx.commit().await?;
    if let Err(error) = perform(platform, actor, id, work, Some(run), progress).await {
        // Nothing comes back to it.
        note_stop(platform, id, work, Some(run), &error).await?;
        return Err(error);
    }
    batches::get(platform, id).await
}

/// Does work that was claimed, as which run of the batch. Whoever calls it writes an error to the batch, where people see it
/// ([`note_stop`]), or comes back to it.
pub async fn perform(
    platform: &Platform,
    actor: &Actor,
    id: Uuid,
    work: Work,
    run: Option<i32>,
    progress: impl FnMut(Tally) + Send,
) -> Result<()> {
    let batch = batches::get(platform, id).await?;
    // Somebody took it over meanwhile, or it is over.
    if batch.status != Status::Running || run.is_some_and(|run| run != batch.run) {
        return Ok(());
    }
    still_held(&mut platform.writes().acquire().await?, &batch, platform.now()).await?;
    let target = target(platform, &batch.target)?;
    match work {
        Work::Check => check(platform, actor, &batch, target.as_ref(), progress).await,
        Work::Apply => apply(platform, actor, &batch, target.as_ref(), progress).await,
        Work::Undo => undo(platform, actor, &batch, target.as_ref()).await,
    }
}

/// A sign of life of whoever works on the batch; refused when somebody else took it over.
async fn still_held(conn: &mut Conn, batch: &Batch, now: Moment) -> Result<()> {
    let held = sqlx::query!(
        "update import_batch set lease_until = $3 where id = $1 and run = $2 and status = 'running'",
        batch.id,
        batch.run,
        lease(now) as _
    )
    .execute(conn)
    .await?;
    if held.rows_affected() == 0 {
        return Err(Error::conflict("Somebody else took this import over, because nothing was heard of it"));
    }
    Ok(())
}

/// Writes to the batch that its work stopped, and what can be done now.
pub(super) async fn note_stop(
    platform: &Platform,
    id: Uuid,
    work: Work,
    run: Option<i32>,
    error: &Error,
) -> Result<()> {
    tracing::error!(batch = %id, work = work.word(), error = error.cause(), "an import stopped");
    let (status, message) = match work {
        Work::Check => ("staged", stopped(error, "Nothing was written.")),
        Work::Apply => ("failed", stopped(error, "The rows so far are in. Run it again to go on, or undo it.")),
        Work::Undo => ("done", stopped(error, "Nothing was taken back.")),
    };
    // An import that had stopped half-way before it was to be undone is still half-way. Of one that somebody took over nothing is known.
    sqlx::query!(
        "update import_batch set status = case when $2 = 'done' and finished_at is null then 'failed' else $2 end, message = $3
         where id = $1 and status = 'running' and run = coalesce($4, run)",
        id,
        status,
        message,
        run
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

fn stopped(error: &Error, then: &str) -> String {
    match error {
        Error::Database(_) | Error::Internal(_) => {
            format!("Something went wrong on our side. {then} The log has the details.")
        }
        other => format!("{other}. {then}"),
    }
}

/// Counts of outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows looked at.
    pub rows: i32,
    /// New things.
    pub created: i32,
    /// Changed things.
    pub updated: i32,
    /// Already so.
    pub unchanged: i32,
    /// Refused.
    pub refused: i32,
}

impl Tally {
    fn add(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.rows += 1;
            match outcome.parts().0 {
                Outcome::Created(_) => self.created += 1,
                Outcome::Updated { .. } => self.updated += 1,
                Outcome::Unchanged(_) | Outcome::PassedOver => self.unchanged += 1,
                Outcome::Refused(_) | Outcome::Partly(..) => self.refused += 1,
            }
        }
    }
}

async fn check(
    platform: &Platform,
    actor: &Actor,
    batch: &Batch,
    target: &dyn ImportTarget,
    mut progress: impl FnMut(Tally) + Send,
) -> Result<()> {
    let mut dry = platform.begin(actor).await?;
    sqlx::raw_sql("set local statement_timeout = '600s'").execute(dry.conn()).await?;
    let (mut tally, mut after) = (Tally::default(), 0);
    loop {
        let rows = batches::rows_after(dry.conn(), batch.id, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        let outcomes = attempt(&mut dry, target, batch, &rows).await?;
        tally.add(&outcomes);
        // The notes are written beside the dry run: they stay when it is rolled back.
        let mut notes = platform.writes().begin().await?;
        still_held(&mut notes, batch, platform.now()).await?;
        note_outcomes(&mut notes, batch.id, &rows, &outcomes, false).await?;
        note_tally(&mut notes, batch.id, tally).await?;
        notes.commit().await?;
        progress(tally);
    }
    drop(dry);
    sqlx::query!("update import_batch set status = 'checked', message = null where id = $1", batch.id)
        .execute(platform.writes())
        .await?;
    Ok(())
}

async fn apply(
    platform: &Platform,
    actor: &Actor,
    batch: &Batch,
    target: &dyn ImportTarget,
    mut progress: impl FnMut(Tally) + Send,
) -> Result<()> {
    let (mut tally, mut after) = so_far(platform, batch.id).await?;
    loop {
        let mut ctx = platform.begin(actor).await?;
        let now = ctx.now;
        still_held(ctx.conn(), batch, now).await?;
        let rows = batches::rows_after(ctx.conn(), batch.id, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        let outcomes = attempt(&mut ctx, target, batch, &rows).await?;
        tally.add(&outcomes);
        note_outcomes(ctx.conn(), batch.id, &rows, &outcomes, true).await?;
        note_facts(&mut ctx, batch.id).await?;
        note_tally(ctx.conn(), batch.id, tally).await?;
        ctx.commit().await?;
        progress(tally);
    }
    let mut ctx = platform.begin(actor).await?;
    let now = ctx.now;
    let fact = IMPORT_DONE.at(now).with("batch", batch.id).with("target", &batch.target).with("source", &batch.source);
    let fact = fact.with("created", tally.created).with("updated", tally.updated);
    ctx.record(fact.with("unchanged", tally.unchanged).with("refused", tally.refused)).await?;
    sqlx::query!(
        "update import_batch set status = 'done', message = null, finished_at = $2 where id = $1",
        batch.id,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    ctx.commit().await
}

/// What an interrupted import already did, and the last row it reached.
async fn so_far(platform: &Platform, batch: Uuid) -> Result<(Tally, i32)> {
    let row = sqlx::query!(
        r#"select count(*)::integer as "rows!", (count(*) filter (where outcome = 'created'))::integer as "created!",
                  (count(*) filter (where outcome = 'updated'))::integer as "updated!",
                  (count(*) filter (where outcome = 'unchanged'))::integer as "unchanged!",
                  (count(*) filter (where outcome is null))::integer as "refused!", coalesce(max(row_number), 0) as "last!"
           from import_row where batch_id = $1 and (outcome is not null or errors is not null)"#,
        batch
    )
    .fetch_one(platform.writes())
    .await?;
    let tally = Tally {
        rows: row.rows,
        created: row.created,
        updated: row.updated,
        unchanged: row.unchanged,
        refused: row.refused,
    };
    Ok((tally, row.last))
}

/// The outcomes of rows, in their order. Rows without a required value are refused here; the target sees the rest.
async fn attempt(ctx: &mut Ctx, target: &dyn ImportTarget, batch: &Batch, rows: &[RawRow]) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(rows.len());
    let mut complete = Vec::with_capacity(rows.len());
    for row in rows {
        let mut staged = batch.mapping.row(row.number, &batch.source, &row.cells);
        for (key, cell) in &mut staged.cells {
            if !target.lines().contains(&key.as_str()) {
                let between = if key == "address" { ", " } else { " " };
                *cell = text::one_line(cell, between).into_owned();
            }
        }
        let gaps = faults(target, &batch.mapping, &staged, row.cells.len());
        if gaps.is_empty() {
            complete.push(staged);
            outcomes.push(None);
        } else {
            outcomes.push(Some(Outcome::Refused(gaps)));
        }
    }
    let mut answers = isolate(ctx, target, &complete).await?.into_iter();
    let filled: Option<Vec<Outcome>> = outcomes.into_iter().map(|outcome| outcome.or_else(|| answers.next())).collect();
    filled.ok_or_else(|| Error::Internal(format!("the import {} answered for too few rows", target.key())))
}

/// What is wrong with a row whatever it holds: cells beyond the headings, errors of the spreadsheet, required values that are missing.
fn faults(target: &dyn ImportTarget, mapping: &Mapping, row: &StagedRow, width: usize) -> Vec<(String, String)> {
    let headings = mapping.headings.len();
    if width > headings {
        let message = format!(
            "it has {width} cells and there are {headings} headings: a comma within a cell, or a quotation mark that is missing, shifts what follows"
        );
        return vec![("row".to_owned(), message)];
    }
    let given = |key: &str| row.cells.contains_key(key);
    let missing = target.columns().iter().filter(|c| c.required && !given(c.key) && !c.instead.is_some_and(given));
    let missing = missing.map(|column| {
        (column.key.to_owned(), format!("{} is missing: fill it in, like {}", column.title, column.example))
    });
    let errors = row.cells.iter().filter(|(_, cell)| text::is_spreadsheet_error(cell)).map(|(key, cell)| {
        (key.clone(), format!("‘{cell}’ is an error of the spreadsheet: put the value in its place, or empty the cell"))
    });
    missing.chain(errors).collect()
}

/// Lets the target apply rows. When the database refuses a whole set for the sake of one row, the set is halved until that row stands
/// alone and is refused by itself.
async fn isolate(ctx: &mut Ctx, target: &dyn ImportTarget, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut waiting = vec![rows];
    while let Some(part) = waiting.pop() {
        if part.is_empty() {
            continue;
        }
        let before = ctx.conn().savepoint().await?;
        match target.apply(ctx, part).await {
            Ok(part_outcomes) if part_outcomes.len() == part.len() => {
                ctx.conn().release(before).await?;
                outcomes.extend(part_outcomes);
            }
            Ok(_) => {
                return Err(Error::Internal(format!(
                    "the import {} answered for the wrong number of rows",
                    target.key()
                )));
            }
            Err(error) => {
                let Some(refusal) = refusal(&error) else { return Err(error) };
                ctx.conn().go_back(before).await?;
                if part.len() == 1 {
                    outcomes.push(Outcome::Refused(refusal));
                } else {
                    let (first, second) = part.split_at(part.len() / 2);
                    waiting.extend([second, first]);
                }
            }
        }
    }
    Ok(outcomes)
}

/// What a row's own fault is, or `None` when the error is not of its making.
fn refusal(error: &Error) -> Option<Vec<(String, String)>> {
    match error {
        Error::Invalid(errors) => {
            Some(errors.0.iter().map(|fault| (fault.field.clone(), fault.message.clone())).collect())
        }
        Error::Conflict(message) => Some(vec![("row".to_owned(), message.clone())]),
        Error::Database(sqlx::Error::Database(detail)) => {
            // Classes 22 (data) and 23 (constraint) are about what was to be written.
            let code = detail.code().unwrap_or_default().into_owned();
            let rule = detail.constraint().map(|name| format!(" (rule {name})")).unwrap_or_default();
            (code.starts_with("22") || code.starts_with("23")).then(|| {
                let message = format!(
                    "the row contradicts what is recorded or breaks a rule of the register{rule}: check its values"
                );
                vec![("row".to_owned(), message)]
            })
        }
        _ => None,
    }
}

/// Writes down what became of rows. In a dry run (`keep` false) the ids are not kept: those things do not exist.
async fn note_outcomes(conn: &mut Conn, batch: Uuid, rows: &[RawRow], outcomes: &[Outcome], keep: bool) -> Result<()> {
    let numbers: Vec<i32> = rows.iter().map(|row| row.number).collect();
    let mut words: Vec<Option<String>> = Vec::with_capacity(rows.len());
    let mut ids: Vec<Option<Uuid>> = Vec::with_capacity(rows.len());
    let mut befores: Vec<Option<Value>> = Vec::with_capacity(rows.len());
    let mut faults: Vec<Option<Value>> = Vec::with_capacity(rows.len());
    for outcome in outcomes {
        let (outcome, left_out) = outcome.parts();
        let (word, id, before, wrong) = match outcome {
            Outcome::Created(id) => (Some("created"), Some(*id), None, left_out),
            Outcome::Updated { id, before } => (Some("updated"), Some(*id), Some(before.clone()), left_out),
            Outcome::Unchanged(id) => (Some("unchanged"), Some(*id), None, left_out),
            Outcome::PassedOver => (Some("unchanged"), None, None, left_out),
            Outcome::Refused(list) | Outcome::Partly(_, list) => (None, None, None, list.as_slice()),
        };
        let fault = |(field, message): &(String, String)| Fault { field: field.clone(), message: message.clone() };
        let wrong: Vec<Fault> = wrong.iter().map(fault).collect();
        let fault = (!wrong.is_empty()).then(|| serde_json::to_value(wrong).ok()).flatten();
        words.push(word.map(str::to_owned));
        ids.push(id.filter(|_| keep));
        befores.push(before.filter(|_| keep));
        faults.push(fault);
    }
    sqlx::query!(
        "update import_row r set outcome = n.outcome, entity_id = n.id, before = n.before, errors = n.errors
         from unnest($2::integer[], $3::text[], $4::uuid[], $5::jsonb[], $6::jsonb[]) as n(number, outcome, id, before, errors)
         where r.batch_id = $1 and r.row_number = n.number",
        batch,
        &numbers,
        &words as _,
        &ids as _,
        &befores as _,
        &faults as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes which facts an import recorded, so that they count for nothing when it is taken back.
async fn note_facts(ctx: &mut Ctx, batch: Uuid) -> Result<()> {
    let seqs = ctx.recorded().to_vec();
    sqlx::query!(
        "insert into import_fact (seq, batch_id) select seq, $2 from unnest($1::bigint[]) as r(seq)",
        &seqs,
        batch
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

async fn note_tally(conn: &mut Conn, batch: Uuid, tally: Tally) -> Result<()> {
    sqlx::query!(
        "update import_batch set good = $2, bad = $3, created = $4, updated = $5, unchanged = $6 where id = $1",
        batch,
        tally.rows - tally.refused,
        tally.refused,
        tally.created,
        tally.updated,
        tally.unchanged
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Refuses while a later import stands that changed what this one brought in. Ids of batches rise with time.
async fn require_latest(ctx: &mut Ctx, batch: &Batch) -> Result<()> {
    let later = sqlx::query!(
        r#"select b.file_name, b.created_at as "created_at: Moment"
           from import_row mine join import_row r on r.entity_id = mine.entity_id and r.outcome = 'updated'
               join import_batch b on b.id = r.batch_id
           where mine.batch_id = $1 and mine.outcome in ('created', 'updated') and b.id > $1 and b.target = $2
             and b.status in ('done', 'failed', 'running') limit 1"#,
        batch.id,
        batch.target
    )
    .fetch_optional(ctx.conn())
    .await?;
    match later {
        None => Ok(()),
        Some(later) => Err(Error::conflict(format!(
            "{} of {} changed what this import brought in: take that back first",
            later.file_name,
            later.created_at.long()
        ))),
    }
}

/// Takes a batch back as a whole, the last rows first; when later work builds on any of it, nothing is taken back.
async fn undo(platform: &Platform, actor: &Actor, batch: &Batch, target: &dyn ImportTarget) -> Result<()> {
    let mut ctx = platform.begin(actor).await?;
    let now = ctx.now;
    still_held(ctx.conn(), batch, now).await?;
    sqlx::raw_sql("set local statement_timeout = '600s'").execute(ctx.conn()).await?;
    require_latest(&mut ctx, batch).await?;
    let (mut created, mut updated, mut before) = (0, 0, i32::MAX);
    loop {
        let rows = sqlx::query!(
            r#"select row_number, outcome as "outcome!", entity_id as "id!", before from import_row
               where batch_id = $1 and row_number < $2 and outcome in ('created', 'updated') and entity_id is not null
               order by row_number desc limit $3"#,
            batch.id,
            before,
            batches::ROWS_AT_ONCE as i64
        )
        .fetch_all(ctx.conn())
        .await?;
        let Some(last) = rows.last() else { break };
        before = last.row_number;
        let new: Vec<Uuid> = rows.iter().filter(|row| row.outcome == "created").map(|row| row.id).collect();
        let changed: Vec<(Uuid, Value)> = rows
            .into_iter()
            .filter(|row| row.outcome == "updated")
            .map(|row| (row.id, row.before.unwrap_or(Value::Null)))
            .collect();
        target.undo(&mut ctx, &new, &changed).await?;
        (created, updated) = (created + new.len(), updated + changed.len());
    }
    let fact =
        IMPORT_UNDONE.at(now).with("batch", batch.id).with("target", &batch.target).with("source", &batch.source);
    note_facts(&mut ctx, batch.id).await?;
    ctx.record(fact.with("created", created).with("updated", updated)).await?;
    sqlx::query!(
        "update import_batch set status = 'undone', message = null, finished_at = $2 where id = $1",
        batch.id,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    ctx.commit().await
}
