//! Webhooks against a receiver on this machine.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::Redirect, routing};
use rooftree_notify::webhooks::Webhooks;
use rooftree_platform::ports::WebhookSender;
use std::sync::{Arc, Mutex};

type Received = Arc<Mutex<Vec<(Option<String>, Vec<u8>)>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let keep = async |State(received): State<Received>, headers: HeaderMap, body: Bytes| {
        let signature = headers.get("rooftree-signature").and_then(|value| value.to_str().ok()).map(str::to_owned);
        received.lock().unwrap().push((signature, body.to_vec()));
        "thanks"
    };
    let router = Router::new()
        .route("/hook", routing::post(keep))
        .route("/away", routing::post(async || Redirect::temporary("/hook")))
        .with_state(received.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, received)
}

#[tokio::test]
async fn the_body_arrives_as_it_was_signed_and_redirects_are_not_followed() {
    let (address, received) = receiver().await;
    let headers = [("rooftree-signature", "t=1,v1=ab".to_owned())];
    let sender = Webhooks::new(true);
    assert_eq!(sender.post(&format!("{address}/hook"), &headers, "{\"seq\":1}".into()).await, Ok(200));
    assert_eq!(sender.post(&format!("{address}/away"), &headers, "{}".into()).await, Ok(307));
    assert_eq!(*received.lock().unwrap(), [(Some("t=1,v1=ab".to_owned()), b"{\"seq\":1}".to_vec())]);
}
