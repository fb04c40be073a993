//! Indexes that only make reading quick, and references between the large tables, are put back after the rows: built and checked over
//! the whole they take a third of the time that they take row by row. All of it happens in the load's transaction.

use anyhow::Result;
use rooftree_platform::Conn;
use sqlx::AssertSqlSafe;

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

/// What was set aside, as the statements that put it back.
pub(super) struct Aside(Vec<String>);

impl Aside {
    /// Drops what no row needs while it is written, remembering how to put it back.
    pub(super) async fn set(conn: &mut Conn) -> Result<Self> {
        // Every name and definition comes from the catalogue, quoted by PostgreSQL itself.
        let indexes: Vec<(String, String)> = sqlx::query_as(
            "select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
             from pg_index i
             where i.indrelid = any(select to_regclass(name) from unnest($1::text[]) as name) and not i.indisunique and i.indisvalid
               and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
             order by 1",
        )
        .bind(&TABLES[..])
        .fetch_all(&mut *conn)
        .await?;
        let references: Vec<(String, String)> = sqlx::query_as(
            "select format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname),
                    format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
             from pg_constraint c
             where c.conrelid = any(select to_regclass(name) from unnest($1::text[]) as name) and c.contype = 'f' and c.conparentid = 0
             order by 1",
        )
        .bind(&TABLES[..])
        .fetch_all(&mut *conn)
        .await?;
        let (drops, adds): (Vec<String>, Vec<String>) = references.into_iter().chain(indexes).unzip();
        for statement in drops {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
        }
        Ok(Self(adds))
    }

    /// Puts it all back; a reference that leads nowhere is an error.
    pub(super) async fn restore(self, conn: &mut Conn) -> Result<()> {
        sqlx::raw_sql("set local maintenance_work_mem = '512MB'; set local work_mem = '128MB'")
            .execute(&mut *conn)
            .await?;
        for statement in self.0 {
            // PostgreSQL names a partitioned table with ONLY, which would leave the index without its parts.
            let statement = statement.replacen(" ON ONLY ", " ON ", 1);
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
        }
        Ok(())
    }
}
