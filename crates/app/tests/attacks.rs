//! What was tried against the product and must stay shut.

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
};
use rooftree_platform::{
    documents::{self, Owner, Upload},
    jobs,
};
use rooftree_testkit::{Client, TestApp};
use sqlx::Connection;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
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
async fn a_made_up_method_is_refused() {
    let app = TestApp::new().await;
    let visitor = app.anybody();
    let method = Method::from_bytes(b"FOO1").expect("a method");
    let request = Request::builder().method(method).uri("/sign-in").body(Body::empty()).expect("a request");
    assert_eq!(visitor.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_open_session_is_no_place_to_guess_and_strangers_do_not_lock_it() {
    let app = TestApp::new().await;
    let user = app.user("call-handler", Default::default()).await;
    // Strangers at the door have locked the account for devices that are not known.
    sqlx::query("update app_user set locked_until = now() + interval '10 years' where id = $1")
        .bind(user)
        .execute(app.pool())
        .await
        .expect("locked");
    let actor = app.system().await.actor.clone();
    let guess = async |current: &str| {
        let tried =
            rooftree_platform::signin::users::change_own_password(app.platform(), &actor, user, current, "y").await;
        tried.expect_err("refused").to_string()
    };
    for _ in 0..5 {
        let refused = guess("x").await;
        assert!(refused.contains("is not your present password"), "{refused}");
    }
    for current in ["x", rooftree_testkit::PASSWORD] {
        let refused = guess(current).await;
        assert!(refused.contains("try again after"), "{refused}");
    }
}

#[tokio::test]
async fn processes_that_start_together_take_turns() {
    let app = TestApp::new().await;
    let url = app.db.url.clone();
    let tried = tokio::join!(rooftree_app::migrate(&url), rooftree_app::migrate(&url), rooftree_app::migrate(&url));
    assert!(tried.0.is_ok() && tried.1.is_ok() && tried.2.is_ok(), "{tried:?}");
}

#[tokio::test]
async fn the_applications_role_takes_numbers_and_sets_none_back() {
    let app = TestApp::new().await;
    assert!(count(&app, "select nextval('fact_seq')").await > 0);
    for sequence in ["fact_seq", "repair_ref_seq"] {
        let tried = sqlx::query("select setval($1::regclass, 1)").bind(sequence).execute(app.pool()).await;
        let refused = tried.expect_err("the number stays");
        let code = refused.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sequence}: {refused}");
    }
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

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.expect("a count")
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_done_once() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let new = officer.get("/people/new").await.expect(200);
    let form = new.attribute("form[action='/people/new'] input[name=_form]", "value").expect("the form has a name");
    let post = |family: &'static str| {
        let (officer, form) = (officer.clone(), form.clone());
        let fields = [("family_name", family), ("given_name", "Nadia"), ("preferred_channel", "text")];
        async move {
            let mut fields = fields.to_vec();
            fields.push(("_form", form.as_str()));
            let reply = officer.post("/people/new", &fields).await.expect(303);
            (reply.location().to_owned(), reply.headers.get(header::SET_COOKIE).cloned())
        }
    };
    let (one, two, three) = tokio::join!(post("Okafor"), post("Okafor"), post("Okafor"));
    assert_eq!(one.0, two.0, "the second click gets the answer of the first");
    assert_eq!(one, three);
    assert_eq!(count(&app, "select count(*) from person where family_name = 'Okafor'").await, 1);
    assert_eq!(post("Okafor").await, one, "and so does one that comes later");
    // Back, other words, send: that is another person.
    assert_ne!(post("Adeyemi").await.0, one.0);
    // What was refused may be sent again.
    let wrong = [("family_name", ""), ("_form", "mine")];
    officer.post("/people/new", &wrong).await.expect(422);
    officer.post("/people/new", &wrong).await.expect(422);
}

#[tokio::test]
async fn who_saves_second_is_told_and_saves_again() {
    let app = TestApp::new().await;
    let administrator = app.sign_in("administrator").await;
    let user = app.user("auditor", Default::default()).await;
    let path = format!("/users/{user}/edit");
    let version =
        administrator.get(&path).await.expect(200).attribute("input[name=version]", "value").expect("a version");
    let change = |name: &'static str, version: String| {
        let (administrator, path) = (administrator.clone(), path.clone());
        async move { administrator.post(&path, &[("name", name), ("role", "auditor"), ("version", &version)]).await }
    };
    change("Ann Carter", version.clone()).await.expect(303);
    let told = change("Anne Carter", version.clone()).await.expect(422);
    assert!(told.text().contains("Somebody else changed this user") && told.text().contains("Anne Carter"));
    // An error of another kind does not hand out the new version.
    let nameless = change("", version).await.expect(422).attribute("input[name=version]", "value");
    assert_eq!(nameless.as_deref(), Some("1"));
    let present = told.attribute("input[name=version]", "value").expect("the present version");
    // One line stays one, whatever is sent.
    change("Anne\r\nCarter", present).await.expect(303);
    let name: String = sqlx::query_scalar("select name from app_user where id = $1")
        .bind(Uuid::from(user))
        .fetch_one(app.pool())
        .await
        .expect("the user");
    assert_eq!(name, "Anne Carter");
}

#[tokio::test]
async fn a_picture_that_nobody_can_open_is_refused() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let path = format!("/homes/{}/documents", home.reference);
    let header = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";
    let refused = officer.upload(&path, &[], &[("file", "door.jpg", header)]).await.expect(422);
    assert!(refused.text().contains("cannot be opened"), "{}", refused.text());
    // 30,000 by 30,000 pixels in the header of a small file.
    let mut bomb =
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x06\x00\x00\x00".to_vec();
    let crc = crc32(&bomb[12..]);
    bomb.extend(crc.to_be_bytes());
    bomb.extend(b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e\x00\x00\x00\x00IEND\xae\x42\x60\x82");
    let refused = officer.upload(&path, &[], &[("file", "bomb.png", &bomb)]).await.expect(422);
    assert!(refused.text().contains("900 megapixels"), "{}", refused.text());
    // And in that of a JPEG in several passes, whose decoder knows no limit.
    let bomb = b"\xff\xd8\xff\xc2\x00\x11\x08\x75\x30\x75\x30\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\
        \xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x00\x00";
    let refused = officer.upload(&path, &[], &[("file", "bomb.jpg", bomb)]).await.expect(422);
    assert!(refused.text().contains("900 megapixels"), "{}", refused.text());
    assert_eq!(count(&app, "select count(*) from document").await, 0);
}

#[tokio::test]
async fn a_file_that_no_document_refers_to_goes_after_a_day() {
    const HOUR: i64 = 3600;
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let store = async |words: &'static [u8]| {
        let upload = Upload { name: "note.txt".into(), bytes: words.into(), kind: "other" };
        documents::store(app.platform(), upload).await.expect("stored")
    };
    let sweep = async || documents::sweep(app.platform()).await.expect("swept");
    let kept = store(b"kept").await;
    let mut ctx = app.system().await;
    ctx.attach(kept, Owner { home: Some(home.id), ..Owner::default() }).await.expect("attached");
    ctx.commit().await.expect("kept");
    // Two forms were refused; one of the two files is sent again a day later.
    store(b"left behind").await;
    store(b"sent again").await;
    app.pass(23 * HOUR);
    store(b"sent again").await;
    assert_eq!(sweep().await, 0, "their forms may still be on the way");
    let folder = &app.platform().config().blob_dir;
    assert_eq!(files(folder), 3);
    app.pass(2 * HOUR);
    assert_eq!(sweep().await, 1);
    assert_eq!(files(folder), 2, "what was put anew waits for a day of its own");
    app.pass(24 * HOUR);
    assert_eq!(sweep().await, 1);
    assert_eq!(files(folder), 1, "what a document refers to stays");
    assert_eq!(count(&app, "select count(*) from blob_put").await, 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_removed_holds_up_no_other() {
    const DAY: i64 = 25 * 3600;
    let app = TestApp::new().await;
    let store = async |words: &'static [u8]| {
        let upload = Upload { name: "note.txt".into(), bytes: words.into(), kind: "other" };
        documents::store(app.platform(), upload).await.expect("stored")
    };
    let sweep = async || documents::sweep(app.platform()).await.expect("swept");
    store(b"stuck").await;
    // A folder that is not empty stands where the file was: nobody can remove it as a file.
    let stuck = below(&app.platform().config().blob_dir).pop().expect("its file");
    std::fs::remove_file(&stuck).expect("removed");
    std::fs::create_dir(&stuck).expect("a folder");
    std::fs::write(stuck.join("in-the-way"), "x").expect("a file");
    app.pass(1);
    store(b"left behind").await;
    app.pass(DAY);
    assert_eq!(sweep().await, 1, "the newer one goes");
    assert_eq!(sweep().await, 0, "the older one waits for another day");
    std::fs::remove_dir_all(&stuck).expect("mended");
    app.pass(DAY);
    assert_eq!(sweep().await, 1);
    assert_eq!(count(&app, "select count(*) from blob_put").await, 0);
}

#[tokio::test]
async fn a_file_that_is_sent_again_while_it_is_swept_is_put_after_it() {
    let app = TestApp::new().await;
    let store = || {
        let upload = Upload { name: "note.txt".into(), bytes: (&b"again"[..]).into(), kind: "other" };
        documents::store(app.platform(), upload)
    };
    store().await.expect("stored");
    app.pass(25 * 3600);
    // A sweep holds the note while it removes the file.
    let mut sweep = app.pool().begin().await.expect("a transaction");
    sqlx::query("delete from blob_put").execute(&mut *sweep).await.expect("locked");
    let again = async {
        store().await.expect("stored");
        assert_eq!(files(&app.platform().config().blob_dir), 1, "put after the removal");
    };
    let removal = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        std::fs::remove_dir_all(&app.platform().config().blob_dir).expect("removed");
        sweep.commit().await.expect("swept");
    };
    tokio::join!(again, removal);
    assert_eq!(documents::sweep(app.platform()).await.expect("swept"), 0);
    assert_eq!(files(&app.platform().config().blob_dir), 1);
}

/// The files in a folder and those below it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    found.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn files(folder: &Path) -> usize {
    below(folder).len()
}

#[tokio::test]
async fn the_metrics_are_nobody_elses() {
    let app = TestApp::new().await;
    let ask = |peer: [u8; 4], header: Option<&'static str>| {
        let peer = ConnectInfo(SocketAddr::from((peer, 4000)));
        let mut request = Request::builder().uri("/metrics").extension(peer);
        if let Some(name) = header {
            request = request.header(name, "198.51.100.1");
        }
        let (client, request) = (app.anybody(), request.body(Body::empty()).expect("a request"));
        async move { client.send(request).await.status.as_u16() }
    };
    assert_eq!(ask([127, 0, 0, 1], None).await, 200);
    assert_eq!(ask([127, 0, 0, 1], Some("x-forwarded-for")).await, 404, "a proxy on the same machine");
    assert_eq!(ask([192, 0, 2, 7], None).await, 404);
    app.anybody().get("/metrics").await.expect(404);
}

#[tokio::test]
async fn a_field_of_several_lines_keeps_them_and_another_is_one() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let alert = [
        ("kind", "access"),
        ("title", "Key\r\nsafe"),
        ("detail", "By the meter.\r\nRing first."),
        ("from_day", "23/11/2026"),
    ];
    officer.post(&format!("/homes/{}/alerts/new", home.reference), &alert).await.expect(303);
    let (title, detail): (String, String) =
        sqlx::query_as("select title, detail from place_alert").fetch_one(app.pool()).await.expect("the alert");
    assert_eq!((title.as_str(), detail.as_str()), ("Key safe", "By the meter.\r\nRing first."));
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_told_as_a_pause() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let (client, secret) = (app.anybody(), token(&app, "housing-officer").await);
    // The server ends every connection that waits for a table, as it does when it is shut down.
    let break_off = async || {
        let mut admin = sqlx::PgConnection::connect(&app.db.url).await.expect("the database answers");
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(end).fetch_one(&mut admin).await.expect("a count") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let mut lock = app.pool().begin().await.expect("a transaction");
    sqlx::query("lock table place in access exclusive mode").execute(&mut *lock).await.expect("locked");
    let (page, ()) = tokio::join!(officer.get("/homes"), break_off());
    assert!(page.expect(503).text().contains("The database does not answer"));
    let (answer, ()) = tokio::join!(call(&client, "GET", "/api/v1/places", &secret, "", ""), break_off());
    assert_eq!(answer.0, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.1);
    assert!(answer.1.contains("\"status\":503"), "{}", answer.1);
    lock.rollback().await.expect("let go");
    officer.get("/homes").await.expect(200);
}

/// The checksum of a PNG's chunks.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[tokio::test]
async fn a_program_is_told_what_it_got_wrong() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let (client, secret) = (app.anybody(), token(&app, "housing-officer").await);
    for list in ["/api/v1/people", "/api/v1/places"] {
        let (status, words) = call(&client, "GET", &format!("{list}?after=rubbish"), &secret, "", "").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{list}: {words}");
    }
    let path = format!("/api/v1/places/{}", home.reference);
    let put = |tag: &'static str, version: i32| {
        let request = Request::builder()
            .method(Method::PUT)
            .uri(&path)
            .header(header::AUTHORIZATION, format!("bearer {secret}"))
            .header(header::IF_MATCH, tag)
            .body(Body::from(format!(r#"{{"version": {version}, "heating": "heat pump"}}"#)))
            .expect("a request");
        client.send(request)
    };
    assert_eq!(put("\"another\"", 1).await.status, StatusCode::PRECONDITION_FAILED);
    let overtaken = put("*", 9).await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    assert!(!overtaken.text().contains("Your words"), "{}", overtaken.text());
    let twice = r#"{"version": 1, "heating": "gas", "heating": "heat pump"}"#;
    let (status, words) = call(&client, "PUT", &path, &secret, "", twice).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
    assert!(words.contains("‘heating’ stands twice"), "{words}");
    assert_eq!(put("*", 1).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_file_that_is_not_the_regulators_is_refused() {
    let app = TestApp::new().await;
    let analyst = app.sign_in("performance").await;
    for rubbish in [&b"junk"[..], b"a,b\n", b"a,b\n1,2\n", b"\xff\xfe\x00"] {
        let reply = analyst.upload("/figures/published", &[], &[("file", "tsm.csv", rubbish)]).await.expect(422);
        assert!(reply.text().contains("regulator"), "{}", reply.text());
    }
    assert_eq!(count(&app, "select count(*) from fact where name = 'figures.external-loaded'").await, 0);
}
