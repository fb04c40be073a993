//! A small house of its own for these tests: a throw-away database with the platform's tables and one invented area.

use async_trait::async_trait;
use bytes::Bytes;
use rooftree_kernel::{Actor, CaseId, Channel, Day, Moment, calendar::Calendars};
use rooftree_platform::{
    FactKind, Lookups, NewFact, Platform, Pool, Registry, Rulebook,
    clocks::CLOCK_BREACHED,
    config::Config,
    figures::{external, frozen},
    letters::Letter,
    lookups::{CaseDims, DimensionKind, Names, Population},
    ports::{BlobError, BlobStore, LetterPrinter, PrintError, Sheet, SheetError, SheetFile, SheetReader, SheetWriter},
    registry::Parts,
    rulebook,
    unit::Ports,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use uuid::Uuid;

pub const REPORTED: FactKind = FactKind::new("task.reported", "Task reported", &["priority"]);
pub const DONE: FactKind = FactKind::new("task.done", "Task done", &[]);
pub const WATCHED: FactKind = FactKind::new("task.watched", "Task watched from now on", &[]);
pub const CHECKED: FactKind = FactKind::new("task.checked", "Task checked", &[]);
pub const CHECK_WITHDRAWN: FactKind =
    FactKind::new("task.check-withdrawn", "Check taken back", &["facts"]).withdrawing();
pub const CALLED_OFF: FactKind = FactKind::new("task.called-off", "Task called off", &[]);

const STANDARDS: &str = r#"
[[standard]]
id = "tasks.test.two-days"
title = "Done within two days"
promise = "We do it within two days"
source = "These tests"
confidence = "✔"
from = 2020-01-01
subject = "case"
[[standard.start]]
fact = "task.reported"
[standard.due]
days = 2
[[standard.stop]]
fact = "task.done"
[[standard.cancel]]
fact = "task.called-off"
[standard.target]
percent = 90.0

[[standard]]
id = "tasks.test.checked-again"
title = "Checked every ten days"
promise = "We look again within ten days of the last check"
source = "These tests"
confidence = "✔"
from = 2020-01-01
subject = "case"
repeat = true
[[standard.start]]
fact = "task.watched"
[standard.due]
days = 10
[[standard.stop]]
fact = "task.checked"
"#;

/// A measure of the invented area. `{}` are the id, the kind, the unit and the name of the SQL.
fn measure(id: &str, kind: &str, unit: &str, sql: &str) -> String {
    format!(
        "[[measure]]\nid = \"tasks.{id}\"\ntitle = \"{id}\"\ndefinition = \"As tested\"\nsource = \"These tests\"\nconfidence = \"✔\"\n\
         kind = \"{kind}\"\nunit = \"{unit}\"\ndirection = \"up\"\ntarget = 50.0\ndecimals = 1\n\
         breakdown = [\"ward\", \"provider\"]\nfacts = [\"task.reported\", \"task.done\", \"task.called-off\"]\nsql = \"{sql}\"\n"
    )
}

const DONE_SQL: &str = "select id as subject_id, reference, null::uuid as home_id, done_day as day, days is not null as counted,
       days <= 2 as hit, days as value, case when days is null then 'no days recorded' when days > 2 then 'slow' end as reason,
       ward, provider
  from task where done_day >= $1::date and done_day < $2::date;";

/// Depends on the end of the period: what was reported in its last two days and is open does not count yet.
const REPORTED_SQL: &str = "select id as subject_id, reference, null::uuid as home_id, reported_day as day,
       not (done_day is null and reported_day > $2::date - 3) as counted, done_day is not null as hit, null::numeric as value,
       null as reason, ward, provider
  from task where reported_day >= $1::date and reported_day < $2::date";

const OPEN_SQL: &str =
    "select id as subject_id, reference, null::uuid as home_id, $2::date - 1 as day, true as counted, true as hit,
       null::numeric as value, null as reason, ward, provider
  from task where reported_day < $2::date and (done_day is null or done_day >= $2::date)";

/// The age of what is open at the end of the period's last day.
const AGE_SQL: &str =
    "select id as subject_id, reference, null::uuid as home_id, $2::date - 1 as day, true as counted, true as hit,
       ($2::date - 1 - reported_day)::numeric as value, null as reason, ward, provider
  from task where reported_day < $2::date and (done_day is null or done_day >= $2::date)";

/// Days for every visit that a task took: two for what was done in a day, else three.
const RATIO_SQL: &str =
    "select id as subject_id, reference, null::uuid as home_id, done_day as day, true as counted, true as hit, days as value,
       case when days = 1 then 2 else 3 end as base, null as reason, ward, provider
  from task where done_day >= $1::date and done_day < $2::date";

/// What is open for more than ten days at the end of the period's last day.
const OLD_SQL: &str =
    "select id as subject_id, reference, null::uuid as home_id, $2::date - 1 as day, true as counted, true as hit,
       null::numeric as value, null as reason, ward, provider
  from task where reported_day < $2::date - 11 and (done_day is null or done_day >= $2::date) and $1::date is not null";

/// Fails as soon as anything is done.
const BROKEN_SQL: &str =
    "select id as subject_id, reference, null::uuid as home_id, done_day as day, 1 / (length(ward) * 0) = 1 as counted,
       true as hit, null::numeric as value, null as reason, ward, provider
  from task where done_day >= $1::date and done_day < $2::date";

pub struct House {
    pub platform: Platform,
    now: Arc<AtomicI64>,
    name: String,
}

/// The server to make databases on, as the development settings name it.
fn server() -> Option<String> {
    let from_file = || {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("DATABASE_URL=").map(str::to_owned))
    };
    std::env::var("DATABASE_URL").ok().or_else(from_file)
}

fn url_of(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).expect("DATABASE_URL is an address");
    url.set_path(database);
    url.to_string()
}

impl House {
    /// A fresh database, at the given moment; `None`, with a note, when there is no server.
    pub async fn at(now: &str) -> Option<Self> {
        let Some(server) = server() else {
            eprintln!("skipped: DATABASE_URL names no development server");
            return None;
        };
        let name = format!("figures_{}", Uuid::now_v7().simple());
        let mut admin =
            PgConnection::connect(&url_of(&server, "postgres")).await.expect("the development server answers");
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.unwrap();
        let pool = PgPool::connect(&url_of(&server, &name)).await.unwrap();
        rooftree_platform::MIGRATIONS.run(&pool).await.unwrap();
        // The months in which these tests play, whatever the day on which they are run.
        sqlx::query("select ensure_fact_partitions('2026-01-01', '2027-12-31')").execute(&pool).await.unwrap();
        sqlx::raw_sql(
            "create table task (id uuid primary key, reference text, ward text, provider text, priority text,
                                reported_day date not null, done_day date, days numeric);
             create table provider (id uuid primary key, name text)",
        )
        .execute(&pool)
        .await
        .unwrap();
        let moment: Moment = now.parse().unwrap();
        let clock = Arc::new(AtomicI64::new(moment.as_micros()));
        let seen = clock.clone();
        let (registry, rules) = declared();
        let platform = Platform::new(Pool::from(pool), registry, rules, Config::from_env(), ports(), move || {
            Moment::from_micros(seen.load(Ordering::SeqCst))
        });
        Some(Self { platform, now: clock, name })
    }

    /// The same house seen through connections of its own.
    pub async fn again(&self) -> Platform {
        let server = server().expect("it was there at the beginning");
        let pool = PgPool::connect(&url_of(&server, &self.name)).await.unwrap();
        let (seen, (registry, rules)) = (self.now.clone(), declared());
        Platform::new(Pool::from(pool), registry, rules, Config::from_env(), ports(), move || {
            Moment::from_micros(seen.load(Ordering::SeqCst))
        })
    }

    pub fn set(&self, now: &str) {
        self.now.store(now.parse::<Moment>().unwrap().as_micros(), Ordering::SeqCst);
    }

    /// Reports a task at a moment; its id is its case.
    pub async fn report(&self, number: i64, ward: &str, provider: &str, at: &str) -> Uuid {
        let (id, at): (Uuid, Moment) = (Uuid::now_v7(), at.parse().unwrap());
        let mut ctx = self.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        sqlx::query("insert into task (id, reference, ward, provider, priority, reported_day) values ($1, $2, $3, $4, 'routine', $5)")
            .bind(id)
            .bind(format!("T-{number}"))
            .bind(ward)
            .bind(provider)
            .bind(at.day())
            .execute(ctx.conn())
            .await
            .unwrap();
        ctx.record(REPORTED.at(at).case(CaseId(id)).with("priority", "routine")).await.unwrap();
        ctx.commit().await.unwrap();
        id
    }

    /// Records a fact about a task and returns its number.
    pub async fn record(&self, fact: NewFact, task: Uuid) -> i64 {
        let mut ctx = self.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        let seq = ctx.record(fact.case(CaseId(task))).await.unwrap();
        ctx.commit().await.unwrap();
        seq
    }

    /// Marks a task done, in a unit of work that the caller commits.
    pub async fn done_in(&self, ctx: &mut rooftree_platform::Ctx, task: Uuid, at: &str, days: Option<i32>) {
        let at: Moment = at.parse().unwrap();
        sqlx::query("update task set done_day = $2, days = $3 where id = $1")
            .bind(task)
            .bind(at.day())
            .bind(days)
            .execute(ctx.conn())
            .await
            .unwrap();
        ctx.record(DONE.at(at).case(CaseId(task))).await.unwrap();
    }

    pub async fn done(&self, task: Uuid, at: &str, days: i32) {
        let mut ctx = self.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        self.done_in(&mut ctx, task, at, Some(days)).await;
        ctx.commit().await.unwrap();
    }

    /// When a month of a measure was counted last.
    pub async fn computed_at(&self, measure: &str, month: &str) -> Option<Moment> {
        sqlx::query_scalar("select computed_at from figure_state where measure = $1 and first_day = $2")
            .bind(measure)
            .bind(month.parse::<Day>().unwrap())
            .fetch_optional(self.platform.writes())
            .await
            .unwrap()
    }

    /// Drops the database. A failed test leaves its own behind, to be looked at.
    pub async fn close(self) {
        self.platform.writes().close().await;
        let server = server().expect("it was there at the beginning");
        let mut admin = PgConnection::connect(&url_of(&server, "postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("drop database {} with (force)", self.name)))
            .execute(&mut admin)
            .await
            .unwrap();
    }
}

fn declared() -> (Registry, Rulebook) {
    let measures = [
        measure("done-in-time", "percent", "%", "done.sql"),
        measure("days-median", "median", "days", "done.sql"),
        measure("days-average", "average", "days", "done.sql"),
        measure("reported-and-done", "percent", "%", "reported.sql"),
        measure("open", "point-in-time", "", "open.sql"),
        measure("age", "average\"\nas_of = true\n#\"", "days", "age.sql"),
        measure("age-median", "median\"\nas_of = true\n#\"", "days", "age.sql"),
        measure("rate", "rate-per-1000-homes", "", "done.sql"),
        measure("days-per-visit", "ratio\"\nper = \"visit", "days", "ratio.sql"),
        measure("old-share", "share\"\nas_of = true\npopulation = \"open-tasks", "%", "old.sql"),
        measure("broken", "count", "", "broken.sql"),
    ]
    .concat();
    let parts = Parts {
        facts: vec![
            REPORTED,
            DONE,
            WATCHED,
            CHECKED,
            CHECK_WITHDRAWN,
            CALLED_OFF,
            CLOCK_BREACHED,
            frozen::FIGURE_FROZEN,
            external::EXTERNAL_LOADED,
        ],
        standards: vec![("standards.toml", STANDARDS)],
        measures: vec![("measures.toml", Box::leak(measures.into_boxed_str()))],
        measure_sql: vec![
            ("done.sql", DONE_SQL),
            ("reported.sql", REPORTED_SQL),
            ("open.sql", OPEN_SQL),
            ("age.sql", AGE_SQL),
            ("ratio.sql", RATIO_SQL),
            ("old.sql", OLD_SQL),
            ("broken.sql", BROKEN_SQL),
        ],
        lookups: vec![Lookups {
            case_dims: vec![CaseDims {
                area: "tasks",
                dims: &["ward", "provider", "priority"],
                sql: "select id as case_id, null::uuid as home_id, reference, ward, provider, priority from task",
            }],
            dimensions: vec![
                DimensionKind { key: "ward", title: "Ward", names: Names::Plain, only: None },
                DimensionKind {
                    key: "provider",
                    title: "Provider",
                    names: Names::Select("select id::text as key, name from provider"),
                    only: Some(|scope| scope.id(rooftree_kernel::scope::PROVIDER).map(|provider| provider.to_string())),
                },
                DimensionKind { key: "priority", title: "Priority", names: Names::Words, only: None },
            ],
            populations: vec![
                Population {
                    key: "homes",
                    title: "homes",
                    dims: &["ward"],
                    sql: "select * from (values ('East', 300::bigint), ('West', 700)) h(ward, members) where $1::date is not null",
                },
                Population {
                    key: "open-tasks",
                    title: "open tasks",
                    dims: &["ward", "provider"],
                    sql: "select ward, provider, count(*) as members from task
                          where reported_day <= $1::date and (done_day is null or done_day > $1::date) group by 1, 2",
                },
            ],
            ..Lookups::default()
        }],
        ..Parts::default()
    };
    rulebook::declared(parts, Calendars::built_in()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn ports() -> Ports {
    Ports {
        mail: None,
        text: None,
        printer: Arc::new(Nowhere),
        blobs: Arc::new(Nowhere),
        sheet_reader: Arc::new(Nowhere),
        sheet_writer: Arc::new(Nowhere),
        identity: None,
        webhooks: None,
    }
}

/// Ports that these tests do not use.
struct Nowhere;

#[async_trait]
impl BlobStore for Nowhere {
    async fn put(&self, key: &str, _: Bytes) -> Result<(), BlobError> {
        Err(BlobError::Key(key.to_owned()))
    }
    async fn get(&self, _: &str) -> Result<Option<Bytes>, BlobError> {
        Ok(None)
    }
    async fn delete(&self, _: &str) -> Result<(), BlobError> {
        Ok(())
    }
}

impl LetterPrinter for Nowhere {
    fn print(&self, _: &[Letter]) -> Result<Vec<u8>, PrintError> {
        Err(PrintError::Failed("no press here".to_owned()))
    }
}

impl SheetReader for Nowhere {
    fn read(&self, _: &str, _: &[u8]) -> Result<Sheet, SheetError> {
        Err(SheetError("no sheets here".to_owned()))
    }
}

impl SheetWriter for Nowhere {
    fn xlsx(&self, _: &str, _: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Err(SheetError("no sheets here".to_owned()))
    }
    fn csv(&self, _: &[String]) -> Result<Box<dyn SheetFile>, SheetError> {
        Err(SheetError("no sheets here".to_owned()))
    }
}
