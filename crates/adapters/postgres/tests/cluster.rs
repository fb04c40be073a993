//! A real PostgreSQL, started, joined, killed and restarted.

use rooftree_postgres::{Cluster, ClusterConfig};
use std::{
    env,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A directory that the unprivileged account can enter when the tests run as root.
fn open_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

async fn query(url: &str, statement: &str) -> String {
    use sqlx::{Connection, Row};
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let row = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    row.get(0)
}

async fn execute(url: &str, statement: &str) {
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

fn state(cluster_dir: &Path) -> String {
    let program = rooftree_postgres::bin("pg_controldata").unwrap();
    let output = Command::new(program).env("LC_ALL", "C").arg(cluster_dir.join("data")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("Database cluster state:")).unwrap();
    line.split_once(':').unwrap().1.trim().to_owned()
}

/// Not a test of its own: the process that others start, join and kill.
#[test]
#[ignore = "started by the other tests as a process of its own"]
fn helper_holds_a_cluster() {
    let Some(dir) = env::var_os("ROOFTREE_TEST_CLUSTER") else {
        return;
    };
    let cluster = Cluster::start(&ClusterConfig { data_dir: dir.into(), settings: Vec::new() }).unwrap();
    println!("ready started={} {}", cluster.started(), cluster.url("postgres"));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    cluster.stop().unwrap();
}

fn hold_in_another_process(dir: &Path) -> (Child, String) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "helper_holds_a_cluster", "--ignored", "--nocapture"])
        .env("ROOFTREE_TEST_CLUSTER", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ready = lines.find_map(|line| line.split_once("ready ").map(|(_, rest)| rest.to_owned()));
    // Its test harness prints more at the end, and must be able to.
    std::thread::spawn(move || lines.for_each(drop));
    (child, ready.expect("the helper holds the cluster"))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn starts_durably_keeps_data_over_a_restart_and_is_joined() {
    let dir = open_directory();
    let config = ClusterConfig::under(dir.path());
    let first = Cluster::start(&config).unwrap();
    assert!(first.started());
    first.create_database("landlord").unwrap();
    first.create_database("landlord").unwrap();
    assert!(first.create_database("x\"; drop").is_err());
    let url = first.url("landlord");
    for (setting, value) in [("fsync", "on"), ("listen_addresses", ""), ("synchronous_commit", "on"), ("jit", "off")] {
        assert_eq!(query(&url, &format!("SHOW {setting}")).await, value, "{setting}");
    }
    let built_with_lz4 =
        query(&url, "SELECT ('lz4' = any(enumvals))::text FROM pg_settings WHERE name = 'wal_compression'").await;
    let packed = if built_with_lz4 == "true" { "lz4" } else { "pglz" };
    assert_eq!(
        query(&url, "SHOW wal_compression").await,
        packed,
        "the quicker way where the installed PostgreSQL knows it"
    );
    assert_eq!(query(&url, "SELECT upper('é')").await, "É");
    execute(&url, "CREATE TABLE kept AS SELECT 'over the restart' AS word").await;

    let second = Cluster::start(&config).unwrap();
    assert!(!second.started());
    assert_eq!(second.url("landlord"), url);
    // The starter goes first: the cluster stays for the one that joined, and ends with that.
    first.stop().unwrap();
    assert_eq!(query(&second.url("landlord"), "SELECT word FROM kept").await, "over the restart");
    let place = second.directory().to_path_buf();
    second.stop().unwrap();
    assert_eq!(state(&place), "shut down");

    let again = Cluster::start(&config).unwrap();
    assert!(again.started());
    assert_eq!(query(&again.url("landlord"), "SELECT word FROM kept").await, "over the restart");
}

#[tokio::test]
async fn a_killed_parent_leaves_a_clean_cluster() {
    let dir = open_directory();
    let place = dir.path().join("cluster");
    let (mut parent, ready) = hold_in_another_process(&place);
    assert!(ready.starts_with("started=true"), "{ready}");
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("a clean shutdown", || state(&place) == "shut down" && !place.join("data/postmaster.pid").exists());
}

#[tokio::test]
async fn another_process_joins_and_outlives_the_killed_starter() {
    let dir = open_directory();
    let place = dir.path().join("cluster");
    let (mut starter, _) = hold_in_another_process(&place);
    let (mut joiner, ready) = hold_in_another_process(&place);
    assert!(ready.starts_with("started=false"), "{ready}");
    starter.kill().unwrap();
    starter.wait().unwrap();
    sleep(Duration::from_millis(300));
    let url = ready.split_once(' ').unwrap().1;
    assert_eq!(query(url, "SELECT 'up'").await, "up");
    drop(joiner.stdin.take());
    assert!(joiner.wait().unwrap().success());
    assert_eq!(state(&place), "shut down");
}

#[tokio::test]
async fn a_crash_with_a_stale_lock_is_recovered() {
    let dir = open_directory();
    let config = ClusterConfig { data_dir: dir.path().join("cluster"), settings: Vec::new() };
    let cluster = Cluster::start(&config).unwrap();
    let url = cluster.url("postgres");
    execute(&url, "CREATE TABLE kept AS SELECT 'over the crash' AS word").await;
    let lock = cluster.directory().join("data/postmaster.pid");
    let written = std::fs::read_to_string(&lock).unwrap();
    let pid = written.lines().next().unwrap().to_owned();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    wait_until("the server's death", || !Path::new("/proc").join(&pid).exists());
    drop(cluster);
    // The number has gone to a process that lives: this one.
    std::fs::write(&lock, written.replacen(&pid, &std::process::id().to_string(), 1)).unwrap();

    let again = Cluster::start(&config).unwrap();
    assert!(again.started());
    assert_eq!(query(&again.url("postgres"), "SELECT word FROM kept").await, "over the crash");
}

#[tokio::test]
async fn a_server_that_dies_under_its_users_is_started_again() {
    let dir = open_directory();
    let config = ClusterConfig { data_dir: dir.path().join("cluster"), settings: Vec::new() };
    let cluster = Cluster::start(&config).unwrap();
    let url = cluster.url("postgres");
    execute(&url, "CREATE TABLE kept AS SELECT 'over the death' AS word").await;
    assert!(!cluster.revive().unwrap(), "it lives");
    let lock = std::fs::read_to_string(cluster.directory().join("data/postmaster.pid")).unwrap();
    let pid = lock.lines().next().unwrap();
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
    wait_until("the server's return", || cluster.revive().unwrap_or(false));
    assert_eq!(query(&url, "SELECT word FROM kept").await, "over the death");
    cluster.stop().unwrap();
}

#[tokio::test]
async fn a_long_path_still_gets_a_socket() {
    let dir = open_directory();
    let long = dir.path().join("a directory with, a comma").join("y".repeat(80));
    let cluster = Cluster::start(&ClusterConfig { data_dir: long, settings: Vec::new() }.with("fsync", "off")).unwrap();
    assert_eq!(query(&cluster.url("postgres"), "SHOW fsync").await, "off");
    let socket_dir = cluster.socket_dir().to_path_buf();
    cluster.stop().unwrap();
    std::fs::remove_dir_all(socket_dir).unwrap();
}
