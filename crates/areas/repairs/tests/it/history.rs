//! Repairs of another system: partly taken, counted like our own, twice the same, undone without a trace in the figures.

use rooftree_kernel::Moment;
use rooftree_platform::{
    clocks,
    figures::{self, Whose},
    imports::{ImportTarget, Outcome, StagedRow},
};
use rooftree_repairs::history::Repairs;
use rooftree_testkit::{Home, TestApp};
use uuid::Uuid;

fn row(number: i32, home: &Home, cells: &[(&str, &str)]) -> StagedRow {
    let usual = [
        ("home", home.reference.as_str()),
        ("title", "Kitchen tap drips"),
        ("trade", "Plumber"),
        ("priority", "P2"),
        ("reported_at", "02/03/2026 09:15"),
    ];
    let all = usual.iter().chain(cells).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    StagedRow { number, source: "Northgate".into(), cells: all.collect() }
}

async fn apply(app: &TestApp, rows: &[StagedRow]) -> Vec<Outcome> {
    let mut ctx = app.as_role("administrator").await;
    let outcomes = Repairs.apply(&mut ctx, rows).await.expect("applied");
    ctx.commit().await.expect("kept");
    outcomes
}

fn created(outcomes: &[Outcome]) -> Vec<Uuid> {
    let id = |outcome: &Outcome| if let Outcome::Created(id) = outcome { Some(*id) } else { None };
    outcomes.iter().filter_map(id).collect()
}

fn faults(outcome: &Outcome) -> Vec<&str> {
    match outcome {
        Outcome::Refused(faults) => faults.iter().map(|(field, _)| field.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

/// Urgent repairs completed in time, and all that were decided.
async fn on_time(app: &TestApp) -> (i64, i64) {
    clocks::watch(app.platform()).await.expect("time that ran out is noted");
    let measure = app.platform().rules().measures.get("repairs.local-offer-2014.urgent").expect("the figure").clone();
    let figure = figures::read(app.platform(), &measure, "2025-26".parse().expect("a year"), None, &Whose::Landlord)
        .await
        .expect("a figure");
    (figure.tally.numerator, figure.tally.denominator)
}

#[tokio::test]
async fn a_history_is_counted_like_our_own_and_leaves_no_trace_when_it_is_undone() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let rows = [
        row(1, &home, &[("external_ref", "J1"), ("completed_at", "04/03/2026 11:00"), ("cost", "£68.50")]),
        row(2, &home, &[("external_ref", "J2"), ("completed_at", "20/03/2026"), ("first_visit", "no")]),
        row(3, &home, &[("external_ref", "J3"), ("provider", "works company of dermot quinn")]),
        row(4, &home, &[("external_ref", "J4"), ("cancelled_at", "03/03/2026"), ("cancel_reason", "resident-fixed")]),
    ];
    let first = apply(&app, &rows).await;
    assert_eq!(created(&first).len(), 4, "{first:?}");
    assert_eq!(on_time(&app).await, (1, 3), "in time, too late, and the one whose time ran out while it is open");

    let ids = created(&first);
    let kept: Vec<(String, Option<bool>, i64)> =
        sqlx::query_as("select stage, on_time, cost_pence from repair where id = any($1) order by external_ref")
            .bind(&ids)
            .fetch_all(app.pool())
            .await
            .expect("rows");
    let shown: Vec<(&str, Option<bool>, i64)> =
        kept.iter().map(|(stage, kept, cost)| (stage.as_str(), *kept, *cost)).collect();
    assert_eq!(
        shown,
        [("completed", Some(true), 6850), ("completed", Some(false), 0), ("reported", None, 0), ("cancelled", None, 0)]
    );

    let again = apply(&app, &rows).await;
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Unchanged(_))), "{again:?}");
    let other = apply(&app, &[row(1, &home, &[("external_ref", "j1"), ("completed_at", "05/03/2026")])]).await;
    assert_eq!(faults(&other[0]), ["completed_at"], "what has a history here is not changed by a file");

    let mut ctx = app.as_role("administrator").await;
    Repairs.undo(&mut ctx, &ids, &[]).await.expect("undone");
    ctx.commit().await.expect("kept");
    assert_eq!(on_time(&app).await, (0, 0));
    let clocks_now: Vec<(Uuid, String)> =
        sqlx::query_as("select id, state from clock order by id").fetch_all(app.pool()).await.expect("clocks");
    assert!(clocks_now.iter().all(|(_, state)| state == "void"), "{clocks_now:?}");
    let rebuilt: Vec<(Uuid, String)> = clocks::rebuild(app.platform(), None)
        .await
        .expect("rebuilt")
        .into_iter()
        .map(|clock| (clock.id, clock.state.as_str().to_owned()))
        .collect();
    assert_eq!(rebuilt, clocks_now, "the journal alone gives the same");
}

#[tokio::test]
async fn each_fault_is_named_and_the_good_rows_go_in() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let rows = [
        row(1, &home, &[("external_ref", "J1"), ("completed_at", "04/03/2026")]),
        row(2, &home, &[("external_ref", "J1"), ("completed_at", "04/03/2026")]),
        row(3, &home, &[("external_ref", "J3"), ("trade", "alchemist"), ("priority", "soon"), ("home", "NOWHERE")]),
        row(4, &home, &[("external_ref", "J4"), ("completed_at", "01/03/2026")]),
        row(5, &home, &[("external_ref", "J5"), ("reported_at", "31/02/2026"), ("completed_at", "2030-01-01")]),
        row(6, &home, &[("external_ref", "J6")]),
        row(7, &home, &[("completed_at", "04/03/2026"), ("cancelled_at", "04/03/2026")]),
        row(8, &home, &[("external_ref", "J8"), ("reported_at", "01/01/0001"), ("completed_at", "31/12/1899 08:00")]),
        row(9, &home, &[("external_ref", "J9"), ("completed_at", "04/03/2026"), ("cost", "92233720368547758.07")]),
    ];
    let outcomes = apply(&app, &rows).await;
    assert_eq!(created(&outcomes).len(), 1);
    assert_eq!(faults(&outcomes[1]), ["external_ref"]);
    assert_eq!(faults(&outcomes[2]), ["home", "trade", "priority", "provider"]);
    assert_eq!(faults(&outcomes[3]), ["completed_at"], "before it was reported");
    assert_eq!(faults(&outcomes[4]), ["reported_at", "completed_at"]);
    assert_eq!(faults(&outcomes[5]), ["provider"], "open work needs somebody who has it in hand");
    assert_eq!(faults(&outcomes[6]), ["external_ref", "cancel_reason", "cancelled_at"]);
    assert_eq!(faults(&outcomes[7]), ["reported_at", "completed_at"], "before anything that clocks reach back to");
    assert_eq!(faults(&outcomes[8]), ["cost"], "more than anybody means");
}

#[tokio::test]
async fn work_in_hand_goes_on_here_and_then_stays() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let taken =
        apply(&app, &[row(1, &home, &[("external_ref", "J1"), ("provider", "Works company of Dermot Quinn")])]).await;
    let reference: String =
        sqlx::query_scalar("select reference from repair").fetch_one(app.pool()).await.expect("a repair");
    let planner = app.sign_in("call-handler").await;
    let times = planner.get(&format!("/repairs/{reference}/appointments/new")).await.expect(200);
    let slot = times.attribute("input[name=slot][type=radio]", "value").expect("a time is offered");
    let version = times.attribute("input[name=version]", "value").expect("a version");
    let path = format!("/repairs/{reference}/appointments/new");
    planner.post(&path, &[("slot", &slot), ("version", &version)]).await.expect(303);

    let mut ctx = app.as_role("administrator").await;
    let refused = Repairs.undo(&mut ctx, &created(&taken), &[]).await.expect_err("work was done since");
    assert!(refused.to_string().contains(&reference), "{refused}");
    let letters: i64 = sqlx::query_scalar("select count(*) from clock where standard like '%letter-four-days'")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(letters, 0, "of letters before the change of systems nothing is known");
    let before: Moment = "2026-03-02T09:15".parse().expect("a moment");
    let started: Moment = sqlx::query_scalar("select started_at from clock where standard like '%.urgent'")
        .fetch_one(app.pool())
        .await
        .expect("the promise");
    assert_eq!(started, before, "the promise counts from the report, not from the import");
}
