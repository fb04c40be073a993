//! Letters that we print and post ourselves.

use super::{WRITE, letters::file, sees_messages};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, PageResult, Signed, pages};
use rooftree_platform::{
    Error, Result, documents,
    letters::batches::{self, Batch, LETTERS_MAX},
};
use rooftree_ui::{
    forms, shell,
    summary::{self, Item, Tone},
    tables::{Column, Row, Table},
};
use uuid::Uuid;

/// Batches on the page.
const LATEST: i64 = 50;

/// GET `/messages/batches`
pub async fn list(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let found = batches::latest(&app.platform, LATEST).await?;
    let held =
        sqlx::query_scalar!(r#"select count(*) as "held!" from message where status = 'held' and channel = 'letter'"#)
            .fetch_one(app.platform.reads())
            .await?;
    let columns =
        vec![Column::new("Begun").nowrap(), Column::new("By"), Column::number("Letters"), Column::new("State")];
    let row = |batch: &Batch| {
        Row::new(vec![
            html! { (batch.made_at.short()) },
            html! { (batch.made_by) },
            html! { (batch.letters) },
            state(batch),
        ])
        .href(format!("/messages/batches/{}", batch.id))
    };
    let body = html! {
        (shell::heading("Letters to post", None, None))
        p { "Letters that nothing sends for us are printed here: each as a PDF for its case, and all in one file for the printer." }
        @if held == 0 { p { "No letter is held now." } }
        @else {
            p { (held) @if held == 1 { " letter is held." } @else { " letters are held." } @if held > LETTERS_MAX { " A batch takes " (LETTERS_MAX) " of them, the oldest first." } }
            (forms::action("/messages/batches", &session.csrf, "Print the held letters", &[]))
        }
        (Table::new("Batches", columns).rows(found.iter().map(row).collect()).empty(html! { p { "No letters have been printed yet." } }).render())
    };
    let page = pages::page(&app, &session, "/messages", "Letters to post", body).crumb("Messages", "/messages");
    Ok(pages::show(&headers, page))
}

/// POST `/messages/batches`
pub async fn begin(State(app): State<App>, Signed(session): Signed) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&WRITE)?;
    let id = batches::begin(&mut ctx).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/messages/batches/{id}"), "The letters are being printed."))
}

/// GET `/messages/batches/{id}`
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let batch = batches::get(&app.platform, id_of(&id)?).await?;
    let body = html! {
        (shell::heading("Letters to post", Some(&batch.made_at.long()), None))
        (progress(&batch, false))
        @if batch.document_id.is_some() && batch.posted_at.is_none() {
            p { "When they are in the post, say so: each letter then counts as sent, and stays with its case as it lay in its envelope." }
            (forms::action(&format!("/messages/batches/{id}/posted"), &session.csrf, "They are posted", &[]))
        }
    };
    let page = pages::page(&app, &session, "/messages", "Letters to post", body);
    let page = page.crumb("Messages", "/messages").crumb("Letters to post", "/messages/batches");
    Ok(pages::show(&headers, page))
}

/// GET `/messages/batches/{id}/state`: what the page polls while the letters are being printed.
pub async fn fragment(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    sees_messages(&session.actor.scope)?;
    Ok(progress(&batches::get(&app.platform, id_of(&id)?).await?, true).into_response())
}

/// GET `/messages/batches/{id}/letters.pdf`: the print file.
pub async fn print_file(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let batch = batches::get(&app.platform, id_of(&id)?).await?;
    let document = batch.document_id.ok_or(Error::NotFound("the print file"))?;
    Ok(file(documents::bytes(&app.platform, document, false).await?, "letters.pdf"))
}

/// POST `/messages/batches/{id}/posted`
pub async fn posted(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&WRITE)?;
    let many = batches::posted(&mut ctx, id_of(&id)?).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/messages/batches/{id}"), &format!("{many} letters count as sent.")))
}

fn id_of(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound("the batch"))
}

fn state(batch: &Batch) -> Markup {
    let (tone, words) = match (batch.is_printing(), batch.document_id, batch.posted_at) {
        (_, _, Some(_)) => (Tone::Success, "Posted"),
        (true, ..) => (Tone::Info, "Being printed"),
        (false, Some(_), None) => (Tone::Warning, "To be posted"),
        (false, None, None) => (Tone::Danger, "None could be printed"),
    };
    summary::tag(tone, words)
}

/// Where it stands; it asks for itself again while the worker is at it.
fn progress(batch: &Batch, polled: bool) -> Markup {
    let poll = batch.is_printing().then(|| format!("/messages/batches/{}/state", batch.id));
    let mut items = vec![
        Item::new("State", state(batch)),
        Item::text("Begun by", &batch.made_by),
        Item::text("Printed", format!("{} of {}", batch.printed, batch.letters)),
    ];
    if batch.refused > 0 {
        let refused = html! {
            (batch.refused) " could not be printed and are held again, each with its reason: "
            a href="/messages?status=held&channel=letter" { "held letters" }
        };
        items.push(Item::new("Not printed", refused));
    }
    if batch.document_id.is_some() {
        let href = format!("/messages/batches/{}/letters.pdf", batch.id);
        items.push(Item::new("For the printer", html! { a href=(href) { "All letters in one file (PDF)" } }));
    }
    if let (Some(at), Some(by)) = (batch.posted_at, &batch.posted_by) {
        items.push(Item::text("Posted", format!("{}, noted by {by}", at.long())));
    }
    html! {
        div data-poll-url=[poll.as_deref()] data-poll-seconds=[poll.as_ref().map(|_| "2")] {
            (summary::list(&items))
            // What comes by polling leads on to the whole page.
            @if polled && poll.is_none() { div role="status" { (forms::button_link("Continue", &format!("/messages/batches/{}", batch.id))) } }
        }
    }
}
