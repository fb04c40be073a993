//! Indexes that only make reading quick are built after the rows, which takes a third of the time of growing them row by row.

use anyhow::Result;
use sqlx::{AssertSqlSafe, PgConnection};

/// The tables that grow by hundreds of thousands of rows.
const TABLES: [&str; 14] = [
    "place",
    "person",
    "contact_point",
    "tenancy",
    "repair",
    "works_order",
    "order_line",
    "variation",
    "appointment",
    "survey",
    "inspection",
    "message",
    "fact",
    "clock",
];

/// Indexes set aside, as the statements that build them.
pub(super) struct Indexes(Vec<String>);

impl Indexes {
    /// Drops the indexes of the large tables that no constraint needs, remembering how to build them.
    pub(super) async fn set_aside(conn: &mut PgConnection) -> Result<Self> {
        let found: Vec<(String, String)> = sqlx::query_as(
            "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
             from pg_index i join pg_class t on t.oid = i.indrelid
             where t.oid = any(select to_regclass(name) from unnest($1::text[]) as name) and not i.indisunique and i.indisvalid
               and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
             order by 1",
        )
        .bind(&TABLES[..])
        .fetch_all(&mut *conn)
        .await?;
        for (name, _) in &found {
            // The name comes from the catalogue, quoted by PostgreSQL itself.
            sqlx::raw_sql(AssertSqlSafe(format!("drop index {name}"))).execute(&mut *conn).await?;
        }
        Ok(Self(found.into_iter().map(|(_, definition)| definition).collect()))
    }

    /// Builds them again.
    pub(super) async fn restore(self, conn: &mut PgConnection) -> Result<()> {
        sqlx::raw_sql("set local maintenance_work_mem = '512MB'").execute(&mut *conn).await?;
        for definition in self.0 {
            // PostgreSQL names a partitioned table with ONLY, which would leave the index without its parts.
            let definition = definition.replacen(" ON ONLY ", " ON ", 1);
            sqlx::raw_sql(AssertSqlSafe(definition)).execute(&mut *conn).await?;
        }
        Ok(())
    }
}
