//! Keeping a list, and the page on which they are renamed, shared and deleted.

use super::start::{address, is_open_to};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_platform::{
    Error,
    saved_lists::{self, SAVED_MAX, SavedList},
    signin::sessions::Session,
};
use rooftree_ui::{
    Query,
    forms::{self, Choice, Field, Size},
    shell, summary,
};
use uuid::Uuid;

/// GET `/saved-lists`
pub async fn show(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let kept = saved_lists::of(&app.platform, &session.actor, SAVED_MAX * 2).await?;
    let (own, shared): (Vec<&SavedList>, Vec<&SavedList>) = kept.iter().partition(|saved| saved.own);
    let body = html! {
        (shell::heading("Your lists", None, None))
        @if own.is_empty() { p { "You keep no list yet. Open a list, filter it, and choose ‘Keep this list’ beside what was found." } }
        @for saved in own { (one(&app, &session, saved)) }
        @let shared: Vec<_> = shared.into_iter().filter(|saved| is_open_to(&app, &session.actor, saved)).collect();
        @if !shared.is_empty() {
            h2 { "Shared with your role" }
            ul { @for saved in shared { li { a href=(address(saved)) { (saved.name) } } } }
        }
    };
    let page = pages::page(&app, &session, "/start", "Your lists", body).crumb("Start", "/start");
    Ok(pages::show(&headers, page))
}

fn one(app: &App, session: &Session, saved: &SavedList) -> Markup {
    let here = format!("/saved-lists/{}", saved.id);
    let roles = app.platform.rules().roles.all();
    let roles: Vec<Choice<'_>> = roles.map(|role| Choice::new(role.key.as_str(), role.title.as_str())).collect();
    let shared = saved.role.as_deref().unwrap_or_default();
    let title = html! { a href=(address(saved)) { "Open" span.govuk-visually-hidden { " " (saved.name) } } };
    summary::panel(
        &saved.name,
        Some(title),
        html! {
            (forms::form(&here, &session.csrf, html! {
                (forms::row(&[
                    forms::text(Field::new("name", "Name").value(saved.name.as_str()).size(Size::Chars20)),
                    forms::select(Field::new("role", "Shared with").value(shared), Some("Nobody"), &roles),
                ]))
                (forms::buttons(&[forms::secondary("Save", None)]))
            }))
            (forms::action(&format!("{here}/delete"), &session.csrf, "Delete", &[]))
        },
    )
}

/// POST `/saved-lists`: keeps what a list shows under a name.
pub async fn save(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult {
    let asked = form.raw("address");
    let (path, raw) = asked.split_once('?').unwrap_or((asked, ""));
    let list = app.list(path)?;
    if !session.actor.may(&list.permission) {
        return Err(Error::Forbidden(list.permission.clone()).into());
    }
    let query = Query::parse(path, raw).without("after").without("before").without("page").href();
    let kept = query.split_once('?').map_or("", |(_, kept)| kept);
    let mut ctx = app.platform.begin(&session.actor).await?;
    saved_lists::save(&mut ctx, form.get("keep_as"), path, kept).await?;
    ctx.commit().await?;
    Ok(pages::done(&query, "The list is kept: you find it on your start page."))
}

/// POST `/saved-lists/{id}`: another name, another role.
pub async fn change(State(app): State<App>, Signed(session): Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let role = Some(form.get("role")).filter(|role| !role.is_empty());
    let mut ctx = app.platform.begin(&session.actor).await?;
    saved_lists::change(&mut ctx, id, form.get("name"), role).await?;
    ctx.commit().await?;
    Ok(pages::done("/saved-lists", "The list is saved."))
}

/// POST `/saved-lists/{id}/delete`
pub async fn remove(State(app): State<App>, Signed(session): Signed, Path(id): Path<Uuid>) -> PageResult {
    let mut ctx = app.platform.begin(&session.actor).await?;
    saved_lists::remove(&mut ctx, id).await?;
    ctx.commit().await?;
    Ok(pages::done("/saved-lists", "The list is deleted."))
}
