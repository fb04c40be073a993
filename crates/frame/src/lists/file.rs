//! A list as a file: the rows of the page with its filters, read [`exports::ROWS_AT_ONCE`] at a time.

use super::{AnyList, Cursor, From, Seen, filter::Reader};
use crate::{
    App, PageResult,
    exports::{self, Format},
};
use rooftree_kernel::Actor;
use rooftree_platform::{Error, ports::SheetCell};
use rooftree_ui::{Query, cards::thousands};

impl AnyList {
    /// The whole list as a file. One with more rows than a file may have is refused before any is read.
    pub(super) async fn file(&self, app: &App, actor: &Actor, query: &Query, format: Format) -> PageResult {
        let mut wanted = self.wanted(app, actor, query, Reader::Person).await?;
        self.total(app, &mut wanted).await?;
        if self.count(app, actor, query, exports::ROWS_MAX).await? > exports::ROWS_MAX {
            let most = thousands(exports::ROWS_MAX.unsigned_abs());
            return Err(Error::conflict(format!(
                "This list has more than {most} rows, the most that one file may have. Narrow it by a filter and take it in parts."
            ))
            .into());
        }
        let columns: Vec<_> = self.columns.iter().filter(|column| column.in_file).collect();
        let headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
        let mut file = exports::begin(app, format, self.path.trim_start_matches('/'), &headings)?;
        let seen = Seen { app, actor, now: app.platform.now() };
        let mut after: Option<Cursor> = None;
        loop {
            let cursor = after.as_ref().map(Cursor::encode);
            let from = cursor.as_deref().map_or(From::Start, From::After);
            let part = self.rows(app, &wanted, from, exports::ROWS_AT_ONCE).await?;
            file.rows(
                part.rows
                    .iter()
                    .map(|row| columns.iter().map(|column| column.cell(row, &seen)).collect::<Vec<SheetCell>>()),
            )?;
            after = part.next;
            if after.is_none() {
                return file.finish();
            }
        }
    }
}
