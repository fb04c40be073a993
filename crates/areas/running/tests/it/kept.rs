//! A session that ends while somebody types loses nothing.

use crate::{browser::Browser, door::email_of};
use rooftree_testkit::{Links, PASSWORD, Reply, TestApp};

/// Longer than a session may lie unused.
const A_NIGHT_SECONDS: i64 = 9 * 3600;

async fn signed_in(app: &TestApp) -> (Browser, String) {
    let email = email_of(app, app.user("housing-officer", Links::default()).await).await;
    let browser = Browser::new(app);
    enter(&browser, &email).await;
    (browser, email)
}

async fn enter(browser: &Browser, email: &str) {
    browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await.expect(303);
}

/// The fields of the form on a page, with which its button would send it.
fn fields(page: &Reply) -> Vec<(String, String)> {
    let names = page.attributes("form.rt-form input[type=hidden]", "name");
    let values = page.attributes("form.rt-form input[type=hidden]", "value");
    names.into_iter().zip(values).collect()
}

async fn post(browser: &Browser, path: &str, fields: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields).await
}

async fn people(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from person").fetch_one(app.pool()).await.unwrap()
}

#[tokio::test]
async fn what_was_typed_is_there_after_signing_in_again() {
    let app = TestApp::new().await;
    let (browser, email) = signed_in(&app).await;
    let form = browser.get("/people/new").await.expect(200);
    let csrf = form.attribute("input[name=_csrf]", "value").unwrap();
    app.pass(A_NIGHT_SECONDS);
    let typed = [
        ("_csrf", csrf.as_str()),
        ("given_name", "Zoë"),
        ("family_name", "O’Brien <b>"),
        ("language", "Welsh"),
        ("preferred_channel", "phone"),
    ];
    let out = browser.post("/people/new", &typed).await.expect(303);
    assert!(out.location().starts_with("/sign-in?next=%2Fkept%2F"), "{}", out.location());
    let kept = out.location().replace("/sign-in?next=", "").replace("%2F", "/");

    // Somebody else at the same machine does not see it.
    let (other, _) = signed_in(&app).await;
    other.get(&kept).await.expect(404);

    enter(&browser, &email).await;
    let page = browser.get(&kept).await.expect(200);
    assert_eq!(page.attribute("form.rt-form", "action").as_deref(), Some("/people/new"));
    let shown = post(&browser, "/people/new", &fields(&page)).await.expect(200);
    assert_eq!(shown.attribute("input[name=family_name]", "value").as_deref(), Some("O’Brien <b>"));
    assert!(shown.text().contains("what you typed is here"), "{}", shown.text());
    assert_eq!(people(&app).await, 0, "nothing is done before it is sent again");

    let csrf = shown.attribute("form.rt-form input[name=_csrf]", "value").unwrap();
    let again = [
        ("_csrf", csrf.as_str()),
        ("given_name", "Zoë"),
        ("family_name", "O’Brien"),
        ("language", "Welsh"),
        ("preferred_channel", "phone"),
    ];
    browser.post("/people/new", &again).await.expect(303);
    assert_eq!(people(&app).await, 1);

    app.pass(25 * 3600);
    rooftree_platform::signin::sessions::forget_old(app.platform()).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from kept_form").fetch_one(app.pool()).await.unwrap();
    assert_eq!(left, 0, "after a day it is gone");
}

#[tokio::test]
async fn only_the_forms_of_the_session_that_ended_are_kept() {
    let app = TestApp::new().await;
    let (browser, _) = signed_in(&app).await;
    let csrf = browser.get("/people/new").await.expect(200).attribute("input[name=_csrf]", "value").unwrap();
    let (stranger, _) = signed_in(&app).await;
    app.pass(A_NIGHT_SECONDS);
    let kept = |reply: Reply| reply.location().contains("kept");
    let typed = [("_csrf", csrf.as_str()), ("given_name", "Zoë")];
    assert!(!kept(stranger.post("/people/new", &typed).await.expect(303)), "another session's token");
    assert!(!kept(browser.post("/people/new", &[("given_name", "Zoë")]).await.expect(303)), "no token");
    assert!(!kept(Browser::new(&app).post("/people/new", &typed).await.expect(303)), "no session");
    assert!(kept(browser.post("/people/new", &typed).await.expect(303)));
}
