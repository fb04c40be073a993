//! Lists as files: CSV and XLSX of what the page shows, with the page's filters.

use crate::{Access, App, PageError, PageResult};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use rooftree_kernel::{Actor, Permission, UserId};
use rooftree_platform::{
    Error, FactKind,
    ports::{SheetCell, SheetError, SheetFile},
};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Taking lists out as files.
pub const EXPORT: Permission = Permission::new("exports.run");

/// Somebody took a list out as a file. What it was narrowed to is left out: a filter may hold a name.
pub const LIST_EXPORTED: FactKind = FactKind::new("list.exported", "List taken out as a file", &["list"]);

/// Who may take a list out: those who may see it and may take lists out at all.
pub fn access(list: Permission) -> Access {
    Access::NeedsBoth(list, EXPORT)
}

/// The most rows in one file.
pub const ROWS_MAX: i64 = 200_000;
/// Rows that a long list is read at a time.
pub const ROWS_AT_ONCE: i64 = 5_000;

/// So many files are made at once; others wait. Each takes memory for all its rows.
static MAKING: Semaphore = Semaphore::const_new(2);
/// So long a file waits for its turn.
const WAIT: Duration = Duration::from_secs(20);
/// So many files one person may be taking at once: a file that is made and not yet fetched holds its bytes.
const FETCHING_MAX: usize = 2;
/// Who is taking how many.
static FETCHING: LazyLock<Mutex<HashMap<UserId, usize>>> = LazyLock::new(Mutex::default);

/// Whether an address is that of a file.
pub(crate) fn is_file(path: &str) -> bool {
    path.ends_with(".csv") || path.ends_with(".xlsx")
}

/// Makes a file in its turn, and counts it for its person until it has been fetched.
pub(crate) async fn in_turn(user: Option<UserId>, make: impl Future<Output = Response>) -> Response {
    let Some(fetching) = Fetching::begin(user) else {
        return PageError(Error::TooMany(WAIT.as_secs() as i64)).into_response();
    };
    let response = match tokio::time::timeout(WAIT, MAKING.acquire()).await {
        Ok(Ok(_turn)) => make.await,
        _ => return PageError(Error::TooMany(WAIT.as_secs() as i64)).into_response(),
    };
    response.map(|body| {
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            let _until_fetched = &fetching;
        }))
    })
}

/// Hands a file over once the journal says who took which: lists hold people, and what leaves the house is asked for later.
pub(crate) async fn noted(app: &App, actor: &Actor, path: &str, file: Response) -> Response {
    if !file.status().is_success() {
        return file;
    }
    let noted = async {
        let mut ctx = app.platform.begin(actor).await?;
        let now = ctx.now;
        ctx.record(LIST_EXPORTED.at(now).with("list", path)).await?;
        ctx.commit().await
    };
    match noted.await {
        Ok(()) => file,
        Err(error) => PageError(error).into_response(),
    }
}

/// One file on its way to one person.
struct Fetching(Option<UserId>);

impl Fetching {
    fn begin(user: Option<UserId>) -> Option<Self> {
        if let Some(user) = user {
            let mut all = FETCHING.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = all.entry(user).or_default();
            if *mine >= FETCHING_MAX {
                return None;
            }
            *mine += 1;
        }
        Some(Self(user))
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        let Some(user) = self.0 else { return };
        let mut all = FETCHING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = all.get_mut(&user) {
            *mine -= 1;
            if *mine == 0 {
                all.remove(&user);
            }
        }
    }
}

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

/// A file being written, row by row.
pub struct File {
    format: Format,
    name: String,
    rows: i64,
    sheet: Box<dyn SheetFile>,
}

/// Begins a file. `name` has no ending.
pub fn begin(app: &App, format: Format, name: &str, headings: &[&str]) -> Result<File, Error> {
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let writer = &app.platform.ports().sheet_writer;
    let sheet = match format {
        Format::Csv => writer.csv(&headings),
        Format::Xlsx => writer.xlsx(name, &headings),
    };
    Ok(File { format, name: name.to_owned(), rows: 0, sheet: sheet.map_err(failed)? })
}

fn failed(error: SheetError) -> Error {
    Error::Internal(error.to_string())
}

impl File {
    /// Adds rows, up to [`ROWS_MAX`] in all.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = Vec<SheetCell>>) -> Result<(), Error> {
        for row in rows {
            if self.is_full() {
                break;
            }
            self.sheet.row(row).map_err(failed)?;
            self.rows += 1;
        }
        Ok(())
    }

    /// Adds a page of a list that is read [`ROWS_AT_ONCE`] rows at a time. Whether the next page is wanted.
    pub fn page(&mut self, rows: impl ExactSizeIterator<Item = Vec<SheetCell>>) -> Result<bool, Error> {
        let is_whole = rows.len() as i64 == ROWS_AT_ONCE;
        self.rows(rows)?;
        Ok(is_whole && !self.is_full())
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX
    }

    /// The finished file as an answer.
    pub fn finish(self) -> PageResult {
        let bytes = self.sheet.finish().map_err(failed)?;
        let (ending, media_type) = match self.format {
            Format::Csv => ("csv", "text/csv; charset=utf-8"),
            Format::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        };
        let disposition = format!("attachment; filename=\"{}.{ending}\"", self.name);
        Ok(([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
            .into_response())
    }
}

/// A file of rows that are at hand. What may be long is written page by page: see [`begin`].
pub fn file(
    app: &App,
    format: Format,
    name: &str,
    headings: &[&str],
    rows: impl IntoIterator<Item = Vec<SheetCell>>,
) -> PageResult {
    let mut file = begin(app, format, name, headings)?;
    file.rows(rows)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_person_takes_two_files_at_once_and_another_is_not_held_up() {
        let (one, other) = (Some(UserId::new()), Some(UserId::new()));
        let make = || async { "a,b".into_response() };
        let held = [in_turn(one, make()).await, in_turn(one, make()).await];
        assert_eq!(in_turn(one, make()).await.status(), 429);
        assert_eq!(in_turn(other, make()).await.status(), 200);
        for response in held {
            assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.expect("the file"), "a,b");
        }
        assert_eq!(in_turn(one, make()).await.status(), 200);
    }

    struct Counted;

    impl SheetFile for Counted {
        fn row(&mut self, _: Vec<SheetCell>) -> Result<(), SheetError> {
            Ok(())
        }
        fn finish(self: Box<Self>) -> Result<Vec<u8>, SheetError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_long_list_is_read_page_by_page_until_it_ends_or_the_file_is_full() {
        let mut file = File { format: Format::Csv, name: "list".into(), rows: 0, sheet: Box::new(Counted) };
        let page = |rows: i64| (0..rows as usize).map(|_| Vec::new());
        assert!(file.page(page(ROWS_AT_ONCE)).expect("a page"));
        assert!(!file.page(page(ROWS_AT_ONCE - 1)).expect("the last page"));
        assert!(!file.page(page(0)).expect("nothing more"));
        let mut pages = 0;
        while file.page(page(ROWS_AT_ONCE)).expect("a page") {
            pages += 1;
        }
        assert_eq!((file.rows, pages), (ROWS_MAX, (ROWS_MAX - 2 * ROWS_AT_ONCE + 1) / ROWS_AT_ONCE));
    }
}
