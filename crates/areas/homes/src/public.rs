//! The only surface that other areas may call. These functions check no permission of their own: the command or page that calls them
//! has already asked for its own, and has decided that the caller may know of the place.

pub use crate::VIEW;
pub use crate::places::rules::{normal_postcode, tokens as search_words};
pub use crate::places::words::{alike as words_alike, as_typed as words_typed};
use crate::{facts, places::model::Change};
use rooftree_kernel::{CaseId, Day, PlaceId, id_type};
use rooftree_platform::{Ctx, Db, Error, Result, boxed, imports::keys::Names};

id_type!(
    /// An alert on a place.
    AlertId
);

/// What other areas need to know of a place.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// `H-10001` or `P-20001`.
    pub reference: String,
    /// home, block, estate, scheme, garage, play-area, car-park, grounds, plant, other.
    pub kind: String,
    /// What it lies in.
    pub parent_id: Option<PlaceId>,
    /// Of a block, estate or plant; empty for most homes.
    pub name: String,
    /// One line, without the postcode.
    pub address: String,
    /// The postcode.
    pub postcode: String,
    /// The ward.
    pub ward: String,
    /// The housing officer's patch.
    pub patch: String,
    /// council, leasehold, freehold, shared-ownership.
    pub tenure: Option<String>,
    /// occupied, void, disposed, demolished, in-use.
    pub status: String,
    /// Unique property reference number.
    pub uprn: Option<String>,
    /// Metres east on the national grid.
    pub easting: Option<i32>,
    /// Metres north on the national grid.
    pub northing: Option<i32>,
}

impl Place {
    /// The line people recognise: `Block name, 12 Mill Lane, OX4 9XY`.
    pub fn title(&self) -> String {
        crate::public::title(&self.name, &self.address, &self.postcode)
    }
}

/// The line people recognise, from its parts; a name that the address already begins with is not said twice.
pub fn title(name: &str, address: &str, postcode: &str) -> String {
    let mut parts: Vec<&str> = vec![address, postcode];
    if !address.starts_with(name) {
        parts.insert(0, name);
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// A warning that must be read before the door: asbestos, no access, a dog.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Alert {
    /// Its id, for [`acknowledge`].
    pub id: AlertId,
    /// Where it hangs: the place itself or one that it lies in.
    pub place_id: PlaceId,
    /// That place's line, when it is not the place asked for.
    pub inherited_from: Option<String>,
    /// asbestos, no-access, warning, fire, access, other.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// Where, and what to do.
    pub detail: String,
    /// Since when.
    pub from_day: Day,
    /// Until when, if that is known.
    pub until_day: Option<Day>,
}

/// The places with these ids, in no order.
#[boxed]
pub async fn places(db: impl Into<Db<'_>>, ids: &[PlaceId]) -> Result<Vec<Place>> {
    Ok(sqlx::query_as!(
        Place,
        r#"select id as "id: PlaceId", reference, kind, parent_id as "parent_id: PlaceId", name, address, postcode, ward, patch, tenure,
                  status, uprn, easting, northing
           from place where id = any($1)"#,
        ids as _
    )
    .fetch_all(db)
    .await?)
}

/// A place by its id.
#[boxed]
pub async fn place(db: impl Into<Db<'_>>, id: PlaceId) -> Result<Place> {
    sqlx::query_as!(
        Place,
        r#"select id as "id: PlaceId", reference, kind, parent_id as "parent_id: PlaceId", name, address, postcode, ward, patch, tenure,
                  status, uprn, easting, northing
           from place where id = $1"#,
        id as _
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the place"))
}

/// A place by its reference; letters may be in either case.
#[boxed]
pub async fn place_by_reference(db: impl Into<Db<'_>>, reference: &str) -> Result<Place> {
    sqlx::query_as!(
        Place,
        r#"select id as "id: PlaceId", reference, kind, parent_id as "parent_id: PlaceId", name, address, postcode, ward, patch, tenure,
                  status, uprn, easting, northing
           from place where reference = upper($1)"#,
        reference.trim()
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the place"))
}

/// Places by whatever a file may name them with: a key of some system, our reference or a UPRN. `keys` are in the form in which keys are
/// compared.
#[boxed]
pub async fn places_by_any_key(db: impl Into<Db<'_>>, keys: &[String]) -> Result<Names<PlaceId>> {
    let numbers: Vec<String> = keys.iter().map(|key| key.trim_start_matches('0').to_owned()).collect();
    let rows = sqlx::query!(
        r#"select id as "id: PlaceId", reference, external_source, external_ref, uprn from place
           where removed_at is null and (reference = any($1) or key_form(external_ref) = any($1) or uprn = any($2))"#,
        keys,
        &numbers
    )
    .fetch_all(db)
    .await?;
    let mut names = Names::default();
    for row in &rows {
        let others: Vec<&str> = row.uprn.as_deref().into_iter().collect();
        names.add(row.id, &row.reference, row.external_source.as_deref(), row.external_ref.as_deref(), &others);
    }
    Ok(names)
}

/// The wards in use, for filters.
#[boxed]
pub async fn wards(db: impl Into<Db<'_>>) -> Result<Vec<String>> {
    // A loose index scan: a few look-ups instead of reading every place.
    Ok(sqlx::query_scalar!(
        r#"with recursive w as (
               (select ward from place where ward > '' order by ward limit 1)
               union all
               select (select p.ward from place p where p.ward > w.ward order by p.ward limit 1) from w where w.ward is not null
           ) select ward as "ward!" from w where ward is not null limit 500"#
    )
    .fetch_all(db)
    .await?)
}

/// The patches of housing officers in use, for filters.
#[boxed]
pub async fn patches(db: impl Into<Db<'_>>) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"with recursive w as (
               (select patch from place where patch > '' order by patch limit 1)
               union all
               select (select p.patch from place p where p.patch > w.patch order by p.patch limit 1) from w where w.patch is not null
           ) select patch as "patch!" from w where patch is not null limit 500"#
    )
    .fetch_all(db)
    .await?)
}

/// The place and all that it lies in, itself first.
#[boxed]
pub async fn place_and_above(db: impl Into<Db<'_>>, id: PlaceId) -> Result<Vec<PlaceId>> {
    let ids = sqlx::query_scalar!(r#"select place_and_above($1) as "id!: PlaceId""#, id as _).fetch_all(db).await?;
    Ok(ids)
}

/// The alerts that hold on a day for a place: its own, and those of what it lies in. The gravest kinds first.
#[boxed]
pub async fn alerts_for(db: impl Into<Db<'_>>, place: PlaceId, today: Day) -> Result<Vec<Alert>> {
    Ok(sqlx::query_as!(
        Alert,
        r#"select a.id as "id: AlertId", a.place_id as "place_id: PlaceId",
                  case when a.place_id <> $1 then coalesce(nullif(p.name, ''), p.address) end as inherited_from,
                  a.kind, a.title, a.detail, a.from_day, a.until_day
           from place_alert a join place p on p.id = a.place_id
           where a.place_id in (select * from place_and_above($1)) and a.ended_at is null
             and a.from_day <= $2 and (a.until_day is null or a.until_day >= $2)
           order by array_position(array['warning', 'asbestos', 'fire', 'no-access', 'access', 'other'], a.kind), a.from_day, a.id
           limit 100"#,
        place as _,
        today as _
    )
    .fetch_all(db)
    .await?)
}

/// Somebody moves in: a home that stood void is occupied from now on. Any other status stays as it is.
#[boxed]
pub async fn occupy(ctx: &mut Ctx, place: PlaceId) -> Result<()> {
    let let_now = sqlx::query!(
        "update place set status = 'occupied', version = version + 1 where id = $1 and status = 'void'",
        place as _
    )
    .execute(ctx.conn())
    .await?;
    if let_now.rows_affected() == 1 {
        let change = Change { field: "status".into(), from: "void".into(), to: "occupied".into() };
        let now = ctx.now;
        ctx.record(facts::PLACE_CHANGED.at(now).home(place).with("fields", [change])).await?;
    }
    Ok(())
}

/// Notes that the actor has read these alerts for this case. Read twice is noted once.
#[boxed]
pub async fn acknowledge(ctx: &mut Ctx, alerts: &[AlertId], case: CaseId) -> Result<()> {
    let Some(user) = ctx.actor.user else { return Ok(()) };
    let now = ctx.now;
    let read = sqlx::query!(
        r#"with noted as (
               insert into alert_acknowledged (alert_id, user_id, case_id, at)
               select a.id, $2, $3, $4 from place_alert a where a.id = any($1)
               on conflict do nothing
               returning alert_id
           )
           select a.id as "id: AlertId", a.place_id as "place_id: PlaceId", a.kind, a.title
           from noted join place_alert a on a.id = noted.alert_id"#,
        alerts as _,
        user as _,
        case.0,
        now as _
    )
    .fetch_all(ctx.conn())
    .await?;
    let fact = |row| {
        let (id, place, kind, title): (AlertId, PlaceId, String, String) = row;
        facts::ALERT_ACKNOWLEDGED
            .at(now)
            .home(place)
            .case(case)
            .with("alert", id)
            .with("kind", kind)
            .with("title", title)
    };
    ctx.record_all(read.into_iter().map(|row| fact((row.id, row.place_id, row.kind, row.title))).collect()).await?;
    Ok(())
}

/// Which of these alerts the user has already read for this case.
#[boxed]
pub async fn acknowledged(db: impl Into<Db<'_>>, case: CaseId, user: rooftree_kernel::UserId) -> Result<Vec<AlertId>> {
    Ok(sqlx::query_scalar!(
        r#"select alert_id as "id: AlertId" from alert_acknowledged where case_id = $1 and user_id = $2"#,
        case.0,
        user as _
    )
    .fetch_all(db)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_said_twice() {
        assert_eq!(title("Mill House", "Mill House, Mill Lane", "OX4 9XY"), "Mill House, Mill Lane, OX4 9XY");
        assert_eq!(title("Mill House", "1-20 Mill Lane", ""), "Mill House, 1-20 Mill Lane");
        assert_eq!(title("", "12 Mill Lane", "OX4 9XY"), "12 Mill Lane, OX4 9XY");
    }
}
