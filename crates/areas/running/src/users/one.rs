//! One user, and what helps them.

use super::{edit, list};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::html;
use rooftree_frame::{App, PageResult, Signed, pages};
use rooftree_kernel::UserId;
use rooftree_platform::{
    Ctx, Error, Result,
    signin::{admin, sessions::Session},
};
use rooftree_ui::{forms, shell, summary};

/// The id in an address.
pub fn id_of(text: &str) -> Result<UserId> {
    text.parse().map_err(|_| Error::NotFound("the user"))
}

/// Who they are, what they see, how they sign in.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    let user = admin::get(&app.platform, id_of(&id)?).await?;
    let links = edit::link_names(&app.platform, &user).await?;
    let act = |step: &str, label: &str| forms::action(&format!("/users/{id}/{step}"), &session.csrf, label, &[]);
    let locked = user.locked_until.is_some_and(|until| until > app.platform.now());
    let mut items = vec![
        summary::Item::text("E-mail address", &user.email),
        summary::Item::text("Role", list::role_title(&app.platform, &user.role))
            .action("Change", format!("/users/{id}/edit")),
        summary::Item::new("Sign-in", list::state(&user, app.platform.now())),
        summary::Item::text("Added", user.created_at.long()),
        summary::Item::text("Last signed in", user.last_sign_in_at.map(|at| at.long()).unwrap_or_default()),
    ];
    items.extend(links.into_iter().map(|(label, name)| summary::Item::text(label, name)));
    let mut help = vec![act("password", "Make a new password")];
    if locked {
        help.insert(0, act("unlock", "Lift the lock"));
    }
    if user.second_factor {
        help.push(act("second-factor", "Reset the second factor"));
    }
    help.push(if user.disabled_at.is_some() { act("enable", "Let in again") } else { act("disable", "Disable") });
    let body = html! {
        (shell::heading(&user.name, Some("User"), Some(forms::secondary_link("Change", &format!("/users/{id}/edit")))))
        (summary::panel("Who they are", None, summary::list(&items)))
        (summary::panel("Help", None, html! {
            (forms::buttons(&help))
            p.rt-muted { "A new password and a reset end all sessions of this user. Disabling does too; what they recorded stays." }
        }))
    };
    let page = pages::page(&app, &session, "/users", user.name.as_str(), body).crumb("Users", "/users");
    Ok(pages::show(&headers, page))
}

async fn ctx(app: &App, session: &Session) -> Result<Ctx> {
    app.platform.begin(&session.actor).await
}

/// Shuts out.
pub async fn disable(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let user = id_of(&id)?;
    if session.actor.user == Some(user) {
        return Err(Error::conflict("You cannot disable yourself: ask another administrator.").into());
    }
    let mut ctx = ctx(&app, &session).await?;
    admin::set_disabled(&mut ctx, user, true).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/users/{id}"), "This user can no longer sign in."))
}

/// Lets in again.
pub async fn enable(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let mut ctx = ctx(&app, &session).await?;
    admin::set_disabled(&mut ctx, id_of(&id)?, false).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/users/{id}"), "This user can sign in again."))
}

/// Lifts a lock.
pub async fn unlock(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let mut ctx = ctx(&app, &session).await?;
    admin::unlock(&mut ctx, id_of(&id)?).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/users/{id}"), "The lock is lifted."))
}

/// Makes a new password and shows it, once.
pub async fn reset_password(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<String>,
) -> PageResult<Response> {
    let user = admin::get(&app.platform, id_of(&id)?).await?;
    let mut ctx = ctx(&app, &session).await?;
    let password = admin::reset_password(&mut ctx, user.id).await?;
    ctx.commit().await?;
    Ok(show_password(&app, &session, &user.name, &id, &password))
}

/// The one page on which a password that we made is seen.
pub fn show_password(app: &App, session: &Session, name: &str, id: &str, password: &str) -> Response {
    let body = html! {
        (shell::heading("A new password", Some(name), None))
        p { "Give it to them in person or by phone. It is not shown again; they can change it in their account." }
        p { code.rt-code-text { (password) } (forms::copy_button(password)) }
        (forms::button_link("Done", &format!("/users/{id}")))
    };
    let page = pages::page(app, session, "/users", "A new password", body).crumb("Users", "/users");
    let mut response = page.render().into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Takes a lost second factor away.
pub async fn reset_second_factor(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<String>,
) -> PageResult {
    let mut ctx = ctx(&app, &session).await?;
    admin::reset_second_factor(&mut ctx, id_of(&id)?).await?;
    ctx.commit().await?;
    Ok(pages::done(
        &format!("/users/{id}"),
        "The second factor is removed. Make sure that it was really they who asked.",
    ))
}
