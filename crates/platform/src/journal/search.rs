//! Looking facts up, for whoever checks the journal.

use super::read::{Fact, fact_of};
use crate::{Error, Platform, Result, boxed};
use rooftree_kernel::{Day, Moment};
use sqlx::{Postgres, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

/// Facts on one page.
pub const PAGE: i64 = 100;

/// What to look for; what is empty does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The very fact.
    pub seq: Option<i64>,
    /// A kind of fact, or the beginning of its name: `repair.` finds all about repairs.
    pub name: Option<String>,
    /// The reference of a home, a person or a case.
    pub reference: Option<String>,
    /// Recorded on this day or later.
    pub from: Option<Day>,
    /// Recorded on this day or earlier.
    pub until: Option<Day>,
    /// Part of the name of whoever recorded it.
    pub actor: Option<String>,
    /// Facts with a smaller number only: the next page.
    pub before: Option<i64>,
}

/// The newest facts that fit, at most so many. A page asks for one more than [`PAGE`], which tells that there is a next.
#[boxed]
pub async fn find(platform: &Platform, wanted: &Wanted, limit: i64) -> Result<Vec<Fact>> {
    let about = match &wanted.reference {
        Some(reference) => Some(ids_of(platform, reference).await?),
        None => None,
    };
    let mut sql: QueryBuilder<Postgres> = QueryBuilder::new(
        "select seq, name, occurred_at, recorded_at, actor_name, channel, home_id, person_id, case_id, payload from fact where true",
    );
    if let Some(seq) = wanted.seq {
        sql.push(" and seq = ").push_bind(seq);
    }
    if let Some(name) = &wanted.name {
        sql.push(" and starts_with(name, ").push_bind(name.clone()).push(")");
    }
    if let Some(ids) = &about {
        sql.push(" and (home_id = any(").push_bind(ids.clone());
        sql.push(") or person_id = any(").push_bind(ids.clone());
        sql.push(") or case_id = any(").push_bind(ids.clone()).push("))");
    }
    if let Some(day) = wanted.from {
        sql.push(" and recorded_at >= ").push_bind(day.start());
    }
    if let Some(day) = wanted.until {
        sql.push(" and recorded_at < ").push_bind(day.end());
    }
    if let Some(actor) = &wanted.actor {
        sql.push(" and position(lower(").push_bind(actor.clone()).push(") in lower(actor_name)) > 0");
    }
    if let Some(before) = wanted.before {
        sql.push(" and seq < ").push_bind(before);
    }
    sql.push(" order by seq desc limit ").push_bind(limit);
    sql.build().fetch_all(platform.reads()).await?.iter().map(|row| fact_of(row).map_err(Error::from)).collect()
}

/// The ids of what bears a reference; none when there is no such thing.
async fn ids_of(platform: &Platform, reference: &str) -> Result<Vec<Uuid>> {
    let rows = named(platform, &[], Some(reference)).await?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// The references of homes, people and cases, by their ids.
#[boxed]
pub async fn references(platform: &Platform, facts: &[Fact]) -> Result<HashMap<Uuid, String>> {
    let mut ids: Vec<Uuid> =
        facts.iter().flat_map(|fact| [fact.home_id, fact.person_id, fact.case_id]).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(named(platform, &ids, None).await?.into_iter().collect())
}

async fn named(platform: &Platform, ids: &[Uuid], reference: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let sql = platform.registry().lookups.named_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).bind(reference).fetch_all(platform.reads()).await?)
}

/// A reading of something sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its number.
    pub id: i64,
    /// When.
    pub read_at: Moment,
    /// By whom.
    pub user_name: String,
    /// What was read.
    pub what: String,
    /// About whom.
    pub person_id: Option<Uuid>,
    /// About which home.
    pub home_id: Option<Uuid>,
    /// The reason they gave.
    pub reason: String,
}

/// The newest readings, by reader's name or about whatever bears a reference; at most [`PAGE`] and one more.
#[boxed]
pub async fn readings(
    platform: &Platform,
    reader: Option<&str>,
    reference: Option<&str>,
    before: Option<i64>,
) -> Result<Vec<Reading>> {
    let about = match reference {
        Some(reference) => Some(ids_of(platform, reference).await?),
        None => None,
    };
    Ok(sqlx::query_as!(
        Reading,
        r#"select id, read_at as "read_at: Moment", user_name, what, person_id, home_id, reason from read_audit
           where ($1::text is null or position(lower($1) in lower(user_name)) > 0)
             and ($2::uuid[] is null or person_id = any($2) or home_id = any($2)) and ($3::bigint is null or id < $3)
           order by id desc limit $4"#,
        reader,
        about as Option<Vec<Uuid>>,
        before,
        PAGE + 1
    )
    .fetch_all(platform.reads())
    .await?)
}

/// The references of what readings were about.
#[boxed]
pub async fn references_of(platform: &Platform, readings: &[Reading]) -> Result<HashMap<Uuid, String>> {
    let ids: Vec<Uuid> = readings.iter().flat_map(|reading| [reading.person_id, reading.home_id]).flatten().collect();
    Ok(named(platform, &ids, None).await?.into_iter().collect())
}
