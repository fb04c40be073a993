//! Lists as files: CSV and XLSX of what the page shows, with the page's filters.

use crate::{Access, App, PageError, PageResult};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::IntoResponse,
};
use rooftree_kernel::Permission;
use rooftree_platform::{Error, ports::SheetCell};

/// Taking lists out as files.
pub const EXPORT: Permission = Permission::new("exports.run");

/// Who may take a list out: those who may see it and may take lists out at all.
pub fn access(list: Permission) -> Access {
    Access::NeedsBoth(list, EXPORT)
}

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

/// One handler serves `/homes.csv` and `/homes.xlsx`: the format is the address's ending.
impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let ending = parts.uri.path().rsplit_once('.').map_or("", |(_, ending)| ending);
        Self::parse(ending).ok_or(PageError(Error::NotFound("this kind of file")))
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
