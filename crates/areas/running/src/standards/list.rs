//! Every standard, by area, with its source, target and how its clocks stand.

use super::is_ahead;
use crate::figures::words::area;
use axum::{extract::State, http::HeaderMap};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_platform::figures::health::{self, Health};
use rooftree_promises::standards::Standard;
use rooftree_ui::{
    Query,
    choices::{Choice, select},
    filters::FilterBar,
    forms::{self, Field},
    shell,
    summary::{Tone, tag},
    tables::{Column, Row, Table},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn index(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let health = health::by_standard(&app.platform, "", &signed.0.actor.scope).await?;
    let body = view(&app, &query, &health);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/standards", "Standards", body)))
}

fn view(app: &App, query: &Query, health: &BTreeMap<String, Health>) -> Markup {
    let all = app.platform.rules().standards.by_id();
    let get = |name: &str| query.get(name).map(str::trim).unwrap_or_default();
    let (text, chosen) = (get("q").to_lowercase(), get("area"));
    let areas: BTreeSet<&str> = all.keys().filter_map(|id| id.split('.').next()).collect();
    let fits = |id: &str, versions: &[&Standard]| {
        let words = versions
            .iter()
            .map(|v| format!("{} {} {}", v.title, v.promise, v.source))
            .collect::<String>()
            .to_lowercase();
        (chosen.is_empty() || id.split('.').next() == Some(chosen))
            && text.split_whitespace().all(|word| words.contains(word) || id.contains(word))
    };
    let mut by_area: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (id, versions) in all.iter().filter(|(id, versions)| fits(id, versions)) {
        let line = row(app, id, versions, health.get(*id).copied().unwrap_or_default());
        by_area.entry(area(id)).or_default().push(line);
    }
    let found: usize = by_area.values().map(Vec::len).sum();
    html! {
        (shell::heading("Standards", Some("What is promised, by whom, and how it is kept"), None))
        (filters(query, &areas, found))
        @if by_area.is_empty() { (table("Standards", Vec::new())) }
        @for (name, rows) in by_area { (table(&name, rows)) }
        p.rt-muted { "After a source: ✔ the official text was read; ◐ a secondary source only; M no source checked yet; ? open or contradictory." }
    }
}

fn filters(query: &Query, areas: &BTreeSet<&str>, found: usize) -> Markup {
    let choices: Vec<Choice<'_>> = areas.iter().map(|key| Choice::new(*key, area(key))).collect();
    let get = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let mut bar = FilterBar::new(query)
        .field(forms::text(Field::new("q", "Find a standard").value(get("q"))))
        .field(select(Field::new("area", "Area").value(get("area")), Some("All areas"), &choices))
        .result(format!("{found} standard{}", if found == 1 { "" } else { "s" }));
    if !get("q").is_empty() {
        bar = bar.chip(format!("Contains: {}", get("q")), "q", &get("q"));
    }
    if !get("area").is_empty() {
        bar = bar.chip(format!("Area: {}", area(&get("area"))), "area", &get("area"));
    }
    bar.render()
}

fn table(caption: &str, rows: Vec<Row>) -> Markup {
    let columns = vec![
        Column::new("Standard"),
        Column::new("Source").desk_only(),
        Column::number("Target"),
        Column::number("Running"),
        Column::number("At risk"),
        Column::number("Overdue"),
    ];
    Table::new(caption, columns).rows(rows).empty(html! { p { "No standard fits. Search for another word." } }).render()
}

fn row(app: &App, id: &str, versions: &[&Standard], health: Health) -> Row {
    let ahead = is_ahead(versions);
    let today = app.platform.now().day();
    let current = versions.iter().find(|version| version.in_force(today)).or(versions.last());
    let title = current.map_or(id, |version| version.title.as_str());
    let target = current.and_then(|version| version.target.as_ref());
    let running = health.running + health.due_today + health.at_risk + health.paused;
    let many = versions.len();
    Row::new(vec![
        html! { (title) },
        html! {
            (current.map_or("", |version| version.source.as_str())) " "
            (current.map(|version| version.confidence.to_string()).unwrap_or_default())
            @if many > 1 { " " span.rt-muted { (many) " versions" } }
        },
        html! {
            @match target {
                Some(target) => { a href=(format!("/figures/{id}")) { (target.percent) "%" } },
                None => "–",
            }
        },
        html! { @if ahead { (tag(Tone::Neutral, "Declared ahead")) } @else { (running) } },
        html! { @if !ahead { (health.at_risk + health.due_today) } },
        html! { @if health.breached > 0 { (tag(Tone::Danger, &health.breached.to_string())) } @else if !ahead { "0" } },
    ])
    .href(format!("/standards/{id}"))
    .urgent(health.breached > 0)
}
