//! Staged imports: what an area can take in from a spreadsheet. The engine stages the rows, shows a dry run with an error report by
//! row, applies the good ones in batches, and can undo a batch.

pub mod batches;
pub mod cli;
pub mod engine;
pub mod job;
pub mod lifetime;
pub mod mapping;

use crate::{Ctx, Result};
use async_trait::async_trait;
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
}

/// One staged row: its number in the file and its cells by column key.
#[derive(Clone, Debug)]
pub struct StagedRow {
    /// As a spreadsheet counts: the heading is 1, the first row 2.
    pub number: i32,
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
        Self { key, title, required: false, example, aliases }
    }

    /// The import cannot go on without it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl StagedRow {
    /// A cell that holds something.
    pub fn cell(&self, key: &str) -> Option<&str> {
        self.cells.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
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
    /// Refused: field and message, several at once.
    Refused(Vec<(String, String)>),
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
    /// Checks and writes the rows, in their order, with set-based statements (never a query per row). In a dry run the engine rolls the
    /// transaction back. Outcomes come in the order of the rows. Idempotent by external reference: the same file twice gives
    /// `Unchanged`.
    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>>;
    /// Takes back what a batch did: removes the created, restores the updated. Refuses (Conflict) when later facts build on them.
    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()>;
}
