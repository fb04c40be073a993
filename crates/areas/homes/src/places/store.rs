//! The SQL of places.

use super::model::Details;
use rooftree_kernel::PlaceId;
use rooftree_platform::{Conn, Db, Error, Result, boxed};

/// A place with everything recorded about it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: PlaceId,
    /// `H-10001`.
    pub reference: String,
    /// Counts changes, so that nobody overwrites another's.
    pub version: i32,
    /// It was taken off the register.
    pub removed: bool,
    /// The rest.
    pub details: Details,
}

struct Row {
    id: PlaceId,
    reference: String,
    version: i32,
    removed: bool,
    kind: String,
    parent_id: Option<PlaceId>,
    external_ref: Option<String>,
    external_source: Option<String>,
    uprn: Option<String>,
    name: String,
    address: String,
    postcode: String,
    ward: String,
    patch: String,
    tenure: Option<String>,
    status: String,
    build_year: Option<i32>,
    archetype: String,
    storeys: Option<i32>,
    height_m: Option<f64>,
    floor: Option<i32>,
    bedrooms: Option<i32>,
    heating: String,
    epc: Option<String>,
    easting: Option<i32>,
    northing: Option<i32>,
    notes: String,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let details = Details {
            kind: row.kind,
            parent_id: row.parent_id,
            external_ref: row.external_ref,
            external_source: row.external_source,
            uprn: row.uprn,
            name: row.name,
            address: row.address,
            postcode: row.postcode,
            ward: row.ward,
            patch: row.patch,
            tenure: row.tenure,
            status: row.status,
            build_year: row.build_year,
            archetype: row.archetype,
            storeys: row.storeys,
            height_m: row.height_m,
            floor: row.floor,
            bedrooms: row.bedrooms,
            heating: row.heating,
            epc: row.epc,
            easting: row.easting,
            northing: row.northing,
            notes: row.notes,
        };
        Self { id: row.id, reference: row.reference, version: row.version, removed: row.removed, details }
    }
}

/// By what places are fetched; several ways may be used at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys<'a> {
    pub ids: &'a [PlaceId],
    pub references: &'a [String],
    /// Keys of other systems, in the form in which keys are compared; whose they are is for the caller to see.
    pub external_keys: &'a [String],
}

/// The places with these keys, in no order.
#[boxed]
pub(crate) async fn fetch(db: impl Into<Db<'_>>, keys: Keys<'_>) -> Result<Vec<Stored>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: PlaceId", reference, version, (removed_at is not null) as "removed!", kind, parent_id as "parent_id: PlaceId",
                  external_ref, external_source, uprn, name, address, postcode, ward, patch, tenure, status, build_year, archetype, storeys,
                  height_m::float8 as height_m, floor, bedrooms, heating, epc, easting, northing, notes
           from place where id = any($1) or reference = any($2) or key_form(external_ref) = any($3)"#,
        keys.ids as _,
        keys.references,
        keys.external_keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}

/// These places, locked until the end of the transaction.
pub(crate) async fn fetch_locked(db: &mut Conn, ids: &[PlaceId]) -> Result<Vec<Stored>> {
    sqlx::query!("select 1 as locked from place where id = any($1) order by id for update", ids as _)
        .fetch_all(&mut *db)
        .await?;
    fetch(db, Keys { ids, ..Keys::default() }).await
}

/// One place by its reference, in either case of letters.
#[boxed]
pub(crate) async fn by_reference(db: impl Into<Db<'_>>, reference: &str) -> Result<Stored> {
    // One key by itself: with lists of keys PostgreSQL plans the statement anew each time.
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: PlaceId", reference, version, (removed_at is not null) as "removed!", kind, parent_id as "parent_id: PlaceId",
                  external_ref, external_source, uprn, name, address, postcode, ward, patch, tenure, status, build_year, archetype, storeys,
                  height_m::float8 as height_m, floor, bedrooms, heating, epc, easting, northing, notes
           from place where reference = upper($1)"#,
        reference.trim()
    )
    .fetch_optional(db)
    .await?;
    row.map(Stored::from).ok_or(Error::NotFound("the place"))
}

/// One place by its reference, locked until the end of the transaction.
pub(crate) async fn lock(db: &mut Conn, reference: &str) -> Result<Stored> {
    sqlx::query_scalar!("select 1 from place where reference = upper($1) for update", reference.trim())
        .fetch_optional(&mut *db)
        .await?;
    by_reference(db, reference).await
}

/// Writes new places and returns their references in the order given. Parents must come before what lies in them.
pub(crate) async fn insert(db: &mut Conn, places: &[(PlaceId, &Details)]) -> Result<Vec<String>> {
    let mut rows = Vec::with_capacity(places.len());
    for (id, details) in places {
        rows.push(with_id(*id, details)?);
    }
    let written = sqlx::query!(
        r#"insert into place (id, reference, kind, parent_id, external_ref, external_source, uprn, name, address, postcode, ward, patch, tenure, status,
                              build_year, archetype, storeys, height_m, floor, bedrooms, heating, epc, easting, northing, notes)
           select n.id, (case n.kind when 'home' then 'H-' else 'P-' end) || nextval('place_ref_seq'), n.kind, n.parent_id,
                  n.external_ref, n.external_source, n.uprn, n.name, n.address, n.postcode, n.ward, n.patch, n.tenure, n.status, n.build_year, n.archetype,
                  n.storeys, n.height_m, n.floor, n.bedrooms, n.heating, n.epc, n.easting, n.northing, n.notes
           from jsonb_to_recordset($1) as n(id uuid, kind text, parent_id uuid, external_ref text, external_source text, uprn text, name text, address text,
                  postcode text, ward text, patch text, tenure text, status text, build_year integer, archetype text, storeys integer,
                  height_m numeric, floor integer, bedrooms integer, heating text, epc text, easting integer, northing integer, notes text)
           returning id as "id: PlaceId", reference"#,
        serde_json::Value::Array(rows)
    )
    .fetch_all(db)
    .await?;
    let mut by_id: std::collections::HashMap<PlaceId, String> =
        written.into_iter().map(|row| (row.id, row.reference)).collect();
    Ok(places.iter().map(|(id, _)| by_id.remove(id).unwrap_or_default()).collect())
}

/// Replaces the details of places whose version is still the one given. Returns how many were.
pub(crate) async fn update(db: &mut Conn, places: &[(PlaceId, i32, &Details)]) -> Result<u64> {
    let mut rows = Vec::with_capacity(places.len());
    for (id, version, details) in places {
        let mut row = with_id(*id, details)?;
        row["version"] = (*version).into();
        rows.push(row);
    }
    let done = sqlx::query!(
        r#"update place p set kind = n.kind, parent_id = n.parent_id, external_ref = n.external_ref, external_source = n.external_source, uprn = n.uprn, name = n.name,
                  address = n.address, postcode = n.postcode, ward = n.ward, patch = n.patch, tenure = n.tenure, status = n.status,
                  build_year = n.build_year, archetype = n.archetype, storeys = n.storeys, height_m = n.height_m, floor = n.floor,
                  bedrooms = n.bedrooms, heating = n.heating, epc = n.epc, easting = n.easting, northing = n.northing, notes = n.notes,
                  version = p.version + 1
           from jsonb_to_recordset($1) as n(id uuid, version integer, kind text, parent_id uuid, external_ref text, external_source text, uprn text, name text,
                  address text, postcode text, ward text, patch text, tenure text, status text, build_year integer, archetype text,
                  storeys integer, height_m numeric, floor integer, bedrooms integer, heating text, epc text, easting integer,
                  northing integer, notes text)
           where p.id = n.id and p.version = n.version"#,
        serde_json::Value::Array(rows)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

fn with_id(id: PlaceId, details: &Details) -> Result<serde_json::Value> {
    let mut row = serde_json::to_value(details).map_err(|error| Error::Internal(error.to_string()))?;
    row["id"] = id.to_string().into();
    Ok(row)
}
