//! How the promises of a source stand right now: for landing pages and work lists.

use super::read::only;
use crate::{Platform, Result, boxed, clocks};
use rooftree_kernel::{Moment, Scope, scope::PERSON};
use rooftree_promises::measures::Dimension;

/// Open promises, each counted once: broken, else due today, else at risk, else running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Their time has run out and they are not met yet.
    pub breached: i64,
    /// Due before the day is over.
    pub due_today: i64,
    /// Less than a fifth of their time is left.
    pub at_risk: i64,
    /// With time in hand.
    pub running: i64,
    /// Held where their source allows it.
    pub paused: i64,
}

/// The open clocks of each standard whose id begins with `prefix` (`repairs.`, or a whole id) and that has any. A provider's scope counts
/// the cases of that provider, a resident's their own; an operative answers for visits, not for promises, and sees none.
#[boxed]
pub async fn by_standard(
    platform: &Platform,
    prefix: &str,
    scope: &Scope,
) -> Result<std::collections::BTreeMap<String, Health>> {
    let now = platform.now();
    let registry = platform.registry();
    // A resident sees the promises made to them, which are no provider's; an operative answers for visits, not for promises.
    let only = match scope.id(PERSON) {
        Some(_) => scope.is_within(&[PERSON.name]).then_some(None),
        None => only(registry, scope).ok(),
    };
    let mut query = sqlx::QueryBuilder::new(
        "select x.standard, x.condition, count(*) from (select c.standard, case when c.state = 'paused' then 'paused' when c.due_at <= ",
    );
    query.push_bind(now).push(" then 'breached' when c.due_at <= ").push_bind(now.day().end());
    query.push(" then 'today' when ");
    clocks::push_at_risk(&mut query, now);
    query.push(" then 'risk' else 'running' end as condition from clock c");
    if let Some(Some((dimension, _))) = &only {
        let cases = registry.lookups.case_dims_sql(std::slice::from_ref(dimension));
        query.push(" join (").push(cases).push(") d on d.case_id = c.case_id");
    }
    query
        .push(" where c.state in ('running', 'paused') and starts_with(c.standard, ")
        .push_bind(prefix.to_owned())
        .push(")");
    if let Some(person) = scope.id(PERSON) {
        query.push(" and c.person_id = ").push_bind(uuid::Uuid::from(person));
    }
    match &only {
        Some(Some((dimension, key))) => {
            query.push(format_args!(" and d.\"{dimension}\" = ")).push_bind(key.clone());
        }
        Some(None) => {}
        None => {
            query.push(" and false");
        }
    }
    query.push(") x group by 1, 2");
    let rows: Vec<(String, String, i64)> = query.build_query_as().fetch_all(platform.writes()).await?;
    let mut found: std::collections::BTreeMap<String, Health> = std::collections::BTreeMap::new();
    for (standard, condition, count) in rows {
        let health = found.entry(standard).or_default();
        match condition.as_str() {
            "breached" => health.breached += count,
            "today" => health.due_today += count,
            "risk" => health.at_risk += count,
            "paused" => health.paused += count,
            _ => health.running += count,
        }
    }
    Ok(found)
}

/// A promise that was not kept, for the list of a standard's recent breaches.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Breach {
    /// The clock.
    pub clock: uuid::Uuid,
    /// The case's reference, or what the clock is about.
    pub reference: String,
    /// What its case says of the first dimension of its area: its ward.
    pub part: String,
    /// When its time ran out.
    pub due_at: Moment,
    /// When it was met after all.
    pub stopped_at: Option<Moment>,
    /// `running`, `late`, `cancelled`.
    pub state: String,
}

/// The promises of a standard that were broken last, the newest first.
#[boxed]
pub async fn breaches(platform: &Platform, standard: &str, scope: &Scope, limit: i64) -> Result<Vec<Breach>> {
    let Ok(only) = only(platform.registry(), scope) else { return Ok(Vec::new()) };
    let lookups = &platform.registry().lookups;
    let first = lookups.dimensions_of(standard).into_iter().next();
    let mut dimensions: Vec<Dimension> =
        first.iter().chain(only.iter().map(|(dimension, _)| dimension)).cloned().collect();
    dimensions.dedup();
    let cases = lookups.case_dims_of(standard, &dimensions);
    let part = first.map_or_else(|| "''".to_owned(), |first| format!("coalesce(d.\"{first}\", '')"));
    let (theirs, key) = match only {
        Some((dimension, key)) => (format!("d.\"{dimension}\" = $2"), Some(key)),
        None => ("$2::text is null".to_owned(), None),
    };
    let sql = format!(
        "select c.id, coalesce(d.reference, c.subject), {part}, c.due_at, c.stopped_at, c.state
           from clock c left join ({cases}) d on d.case_id = c.case_id
          where c.standard = $1 and c.decided_day is not null and c.breached_at is not null and {theirs}
          order by c.decided_day desc, c.due_at desc limit $3"
    );
    let rows: Vec<(uuid::Uuid, String, String, Moment, Option<Moment>, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(standard)
            .bind(key)
            .bind(limit)
            .fetch_all(platform.writes())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(clock, reference, part, due_at, stopped_at, state)| Breach {
            clock,
            reference,
            part,
            due_at,
            stopped_at,
            state,
        })
        .collect())
}
