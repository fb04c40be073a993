//! What belongs to a case is shown to whoever may see the case, wherever it is shown.

use rooftree_frame::Caller;
use rooftree_kernel::{CaseId, PersonId, PlaceId};
use rooftree_platform::journal::read::{About, timeline};
use rooftree_testkit::{Links, TestApp};
use sqlx::Connection;
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

/// The first migration that gave orders and visits to a case instead of a repair.
const OF_A_CASE: i64 = 20_261_130_132_702;

#[tokio::test]
async fn a_landlord_of_before_keeps_its_orders_visits_surveys_and_inspections() {
    let app = TestApp::new().await;
    let mut conn = sqlx::PgConnection::connect(&app.db.url).await.expect("the database answers");
    // A schema as it was, beside the present one.
    sqlx::raw_sql("create schema earlier; set search_path to earlier, public")
        .execute(&mut conn)
        .await
        .expect("a schema");
    let migrator = rooftree_app::migrator();
    let (before, since): (Vec<_>, Vec<_>) = migrator.iter().partition(|migration| migration.version < OF_A_CASE);
    for migration in before {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut conn).await.expect(&migration.description);
    }
    let rows = "
        insert into place (id, reference, kind, address, ward) values ('00000000-0000-7000-8000-00000000000a', 'H-1', 'home', '1 Low Road', 'Marston');
        insert into person (id, reference, given_name, family_name) values ('00000000-0000-7000-8000-00000000000b', 'N-1', 'Ann', 'Quinn');
        insert into provider (id, name, kind) values ('00000000-0000-7000-8000-00000000000c', 'Works', 'works-company');
        insert into operative (id, provider_id, name) values ('00000000-0000-7000-8000-00000000000d', '00000000-0000-7000-8000-00000000000c', 'Sam');
        insert into repair (id, reference, place_id, home_id, ward, reporter_id, channel, title, trade, priority, provider_id, status, stage,
                            reported_at, reported_day, completed_at, completed_day, completed_note, raised_by)
            values ('00000000-0000-7000-8000-000000000001', 'R-1', '00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000a',
                    'Marston', '00000000-0000-7000-8000-00000000000b', 'phone', 'Tap drips', 'plumber', 'urgent',
                    '00000000-0000-7000-8000-00000000000c', 'completed', 'completed', '2026-11-02T09:00Z', '2026-11-02', '2026-11-03T10:00Z',
                    '2026-11-03', 'New washer', 'x');
        insert into works_order (id, reference, repair_id, provider_id, budget_code, status, value_pence)
            values ('00000000-0000-7000-8000-000000000002', 'WO-1', '00000000-0000-7000-8000-000000000001',
                    '00000000-0000-7000-8000-00000000000c', 'HRA-REACTIVE', 'completed', 6800);
        insert into appointment (id, repair_id, order_id, operative_id, starts_at, ends_at, window_starts_at, window_ends_at, day, status, made_at)
            values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002',
                    '00000000-0000-7000-8000-00000000000d', '2026-11-03T09:00Z', '2026-11-03T10:00Z', '2026-11-03T08:00Z', '2026-11-03T12:00Z',
                    '2026-11-03', 'kept', '2026-11-02T09:05Z');
        insert into survey (id, repair_id, token_hash, sent_day, answered_day, score, clean, done, comment)
            values (gen_random_uuid(), '00000000-0000-7000-8000-000000000001', 'x', '2026-11-03', '2026-11-04', 4, true, false, 'Still drips');
        insert into inspection (id, repair_id, selected_day, draw, done_day, done_by, passed, fail_reason, notes)
            values (gen_random_uuid(), '00000000-0000-7000-8000-000000000001', '2026-11-03', 'x', '2026-11-10', 'Ann', false, 'not-done', 'Drips');";
    sqlx::raw_sql(rows).execute(&mut conn).await.expect("rows as they were");
    for migration in since {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut conn).await.expect(&migration.description);
    }
    let mut told = async |sql: &'static str| -> String {
        sqlx::query_scalar::<_, String>(sql).fetch_one(&mut conn).await.expect("one row as one line")
    };
    assert_eq!(
        told("select concat_ws('|', case_id, case_reference, title, place_id, trade, priority, value_pence) from works_order").await,
        "00000000-0000-7000-8000-000000000001|R-1|Tap drips|00000000-0000-7000-8000-00000000000a|plumber|urgent|6800"
    );
    assert_eq!(
        told("select concat_ws('|', case_id, order_id, case_reference, title, ward, trade, priority, status) from appointment").await,
        "00000000-0000-7000-8000-000000000001|00000000-0000-7000-8000-000000000002|R-1|Tap drips|Marston|plumber|urgent|kept"
    );
    assert_eq!(
        told("select concat_ws('|', case_reference, title, person_id, finished_day, question_set, answers, comment) from survey").await,
        "R-1|Tap drips|00000000-0000-7000-8000-00000000000b|2026-11-03|repair|{\"done\": false, \"clean\": true, \"score\": 4}|Still drips"
    );
    assert_eq!(
        told("select concat_ws('|', case_reference, title, ward, trade, provider_id, summary, passed, fail_reason, notes, checks) from inspection").await,
        "R-1|Tap drips|Marston|plumber|00000000-0000-7000-8000-00000000000c|New washer|f|not-done|Drips|{}"
    );
    // What the repair says of itself its work says as well.
    told(
        "with r as (update repair set trade = 'roofer', priority = 'routine' returning 1) select count(*)::text from r",
    )
    .await;
    assert_eq!(
        told("select concat_ws('|', w.trade, w.priority, a.trade, a.priority) from works_order w join appointment a on a.order_id = w.id").await,
        "roofer|routine|roofer|routine"
    );
}
