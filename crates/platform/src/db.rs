//! The database as areas see it. A query that is written in an area is compiled there; how it is sent (the pool, the handshake, the
//! cache of statements, the reading of rows) is compiled here, once. sqlx's own handles are generic, and each crate that used them
//! compiled all of that again: 646,000 lines of LLVM for the 4,600 lines of homes.
//!
//! A [`Pool`] takes any connection for each statement, a [`Conn`] is one connection, a [`Db`] is either. All three go where sqlx takes
//! an executor: `.fetch_all(platform.reads())`, `.execute(ctx.conn())`.

use futures_util::{TryStreamExt, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres, SqlStr,
    error::BoxDynError,
    pool::PoolConnection,
    postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

type Sent<'e, T> = BoxFuture<'e, sqlx::Result<T>>;
type Answers<'e> = BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>;

/// The two doors to the data: the primary, and where reading may go.
#[derive(Clone, Debug)]
pub struct Pools {
    /// The primary: whatever writes, and whatever must see what was written a moment ago.
    pub writes: Pool,
    /// A replica where there is one (`DATABASE_READ_URL`), otherwise the primary.
    pub reads: Pool,
}

impl From<Pool> for Pools {
    fn from(pool: Pool) -> Self {
        Self { writes: pool.clone(), reads: pool }
    }
}

/// Connections to one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool(PgPool);

impl From<PgPool> for Pool {
    fn from(pool: PgPool) -> Self {
        Self(pool)
    }
}

impl Pool {
    /// One connection, for several statements one after the other.
    ///
    /// # Errors
    /// When none is free, or the server does not answer, within the pool's limit.
    pub fn acquire(&self) -> Sent<'_, Conn> {
        Box::pin(async { Ok(Conn { held: Held::Alone(self.0.acquire().await?), savepoints: 0 }) })
    }

    /// One connection in a transaction. What people do goes through [`crate::Platform::begin`]; this is for the house's own work.
    ///
    /// # Errors
    /// As [`Self::acquire`].
    pub fn begin(&self) -> Sent<'_, Transaction> {
        self.begin_with("begin")
    }

    /// A transaction that begins in these words, such as `begin isolation level repeatable read read only`.
    ///
    /// # Errors
    /// As [`Self::acquire`], and when the words begin none.
    pub fn begin_with(&self, words: &'static str) -> Sent<'_, Transaction> {
        Box::pin(async move {
            let begun = self.0.begin_with(words).await?;
            Ok(Transaction(Conn { held: Held::Begun(begun), savepoints: 0 }))
        })
    }

    /// Closes the connections: those in use when they are given back.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.0.close())
    }
}

/// One connection to the database, inside a transaction or not.
pub struct Conn {
    held: Held,
    /// How many savepoints were set: the next one's name.
    savepoints: u32,
}

enum Held {
    Alone(PoolConnection<Postgres>),
    Begun(sqlx::Transaction<'static, Postgres>),
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.held {
            Held::Alone(_) => "Conn",
            Held::Begun(_) => "Conn in a transaction",
        })
    }
}

/// A point of a transaction to which it can go back. One that is neither released nor gone back to ends with its transaction.
#[derive(Debug)]
#[must_use = "release it, or go back to it"]
pub struct Savepoint(u32);

impl Conn {
    fn raw(&mut self) -> &mut PgConnection {
        match &mut self.held {
            Held::Alone(connection) => connection,
            Held::Begun(transaction) => transaction,
        }
    }

    /// Marks this point of the transaction: what follows may fail and be taken back without the rest.
    ///
    /// # Errors
    /// When the transaction has failed already, or there is none.
    pub fn savepoint(&mut self) -> Sent<'_, Savepoint> {
        Box::pin(async {
            self.savepoints += 1;
            let point = Savepoint(self.savepoints);
            self.say("savepoint", &point).await?;
            Ok(point)
        })
    }

    /// What was done since the savepoint stays.
    ///
    /// # Errors
    /// When a statement since has failed: then the transaction can only go back.
    pub fn release(&mut self, point: Savepoint) -> Sent<'_, ()> {
        Box::pin(async move { self.say("release savepoint", &point).await })
    }

    /// What was done since the savepoint is undone, and the transaction goes on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn go_back(&mut self, point: Savepoint) -> Sent<'_, ()> {
        Box::pin(async move {
            self.say("rollback to savepoint", &point).await?;
            self.say("release savepoint", &point).await
        })
    }

    async fn say(&mut self, words: &str, point: &Savepoint) -> sqlx::Result<()> {
        let sql = format!("{words} point_{}", point.0);
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(self.raw()).await?;
        Ok(())
    }

    /// Sends rows by `COPY`: `statement` names table, columns and format, `rows` is what goes over the wire in that format. Returns how
    /// many rows there were.
    ///
    /// # Errors
    /// When the server refuses a row; it has then taken none.
    pub fn copy_in<'c>(&'c mut self, statement: &'c str, rows: Vec<u8>) -> Sent<'c, u64> {
        Box::pin(async move {
            let mut copy = self.raw().copy_in_raw(statement).await?;
            copy.send(rows).await?;
            copy.finish().await
        })
    }
}

/// A transaction of its own: undone when dropped before [`Self::commit`].
#[derive(Debug)]
pub struct Transaction(Conn);

impl Deref for Transaction {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Transaction {
    /// Makes it durable.
    ///
    /// # Errors
    /// When a constraint that is checked last does not hold, or the server does not answer: nothing is written then, unless the answer
    /// alone was lost.
    pub fn commit(self) -> Sent<'static, ()> {
        Box::pin(async {
            match self.0.held {
                Held::Begun(transaction) => transaction.commit().await,
                Held::Alone(_) => Ok(()),
            }
        })
    }

    /// Undoes it now, and not only when the connection is used next.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn rollback(self) -> Sent<'static, ()> {
        Box::pin(async {
            match self.0.held {
                Held::Begun(transaction) => transaction.rollback().await,
                Held::Alone(_) => Ok(()),
            }
        })
    }
}

/// Where one statement goes. A function that is called inside a unit of work and outside of one takes `db: impl Into<Db<'_>>` and is
/// [`macro@crate::boxed`].
#[derive(Debug)]
pub enum Db<'c> {
    /// Any connection.
    Pool(&'c Pool),
    /// This connection.
    Conn(&'c mut Conn),
}

impl<'c> From<&'c Pool> for Db<'c> {
    fn from(pool: &'c Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'c> From<&'c mut Conn> for Db<'c> {
    fn from(conn: &'c mut Conn) -> Self {
        Self::Conn(conn)
    }
}

impl<'c> From<&'c mut Transaction> for Db<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        Self::Conn(transaction)
    }
}

/// A statement with nothing generic left in it.
struct Ready {
    sql: SqlStr,
    statement: Option<PgStatement>,
    arguments: Option<Result<Option<PgArguments>, BoxDynError>>,
    /// Whether the server keeps it prepared for the next time.
    persistent: bool,
}

impl Ready {
    /// Arguments first: sqlx's own `persistent` looks at whether they were taken.
    fn of<'q>(mut query: impl Execute<'q, Postgres>) -> Self {
        let statement = query.statement().cloned();
        let arguments = Some(query.take_arguments());
        let persistent = query.persistent();
        Self { sql: query.sql(), statement, arguments, persistent }
    }
}

impl Execute<'_, Postgres> for Ready {
    fn sql(self) -> SqlStr {
        self.sql
    }
    fn statement(&self) -> Option<&PgStatement> {
        self.statement.as_ref()
    }
    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.arguments.take().unwrap_or(Ok(None))
    }
    fn persistent(&self) -> bool {
        self.persistent
    }
}

/// What every handle does with a [`Ready`] statement: compiled here and nowhere else.
impl<'c> Db<'c> {
    fn send_execute(self, query: Ready) -> Sent<'c, PgQueryResult> {
        match self {
            Self::Pool(pool) => pool.0.execute(query),
            Self::Conn(conn) => conn.raw().execute(query),
        }
    }

    fn send_fetch_many(self, query: Ready) -> Answers<'c> {
        match self {
            Self::Pool(pool) => pool.0.fetch_many(query),
            Self::Conn(conn) => conn.raw().fetch_many(query),
        }
    }

    fn send_fetch(self, query: Ready) -> BoxStream<'c, sqlx::Result<PgRow>> {
        match self {
            Self::Pool(pool) => pool.0.fetch(query),
            Self::Conn(conn) => conn.raw().fetch(query),
        }
    }

    fn send_execute_many(self, query: Ready) -> BoxStream<'c, sqlx::Result<PgQueryResult>> {
        match self {
            Self::Pool(pool) => pool.0.execute_many(query),
            Self::Conn(conn) => conn.raw().execute_many(query),
        }
    }

    fn send_fetch_all(self, query: Ready) -> Sent<'c, Vec<PgRow>> {
        Box::pin(self.send_fetch(query).try_collect())
    }

    fn send_fetch_one(self, query: Ready) -> Sent<'c, PgRow> {
        Box::pin(async { self.send_fetch_optional(query).await?.ok_or(sqlx::Error::RowNotFound) })
    }

    fn send_fetch_optional(self, query: Ready) -> Sent<'c, Option<PgRow>> {
        match self {
            Self::Pool(pool) => pool.0.fetch_optional(query),
            Self::Conn(conn) => conn.raw().fetch_optional(query),
        }
    }

    fn send_prepare<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> Sent<'e, PgStatement>
    where
        'c: 'e,
    {
        match self {
            Self::Pool(pool) => pool.0.prepare_with(sql, parameters),
            Self::Conn(conn) => conn.raw().prepare_with(sql, parameters),
        }
    }

    fn send_describe(self, sql: SqlStr) -> Sent<'c, Describe<Postgres>> {
        match self {
            Self::Pool(pool) => pool.0.describe(sql),
            Self::Conn(conn) => conn.raw().describe(sql),
        }
    }
}

/// Lets sqlx's queries run on a handle. Each method takes the statement out of the query and passes it on; sqlx's defaults would build
/// chains of streams for every kind of query in every crate.
macro_rules! runs_queries {
    ($($handle:ty),*) => {$(
        impl<'c> Executor<'c> for $handle {
            type Database = Postgres;

            fn execute<'e, 'q: 'e, E: 'q + Execute<'q, Postgres>>(self, query: E) -> Sent<'e, PgQueryResult>
            where
                'c: 'e,
            {
                Db::from(self).send_execute(Ready::of(query))
            }

            fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<PgQueryResult>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Postgres>,
            {
                Db::from(self).send_execute_many(Ready::of(query))
            }

            fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<PgRow>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Postgres>,
            {
                Db::from(self).send_fetch(Ready::of(query))
            }

            fn fetch_many<'e, 'q: 'e, E: 'q + Execute<'q, Postgres>>(self, query: E) -> Answers<'e>
            where
                'c: 'e,
            {
                Db::from(self).send_fetch_many(Ready::of(query))
            }

            fn fetch_all<'e, 'q: 'e, E: 'q + Execute<'q, Postgres>>(self, query: E) -> Sent<'e, Vec<PgRow>>
            where
                'c: 'e,
            {
                Db::from(self).send_fetch_all(Ready::of(query))
            }

            fn fetch_one<'e, 'q: 'e, E: 'q + Execute<'q, Postgres>>(self, query: E) -> Sent<'e, PgRow>
            where
                'c: 'e,
            {
                Db::from(self).send_fetch_one(Ready::of(query))
            }

            fn fetch_optional<'e, 'q: 'e, E: 'q + Execute<'q, Postgres>>(self, query: E) -> Sent<'e, Option<PgRow>>
            where
                'c: 'e,
            {
                Db::from(self).send_fetch_optional(Ready::of(query))
            }

            fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> Sent<'e, PgStatement>
            where
                'c: 'e,
            {
                Db::from(self).send_prepare(sql, parameters)
            }

            fn describe<'e>(self, sql: SqlStr) -> Sent<'e, Describe<Postgres>>
            where
                'c: 'e,
            {
                Db::from(self).send_describe(sql)
            }
        }
    )*};
}

runs_queries!(&'c Pool, &'c mut Conn, Db<'c>);
