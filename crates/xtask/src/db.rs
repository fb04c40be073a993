//! Applies every `migrations/` folder of the workspace in the order of the file names, as the product's migrator does.

use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection, migrate::Migrator};
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/xtask lies two folders down").to_owned()
}

fn url() -> Result<String> {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return Ok(url);
    }
    let env = std::fs::read_to_string(root().join(".env")).unwrap_or_default();
    env.lines()
        .find_map(|line| line.strip_prefix("DATABASE_URL=").map(str::to_owned))
        .context("set DATABASE_URL to a development database")
}

/// Folders that hold migrations, in the order of the rooms.
fn folders() -> Result<Vec<PathBuf>> {
    let crates = root().join("crates");
    let mut folders = vec![crates.join("platform/migrations")];
    for entry in std::fs::read_dir(crates.join("areas"))? {
        folders.push(entry?.path().join("migrations"));
    }
    folders.retain(|folder| folder.is_dir());
    Ok(folders)
}

/// Applies the migrations that are missing.
pub async fn migrate() -> Result<()> {
    let mut all = Vec::new();
    for folder in folders()? {
        all.extend(Migrator::new(folder.as_path()).await?.iter().cloned());
    }
    all.sort_by_key(|migration| migration.version);
    let mut connection = PgConnection::connect(&url()?).await?;
    let migrator = Migrator::with_migrations(all);
    migrator.run(&mut connection).await?;
    println!("{} migrations applied", migrator.iter().count());
    Ok(())
}

/// Drops everything and applies all migrations.
pub async fn reset() -> Result<()> {
    let mut connection = PgConnection::connect(&url()?).await?;
    sqlx::raw_sql("drop schema public cascade; create schema public;").execute(&mut connection).await?;
    connection.close().await?;
    migrate().await
}
