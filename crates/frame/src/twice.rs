//! A form that is sent twice is done once. Every form carries a name of its own ([`SHOWING_FIELD`]); the same form with the same words
//! (a double click, Back and send again) gets the answer of the first time, and waits for it when that is still being done. The same form
//! with other words is something new.

use crate::{
    App,
    errors::PageError,
    forms::{FilePart, UploadForm},
    pages::FLASH_COOKIE,
};
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use rooftree_kernel::UserId;
use rooftree_platform::{
    Error,
    once::{self, Claim},
    signin::sessions::Session,
};
use rooftree_ui::forms::{CSRF_FIELD, SHOWING_FIELD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tracing::Instrument;

/// How often, and how long apart, a second submission looks whether the first is done.
const LOOKS: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The name of a submission: its form, as it was shown, where it goes and what was written. Nothing for a form without a name.
pub(crate) fn name(path: &str, pairs: &[(String, String)]) -> Option<String> {
    named(path, pairs, &[])
}

fn named(path: &str, pairs: &[(String, String)], files: &[FilePart]) -> Option<String> {
    let showing = pairs.iter().find(|(key, value)| key == SHOWING_FIELD && !value.is_empty())?;
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    };
    add(path.as_bytes());
    for (key, value) in std::iter::once(showing).chain(pairs).filter(|(key, _)| key != CSRF_FIELD) {
        add(key.as_bytes());
        add(value.as_bytes());
    }
    for file in files {
        add(file.field.as_bytes());
        add(file.name.as_bytes());
        add(&file.bytes);
    }
    let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("page:{hex}"))
}

/// Answers a submission: by doing it, or with what it came to before.
pub(crate) async fn answer(app: &App, session: &Session, name: String, request: Request, next: Next) -> Response {
    let Some(user) = session.actor.user else { return next.run(request).await };
    match claim(app, user, &name).await {
        Ok(()) => work(app, user, Claimed(Arc::new(OnceLock::from(name))), request, next).await,
        Err(answer) => answer,
    }
}

/// The name under which an upload's form, once it is read, was claimed: the guard sees neither fields nor files of it.
#[derive(Clone, Default)]
pub(crate) struct Claimed(Arc<OnceLock<String>>);

/// Answers an upload, whose form claims its name when it is read ([`claim_upload`]).
pub(crate) async fn answer_upload(app: &App, session: &Session, mut request: Request, next: Next) -> Response {
    let Some(user) = session.actor.user else { return next.run(request).await };
    let claimed = Claimed::default();
    request.extensions_mut().insert(claimed.clone());
    work(app, user, claimed, request, next).await
}

/// Claims an upload whose fields and files are read; otherwise says what answers it instead.
pub(crate) async fn claim_upload(
    app: &App,
    user: UserId,
    claimed: &Claimed,
    path: &str,
    upload: &UploadForm,
) -> Result<(), Response> {
    let Some(name) = named(path, upload.form.fields(), &upload.files) else { return Ok(()) };
    claim(app, user, &name).await?;
    // Set once: a request reads its form once.
    let _ = claimed.0.set(name);
    Ok(())
}

/// Claims a name, or says what answers whoever comes second.
async fn claim(app: &App, user: UserId, name: &str) -> Result<(), Response> {
    for _ in 0..LOOKS {
        match once::claim(&app.platform, user, name).await {
            Ok(Claim::First) => return Ok(()),
            Ok(Claim::Done(answer)) => return Err(again(&answer)),
            Ok(Claim::UnderWay) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) => return Err(PageError(error).into_response()),
        }
    }
    let why = Error::conflict("This form was sent before and is still being worked on. Look again in a moment.");
    Err(PageError(why).into_response())
}

/// Does it, to the end even when the browser no longer waits: a double click gives its first request up.
async fn work(app: &App, user: UserId, claimed: Claimed, request: Request, next: Next) -> Response {
    let app = app.clone();
    let work = async move {
        let answer = next.run(request).await;
        let Some(name) = claimed.0.get() else { return answer };
        match once::settle(&app.platform, user, name, kept(&answer)).await {
            Ok(()) => answer,
            Err(error) => PageError(error).into_response(),
        }
    };
    tokio::spawn(work.in_current_span())
        .await
        .unwrap_or_else(|_| PageError(Error::Internal("a form's work broke off".into())).into_response())
}

/// What is kept of an answer: where it led, and the notice. An answer that leads nowhere did nothing.
fn kept(answer: &Response) -> Option<Value> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let to =
        answer.headers().get(header::LOCATION).and_then(text).filter(|_| answer.status() == StatusCode::SEE_OTHER)?;
    let notice = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(text);
    let notice = notice.into_iter().find(|cookie| cookie.starts_with(FLASH_COOKIE));
    Some(json!({ "to": to, "notice": notice }))
}

fn again(answer: &Value) -> Response {
    let header_of = |name: &str| answer[name].as_str().and_then(|value| HeaderValue::from_str(value).ok());
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().extend(header_of("to").map(|value| (header::LOCATION, value)));
    response.headers_mut().extend(header_of("notice").map(|value| (header::SET_COOKIE, value)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_same_form_with_the_same_words_has_one_name() {
        let sent = [("_csrf", "a"), (SHOWING_FIELD, "1"), ("note", "x")];
        let first = name("/a", &pairs(&sent));
        assert!(first.is_some());
        assert_eq!(first, name("/a", &pairs(&[("_csrf", "b"), (SHOWING_FIELD, "1"), ("note", "x")])));
        assert_ne!(first, name("/b", &pairs(&sent)));
        assert_ne!(first, name("/a", &pairs(&[(SHOWING_FIELD, "1"), ("note", "y")])));
        assert_ne!(first, name("/a", &pairs(&[(SHOWING_FIELD, "2"), ("note", "x")])));
        assert_ne!(
            name("/a", &pairs(&[(SHOWING_FIELD, "1"), ("a", "bc")])),
            name("/a", &pairs(&[(SHOWING_FIELD, "1"), ("ab", "c")]))
        );
        assert_eq!(name("/a", &pairs(&[("note", "x")])), None);
        let file = |bytes: &'static [u8]| FilePart { field: "file".into(), name: "a.jpg".into(), bytes: bytes.into() };
        let with = |bytes| named("/a", &pairs(&sent), &[file(bytes)]);
        assert!(with(b"1") == with(b"1") && with(b"1") != with(b"2") && with(b"1") != first);
    }
}
