//! Lists as files: CSV and XLSX of what the page shows, with the page's filters.

use crate::{App, PageResult};
use axum::{http::header, response::IntoResponse};
use rooftree_platform::{Error, ports::SheetCell};

/// The most rows in one file.
pub const ROWS_MAX: i64 = 200_000;

/// The format asked for, from the path's ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, UTF-8 with a byte-order mark so that spreadsheets read it right.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// `csv` or `xlsx`.
    pub fn parse(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// A file of rows. `name` has no ending.
pub fn file(app: &App, format: Format, name: &str, headings: &[&str], rows: &[Vec<SheetCell>]) -> PageResult {
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let writer = &app.platform.ports().sheet_writer;
    let failed = |error: rooftree_platform::ports::SheetError| Error::Internal(error.to_string());
    let (bytes, ending, media_type) = match format {
        Format::Csv => (writer.csv(&headings, rows).map_err(failed)?, "csv", "text/csv; charset=utf-8"),
        Format::Xlsx => (
            writer.xlsx(name, &headings, rows).map_err(failed)?,
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    };
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    Ok(([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response())
}
