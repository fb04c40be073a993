//! The companies that do the work: without one no repair can be logged.

use crate::door::ground;
use rooftree_kernel::ProviderId;
use rooftree_testkit::TestApp;
use rooftree_works::public::providers;
use sqlx::Connection;

#[tokio::test]
async fn a_landlord_begins_with_no_provider_and_adds_one() {
    let app = TestApp::new().await;
    let officer = app.sign_in("client-officer").await;
    assert!(officer.get("/providers").await.expect(200).text().contains("None yet"));
    officer.post("/providers/new", &[("name", ""), ("kind", "guild")]).await.expect(422);
    officer.post("/providers/new", &[("name", "Two Rivers Works"), ("kind", "works-company")]).await.expect(303);
    let again = officer.post("/providers/new", &[("name", "Two Rivers Works"), ("kind", "subcontractor")]).await;
    assert!(again.expect(422).text().contains("nother provider has this name"));
    let parent: uuid::Uuid =
        sqlx::query_scalar("select id from provider").fetch_one(app.pool()).await.expect("the provider");
    let sub =
        [("name", "Apex Lifts"), ("kind", "subcontractor"), ("parent", &parent.to_string()), ("email", "x@y.org")];
    officer.post("/providers/new", &sub).await.expect(303);
    let list = officer.get("/providers").await.expect(200).text();
    assert!(list.contains("Apex Lifts") && list.contains("for Two Rivers Works"), "{list}");
    app.sign_in("call-handler").await.get("/providers").await.expect(403);
}

#[tokio::test]
async fn under_a_new_name_its_figures_are_counted_again() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let officer = app.sign_in("client-officer").await;
    let figure = "/figures/repairs.jobs-completed?period=2026-11&by=provider";
    assert!(officer.get(figure).await.expect(200).text().contains("Works company of Dermot Quinn"));
    let edit = format!("/providers/{}/edit", ground.operative.provider);
    let renamed = [("name", "Quinn and Daughters"), ("kind", "works-company"), ("version", "1")];
    officer.post(&edit, &renamed).await.expect(303);
    let page = officer.get(figure).await.expect(200).text();
    assert!(page.contains("Quinn and Daughters") && !page.contains("Works company of Dermot Quinn"), "{page}");
}

#[tokio::test]
async fn a_provider_ends_when_nothing_is_left_with_it() {
    let app = TestApp::new().await;
    let operative = app.operative("Dermot Quinn", &["plumber"]).await;
    let officer = app.sign_in("client-officer").await;
    let end = format!("/providers/{}/end", operative.provider);
    officer.post(&end, &[]).await.expect(303);
    let open: i64 = sqlx::query_scalar("select count(*) from provider where ended_at is null")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(open, 1, "an operative works for it");
    sqlx::query("update operative set ended_at = now()").execute(app.pool()).await.expect("gone");
    officer.post(&end, &[]).await.expect(303);
    let page = officer.get(&format!("/providers/{}/edit", operative.provider)).await.expect(200).text();
    assert!(page.contains("It has ended"), "{page}");
}

#[tokio::test]
async fn other_areas_choose_among_those_that_work_and_name_those_that_have_ended() {
    let app = TestApp::new().await;
    let (quinn, marsh) = (app.operative("Dermot Quinn", &["plumber"]).await, app.operative("Ada Marsh", &[]).await);
    let choice = providers::working(app.pool(), None).await.expect("read");
    let names: Vec<&str> = choice.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["Works company of Ada Marsh", "Works company of Dermot Quinn"]);
    sqlx::query("update provider set ended_at = now() where id = $1")
        .bind(marsh.provider)
        .execute(app.pool())
        .await
        .expect("ended");
    let choice = providers::working(app.pool(), Some(quinn.provider)).await.expect("read");
    assert_eq!(choice.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [quinn.provider]);
    assert!(providers::working(app.pool(), Some(marsh.provider)).await.expect("read").is_empty());
    let ended = providers::provider(app.pool(), marsh.provider).await.expect("its name stays");
    assert!(ended.ended && ended.name == "Works company of Ada Marsh");
    assert!(!providers::provider(app.pool(), quinn.provider).await.expect("read").ended);
    assert!(providers::provider(app.pool(), ProviderId::new()).await.is_err());
}

#[tokio::test]
async fn providers_repairs_and_orders_keep_what_hangs_on_them() {
    let app = TestApp::new().await;
    ground(&app, "kitchen-tap").await;
    for (sql, why) in [
        ("delete from provider", "a provider is not removed: it ends"),
        ("update provider set id = gen_random_uuid()", "a provider is not removed: it ends"),
        ("truncate provider cascade", "permission denied"),
        ("delete from works_order", "has lines and is not removed"),
        ("delete from repair", "has orders, visits, a survey or an inspection and is not removed"),
        ("update repair set id = gen_random_uuid()", "nor given another id"),
        ("update works_order set id = gen_random_uuid()", "nor given another id"),
        ("truncate repair cascade", "permission denied"),
    ] {
        let refused = sqlx::query(sql).execute(app.pool()).await.expect_err(sql).to_string();
        assert!(refused.contains(why), "{sql}: {refused}");
    }
    // Whoever owns the tables is refused as well.
    let mut owner = sqlx::PgConnection::connect(&app.db.url).await.expect("the database answers");
    for sql in ["truncate repair cascade", "truncate works_order cascade"] {
        let refused = sqlx::query(sql).execute(&mut owner).await.expect_err(sql).to_string();
        assert!(refused.contains("removed with all others"), "{sql}: {refused}");
    }
}
