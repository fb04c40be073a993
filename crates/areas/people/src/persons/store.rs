//! The SQL of persons.

use super::model::Details;
use rooftree_kernel::{Day, PersonId};
use rooftree_platform::{Conn, Db, Error, Result, boxed};

/// A person with everything recorded on the person itself.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Their id.
    pub id: PersonId,
    /// `N-50001`.
    pub reference: String,
    /// Counts changes, so that nobody overwrites another's.
    pub version: i32,
    /// The rest.
    pub details: Details,
}

struct Row {
    id: PersonId,
    reference: String,
    version: i32,
    external_ref: Option<String>,
    external_source: Option<String>,
    title: String,
    given_name: String,
    family_name: String,
    known_as: String,
    birth_day: Option<Day>,
    language: String,
    interpreter: bool,
    preferred_channel: String,
    contact_notes: String,
    died_on: Option<Day>,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let details = Details {
            external_ref: row.external_ref,
            external_source: row.external_source,
            title: row.title,
            given_name: row.given_name,
            family_name: row.family_name,
            known_as: row.known_as,
            birth_day: row.birth_day,
            language: row.language,
            interpreter: row.interpreter,
            preferred_channel: row.preferred_channel,
            contact_notes: row.contact_notes,
            died_on: row.died_on,
        };
        Self { id: row.id, reference: row.reference, version: row.version, details }
    }
}

/// By what persons are fetched; several ways may be used at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys<'a> {
    pub ids: &'a [PersonId],
    pub references: &'a [String],
    /// Keys of other systems, in the form in which keys are compared; whose they are is for the caller to see.
    pub external_keys: &'a [String],
}

/// The persons with these keys, in no order.
#[boxed]
pub(crate) async fn fetch(db: impl Into<Db<'_>>, keys: Keys<'_>) -> Result<Vec<Stored>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: PersonId", reference, version, external_ref, external_source, title, given_name, family_name, known_as, birth_day, language,
                  interpreter, preferred_channel, contact_notes, died_on
           from person where removed_at is null and (id = any($1) or reference = any($2) or key_form(external_ref) = any($3))"#,
        keys.ids as _,
        keys.references,
        keys.external_keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}

/// These persons, locked until the end of the transaction.
pub(crate) async fn fetch_locked(db: &mut Conn, ids: &[PersonId]) -> Result<Vec<Stored>> {
    sqlx::query!("select 1 as locked from person where id = any($1) order by id for update", ids as _)
        .fetch_all(&mut *db)
        .await?;
    fetch(db, Keys { ids, ..Keys::default() }).await
}

/// One person by their reference, in either case of letters.
#[boxed]
pub(crate) async fn by_reference(db: impl Into<Db<'_>>, reference: &str) -> Result<Stored> {
    let references = [reference.trim().to_uppercase()];
    let found = fetch(db, Keys { references: &references, ..Keys::default() }).await?;
    found.into_iter().next().ok_or(Error::NotFound("the person"))
}

/// One person by their reference, locked until the end of the transaction.
pub(crate) async fn lock(db: &mut Conn, reference: &str) -> Result<Stored> {
    sqlx::query_scalar!("select 1 from person where reference = upper($1) for update", reference.trim())
        .fetch_optional(&mut *db)
        .await?;
    by_reference(db, reference).await
}

/// Writes new persons and returns their references in the order given.
pub(crate) async fn insert(db: &mut Conn, persons: &[(PersonId, &Details)]) -> Result<Vec<String>> {
    let mut rows = Vec::with_capacity(persons.len());
    for (id, details) in persons {
        rows.push(with_id(*id, details)?);
    }
    let written = sqlx::query!(
        r#"insert into person (id, reference, external_ref, external_source, title, given_name, family_name, known_as, birth_day, language, interpreter,
                               preferred_channel, contact_notes, died_on)
           select n.id, 'N-' || nextval('person_ref_seq'), n.external_ref, n.external_source, n.title, n.given_name, n.family_name, n.known_as, n.birth_day,
                  n.language, n.interpreter, n.preferred_channel, n.contact_notes, n.died_on
           from jsonb_to_recordset($1) as n(id uuid, external_ref text, external_source text, title text, given_name text, family_name text, known_as text,
                  birth_day date, language text, interpreter boolean, preferred_channel text, contact_notes text, died_on date)
           returning id as "id: PersonId", reference"#,
        serde_json::Value::Array(rows)
    )
    .fetch_all(db)
    .await?;
    let mut by_id: std::collections::HashMap<PersonId, String> =
        written.into_iter().map(|row| (row.id, row.reference)).collect();
    Ok(persons.iter().map(|(id, _)| by_id.remove(id).unwrap_or_default()).collect())
}

/// Replaces the details of persons whose version is still the one given. Returns how many were.
pub(crate) async fn update(db: &mut Conn, persons: &[(PersonId, i32, &Details)]) -> Result<u64> {
    let mut rows = Vec::with_capacity(persons.len());
    for (id, version, details) in persons {
        let mut row = with_id(*id, details)?;
        row["version"] = (*version).into();
        rows.push(row);
    }
    let done = sqlx::query!(
        r#"update person p set external_ref = n.external_ref, external_source = n.external_source, title = n.title, given_name = n.given_name, family_name = n.family_name,
                  known_as = n.known_as, birth_day = n.birth_day, language = n.language, interpreter = n.interpreter,
                  preferred_channel = n.preferred_channel, contact_notes = n.contact_notes, died_on = n.died_on, version = p.version + 1
           from jsonb_to_recordset($1) as n(id uuid, version integer, external_ref text, external_source text, title text, given_name text, family_name text,
                  known_as text, birth_day date, language text, interpreter boolean, preferred_channel text, contact_notes text,
                  died_on date)
           where p.id = n.id and p.version = n.version"#,
        serde_json::Value::Array(rows)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

fn with_id(id: PersonId, details: &Details) -> Result<serde_json::Value> {
    let mut row = serde_json::to_value(details).map_err(|error| Error::Internal(error.to_string()))?;
    row["id"] = id.to_string().into();
    Ok(row)
}
