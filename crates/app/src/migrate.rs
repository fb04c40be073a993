//! One migrator over the migrations of the platform and of every area, in the order of their numbers.

use rooftree_platform::{MIGRATIONS, Pool};
use sqlx::{
    ConnectOptions, Connection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

/// The role that the application works as: it may add facts but never change or remove one.
const APPLICATION_ROLE: &str = "rooftree_app";

/// So long a server may take to answer, which perhaps starts at the same time as we do.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// All migrations.
pub fn migrator() -> Migrator {
    let mut all: Vec<_> = MIGRATIONS.iter().cloned().collect();
    for area in crate::areas() {
        all.extend(area.migrations.into_iter().flat_map(|migrator| migrator.iter().cloned()));
    }
    all.sort_by_key(|migration| migration.version);
    Migrator::with_migrations(all)
}

/// Applies what is missing and makes sure that the application's role exists and has its rights, and no more.
pub async fn migrate(url: &str) -> Result<usize, sqlx::Error> {
    // A migration is one long statement; its text belongs in no log.
    let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ANSWERS_WITHIN).connect_with(options).await?;
    // Processes that start together take turns; the lock ends with the pool's one connection.
    sqlx::raw_sql("select pg_advisory_lock(hashtextextended('rooftree migrate', 0))").execute(&pool).await?;
    let migrator = migrator();
    migrator.run(&pool).await?;
    for declare in crate::areas().into_iter().filter_map(|area| area.declare) {
        declare(&pool.clone().into()).await.map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    }
    sqlx::raw_sql(GRANTS).execute(&pool).await?;
    pool.close().await;
    Ok(migrator.iter().count())
}

/// Run after every migration. The role belongs to the cluster, so it may exist already; a server on which we may not make roles still
/// works, guarded by the triggers alone, and `doctor` says so.
const GRANTS: &str = "
do $$
declare t record;
begin
    if not exists (select from pg_roles where rolname = 'rooftree_app') then
        begin
            create role rooftree_app nologin;
        exception when insufficient_privilege or duplicate_object or unique_violation then
            raise notice 'the role rooftree_app could not be made';
        end;
    end if;
    if exists (select from pg_roles where rolname = 'rooftree_app') then
        begin
            execute format('grant rooftree_app to %I', current_user);
        exception when others then null;
        end;
        execute format('grant usage on schema %I to rooftree_app', current_schema());
        execute format('grant select, insert, update, delete on all tables in schema %I to rooftree_app', current_schema());
        execute format('grant usage, select on all sequences in schema %I to rooftree_app', current_schema());
        -- Earlier versions gave it, and with it a number could be set back.
        execute format('revoke update on all sequences in schema %I from rooftree_app', current_schema());
        execute format('grant execute on all functions in schema %I to rooftree_app', current_schema());
        execute format('grant temporary on database %I to rooftree_app', current_database());
        for t in select c.relname from pg_class c where c.relnamespace = current_schema()::regnamespace
                 and (c.relname in ('fact', 'seal', 'figure_frozen', 'read_audit')
                      or c.oid in (select inhrelid from pg_inherits where inhparent = 'fact'::regclass)) loop
            execute format('revoke update, delete, truncate on %I from rooftree_app', t.relname);
        end loop;
    end if;
end $$";

/// Makes the journal's partitions for the months around now, where they are missing. Does nothing before the first migration.
pub async fn make_room(pool: &Pool) -> Result<(), sqlx::Error> {
    let ready: bool =
        sqlx::query_scalar("select to_regproc('ensure_fact_partitions') is not null").fetch_one(pool).await?;
    if ready {
        sqlx::query(
            "select ensure_fact_partitions((now() - interval '1 month')::date, (now() + interval '3 months')::date)",
        )
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// So long a connection may have been idle without being tested before it is used again.
const UNTESTED: Duration = Duration::from_secs(1);

/// Connections that work as the application's role where it exists.
pub async fn connect(url: &str, connections_max: u32) -> Result<Pool, sqlx::Error> {
    connect_with(url, connections_max, "").await
}

/// Connections that cannot write, whatever server they lead to: for `DATABASE_READ_URL`.
pub async fn connect_for_reading(url: &str, connections_max: u32) -> Result<Pool, sqlx::Error> {
    connect_with(url, connections_max, "set default_transaction_read_only = on;").await
}

async fn connect_with(url: &str, connections_max: u32, first: &'static str) -> Result<Pool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("rooftree");
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ANSWERS_WITHIN)
        // A connection that was in use a moment ago is not asked first whether it is still there: that would be a round trip for every read.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > UNTESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
                    .bind(APPLICATION_ROLE)
                    .fetch_one(&mut *connection)
                    .await?;
                let role = if exists { "set role rooftree_app;" } else { "" };
                // No memoize: it is planned for whole tables, and for a page of 50 rows clearing its memory costs more than the rows.
                let settings = format!(
                    "{first} {role} set timezone = 'Europe/London'; set statement_timeout = '120s'; set enable_memoize = off"
                );
                sqlx::raw_sql(sqlx::AssertSqlSafe(settings)).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .map(Pool::from)
}
