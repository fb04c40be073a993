//! Who read what is sensitive, and why.

use axum::{extract::State, http::HeaderMap};
use maud::html;
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_platform::journal::search::{self, PAGE};
use rooftree_ui::{
    filters::FilterBar,
    forms::{self, Field},
    shell, summary,
    tables::{self, Column, Row, Table},
};

/// The list, newest first.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
    let (reader, about) = (given("by"), given("about").map(str::to_uppercase));
    let before = given("before").and_then(|value| value.parse().ok());
    let mut readings = search::readings(&app.platform, reader, about.as_deref(), before).await?;
    let more = readings.len() as i64 > PAGE;
    readings.truncate(PAGE as usize);
    let references = search::references_of(&app.platform, &readings).await?;
    let lookups = &app.platform.registry().lookups;
    let sees_reasons = super::sees_reasons(&session.actor);
    let rows = readings.iter().map(|reading| {
        let reference = reading.person_id.or(reading.home_id).and_then(|id| references.get(&id));
        Row::new(vec![
            html! { (reading.read_at.short()) },
            html! { (reading.user_name) },
            html! { (reading.what) },
            html! { @if let Some(reference) = reference { (summary::reference(reference, lookups.path_of(reference, &session.actor).as_deref())) } },
            html! { @if sees_reasons { (reading.reason) } @else { span.rt-muted { (super::WITHHELD) } } },
        ])
    });
    let columns = vec![
        Column::new("When").nowrap(),
        Column::new("Who"),
        Column::new("What"),
        Column::new("About"),
        Column::new("Reason given"),
    ];
    let mut bar = FilterBar::new(&query)
        .field(forms::text(Field::new("by", "Read by").value(reader.unwrap_or_default())))
        .field(forms::text(
            Field::new("about", "About").hint("Reference, like N-50001").value(about.clone().unwrap_or_default()),
        ));
    for (name, label) in [("by", "Read by"), ("about", "About")] {
        if let Some(value) = given(name) {
            bar = bar.chip(format!("{label}: {value}"), name, value);
        }
    }
    let next =
        readings.last().filter(|_| more).map(|reading| query.clone().with("before", reading.id.to_string()).href());
    let body = html! {
        (shell::heading("Who read what is sensitive", None, None))
        (bar.render())
        (Table::new("Readings", columns).caption_hidden().rows(rows.collect()).empty(html! { p { "Nobody read anything sensitive that fits." } }).render())
        (tables::cursor_pages("", before.map(|_| query.clone().without("before").href()).as_deref(), next.as_deref()))
    };
    let page = pages::page(&app, &session, "/journal", "Who read what", body).crumb("Journal", "/journal");
    Ok(pages::show(&headers, page))
}
