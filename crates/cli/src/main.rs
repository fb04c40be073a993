//! `rooftree`: the one binary.

mod commands;
mod setup;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The open system for running social housing: facts, clocks, figures.
#[derive(Parser)]
#[command(name = "rooftree", version, about, propagate_version = true)]
struct Cli {
    /// The database to use; without it a private PostgreSQL runs under `var/`
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    /// The folder that holds `var/` (database, photos)
    #[arg(long, env = "ROOFTREE_HOME", global = true, default_value = ".")]
    home: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API, with background work
    Serve(commands::serve::Serve),
    /// Background work only: jobs, the breach watch, sealing
    Work,
    /// Bring the database to this version
    Migrate,
    /// Add users, set passwords
    #[command(subcommand)]
    User(commands::users::User),
}

fn main() -> std::process::ExitCode {
    // The private PostgreSQL is started before any other thread exists.
    let cli = Cli::parse();
    setup::logging(matches!(cli.command, Command::Serve(_) | Command::Work));
    match run(cli) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rooftree: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let place = setup::Place::open(cli.database_url, &cli.home)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(serve) => commands::serve::run(&place, serve).await,
            Command::Work => commands::serve::work(&place).await,
            Command::Migrate => commands::migrate::run(&place).await,
            Command::User(user) => commands::users::run(&place, user).await,
        }
    });
    drop(runtime);
    place.close()?;
    outcome
}
