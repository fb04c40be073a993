//! The visit through HTTP: what the phone shows, what the door records, what is refused, what changes nothing.

use crate::door::{Ground, PNG, book, ground, log};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_kernel::{CaseId, Moment};
use rooftree_platform::clocks;
use rooftree_testkit::{Client, Links, Reply, TestApp};
use uuid::Uuid;

/// The warnings that the page shows, as its forms carry them.
async fn seen(phone: &Client, path: &str) -> Vec<String> {
    phone.get(path).await.expect(200).attributes("form input[name=seen]", "value")
}

async fn arrive(ground: &Ground, phone: &Client) {
    let path = ground.path("");
    let ids = seen(phone, &path).await;
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("seen", id.as_str())).collect();
    phone.post(&ground.path("/arrived"), &fields).await.expect(303);
}

/// The notice that an answer leaves for the next page.
fn notice(reply: &Reply) -> String {
    let cookies = reply.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let value = cookies.filter_map(|cookie| cookie.strip_prefix("rooftree_flash=")?.split(';').next()).next();
    String::from_utf8(URL_SAFE_NO_PAD.decode(value.expect("a notice")).expect("base 64")).expect("text")
}

#[tokio::test]
async fn arrived_photo_done() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    let list = phone.get("/today").await.expect(200).text();
    assert!(
        list.contains("14 Lantern Close") && list.contains("tel:+447700900123") && list.contains("geo:0,0?q="),
        "{list}"
    );
    phone.post(&ground.path("/on-my-way"), &[("minutes", "20")]).await.expect(303);
    arrive(&ground, &phone).await;
    assert_eq!(ground.column(&app, "status").await, "kept");
    let done = [
        ("note", "New washer"),
        ("_once", "first-try"),
        ("material_1", "Washer"),
        ("material_quantity_1", "2"),
        ("signature", "A Yusuf"),
    ];
    let ended = phone.upload(&ground.path("/done"), &done, &[("photo_after", "image.jpg", PNG)]).await.expect(303);
    let notice = notice(&ended);
    assert!(notice.contains(&format!(":{} ", ground.reference)), "it names its repair: {notice}");
    assert!(notice.ends_with(": The work is recorded as done."), "{notice}");

    let (status, first, on_time, note): (String, Option<bool>, Option<bool>, String) =
        sqlx::query_as("select status, first_visit, on_time, completed_note from repair where id = $1")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!((status.as_str(), first, on_time, note.as_str()), ("completed", Some(true), Some(true), "New washer"));
    let order: String = sqlx::query_scalar("select status from works_order where case_id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(order, "completed");
    assert_eq!(
        ground.count(&app, "select count(*) from document where case_id = $1 and kind in ('photo', 'signature')").await,
        2
    );
    assert_eq!(ground.facts(&app, "repair.completed").await, 1);
    assert_eq!(ground.facts(&app, "appointment.kept").await, 1);
    assert_eq!(ground.messages(&app, "repairs.on-my-way").await, 1);

    // The same form again, as a phone without signal sends it; and the same words under another name.
    for once in ["first-try", "second-try"] {
        let again = [("note", "New washer"), ("_once", once)];
        phone.upload(&ground.path("/done"), &again, &[("photo_after", "image.jpg", PNG)]).await.expect(303);
    }
    assert_eq!(ground.facts(&app, "repair.completed").await, 1);
    assert_eq!(ground.count(&app, "select count(*) from document where case_id = $1").await, 2);

    let mut lived = clocks::of_case(app.platform(), CaseId(ground.repair)).await.unwrap();
    lived.sort_by_key(|clock| clock.id);
    assert_eq!(lived, clocks::rebuild(app.platform(), Some(&[ground.repair])).await.unwrap());
}

#[tokio::test]
async fn the_operative_reads_what_the_caller_answered() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let page = ground.phone(&app).await.get(&ground.path("")).await.expect(200).text();
    let item = rooftree_repairs::declared::SCRIPT.item("kitchen-tap").expect("an item of the script");
    for question in &item.question {
        assert!(page.contains(&question.options[0].label), "{}: {page}", question.ask);
    }
}

#[tokio::test]
async fn nobody_sets_off_while_still_at_another_home() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let handler = app.sign_in("call-handler").await;
    let fields = [
        ("place", ground.home.reference.as_str()),
        ("item", "bath-tap"),
        ("q-fault", "drips"),
        ("channel", "phone"),
        ("reporter", ground.home.tenant_reference.as_str()),
    ];
    let (morning, repair) = log(&app, &handler, &fields).await;
    book(&app.sign_in("planner").await, &morning, "morning").await;
    let (first, from): (Uuid, Moment) =
        sqlx::query_as("select id, window_starts_at from appointment where case_id = $1")
            .bind(repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    app.set_now(&from.plus_seconds(600).to_string());
    let phone = ground.phone(&app).await;
    phone.post(&format!("/today/{first}/arrived"), &[]).await.expect(303);

    app.set_now(&ground.in_window);
    let refused = phone.post(&ground.path("/on-my-way"), &[("minutes", "20")]).await.expect(409).text();
    assert!(refused.contains(&format!("You are still at {morning}")), "{refused}");
    assert_eq!(ground.facts(&app, "visit.on-my-way").await, 0);
    assert_eq!(ground.messages(&app, "repairs.on-my-way").await, 0);
    phone.upload(&format!("/today/{first}/done"), &[("note", "New washer"), ("_once", "one")], &[]).await.expect(303);
    phone.post(&ground.path("/on-my-way"), &[("minutes", "20")]).await.expect(303);
    assert_eq!(ground.messages(&app, "repairs.on-my-way").await, 1);
}

#[tokio::test]
async fn a_completion_by_mistake_never_counted() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    arrive(&ground, &phone).await;
    let counted = async || {
        let mut all = clocks::of_case(app.platform(), CaseId(ground.repair)).await.unwrap();
        all.sort_by_key(|clock| clock.id);
        // A breach of a clock that runs is noted by the watch, or when something shows it: it stays noted.
        for clock in all.iter_mut().filter(|clock| clock.state.is_open()) {
            clock.breached_at = None;
        }
        all
    };
    let before = counted().await;
    let planner = app.sign_in("planner").await;
    let path = format!("/repairs/{}/not-completed", ground.reference);
    planner.post(&path, &[("note", "x"), ("version", "1")]).await.expect(409);
    phone.upload(&ground.path("/done"), &[("note", "Slip of the thumb"), ("_once", "one")], &[]).await.expect(303);
    assert_ne!(counted().await, before);
    phone.get(&path).await.expect(403);
    // Whoever had an order once may read on, and no more.
    let former = app.operative("Earlier Hand", &["plumber"]).await.provider;
    sqlx::query(
        "insert into works_order (id, reference, case_id, provider_id, budget_code, status, value_pence, case_reference, title, place_id, trade, priority)
         select gen_random_uuid(), 'WO-1', id, $2, 'HRA-REACTIVE', 'cancelled', 0, reference, title, place_id, trade, priority from repair where id = $1",
    )
    .bind(ground.repair)
    .bind(Uuid::from(former))
    .execute(app.pool())
    .await
    .unwrap();
    let manager = app.sign_in_as("repairs-manager", Links { provider: Some(former), ..Links::default() }).await;
    manager.get(&format!("/repairs/{}", ground.reference)).await.expect(200);
    let refused = manager.post(&path, &[("note", "x"), ("version", "1")]).await.expect(409);
    assert!(refused.text().contains("is with another provider now"), "{}", refused.text());
    let version = planner.get(&path).await.expect(200).attribute("input[name=version]", "value").expect("a version");
    planner.post(&path, &[("note", ""), ("version", &version)]).await.expect(422);
    planner.post(&path, &[("note", "Not even begun"), ("version", &version)]).await.expect(303);

    // One repair in eight is drawn for inspection when it is done (by its id, so by chance here), and what was drawn stays drawn.
    let drawn = |clock: &rooftree_promises::clocks::Clock| clock.standard == "repairs.house.inspection-done";
    let after: Vec<_> = counted().await.into_iter().filter(|clock| !drawn(clock)).collect();
    assert_eq!(after, before, "every promise counts as if the work had not been called done");
    assert_eq!(counted().await, clocks::rebuild(app.platform(), Some(&[ground.repair])).await.unwrap());
    let row: (String, String, Option<bool>, Option<String>, String) = sqlx::query_as(
        "select r.status, r.stage, r.on_time, a.outcome, o.status from repair r join appointment a on a.case_id = r.id
         join works_order o on o.case_id = r.id and o.reference <> 'WO-1'",
    )
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!(row, ("open".to_owned(), "in-progress".to_owned(), None, None, "issued".to_owned()));
    assert_eq!(ground.count(&app, "select count(*) from survey where case_id = $1").await, 0);
    let asked =
        "select count(*) from message where case_id = $1 and template = 'repairs.survey' and status <> 'withdrawn'";
    assert_eq!(ground.count(&app, asked).await, 0, "nobody is asked how the work was that was not done");

    app.pass(1800);
    let phone = ground.phone(&app).await;
    phone.upload(&ground.path("/done"), &[("note", "New washer"), ("_once", "two")], &[]).await.expect(303);
    let kept = counted().await;
    let kept: Vec<_> = kept.iter().filter(|clock| clock.standard == "repairs.local-offer-2014.routine").collect();
    assert!(kept.len() == 1 && kept[0].state.as_str() == "met", "{kept:?}");
    assert_eq!(counted().await, clocks::rebuild(app.platform(), Some(&[ground.repair])).await.unwrap());
    assert_eq!(ground.facts(&app, "repair.completed").await, 2, "the journal keeps what was recorded");
}

#[tokio::test]
async fn a_night_on_call_has_no_midnight() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    sqlx::query(
        "update appointment set emergency = true, day = '2026-11-26', starts_at = '2026-11-26 00:10Z', ends_at = '2026-11-26 01:10Z',
                window_starts_at = '2026-11-26 00:10Z', window_ends_at = '2026-11-26 02:10Z' where id = $1",
    )
    .bind(ground.appointment)
    .execute(app.pool())
    .await
    .unwrap();
    let listed = async |now: &str| {
        app.set_now(now);
        let page = ground.phone(&app).await.get("/today").await.expect(200).text();
        let (before, _) = page.split_once("Tomorrow, ").expect("tomorrow's list");
        let (today, unrecorded) = before.split_once("How did these end?").unwrap_or((before, ""));
        (today.contains("14 Lantern Close"), unrecorded.contains("14 Lantern Close"))
    };
    assert_eq!(listed("2026-11-25T12:00").await, (false, false), "tomorrow's until the evening");
    assert_eq!(listed("2026-11-25T23:45").await, (true, false), "the coming hour is now, whatever its date");
    assert_eq!(listed("2026-11-27T00:30").await, (false, true), "nobody said how it ended");
    let planner = app.sign_in("planner").await;
    assert!(planner.get("/start").await.expect(200).text().contains("Visits of earlier days with nothing recorded"));
    assert!(planner.get("/repairs?due=no-outcome").await.expect(200).text().contains(&ground.reference));

    let missed = "update appointment set status = $2 where id = $1";
    sqlx::query(missed).bind(ground.appointment).bind("missed").execute(app.pool()).await.unwrap();
    assert_eq!(listed("2026-11-27T00:30").await, (false, false), "that nobody came is how it ended");
    assert!(!planner.get("/repairs?due=no-outcome").await.expect(200).text().contains(&ground.reference));
    sqlx::query(missed).bind(ground.appointment).bind("booked").execute(app.pool()).await.unwrap();

    // The sooner at an emergency the better: nobody waits on the landing for the day to change.
    app.set_now("2026-11-25T23:50");
    arrive(&ground, &ground.phone(&app).await).await;
    assert_eq!(ground.column(&app, "status").await, "kept");
}

#[tokio::test]
async fn who_comes_early_has_asked_unless_it_has_become_an_emergency() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now("2026-11-25T09:00");
    let phone = ground.phone(&app).await;
    let refused = phone.post(&ground.path("/arrived"), &[]).await.expect(422).text();
    assert!(refused.contains("Ring them") && refused.contains("name=\"early_agreed\""), "{refused}");
    ground.make_emergency(&app).await;
    app.set_now("2026-11-25T09:00");
    phone.post(&ground.path("/arrived"), &[]).await.expect(303);
    assert_eq!(ground.column(&app, "status").await, "kept");
}

#[tokio::test]
async fn nobody_sets_off_the_day_before() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.agreed_later(&app, 1).await;
    let phone = ground.phone(&app).await;
    phone.post(&ground.path("/on-my-way"), &[("minutes", "20")]).await.expect(409);
    assert_eq!(ground.facts(&app, "visit.on-my-way").await, 0);
    assert_eq!(ground.messages(&app, "repairs.on-my-way").await, 0);
}

#[tokio::test]
async fn a_breach_does_not_go_away_unseen_by_an_earlier_time() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.make_emergency(&app).await;
    // Reported at ten to twelve of the 25th, made safe by ten to twelve of the 26th; the visit is moved to the day after.
    ground.agreed_later(&app, 2).await;
    app.set_now("2026-11-26T16:00");
    clocks::watch(app.platform()).await.unwrap();
    let phone = ground.phone(&app).await;
    let before = [("occurred_at", "2026-11-25T14:00"), ("early_agreed", "yes")];
    let refused = phone.post(&ground.path("/arrived"), &before).await.expect(422).text();
    assert!(refused.contains("planned for") && refused.contains("ring the planner"), "{refused}");

    // On the day itself an honest phone was without signal; the promise counts as kept, and the client is shown why.
    let today = [("occurred_at", "2026-11-26T11:00"), ("early_agreed", "yes")];
    phone.post(&ground.path("/arrived"), &today).await.expect(303);
    let safe = [
        ("occurred_at", "2026-11-26T11:30"),
        ("how", "isolated"),
        ("note", "Water off"),
        ("next", "A new tap"),
        ("_once", "one"),
    ];
    phone.upload(&ground.path("/made-safe"), &safe, &[("photo_after", "a.png", PNG)]).await.expect(303);
    let state: String = sqlx::query_scalar(
        "select state from clock where case_id = $1 and standard = 'repairs.local-offer-2014.emergency'",
    )
    .bind(ground.repair)
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!(state, "met");
    let rule = app.platform().registry().quality_rule("kept-by-a-late-entry");
    let sql = rule.expect("the rule").sql_on("2026-11-26".parse().unwrap());
    let found: Vec<(Uuid, String, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(app.pool()).await.unwrap();
    assert!(found.iter().any(|(repair, ..)| *repair == ground.repair), "{found:?}");
}

#[tokio::test]
async fn an_operative_sees_own_visits_only() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    arrive(&ground, &phone).await;
    phone.upload(&ground.path("/photos"), &[("shows", "before")], &[("photo", "a.png", PNG)]).await.expect(303);
    let photo: Uuid = sqlx::query_scalar("select id from document where case_id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    phone.get(&format!("/documents/{photo}")).await.expect(200);

    let other = app.operative("Another Hand", &["plumber"]).await;
    let stranger = app.sign_in_as("operative", Links { operative: Some(other.id), ..Links::default() }).await;
    assert!(!stranger.get("/today").await.expect(200).text().contains("Lantern"));
    stranger.get(&ground.path("")).await.expect(404);
    stranger.post(&ground.path("/arrived"), &[]).await.expect(404);
    stranger.upload(&ground.path("/done"), &[], &[]).await.expect(404);
    stranger.get(&format!("/documents/{photo}")).await.expect(404);
}

#[tokio::test]
async fn warnings_are_read_before_the_door() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let alert = Uuid::now_v7();
    sqlx::query("insert into place_alert (id, place_id, kind, title, from_day, added_by) values ($1, $2, 'asbestos', 'Asbestos board behind the sink', '2020-01-01', 'Survey')")
        .bind(alert)
        .bind(ground.home.id)
        .execute(app.pool())
        .await
        .unwrap();
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    assert!(phone.get("/today").await.text().contains("Asbestos board"));
    let refused = phone.post(&ground.path("/arrived"), &[]).await.expect(422);
    assert!(refused.text().contains("Asbestos board behind the sink"), "the page comes back with the warning");
    assert_eq!(ground.column(&app, "status").await, "booked");
    arrive(&ground, &phone).await;
    assert_eq!(ground.count(&app, "select count(*) from alert_acknowledged where case_id = $1").await, 1);
}

#[tokio::test]
async fn no_access_needs_proof_and_an_open_window() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.before_window);
    let phone = ground.phone(&app).await;
    let path = ground.path("/no-access");
    let reason = [("reason", "no-answer")];
    // It is said before a photo is taken.
    let early = phone.get(&path).await.expect(200);
    assert!(
        early.text().contains("too early for ‘no access’") && early.attribute("input[type=file]", "name").is_none()
    );
    phone.upload(&path, &reason, &[("photo", "door.png", PNG)]).await.expect(409);
    // Nor need anybody be in before the hours that were told in an emergency.
    sqlx::query("update appointment set emergency = true where id = $1")
        .bind(ground.appointment)
        .execute(app.pool())
        .await
        .unwrap();
    phone.upload(&path, &reason, &[("photo", "door.png", PNG)]).await.expect(409);
    // Nor does it help to arrive first, as one may.
    phone.post(&ground.path("/arrived"), &[]).await.expect(303);
    phone.upload(&path, &reason, &[("photo", "door.png", PNG)]).await.expect(409);
    app.set_now(&ground.in_window);
    assert!(phone.get(&path).await.expect(200).attribute("input[type=file]", "name").is_some());
    assert!(phone.upload(&path, &reason, &[]).await.expect(422).text().contains("Take a photo of the door"));
    phone.upload(&path, &[("reason", "refused")], &[("photo", "door.png", PNG)]).await.expect(422);
    phone.upload(&path, &reason, &[("photo", "notes.txt", b"no picture")]).await.expect(422);
    phone.upload(&path, &reason, &[("photo", "door.png", PNG)]).await.expect(303);
    assert_eq!(ground.column(&app, "status").await, "no-access");
    assert_eq!(ground.column(&app, "outcome").await, "no-access");
    assert_eq!(ground.facts(&app, "visit.no-access").await, 1);
    assert_eq!(ground.messages(&app, "repairs.no-access").await, 1);
    let stage: String = sqlx::query_scalar("select stage from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(stage, "ordered");
    phone.upload(&ground.path("/done"), &[], &[]).await.expect(409);
}

#[tokio::test]
async fn a_wrong_address_on_our_order_is_not_the_residents_doing() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    sqlx::query("update repair set right_to_repair = 'three-days' where id = $1")
        .bind(ground.repair)
        .execute(app.pool())
        .await
        .unwrap();
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    let wrong = [("reason", "wrong-address"), ("note", "There is no number 14")];
    phone.upload(&ground.path("/no-access"), &wrong, &[("photo", "door.png", PNG)]).await.expect(303);
    assert_eq!(ground.column(&app, "status").await, "missed");
    let open: Vec<String> = sqlx::query_scalar(
        "select standard from clock where case_id = $1 and state = 'late' and standard like '%appointment-kept'
         union select 'cancelled ' || standard from clock where case_id = $1 and state = 'cancelled' and standard like '%right-to-repair%'",
    )
    .bind(ground.repair)
    .fetch_all(app.pool())
    .await
    .unwrap();
    assert_eq!(open, ["repairs.local-offer-2014.appointment-kept"], "the slot is not kept, and no right ends by it");
    assert_eq!(ground.facts(&app, "appointment.missed").await, 1);
}

#[tokio::test]
async fn coming_late_is_a_missed_appointment_even_when_nobody_is_in() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.after_window);
    let phone = ground.phone(&app).await;
    assert!(phone.get(&ground.path("")).await.text().contains("Why late?"));
    phone
        .upload(
            &ground.path("/no-access"),
            &[("reason", "no-answer"), ("late_reason", "vehicle")],
            &[("photo", "door.png", PNG)],
        )
        .await
        .expect(303);
    assert_eq!(ground.column(&app, "status").await, "missed");
    let why: String =
        sqlx::query_scalar("select payload->>'reason' from fact where case_id = $1 and name = 'appointment.missed'")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!(why, "vehicle");
}

#[tokio::test]
async fn what_a_phone_kept_counts_when_it_happened_and_no_longer_than_two_days() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let happened = app.now().to_string();
    app.pass(20 * 3600);
    let phone = ground.phone(&app).await;
    phone.post(&ground.path("/arrived"), &[("occurred_at", &happened)]).await.expect(303);
    assert_eq!(ground.column(&app, "status").await, "kept", "in time, though we learned of it the next day");
    let (occurred, recorded): (rooftree_kernel::Moment, rooftree_kernel::Moment) =
        sqlx::query_as("select occurred_at, recorded_at from fact where case_id = $1 and name = 'visit.arrived'")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!((occurred.to_string(), recorded.seconds_since(occurred)), (happened.clone(), 20 * 3600));
    let early = app.now().plus_seconds(-30 * 3600).to_string();
    assert!(
        phone
            .upload(&ground.path("/done"), &[("occurred_at", &early)], &[])
            .await
            .expect(422)
            .text()
            .contains("ou arrived at")
    );
    app.pass(30 * 3600);
    let phone = ground.phone(&app).await;
    let refused = phone.upload(&ground.path("/done"), &[("occurred_at", &happened)], &[]).await.expect(422);
    assert!(refused.text().contains("48 hours"), "{}", refused.text());
}

#[tokio::test]
async fn made_safe_meets_the_promise_and_the_rest_stays_open() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    ground.make_emergency(&app).await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    arrive(&ground, &phone).await;
    phone.upload(&ground.path("/made-safe"), &[("how", "isolated"), ("note", "Water off")], &[]).await.expect(422);
    let safe = [("how", "isolated"), ("note", "Water off"), ("next", "A plumber will fit a new tap")];
    phone.upload(&ground.path("/made-safe"), &safe, &[]).await.expect(303);
    let clock: String = sqlx::query_scalar(
        "select state from clock where case_id = $1 and standard = 'repairs.local-offer-2014.emergency'",
    )
    .bind(ground.repair)
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!(clock, "met");
    let (status, stage): (String, String) = sqlx::query_as("select status, stage from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!((status.as_str(), stage.as_str()), ("open", "made-safe"));
    assert_eq!(ground.messages(&app, "repairs.made-safe").await, 1);
    let board = app.sign_in("planner").await.get("/board").await.expect(200).text();
    assert!(board.contains(", work remains") && !board.contains("Emergency · "), "{board}");
    assert!(board.contains("Finished within 28 working days of being made safe: "), "the promise that runs is named");
    app.pass(48 * 3600);
    let phone = ground.phone(&app).await;
    let done = app.now().plus_seconds(-47 * 3600).to_string();
    phone.upload(&ground.path("/done"), &[("occurred_at", &done)], &[]).await.expect(303);
    let on_time: Option<bool> = sqlx::query_scalar("select on_time from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(on_time, Some(true), "what counts for an emergency is when it was safe");
}

#[tokio::test]
async fn another_trades_work_gets_an_order_that_follows() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    let joiner = app.operative("Jo Wood", &["carpenter"]).await;
    let rate = rooftree_repairs::declared::DECLARED
        .rates
        .values()
        .find(|rate| rate.trade == "carpenter" && rate.price_pence < 75_000)
        .expect("a rate");
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    arrive(&ground, &phone).await;
    let path = ground.path("/follow-on");
    phone.upload(&path, &[("reason", "another-trade"), ("note", "The worktop has rotted")], &[]).await.expect(422);
    let chosen = format!("{} {}", rate.code, rate.title);
    phone
        .upload(&path, &[("reason", "another-trade"), ("note", "The worktop has rotted"), ("rate", &chosen)], &[])
        .await
        .expect(303);
    let (provider, lines, first): (Uuid, i64, String) = sqlx::query_as(
        "select o.provider_id, (select count(*) from order_line l where l.order_id = o.id), f.status
         from works_order o join works_order f on f.id = o.follows_id where o.case_id = $1",
    )
    .bind(ground.repair)
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!((provider, lines, first.as_str()), (Uuid::from(joiner.provider), 1, "completed"));
    let (stage, trade): (String, String) = sqlx::query_as("select stage, trade from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!((stage.as_str(), trade.as_str()), ("follow-on", "carpenter"));
    assert_eq!(ground.facts(&app, "repair.follow-on").await, 1);

    // Each of the two contractors sees the repair, and of its orders and visits only its own.
    let orders: Vec<(String, Uuid)> =
        sqlx::query_as("select reference, provider_id from works_order where case_id = $1 order by id")
            .bind(ground.repair)
            .fetch_all(app.pool())
            .await
            .unwrap();
    let page = format!("/repairs/{}", ground.reference);
    for provider in [ground.operative.provider, joiner.provider] {
        let links = Links { provider: Some(provider), ..Links::default() };
        let manager = app.sign_in_as("repairs-manager", links).await;
        let shown = manager.get(&page).await.expect(200).text();
        for (reference, whose) in &orders {
            assert_eq!(shown.contains(reference.as_str()), *whose == Uuid::from(provider), "{reference}");
        }
        let visit = format!("/appointments/{}/cancel", ground.appointment);
        let known = manager.get(&visit).await.status.as_u16() != 404;
        assert_eq!(known, provider == ground.operative.provider, "another's visit is not its business");
    }
    // The first contractor is done and can say what it charges.
    let first = app
        .sign_in_as("repairs-manager", Links { provider: Some(ground.operative.provider), ..Links::default() })
        .await;
    let invoice = first.get(&format!("/orders/{}", orders[0].0)).await.expect(200);
    let version = invoice.attribute("form[action$=invoice] input[name=version]", "value").expect("a version");
    let line = invoice.attribute("form[action$=invoice] input[name^=line-]", "name").expect("a line");
    let values = [("version", version.as_str()), (line.as_str(), "10.00")];
    first.post(&format!("/orders/{}/invoice", orders[0].0), &values).await.expect(303);
    // The list tells its own from another's, what is invoiced from what is not, and leaves as a file.
    let has = |page: &str, order: usize| page.contains(orders[order].0.as_str());
    let own = first.get("/orders?status=completed&invoiced=yes").await.expect(200).text();
    assert!(has(&own, 0) && !has(&own, 1));
    let none = first.get("/orders?status=completed&invoiced=no").await.expect(200).text();
    assert!(!has(&none, 0));
    // Whoever knows a reference need not know how the order stands.
    let found = first.get(&format!("/orders?text={}", orders[0].0)).await.expect(200).text();
    assert!(has(&found, 0) && found.contains("Completed") && !has(&found, 1), "{found}");
    let finance = app.sign_in("finance").await;
    let file = finance.get(&format!("/orders.csv?status=completed&text={}", ground.reference)).await.expect(200).text();
    assert!(has(&file, 0) && !has(&file, 1) && file.contains("10.00"), "{file}");
}

#[tokio::test]
async fn more_work_than_ordered_waits_for_the_client_and_the_visit_does_not() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    arrive(&ground, &phone).await;
    let rate = rooftree_repairs::declared::DECLARED.rates.values().find(|rate| rate.price_pence > 0).expect("a rate");
    let wrong = [("extra_rate_1", rate.code.as_str()), ("extra_quantity_1", "2")];
    assert!(phone.upload(&ground.path("/done"), &wrong, &[]).await.expect(422).text().contains("Choose a reason"));
    let right = [
        ("extra_rate_1", rate.code.as_str()),
        ("extra_quantity_1", "2"),
        ("extra_reason", "hidden"),
        ("extra_note", "Pipe corroded"),
    ];
    phone.upload(&ground.path("/done"), &right, &[]).await.expect(303);
    let (status, value): (String, i64) = sqlx::query_as(
        "select v.status, v.value_pence from variation v join works_order o on o.id = v.order_id where o.case_id = $1",
    )
    .bind(ground.repair)
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!((status.as_str(), value), ("requested", 2 * rate.price_pence));
    assert_eq!(ground.facts(&app, "repair.completed").await, 1);
}

#[tokio::test]
async fn materials_awaited_say_what_is_needed() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let phone = ground.phone(&app).await;
    phone.upload(&ground.path("/materials"), &[("what", "Mixer tap, 35 mm")], &[]).await.expect(409);
    arrive(&ground, &phone).await;
    phone.upload(&ground.path("/materials"), &[("what", "")], &[]).await.expect(422);
    phone.upload(&ground.path("/materials"), &[("what", "Mixer tap, 35 mm")], &[]).await.expect(303);
    let (stage, awaiting): (String, String) = sqlx::query_as("select stage, awaiting from repair where id = $1")
        .bind(ground.repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!((stage.as_str(), awaiting.as_str()), ("awaiting-materials", "Mixer tap, 35 mm"));
}

#[tokio::test]
async fn a_paper_return_is_recorded_by_the_office_for_its_own_orders() {
    let app = TestApp::new().await;
    let ground = ground(&app, "kitchen-tap").await;
    app.set_now(&ground.in_window);
    let day = app.now().day().0.strftime("%d/%m/%Y").to_string();
    app.pass(4 * 86_400);
    let path = format!("/visits/{}/return", ground.appointment);
    let stranger = app.operative("Another Hand", &["plumber"]).await;
    let other =
        app.sign_in_as("repairs-manager", Links { provider: Some(stranger.provider), ..Links::default() }).await;
    other.get(&path).await.expect(404);
    let own = app
        .sign_in_as("repairs-manager", Links { provider: Some(ground.operative.provider), ..Links::default() })
        .await;
    own.get(&path).await.expect(200);
    let (arrived, left) = (format!("{day} 13:00"), format!("{day} 13:40"));
    own.upload(&path, &[("outcome", "completed"), ("arrived_at", &arrived), ("finished_at", &arrived)], &[])
        .await
        .expect(422);
    own.upload(
        &path,
        &[("outcome", "completed"), ("arrived_at", &left), ("finished_at", &arrived), ("note", "Washer")],
        &[],
    )
    .await
    .expect(422);
    let fields = [
        ("outcome", "completed"),
        ("arrived_at", arrived.as_str()),
        ("finished_at", left.as_str()),
        ("note", "Washer renewed"),
    ];
    own.upload(&path, &fields, &[]).await.expect(303);
    let (status, day_done): (String, String) =
        sqlx::query_as("select status, to_char(completed_day, 'DD/MM/YYYY') from repair where id = $1")
            .bind(ground.repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!((status.as_str(), day_done), ("completed", day));
    let on_paper: Option<bool> = sqlx::query_scalar(
        "select (payload->>'on_paper')::boolean from fact where case_id = $1 and name = 'repair.completed'",
    )
    .bind(ground.repair)
    .fetch_one(app.pool())
    .await
    .unwrap();
    assert_eq!(on_paper, Some(true));
}
