//! `rooftree doctor`: is the set-up sound, and what to do where it is not. Neither personal data nor secrets are printed.

mod database;
mod outside;
mod replica;
mod work;

use crate::{output, setup::Place};
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// How to report.
#[derive(Args)]
#[command(
    after_help = "Exit status 1 when there is a fault. A warning does not stop Rooftree, but wants somebody's attention."
)]
pub struct Doctor {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Nothing wrong; worth knowing.
    Note,
    /// Works, but wants attention.
    Warning,
    /// Something does not work, or data is at risk.
    Fault,
}

/// What one check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    verdict: Verdict,
    /// What was checked.
    what: &'static str,
    /// How it is.
    found: String,
    /// What to do about it; empty when nothing needs doing.
    remedy: String,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, what, found: found.into(), remedy: String::new() }
    }
    fn note(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, what, found: found.into(), remedy: remedy.into() }
    }
    fn warning(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, what, found: found.into(), remedy: remedy.into() }
    }
    fn fault(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fault, what, found: found.into(), remedy: remedy.into() }
    }
}

/// Runs every check; exit status 1 on a fault.
pub async fn run(place: &Place, asked: Doctor) -> Result<ExitCode> {
    report(&examine(place).await, &asked)
}

/// There is no database yet: to look is no reason to make one.
pub fn nothing_here(home: &Path, asked: &Doctor) -> Result<ExitCode> {
    let found = format!("there is nothing to check here yet: no database under {}", home.join("var").display());
    let remedy = "For a first look: rooftree serve --demo-if-empty. Else set DATABASE_URL, or name the folder that holds var/ with --home.";
    report(&[Finding::fault("Database", found, remedy)], asked)
}

fn report(findings: &[Finding], asked: &Doctor) -> Result<ExitCode> {
    if asked.json {
        output::print(&(serde_json::to_string_pretty(findings)? + "\n"))?;
    } else {
        output::print(&shown(findings))?;
    }
    let worst = findings.iter().map(|finding| finding.verdict).max();
    Ok(if worst == Some(Verdict::Fault) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(place: &Place) -> Vec<Finding> {
    let config = place.config();
    let mut findings = database::check(&place.url).await;
    let schema_is_current =
        findings.iter().all(|finding| finding.what != database::MIGRATIONS || finding.verdict < Verdict::Fault);
    if let Some(url) = crate::setup::replica() {
        findings.push(replica::check(&place.url, &url).await);
    }
    findings.extend(outside::check(place, &config).await);
    match place.house().await {
        Err(error) => findings.push(Finding::fault(
            "Declarations",
            crate::errors::told(&error),
            "Correct the setting or the declaration that is named.",
        )),
        Ok(house) => {
            let platform = &house.app.platform;
            let rules = platform.rules();
            let declared = format!(
                "{} standards, {} measures, {} roles hold",
                rules.standards.all().count(),
                rules.measures.all().count(),
                rules.roles.all().count()
            );
            findings.push(Finding::ok("Declarations", declared));
            // Without the tables every further question would only repeat that.
            if schema_is_current {
                findings.extend(work::check(platform).await);
            }
        }
    }
    findings
}

fn shown(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Note => "note   ",
            Verdict::Warning => "WARNING",
            Verdict::Fault => "FAULT  ",
        };
        text.push_str(&format!("{mark}  {:width$}  {}\n", finding.what, finding.found));
        if !finding.remedy.is_empty() {
            text.push_str(&format!("{:9}{:width$}  → {}\n", "", "", finding.remedy));
        }
    }
    let count = |verdict: Verdict| findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
    let (faults, warnings) = (count(Verdict::Fault), count(Verdict::Warning));
    text + &match (faults, warnings) {
        (0, 0) => "The set-up is sound.\n".to_owned(),
        _ => format!(
            "{}, {}.\n",
            output::count(faults, "fault", "faults"),
            output::count(warnings, "warning", "warnings")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_line_up_and_say_what_to_do() {
        let findings = [Finding::ok("PostgreSQL", "15"), Finding::fault("Disk", "full", "Make room.")];
        assert_eq!(
            shown(&findings),
            "ok       PostgreSQL  15\nFAULT    Disk        full\n                     → Make room.\n1 fault, 0 warnings.\n"
        );
        assert!(shown(&findings[..1]).ends_with("The set-up is sound.\n"));
    }
}
