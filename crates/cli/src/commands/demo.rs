//! `rooftree demo`

use crate::{output, setup::Place};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rooftree_app::House;
use rooftree_demo::{
    Config,
    load::{self, Summary},
    providers::DEMO_PASSWORD,
};
use std::io::IsTerminal;

/// The demo landlord.
#[derive(Subcommand)]
pub enum Demo {
    /// Load the demo landlord into an empty database
    Load(Load),
    /// Show who can sign in to it
    SignIns,
}

/// Which of the many possible landlords.
#[derive(Args)]
pub struct Load {
    /// Homes of all tenures
    #[arg(long, default_value_t = 8_700)]
    homes: u32,
    /// Years of repairs before today
    #[arg(long, default_value_t = 2)]
    years: u32,
    /// The same seed on the same day gives the same data
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

impl Default for Load {
    fn default() -> Self {
        Self { homes: 8_700, years: 2, seed: 42 }
    }
}

/// Runs the command.
pub async fn run(place: &Place, demo: Demo) -> Result<()> {
    place.migrate().await?;
    let house = place.house().await?;
    match demo {
        Demo::Load(asked) => {
            fill(&house, &asked).await?;
            show_sign_ins(&house).await
        }
        Demo::SignIns if is_there(&house).await? => show_sign_ins(&house).await,
        Demo::SignIns => {
            bail!("this database does not hold the demo landlord: `rooftree demo load` loads it into an empty one")
        }
    }
}

/// Loads it, with a progress bar where somebody watches.
pub async fn fill(house: &House, asked: &Load) -> Result<()> {
    let platform = &house.app.platform;
    let homes = output::count(u64::from(asked.homes), "home", "homes");
    let years = output::count(u64::from(asked.years), "year", "years");
    eprintln!("Loading the demo landlord: {homes}, {years} of repairs; all of it invented.");
    let bar = if std::io::stderr().is_terminal() { load::progress_bar() } else { load::ProgressBar::hidden() };
    let began = std::time::Instant::now();
    let summary = load::load(platform, Config::new(asked.seed, asked.homes, asked.years, platform.now()), &bar).await?;
    output::print(&words(&summary, began.elapsed().as_secs()))
}

fn words(summary: &Summary, seconds: u64) -> String {
    format!(
        "Loaded {}, {}, {} and {} in {}; {} of data are seeded for the data-quality page.\n",
        output::count(summary.homes, "home", "homes"),
        output::count(summary.people, "person", "people"),
        output::count(summary.repairs, "repair", "repairs"),
        output::count(summary.facts, "fact", "facts"),
        output::count(seconds, "second", "seconds"),
        output::count(summary.errors.len() as u64, "error", "errors"),
    )
}

/// True when the demo landlord was loaded into this database.
pub async fn is_there(house: &House) -> Result<bool> {
    let found = sqlx::query_scalar("select exists (select from setting where key = 'demo.seeded-errors')");
    Ok(found.fetch_one(house.app.platform.writes()).await?)
}

/// One user of each role, and the password they share.
pub async fn show_sign_ins(house: &House) -> Result<()> {
    let users: Vec<(String, String)> = sqlx::query_as(
        "select distinct on (role) role, email from app_user where disabled_at is null and password_hash is not null order by role, email",
    )
    .fetch_all(house.app.platform.writes())
    .await?;
    let title = |role: &str| {
        house.app.platform.rules().roles.get(role).map_or_else(|| role.to_owned(), |role| role.title.clone())
    };
    let rows: Vec<Vec<String>> = users.into_iter().map(|(role, email)| vec![title(&role), email]).collect();
    output::print(&format!(
        "Demo sign-ins, all with the password ‘{DEMO_PASSWORD}’:\n{}",
        indented(&output::table(&["role", "e-mail"], &rows))
    ))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
