//! Spreadsheets: reads CSV and XLSX uploads into plain text tables, writes exports as either.
//!
//! What a file is, is decided from its first bytes, never from its name. A date in an XLSX file is read as an ISO date, so
//! that the importer meets one form whatever the cell's format shows.
//!
//! What we export, we can import: texts that look like formulas leave with a mark that the reader takes off again.

mod read_csv;
mod read_xlsx;
mod write_csv;
mod write_xlsx;

use rooftree_platform::ports::{Sheet, SheetError, SheetFile, SheetReader, SheetWriter};
use std::collections::HashSet;

/// The first bytes of a ZIP archive, which an XLSX file is.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// The first bytes of a compound document: the old XLS, or an XLSX with a password.
const COMPOUND_MAGIC: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// How much of an upload is read. A file beyond a limit is refused with a message that states it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The file's size, in bytes.
    pub file_bytes_max: usize,
    /// An XLSX file's size when unpacked, in bytes.
    pub unpacked_bytes_max: u64,
    /// Rows below the headings.
    pub rows_max: usize,
    /// Columns.
    pub columns_max: usize,
    /// Rows times columns.
    pub cells_max: usize,
    /// The text of one cell, in characters.
    pub cell_chars_max: usize,
    /// The text of all cells together, in bytes: an XLSX file keeps a text once however many cells show it.
    pub text_bytes_max: usize,
}

impl Default for Limits {
    /// 64 MB (256 MB unpacked, and as much text), 500,000 rows, 500 columns, 20 million cells, 32,767 characters in a cell (Excel's own
    /// limit).
    fn default() -> Self {
        Self {
            file_bytes_max: 64 << 20,
            unpacked_bytes_max: 256 << 20,
            rows_max: 500_000,
            columns_max: 500,
            cells_max: 20_000_000,
            cell_chars_max: 32_767,
            text_bytes_max: 256 << 20,
        }
    }
}

/// Reads and writes spreadsheets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sheets {
    /// How much is read.
    pub limits: Limits,
}

impl SheetReader for Sheets {
    fn read(&self, name: &str, bytes: &[u8]) -> Result<Sheet, SheetError> {
        let limits = &self.limits;
        let table = if bytes.is_empty() {
            return refuse(format!("‘{name}’ is empty: choose a file with a row of headings and the rows below it"));
        } else if bytes.len() > limits.file_bytes_max {
            return refuse(format!(
                "‘{name}’ is {} MB; the limit is {} MB: split it into several files",
                bytes.len() >> 20,
                limits.file_bytes_max >> 20
            ));
        } else if bytes.starts_with(ZIP_MAGIC) {
            read_xlsx::table(name, bytes, limits)?
        } else if bytes.starts_with(COMPOUND_MAGIC) {
            return refuse(format!(
                "‘{name}’ is an old Excel file (.xls) or has a password: save it as ‘Excel Workbook (.xlsx)’ without one"
            ));
        } else {
            read_csv::table(name, bytes, limits)?
        };
        assemble(name, table, limits)
    }
}

impl SheetWriter for Sheets {
    fn xlsx(&self, title: &str, headings: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Ok(Box::new(write_xlsx::Workbook::begin(title, headings)?))
    }

    fn csv(&self, headings: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Ok(Box::new(write_csv::CsvFile::begin(headings)?))
    }
}

/// Whether a spreadsheet program would take the text for a formula: that could run a command on the reader's machine. Some programs
/// look past blanks and what cannot be seen, and take the wide signs of East Asian writing for the narrow ones. A phone number with its
/// country code is none, nor is a negative number.
fn looks_like_formula(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let seen = text.trim_start_matches(unseen);
    let is_number = |rest: &str| {
        rest.contains(|c: char| c.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_digit() || " .,".contains(c))
    };
    text.starts_with(['\t', '\r'])
        || (seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
            && !seen.strip_prefix(['+', '-']).is_some_and(is_number))
}

/// Whether our export puts an apostrophe before the text: it looks like a formula, or like one that has such a mark already, which the reader
/// would take off.
fn needs_mark(text: &str) -> bool {
    looks_like_formula(text.trim_start_matches('\''))
}

fn refuse<T>(message: String) -> Result<T, SheetError> {
    Err(SheetError(message))
}

/// What the cells read so far take up. Counted before a copy is made: a small file may show one long text in every cell, or put one cell
/// at the far end of every row.
#[derive(Default)]
struct Held {
    text_bytes: usize,
    cells: usize,
}

impl Held {
    fn take(&mut self, name: &str, text: &str, cells: usize, limits: &Limits) -> Result<(), SheetError> {
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        self.cells = self.cells.saturating_add(cells);
        if self.text_bytes > limits.text_bytes_max {
            let most = limits.text_bytes_max >> 20;
            return refuse(format!("‘{name}’ holds more than {most} MB of text: split it into several files"));
        }
        if self.cells > limits.cells_max {
            return refuse(format!("‘{name}’ has more than {} cells: split it into several files", limits.cells_max));
        }
        Ok(())
    }
}

/// Takes one more row, unless there are too many or it is too wide.
fn push_row(name: &str, rows: &mut Vec<Vec<String>>, mut row: Vec<String>, limits: &Limits) -> Result<(), SheetError> {
    if rows.len() > limits.rows_max {
        return refuse(format!("‘{name}’ has more than {} rows: split it into several files", limits.rows_max));
    }
    let number = rows.len() + 1;
    while row.last().is_some_and(|cell| cell.trim().is_empty()) {
        row.pop();
    }
    if row.len() > limits.columns_max {
        return refuse(format!(
            "row {number} of ‘{name}’ has {} columns; the limit is {}: remove those you do not need",
            row.len(),
            limits.columns_max
        ));
    }
    if row.iter().any(|cell| cell.chars().count() > limits.cell_chars_max) {
        return refuse(format!(
            "a cell in row {number} of ‘{name}’ holds more than {} characters: shorten it (is a quotation mark missing?)",
            limits.cell_chars_max
        ));
    }
    rows.push(row);
    Ok(())
}

/// All rows of a file, titles and headings included, and what is to be said of how they were read.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

/// Rows that may stand above the headings.
const TITLE_ROWS_MAX: usize = 15;

/// The row of the headings, from zero: the first, unless it holds a title, which is much narrower than what follows.
fn heading_row(rows: &[Vec<String>]) -> usize {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let top = &rows[..rows.len().min(TITLE_ROWS_MAX)];
    let widest = top.iter().map(filled).max().unwrap_or_default();
    let least = if widest < 3 { 1 } else { widest / 2 + 1 };
    top.iter().position(|row| filled(row) >= least).unwrap_or_default()
}

/// Splits the headings from the rows and gives every row at least their width.
fn assemble(name: &str, table: Table, limits: &Limits) -> Result<Sheet, SheetError> {
    let Table { mut rows, mut notes } = table;
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    let at = heading_row(&rows);
    if at > 0 {
        notes.push(format!("The headings stand in row {}; what is above them was left out.", at + 1));
    }
    let mut rows = rows.into_iter().skip(at);
    let headings = match rows.next() {
        Some(first) if !first.is_empty() => name_columns(&first),
        _ => {
            return refuse(format!("the first row of ‘{name}’ is empty: it must hold the columns' headings"));
        }
    };
    let mut rows: Vec<Vec<String>> = rows.collect();
    if rows.len().saturating_mul(headings.len()) > limits.cells_max {
        return refuse(format!("‘{name}’ has more than {} cells: split it into several files", limits.cells_max));
    }
    for row in rows.iter_mut().filter(|row| row.len() < headings.len()) {
        row.resize(headings.len(), String::new());
    }
    Ok(Sheet { headings, heading_row: at + 1, rows, notes })
}

/// Trims the headings; names the nameless by their place and numbers the repeated, so that each can be mapped.
fn name_columns(first: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut named = Vec::with_capacity(first.len());
    for (index, heading) in first.iter().enumerate() {
        let words = heading.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if words.is_empty() { format!("Column {}", index + 1) } else { words };
        let mut unique = base.clone();
        let mut copy = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{base} ({copy})");
            copy += 1;
        }
        named.push(unique);
    }
    named
}
