//! A throwaway database with the platform's own tables, and a platform on it that knows one kind of fact and two roles.

use crate::{messages::Post, webhooks::Receiver};
use async_trait::async_trait;
use bytes::Bytes;
use rooftree_kernel::{Actor, Channel, Moment, Permission, calendar::Calendars};
use rooftree_platform::{
    FactKind, Platform, Pool, Registry, Rulebook,
    config::Config,
    documents,
    imports::engine,
    jobs::{self, JobHandler},
    journal::facts::NewFact,
    letters::Letter,
    messages::{MESSAGE_FAILED, MESSAGE_SENT, SendMessage},
    ports::{BlobError, BlobStore, LetterPrinter, PrintError, Sheet, SheetError, SheetFile, SheetReader, SheetWriter},
    registry::Parts,
    rulebook,
    signin::users,
    unit::Ports,
    webhooks,
};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use std::{
    collections::HashMap,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

/// The one kind of fact.
pub const HAPPENED: FactKind = FactKind::new("thing.happened", "Something happened", &["what", "count"]);
/// A permission, so that roles have something to grant.
pub const LOOK: Permission = Permission::new("things.view");

const ROLES: &str = r#"
[[role]]
key = "clerk"
title = "Clerk"
landing = "/start"
scope = "all"
may = ["things.view"]

[[role]]
key = "guarded"
title = "Guarded"
landing = "/start"
scope = "all"
may = ["things.view"]
second_factor = true
"#;

const WORDS: &str = "key = 'some.words'\ntitle = 'Some words'\nchannels = ['text']\ntext = 'You said: {words}'\nplaceholders = ['words']\n[sample]\nwords = 'Hello'";
const TEMPLATE: &str = "key = 'some.template'\ntitle = 'Some'\nchannels = ['text']\ntext = 'Hello'";

/// A platform on a database of its own, with a clock that stands still until it is moved.
pub struct Bench {
    /// The platform.
    pub platform: Platform,
    /// What webhooks reach.
    pub receiver: Arc<Receiver>,
    /// What texts and letters reach.
    pub post: Arc<Post>,
    name: String,
    admin: PgConnectOptions,
    clock: Arc<AtomicI64>,
}

impl Bench {
    /// Makes the database and its tables. `None`, with a note, where there is no server.
    pub async fn new() -> Option<Self> {
        let Some(url) = url() else {
            println!("skipped: no DATABASE_URL");
            return None;
        };
        let admin = PgConnectOptions::from_str(&url).expect("DATABASE_URL is a PostgreSQL address");
        let mut connection = PgConnection::connect_with(&admin).await.expect("the server answers");
        let name = format!("rt_platform_{}", uuid::Uuid::now_v7().simple());
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
        let pool = PgPool::connect_with(admin.clone().database(&name)).await.unwrap();
        rooftree_platform::MIGRATIONS.run(&pool).await.unwrap();
        // The months in which these tests play, whatever the day on which they are run.
        sqlx::query("select ensure_fact_partitions('2026-01-01', '2027-12-31')").execute(&pool).await.unwrap();
        let clock = Arc::new(AtomicI64::new(Moment::now().as_micros()));
        let hand = clock.clone();
        let now = move || Moment::from_micros(hand.load(Ordering::SeqCst));
        let (receiver, post) = (Arc::new(Receiver::default()), Arc::new(Post::default()));
        let config = Config { quiet_hours: (20, 8), ..Config::from_env() };
        let (registry, rules) = declared();
        let platform =
            Platform::new(Pool::from(pool), registry, rules, config, ports(receiver.clone(), post.clone()), now);
        Some(Self { platform, receiver, post, name, admin, clock })
    }

    /// Moves the clock on.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, now: &str) {
        self.clock.store(now.parse::<Moment>().unwrap().as_micros(), Ordering::SeqCst);
    }

    /// Records so many facts.
    pub async fn record(&self, many: i64) -> Vec<i64> {
        let facts: Vec<NewFact> = (0..many)
            .map(|count| HAPPENED.at(self.platform.now()).with("what", "Zoë’s \"tap\"\n").with("count", count))
            .collect();
        let mut ctx = self.platform.begin(&Actor::system(Channel::Job)).await.unwrap();
        let seqs = ctx.record_all(facts).await.unwrap();
        ctx.commit().await.unwrap();
        seqs
    }

    /// Runs SQL with the guards of the append-only tables off, as somebody with the keys to the database could.
    pub async fn tamper(&self, sql: &str) {
        let sql = format!("set session_replication_role = replica; {sql}; set session_replication_role = origin");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(self.platform.writes()).await.unwrap();
    }

    /// Removes the database.
    pub async fn end(self) {
        self.platform.writes().close().await;
        let mut connection = PgConnection::connect_with(&self.admin).await.unwrap();
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    }
}

fn url() -> Option<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env");
    std::env::var("DATABASE_URL").ok().or_else(|| {
        let text = std::fs::read_to_string(file).ok()?;
        text.lines().find_map(|line| line.strip_prefix("DATABASE_URL=")).map(str::to_owned)
    })
}

fn declared() -> (Registry, Rulebook) {
    let parts = Parts {
        facts: vec![
            HAPPENED,
            users::USER_ADDED,
            users::USER_CHANGED,
            users::SIGNED_IN,
            users::LOCKED_OUT,
            engine::IMPORT_DONE,
            engine::IMPORT_UNDONE,
            webhooks::WEBHOOK_ADDED,
            webhooks::WEBHOOK_DISABLED,
            jobs::JOB_RETRIED,
            MESSAGE_SENT,
            MESSAGE_FAILED,
            documents::DOCUMENT_ADDED,
        ],
        permissions: vec![(LOOK, "Look at things")],
        templates: vec![("some.toml", TEMPLATE), ("words.toml", WORDS)],
        message_fields: vec!["thing"],
        roles: vec![("roles.toml", ROLES)],
        jobs: vec![
            (webhooks::JOB, Arc::new(webhooks::Deliver) as Arc<dyn JobHandler>),
            ("message", Arc::new(SendMessage)),
        ],
        imports: vec![Arc::new(crate::imports::Things)],
        ..Parts::default()
    };
    rulebook::declared(parts, Calendars::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn ports(receiver: Arc<Receiver>, post: Arc<Post>) -> Ports {
    Ports {
        mail: None,
        text: Some(post),
        printer: Arc::new(Nothing),
        blobs: Arc::new(Shelf::default()),
        sheet_reader: Arc::new(Nothing),
        sheet_writer: Arc::new(Nothing),
        identity: None,
        webhooks: Some(receiver),
    }
}

/// Stands where these tests need no outside.
struct Nothing;

/// Keeps files in memory.
#[derive(Default)]
struct Shelf(Mutex<HashMap<String, Bytes>>);

#[async_trait]
impl BlobStore for Shelf {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.0.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    }
    async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

/// Prints what a letter says.
impl LetterPrinter for Nothing {
    fn print(&self, letters: &[Letter]) -> Result<Vec<u8>, PrintError> {
        Ok(format!("{letters:?}").into_bytes())
    }
}

impl SheetReader for Nothing {
    /// The simplest of tables: no quotes.
    fn read(&self, _: &str, bytes: &[u8]) -> Result<Sheet, SheetError> {
        let text = std::str::from_utf8(bytes).map_err(|error| SheetError(error.to_string()))?;
        let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        Ok(Sheet { headings: rows.next().unwrap_or_default(), rows: rows.collect(), ..Sheet::default() })
    }
}

impl SheetWriter for Nothing {
    fn xlsx(&self, _: &str, _: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Err(SheetError("no sheets here".to_owned()))
    }
    fn csv(&self, _: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Err(SheetError("no sheets here".to_owned()))
    }
}
