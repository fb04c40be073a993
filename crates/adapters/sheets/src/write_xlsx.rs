//! Writing a table as an XLSX workbook: headings in bold that stay in view, a filter, sensible widths, and text that stays
//! text however much it looks like a formula.

use crate::looks_like_formula;
use rooftree_kernel::{Day, Moment};
use rooftree_platform::ports::{SheetCell, SheetError, SheetFile};
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

/// Rows below the headings that a sheet can hold.
const ROWS_MAX: usize = 1_048_575;
/// Columns that a sheet can hold.
const COLUMNS_MAX: usize = 16_384;
/// The text of a cell, in UTF-16 units.
const CELL_UNITS_MAX: usize = 32_767;
/// Rows looked at to choose the widths.
const WIDTH_ROWS: usize = 500;
/// Narrowest and widest column, in characters.
const WIDTH_CHARS: (usize, usize) = (8, 60);

struct Formats {
    heading: Format,
    day: Format,
    moment: Format,
    pounds: Format,
    /// Marks the cell as text, so that editing it later makes no formula of it either.
    text_like_formula: Format,
}

/// A workbook being written: rows go to a temporary file as they come; only the first are kept, to choose the widths.
pub(crate) struct Workbook {
    book: rust_xlsxwriter::Workbook,
    formats: Formats,
    headings: Vec<String>,
    /// The first rows, until there are enough to choose the widths; then nothing.
    first: Option<Vec<Vec<SheetCell>>>,
    /// Rows written below the headings.
    written: usize,
}

impl Workbook {
    pub(crate) fn begin(title: &str, headings: &[String]) -> Result<Self, SheetError> {
        if headings.len() > COLUMNS_MAX {
            return Err(too_large());
        }
        let mut book = rust_xlsxwriter::Workbook::new();
        let formats = Formats {
            heading: Format::new().set_bold(),
            day: Format::new().set_num_format("dd/mm/yyyy"),
            moment: Format::new().set_num_format("dd/mm/yyyy hh:mm"),
            pounds: Format::new().set_num_format("£#,##0.00;-£#,##0.00"),
            text_like_formula: Format::new().set_quote_prefix(),
        };
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(sheet_name(title)).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        Ok(Self { book, formats, headings: headings.to_vec(), first: Some(Vec::new()), written: 0 })
    }

    /// Writes widths, headings and the rows that were kept.
    fn open(&mut self) -> Result<(), SheetError> {
        let Some(first) = self.first.take() else { return Ok(()) };
        let sheet = self.book.worksheet_from_index(0).map_err(failed)?;
        for (column, width) in widths(&self.headings, &first).into_iter().enumerate() {
            sheet.set_column_width(column as u16, width as f64).map_err(failed)?;
        }
        for (column, heading) in self.headings.iter().enumerate() {
            sheet
                .write_string_with_format(0, column as u16, shortened(heading), &self.formats.heading)
                .map_err(failed)?;
        }
        first.iter().try_for_each(|row| self.write(row))
    }

    fn write(&mut self, row: &[SheetCell]) -> Result<(), SheetError> {
        self.written += 1;
        let sheet = self.book.worksheet_from_index(0).map_err(failed)?;
        for (column, cell) in row.iter().enumerate() {
            write_cell(sheet, self.written as u32, column as u16, cell, &self.formats).map_err(failed)?;
        }
        Ok(())
    }
}

impl SheetFile for Workbook {
    fn row(&mut self, row: Vec<SheetCell>) -> Result<(), SheetError> {
        let kept = self.first.as_ref().map_or(0, Vec::len);
        if row.len() > COLUMNS_MAX || self.written + kept >= ROWS_MAX {
            return Err(too_large());
        }
        match &mut self.first {
            Some(first) if first.len() < WIDTH_ROWS => {
                first.push(row);
                Ok(())
            }
            Some(_) => {
                self.open()?;
                self.write(&row)
            }
            None => self.write(&row),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, SheetError> {
        self.open()?;
        if !self.headings.is_empty() {
            let (rows, columns) = (self.written as u32, self.headings.len() as u16);
            let sheet = self.book.worksheet_from_index(0).map_err(failed)?;
            sheet.autofilter(0, 0, rows, columns - 1).map_err(failed)?;
        }
        self.book.save_to_buffer().map_err(failed)
    }
}

fn failed(error: XlsxError) -> SheetError {
    SheetError(format!("the spreadsheet could not be written: {error}"))
}

fn too_large() -> SheetError {
    SheetError(format!(
        "a spreadsheet holds at most {ROWS_MAX} rows and {COLUMNS_MAX} columns: narrow the list, or export it as CSV"
    ))
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &SheetCell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        SheetCell::Text(text) if looks_like_formula(text) => {
            sheet.write_string_with_format(row, column, shortened(text), &formats.text_like_formula)?;
        }
        SheetCell::Text(text) => {
            sheet.write_string(row, column, shortened(text))?;
        }
        SheetCell::Number(number) if number.is_finite() => {
            sheet.write_number(row, column, *number)?;
        }
        SheetCell::Day(day) => match excel_day(*day) {
            Some(date) => drop(sheet.write_datetime_with_format(row, column, date, &formats.day)?),
            None => drop(sheet.write_string(row, column, day.to_string())?),
        },
        SheetCell::Moment(moment) => match excel_moment(*moment) {
            Some(date) => drop(sheet.write_datetime_with_format(row, column, date, &formats.moment)?),
            None => drop(sheet.write_string(row, column, moment.to_string())?),
        },
        SheetCell::Pence(pence) => {
            // Exact: an amount below 2^53 pence is a whole number that a cell holds, and only its display is divided.
            sheet.write_number_with_format(row, column, pence.0 as f64 / 100.0, &formats.pounds)?;
        }
        SheetCell::Number(_) | SheetCell::Empty => {}
    }
    Ok(())
}

/// Excel's calendar begins in 1900; earlier dates stay text.
fn excel_day(day: Day) -> Option<ExcelDateTime> {
    let (year, month, date) = (day.0.year(), day.0.month(), day.0.day());
    ExcelDateTime::from_ymd(year.try_into().ok()?, month.try_into().ok()?, date.try_into().ok()?).ok()
}

fn excel_moment(moment: Moment) -> Option<ExcelDateTime> {
    let clock = moment.london();
    let date = excel_day(moment.day())?;
    date.and_hms(clock.hour().try_into().ok()?, clock.minute().try_into().ok()?, clock.second() as f64).ok()
}

/// A text longer than a cell holds is cut, visibly.
fn shortened(text: &str) -> String {
    if text.encode_utf16().count() <= CELL_UNITS_MAX {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < CELL_UNITS_MAX
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// A sheet's name has at most 31 characters and none of `[ ] : * ? / \`, nor an apostrophe at its ends.
fn sheet_name(title: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let name: String = title.chars().filter(allowed).take(31).collect();
    let name = name.trim().trim_matches('\'').to_owned();
    // ‘History’ is Excel's own.
    if name.is_empty() || name.eq_ignore_ascii_case("history") { "List".to_owned() } else { name }
}

fn widths(headings: &[String], rows: &[Vec<SheetCell>]) -> Vec<usize> {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count() + 3).collect();
    for row in rows.iter().take(WIDTH_ROWS) {
        if row.len() > widths.len() {
            widths.resize(row.len(), 0);
        }
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell_width(cell) + 1);
        }
    }
    widths.into_iter().map(|width| width.clamp(WIDTH_CHARS.0, WIDTH_CHARS.1)).collect()
}

fn cell_width(cell: &SheetCell) -> usize {
    match cell {
        SheetCell::Text(text) => text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
        SheetCell::Number(_) => 10,
        SheetCell::Day(_) => 11,
        SheetCell::Moment(_) => 17,
        SheetCell::Pence(_) => 12,
        SheetCell::Empty => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_made_acceptable() {
        assert_eq!(sheet_name("Repairs: open / late [2026]"), "Repairs open  late 2026");
        assert_eq!(sheet_name("'"), "List");
        assert_eq!(sheet_name("History"), "List");
        assert_eq!(sheet_name(&"é".repeat(40)).chars().count(), 31);
    }

    #[test]
    fn an_overlong_text_is_cut_to_what_a_cell_holds() {
        let cut = shortened(&"😀".repeat(20_000));
        assert!(cut.ends_with('…') && cut.encode_utf16().count() <= CELL_UNITS_MAX);
        assert_eq!(shortened("short"), "short");
    }
}
