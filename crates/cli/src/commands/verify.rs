//! `rooftree verify`

use crate::{output, setup::Place};
use anyhow::{Context, Result};
use clap::Args;
use rooftree_platform::{
    Platform,
    clocks::{self, Compared},
    journal::verify::{self, Noted, Report},
};
use std::{fs::File, io::BufWriter, path::PathBuf, process::ExitCode};

/// How to verify.
#[derive(Args)]
#[command(
    after_help = "Note the newest seal and its hash outside this system (on paper, in the minutes) and give it to the next run:
nobody can then shorten or replace the chain unseen. The procedure for outsiders is docs/journal-verification.md."
)]
pub struct Verify {
    /// Also write all that was read to a file that an outsider can check
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// A seal noted earlier: its number, a colon and its hash
    #[arg(long, value_name = "SEAL:HASH")]
    noted: Option<Noted>,
    /// Also count every promise of a case anew from the journal, and name those that are stored otherwise
    #[arg(long)]
    clocks: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

/// Recomputes the chain; exit status 1 when something is wrong.
pub async fn run(place: &Place, asked: Verify) -> Result<ExitCode> {
    let house = place.house().await?;
    let platform = &house.app.platform;
    let bar = output::progress(None, "Facts verified");
    let shown = bar.clone();
    let progress = move |facts| shown.set_position(facts);
    let report = match &asked.export {
        None => verify::run(platform, asked.noted.as_ref(), None, progress).await?,
        Some(path) => {
            let file = File::create(path)
                .with_context(|| format!("{} cannot be written: choose another place", path.display()))?;
            let mut bundle = BufWriter::new(file);
            verify::run(platform, asked.noted.as_ref(), Some(&mut bundle), progress).await?
        }
    };
    bar.finish_and_clear();
    let compared = if asked.clocks { Some(compare(platform).await?) } else { None };
    if asked.json {
        let mut all = serde_json::to_value(&report)?;
        if let Some(compared) = &compared {
            all["clocks"] = serde_json::to_value(compared)?;
        }
        output::print(&(serde_json::to_string_pretty(&all)? + "\n"))?;
    } else {
        output::print(&words(&report))?;
        output::print(&compared.as_ref().map_or_else(String::new, clock_words))?;
    }
    if let Some(path) = &asked.export {
        eprintln!("Written: {}. It holds personal data: keep it as you keep the database.", path.display());
    }
    let sound = report.is_sound() && compared.is_none_or(|compared| compared.found == 0);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn compare(platform: &Platform) -> Result<Compared> {
    let bar = output::progress(None, "Clocks compared");
    let compared = clocks::compare(platform, |clocks| bar.set_position(clocks)).await?;
    bar.finish_and_clear();
    Ok(compared)
}

fn clock_words(compared: &Compared) -> String {
    let clocks = output::count(compared.clocks, "clock", "clocks");
    if compared.found == 0 {
        return format!("{clocks} of cases compared: all are what the facts make of them.\n");
    }
    let mut text = format!("{} of {clocks} of cases are NOT what the facts make of them:\n", compared.found);
    for id in &compared.differing {
        text.push_str(&format!("  /clocks/{id}\n"));
    }
    text
}

/// The report for people.
pub fn words(report: &Report) -> String {
    let facts = output::count(report.sealed, "fact", "facts");
    let seals = output::count(report.seals, "seal", "seals");
    let waiting = match report.unsealed {
        0 => String::new(),
        waiting => format!("; {} not sealed yet", output::count(waiting, "fact", "facts")),
    };
    let mut text = match report.first() {
        None => format!("The journal is as it was sealed: {facts} under {seals}{waiting}.\n"),
        Some(first) => format!("The journal is NOT as it was sealed. First: {first}.\n"),
    };
    for finding in report.findings.iter().skip(1) {
        text.push_str(&format!("  {finding}\n"));
    }
    if report.found > report.findings.len() as u64 {
        text.push_str(&format!("  and {} more\n", report.found - report.findings.len() as u64));
    }
    if report.found > 0 {
        text.push_str(&format!(
            "{facts} under {seals} were checked{waiting}. Stop changes, keep the database as it is, and compare with your last backup.\n"
        ));
    }
    if report.last_seal > 0 {
        text.push_str(&format!("Last seal: {}:{}\n", report.last_seal, report.last_hash));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use verify::Finding;

    #[test]
    fn the_first_finding_comes_first_and_the_seal_last() {
        let sound = Report { seals: 2, sealed: 1200, last_seal: 2, last_hash: "ab".into(), ..Report::default() };
        assert_eq!(words(&sound), "The journal is as it was sealed: 1,200 facts under 2 seals.\nLast seal: 2:ab\n");
        let altered = Finding::Altered { seq: 7, seal: 1 };
        let broken = Report { findings: vec![altered, Finding::Inserted { seq: 9 }], found: 5, ..sound };
        let text = words(&broken);
        assert!(text.starts_with("The journal is NOT as it was sealed. First: fact 7 was altered"), "{text}");
        assert!(text.contains("and 3 more"), "{text}");
    }
}
