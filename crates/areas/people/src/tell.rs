//! Telling somebody about a case: who is written to, the way that reaches them among those that a template has, their name and address in
//! it. The area that writes brings its templates and what only it can say.

use crate::{
    public::{best_contact, home_of, person as person_by_id, who_lives_at},
    rules::postal_lines,
};
use rooftree_kernel::{CaseId, Day, PersonId, PlaceId};
use rooftree_platform::{Ctx, Result, messages::NewMessage};
use serde_json::Value;
use sqlx::PgExecutor;
use std::collections::BTreeMap;

/// A way to somebody: channel and address.
pub type Way = (&'static str, String);

/// A message about to be owed.
pub struct Telling<'a> {
    /// Template key.
    pub template: &'a str,
    /// Who is told, where anybody is known.
    pub person: Option<PersonId>,
    /// About which home or other place.
    pub place: PlaceId,
    /// About which case.
    pub case: CaseId,
    /// The template's blanks beside `name`, `address` and `date`; of two values for one blank the later counts.
    pub values: Vec<(&'a str, String)>,
    /// What the fact of its sending says further: see [`NewMessage::fact`].
    pub fact: Value,
}

/// Who is written to about a home: whoever raised it, if they live there, else the tenant. A neighbour, a councillor or one of us may have
/// raised it; those who live there must hear of it. In shared parts nobody lives: whoever raised it.
pub async fn addressee(
    db: impl PgExecutor<'_>,
    place: PlaceId,
    raised_by: Option<PersonId>,
    today: Day,
) -> Result<Option<PersonId>> {
    let residents = who_lives_at(db, place, today).await?;
    let own = raised_by.filter(|raised_by| residents.iter().any(|resident| resident.person.id == *raised_by));
    Ok(own.or_else(|| residents.first().map(|resident| resident.person.id)).or(raised_by))
}

/// The way that a message of this template would take to somebody: the one they prefer if the template has it, else the post. None when
/// nobody is known, or they cannot be reached by it.
pub async fn way(ctx: &mut Ctx, person: Option<PersonId>, place: PlaceId, template: &str) -> Result<Option<Way>> {
    let Some(person) = person else { return Ok(None) };
    let today = ctx.now.day();
    let Some(contact) = best_contact(ctx.conn(), person, today).await? else { return Ok(None) };
    let platform = ctx.platform().clone();
    let takes = |channel: &str| {
        platform.registry().templates.get(template).is_some_and(|t| t.channels.iter().any(|c| c == channel))
    };
    if takes(contact.channel) {
        return Ok(Some((contact.channel, contact.address)));
    }
    if !takes("letter") {
        return Ok(None);
    }
    Ok(Some(by_post(ctx, person, place).await?))
}

/// The way by post, name and address by lines: to where the person lives, else to the place that it is about.
pub async fn by_post(ctx: &mut Ctx, person: PersonId, place: PlaceId) -> Result<Way> {
    let today = ctx.now.day();
    let name = person_by_id(ctx.conn(), person).await?.name;
    let home = home_of(ctx.conn(), person, today).await?.unwrap_or(place);
    let place = rooftree_homes::public::place(ctx.conn(), home).await?;
    Ok(("letter", postal_lines(&name, &place.address, &place.postcode)))
}

/// Owes a message by the way that suits the person. False when there is nobody to tell.
pub async fn tell(ctx: &mut Ctx, telling: Telling<'_>) -> Result<bool> {
    let Some(way) = way(ctx, telling.person, telling.place, telling.template).await? else { return Ok(false) };
    tell_by(ctx, telling, way).await?;
    Ok(true)
}

/// The same by a way that was chosen.
pub async fn tell_by(ctx: &mut Ctx, telling: Telling<'_>, (channel, address): Way) -> Result<()> {
    let name = match telling.person {
        Some(person) => person_by_id(ctx.conn(), person).await?.name,
        None => String::new(),
    };
    let place = rooftree_homes::public::place(ctx.conn(), telling.place).await?;
    let date = ctx.now.day().long();
    let mut values = BTreeMap::from([("name", name), ("address", place.title()), ("date", date)]);
    values.extend(telling.values);
    ctx.send(NewMessage {
        template: telling.template,
        channel,
        address,
        person: telling.person,
        home: Some(telling.place),
        case: Some(telling.case),
        values,
        fact: telling.fact,
    })
    .await?;
    Ok(())
}
