//! What was imported so far.

use super::views;
use axum::{extract::State, http::HeaderMap};
use maud::html;
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_kernel::Moment;
use rooftree_platform::imports::batches::{self, Batch};
use rooftree_ui::{
    Query, forms, shell,
    tables::{self, Column, Row, Table},
};

/// Imports on one page.
const PAGE: i64 = 50;

/// The history.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let before = query.get("before").and_then(|micros| micros.parse().ok()).map(Moment::from_micros);
    let mut batches = batches::list(&app.platform, before, PAGE + 1).await?;
    let more = batches.len() as i64 > PAGE;
    batches.truncate(PAGE as usize);
    let next = batches
        .last()
        .filter(|_| more)
        .map(|batch| Query::new("/imports").with("before", batch.created_at.as_micros().to_string()).href());
    let now = app.platform.now();
    let rows = batches.into_iter().map(|batch| row(&app, &batch.as_it_stands(now))).collect();
    let columns = vec![
        Column::new("File"),
        Column::new("What"),
        Column::new("From"),
        Column::new("When").nowrap(),
        Column::new("State"),
        Column::number("Rows"),
        Column::number("New"),
        Column::number("Changed"),
        Column::number("Refused"),
    ];
    let body = html! {
        (shell::heading("Imports", None, Some(forms::button_link("Import a file", "/imports/new"))))
        (Table::new("Imports so far", columns).caption_hidden().rows(rows).empty(html! {
            p { "Nothing was imported yet. Bring a CSV or Excel file of homes, people, tenancies or repairs: a dry run shows what would happen before anything is written." }
        }).render())
        (tables::cursor_pages("", before.map(|_| "/imports"), next.as_deref()))
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/imports", "Imports", body)))
}

fn row(app: &App, batch: &Batch) -> Row {
    Row::new(vec![
        html! { (batch.file_name) },
        html! { (views::target_title(app, &batch.target)) },
        html! { (batch.source) },
        html! { (batch.created_at.short()) br; span.rt-muted { (batch.created_by) } },
        views::status(batch.status),
        html! { (batch.total) },
        html! { (batch.created) },
        html! { (batch.updated) },
        html! { (batch.bad) },
    ])
    .href(format!("/imports/{}", batch.id))
}
