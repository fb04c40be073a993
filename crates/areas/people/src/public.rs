//! The only surface that other areas may call. These functions check no permission of their own: the command or page that calls them
//! has asked for its own. Names, numbers and needs must not reach a caller whose scope is `no_personal_data`.

pub use crate::needs::{NeedKind, get as need_kind};
pub use crate::persons::commands::named_need;
pub use crate::rules::{is_mobile, normal_phone, postal_lines, spoken_phone};
pub use crate::tell::{Telling, Told, Way, addressee, by_post, tell, tell_by, way};
pub use crate::{EDIT, VIEW};
use crate::{needs, rules};
use rooftree_kernel::{Day, PersonId, PlaceId, TenancyId};
use rooftree_platform::{Conn, Db, Error, Result, boxed, imports::keys::Names};

/// A person in one line.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// `N-50001`.
    pub reference: String,
    /// As they are addressed: `Mrs Amina Yusuf`.
    pub name: String,
    /// phone, text, email, letter.
    pub preferred_channel: String,
    /// The language they speak best.
    pub language: String,
    /// They need an interpreter.
    pub interpreter: bool,
    /// Calls after 4 pm, speak to the daughter first.
    pub contact_notes: String,
}

/// Somebody who lives at a place now.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Resident {
    /// Who.
    pub person: Person,
    /// tenant, joint-tenant, leaseholder, owner, household, lodger.
    pub role: String,
    /// To the tenant: daughter, partner.
    pub relation: String,
    /// When they were born.
    pub birth_day: Option<Day>,
    /// Their telephone numbers in international digits, the preferred first.
    pub phones: Vec<String>,
    /// Their tenancy.
    pub tenancy_id: TenancyId,
    /// `T-30001`.
    pub tenancy_reference: String,
    /// introductory, secure, flexible, leasehold …
    pub tenancy_kind: String,
}

/// A need of somebody in a household: recorded, or following from their age.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Need {
    /// `respiratory`; declared in the catalogue of needs.
    pub key: String,
    /// Whose.
    pub person: PersonId,
    /// It follows from the date of birth or the record, and was not entered by anybody.
    pub derived: bool,
}

impl Need {
    /// Its declaration, if the catalogue (still) has it.
    pub fn kind(&self) -> Option<&'static NeedKind> {
        needs::get(&self.key)
    }
}

/// The way to reach somebody with a message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BestContact {
    /// `text`, `email` or `letter`: what [`rooftree_platform::messages`] can send.
    pub channel: &'static str,
    /// Where to: `+447700900123`, an e-mail address, or postal lines separated by newlines.
    pub address: String,
    /// What they asked for: phone, text, email, letter.
    pub preferred: String,
}

/// People by their ids, in no order.
#[boxed]
pub async fn people(db: impl Into<Db<'_>>, ids: &[PersonId]) -> Result<Vec<Person>> {
    Ok(sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", reference, concat_ws(' ', nullif(title, ''), nullif(given_name, ''), family_name) as "name!",
                  preferred_channel, language, interpreter, contact_notes
           from person where id = any($1)"#,
        ids as _
    )
    .fetch_all(db)
    .await?)
}

/// A person by their id.
#[boxed]
pub async fn person(db: impl Into<Db<'_>>, id: PersonId) -> Result<Person> {
    people(db, &[id]).await?.pop().ok_or(Error::NotFound("the person"))
}

/// A person by their reference; letters may be in either case.
#[boxed]
pub async fn person_by_reference(db: impl Into<Db<'_>>, reference: &str) -> Result<Person> {
    sqlx::query_as!(
        Person,
        r#"select id as "id: PersonId", reference, concat_ws(' ', nullif(title, ''), nullif(given_name, ''), family_name) as "name!",
                  preferred_channel, language, interpreter, contact_notes
           from person where reference = upper($1) and removed_at is null"#,
        reference.trim()
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the person"))
}

/// Who lives at a place on a day: those on its tenancies, tenants first, then the household by age.
#[boxed]
pub async fn who_lives_at(db: impl Into<Db<'_>>, place: PlaceId, today: Day) -> Result<Vec<Resident>> {
    let rows = sqlx::query!(
        r#"select n.id as "id: PersonId", n.reference, concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as "name!",
                  n.preferred_channel, n.language, n.interpreter, n.contact_notes, n.birth_day, m.role, m.relation,
                  t.id as "tenancy_id: TenancyId", t.reference as tenancy_reference, t.kind as tenancy_kind,
                  array(select c.normal from contact_point c where c.person_id = n.id and c.kind = 'phone' and c.ended_at is null
                        order by c.preferred desc, c.id) as "phones!"
           from tenancy t join tenancy_person m on m.tenancy_id = t.id join person n on n.id = m.person_id
           where t.place_id = $1 and t.start_day <= $2 and (t.end_day is null or t.end_day >= $2)
             and m.from_day <= $2 and (m.until_day is null or m.until_day >= $2) and n.died_on is null and n.removed_at is null
           order by array_position(array['tenant', 'leaseholder', 'owner', 'joint-tenant', 'lodger', 'household'], m.role), n.birth_day nulls last, n.id
           limit 50"#,
        place as _,
        today as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Resident {
            person: Person {
                id: row.id,
                reference: row.reference,
                name: row.name,
                preferred_channel: row.preferred_channel,
                language: row.language,
                interpreter: row.interpreter,
                contact_notes: row.contact_notes,
            },
            role: row.role,
            relation: row.relation,
            birth_day: row.birth_day,
            phones: row.phones,
            tenancy_id: row.tenancy_id,
            tenancy_reference: row.tenancy_reference,
            tenancy_kind: row.tenancy_kind,
        })
        .collect())
}

/// Somebody who lives in one of the homes of a block or estate.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Neighbour {
    /// Who.
    pub person: Person,
    /// Their home's address in one line.
    pub address: String,
}

/// So many neighbours are shown to choose from; a name that more of them have wants more letters.
pub const NEIGHBOURS_MAX: i64 = 20;
/// Nobody has more names; each word typed is looked for in every resident below the place.
const NAME_WORDS_MAX: usize = 8;

/// Who lives on a day in the homes of a block or estate: the person with the reference `chosen`, and those in whose name all the words of
/// `name` are found. Either may be empty. Whoever was born after `born_by` is left out. Whoever was chosen comes first, the others by
/// their address.
#[boxed]
pub async fn who_lives_below(
    db: impl Into<Db<'_>>,
    place: PlaceId,
    chosen: &str,
    name: &str,
    born_by: Day,
    today: Day,
) -> Result<Vec<Neighbour>> {
    let words: Vec<String> = name.to_lowercase().split_whitespace().take(NAME_WORDS_MAX).map(str::to_owned).collect();
    if chosen.is_empty() && words.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select n.id as "id!: PersonId", n.reference as "reference!",
                  concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as "name!",
                  n.preferred_channel as "preferred_channel!", n.language as "language!", n.interpreter as "interpreter!",
                  n.contact_notes as "contact_notes!", p.address as "address!"
           from place_and_below($1) as below(id) join place p on p.id = below.id join tenancy t on t.place_id = p.id
           join tenancy_person m on m.tenancy_id = t.id join person n on n.id = m.person_id
           where t.start_day <= $2 and (t.end_day is null or t.end_day >= $2)
             and m.from_day <= $2 and (m.until_day is null or m.until_day >= $2)
             and n.died_on is null and n.removed_at is null and p.removed_at is null and (n.birth_day is null or n.birth_day <= $5)
             and (n.reference = upper($3)
                  or (cardinality($4::text[]) > 0
                      and not exists (select from unnest($4::text[]) as typed(word)
                                      where position(typed.word in lower(concat_ws(' ', n.given_name, n.family_name, n.known_as))) = 0)))
           order by (n.reference = upper($3)) desc, p.address_order, p.id,
                    array_position(array['tenant', 'leaseholder', 'owner', 'joint-tenant', 'lodger', 'household'], m.role), n.id
           limit $6"#,
        place as _,
        today as _,
        chosen,
        &words,
        born_by as _,
        NEIGHBOURS_MAX
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let person = Person {
                id: row.id,
                reference: row.reference,
                name: row.name,
                preferred_channel: row.preferred_channel,
                language: row.language,
                interpreter: row.interpreter,
                contact_notes: row.contact_notes,
            };
            Neighbour { person, address: row.address }
        })
        .collect())
}

/// What the household at a place needs on a day: recorded needs, those that follow from ages, and an interpreter where one is marked.
/// Each need of each person once.
#[boxed]
pub async fn household_needs(db: &mut Conn, place: PlaceId, today: Day) -> Result<Vec<Need>> {
    let residents = who_lives_at(&mut *db, place, today).await?;
    needs_of(db, &residents, today).await
}

/// Somebody's telephone numbers in international digits, the preferred first.
#[boxed]
pub async fn phones(db: impl Into<Db<'_>>, person: PersonId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select normal from contact_point where person_id = $1 and kind = 'phone' and ended_at is null order by preferred desc, id limit 5",
        person as _
    )
    .fetch_all(db)
    .await?)
}

/// The keys of [`household_needs`] alone, sorted, each once: what a decision about a repair asks for, in one read.
#[boxed]
pub async fn household_need_keys(db: impl Into<Db<'_>>, place: PlaceId, today: Day) -> Result<Vec<String>> {
    let row = sqlx::query!(
        r#"select needs, births as "births: Vec<Day>", interpreter from household_needs($1, $2)"#,
        place as _,
        today as _
    )
    .fetch_one(db)
    .await?;
    Ok(need_keys(row.needs.unwrap_or_default(), &row.births.unwrap_or_default(), row.interpreter == Some(true), today))
}

/// The keys for what the database's function `household_needs` says, for statements that ask for more in the same read.
pub fn need_keys(recorded: Vec<String>, births: &[Day], interpreter: bool, today: Day) -> Vec<String> {
    let by_age = births.iter().flat_map(|birth| needs_beyond_the_record(Some(*birth), false, today));
    let beyond = by_age.chain(needs_beyond_the_record(None, interpreter, today));
    let mut keys: Vec<String> = recorded.into_iter().chain(beyond.map(str::to_owned)).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// What follows for somebody from their age and from needing an interpreter.
fn needs_beyond_the_record(birth: Option<Day>, interpreter: bool, today: Day) -> impl Iterator<Item = &'static str> {
    let by_age = birth.map_or(&[][..], |birth| needs::from_age(birth, today));
    by_age.iter().copied().chain(interpreter.then_some("needs-interpreter"))
}

/// How to visit the household at a place: what follows from its needs, each once, without saying which need or whose.
#[boxed]
pub async fn visit_notes(db: impl Into<Db<'_>>, place: PlaceId, today: Day) -> Result<Vec<String>> {
    let needs = household_need_keys(db, place, today).await?;
    let mut notes: Vec<String> = needs.iter().filter_map(|need| need_kind(need)?.visit_note.clone()).collect();
    notes.sort_unstable();
    notes.dedup();
    Ok(notes)
}

/// The needs of residents already fetched: see [`household_needs`].
#[boxed]
pub async fn needs_of(db: &mut Conn, residents: &[Resident], today: Day) -> Result<Vec<Need>> {
    let ids: Vec<PersonId> = residents.iter().map(|resident| resident.person.id).collect();
    let mut found = recorded_needs(db, &ids, today).await?;
    for resident in residents {
        for key in needs_beyond_the_record(resident.birth_day, resident.person.interpreter, today) {
            if !found.iter().any(|need| need.person == resident.person.id && need.key == key) {
                found.push(Need { key: key.to_owned(), person: resident.person.id, derived: true });
            }
        }
    }
    Ok(found)
}

/// The needs recorded for these people that hold on a day.
#[boxed]
pub async fn recorded_needs(db: impl Into<Db<'_>>, people: &[PersonId], today: Day) -> Result<Vec<Need>> {
    Ok(sqlx::query_as!(
        Need,
        r#"select need as key, person_id as "person: PersonId", false as "derived!"
           from person_need
           where person_id = any(array(select unnest($1::uuid[]))) and ended_at is null and from_day <= $2 and (until_day is null or until_day >= $2)
           order by person_id, need"#,
        people as _,
        today as _
    )
    .fetch_all(db)
    .await?)
}

/// Where somebody lives on a day: the newest tenancy that they are on.
#[boxed]
pub async fn home_of(db: impl Into<Db<'_>>, person: PersonId, today: Day) -> Result<Option<PlaceId>> {
    Ok(sqlx::query_scalar!(r#"select home_on($1, $2) as "id!: PlaceId""#, person as _, today as _)
        .fetch_optional(db)
        .await?)
}

/// The way to reach somebody with a message, by their preference and what is on record; `None` for the dead and the unreachable.
#[boxed]
pub async fn best_contact(db: &mut Conn, person: PersonId, today: Day) -> Result<Option<BestContact>> {
    contact(db, person, None, today).await
}

/// Where a letter to somebody goes, by lines: to the address that they gave us for letters, else their home.
#[boxed]
pub async fn postal_contact(db: &mut Conn, person: PersonId, today: Day) -> Result<Option<String>> {
    let found = contact(db, person, Some("letter"), today).await?;
    Ok(found.filter(|contact| contact.channel == "letter").map(|contact| contact.address))
}

/// The way that comes first when somebody is written to by this channel, or by the one they prefer.
async fn contact(db: &mut Conn, person: PersonId, channel: Option<&str>, today: Day) -> Result<Option<BestContact>> {
    let Some(row) = sqlx::query!(
        r#"select preferred_channel, concat_ws(' ', nullif(title, ''), nullif(given_name, ''), family_name) as "name!"
           from person where id = $1 and died_on is null and removed_at is null"#,
        person as _
    )
    .fetch_optional(&mut *db)
    .await?
    else {
        return Ok(None);
    };
    let points = sqlx::query!(
        "select kind, normal, value, preferred from contact_point where person_id = $1 and ended_at is null order by id limit 50",
        person as _
    )
    .fetch_all(&mut *db)
    .await?;
    let points: Vec<rules::Point<'_>> = points
        .iter()
        .map(|p| rules::Point { kind: &p.kind, normal: &p.normal, value: &p.value, preferred: p.preferred })
        .collect();
    let home = match home_of(&mut *db, person, today).await? {
        Some(place) => {
            let place = rooftree_homes::public::place(db, place).await?;
            Some(rules::postal_lines(&row.name, &place.address, &place.postcode))
        }
        None => None,
    };
    let way = rules::best_way(channel.unwrap_or(&row.preferred_channel), &points, home.as_deref());
    Ok(way.map(|(channel, address)| BestContact { channel, address, preferred: row.preferred_channel }))
}

/// People by whatever a file may name them with: a key of some system, or our reference. `keys` are in the form in which keys are compared.
#[boxed]
pub async fn people_by_any_key(db: impl Into<Db<'_>>, keys: &[String]) -> Result<Names<PersonId>> {
    let rows = sqlx::query!(
        r#"select id as "id: PersonId", reference, external_source, external_ref from person
           where removed_at is null and (reference = any($1) or key_form(external_ref) = any($1))"#,
        keys
    )
    .fetch_all(db)
    .await?;
    let mut names = Names::default();
    for row in &rows {
        names.add(row.id, &row.reference, row.external_source.as_deref(), row.external_ref.as_deref(), &[]);
    }
    Ok(names)
}
