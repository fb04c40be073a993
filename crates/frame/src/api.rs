//! JSON: problem+json errors, ETags, cursors, idempotency keys.

use crate::{App, errors};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rooftree_kernel::{Actor, text};
use rooftree_platform::{Ctx, Error, boxed};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use uuid::Uuid;

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
        let mut response = problem(errors::status(&self.0), &self.0.to_string(), fields);
        response.extensions_mut().insert(errors::Shown(Arc::new(self.0)));
        response
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

/// What the body holds, with its texts trimmed. What nobody types in a text is refused by field: a program can mend what it sends, where a
/// form can only leave it out.
pub fn sent<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let unreadable = |error: serde_json::Error| Error::field("body", format!("send a JSON object: {error}"));
    let Unrepeated(mut value) = serde_json::from_slice(body).map_err(|error: serde_json::Error| {
        if error.is_data() { Error::field("body", format!("{error}: send it once")) } else { unreadable(error) }
    })?;
    if !value.is_object() {
        return Err(Error::field("body", "send a JSON object"));
    }
    tidy(&mut value, "body")?;
    serde_json::from_value(value).map_err(unreadable)
}

/// The longest part of a key that is told back, in characters.
const KEY_TOLD_CHARS: usize = 60;

/// JSON in which no key stands twice. Programs do not agree which of the two counts: what one checked, another would not have read.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadOnce).map(Self)
    }
}

struct ReadOnce;

impl<'de> Visitor<'de> for ReadOnce {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unrepeated(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((key, Unrepeated(value))) = entries.next_entry::<String, Unrepeated>()? {
            if fields.contains_key(&key) {
                let key: String = key.chars().take(KEY_TOLD_CHARS).collect();
                return Err(serde::de::Error::custom(format!("the key ‘{key}’ stands twice")));
            }
            fields.insert(key, value);
        }
        Ok(fields.into())
    }
}

fn tidy(value: &mut Value, field: &str) -> Result<(), Error> {
    match value {
        Value::String(sent) if sent.contains(text::is_hidden) => Err(Error::field(
            field,
            "take out control characters and marks that turn the direction of writing or cannot be seen",
        )),
        Value::String(sent) => {
            *sent = text::clean(sent).trim().to_owned();
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| tidy(value, field)),
        Value::Object(fields) => fields.iter_mut().try_for_each(|(name, value)| tidy(value, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// A JSON answer with an ETag; 304 when the caller already has it.
pub fn tagged<T: Serialize>(headers: &HeaderMap, value: &T) -> ApiResult {
    let bytes = serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))?;
    let tag = tag_of(&bytes);
    if headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).is_some_and(|known| names(known, &tag))
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, tag)], bytes).into_response())
}

/// Refuses a change (412) when the caller's `If-Match` names another state than the present one.
pub fn require_match<T: Serialize>(headers: &HeaderMap, present: &T) -> Result<(), Error> {
    let Some(wanted) = headers.get(header::IF_MATCH).and_then(|wanted| wanted.to_str().ok()) else { return Ok(()) };
    let bytes = serde_json::to_vec(present).map_err(|error| Error::Internal(error.to_string()))?;
    if names(wanted, &tag_of(&bytes)) { Ok(()) } else { Err(Error::Outdated) }
}

fn tag_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("\"{}\"", digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Whether an `If-None-Match` names the tag: alone, in a list, marked weak, or by a star.
fn names(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
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
/// The key is kept in the write's own unit of work, so that neither exists without the other.
pub async fn once<F>(app: &App, actor: &Actor, headers: &HeaderMap, route: &str, body: &[u8], write: F) -> ApiResult
where
    F: AsyncFnOnce(&mut Ctx) -> ApiResult<(StatusCode, Value)>,
{
    let mut ctx = app.platform.begin(actor).await?;
    let key = Key::of(actor, headers, route, body)?;
    if let Some(key) = &key
        && let Some((status, answer)) = key.answered(&mut ctx).await?
    {
        return Ok((status, Json(answer)).into_response());
    }
    let (status, answer) = write(&mut ctx).await?;
    if let Some(key) = &key {
        key.keep(&mut ctx, status, &answer).await?;
    }
    ctx.commit().await?;
    Ok((status, Json(answer)).into_response())
}

/// The longest `Idempotency-Key`, in characters.
const KEY_CHARS_MAX: usize = 200;

/// An `Idempotency-Key` with the request that it stands for.
struct Key<'a> {
    user: Uuid,
    key: &'a str,
    route: &'a str,
    body_hash: Vec<u8>,
}

impl<'a> Key<'a> {
    /// The caller's key, when the request carries one.
    fn of(actor: &Actor, headers: &'a HeaderMap, route: &'a str, body: &[u8]) -> Result<Option<Self>, Error> {
        let (Some(key), Some(user)) = (headers.get("idempotency-key"), actor.user) else { return Ok(None) };
        let key = key.to_str().ok().filter(|key| key.chars().count() <= KEY_CHARS_MAX).ok_or_else(|| {
            Error::field("Idempotency-Key", format!("use at most {KEY_CHARS_MAX} plain letters and digits"))
        })?;
        Ok(Some(Self { user: user.into(), key, route, body_hash: Sha256::digest(body).to_vec() }))
    }

    /// The answer that an earlier request with this key got. One that is still at work is waited for.
    #[boxed]
    async fn answered(&self, ctx: &mut Ctx) -> Result<Option<(StatusCode, Value)>, Error> {
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7))", format!("{}:{}", self.user, self.key))
            .execute(ctx.conn())
            .await?;
        let known = sqlx::query!(
            "select route, body_hash, status, response from idempotency_key where user_id = $1 and key = $2",
            self.user,
            self.key
        )
        .fetch_optional(ctx.conn())
        .await?;
        let Some(known) = known else { return Ok(None) };
        if known.route != self.route || known.body_hash != self.body_hash {
            return Err(Error::conflict("this Idempotency-Key was used for another request"));
        }
        let status = u16::try_from(known.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        Ok(Some((status.unwrap_or(StatusCode::OK), known.response)))
    }

    #[boxed]
    async fn keep(&self, ctx: &mut Ctx, status: StatusCode, answer: &Value) -> Result<(), Error> {
        let now = ctx.now;
        sqlx::query!(
            "insert into idempotency_key (user_id, key, route, body_hash, status, response, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
            self.user,
            self.key,
            self.route,
            self.body_hash,
            i32::from(status.as_u16()),
            answer,
            now as _
        )
        .execute(ctx.conn())
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_types_is_refused_by_field() {
        let read: Value = sent(br#"{ "name": "  Ann ", "list": ["a\nb "], "count": 3 }"#).unwrap();
        assert_eq!(read, json!({ "name": "Ann", "list": ["a\nb"], "count": 3 }));
        for strange in
            [r#"{ "name": "Ann\u202eevil" }"#, r#"{ "name": ["\u0007"] }"#, r#"{ "in": { "name": "a\u0000" } }"#]
        {
            let Err(Error::Invalid(errors)) = sent::<Value>(strange.as_bytes()) else { panic!("{strange}") };
            assert_eq!(errors.0[0].field, "name", "{strange}");
        }
        assert!(sent::<Value>(b"{").is_err());
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_by_name() {
        for twice in [
            r#"{ "heating": "gas", "heating": "oil" }"#,
            r#"{ "heating": 1, "h\u0065ating": 1 }"#,
            r#"{ "list": [1, { "in": { "heating": null, "heating": null } }] }"#,
        ] {
            let Err(Error::Invalid(errors)) = sent::<Value>(twice.as_bytes()) else { panic!("{twice}") };
            assert!(errors.0[0].message.contains("‘heating’ stands twice"), "{errors:?}");
        }
        let plain = r#"{ "a": { "x": [1, -2, 3.5, true, null, "t"] }, "b": { "x": 18446744073709551615 } }"#;
        assert_eq!(sent::<Value>(plain.as_bytes()).unwrap(), serde_json::from_str::<Value>(plain).unwrap());
    }
}
