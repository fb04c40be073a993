//! Developers' chores: the development database, the cache of checked queries, architecture checks, new modules.

mod arch;
mod db;
mod files;
mod queries;
mod rust;
mod scaffold;
mod weigh;

use clap::{Parser, Subcommand};

const AFTER: &str = "The usual round:
  cargo xtask db migrate      after a new migration, so that checked queries compile against it
  cargo xtask prepare         after a new or changed query: writes .sqlx, which builds without a database read; commit it
  ./test queries architecture checks both as ./test does";

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Developers' chores of Rooftree", after_help = AFTER)]
enum Chore {
    /// The development database that checked queries are compiled against (DATABASE_URL or .env)
    #[command(subcommand)]
    Db(Db),
    /// Write the cache of checked queries, .sqlx, from the source and the migrations
    Prepare(Database),
    /// Compare .sqlx with the source and the migrations; name each query that is not current
    CheckQueries(Database),
    /// Check what ARCHITECTURE.md promises: arrows, public faces, routes, SQL, markup, sizes
    Arch,
    /// Compile an area and count the lines of LLVM that a line of it becomes; too many fail
    Weigh {
        /// The area: a folder in crates/areas
        #[arg(default_value = "homes")]
        area: String,
    },
    /// Make the folder of a new module with every file of its anatomy
    NewModule {
        /// The area: a folder in crates/areas
        area: String,
        /// The module: one or two words of the trade, such as lettings
        name: String,
    },
}

#[derive(Subcommand)]
enum Db {
    /// Apply the migrations that are missing; tell which were edited after they were applied
    Migrate,
    /// Note that the database is as the migration files say, without running any (after editing one and making its change with psql)
    Accept,
    /// Drop everything and apply all migrations
    Reset {
        /// Also when the database's name has neither ‘dev’ nor ‘test’ in it
        #[arg(long)]
        force: bool,
    },
}

#[derive(clap::Args)]
struct Database {
    /// Describe the queries by this migrated database instead of a private one that is made for it
    #[arg(long)]
    database: Option<String>,
}

fn main() -> std::process::ExitCode {
    match run(Chore::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match chore {
        Chore::Db(Db::Migrate) => runtime.block_on(db::migrate()),
        Chore::Db(Db::Accept) => runtime.block_on(db::accept()),
        Chore::Db(Db::Reset { force }) => runtime.block_on(db::reset(force)),
        Chore::Prepare(with) => runtime.block_on(queries::prepare(with.database)),
        Chore::CheckQueries(with) => runtime.block_on(queries::check(with.database)),
        Chore::Arch => arch::check(),
        Chore::Weigh { area } => weigh::weigh(&area),
        Chore::NewModule { area, name } => scaffold::new_module(&db::root(), &area, &name),
    }
}
