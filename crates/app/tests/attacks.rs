//! What was tried against the product and must stay shut.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use rooftree_platform::{Error, jobs};
use rooftree_testkit::{Client, TestApp};
use uuid::Uuid;

async fn token(app: &TestApp, role: &str) -> String {
    token_for(app, role, &["homes.*", "people.*"]).await
}

async fn token_for(app: &TestApp, role: &str, scopes: &[&str]) -> String {
    let user = app.user(role, Default::default()).await;
    let mut ctx = app.system().await;
    let expires = ctx.now.plus_seconds(86_400);
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let secret =
        rooftree_platform::signin::tokens::make(&mut ctx, user, "test", &scopes, expires).await.expect("a token");
    ctx.commit().await.expect("kept");
    secret
}

async fn call(client: &Client, method: &str, path: &str, secret: &str, key: &str, body: &str) -> (StatusCode, String) {
    let mut request =
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("bearer {secret}"));
    if !key.is_empty() {
        request = request.header("idempotency-key", key);
    }
    let reply = client.send(request.body(Body::from(body.to_owned())).expect("a request")).await;
    (reply.status, reply.text())
}

#[tokio::test]
async fn a_key_stands_for_one_request_about_one_thing() {
    let app = TestApp::new().await;
    let (one, other) = (app.home("14 Lantern Close").await, app.home("15 Lantern Close").await);
    let (client, secret) = (app.anybody(), token(&app, "housing-officer").await);
    let body = r#"{"version": 1, "heating": "heat pump"}"#;
    let path = |reference: &str| format!("/api/v1/places/{reference}");
    let first = call(&client, "PUT", &path(&one.reference), &secret, "k1", body).await;
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);
    assert_eq!(call(&client, "PUT", &path(&one.reference), &secret, "k1", body).await, first, "the first answer again");
    assert_eq!(call(&client, "PUT", &path(&other.reference), &secret, "k1", body).await.0, StatusCode::CONFLICT);
    let refused = call(&client, "PUT", &path(&other.reference), &secret, "k2", r#"{"version": 9}"#).await;
    assert_eq!(refused.0, StatusCode::CONFLICT);
    let again = call(&client, "PUT", &path(&other.reference), &secret, "k2", body).await;
    assert_eq!(again.0, StatusCode::OK, "no key is kept for what was not done: {}", again.1);
}

#[tokio::test]
async fn a_revoked_token_ends_at_once() {
    let app = TestApp::new().await;
    let (client, secret) = (app.anybody(), token(&app, "housing-officer").await);
    assert_eq!(call(&client, "GET", "/api/v1/places", &secret, "", "").await.0, StatusCode::OK);
    let id: Uuid = sqlx::query_scalar("select id from api_token").fetch_one(app.pool()).await.expect("the token");
    let mut ctx = app.system().await;
    rooftree_platform::signin::tokens::revoke(&mut ctx, id).await.expect("revoked");
    ctx.commit().await.expect("kept");
    assert_eq!(call(&client, "GET", "/api/v1/places", &secret, "", "").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn zero_bytes_and_odd_addresses_are_answered_like_any_other_mistake() {
    let app = TestApp::new().await;
    let visitor = app.anybody();
    let reply = visitor.post("/sign-in", &[("email", "a\0b@example.org"), ("password", "x")]).await;
    assert!(reply.status.is_client_error(), "{}", reply.status);
    let officer = app.sign_in("housing-officer").await;
    for path in ["/homes?q=%00", "/repairs/%00", "/people?q=a%00b", "/documents/x", "/clocks/no-id", "/homes/%ff"] {
        let reply = officer.get(path).await;
        assert!(reply.status.is_success() || reply.status.is_client_error(), "{path}: {}", reply.status);
        assert!(reply.text().contains("<!DOCTYPE html>"), "{path} is answered by a page");
    }
    let secret = token(&app, "housing-officer").await;
    let answer = call(&visitor, "POST", "/api/v1/people", &secret, "", r#"{"family_name": "a\u0000b"}"#).await;
    assert_eq!(answer.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.1);
    let nowhere = call(&visitor, "GET", "/api/v1/places/%ff", &secret, "", "").await;
    assert!(nowhere.0 == StatusCode::NOT_FOUND && nowhere.1.contains("\"status\":404"), "{nowhere:?}");
    let secret = token_for(&app, "auditor", &["figures.*", "standards.*"]).await;
    let asked = call(&visitor, "GET", "/api/v1/due?from=x&inclusive=perhaps", &secret, "", "").await;
    assert!(asked.0.is_client_error() && asked.0 != StatusCode::NOT_FOUND, "{asked:?}");
    assert!(asked.1.contains("\"detail\"") && asked.1.contains("\"status\""), "a problem document: {asked:?}");
}

#[tokio::test]
async fn made_up_methods_share_one_label() {
    let app = TestApp::new().await;
    let visitor = app.anybody();
    let method = Method::from_bytes(b"FOO1").expect("a method");
    let request = Request::builder().method(method).uri("/sign-in").body(Body::empty()).expect("a request");
    assert_eq!(visitor.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_locked_account_cannot_guess_on_its_own_page() {
    let app = TestApp::new().await;
    let user = app.user("call-handler", Default::default()).await;
    sqlx::query("update app_user set locked_until = now() + interval '10 years' where id = $1")
        .bind(user)
        .execute(app.pool())
        .await
        .expect("locked");
    let actor = app.system().await.actor.clone();
    let tried = rooftree_platform::signin::users::change_own_password(app.platform(), &actor, user, "x", "y").await;
    assert!(
        matches!(&tried, Err(Error::Invalid(errors)) if errors.to_string().contains("try again after")),
        "{tried:?}"
    );
}

#[tokio::test]
async fn processes_that_start_together_take_turns() {
    let app = TestApp::new().await;
    let url = app.db.url.clone();
    let tried = tokio::join!(rooftree_app::migrate(&url), rooftree_app::migrate(&url), rooftree_app::migrate(&url));
    assert!(tried.0.is_ok() && tried.1.is_ok() && tried.2.is_ok(), "{tried:?}");
}

#[tokio::test]
async fn a_job_of_no_known_kind_is_put_back_and_the_worker_lives() {
    let app = TestApp::new().await;
    let mut ctx = app.system().await;
    let now = ctx.now;
    ctx.enqueue("nonsense", None, serde_json::json!({}), now).await.expect("promised");
    ctx.commit().await.expect("kept");
    assert!(jobs::run_one(app.platform()).await.expect("taken"));
    let error: Option<String> =
        sqlx::query_scalar("select last_error from job").fetch_one(app.pool()).await.expect("the job");
    assert!(error.is_some_and(|error| error.contains("nonsense")));
}

#[tokio::test]
async fn a_form_is_read_up_to_a_megabyte_whoever_sends_it() {
    let app = TestApp::new().await;
    let long = "x".repeat(2 * 1024 * 1024);
    let unknown = app.anybody().post("/sign-in", &[("email", long.as_str()), ("password", "x")]).await;
    assert!(unknown.status.is_client_error() && unknown.text().contains("too large"), "{}", unknown.status);
    let handler = app.sign_in("housing-officer").await;
    let known = handler.post("/people/new", &[("family_name", long.as_str())]).await;
    assert!(
        known.status == StatusCode::PAYLOAD_TOO_LARGE && known.text().contains("larger than 1 MB"),
        "{}",
        known.status
    );
    let (client, secret) = (app.anybody(), token(&app, "housing-officer").await);
    let home = app.home("14 Lantern Close").await;
    let path = format!("/api/v1/places/{}", home.reference);
    let body = format!(r#"{{"version": 1, "heating": "{long}"}}"#);
    assert_eq!(call(&client, "PUT", &path, &secret, "", &body).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}
