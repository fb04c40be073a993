//! Orders and variations: who decides on them, and in what order rows are locked.

use crate::calls::{ground, logged, reason};
use rooftree_testkit::{Links, TestApp};
use uuid::Uuid;

/// A photo on the repair: the document's id.
async fn photographed(app: &TestApp, reference: &str) -> Uuid {
    sqlx::query_scalar(
        "insert into document (id, sha256, name, media_type, bytes, kind, has_thumbnail, case_id, added_at, added_by)
         select gen_random_uuid(), decode(repeat('00', 32), 'hex'), 'tap.png', 'image/png', 1, 'photo', true, id, reported_at, 'Dermot Quinn'
         from repair where reference = $1 returning id",
    )
    .bind(reference)
    .fetch_one(app.pool())
    .await
    .expect("a photo")
}

#[tokio::test]
async fn a_variation_waits_for_the_client_and_nobody_approves_their_own() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let order: String = sqlx::query_scalar(
        "select o.reference from works_order o join repair r on r.id = o.case_id where r.reference = $1",
    )
    .bind(&reference)
    .fetch_one(app.pool())
    .await
    .expect("an order");
    let value = async || -> i64 {
        sqlx::query_scalar("select value_pence from works_order where reference = $1")
            .bind(&order)
            .fetch_one(app.pool())
            .await
            .expect("a value")
    };
    let before = value().await;
    let provider =
        app.sign_in_as("repairs-manager", Links { provider: Some(operative.provider), ..Links::default() }).await;
    provider.post("/orders/accept", &[("orders", &order)]).await.expect(303);
    let path = format!("/orders/{order}/vary");
    let bad = provider.post(&path, &[("rate-0", "ZZ-999"), ("quantity-0", "1"), ("reason", "")]).await.expect(422);
    assert!(bad.text().contains("not a code of the schedule of rates") && bad.text().contains("Choose a reason"));
    let good =
        [("rate-0", "PL-012"), ("quantity-0", "2"), ("reason", reason("variation")), ("note", "Second leak found")];
    provider.post(&path, &good).await.expect(303);
    assert_eq!(value().await, before, "nothing is added before approval");
    provider.get("/approvals").await.expect(403);

    let officer = app.sign_in("client-officer").await;
    let page = officer.get("/approvals").await.expect(200);
    let id = page.attribute("input[name=variations]", "value").expect("a variation to tick");
    assert!(
        page.text().contains("2 × ") && page.text().contains("(PL-012), £136.00"),
        "what is asked for stands beside the tick"
    );
    assert!(page.text().contains("Promise due"), "and how pressing it is: {}", page.text());
    // The photos stand beside it and open; the order's own page decides as well, and leads back to itself.
    let photo = photographed(&app, &reference).await;
    let own_page = officer.get(&format!("/orders/{order}")).await.expect(200);
    let row = officer.get("/approvals").await.expect(200);
    for shown in [&row, &own_page] {
        assert_eq!(shown.attribute("ul.rt-photos a", "href"), Some(format!("/documents/{photo}")));
        let buttons = shown.attributes("button[name=decision]", "class");
        assert_eq!(buttons, ["govuk-button", "govuk-button govuk-button--secondary"], "approve is what is done most");
    }
    assert_eq!(own_page.attribute("form[action='/approvals'] input[name=variations]", "value"), Some(id.clone()));
    let unsaid = [("variations", id.as_str()), ("order", order.as_str()), ("decision", "refuse")];
    let unsaid = officer.post("/approvals", &unsaid).await.expect(422);
    assert!(unsaid.select("h1").join(" ").contains(&order), "{}", unsaid.text());
    let refused = officer.post("/approvals", &[("variations", &id), ("decision", "refuse")]).await.expect(422);
    assert_eq!(refused.attribute("input[name=variations][checked]", "value"), Some(id.clone()), "ticks are kept");
    let ask_as = async |role: &str| {
        sqlx::query("update variation set requested_by_id = (select id from app_user where role = $1)")
            .bind(role)
            .execute(app.pool())
            .await
            .expect("a variation")
    };
    ask_as("client-officer").await;
    let own = officer.post("/approvals", &[("variations", &id), ("decision", "approve")]).await.expect(409);
    assert!(own.text().contains("You put this variation forward yourself"), "{}", own.text());
    ask_as("repairs-manager").await;
    officer
        .post("/approvals", &[("variations", &id), ("decision", "approve"), ("note", "Agreed on the phone")])
        .await
        .expect(303);
    let shown = provider.get(&format!("/orders/{order}")).await.expect(200).text();
    assert!(shown.contains("Decided by the client") && shown.contains("Agreed on the phone"), "{shown}");
    assert_eq!(value().await, before + 2 * 6800);
}

#[tokio::test]
async fn no_form_decides_on_more_than_a_page_shows() {
    let app = TestApp::new().await;
    let (_, operative) = ground(&app).await;
    let manager = Links { provider: Some(operative.provider), ..Links::default() };
    let many: Vec<String> = (0..201).map(|number| format!("WO-{number}")).collect();
    let mut fields: Vec<(&str, &str)> = many.iter().map(|order| ("orders", order.as_str())).collect();
    fields.push(("decision", "approve"));
    for (role, links, path) in
        [("repairs-manager", manager, "/orders/accept"), ("client-officer", Links::default(), "/approvals")]
    {
        let refused = app.sign_in_as(role, links).await.post(path, &fields).await.expect(422);
        assert!(refused.text().contains("at most 200 can be sent at a time"), "{path}: {}", refused.text());
    }
}

#[tokio::test]
async fn an_order_is_locked_after_its_repair_as_every_command_does() {
    let app = TestApp::new().await;
    let ground = crate::door::ground(&app, "kitchen-tap").await;
    let links = Links { provider: Some(ground.operative.provider), ..Links::default() };
    let manager = app.sign_in_as("repairs-manager", links).await;
    let order: String = sqlx::query_scalar("select reference from works_order where case_id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    // An operative's command holds the repair; the acceptance waits for it without holding the order, which that command wants next.
    let mut visit = app.pool().begin().await.unwrap();
    sqlx::query("select from repair where id = $1 for update").bind(ground.repair).execute(&mut *visit).await.unwrap();
    let accepted = tokio::spawn({
        let order = order.clone();
        async move { manager.post("/orders/accept", &[("orders", order.as_str())]).await }
    });
    let waits = "select count(*) from pg_locks where not granted";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(app.pool()).await.unwrap() == 0 {
        assert!(!accepted.is_finished(), "the acceptance waits for the repair");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    sqlx::query("select from works_order where case_id = $1 for update nowait")
        .bind(ground.repair)
        .execute(&mut *visit)
        .await
        .expect("the order is free");
    visit.commit().await.unwrap();
    accepted.await.unwrap().expect(303);
}

#[tokio::test]
async fn nobody_decides_on_an_order_of_their_own_and_a_visit_agreed_meanwhile_stands() {
    let app = TestApp::new().await;
    let ground = crate::door::ground(&app, "kitchen-tap").await;
    let officer = app.user("client-officer", Links::default()).await;
    sqlx::query("update works_order set status = 'awaiting-approval', raised_by_id = $2 where case_id = $1")
        .bind(ground.repair)
        .bind(officer)
        .execute(app.pool())
        .await
        .unwrap();
    sqlx::query("update repair set stage = 'awaiting-approval' where id = $1")
        .bind(ground.repair)
        .execute(app.pool())
        .await
        .unwrap();
    let order: String = sqlx::query_scalar("select reference from works_order where case_id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    let mut actor = app.actor("client-officer", Links::default()).await;
    actor.user = Some(officer);
    let mut ctx = app.platform().begin(&actor).await.unwrap();
    let own = rooftree_works::orders::commands::decide(&mut ctx, &order, true, "").await;
    assert!(own.unwrap_err().to_string().contains("You put this order forward yourself"));
    drop(ctx);

    let other = app.sign_in("client-manager").await;
    let path = format!("/orders/{order}/decide");
    let bare = other.post(&path, &[("decision", "refuse"), ("note", "")]).await.expect(422);
    assert!(bare.text().contains("Say why it is refused"));
    other.post(&path, &[]).await.expect(422);
    other.post(&path, &[("decision", "approve")]).await.expect(303);
    let stage: String = sqlx::query_scalar("select stage from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(stage, "booked");
}

#[tokio::test]
async fn what_a_completed_order_took_more_is_still_decided_when_the_rest_is_cancelled() {
    let app = TestApp::new().await;
    let ground = crate::door::ground(&app, "kitchen-tap").await;
    sqlx::query("update works_order set status = 'completed' where case_id = $1")
        .bind(ground.repair)
        .execute(app.pool())
        .await
        .unwrap();
    let order: String = sqlx::query_scalar("select reference from works_order where case_id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    let mut ctx = app.system().await;
    let lines = [("PL-012".to_owned(), 100)];
    rooftree_works::orders::commands::request_variation(&mut ctx, &order, reason("variation"), "Pipe too", &lines)
        .await
        .unwrap();
    let _ = rooftree_repairs::repair::commands::cancel(&mut ctx, &ground.reference, "reported-in-error", "Twice")
        .await
        .unwrap();
    ctx.commit().await.unwrap();
    let status: String = sqlx::query_scalar("select status from variation").fetch_one(app.pool()).await.unwrap();
    assert_eq!(status, "requested");
}
