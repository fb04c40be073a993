//! The door through HTTP.

use crate::browser::Browser;
use axum::http::header;
use rooftree_kernel::UserId;
use rooftree_testkit::{Links, PASSWORD, TestApp};

const SESSION: &str = "rooftree_session";

/// The address a user signs in with.
pub async fn email_of(app: &TestApp, user: UserId) -> String {
    sqlx::query_scalar("select email from app_user where id = $1").bind(user).fetch_one(app.pool()).await.unwrap()
}

async fn user(app: &TestApp, role: &str) -> (UserId, String) {
    let user = app.user(role, Links::default()).await;
    (user, email_of(app, user).await)
}

#[tokio::test]
async fn in_to_where_one_wanted_and_out_again() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let browser = Browser::new(&app);
    let away = browser.get("/start?x=1").await.expect(303);
    assert_eq!(away.location(), "/sign-in?next=%2Fstart%3Fx%3D1");
    let page = browser.get(away.location()).await.expect(200);
    assert_eq!(page.attribute("input[name=next]", "value").as_deref(), Some("/start?x=1"));
    let inside = browser
        .post("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", "/start?x=1")])
        .await
        .expect(303);
    assert_eq!(inside.location(), "/start?x=1");
    let cookie = inside.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    browser.get("/start").await.expect(200);
    assert_eq!(browser.get("/").await.expect(303).location(), "/start");
    assert_eq!(browser.get("/sign-in").await.expect(303).location(), "/");
    let token = browser.cookie(SESSION).unwrap();
    let csrf = browser.get("/account").await.expect(200).attribute("input[name=_csrf]", "value").unwrap();
    browser.post("/sign-out", &[]).await.expect(409);
    browser.post("/sign-out", &[("_csrf", &csrf)]).await.expect(303);
    assert_eq!(browser.cookie(SESSION), None);
    browser.plant(SESSION, &token);
    assert_eq!(
        browser.get("/start").await.expect(303).location(),
        "/sign-in?next=%2Fstart",
        "the session is over on the server too"
    );
    assert_eq!(browser.get("/").await.expect(303).location(), "/sign-in");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "javascript:alert(1)"] {
        let reply = Browser::new(&app)
            .post("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", next)])
            .await
            .expect(303);
        assert_eq!(reply.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn a_planted_session_does_not_become_the_users() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let attacker = Browser::new(&app);
    let (_, other) = user(&app, "planner").await;
    attacker.post("/sign-in", &[("email", &other), ("password", PASSWORD)]).await.expect(303);
    let planted = attacker.cookie(SESSION).unwrap();
    let victim = Browser::new(&app);
    victim.plant(SESSION, &planted);
    victim.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    assert_ne!(victim.cookie(SESSION).unwrap(), planted);
    assert_eq!(attacker.get("/account").await.status.as_u16(), 303, "the planted session has ended");
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_before_there_is_a_session() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
        [("origin", "null")],
    ] {
        let browser = Browser::new(&app);
        browser.post_with("/sign-in", &fields, &headers).await.expect(403);
        assert_eq!(browser.cookie(SESSION), None);
    }
    Browser::new(&app).post_with("/sign-in", &fields, &[("origin", "http://127.0.0.1:8080")]).await.expect(303);
}

#[tokio::test]
async fn wrong_words_are_alike_for_users_and_strangers() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let browser = Browser::new(&app);
    let mut told = Vec::new();
    for email in [email.as_str(), "nobody@example.org"] {
        let mut texts = Vec::new();
        for _ in 0..7 {
            let reply = browser.post("/sign-in", &[("email", email), ("password", "wrong password")]).await.expect(422);
            texts.push(reply.select(".govuk-error-summary").concat());
        }
        told.push(texts);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0][0].contains("is not right") && told[0][6].contains("Too many wrong passwords"), "{told:?}");
    app.pass(60);
    let reply = browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(422);
    assert!(reply.text().contains("Too many wrong passwords"), "the lock holds against the right password");
    app.pass(15 * 60);
    browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
}

#[tokio::test]
async fn a_stranger_locks_nobody_out_of_a_device_they_know() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let (_, other) = user(&app, "planner").await;
    let (own, colleague, stranger) = (Browser::new(&app), Browser::new(&app), Browser::new(&app));
    let enter = async |browser: &Browser, email: &str, password: &str| {
        browser.post("/sign-in", &[("email", email), ("password", password)]).await
    };
    enter(&own, &email, PASSWORD).await.expect(303);
    enter(&colleague, &other, PASSWORD).await.expect(303);
    for _ in 0..6 {
        enter(&stranger, &email, "wrong password").await.expect(422);
    }
    app.pass(60);
    for browser in [&stranger, &colleague] {
        let locked = enter(browser, &email, PASSWORD).await.expect(422);
        assert!(locked.text().contains("Too many wrong passwords"), "a device that does not know the user");
    }
    let slip = enter(&own, &email, "wrong password").await.expect(422);
    assert!(slip.text().contains("is not right"), "the own device counts for itself");
    let device = own.cookie("rooftree_device").unwrap();
    enter(&own, &email, PASSWORD).await.expect(303);
    // Whoever steals the cookie has as many tries as anybody.
    let thief = Browser::new(&app);
    thief.plant("rooftree_device", &device);
    app.pass(60);
    for _ in 0..6 {
        enter(&thief, &email, "wrong password").await.expect(422);
    }
    assert!(enter(&thief, &email, PASSWORD).await.expect(422).text().contains("Too many wrong passwords"));
    Browser::new(&app).post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
}

#[tokio::test]
async fn guesses_do_not_lock_whoever_has_no_password() {
    let app = TestApp::new().await;
    let (id, email) = user(&app, "call-handler").await;
    sqlx::query("update app_user set password_hash = null where id = $1").bind(id).execute(app.pool()).await.unwrap();
    let stranger = Browser::new(&app);
    for _ in 0..7 {
        stranger.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(422);
    }
    let locked: bool = sqlx::query_scalar("select locked_until is not null from app_user where id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert!(!locked, "their organisation lets them in");
}

#[tokio::test]
async fn one_address_may_try_so_often_in_a_minute() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let tries = app.platform().config().sign_in_per_minute_max;
    let (_, email) = user(&app, "call-handler").await;
    for _ in 0..=tries {
        Browser::new(&app).post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    }
    for number in 0..tries {
        browser
            .post("/sign-in", &[("email", &format!("n{number}@example.org")), ("password", "wrong")])
            .await
            .expect(422);
    }
    // (The office behind this address may sign in as often as it likes: that is no try.)
    let reply = browser.post("/sign-in", &[("email", "n@example.org"), ("password", "wrong")]).await.expect(429);
    assert!(reply.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn the_second_step_needs_the_first() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    for path in ["/sign-in/code", "/sign-in/set-up"] {
        assert_eq!(browser.get(path).await.expect(303).location(), "/sign-in");
        assert_eq!(browser.post(path, &[("code", "000000")]).await.expect(303).location(), "/sign-in");
    }
    browser.plant("rooftree_step", "made-up");
    assert_eq!(browser.post("/sign-in/code", &[("code", "000000")]).await.expect(303).location(), "/sign-in");
    browser.get("/sign-in/oidc").await.expect(404);
    browser.get("/sign-in/oidc/return?code=x&state=y").await.expect(404);
}

#[tokio::test]
async fn a_second_factor_is_set_up_asked_for_and_replaced_by_a_recovery_code() {
    let app = TestApp::new().await;
    let (id, email) = user(&app, "administrator").await;
    let browser = Browser::new(&app);
    browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    let page = browser.get("/account/second-factor").await.expect(200);
    assert!(page.text().contains("<svg") && page.text().contains("rt-qr"));
    let csrf = page.attribute("input[name=_csrf]", "value").unwrap();
    browser.post("/account/second-factor", &[("_csrf", &csrf), ("code", "123")]).await.expect(422);
    let shown =
        browser.post("/account/second-factor", &[("_csrf", &csrf), ("code", &code(&app, id).await)]).await.expect(200);
    let codes = shown.select(".rt-codes li");
    assert_eq!(codes.len(), 10);
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    app.pass(30);

    let next = Browser::new(&app);
    let step =
        next.post("/sign-in", &[("email", &email), ("password", PASSWORD), ("next", "/users")]).await.expect(303);
    assert_eq!(step.location(), "/sign-in/code");
    assert_eq!(next.cookie(SESSION), None, "the password alone opens nothing");
    assert_eq!(next.get("/users").await.expect(303).location(), "/sign-in?next=%2Fusers");
    next.get("/sign-in/code").await.expect(200);
    next.post("/sign-in/code", &[("code", "000000")]).await.expect(422);
    let held = next.cookie("rooftree_step").unwrap();
    assert_eq!(next.post("/sign-in/code", &[("code", &code(&app, id).await)]).await.expect(303).location(), "/users");
    next.get("/users").await.expect(200);

    let replay = Browser::new(&app);
    replay.plant("rooftree_step", &held);
    assert_eq!(
        replay.post("/sign-in/code", &[("code", &code(&app, id).await)]).await.expect(303).location(),
        "/sign-in",
        "used up"
    );

    let lost = Browser::new(&app);
    lost.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    lost.post("/sign-in/code", &[("recovery", &codes[0])]).await.expect(303);
    lost.get("/account").await.expect(200);
    let again = Browser::new(&app);
    again.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    again.post("/sign-in/code", &[("recovery", &codes[0])]).await.expect(422);
}

#[tokio::test]
async fn what_was_proved_before_a_reset_counts_no_more() {
    let app = TestApp::new().await;
    let (id, email) = user(&app, "administrator").await;
    let browser = Browser::new(&app);
    browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    let csrf = browser.get("/account/second-factor").await.expect(200).attribute("input[name=_csrf]", "value").unwrap();
    browser.post("/account/second-factor", &[("_csrf", &csrf), ("code", &code(&app, id).await)]).await.expect(200);
    let administrator = app.sign_in("administrator").await;
    let hash: String = sqlx::query_scalar("select password_hash from app_user where id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .unwrap();
    for reset in ["password", "second-factor"] {
        let thief = Browser::new(&app);
        thief.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
        thief.get("/sign-in/code").await.expect(200);
        administrator.post(&format!("/users/{id}/{reset}"), &[]).await;
        for path in ["/sign-in/code", "/sign-in/set-up"] {
            assert_eq!(thief.get(path).await.expect(303).location(), "/sign-in", "{reset} {path}");
        }
        sqlx::query("update app_user set password_hash = $2 where id = $1")
            .bind(id)
            .bind(&hash)
            .execute(app.pool())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_key_that_was_shown_is_not_shown_to_the_next() {
    let app = TestApp::new().await;
    let (id, email) = user(&app, "call-handler").await;
    let (one, other) = (Browser::new(&app), Browser::new(&app));
    for browser in [&one, &other] {
        browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    }
    let key = async |browser: &Browser| {
        browser.get("/account/second-factor").await.expect(200).select(".rt-code-text").concat()
    };
    let first = key(&one).await;
    assert_eq!(key(&one).await, first, "a reload shows the same key");
    assert_ne!(key(&other).await, first, "another browser has one of its own");
    app.pass(601);
    let stale = code(&app, id).await;
    assert_ne!(key(&one).await, first, "ten minutes later it is void");
    let page = one.get("/account/second-factor").await.expect(200);
    let csrf = page.attribute("input[name=_csrf]", "value").unwrap();
    one.post("/account/second-factor", &[("_csrf", &csrf), ("code", &stale)]).await.expect(422);
    app.pass(601);
    let late =
        one.post("/account/second-factor", &[("_csrf", &csrf), ("code", &code(&app, id).await)]).await.expect(422);
    assert!(late.text().contains("more than ten minutes ago"), "{}", late.text());
    one.post("/account/second-factor", &[("_csrf", &csrf), ("code", &code(&app, id).await)]).await.expect(200);
}

/// The code that the user's app shows now; during the set-up, that of the key shown last.
pub async fn code(app: &TestApp, user: UserId) -> String {
    let secret: Vec<u8> = sqlx::query_scalar(
        "select coalesce((select totp_secret from app_user where id = $1),
                         (select totp_secret from pending_sign_in where totp_secret is not null order by expires_at desc limit 1))",
    )
        .bind(user)
        .fetch_one(app.pool())
        .await
        .unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate((app.now().as_micros() / 1_000_000) as u64).to_string()
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions_and_needs_the_present_one() {
    let app = TestApp::new().await;
    let (_, email) = user(&app, "call-handler").await;
    let (one, two) = (Browser::new(&app), Browser::new(&app));
    for browser in [&one, &two] {
        browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
    }
    let csrf = one.get("/account").await.expect(200).attribute("input[name=_csrf]", "value").unwrap();
    let change = async |current: &str, new: &str| {
        one.post("/account/password", &[("_csrf", &csrf), ("current", current), ("password", new)]).await
    };
    assert!(change("wrong", "another brisk owl").await.expect(422).text().contains("not your present password"));
    assert!(change(PASSWORD, "short").await.expect(422).text().contains("at least 12 characters"));
    change(PASSWORD, "another brisk owl").await.expect(303);
    one.get("/account").await.expect(200);
    two.get("/account").await.expect(303);
    Browser::new(&app).post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(422);
    Browser::new(&app).post("/sign-in", &[("email", &email), ("password", "another brisk owl")]).await.expect(303);
}

#[tokio::test]
async fn search_and_start_answer_every_role() {
    let app = TestApp::new().await;
    let home = app.home("7 Acre Close").await;
    let handler = app.sign_in("call-handler").await;
    assert_eq!(
        handler.get(&format!("/search?q={}", home.reference)).await.expect(303).location(),
        format!("/homes/{}", home.reference)
    );
    assert!(handler.get("/search?q=Acre+Close").await.expect(200).text().contains("7 Acre Close"));
    assert!(handler.get("/search?q=zzzzqqq").await.expect(200).text().contains("Nothing was found"));
    let options = handler.get("/search/suggest?q=Acre").await.expect(200);
    assert!(options.text().contains("role=\"option\""), "{}", options.text());
    assert!(!options.text().contains("All results"), "all that there is stands in the list");
    assert_eq!(handler.get("/search/suggest?q=a").await.expect(200).text(), "");
    let nothing = handler.get("/search/suggest?q=zzzzqqq").await.expect(200);
    assert_eq!(nothing.select("li").join("; "), "Nothing found. Enter searches more widely");
    for number in 8..14 {
        app.home(&format!("{number} Acre Close")).await;
    }
    let many = handler.get("/search/suggest?q=Acre+Close").await.expect(200);
    assert_eq!(many.select("li").last().map(String::as_str), Some("All results for ‘Acre Close’"));
    assert_eq!(many.attributes("li", "data-href").last().map(String::as_str), Some("/search?q=Acre+Close"));
    assert_eq!(many.select("li").len(), 6, "five homes and the way to all of them");
    for role in ["call-handler", "client-officer", "repairs-manager", "finance", "administrator", "housing-officer"] {
        let page = app.sign_in(role).await.get("/start").await.expect(200);
        assert_eq!(page.text().contains("How the system does"), role == "administrator", "{role}");
    }
}
