//! Telling somebody about a case: who is written to, the way that reaches them among those that a template has, their name and address in
//! it. The area that writes brings its templates and what only it can say.

use crate::{
    public::{best_contact, person as person_by_id, postal_contact, recorded_needs, who_lives_at},
    rules::postal_lines,
};
use rooftree_kernel::{CaseId, Day, PersonId, PlaceId};
use rooftree_platform::{
    Ctx, Db, Result, boxed,
    messages::{NewMessage, Reader},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The need of letters in type of 18 points (data/needs.toml).
const LARGE_PRINT: &str = "large-print";
/// The need of plainer words.
const EASY_READ: &str = "easy-read";

/// A way to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who they are.
    pub person: PersonId,
    /// As they are addressed.
    pub name: String,
    /// `text`, `email` or `letter`.
    pub channel: &'static str,
    /// Number, e-mail address, or postal lines.
    pub address: String,
}

/// A message about to be owed.
pub struct Telling<'a> {
    /// Template key.
    pub template: &'a str,
    /// About which home or other place; an applicant or a former tenant may be told something that is about none.
    pub place: Option<PlaceId>,
    /// About which case.
    pub case: CaseId,
    /// The template's blanks beside `name`, `address` and `date`; of two values for one blank the later counts.
    pub values: Vec<(&'a str, String)>,
    /// What the fact of its sending says further: see [`NewMessage::fact`].
    pub fact: Value,
}

/// What the person concerned hears of a change.
#[must_use = "where no message goes, whoever acts must say so themselves"]
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
            Self::Unchanged => "What the resident was told stays true.",
            Self::Nobody => "No message can reach the resident in time: tell them yourself.",
        }
    }
}

/// Who is written to about a home: whoever raised it, if they live there, else the tenant. A neighbour, a councillor or one of us may have
/// raised it; those who live there must hear of it. In shared parts nobody lives: whoever raised it.
#[boxed]
pub async fn addressee(
    db: impl Into<Db<'_>>,
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
#[boxed]
pub async fn way(
    ctx: &mut Ctx,
    person: Option<PersonId>,
    place: Option<PlaceId>,
    template: &str,
) -> Result<Option<Way>> {
    let Some(person) = person else { return Ok(None) };
    let today = ctx.now.day();
    let Some(contact) = best_contact(ctx.conn(), person, today).await? else { return Ok(None) };
    let platform = ctx.platform().clone();
    let takes = |channel: &str| {
        platform.rules().templates.get(template).is_some_and(|t| t.channels.iter().any(|c| c == channel))
    };
    if takes(contact.channel) {
        let name = person_by_id(ctx.conn(), person).await?.name;
        return Ok(Some(Way { person, name, channel: contact.channel, address: contact.address }));
    }
    if !takes("letter") {
        return Ok(None);
    }
    by_post(ctx, person, place).await
}

/// The way by post, name and address by lines: to where the person asked us to write to, else where they live, else the place that it is
/// about. None when there is none of these.
#[boxed]
pub async fn by_post(ctx: &mut Ctx, person: PersonId, place: Option<PlaceId>) -> Result<Option<Way>> {
    let today = ctx.now.day();
    let name = person_by_id(ctx.conn(), person).await?.name;
    let address = match (postal_contact(ctx.conn(), person, today).await?, place) {
        (Some(own), _) => own,
        (None, Some(place)) => {
            let place = rooftree_homes::public::place(ctx.conn(), place).await?;
            postal_lines(&name, &place.address, &place.postcode)
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Way { person, name, channel: "letter", address }))
}

/// How somebody reads letters, as far as they told us.
pub(crate) async fn reader(ctx: &mut Ctx, person: PersonId) -> Result<Reader> {
    let today = ctx.now.day();
    let language = person_by_id(ctx.conn(), person).await?.language;
    let needs = recorded_needs(ctx.conn(), &[person], today).await?;
    let needs = |key: &str| needs.iter().any(|need| need.key == key);
    Ok(Reader { language: Some(language), large_print: needs(LARGE_PRINT), plain_words: needs(EASY_READ) })
}

/// Owes a message by the way that suits the person.
#[boxed]
pub async fn tell(ctx: &mut Ctx, person: Option<PersonId>, telling: Telling<'_>) -> Result<Told> {
    let Some(way) = way(ctx, person, telling.place, telling.template).await? else { return Ok(Told::Nobody) };
    tell_by(ctx, telling, way).await?;
    Ok(Told::Written)
}

/// The same by a way that was chosen. What is about no place carries the address that it goes to by post.
#[boxed]
pub async fn tell_by(ctx: &mut Ctx, telling: Telling<'_>, way: Way) -> Result<()> {
    let address = match telling.place {
        Some(place) => rooftree_homes::public::place(ctx.conn(), place).await?.title(),
        None if way.channel == "letter" => {
            let lines: Vec<&str> = way.address.lines().filter(|line| *line != way.name).collect();
            lines.join(", ")
        }
        None => String::new(),
    };
    let date = ctx.now.day().long();
    let mut values = BTreeMap::from([("name", way.name.clone()), ("address", address), ("date", date)]);
    values.extend(telling.values);
    let mut way = way;
    // What people wrote may make a text that no provider takes: then it goes by post, where the template does.
    if way.channel == "text" && ctx.is_too_long_to_text(telling.template, &values)? {
        let platform = ctx.platform().clone();
        let template = platform.rules().templates.get(telling.template);
        let posts = template.is_some_and(|template| template.channels.iter().any(|channel| channel == "letter"));
        if posts && let Some(post) = by_post(ctx, way.person, telling.place).await? {
            values.insert("name", post.name.clone());
            way = post;
        }
    }
    let reader = if way.channel == "letter" { reader(ctx, way.person).await? } else { Reader::default() };
    ctx.send(NewMessage {
        template: telling.template,
        channel: way.channel,
        address: way.address,
        person: Some(way.person),
        home: telling.place,
        case: Some(telling.case),
        values,
        reader,
        fact: telling.fact,
    })
    .await?;
    Ok(())
}
