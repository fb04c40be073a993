//! Single sign-on through HTTP, with a provider that vouches for whom it is told; and the set-up that a role requires.

use crate::{browser::Browser, door};
use async_trait::async_trait;
use axum::{Router, http::header};
use rooftree_kernel::calendar::Calendars;
use rooftree_platform::{
    config::Config,
    ports::{Identity, IdentityProvider, LoginStart},
    signin::pending,
    unit::Ports,
};
use rooftree_testkit::{Links, TestApp};
use std::sync::{Arc, Mutex};

const RETURN: &str = "https://homes.example/sign-in/oidc/return";

/// Vouches for one identity; refuses when nonce, verifier or address are not those it began with.
struct Provider {
    identity: Mutex<Identity>,
}

#[async_trait]
impl IdentityProvider for Provider {
    async fn start(&self, redirect_uri: &str) -> Result<LoginStart, String> {
        assert_eq!(redirect_uri, RETURN);
        let word = |word: &str| word.to_owned();
        Ok(LoginStart {
            url: word("https://id.example/authorize?x"),
            state: word("state-1"),
            nonce: word("nonce-1"),
            pkce_verifier: word("pkce-1"),
        })
    }

    async fn finish(
        &self,
        redirect_uri: &str,
        code: &str,
        nonce: &str,
        pkce_verifier: &str,
    ) -> Result<Identity, String> {
        match (redirect_uri, code, nonce, pkce_verifier) {
            (RETURN, "code-1", "nonce-1", "pkce-1") => Ok(self.identity.lock().unwrap().clone()),
            _ => Err("refused".to_owned()),
        }
    }
}

/// The app with that provider, at an https address.
fn with_provider(app: &TestApp, email: &str) -> (Router, Arc<Provider>) {
    let identity = Identity { subject: "subject-1".to_owned(), email: Some(email.to_owned()), name: None };
    let provider = Arc::new(Provider { identity: Mutex::new(identity) });
    let ports = Ports { identity: Some(provider.clone()), ..app.platform().ports().clone() };
    let config = Config {
        base_url: "https://homes.example".to_owned(),
        secure_cookies: true,
        ..app.platform().config().clone()
    };
    let platform = app.platform().clone();
    let house =
        rooftree_testkit::build(app.pool().clone(), config, ports, Calendars::built_in(), move || platform.now())
            .unwrap_or_else(|errors| panic!("{errors:?}"));
    (rooftree_testkit::router(&house, None), provider)
}

#[tokio::test]
async fn the_browser_that_left_comes_back_and_is_in() {
    let app = TestApp::new().await;
    let user = app.user("call-handler", Links::default()).await;
    let (router, _) = with_provider(&app, &door::email_of(&app, user).await.to_uppercase());
    let browser = Browser::on(router.clone());
    assert!(browser.get("/sign-in?next=%2Fstart").await.expect(200).text().contains("/sign-in/oidc?next=%2Fstart"));
    let away = browser.get("/sign-in/oidc?next=%2Fstart").await.expect(303);
    assert!(away.location().starts_with("https://id.example/"));
    let cookie = away.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("; Secure") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let back = "/sign-in/oidc/return?code=code-1&state=state-1";
    let thief = Browser::on(router.clone());
    assert_eq!(thief.get(back).await.expect(303).location(), "/sign-in", "another browser has not the cookie");
    assert_eq!(browser.get(back).await.expect(303).location(), "/start");
    browser.get("/account").await.expect(200);
    let again = Browser::on(router);
    again.get("/sign-in/oidc?next=//evil.example").await.expect(303);
    let step = again.cookie("rooftree_step").unwrap();
    assert_eq!(again.get(back).await.expect(303).location(), "/");
    let replay = Browser::new(&app);
    replay.plant("rooftree_step", &step);
    assert_eq!(replay.get("/account").await.expect(303).location(), "/sign-in?next=%2Faccount");
}

#[tokio::test]
async fn what_does_not_fit_opens_nothing() {
    let app = TestApp::new().await;
    let user = app.user("call-handler", Links::default()).await;
    let (router, provider) = with_provider(&app, &door::email_of(&app, user).await);
    for query in [
        "code=code-1&state=state-2",
        "code=code-2&state=state-1",
        "state=state-1",
        "error=access_denied&state=state-1",
        "",
    ] {
        let browser = Browser::on(router.clone());
        browser.get("/sign-in/oidc").await.expect(303);
        assert_eq!(
            browser.get(&format!("/sign-in/oidc/return?{query}")).await.expect(303).location(),
            "/sign-in",
            "{query}"
        );
        assert!(browser.cookie("rooftree_session").is_none(), "{query}");
        assert_eq!(
            browser.get("/sign-in/oidc/return?code=code-1&state=state-1").await.expect(303).location(),
            "/sign-in",
            "used up: {query}"
        );
    }
    provider.identity.lock().unwrap().email = Some("stranger@example.org".to_owned());
    let browser = Browser::on(router);
    browser.get("/sign-in/oidc").await.expect(303);
    assert_eq!(browser.get("/sign-in/oidc/return?code=code-1&state=state-1").await.expect(303).location(), "/sign-in");
    assert!(browser.get("/sign-in").await.expect(200).text().contains("not a user here yet"));
}

#[tokio::test]
async fn a_required_second_factor_is_set_up_on_the_way_in() {
    let app = TestApp::new().await;
    let user = app.user("administrator", Links::default()).await;
    let browser = Browser::new(&app);
    let token = pending::hold(app.platform(), user, "/users").await.unwrap();
    browser.plant("rooftree_step", &token);
    let page = browser.get("/sign-in/set-up").await.expect(200);
    assert!(page.text().contains("<svg") && page.headers[header::CACHE_CONTROL] == "no-store");
    browser.post("/sign-in/set-up", &[("code", "000000")]).await.expect(422);
    let shown = browser.post("/sign-in/set-up", &[("code", &door::code(&app, user).await)]).await.expect(200);
    assert_eq!(shown.select(".rt-codes li").len(), 10);
    assert_eq!(shown.attribute("main a.govuk-button", "href").as_deref(), Some("/users"));
    browser.get("/users").await.expect(200);
    let again = Browser::new(&app);
    again.plant("rooftree_step", &token);
    assert_eq!(
        again.post("/sign-in/set-up", &[("code", "000000")]).await.expect(303).location(),
        "/sign-in",
        "shown once"
    );
}
