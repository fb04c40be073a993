//! Writes: start, end and extend a tenancy; let people join and leave a household.

use super::{
    model::{self, KINDS, ROLES},
    queries::{self, Tenancy},
};
use crate::{EDIT, facts, persons::store};
use rooftree_kernel::{Day, FieldErrors, PersonId, PlaceId, TenancyId};
use rooftree_platform::{Ctx, Error, Result};

/// A tenancy about to start.
#[derive(Clone, Debug)]
pub struct NewTenancy {
    /// Reference of the home.
    pub place: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// First day.
    pub start_day: Day,
    /// References of those who hold it, the first tenant first.
    pub holders: Vec<String>,
}

/// Starts a tenancy and returns its reference.
pub async fn start(ctx: &mut Ctx, new: NewTenancy) -> Result<String> {
    ctx.require(&EDIT)?;
    let mut errors = FieldErrors::default();
    if !KINDS.iter().any(|kind| kind.0 == new.kind) {
        errors.add("kind", "choose what kind of tenancy it is");
    }
    let place = rooftree_homes::public::place_by_reference(ctx.conn(), &new.place).await;
    let place = match place {
        Ok(place) if matches!(place.kind.as_str(), "home" | "garage" | "other") => Some(place),
        Ok(_) => {
            errors.add("place", "nobody can hold this as a home: give the reference of the home itself");
            None
        }
        Err(Error::NotFound(_)) => {
            errors.add("place", "there is no home with this reference: look it up first");
            None
        }
        Err(other) => return Err(other),
    };
    let holders = holders(ctx, &new.holders, &mut errors).await?;
    if let Some(place) = &place {
        lock_place(ctx, place.id).await?;
        refuse_overlap(ctx, place.id, new.start_day, &mut errors).await?;
    }
    if new.start_day > ctx.now.day().plus_days(AHEAD_DAYS_MAX) {
        errors.add("start_day", "enter a day within the next two years");
    }
    errors.into_result(())?;
    let place = place.ok_or(Error::NotFound("the home"))?;
    let (id, now) = (TenancyId::new(), ctx.now);
    let trial = (new.kind == "introductory").then(|| model::trial_end(new.start_day));
    let reference = sqlx::query_scalar!(
        "insert into tenancy (id, reference, place_id, kind, start_day, trial_end_day) values ($1, 'T-' || nextval('tenancy_ref_seq'), $2, $3, $4, $5) returning reference",
        id as _,
        place.id as _,
        new.kind,
        new.start_day as _,
        trial as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let roles: Vec<String> =
        (0..holders.len()).map(|index| model::holder_role(&new.kind, index == 0).to_owned()).collect();
    sqlx::query!(
        "insert into tenancy_person (tenancy_id, person_id, role, from_day)
         select $1, h.person_id, h.role, $4 from unnest($2::uuid[], $3::text[]) as h(person_id, role)",
        id as _,
        &holders as _,
        &roles,
        new.start_day as _
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::TENANCY_STARTED
        .at(now)
        .home(place.id)
        .person(holders[0])
        .with("tenancy", id)
        .with("reference", &reference);
    ctx.record(fact.with("kind", new.kind).with("start_day", new.start_day).with("trial_end_day", trial)).await?;
    if new.start_day <= now.day() {
        rooftree_homes::public::occupy(ctx, place.id).await?;
    }
    Ok(reference)
}

async fn holders(ctx: &mut Ctx, references: &[String], errors: &mut FieldErrors) -> Result<Vec<PersonId>> {
    let wanted: Vec<String> =
        references.iter().map(|text| text.trim().to_uppercase()).filter(|text| !text.is_empty()).collect();
    if wanted.is_empty() || wanted.len() > 4 {
        errors.add("holders", "give the references of one to four people who hold it, like N-50012");
        return Ok(Vec::new());
    }
    let found = store::fetch(ctx.conn(), store::Keys { references: &wanted, ..store::Keys::default() }).await?;
    let mut ids = Vec::new();
    for reference in &wanted {
        match found.iter().find(|person| person.reference == *reference) {
            Some(person) if !ids.contains(&person.id) => ids.push(person.id),
            Some(_) => errors.add("holders", format!("{reference} is named twice")),
            None => errors.add("holders", format!("there is no person {reference}: look them up, or add them first")),
        }
    }
    Ok(ids)
}

/// Tenancies of one home start one after the other.
async fn lock_place(ctx: &mut Ctx, place: PlaceId) -> Result<()> {
    sqlx::query_scalar!("select 1 from place where id = $1 for update", place as _).fetch_optional(ctx.conn()).await?;
    Ok(())
}

async fn refuse_overlap(ctx: &mut Ctx, place: PlaceId, start: Day, errors: &mut FieldErrors) -> Result<()> {
    let others = queries::of_place(ctx.conn(), place).await?;
    if let Some(other) = others.iter().find(|other| model::overlap((other.start_day, other.end_day), (start, None))) {
        let until =
            other.end_day.map_or_else(|| "has no end yet".to_owned(), |end| format!("runs until {}", end.long()));
        errors.add(
            "start_day",
            format!("{} of this home {until}: end it first, or start on a later day", other.reference),
        );
    }
    Ok(())
}

async fn lock(ctx: &mut Ctx, reference: &str) -> Result<Tenancy> {
    sqlx::query_scalar!("select 1 from tenancy where reference = upper($1) for update", reference.trim())
        .fetch_optional(ctx.conn())
        .await?;
    queries::by_reference(ctx.conn(), reference).await
}

/// How far ahead a tenancy may begin or end, in days: a slip in the year is not a plan.
const AHEAD_DAYS_MAX: i64 = 730;

/// Takes a tenancy's end back: the notice was withdrawn, or it was a mistake. Refused when another tenancy of the home has begun since.
pub async fn withdraw_end(ctx: &mut Ctx, reference: &str) -> Result<()> {
    ctx.require(&EDIT)?;
    let tenancy = lock(ctx, reference).await?;
    if tenancy.end_day.is_none() {
        return Err(Error::conflict("This tenancy has no end. Reload the page."));
    }
    lock_place(ctx, tenancy.place_id).await?;
    let others = queries::of_place(ctx.conn(), tenancy.place_id).await?;
    if let Some(next) = others.iter().find(|other| other.start_day > tenancy.start_day) {
        return Err(Error::conflict(format!(
            "{} of this home began on {}: this one cannot run on beside it.",
            next.reference,
            next.start_day.long()
        )));
    }
    sqlx::query!(
        "update tenancy set end_day = null, end_reason = '', version = version + 1 where id = $1",
        tenancy.id as _
    )
    .execute(ctx.conn())
    .await?;
    let now = ctx.now;
    let fact = facts::TENANCY_CHANGED.at(now).home(tenancy.place_id).with("tenancy", tenancy.id);
    ctx.record(fact.with("reference", tenancy.reference).with("fields", ["End taken back"])).await?;
    Ok(())
}

/// Ends a tenancy on a day, which may lie ahead.
pub async fn end(ctx: &mut Ctx, reference: &str, end_day: Day, reason: &str) -> Result<()> {
    ctx.require(&EDIT)?;
    let tenancy = lock(ctx, reference).await?;
    if tenancy.end_day.is_some() {
        return Err(Error::conflict("This tenancy has been ended already. Reload the page."));
    }
    let mut errors = FieldErrors::default();
    if end_day < tenancy.start_day {
        errors.add("end_day", format!("it began on {}: it cannot end before", tenancy.start_day.long()));
    } else if end_day > ctx.now.day().plus_days(AHEAD_DAYS_MAX) {
        errors.add("end_day", "enter a day within the next two years");
    }
    if !model::END_REASONS.contains(&reason.trim()) {
        errors.add("reason", "choose why it ends");
    }
    errors.into_result(())?;
    sqlx::query!(
        "update tenancy set end_day = $2, end_reason = $3, version = version + 1 where id = $1",
        tenancy.id as _,
        end_day as _,
        reason.trim()
    )
    .execute(ctx.conn())
    .await?;
    let now = ctx.now;
    let fact = facts::TENANCY_ENDED
        .at(now)
        .home(tenancy.place_id)
        .with("tenancy", tenancy.id)
        .with("reference", tenancy.reference);
    ctx.record(fact.with("kind", tenancy.kind).with("end_day", end_day).with("reason", reason.trim())).await?;
    Ok(())
}

/// Extends an introductory trial by six months, once, in time.
pub async fn extend(ctx: &mut Ctx, reference: &str, reason: &str) -> Result<Day> {
    ctx.require(&EDIT)?;
    let tenancy = lock(ctx, reference).await?;
    if reason.trim().is_empty() || reason.chars().count() > 300 {
        return Err(Error::field("reason", "say in 1 to 300 characters why: the tenant may ask for a review"));
    }
    let today = ctx.now.day();
    let until = model::may_extend(&tenancy.kind, tenancy.start_day, tenancy.end_day, tenancy.trial_end_day, today)
        .map_err(|message| Error::field("reason", message))?;
    sqlx::query!(
        "update tenancy set trial_end_day = $2, version = version + 1 where id = $1",
        tenancy.id as _,
        until as _
    )
    .execute(ctx.conn())
    .await?;
    let now = ctx.now;
    let fact = facts::TENANCY_EXTENDED
        .at(now)
        .home(tenancy.place_id)
        .with("tenancy", tenancy.id)
        .with("reference", tenancy.reference);
    ctx.record(fact.with("trial_end_day", until).with("reason", reason.trim())).await?;
    Ok(until)
}

/// Somebody about to join a household.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Their reference.
    pub person: String,
    /// One of [`ROLES`].
    pub role: String,
    /// To the tenant: daughter, partner.
    pub relation: String,
    /// Since when.
    pub from_day: Day,
}

/// Lets somebody join a tenancy.
pub async fn join(ctx: &mut Ctx, reference: &str, new: NewMember) -> Result<()> {
    ctx.require(&EDIT)?;
    let tenancy = lock(ctx, reference).await?;
    let unknown = |_| Error::field("person", "there is no person with this reference: look them up, or add them first");
    let person = store::by_reference(ctx.conn(), &new.person).await.map_err(unknown)?;
    let mut errors = FieldErrors::default();
    if !ROLES.iter().any(|role| role.0 == new.role) {
        errors.add("role", "choose what they are in the tenancy");
    }
    if new.relation.chars().count() > 60 {
        errors.add("relation", "use at most 60 characters");
    }
    if new.from_day < tenancy.start_day {
        errors.add("from_day", format!("the tenancy began on {}", tenancy.start_day.long()));
    }
    errors.into_result(())?;
    let now = ctx.now;
    // Somebody who comes back takes up the same line again.
    let done = sqlx::query!(
        "insert into tenancy_person (tenancy_id, person_id, role, relation, from_day) values ($1, $2, $3, $4, $5)
         on conflict (tenancy_id, person_id) do update set role = excluded.role, relation = excluded.relation, from_day = excluded.from_day,
                until_day = null where tenancy_person.until_day is not null",
        tenancy.id as _,
        person.id as _,
        new.role,
        new.relation.trim(),
        new.from_day as _
    )
    .execute(ctx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::field("person", "they are in this tenancy already"));
    }
    let fact = facts::HOUSEHOLD_CHANGED.at(now).home(tenancy.place_id).person(person.id).with("tenancy", tenancy.id);
    ctx.record(fact.with("change", "joined").with("role", new.role)).await?;
    Ok(())
}

/// Lets somebody leave a tenancy. The last holder cannot: the tenancy ends instead.
pub async fn leave(ctx: &mut Ctx, reference: &str, person: &str, until_day: Day) -> Result<()> {
    ctx.require(&EDIT)?;
    let tenancy = lock(ctx, reference).await?;
    let members = queries::members(ctx.conn(), tenancy.id).await?;
    let gone = || Error::conflict("They are no longer in this tenancy. Reload the page.");
    let member = members
        .iter()
        .find(|m| m.reference.eq_ignore_ascii_case(person.trim()) && m.until_day.is_none())
        .ok_or_else(gone)?;
    let holders = members.iter().filter(|m| m.until_day.is_none() && model::holds(&m.role)).count();
    if model::holds(&member.role) && holders == 1 {
        return Err(Error::field(
            "until_day",
            "a tenancy needs somebody who holds it: end the tenancy, or let another join first",
        ));
    }
    if until_day < member.from_day {
        return Err(Error::field(
            "until_day",
            format!("they came on {}: they cannot leave before", member.from_day.long()),
        ));
    }
    sqlx::query!(
        "update tenancy_person set until_day = $3 where tenancy_id = $1 and person_id = $2",
        tenancy.id as _,
        member.person_id as _,
        until_day as _
    )
    .execute(ctx.conn())
    .await?;
    let now = ctx.now;
    let fact =
        facts::HOUSEHOLD_CHANGED.at(now).home(tenancy.place_id).person(member.person_id).with("tenancy", tenancy.id);
    ctx.record(fact.with("change", "left").with("role", &member.role)).await?;
    Ok(())
}
