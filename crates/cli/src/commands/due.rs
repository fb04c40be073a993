//! `rooftree due`

use crate::{output, setup};
use anyhow::{Result, anyhow};
use clap::Args;
use rooftree_running::cli::due::{self, Asked};

/// What is asked.
#[derive(Args)]
#[command(after_help = "Examples:
  rooftree due repairs.local-offer-2014.urgent --from 2026-12-18T16:05
  rooftree due --from 2026-12-18T16:05 --within \"10 working days\" --calendar england-and-wales --json
  rooftree due --list")]
pub struct Due {
    /// A standard's id, such as repairs.local-offer-2014.emergency
    #[arg(required_unless_present_any = ["within", "list"], conflicts_with_all = ["within", "list"])]
    standard: Option<String>,
    /// When it begins: 2026-12-18T16:05 in London, 2026-12-18, or an instant with its offset. Of a promise whose fact names the due
    /// moment itself: what it names
    #[arg(long, required_unless_present = "list")]
    from: Option<String>,
    /// Any length instead of a standard: "10 working days", "28 days", "24 hours", "3 months"
    #[arg(long)]
    within: Option<String>,
    /// The working-day calendar: england-and-wales, scotland, northern-ireland, united-kingdom
    #[arg(long, requires = "within")]
    calendar: Option<String>,
    /// The trigger's day is day 1
    #[arg(long, requires = "within")]
    inclusive: bool,
    /// All standards with their source and dates
    #[arg(long)]
    list: bool,
    /// As JSON: "due" holds the date or, for hours, the instant
    #[arg(long)]
    json: bool,
}

/// Answers from the declarations alone.
pub fn run(asked: &Due) -> Result<()> {
    let calendars = setup::calendars()?;
    let (_, rules) = rooftree_app::declared(&mut rooftree_app::areas(), calendars)
        .map_err(|errors| anyhow!("the declarations do not hold:\n  {}", errors.join("\n  ")))?;
    let text = if asked.list {
        due::list(&rules.standards, &rules.calendars, asked.json)?
    } else {
        let question = match (&asked.standard, &asked.within) {
            (Some(standard), _) => Asked::Standard(standard.clone()),
            (None, length) => Asked::Within {
                length: length.clone().unwrap_or_default(),
                calendar: asked.calendar.clone(),
                inclusive: asked.inclusive,
            },
        };
        let from = asked.from.as_deref().unwrap_or_default();
        due::answer(&rules.standards, &rules.calendars, &question, from)?.print(asked.json)?
    };
    output::print(&text)
}
