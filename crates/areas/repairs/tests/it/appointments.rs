//! Appointments through HTTP and commands: booked, moved, missed, given to others; never two at once.

use rooftree_kernel::{Actor, OperativeId};
use rooftree_platform::Error;
use rooftree_repairs::{declared::SCRIPT, ids::AppointmentId, repair::commands::lock};
use rooftree_testkit::{Client, Home, Links, Operative, TestApp};
use rooftree_works::{booking::commands, cases, workforce::slots};
use std::time::Duration;
use uuid::Uuid;

/// A home whose tenant asked for e-mail, so that messages really leave; and a plumber.
async fn ground(app: &TestApp) -> (Home, Operative) {
    let home = app.home("14 Lantern Close").await;
    sqlx::query(
        "with p as (update person set preferred_channel = 'email' where id = $1)
         insert into contact_point (id, person_id, kind, value, normal, preferred) values (gen_random_uuid(), $1, 'email', 'a@example.org', 'a@example.org', true)",
    )
    .bind(home.tenant)
    .execute(app.pool())
    .await
    .expect("an address");
    let operative = app.operative("Dermot Quinn", &["plumber"]).await;
    (home, operative)
}

/// Logs an item without a visit and gives its reference; every question gets its first answer.
async fn logged(app: &TestApp, home: &Home, item: &str) -> String {
    let handler = app.sign_in("call-handler").await;
    let questions = &SCRIPT.item(item).expect("an item of the script").question;
    let answers: Vec<(String, String)> =
        questions.iter().map(|q| (format!("q-{}", q.key), q.options[0].key.clone())).collect();
    let mut fields: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("place", home.reference.as_str()),
        ("item", item),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
    ]);
    let reply = handler.post("/repairs", &fields).await.expect(303);
    reply.location().split('?').next().unwrap_or_default().trim_start_matches("/repairs/").to_owned()
}

/// Books the first time offered on the page, as a planner would, and gives the appointment.
async fn booked(app: &TestApp, planner: &Client, reference: &str, filter: &str) -> AppointmentId {
    let path = format!("/repairs/{reference}/appointments/new");
    let page = planner.get(&format!("{path}{filter}")).await.expect(200);
    let slot = page.attribute("input[name=slot]", "value").expect("a time is offered");
    let version = page.attribute("input[name=version]", "value").expect("a version");
    planner.post(&path, &[("slot", &slot), ("version", &version)]).await.expect(303);
    newest(app, reference).await
}

async fn newest(app: &TestApp, reference: &str) -> AppointmentId {
    sqlx::query_scalar("select a.id from appointment a join repair r on r.id = a.case_id where r.reference = $1 order by a.id desc limit 1")
        .bind(reference)
        .fetch_one(app.pool())
        .await
        .expect("an appointment")
}

async fn text(app: &TestApp, sql: &'static str, id: AppointmentId) -> String {
    sqlx::query_scalar(sql).bind(id).fetch_one(app.pool()).await.expect("a value")
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.expect("a count")
}

#[tokio::test]
async fn a_time_that_nobody_could_mean_is_refused() {
    let app = TestApp::new().await;
    let ground = crate::door::ground(&app, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let path = format!("/appointments/{}/move", ground.appointment);
    let version = planner.get(&path).await.expect(200).attribute("input[name=version]", "value").expect("a version");
    // The first there is, far below the calendar, the year 2100.
    for start in ["-9223372036854775808", "-210866803200000001", "4102444800000000"] {
        let slot = format!("{}@{start}@morning", Uuid::from(ground.operative.id));
        let fields =
            [("slot", slot.as_str()), ("version", version.as_str()), ("reason", "resident-asked"), ("note", "")];
        planner.post(&path, &fields).await.expect(422);
    }
    let visit = ground.appointment.to_string();
    let operative = Uuid::from(ground.operative.id).to_string();
    let far = [
        ("visit", visit.as_str()),
        ("operative", &operative),
        ("slot", "09:00"),
        ("day", "2100-01-04"),
        ("why", "resident-asked"),
    ];
    planner.post("/board/move", &far).await.expect(422);
}

#[tokio::test]
async fn a_routine_repair_is_booked_and_the_resident_told_by_message_letter_and_reminder() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let id = booked(&app, &planner, &reference, "?from=2026-11-25&part=afternoon").await;
    let told = text(&app, "select to_char(window_starts_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI') from appointment where id = $1", id).await;
    assert_eq!(told, "2026-11-25 12:00");
    assert_eq!(count(&app, "select count(*) from repair where stage = 'booked'").await, 1);
    app.run_jobs().await;
    let subjects: Vec<String> = app.mail.lock().expect("no panic").iter().map(|mail| mail.subject.clone()).collect();
    assert!(
        subjects.iter().any(|s| s.contains("appointment on Wednesday 25 November, 12:00 to 17:00")),
        "{subjects:?}"
    );
    assert!(
        subjects.iter().any(|s| s.ends_with("your appointment")),
        "the letter goes by e-mail to whoever asked for e-mail: {subjects:?}"
    );
    let kept =
        "select count(*) from clock where state = 'met' and standard in ('repairs.local-offer-2014.appointment-made',
                'repairs.local-offer-2014.text-confirmation', 'repairs.local-offer-2014.letter-four-days')";
    assert_eq!(count(&app, kept).await, 3);

    app.set_now("2026-11-24T16:59");
    app.run_jobs().await;
    assert_eq!(app.mail.lock().expect("no panic").len(), subjects.len());
    app.set_now("2026-11-24T17:00");
    app.run_jobs().await;
    assert!(app.mail.lock().expect("no panic").iter().any(|mail| mail.subject.starts_with("Tomorrow")));
}

#[tokio::test]
async fn two_at_the_same_moment_cannot_book_the_same_operative() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let (first, second) = (logged(&app, &home, "kitchen-tap").await, logged(&app, &home, "bath-tap").await);
    let actor = app.actor("planner", Links::default()).await;
    let platform = app.platform().clone();

    let mut one = platform.begin(&actor).await.expect("a unit of work");
    let repair = lock(&mut one, &first).await.expect("the repair");
    let brief = cases::brief(&mut one, &repair).await.expect("the repair");
    let scope = actor.scope.clone();
    let now = one.now;
    let slot = slots::offer(one.conn(), &slots::SlotAsk::of(&brief, now, 7, &scope)).await.expect("times").remove(0);
    commands::book(&mut one, &repair, None, &slot, false).await.expect("the first is booked");

    // The second chose the same time before the first was committed; the database makes it wait, and then refuses it.
    let (rival, taken, other) = (platform.clone(), slot.clone(), actor.clone());
    let waiting = tokio::spawn(async move {
        let mut two = rival.begin(&other).await?;
        let repair = lock(&mut two, &second).await?;
        commands::book(&mut two, &repair, None, &taken, false).await?;
        two.commit().await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "it waits for the first to end");
    one.commit().await.expect("the first is durable");
    match waiting.await.expect("no panic") {
        Err(Error::Conflict(words)) => {
            assert!(
                words.contains("Dermot Quinn has another job") && words.contains("Free now: Mon 23 Nov"),
                "{words}"
            );
        }
        other => panic!("the second booking was not refused: {other:?}"),
    }
    assert_eq!(count(&app, "select count(*) from appointment").await, 1);
    assert_eq!(count(&app, "select count(*) from fact where name = 'appointment.made'").await, 1);
}

#[tokio::test]
async fn a_refused_booking_shows_other_times_on_the_same_page() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let (first, second) = (logged(&app, &home, "kitchen-tap").await, logged(&app, &home, "bath-tap").await);
    let planner = app.sign_in("planner").await;
    let path = format!("/repairs/{second}/appointments/new");
    let page = planner.get(&path).await.expect(200);
    let (slot, version) = (
        page.attribute("input[name=slot]", "value").expect("a time"),
        page.attribute("input[name=version]", "value").expect("a version"),
    );
    // Somebody else fills the whole morning meanwhile.
    sqlx::query("update appointment set starts_at = '2026-11-23T09:00Z', ends_at = '2026-11-23T12:00Z' where id = $1")
        .bind(booked(&app, &planner, &first, "").await)
        .execute(app.pool())
        .await
        .expect("a long job");
    let refused = planner.post(&path, &[("slot", &slot), ("version", &version)]).await.expect(409);
    assert!(
        refused.text().contains("just been taken")
            && refused.attribute("input[name=slot]", "value").is_some_and(|free| free != slot)
    );
    let stale = planner.post(&path, &[("slot", &slot), ("version", "0")]).await.expect(409);
    assert!(stale.text().contains("Somebody else changed"));
    planner.post(&path, &[("slot", "nonsense"), ("version", &version)]).await.expect(422);
}

#[tokio::test]
async fn a_move_ends_one_appointment_with_a_reason_and_makes_another() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let old = booked(&app, &planner, &reference, "?from=2026-11-26&part=morning").await;
    app.run_jobs().await;
    let path = format!("/appointments/{old}/move");
    let page = planner.get(&format!("{path}?from=2026-11-27&part=afternoon")).await.expect(200);
    let (slot, version) = (
        page.attribute("input[name=slot]", "value").expect("a time"),
        page.attribute("input[name=version]", "value").expect("a version"),
    );
    let unreasoned = planner.post(&path, &[("slot", &slot), ("version", &version)]).await.expect(422);
    assert!(unreasoned.text().contains("Choose a reason"));
    let worded =
        planner.post(&path, &[("slot", &slot), ("version", &version), ("reason", "materials")]).await.expect(422);
    assert!(worded.text().contains("needs a few words"));
    planner.post(&path, &[("slot", &slot), ("version", &version), ("reason", "resident-asked")]).await.expect(303);

    let new = newest(&app, &reference).await;
    assert_eq!(
        text(&app, "select status || ' ' || cancelled_by || ' ' || cancel_reason from appointment where id = $1", old)
            .await,
        "cancelled resident resident-asked"
    );
    assert_eq!(text(&app, "select moved_from::text from appointment where id = $1", new).await, old.to_string());
    assert_eq!(
        count(&app, "select count(*) from fact where name in ('appointment.moved', 'appointment.made')").await,
        3
    );
    assert_eq!(
        count(&app, "select count(*) from clock where standard like '%appointment-kept' and state = 'cancelled'").await,
        1
    );
    // The visit that was moved says where to, why and whose doing it was; so does the history.
    let page = app.sign_in("planner").await.get(&format!("/repairs/{reference}")).await.expect(200);
    let visits = page.select("[aria-label='Visits'] tbody tr").join(" | ");
    assert!(visits.contains("Moved to Fri 27 Nov 12:00"), "{visits}");
    assert!(visits.contains("The resident asked (the resident’s doing)"), "{visits}");
    assert!(page.text().matches("The resident asked (the resident’s doing)").count() > 1, "{}", page.text());
    app.run_jobs().await;
    let moved: Vec<String> = app
        .mail
        .lock()
        .expect("no panic")
        .iter()
        .filter(|mail| mail.subject.contains("new appointment"))
        .map(|mail| mail.text.clone())
        .collect();
    assert_eq!(moved.len(), 1);
    assert!(!moved[0].contains("/r/R-"), "no letter promises what that page cannot do: {}", moved[0]);
    assert!(
        moved[0].contains("Thursday 26 November, 08:00 to 12:00") && moved[0].contains("You asked us to"),
        "{}",
        moved[0]
    );
    assert_eq!(
        count(&app, "select count(*) from clock where standard like '%text-confirmation' and state = 'running'").await,
        0,
        "the message that it moved confirms it"
    );
    // One letter only, and one reminder: that of the new day.
    assert_eq!(count(&app, "select count(*) from message where template = 'repairs.appointment-letter'").await, 1);
    let reminders = "select count(*) from job where kind = 'repairs.appointment-reminder' and done_at is null";
    assert_eq!(count(&app, reminders).await, 1);
    app.set_now("2026-11-25T17:30");
    app.run_jobs().await;
    assert!(!app.mail.lock().expect("no panic").iter().any(|mail| mail.subject.starts_with("Tomorrow")));
}

#[tokio::test]
async fn the_board_replans_within_the_window_and_asks_why_beyond_it() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let second = OperativeId::new();
    app.operative_of(operative.provider, second, "Ana Matos", &["plumber"]).await;
    let roofer = OperativeId::new();
    app.operative_of(operative.provider, roofer, "Rob Stone", &["roofer"]).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let id = booked(&app, &planner, &reference, "?from=2026-11-24&part=morning").await;
    let board = planner.get("/board?day=2026-11-24").await.expect(200);
    assert!(
        board.text().contains("Ana Matos") && board.text().contains(&format!("data-visit=\"{id}\"")),
        "{}",
        board.text()
    );

    let visit = id.to_string();
    let to = |who: OperativeId| who.to_string();
    let (ana, rob) = (to(second), to(roofer));
    let unskilled = planner
        .post("/board/move?day=2026-11-24", &[("visit", &visit), ("operative", &rob), ("slot", "10:00-12:00")])
        .await
        .expect(409);
    assert!(unskilled.text().contains("does not have the trade Plumber"));
    planner
        .post("/board/move?day=2026-11-24", &[("visit", &visit), ("operative", &ana), ("slot", "10:00-12:00")])
        .await
        .expect(303);
    assert_eq!(newest(&app, &reference).await, id, "the appointment stays: only the plan changed");
    assert_eq!(text(&app, "select operative_id::text from appointment where id = $1", id).await, ana);
    assert_eq!(count(&app, "select count(*) from fact where name = 'appointment.replanned'").await, 1);

    let beyond = [("visit", visit.as_str()), ("operative", ana.as_str()), ("slot", "14:00-16:00")];
    let why = planner.post("/board/move?day=2026-11-24", &beyond).await.expect(409);
    assert!(why.text().contains("was told 08:00 to 12:00") && !why.text().contains("data-board"));
    let done = planner.post("/board/move?day=2026-11-24&why=earlier-job-overran", &beyond).await.expect(303);
    assert_eq!(done.location(), "/board?why=earlier-job-overran&day=2026-11-24");
    assert_ne!(newest(&app, &reference).await, id);
    assert_eq!(text(&app, "select cancelled_by from appointment where id = $1", id).await, "provider");

    // Work without a visit is dropped onto the board by its reference.
    let emergency = logged(&app, &home, "burst-pipe").await;
    assert!(planner.get("/board").await.expect(200).text().contains(&format!("data-visit=\"{emergency}\"")));
    planner
        .post("/board/move?day=2026-11-23", &[("visit", &emergency), ("operative", &ana), ("slot", "08:00-10:00")])
        .await
        .expect(303);
    let planned = newest(&app, &emergency).await;
    assert_eq!(text(&app, "select to_char(starts_at at time zone 'Europe/London', 'HH24:MI') || emergency from appointment where id = $1", planned).await, "09:10true");
    let full = planner
        .post("/board/move?day=2026-11-23", &[("visit", &emergency), ("operative", &ana), ("begins", "06:00")])
        .await
        .expect(409);
    assert!(full.text().contains("already over"));
}

#[tokio::test]
async fn a_window_that_passed_is_recorded_as_missed() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let id = booked(&app, &planner, &reference, "?from=2026-11-24&part=morning").await;
    app.set_now("2026-11-24T12:30");
    let planner = app.sign_in("planner").await;
    assert!(planner.get("/board").await.expect(200).text().contains("Missed"));
    let path = format!("/appointments/{id}/cancel");
    let page = planner.get(&path).await.expect(200);
    assert!(page.text().contains("Record a missed visit") && page.text().contains("did-not-attend"));
    let version = page.attribute("input[name=version]", "value").expect("a version");
    planner.post(&path, &[("version", &version), ("reason", "weather")]).await.expect(422);
    planner.post(&path, &[("version", &version), ("reason", "vehicle")]).await.expect(303);
    assert_eq!(text(&app, "select status from appointment where id = $1", id).await, "missed");
    // The promise is broken before its day is over: neither its page nor the repair's says that it was met.
    let page = planner.get(&format!("/repairs/{reference}")).await.expect(200);
    let clock = page.attributes("a[href^='/clocks/']", "href");
    assert!(page.text().contains("Not kept"), "{}", page.text());
    let kept: String =
        sqlx::query_scalar("select '/clocks/' || id from clock where standard like '%.appointment-kept'")
            .fetch_one(app.pool())
            .await
            .expect("the promise");
    assert!(clock.contains(&kept), "{clock:?}");
    assert_eq!(
        count(
            &app,
            "select count(*) from clock where standard = 'repairs.house.missed-rebooked' and state = 'running'"
        )
        .await,
        1
    );
    assert_eq!(count(&app, "select count(*) from repair where stage = 'ordered'").await, 1);
    planner.post(&path, &[("version", "2"), ("reason", "vehicle")]).await.expect(409);
    booked(&app, &planner, &reference, "").await;
    assert_eq!(
        count(&app, "select count(*) from clock where standard = 'repairs.house.missed-rebooked' and state = 'met'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_sick_call_gives_the_day_to_others_in_one_page() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let planner = app.sign_in("planner").await;
    let mut visits = Vec::new();
    for item in ["kitchen-tap", "bath-tap", "bath-sealant"] {
        let reference = logged(&app, &home, item).await;
        visits.push(booked(&app, &planner, &reference, "?from=2026-11-24&part=morning").await);
    }
    let ana = OperativeId::new();
    app.operative_of(operative.provider, ana, "Ana Matos", &["plumber"]).await;
    app.set_now("2026-11-24T07:40");
    let planner = app.sign_in("planner").await;
    let base = format!("/operatives/{}", operative.id);
    let bad = planner
        .post(
            &format!("{base}/absences"),
            &[
                ("absence", "sick"),
                ("from", "2026-11-24"),
                ("from_time", "x"),
                ("until", "2026-11-24"),
                ("until_time", "23:59"),
            ],
        )
        .await
        .expect(422);
    assert!(bad.text().contains("Enter a time"));
    let recorded = planner
        .post(
            &format!("{base}/absences"),
            &[
                ("absence", "sick"),
                ("from", "2026-11-24"),
                ("from_time", "00:00"),
                ("until", "2026-11-24"),
                ("until_time", "23:59"),
            ],
        )
        .await
        .expect(303);
    let page = planner.get(recorded.location()).await.expect(200);
    assert_eq!(page.select("input[name=visit]").len(), 3);
    assert_eq!(page.text().matches("Same time for the resident").count(), 3);
    assert!(planner.get("/board").await.expect(200).text().contains("Away"));

    let accept: Vec<String> = page.attributes("input[name=visit]", "value");
    let mut fields: Vec<(&str, &str)> = accept.iter().map(|value| ("visit", value.as_str())).collect();
    fields.push(("reason", "operative-absent"));
    let done = planner.post(recorded.location(), &fields).await.expect(200);
    assert!(
        done.text().contains("3 visits are planned again") && done.text().contains("0 residents"),
        "{}",
        done.text()
    );
    for visit in visits {
        assert_eq!(
            text(&app, "select operative_id::text from appointment where id = $1", visit).await,
            ana.to_string()
        );
    }
    // Accepting the same page again does nothing and says so.
    let again = planner.post(recorded.location(), &fields).await.expect(409);
    assert!(again.text().contains("Somebody else changed this appointment"), "{}", again.text());

    let free = planner.get(&base).await.expect(200);
    let back = free.attribute("form[action$='/end']", "action").expect("they may come back");
    planner.post(&back, &[]).await.expect(303);
    assert!(!planner.get("/board").await.expect(200).text().contains("Away"));
}

#[tokio::test]
async fn a_providers_manager_plans_their_own_people_only() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    let id = booked(&app, &planner, &reference, "?from=2026-11-24").await;
    let other = app.operative("Bo Lind", &["plumber"]).await;
    let stranger =
        app.sign_in_as("repairs-manager", Links { provider: Some(other.provider), ..Links::default() }).await;
    let own = app.sign_in_as("repairs-manager", Links { provider: Some(operative.provider), ..Links::default() }).await;
    stranger.get(&format!("/appointments/{id}/move")).await.expect(404);
    stranger.get(&format!("/repairs/{reference}/appointments/new")).await.expect(404);
    stranger.get(&format!("/operatives/{}", operative.id)).await.expect(404);
    stranger.post(&format!("/operatives/{}/leave", operative.id), &[]).await.expect(404);
    let board = stranger.get("/board?day=2026-11-24").await.expect(200).text();
    assert!(board.contains("Bo Lind") && !board.contains("Dermot Quinn") && !board.contains(&reference));
    let bo = other.id.to_string();
    own.get(&format!("/appointments/{id}/move")).await.expect(200);
    own.post("/board/move?day=2026-11-24", &[("visit", &id.to_string()), ("operative", &bo), ("slot", "10:00-12:00")])
        .await
        .expect(404);
    // The client's planner sees both companies, but an order stays with the company that has it.
    let moved = planner
        .post("/board/move?day=2026-11-24", &[("visit", &id.to_string()), ("operative", &bo), ("slot", "10:00-12:00")])
        .await
        .expect(409);
    assert!(moved.text().contains("works for another provider"));
    let operative_user = app.sign_in_as("operative", Links { operative: Some(operative.id), ..Links::default() }).await;
    operative_user.get("/board").await.expect(403);
}

#[tokio::test]
async fn an_operative_is_added_changed_and_leaves() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let planner = app.sign_in("planner").await;
    let provider = operative.provider.to_string();
    let refused = planner.post("/operatives/new", &[("name", ""), ("from-1", "08:00")]).await.expect(422);
    assert!(refused.text().contains("Enter both times"));
    let fields = [
        ("name", "Ola Berg"),
        ("provider", provider.as_str()),
        ("trades", "plumber"),
        ("trades", "tiler"),
        ("from-1", "08:00"),
        ("until-1", "16:30"),
        ("from-1-2", "18:00"),
        ("until-1-2", "23:59"),
    ];
    let saved = planner.post("/operatives/new", &fields).await.expect(303);
    let page = planner.get(saved.location()).await.expect(200).text();
    assert!(page.contains("Monday 08:00 to 16:30 and 18:00 to 23:59") && page.contains("Tiler"), "{page}");
    planner
        .post(
            &format!("{}/edit", saved.location()),
            &[("name", "Ola Berg"), ("provider", &provider), ("trades", "tiler"), ("version", "1")],
        )
        .await
        .expect(303);
    assert!(!planner.get(saved.location()).await.expect(200).text().contains("Plumber,"));
    assert!(planner.get("/operatives?trade=tiler").await.expect(200).text().contains("Ola Berg"));
    assert!(planner.get("/operatives.csv").await.expect(200).text().contains("Dermot Quinn"));

    let reference = logged(&app, &home, "kitchen-tap").await;
    booked(&app, &planner, &reference, "").await;
    let busy = planner.post(&format!("/operatives/{}/leave", operative.id), &[]).await.expect(409);
    assert!(busy.text().contains("1 visits are still booked"));
    planner.post(&format!("{}/leave", saved.location()), &[]).await.expect(303);
    planner.get(saved.location()).await.expect(404);
}

#[tokio::test]
async fn the_planners_tasks_count_what_waits() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    logged(&app, &home, "burst-pipe").await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let planner = app.sign_in("planner").await;
    booked(&app, &planner, &reference, "?from=2026-11-24&part=morning").await;
    let words = |reply: rooftree_testkit::Reply| reply.select(".rt-counts__link");
    let today = words(planner.get("/start").await.expect(200));
    assert!(today.contains(&"1 Emergencies not safe yet, no visit booked".to_owned()), "{today:?}");
    assert!(today.contains(&"1 Tomorrow's visits not yet confirmed".to_owned()), "{today:?}");
    app.set_now("2026-11-24T13:00");
    let planner = app.sign_in("planner").await;
    let late = words(planner.get("/start").await.expect(200));
    assert!(late.contains(&"1 Visits late now".to_owned()), "{late:?}");
}

#[tokio::test]
async fn the_system_may_book_too() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let mut ctx = app.platform().begin(&Actor::system(rooftree_kernel::Channel::Cli)).await.expect("a unit of work");
    let repair = lock(&mut ctx, &reference).await.expect("the repair");
    let brief = cases::brief(&mut ctx, &repair).await.expect("the repair");
    let ask = slots::SlotAsk::of(&brief, ctx.now, 7, &ctx.actor.scope.clone());
    let offered = slots::offer(ctx.conn(), &ask).await.expect("times");
    assert!(offered.len() > 6 && offered.iter().all(|slot| slot.operative_name == "Dermot Quinn"));
    let found = slots::find(ctx.conn(), &offered[0].key(), &ask).await.expect("still free");
    assert_eq!(found, offered[0]);
    commands::book(&mut ctx, &repair, None, &found, false).await.expect("booked");
    assert!(matches!(
        slots::find(ctx.conn(), &format!("{}@{}@morning", OperativeId::new(), ask.from.as_micros()), &ask).await,
        Err(Error::Conflict(_))
    ));
    ctx.commit().await.expect("durable");
}
