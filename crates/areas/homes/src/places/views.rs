//! The HTML of places.

use super::{
    model::{Details, KINDS, STATUSES, TENURES, words},
    queries::{COUNT_MAX, Filter, Line, Page, Step},
};
use crate::public::title;
use rooftree_ui::{
    Markup, Query,
    cards::thousands,
    filters::FilterBar,
    forms::{self, Choice, Field, Size},
    html, shell,
    summary::{self, Item, Tab, Tone},
    tables::{self, Column, Row, Table},
};

/// Kinds that have a tab of their own; the others are chosen from a list.
const TABBED: &[&str] = &["home", "block", "estate", "scheme", "garage"];

/// What the list page needs.
pub struct ListView<'a> {
    /// The address.
    pub query: &'a Query,
    /// The filter that it names.
    pub filter: &'a Filter,
    /// The lines.
    pub page: &'a Page,
    /// Wards in use.
    pub wards: &'a [String],
    /// Patches in use.
    pub patches: &'a [String],
    /// May add places.
    pub may_add: bool,
}

/// The list page.
pub fn list(view: &ListView<'_>) -> Markup {
    let add = view.may_add.then(|| forms::button_link("Add a place", "/homes/new"));
    html! {
        (shell::heading("Homes and places", None, add))
        (kind_tabs(view.query, view.filter))
        (filters(view))
        @if view.page.alike && !view.page.lines.is_empty() {
            (summary::banner(Tone::Info, html! { p { "Nothing matches as typed. These are alike." } }))
        }
        (table(&view.page.lines, view.query, "Homes and places"))
        (pages(view))
    }
}

fn kind_tabs(query: &Query, filter: &Filter) -> Markup {
    let bare = || query.clone().without("after").without("before").without("kind");
    let kind = filter.kind.as_deref();
    let mut row: Vec<Tab> = KINDS
        .iter()
        .filter(|word| TABBED.contains(&word.0))
        .map(|word| Tab::new(word.2, bare().with("kind", word.0).href(), kind == Some(word.0)))
        .collect();
    row.push(Tab::new(
        "All places",
        bare().with("kind", "all").href(),
        kind.is_none_or(|kind| !TABBED.contains(&kind)),
    ));
    summary::tabs("Kinds of place", &row)
}

fn filters(view: &ListView<'_>) -> Markup {
    let (query, filter) = (view.query, view.filter);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let own = |words: &[String]| words.iter().map(|word| Choice::new(word.clone(), word.clone())).collect::<Vec<_>>();
    let vocabulary =
        |words: &'static [(&str, &str, &str)]| words.iter().map(|w| Choice::new(w.0, w.1)).collect::<Vec<_>>();
    let mut alerts = vec![Choice::new("any", "Any alert")];
    alerts.extend(crate::alerts::KINDS.iter().map(|kind| Choice::new(kind.0, kind.1)));
    let search = Field::new("q", "Address or reference").value(filter.q.clone()).size(Size::Chars30);
    let mut bar = FilterBar::new(query)
        .field(forms::text(search))
        .field(forms::select(Field::new("ward", "Ward").value(text(&filter.ward)), Some("All wards"), &own(view.wards)))
        .field(forms::select(
            Field::new("tenure", "Tenure").value(text(&filter.tenure)),
            Some("All"),
            &vocabulary(TENURES),
        ))
        .field(forms::select(
            Field::new("status", "Status").value(text(&filter.status)),
            Some("All"),
            &vocabulary(STATUSES),
        ))
        .field(forms::select(
            Field::new("patch", "Patch").value(text(&filter.patch)),
            Some("All patches"),
            &own(view.patches),
        ))
        .field(forms::select(
            Field::new("alerts", "Alerts").value(text(&filter.alerts)),
            Some("With and without"),
            &alerts,
        ))
        .result(found(view.page))
        .actions(tables::exports(&query.clone().without("before")));
    bar = if filter.kind.as_deref().is_some_and(|kind| TABBED.contains(&kind)) {
        bar.keep("kind")
    } else {
        let mut kinds = vec![Choice::new("all", "All kinds")];
        kinds.extend(vocabulary(KINDS));
        let chosen = filter.kind.clone().unwrap_or_else(|| "all".to_owned());
        bar.field(forms::select(Field::new("kind", "Kind").value(chosen), None, &kinds))
    };
    let chips = [
        ("q", "Search", Some(filter.q.clone()).filter(|q| !q.is_empty()), None),
        ("ward", "Ward", filter.ward.clone(), None),
        ("tenure", "Tenure", filter.tenure.clone(), Some(TENURES)),
        ("status", "Status", filter.status.clone(), Some(STATUSES)),
        ("patch", "Patch", filter.patch.clone(), None),
        ("alerts", "Alerts", filter.alerts.clone(), None),
    ];
    for (name, label, value, vocabulary) in chips {
        if let Some(value) = value {
            let shown = vocabulary.map_or(value.as_str(), |vocabulary| words(vocabulary, &value)).to_owned();
            bar = bar.chip(format!("{label}: {shown}"), name, &value);
        }
    }
    bar.render()
}

/// `3,210 places`, `1 place`, `More than 10,000 places`.
fn found(page: &Page) -> String {
    match page.total {
        1 => "1 place".to_owned(),
        total if total > COUNT_MAX => format!("More than {} places", thousands(COUNT_MAX.unsigned_abs())),
        total => format!("{} places", thousands(total.unsigned_abs())),
    }
}

/// The table of places, used by the list and by the page of what they lie in.
pub fn table(lines: &[Line], query: &Query, caption: &str) -> Markup {
    let columns = vec![
        Column::new("Reference").sort("ref").nowrap(),
        Column::new("Address").sort("address"),
        Column::new("Kind").desk_only(),
        Column::new("Ward").sort("ward").desk_only(),
        Column::new("Tenure"),
        Column::new("Status"),
        Column::new("Alerts"),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            let cells = vec![
                html! { (line.reference) },
                html! { (title(&line.name, &line.address, &line.postcode)) },
                html! { (words(KINDS, &line.kind)) },
                html! { (line.ward) },
                html! { @if let Some(tenure) = &line.tenure { (words(TENURES, tenure)) } },
                html! { (status_tag(&line.status)) },
                html! { @if line.alerts > 0 { (summary::tag(Tone::Warning, &alerts_words(line.alerts))) } },
            ];
            let gone = matches!(line.status.as_str(), "disposed" | "demolished");
            Row::new(cells).href(format!("/homes/{}", line.reference)).faint(gone)
        })
        .collect();
    Table::new(caption, columns)
        .caption_hidden()
        .sort(&query.clone().without("before"))
        .rows(rows)
        .empty(html! { p { "No place matches. Take a filter away, or look under another tab." } })
        .render()
}

fn alerts_words(count: i64) -> String {
    if count == 1 { "1 alert".to_owned() } else { format!("{count} alerts") }
}

/// A place's status as a tag.
pub fn status_tag(status: &str) -> Markup {
    let tone = match status {
        "occupied" | "in-use" => Tone::Success,
        "void" => Tone::Info,
        _ => Tone::Neutral,
    };
    summary::tag(tone, words(STATUSES, status))
}

fn pages(view: &ListView<'_>) -> Markup {
    let bare = || view.query.clone().without("after").without("before");
    let previous = view.page.previous.as_ref().map(|reference| bare().with("before", reference).href());
    let next = view.page.next.as_ref().map(|reference| bare().with("after", reference).href());
    let shown = format!("{} of {}", view.page.lines.len(), found(view.page).to_lowercase());
    html! {
        @if previous.is_some() || next.is_some() { (tables::cursor_pages(&shown, previous.as_deref(), next.as_deref())) }
    }
}

/// What is recorded about a place, in lists.
pub fn particulars(details: &Details, reference: &str, above: &[Step], no_personal_data: bool) -> Markup {
    let text = |value: Option<i32>| value.map(|value| value.to_string()).unwrap_or_default();
    let lies_in = html! {
        @if above.is_empty() { span.rt-muted { "Nothing larger" } }
        @for (index, step) in above.iter().enumerate() {
            @if index > 0 { " › " }
            a href={ "/homes/" (step.reference) } { (step.label) }
        }
    };
    let mut items = vec![
        Item::new("Reference", html! { (summary::reference(reference, None)) " " (forms::copy_button(reference)) }),
        Item::text("Kind", words(KINDS, &details.kind)),
        Item::new("Status", status_tag(&details.status)),
        Item::new("Part of", lies_in),
        Item::text("Ward", &details.ward),
        Item::text("Patch", &details.patch),
        Item::text("UPRN", details.uprn.as_deref().unwrap_or_default()),
    ];
    if details.tenure.is_some() || details.kind == "home" {
        items.insert(2, Item::text("Tenure", details.tenure.as_deref().map_or("", |tenure| words(TENURES, tenure))));
    }
    let map = details.easting.zip(details.northing);
    items.push(Item::text("Map reference", map.map(|(east, north)| map_reference(east, north)).unwrap_or_default()));
    if let Some(key) = &details.external_ref {
        items.push(Item::text("Source reference", key));
    }
    let mut building = vec![Item::text("Built", text(details.build_year)), Item::text("Archetype", &details.archetype)];
    if details.kind == "home" {
        building.push(Item::text("Bedrooms", text(details.bedrooms)));
        building.push(Item::text("Heating", &details.heating));
        building.push(Item::text("Energy band", details.epc.as_deref().unwrap_or_default()));
    }
    for (label, value) in [
        ("Floor", details.floor.map(|floor| if floor == 0 { "Ground".to_owned() } else { floor.to_string() })),
        ("Storeys", details.storeys.map(|storeys| storeys.to_string())),
        ("Height", details.height_m.map(|height| format!("{height} m"))),
    ] {
        if let Some(value) = value {
            building.push(Item::text(label, value));
        }
    }
    let built = matches!(details.kind.as_str(), "home" | "block" | "scheme" | "garage");
    html! {
        (summary::panel("Particulars", None, summary::list(&items)))
        @if built { (summary::panel("The building", None, summary::list(&building))) }
        @if !details.notes.is_empty() && !no_personal_data { (summary::panel("Notes", None, html! { p { (details.notes) } })) }
    }
}

/// A place on the national grid as maps print it: `SP 5312 0456` (ten metres), with the full figures behind it. The squares of 100 km
/// have two letters (Ordnance Survey, A guide to coordinate systems in Great Britain).
pub fn map_reference(east: i32, north: i32) -> String {
    let letter =
        |index: i32| char::from(b"ABCDEFGHJKLMNOPQRSTUVWXYZ"[usize::try_from(index.clamp(0, 24)).unwrap_or(0)]);
    let (e, n) = (east / 100_000, north / 100_000);
    let first = (19 - n) - (19 - n) % 5 + (e + 10) / 5;
    let second = (19 - n) * 5 % 25 + e % 5;
    let (e, n) = (east % 100_000 / 10, north % 100_000 / 10);
    format!("{}{} {e:04} {n:04} ({east}, {north})", letter(first), letter(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_reference_of_known_places() {
        // Carfax in Oxford, and the OS guide's own example.
        assert!(map_reference(451_300, 206_180).starts_with("SP 5130 0618 "));
        assert!(map_reference(651_409, 313_177).starts_with("TG 5140 1317 "));
    }

    #[test]
    fn a_list_says_how_many() {
        let page = |total| Page { total, ..Page::default() };
        assert_eq!(found(&page(1)), "1 place");
        assert_eq!(found(&page(3210)), "3,210 places");
        assert_eq!(found(&page(10_001)), "More than 10,000 places");
    }
}
