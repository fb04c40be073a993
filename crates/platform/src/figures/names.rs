//! What people read of a dimension's values: of ids, the names that an area's SELECT knows.

use crate::{Platform, Result, boxed, lookups::Names};
use rooftree_promises::measures::Dimension;
use std::collections::{BTreeMap, BTreeSet};

/// The SELECT of names, where the dimension's values are ids.
fn select(platform: &Platform, dimension: &Dimension) -> Option<&'static str> {
    match platform.registry().lookups.dimension(dimension)?.names {
        Names::Select(sql) => Some(sql),
        Names::Plain | Names::Words => None,
    }
}

/// The names of some values; those that are names already, and those nobody knows, are left out.
#[boxed]
pub async fn of(
    platform: &Platform,
    dimension: &Dimension,
    keys: BTreeSet<String>,
) -> Result<BTreeMap<String, String>> {
    let Some(sql) = select(platform, dimension).filter(|_| !keys.is_empty()) else { return Ok(BTreeMap::new()) };
    let keys: Vec<String> = keys.into_iter().collect();
    let sql = format!("select n.key, n.name from ({sql}) n where n.key = any($1)");
    let rows: Vec<(String, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(keys).fetch_all(platform.reads()).await?;
    Ok(rows.into_iter().collect())
}

/// The name of one value; `None` of an id that nobody knows.
pub(super) async fn one(platform: &Platform, dimension: &Dimension, key: &str) -> Result<Option<String>> {
    if select(platform, dimension).is_none() {
        return Ok(Some(key.to_owned()));
    }
    Ok(of(platform, dimension, BTreeSet::from([key.to_owned()])).await?.remove(key))
}

/// The value that somebody means by its key or by its name.
#[boxed]
pub async fn meant(platform: &Platform, dimension: &Dimension, text: &str) -> Result<String> {
    let Some(sql) = select(platform, dimension) else { return Ok(text.to_owned()) };
    let sql = format!("select n.key from ({sql}) n where n.key = $1 or n.name = $1 order by n.key <> $1 limit 1");
    let key: Option<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(text).fetch_optional(platform.reads()).await?;
    Ok(key.unwrap_or_else(|| text.to_owned()))
}
