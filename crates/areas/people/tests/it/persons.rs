//! Persons: add, find, change, needs, contacts, what is sensitive.

use axum::http::Method;
use rooftree_frame::SearchSource;
use rooftree_kernel::{CaseId, Day};
use rooftree_people::{persons::search, public};
use rooftree_platform::signin::tokens;
use rooftree_testkit::{Client, Links, TestApp};
use serde_json::json;
use uuid::Uuid;

async fn add(officer: &Client, fields: &[(&str, &str)]) -> String {
    let base = [("language", "English"), ("preferred_channel", "text")];
    let all: Vec<(&str, &str)> =
        base.iter().filter(|new| !fields.iter().any(|field| field.0 == new.0)).chain(fields).copied().collect();
    let reply = officer.post("/people/new", &all).await.expect(303);
    reply.location().trim_start_matches("/people/").to_owned()
}

fn today() -> Day {
    "2026-11-23".parse().expect("a day")
}

#[tokio::test]
async fn a_person_is_added_found_and_reached() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    let person = add(
        &officer,
        &[
            ("given_name", "Siobhan"),
            ("family_name", "O'Neill"),
            ("phone", "+44 (0)7700 900456"),
            ("email", "S@Example.org"),
        ],
    )
    .await;
    for query in ["siobhan", "o'neill", "neil", "07700 900456", "900456", "s@example", &person, "shiobhan"] {
        let path = format!("/people?{}", serde_urlencoded(query));
        assert!(officer.get(&path).await.expect(200).text().contains(&person), "{query}");
    }
    let wrong = [("family_name", ""), ("phone", "none"), ("language", "English"), ("preferred_channel", "text")];
    assert!(officer.post("/people/new", &wrong).await.expect(422).text().contains("Enter a telephone number"));

    let id = public::person_by_reference(app.pool(), &person).await.expect("the person").id;
    let mut db = app.pool().acquire().await.expect("a connection");
    let way = public::best_contact(&mut db, id, today()).await.expect("read").expect("a way");
    assert_eq!((way.channel, way.address.as_str()), ("text", "+447700900456"));

    let page = officer.get(&format!("/people/{person}")).await.expect(200);
    let end = page
        .attributes("a[href*='/contact-points/']", "href")
        .into_iter()
        .find(|href| href.ends_with("/end"))
        .expect("a way to end it");
    officer.get(&end).await.expect(200);
    officer.post(&end, &[]).await.expect(303);
    let way = public::best_contact(&mut db, id, today()).await.expect("read").expect("a way");
    assert_eq!(way.channel, "email", "the next best");
}

#[tokio::test]
async fn a_message_takes_a_way_that_its_reader_and_its_template_share() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let mut ctx = app.system().await;
    let confirmed = public::way(&mut ctx, Some(home.tenant), Some(home.id), "repairs.appointment-confirmed").await;
    let way = confirmed.expect("read").expect("a telephone");
    assert_eq!((way.person, way.channel, way.address.as_str()), (home.tenant, "text", "+447700900123"));
    let letter = public::way(&mut ctx, Some(home.tenant), Some(home.id), "repairs.appointment-letter").await;
    let way = letter.expect("read").expect("there is a post");
    assert_eq!((way.channel, way.address.as_str()), ("letter", "Ms Amina Yusuf\n14 Lantern Close\nOX4 9ZZ"));
    let nobody = public::way(&mut ctx, None, Some(home.id), "repairs.appointment-letter").await;
    assert_eq!(nobody.expect("read"), None);

    let neighbour = app.home("16 Lantern Close").await.tenant;
    let told = public::addressee(ctx.conn(), home.id, Some(neighbour), today()).await.expect("read");
    assert_eq!(told, Some(home.tenant), "those who live there hear of it");
    let told = public::addressee(ctx.conn(), home.id, Some(home.tenant), today()).await.expect("read");
    assert_eq!(told, Some(home.tenant));
}

#[tokio::test]
async fn somebody_without_a_home_is_told_where_they_asked_us_to_write_to() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    sqlx::query("update tenancy set end_day = '2026-06-30'").execute(app.pool()).await.expect("moved out");
    sqlx::query("delete from contact_point").execute(app.pool()).await.expect("the number is given up");
    let telling = || public::Telling {
        template: "repairs.recharge-notice",
        place: None,
        case: CaseId(Uuid::now_v7()),
        values: ["amount", "link", "pay_by", "recharge_reason", "reference", "repair", "work"]
            .map(|blank| (blank, "–".to_owned()))
            .to_vec(),
        fact: json!({}),
    };
    let mut ctx = app.system().await;
    let told = public::tell(&mut ctx, Some(home.tenant), telling()).await.expect("asked");
    assert_eq!(told, public::Told::Nobody);
    assert_eq!(public::tell(&mut ctx, None, telling()).await.expect("asked"), public::Told::Nobody);
    sqlx::query(
        "insert into contact_point (id, person_id, kind, value, normal)
         values (gen_random_uuid(), $1, 'post', E'Ms Amina Yusuf\\n2 New Row\\nOX1 1AA', '2 new row')",
    )
    .bind(home.tenant)
    .execute(ctx.conn())
    .await
    .expect("an address for letters");
    let told = public::tell(&mut ctx, Some(home.tenant), telling()).await.expect("told");
    assert_eq!(told, public::Told::Written);
    let (address, body): (String, String) =
        sqlx::query_as("select address, body from message").fetch_one(ctx.conn()).await.expect("one message");
    assert!(address.contains("2 New Row") && body.contains("2 New Row, OX1 1AA"), "{body}");
}

fn serde_urlencoded(query: &str) -> String {
    rooftree_ui::Query::new("").with("q", query).href().trim_start_matches('?').to_owned()
}

#[tokio::test]
async fn a_change_is_a_fact_without_its_content() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let handler = app.sign_in("call-handler").await;
    let path = format!("/people/{}/edit", home.tenant_reference);
    let fields = |version: &'static str, family: &'static str| {
        [
            ("version", version),
            ("given_name", "Amina"),
            ("family_name", family),
            ("language", "Somali"),
            ("interpreter", "yes"),
            ("preferred_channel", "text"),
        ]
    };
    handler.post(&path, &fields("1", "Khan-Secret")).await.expect(303);
    let clash = handler.post(&path, &fields("1", "Third")).await.expect(409);
    assert!(clash.text().contains("Khan-Secret"));
    assert_eq!(clash.attribute("input[name=family_name]", "value").as_deref(), Some("Third"));
    let payload: serde_json::Value = sqlx::query_scalar("select payload from fact where name = 'person.changed'")
        .fetch_one(app.pool())
        .await
        .expect("a fact");
    assert!(payload.to_string().contains("Family name") && !payload.to_string().contains("Secret"));
}

#[tokio::test]
async fn a_sensitive_need_is_shown_once_to_whoever_says_why() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let here = format!("/people/{}", home.tenant_reference);
    let need = [("need", "respiratory"), ("note", "COPD, since 2019"), ("from_day", "01/01/2026")];
    officer.post(&format!("{here}/needs/new"), &need).await.expect(303);
    officer.post(&format!("{here}/needs/new"), &need).await.expect(422);
    officer
        .post(&format!("{here}/needs/new"), &[("need", "large-print"), ("from_day", "01/01/2026")])
        .await
        .expect(303);
    let (title, note) = (public::need_kind("respiratory").expect("declared"), "COPD");
    for path in [here.clone(), format!("/homes/{}", home.reference), format!("{here}/history")] {
        let page = officer.get(&path).await.expect(200).text();
        assert!(!page.contains(&title.title) && !page.contains(note), "{path}");
    }
    let facts: String = sqlx::query_scalar("select string_agg(payload::text, ' ') from fact")
        .fetch_one(app.pool())
        .await
        .expect("facts");
    assert!(!facts.contains("respiratory") && facts.contains("large-print"), "{facts}");

    app.sign_in("call-handler").await.get(&format!("{here}/sensitive")).await.expect(403);
    officer.post(&format!("{here}/sensitive"), &[("reason", "x")]).await.expect(422);
    let shown = officer
        .post(&format!("{here}/sensitive"), &[("reason", "she rang about damp and her breathing")])
        .await
        .expect(200)
        .text();
    assert!(shown.contains(&title.title) && shown.contains(note));
    let (reason, who): (String, String) = sqlx::query_as("select reason, user_name from read_audit")
        .fetch_one(app.pool())
        .await
        .expect("the look is kept");
    assert_eq!((reason.as_str(), who.as_str()), ("she rang about damp and her breathing", "Sam Tester"));

    let mut db = app.pool().acquire().await.expect("a connection");
    let needs = public::household_needs(&mut db, home.id, today()).await.expect("needs");
    let mut keys: Vec<String> = needs.iter().map(|need| need.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(public::household_need_keys(&mut db, home.id, today()).await.expect("keys"), keys);
    assert!(needs.iter().any(|need| need.key == "respiratory" && !need.derived), "the priority still knows");
}

#[tokio::test]
async fn characteristics_are_optional_and_audited() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let here = format!("/people/{}", home.tenant_reference);
    officer
        .post(&format!("{here}/characteristics"), &[("religion", "Prefer not to say"), ("sex", "")])
        .await
        .expect(303);
    assert!(!officer.get(&here).await.expect(200).text().contains("Prefer not to say"));
    let shown = officer.post(&format!("{here}/sensitive"), &[("reason", "equality monitoring")]).await.expect(200);
    assert!(shown.text().contains("Prefer not to say"));
}

#[tokio::test]
async fn a_contact_is_logged_about_the_home_they_live_in() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let handler = app.sign_in("call-handler").await;
    let path = format!("/people/{}/contacts", home.tenant_reference);
    handler
        .post(&path, &[("channel", "phone"), ("direction", "in"), ("summary", "Asked when the plumber comes")])
        .await
        .expect(303);
    handler.post(&path, &[("channel", "pigeon"), ("summary", "")]).await.expect(422);
    assert!(
        handler
            .get(&format!("/people/{}", home.tenant_reference))
            .await
            .expect(200)
            .text()
            .contains("Asked when the plumber comes")
    );
    let about: uuid::Uuid = sqlx::query_scalar("select home_id from fact where name = 'contact.logged'")
        .fetch_one(app.pool())
        .await
        .expect("a fact");
    assert_eq!(about, home.id.0);
}

#[tokio::test]
async fn somebody_may_speak_for_another() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let daughter = add(&officer, &[("family_name", "Yusuf"), ("given_name", "Hodan")]).await;
    let path = format!("/people/{}/representatives/new", home.tenant_reference);
    let right = |who: &'static str| {
        [
            ("representative", who),
            ("authority", "consent given by phone"),
            ("from_day", "23/11/2026"),
            ("until_day", ""),
        ]
    };
    officer.post(&path, &right("N-1")).await.expect(422);
    let fields =
        [("representative", daughter.as_str()), ("authority", "consent given by phone"), ("from_day", "23/11/2026")];
    officer.post(&path, &fields).await.expect(303);
    assert!(officer.get(&format!("/people/{daughter}")).await.expect(200).text().contains("They may speak for"));
}

#[tokio::test]
async fn who_may_not_see_people_does_not() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    for role in ["repairs-manager", "operative", "resident", "councillor", "performance", "finance"] {
        let client = app.sign_in(role).await;
        for path in [
            format!("/people/{}", home.tenant_reference),
            "/people".to_owned(),
            "/tenancies".to_owned(),
            "/people.csv".to_owned(),
        ] {
            let reply = client.get(&path).await;
            assert!(matches!(reply.status.as_u16(), 403 | 404), "{role} {path}: {}", reply.status);
        }
    }
    let actor = app.actor("performance", Links::default()).await;
    let caller = rooftree_frame::Caller { actor, session: None };
    assert!(search::People.search(&app.house.app, &caller, "yusuf", 5).await.expect("hits").is_empty());
}

#[tokio::test]
async fn a_word_that_names_nobody_is_no_shorter_name() {
    let app = TestApp::new().await;
    let officer = app.sign_in("housing-officer").await;
    for (family, given) in [("Na", "Li"), ("John", "Mary")] {
        add(&officer, &[("family_name", family), ("given_name", given)]).await;
    }
    let handler = app.sign_in("call-handler").await;
    let hits = async |typed: &str| handler.get(&format!("/search?q={typed}")).await.expect(200).text();
    assert!(!hits("lift").await.contains("Li Na"));
    assert!(hits("li").await.contains("Li Na"));
    assert!(hits("jhon").await.contains("Mary John"), "two letters changed over are forgiven");
}

#[tokio::test]
async fn a_number_that_is_searched_for_stands_in_the_result() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    sqlx::query("insert into contact_point (id, person_id, kind, value, normal) values (gen_random_uuid(), $1, 'phone', '01865 496 444', '441865496444')")
        .bind(home.tenant)
        .execute(app.pool())
        .await
        .expect("a second number");
    let handler = app.sign_in("call-handler").await;
    for (typed, shown, other) in
        [("496444", "01865 496444", "07700 900123"), ("07700+900123", "07700 900123", "01865 496444")]
    {
        let hits = handler.get(&format!("/search?q={typed}")).await.expect(200).select(".rt-hits__item").join("; ");
        assert!(hits.contains("Amina Yusuf") && hits.contains(shown) && !hits.contains(other), "{typed}: {hits}");
    }
    // Who may not open a person's page finds nobody by their number.
    let finance = app.sign_in("finance").await.get("/search?q=496444").await.expect(200);
    assert!(!finance.text().contains("Yusuf") && !finance.text().contains("01865 496444"));
}

#[tokio::test]
async fn a_list_that_leaves_as_a_file_leaves_a_trace() {
    let app = TestApp::new().await;
    app.home("14 Lantern Close").await;
    let officer = app.sign_in("client-officer").await;
    officer.get("/people.csv?text=yusuf").await.expect(200);
    let lists: Vec<String> = sqlx::query_scalar("select payload ->> 'list' from fact where name = 'list.exported'")
        .fetch_all(app.pool())
        .await
        .expect("the facts");
    assert_eq!(lists, ["/people.csv"], "which list, and nothing that was typed");
}

#[tokio::test]
async fn the_api_reads_and_changes_people() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let user = app.user("housing-officer", Links::default()).await;
    let scopes = ["people.view".to_owned(), "people.edit".to_owned()];
    let mut ctx = app.system().await;
    let token = tokens::make(&mut ctx, user, "test", &scopes, app.now().plus_seconds(3600)).await.expect("a token");
    ctx.commit().await.expect("kept");
    let client = app.anybody();
    let path = format!("/api/v1/people/{}", home.tenant_reference);
    let read = client.api(Method::GET, &path, &token, &[], None).await.expect(200).json();
    assert_eq!((read["family_name"].as_str(), read["version"].as_i64()), (Some("Yusuf"), Some(1)));
    let tenancy = read["tenancies"][0].as_str().expect("a tenancy");
    let tenancy =
        client.api(Method::GET, &format!("/api/v1/tenancies/{tenancy}"), &token, &[], None).await.expect(200).json();
    assert_eq!(
        (tenancy["home"].as_str(), tenancy["people"][0]["role"].as_str()),
        (Some(home.reference.as_str()), Some("tenant"))
    );
    client.api(Method::PUT, &path, &token, &[], Some(json!({ "version": 1, "language": "Somali" }))).await.expect(200);
    client.api(Method::PUT, &path, &token, &[], Some(json!({ "version": 1, "language": "Urdu" }))).await.expect(409);
    let new = json!({ "family_name": "Okafor", "phone": "07700 900789" });
    let made = client.api(Method::POST, "/api/v1/people", &token, &[], Some(new)).await.expect(201).json();
    assert_eq!(made["contact_points"][0]["value"], "07700 900789");
    let found = client.api(Method::GET, "/api/v1/people?q=okafor", &token, &[], None).await.expect(200).json();
    assert_eq!(found["items"][0]["phone"], "+447700900789");
}

#[tokio::test]
async fn who_is_old_or_young_is_found_by_need_though_nobody_recorded_it() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let today: Day = "2026-11-23".parse().expect("a day");
    for birth in [
        "1940-05-01",
        "1946-11-23",
        "1946-11-24",
        "1961-11-23",
        "1961-11-24",
        "1990-01-01",
        "2008-11-23",
        "2008-11-24",
        "2021-11-23",
        "2021-11-24",
        "2025-11-23",
        "2025-11-24",
    ] {
        sqlx::query("update person set birth_day = $2::text::date where reference = $1")
            .bind(&home.tenant_reference)
            .bind(birth)
            .execute(app.pool())
            .await
            .expect("the birthday");
        let derived = rooftree_people::needs::from_age(birth.parse().expect("a day"), today);
        for need in ["under-1", "under-5", "under-18", "age-65-plus", "age-80-plus"] {
            let page = officer.get(&format!("/people?need={need}")).await.expect(200).text();
            assert_eq!(page.contains(&home.tenant_reference), derived.contains(&need), "{need}, born {birth}");
        }
    }
}
