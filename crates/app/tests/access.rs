//! Who may call what: the role × route matrix as a snapshot, and the proof that the guard enforces it.

use axum::{
    body::Body,
    http::{Method, Request},
};
use rooftree_frame::{Access, Route};
use rooftree_kernel::Permission;
use rooftree_platform::signin::tokens;
use rooftree_testkit::{Links, TestApp};
use sqlx::Connection;
use std::{collections::BTreeSet, fmt::Write};

fn words(access: &Access) -> String {
    match access {
        Access::Public => "public".to_owned(),
        Access::SignedIn => "signed-in".to_owned(),
        _ => access.permissions().iter().map(|permission| permission.0.as_ref()).collect::<Vec<_>>().join(" and "),
    }
}

fn holds(access: &Access, granted: &BTreeSet<Permission>) -> bool {
    access.permissions().into_iter().all(|permission| granted.contains(permission))
}

/// One line a route: method, path, permission, the roles that hold it, and whose rows they see.
fn matrix(title: &str, routes: &[Route], roles: &[(String, BTreeSet<Permission>)]) -> String {
    let mut lines: Vec<String> = routes
        .iter()
        .map(|route| {
            let holders: Vec<&str> = roles
                .iter()
                .filter(|(_, granted)| holds(&route.access, granted))
                .map(|(role, _)| role.as_str())
                .collect();
            let who = if route.access.permissions().is_empty() { "everybody".to_owned() } else { holders.join(", ") };
            format!("{} {} | {} | {} | {}", route.path, route.method, words(&route.access), who, route.scope)
        })
        .collect();
    lines.sort();
    let mut text = format!("{title}\n");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn roles(app: &TestApp) -> Vec<(String, BTreeSet<Permission>)> {
    app.platform().rules().roles.all().map(|role| (role.key.clone(), (*role.granted()).clone())).collect()
}

#[tokio::test]
async fn the_role_by_route_matrix_is_known() {
    let app = TestApp::new().await;
    let roles = roles(&app);
    let text = matrix("PAGES", &app.house.pages, &roles) + "\n" + &matrix("API", &app.house.api, &roles);
    insta::assert_snapshot!("matrix", text);
}

/// A path with its parameters filled in by something that exists nowhere.
fn sample(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            part if part.starts_with('{') && part.contains("id") => "00000000-0000-7000-8000-000000000000",
            part if part.starts_with('{') => "X-1",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn a_page_is_refused_to_every_role_without_its_permission() {
    let app = TestApp::new().await;
    for (role, granted) in roles(&app) {
        let client = app.sign_in(&role).await;
        for route in app.house.pages.iter().filter(|route| !route.access.permissions().is_empty()) {
            let path = sample(route.path);
            let reply =
                if route.method == Method::GET { client.get(&path).await } else { client.post(&path, &[]).await };
            let refused = reply.status == 403;
            assert_eq!(refused, !holds(&route.access, &granted), "{role} {} {path}: {}", route.method, reply.status);
            assert!(reply.status != 500, "{role} {} {path} fails: {}", route.method, reply.text());
        }
    }
}

#[tokio::test]
async fn the_api_is_refused_to_every_role_without_its_permission() {
    let app = TestApp::new().await;
    let expires = app.now().plus_seconds(3600);
    let all: Vec<String> = app.platform().registry().permissions.keys().map(|key| key.0.to_string()).collect();
    let client = app.anybody();
    for (role, granted) in roles(&app) {
        let user = app.user(&role, Links::default()).await;
        let mut ctx = app.system().await;
        let token = tokens::make(&mut ctx, user, "everything", &all, expires).await.expect("a token");
        ctx.commit().await.expect("committed");
        for route in app.house.api.iter().filter(|route| !route.access.permissions().is_empty()) {
            let path = format!("/api/v1{}", sample(route.path));
            let body = (route.method != Method::GET).then(|| serde_json::json!({}));
            let reply = client.api(route.method.clone(), &path, &token, &[], body).await;
            let refused = reply.status == 403;
            assert_eq!(refused, !holds(&route.access, &granted), "{role} {} {path}: {}", route.method, reply.status);
            assert!(reply.status != 500, "{role} {} {path} fails: {}", route.method, reply.text());
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_but_what_is_public() {
    let app = TestApp::new().await;
    let nobody = app.anybody();
    for route in app.house.pages.iter().filter(|route| route.access != Access::Public) {
        let path = sample(route.path);
        let reply = if route.method == Method::GET { nobody.get(&path).await } else { nobody.post(&path, &[]).await };
        assert!(
            reply.status.is_redirection() && reply.location().starts_with("/sign-in"),
            "{} {path}: {}",
            route.method,
            reply.status
        );
    }
    for route in app.house.api.iter().filter(|route| route.access != Access::Public) {
        let request = Request::builder().method(route.method.clone()).uri(format!("/api/v1{}", sample(route.path)));
        let reply = nobody.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(reply.status, 401, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn a_token_gives_no_more_than_its_scopes_and_its_owners_role() {
    let app = TestApp::new().await;
    let user = app.user("administrator", Links::default()).await;
    let mut ctx = app.system().await;
    let expires = app.now().plus_seconds(3600);
    let narrow = tokens::make(&mut ctx, user, "narrow", &["homes.view".to_owned()], expires).await.expect("a token");
    let wide = tokens::make(&mut ctx, user, "wide", &["repairs.*".to_owned()], expires).await.expect("a token");
    ctx.commit().await.expect("committed");
    let client = app.anybody();
    let list = async |token: &str| client.api(Method::GET, "/api/v1/repairs", token, &[], None).await.status.as_u16();
    assert_eq!(list(&narrow).await, 403);
    assert_eq!(list(&wide).await, 200);
    // The administrator may not cancel repairs, so neither may a token that asks for all of them.
    let cancel = client.api(Method::POST, "/api/v1/repairs/R-1/cancel", &wide, &[], Some(serde_json::json!({}))).await;
    assert_eq!(cancel.status, 403);
    app.pass(3601);
    assert_eq!(list(&wide).await, 401);
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let app = TestApp::new().await;
    let mut client = app.sign_in("call-handler").await;
    client.csrf = "wrong".to_owned();
    client.post("/repairs/new", &[]).await.expect(409);
    // With the session and its token, but from another site.
    let client = app.sign_in("call-handler").await;
    for (header, elsewhere) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let reply = client.post_with(&[(header, elsewhere)], "/repairs/new", &[]).await.expect(403);
        assert!(reply.text().contains("came from another site"), "{}", reply.text());
    }
}

#[tokio::test]
async fn every_page_carries_the_strict_policy() {
    let app = TestApp::new().await;
    let (anybody, clerk) = (app.anybody(), app.sign_in("administrator").await);
    let mut seen = 0;
    for route in app.house.pages.iter().filter(|route| route.method == Method::GET && !route.path.contains('{')) {
        for client in [&anybody, &clerk] {
            let reply = client.get(route.path).await;
            let text =
                |name: &str| reply.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            let policy = text("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{}: {policy}", route.path);
            assert_eq!(text("x-content-type-options"), "nosniff", "{}", route.path);
            if text("content-type").starts_with("text/html") {
                let html = reply.text();
                assert!(!html.contains(" style=\"") && !html.contains("onclick"), "{}", route.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "only {seen} pages were looked at");
}

#[tokio::test]
async fn the_description_of_the_api_names_every_route_and_no_other() {
    let app = TestApp::new().await;
    let document = app.anybody().get("/api/v1/openapi.json").await.expect(200).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let routes: BTreeSet<String> =
        app.house.api.iter().map(|route| format!("{} /api/v1{}", route.method, route.path)).collect();
    assert_eq!(described, routes);
    // Every operation says what it is, and what a wrong request is answered with.
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{method} {path} says nothing of itself");
            let replies = operation["responses"].as_object().expect("responses");
            assert!(replies.keys().any(|status| status.starts_with('2')), "{method} {path} has no success");
        }
    }
}

#[tokio::test]
async fn what_went_wrong_on_our_side_is_told_to_the_test_and_not_to_the_page() {
    let app = TestApp::new().await;
    let officer = app.sign_in("client-officer").await;
    let mut owner = sqlx::PgConnection::connect(&app.db.url).await.unwrap();
    sqlx::query("alter table provider rename to provider_gone").execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    let page = officer.get("/providers").await.expect(500);
    assert!(page.cause.as_deref().is_some_and(|cause| cause.contains("does not exist")), "{:?}", page.cause);
    assert!(!page.text().contains("does not exist"));
}
