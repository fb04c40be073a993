//! What follows the work: survey, contradiction, inspection, recharge, Right to Repair, data quality.

use crate::door::{Ground, PNG, ground};
use axum::http::Method;
use rooftree_frame::area::TickHandler;
use rooftree_kernel::{Moment, UserId};
use rooftree_platform::{
    sample::{draw, make_seeds, picks},
    signin::tokens,
};
use rooftree_repairs::{aftercare::right_to_repair::WriteNotices, declared::INSPECTION};
use rooftree_testkit::{Client, Links, TestApp};
use uuid::Uuid;

/// The secret in the survey's link, read from the message that carries it.
async fn link(app: &TestApp, ground: &Ground) -> String {
    let body: String =
        sqlx::query_scalar("select body from message where case_id = $1 and template = 'repairs.survey'")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .expect("a survey was sent");
    let secret = body.split("/survey/").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
    format!("/survey/{secret}")
}

async fn status(app: &TestApp, ground: &Ground) -> String {
    sqlx::query_scalar("select status from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_survey_names_nobody_is_answered_once_and_not_done_is_heard() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let path = link(&app, &ground).await;
    let anybody = app.anybody();
    let page = anybody.get(&path).await.expect(200).text();
    for personal in ["Amina", "Yusuf", "Lantern", "07700", ground.reference.as_str(), "Dermot"] {
        assert!(!page.contains(personal), "{personal} stands on a public page");
    }
    assert!(page.contains("25 November 2026"));
    anybody.post(&path, &[("score", "2")]).await.expect(422);
    anybody.get("/survey/not-a-link-that-anybody-was-sent").await.expect(404);
    let said = [("score", "1"), ("done", "no"), ("clean", "yes"), ("comment", "It still drips")];
    assert!(anybody.post(&path, &said).await.expect(200).text().contains("5 working days"));
    assert!(
        anybody.post(&path, &[("score", "5"), ("done", "yes")]).await.expect(200).text().contains("answered already")
    );
    assert_eq!(status(&app, &ground).await, "completed", "the completion is not overwritten");
    assert_eq!(ground.facts(&app, "survey.answered").await, 1);
    assert_eq!(ground.facts(&app, "contradiction.raised").await, 1);
    assert_eq!(ground.messages(&app, "repairs.not-done-received").await, 1);

    let officer = app.sign_in("client-officer").await;
    assert!(officer.get("/start").await.text().contains("Answers to residents to give"));
    let list = officer.get("/contradictions").await.expect(200);
    assert!(list.text().contains("It still drips"));
    let one = list.attribute(".rt-table__link", "href").expect("a link to it");
    officer.get(&one).await.expect(200);
    officer.upload(&one, &[("resolution", "resident-right")], &[]).await.expect(422);
    officer.upload(&one, &[("resolution", "proof-shown"), ("answer", "The photo shows it.")], &[]).await.expect(422);
    officer
        .upload(&one, &[("resolution", "resident-right"), ("answer", "You were right. We have ordered it again.")], &[])
        .await
        .expect(303);
    officer.upload(&one, &[("resolution", "resident-agrees"), ("answer", "x")], &[]).await.expect(409);
    let (recall, value, stage): (Uuid, i64, String) =
        sqlx::query_as("select r.recall_of, o.value_pence, r.stage from repair r join works_order o on o.case_id = r.id where r.recall_of = $1")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!((recall, value, stage.as_str()), (ground.repair, 0, "ordered"));
    assert_eq!(ground.facts(&app, "repair.recalled").await, 1);
    assert_eq!(ground.messages(&app, "repairs.not-done-answered").await, 1);
    assert!(officer.get("/contradictions?state=settled").await.expect(200).text().contains("resident was right"));
    assert!(officer.get("/contradictions.csv?state=settled").await.expect(200).text().contains(&ground.reference));
}

#[tokio::test]
async fn guesses_at_links_are_cut_off() {
    let app = TestApp::new().await;
    let anybody = app.anybody();
    for _ in 0..20 {
        anybody.get("/survey/guess").await.expect(404);
    }
    anybody.get("/survey/guess").await.expect(429);
}

#[tokio::test]
async fn without_consent_there_is_no_survey_and_still_a_way_to_say_not_done() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    sqlx::query("update contact_point set consent = false where person_id = $1")
        .bind(ground.home.tenant)
        .execute(app.pool())
        .await
        .unwrap();
    ground.done(&app).await;
    assert_eq!(ground.messages(&app, "repairs.survey").await, 0);
    assert_eq!(ground.messages(&app, "repairs.completed").await, 1);
    assert_eq!(ground.facts(&app, "survey.sent").await, 0);

    let mut ctx = app.system().await;
    let user: UserId = app.user("call-handler", rooftree_testkit::Links::default()).await;
    let later = app.now().plus_seconds(86_400);
    let token = tokens::make(&mut ctx, user, "texts", &["repairs.*".to_owned()], later).await.unwrap();
    ctx.commit().await.unwrap();
    let text = |message: &str| serde_json::json!({ "source_number": "447700900123", "message": message });
    let outcome = async |message: &str| {
        app.anybody()
            .api(Method::POST, "/api/v1/texts/received", &token, &[], Some(text(message)))
            .await
            .expect(200)
            .json()["outcome"]
            .clone()
    };
    assert_eq!(outcome("Thanks").await, "not-understood");
    assert_eq!(outcome("NOT DONE!").await, "raised");
    assert_eq!(outcome("not done").await, "already");
    assert_eq!(ground.facts(&app, "contradiction.raised").await, 1);
}

#[tokio::test]
async fn staff_can_note_what_a_resident_says() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let handler = app.sign_in("call-handler").await;
    let path = format!("/repairs/{}/not-done", ground.reference);
    handler.post(&path, &[("said", "Nobody came")]).await.expect(409);
    ground.done(&app).await;
    let handler = app.sign_in("call-handler").await;
    handler.post(&path, &[("said", "")]).await.expect(422);
    handler.post(&path, &[("said", "It drips again")]).await.expect(303);
    assert_eq!(ground.facts(&app, "contradiction.raised").await, 1);
}

/// Fixes the month's seed so that the draw picks the repair, or does not.
async fn fix_seed(app: &TestApp, ground: &Ground, wanted: bool) {
    let seed = (0u8..=255)
        .map(|byte| [byte; 32])
        .find(|seed| picks(&draw(seed, ground.repair), INSPECTION.share_percent) == wanted)
        .expect("one of 256 seeds");
    sqlx::query("insert into inspection_seed (month, seed, made_at) values ('2026-11-01', $1, '2026-10-31T12:00:00Z')")
        .bind(&seed[..])
        .execute(app.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_draw_picks_and_a_failure_calls_the_provider_back() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    fix_seed(&app, &ground, true).await;
    ground.done(&app).await;
    assert_eq!(ground.facts(&app, "inspection.selected").await, 1);
    let officer = app.sign_in("client-officer").await;
    assert!(officer.get("/inspections").await.expect(200).text().contains(&ground.reference));
    let path = format!("/inspections/{}", ground.reference);
    officer.get(&path).await.expect(200);
    let today = app.now().day().0.strftime("%d/%m/%Y").to_string();
    officer
        .post(&format!("{path}/notice"), &[("visit_day", "01/12/2026"), ("from", "09:00"), ("until", "11:00")])
        .await
        .expect(303);
    assert_eq!(ground.messages(&app, "repairs.inspection-notice").await, 1);
    officer.upload(&path, &[("passed", "no"), ("day", &today)], &[]).await.expect(422);
    let failed = [("passed", "no"), ("reason", "poor-work"), ("notes", "It drips"), ("day", today.as_str())];
    officer.upload(&path, &failed, &[("photo", "tap.png", PNG)]).await.expect(303);
    officer.upload(&path, &failed, &[]).await.expect(409);
    assert_eq!(ground.count(&app, "select count(*) from repair where recall_of = $1").await, 1);
    assert!(officer.get("/inspections?state=failed").await.text().contains(&ground.reference));

    // The seed is nobody's until the month is over; then anybody who sees repairs can draw again.
    let auditor = app.sign_in("auditor").await;
    let secret = hex::encode(
        sqlx::query_scalar::<_, Vec<u8>>("select seed from inspection_seed where month = '2026-11-01'")
            .fetch_one(app.pool())
            .await
            .unwrap(),
    );
    assert!(!auditor.get("/inspections/draw?month=2026-11-01").await.expect(200).text().contains(&secret));
    auditor.get("/inspections/draw.csv?month=2026-11-01").await.expect(409);
    app.set_now("2026-12-01T09:00");
    let auditor = app.sign_in("auditor").await;
    let page = auditor.get("/inspections/draw?month=2026-11-01").await.expect(200).text();
    assert!(page.contains(&secret) && page.contains("All 1 draws come out as they were made"), "{page}");
    let file = auditor.get("/inspections/draw.csv?month=2026-11-01").await.expect(200).text();
    assert!(file.contains(&ground.repair.to_string()) && file.contains("yes"));
    sqlx::query("delete from inspection").execute(app.pool()).await.unwrap();
    assert!(
        auditor.get("/inspections/draw?month=2026-11-01").await.text().contains("1 of 1 draws differ"),
        "a pick taken away is seen"
    );
}

#[tokio::test]
async fn a_completion_recorded_late_is_drawn_with_the_seed_of_the_month_of_recording() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    fix_seed(&app, &ground, true).await;
    // December's seed is made when it is first needed; November's, by then shown to all, is not used.
    sqlx::query("insert into inspection_seed (month, seed, made_at) select '2026-12-01', $1, '2026-11-30T12:00:00Z'")
        .bind(
            &(0u8..=255)
                .map(|byte| [byte; 32])
                .find(|seed| !picks(&draw(seed, ground.repair), INSPECTION.share_percent))
                .unwrap()[..],
        )
        .execute(app.pool())
        .await
        .unwrap();
    app.set_now("2026-12-01T10:00");
    let planner = app.sign_in("planner").await;
    let fields = [
        ("outcome", "completed"),
        ("arrived_at", "25/11/2026 13:00"),
        ("finished_at", "25/11/2026 13:30"),
        ("note", "Washer"),
    ];
    planner.upload(&format!("/visits/{}/return", ground.appointment), &fields, &[]).await.expect(303);
    assert_eq!(ground.facts(&app, "inspection.selected").await, 0);
}

#[tokio::test]
async fn seeds_are_made_before_their_month_and_committed_to_in_the_journal() {
    let app = TestApp::new().await;
    for _ in 0..2 {
        make_seeds(app.platform()).await.unwrap();
    }
    let made: i64 = sqlx::query_scalar("select count(*) from inspection_seed").fetch_one(app.pool()).await.unwrap();
    let committed: i64 = sqlx::query_scalar(
        "select count(*) from fact f join inspection_seed s on f.payload->>'month' = s.month::text and f.payload->>'commitment' = encode(sha256(s.seed), 'hex')
         where f.name = 'inspection.seed-made'",
    )
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!((made, committed), (2, 2));
}

#[tokio::test]
async fn an_open_repair_does_not_lead_to_its_end_and_has_cost_nothing_yet() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let officer = app.sign_in("client-officer").await;
    let path = format!("/repairs/{}", ground.reference);
    let page = officer.get(&path).await.expect(200);
    let class = page.attribute("a.govuk-button[href$='/cancel']", "class");
    assert_eq!(class.as_deref(), Some("govuk-button govuk-button--secondary"));
    assert!(page.text().contains("Ordered: ") && !page.text().contains("Cost so far"), "{}", page.text());
    ground.done(&app).await;
    let officer = app.sign_in("client-officer").await;
    assert!(officer.get(&path).await.expect(200).text().contains("Cost so far: "));
}

#[tokio::test]
async fn whoever_proposes_a_recharge_does_not_decide_it() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let (officer, finance) = (app.sign_in("client-officer").await, app.sign_in("finance").await);
    let path = format!("/repairs/{}/recharge", ground.reference);
    officer.get(&path).await.expect(200);
    officer.post(&path, &[("amount", "96"), ("reason", "damage")]).await.expect(422);
    officer.post(&path, &[("amount", "96"), ("reason", "lost-keys")]).await.expect(303);
    officer.post(&path, &[("amount", "96"), ("reason", "lost-keys")]).await.expect(409);
    let start = finance.get("/start").await.expect(200).text();
    assert!(start.contains("Recharges to decide, £96.00 together"), "{start}");
    let one = finance
        .get("/recharges?status=proposed")
        .await
        .expect(200)
        .attribute(".rt-table__link", "href")
        .expect("the proposal");
    let own = officer.post(&one, &[("agreed", "yes")]).await.expect(409);
    assert!(own.text().contains("You put this recharge forward yourself"), "{}", own.text());
    finance.post(&one, &[("agreed", "no")]).await.expect(422);
    finance.post(&one, &[("agreed", "yes")]).await.expect(303);
    finance.post(&one, &[("agreed", "no"), ("note", "x")]).await.expect(409);
    assert_eq!(ground.facts(&app, "recharge.decided").await, 1);
    let letter: String =
        sqlx::query_scalar("select body from message where case_id = $1 and template = 'repairs.recharge-notice'")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert!(letter.contains("£96.00") && letter.contains("Lost keys"), "{letter}");
    assert!(finance.get(&one).await.expect(200).text().contains("Written, "));
}

/// A recharge of £96 that the officer has put forward: its page.
async fn proposed(ground: &Ground, officer: &Client, finance: &Client) -> String {
    let path = format!("/repairs/{}/recharge", ground.reference);
    officer.post(&path, &[("amount", "96"), ("reason", "lost-keys")]).await.expect(303);
    let list = finance.get("/recharges?status=proposed").await.expect(200);
    list.attribute(".rt-table__link", "href").expect("the proposal")
}

#[tokio::test]
async fn an_objection_stops_the_time_to_pay_and_a_third_person_answers_it() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let (officer, finance) = (app.sign_in("client-officer").await, app.sign_in("finance").await);
    let one = proposed(&ground, &officer, &finance).await;
    let (objection, review, settled) = (format!("{one}/objection"), format!("{one}/review"), format!("{one}/settled"));
    finance.post(&objection, &[("who", "Ms Yusuf"), ("why", "They were stolen")]).await.expect(409);
    finance.post(&one, &[("agreed", "yes")]).await.expect(303);
    let clock = async |standard: &str| -> String {
        sqlx::query_scalar("select state from clock where case_id = $1 and standard = $2")
            .bind(ground.repair)
            .bind(standard)
            .fetch_one(app.pool())
            .await
            .expect("one clock")
    };
    assert_eq!(clock("repairs.house.recharge-paid").await, "running");
    finance.post(&objection, &[("who", ""), ("why", "")]).await.expect(422);
    finance.post(&objection, &[("who", "Ms Yusuf"), ("why", "They were stolen")]).await.expect(303);
    finance.post(&objection, &[("who", "Ms Yusuf"), ("why", "Again")]).await.expect(409);
    assert_eq!(clock("repairs.house.recharge-paid").await, "paused");
    let answer = [("stands", "no"), ("answer", "You gave us the police number.")];
    finance.post(&review, &answer).await.expect(409);
    officer.post(&review, &answer).await.expect(409);
    let third = app.sign_in("finance").await;
    assert!(third.get("/recharges?status=objected").await.expect(200).text().contains(&ground.reference));
    third.post(&review, &[("answer", "x")]).await.expect(422);
    third.post(&review, &answer).await.expect(303);
    assert_eq!(clock("repairs.house.recharge-paid").await, "cancelled");
    assert_eq!(clock("repairs.house.recharge-reviewed").await, "met");
    assert_eq!(ground.messages(&app, "repairs.recharge-reviewed").await, 1);
    third.post(&settled, &[]).await.expect(409);
}

#[tokio::test]
async fn a_recharge_that_nobody_could_be_told_of_says_so() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let (officer, finance) = (app.sign_in("client-officer").await, app.sign_in("finance").await);
    let one = proposed(&ground, &officer, &finance).await;
    sqlx::query("update person set died_on = '2026-11-20'").execute(app.pool()).await.unwrap();
    finance.post(&one, &[("agreed", "yes")]).await.expect(303);
    assert_eq!(ground.messages(&app, "repairs.recharge-notice").await, 0);
    assert!(finance.get(&one).await.expect(200).text().contains("None went: "));
}

#[tokio::test]
async fn the_right_to_repair_has_a_notice_a_second_contractor_and_a_price() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-sink-blocked").await;
    let handler = app.sign_in("call-handler").await;
    app.pass(600);
    WriteNotices.run(app.platform()).await.unwrap();
    WriteNotices.run(app.platform()).await.unwrap();
    assert_eq!(
        ground.messages(&app, "repairs.right-to-repair-notice").await,
        1,
        "one notice, however often the tick runs"
    );
    let second = app.operative("Second Hand", &["plumber"]).await;
    let path = format!("/repairs/{}/second-contractor", ground.reference);
    let choice = second.provider.to_string();
    handler.post(&path, &[("provider", &choice)]).await.expect(409);
    app.set_now("2026-11-27T09:00");
    let handler = app.sign_in("call-handler").await;
    // Follow-on work that the client has not agreed to yet.
    let held = "with held as (
            insert into works_order (id, reference, case_id, provider_id, budget_code, status, value_pence, case_reference, title, place_id, trade, priority)
            select gen_random_uuid(), 'WO-99901', $1, provider_id, 'HRA-REACTIVE', 'awaiting-approval', 250000, reference, title, place_id, trade, priority from repair where id = $1
            returning id
        )
        insert into order_line (id, order_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence)
        select gen_random_uuid(), id, 'PL-001', '2026-04', 'A new bathroom', 100, 250000, 250000 from held";
    sqlx::query(held).bind(ground.repair).execute(app.pool()).await.unwrap();
    handler.get(&path).await.expect(200);
    handler.post(&path, &[("provider", &ground.operative.provider.to_string())]).await.expect(422);
    handler.post(&path, &[("provider", &choice)]).await.expect(303);
    let waits: i64 = sqlx::query_scalar(
        "select count(*) from works_order where case_id = $1 and status = 'awaiting-approval' and provider_id = $2 and value_pence = 250000",
    )
    .bind(ground.repair)
    .bind(Uuid::from(second.provider))
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!(waits, 1, "it waits for the client, whoever is to do it");
    handler.post(&path, &[("provider", &choice)]).await.expect(409);
    let (provider, open): (Uuid, i64) =
        sqlx::query_as("select provider_id, (select count(*) from works_order o where o.case_id = r.id and o.status = 'issued') from repair r where id = $1")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!((provider, open), (second.provider.into(), 1));
    assert_eq!(ground.messages(&app, "repairs.right-to-repair-second").await, 1);
    let stands: String = sqlx::query_scalar("select stage from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(stands, "awaiting-approval", "the follow-on work still waits for the client");
    // What the first contractor did stays readable; the work in hand is the second's.
    for (provider, in_hand) in [(ground.operative.provider, false), (second.provider, true)] {
        let manager = app.sign_in_as("repairs-manager", Links { provider: Some(provider), ..Links::default() }).await;
        manager.get(&format!("/repairs/{}", ground.reference)).await.expect(200);
        let list = manager.get("/repairs").await.expect(200).text();
        assert_eq!(list.contains(&ground.reference), in_hand, "{provider}");
    }
    let stranger = app.operative("Third Hand", &["plumber"]).await;
    let manager =
        app.sign_in_as("repairs-manager", Links { provider: Some(stranger.provider), ..Links::default() }).await;
    manager.get(&format!("/repairs/{}", ground.reference)).await.expect(404);
    // Three working days from Friday 27 November end on Wednesday 2 December; on the 4th, two days are over.
    app.set_now("2026-12-04T09:00");
    let handler = app.sign_in("call-handler").await;
    assert!(handler.get("/right-to-repair").await.expect(200).text().contains("£14.00"));
}

/// Rows that break each rule.
async fn spoil(app: &TestApp, ground: &Ground) {
    let sql = "
        update repair set status = 'completed', completed_at = reported_at - interval '3 hours', completed_day = reported_day where id = '{repair}';
        update appointment set status = 'cancelled' where case_id = '{repair}';
        update order_line set removed_at = now() where order_id in (select id from works_order where case_id = '{repair}');
        insert into contradiction (id, repair_id, raised_day, raised_by, said) values (gen_random_uuid(), '{repair}', '2026-11-20', 'Resident', 'No');
        insert into repair (id, reference, place_id, home_id, channel, title, trade, priority, reported_at, reported_day, raised_by)
            select gen_random_uuid(), 'R-1', id, id, 'phone', 'Lost', 'plumber', 'routine', '2026-01-01T10:00:00Z', '2026-01-01', 'x' from place where id = '{home}';
        insert into person (id, reference, given_name, family_name, birth_day) values
            ('00000000-0000-7000-8000-000000000001', 'N-99901', 'Amina', 'Yusuf', '1986-05-04'),
            ('00000000-0000-7000-8000-000000000002', 'N-99902', 'Old', 'Parr', '1483-01-01');
        insert into contact_point (id, person_id, kind, value, normal) values
            (gen_random_uuid(), '00000000-0000-7000-8000-000000000002', 'phone', '07700 9OO1', '4477009001');
        insert into tenancy (id, reference, place_id, kind, start_day) values (gen_random_uuid(), 'T-99901', '{home}', 'secure', '2020-01-01');
        insert into place (id, reference, kind, address, postcode, tenure, floor, storeys) values
            (gen_random_uuid(), 'H-99901', 'home', '14 Lantern Close', 'OX4 9ZZ', 'council', null, null),
            (gen_random_uuid(), 'H-99902', 'home', '1 Wrong Way', '0X4 1AB', 'council', 9, 3);
        insert into order_line (id, order_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence)
            values (gen_random_uuid(), gen_random_uuid(), 'PL-001', '2026-04', 'Lost', 100, 100, 100);
        update clock c set state = 'met', due_at = f.recorded_at - interval '1 minute', stopped_at = f.recorded_at - interval '2 minutes',
                stop_seq = f.seq, decided_day = f.recorded_at::date
            from fact f where f.case_id = '{repair}' and f.name = 'appointment.made' and c.case_id = '{repair}'
                and c.standard = 'repairs.local-offer-2014.routine';";
    let sql =
        sql.replace("{repair}", &ground.repair.to_string()).replace("{home}", &Uuid::from(ground.home.id).to_string());
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(app.pool()).await.unwrap();
}

async fn search(app: &TestApp, officer: &Client) {
    officer.post("/quality/search", &[]).await.expect(303);
    app.run_jobs().await;
}

#[tokio::test]
async fn every_rule_finds_what_it_names_and_people_settle_it() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let officer = app.sign_in("client-officer").await;
    spoil(&app, &ground).await;
    let unknown = officer.get("/quality").await.expect(200).text();
    assert!(unknown.contains("Not searched yet") && !unknown.contains(">Clear<"), "{unknown}");
    assert!(officer.get("/start").await.expect(200).text().contains("First search of the data"));
    search(&app, &officer).await;
    assert!(!officer.get("/start").await.expect(200).text().contains("First search of the data"));
    let found: Vec<String> = sqlx::query_scalar("select distinct rule from quality_finding order by rule")
        .fetch_all(app.pool())
        .await
        .unwrap();
    let mut rules: Vec<&str> = app.platform().registry().quality.iter().map(|rule| rule.key.as_str()).collect();
    rules.sort_unstable();
    assert_eq!(found, rules, "each rule finds its row");

    let page = officer.get("/quality").await.expect(200).text();
    assert!(page.contains("The same person twice") && page.contains("findings are open. Last searched "), "{page}");
    let list = officer.get("/quality/duplicate-person").await.expect(200);
    assert!(list.text().contains("N-99901") && !list.text().contains("Amina"), "references, never names");
    let settle = list
        .attributes("a", "href")
        .into_iter()
        .find(|href| href.starts_with("/quality/findings/"))
        .expect("a way to settle it");
    officer.post(&settle, &[("resolution", "")]).await.expect(422);
    officer.post(&settle, &[("resolution", "Mother and daughter of the same name")]).await.expect(303);
    officer.post(&settle, &[("resolution", "again")]).await.expect(409);

    // What is put right closes itself; what a person settled stays settled although the rule still finds it; what breaks again opens again.
    let open = async |rule: &'static str| -> i64 {
        sqlx::query_scalar("select count(*) from quality_finding where rule = $1 and resolved_at is null")
            .bind(rule)
            .fetch_one(app.pool())
            .await
            .unwrap()
    };
    sqlx::query("update person set birth_day = '1983-01-01' where reference = 'N-99902'")
        .execute(app.pool())
        .await
        .unwrap();
    search(&app, &officer).await;
    assert_eq!((open("impossible-birth-date").await, open("duplicate-person").await), (0, 0));
    sqlx::query("update person set birth_day = '2083-01-01' where reference = 'N-99902'")
        .execute(app.pool())
        .await
        .unwrap();
    search(&app, &officer).await;
    assert_eq!((open("impossible-birth-date").await, open("duplicate-person").await), (1, 0));
    let settled: i64 = sqlx::query_scalar("select count(*) from fact where name = 'quality.resolved'")
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(settled, 1);
    assert!(
        officer
            .get("/quality/duplicate-person/findings.csv?state=settled")
            .await
            .expect(200)
            .text()
            .contains("Mother and daughter")
    );
    app.sign_in("performance").await.post(&settle, &[("resolution", "x")]).await.expect(403);
}

#[tokio::test]
async fn a_clean_house_has_no_findings_about_repairs() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.done(&app).await;
    let moment: Moment = app.now();
    assert!(moment > "2026-11-25T12:00".parse().unwrap());
    search(&app, &app.sign_in("client-officer").await).await;
    let found: Vec<String> =
        sqlx::query_scalar("select rule from quality_finding where reference like 'R-%' and resolved_at is null")
            .fetch_all(app.pool())
            .await
            .unwrap();
    assert_eq!(found, Vec::<String>::new());
}
