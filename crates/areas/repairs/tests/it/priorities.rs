//! A priority that is decided again: promises that were kept or have ended do not begin anew, and one that was kept too late is a
//! breach that is recorded once.

use crate::door::{Ground, PNG, ground, log};
use rooftree_kernel::{CaseId, Scope};
use rooftree_platform::clocks::{self, CLOCK_BREACHED};
use rooftree_repairs::{
    declared::DECLARED,
    repair::list::{self, Cursor, Filter},
};
use rooftree_testkit::TestApp;
use uuid::Uuid;

const MADE: &str = "repairs.local-offer-2014.appointment-made";
const LETTER: &str = "repairs.local-offer-2014.letter-four-days";
const THREE_DAYS: &str = "repairs.right-to-repair-1994.three-days";

async fn prioritise(app: &TestApp, reference: &str, priority: &str) {
    let handler = app.sign_in("call-handler").await;
    let path = format!("/repairs/{reference}/priority");
    let version = handler.get(&path).await.attribute("input[name=version]", "value").expect("a version");
    let reason = &DECLARED.reasons("override").next().expect("a reason").key;
    let change = [("version", version.as_str()), ("priority", priority), ("reason", reason), ("note", "Seen again")];
    handler.post(&path, &change).await.expect(303);
}

/// The states of the clocks of a standard, in the order in which they were started.
async fn states(app: &TestApp, repair: Uuid, standard: &str) -> Vec<String> {
    sqlx::query_scalar("select state from clock where case_id = $1 and standard = $2 order by start_seq")
        .bind(repair)
        .bind(standard)
        .fetch_all(app.pool())
        .await
        .expect("the clocks")
}

/// A kitchen tap, logged by phone and not booked: its reference and id.
async fn tap(app: &TestApp, fault: &str) -> (String, Uuid) {
    let home = app.home("14 Lantern Close").await;
    let handler = app.sign_in("call-handler").await;
    let fields = [
        ("place", home.reference.as_str()),
        ("item", "kitchen-tap"),
        ("q-fault", fault),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
    ];
    log(app, &handler, &fields).await
}

async fn rebuilds_the_same(app: &TestApp, repair: Uuid) {
    let mut lived = clocks::of_case(app.platform(), CaseId(repair)).await.expect("the clocks");
    lived.sort_by_key(|clock| clock.id);
    assert_eq!(lived, clocks::rebuild(app.platform(), Some(&[repair])).await.expect("a rebuild"));
}

#[tokio::test]
async fn what_was_kept_or_reported_otherwise_is_not_owed_again() {
    let app = TestApp::new().await;
    let Ground { reference, repair, .. } = ground(&app, "kitchen-tap").await;
    assert_eq!(states(&app, repair, MADE).await, ["met"]);
    for priority in ["urgent", "routine", "emergency", "routine"] {
        prioritise(&app, &reference, priority).await;
    }
    assert_eq!(states(&app, repair, MADE).await, ["met"]);
    assert_eq!(states(&app, repair, LETTER).await, ["cancelled"], "only what was reported as routine has the letter");
    rebuilds_the_same(&app, repair).await;
}

#[tokio::test]
async fn what_is_no_emergency_any_more_is_owed_an_appointment_from_then_on() {
    let app = TestApp::new().await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let (reference, repair) = tap(&app, "drips").await;
    prioritise(&app, &reference, "emergency").await;
    assert_eq!(states(&app, repair, MADE).await, ["cancelled"]);
    app.pass(5 * 86_400);
    prioritise(&app, &reference, "urgent").await;
    assert_eq!(states(&app, repair, MADE).await, ["cancelled", "running"]);
    let clocks = clocks::of_case(app.platform(), CaseId(repair)).await.expect("the clocks");
    let owed = clocks.iter().find(|clock| clock.standard == MADE && clock.state.is_open()).expect("it runs");
    assert_eq!(owed.started_at, app.now());
    rebuilds_the_same(&app, repair).await;
}

#[tokio::test]
async fn a_right_to_repair_runs_on() {
    let app = TestApp::new().await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let (reference, repair) = tap(&app, "will-not-turn").await;
    assert_eq!(states(&app, repair, THREE_DAYS).await, ["running"]);
    for priority in ["routine", "urgent"] {
        prioritise(&app, &reference, priority).await;
    }
    assert_eq!(states(&app, repair, THREE_DAYS).await, ["running"], "one right, which did not begin again");
    rebuilds_the_same(&app, repair).await;
}

#[tokio::test]
async fn a_right_to_repair_that_ended_stays_ended() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    // Another diagnosis: a right of which nothing was told before.
    sqlx::query("update repair set right_to_repair = 'three-days' where id = $1")
        .bind(ground.repair)
        .execute(app.pool())
        .await
        .expect("the period");
    prioritise(&app, &ground.reference, "urgent").await;
    assert_eq!(states(&app, ground.repair, THREE_DAYS).await, ["running"]);
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    phone.post(&ground.path("/arrived"), &[]).await.expect(303);
    phone
        .upload(&ground.path("/no-access"), &[("reason", "no-answer")], &[("photo", "door.png", PNG)])
        .await
        .expect(303);
    assert_eq!(states(&app, ground.repair, THREE_DAYS).await, ["cancelled"]);
    prioritise(&app, &ground.reference, "routine").await;
    assert_eq!(states(&app, ground.repair, THREE_DAYS).await, ["cancelled"]);
    rebuilds_the_same(&app, ground.repair).await;
}

#[tokio::test]
async fn a_promise_kept_too_late_is_a_breach_recorded_once() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    // Reported long ago, and nobody watches before it is done.
    sqlx::query("update repair set reported_at = $2 where id = $1")
        .bind(ground.repair)
        .bind(app.now().plus_seconds(-20 * 86_400))
        .execute(app.pool())
        .await
        .expect("the report");
    prioritise(&app, &ground.reference, "urgent").await;
    ground.done(&app).await;
    assert_eq!(states(&app, ground.repair, "repairs.local-offer-2014.urgent").await, ["late"]);
    rebuilds_the_same(&app, ground.repair).await;
    let broken = "select count(*) from clock where case_id = $1 and breached_at is not null";
    let told = ground.facts(&app, CLOCK_BREACHED.name).await;
    assert!(told > 0);
    assert_eq!(told, ground.count(&app, broken).await);

    clocks::watch(app.platform()).await.expect("the watch");
    assert_eq!(ground.facts(&app, CLOCK_BREACHED.name).await, ground.count(&app, broken).await);
    let twice = "select count(*) from (select from fact where case_id = $1 and name = 'clock.breached'
                 group by payload->>'clock' having count(*) > 1) twice";
    assert_eq!(ground.count(&app, twice).await, 0, "each is recorded once");
    let by: Vec<String> = sqlx::query_scalar("select distinct actor_name from fact where name = $1")
        .bind(CLOCK_BREACHED.name)
        .fetch_all(app.pool())
        .await
        .expect("who recorded it");
    assert_eq!(by, ["Rooftree"], "it is nobody's doing");
}

#[tokio::test]
async fn what_falls_due_soonest_comes_first_where_the_list_asks_for_it() {
    let app = TestApp::new().await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let (slow, _) = tap(&app, "drips").await;
    app.pass(3600);
    let (soon, _) = tap(&app, "will-not-turn").await;
    app.pass(90 * 86_400);
    let planner = app.sign_in("planner").await;
    let listed = |page: String| {
        let at = |reference: &str| page.find(reference).expect("it is listed");
        (at(&soon), at(&slow))
    };
    let (first, second) = listed(planner.get("/repairs?due=overdue").await.expect(200).text());
    assert!(first < second, "an urgent one was due before a routine one");
    let (newer, older) = listed(planner.get("/repairs").await.expect(200).text());
    assert!(newer < older, "else the newest comes first");
    // The next page begins after the row that was last, in the same order.
    let filter = Filter { due: Some("overdue".to_owned()), ..Filter::default() };
    let page =
        async |after| list::rows(app.pool(), &filter, &Scope::default(), after, 1, app.now()).await.expect("a page");
    let first = page(None).await;
    let next = page(Some(Cursor::after(&first[0], &filter))).await;
    assert_eq!((first[0].reference.as_str(), next[0].reference.as_str()), (soon.as_str(), slow.as_str()));
}
