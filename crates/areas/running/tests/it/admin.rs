//! Users, tokens, webhooks, messages and jobs.

use crate::browser::Browser;
use axum::http::Method;
use rooftree_kernel::UserId;
use rooftree_testkit::{Links, TestApp};
use serde_json::json;

async fn facts(app: &TestApp, name: &str) -> i64 {
    sqlx::query_scalar("select count(*) from fact where name = $1").bind(name).fetch_one(app.pool()).await.unwrap()
}

#[tokio::test]
async fn a_user_is_added_signs_in_is_disabled() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    let bad = admin.post("/users/new", &[("email", "no address"), ("name", ""), ("role", "king")]).await.expect(422);
    assert_eq!(bad.select(".govuk-error-summary li").len(), 3, "{:?}", bad.select(".govuk-error-summary li"));
    assert_eq!(bad.attribute("input[name=email]", "value").as_deref(), Some("no address"), "what was typed stays");
    let shown = admin
        .post("/users/new", &[("email", "new@example.org"), ("name", "Nia Roe"), ("role", "planner")])
        .await
        .expect(200);
    let password = shown.select("main code").concat();
    let browser = Browser::new(&app);
    browser.post("/sign-in", &[("email", "new@example.org"), ("password", &password)]).await.expect(303);
    let again = admin
        .post("/users/new", &[("email", "NEW@example.org"), ("name", "Nia"), ("role", "planner")])
        .await
        .expect(422);
    assert!(again.text().contains("already a user"));
    let id: UserId = sqlx::query_scalar("select id from app_user where email = 'new@example.org'")
        .fetch_one(app.pool())
        .await
        .unwrap();
    let limited = [("name", "Nia Roe"), ("role", "repairs-manager"), ("version", "1")];
    assert!(admin.post(&format!("/users/{id}/edit"), &limited).await.expect(422).text().contains("choose which"));
    admin
        .post(&format!("/users/{id}/edit"), &[("name", "Nia Roe"), ("role", "finance"), ("version", "1")])
        .await
        .expect(303);
    admin.get(&format!("/users/{id}")).await.expect(200);
    admin.get("/users?q=nia&role=finance").await.expect(200);
    admin.post(&format!("/users/{id}/disable"), &[]).await.expect(303);
    assert_eq!(browser.get("/account").await.status.as_u16(), 303, "out at once");
    admin.post(&format!("/users/{id}/enable"), &[]).await.expect(303);
    let new = admin.post(&format!("/users/{id}/password"), &[]).await.expect(200).select("main code").concat();
    Browser::new(&app).post("/sign-in", &[("email", "new@example.org"), ("password", &password)]).await.expect(422);
    Browser::new(&app).post("/sign-in", &[("email", "new@example.org"), ("password", &new)]).await.expect(303);
    assert_eq!((facts(&app, "user.added").await, facts(&app, "user.changed").await), (1, 4));
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    let id: UserId = sqlx::query_scalar("select id from app_user").fetch_one(app.pool()).await.unwrap();
    admin.post(&format!("/users/{id}/disable"), &[]).await.expect(409);
    admin
        .post(&format!("/users/{id}/edit"), &[("name", "Sam"), ("role", "finance"), ("version", "1")])
        .await
        .expect(409);
    app.user("administrator", Links::default()).await;
    admin
        .post(&format!("/users/{id}/edit"), &[("name", "Sam"), ("role", "finance"), ("version", "1")])
        .await
        .expect(303);
    admin.get("/users").await.expect(403);
}

#[tokio::test]
async fn a_token_opens_what_both_it_and_its_user_may() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    let user = app.user("performance", Links::default()).await.to_string();
    let until = rooftree_ui::forms::day_value(app.now().day().plus_days(30));
    let make = async |scope: &str, until: &str| {
        admin
            .post("/tokens/new", &[("name", "Dashboard"), ("user", &user), ("scopes", scope), ("expires", until)])
            .await
    };
    make("kingdom.rule", &until).await.expect(422);
    make("figures.view", "01/01/2020").await.expect(422);
    make("figures.view", "01/01/2099").await.expect(422);
    let secret = make("figures.view", &until).await.expect(200).select("main code").concat();
    assert!(secret.starts_with("rt_"));
    let kept: i64 =
        sqlx::query_scalar("select count(*) from api_token where encode(hash, 'escape') like '%' || $1 || '%'")
            .bind(&secret)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!(kept, 0);
    let call = async || app.anybody().api(Method::GET, "/api/v1/measures", &secret, &[], None).await.status.as_u16();
    let before = call().await;
    assert_ne!(before, 401);
    let id: uuid::Uuid = sqlx::query_scalar("select id from api_token").fetch_one(app.pool()).await.unwrap();
    admin.get("/tokens").await.expect(200);
    admin.post(&format!("/tokens/{id}/revoke"), &[]).await.expect(303);
    if before != 404 {
        assert_eq!(call().await, 401);
    }
    assert_eq!((facts(&app, "token.made").await, facts(&app, "token.revoked").await), (1, 1));
}

#[tokio::test]
async fn a_webhook_is_told_of_what_it_asked_for_and_its_failures_are_seen() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    let add = async |url: &str, fact: &str| admin.post("/webhooks/new", &[("url", url), ("facts", fact)]).await;
    add("http://10.0.0.1/", "user.added").await.expect(422);
    add("https://example.org/hook", "no.such").await.expect(422);
    let shown = add("https://example.org/hook", "user.added").await.expect(200);
    assert!(shown.select("main code").concat().starts_with("whsec_"));
    admin
        .post("/users/new", &[("email", "new@example.org"), ("name", "Nia Roe"), ("role", "planner")])
        .await
        .expect(200);
    rooftree_platform::journal::fresh::pass_on(app.platform()).await.expect("passed on");
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from job where kind = 'webhook'").fetch_one(app.pool()).await.unwrap();
    assert_eq!(waiting, 1);
    // Without a sender each try fails; after the last the job is given up and seen.
    for _ in 0..10 {
        app.run_jobs().await;
        app.pass(7 * 3600);
    }
    let admin = app.sign_in("administrator").await;
    let page = admin.get("/jobs").await.expect(200);
    assert!(page.text().contains("Call a webhook") && page.text().contains("no sender of webhooks"));
    let job: i64 =
        sqlx::query_scalar("select id from job where dead_at is not null").fetch_one(app.pool()).await.unwrap();
    admin.post(&format!("/jobs/{job}/retry"), &[]).await.expect(303);
    admin.post(&format!("/jobs/{job}/drop"), &[("reason", "x")]).await.expect(404);
    sqlx::query("update job set dead_at = now() where id = $1").bind(job).execute(app.pool()).await.unwrap();
    admin.get(&format!("/jobs/{job}/drop")).await.expect(200);
    admin.post(&format!("/jobs/{job}/drop"), &[("reason", " ")]).await.expect(422);
    admin.post(&format!("/jobs/{job}/drop"), &[("reason", "The receiver is gone")]).await.expect(303);
    assert_eq!((facts(&app, "job.retried").await, facts(&app, "job.dropped").await), (1, 1));
    let hook: uuid::Uuid = sqlx::query_scalar("select id from webhook").fetch_one(app.pool()).await.unwrap();
    admin.get(&format!("/webhooks/{hook}")).await.expect(200);
    admin.post(&format!("/webhooks/{hook}/disable"), &[]).await.expect(303);
    admin.get("/webhooks").await.expect(200);
}

#[tokio::test]
async fn what_an_outage_left_is_tried_again_at_one_click() {
    let app = TestApp::new().await;
    for number in 0..3 {
        let id = uuid::Uuid::now_v7();
        sqlx::query(
            "with m as (insert into message (id, channel, template, address, subject, body, status, held_reason, created_at)
                        values ($1, 'email', 'some.template', 'ada@example.org', 'Your repair', $2, 'failed', 'the mail server does not answer', now())
                        returning id)
             insert into job (kind, key, payload, run_at, attempts, dead_at, last_error, created_at)
             select 'message', id::text, jsonb_build_object('message', id), now(), 10, now(), 'the mail server does not answer', now() from m",
        )
        .bind(id)
        .bind(format!("message {number}"))
        .execute(app.pool())
        .await
        .unwrap();
    }
    let admin = app.sign_in("administrator").await;
    assert!(admin.get("/jobs").await.expect(200).text().contains("Try all of this kind again"));
    let first: uuid::Uuid =
        sqlx::query_scalar("select id from message order by id limit 1").fetch_one(app.pool()).await.unwrap();
    assert!(admin.get(&format!("/messages/{first}")).await.expect(200).text().contains("Send again"));
    admin.post(&format!("/messages/{first}/resend"), &[]).await.expect(303);
    let kind = [("kind", "message")];
    app.sign_in("auditor").await.post("/jobs/retry-all", &kind).await.expect(403);
    admin.post("/jobs/retry-all", &kind).await.expect(303);
    admin.post("/jobs/retry-all", &kind).await.expect(409);
    assert!(admin.get("/jobs").await.expect(200).text().contains("Nothing was given up"));
    app.run_jobs().await;
    assert_eq!(app.mail.lock().unwrap().len(), 3);
    assert_eq!(facts(&app, "job.retried").await, 1);
}

#[tokio::test]
async fn held_messages_are_seen_with_the_reason_and_sent_again() {
    let app = TestApp::new().await;
    let home = app.home("7 Acre Close").await;
    for number in 0..2 {
        sqlx::query(
            "insert into message (id, channel, template, home_id, address, subject, body, status, held_reason, created_at)
             values ($1, 'email', 'some.template', $2, 'ada@example.org', 'Your repair', $3, 'held', 'no mail server is configured', now())",
        )
        .bind(uuid::Uuid::now_v7())
        .bind(home.id)
        .bind(format!("Dear <Ada>,\nmessage {number}"))
        .execute(app.pool())
        .await
        .unwrap();
    }
    let admin = app.sign_in("administrator").await;
    let page = admin.get("/messages?status=held").await.expect(200);
    assert!(page.text().contains("no mail server is configured") && page.text().contains(&home.reference));
    assert!(
        admin.get(&format!("/messages?about={}", home.reference)).await.expect(200).text().contains("some.template")
    );
    assert!(admin.get("/messages?about=R-999999").await.expect(200).text().contains("No message fits"));
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from message order by id limit 1").fetch_one(app.pool()).await.unwrap();
    let one = admin.get(&format!("/messages/{id}")).await.expect(200);
    assert!(one.text().contains("Dear &lt;Ada&gt;") && one.text().contains("Send again"));
    let auditor = app.sign_in("auditor").await;
    assert!(!auditor.get(&format!("/messages/{id}")).await.expect(200).text().contains("Send again"));
    auditor.post(&format!("/messages/{id}/resend"), &[]).await.expect(403);
    admin.post(&format!("/messages/{id}/resend"), &[]).await.expect(303);
    admin.post(&format!("/messages/{id}/resend"), &[]).await.expect(409);
    admin.post("/messages/resend-held", &[]).await.expect(303);
    admin.post("/messages/resend-held", &[]).await.expect(409);
    app.run_jobs().await;
    assert_eq!(app.mail.lock().unwrap().len(), 2);
    let states: Vec<String> =
        sqlx::query_scalar("select distinct status from message").fetch_all(app.pool()).await.unwrap();
    assert_eq!(json!(states), json!(["sent"]));
}
