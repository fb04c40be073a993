//! A private PostgreSQL for a landlord who has none: found among the installed server binaries, kept in a directory of
//! ours, reachable through a unix socket only, durable, and stopped when the last process that uses it ends.
//!
//! Several processes may call [`Cluster::start`] on the same directory: the first starts the server, the others join it.
//! Each holds one end of a named pipe open; a small supervising shell reads the other end. When the last holder stops, or
//! is killed, the pipe reports its end and the shell shuts PostgreSQL down in order. No signal to a parent is needed, so
//! it works alike on Linux and macOS.

mod account;
mod programs;
mod server;

pub use programs::{MAJOR_MIN, bin};

use account::Place;
use anyhow::{Context, bail, ensure};
use programs::Programs;
use server::Server;
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::Duration,
};

/// The database superuser of a private cluster, and the name in its URLs.
pub const SUPERUSER: &str = "rooftree";

/// How long [`Cluster::stop`] waits for PostgreSQL to write everything out, in seconds.
const STOP_SECONDS_MAX: u64 = 120;

/// Where a private cluster lives and how it is set up.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// The directory that holds the cluster (data, socket, locks, log). Created when absent.
    pub data_dir: PathBuf,
    /// PostgreSQL settings over the built-in ones, for instance `("fsync", "off")` for a throw-away test cluster.
    pub settings: Vec<(String, String)>,
}

impl ClusterConfig {
    /// The usual place: `var/postgres` under the given root, with durable settings.
    pub fn under(root: &Path) -> Self {
        Self { data_dir: root.join("var").join("postgres"), settings: Vec::new() }
    }

    /// The same, with one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running private PostgreSQL, started or joined. Dropping it is [`Cluster::stop`].
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    programs: Programs,
    socket_dir: PathBuf,
    /// Taken out by `stop`; replaced by `revive`.
    held: Mutex<Option<Held>>,
}

/// What this process holds while it uses the cluster.
#[derive(Debug)]
struct Held {
    /// A shared lock: whoever can take it alone is the last user.
    users: File,
    /// The started or joined server with our end of the pipe.
    server: Server,
}

impl Cluster {
    /// Starts the cluster, or joins it when another process has it running. Blocks until it accepts connections: about a
    /// second the first time, a fifth of one after that, longer after a crash with much to replay.
    pub fn start(config: &ClusterConfig) -> anyhow::Result<Self> {
        let place = Place::prepare(&config.data_dir)?;
        let programs = Programs::for_data(&place.data())?;
        let starting = place.lock_file("start.lock")?;
        starting.lock().context("waiting for another process that starts or stops PostgreSQL")?;

        let users = place.lock_file("users.lock")?;
        users.lock_shared().context("marking PostgreSQL as in use")?;
        let server = match Server::join(&place, &programs)? {
            Some(server) => server,
            None => {
                server::create_when_absent(&place, &programs)?;
                server::write_settings(&place, &programs, &config.settings)?;
                Server::start(&place, &programs)?
            }
        };
        let socket_dir = server.socket_dir.clone();
        tracing::info!(directory = %place.dir().display(), joined = !server.started(), "PostgreSQL is ready");
        Ok(Self { place, programs, socket_dir, held: Mutex::new(Some(Held { users, server })) })
    }

    /// The connection URL of a database of this cluster, understood by sqlx and by `psql`.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@localhost/{database}?host={}", percent_encode(&self.socket_dir))
    }

    /// Whether this process started the server (else it joined one that ran).
    pub fn started(&self) -> bool {
        self.held.lock().is_ok_and(|held| held.as_ref().is_some_and(|held| held.server.started()))
    }

    /// Starts the server again when it has died under its users (killed, out of memory); true when it had. Cheap while it lives.
    /// Blocks while it recovers.
    pub fn revive(&self) -> anyhow::Result<bool> {
        if server::runs(&self.place) {
            return Ok(false);
        }
        let starting = self.place.lock_file("start.lock")?;
        starting.lock().context("waiting for another process that starts PostgreSQL")?;
        let server = match Server::join(&self.place, &self.programs)? {
            Some(server) => server,
            None => Server::start(&self.place, &self.programs)?,
        };
        if let Ok(mut held) = self.held.lock()
            && let Some(held) = held.as_mut()
        {
            std::mem::replace(&mut held.server, server).reap();
        }
        Ok(true)
    }

    /// The directory in use: the configured one, or the one in the system's temporary directory when the unprivileged
    /// account cannot reach that.
    pub fn directory(&self) -> &Path {
        self.place.dir()
    }

    /// The directory of the unix socket.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Makes sure that a database of this name exists. The name holds lower-case letters, digits and underscores.
    pub fn create_database(&self, name: &str) -> anyhow::Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        ensure!(
            !name.is_empty() && name.len() <= 63 && name.chars().all(plain),
            "a database name has 1 to 63 lower-case letters, digits or underscores, not ‘{name}’"
        );
        if self.psql(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))?.trim() == "1" {
            return Ok(());
        }
        match self.psql(&format!("CREATE DATABASE {name}")) {
            Err(error) if error.to_string().contains("already exists") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Ends this process's use of the cluster. PostgreSQL is shut down in order when nobody else uses it; then this
    /// returns once everything is on disk.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.release()
    }

    fn release(&mut self) -> anyhow::Result<()> {
        let Some(held) = self.held.get_mut().ok().and_then(Option::take) else { return Ok(()) };
        // A newcomer waits on this lock, so it never joins a server that is about to go.
        let starting = self.place.lock_file("start.lock")?;
        starting.lock()?;
        held.users.unlock()?;
        match held.users.try_lock() {
            Ok(()) => held.server.stop(&self.place, Duration::from_secs(STOP_SECONDS_MAX)),
            Err(TryLockError::WouldBlock) => {
                tracing::info!("PostgreSQL stays up: another process uses it and will stop it");
                Ok(())
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    fn psql(&self, statement: &str) -> anyhow::Result<String> {
        let mut command = Command::new(self.programs.path("psql"));
        programs::without_postgres_variables(&mut command);
        let output = command
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url("postgres"), "-c", statement])
            .output()
            .context("running psql")?;
        if !output.status.success() {
            bail!("PostgreSQL refused: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.release() {
            tracing::warn!(%error, "PostgreSQL was not stopped in order; it recovers at the next start");
        }
    }
}

/// A path as the value of a URL parameter.
fn percent_encode(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut encoded = String::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_is_encoded_for_a_url() {
        assert_eq!(percent_encode(Path::new("/tmp/a b?é")), "%2Ftmp%2Fa%20b%3F%C3%A9");
    }
}
