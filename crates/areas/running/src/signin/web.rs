//! In, out and the way to the own start page.

use super::{
    door::{self, Origin, STEP_COOKIE},
    views,
};
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use rooftree_frame::{
    App, Asked, Caller, Form, PageResult,
    guard::{self, Signed},
    kept, pages,
};
use rooftree_kernel::{FieldErrors, UserId};
use rooftree_platform::signin::{
    limits, pending, sessions,
    users::{self, Outcome},
};

/// `/`: the role's own start page, or the sign-in page.
pub async fn home(caller: Option<Extension<Caller>>) -> Response {
    let landing = caller.and_then(|Extension(caller)| caller.session).map(|session| session.landing.clone());
    Redirect::to(landing.as_deref().unwrap_or("/sign-in")).into_response()
}

/// The sign-in page.
pub async fn show(
    State(app): State<App>,
    caller: Option<Extension<Caller>>,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let next = door::local_path(query.get("next").unwrap_or("/"));
    if caller.is_some_and(|Extension(caller)| caller.session.is_some()) {
        return Ok(Redirect::to(next).into_response());
    }
    Ok(page(&app, &headers, "", next, &FieldErrors::default()))
}

/// What was typed while the session ended.
pub async fn kept(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<uuid::Uuid>,
) -> PageResult {
    kept::page(&app, &session, &headers, id).await
}

/// E-mail and password come in.
pub async fn enter(State(app): State<App>, origin: Origin, headers: HeaderMap, form: Form) -> PageResult {
    let (email, next) = (form.get("email"), door::local_path(form.get("next")));
    let tries = format!("sign-in:{}", origin.0);
    limits::count(&app.platform, &tries, app.platform.config().sign_in_per_minute_max).await?;
    let mut errors = FieldErrors::default();
    form.text("email", "Enter your e-mail address", 200, &mut errors);
    // A password is taken as it was typed: blanks at its ends belong to it.
    let password = form.raw("password");
    if password.is_empty() {
        errors.add("password", "Enter your password");
    }
    if !errors.is_empty() {
        return Ok(page(&app, &headers, email, next, &errors));
    }
    match users::check_password(&app.platform, email, password, door::device(&headers)).await? {
        Outcome::Refused => {
            errors.add("password", "The e-mail address or the password is not right");
            Ok(page(&app, &headers, email, next, &errors))
        }
        Outcome::Locked(until) => {
            errors.add(
                "password",
                format!("Too many wrong passwords. Try again after {}, or ask your administrator", until.time()),
            );
            Ok(page(&app, &headers, email, next, &errors))
        }
        outcome => {
            limits::forgive(&app.platform, &tries).await?;
            go_on(&app, &headers, outcome, next).await
        }
    }
}

/// After the first factor: in, or on to the second step.
pub async fn go_on(app: &App, headers: &HeaderMap, outcome: Outcome, next: &str) -> PageResult {
    let (user, step) = match outcome {
        Outcome::In(user) => return Ok(admit(app, headers, user, false, next).await?),
        Outcome::NeedsCode(user) => (user, "/sign-in/code"),
        Outcome::NeedsSetUp(user) => (user, "/sign-in/set-up"),
        Outcome::Refused | Outcome::Locked(_) => {
            let back = Redirect::to("/sign-in").into_response();
            return Ok(pages::flash(back, "warning", "This account cannot sign in now. Ask your administrator."));
        }
    };
    let token = pending::hold(&app.platform, user, next).await?;
    let mut response = Redirect::to(step).into_response();
    door::set_cookie(app, &mut response, STEP_COOKIE, &token, "/sign-in", Some(pending::LIFETIME_SECONDS));
    Ok(response)
}

/// Opens a new session, whatever the browser came with, and sends it on its way.
pub async fn admit(
    app: &App,
    headers: &HeaderMap,
    user: UserId,
    second_factor: bool,
    next: &str,
) -> rooftree_platform::Result<Response> {
    end_former(app, headers).await?;
    let token = sessions::open(&app.platform, user, second_factor).await?;
    let mut response = Redirect::to(door::local_path(next)).into_response();
    door::admit(app, &mut response, &token);
    door::remember_device(app, &mut response, user).await?;
    Ok(response)
}

/// Ends the session the browser came with, so that no old token outlives a new sign-in.
pub async fn end_former(app: &App, headers: &HeaderMap) -> rooftree_platform::Result<()> {
    match guard::cookie(headers, sessions::COOKIE) {
        Some(token) => sessions::close(&app.platform, token).await,
        None => Ok(()),
    }
}

/// Signs out: the session is removed on the server, the cookie in the browser.
pub async fn leave(State(app): State<App>, Signed(_): Signed, headers: HeaderMap) -> PageResult {
    end_former(&app, &headers).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    door::set_cookie(&app, &mut response, sessions::COOKIE, "", "/", Some(0));
    Ok(response)
}

fn page(app: &App, headers: &HeaderMap, email: &str, next: &str, errors: &FieldErrors) -> Response {
    let body = views::sign_in(email, next, errors, app.platform.ports().identity.is_some());
    let page = pages::public_page(app, "Sign in", body).has_errors(!errors.is_empty());
    let mut response = pages::show_bare(headers, page);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}
