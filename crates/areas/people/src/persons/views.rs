//! The HTML of persons.

use super::{
    model::{CHANNELS, POINT_KINDS, words},
    panel::call,
    parts::{Point, Recorded, Representative},
    queries::{COUNT_MAX, Filter, Line, Page},
    store::Stored,
};
use crate::{needs, rules::spoken_phone};
use rooftree_kernel::Day;
use rooftree_ui::{
    Markup, Query,
    cards::thousands,
    filters::FilterBar,
    forms::{self, Choice, Field, Size},
    html, shell,
    summary::{self, Item, Tab, Tone},
    tables::{self, Column, Row, Table},
};

/// People and tenancies are two lists of one area.
pub fn tabs(current: &str) -> Markup {
    let tab = |label: &str, href: &str| Tab::new(label, href, href == current);
    summary::tabs("People", &[tab("People", "/people"), tab("Tenancies", "/tenancies")])
}

/// The list page.
pub fn list(query: &Query, filter: &Filter, page: &Page, languages: &[String], may_add: bool) -> Markup {
    let add = may_add.then(|| forms::button_link("Add a person", "/people/new"));
    let bare = || query.clone().without("after").without("before");
    let previous = page.previous.as_ref().map(|reference| bare().with("before", reference).href());
    let next = page.next.as_ref().map(|reference| bare().with("after", reference).href());
    html! {
        (shell::heading("People", None, add))
        (tabs("/people"))
        (filters(query, filter, page, languages))
        @if page.alike && !page.lines.is_empty() {
            (summary::banner(Tone::Info, html! { p { "Nobody is written like that. These are alike." } }))
        }
        (table(&page.lines, query))
        @if previous.is_some() || next.is_some() {
            (tables::cursor_pages(&format!("{} of {}", page.lines.len(), found(page)), previous.as_deref(), next.as_deref()))
        }
    }
}

fn filters(query: &Query, filter: &Filter, page: &Page, languages: &[String]) -> Markup {
    let open: Vec<Choice<'_>> = needs::all()
        .iter()
        .filter(|kind| !kind.sensitive)
        .map(|kind| Choice::new(kind.key.as_str(), kind.title.as_str()))
        .collect();
    let channels: Vec<Choice<'_>> = CHANNELS.iter().map(|channel| Choice::new(channel.0, channel.1)).collect();
    let spoken: Vec<Choice<'_>> =
        languages.iter().map(|language| Choice::new(language.clone(), language.clone())).collect();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let search = Field::new("q", "Name, phone, e-mail").value(filter.q.clone()).size(Size::Chars30);
    let mut bar = FilterBar::new(query)
        .field(forms::text(search))
        .field(forms::select(Field::new("need", "Need").value(text(&filter.need)), Some("Any"), &open))
        .field(forms::select(Field::new("language", "Language").value(text(&filter.language)), Some("Any"), &spoken))
        .field(forms::select(
            Field::new("channel", "Preferred way").value(text(&filter.channel)),
            Some("Any"),
            &channels,
        ))
        .field(rooftree_ui::choices::checkbox(Field::new("interpreter", "Needs an interpreter"), filter.interpreter))
        .result(found(page))
        .actions(tables::exports(&query.clone().without("before")));
    let chips = [
        ("q", "Search", Some(filter.q.clone()).filter(|q| !q.is_empty())),
        ("need", "Need", filter.need.clone()),
        ("language", "Language", filter.language.clone()),
        ("channel", "Preferred way", filter.channel.clone()),
        ("interpreter", "Interpreter", filter.interpreter.then(|| "yes".to_owned())),
    ];
    for (name, label, value) in chips {
        if let Some(value) = value {
            let shown = match name {
                "need" => needs::get(&value).map_or(value.as_str(), |kind| &kind.title),
                "channel" => words(CHANNELS, &value),
                _ => &value,
            };
            bar = bar.chip(format!("{label}: {shown}"), name, &value);
        }
    }
    bar.render()
}

fn found(page: &Page) -> String {
    match page.total {
        1 => "1 person".to_owned(),
        total if total > COUNT_MAX => format!("more than {} people", thousands(COUNT_MAX.unsigned_abs())),
        total => format!("{} people", thousands(total.unsigned_abs())),
    }
}

fn table(lines: &[Line], query: &Query) -> Markup {
    let columns = vec![
        Column::new("Name").sort("name"),
        Column::new("Reference").sort("ref").nowrap(),
        Column::new("Lives at"),
        Column::new("Phone").nowrap(),
        Column::new("Language").desk_only(),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            let cells = vec![
                html! { (line.name) @if line.died { " " (summary::tag(Tone::Neutral, "Died")) } },
                html! { (line.reference) },
                html! { @if let (Some(home), Some(address)) = (&line.home, &line.address) { a href={ "/homes/" (home) } { (address) } } },
                html! { @if let Some(phone) = &line.phone { (spoken_phone(phone)) } },
                html! { (line.language) @if line.interpreter { " " (summary::tag(Tone::Info, "Interpreter")) } },
            ];
            Row::new(cells).href(format!("/people/{}", line.reference)).faint(line.died)
        })
        .collect();
    Table::new("People", columns)
        .caption_hidden()
        .sort(&query.clone().without("before"))
        .rows(rows)
        .empty(html! { p { "Nobody matches. Take a filter away, or search for part of a name or number." } })
        .render()
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
