//! `rooftree import`

use crate::{output, setup::Place};
use anyhow::Result;
use clap::Args;
use rooftree_app::House;
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::imports::{
    batches::BadRow,
    cli::{self, Report},
    engine::{self, Work},
};
use std::{path::PathBuf, process::ExitCode};
use uuid::Uuid;

/// What is imported.
#[derive(Args)]
#[command(
    after_help = "WHAT is homes, people, tenancies, repairs, rates or external-figures. The columns are recognised by their headings and
remembered for the source; correct them once on the page /imports. The same file twice changes nothing. Good rows go in, refused
rows are listed with field and remedy (exit status 1).

Examples:
  rooftree import homes --file homes.xlsx --source northgate --dry-run
  rooftree import external-figures --file rp02-2023-24.csv
  rooftree import --undo 019ab2c0-5d3e-7c41-9a52-0b7a0f1de001"
)]
pub struct Import {
    /// What the file holds
    #[arg(required_unless_present = "undo", value_name = "WHAT")]
    target: Option<String>,
    /// The CSV or XLSX file
    #[arg(long, required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// The system that the file comes from; its columns are remembered under this name
    #[arg(long, default_value = "file")]
    source: String,
    /// Check every row and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take back an import, by the id that it printed
    #[arg(long, value_name = "ID", conflicts_with_all = ["target", "file", "dry_run"])]
    undo: Option<Uuid>,
}

/// Imports, or takes back.
pub async fn run(place: &Place, asked: Import) -> Result<ExitCode> {
    let house = place.house().await?;
    let actor = Actor::system(Channel::Cli);
    if let Some(id) = asked.undo {
        return undo(&house, &actor, id).await;
    }
    let (target, file) = (asked.target.unwrap_or_default(), asked.file.unwrap_or_default());
    let platform = &house.app.platform;
    let bar = output::progress(None, "Rows");
    let shown = bar.clone();
    let progress = move |tally: engine::Tally| shown.set_position(u64::try_from(tally.rows).unwrap_or(0));
    let report = cli::import(platform, &actor, &target, &file, &asked.source, asked.dry_run, progress).await;
    bar.finish_and_clear();
    let report = report?;
    output::print(&words(&report, asked.dry_run))?;
    Ok(if report.batch.bad > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn undo(house: &House, actor: &Actor, id: Uuid) -> Result<ExitCode> {
    let bar = output::progress(None, "Rows taken back");
    let batch = engine::run_now(&house.app.platform, actor, id, Work::Undo, |_| {}).await;
    bar.finish_and_clear();
    let batch = batch?;
    output::print(&format!(
        "Taken back: {} added and {} changed by {}.\n",
        batch.created, batch.updated, batch.file_name
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn words(report: &Report, dry_run: bool) -> String {
    let batch = &report.batch;
    let number = |count: i32| u64::try_from(count).unwrap_or(0);
    let done = if dry_run { "Dry run, nothing written: " } else { "Imported: " };
    let mut text = format!(
        "{done}{} in {}: {} new, {} changed, {} already so, {} refused.\n",
        output::count(number(batch.total), "row", "rows"),
        batch.file_name,
        batch.created,
        batch.updated,
        batch.unchanged,
        batch.bad
    );
    text.push_str(&columns(report));
    if !batch.notes.is_empty() {
        text.push_str(&format!("{}\n", batch.notes));
    }
    if let Some(message) = &batch.message
        && !message.is_empty()
    {
        text.push_str(&format!("{message}\n"));
    }
    for row in &report.bad {
        text.push_str(&bad_row(row));
    }
    let unlisted = number(batch.bad).saturating_sub(report.bad.len() as u64);
    if unlisted > 0 {
        text.push_str(&format!(
            "  and {}: the page /imports/{} has them all, also as a file\n",
            output::count(unlisted, "more row", "more rows"),
            batch.id
        ));
    }
    if !dry_run && batch.created + batch.updated > 0 {
        text.push_str(&format!("To take it back: rooftree import --undo {}\n", batch.id));
    }
    text
}

/// What each heading of the file became.
fn columns(report: &Report) -> String {
    let mapping = &report.batch.mapping;
    let heading = |place: usize| mapping.headings.get(place).map_or("", String::as_str);
    let taken: Vec<String> =
        mapping.columns.iter().map(|(key, place)| format!("{key} from ‘{}’", heading(*place))).collect();
    let unused: Vec<String> = mapping.unused().map(|place| format!("‘{}’", heading(place))).collect();
    let unused = if unused.is_empty() { String::new() } else { format!("; not taken in: {}", unused.join(", ")) };
    format!("Columns: {}{unused}.\n", taken.join(", "))
}

fn bad_row(row: &BadRow) -> String {
    let faults: Vec<String> = row.faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
    let without = if row.came_in { "came in without " } else { "" };
    format!("  row {}: {without}{}\n", row.number, faults.join("; "))
}
