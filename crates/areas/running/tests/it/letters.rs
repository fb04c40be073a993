//! Letters on paper: printed, read before they go, kept as they went, with their hash in the journal.

use async_trait::async_trait;
use rooftree_kernel::calendar::Calendars;
use rooftree_platform::{
    Platform, jobs,
    messages::{NewMessage, Reader},
    ports::{DeliveryStatus, LetterBody, SendError, TextSender},
    unit::Ports,
};
use rooftree_testkit::TestApp;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// The letter that the tests write.
const NOTICE: &str = "repairs.recharge-notice";

fn values() -> BTreeMap<&'static str, String> {
    let pairs = [
        ("name", "Mrs Ada Yusuf"),
        ("address", "7 Acre Close, OX9 1AB"),
        ("date", "23 November 2026"),
        ("amount", "£96.00"),
        ("pay_by", "14 December 2026"),
        ("recharge_reason", "Lost keys"),
        ("reference", "R-104233"),
        ("repair", "Door # will not open"),
        ("work", "New lock"),
    ];
    pairs.map(|(blank, value)| (blank, value.to_owned())).into()
}

/// Owes the notice to somebody at a home.
async fn owe(app: &TestApp, platform: &Platform, reader: Reader, values: BTreeMap<&'static str, String>) -> Uuid {
    let home = app.home("7 Acre Close").await;
    let mut ctx = platform.begin(&rooftree_kernel::Actor::system(rooftree_kernel::Channel::Cli)).await.unwrap();
    let message = NewMessage {
        template: NOTICE,
        channel: "letter",
        address: "Mrs Ada Yusuf\n7 Acre Close\nOX9 1AB".to_owned(),
        person: None,
        home: Some(home.id),
        case: None,
        values,
        reader,
        fact: json!({}),
    };
    let id = ctx.send(message).await.unwrap();
    ctx.commit().await.unwrap();
    id
}

async fn status(app: &TestApp, id: Uuid) -> (String, Option<String>) {
    sqlx::query_as("select status, held_reason from message where id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .unwrap()
}

/// What the journal says of messages that were sent.
async fn sent(app: &TestApp) -> Vec<Value> {
    let sql = "select payload from fact where name = 'message.sent' order by seq";
    sqlx::query_scalar(sql).fetch_all(app.pool()).await.unwrap()
}

async fn sha256(app: &TestApp, bytes: &[u8]) -> String {
    sqlx::query_scalar("select encode(sha256($1), 'hex')").bind(bytes).fetch_one(app.pool()).await.unwrap()
}

#[tokio::test]
async fn held_letters_are_printed_together_and_count_as_sent_when_they_are_posted() {
    let app = TestApp::new().await;
    let first = owe(&app, app.platform(), Reader::default(), values()).await;
    let large = Reader { language: Some("Somali".into()), large_print: true, plain_words: true };
    let second = owe(&app, app.platform(), large, values()).await;
    let mut strange = values();
    strange.insert("work", "A new 🦊".to_owned());
    let fox = owe(&app, app.platform(), Reader::default(), strange).await;
    app.run_jobs().await;
    assert_eq!(status(&app, first).await.0, "held");
    let officer = app.sign_in("housing-officer").await;
    assert!(officer.get("/messages/batches").await.expect(200).text().contains("3 letters are held."));
    app.sign_in("auditor").await.post("/messages/batches", &[]).await.expect(403);
    let batch = officer.post("/messages/batches", &[]).await.expect(303).location().to_owned();
    assert!(officer.get(&format!("{batch}/state")).await.expect(200).text().contains("data-poll-url"));
    officer.post(&format!("{batch}/posted"), &[]).await.expect(409);
    app.run_jobs().await;
    let page = officer.get(&batch).await.expect(200);
    assert!(page.text().contains("2 of 3") && page.text().contains("They are posted"), "{}", page.text());
    let (held, why) = status(&app, fox).await;
    assert!(held == "held" && why.unwrap().contains("‘🦊’ (U+1F98A)"));
    assert_eq!(status(&app, first).await.0, "printed");
    let all = officer.get(&format!("{batch}/letters.pdf")).await.expect(200);
    assert!(all.bytes.starts_with(b"%PDF-") && sent(&app).await.is_empty());

    officer.post(&format!("{batch}/posted"), &[]).await.expect(303);
    officer.post(&format!("{batch}/posted"), &[]).await.expect(409);
    assert_eq!([status(&app, first).await.0, status(&app, second).await.0], ["sent", "sent"]);
    let facts = sent(&app).await;
    assert_eq!(facts.len(), 2);
    let auditor = app.sign_in("auditor").await;
    for (id, fact) in [first, second].into_iter().zip(&facts) {
        let pdf = auditor.get(&format!("/messages/{id}/letter.pdf")).await.expect(200);
        assert_eq!(fact["sha256"], sha256(&app, &pdf.bytes).await, "the journal has the hash of what was posted");
        let page = auditor.get(&format!("/messages/{id}")).await.expect(200).text();
        assert!(page.contains(fact["sha256"].as_str().unwrap()) && !page.contains("Write it again"), "{page}");
        let document = format!("/documents/{}", fact["document"].as_str().unwrap());
        auditor.get(&document).await.expect(200);
        app.sign_in("councillor").await.get(&document).await.expect(404);
    }
    app.sign_in("planner").await.get(&format!("{batch}/letters.pdf")).await.expect(403);
}

#[tokio::test]
async fn a_letter_is_written_again_read_and_sent() {
    let app = TestApp::new().await;
    let of = owe(&app, app.platform(), Reader::default(), values()).await;
    let officer = app.sign_in("housing-officer").await;
    let page = officer.get(&format!("/messages/{of}")).await.expect(200);
    assert!(page.select("h3").contains(&"If you think this is wrong".to_owned()), "{}", page.text());
    assert!(page.text().contains("Door # will not open") && page.text().contains("See it as it will be printed"));
    let draft = officer.post(&format!("/messages/{of}/write"), &[]).await.expect(303).location().to_owned();
    let page = officer.get(&draft).await.expect(200);
    assert!(page.text().contains("Send the letter") && page.text().contains("How to pay"));
    let part = page.attribute("textarea", "name").unwrap();
    let refused = officer.post(&format!("{draft}/draft"), &[(&part, "Ring {whom}.")]).await.expect(422);
    assert!(refused.text().contains("Nothing fills {whom}") && refused.text().contains("Ring {whom}."));
    let before = officer.get(&format!("{draft}/letter.pdf")).await.expect(200).bytes;
    let typed = [(part.as_str(), "Ring us on {phone}.\n- at any time"), ("large_print", "yes")];
    officer.post(&format!("{draft}/draft"), &typed).await.expect(303);
    let page = officer.get(&draft).await.expect(200);
    assert!(page.text().contains("Large print") && page.select("li").contains(&"at any time".to_owned()));
    assert_ne!(officer.get(&format!("{draft}/letter.pdf")).await.expect(200).bytes, before);
    officer.post(&format!("{draft}/send"), &[]).await.expect(303);
    officer.post(&format!("{draft}/send"), &[]).await.expect(409);
    officer.post(&format!("{draft}/draft"), &typed).await.expect(409);
    let discarded = officer.post(&format!("/messages/{of}/write"), &[]).await.expect(303).location().to_owned();
    officer.post(&format!("{discarded}/discard"), &[]).await.expect(303);
    assert!(officer.get(&discarded).await.expect(200).text().contains("Withdrawn"));
    app.sign_in("auditor").await.post(&format!("/messages/{of}/write"), &[]).await.expect(403);
}

#[tokio::test]
async fn a_letter_that_lacks_what_it_must_say_is_not_sent() {
    let app = TestApp::new().await;
    let (post, platform) = with_post(&app);
    let mut open = values();
    open.insert("pay_by", " ".to_owned());
    let id = owe(&app, &platform, Reader::default(), open).await;
    work(&platform).await;
    let (held, why) = status(&app, id).await;
    assert_eq!(
        (held.as_str(), why.as_deref()),
        ("held", Some("the letter lacks what it must say: how much and by when"))
    );
    assert!(post.0.lock().unwrap().is_empty());
    let officer = app.sign_in("housing-officer").await;
    let page = officer.get(&format!("/messages/{id}")).await.expect(200);
    assert!(page.text().contains("It cannot be sent: the letter lacks what it must say: how much and by when."));
    let draft = officer.post(&format!("/messages/{id}/write"), &[]).await.expect(303).location().to_owned();
    let refused = officer.post(&format!("{draft}/send"), &[]).await.expect(409);
    assert!(refused.text().contains("how much and by when"), "{}", refused.text());
}

#[tokio::test]
async fn what_goes_to_the_post_is_what_is_kept() {
    let app = TestApp::new().await;
    let (post, platform) = with_post(&app);
    let id = owe(&app, &platform, Reader::default(), values()).await;
    work(&platform).await;
    assert_eq!(status(&app, id).await.0, "sent");
    let posted = post.0.lock().unwrap().pop().unwrap();
    let pdf = posted.pdf.unwrap();
    assert!(pdf.starts_with(b"%PDF-") && posted.text.contains("The cost is £96.00."));
    let kept = app.sign_in("auditor").await.get(&format!("/messages/{id}/letter.pdf")).await.expect(200).bytes;
    assert_eq!(kept, pdf);
    let facts = sent(&app).await;
    assert_eq!(facts[0]["sha256"], sha256(&app, &pdf).await);
    assert_eq!((&facts[0]["channel"], &facts[0]["template"]), (&json!("letter"), &json!(NOTICE)));
}

/// Takes letters and keeps them.
#[derive(Default)]
struct Post(Mutex<Vec<LetterBody>>);

#[async_trait]
impl TextSender for Post {
    async fn text(&self, _: &str, _: &str, reference: &str) -> Result<String, SendError> {
        Ok(reference.to_owned())
    }
    async fn letter(&self, letter: &LetterBody, reference: &str) -> Result<String, SendError> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(reference.to_owned())
    }
    async fn status(&self, _: &str) -> Result<DeliveryStatus, SendError> {
        Ok(DeliveryStatus::Pending)
    }
}

/// The same landlord with somebody who takes letters.
fn with_post(app: &TestApp) -> (Arc<Post>, Platform) {
    let post = Arc::new(Post::default());
    let ports = Ports { text: Some(post.clone()), ..app.platform().ports().clone() };
    let (config, platform) = (app.platform().config().clone(), app.platform().clone());
    let house =
        rooftree_testkit::build(app.pool().clone(), config, ports, Calendars::built_in(), move || platform.now())
            .unwrap_or_else(|errors| panic!("{errors:?}"));
    (post, house.app.platform)
}

async fn work(platform: &Platform) {
    while jobs::run_one(platform).await.unwrap() {}
}
