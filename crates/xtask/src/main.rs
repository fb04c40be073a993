//! Developers' chores: the development database, the query cache, architecture checks.

mod db;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Developers' chores")]
enum Chore {
    /// The development database that checked queries are compiled against (DATABASE_URL)
    #[command(subcommand)]
    Db(Db),
}

#[derive(Subcommand)]
enum Db {
    /// Apply the migrations that are missing
    Migrate,
    /// Drop everything and apply all migrations
    Reset,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Db(Db::Migrate) => db::migrate().await,
        Chore::Db(Db::Reset) => db::reset().await,
    }
}
