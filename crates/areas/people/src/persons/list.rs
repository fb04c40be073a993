//! The list of people: page, files and JSON.

use super::{
    model::CHANNELS,
    queries::{Wanted, push_wanted, read_search},
    views::tabs,
};
use crate::{EDIT, SCOPE, VIEW, needs, rules::spoken_phone};
use rooftree_frame::{
    App,
    lists::{Column, Filter, List, Order, Word},
};
use rooftree_platform::Result;
use rooftree_ui::{
    html,
    summary::{self, Tone},
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A line of the list.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, ToSchema)]
#[schema(as = PersonLine)]
pub struct Line {
    /// Never changes.
    #[schema(example = "N-50012")]
    pub reference: String,
    /// Their key in the system that they came from.
    pub external_ref: Option<String>,
    /// That system.
    pub external_source: Option<String>,
    /// Family name first.
    #[schema(example = "Yusuf, Mrs Amina")]
    pub name: String,
    /// Reference of the home they live in.
    #[schema(example = "H-10042")]
    pub home: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// International form.
    #[serde(serialize_with = "international")]
    #[schema(example = "+447700900123")]
    pub phone: Option<String>,
    /// The language they speak best.
    #[schema(example = "Somali")]
    pub language: String,
    /// They need an interpreter.
    pub interpreter: bool,
    /// phone, text, email, letter
    #[schema(example = "text")]
    pub preferred_channel: String,
    /// They have died.
    #[serde(skip)]
    pub died: bool,
}

fn international<S: Serializer>(digits: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    digits.as_ref().map(|digits| format!("+{digits}")).serialize(to)
}

const COLUMNS: &str = "n.reference, n.external_ref, n.external_source, concat_ws(', ', n.family_name, nullif(concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, '')), '')) as name,
    n.language, n.interpreter, n.preferred_channel, h.address, h.reference as home, c.normal as phone, n.died_on is not null as died";
const HOME_AND_PHONE: &str = "left join lateral (
        select p.reference, concat_ws(', ', p.address, nullif(p.postcode, '')) as address
        from tenancy_person m join tenancy t on t.id = m.tenancy_id join place p on p.id = t.place_id
        where m.person_id = n.id and m.until_day is null and (t.end_day is null or t.end_day >= {today}) order by t.start_day desc limit 1) h on true
    left join lateral (select normal from contact_point where person_id = n.id and kind = 'phone' and ended_at is null
        order by preferred desc, id limit 1) c on true";
/// Recorded, or following from an age (as `needs::from_age` says it of one person): that is recorded for nobody, and looked for all the more.
const NEEDED: &str =
    "(exists (select from person_need d where d.person_id = n.id and d.ended_at is null and d.need = {value})
      or n.died_on is null and case {value}
           when 'under-1' then n.birth_day > {today} - interval '1 year'
           when 'under-5' then n.birth_day > {today} - interval '5 years'
           when 'under-18' then n.birth_day > {today} - interval '18 years' and n.birth_day <= {today} - interval '5 years'
           when 'age-65-plus' then n.birth_day <= {today} - interval '65 years'
           when 'age-80-plus' then n.birth_day <= {today} - interval '80 years'
           else false end)";

/// Everybody whom the landlord knows.
pub fn list() -> List<Line> {
    List::new("/people", "People", VIEW)
        .sql(COLUMNS, "person n", "n.removed_at is null")
        .joins(HOME_AND_PHONE)
        .id("n.id::uuid", Some("n.reference"))
        .whose(SCOPE, &[])
        .counted("person", "people")
        .empty("Nobody matches. Take a filter away, or search for part of a name or number.")
        .above(|_| tabs("/people"))
        .button("Add a person", "/people/new", EDIT)
        .filter(search())
        .filter(Filter::words("need", "Need", open_needs(), NEEDED).prompt("Any"))
        .filter(Filter::loaded("language", "Language", |app, _| Box::pin(languages(app)), "n.language = {value}").prompt("Any"))
        .filter(Filter::words("channel", "Preferred way", channels(), "n.preferred_channel = {value}").prompt("Any"))
        .filter(Filter::yes("interpreter", "Needs an interpreter", "n.interpreter").prompt("Any"))
        .order(Order::up("name", &["lower(n.family_name)::text", "lower(n.given_name)::text"]))
        .order(Order::up("ref", &["n.reference::text"]))
        .order(Order::up("language", &["n.language::text", "lower(n.family_name)::text"]))
        .column(Column::file("Reference", |line: &Line| line.reference.clone()))
        .column(Column::file("Source reference", |line: &Line| line.external_ref.clone()))
        .column(Column::file("Source", |line: &Line| line.external_source.clone()))
        .column(Column::new("Name", |line: &Line| line.name.clone()).sort("name").shown(|line| {
            html! { (line.name) @if line.died { " " (summary::tag(Tone::Neutral, "Died")) } }
        }))
        .column(Column::page("Reference", |line: &Line| html! { (line.reference) }).sort("ref").nowrap())
        .column(Column::file("Home", |line: &Line| line.home.clone()))
        .column(Column::file("Address", |line: &Line| line.address.clone()))
        .column(Column::page("Lives at", |line: &Line| {
            html! { @if let (Some(home), Some(address)) = (&line.home, &line.address) { a href={ "/homes/" (home) } { (address) } } }
        }))
        .column(Column::new("Phone", |line: &Line| line.phone.as_deref().map(spoken_phone)).nowrap())
        .column(Column::new("Language", |line: &Line| line.language.clone()).sort("language").desk_only().shown(|line| {
            html! { (line.language) @if line.interpreter { " " (summary::tag(Tone::Info, "Interpreter")) } }
        }))
        .column(Column::file("Interpreter", |line: &Line| line.interpreter))
        .column(Column::file("Preferred way", |line: &Line| super::model::words(CHANNELS, &line.preferred_channel).to_owned()))
        .link(|line| format!("/people/{}", line.reference))
        .faint(|line| line.died)
        .api("/people", "people", "PersonPage")
}

fn search() -> Filter {
    Filter::search("q", "Name, phone, e-mail", push_wanted)
        .nearest(|app, typed| Box::pin(nearest(app, typed)), "Nobody is written like that. These are alike.")
}

async fn nearest(app: App, typed: String) -> Result<Option<Vec<String>>> {
    match read_search(&typed) {
        Wanted::Words(_) => super::queries::nearest(app.platform.reads(), &typed).await,
        _ => Ok(None),
    }
}

/// To be listed by a sensitive need would show who has it.
fn open_needs() -> Vec<Word> {
    let open = needs::all().iter().filter(|kind| !kind.sensitive);
    open.map(|kind| Word::new(kind.key.as_str(), kind.title.as_str())).collect()
}

fn channels() -> Vec<Word> {
    CHANNELS.iter().map(|channel| Word::new(channel.0, channel.1)).collect()
}

async fn languages(app: App) -> Result<Vec<Word>> {
    Ok(Word::each(super::queries::languages(app.platform.reads()).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_ui::Query;

    #[test]
    fn nobody_is_listed_by_a_sensitive_need() {
        let need = |query: &str| list().given(&Query::parse("/people", query)).get("need").map(str::to_owned);
        assert_eq!(need("need=dementia"), None);
        assert_eq!(need("need=large-print").as_deref(), Some("large-print"));
    }
}
