//! The HTML of places.

use super::{
    model::{Details, KINDS, STATUSES, TENURES, words},
    queries::Step,
};
use rooftree_ui::{
    Markup, forms, html,
    summary::{self, Item, Tone},
};

/// How many alerts are live, where there are any.
pub fn alerts_tag(count: i64) -> Markup {
    let words = if count == 1 { "1 alert".to_owned() } else { format!("{count} alerts") };
    html! { @if count > 0 { (summary::tag(Tone::Warning, &words)) } }
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
}
