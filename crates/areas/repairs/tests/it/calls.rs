//! The call: from the first words to a booked repair, and what other roles see of it.

use rooftree_kernel::CaseId;
use rooftree_platform::clocks;
use rooftree_testkit::{Home, Links, Operative, Reply, TestApp};
use uuid::Uuid;

pub(crate) async fn ground(app: &TestApp) -> (Home, Operative) {
    let home = app.home("14 Lantern Close").await;
    let operative = app.operative("Dermot Quinn", &["plumber", "gas-engineer", "heating-engineer"]).await;
    (home, operative)
}

/// The answers a handler gives for an item: its first option everywhere.
fn answers(item: &str) -> Vec<(String, String)> {
    let item = rooftree_repairs::declared::SCRIPT.item(item).expect("an item of the script");
    item.question.iter().map(|q| (format!("q-{}", q.key), q.options[0].key.clone())).collect()
}

fn fields<'a>(home: &'a Home, item: &'a str, answers: &'a [(String, String)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("place", home.reference.as_str()),
        ("item", item),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
        ("description", "It started this morning"),
    ]);
    fields
}

pub(crate) async fn logged(app: &TestApp, home: &Home, item: &str) -> String {
    let handler = app.sign_in("call-handler").await;
    let answers = answers(item);
    let reply = handler.post("/repairs", &fields(home, item, &answers)).await.expect(303);
    reference(&reply)
}

fn reference(reply: &Reply) -> String {
    let path = reply.location().split('?').next().unwrap_or_default();
    path.trim_start_matches("/repairs/").to_owned()
}

#[tokio::test]
async fn whoever_rings_leads_to_their_home() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;
    let next = handler.get(&format!("/repairs/new?person={}", home.tenant_reference)).await.expect(303);
    let expected = format!("/repairs/new?place={}&reporter={}", home.reference, home.tenant_reference);
    assert_eq!(next.location(), expected);
    let page = handler.get(next.location()).await.expect(200);
    assert!(page.text().contains("14 Lantern Close"), "{}", page.text());
    handler.get("/repairs/new?person=N-99999999").await.expect(404);
}

#[tokio::test]
async fn a_known_tenants_repair_is_logged_and_booked_in_three_pages() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;

    let found = handler.get(&format!("/repairs/new?place={}&q=no+heating", home.reference)).await.expect(200);
    assert!(found.text().contains("item=no-heating"));
    let questions = handler.get(&format!("/repairs/new?place={}&item=no-heating", home.reference)).await.expect(200);
    assert!(questions.text().contains("Amina Yusuf"));

    let answers = answers("no-heating");
    let mut fields = fields(&home, "no-heating", &answers);
    let decision = handler.post("/repairs/new", &fields).await.expect(200);
    assert!(decision.text().contains("Why this priority"));
    let slot = decision.attribute("input[name=slot][type=radio]", "value").expect("a slot is offered");
    fields.push(("slot", &slot));
    let done = handler.post("/repairs", &fields).await.expect(303);

    let page = handler.get(done.location()).await.expect(200);
    assert!(page.text().contains("Repair logged") && page.text().contains("Dermot Quinn"), "{}", page.text());
    let (stage, orders, booked): (String, i64, i64) = sqlx::query_as(
        "select stage, (select count(*) from works_order o where o.case_id = r.id), (select count(*) from appointment a where a.case_id = r.id)
         from repair r where reference = $1",
    )
    .bind(reference(&done))
    .fetch_one(app.pool())
    .await
    .expect("the repair");
    assert_eq!((stage.as_str(), orders, booked), ("booked", 1, 1));
}

#[tokio::test]
async fn what_the_caller_answered_is_kept_with_the_repair_and_its_fact() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let item = rooftree_repairs::declared::SCRIPT.item("no-heating").expect("an item of the script");
    let page = app.sign_in("call-handler").await.get(&format!("/repairs/{reference}")).await.expect(200).text();
    let told: serde_json::Value = sqlx::query_scalar(
        "select f.payload -> 'answers' from fact f join repair r on r.id = f.case_id where r.reference = $1 and f.name = 'repair.reported'",
    )
    .bind(&reference)
    .fetch_one(app.pool())
    .await
    .expect("the fact");
    assert_eq!(told.as_array().map(Vec::len), Some(item.question.len()), "{told}");
    for (question, kept) in item.question.iter().zip(told.as_array().into_iter().flatten()) {
        assert_eq!(
            (kept[0].as_str(), kept[1].as_str()),
            (Some(question.ask.as_str()), Some(question.options[0].label.as_str()))
        );
        assert!(page.contains(&question.options[0].label), "{page}");
    }
}

#[tokio::test]
async fn clocks_rebuilt_from_the_journal_are_the_same() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let handler = app.sign_in("call-handler").await;
    app.pass(3600);
    let version = handler
        .get(&format!("/repairs/{reference}/priority"))
        .await
        .attribute("input[name=version]", "value")
        .expect("a version");
    let new = if priority(&app, &reference).await == "routine" { "urgent" } else { "routine" };
    let change = [
        ("version", version.as_str()),
        ("priority", new),
        ("reason", reason("override")),
        ("note", "The neighbour said so"),
    ];
    handler.post(&format!("/repairs/{reference}/priority"), &change).await.expect(303);
    handler
        .post(
            &format!("/repairs/{reference}/cancel"),
            &[("reason", "resident-withdrew"), ("note", "Fixed by a friend")],
        )
        .await
        .expect(303);

    let id: Uuid = sqlx::query_scalar("select id from repair where reference = $1")
        .bind(&reference)
        .fetch_one(app.pool())
        .await
        .expect("an id");
    let mut lived = clocks::of_case(app.platform(), CaseId(id)).await.expect("clocks");
    lived.sort_by_key(|clock| clock.id);
    let rebuilt = clocks::rebuild(app.platform(), Some(&[id])).await.expect("a rebuild");
    assert!(lived.len() >= 2, "the first priority's clock and the second's");
    assert_eq!(lived, rebuilt);
}

async fn priority(app: &TestApp, reference: &str) -> String {
    sqlx::query_scalar("select priority from repair where reference = $1")
        .bind(reference)
        .fetch_one(app.pool())
        .await
        .expect("a priority")
}

pub(crate) fn reason(list: &str) -> &'static str {
    &rooftree_repairs::declared::DECLARED.reasons(list).next().expect("a reason").key
}

#[tokio::test]
async fn alerts_must_be_read_before_an_order_leaves() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let alert = Uuid::now_v7();
    sqlx::query("insert into place_alert (id, place_id, kind, title, from_day, added_by) values ($1, $2, 'asbestos', 'Asbestos board behind the boiler', '2020-01-01', 'Survey')")
        .bind(alert)
        .bind(home.id)
        .execute(app.pool())
        .await
        .expect("an alert");
    let handler = app.sign_in("call-handler").await;
    let answers = answers("no-heating");
    let mut fields = fields(&home, "no-heating", &answers);
    let refused = handler.post("/repairs", &fields).await.expect(422);
    assert!(refused.text().contains("tick that you have") && refused.text().contains("It started this morning"));
    let ticked = alert.to_string();
    fields.push(("acknowledged", &ticked));
    handler.post("/repairs", &fields).await.expect(303);
    let read: i64 = sqlx::query_scalar("select count(*) from alert_acknowledged where alert_id = $1")
        .bind(alert)
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(read, 1);
}

#[tokio::test]
async fn bad_input_names_the_field_and_writes_nothing() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;
    let answers = answers("no-heating");
    let mut fields = fields(&home, "no-heating", &answers);
    fields.retain(|(name, _)| *name != "reporter" && *name != "channel");
    fields.push(("override_priority", "emergency"));
    let refused = handler.post("/repairs", &fields).await.expect(422);
    for words in ["Say who reports it", "Choose how it was reported", "Choose why the priority is different"] {
        assert!(refused.text().contains(words), "{words}");
    }
    let written: i64 = sqlx::query_scalar(
        "select (select count(*) from repair) + (select count(*) from fact where name like 'repair.%')",
    )
    .fetch_one(app.pool())
    .await
    .expect("a count");
    assert_eq!(written, 0);
}

#[tokio::test]
async fn a_provider_sees_its_own_orders_and_no_others() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let own = app.sign_in_as("repairs-manager", Links { provider: Some(operative.provider), ..Links::default() }).await;
    let other = app.operative("Ana Matos", &["roofer"]).await;
    let stranger =
        app.sign_in_as("repairs-manager", Links { provider: Some(other.provider), ..Links::default() }).await;
    own.get(&format!("/repairs/{reference}")).await.expect(200);
    stranger.get(&format!("/repairs/{reference}")).await.expect(404);
    assert!(own.get("/repairs").await.text().contains(&reference));
    assert!(!stranger.get("/repairs").await.text().contains(&reference));
    assert!(!stranger.get("/repairs.csv").await.text().contains(&reference));
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_and_loses_nothing() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let handler = app.sign_in("call-handler").await;
    let path = format!("/repairs/{reference}/priority");
    let version = handler.get(&path).await.attribute("input[name=version]", "value").expect("a version");
    let others: Vec<&str> = ["emergency", "urgent", "routine"].into_iter().collect();
    let now = priority(&app, &reference).await;
    let mut choices = others.into_iter().filter(|choice| *choice != now);
    let (first, second) = (choices.next().expect("one"), choices.next().expect("another"));
    let with = |chosen| {
        [
            ("version", version.as_str()),
            ("priority", chosen),
            ("reason", reason("override")),
            ("note", "My own words, kept"),
        ]
    };
    handler.post(&path, &with(first)).await.expect(303);
    let late = handler.post(&path, &with(second)).await.expect(409);
    assert!(late.text().contains("Somebody else changed") && late.text().contains("My own words, kept"));
    assert_eq!(priority(&app, &reference).await, first);
}

#[tokio::test]
async fn a_broken_promise_is_recorded_once() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    logged(&app, &home, "no-heating").await;
    app.pass(60 * 86_400);
    let first = clocks::watch(app.platform()).await.expect("the watch");
    let second = clocks::watch(app.platform()).await.expect("the watch");
    assert!(first > 0);
    assert_eq!(second, 0);
    let facts: i64 = sqlx::query_scalar("select count(*) from fact where name = 'clock.breached'")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(facts as usize, first);
}

#[tokio::test]
async fn a_double_click_raises_one_repair() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;
    let answers = answers("no-heating");
    let mut fields = fields(&home, "no-heating", &answers);
    let decision = handler.post("/repairs/new", &fields).await.expect(200);
    let once = decision.attribute("input[name=_once]", "value").expect("a name for this form");
    let slot = decision.attribute("input[name=slot][type=radio]", "value").expect("a slot");
    fields.extend([("_once", once.as_str()), ("slot", slot.as_str())]);
    let (first, second) = tokio::join!(handler.post("/repairs", &fields), handler.post("/repairs", &fields));
    let (first, second) = (first.expect(303), second.expect(303));
    assert_eq!(reference(&first), reference(&second), "both lead to the repair that was raised");
    let raised: i64 = sqlx::query_scalar("select count(*) from repair").fetch_one(app.pool()).await.expect("a count");
    assert_eq!(raised, 1);
}

#[tokio::test]
async fn another_priority_without_its_reason_is_mended_on_the_same_page() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;
    let answers = answers("no-heating");
    let mut fields = fields(&home, "no-heating", &answers);
    let slot = handler.post("/repairs/new", &fields).await.attribute("input[name=slot][type=radio]", "value");
    let slot = slot.expect("a slot");
    fields.extend([("slot", slot.as_str()), ("override_priority", "routine")]);
    let again = handler.post("/repairs", &fields).await.expect(422);
    assert!(again.text().contains("Choose why the priority is different"), "{}", again.text());
    assert_eq!(again.attribute("input[name=slot][checked]", "value"), Some(slot.clone()), "the slot is kept");
}

#[tokio::test]
async fn another_priority_is_said_and_given_its_own_times_before_it_is_logged() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let handler = app.sign_in("call-handler").await;
    let answers = answers("kitchen-tap");
    let mut fields = fields(&home, "kitchen-tap", &answers);
    let decided = handler.post("/repairs/new", &fields).await.expect(200);
    let slots = decided.attributes("input[name=slot][type=radio]", "value");
    let last = slots.last().expect("slots").as_str();
    let note = [("override_reason", reason("override")), ("override_note", "A child is at risk")];
    fields.extend([("slot", last), ("shown_priority", "routine"), ("override_priority", "emergency")]);
    fields.extend(note);
    let again = handler.post("/repairs", &fields).await.expect(422);
    assert!(again.text().contains("The priority is now Emergency"), "{}", again.text());
    assert_eq!(again.attribute("input[name=shown_priority]", "value").as_deref(), Some("emergency"));
    let soon = again.attribute("input[name=slot][checked]", "value").expect("a time of its own");
    assert_ne!(soon, last);
    let count =
        async || -> i64 { sqlx::query_scalar("select count(*) from repair").fetch_one(app.pool()).await.unwrap() };
    assert_eq!(count().await, 0, "nothing is logged yet");

    fields.retain(|(name, _)| !matches!(*name, "slot" | "shown_priority"));
    fields.extend([("slot", soon.as_str()), ("shown_priority", "emergency")]);
    handler.post("/repairs", &fields).await.expect(303);
    assert_eq!(count().await, 1);

    // Whoever books it late all the same finds it in a list of its own.
    let late = handler.get("/repairs?due=booked-late").await.expect(200);
    assert!(!late.text().contains("/repairs/R-"), "it is booked in time");
    sqlx::query(
        "update appointment set day = day + 5, starts_at = starts_at + '5 days', ends_at = ends_at + '5 days',
                 window_starts_at = window_starts_at + '5 days', window_ends_at = window_ends_at + '5 days'",
    )
    .execute(app.pool())
    .await
    .unwrap();
    let late = handler.get("/repairs?due=booked-late").await.expect(200);
    assert!(late.text().contains("/repairs/R-") && late.text().contains("rt-clock--at-risk"), "{}", late.text());
    let reference: String = sqlx::query_scalar("select reference from repair").fetch_one(app.pool()).await.unwrap();
    let page = handler.get(&format!("/repairs/{reference}?logged={}", home.reference)).await.expect(200);
    assert!(page.text().contains("The visit is after our promise falls due"), "{}", page.text());
    assert!(page.text().contains("rt-clock-card--at-risk"), "{}", page.text());
}

#[tokio::test]
async fn an_emergency_that_nobody_can_reach_in_time_is_logged_and_not_booked_late() {
    let app = TestApp::new().await;
    let (home, operative) = ground(&app).await;
    // Whoever could come works on no day of the promise.
    sqlx::query("insert into absence (id, operative_id, during, reason) values (gen_random_uuid(), $1, tstzrange($2 - interval '1 day', $2 + interval '3 days'), 'leave')")
        .bind(operative.id)
        .bind(app.platform().now())
        .execute(app.pool())
        .await
        .expect("an absence");
    let handler = app.sign_in("call-handler").await;
    let answers = answers("kitchen-tap");
    let mut fields = fields(&home, "kitchen-tap", &answers);
    fields.extend([
        ("shown_priority", "emergency"),
        ("override_priority", "emergency"),
        ("override_reason", reason("override")),
        ("override_note", "A child is at risk"),
    ]);
    let decision = handler.post("/repairs/new", &fields).await.expect(200);
    assert!(decision.text().contains("Nobody can come in time: log it, then ring the planner"), "{}", decision.text());
    assert_eq!(decision.attribute("input[name=slot][checked]", "value"), None);
    // A button is sent after the time that stands chosen, and outweighs it.
    let late = decision.attribute("input[name=slot][type=radio]", "value").expect("a late time is offered");
    fields.extend([("slot", late.as_str()), ("slot", "")]);
    handler.post("/repairs", &fields).await.expect(303);
    let booked: i64 = sqlx::query_scalar("select count(*) from appointment").fetch_one(app.pool()).await.unwrap();
    assert_eq!(booked, 0);
}

#[tokio::test]
async fn a_cancelled_repair_is_told_to_those_who_wait() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let rate = rooftree_repairs::declared::DECLARED.rates.values().find(|rate| rate.price_pence > 0).expect("a rate");
    let order: String =
        sqlx::query_scalar("select reference from works_order").fetch_one(app.pool()).await.expect("the order");
    let mut ctx = app.system().await;
    let lines = [(rate.code.clone(), 100)];
    rooftree_works::orders::commands::request_variation(&mut ctx, &order, "hidden", "Pipe corroded", &lines)
        .await
        .expect("asked for");
    ctx.commit().await.expect("kept");
    let handler = app.sign_in("call-handler").await;
    let why = [("reason", "tenancy-ended"), ("note", "")];
    handler.post(&format!("/repairs/{reference}/cancel"), &why).await.expect(303);
    let told: Vec<String> = sqlx::query_scalar("select body from message where template = 'repairs.cancelled'")
        .fetch_all(app.pool())
        .await
        .expect("messages");
    assert!(told.len() == 1 && told[0].contains(&reference) && told[0].contains("tenancy has ended"), "{told:?}");
    let waiting: Vec<String> = sqlx::query_scalar("select standard from clock where state = 'running'")
        .fetch_all(app.pool())
        .await
        .expect("clocks");
    assert!(waiting.is_empty(), "nothing is owed any more, the answer to the variation neither: {waiting:?}");
}

#[tokio::test]
async fn a_repair_that_was_cancelled_by_mistake_is_as_if_it_never_was() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let reference = logged(&app, &home, "no-heating").await;
    let promises = "select standard, due_at::text from clock where state = 'running' order by standard";
    let before: Vec<(String, String)> = sqlx::query_as(promises).fetch_all(app.pool()).await.expect("clocks");
    let handler = app.sign_in("call-handler").await;
    handler.post(&format!("/repairs/{reference}/reopen"), &[("note", "x"), ("version", "1")]).await.expect(409);
    let why = [("reason", "tenancy-ended"), ("note", "")];
    handler.post(&format!("/repairs/{reference}/cancel"), &why).await.expect(303);
    app.pass(600);
    let page = handler.get(&format!("/repairs/{reference}/reopen")).await.expect(200);
    let version = page.attribute("input[name=version]", "value").expect("a version");
    let path = format!("/repairs/{reference}/reopen");
    handler.post(&path, &[("note", ""), ("version", &version)]).await.expect(422);
    handler.post(&path, &[("note", "The wrong repair"), ("version", &version)]).await.expect(303);
    handler.post(&path, &[("note", "The wrong repair"), ("version", &version)]).await.expect(409);

    let owed: i64 = sqlx::query_scalar(
        "select count(*) from message where template = 'repairs.cancelled' and status in ('waiting', 'held')",
    )
    .fetch_one(app.pool())
    .await
    .expect("messages");
    assert_eq!(owed, 0, "nobody is told any more that it was cancelled");
    let (status, stage, cancelled): (String, String, bool) = sqlx::query_as(
        "select status, stage, cancelled_at is not null or cancelled_day is not null or cancel_reason is not null from repair",
    )
    .fetch_one(app.pool())
    .await
    .expect("the repair");
    assert_eq!((status.as_str(), stage.as_str(), cancelled), ("open", "ordered", false));
    let orders: Vec<(String, i64, i64)> = sqlx::query_as(
        "select status, value_pence, (select count(*) from order_line l where l.order_id = o.id) from works_order o order by id",
    )
    .fetch_all(app.pool())
    .await
    .expect("orders");
    assert_eq!((orders[0].0.as_str(), orders[1].0.as_str()), ("cancelled", "issued"));
    assert_eq!((orders[0].1, orders[0].2), (orders[1].1, orders[1].2), "the same work again");
    let after: Vec<(String, String)> = sqlx::query_as(promises).fetch_all(app.pool()).await.expect("clocks");
    let dated = |list: &[(String, String)]| {
        let counted = |standard: &str| standard != "repairs.house.order-accepted";
        list.iter().filter(|(standard, _)| counted(standard)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(dated(&after), dated(&before), "every promise counts from the report");
    let case: Uuid = sqlx::query_scalar("select id from repair").fetch_one(app.pool()).await.expect("the repair");
    let mut lived = clocks::of_case(app.platform(), CaseId(case)).await.expect("clocks");
    lived.sort_by_key(|clock| clock.id);
    assert_eq!(lived, clocks::rebuild(app.platform(), Some(&[case])).await.expect("rebuilt"));
}

#[tokio::test]
async fn another_system_raises_a_repair_by_the_same_command() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let user = app.user("call-handler", Links::default()).await;
    let mut ctx = app.system().await;
    let expires = ctx.now.plus_seconds(86_400);
    let token = rooftree_platform::signin::tokens::make(&mut ctx, user, "portal", &["repairs.*".to_owned()], expires)
        .await
        .expect("a token");
    ctx.commit().await.expect("kept");
    let client = app.anybody();
    let post = |body: serde_json::Value, key: &'static str| {
        let (client, token) = (client.clone(), token.clone());
        async move {
            let headers = [("idempotency-key", key)];
            client.api(axum::http::Method::POST, "/api/v1/repairs", &token, &headers, Some(body)).await
        }
    };
    let new = |item: &str, reporter: &str| {
        serde_json::json!({ "place": home.reference, "reporter": reporter, "channel": "web", "item": item,
                            "answers": { "fault": "drips" }, "description": "It drips all night" })
    };
    let first = post(new("kitchen-tap", &home.tenant_reference), "k1").await;
    let first = first.expect(201).json();
    assert_eq!(first["priority"], "routine");
    let again = post(new("kitchen-tap", &home.tenant_reference), "k1").await.expect(201).json();
    assert_eq!(first, again, "the same key is the same repair");
    let (count, channel): (i64, String) =
        sqlx::query_as("select count(*), min(channel) from repair").fetch_one(app.pool()).await.expect("repairs");
    assert_eq!((count, channel.as_str()), (1, "web"));
    let words: String =
        sqlx::query_scalar("select description from repair").fetch_one(app.pool()).await.expect("the repair");
    assert_eq!(words, "It drips all night");
    // A filter that cannot be read is refused: a list of everything would be taken for the answer.
    let list = async |query: &str| {
        client.api(axum::http::Method::GET, &format!("/api/v1/repairs?{query}"), &token, &[], None).await
    };
    list("due=overdue&status=open&from=2026-04-01").await.expect(200);
    for (query, field) in
        [("due=overdu", "due"), ("status=done", "status"), ("from=yesterday", "from"), ("provider=x", "provider")]
    {
        let refused = list(query).await.expect(422);
        assert!(refused.text().contains(field), "{query}: {}", refused.text());
    }
    // What is wrong is named.
    for (wrong, field) in [
        (new("no-such-item", &home.tenant_reference), "item"),
        (new("kitchen-tap", "N-99999999"), "reporter"),
        (
            serde_json::json!({ "place": home.reference, "reporter": home.tenant_reference, "channel": "smoke", "item": "kitchen-tap" }),
            "channel",
        ),
        (
            serde_json::json!({ "place": home.reference, "reporter": home.tenant_reference, "channel": "web", "item": "kitchen-tap" }),
            "q-fault",
        ),
        (
            serde_json::json!({ "place": home.reference, "channel": "web", "item": "kitchen-tap", "answers": {"fault": "drips"}, "recall_of": "R-1" }),
            "recall_of",
        ),
    ] {
        let refused = post(wrong, "").await.expect(422).json();
        let fields: Vec<&str> =
            refused["errors"].as_array().expect("errors").iter().filter_map(|error| error["field"].as_str()).collect();
        assert!(fields.contains(&field), "{field}: {refused}");
    }
}

#[tokio::test]
async fn a_housing_officer_begins_with_their_own_patch() {
    let app = TestApp::new().await;
    let ground = crate::door::ground(&app, "kitchen-tap").await;
    app.set_now("2027-03-01T10:00");
    let officer = app.sign_in("housing-officer").await;
    sqlx::query("update app_user set patch = 'Patch 3, Cowley & Littlemore' where role = 'housing-officer'")
        .execute(app.pool())
        .await
        .expect("a patch");
    let mine = "/repairs?due=overdue&status=open&patch=Patch%203%2C%20Cowley%20%26%20Littlemore";
    assert!(!officer.get(mine).await.expect(200).text().contains(&ground.reference), "it is in no patch yet");
    sqlx::query("update place set patch = 'Patch 3, Cowley & Littlemore' where id = $1")
        .bind(ground.home.id)
        .execute(app.pool())
        .await
        .expect("the home");
    let list = officer.get(mine).await.expect(200);
    assert!(list.text().contains(&ground.reference));
    assert!(list.text().contains("Patch 3, Cowley &amp; Littlemore"), "the filter shows what is chosen");
    let start = officer.get("/start").await.expect(200);
    assert!(start.text().contains("Repairs past their promise, your patch"), "{}", start.text());
    let href = start.attributes("a", "href").into_iter().find(|href| href.contains("due=overdue")).expect("the tile");
    assert!(officer.get(&href).await.expect(200).text().contains(&ground.reference), "{href} opens what it counts");
}

#[tokio::test]
async fn who_may_report_does_so_from_any_page_by_one_key() {
    let app = TestApp::new().await;
    let handler = app.sign_in("call-handler").await;
    for page in ["/start", "/homes", "/figures", "/search?q=nothing"] {
        let shown = handler.get(page).await.expect(200);
        let key = "header a[data-shortcut=r]";
        assert_eq!(shown.attribute(key, "href").as_deref(), Some("/repairs/new"), "{page}");
        assert_eq!(shown.attribute(key, "aria-keyshortcuts").as_deref(), Some("r"), "{page}");
    }
    let home = app.home("14 Lantern Close").await;
    let own = handler.get(&format!("/people/{}", home.tenant_reference)).await.expect(200);
    let expected = format!("/repairs/new?place={}&reporter={}", home.reference, home.tenant_reference);
    assert_eq!(own.attribute("main a[data-shortcut=r]", "href"), Some(expected), "the caller is not forgotten");
    let finance = app.sign_in("finance").await;
    let shown = finance.get("/start").await.expect(200);
    assert!(shown.attribute("a[data-shortcut=r]", "href").is_none(), "finance reports nothing");
}

#[tokio::test]
async fn a_persons_page_shows_the_repairs_of_their_home_whoever_reported_them() {
    let app = TestApp::new().await;
    let (home, _) = ground(&app).await;
    let partner = Uuid::now_v7();
    let partner_reference: String = sqlx::query_scalar(
        "with n as (insert into person (id, reference, given_name, family_name) values ($1, 'N-' || nextval('person_ref_seq'), 'Idris', 'Yusuf') returning reference),
              m as (insert into tenancy_person (tenancy_id, person_id, role, relation, from_day)
                    select id, $1, 'household', 'partner', '2020-01-01' from tenancy where place_id = $2)
         select reference from n",
    )
    .bind(partner)
    .bind(home.id)
    .fetch_one(app.pool())
    .await
    .expect("a partner");
    let elsewhere = app.home("9 Elsewhere Road").await;
    let other = logged(&app, &elsewhere, "kitchen-tap").await;
    let reference = logged(&app, &home, "kitchen-tap").await;
    let mark = "Their home, reported by somebody else";
    let page = async |person: &str| {
        app.sign_in("call-handler").await.get(&format!("/people/{person}")).await.expect(200).text()
    };
    let own = page(&home.tenant_reference).await;
    assert!(own.contains(&reference) && !own.contains(mark), "{own}");
    let theirs = page(&partner_reference).await;
    assert!(theirs.contains(&reference) && theirs.contains(mark) && !theirs.contains(&other), "{theirs}");

    // What is over and long ago is only whose who reported it.
    let handler = app.sign_in("call-handler").await;
    let why = [("reason", "resident-withdrew"), ("note", "Fixed by a friend")];
    handler.post(&format!("/repairs/{reference}/cancel"), &why).await.expect(303);
    assert!(page(&partner_reference).await.contains(&reference));
    app.pass(100 * 86_400);
    let panel = async |person: &str| {
        let shown = app.sign_in("call-handler").await.get(&format!("/people/{person}")).await.expect(200);
        shown.select("section[aria-labelledby^=panel-repairs] tbody").join("; ")
    };
    assert!(panel(&home.tenant_reference).await.contains(&reference));
    assert!(!panel(&partner_reference).await.contains(&reference));
}
