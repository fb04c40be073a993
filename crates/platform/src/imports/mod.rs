//! Staged imports: what an area can take in from a spreadsheet. The engine stages the rows, shows a dry run with an error report by
//! row, applies the good ones in batches, and can undo a batch.

pub mod batches;
pub mod cli;
pub mod engine;
pub mod job;
pub mod keys;
pub mod lifetime;
pub mod mapping;
pub mod undo;

use crate::{Ctx, Result};
use async_trait::async_trait;
use keys::SourceKey;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A column that a target understands.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its key in mappings: `uprn`.
    pub key: &'static str,
    /// Its name on pages: `UPRN`.
    pub title: &'static str,
    /// The import cannot go on without it.
    pub required: bool,
    /// An example value.
    pub example: &'static str,
    /// Headings of other systems that mean the same, in lower case.
    pub aliases: &'static [&'static str],
    /// The column that may stand in its place: our own reference for another system's key.
    pub instead: Option<&'static str>,
}

/// One staged row: its number in the file and its cells by column key.
#[derive(Clone, Debug)]
pub struct StagedRow {
    /// As a spreadsheet counts: the heading is 1, the first row 2.
    pub number: i32,
    /// The system that the file came from.
    pub source: String,
    /// The cells; absent or empty means not given.
    pub cells: BTreeMap<String, String>,
}

/// Rows in one statement: enough that round trips do not count, few enough that no message grows large.
pub const SET_ROWS: usize = 10_000;

/// Texts sorted and each once.
pub fn distinct(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}

impl Column {
    /// A column that may be missing.
    pub const fn new(
        key: &'static str,
        title: &'static str,
        example: &'static str,
        aliases: &'static [&'static str],
    ) -> Self {
        Self { key, title, required: false, example, aliases, instead: None }
    }

    /// The import cannot go on without it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The import cannot go on without it or this other one.
    pub const fn required_or(mut self, instead: &'static str) -> Self {
        self.instead = Some(instead);
        self.required()
    }
}

/// The rows with a reference that is not of our making (`H-10042`, for the letters `H` and `P`) as the key of the system that the file comes
/// from, where the row names no other: most systems call their own key a reference.
pub fn foreign_references_as_keys(rows: &[StagedRow], letters: &[&str]) -> Vec<StagedRow> {
    let ours = |reference: &str| {
        let reference = reference.trim().to_uppercase();
        let number =
            letters.iter().find_map(|letters| reference.strip_prefix(letters)?.strip_prefix('-').map(str::to_owned));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut rows = rows.to_vec();
    for row in &mut rows {
        if row.cell("external_ref").is_none()
            && row.cell("reference").is_some_and(|reference| !ours(reference))
            && let Some(reference) = row.cells.remove("reference")
        {
            row.cells.insert("external_ref".to_owned(), reference);
        }
    }
    rows
}

impl StagedRow {
    /// A cell that holds something.
    pub fn cell(&self, key: &str) -> Option<&str> {
        self.cells.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// The key that the thing has in the system it comes from: the one that the row names, else the file's.
    pub fn source_key(&self) -> Option<SourceKey> {
        Some(SourceKey::new(self.source_of_key(), self.cell("external_ref")?))
    }

    /// The system that the row's key belongs to.
    pub fn source_of_key(&self) -> &str {
        self.cell("external_source").unwrap_or(&self.source)
    }

    /// A cell with several values, apart by semicolons or line ends.
    pub fn several(&self, key: &str) -> impl Iterator<Item = &str> {
        let parts = self.cell(key).into_iter().flat_map(|text| text.split([';', '\n']));
        parts.map(str::trim).filter(|part| !part.is_empty())
    }
}

/// What a row comes to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A new thing.
    Created(Uuid),
    /// A known thing, changed; `before` restores it.
    Updated {
        /// The thing.
        id: Uuid,
        /// What it was.
        before: Value,
    },
    /// A known thing that already was so.
    Unchanged(Uuid),
    /// Says itself that it holds nothing, as a regulator's marker does.
    PassedOver,
    /// Refused: field and message, several at once.
    Refused(Vec<(String, String)>),
    /// What it comes to without these cells, field and message: a telephone number that is none costs that number, not the person.
    Partly(Box<Self>, Vec<(String, String)>),
}

impl Outcome {
    /// The same, but for cells that were left out.
    pub fn without(self, cells: Vec<(String, String)>) -> Self {
        if cells.is_empty() || matches!(self, Self::Refused(_)) { self } else { Self::Partly(Box::new(self), cells) }
    }

    /// What it comes to, and the cells that were left out.
    pub fn parts(&self) -> (&Self, &[(String, String)]) {
        match self {
            Self::Partly(outcome, cells) => (outcome.as_ref(), cells.as_slice()),
            other => (other, &[]),
        }
    }
}

/// Something that can be imported.
#[async_trait]
pub trait ImportTarget: Send + Sync {
    /// `homes`.
    fn key(&self) -> &'static str;
    /// `Homes and other places`.
    fn title(&self) -> &'static str;
    /// The permission that is needed.
    fn permission(&self) -> rooftree_kernel::Permission;
    /// What it understands.
    fn columns(&self) -> &'static [Column];
    /// The keys of those columns that hold several lines or values; any other becomes one line.
    fn lines(&self) -> &'static [&'static str] {
        &[]
    }
    /// Checks and writes the rows, in their order, with set-based statements (never a query per row). In a dry run the engine rolls the
    /// transaction back. Outcomes come in the order of the rows. Idempotent by external reference: the same file twice gives
    /// `Unchanged`, and a key belongs to its source ([`StagedRow::source_key`]).
    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>>;
    /// Takes back what a batch did: removes the created, restores the updated. Refuses (Conflict) when what people did later builds on
    /// them; it locks them before it looks, so that nothing that somebody saves meanwhile is lost.
    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()>;
}
