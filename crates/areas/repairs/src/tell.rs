//! Messages to whoever waits for a repair, by the way they prefer among those that the template has.

use crate::ids::RepairId;
use rooftree_kernel::{PersonId, PlaceId};
use rooftree_platform::{Ctx, Result, messages::NewMessage};
use serde_json::Value;
use std::collections::BTreeMap;

/// The template of a cancellation.
pub(crate) const CANCELLED: &str = "repairs.cancelled";

/// The repair that a message is about.
pub struct About {
    /// Its id.
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub place: PlaceId,
    /// Who is written to.
    pub person: Option<PersonId>,
}

/// Reads what messages say of a repair.
pub async fn about(ctx: &mut Ctx, id: RepairId) -> Result<About> {
    let row = sqlx::query!(
        r#"select reference, title, place_id as "place: PlaceId", reporter_id as "person: PersonId" from repair where id = $1"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let person = addressee(ctx, row.place, row.person).await?;
    Ok(About { id, reference: row.reference, title: row.title, place: row.place, person })
}

/// Who is written to: the reporter who lives there, else the tenant. A neighbour, a councillor or one of us may have reported it; those
/// who wait at home must know who comes. In shared parts nobody lives: whoever reported it.
pub(crate) async fn addressee(ctx: &mut Ctx, place: PlaceId, reporter: Option<PersonId>) -> Result<Option<PersonId>> {
    let today = ctx.now.day();
    let residents = rooftree_people::public::who_lives_at(ctx.conn(), place, today).await?;
    let own = reporter.filter(|reporter| residents.iter().any(|resident| resident.person.id == *reporter));
    Ok(own.or_else(|| residents.first().map(|resident| resident.person.id)).or(reporter))
}

/// What the resident hears of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A message is written.
    Written,
    /// Nothing changes for them.
    Unchanged,
    /// No message reaches them in time, or at all.
    Nobody,
}

impl Told {
    /// Whether a message could be written.
    pub fn when(written: bool) -> Self {
        if written { Self::Written } else { Self::Nobody }
    }

    /// For the notice above the page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Written => "A message to the resident is written.",
            Self::Unchanged => "The time that the resident was told stays the same.",
            Self::Nobody => "No message can reach the resident in time: tell them yourself.",
        }
    }
}

/// A way to somebody: channel and address.
pub type Way = (&'static str, String);

/// The way that a message of this template would take; none when nobody known reported it or they cannot be reached by it.
pub async fn way(ctx: &mut Ctx, about: &About, template: &str) -> Result<Option<Way>> {
    let Some(person) = about.person else { return Ok(None) };
    let today = ctx.now.day();
    let Some(contact) = rooftree_people::public::best_contact(ctx.conn(), person, today).await? else {
        return Ok(None);
    };
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
    Ok(Some(("letter", by_post(ctx, about, person).await?)))
}

/// Name and address by lines: where the person lives, else the place of the repair.
pub async fn by_post(ctx: &mut Ctx, about: &About, person: PersonId) -> Result<String> {
    let today = ctx.now.day();
    let name = rooftree_people::public::person(ctx.conn(), person).await?.name;
    let home = rooftree_people::public::home_of(ctx.conn(), person, today).await?.unwrap_or(about.place);
    let place = rooftree_homes::public::place(ctx.conn(), home).await?;
    Ok(rooftree_people::public::postal_lines(&name, &place.address, &place.postcode))
}

/// Owes a message. Name, reference, repair, address, date and link are filled in; `values` are the template's other blanks. False when
/// there is nobody to tell.
pub async fn tell(
    ctx: &mut Ctx,
    about: &About,
    template: &'static str,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<bool> {
    let Some(way) = way(ctx, about, template).await? else { return Ok(false) };
    tell_by(ctx, about, template, way, values, fact).await?;
    Ok(true)
}

/// The same by a way that was chosen.
pub async fn tell_by(
    ctx: &mut Ctx,
    about: &About,
    template: &'static str,
    (channel, address): Way,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<()> {
    let name = match about.person {
        Some(person) => rooftree_people::public::person(ctx.conn(), person).await?.name,
        None => String::new(),
    };
    let place = rooftree_homes::public::place(ctx.conn(), about.place).await?;
    let mut all = BTreeMap::from([
        ("name", name),
        ("reference", about.reference.clone()),
        ("repair", about.title.clone()),
        ("address", place.title()),
        ("date", ctx.now.day().long()),
        ("link", format!("{}/r/{}", ctx.platform().config().base_url, about.reference)),
    ]);
    all.extend(values);
    ctx.send(NewMessage {
        template,
        channel,
        address,
        person: about.person,
        home: Some(about.place),
        case: Some(about.id.into()),
        values: all,
        fact,
    })
    .await?;
    Ok(())
}
