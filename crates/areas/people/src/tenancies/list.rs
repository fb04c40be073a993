//! The list of tenancies: page and files.

use super::{
    model::{KINDS, kind_words},
    views::state_tag,
};
use crate::{EDIT, SCOPE, VIEW, persons::views::tabs};
use rooftree_frame::lists::{Column, Filter, List, Order, Word};
use rooftree_kernel::Day;

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// `T-30001`.
    pub reference: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// First day.
    pub start_day: Day,
    /// Last day.
    pub end_day: Option<Day>,
    /// Last day of a trial.
    pub trial_end_day: Option<Day>,
    /// Its home's reference.
    pub home: String,
    /// Its home's address.
    pub address: String,
    /// Those who hold it.
    pub holders: String,
}

const COLUMNS: &str = "t.reference, t.kind, t.start_day, t.end_day, t.trial_end_day, p.reference as home,
    concat_ws(', ', p.address, nullif(p.postcode, '')) as address,
    coalesce((select string_agg(concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name), ', ' order by m.from_day, n.id)
              from tenancy_person m join person n on n.id = m.person_id
              where m.tenancy_id = t.id and m.until_day is null and m.role not in ('household', 'lodger')), '') as holders";

/// Who holds which home, those that run unless others are asked for.
pub fn list() -> List<Line> {
    List::new("/tenancies", "Tenancies", VIEW)
        .sql(COLUMNS, "tenancy t join place p on p.id = t.place_id", "true")
        .id("t.id::uuid", Some("t.reference"))
        .whose(SCOPE, &[])
        .counted("tenancy", "tenancies")
        .empty("No tenancy matches. Choose another state or kind.")
        .nav("/people")
        .above(|_| tabs("/tenancies"))
        .button("Start a tenancy", "/tenancies/new", EDIT)
        .filter(Filter::cases("state", "State", states()).default("live"))
        .filter(Filter::words("kind", "Kind", kinds(), "t.kind = {value}").prompt("All kinds"))
        .order(Order::down("start", &["t.start_day::date"]))
        .order(Order::up("ref", &["t.reference::text"]))
        .order(Order::up("home", &["p.address_order::text"]))
        .order(Order::up("kind", &["t.kind::text", "p.address_order::text"]))
        .order(Order::up("trial", &["coalesce(t.trial_end_day, 'infinity')::date"]))
        .order(Order::down("end", &["coalesce(t.end_day, 'infinity')::date"]))
        .column(Column::new("Reference", |line: &Line| line.reference.clone()).sort("ref").nowrap())
        .column(Column::file("Home", |line: &Line| line.home.clone()))
        .column(Column::file("Address", |line: &Line| line.address.clone()))
        .column(Column::page("Home", |line: &Line| rooftree_ui::html! { (line.address) }).sort("home"))
        .column(Column::new("Held by", |line: &Line| line.holders.clone()))
        .column(Column::new("Kind", |line: &Line| kind_words(&line.kind).to_owned()).sort("kind").desk_only())
        .column(day("First day", |line| Some(line.start_day)).sort("start"))
        .column(day("Trial ends", |line| line.trial_end_day).sort("trial").desk_only())
        .column(Column::file("Last day", |line: &Line| line.end_day))
        .column(
            Column::page("State", |_: &Line| rooftree_ui::html! {})
                .sort("end")
                .shown_to(|line, seen| state_tag(line.start_day, line.end_day, seen.now.day())),
        )
        .link(|line| format!("/tenancies/{}", line.reference))
}

/// A day in full.
fn day(heading: &'static str, day: fn(&Line) -> Option<Day>) -> Column<Line> {
    Column::new(heading, day)
        .nowrap()
        .shown(move |line| rooftree_ui::html! { @if let Some(day) = day(line) { (day.long()) } })
}

fn states() -> Vec<Word> {
    vec![
        Word::when("live", "Current", "t.end_day is null or t.end_day >= {today}"),
        Word::when(
            "trial",
            "In an introductory trial",
            "t.kind = 'introductory' and t.end_day is null and t.trial_end_day >= {today}",
        ),
        Word::when("ended", "Ended", "t.end_day < {today}"),
    ]
}

fn kinds() -> Vec<Word> {
    KINDS.iter().map(|kind| Word::new(kind.0, kind.1)).collect()
}
