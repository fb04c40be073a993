//! Promises over changes of mind: what was kept stays kept.

use rooftree_platform::clocks;
use rooftree_testkit::{Client, TestApp};

async fn change_priority(client: &Client, reference: &str, priority: &str) {
    let path = format!("/repairs/{reference}/priority");
    let version = client.get(&path).await.attribute("input[name=version]", "value").expect("a version");
    let change =
        [("version", version.as_str()), ("priority", priority), ("reason", "risk-growing"), ("note", "Seen again")];
    client.post(&path, &change).await.expect(303);
}

#[tokio::test]
async fn an_appointment_that_was_made_is_not_owed_again_when_the_priority_changes() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let handler = app.sign_in("call-handler").await;
    let report = [
        ("place", home.reference.as_str()),
        ("item", "kitchen-tap"),
        ("q-fault", "will-not-turn"),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
    ];
    let slot = handler.post("/repairs/new", &report).await.attribute("input[name=slot][type=radio]", "value");
    let slot = slot.expect("a slot");
    let logged: Vec<(&str, &str)> = report.iter().copied().chain([("slot", slot.as_str())]).collect();
    let done = handler.post("/repairs", &logged).await.expect(303);
    let reference = done.location().split('?').next().unwrap_or_default().trim_start_matches("/repairs/").to_owned();
    let was: String = sqlx::query_scalar("select priority from repair where reference = $1")
        .bind(&reference)
        .fetch_one(app.pool())
        .await
        .expect("a repair");
    change_priority(&handler, &reference, if was == "urgent" { "routine" } else { "urgent" }).await;

    let states: Vec<String> =
        sqlx::query_scalar("select state from clock where standard = 'repairs.local-offer-2014.appointment-made'")
            .fetch_all(app.pool())
            .await
            .expect("clocks");
    assert_eq!(states, ["met"], "one promise, kept");
    let rights: i64 =
        sqlx::query_scalar("select count(*) from clock where standard = 'repairs.right-to-repair-1994.three-days'")
            .fetch_one(app.pool())
            .await
            .expect("a count");
    assert_eq!(rights, 1, "the right runs on, it does not begin again");
    let mut kept: Vec<String> = clocks::rebuild(app.platform(), None)
        .await
        .expect("rebuilt")
        .into_iter()
        .map(|clock| format!("{} {}", clock.id, clock.state))
        .collect();
    kept.sort();
    let mut stored: Vec<String> =
        sqlx::query_scalar("select id::text || ' ' || state from clock").fetch_all(app.pool()).await.expect("clocks");
    stored.sort();
    assert_eq!(kept, stored);
}
