//! Looking facts up, for whoever checks the journal.

use super::read::{Fact, fact_of};
use crate::{Error, Platform, Result, boxed};
use std::collections::HashMap;
use uuid::Uuid;

/// A fact by its number.
#[boxed]
pub async fn fact(platform: &Platform, seq: i64) -> Result<Fact> {
    let row = sqlx::query(
        "select seq, name, occurred_at, recorded_at, actor_name, channel, home_id, person_id, case_id, payload from fact where seq = $1",
    )
    .bind(seq)
    .fetch_optional(platform.reads())
    .await?;
    Ok(fact_of(&row.ok_or(Error::NotFound("the fact"))?)?)
}

/// The ids of what bears a reference; none when there is no such thing.
#[boxed]
pub async fn ids_of(platform: &Platform, reference: &str) -> Result<Vec<Uuid>> {
    let rows = named(platform, &[], Some(reference)).await?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// The references of homes, people and cases, by their ids.
#[boxed]
pub async fn references_of(platform: &Platform, mut ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    ids.sort_unstable();
    ids.dedup();
    Ok(named(platform, &ids, None).await?.into_iter().collect())
}

async fn named(platform: &Platform, ids: &[Uuid], reference: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let sql = platform.registry().lookups.named_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).bind(reference).fetch_all(platform.reads()).await?)
}
