//! The journal's pages.

use rooftree_platform::journal::seal;
use rooftree_testkit::TestApp;

#[tokio::test]
async fn facts_are_found_and_verified_from_a_page() {
    let app = TestApp::new().await;
    let auditor = app.sign_in("auditor").await;
    let admin = app.sign_in("administrator").await;
    admin
        .post("/users/new", &[("email", "new@example.org"), ("name", "Nia Roe"), ("role", "planner")])
        .await
        .expect(200);
    let page = auditor.get("/journal?name=user.added").await.expect(200);
    assert!(page.text().contains("User added"));
    let seq: i64 =
        sqlx::query_scalar("select seq from fact where name = 'user.added'").fetch_one(app.pool()).await.unwrap();
    let fact = auditor.get(&format!("/journal/facts/{seq}")).await.expect(200);
    assert!(fact.text().contains("Waits for its seal"));
    seal::seal_all(app.platform()).await.unwrap();
    assert!(auditor.get(&format!("/journal/facts/{seq}")).await.expect(200).text().contains("Sealed"));
    auditor.get("/journal/facts/999999").await.expect(404);
    auditor.get("/journal/facts/x").await.expect(404);
    assert!(auditor.get("/journal?about=H-99999999").await.expect(200).text().contains("No fact fits"));
    auditor.get("/journal?from=31%2F31%2F2026&seq=a").await.expect(200);
    auditor.post("/journal/verify", &[("noted", "nonsense")]).await.expect(200);
    auditor.post("/journal/verify", &[]).await.expect(303);
    assert!(auditor.get("/journal/verify/state").await.expect(200).text().contains("data-poll-url"));
    app.run_jobs().await;
    let result = auditor.get("/journal/verify/state").await.expect(200).text();
    assert!(result.contains("as it was sealed") && !result.contains("data-poll-url"), "{result}");
    app.sign_in("client-manager").await.get("/journal/verify").await.expect(403);
    app.sign_in("call-handler").await.get("/journal").await.expect(403);
}

#[tokio::test]
async fn readings_of_what_is_sensitive_are_listed() {
    let app = TestApp::new().await;
    let home = app.home("7 Acre Close").await;
    sqlx::query("insert into read_audit (read_at, user_name, what, person_id, reason) values (now(), 'Sam', 'needs', $1, 'planning a visit')")
        .bind(home.tenant)
        .execute(app.pool())
        .await
        .unwrap();
    let auditor = app.sign_in("auditor").await;
    let page = auditor.get(&format!("/journal/reads?about={}&by=sam", home.tenant_reference)).await.expect(200);
    assert!(page.text().contains("planning a visit") && page.text().contains(&home.tenant_reference));
    // Who answers for the record sees that it was read; why may say something about the person.
    let manager = app.sign_in("client-manager").await.get("/journal/reads").await.expect(200);
    assert!(manager.text().contains("Sam") && !manager.text().contains("planning a visit"));
    assert!(auditor.get("/journal/reads?by=nobody").await.expect(200).text().contains("Nobody read"));
}

#[tokio::test]
async fn why_somebody_read_what_is_sensitive_is_for_those_who_verify() {
    let app = TestApp::new().await;
    let home = app.home("7 Acre Close").await;
    let officer = app.sign_in("housing-officer").await;
    let path = format!("/people/{}/sensitive", home.tenant_reference);
    officer.post(&path, &[("reason", "her call about the dialysis machine")]).await.expect(200);
    let seq: i64 =
        sqlx::query_scalar("select seq from fact where name = 'sensitive.read'").fetch_one(app.pool()).await.unwrap();
    for (role, shown) in [("auditor", true), ("administrator", true), ("client-manager", false), ("performance", false)]
    {
        let client = app.sign_in(role).await;
        for path in [format!("/journal/facts/{seq}"), "/journal.csv?name=sensitive.".to_owned()] {
            let text = client.get(&path).await.expect(200).text();
            assert_eq!(text.contains("dialysis"), shown, "{role} {path}: {text}");
            assert!(shown || text.contains("may verify the journal"), "{role} {path}: {text}");
        }
    }
}
