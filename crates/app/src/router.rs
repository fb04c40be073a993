//! Routes behind their guards, and what stands around every answer: security headers, request ids, logs, metrics, limits.

use crate::House;
use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing,
};
use metrics_exporter_prometheus::PrometheusHandle;
use rooftree_frame::{App, PageError, guard};
use rooftree_platform::Error;
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{And, DefaultPredicate, NotForContentType, Predicate},
    },
    timeout::TimeoutLayer,
};
use tracing::Instrument as _;

/// A request that takes longer is cut off.
const REQUEST_SECONDS_MAX: u64 = 60;
/// What a page may load: only what we serve, nothing inline.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'";

/// The whole product as a service.
pub fn router(house: &House, metrics: Option<PrometheusHandle>) -> Router {
    let app = house.app.clone();
    let mut router: Router<App> = Router::new();
    for route in &house.pages {
        router = router.route(route.path, guard::page(&app, route));
    }
    for route in &house.api {
        router = router.route(&format!("/api/v1{}", route.path), guard::api(&app, route));
    }
    let upload_bytes_max = app.platform.config().upload_bytes_max + 1024 * 1024;
    router
        .route("/api/v1/openapi.json", routing::get(openapi))
        .route("/assets/{name}", routing::get(asset))
        .route("/healthz", routing::get(|| async { "ok" }))
        .route("/readyz", routing::get(ready))
        .route("/metrics", routing::get(move |state: State<App>, request: Request| watched(metrics, state, request)))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(upload_bytes_max))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(REQUEST_SECONDS_MAX)))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest).compress_when(pages_and_data()))
        .layer(middleware::from_fn(around))
        .with_state(app)
}

/// The frame of the API's description; areas add their paths.
pub fn openapi_base() -> utoipa::openapi::OpenApi {
    use utoipa::openapi::{
        InfoBuilder, OpenApiBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    };
    let info = InfoBuilder::new()
        .title("Rooftree")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Facts, clocks and figures of a social landlord. Send a token as `Authorization: Bearer rt_…`; writes take an `Idempotency-Key`.",
        ))
        .build();
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let components = utoipa::openapi::ComponentsBuilder::new().security_scheme("token", token).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Text is compressed: one bar of signal carries a page in a fifth of the bytes. Photos and workbooks are compressed already.
fn pages_and_data() -> And<DefaultPredicate, NotForContentType> {
    DefaultPredicate::new().and(NotForContentType::new("application/vnd.openxmlformats"))
}

async fn openapi(State(app): State<App>) -> Response {
    Json(app.shared.openapi.clone()).into_response()
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = rooftree_ui::assets::asset_at(&format!("/assets/{name}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let takes_gzip =
        headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip"));
    let mut response = match asset.gzip.filter(|_| takes_gzip) {
        Some(small) => ([(header::CONTENT_ENCODING, "gzip")], Body::from(small)).into_response(),
        None => Body::from(asset.bytes).into_response(),
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// Ready when the database answers and the migrations are those of this program.
async fn ready(State(app): State<App>) -> Response {
    let wanted = crate::migrator().iter().map(|migration| migration.version).max().unwrap_or_default();
    let found: Result<Option<i64>, _> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(app.platform.reads())
        .await;
    match found {
        Ok(Some(version)) if version >= wanted => "ready".into_response(),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "migrations are missing: run rooftree migrate").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

/// The metrics, for those who may read them; for all others there is no such page.
async fn watched(metrics: Option<PrometheusHandle>, State(app): State<App>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if may_watch(app.platform.config().metrics_token_hash.as_deref(), request.headers(), peer) {
        return metrics.map(|handle| handle.render()).unwrap_or_default().into_response();
    }
    not_found(State(app), request).await
}

/// Programs on this machine may read the metrics, and those that know the token. A proxy on this machine asks for somebody else, and its
/// request says so.
fn may_watch(token_hash: Option<&[u8]>, headers: &HeaderMap, peer: Option<IpAddr>) -> bool {
    let for_another =
        ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    let is_here = peer.is_some_and(|peer| peer.to_canonical().is_loopback()) && !for_another;
    let sent = guard::bearer(headers).map(rooftree_platform::signin::hash_secret);
    is_here || (token_hash.is_some() && token_hash == sent.as_deref())
}

async fn not_found(State(app): State<App>, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return rooftree_frame::api::problem(StatusCode::NOT_FOUND, "There is no such route", None);
    }
    let session = match guard::cookie(request.headers(), rooftree_platform::signin::sessions::COOKIE) {
        Some(token) => rooftree_platform::signin::sessions::find(&app.platform, token).await.unwrap_or_default(),
        None => None,
    };
    let error = PageError(Error::NotFound("this page"));
    let page = rooftree_frame::pages::error_page(&app, session.as_ref(), &error.0);
    (StatusCode::NOT_FOUND, page).into_response()
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side. Nothing was saved.").into_response()
}

/// Request id, log line, metrics and security headers. The log names the route's pattern, never the address with its query.
async fn around(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = uuid::Uuid::now_v7().to_string();
    let method = request.method().clone();
    let is_asset = request.uri().path().starts_with("/assets/");
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(|| "other".to_owned(), |p| p.as_str().to_owned());
    // What is logged on the way carries the request's id.
    let mut response = next.run(request).instrument(tracing::info_span!("request", %id)).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    metrics_record(&route, method.as_str(), status, seconds);
    if !is_asset {
        tracing::info!(request = %id, %method, route, status, milliseconds = (seconds * 1000.0).round(), "request");
    }
    let set = response.headers_mut();
    let mut header = |name: &'static str, value: &'static str| {
        set.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    };
    header("content-security-policy", CONTENT_POLICY);
    header("x-content-type-options", "nosniff");
    header("referrer-policy", "same-origin");
    header("x-frame-options", "DENY");
    header("cross-origin-opener-policy", "same-origin");
    header("permissions-policy", "camera=(self), geolocation=(), microphone=()");
    header("cache-control", "no-store");
    if let Ok(value) = HeaderValue::from_str(&id) {
        set.insert("x-request-id", value);
    }
    response
}

fn metrics_record(route: &str, method: &str, status: u16, seconds: f64) {
    let labels = [("route", route.to_owned()), ("method", label(method).to_owned()), ("status", status.to_string())];
    metrics::counter!("rooftree_requests_total", &labels).increment(1);
    metrics::histogram!("rooftree_request_seconds", &labels[..2]).record(seconds);
}

/// Anybody can make up a method: unknown ones share a label, or the metrics would grow without end.
fn label(method: &str) -> &str {
    if ["GET", "HEAD", "POST", "PUT", "DELETE"].contains(&method) { method } else { "other" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_are_for_this_machine_and_for_the_token() {
        let (here, mapped, away) = ("127.0.0.1", "::ffff:127.0.0.1", "192.0.2.7");
        let may = |peer: &str, header: Option<(&'static str, &'static str)>| {
            let headers = header
                .into_iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            let hash = rooftree_platform::signin::hash_secret("long random word");
            may_watch(Some(hash.as_slice()), &headers.collect(), peer.parse().ok())
        };
        assert!(may(here, None) && may(mapped, None) && may("::1", None));
        assert!(!may(away, None) && !may("", None));
        for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
            assert!(!may(here, Some((name, "192.0.2.7"))), "{name}");
        }
        assert!(may(away, Some(("authorization", "Bearer long random word"))));
        for wrong in ["Bearer other", "Bearer ", "Basic long random word", "long random word"] {
            assert!(!may(away, Some(("authorization", wrong))), "{wrong}");
        }
        let mut nothing = HeaderMap::new();
        assert!(!may_watch(None, &nothing, away.parse().ok()));
        nothing.insert("authorization", HeaderValue::from_static("Bearer "));
        assert!(!may_watch(None, &nothing, away.parse().ok()));
    }

    #[test]
    fn made_up_methods_share_one_label() {
        assert_eq!((label("POST"), label("FOO1"), label("get")), ("POST", "other", "other"));
    }
}
