//! The HTML of persons.

use super::{
    model::{CHANNELS, POINT_KINDS, words},
    panel::call,
    parts::{Point, Recorded, Representative},
    store::Stored,
};
use crate::needs;
use rooftree_kernel::Day;
use rooftree_ui::{
    Markup, forms, html,
    summary::{self, Item, Tab, Tone},
};

/// People and tenancies are two lists of one area.
pub fn tabs(current: &str) -> Markup {
    let tab = |label: &str, href: &str| Tab::new(label, href, href == current);
    summary::tabs("People", &[tab("People", "/people"), tab("Tenancies", "/tenancies")])
}

/// What a person's page says beside its record.
pub struct Aside<'a> {
    /// Who.
    pub person: &'a Stored,
    /// How to reach them.
    pub points: &'a [Point],
    /// Their live needs.
    pub needs: &'a [Recorded],
    /// Who may speak for them.
    pub representatives: &'a [Representative],
    /// For whom they may speak.
    pub represented: &'a [Representative],
    /// May change them.
    pub may_edit: bool,
    /// May read what is sensitive, with a reason.
    pub may_read_sensitive: bool,
    /// Today.
    pub today: Day,
}

/// The column beside the record.
pub fn aside(view: &Aside<'_>) -> Markup {
    let here = format!("/people/{}", view.person.reference);
    let add = |path: &str, label: &str| view.may_edit.then(|| html! { a href={ (here) (path) } { (label) } });
    html! {
        (summary::panel("How to reach them", add("/contact-points/new", "Add"), reach(view, &here)))
        (summary::panel("Needs", add("/needs/new", "Record a need"), needs_block(view, &here)))
        (summary::panel("Particulars", None, particulars(view)))
        (summary::panel("Who speaks for whom", add("/representatives/new", "Add"), speakers(view, &here)))
    }
}

fn reach(view: &Aside<'_>, here: &str) -> Markup {
    let details = &view.person.details;
    html! {
        p { "Prefers: " strong { (words(CHANNELS, &details.preferred_channel)) } }
        @if details.interpreter || !details.language.eq_ignore_ascii_case("english") {
            p { "Speaks " strong { (details.language) } @if details.interpreter { ". Needs an interpreter." } }
        }
        @if !details.contact_notes.is_empty() { (summary::banner(Tone::Info, html! { p { (details.contact_notes) } })) }
        @if view.points.is_empty() { p.rt-muted { "No number or address is recorded." } }
        @for point in view.points {
            div.rt-list__row {
                div.rt-list__value {
                    @if point.kind == "phone" { (call(&point.normal)) }
                    @else if point.kind == "email" { a href={ "mailto:" (point.value) } { (point.value) } }
                    @else { @for (index, line) in point.value.lines().enumerate() { @if index > 0 { br; } (line) } }
                }
                div {
                    span.rt-muted { (words(POINT_KINDS, &point.kind)) @if !point.label.is_empty() { ", " (point.label) } }
                    @if point.preferred { " " (summary::tag(Tone::Accent, "First")) }
                    @if !point.consent { " " (summary::tag(Tone::Neutral, "No surveys")) }
                }
                @if view.may_edit {
                    a href={ (here) "/contact-points/" (point.id) "/end" } { "End" span.govuk-visually-hidden { ": " (point.value) } }
                }
            }
        }
    }
}

fn needs_block(view: &Aside<'_>, here: &str) -> Markup {
    let (hidden, open): (Vec<&Recorded>, Vec<&Recorded>) = view.needs.iter().partition(|need| need.is_sensitive());
    let by_age = view.person.details.birth_day.map_or(&[][..], |born| needs::from_age(born, view.today));
    let mut notes: Vec<&str> =
        view.needs.iter().filter_map(|need| needs::get(&need.need)?.visit_note.as_deref()).collect();
    notes.extend(by_age.iter().filter_map(|key| needs::get(key)?.visit_note.as_deref()));
    notes.sort_unstable();
    notes.dedup();
    html! {
        @if view.needs.is_empty() && by_age.is_empty() { p.rt-muted { "None recorded." } }
        ul {
            @for key in by_age { @if let Some(kind) = needs::get(key) { li { (kind.title) " " (summary::muted("from the date of birth")) } } }
            @for need in &open {
                li {
                    (need.title()) @if !need.note.is_empty() { ": " (need.note) }
                    @if let Some(review) = need.review_day.filter(|day| *day <= view.today) { " " (summary::tag(Tone::Warning, &format!("Ask again since {}", review.long()))) }
                    (end_link(view, here, need, need.title()))
                }
            }
            @for (index, need) in hidden.iter().enumerate() {
                @let name = format!("sensitive need {}", index + 1);
                li { "Sensitive need" (end_link(view, here, need, &name)) }
            }
        }
        @for note in notes { p { strong { "When visiting: " } (note) } }
        @if view.may_read_sensitive { p { a href={ (here) "/sensitive" } { "Read what is sensitive, with a reason" } } }
    }
}

fn end_link(view: &Aside<'_>, here: &str, need: &Recorded, name: &str) -> Markup {
    html! {
        @if view.may_edit { " " a href={ (here) "/needs/" (need.id) "/end" } { "End" span.govuk-visually-hidden { ": " (name) } } }
    }
}

fn particulars(view: &Aside<'_>) -> Markup {
    let (person, details) = (view.person, &view.person.details);
    let born = details.birth_day.map(|born| format!("{} (aged {})", born.long(), needs::age_years(born, view.today)));
    let mut items = vec![
        Item::new(
            "Reference",
            html! { (summary::reference(&person.reference, None)) " " (forms::copy_button(&person.reference)) },
        ),
        Item::text("Date of birth", born.unwrap_or_default()),
        Item::text("Language", &details.language),
    ];
    if !details.known_as.is_empty() {
        items.push(Item::text("Known as", &details.known_as));
    }
    if let Some(died) = details.died_on {
        items.push(Item::text("Died on", died.long()));
    }
    if let Some(key) = &details.external_ref {
        items.push(Item::text("Source reference", key));
    }
    summary::list(&items)
}

fn speakers(view: &Aside<'_>, here: &str) -> Markup {
    html! {
        @if view.representatives.is_empty() && view.represented.is_empty() { p.rt-muted { "They speak for themselves." } }
        ul {
            @for right in view.representatives {
                li {
                    a href={ "/people/" (right.reference) } { (right.name) } " may speak for them: " (right.authority)
                    @if let Some(until) = right.until_day { " (until " (until.long()) ")" }
                    @if view.may_edit {
                        " " a href={ (here) "/representatives/" (right.id) "/end" } { "End" span.govuk-visually-hidden { " the right of " (right.name) } }
                    }
                }
            }
            @for right in view.represented {
                li { "They may speak for " a href={ "/people/" (right.reference) } { (right.name) } ": " (right.authority) }
            }
        }
    }
}
