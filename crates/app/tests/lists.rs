//! Every list of the house: paging ends nothing early, whatever happens between two pages, and who is narrowed sees no more than that.

use axum::http::Method;
use rooftree_frame::{Caller, lists::AnyList};
use rooftree_kernel::{
    Actor, PlaceId, Scope,
    scope::{Limit, PROVIDER},
};
use rooftree_platform::signin::tokens;
use rooftree_testkit::{Links, TestApp};
use rooftree_ui::Query;
use uuid::Uuid;

async fn ids(app: &TestApp, list: &AnyList, actor: &Actor, query: &Query, limit: i64) -> Vec<String> {
    let part = list.part(&app.house.app, actor, query, limit).await;
    let (part, _) = part.unwrap_or_else(|error| panic!("{}: {}", query.href(), error.cause()));
    part.keys.into_iter().filter_map(|keys| keys.into_iter().last()).collect()
}

#[tokio::test]
async fn every_list_is_walked_to_its_end_in_every_order() {
    let app = TestApp::new().await;
    for address in ["14 Lantern Close", "2 Lantern Close", "1 Ash Road", "14 Lantern Close, Flat 2", "9 Mill Lane"] {
        app.home(address).await;
    }
    for role in ["auditor", "housing-officer", "client-manager", "planner"] {
        app.user(role, Links::default()).await;
    }
    let actor = app.actor("administrator", Links::default()).await;
    let mut long = 0;
    for list in &app.house.app.shared.lists {
        for sort in list.sorts() {
            let all = list.everything().with("sort", sort.as_str());
            let whole = ids(&app, list, &actor, &all, 1000).await;
            let (mut walked, mut query) = (Vec::new(), all.clone());
            loop {
                let (part, total) = list.part(&app.house.app, &actor, &query, 2).await.expect("a page");
                assert_eq!(total.count, whole.len() as i64, "{}", query.href());
                walked.extend(part.keys.iter().filter_map(|keys| keys.last().cloned()));
                let Some(next) = part.next else { break };
                // The row is gone meanwhile: its values lead on all the same, and nothing behind it is left out.
                let mut gone = next.clone();
                let id = gone.keys.last_mut().expect("an id");
                *id = without_row(id);
                let rest = ids(&app, list, &actor, &all.clone().with("after", gone.encode()), 1000).await;
                assert!(whole[walked.len()..].iter().all(|id| rest.contains(id)), "{}", query.href());
                query = all.clone().with("after", next.encode());
            }
            assert_eq!(walked, whole, "{}", all.href());
            long += i32::from(whole.len() > 4);
            walks_back(&app, list, &actor, &query, &whole).await;
        }
    }
    assert!(long > 8, "enough lists have several pages");
}

/// From the last page to the first.
async fn walks_back(app: &TestApp, list: &AnyList, actor: &Actor, last: &Query, whole: &[String]) {
    let (mut walked, mut query): (Vec<String>, Query) = (Vec::new(), last.clone());
    loop {
        let (part, _) = list.part(&app.house.app, actor, &query, 2).await.expect("a page");
        let page: Vec<String> = part.keys.iter().filter_map(|keys| keys.last().cloned()).collect();
        walked.splice(0..0, page);
        let Some(previous) = part.previous else { break };
        query = last.clone().without("after").with("before", previous.encode());
    }
    assert_eq!(walked, whole, "{}", last.href());
}

/// An id of the same form that no row has.
fn without_row(id: &str) -> String {
    match id.parse::<Uuid>() {
        Ok(id) => Uuid::from_u128(id.as_u128() ^ 1).to_string(),
        Err(_) => id.to_owned(),
    }
}

#[tokio::test]
async fn what_happens_between_two_pages_ends_no_list_early() {
    let app = TestApp::new().await;
    for number in 1..=6 {
        app.home(&format!("{number} Lantern Close")).await;
    }
    let user = app.user("housing-officer", Links::default()).await;
    let mut ctx = app.system().await;
    let scopes = ["homes.view".to_owned()];
    let token = tokens::make(&mut ctx, user, "walker", &scopes, app.now().plus_seconds(3600)).await.expect("a token");
    ctx.commit().await.expect("committed");
    let client = app.anybody();
    let page = async |after: &str| {
        let path = format!("/api/v1/places?limit=2{after}");
        client.api(Method::GET, &path, &token, &[], None).await.expect(200).json()
    };
    let first = page("").await;
    // The row at which the next page begins moves to the end of the order, another is taken off, a third comes in.
    for (sql, reference) in [
        ("update place set address = '99 Zeal Way' where reference = $1", &first["items"][1]["reference"]),
        ("update place set removed_at = now() where reference = $1", &first["items"][0]["reference"]),
    ] {
        sqlx::query(sql).bind(reference.as_str()).execute(app.pool()).await.expect("changed");
    }
    app.home("3a Lantern Close").await;
    let (mut seen, mut next) = (Vec::new(), first["next"].as_str().map(str::to_owned));
    while let Some(after) = next {
        let answer = page(&format!("&after={after}")).await;
        let items = answer["items"].as_array().expect("items").clone();
        seen.extend(items.iter().filter_map(|item| item["address"].as_str().map(str::to_owned)));
        next = answer["next"].as_str().map(str::to_owned);
    }
    let expected = ["3", "3a", "4", "5", "6"].map(|number| format!("{number} Lantern Close"));
    assert_eq!(seen[..5], expected);
    assert_eq!(seen[5..], ["99 Zeal Way"]);
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_refused_and_a_reference_still_leads_on() {
    let app = TestApp::new().await;
    let first = app.home("1 Lantern Close").await;
    app.home("2 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let rest = officer.get(&format!("/homes?after={}", first.reference)).await.expect(200).text();
    assert!(rest.contains("2 Lantern Close") && !rest.contains("1 Lantern Close"), "{rest}");
    for wrong in ["rubbish", "H-99999999", "%00", "cnViYmlzaA"] {
        for side in ["after", "before"] {
            let page = officer.get(&format!("/homes?{side}={wrong}")).await.expect(422);
            assert!(page.text().contains("begin at the list"), "{}", page.text());
        }
    }
    // The cursor of one order is no place in another.
    let app_list = app.house.app.list("/homes").expect("the list");
    let actor = app.actor("housing-officer", Links::default()).await;
    let (part, _) = app_list.part(&app.house.app, &actor, &Query::new("/homes"), 1).await.expect("a page");
    let cursor = part.next.expect("more").encode();
    officer.get(&format!("/homes?after={cursor}")).await.expect(200);
    officer.get(&format!("/homes?sort=-address&after={cursor}")).await.expect(422);
}

#[tokio::test]
async fn a_program_is_told_which_filters_and_words_there_are() {
    let app = TestApp::new().await;
    let user = app.user("housing-officer", Links::default()).await;
    let mut ctx = app.system().await;
    let all: Vec<String> = ["homes.view", "people.view"].map(str::to_owned).to_vec();
    let token = tokens::make(&mut ctx, user, "asker", &all, app.now().plus_seconds(3600)).await.expect("a token");
    ctx.commit().await.expect("committed");
    let client = app.anybody();
    for (query, field, words) in [
        ("places?tenure=nonsense", "tenure", "council, leasehold"),
        ("places?wards=Cowley", "wards", "use q, kind, ward"),
        ("places?sort=colour", "sort", "address, ref"),
        ("people?channel=pigeon", "channel", "phone, text"),
    ] {
        let reply = client.api(Method::GET, &format!("/api/v1/{query}"), &token, &[], None).await.expect(422).json();
        assert_eq!(reply["errors"][0]["field"], field, "{reply}");
        assert!(reply["errors"][0]["message"].as_str().is_some_and(|message| message.contains(words)), "{reply}");
    }
    let told = client.api(Method::GET, "/api/v1/openapi.json", &token, &[], None).await.expect(200).json();
    let names: Vec<&str> = told["paths"]["/api/v1/places"]["get"]["parameters"]
        .as_array()
        .expect("parameters")
        .iter()
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    for name in ["q", "kind", "ward", "tenure", "status", "patch", "alerts", "sort", "after", "limit"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(told["components"]["schemas"]["PlaceLine"]["properties"]["uprn"].is_object(), "{told}");
    // On a page, what is not understood does not narrow.
    app.home("14 Lantern Close").await;
    let page = app.sign_in("housing-officer").await.get("/homes?tenure=nonsense&sort=colour").await.expect(200);
    assert!(page.text().contains("14 Lantern Close"));
}

#[tokio::test]
async fn a_dimension_that_a_source_does_not_know_shows_nothing_of_it() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let repair = repair(&app, home.id).await;
    let typed = ["lantern", "yusuf", home.reference.as_str(), "07700900123", "R-900001"];
    let mut everybody = app.actor("housing-officer", Links::default()).await;
    let seen = sources(&app, &everybody, &typed, repair).await;
    assert!(seen.0.len() > 4 && seen.1 == [repair], "they are there: {seen:?}");
    let scopes = [
        Scope::default().narrowed("team", Limit::Words(vec!["North".into()])),
        Scope::of(PROVIDER, Default::default()).narrowed("panel", Limit::Open),
    ];
    for scope in scopes {
        everybody.scope = scope.clone();
        for list in &app.house.app.shared.lists {
            assert!(list.admits(&scope).is_err(), "{}", list.path);
            let count = list.count(&app.house.app, &everybody, &Query::new(list.path), 10).await;
            assert!(count.is_err(), "{}", list.path);
        }
        let seen = sources(&app, &everybody, &typed, repair).await;
        assert!(seen.0.is_empty() && seen.1.is_empty(), "{seen:?}");
    }
}

/// What the search box finds for somebody, and which of the cases they may see.
async fn sources(app: &TestApp, actor: &Actor, typed: &[&str], case: Uuid) -> (Vec<String>, Vec<Uuid>) {
    let (caller, mut hits, mut cases) = (Caller { actor: actor.clone(), session: None }, Vec::new(), Vec::new());
    for source in &app.house.app.shared.search {
        for typed in typed {
            let found = source.search(&app.house.app, &caller, typed, 10).await.expect("hits");
            hits.extend(found.into_iter().map(|hit| hit.title));
        }
    }
    for source in &app.house.app.shared.cases {
        cases.extend(source.visible(&app.house.app, &caller, &[case]).await.expect("cases"));
    }
    (hits, cases)
}

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
    id
}
