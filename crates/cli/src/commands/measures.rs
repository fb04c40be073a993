//! `rooftree measures`

use crate::{output, setup::Place};
use anyhow::Result;
use clap::Args;
use rooftree_running::cli::measures::{self, Asked, Format};

/// What is asked.
#[derive(Args)]
#[command(after_help = "Examples:
  rooftree measures --period 2025-26
  rooftree measures --period 2025-26-Q2 --measure repairs.local-offer-2014.urgent --rows --format csv")]
pub struct Measures {
    /// A financial year 2025-26, a quarter 2025-26-Q2 or a month 2026-03
    #[arg(long)]
    period: String,
    /// One measure only
    #[arg(long)]
    measure: Option<String>,
    /// The rows that make the figure
    #[arg(long, requires = "measure")]
    rows: bool,
    /// table, csv or json
    #[arg(long, default_value = "table")]
    format: Format,
}

/// Prints figures or rows.
pub async fn run(place: &Place, asked: Measures) -> Result<()> {
    let house = place.house().await?;
    let asked = Asked { period: asked.period, measure: asked.measure, rows: asked.rows, format: asked.format };
    output::print(&measures::measures(&house.app.platform, &asked).await?)
}
