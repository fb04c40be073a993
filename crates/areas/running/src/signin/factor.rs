//! The second factor in one's own account: set up, new recovery codes, remove. Each needs a code that the app shows now, so that a
//! browser left open is not enough.

use super::{account::own, door, views};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rooftree_frame::{App, Form, PageResult, Signed, guard, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    signin::{
        second::{self, Checked},
        sessions::{self, Session},
    },
};

/// The set-up page.
pub async fn show(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    set_up_page(&app, &session, browser(&headers), &FieldErrors::default()).await
}

/// The browser, known by its session.
fn browser(headers: &HeaderMap) -> &str {
    guard::cookie(headers, sessions::COOKIE).unwrap_or_default()
}

/// The first code comes in; the recovery codes are shown, once.
pub async fn confirm(State(app): State<App>, Signed(session): Signed, headers: HeaderMap, form: Form) -> PageResult {
    let user = own(&session)?;
    let token = browser(&headers);
    match second::confirm(&app.platform, &session.actor, user, token, form.get("code")).await {
        Ok(codes) => {
            // Sessions opened without the factor end; this one goes on as one that has proved it.
            sessions::close_others(&app.platform, user, token).await?;
            sessions::mark_second_factor(&app.platform, token).await?;
            Ok(codes_page(&app, &session, &codes))
        }
        Err(Error::Invalid(errors)) => set_up_page(&app, &session, token, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// New recovery codes; the old ones are void.
pub async fn new_codes(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult {
    let user = own(&session)?;
    prove(&app, &session, &form).await?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    let codes = second::new_recovery_codes(&mut ctx, user).await?;
    ctx.commit().await?;
    Ok(codes_page(&app, &session, &codes))
}

/// Takes the factor away, unless the role requires it.
pub async fn remove(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult {
    let user = own(&session)?;
    if app.platform.rules().roles.get(&session.actor.role).is_some_and(|role| role.second_factor) {
        return Err(Error::conflict(
            "Your role requires a second factor, so it stays. Lost your phone? Your administrator can reset it.",
        )
        .into());
    }
    prove(&app, &session, &form).await?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    second::remove(&mut ctx, user).await?;
    ctx.commit().await?;
    Ok(pages::done("/account", "Your second factor is removed."))
}

async fn prove(app: &App, session: &Session, form: &Form) -> Result<(), Error> {
    match second::check(&app.platform, own(session)?, form.get("code"), None).await? {
        Checked::Right => Ok(()),
        Checked::Wrong => {
            Err(Error::field("code", "this code is not right, or was used already: go back and wait for the next one"))
        }
        Checked::Locked(until) => {
            Err(Error::conflict(format!("Too many wrong codes. Try again after {}.", until.time())))
        }
    }
}

async fn set_up_page(app: &App, session: &Session, browser: &str, errors: &FieldErrors) -> PageResult<Response> {
    let set_up = second::begin(&app.platform, own(session)?, browser).await?;
    let body = views::set_up("/account/second-factor", &session.csrf, &set_up, false, errors)?;
    let page =
        pages::page(app, session, "/account", "Set up your second factor", body).crumb("Your account", "/account");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = (status, page.has_errors(!errors.is_empty()).render()).into_response();
    door::no_store(&mut response);
    Ok(response)
}

fn codes_page(app: &App, session: &Session, codes: &[String]) -> Response {
    let body = views::recovery_codes(codes, "/account");
    let mut response = pages::page(app, session, "/account", "Keep your recovery codes", body).render().into_response();
    door::no_store(&mut response);
    response
}
