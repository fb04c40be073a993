//! Single sign-on by OpenID Connect: the browser goes to the organisation's own provider and comes back with a code. State, nonce and
//! the PKCE verifier stay on the server, behind a cookie that only this browser has. A role that requires a second factor is asked for
//! it here too: we cannot see whether the provider asked for one.

use super::{
    door::{self, STEP_COOKIE},
    web,
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use rooftree_frame::{App, Asked, PageResult, guard, pages};
use rooftree_platform::{
    Error,
    signin::{external, pending, users},
};

/// Off to the provider.
pub async fn leave(State(app): State<App>, Asked(query): Asked) -> PageResult {
    let provider = app.platform.ports().identity.clone().ok_or(Error::NotFound("single sign-on"))?;
    let start = match provider.start(&return_address(&app)).await {
        Ok(start) => start,
        Err(reason) => return Ok(failed("start", &reason)),
    };
    let token =
        pending::hold_external(&app.platform, &start, door::local_path(query.get("next").unwrap_or("/"))).await?;
    let mut response = Redirect::to(&start.url).into_response();
    door::set_cookie(&app, &mut response, STEP_COOKIE, &token, "/sign-in", Some(pending::LIFETIME_SECONDS));
    Ok(response)
}

/// Back from the provider.
pub async fn arrive(State(app): State<App>, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let provider = app.platform.ports().identity.clone().ok_or(Error::NotFound("single sign-on"))?;
    let token = guard::cookie(&headers, STEP_COOKIE).unwrap_or_default();
    let state = query.get("state").unwrap_or_default();
    let Some(held) = pending::take_external(&app.platform, token, state).await? else {
        return Ok(failed("return", "the state did not match or the time was over"));
    };
    let Some(code) = query.get("code") else {
        return Ok(failed("return", "the provider sent no code"));
    };
    let identity = match provider.finish(&return_address(&app), code, &held.nonce, &held.pkce_verifier).await {
        Ok(identity) => identity,
        Err(reason) => return Ok(failed("finish", &reason)),
    };
    match external::user_of(&app.platform, &identity).await? {
        Some(user) => {
            let outcome = users::after_first_factor(&app.platform, user, door::device(&headers)).await?;
            web::go_on(&app, &headers, outcome, &held.next).await
        }
        None => Ok(refuse(
            "Your organisation knows you, but you are not a user here yet. Ask your administrator to add you.",
        )),
    }
}

fn return_address(app: &App) -> String {
    format!("{}/sign-in/oidc/return", app.platform.config().base_url)
}

/// What went wrong is for the log; the page says what to do.
fn failed(at: &str, reason: &str) -> Response {
    tracing::warn!(at, reason, "single sign-on failed");
    refuse(
        "Signing in through your organisation did not work. Try again; if it fails twice, tell your administrator the time.",
    )
}

fn refuse(message: &str) -> Response {
    pages::flash(Redirect::to("/sign-in").into_response(), "warning", message)
}
