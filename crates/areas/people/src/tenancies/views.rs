//! The HTML of tenancies.

use super::{
    model::{self, kind_words, role_words},
    queries::{Member, OfPerson, Tenancy},
};
use crate::needs::age_years;
use rooftree_homes::public::Place;
use rooftree_kernel::Day;
use rooftree_ui::{
    Markup, html,
    summary::{self, Item, Tone},
    tables::{Column, Row, Table},
};

/// What state it is in on a day.
pub fn state_tag(start: Day, end: Option<Day>, today: Day) -> Markup {
    match end {
        _ if start > today => summary::tag(Tone::Info, "Not begun"),
        None => summary::tag(Tone::Success, "Current"),
        Some(end) if end >= today => summary::tag(Tone::Warning, "Ending"),
        Some(_) => summary::tag(Tone::Neutral, "Ended"),
    }
}

/// The terms of a tenancy.
pub fn terms(tenancy: &Tenancy, place: &Place, today: Day) -> Markup {
    let mut items = vec![
        Item::new("State", state_tag(tenancy.start_day, tenancy.end_day, today)),
        Item::text("Kind", kind_words(&tenancy.kind)),
        Item::new("Home", html! { a href={ "/homes/" (place.reference) } { (place.title()) } }),
        Item::text("First day", tenancy.start_day.long()),
    ];
    if let Some(trial) = tenancy.trial_end_day {
        items.push(Item::text("Trial ends", trial_words(tenancy, trial, today)));
    }
    match tenancy.end_day {
        Some(end) => {
            items.push(Item::text("Last day", end.long()));
            items.push(Item::text("Why it ended", &tenancy.end_reason));
        }
        None => items.push(Item::text("Last day", "No end")),
    }
    if let Some(key) = &tenancy.external_ref {
        items.push(Item::text("Source reference", key));
    }
    summary::list(&items)
}

fn trial_words(tenancy: &Tenancy, trial: Day, today: Day) -> String {
    let extended = if model::is_extended(tenancy.start_day, trial) { " (extended)" } else { "" };
    if trial < today && tenancy.end_day.is_none() {
        format!("{}{extended}: secure since then, unless possession was sought", trial.long())
    } else if extended.is_empty() {
        format!(
            "{}. An extension must be served by {}",
            trial.long(),
            model::last_day_to_extend(tenancy.start_day).long()
        )
    } else {
        format!("{}{extended}", trial.long())
    }
}

/// Who is in a tenancy.
pub fn household(here: &str, members: &[Member], may_edit: bool, today: Day) -> Markup {
    let columns = vec![
        Column::new("Name"),
        Column::new("Role"),
        Column::new("Age"),
        Column::new("Since"),
        Column::new("Until"),
        Column::new("Change"),
    ];
    let rows = members
        .iter()
        .map(|member| {
            let leave = format!("{here}/household/{}/leave", member.reference);
            let role = if member.relation.is_empty() { String::new() } else { format!(", {}", member.relation) };
            Row::new(vec![
                html! { (member.name) },
                html! { (role_words(&member.role)) (role) },
                html! { @if let Some(born) = member.birth_day { (age_years(born, today)) } },
                html! { (member.from_day.long()) },
                html! { @if let Some(until) = member.until_day { (until.long()) } },
                html! { @if may_edit && member.until_day.is_none() { a href=(leave) { "Left" span.govuk-visually-hidden { ": " (member.name) } } } },
            ])
            .href(format!("/people/{}", member.reference))
            .faint(member.until_day.is_some_and(|until| until < today))
        })
        .collect();
    Table::new("Household", columns).caption_hidden().rows(rows).empty(html! { p { "Nobody is recorded." } }).render()
}

/// The tenancies of a person.
pub fn of_person(tenancies: &[OfPerson], today: Day) -> Markup {
    html! {
        @if tenancies.is_empty() { p.rt-muted { "None." } }
        @for tenancy in tenancies {
            div {
                p {
                    strong { a href={ "/homes/" (tenancy.home) } { (tenancy.address) @if !tenancy.postcode.is_empty() { ", " (tenancy.postcode) } } }
                    " " (state_tag(tenancy.start_day, tenancy.end_day, today))
                }
                p {
                    (kind_words(&tenancy.kind)) " " a.rt-ref href={ "/tenancies/" (tenancy.reference) } { (tenancy.reference) } ", "
                    (role_words(&tenancy.role).to_lowercase()) ", from " (tenancy.start_day.long())
                    @if let Some(end) = tenancy.until_day.or(tenancy.end_day) { " to " (end.long()) }
                }
            }
        }
    }
}
