//! A database for one test.

use rooftree_postgres::{Cluster, ClusterConfig};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use std::{path::Path, sync::OnceLock};
use uuid::Uuid;

/// The cluster that this process started or joined. Several test processes share it; the last one to end stops it.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test");
        let config = ClusterConfig::under(&target)
            .with("fsync", "off")
            .with("synchronous_commit", "off")
            .with("full_page_writes", "off");
        Cluster::start(&config).expect("a PostgreSQL for the tests starts")
    })
}

/// The template's name tells its migrations apart, so that an edited one makes a new template.
fn template_name() -> String {
    let mut hash = Sha256::new();
    hash.update(JOURNAL_MONTHS);
    for migration in rooftree_app::migrator().iter() {
        hash.update(&migration.checksum);
    }
    format!("template_{}", &hex::encode(hash.finalize())[..16])
}

/// The journal's months in which tests play, whatever the day on which they are run: the product makes only those around the present.
const JOURNAL_MONTHS: &str = "select ensure_fact_partitions('2026-01-01', '2027-12-31')";

async fn ensure_template(name: &str) {
    let mut admin = PgConnection::connect(&cluster().url("postgres")).await.expect("the test cluster answers");
    // One process makes it; the others wait here.
    sqlx::query("select pg_advisory_lock(815)").execute(&mut admin).await.expect("a lock");
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1 and datistemplate)")
            .bind(name)
            .fetch_one(&mut admin)
            .await
            .expect("the catalogue answers");
    if !exists {
        let sql = |text: String| sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        sql(format!("drop database if exists {name}")).execute(&mut admin).await.expect("a broken template goes");
        sql(format!("create database {name}")).execute(&mut admin).await.expect("a template");
        rooftree_app::migrate(&cluster().url(name)).await.expect("the migrations apply");
        let mut template = PgConnection::connect(&cluster().url(name)).await.expect("the template answers");
        sqlx::query(JOURNAL_MONTHS).execute(&mut template).await.expect("the months of the tests");
        template.close().await.expect("closed");
        sql(format!("alter database {name} is_template true")).execute(&mut admin).await.expect("marked as complete");
    }
    sqlx::query("select pg_advisory_unlock(815)").execute(&mut admin).await.expect("the lock goes");
    admin.close().await.expect("closed");
}

/// A database of its own for one test; it goes when this does.
pub struct TestDb {
    /// Its address, for the superuser.
    pub url: String,
    name: String,
}

impl TestDb {
    /// Clones the template.
    pub async fn new() -> Self {
        static READY: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        let template = READY
            .get_or_init(async || {
                let name = template_name();
                ensure_template(&name).await;
                name
            })
            .await;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut admin = PgConnection::connect(&cluster().url("postgres")).await.expect("the test cluster answers");
        let create = format!("create database {name} template {template} strategy file_copy");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut admin).await.expect("a clone of the template");
        admin.close().await.expect("closed");
        Self { url: cluster().url(&name), name }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (cluster().url("postgres"), self.name.clone());
        // A test's runtime may be ending: the drop happens on a thread and a runtime of its own.
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&url).await?;
                let drop = format!("drop database if exists {name} with (force)");
                sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut admin).await?;
                anyhow::Ok(())
            })
        });
        if let Ok(Err(error)) = gone.join() {
            eprintln!("a test database was left behind: {error}");
        }
    }
}
