//! The register: list, tree, search, change, alerts, JSON.

use axum::http::Method;
use rooftree_frame::SearchSource;
use rooftree_homes::{places::search, public};
use rooftree_kernel::{CaseId, Day};
use rooftree_platform::signin::tokens;
use rooftree_testkit::{Client, TestApp};
use serde_json::json;

const NEW: &[(&str, &str)] =
    &[("kind", "home"), ("status", "occupied"), ("tenure", "council"), ("postcode", "ox49xy"), ("ward", "Cowley")];

async fn add(officer: &Client, fields: &[(&str, &str)]) -> String {
    let all: Vec<(&str, &str)> =
        NEW.iter().filter(|new| !fields.iter().any(|field| field.0 == new.0)).chain(fields).copied().collect();
    let reply = officer.post("/homes/new", &all).await.expect(303);
    reply.location().trim_start_matches("/homes/").to_owned()
}

/// A block; its reference.
async fn add_block(officer: &Client, name: &str, address: &str) -> String {
    let fields = [("kind", "block"), ("status", "in-use"), ("tenure", ""), ("name", name), ("address", address)];
    add(officer, &fields).await
}

#[tokio::test]
async fn a_place_is_added_found_and_changed() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let block = add_block(&officer, "Lantern House", "Lantern Close").await;
    let home = add(&officer, &[("address", "Flat 10, Lantern House"), ("parent", &block), ("uprn", "000100")]).await;
    let second = add(&officer, &[("address", "Flat 2, Lantern House"), ("parent", &block)]).await;
    assert!(block.starts_with("P-") && home.starts_with("H-"));

    let page = officer.get(&format!("/homes/{block}")).await.expect(200);
    let inside = page.attributes("tr[data-href]", "data-href");
    assert_eq!(inside, [format!("/homes/{second}"), format!("/homes/{home}")], "2 comes before 10");
    let list = officer.get("/homes?q=lantren+flat").await.expect(200);
    assert!(list.text().contains("These are alike") && list.text().contains(&home));
    for query in ["ox4", "OX4+9XY", "flat+10+lant", &home] {
        assert!(officer.get(&format!("/homes?q={query}")).await.expect(200).text().contains(&home), "{query}");
    }
    let csv = app.sign_in("client-officer").await.get("/homes.csv?q=lantern").await.expect(200);
    assert!(csv.text().contains("Flat 10, Lantern House") && csv.text().lines().count() == 3, "{}", csv.text());

    let twice =
        officer.post("/homes/new", &[NEW, &[("address", "Elsewhere"), ("uprn", "100")]].concat()).await.expect(422);
    assert!(twice.text().contains(&home), "the error names whose number it is");
    let own = [
        ("version", "1"),
        ("kind", "block"),
        ("status", "in-use"),
        ("name", "L"),
        ("address", "L"),
        ("parent", block.as_str()),
    ];
    let refused = officer.post(&format!("/homes/{block}/edit"), &own).await.expect(422);
    assert!(refused.text().contains("cannot lie in itself"));
}

#[tokio::test]
async fn the_second_of_two_changes_loses_nothing_typed() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let home = add(&officer, &[("address", "1 Lantern Close")]).await;
    let edit = |version: &'static str, heating: &'static str| {
        let fields = [NEW, &[("address", "1 Lantern Close"), ("version", version), ("heating", heating)]].concat();
        let (officer, path) = (officer.clone(), format!("/homes/{home}/edit"));
        async move { officer.post(&path, &fields).await }
    };
    edit("1", "gas combi").await.expect(303);
    let clash = edit("1", "heat pump").await.expect(409);
    assert!(clash.text().contains("gas combi") && clash.text().contains("Sam Tester"));
    assert_eq!(clash.attribute("input[name=heating]", "value").as_deref(), Some("heat pump"));
    assert_eq!(clash.attribute("input[name=version]", "value").as_deref(), Some("2"));
    edit("2", "heat pump").await.expect(303);
    let page = officer.get(&format!("/homes/{home}")).await.expect(200).text();
    assert!(page.contains("gas combi → heat pump"), "the history says from what to what");
}

#[tokio::test]
async fn an_alert_on_a_block_holds_in_its_flats_until_it_ends() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let block = add_block(&officer, "Lantern House", "Lantern Close").await;
    let home = add(&officer, &[("address", "Flat 1, Lantern House"), ("parent", &block)]).await;
    let alert = [
        ("kind", "asbestos"),
        ("title", "Ceilings"),
        ("detail", "Do not drill"),
        ("from_day", "01/01/2026"),
        ("until_day", ""),
    ];
    officer.post(&format!("/homes/{block}/alerts/new"), &alert).await.expect(303);
    officer
        .post(&format!("/homes/{block}/alerts/new"), &[("kind", "asbestos"), ("title", ""), ("from_day", "soon")])
        .await
        .expect(422);
    let page = officer.get(&format!("/homes/{home}")).await.expect(200);
    assert!(page.text().contains("Asbestos: Ceilings") && page.text().contains("Holds for all of Lantern House"));
    assert!(officer.get("/homes?alerts=asbestos").await.expect(200).text().contains(&home));

    let today: Day = "2026-11-23".parse().expect("a day");
    let place = public::place_by_reference(app.pool(), &home).await.expect("the home");
    let held = public::alerts_for(app.pool(), place.id, today).await.expect("alerts");
    let case = CaseId(uuid::Uuid::now_v7());
    let mut ctx = app.as_role("call-handler").await;
    let user = ctx.actor.user.expect("a user");
    for _ in 0..2 {
        public::acknowledge(&mut ctx, &[held[0].id], case).await.expect("noted");
    }
    ctx.commit().await.expect("kept");
    assert_eq!(public::acknowledged(app.pool(), case, user).await.expect("read"), [held[0].id]);
    let facts: i64 = sqlx::query_scalar("select count(*) from fact where name = 'alert.acknowledged'")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(facts, 1, "read twice is noted once");

    let end = format!("/homes/{home}/alerts/{}/end", held[0].id);
    officer.post(&end, &[("reason", " ")]).await.expect(422);
    officer.post(&end, &[("reason", "removed in the refurbishment")]).await.expect(303);
    officer.post(&end, &[("reason", "again")]).await.expect(409);
    assert!(!officer.get(&format!("/homes/{home}")).await.expect(200).text().contains("Do not drill"));
}

#[tokio::test]
async fn pages_lead_on_and_back() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    sqlx::query("insert into place (id, reference, kind, address) select gen_random_uuid(), 'H-' || (90000 + n), 'home', n || ' Long Road' from generate_series(1, 120) n")
        .execute(app.pool())
        .await
        .expect("homes");
    let mut path = "/homes?q=long".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = officer.get(&path).await.expect(200);
        seen.extend(page.attributes("tr[data-href]", "data-href"));
        match page.attribute("a[rel=next]", "href") {
            Some(next) => path = next,
            None => break,
        }
    }
    let expected: Vec<String> = (1..=120).map(|n| format!("/homes/H-{}", 90000 + n)).collect();
    assert_eq!(seen, expected, "every home once, 2 before 10");
    let back = officer.get(&path).await.expect(200).attribute("a[rel=prev]", "href").expect("a way back");
    let page = officer.get(&back).await.expect(200).attributes("tr[data-href]", "data-href");
    assert_eq!(page, expected[50..100]);
}

#[tokio::test]
async fn who_may_not_see_the_register_does_not() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    for role in ["repairs-manager", "operative", "resident", "councillor"] {
        let reply = app.sign_in(role).await.get(&format!("/homes/{}", home.reference)).await;
        assert!(matches!(reply.status.as_u16(), 403 | 404), "{role}: {}", reply.status);
    }
    app.sign_in("call-handler").await.get(&format!("/homes/{}/edit", home.reference)).await.expect(403);
    app.sign_in("call-handler").await.post("/homes/new", NEW).await.expect(403);
    let finance = app.sign_in("finance").await.get(&format!("/homes/{}", home.reference)).await.expect(200);
    assert!(!finance.text().contains("Yusuf"), "the names of people need people.view");
}

#[tokio::test]
async fn the_search_box_finds_homes() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    app.home("114 Lantern Close").await;
    let actor = app.actor("call-handler", rooftree_testkit::Links::default()).await;
    let caller = rooftree_frame::Caller { actor, session: None };
    for (query, score) in
        [(home.reference.as_str(), 1.0), ("OX4 9ZZ", 1.0), ("14 lantern", 0.9), ("lantren cloes", 0.2)]
    {
        let hits = search::Homes.search(&app.house.app, &caller, query, 5).await.expect("hits");
        assert!(hits.iter().any(|hit| hit.href.ends_with(&home.reference) && hit.score >= score), "{query}: {hits:?}");
    }
    let first = search::Homes.search(&app.house.app, &caller, "14 lantern close", 5).await.expect("hits").remove(0);
    assert!(first.href.ends_with(&home.reference), "14 before 114");
}

#[tokio::test]
async fn a_block_comes_before_its_flats_and_short_forms_are_understood() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let block = add_block(&officer, "Windden Lodge", "Elmfield Road").await;
    for flat in ["Flat 1, Windden Lodge", "Flat 2, Windden Lodge"] {
        add(&officer, &[("address", flat), ("parent", &block)]).await;
    }
    let home = add(&officer, &[("address", "30 Elmfield Road")]).await;
    let actor = app.actor("call-handler", rooftree_testkit::Links::default()).await;
    let caller = rooftree_frame::Caller { actor, session: None };
    for (query, reference) in
        [("Windden Lodge", &block), ("winden lodge", &block), ("30 elmfield rd", &home), ("30 elmfeild rd", &home)]
    {
        let hits = search::Homes.search(&app.house.app, &caller, query, 2).await.expect("hits");
        assert!(hits.first().is_some_and(|hit| hit.href.ends_with(reference.as_str())), "{query}: {hits:?}");
    }
    assert!(officer.get("/homes?q=elmfield+rd").await.expect(200).text().contains(&home));
}

#[tokio::test]
async fn the_api_reads_and_changes_places() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let user = app.user("housing-officer", Default::default()).await;
    let scopes = ["homes.view".to_owned(), "homes.edit".to_owned()];
    let mut ctx = app.system().await;
    let token = tokens::make(&mut ctx, user, "test", &scopes, app.now().plus_seconds(3600)).await.expect("a token");
    ctx.commit().await.expect("kept");
    let client = app.anybody();
    let path = format!("/api/v1/places/{}", home.reference);
    let read = client.api(Method::GET, &path, &token, &[], None).await.expect(200);
    let tag = read.headers["etag"].to_str().expect("a tag").to_owned();
    client.api(Method::GET, &path, &token, &[("if-none-match", &tag)], None).await.expect(304);
    assert_eq!((read.json()["version"].as_i64(), read.json()["bedrooms"].as_i64()), (Some(1), Some(2)));

    let change = json!({ "version": 1, "bedrooms": 3, "heating": "heat pump" });
    let key = [("idempotency-key", "k1")];
    for _ in 0..2 {
        let done = client.api(Method::PUT, &path, &token, &key, Some(change.clone())).await.expect(200).json();
        assert_eq!(
            (done["version"].as_i64(), done["address"].as_str()),
            (Some(2), Some("14 Lantern Close")),
            "the repeat gets the first answer"
        );
    }
    client.api(Method::PUT, &path, &token, &[], Some(change)).await.expect(409);
    let wrong =
        client.api(Method::PUT, &path, &token, &[], Some(json!({ "version": 2, "epc": "H" }))).await.expect(422).json();
    assert_eq!(wrong["errors"][0]["field"], "epc");
    let new = json!({ "kind": "home", "status": "void", "address": "15 Lantern Close" });
    client.api(Method::POST, "/api/v1/places", &token, &[], Some(new)).await.expect(201);
    let list = client.api(Method::GET, "/api/v1/places?limit=1", &token, &[], None).await.expect(200).json();
    let next = list["next"].as_str().expect("more").to_owned();
    let rest = client
        .api(Method::GET, &format!("/api/v1/places?limit=1&after={next}"), &token, &[], None)
        .await
        .expect(200)
        .json();
    assert_eq!((rest["items"][0]["address"].as_str(), rest["next"].is_null()), (Some("15 Lantern Close"), true));
    client.api(Method::GET, "/api/v1/places?limit=1000", &token, &[], None).await.expect(422);
    client.api(Method::GET, &path, "wrong", &[], None).await.expect(401);
}

#[tokio::test]
async fn what_lies_above_follows_when_a_place_moves() {
    let app = TestApp::new().await;
    let home_first = sqlx::query(
        "insert into place (id, reference, kind, address, parent_id) values
         ('00000000-0000-7000-8000-000000000003', 'H-900003', 'home', 'Flat 1', '00000000-0000-7000-8000-000000000002'),
         ('00000000-0000-7000-8000-000000000002', 'P-900002', 'block', 'Lantern House', null)",
    );
    let refused = home_first.execute(app.pool()).await.expect_err("its block is not there yet").to_string();
    assert!(refused.contains("add that first"), "{refused}");
    sqlx::query(
        "insert into place (id, reference, kind, address, parent_id) values
         ('00000000-0000-7000-8000-000000000001', 'P-900001', 'estate', 'Lantern Estate', null),
         ('00000000-0000-7000-8000-000000000002', 'P-900002', 'block', 'Lantern House', '00000000-0000-7000-8000-000000000001'),
         ('00000000-0000-7000-8000-000000000003', 'H-900003', 'home', 'Flat 1', '00000000-0000-7000-8000-000000000002'),
         ('00000000-0000-7000-8000-000000000004', 'P-900004', 'estate', 'Other Estate', null)",
    )
    .execute(app.pool())
    .await
    .expect("a tree");
    let above = async || -> Vec<String> {
        sqlx::query_scalar(
            "select p.reference from place_and_above('00000000-0000-7000-8000-000000000003') a(id) join place p using (id) order by 1",
        )
        .fetch_all(app.pool())
        .await
        .expect("places")
    };
    assert_eq!(above().await, ["H-900003", "P-900001", "P-900002"]);
    sqlx::query("update place set parent_id = '00000000-0000-7000-8000-000000000004' where reference = 'P-900002'")
        .execute(app.pool())
        .await
        .expect("moved");
    assert_eq!(above().await, ["H-900003", "P-900002", "P-900004"]);
}
