//! Webhooks: told in the fact's own transaction, signed, tried again, given up when the receiver is gone.

use crate::bench::{Bench, HAPPENED};
use async_trait::async_trait;
use bytes::Bytes;
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::{
    Error, jobs,
    ports::{SendError, WebhookSender},
    webhooks::{self, SIGNATURE_HEADER},
};
use std::{collections::VecDeque, sync::Mutex};

/// Answers as it is told, and keeps what it was sent.
#[derive(Default)]
pub struct Receiver {
    /// The next answers; 200 when there are none.
    pub answers: Mutex<VecDeque<Result<u16, SendError>>>,
    /// Signature and body of each call.
    pub calls: Mutex<Vec<(String, Bytes)>>,
}

#[async_trait]
impl WebhookSender for Receiver {
    async fn check(&self, url: &str) -> Result<(), SendError> {
        match url.contains("inside") {
            true => Err(SendError::Permanent("it leads inside".into())),
            false => Ok(()),
        }
    }

    async fn post(&self, _: &str, headers: &[(&str, String)], body: Bytes) -> Result<u16, SendError> {
        let signature = headers.iter().find(|(name, _)| *name == SIGNATURE_HEADER).map(|(_, value)| value.clone());
        self.calls.lock().unwrap().push((signature.unwrap_or_default(), body));
        self.answers.lock().unwrap().pop_front().unwrap_or(Ok(200))
    }
}

async fn add(bench: &Bench) -> (uuid::Uuid, String) {
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let added = webhooks::add(&mut ctx, "https://example.org/hook", &[HAPPENED.name.to_owned()]).await.unwrap();
    ctx.commit().await.unwrap();
    added
}

async fn work(bench: &Bench) {
    while jobs::run_one(&bench.platform).await.unwrap() {}
}

#[tokio::test]
async fn the_receiver_can_check_that_it_was_us() {
    let Some(bench) = Bench::new().await else { return };
    let (id, secret) = add(&bench).await;
    let seq = bench.record(1).await[0];
    work(&bench).await;
    let (signature, body) = bench.receiver.calls.lock().unwrap()[0].clone();
    let seconds: i64 = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
    assert_eq!(webhooks::sign(&secret, seconds, &body).unwrap(), signature);
    let fact: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (fact["seq"].as_i64(), fact["name"].as_str(), fact["payload"]["count"].as_i64()),
        (Some(seq), Some(HAPPENED.name), Some(0))
    );
    let calls = webhooks::deliveries(&bench.platform, id).await.unwrap();
    assert!(calls.len() == 1 && calls[0].delivered_at.is_some() && calls[0].status == Some(200));
    bench.end().await;
}

#[tokio::test]
async fn an_address_that_leads_inside_is_refused_when_it_is_entered() {
    let Some(bench) = Bench::new().await else { return };
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let refused = webhooks::add(&mut ctx, "https://inside.example.org/", &[HAPPENED.name.to_owned()]).await;
    drop(ctx);
    let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
    assert_eq!(errors.0.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["url"]);
    bench.end().await;
}

#[tokio::test]
async fn a_fact_that_was_rolled_back_is_told_to_nobody() {
    let Some(bench) = Bench::new().await else { return };
    add(&bench).await;
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    ctx.record(HAPPENED.at(bench.platform.now())).await.unwrap();
    drop(ctx);
    work(&bench).await;
    assert!(bench.receiver.calls.lock().unwrap().is_empty());
    bench.end().await;
}

#[tokio::test]
async fn what_does_not_arrive_is_sent_again_until_it_does() {
    let Some(bench) = Bench::new().await else { return };
    let (id, _) = add(&bench).await;
    bench.receiver.answers.lock().unwrap().extend([Ok(500), Err(SendError::Temporary("no answer".into())), Ok(302)]);
    bench.record(1).await;
    for _ in 0..4 {
        work(&bench).await;
        bench.pass(3600);
    }
    assert_eq!(bench.receiver.calls.lock().unwrap().len(), 4);
    let calls = webhooks::deliveries(&bench.platform, id).await.unwrap();
    assert!(calls.len() == 1 && calls[0].delivered_at.is_some(), "one line, and it arrived: {calls:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_call_waits_until_nothing_else_is_due() {
    let Some(bench) = Bench::new().await else { return };
    add(&bench).await;
    bench.record(3).await;
    assert!(jobs::run_one(&bench.platform).await.unwrap());
    assert_eq!(bench.receiver.calls.lock().unwrap().len(), 1, "nothing else was due");
    bench.pass(1);
    let now = bench.platform.now();
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    // Nobody knows this kind: it is tried, fails and is put back.
    ctx.enqueue("nonsense", None, serde_json::json!({}), now).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(jobs::run_one(&bench.platform).await.unwrap());
    let tried: i32 = sqlx::query_scalar("select attempts from job where kind = 'nonsense'")
        .fetch_one(bench.platform.writes())
        .await
        .unwrap();
    assert_eq!((tried, bench.receiver.calls.lock().unwrap().len()), (1, 1), "the later job came first");
    work(&bench).await;
    assert_eq!(bench.receiver.calls.lock().unwrap().len(), 3, "and the calls after it");
    bench.end().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_and_one_that_is_disabled_are_left_alone() {
    let Some(bench) = Bench::new().await else { return };
    let (id, _) = add(&bench).await;
    bench.receiver.answers.lock().unwrap().push_back(Ok(410));
    bench.record(2).await;
    work(&bench).await;
    assert_eq!(bench.receiver.calls.lock().unwrap().len(), 1, "the second call is not made any more");
    assert!(webhooks::list(&bench.platform).await.unwrap()[0].disabled_at.is_some());
    bench.record(1).await;
    work(&bench).await;
    assert_eq!(bench.receiver.calls.lock().unwrap().len(), 1);
    // An address that leads inside is refused for good, with its reason.
    let (second, _) = add(&bench).await;
    assert_ne!(second, id);
    bench.receiver.answers.lock().unwrap().push_back(Err(SendError::Permanent("a private address".into())));
    bench.record(1).await;
    work(&bench).await;
    let calls = webhooks::deliveries(&bench.platform, second).await.unwrap();
    assert_eq!(calls[0].last_error.as_deref(), Some("a private address"));
    bench.end().await;
}
