//! What belongs to a case is shown to whoever may see the case, wherever it is shown.

use rooftree_frame::Caller;
use rooftree_kernel::{CaseId, PersonId, PlaceId};
use rooftree_platform::journal::read::{About, timeline};
use rooftree_testkit::{Links, TestApp};
use std::sync::Arc;
use uuid::Uuid;

/// A repair of a home, with the fact that it was reported.
async fn repair(app: &TestApp, home: PlaceId) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into repair (id, reference, place_id, home_id, ward, channel, title, description, trade, priority, status, stage,
                             reported_at, reported_day, raised_by)
         values ($1, 'R-900001', $2, $2, 'Littlemore', 'phone', 'No water', '', 'plumbing', 'routine', 'open', 'reported', $3, $4, 'test')",
    )
    .bind(id)
    .bind(home)
    .bind(app.now())
    .bind(app.now().day())
    .execute(app.pool())
    .await
    .expect("a repair");
    let mut ctx = app.system().await;
    let kind = app.platform().registry().facts["repair.reported"];
    let fact = kind.at(ctx.now).home(home).person(None::<PersonId>).case(CaseId(id)).with("priority", "routine");
    ctx.record(fact).await.expect("the fact is recorded");
    ctx.commit().await.expect("it is kept");
    id
}

/// A caller of the role, but without this permission.
async fn without(app: &TestApp, role: &str, permission: &str) -> Caller {
    let mut actor = app.actor(role, Links::default()).await;
    let kept = actor.permissions.iter().filter(|held| held.0 != permission).cloned();
    actor.permissions = Arc::new(kept.collect());
    Caller { actor, session: None }
}

#[tokio::test]
async fn the_history_of_a_home_leaves_out_cases_that_the_reader_may_not_see() {
    let app = TestApp::new().await;
    let home = app.home("1 Larch Road").await;
    repair(&app, home.id).await;
    let facts = timeline(app.platform(), About::Home(home.id), None, 10).await.expect("the facts");
    let shown = async |caller: Caller| {
        rooftree_frame::history::show(&app.house.app, &caller, &facts).await.expect("a timeline").into_string()
    };
    let reads = Caller { actor: app.actor("housing-officer", Links::default()).await, session: None };
    assert!(shown(reads).await.contains("R-900001"));
    assert!(!shown(without(&app, "housing-officer", "repairs.view").await).await.contains("R-900001"));
}

#[tokio::test]
async fn a_clock_is_shown_to_whoever_may_see_its_case() {
    let app = TestApp::new().await;
    let home = app.home("1 Larch Road").await;
    let id = repair(&app, home.id).await;
    let clock: Uuid = sqlx::query_scalar("select id from clock where case_id = $1 limit 1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("a clock");
    let path = format!("/clocks/{clock}");
    app.sign_in("performance").await.get(&path).await.expect(200);
    app.sign_in("councillor").await.get(&path).await.expect(404);
}

#[tokio::test]
async fn the_words_of_a_message_are_shown_to_whoever_may_see_its_case() {
    let app = TestApp::new().await;
    let home = app.home("1 Larch Road").await;
    let handler = app.sign_in("call-handler").await;
    for (case, readable) in [(repair(&app, home.id).await, true), (Uuid::now_v7(), false)] {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into message (id, channel, template, case_id, home_id, address, subject, body, status, created_at)
             values ($1, 'email', 'some.template', $2, $3, 'ada@example.org', 'About your tap', 'It drips.', 'sent', now())",
        )
        .bind(id)
        .bind(case)
        .bind(home.id)
        .execute(app.pool())
        .await
        .expect("a message");
        let page = handler.get(&format!("/messages/{id}")).await.expect(200).text();
        assert_eq!((page.contains("It drips."), page.contains("About your tap")), (readable, readable));
        assert_eq!(page.contains("your role may not open"), !readable);
    }
}
