//! One message: its words, and what became of it.

use super::{letters, list, sees_messages};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::html;
use rooftree_frame::{App, PageResult, Signed, cases, pages};
use rooftree_kernel::{CaseId, Moment, PersonId, PlaceId};
use rooftree_platform::{Error, jobs, messages::Medium};
use rooftree_ui::{forms, shell, summary};
use serde_json::json;
use uuid::Uuid;

struct Message {
    channel: String,
    template: String,
    person_id: Option<Uuid>,
    case_id: Option<Uuid>,
    home_id: Option<Uuid>,
    address: String,
    subject: String,
    body: String,
    status: String,
    held_reason: Option<String>,
    created_at: Moment,
    sent_at: Option<Moment>,
    delivered_at: Option<Moment>,
}

/// The message as it goes out.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(id): Path<String>) -> PageResult {
    let session = &signed.0;
    sees_messages(&session.actor.scope)?;
    let uuid: Uuid = id.parse().map_err(|_| Error::NotFound("the message"))?;
    let message = sqlx::query_as!(
        Message,
        r#"select channel, template, person_id, case_id, home_id, address, subject, body, status, held_reason,
                  created_at as "created_at: Moment", sent_at as "sent_at: Moment", delivered_at as "delivered_at: Moment"
           from message where id = $1"#,
        uuid
    )
    .fetch_optional(app.platform.reads())
    .await?
    .ok_or(Error::NotFound("the message"))?;
    // Its words tell of the case: they are for those who may see that.
    let readable = match message.case_id {
        Some(case) => cases::may_see(&app, &signed.caller(), CaseId(case)).await?,
        None => true,
    };
    let ids: Vec<Uuid> = [message.case_id, message.home_id, message.person_id].into_iter().flatten().collect();
    let references = list::named(&app.platform, &ids, None).await?;
    let moment = |at: Option<Moment>| at.map(|at| at.long()).unwrap_or_default();
    let stuck = matches!(message.status.as_str(), "held" | "failed") && session.actor.may(&super::RETRY);
    let mut items = vec![
        summary::Item::new(
            "State",
            html! { (list::state(&message.status)) @if let Some(reason) = &message.held_reason { " " (reason) } },
        ),
        summary::Item::text("To", message.address.replace('\n', ", ")),
        summary::Item::new(
            "About",
            html! {
                @for (_, reference) in &references { (summary::reference(reference, app.platform.registry().lookups.path_of(reference, &session.actor).as_deref())) " " }
            },
        ),
        summary::Item::text("Written", message.created_at.long()),
        summary::Item::text("Sent", moment(message.sent_at)),
    ];
    if message.delivered_at.is_some() {
        items.push(summary::Item::text("Delivered", moment(message.delivered_at)));
    }
    if readable && !message.subject.is_empty() {
        items.push(summary::Item::text("Subject", &message.subject));
    }
    let letter = match readable && message.channel == Medium::Letter.as_str() {
        true => Some(letters::panel(&app, &signed, uuid).await?),
        false => None,
    };
    let title = list::title(&app.platform, &message.template);
    let body = html! {
        (shell::heading(title, Some(&message.channel), None))
        (summary::list(&items))
        @if stuck { (forms::action(&format!("/messages/{id}/resend"), &session.csrf, "Send again", &[])) }
        @if let Some(letter) = letter { (letter) }
        @else if readable {
            h2 { "The words" }
            @for paragraph in message.body.split("\n\n") {
                p { @for (place, line) in paragraph.lines().enumerate() { @if place > 0 { br; } (line) } }
            }
        } @else { h2 { "The words" } p { "They belong to a case that your role may not open." } }
    };
    Ok(pages::show(&headers, pages::page(&app, session, "/messages", title, body).crumb("Messages", "/messages")))
}

/// Gives a held or failed message to the queue again.
pub async fn resend(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let uuid: Uuid = id.parse().map_err(|_| Error::NotFound("the message"))?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&super::RETRY)?;
    let now = ctx.now;
    let row = sqlx::query!(
        "update message set status = 'waiting', held_reason = null where id = $1 and status in ('held', 'failed')
         returning person_id, case_id, home_id",
        uuid
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("This message is neither held nor failed: there is nothing to send again."))?;
    ctx.enqueue("message", Some(&id), json!({ "message": uuid }), now).await?;
    jobs::supersede(&mut ctx, "message").await?;
    let mut fact = super::MESSAGES_RETRIED.at(now).with("message", uuid).with("count", 1);
    fact.case = row.case_id.map(CaseId);
    ctx.record(fact.home(row.home_id.map(PlaceId)).person(row.person_id.map(PersonId))).await?;
    ctx.commit().await?;
    Ok(pages::done(
        &format!("/messages/{id}"),
        "The message goes out again; a text waits for the end of the quiet hours.",
    ))
}
