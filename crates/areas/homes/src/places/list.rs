//! The list of places: page, files and JSON.

use super::{
    model::{KINDS, STATUSES, TENURES, Word as Vocabulary, words},
    queries::push_wanted,
    rules::{self, read_search},
    views::{alerts_tag, status_tag},
    words as typed_words,
};
use crate::{EDIT, SCOPE, VIEW, alerts, public};
use rooftree_frame::{
    App,
    lists::{Column, Filter, List, Order, Word},
};
use rooftree_platform::Result;
use rooftree_ui::html;
use serde::Serialize;
use utoipa::ToSchema;

/// A line of the list.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, ToSchema)]
#[schema(as = PlaceLine)]
pub struct Line {
    /// Never changes.
    #[schema(example = "H-10042")]
    pub reference: String,
    /// Its key in the system that it came from.
    pub external_ref: Option<String>,
    /// That system.
    pub external_source: Option<String>,
    /// home, block, estate, scheme, garage, play-area, car-park, grounds, plant, other
    #[schema(example = "home")]
    pub kind: String,
    /// Of a block, an estate, a plant.
    pub name: String,
    /// One line, without the postcode.
    #[schema(example = "Flat 2, 14 Mill Lane")]
    pub address: String,
    /// The postcode.
    #[schema(example = "OX4 9XY")]
    pub postcode: String,
    /// The ward.
    #[schema(example = "Lye Valley")]
    pub ward: String,
    /// The housing officer's patch.
    pub patch: String,
    /// council, leasehold, freehold, shared-ownership
    #[schema(example = "council")]
    pub tenure: Option<String>,
    /// occupied, void, in-use, disposed, demolished
    #[schema(example = "occupied")]
    pub status: String,
    /// Unique property reference number.
    #[schema(example = "100120876543")]
    pub uprn: Option<String>,
    /// Year it was built.
    pub build_year: Option<i32>,
    /// Bedrooms.
    pub bedrooms: Option<i32>,
    /// Energy band, A to G.
    pub epc: Option<String>,
    /// Live alerts, those of what it lies in included.
    pub alerts: i64,
}

const COLUMNS: &str = "p.reference, p.external_ref, p.external_source, p.kind, p.name, p.address, p.postcode, p.ward, p.patch, p.tenure, p.status, p.uprn, p.build_year, p.bedrooms, p.epc,
    (select count(*) from place_alert a where a.ended_at is null and a.place_id = any(p.above)
        and (a.until_day is null or a.until_day >= {today})) as alerts";
/// Places under a live alert, their own or one of a place that they lie in.
const ALERTED: &str = "p.id in (with recursive under as (
        select a.id as alert, a.place_id as id, 0 as depth from place_alert a
        where a.ended_at is null and (a.until_day is null or a.until_day >= {today}) and {value} in ('any', a.kind)
        union all
        select u.alert, c.id, u.depth + 1 from under u join place c on c.parent_id = u.id where u.depth < 8) select id from under)";

/// Homes and all else that the landlord keeps up.
pub fn list() -> List<Line> {
    List::new("/homes", "Homes and places", VIEW)
        .sql(COLUMNS, "place p", "p.removed_at is null")
        .id("p.id::uuid", Some("p.reference"))
        .whose(SCOPE, &[])
        .impersonal()
        .counted("place", "places")
        .empty("No place matches. Take a filter away, or look under another tab.")
        .button("Add a place", "/homes/new", EDIT)
        .filter(search())
        .filter(kinds())
        .filter(Filter::loaded("ward", "Ward", |app, _| Box::pin(wards(app)), "p.ward = {value}").prompt("All wards"))
        .filter(Filter::words("tenure", "Tenure", vocabulary(TENURES), "p.tenure = {value}"))
        .filter(Filter::words("status", "Status", vocabulary(STATUSES), "p.status = {value}"))
        .filter(
            Filter::loaded("patch", "Patch", |app, _| Box::pin(patches(app)), "p.patch = {value}")
                .prompt("All patches"),
        )
        .filter(Filter::words("alerts", "Alerts", alert_kinds(), ALERTED).prompt("With and without"))
        .filter(
            Filter::text(
                "in",
                "Lies in",
                "p.parent_id = (select u.id from place u where u.reference = upper({value}))",
            )
            .hidden(),
        )
        .order(Order::up("address", &["p.address_order::text"]))
        .order(Order::up("ref", &["p.reference::text"]))
        .order(Order::up("kind", &["p.kind::text", "p.address_order::text"]))
        .order(Order::up("ward", &["p.ward::text", "p.address_order::text"]))
        .order(Order::up("tenure", &["coalesce(p.tenure::text, '')::text", "p.address_order::text"]))
        .order(Order::up("status", &["p.status::text", "p.address_order::text"]))
        .order(Order::up("built", &["coalesce(p.build_year, 0)::int", "p.address_order::text"]))
        .column(Column::new("Reference", |line: &Line| line.reference.clone()).sort("ref").nowrap())
        .column(
            Column::page("Address", |line: &Line| html! { (public::title(&line.name, &line.address, &line.postcode)) })
                .sort("address"),
        )
        .column(Column::new("Kind", |line: &Line| words(KINDS, &line.kind).to_owned()).sort("kind").desk_only())
        .column(Column::file("Source reference", |line: &Line| line.external_ref.clone()))
        .column(Column::file("Source", |line: &Line| line.external_source.clone()))
        .column(Column::file("Name", |line: &Line| line.name.clone()))
        .column(Column::file("Address", |line: &Line| line.address.clone()))
        .column(Column::file("Postcode", |line: &Line| line.postcode.clone()))
        .column(Column::file("UPRN", |line: &Line| line.uprn.clone()))
        .column(Column::new("Ward", |line: &Line| line.ward.clone()).sort("ward").desk_only())
        .column(Column::file("Patch", |line: &Line| line.patch.clone()))
        .column(
            Column::new("Tenure", |line: &Line| line.tenure.as_deref().map(|key| words(TENURES, key).to_owned()))
                .sort("tenure"),
        )
        .column(
            Column::new("Status", |line: &Line| words(STATUSES, &line.status).to_owned())
                .sort("status")
                .shown(|line| status_tag(&line.status)),
        )
        .column(Column::file("Built", |line: &Line| line.build_year))
        .column(Column::file("Bedrooms", |line: &Line| line.bedrooms))
        .column(Column::file("Energy band", |line: &Line| line.epc.clone()))
        .column(Column::new("Alerts", |line: &Line| line.alerts).shown(|line| alerts_tag(line.alerts)))
        .link(|line| format!("/homes/{}", line.reference))
        .faint(|line| matches!(line.status.as_str(), "disposed" | "demolished"))
        .api("/places", "places", "PlacePage")
}

fn search() -> Filter {
    Filter::search("q", "Address or reference", push_wanted)
        .nearest(|app, typed| Box::pin(nearest(app, typed)), "Nothing matches as typed. These are alike.")
}

/// The words nearest to a search by words.
async fn nearest(app: App, typed: String) -> Result<Option<Vec<String>>> {
    match read_search(&typed) {
        rules::Wanted::Words(typed) => typed_words::alike(app.platform.reads(), "place_word", &typed).await,
        _ => Ok(None),
    }
}

/// Kinds that have a tab of their own; the others are chosen from a list.
fn kinds() -> Filter {
    let tabbed = KINDS.iter().filter(|word| ["home", "block", "estate", "scheme", "garage"].contains(&word.0));
    Filter::words("kind", "Kind", vocabulary(KINDS), "p.kind = {value}")
        .default("home")
        .prompt("All places")
        .tabs(tabbed.map(|word| (word.0, word.2)).collect())
}

fn vocabulary(words: &[Vocabulary]) -> Vec<Word> {
    words.iter().map(|word| Word::new(word.0, word.1)).collect()
}

fn alert_kinds() -> Vec<Word> {
    let any = Word::new("any", "Any alert");
    [any].into_iter().chain(alerts::KINDS.iter().map(|kind| Word::new(kind.0, kind.1))).collect()
}

async fn wards(app: App) -> Result<Vec<Word>> {
    Ok(Word::each(public::wards(app.platform.reads()).await?))
}

async fn patches(app: App) -> Result<Vec<Word>> {
    Ok(Word::each(public::patches(app.platform.reads()).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_ui::Query;
    use sqlx::QueryBuilder;

    #[test]
    fn a_filter_is_read_from_the_address() {
        let given = |query: &str| list().given(&Query::parse("/homes", query));
        let some = given("ward=Lye+Valley&tenure=council&status=nonsense&sort=-ref");
        assert_eq!((some.get("kind"), some.get("ward")), (Some("home"), Some("Lye Valley")));
        assert_eq!((some.get("tenure"), some.get("status")), (Some("council"), None));
        assert_eq!(given("kind=all&sort=drop").get("kind"), None);
    }

    #[test]
    fn every_value_is_bound() {
        let mut sql = QueryBuilder::new("");
        push_wanted(&mut sql, "12 mill'; drop", None);
        let text = sql.sql().as_str().to_owned();
        assert!(!text.contains("mill") && !text.contains("drop") && text.contains("$3"), "{text}");
    }
}
