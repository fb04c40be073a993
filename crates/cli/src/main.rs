//! `rooftree`: the one binary.

mod commands;
mod errors;
mod listen;
mod output;
mod postgres;
mod setup;

use clap::{Parser, Subcommand};
use setup::Place;
use std::{path::PathBuf, process::ExitCode};

const AFTER: &str = "A first look:  rooftree serve --demo-if-empty
Exit status:   0 done; 1 refused, failed, or a fault was found; 2 the command or its input is wrong
Settings:      environment variables, see docs/guide/operations.md; `rooftree doctor` checks them";

/// The open system for running social housing: facts, clocks, figures.
#[derive(Parser)]
#[command(name = "rooftree", version, about, propagate_version = true, after_help = AFTER)]
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
    /// The demo landlord: load it, show its sign-ins
    #[command(subcommand)]
    Demo(commands::demo::Demo),
    /// Serve the pages and the API, with background work
    Serve(commands::serve::Serve),
    /// Background work only: jobs, the breach watch, sealing
    Work,
    /// Bring the database to this version
    Migrate,
    /// Bring in homes, people, tenancies, repairs, rates or others' figures from a file
    Import(commands::imports::Import),
    /// Write a list as a CSV or XLSX file
    Export(commands::exports::Export),
    /// Figures of a period, or the rows behind one
    Measures(commands::measures::Measures),
    /// When a promise falls due, with each step of the count (needs no database)
    Due(commands::due::Due),
    /// Letters: which there are, and how they look (needs no database)
    #[command(subcommand)]
    Letters(commands::letters::Letters),
    /// Prove that the journal is as it was sealed
    Verify(commands::verify::Verify),
    /// Add, list and disable users, set passwords
    #[command(subcommand)]
    User(commands::users::User),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    Token(commands::tokens::Token),
    /// Copy the database and all documents into a folder
    Backup(commands::backup::Backup),
    /// Bring back what `backup` copied
    Restore(commands::restore::Restore),
    /// Check the set-up and say what to do about each fault
    Doctor(commands::doctor::Doctor),
}

impl Command {
    /// Runs until it is stopped, and logs what it does.
    fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Work)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    setup::logging(cli.command.is_server());
    match run(cli) {
        Ok(code) => code,
        Err(error) => errors::report(&error),
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Due(due) = cli.command {
        return commands::due::run(&due).map(|()| ExitCode::SUCCESS);
    }
    if let Command::Letters(letters) = cli.command {
        return commands::letters::run(&letters).map(|()| ExitCode::SUCCESS);
    }
    if let Command::Doctor(doctor) = &cli.command
        && !Place::is_there(cli.database_url.as_deref(), &cli.home)
    {
        return commands::doctor::nothing_here(&cli.home, doctor);
    }
    // The private PostgreSQL is started before any other thread exists.
    let place = Place::open(cli.database_url, &cli.home)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(perform(&place, cli.command));
    drop(runtime);
    place.close()?;
    outcome
}

async fn perform(place: &Place, command: Command) -> anyhow::Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Demo(demo) => commands::demo::run(place, demo).await.map(done),
        Command::Serve(serve) => commands::serve::run(place, serve).await.map(done),
        Command::Work => commands::serve::work(place).await.map(done),
        Command::Migrate => commands::migrate::run(place).await.map(done),
        Command::Import(import) => commands::imports::run(place, import).await,
        Command::Export(export) => commands::exports::run(place, export).await.map(done),
        Command::Measures(measures) => commands::measures::run(place, measures).await.map(done),
        // Answered before a database was looked for.
        Command::Due(due) => commands::due::run(&due).map(done),
        Command::Letters(letters) => commands::letters::run(&letters).map(done),
        Command::Verify(verify) => commands::verify::run(place, verify).await,
        Command::User(user) => commands::users::run(place, user).await.map(done),
        Command::Token(token) => commands::tokens::run(place, token).await.map(done),
        Command::Backup(backup) => commands::backup::run(place, backup).await,
        Command::Restore(restore) => commands::restore::run(place, restore).await,
        Command::Doctor(doctor) => commands::doctor::run(place, doctor).await,
    }
}
