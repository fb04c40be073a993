//! Both stores keep the same promises; the bucket's against a stand-in server that speaks the four verbs.

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use rooftree_blobs::{Bucket, Directory, open};
use rooftree_platform::ports::{BlobError, BlobStore};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

async fn keeps_its_promises(store: &dyn BlobStore) {
    let (key, first, second) = ("ab/cdef.webp", Bytes::from_static(b"one"), Bytes::from_static(b"another"));
    assert_eq!(store.get(key).await.unwrap(), None);
    store.put(key, first.clone()).await.unwrap();
    assert_eq!(store.get(key).await.unwrap(), Some(first));
    store.put(key, second.clone()).await.unwrap();
    assert_eq!(store.get(key).await.unwrap(), Some(second));
    store.put("ab/empty", Bytes::new()).await.unwrap();
    assert_eq!(store.get("ab/empty").await.unwrap(), Some(Bytes::new()));
    store.delete(key).await.unwrap();
    store.delete(key).await.unwrap();
    assert_eq!(store.get(key).await.unwrap(), None);
    for escape in ["../outside", "/etc/hostname", "a/../../b", ".new-x"] {
        assert!(matches!(store.get(escape).await, Err(BlobError::Key(_))), "{escape}");
        assert!(matches!(store.put(escape, Bytes::new()).await, Err(BlobError::Key(_))), "{escape}");
        assert!(matches!(store.delete(escape).await, Err(BlobError::Key(_))), "{escape}");
    }
}

#[tokio::test]
async fn a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let store = Directory::open(&dir.path().join("not/there/yet")).unwrap();
    keeps_its_promises(&store).await;
    let left: Vec<_> = std::fs::read_dir(dir.path().join("not/there/yet/ab")).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "only the empty blob is left, no temporary file: {left:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    assert!(matches!(Directory::open(&dir.path().join("file/below")), Err(BlobError::Store(_))));
}

type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

async fn serve(State(objects): State<Objects>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let signed = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    if !signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 ") && value.contains("/eu-west-2/s3/")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let key = parts.uri.path().to_owned();
    let mut objects = objects.lock().unwrap();
    match parts.method {
        Method::PUT => {
            objects.insert(key, bytes);
            ([("etag", "\"1\"")], "").into_response()
        }
        Method::GET => match objects.get(&key) {
            Some(found) => {
                let headers = [("etag", "\"1\""), ("last-modified", "Fri, 18 Dec 2026 16:05:00 GMT")];
                (headers, found.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Method::DELETE => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// The credentials are the process's own environment, so the test runs itself again with them.
#[test]
fn a_bucket() {
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_bucket", "--nocapture"])
            .env("AWS_ACCESS_KEY_ID", "stand-in")
            .env("AWS_SECRET_ACCESS_KEY", "stand-in")
            .status();
        assert!(again.unwrap().success());
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let objects = Objects::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(serve).with_state(Arc::clone(&objects));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let location = format!("s3://landlord/documents?endpoint=http://{address}&region=eu-west-2");
        keeps_its_promises(&*open(&location).unwrap()).await;
        let keys: Vec<String> = objects.lock().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["/landlord/documents/ab/empty"]);
    });
}

#[test]
fn a_bucket_address_that_is_not_safe_or_not_known_is_refused() {
    for address in [
        "s3://bucket?endpoint=http://store.example.org",
        "s3://bucket?endpiont=https://store.example.org",
        "https://bucket.example.org",
    ] {
        assert!(matches!(Bucket::open(address), Err(BlobError::Store(_))), "{address}");
    }
}
