//! The second step: a code of the authenticator app or a recovery code, or the set-up that the role requires.

use super::{
    door::{self, Origin, STEP_COOKIE},
    views, web,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use rooftree_frame::{App, Form, PageResult, guard, pages};
use rooftree_kernel::{Actor, Channel, FieldErrors};
use rooftree_platform::{
    Error,
    signin::{
        limits, pending,
        second::{self, Checked},
    },
};

/// The page that asks for a code.
pub async fn ask(State(app): State<App>, headers: HeaderMap) -> PageResult {
    match under_way(&app, &headers).await? {
        Some(_) => Ok(card(&app, "Check that it is you", views::code(&FieldErrors::default()), StatusCode::OK)),
        None => Ok(start_over()),
    }
}

/// A code comes in.
pub async fn check(State(app): State<App>, origin: Origin, headers: HeaderMap, form: Form) -> PageResult {
    let tries = format!("sign-in:{}", origin.0);
    limits::count(&app.platform, &tries, app.platform.config().sign_in_per_minute_max).await?;
    let token = guard::cookie(&headers, STEP_COOKIE).unwrap_or_default();
    let Some(held) = pending::attempt(&app.platform, token).await? else { return Ok(start_over()) };
    let (code, recovery, device) = (form.get("code"), form.get("recovery"), door::device(&headers));
    let (checked, field, left) = if recovery.is_empty() {
        (second::check(&app.platform, held.user, code, device).await?, "code", None)
    } else {
        let (checked, left) = second::recover(&app.platform, held.user, recovery, device).await?;
        (checked, "recovery", Some(left))
    };
    let message = match checked {
        Checked::Right => {
            limits::forgive(&app.platform, &tries).await?;
            if !pending::end(&app.platform, token).await? {
                return Ok(start_over());
            }
            let response = web::admit(&app, &headers, held.user, true, &held.next).await?;
            return Ok(match left {
                Some(left) => pages::flash(
                    response,
                    "warning",
                    &format!("You used a recovery code. {left} are left; make new ones in your account."),
                ),
                None => response,
            });
        }
        Checked::Wrong if field == "code" => {
            "This code is not right, or was used already. Wait for the next one".to_owned()
        }
        Checked::Wrong => "This recovery code is not right, or was used already".to_owned(),
        Checked::Locked(until) => {
            format!("Too many wrong codes. Sign in again after {}, or ask your administrator", until.time())
        }
    };
    let errors = FieldErrors::one(field, message);
    Ok(card(&app, "Check that it is you", views::code(&errors), StatusCode::UNPROCESSABLE_ENTITY))
}

/// The page on which a role that requires a second factor sets it up.
pub async fn show_set_up(State(app): State<App>, headers: HeaderMap) -> PageResult {
    match under_way(&app, &headers).await? {
        Some(held) => {
            let token = guard::cookie(&headers, STEP_COOKIE).unwrap_or_default();
            let set_up = second::begin(&app.platform, held.user, token).await?;
            let body = views::set_up("/sign-in/set-up", "", &set_up, true, &FieldErrors::default())?;
            Ok(card(&app, "Set up your second factor", body, StatusCode::OK))
        }
        None => Ok(start_over()),
    }
}

/// The first code of a new authenticator: the set-up is done and the browser is in. The recovery codes are shown here, once.
pub async fn finish_set_up(State(app): State<App>, origin: Origin, headers: HeaderMap, form: Form) -> PageResult {
    limits::count(&app.platform, &format!("sign-in:{}", origin.0), app.platform.config().sign_in_per_minute_max)
        .await?;
    let token = guard::cookie(&headers, STEP_COOKIE).unwrap_or_default();
    let Some(held) = pending::attempt(&app.platform, token).await? else { return Ok(start_over()) };
    let mut actor = Actor::system(Channel::Web);
    actor.user = Some(held.user);
    match second::confirm(&app.platform, &actor, held.user, token, form.get("code")).await {
        Ok(codes) => {
            if !pending::end(&app.platform, token).await? {
                return Ok(start_over());
            }
            let admitted = web::admit(&app, &headers, held.user, true, &held.next).await?;
            let mut response =
                card(&app, "Keep your recovery codes", views::recovery_codes(&codes, &held.next), StatusCode::OK);
            for cookie in admitted.headers().get_all(axum::http::header::SET_COOKIE) {
                response.headers_mut().append(axum::http::header::SET_COOKIE, cookie.clone());
            }
            Ok(response)
        }
        Err(Error::Invalid(errors)) => {
            let set_up = second::begin(&app.platform, held.user, token).await?;
            let body = views::set_up("/sign-in/set-up", "", &set_up, true, &errors)?;
            Ok(card(&app, "Set up your second factor", body, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error.into()),
    }
}

async fn under_way(app: &App, headers: &HeaderMap) -> Result<Option<pending::Pending>, Error> {
    match guard::cookie(headers, STEP_COOKIE) {
        Some(token) => pending::find(&app.platform, token).await,
        None => Ok(None),
    }
}

/// The time or the tries are used up: back to the first step.
fn start_over() -> Response {
    pages::flash(Redirect::to("/sign-in").into_response(), "warning", "Please sign in again from the start.")
}

fn card(app: &App, title: &str, body: Markup, status: StatusCode) -> Response {
    let page = pages::public_page(app, title, body).has_errors(!status.is_success());
    let mut response = (status, page.bare()).into_response();
    door::no_store(&mut response);
    response
}
