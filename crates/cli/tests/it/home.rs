//! A folder of its own with a private PostgreSQL, and the binary run in it.

use rooftree_postgres::{Cluster, ClusterConfig};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The binary with none of the caller's settings.
pub fn rooftree() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rooftree"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if (name.starts_with("ROOFTREE_") && name != "ROOFTREE_PG_BIN") || name.starts_with("DATABASE_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// What a run said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is text");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Asserts that it went well; returns standard output.
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// Asserts the exit status; returns all that was said.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self.out + &self.err
    }
}

/// Runs the binary with these words; needs no database.
pub fn run(words: &[&str]) -> Said {
    Said::of(rooftree().args(words).output().unwrap())
}

/// A landlord's folder. Its PostgreSQL runs as long as this lives, and the runs join it.
pub struct Home {
    // Stopped before its folder goes.
    cluster: Option<Cluster>,
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty one, which need not outlive a crash.
    pub fn new() -> Self {
        Self::with(|config| config.with("fsync", "off").with("full_page_writes", "off"))
    }

    /// An empty one, set up as a landlord's is.
    pub fn durable() -> Self {
        Self::with(|config| config)
    }

    fn with(change: impl FnOnce(ClusterConfig) -> ClusterConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A root caller's PostgreSQL runs as another account, which must be able to enter.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let cluster = Cluster::start(&change(ClusterConfig::under(folder.path()))).unwrap();
        Self { cluster: Some(cluster), folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path beside the data.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The address of the database that the binary makes.
    pub fn url(&self) -> String {
        self.cluster.as_ref().unwrap().url("rooftree")
    }

    /// The binary in this folder.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = rooftree();
        command.arg("--home").arg(self.path()).args(words);
        command
    }

    /// Runs it.
    pub fn run(&self, words: &[&str]) -> Said {
        Said::of(self.command(words).output().unwrap())
    }

    /// Runs it with settings.
    pub fn run_with(&self, settings: &[(&str, &str)], words: &[&str]) -> Said {
        Said::of(self.command(words).envs(settings.iter().copied()).output().unwrap())
    }

    /// Runs it and types a line.
    pub fn run_typing(&self, line: &str, words: &[&str]) -> Said {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
        Said::of(child.wait_with_output().unwrap())
    }

    /// Runs statements as the owner of the database.
    pub fn sql(&self, statements: &str) {
        let (url, statements) = (self.url(), statements.to_owned());
        block_on(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// One number from the database.
    pub fn number(&self, query: &str) -> i64 {
        let (url, query) = (self.url(), query.to_owned());
        block_on(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            found
        })
    }

    /// The number of rows of every table.
    pub fn counts(&self) -> Vec<(String, i64)> {
        let url = self.url();
        block_on(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let tables: Vec<String> = sqlx::query_scalar(
                "select relname::text from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by 1",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap();
            let mut counts = Vec::new();
            for table in tables {
                let query = format!("select count(*) from {table}");
                counts
                    .push((table, sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()));
            }
            connection.close().await.unwrap();
            counts
        })
    }

    /// Lets background work run for a moment and stop in order, which seals the journal.
    pub fn seal(&self) {
        let mut child = self.command(&["work"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("Working"), "{first}");
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    }

    /// Adds a user with the binary.
    pub fn add_user(&self, email: &str, role: &str) {
        self.run_typing(
            "correct horse battery staple",
            &["user", "add", "--email", email, "--name", "A Person", "--role", role, "--password-stdin"],
        )
        .well();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(self.cluster.take());
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
