//! JSON: problem+json errors, ETags, cursors, idempotency keys.

use crate::{App, errors};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rooftree_kernel::Actor;
use rooftree_platform::Error;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What JSON handlers return.
pub type ApiResult<T = Response> = Result<T, ApiError>;

/// An error on its way to problem+json.
#[derive(Debug)]
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        errors::log(&self.0);
        let fields = match &self.0 {
            Error::Invalid(errors) => serde_json::to_value(&errors.0).ok(),
            _ => None,
        };
        problem(errors::status(&self.0), &self.0.to_string(), fields)
    }
}

/// An RFC 9457 problem document.
pub fn problem(status: StatusCode, detail: &str, errors: Option<Value>) -> Response {
    let mut body = json!({ "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    if let Some(errors) = errors {
        body["errors"] = errors;
    }
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// A JSON answer with an ETag; 304 when the caller already has it.
pub fn tagged<T: Serialize>(headers: &HeaderMap, value: &T) -> ApiResult {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))?;
    let digest = Sha256::digest(&bytes);
    let tag = format!("\"{}\"", digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, tag)], bytes).into_response())
}

/// A page of a list. `next` is the cursor to ask for the following page with.
#[derive(Clone, Debug, Serialize)]
pub struct ListPage<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page, absent on the last.
    pub next: Option<String>,
}

/// Performs a write once per `Idempotency-Key`: a repeat with the same body gets the first answer, one with another body is refused.
pub async fn once<F>(app: &App, actor: &Actor, headers: &HeaderMap, route: &str, body: &[u8], write: F) -> ApiResult
where
    F: AsyncFnOnce() -> ApiResult<(StatusCode, Value)>,
{
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (Some(key), Some(user)) = (key, actor.user) else {
        let (status, value) = write().await?;
        return Ok((status, Json(value)).into_response());
    };
    if key.len() > 200 {
        return Err(Error::field("Idempotency-Key", "use at most 200 characters").into());
    }
    let body_hash = Sha256::digest(body).to_vec();
    // The lock makes a second request with the same key wait for the first one's answer.
    let mut lock = app.platform.pool().begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7))", format!("{user}:{key}"))
        .execute(&mut *lock)
        .await?;
    let known = sqlx::query!(
        "select route, body_hash, status, response from idempotency_key where user_id = $1 and key = $2",
        uuid::Uuid::from(user),
        key
    )
    .fetch_optional(&mut *lock)
    .await?;
    if let Some(known) = known {
        if known.route != route || known.body_hash != body_hash {
            return Err(Error::conflict("this Idempotency-Key was used for another request").into());
        }
        let status = StatusCode::from_u16(known.status as u16).unwrap_or(StatusCode::OK);
        return Ok((status, Json(known.response)).into_response());
    }
    let (status, value) = write().await?;
    sqlx::query!(
        "insert into idempotency_key (user_id, key, route, body_hash, status, response, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        uuid::Uuid::from(user),
        key,
        route,
        body_hash,
        i32::from(status.as_u16()),
        value,
        app.platform.now() as _
    )
    .execute(&mut *lock)
    .await?;
    lock.commit().await?;
    Ok((status, Json(value)).into_response())
}
