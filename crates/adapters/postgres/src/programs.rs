//! Finding the installed PostgreSQL server programs.

use anyhow::{Context, bail};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest PostgreSQL that Rooftree runs on (`NULLS NOT DISTINCT`, `MERGE`).
pub const MAJOR_MIN: u32 = 15;

/// The installed programs of one PostgreSQL version.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    dir: PathBuf,
    pub(crate) major: u32,
}

/// The path of a PostgreSQL program (`pg_dump`, `pg_restore`, `psql`) of the newest installed version.
pub fn bin(name: &str) -> anyhow::Result<PathBuf> {
    let found = installed();
    let with_program = found.iter().find(|programs| programs.path(name).is_file());
    match with_program {
        Some(programs) => Ok(programs.path(name)),
        None => on_path(name).with_context(|| missing(name)),
    }
}

impl Programs {
    /// The newest version installed, or for existing data the version that wrote it.
    pub(crate) fn for_data(data: &Path) -> anyhow::Result<Self> {
        let found = installed();
        let Some(newest) = found.first() else { bail!(missing("initdb")) };
        let version_file = data.join("PG_VERSION");
        let Ok(text) = std::fs::read_to_string(&version_file) else {
            if newest.major < MAJOR_MIN {
                bail!(
                    "PostgreSQL {} in {} is too old: Rooftree needs {MAJOR_MIN} or later. {}",
                    newest.major,
                    newest.dir.display(),
                    remedy()
                );
            }
            return Ok(newest.clone());
        };
        let major: u32 = text.trim().parse().with_context(|| format!("{} is damaged", version_file.display()))?;
        found.iter().find(|programs| programs.major == major).cloned().with_context(|| {
            format!(
                "the data in {} was written by PostgreSQL {major}, which is not installed (found: {}). Install that version, or \
                 restore a backup into a new directory.",
                data.display(),
                found.iter().map(|programs| programs.major.to_string()).collect::<Vec<_>>().join(", ")
            )
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Every usable installation, newest first; one named by `ROOFTREE_PG_BIN` goes before all others.
fn installed() -> Vec<Programs> {
    let named = env::var_os("ROOFTREE_PG_BIN").map(PathBuf::from).and_then(programs_in);
    let mut others: Vec<Programs> = usual_dirs().into_iter().filter_map(programs_in).collect();
    others.sort_by_key(|programs| std::cmp::Reverse(programs.major));
    named.into_iter().chain(others).collect()
}

/// Debian and Ubuntu keep the server programs off the search path; Homebrew keeps its versioned formulas apart too.
fn usual_dirs() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    dirs.extend(children("/usr/lib/postgresql", "", "bin"));
    dirs.extend(children("/usr", "pgsql-", "bin"));
    for homebrew in ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"] {
        dirs.extend(children(&format!("{homebrew}/opt"), "postgresql", "bin"));
    }
    dirs.extend(children("/Applications/Postgres.app/Contents/Versions", "", "bin"));
    // The link is followed, because `postgres` lies beside the real `initdb`.
    let followed = on_path("initdb").and_then(|path| path.canonicalize().ok());
    dirs.extend(followed.and_then(|path| path.parent().map(Path::to_path_buf)));
    dirs
}

fn children(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    let matching = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    matching.map(|entry| entry.path().join(below)).collect()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file())
}

fn programs_in(dir: PathBuf) -> Option<Programs> {
    let postgres = dir.join("postgres");
    if !postgres.is_file() || !dir.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(postgres).arg("--version").output().ok()?;
    let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
    Some(Programs { dir, major })
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn missing(name: &str) -> String {
    format!("PostgreSQL's program ‘{name}’ was not found. {}", remedy())
}

fn remedy() -> &'static str {
    if cfg!(target_os = "macos") {
        "Install the server with ‘brew install postgresql@17’, or set DATABASE_URL to a server that runs elsewhere."
    } else {
        "Install the server with ‘sudo apt-get install postgresql’ (Debian, Ubuntu), or set DATABASE_URL to a server that runs \
         elsewhere."
    }
}

/// The caller's `PGHOST`, `PGOPTIONS` and the like are meant for another server.
pub(crate) fn without_postgres_variables(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_MESSAGES", "C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres"), None);
    }

    #[test]
    fn data_of_a_version_that_is_not_installed_is_refused_with_its_number() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("PG_VERSION"), "9\n").unwrap();
        let error = Programs::for_data(dir.path()).unwrap_err().to_string();
        assert!(error.contains("written by PostgreSQL 9, which is not installed"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named_with_the_remedy() {
        let error = bin("pg_no_such_program").unwrap_err().to_string();
        assert!(error.contains("pg_no_such_program") && error.contains("nstall"), "{error}");
    }
}
