//! Reads of contacts.

use rooftree_kernel::{Moment, PersonId};
use rooftree_platform::{Db, Result, boxed};

/// A conversation that was logged.
#[derive(Clone, Debug)]
pub struct Contact {
    /// When.
    pub at: Moment,
    /// One of [`super::CHANNELS`].
    pub channel: String,
    /// in, out.
    pub direction: String,
    /// What was said.
    pub summary: String,
    /// Who logged it.
    pub by_name: String,
}

/// The newest conversations with a person.
#[boxed]
pub async fn of_person(db: impl Into<Db<'_>>, person: PersonId, limit: i64) -> Result<Vec<Contact>> {
    Ok(sqlx::query_as!(
        Contact,
        r#"select at, channel, direction, summary, by_name from contact where person_id = $1 order by at desc, id desc limit $2"#,
        person as _,
        limit
    )
    .fetch_all(db)
    .await?)
}
