//! PostgreSQL: its version and settings, the migrations, the application's role, what keeps the journal append-only.

use super::Finding;
use crate::errors;
use anyhow::{Context, Result};
use rooftree_kernel::Moment;
use rooftree_postgres::MAJOR_MIN;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;

/// The name of the finding about migrations.
pub const MIGRATIONS: &str = "Migrations";
/// The role that the application works as.
const ROLE: &str = "rooftree_app";
/// Tables that nobody changes, with the triggers that see to it.
const APPEND_ONLY: [(&str, &[&str]); 5] = [
    ("fact", &["fact_is_append_only", "fact_is_not_truncated"]),
    ("seal", &["seal_is_append_only", "seal_is_not_truncated"]),
    ("figure_frozen", &["figure_frozen_is_append_only"]),
    ("figure_frozen_row", &["figure_frozen_row_is_append_only"]),
    ("read_audit", &["read_audit_is_append_only"]),
];
/// The clocks of this machine and the database's may differ by so much, in seconds, before it is worth a warning, and before it is a
/// fault: due moments are compared with both.
const SKEW_SECONDS: (i64, i64) = (2, 30);

pub async fn check(url: &str) -> Vec<Finding> {
    let mut connection = match PgConnection::connect(url).await.context("the database does not answer") {
        Ok(connection) => connection,
        Err(error) => {
            return vec![Finding::fault(
                "PostgreSQL",
                errors::told(&error),
                "Start PostgreSQL, or correct DATABASE_URL.",
            )];
        }
    };
    let mut findings = Vec::new();
    let answers = [
        server(&mut connection).await,
        clock(&mut connection).await,
        migrations(&mut connection).await,
        append_only(&mut connection).await,
        partitions(&mut connection).await,
    ];
    for answer in answers {
        match answer {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::fault(
                "Database",
                errors::told(&error),
                "Run rooftree migrate, then this again.",
            )),
        }
    }
    findings
}

async fn setting(connection: &mut PgConnection, name: &str) -> Result<String> {
    Ok(sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(connection).await?)
}

async fn server(connection: &mut PgConnection) -> Result<Vec<Finding>> {
    let number: i32 =
        sqlx::query_scalar("select current_setting('server_version_num')::int").fetch_one(&mut *connection).await?;
    let version = setting(connection, "server_version").await?;
    let major = number / 10_000;
    let mut findings = vec![if major < i32::try_from(MAJOR_MIN).unwrap_or(i32::MAX) {
        Finding::fault(
            "PostgreSQL",
            format!("version {version}"),
            format!("Rooftree needs PostgreSQL {MAJOR_MIN} or later: upgrade the server."),
        )
    } else {
        Finding::ok("PostgreSQL", format!("version {version}"))
    }];
    let mut unsafe_settings = Vec::new();
    for name in ["fsync", "full_page_writes", "synchronous_commit"] {
        if setting(connection, name).await? == "off" {
            unsafe_settings.push(name);
        }
    }
    findings.push(if unsafe_settings.is_empty() {
        Finding::ok("Durability", "what is committed survives a crash (fsync, full_page_writes, synchronous_commit)")
    } else {
        let remedy = format!(
            "Set {} to on in postgresql.conf and reload: a crash could lose or damage what was saved.",
            unsafe_settings.join(", ")
        );
        Finding::fault("Durability", format!("{} is off", unsafe_settings.join(", ")), remedy)
    });
    let encoding = setting(connection, "server_encoding").await?;
    if encoding != "UTF8" {
        findings.push(Finding::fault(
            "Encoding",
            encoding,
            "Make the database anew with encoding UTF8: names would be damaged.",
        ));
    }
    Ok(findings)
}

async fn clock(connection: &mut PgConnection) -> Result<Vec<Finding>> {
    let before = Moment::now();
    let theirs: Moment = sqlx::query_scalar("select clock_timestamp()").fetch_one(connection).await?;
    let after = Moment::now();
    // Within the question and its answer no difference can be told.
    let seconds = if theirs < before { before.seconds_since(theirs) } else { theirs.seconds_since(after).max(0) };
    let found = format!("{seconds} s between this machine and the database");
    let remedy = "Let both machines take the time from the network (systemd-timesyncd, chrony).";
    Ok(vec![match seconds {
        _ if seconds > SKEW_SECONDS.1 => Finding::fault("Clocks", found, remedy),
        _ if seconds > SKEW_SECONDS.0 => Finding::warning("Clocks", found, remedy),
        _ => Finding::ok("Clocks", "this machine and the database agree"),
    }])
}

async fn migrations(connection: &mut PgConnection) -> Result<Vec<Finding>> {
    let known: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut *connection).await?;
    let mut applied: BTreeMap<i64, (Vec<u8>, bool)> = BTreeMap::new();
    if known {
        let rows: Vec<(i64, Vec<u8>, bool)> =
            sqlx::query_as("select version, checksum, success from _sqlx_migrations").fetch_all(connection).await?;
        applied.extend(rows.into_iter().map(|(version, checksum, success)| (version, (checksum, success))));
    }
    let migrator = rooftree_app::migrator();
    let missing = migrator.iter().filter(|migration| !applied.contains_key(&migration.version)).count();
    let altered = migrator
        .iter()
        .filter(|migration| {
            applied.get(&migration.version).is_some_and(|(checksum, _)| **checksum != *migration.checksum)
        })
        .count();
    let failed = applied.values().filter(|(_, success)| !success).count();
    let newer =
        applied.keys().filter(|version| !migrator.iter().any(|migration| migration.version == **version)).count();
    let fault = |found: String, remedy: &str| vec![Finding::fault(MIGRATIONS, found, remedy)];
    Ok(match () {
        () if failed > 0 => {
            fault(format!("{failed} did not finish"), "Restore the last backup, then run rooftree migrate.")
        }
        () if missing > 0 => fault(format!("{missing} are missing"), "Run rooftree migrate."),
        () if newer > 0 => {
            fault(format!("{newer} are of a newer Rooftree"), "Run that version: this one does not know the tables.")
        }
        () if altered > 0 => fault(
            format!("{altered} were applied in another wording"),
            "The tables may differ from what this program expects: install the version that made them, or ask its makers.",
        ),
        () => vec![Finding::ok(MIGRATIONS, format!("all {} applied", applied.len()))],
    })
}

async fn append_only(connection: &mut PgConnection) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let role: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(ROLE)
        .fetch_one(&mut *connection)
        .await?;
    findings.push(if role {
        let may: Vec<String> = sqlx::query_scalar(
            "select c.relname::text from pg_class c
             where c.relnamespace = current_schema()::regnamespace
               and (c.relname in ('fact', 'seal', 'figure_frozen', 'read_audit')
                    or c.oid in (select inhrelid from pg_inherits where inhparent = to_regclass('fact')))
               and (has_table_privilege($1, c.oid, 'UPDATE') or has_table_privilege($1, c.oid, 'DELETE') or has_table_privilege($1, c.oid, 'TRUNCATE'))
             order by 1",
        )
        .bind(ROLE)
        .fetch_all(&mut *connection)
        .await?;
        if may.is_empty() {
            Finding::ok("Application's role", format!("{ROLE} may add to the journal and change nothing in it"))
        } else {
            let found = format!("{ROLE} may change {}", may.join(", "));
            Finding::fault("Application's role", found, "Run rooftree migrate: it takes these rights away.")
        }
    } else {
        Finding::warning(
            "Application's role",
            format!("{ROLE} does not exist: the triggers alone guard the journal"),
            format!("As a superuser: create role {ROLE} nologin; then run rooftree migrate."),
        )
    });
    let missing = missing_triggers(connection).await?;
    findings.push(if missing.is_empty() {
        Finding::ok("Append-only", "the database refuses to change or remove facts, seals, frozen figures and read audits")
    } else {
        let remedy = "Somebody removed or disabled them: run rooftree verify, find out who, and restore the triggers from the migrations.";
        Finding::fault("Append-only", format!("these triggers are missing or disabled: {}", missing.join(", ")), remedy)
    });
    Ok(findings)
}

/// Triggers that should be there, on each partition of the journal too, and are not or do not fire.
async fn missing_triggers(connection: &mut PgConnection) -> Result<Vec<String>> {
    let (tables, triggers): (Vec<&str>, Vec<&str>) =
        APPEND_ONLY.iter().flat_map(|(table, triggers)| triggers.iter().map(|trigger| (*table, *trigger))).unzip();
    Ok(sqlx::query_scalar(
        "with wanted as (
             select w.name, to_regclass(w.tab) as id from unnest($1::text[], $2::text[]) as w(tab, name)
             union all
             select w.name, i.inhrelid from unnest(array['fact_is_append_only', 'fact_is_not_truncated']) as w(name)
             cross join pg_inherits i where i.inhparent = to_regclass('fact')
         )
         select w.name || ' on ' || coalesce(w.id::text, 'a table that is missing') from wanted w
         where not exists (select from pg_trigger t where t.tgrelid = w.id and t.tgname = w.name and t.tgenabled in ('O', 'A'))
         order by 1",
    )
    .bind(tables)
    .bind(triggers)
    .fetch_all(connection)
    .await?)
}

async fn partitions(connection: &mut PgConnection) -> Result<Vec<Finding>> {
    let day = Moment::now().day();
    let mut ahead = 0;
    for months in 0..=3 {
        let part = format!("fact_{}", day.month_start().plus_months(months).0.strftime("%Y_%m"));
        let there: bool =
            sqlx::query_scalar("select to_regclass($1) is not null").bind(part).fetch_one(&mut *connection).await?;
        if !there {
            break;
        }
        ahead += 1;
    }
    let remedy = "Start rooftree work (or serve): it makes the months to come. Until then nothing can be recorded once the month is over.";
    Ok(vec![match ahead {
        0 => {
            Finding::fault("Journal's months", "there is no partition for this month: nothing can be recorded", remedy)
        }
        1 => Finding::warning("Journal's months", "there is no partition for next month", remedy),
        _ => Finding::ok("Journal's months", format!("partitions for this month and {} ahead", ahead - 1)),
    }])
}
