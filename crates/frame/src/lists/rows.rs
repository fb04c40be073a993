//! The statements of a list: a page of rows, how many there are and what they come to. The one place where lists meet the database.

use super::{
    AnyList, AnyRow, Cursor, From, Sums,
    filter::{Fixed, Given, Reader, fill},
    order::{Sorted, key_name},
};
use crate::App;
use rooftree_kernel::{Actor, FieldErrors, Scope};
use rooftree_platform::{Error, Result, boxed};
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use std::time::Duration;
use uuid::Uuid;

/// The code of a statement that ran out of its time (`query_canceled`).
const STOPPED: &str = "57014";

/// What an address asks of a list.
pub(super) struct Wanted<'a> {
    pub given: Given,
    pub sorted: Sorted<'a>,
    /// Patterns of the nearest words, when nothing matches as typed.
    pub alike: Option<Vec<String>>,
    fixed: Fixed,
    scope: &'a Scope,
}

/// How many rows there are, and what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// At most one more than the list counts to.
    pub count: i64,
    /// The sums, where they were asked for.
    pub sums: Vec<i64>,
}

/// Some rows of a list and what leads on from them.
pub struct Part {
    pub(super) rows: Vec<AnyRow>,
    /// The cursor behind the last row, when more follow.
    pub next: Option<Cursor>,
    /// The cursor before the first row, when more come before.
    pub previous: Option<Cursor>,
    /// Each row's key values in the list's order, its id last.
    pub keys: Vec<Vec<String>>,
}

impl AnyList {
    /// Reads an address. `errors` of what was not understood stay in [`Given`]; an unknown order gives way to the usual one.
    pub(super) async fn wanted<'a>(
        &'a self,
        app: &App,
        actor: &'a Actor,
        query: &Query,
        reader: Reader,
    ) -> Result<Wanted<'a>> {
        self.admits(&actor.scope)?;
        let mut given = Given::read(&self.filters, query, reader);
        given.look_up(&self.filters, app).await?;
        let asked = query.get("sort").filter(|word| !word.is_empty());
        let sorted = asked.and_then(|word| Sorted::read(&self.orders, self.sql.id, word));
        if asked.is_some() && sorted.is_none() {
            let known: Vec<&str> = self.orders.iter().map(|order| order.key).collect();
            given
                .errors
                .add("sort", format!("send one of {}, with ‘-’ before it the other way round", known.join(", ")));
        }
        let usual = || {
            let word = (self.usual)(&given);
            Sorted::read(&self.orders, self.sql.id, word)
                .or_else(|| Sorted::read(&self.orders, self.sql.id, self.orders.first().map_or("", |order| order.key)))
        };
        let sorted = sorted
            .or_else(usual)
            .ok_or_else(|| Error::Internal(format!("the list {} has no order: give it one", self.path)))?;
        let values = self.values.iter().map(|(name, value)| (*name, value(app))).collect();
        let fixed = Fixed { now: app.platform.now(), user: actor.user, values };
        Ok(Wanted { given, sorted, alike: None, fixed, scope: &actor.scope })
    }

    /// The rows of the list that an address asks for, for a block on another page; at most so many, from its beginning.
    #[boxed]
    pub async fn part(&self, app: &App, actor: &Actor, query: &Query, limit: i64) -> Result<(Part, Total)> {
        let mut wanted = self.wanted(app, actor, query, Reader::Person).await?;
        let total = self.total(app, &mut wanted).await?;
        Ok((self.rows(app, &wanted, From::of(query), limit).await?, total))
    }

    /// How many rows an address asks for, counted up to so many and one more: for the start page.
    #[boxed]
    pub async fn count(&self, app: &App, actor: &Actor, query: &Query, count_max: i64) -> Result<i64> {
        let wanted = self.wanted(app, actor, query, Reader::Person).await?;
        let sql = self.counting(&wanted, count_max);
        Ok(one(app, sql).await?.try_get(0)?)
    }

    /// The same in at most so long; `None` when that does not do. The database stops the statement, so that nothing goes on behind it.
    #[boxed]
    pub async fn count_within(
        &self,
        app: &App,
        actor: &Actor,
        query: &Query,
        count_max: i64,
        time: Duration,
    ) -> Result<Option<i64>> {
        let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        if milliseconds == 0 {
            return Ok(None);
        }
        let wanted = self.wanted(app, actor, query, Reader::Person).await?;
        let mut sql = self.counting(&wanted, count_max);
        let mut tx = app.platform.reads().begin().await?;
        sqlx::query("select set_config('statement_timeout', $1, true)")
            .bind(milliseconds.to_string())
            .execute(&mut *tx)
            .await?;
        match sql.build().fetch_one(&mut *tx).await {
            Ok(row) => Ok(Some(row.try_get(0)?)),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(STOPPED) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn narrow(&self, sql: &mut QueryBuilder<Postgres>, wanted: &Wanted<'_>) {
        sql.push(" where ");
        fill(sql, self.sql.condition, &wanted.fixed, None);
        for one in &wanted.given.all {
            if let Some(filter) = self.filters.iter().find(|filter| filter.name == one.name) {
                filter.narrow(sql, one, &wanted.fixed, wanted.alike.as_deref());
            }
        }
        wanted.scope.narrow(sql, self.scope);
    }

    fn counting(&self, wanted: &Wanted<'_>, count_max: i64) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("select count(*) from (select 1 from ");
        fill(&mut sql, self.sql.from, &wanted.fixed, None);
        self.narrow(&mut sql, wanted);
        sql.push(" limit ").push_bind(count_max.saturating_add(1)).push(") counted");
        sql
    }

    /// All of them, however many, and what they come to.
    fn adding_up(&self, wanted: &Wanted<'_>, sums: &Sums) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new(format!("with chosen as materialized (select {} from ", sums.chosen));
        fill(&mut sql, self.sql.from, &wanted.fixed, None);
        self.narrow(&mut sql, wanted);
        sql.push(") select (select count(*) from chosen)");
        for sum in sums.of {
            sql.push(format!(", ({sum})::bigint"));
        }
        sql
    }

    /// How many rows there are. When a search finds none as typed, the nearest words are sought instead, and `wanted` says so.
    pub(super) async fn total(&self, app: &App, wanted: &mut Wanted<'_>) -> Result<Total> {
        let sums = self.sums.as_ref().filter(|sums| (sums.when)(&wanted.given));
        let counted = async |wanted: &Wanted<'_>| {
            let sql = match sums {
                Some(sums) => self.adding_up(wanted, sums),
                None => self.counting(wanted, self.count_max),
            };
            let row = one(app, sql).await?;
            let of = sums.map_or(0, |sums| sums.of.len());
            let sums = (1..=of).map(|index| row.try_get(index)).collect::<Result<_, _>>()?;
            Result::<Total>::Ok(Total { count: row.try_get(0)?, sums })
        };
        let total = counted(wanted).await?;
        if total.count > 0 {
            return Ok(total);
        }
        wanted.alike = self.nearest(app, &wanted.given).await?;
        if wanted.alike.is_some() { counted(wanted).await } else { Ok(total) }
    }

    async fn nearest(&self, app: &App, given: &Given) -> Result<Option<Vec<String>>> {
        let searched = self.filters.iter().find_map(|filter| Some((filter.nearest?.0, given.get(filter.name)?)));
        match searched {
            Some((nearest, typed)) => nearest(app.held(), typed.to_owned()).await,
            None => Ok(None),
        }
    }

    /// Whether a text was typed for which there are nearest words: only then must a program's page be counted.
    pub(super) fn searches(&self, given: &Given) -> bool {
        self.filters.iter().any(|filter| filter.nearest.is_some() && given.get(filter.name).is_some())
    }

    /// What is said when the nearest words are shown instead of those typed.
    pub(super) fn alike_words(&self) -> &'static str {
        self.filters.iter().find_map(|filter| Some(filter.nearest?.1)).unwrap_or_default()
    }

    /// Some rows.
    pub(super) async fn rows(&self, app: &App, wanted: &Wanted<'_>, from: From<'_>, limit: i64) -> Result<Part> {
        let cursor = self.cursor(app, wanted, from).await?;
        let back = matches!(from, From::Before(_));
        let mut sql = QueryBuilder::new("select ");
        fill(&mut sql, self.sql.columns, &wanted.fixed, None);
        sql.push(", ");
        wanted.sorted.select(&mut sql);
        self.tables(&mut sql, &wanted.fixed);
        self.narrow(&mut sql, wanted);
        wanted.sorted.page(&mut sql, cursor.as_ref(), back, limit.saturating_add(1));
        let mut found = from.refuse_values(all(app, sql).await)?;
        let more = found.len() as i64 > limit;
        found.truncate(usize::try_from(limit).unwrap_or_default());
        if back {
            found.reverse();
        }
        let keys: Vec<Vec<String>> = found.iter().map(keys_of).collect::<Result<_>>()?;
        let cursor_at = |keys: Option<&Vec<String>>, shown: bool| {
            keys.filter(|_| shown).map(|keys| Cursor { sort: wanted.sorted.word(), keys: keys.clone() })
        };
        let next = cursor_at(keys.last(), more || back);
        let previous = cursor_at(keys.first(), (back && more) || matches!(from, From::After(_)));
        let mut rows: Vec<AnyRow> = found.iter().map(self.read).collect::<Result<_, _>>()?;
        if let Some(complete) = &self.complete {
            rows = complete(app.held(), rows).await?;
        }
        Ok(Part { rows, next, previous, keys })
    }

    fn tables(&self, sql: &mut QueryBuilder<Postgres>, fixed: &Fixed) {
        sql.push(" from ");
        fill(sql, self.sql.from, fixed, None);
        sql.push(" ");
        fill(sql, self.sql.joins, fixed, None);
    }

    /// The cursor of an address. A program that keeps references or ids from before there were cursors may still send one, as long as it
    /// names a row of the list.
    async fn cursor(&self, app: &App, wanted: &Wanted<'_>, from: From<'_>) -> Result<Option<Cursor>> {
        let (From::After(text) | From::Before(text)) = from else { return Ok(None) };
        if let Some(cursor) = Cursor::decode(text) {
            return if cursor.fits(&wanted.sorted) { Ok(Some(cursor)) } else { Err(from.refused()) };
        }
        let Some(reference) = self.sql.known_by.filter(|_| is_reference(text)) else { return Err(from.refused()) };
        let mut sql = QueryBuilder::new("select ");
        wanted.sorted.select(&mut sql);
        self.tables(&mut sql, &wanted.fixed);
        match text.parse::<Uuid>() {
            Ok(id) => sql.push(format!(" where {} = ", self.sql.id)).push_bind(id),
            Err(_) => sql.push(format!(" where {reference} = ")).push_bind(text.to_uppercase()),
        };
        wanted.scope.narrow(&mut sql, self.scope);
        sql.push(" limit 1");
        let row = all(app, sql).await?.into_iter().next().ok_or_else(|| from.refused())?;
        Ok(Some(Cursor { sort: wanted.sorted.word(), keys: keys_of(&row)? }))
    }

    /// What a program sent and the list does not understand, unknown parameters included.
    pub(super) fn refusals(&self, given: &Given, query: &Query) -> FieldErrors {
        let mut errors = given.errors.clone();
        let known = |name: &str| {
            ["sort", "after", "limit"].contains(&name) || self.filters.iter().any(|filter| filter.name == name)
        };
        for (name, _) in query.pairs().iter().filter(|(name, _)| !known(name)) {
            let names: Vec<&str> = self.filters.iter().map(|filter| filter.name).collect();
            errors.add(name.clone(), format!("there is no such filter: use {}", names.join(", ")));
        }
        errors
    }
}

/// `H-10042`, or an id of 36 characters.
fn is_reference(text: &str) -> bool {
    text.len() <= 36 && text.contains('-') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A row's key values. They stand behind the columns that the list selects.
fn keys_of(row: &PgRow) -> Result<Vec<String>> {
    let names = (0..).map(key_name).take_while(|name| row.try_get_raw(name.as_str()).is_ok());
    names
        .map(|name| {
            let value: Option<String> = row.try_get(name.as_str())?;
            value.ok_or_else(|| Error::Internal(format!("the order's {name} is null: write coalesce")))
        })
        .collect()
}

async fn all(app: &App, mut sql: QueryBuilder<Postgres>) -> Result<Vec<PgRow>> {
    Ok(sql.build().fetch_all(app.platform.reads()).await?)
}

async fn one(app: &App, mut sql: QueryBuilder<Postgres>) -> Result<PgRow> {
    Ok(sql.build().fetch_one(app.platform.reads()).await?)
}
