//! Texts and letters: when they go, what is done when they do not, what became of them.

use crate::bench::Bench;
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::{
    Error, jobs,
    messages::{NewMessage, Reader, follow_up},
    ports::{DeliveryStatus, LetterBody, SendError, TextSender},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};
use uuid::Uuid;

/// Takes everything, unless it is told to fail; and says of each message what it is told to say.
#[derive(Default)]
pub struct Post {
    /// Nothing is taken while there is a reason here.
    pub down: Mutex<Option<String>>,
    /// Our references of what was taken.
    pub taken: Mutex<Vec<String>>,
    /// What is said of a message; on its way when nothing is.
    pub said: Mutex<HashMap<String, Result<DeliveryStatus, SendError>>>,
    /// What was asked about.
    pub asked: Mutex<Vec<String>>,
}

impl Post {
    fn take(&self, reference: &str) -> Result<String, SendError> {
        if let Some(reason) = self.down.lock().unwrap().clone() {
            return Err(SendError::Temporary(reason));
        }
        self.taken.lock().unwrap().push(reference.to_owned());
        Ok(reference.to_owned())
    }
}

#[async_trait]
impl TextSender for Post {
    async fn text(&self, _: &str, _: &str, reference: &str) -> Result<String, SendError> {
        self.take(reference)
    }
    async fn letter(&self, _: &LetterBody, reference: &str) -> Result<String, SendError> {
        self.take(reference)
    }
    async fn status(&self, reference: &str) -> Result<DeliveryStatus, SendError> {
        self.asked.lock().unwrap().push(reference.to_owned());
        self.said.lock().unwrap().get(reference).cloned().unwrap_or(Ok(DeliveryStatus::Pending))
    }
}

/// Owes a message, with its job.
async fn owe(bench: &Bench, channel: &str) -> Uuid {
    let (id, now) = (Uuid::now_v7(), bench.platform.now());
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    sqlx::query(
        "insert into message (id, channel, template, address, subject, body, status, created_at)
         values ($1, $2, 'some.template', '07700900123', '', 'Hello', 'waiting', $3)",
    )
    .bind(id)
    .bind(channel)
    .bind(now)
    .execute(ctx.conn())
    .await
    .unwrap();
    ctx.enqueue("message", Some(&id.to_string()), json!({ "message": id }), now).await.unwrap();
    ctx.commit().await.unwrap();
    id
}

async fn work(bench: &Bench) {
    while jobs::run_one(&bench.platform).await.unwrap() {}
}

async fn status(bench: &Bench, id: Uuid) -> String {
    sqlx::query_scalar("select status from message where id = $1")
        .bind(id)
        .fetch_one(bench.platform.writes())
        .await
        .unwrap()
}

async fn facts(bench: &Bench, name: &str) -> i64 {
    sqlx::query_scalar("select count(*) from fact where name = $1")
        .bind(name)
        .fetch_one(bench.platform.writes())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_an_area_says_of_its_message_stands_in_the_fact_of_its_sending() {
    let Some(bench) = Bench::new().await else { return };
    bench.set("2026-11-23T09:00");
    let message = |fact| NewMessage {
        template: "some.template",
        channel: "text",
        address: "07700900123".to_owned(),
        person: None,
        home: None,
        case: None,
        values: BTreeMap::new(),
        reader: Reader::default(),
        fact,
    };
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let refused = ctx.send(message(json!({ "weather": "fine" }))).await;
    assert!(matches!(refused, Err(Error::Internal(_))), "nobody declared it: {refused:?}");
    ctx.send(message(json!({ "thing": "kettle" }))).await.unwrap();
    ctx.commit().await.unwrap();
    work(&bench).await;
    let said: serde_json::Value = sqlx::query_scalar("select payload from fact where name = 'message.sent'")
        .fetch_one(bench.platform.writes())
        .await
        .unwrap();
    assert_eq!(said, json!({ "channel": "text", "template": "some.template", "thing": "kettle" }));
    bench.end().await;
}

#[tokio::test]
async fn what_was_written_decides_whether_a_text_can_be_sent() {
    let Some(bench) = Bench::new().await else { return };
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    for (characters, fits) in [(908, true), (909, false)] {
        let values = BTreeMap::from([("words", "x".repeat(characters))]);
        assert_eq!(ctx.is_too_long_to_text("some.words", &values).unwrap(), !fits);
        let sent = ctx
            .send(NewMessage {
                template: "some.words",
                channel: "text",
                address: "07700900123".to_owned(),
                person: None,
                home: None,
                case: None,
                values,
                reader: Reader::default(),
                fact: json!({}),
            })
            .await;
        match sent {
            Ok(_) => assert!(fits),
            Err(Error::Conflict(why)) => assert!(!fits && why.contains("919 characters"), "{why}"),
            Err(other) => panic!("{other}"),
        }
    }
    drop(ctx);
    bench.end().await;
}

#[tokio::test]
async fn a_late_text_waits_for_the_morning_and_that_is_no_failure() {
    let Some(bench) = Bench::new().await else { return };
    bench.set("2026-11-22T19:50");
    *bench.post.down.lock().unwrap() = Some("out of order".to_owned());
    let id = owe(&bench, "text").await;
    work(&bench).await;
    *bench.post.down.lock().unwrap() = None;
    bench.set("2026-11-22T22:00");
    let letter = owe(&bench, "letter").await;
    work(&bench).await;
    assert_eq!(*bench.post.taken.lock().unwrap(), [letter.to_string()], "a letter disturbs nobody");
    let attempts: i32 = sqlx::query_scalar("select attempts from job where key = $1")
        .bind(id.to_string())
        .fetch_one(bench.platform.writes())
        .await
        .unwrap();
    assert_eq!(attempts, 1, "the failure before the night, and nothing since");
    bench.set("2026-11-23T07:59");
    work(&bench).await;
    assert_eq!(status(&bench, id).await, "waiting");
    bench.set("2026-11-23T08:00");
    work(&bench).await;
    assert_eq!(status(&bench, id).await, "sent");
    bench.end().await;
}

#[tokio::test]
async fn an_outage_of_half_a_day_loses_nothing() {
    let Some(bench) = Bench::new().await else { return };
    *bench.post.down.lock().unwrap() = Some("out of order".to_owned());
    let id = owe(&bench, "letter").await;
    for _ in 0..12 * 60 {
        work(&bench).await;
        bench.pass(60);
    }
    assert_eq!(status(&bench, id).await, "waiting");
    *bench.post.down.lock().unwrap() = None;
    for _ in 0..7 {
        bench.pass(3600);
        work(&bench).await;
    }
    assert_eq!(status(&bench, id).await, "sent");
    bench.end().await;
}

#[tokio::test]
async fn a_message_that_is_given_up_has_failed_and_can_be_sent_again() {
    let Some(bench) = Bench::new().await else { return };
    *bench.post.down.lock().unwrap() = Some("out of order".to_owned());
    let ids = [owe(&bench, "letter").await, owe(&bench, "letter").await];
    for _ in 0..jobs::ATTEMPTS_MAX {
        work(&bench).await;
        bench.pass(7 * 3600);
    }
    for id in ids {
        assert_eq!(status(&bench, id).await, "failed");
    }
    assert_eq!(facts(&bench, "message.failed").await, 2);
    let dead = jobs::dead(&bench.platform).await.unwrap();
    assert_eq!(dead.len(), 2);
    // One is sent again by itself meanwhile; trying the rest again does not send it twice.
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let now = ctx.now;
    ctx.enqueue("message", Some(&ids[0].to_string()), json!({ "message": ids[0] }), now).await.unwrap();
    sqlx::query("update message set status = 'waiting' where id = $1").bind(ids[0]).execute(ctx.conn()).await.unwrap();
    assert_eq!(jobs::retry_kind(&mut ctx, "message").await.unwrap(), 1);
    ctx.commit().await.unwrap();
    assert!(jobs::dead(&bench.platform).await.unwrap().is_empty());
    *bench.post.down.lock().unwrap() = None;
    work(&bench).await;
    assert_eq!(bench.post.taken.lock().unwrap().len(), 2);
    assert_eq!(facts(&bench, "job.retried").await, 1);
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    assert!(matches!(jobs::retry_kind(&mut ctx, "message").await, Err(Error::Conflict(_))));
    assert!(matches!(jobs::retry(&mut ctx, dead[0].id).await, Err(Error::NotFound(_))));
    drop(ctx);
    bench.end().await;
}

#[tokio::test]
async fn what_is_on_its_way_for_days_and_what_is_unknown_keep_nothing_waiting() {
    let Some(bench) = Bench::new().await else { return };
    bench.set("2026-11-23T09:00");
    let mut letters = Vec::new();
    for _ in 0..100 {
        letters.push(owe(&bench, "letter").await.to_string());
    }
    work(&bench).await;
    follow_up(&bench.platform).await.unwrap();
    bench.pass(60);
    let (lost, wrong, good) = (owe(&bench, "text").await, owe(&bench, "text").await, owe(&bench, "text").await);
    work(&bench).await;
    let says = |id: Uuid, answer| bench.post.said.lock().unwrap().insert(id.to_string(), answer);
    says(lost, Err(SendError::Permanent("Notify refused it (404)".to_owned())));
    says(wrong, Ok(DeliveryStatus::Failed("the number does not exist".to_owned())));
    says(good, Ok(DeliveryStatus::Delivered));
    bench.post.asked.lock().unwrap().clear();
    follow_up(&bench.platform).await.unwrap();
    let states = [status(&bench, lost).await, status(&bench, wrong).await, status(&bench, good).await];
    assert_eq!(states, ["failed", "failed", "delivered"]);
    assert_eq!(facts(&bench, "message.failed").await, 2);
    // The others have their turn in the order in which they were asked about.
    bench.post.asked.lock().unwrap().clear();
    bench.pass(300);
    follow_up(&bench.platform).await.unwrap();
    assert!(letters[97..].iter().all(|left| bench.post.asked.lock().unwrap().contains(left)));
    assert_eq!(facts(&bench, "message.failed").await, 2, "each failure is told once");
    bench.end().await;
}

#[tokio::test]
async fn one_answer_that_does_not_come_is_passed_over_and_a_dead_line_is_not_waited_for() {
    let Some(bench) = Bench::new().await else { return };
    bench.set("2026-11-23T09:00");
    let (first, second) = (owe(&bench, "text").await, owe(&bench, "text").await);
    work(&bench).await;
    let silent = || Err(SendError::Temporary("no answer".to_owned()));
    bench.post.said.lock().unwrap().insert(first.to_string(), silent());
    bench.post.said.lock().unwrap().insert(second.to_string(), Ok(DeliveryStatus::Delivered));
    follow_up(&bench.platform).await.unwrap();
    assert_eq!(
        (status(&bench, first).await, status(&bench, second).await),
        ("sent".to_owned(), "delivered".to_owned())
    );
    for _ in 0..20 {
        let id = owe(&bench, "letter").await;
        bench.post.said.lock().unwrap().insert(id.to_string(), silent());
    }
    work(&bench).await;
    bench.post.asked.lock().unwrap().clear();
    follow_up(&bench.platform).await.unwrap();
    assert_eq!(bench.post.asked.lock().unwrap().len(), 5);
    bench.end().await;
}

#[tokio::test]
async fn finished_jobs_and_calls_are_forgotten_in_their_time() {
    let Some(bench) = Bench::new().await else { return };
    owe(&bench, "letter").await;
    work(&bench).await;
    sqlx::raw_sql(
        "insert into webhook (id, url, secret, facts, created_at) values (gen_random_uuid(), 'https://example.org/', 's', '{}', now());
         insert into webhook_delivery (webhook_id, fact_seq, status, delivered_at, noted_at)
         select id, n, 200, now(), now() - n * interval '1 day' from webhook, unnest(array[1, 89, 91]) n",
    )
    .execute(bench.platform.writes())
    .await
    .unwrap();
    assert_eq!(jobs::forget_old(&bench.platform).await.unwrap(), 0);
    assert_eq!(rooftree_platform::webhooks::forget_old(&bench.platform).await.unwrap(), 1);
    bench.pass(31 * 86_400);
    assert_eq!(jobs::forget_old(&bench.platform).await.unwrap(), 1);
    bench.end().await;
}
