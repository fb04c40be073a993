//! Writes: add and change a person; add and end contact points, needs and representatives.

use super::{
    model::{Details, changed},
    parts::{NeedId, PointId, RepresentativeId},
    rules,
    store::{self, Stored},
};
use crate::{EDIT, facts, needs};
use rooftree_kernel::{Day, FieldErrors, PersonId};
use rooftree_platform::{Ctx, Error, Result};

/// A contact point about to be added.
#[derive(Clone, Debug, Default)]
pub struct NewPoint {
    /// phone, email, post.
    pub kind: String,
    /// As it was typed.
    pub value: String,
    /// work, daughter's.
    pub label: String,
    /// The one to use among its kind.
    pub preferred: bool,
    /// May be used for surveys and news.
    pub consent: bool,
}

/// Adds a person with their first contact points and returns their reference.
pub async fn add(ctx: &mut Ctx, details: Details, points: &[NewPoint]) -> Result<String> {
    ctx.require(&EDIT)?;
    let mut errors = FieldErrors::default();
    rules::check(&details, ctx.now.day(), &mut errors);
    for point in points {
        if let Err(message) = rules::point(&point.kind, &point.value) {
            errors.add(point.kind.clone(), message);
        }
    }
    errors.into_result(())?;
    let id = PersonId::new();
    let reference = store::insert(ctx.conn(), &[(id, &details)]).await.map_err(named)?.remove(0);
    for point in points {
        insert_point(ctx, id, point).await?;
    }
    let now = ctx.now;
    ctx.record(facts::PERSON_ADDED.at(now).person(id).with("reference", &reference)).await?;
    Ok(reference)
}

/// Changes a person who still has this version. Returns the names of the fields that changed.
pub async fn change(ctx: &mut Ctx, reference: &str, version: i32, details: Details) -> Result<Vec<&'static str>> {
    ctx.require(&EDIT)?;
    let before = store::lock(ctx.conn(), reference).await?;
    if before.version != version {
        return Err(Error::outrun("this person"));
    }
    let mut errors = FieldErrors::default();
    rules::check(&details, ctx.now.day(), &mut errors);
    errors.into_result(())?;
    let fields = changed(&before.details, &details);
    if fields.is_empty() {
        return Ok(fields);
    }
    if store::update(ctx.conn(), &[(before.id, version, &details)]).await.map_err(named)? == 0 {
        return Err(Error::outrun("this person"));
    }
    record_changed(ctx, before.id, &fields).await?;
    Ok(fields)
}

async fn record_changed(ctx: &mut Ctx, person: PersonId, fields: &[&str]) -> Result<()> {
    let now = ctx.now;
    ctx.record(facts::PERSON_CHANGED.at(now).person(person).with("fields", fields)).await?;
    Ok(())
}

/// Adds a contact point. A preferred one takes the preference from the others of its kind.
pub async fn add_point(ctx: &mut Ctx, reference: &str, point: &NewPoint) -> Result<PointId> {
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let id = insert_point(ctx, person.id, point).await?;
    let field = match point.kind.as_str() {
        "phone" => "Telephone added",
        "email" => "E-mail added",
        _ => "Postal address added",
    };
    record_changed(ctx, person.id, &[field]).await?;
    Ok(id)
}

async fn insert_point(ctx: &mut Ctx, person: PersonId, point: &NewPoint) -> Result<PointId> {
    let (value, normal) = rules::point(&point.kind, &point.value).map_err(|message| Error::field("value", message))?;
    if point.label.chars().count() > 60 {
        return Err(Error::field("label", "use at most 60 characters"));
    }
    let known = sqlx::query_scalar!(
        "select 1 from contact_point where person_id = $1 and kind = $2 and normal = $3 and ended_at is null",
        person as _,
        point.kind,
        normal
    )
    .fetch_optional(ctx.conn())
    .await?;
    if known.is_some() {
        return Err(Error::field("value", "this is already recorded for them"));
    }
    if point.preferred {
        sqlx::query!(
            "update contact_point set preferred = false where person_id = $1 and kind = $2 and ended_at is null and preferred",
            person as _,
            point.kind
        )
        .execute(ctx.conn())
        .await?;
    }
    let id = PointId::new();
    sqlx::query!(
        "insert into contact_point (id, person_id, kind, value, normal, label, preferred, consent) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as _,
        person as _,
        point.kind,
        value,
        normal,
        point.label.trim(),
        point.preferred,
        point.consent
    )
    .execute(ctx.conn())
    .await?;
    Ok(id)
}

/// Ends a contact point: it no longer reaches them.
pub async fn end_point(ctx: &mut Ctx, reference: &str, point: PointId) -> Result<()> {
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let now = ctx.now;
    let kind = sqlx::query_scalar!(
        "update contact_point set ended_at = $3, preferred = false where id = $1 and person_id = $2 and ended_at is null returning kind",
        point as _,
        person.id as _,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("This contact point has already been ended. Reload the page."))?;
    let field = match kind.as_str() {
        "phone" => "Telephone ended",
        "email" => "E-mail ended",
        _ => "Postal address ended",
    };
    record_changed(ctx, person.id, &[field]).await
}

/// A need about to be recorded.
#[derive(Clone, Debug)]
pub struct NewNeed {
    /// Its key in the catalogue.
    pub need: String,
    /// What to know with it.
    pub note: String,
    /// Since when.
    pub from_day: Day,
    /// When to ask again.
    pub review_day: Option<Day>,
    /// Until when, if that is known.
    pub until_day: Option<Day>,
}

/// Records a need. The same need twice is refused.
pub async fn add_need(ctx: &mut Ctx, reference: &str, need: NewNeed) -> Result<NeedId> {
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let mut errors = FieldErrors::default();
    if needs::get(&need.need).is_none() {
        errors.add("need", "choose a need from the list");
    }
    if need.note.chars().count() > 500 {
        errors.add("note", "use at most 500 characters");
    }
    if need.until_day.is_some_and(|until| until < need.from_day) {
        errors.add("until_day", "the last day must not be before the first");
    }
    errors.into_result(())?;
    let (id, now, by) = (NeedId::new(), ctx.now, ctx.actor.name.clone());
    let written = sqlx::query!(
        "insert into person_need (id, person_id, need, note, from_day, review_day, until_day, added_by) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (person_id, need) where ended_at is null do nothing",
        id as _,
        person.id as _,
        need.need,
        need.note.trim(),
        need.from_day as _,
        need.review_day as _,
        need.until_day as _,
        by
    )
    .execute(ctx.conn())
    .await?;
    if written.rows_affected() == 0 {
        return Err(Error::field("need", "this need is already recorded: end it first if it has changed"));
    }
    ctx.record(facts::NEED_ADDED.at(now).person(person.id).with("need", named_need(&need.need))).await?;
    Ok(id)
}

/// Ends a need and says why.
pub async fn end_need(ctx: &mut Ctx, reference: &str, need: NeedId, reason: &str) -> Result<()> {
    ctx.require(&EDIT)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 300 {
        return Err(Error::field("reason", "say in 1 to 300 characters why it no longer holds"));
    }
    let person = store::lock(ctx.conn(), reference).await?;
    let now = ctx.now;
    let key = sqlx::query_scalar!(
        "update person_need set ended_at = $3 where id = $1 and person_id = $2 and ended_at is null returning need",
        need as _,
        person.id as _,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("This need has already been ended. Reload the page."))?;
    let fact = facts::NEED_ENDED.at(now).person(person.id).with("need", named_need(&key));
    let reason = Some(reason).filter(|_| named_need(&key) != SENSITIVE_NEED);
    ctx.record(fact.with("reason", reason)).await?;
    Ok(())
}

/// What a fact says instead of a sensitive need: those who read the journal have given no reason to know it.
const SENSITIVE_NEED: &str = "sensitive";

/// What a fact says of a need: its key, or that it is sensitive.
pub fn named_need(key: &str) -> &str {
    if needs::get(key).is_some_and(|kind| !kind.sensitive) { key } else { SENSITIVE_NEED }
}

/// The right to speak for somebody, about to be recorded.
#[derive(Clone, Debug)]
pub struct NewRepresentative {
    /// Reference of the one who may speak.
    pub representative: String,
    /// Power of attorney, parent, consent given by phone.
    pub authority: String,
    /// Since when.
    pub from_day: Day,
    /// Until when.
    pub until_day: Option<Day>,
}

/// Records that one person may speak for another.
pub async fn add_representative(ctx: &mut Ctx, reference: &str, new: NewRepresentative) -> Result<RepresentativeId> {
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let unknown =
        |_| Error::field("representative", "there is no person with this reference: look them up, or add them first");
    let other: Stored = store::by_reference(ctx.conn(), &new.representative).await.map_err(unknown)?;
    let mut errors = FieldErrors::default();
    if other.id == person.id {
        errors.add("representative", "nobody needs a right to speak for themselves");
    }
    if new.authority.trim().is_empty() || new.authority.chars().count() > 200 {
        errors.add(
            "authority",
            "say in 1 to 200 characters what gives them the right, like ‘lasting power of attorney, seen 3 May 2026’",
        );
    }
    if new.until_day.is_some_and(|until| until < new.from_day) {
        errors.add("until_day", "the last day must not be before the first");
    }
    errors.into_result(())?;
    let id = RepresentativeId::new();
    sqlx::query!(
        "insert into representative (id, person_id, representative_id, authority, from_day, until_day) values ($1, $2, $3, $4, $5, $6)",
        id as _,
        person.id as _,
        other.id as _,
        new.authority.trim(),
        new.from_day as _,
        new.until_day as _
    )
    .execute(ctx.conn())
    .await?;
    record_changed(ctx, person.id, &["Representative added"]).await?;
    Ok(id)
}

/// Ends a right to speak for somebody.
pub async fn end_representative(ctx: &mut Ctx, reference: &str, right: RepresentativeId) -> Result<()> {
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let now = ctx.now;
    let done = sqlx::query!(
        "update representative set ended_at = $3 where id = $1 and person_id = $2 and ended_at is null",
        right as _,
        person.id as _,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("This right has already been ended. Reload the page."));
    }
    record_changed(ctx, person.id, &["Representative ended"]).await
}

/// What the database refused, as an error of the field.
fn named(error: Error) -> Error {
    match error.constraint() {
        Some("person_key_of_source") => {
            Error::field("external_ref", "this source reference belongs to another person of the same source")
        }
        _ => error,
    }
}
