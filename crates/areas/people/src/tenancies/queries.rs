//! Reads of tenancies.

use rooftree_kernel::{Day, PersonId, PlaceId, TenancyId};
use rooftree_platform::{Db, Error, Result, boxed};

/// A tenancy or lease.
#[derive(Clone, Debug)]
pub struct Tenancy {
    /// Its id.
    pub id: TenancyId,
    /// `T-30001`.
    pub reference: String,
    /// Its key in the system it came from.
    pub external_ref: Option<String>,
    /// Its home.
    pub place_id: PlaceId,
    /// One of [`super::model::KINDS`].
    pub kind: String,
    /// First day.
    pub start_day: Day,
    /// Last day.
    pub end_day: Option<Day>,
    /// Last day of an introductory trial.
    pub trial_end_day: Option<Day>,
    /// Why it ended.
    pub end_reason: String,
    /// Counts changes.
    pub version: i32,
}

/// Somebody in a tenancy.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub person_id: PersonId,
    /// `N-50001`.
    pub reference: String,
    /// Their name.
    pub name: String,
    /// One of [`super::model::ROLES`].
    pub role: String,
    /// To the tenant.
    pub relation: String,
    /// Since when.
    pub from_day: Day,
    /// Until when.
    pub until_day: Option<Day>,
    /// When they were born.
    pub birth_day: Option<Day>,
}

/// A tenancy by its reference, in either case of letters.
#[boxed]
pub async fn by_reference(db: impl Into<Db<'_>>, reference: &str) -> Result<Tenancy> {
    sqlx::query_as!(
        Tenancy,
        r#"select id as "id: TenancyId", reference, external_ref, place_id as "place_id: PlaceId", kind, start_day, end_day, trial_end_day,
                  end_reason, version
           from tenancy where reference = upper($1)"#,
        reference.trim()
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the tenancy"))
}

/// The tenancies of a home, the newest first.
#[boxed]
pub async fn of_place(db: impl Into<Db<'_>>, place: PlaceId) -> Result<Vec<Tenancy>> {
    Ok(sqlx::query_as!(
        Tenancy,
        r#"select id as "id: TenancyId", reference, external_ref, place_id as "place_id: PlaceId", kind, start_day, end_day, trial_end_day,
                  end_reason, version
           from tenancy where place_id = $1 order by start_day desc, id desc limit 100"#,
        place as _
    )
    .fetch_all(db)
    .await?)
}

/// Who is or was in a tenancy: holders first, then by age.
#[boxed]
pub async fn members(db: impl Into<Db<'_>>, tenancy: TenancyId) -> Result<Vec<Member>> {
    Ok(sqlx::query_as!(
        Member,
        r#"select n.id as "person_id: PersonId", n.reference, concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as "name!",
                  m.role, m.relation, m.from_day, m.until_day, n.birth_day
           from tenancy_person m join person n on n.id = m.person_id
           where m.tenancy_id = $1
           order by m.until_day is not null, array_position(array['tenant', 'leaseholder', 'owner', 'joint-tenant', 'lodger', 'household'], m.role),
                    n.birth_day nulls last, n.id
           limit 100"#,
        tenancy as _
    )
    .fetch_all(db)
    .await?)
}

/// A tenancy that a person is or was on.
#[derive(Clone, Debug)]
pub struct OfPerson {
    /// `T-30001`.
    pub reference: String,
    /// One of [`super::model::KINDS`].
    pub kind: String,
    /// First day.
    pub start_day: Day,
    /// Last day.
    pub end_day: Option<Day>,
    /// What they are in it.
    pub role: String,
    /// When they left it.
    pub until_day: Option<Day>,
    /// Its home's reference.
    pub home: String,
    /// Its home's address.
    pub address: String,
    /// Its home's postcode.
    pub postcode: String,
    /// Its home.
    pub place_id: PlaceId,
}

/// The tenancies of a person, the newest first.
#[boxed]
pub async fn of_person(db: impl Into<Db<'_>>, person: PersonId) -> Result<Vec<OfPerson>> {
    Ok(sqlx::query_as!(
        OfPerson,
        r#"select t.reference, t.kind, t.start_day, t.end_day, m.role, m.until_day, p.reference as home, p.address, p.postcode,
                  p.id as "place_id: PlaceId"
           from tenancy_person m join tenancy t on t.id = m.tenancy_id join place p on p.id = t.place_id
           where m.person_id = $1 order by t.start_day desc, t.id desc limit 50"#,
        person as _
    )
    .fetch_all(db)
    .await?)
}
