//! People and tenancies from a spreadsheet: checked and written as sets, idempotent by the external key.

mod people;
mod people_plan;
mod tenancies;
mod tenancies_plan;

pub use people::People;
pub use tenancies::Tenancies;

use rooftree_platform::imports::StagedRow;

/// Rows in one statement: enough that round trips do not count, few enough that no message grows large.
const SET_ROWS: usize = 10_000;

/// A cell that holds something.
fn cell<'a>(row: &'a StagedRow, key: &str) -> Option<&'a str> {
    row.cells.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A cell with several values, apart by semicolons or line ends.
fn several<'a>(row: &'a StagedRow, key: &str) -> impl Iterator<Item = &'a str> {
    cell(row, key).into_iter().flat_map(|text| text.split([';', '\n'])).map(str::trim).filter(|part| !part.is_empty())
}

/// Texts sorted and each once.
fn distinct(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}
