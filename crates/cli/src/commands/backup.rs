//! `rooftree backup`: the database by `pg_dump` and every document from the file store, with a manifest that says what belongs to it.
//!
//! A document's bytes are stored before its row and never change, so what the dump names is in the store when the copying begins.

use crate::{output, postgres, setup::Place};
use anyhow::{Context, Result, ensure};
use clap::Args;
use rooftree_platform::{Platform, journal::seal, ports::BlobStore};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The manifest's form; another is refused.
pub const FORM: u32 = 1;
/// The names in a backup's folder.
pub const MANIFEST: &str = "manifest.json";
const DUMP: &str = "database.dump";
const BLOBS: &str = "blobs";
/// Rows of documents read at once.
const DOCUMENTS_AT_ONCE: i64 = 1000;

/// Where to.
#[derive(Args)]
#[command(after_help = "The folder holds personal data: keep it as you keep the database. Try a restore now and then:
  rooftree --home /tmp/trial restore DIR && rooftree --home /tmp/trial verify")]
pub struct Backup {
    /// A folder that does not exist yet, or is empty
    dir: PathBuf,
}

/// What a backup consists of.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORM`].
    pub form: u32,
    /// The program that made it.
    pub rooftree: String,
    /// When.
    pub made_at: String,
    /// The newest migration in the database.
    pub migration: i64,
    /// The journal's newest seal when the backup began, as `verify --noted` takes it; empty without one.
    pub noted: String,
    /// The dump.
    pub database: Part,
    /// The documents.
    pub blobs: Vec<Part>,
    /// Documents that the database names and the store did not have, or not as they were stored.
    pub missing: Vec<String>,
}

/// A file of the backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name below the folder; for documents the key in the store follows `blobs/`.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Part {
    /// The key in the file store.
    pub fn key(&self) -> Option<&str> {
        self.file.strip_prefix(BLOBS)?.strip_prefix('/')
    }
}

/// Makes the backup. Exit status 1 when documents were missing; everything else is then there.
pub async fn run(place: &Place, asked: Backup) -> Result<ExitCode> {
    let dir = asked.dir;
    ensure!(
        !dir.exists() || fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_none()),
        "{} is not an empty folder: give one that does not exist yet",
        dir.display()
    );
    let house = place.house().await?;
    let platform = &house.app.platform;
    fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made: choose another place", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    let noted = seal::last(&mut platform.writes().acquire().await?).await?;
    let migration: i64 = sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations")
        .fetch_one(platform.writes())
        .await?;
    let database = dump(&place.url, &dir).await?;
    let (blobs, missing) = copy_documents(platform, &dir).await?;
    let manifest = Manifest {
        form: FORM,
        rooftree: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: platform.now().to_string(),
        migration,
        noted: noted.map(|(number, hash)| format!("{number}:{}", hex::encode(hash))).unwrap_or_default(),
        database,
        blobs,
        missing,
    };
    // Last: a folder without a manifest is no backup.
    write_whole(&dir.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    report(&dir, &manifest)
}

fn report(dir: &Path, manifest: &Manifest) -> Result<ExitCode> {
    let bytes = manifest.database.bytes + manifest.blobs.iter().map(|part| part.bytes).sum::<u64>();
    let files = output::count(manifest.blobs.len() as u64, "file", "files");
    output::print(&format!(
        "Backed up to {}: the database and {files} of documents, {}.\n",
        dir.display(),
        output::count(bytes.div_ceil(1_000_000), "MB", "MB")
    ))?;
    if !manifest.noted.is_empty() {
        output::print(&format!("Last seal: {}\n", manifest.noted))?;
    }
    if manifest.missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for key in &manifest.missing {
        eprintln!("missing or damaged in the file store: {key}");
    }
    eprintln!("Look for these in an older backup; the rest of this one is complete.");
    Ok(ExitCode::FAILURE)
}

async fn dump(url: &str, dir: &Path) -> Result<Part> {
    let file = dir.join(DUMP);
    // Made first, so that nobody else can read it while it grows.
    fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&file)?;
    let mut command = postgres::program("pg_dump", url)?;
    command.args(["--format=custom", "--compress=5", "--no-owner", "--no-privileges", "--file"]).arg(&file);
    let bar = output::progress(None, "Database");
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    bar.finish_and_clear();
    postgres::succeeded("pg_dump", &output)?;
    fs::File::open(&file)?.sync_all()?;
    let (bytes, sha256) = digest(&file)?;
    Ok(Part { file: DUMP.to_owned(), bytes, sha256 })
}

/// Copies every document with its thumbnail; returns the parts, and the keys of those that are not as they should be.
async fn copy_documents(platform: &Platform, dir: &Path) -> Result<(Vec<Part>, Vec<String>)> {
    let (mut parts, mut missing, mut after) = (Vec::new(), Vec::new(), Vec::new());
    let total: i64 =
        sqlx::query_scalar("select count(distinct sha256) from document").fetch_one(platform.writes()).await?;
    let bar = output::progress(u64::try_from(total).ok(), "Documents");
    loop {
        let rows: Vec<(Vec<u8>, bool)> = sqlx::query_as(
            "select sha256, bool_or(has_thumbnail) from document where sha256 > $1 group by sha256 order by sha256 limit $2",
        )
        .bind(&after)
        .bind(DOCUMENTS_AT_ONCE)
        .fetch_all(platform.writes())
        .await?;
        let Some((last, _)) = rows.last() else { break };
        after = last.clone();
        for (sha256, has_thumbnail) in rows {
            let name = hex::encode(&sha256);
            let key = format!("{}/{name}", &name[..2]);
            let blobs = platform.ports().blobs.as_ref();
            copy(blobs, &key, Some(&name), dir, &mut parts, &mut missing).await?;
            if has_thumbnail {
                copy(blobs, &format!("{key}.thumb"), None, dir, &mut parts, &mut missing).await?;
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok((parts, missing))
}

async fn copy(
    blobs: &dyn BlobStore,
    key: &str,
    expected: Option<&str>,
    dir: &Path,
    parts: &mut Vec<Part>,
    missing: &mut Vec<String>,
) -> Result<()> {
    let Some(bytes) = blobs.get(key).await? else {
        missing.push(key.to_owned());
        return Ok(());
    };
    let sha256 = hex::encode(Sha256::digest(&bytes));
    if expected.is_some_and(|expected| expected != sha256) {
        missing.push(key.to_owned());
    }
    let file = format!("{BLOBS}/{key}");
    let path = dir.join(&file);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    write_whole(&path, &bytes)?;
    parts.push(Part { file, bytes: bytes.len() as u64, sha256 });
    Ok(())
}

/// For its owner's eyes, and on the disk when this returns.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = open.with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// A file's size and SHA-256.
pub fn digest(path: &Path) -> Result<(u64, String)> {
    let mut file = fs::File::open(path).with_context(|| format!("{} is missing from the backup", path.display()))?;
    let (mut hasher, mut buffer, mut total) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((total, hex::encode(hasher.finalize())));
        }
        hasher.update(&buffer[..read]);
        total += read as u64;
    }
}
