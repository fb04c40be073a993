//! Reading the journal: timelines of a case, a home, a person.

use crate::{Platform, Result, boxed};
use rooftree_kernel::{CaseId, Moment, PersonId, PlaceId};
use serde_json::Value;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

/// A recorded fact, as timelines and the API show it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fact {
    /// Its number in the journal.
    pub seq: i64,
    /// Its kind's name.
    pub name: String,
    /// When it happened.
    pub occurred_at: Moment,
    /// When we learned of it.
    pub recorded_at: Moment,
    /// Who recorded it.
    pub actor_name: String,
    /// How it came.
    pub channel: String,
    /// The home.
    pub home_id: Option<Uuid>,
    /// The person.
    pub person_id: Option<Uuid>,
    /// The case.
    pub case_id: Option<Uuid>,
    /// The rest.
    pub payload: Value,
}

/// Whose timeline.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// A case's.
    Case(CaseId),
    /// A home's or place's.
    Home(PlaceId),
    /// A person's.
    Person(PersonId),
}

/// The newest facts about something, newest first, before a given number (for the next page).
#[boxed]
pub async fn timeline(platform: &Platform, about: About, before: Option<i64>, limit: i64) -> Result<Vec<Fact>> {
    let (case, home, person) = match about {
        About::Case(id) => (Some(id.0), None, None),
        About::Home(id) => (None, Some(Uuid::from(id)), None),
        About::Person(id) => (None, None, Some(Uuid::from(id))),
    };
    // One condition each, so that each uses its own index.
    let column = if case.is_some() {
        "case_id"
    } else if home.is_some() {
        "home_id"
    } else {
        "person_id"
    };
    let sql = format!(
        "select seq, name, occurred_at, recorded_at, actor_name, channel, home_id, person_id, case_id, payload from fact
         where {column} = $1 and seq < $2 order by seq desc limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(case.or(home).or(person))
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(platform.reads())
        .await?;
    rows.iter().map(|row| fact_of(row).map_err(Into::into)).collect()
}

/// A fact from a row with all its columns.
pub(super) fn fact_of(row: &PgRow) -> sqlx::Result<Fact> {
    Ok(Fact {
        seq: row.try_get("seq")?,
        name: row.try_get("name")?,
        occurred_at: row.try_get("occurred_at")?,
        recorded_at: row.try_get("recorded_at")?,
        actor_name: row.try_get("actor_name")?,
        channel: row.try_get("channel")?,
        home_id: row.try_get("home_id")?,
        person_id: row.try_get("person_id")?,
        case_id: row.try_get("case_id")?,
        payload: row.try_get("payload")?,
    })
}
