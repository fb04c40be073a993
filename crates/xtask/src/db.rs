//! The development database, and throw-away ones: every `migrations/` folder of the workspace, in the order of the numbers, as the
//! product's migrator applies them.

use anyhow::{Context, Result, ensure};
use rooftree_postgres::{Cluster, ClusterConfig};
use sqlx::{
    Connection, PgConnection,
    migrate::{Migration, Migrator},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The root of the workspace.
pub fn root() -> PathBuf {
    // Cargo says where it runs us; that holds for a checkout that was moved after the build, too.
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

fn url() -> Result<String> {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return Ok(url);
    }
    let env = std::fs::read_to_string(root().join(".env")).unwrap_or_default();
    env.lines()
        .find_map(|line| line.strip_prefix("DATABASE_URL=").map(|url| url.trim().trim_matches('"').to_owned()))
        .context("set DATABASE_URL (in the environment or in .env) to a development database")
}

async fn connect() -> Result<PgConnection> {
    PgConnection::connect(&url()?)
        .await
        .context("the development database does not answer: is DATABASE_URL right, and does it run?")
}

/// Folders that hold migrations, in the order of the rooms.
pub fn migration_folders() -> Result<Vec<PathBuf>> {
    let crates = root().join("crates");
    let mut folders = vec![crates.join("platform/migrations")];
    for entry in std::fs::read_dir(crates.join("areas"))? {
        folders.push(entry?.path().join("migrations"));
    }
    folders.retain(|folder| folder.is_dir());
    folders.sort_by_key(|folder| (!folder.starts_with(crates.join("platform")), folder.clone()));
    Ok(folders)
}

/// All migrations, in the order of their numbers.
async fn all_migrations() -> Result<Vec<Migration>> {
    let mut all = Vec::new();
    for folder in migration_folders()? {
        let found = Migrator::new(folder.as_path()).await.with_context(|| format!("reading {}", folder.display()))?;
        all.extend(found.iter().cloned());
    }
    all.sort_by_key(|migration| migration.version);
    if let Some(pair) = all.windows(2).find(|pair| pair[0].version == pair[1].version) {
        anyhow::bail!("two migrations have the number {}: rename one", pair[0].version);
    }
    Ok(all)
}

/// What a database recorded: the checksum of each applied migration, by its number.
async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<i64, Vec<u8>>> {
    let known: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut *connection).await?;
    if !known {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from _sqlx_migrations").fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// How the files and the database differ.
#[derive(Debug, Default, PartialEq, Eq)]
struct Difference {
    /// Applied here in another wording.
    edited: Vec<i64>,
    /// Not applied yet.
    missing: Vec<i64>,
    /// Applied here, but the file is gone.
    gone: Vec<i64>,
}

fn difference(files: &[(i64, Vec<u8>)], applied: &BTreeMap<i64, Vec<u8>>) -> Difference {
    let mut found = Difference::default();
    for (version, checksum) in files {
        match applied.get(version) {
            None => found.missing.push(*version),
            Some(known) if known != checksum => found.edited.push(*version),
            Some(_) => {}
        }
    }
    found.gone = applied.keys().filter(|version| !files.iter().any(|(known, _)| known == *version)).copied().collect();
    found
}

fn checksums(all: &[Migration]) -> Vec<(i64, Vec<u8>)> {
    all.iter().map(|migration| (migration.version, migration.checksum.to_vec())).collect()
}

fn named(all: &[Migration], version: i64) -> String {
    let description =
        all.iter().find(|migration| migration.version == version).map(|migration| migration.description.as_ref());
    format!("{version} {}", description.unwrap_or("(its file is gone)"))
}

/// Applies what is missing to a database. Migrations that were edited after they were applied are reported and left: their change is
/// not in this database.
async fn bring_up(connection: &mut PgConnection) -> Result<(usize, Difference)> {
    let mut all = all_migrations().await?;
    let known = applied(connection).await?;
    let found = difference(&checksums(&all), &known);
    for version in &found.edited {
        println!(
            "warning: {} was edited after it was applied here; its change is not in this database",
            named(&all, *version)
        );
    }
    for version in &found.gone {
        println!("warning: {} was applied here and no longer exists", named(&all, *version));
    }
    for migration in &mut all {
        // Else the migrator would refuse the whole run.
        if let Some(checksum) = known.get(&migration.version) {
            migration.checksum = checksum.clone().into();
        }
    }
    let count = all.len();
    let mut migrator = Migrator::with_migrations(all);
    migrator.set_ignore_missing(true).run(connection).await?;
    Ok((count, found))
}

/// Applies the migrations that are missing.
pub async fn migrate() -> Result<()> {
    let (count, found) = bring_up(&mut connect().await?).await?;
    println!("{count} migrations, {} of them applied now.", found.missing.len());
    if !found.edited.is_empty() || !found.gone.is_empty() {
        println!(
            "To bring the database and the files together again:\n  cargo xtask db reset    drops everything and applies all migrations\n  \
             cargo xtask db accept   when you made the change with psql yourself: notes that this database is as the files say"
        );
    }
    Ok(())
}

/// Notes that the database is as the migration files say, without running any. Migrations that were never applied stay so.
pub async fn accept() -> Result<()> {
    let mut connection = connect().await?;
    let all = all_migrations().await?;
    let found = difference(&checksums(&all), &applied(&mut connection).await?);
    let mut tx = connection.begin().await?;
    for migration in all.iter().filter(|migration| found.edited.contains(&migration.version)) {
        sqlx::query("update _sqlx_migrations set checksum = $2, description = $3 where version = $1")
            .bind(migration.version)
            .bind(migration.checksum.to_vec())
            .bind(migration.description.as_ref())
            .execute(&mut *tx)
            .await?;
        println!("accepted {}", named(&all, migration.version));
    }
    sqlx::query("delete from _sqlx_migrations where version = any($1)").bind(&found.gone).execute(&mut *tx).await?;
    tx.commit().await?;
    for version in &found.gone {
        println!("forgot {}", named(&all, *version));
    }
    match found.missing.len() {
        0 if found.edited.is_empty() && found.gone.is_empty() => {
            println!("Nothing to accept: the database is as the files say.")
        }
        0 => {}
        waiting => println!("{waiting} migrations were not applied yet: run cargo xtask db migrate"),
    }
    Ok(())
}

/// Drops everything in a development database on this machine and applies all migrations.
pub async fn reset(force: bool) -> Result<()> {
    let url = url()?;
    let name = url.rsplit('/').next().and_then(|rest| rest.split('?').next()).unwrap_or_default().to_owned();
    ensure!(
        force || ["dev", "test"].iter().any(|word| name.contains(word)),
        "the database ‘{name}’ does not look like a development database (its name has neither ‘dev’ nor ‘test’): add --force to drop everything in it"
    );
    let mut connection = connect().await?;
    sqlx::raw_sql("drop schema public cascade; create schema public;").execute(&mut connection).await?;
    let (count, _) = bring_up(&mut connection).await?;
    println!("{name}: {count} migrations applied to an empty database.");
    Ok(())
}

/// A PostgreSQL of our own in a temporary folder with one migrated database; it ends, and its folder goes, when this is dropped.
pub struct Scratch {
    cluster: Option<Cluster>,
    /// The address of the migrated database.
    pub url: String,
    _folder: tempfile::TempDir,
}

impl Scratch {
    /// Starts it and applies all migrations: about three seconds.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        // A root caller's PostgreSQL runs as another account, which must be able to enter.
        #[cfg(unix)]
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let config = ClusterConfig::under(folder.path()).with("fsync", "off").with("full_page_writes", "off");
        let cluster = Cluster::start(&config).context("the private PostgreSQL for checking queries did not start")?;
        cluster.create_database("queries")?;
        let url = cluster.url("queries");
        let mut connection = PgConnection::connect(&url).await?;
        bring_up(&mut connection).await?;
        connection.close().await?;
        Ok(Self { cluster: Some(cluster), url, _folder: folder })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Stopped before its folder is removed.
        drop(self.cluster.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_missing_and_gone_migrations_are_told_apart() {
        let files = [(1, vec![1]), (2, vec![2]), (4, vec![4])];
        let applied = BTreeMap::from([(1, vec![1]), (2, vec![9]), (3, vec![3])]);
        assert_eq!(difference(&files, &applied), Difference { edited: vec![2], missing: vec![4], gone: vec![3] });
    }

    #[test]
    fn the_platform_comes_first() {
        let folders = migration_folders().unwrap();
        assert!(folders[0].ends_with("crates/platform/migrations"), "{folders:?}");
        assert!(folders.iter().any(|folder| folder.ends_with("areas/homes/migrations")));
    }
}
