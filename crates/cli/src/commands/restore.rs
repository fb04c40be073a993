//! `rooftree restore`: brings back what `backup` copied. Everything is checked before anything is touched, and the database changes in
//! one transaction: when it fails, the database is as it was.

use super::{
    backup::{FORM, MANIFEST, Manifest, Part, digest},
    verify,
};
use crate::{output, postgres, setup::Place};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use rooftree_platform::journal::verify::{self as journal, Noted};
use sqlx::{Connection, PgConnection};
use std::{
    fs,
    io::{Read, Write},
    path::{Component, Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

/// From where.
#[derive(Args)]
pub struct Restore {
    /// The folder that `rooftree backup` made
    dir: PathBuf,
    /// Replace what is in the database now; it is lost
    #[arg(long)]
    replace: bool,
    /// Do not verify the journal afterwards
    #[arg(long)]
    no_verify: bool,
}

/// Restores, brings the schema to this version and verifies the journal.
pub async fn run(place: &Place, asked: Restore) -> Result<ExitCode> {
    let manifest = read(&asked.dir)?;
    check_version(&manifest)?;
    check_parts(&asked.dir, &manifest)?;
    ensure!(
        asked.replace || place.is_empty().await?,
        "the database is not empty: restore into another one (--home or DATABASE_URL), or add --replace to lose what is in it"
    );
    alone(&place.url).await?;
    let (url, dump) = (place.url.clone(), asked.dir.join(&manifest.database.file));
    let bar = output::progress(None, "Database");
    tokio::task::spawn_blocking(move || load(&url, &dump)).await??;
    bar.finish_and_clear();
    place.migrate().await?;
    put_documents(place, &asked.dir, &manifest).await?;
    let files = output::count(manifest.blobs.len() as u64, "file", "files");
    output::print(&format!("Restored the backup of {}: the database and {files} of documents.\n", manifest.made_at))?;
    for key in &manifest.missing {
        eprintln!("this document was already missing or damaged when the backup was made: {key}");
    }
    if asked.no_verify { Ok(ExitCode::SUCCESS) } else { check_journal(place, &manifest).await }
}

fn read(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read: give the folder that rooftree backup made", path.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} is not a manifest of a backup", path.display()))?;
    ensure!(manifest.form == FORM, "this backup has form {}, and this program reads form {FORM}", manifest.form);
    Ok(manifest)
}

fn check_version(manifest: &Manifest) -> Result<()> {
    let known = rooftree_app::migrator().iter().map(|migration| migration.version).max().unwrap_or_default();
    ensure!(
        manifest.migration <= known,
        "this backup was made by a newer Rooftree ({}, migration {}; this one knows {known}): restore it with that version",
        manifest.rooftree,
        manifest.migration
    );
    Ok(())
}

/// Every file is there and is what the manifest says.
fn check_parts(dir: &Path, manifest: &Manifest) -> Result<()> {
    let bar = output::progress(Some(manifest.blobs.len() as u64 + 1), "Checking the backup");
    let mut damaged = Vec::new();
    for part in std::iter::once(&manifest.database).chain(&manifest.blobs) {
        let path = inside(dir, part)?;
        match digest(&path) {
            Ok((bytes, sha256)) if bytes == part.bytes && sha256 == part.sha256 => {}
            Ok(_) => damaged.push(format!("{}: it is not what was backed up", part.file)),
            Err(error) => damaged.push(error.to_string()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if damaged.is_empty() {
        return Ok(());
    }
    bail!("the backup is damaged, and nothing was changed:\n  {}\nUse another backup.", damaged.join("\n  "))
}

/// A manifest may not lead out of its folder.
fn inside(dir: &Path, part: &Part) -> Result<PathBuf> {
    let relative = Path::new(&part.file);
    let sound = relative.components().all(|component| matches!(component, Component::Normal(_)));
    ensure!(sound, "the manifest names a file outside the backup: {}", part.file);
    Ok(dir.join(relative))
}

/// Nobody else may be at work on a database that is about to be replaced.
async fn alone(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await.context("the database does not answer")?;
    let others: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'rooftree'",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    ensure!(others == 0, "Rooftree is running on this database: stop serve and work first");
    Ok(())
}

/// Empties the schema and loads the dump in one transaction: `pg_restore` writes SQL, `psql` runs it.
fn load(url: &str, dump: &Path) -> Result<()> {
    let mut reader = Command::new(rooftree_postgres::bin("pg_restore")?)
        .args(["--no-owner", "--no-privileges", "--file=-"])
        .arg(dump)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("pg_restore could not be started")?;
    let mut command = postgres::program("psql", url)?;
    command.args(["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"]);
    let mut writer = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("psql could not be started")?;
    // Both complaints are collected while the dump flows, or a full pipe would stop it.
    let complaints = [reader.stderr.take().map(collect), writer.stderr.take().map(collect)];
    let (mut source, mut sink) = (reader.stdout.take().context("pg_restore")?, writer.stdin.take().context("psql")?);
    let emptied = sink.write_all(EMPTY.as_bytes());
    let copied = emptied.and_then(|()| std::io::copy(&mut source, &mut sink));
    // Were psql gone, pg_restore would wait for a reader for ever.
    drop(source);
    let read = reader.wait()?;
    if !read.success() || copied.is_err() {
        // The transaction must not be committed with half a dump in it.
        writer.kill()?;
    }
    drop(sink);
    let written = writer.wait()?;
    let [said_reader, said_writer] = complaints.map(|said| said.and_then(|said| said.join().ok()).unwrap_or_default());
    let refused = first_lines(&said_writer);
    ensure!(written.success() || refused.is_empty(), "psql refused, and the database is as it was: {refused}");
    ensure!(read.success(), "pg_restore failed, and the database is as it was: {}", first_lines(&said_reader));
    Ok(copied.map(drop)?)
}

/// The schema that the connection works in, made anew.
const EMPTY: &str = "do $$
declare landlord text := current_schema();
begin
    execute format('drop schema %I cascade', landlord);
    execute format('create schema %I', landlord);
end $$;
";

fn collect(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        // What cannot be read is not shown; the exit status tells all the same.
        let _ = pipe.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
}

fn first_lines(said: &str) -> String {
    said.lines()
        .filter(|line| !line.trim().is_empty() && !line.contains("NOTICE"))
        .take(5)
        .collect::<Vec<_>>()
        .join("\n")
}

async fn put_documents(place: &Place, dir: &Path, manifest: &Manifest) -> Result<()> {
    let store = crate::setup::blobs(&place.config())?;
    let bar = output::progress(Some(manifest.blobs.len() as u64), "Documents");
    for part in &manifest.blobs {
        let key = part.key().with_context(|| format!("the manifest names {}, which is no document", part.file))?;
        let bytes = tokio::fs::read(inside(dir, part)?).await?;
        store.put(key, bytes.into()).await.with_context(|| format!("the file store did not take {key}"))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn check_journal(place: &Place, manifest: &Manifest) -> Result<ExitCode> {
    let house = place.house().await?;
    let noted: Option<Noted> = manifest.noted.parse().ok();
    let bar = output::progress(None, "Facts verified");
    let shown = bar.clone();
    let report =
        journal::run(&house.app.platform, noted.as_ref(), None, move |facts| shown.set_position(facts)).await?;
    bar.finish_and_clear();
    output::print(&verify::words(&report))?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_does_not_lead_out_of_its_folder() {
        let part = |file: &str| Part { file: file.to_owned(), bytes: 0, sha256: String::new() };
        assert_eq!(inside(Path::new("/b"), &part("blobs/ab/cd")).unwrap(), Path::new("/b/blobs/ab/cd"));
        for bad in ["../etc/passwd", "/etc/passwd", "blobs/../../x"] {
            assert!(inside(Path::new("/b"), &part(bad)).is_err(), "{bad}");
        }
        assert_eq!(part("blobs/ab/cd").key(), Some("ab/cd"));
        assert_eq!(part("database.dump").key(), None);
    }
}
