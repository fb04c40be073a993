//! Imports from the command line: the same steps as on the pages, in this process.

use super::{
    batches::{self, BadRow, Batch},
    engine::{self, Tally, Work},
};
use crate::{Error, Platform, Result};
use rooftree_kernel::Actor;
use std::path::Path;

/// Refused rows that a report lists.
pub const BAD_ROWS_MAX: i64 = 20;

/// What `rooftree import` prints.
#[derive(Clone, Debug)]
pub struct Report {
    /// The batch as it stands now.
    pub batch: Batch,
    /// The first refused rows.
    pub bad: Vec<BadRow>,
}

/// `rooftree import TARGET --file FILE --source SOURCE [--dry-run]`: reads, maps by what is remembered and known, checks, and imports the
/// good rows unless it is a dry run. An unknown target's error lists those there are.
pub async fn import(
    platform: &Platform,
    actor: &Actor,
    target: &str,
    file: &Path,
    source: &str,
    dry_run: bool,
    progress: impl FnMut(Tally) + Send,
) -> Result<Report> {
    let known: Vec<&str> = platform.registry().imports.keys().copied().collect();
    if !known.contains(&target) {
        return Err(Error::field(
            "target",
            format!("‘{target}’ cannot be imported: choose one of {}", known.join(", ")),
        ));
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = tokio::fs::read(file)
        .await
        .map_err(|error| Error::field("file", format!("{} cannot be read: {error}", file.display())))?;
    let id = engine::stage(platform, actor, target, source, &name, bytes).await?;
    let batch = batches::get(platform, id).await?;
    // Whoever cannot see the page must see here what the file has.
    engine::map(platform, actor, id, batch.mapping.columns.clone()).await.map_err(|error| match error {
        Error::Invalid(mut errors) => {
            let headings: Vec<String> = batch.mapping.headings.iter().map(|name| format!("‘{name}’")).collect();
            let page = format!("choose on the page /imports/{id}/columns, once for this source");
            errors.add("file", format!("its headings are {}; {page}", headings.join(", ")));
            Error::Invalid(errors)
        }
        other => other,
    })?;
    let work = if dry_run { Work::Check } else { Work::Apply };
    let batch = engine::run_now(platform, actor, id, work, progress).await?;
    let bad = batches::bad_rows(platform, id, 0, BAD_ROWS_MAX).await?;
    Ok(Report { batch, bad })
}
