//! The guard in front of every route: who calls, may they, and did the request come from our own pages.

use crate::{
    App,
    errors::{PageError, Shown},
    exports, kept, pages,
    routes::{Access, Route},
    twice,
};
use axum::{
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use rooftree_kernel::{Actor, Scope};
use rooftree_platform::{
    Error,
    signin::{
        form_token,
        sessions::{self, COOKIE, Session},
        tokens,
    },
};
use std::sync::Arc;

/// The largest form that is not an upload, in bytes.
pub const FORM_BYTES_MAX: usize = 1024 * 1024;

/// Whoever calls: their actor, and the session when they came with a cookie.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// The browser session; `None` for an API token.
    pub session: Option<Arc<Session>>,
}

impl Caller {
    /// Whose rows.
    pub fn scope(&self) -> &Scope {
        &self.actor.scope
    }
}

/// The signed-in session of a page request: `Signed(session): Signed`.
#[derive(Clone, Debug)]
pub struct Signed(pub Arc<Session>);

impl Signed {
    /// The caller, for functions that serve pages and the API alike.
    pub fn caller(&self) -> Caller {
        Caller { actor: self.0.actor.clone(), session: Some(self.0.clone()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let caller = parts.extensions.get::<Caller>().and_then(|caller| caller.session.clone());
        caller.map(Signed).ok_or_else(|| PageError(Error::Internal("a route without a session asked for one".into())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| PageError(Error::Internal("a public route asked for a caller".into())))
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// The secret that a program sends with its request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// State of the guard on one page route.
#[derive(Clone)]
pub struct PageGuard {
    /// The app.
    pub app: App,
    /// The route's rule.
    pub access: Access,
    /// Multipart: the form extractor checks the token.
    pub upload: bool,
}

/// Puts the guard in front of a page route.
pub fn page(app: &App, route: &Route) -> axum::routing::MethodRouter<App> {
    let state = PageGuard { app: app.clone(), access: route.access.clone(), upload: route.upload };
    limited(route).layer(axum::middleware::from_fn_with_state(state, guard_page))
}

/// What is no upload is read up to [`FORM_BYTES_MAX`], whoever sends it.
fn limited(route: &Route) -> axum::routing::MethodRouter<App> {
    let handler = route.handler.clone();
    if route.upload { handler } else { handler.layer(DefaultBodyLimit::max(FORM_BYTES_MAX)) }
}

async fn guard_page(State(guard): State<PageGuard>, request: Request, next: Next) -> Response {
    let (app, mut request) = (guard.app.clone(), request);
    let session = match cookie(request.headers(), COOKIE) {
        Some(token) => match sessions::find(&app.platform, token).await {
            Ok(session) => session.map(Arc::new),
            Err(error) => return render(&app, None, PageError(error).into_response()),
        },
        None => None,
    };
    let answer = match allow_page(&guard, session.as_deref(), &mut request).await {
        Ok(sent) => {
            if let Some(session) = &session {
                request
                    .extensions_mut()
                    .insert(Caller { actor: session.actor.clone(), session: Some(session.clone()) });
            }
            match (sent, session.as_deref()) {
                (Some(sent), Some(session)) => twice::answer(&app, session, sent, request, next).await,
                (None, Some(session)) if guard.upload && *request.method() == Method::POST => {
                    twice::answer_upload(&app, session, request, next).await
                }
                (None, Some(session)) if exports::is_file(request.uri().path()) => {
                    let path = request.uri().path().to_owned();
                    let file = exports::in_turn(session.actor.user, next.run(request)).await;
                    // A template to fill in is a file, too, and takes nothing out.
                    match guard.access.permissions().contains(&&exports::EXPORT) {
                        true => exports::noted(&app, &session.actor, &path, file).await,
                        false => file,
                    }
                }
                _ => next.run(request).await,
            }
        }
        Err(refusal) => refusal,
    };
    render(&app, session.as_deref(), answer)
}

/// Lets a request pass, or says what answers it instead. A form's submission passes with the name by which it is known when it comes again.
async fn allow_page(
    guard: &PageGuard,
    session: Option<&Session>,
    request: &mut Request,
) -> Result<Option<String>, Response> {
    match (&guard.access, session) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => {}
        (_, None) if *request.method() == Method::GET => {
            let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
            return Err(Redirect::to(&format!("/sign-in?{query}")).into_response());
        }
        (_, None) if same_origin(request.headers()) => {
            let request = std::mem::replace(request, Request::new(Body::empty()));
            return Err(kept::keep(&guard.app, request, guard.upload).await);
        }
        (_, None) => return Err(Redirect::to("/sign-in").into_response()),
        (access, Some(session)) => {
            if let Some(permission) = access.lacking(&session.actor) {
                return Err(PageError(Error::Forbidden(permission)).into_response());
            }
        }
    }
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return Ok(None);
    }
    if !same_origin(request.headers()) {
        let why = Error::conflict("This form came from another site. Open the page here and send it again.");
        return Err((StatusCode::FORBIDDEN, PageError(why)).into_response());
    }
    match session {
        // A public form (signing in, answering a survey) may have been opened before there was a session: it acts by nobody's rights, so
        // its origin is proof enough.
        Some(session) if !guard.upload && guard.access != Access::Public => check_token(request, &session.csrf).await,
        _ => Ok(None),
    }
}

/// Browsers say where a form came from; a request that says it came from elsewhere is refused. The form token is the second lock.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        _ => true,
    }
}

async fn check_token(request: &mut Request, expected: &str) -> Result<Option<String>, Response> {
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let Ok(bytes) = to_bytes(body, FORM_BYTES_MAX).await else {
        let why = Error::field("form", "this form is larger than 1 MB: shorten what you wrote");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, PageError(why)).into_response());
    };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    let header = request.headers().get("x-csrf-token").and_then(|value| value.to_str().ok());
    let field = || pairs.iter().find(|(key, _)| key == rooftree_ui::forms::CSRF_FIELD).map(|(_, value)| value.as_str());
    let known = header.or_else(field).is_some_and(|sent| form_token::same(sent, expected));
    *request.body_mut() = Body::from(bytes);
    if known {
        Ok(twice::name(request.uri().path(), &pairs))
    } else {
        Err(PageError(Error::conflict(
            "This page was open for too long or in another sign-in. Go back, reload it and send it again.",
        ))
        .into_response())
    }
}

/// What axum itself could not read of an address (no id where one belongs, a query of the wrong form) it answers in plain text, which
/// none of our handlers do with this status.
fn is_unreadable(response: &Response) -> bool {
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    response.status() == StatusCode::BAD_REQUEST && plain
}

/// The longest explanation that is passed on, in bytes.
const EXPLANATION_BYTES_MAX: usize = 4096;

/// The same for a program: a query of the wrong form is explained, and at an address with no id in it there is nothing.
async fn explained(response: Response) -> Response {
    let body = to_bytes(response.into_body(), EXPLANATION_BYTES_MAX).await.unwrap_or_default();
    match String::from_utf8_lossy(&body).strip_prefix("Failed to deserialize query string: ") {
        Some(why) => crate::api::problem(StatusCode::BAD_REQUEST, &format!("The query could not be read: {why}"), None),
        None => crate::api::problem(StatusCode::NOT_FOUND, "There is nothing at this address", None),
    }
}

/// Replaces a bare error with a page in the shell.
fn render(app: &App, session: Option<&Session>, response: Response) -> Response {
    match response.extensions().get::<Shown>().cloned() {
        None if is_unreadable(&response) => {
            let error = Error::NotFound("this page");
            (StatusCode::NOT_FOUND, pages::error_page(app, session, &error)).into_response()
        }
        None => response,
        Some(Shown(error)) => {
            let (parts, _) = response.into_parts();
            let page = pages::error_page(app, session, &error);
            let mut shown = (parts.status, page).into_response();
            if let Some(wait) = parts.headers.get(header::RETRY_AFTER) {
                shown.headers_mut().insert(header::RETRY_AFTER, wait.clone());
            }
            shown.extensions_mut().insert(Shown(error));
            shown
        }
    }
}

/// State of the guard on one API route.
#[derive(Clone)]
pub struct ApiGuard {
    /// The app.
    pub app: App,
    /// The route's rule.
    pub access: Access,
}

/// Puts the guard in front of a JSON route: a bearer token, never a cookie, so that no other site can borrow a session.
pub fn api(app: &App, route: &Route) -> axum::routing::MethodRouter<App> {
    let state = ApiGuard { app: app.clone(), access: route.access.clone() };
    limited(route).layer(axum::middleware::from_fn_with_state(state, guard_api))
}

async fn guard_api(State(guard): State<ApiGuard>, mut request: Request, next: Next) -> Response {
    if guard.access == Access::Public {
        return next.run(request).await;
    }
    let secret = bearer(request.headers());
    let found = match secret {
        Some(secret) => tokens::find(&guard.app.platform, secret).await,
        None => Ok(None),
    };
    let actor = match found {
        Ok(Some(actor)) => actor,
        Ok(None) => {
            let mut answer = crate::api::problem(StatusCode::UNAUTHORIZED, "A valid API token is needed", None);
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return answer;
        }
        Err(error) => return crate::api::ApiError(error).into_response(),
    };
    if let Some(permission) = guard.access.lacking(&actor) {
        return crate::api::ApiError(Error::Forbidden(permission)).into_response();
    }
    request.extensions_mut().insert(Caller { actor, session: None });
    let answer = next.run(request).await;
    if is_unreadable(&answer) { explained(answer).await } else { answer }
}
