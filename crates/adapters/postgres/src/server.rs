//! Making, starting, joining and stopping the server itself.

use crate::{
    SUPERUSER,
    account::Place,
    programs::{Programs, without_postgres_variables},
};
use anyhow::{Context, bail, ensure};
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a server may take until it answers at all, in seconds.
const ANSWER_SECONDS_MAX: u64 = 60;
/// How long it may replay its log after a crash, in seconds.
const RECOVERY_SECONDS_MAX: u64 = 1_800;
/// A server log larger than this starts afresh, in bytes.
const LOG_BYTES_MAX: u64 = 10 << 20;
/// How much of the log a failure quotes, in bytes.
const LOG_TAIL_BYTES: u64 = 2_000;

/// Opening the pipe must not wait for a reader: the absence of one is the answer.
#[cfg(target_os = "linux")]
const O_NONBLOCK: i32 = 0o4000;
#[cfg(not(target_os = "linux"))]
const O_NONBLOCK: i32 = 0x4;

/// Runs the server and waits for it. Standard input is the pipe of the cluster's users: at its end nobody uses the server
/// any more (all have stopped or were killed), and it is told to shut down at once but in order. Ctrl-C is for the users.
const SUPERVISOR: &str = r#"
trap '' INT HUP
pipe=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r nothing <&3; rm -f "$pipe"; kill -INT "$server" ) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
"#;

/// Durable, sized for a landlord on a small machine, and quiet about people: neither statements nor the values of a
/// failed row reach the log. `ALTER SYSTEM` overrides any of them.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("max_connections", "100"),
    ("work_mem", "32MB"),
    ("maintenance_work_mem", "256MB"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
    ("max_wal_size", "4GB"),
    ("min_wal_size", "512MB"),
    ("checkpoint_timeout", "15min"),
    ("checkpoint_completion_target", "0.9"),
    ("max_locks_per_transaction", "256"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_checkpoints", "off"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
];

/// Collation by code point (quick, the same everywhere) with letters understood beyond ASCII, where the system has that.
const LOCALES: [&[&str]; 3] = [&["--locale=C.UTF-8"], &["--locale=C", "--lc-ctype=en_GB.UTF-8"], &["--locale=C"]];

/// A server in use by this process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) socket_dir: PathBuf,
    /// Our end of the pipe; none when somebody started the server by hand.
    pipe: Option<File>,
    /// The supervising shell, when we started it.
    supervisor: Option<Child>,
}

/// What `pg_isready` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    NotYet,
    Silent,
}

impl Server {
    /// Joins the server that runs on this data, if one does.
    pub(crate) fn join(place: &Place, programs: &Programs) -> anyhow::Result<Option<Self>> {
        let data = place.data();
        let Some(running) = Postmaster::read(&data).filter(|postmaster| postmaster.alive(&data)) else {
            remove_stale(place)?;
            return Ok(None);
        };
        let pipe = OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(place.pipe()).ok();
        let deadline = Instant::now() + Duration::from_secs(RECOVERY_SECONDS_MAX);
        while readiness(programs, &running.socket_dir)? != Readiness::Ready {
            // It is on its way up or down; once it is gone we start our own.
            if !running.alive(&data) {
                remove_stale(place)?;
                return Ok(None);
            }
            ensure!(Instant::now() < deadline, "the PostgreSQL that runs in {} does not answer", data.display());
            sleep(Duration::from_millis(50));
        }
        if pipe.is_some() && !place.pipe().exists() {
            // Its last user went a moment before us: it shuts down.
            running.wait_gone(&data, Duration::from_secs(ANSWER_SECONDS_MAX))?;
            return Ok(None);
        }
        Ok(Some(Self { socket_dir: running.socket_dir, pipe, supervisor: None }))
    }

    /// Starts the server and waits until it accepts connections.
    pub(crate) fn start(place: &Place, programs: &Programs) -> anyhow::Result<Self> {
        let mut server = Self::spawn(place, programs)?;
        let socket_dir = server.socket_dir.clone();
        let begun = Instant::now();
        let mut told = false;
        loop {
            if let Some(status) = server.supervisor.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("PostgreSQL did not start ({status}). It said:\n{}", log_tail(&place.log()));
            }
            let limit = match readiness(programs, &socket_dir)? {
                Readiness::Ready => return Ok(server),
                Readiness::NotYet => RECOVERY_SECONDS_MAX,
                Readiness::Silent => ANSWER_SECONDS_MAX,
            };
            if !told && begun.elapsed() > Duration::from_secs(3) {
                told = true;
                tracing::info!("PostgreSQL is still starting; after a crash it first replays its log");
            }
            ensure!(
                begun.elapsed() < Duration::from_secs(limit),
                "PostgreSQL does not answer after {limit} seconds. It said:\n{}",
                log_tail(&place.log())
            );
            sleep(Duration::from_millis(20));
        }
    }

    fn spawn(place: &Place, programs: &Programs) -> anyhow::Result<Self> {
        let socket_dir = place.socket_dir()?;
        let pipe = make_pipe(place)?;
        // Held open both ways, the pipe opens either way without waiting.
        let both = OpenOptions::new().read(true).write(true).open(&pipe).context("opening the pipe of users")?;
        let reader = File::open(&pipe)?;
        let writer = OpenOptions::new().write(true).open(&pipe)?;
        drop(both);

        let log = open_log(place)?;
        let mut command = Command::new("/bin/sh");
        without_postgres_variables(&mut command);
        command.args(["-c", SUPERVISOR, "rooftree-postgres"]).arg(&pipe);
        command.arg(programs.path("postgres")).arg("-D").arg(place.data());
        command.args(["-c", "listen_addresses=", "-c", "port=5432", "-c", "unix_socket_permissions=0700"]);
        command.arg("-c").arg(format!("unix_socket_directories={}", quoted_list_item(&socket_dir)?));
        command.stdin(reader).stdout(log.try_clone()?).stderr(log).current_dir(place.dir());
        // Its own process group: Ctrl-C at the terminal must let the users finish first.
        command.process_group(0);
        place.run_as_account(&mut command);
        let supervisor = command.spawn().context("starting PostgreSQL")?;
        Ok(Self { socket_dir, pipe: Some(writer), supervisor: Some(supervisor) })
    }

    /// Whether this process started it.
    pub(crate) fn started(&self) -> bool {
        self.supervisor.is_some()
    }

    /// Takes leave of a server that has died: its supervisor ends with it.
    pub(crate) fn reap(mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            // An error means that it is gone already.
            let _ = supervisor.wait();
        }
    }

    /// Lets go of it as its last user and waits until it is down. A server started by hand is left alone.
    pub(crate) fn stop(mut self, place: &Place, limit: Duration) -> anyhow::Result<()> {
        let Some(pipe) = self.pipe.take() else { return Ok(()) };
        let running = Postmaster::read(&place.data());
        drop(pipe);
        if let Some(running) = running {
            running.wait_gone(&place.data(), limit)?;
        }
        if let Some(mut supervisor) = self.supervisor.take() {
            supervisor.wait().context("waiting for PostgreSQL's supervisor")?;
        }
        Ok(())
    }
}

/// Whether a server runs on this data.
pub(crate) fn runs(place: &Place) -> bool {
    let data = place.data();
    Postmaster::read(&data).is_some_and(|postmaster| postmaster.alive(&data))
}

/// The first lines of `postmaster.pid`: process, data directory, start, port, socket directory.
#[derive(Debug)]
struct Postmaster {
    pid: u32,
    socket_dir: PathBuf,
}

impl Postmaster {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        Some(Self { pid, socket_dir: PathBuf::from(lines.nth(3)?) })
    }

    /// Whether that process is a PostgreSQL on this data: after a crash its number may have gone to another process.
    fn alive(&self, data: &Path) -> bool {
        if Path::new("/proc/self").exists() {
            let works_in = fs::read_link(format!("/proc/{}/cwd", self.pid)).ok();
            return works_in.is_some() && works_in == data.canonicalize().ok();
        }
        let output = Command::new("ps").args(["-o", "args=", "-p", &self.pid.to_string()]).output();
        output.is_ok_and(|found| String::from_utf8_lossy(&found.stdout).contains(&*data.to_string_lossy()))
    }

    fn wait_gone(&self, data: &Path, limit: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while self.alive(data) {
            ensure!(Instant::now() < deadline, "PostgreSQL (process {}) is still stopping", self.pid);
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

/// After a crash PostgreSQL refuses to start when another process of the same account has taken the number it left.
fn remove_stale(place: &Place) -> anyhow::Result<()> {
    let socket_dir = place.socket_dir()?;
    for stale in [place.data().join("postmaster.pid"), socket_dir.join(".s.PGSQL.5432.lock")] {
        if stale.exists() {
            fs::remove_file(&stale).with_context(|| format!("removing what a crash left: {}", stale.display()))?;
        }
    }
    Ok(())
}

/// Makes a new cluster when there is none. It is made aside and renamed, so that an interrupted attempt leaves no half.
pub(crate) fn create_when_absent(place: &Place, programs: &Programs) -> anyhow::Result<()> {
    if place.data().join("PG_VERSION").exists() {
        return Ok(());
    }
    let aside = place.dir().join("data.new");
    let mut said = String::new();
    for locale in LOCALES {
        if aside.exists() {
            fs::remove_dir_all(&aside).context("removing a half-made cluster")?;
        }
        let mut command = Command::new(programs.path("initdb"));
        without_postgres_variables(&mut command);
        command.arg("-D").arg(&aside).args(["-U", SUPERUSER, "--encoding=UTF8", "--data-checksums"]).args(locale);
        // The socket's directory lets in its owner alone, so the socket needs no password.
        command.args(["--auth-local=trust", "--auth-host=reject"]);
        command.current_dir(place.dir()).stdin(Stdio::null());
        place.run_as_account(&mut command);
        let output = command.output().context("running initdb")?;
        if output.status.success() {
            fs::rename(&aside, place.data()).context("putting the new cluster in its place")?;
            return Ok(());
        }
        said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    }
    bail!("PostgreSQL's initdb failed: {said}")
}

/// What PostgreSQL may take of the machine's memory: an eighth for its own buffers (1 GB at most: beyond that the system's cache serves as
/// well), and what it may expect of the system's cache. A machine that does not tell counts as a small one.
fn memory_settings(machine_mb: Option<u64>) -> [(String, String); 2] {
    let machine = machine_mb.unwrap_or(2048);
    let megabytes = |name: &str, value: u64| (name.to_owned(), format!("{value}MB"));
    [
        megabytes("shared_buffers", (machine / 8).clamp(128, 1024)),
        megabytes("effective_cache_size", (machine / 2).max(512)),
    ]
}

/// The machine's memory in megabytes, where the system tells it.
fn memory_mb() -> Option<u64> {
    if let Ok(told) = fs::read_to_string("/proc/meminfo") {
        let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        return total.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024);
    }
    let told = Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
    String::from_utf8_lossy(&told.stdout).trim().parse::<u64>().ok().map(|bytes| bytes / (1024 * 1024))
}

/// How whole pages are packed in the log. Whoever reports a repair writes to many pages, and PostgreSQL's own way costs more time than the
/// log it saves; `lz4` does not, where the installed PostgreSQL was built with it: it says so itself.
fn wal_compression(place: &Place, programs: &Programs) -> &'static str {
    let mut ask = Command::new(programs.path("postgres"));
    without_postgres_variables(&mut ask);
    // Only as its first argument does `-C` let root ask.
    ask.args(["-C", "wal_compression", "-c", "wal_compression=lz4", "-D"]).arg(place.data());
    ask.current_dir(place.dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    place.run_as_account(&mut ask);
    if ask.status().is_ok_and(|status| status.success()) { "lz4" } else { "on" }
}

/// Writes our settings beside PostgreSQL's own file, which includes them.
pub(crate) fn write_settings(place: &Place, programs: &Programs, extra: &[(String, String)]) -> anyhow::Result<()> {
    let data = place.data();
    let packed = ("wal_compression".to_owned(), wal_compression(place, programs).to_owned());
    let mut text = String::from("# Written at every start. Override a setting with ALTER SYSTEM.\n");
    let built_in = SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    for (name, value) in built_in.chain([packed]).chain(memory_settings(memory_mb())).chain(extra.iter().cloned()) {
        text.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
    }
    let ours = data.join("rooftree.conf");
    fs::write(&ours, text).context("writing PostgreSQL's settings")?;
    place.give(&ours)?;

    let main = data.join("postgresql.conf");
    let mut present = fs::read_to_string(&main).context("reading postgresql.conf")?;
    let include = "include_if_exists = 'rooftree.conf'";
    if !present.contains(include) {
        present.push_str(&format!("\n{include}\n"));
        fs::write(&main, present).context("writing postgresql.conf")?;
    }
    Ok(())
}

fn make_pipe(place: &Place) -> anyhow::Result<PathBuf> {
    let pipe = place.pipe();
    if pipe.exists() {
        fs::remove_file(&pipe).context("removing the pipe of an earlier run")?;
    }
    let made = Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().context("running mkfifo")?;
    ensure!(made.success(), "could not make the pipe {}", pipe.display());
    place.give(&pipe)?;
    Ok(pipe)
}

fn open_log(place: &Place) -> anyhow::Result<File> {
    let path = place.log();
    let large = fs::metadata(&path).is_ok_and(|found| found.len() > LOG_BYTES_MAX);
    let log = OpenOptions::new().create(true).append(!large).write(true).truncate(large).mode(0o600).open(&path)?;
    place.give(&path)?;
    Ok(log)
}

fn log_tail(path: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("(its log {} cannot be read: {error})", path.display()))
}

fn readiness(programs: &Programs, socket_dir: &Path) -> anyhow::Result<Readiness> {
    let mut command = Command::new(programs.path("pg_isready"));
    without_postgres_variables(&mut command);
    command.arg("-q").arg("-h").arg(socket_dir).args(["-p", "5432", "-U", SUPERUSER, "-d", "postgres"]);
    let status = command.status().context("running pg_isready")?;
    Ok(match status.code() {
        Some(0) => Readiness::Ready,
        Some(1) => Readiness::NotYet,
        _ => Readiness::Silent,
    })
}

/// The setting is a list: a path with a space or comma needs quotes of its own.
fn quoted_list_item(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not valid UTF-8", path.display()))?;
    Ok(format!("\"{}\"", text.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use super::memory_settings;

    #[test]
    fn memory_is_shared_with_the_machine() {
        let of = |machine| memory_settings(machine).map(|(_, value)| value);
        assert_eq!(of(Some(1024)), ["128MB", "512MB"]);
        assert_eq!(of(Some(4096)), ["512MB", "2048MB"]);
        assert_eq!(of(Some(65_536)), ["1024MB", "32768MB"]);
        assert_eq!(of(None), ["256MB", "1024MB"]);
    }
}
