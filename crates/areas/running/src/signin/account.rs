//! The own account: name, role, password, sessions.

use super::door;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, guard, pages};
use rooftree_kernel::{FieldErrors, UserId};
use rooftree_platform::{
    Error,
    signin::{passwords, second, sessions, users},
};
use rooftree_ui::{
    forms::{self, Field},
    shell, summary,
};

/// Who I am, and how I sign in.
pub async fn show(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let body = body(&app, &session, &FieldErrors::default()).await?;
    Ok(pages::show(&headers, pages::page(&app, &session, "/account", "Your account", body)))
}

/// A new password, for whoever knows the present one. All other sessions end.
pub async fn change_password(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    form: Form,
) -> PageResult {
    let user = own(&session)?;
    match users::change_own_password(&app.platform, &session.actor, user, form.raw("current"), form.raw("password"))
        .await
    {
        Ok(()) => {
            if let Some(token) = guard::cookie(&headers, sessions::COOKIE) {
                sessions::close_others(&app.platform, user, token).await?;
            }
            let mut response = pages::done("/account", "Your password is changed. Other sessions were ended.");
            // What made this device known was signed with the old one.
            door::remember_device(&app, &mut response, user).await?;
            Ok(response)
        }
        Err(Error::Invalid(errors)) => refused(&app, &session, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// Ends every session but this one.
pub async fn end_sessions(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    if let Some(token) = guard::cookie(&headers, sessions::COOKIE) {
        sessions::close_others(&app.platform, own(&session)?, token).await?;
    }
    Ok(pages::done("/account", "All other sessions were ended."))
}

/// The user behind a session; a session always has one.
pub fn own(session: &sessions::Session) -> Result<UserId, Error> {
    session.actor.user.ok_or(Error::NotFound("your account"))
}

async fn refused(app: &App, session: &sessions::Session, errors: &FieldErrors) -> PageResult<Response> {
    let page =
        pages::page(app, session, "/account", "Your account", body(app, session, errors).await?).has_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
}

async fn body(app: &App, session: &sessions::Session, errors: &FieldErrors) -> Result<Markup, Error> {
    let open = sessions::count(&app.platform, own(session)?).await?;
    let codes = second::codes_left(&app.platform, own(session)?).await?;
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading("Your account", None, None))
        (summary::panel("You", None, summary::list(&[
            summary::Item::text("Name", &session.actor.name),
            summary::Item::text("E-mail address", &session.email),
            summary::Item::text("Role", &session.role_title),
        ])))
        (summary::panel("Sessions", None, html! {
            p { "You are signed in on " (open) @if open == 1 { " device." } @else { " devices." } }
            @if open > 1 { (forms::action("/account/sessions/end", &session.csrf, "End all others", &[])) }
        }))
        (summary::panel("Second factor", None, html! {
            @if session.has_second_factor {
                p { (summary::tag(summary::Tone::Success, "Set up")) " Signing in needs a code from your phone. " (codes) " recovery codes are left." }
                (forms::form("/account/second-factor/codes", &session.csrf, html! {
                    (forms::one_time_code(Field::new("code", "Code from your authenticator app")))
                    (forms::buttons(&[
                        forms::secondary("Make new recovery codes", None),
                        html! { button.govuk-button.govuk-button--warning type="submit" formaction="/account/second-factor/remove" { "Remove the second factor" } },
                    ]))
                }))
            } @else {
                p { "With a second factor, a stolen password alone opens nothing." }
                (forms::secondary_link("Set up a second factor", "/account/second-factor"))
            }
        }))
        (summary::panel("Change your password", None, forms::form("/account/password", &session.csrf, html! {
            (forms::password(Field::new("current", "Present password").errors(errors).autocomplete("current-password")))
            (forms::password(Field::new("password", "New password").errors(errors).autocomplete("new-password")
                .hint(format!("At least {} characters. Three random words are good.", passwords::LENGTH_MIN))))
            (forms::submit("Change password"))
        })))
    })
}
