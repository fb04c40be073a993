//! Writing a table as CSV that both people's spreadsheet programs and our own importer read right: UTF-8 with a byte-order
//! mark, ISO dates, London clock times, pounds without a sign.

use crate::needs_mark;
use rooftree_platform::ports::{SheetCell, SheetError, SheetFile};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A CSV file being written.
pub(crate) struct CsvFile(csv::Writer<Vec<u8>>);

impl CsvFile {
    pub(crate) fn begin(headings: &[String]) -> Result<Self, SheetError> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(headings.iter().map(|heading| marked(heading))).map_err(|error| failed(&error))?;
        Ok(Self(writer))
    }
}

impl SheetFile for CsvFile {
    fn row(&mut self, row: Vec<SheetCell>) -> Result<(), SheetError> {
        self.0.write_record(row.iter().map(text)).map_err(|error| failed(&error))
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, SheetError> {
        self.0.into_inner().map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::fmt::Display) -> SheetError {
    SheetError(format!("the CSV file could not be written: {error}"))
}

fn text(cell: &SheetCell) -> String {
    match cell {
        SheetCell::Text(text) => marked(text),
        SheetCell::Number(number) if number.is_finite() => number.to_string(),
        SheetCell::Day(day) => day.to_string(),
        SheetCell::Moment(moment) => moment.london().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        SheetCell::Pence(pence) => {
            let sign = if pence.0 < 0 { "-" } else { "" };
            let pence = pence.0.unsigned_abs();
            format!("{sign}{}.{:02}", pence / 100, pence % 100)
        }
        SheetCell::Number(_) | SheetCell::Empty => String::new(),
    }
}

/// An apostrophe first makes every spreadsheet program take the cell for text.
fn marked(text: &str) -> String {
    if needs_mark(text) { format!("'{text}") } else { text.to_owned() }
}
