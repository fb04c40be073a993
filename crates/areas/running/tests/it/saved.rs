//! Lists that people keep.

use rooftree_testkit::{Client, TestApp};

/// The forms of a person's own lists: where each goes.
async fn own(client: &Client) -> Vec<String> {
    let page = client.get("/saved-lists").await.expect(200);
    let all = page.attributes("main form[action^='/saved-lists/']", "action");
    all.into_iter().filter(|action| !action.ends_with("/delete")).collect()
}

#[tokio::test]
async fn a_list_is_kept_counted_on_the_start_page_shared_and_deleted() {
    let app = TestApp::new().await;
    for address in ["14 Lantern Close", "15 Lantern Close", "1 Ash Road"] {
        app.home(address).await;
    }
    let officer = app.sign_in("housing-officer").await;
    let planner = app.sign_in("planner").await;
    let keep = [("address", "/homes?q=lantern&sort=-ref&after=x"), ("keep_as", "Lanterns")];
    let kept = officer.post("/saved-lists", &keep).await.expect(303);
    assert_eq!(kept.location(), "/homes?q=lantern&sort=-ref", "without the page that was open");
    let start = officer.get("/start").await.expect(200);
    assert_eq!(start.select(".rt-counts__link[href^='/homes?q=lantern']"), ["2 Lanterns"], "{}", start.text());
    assert!(!planner.get("/start").await.expect(200).text().contains("Lanterns"));
    // Under the same name it leads to the new address.
    let again = [("address", "/homes?q=ash"), ("keep_as", "lanterns")];
    officer.post("/saved-lists", &again).await.expect(303);
    assert_eq!(officer.get("/start").await.expect(200).select(".rt-counts__link[href='/homes?q=ash']").len(), 1);
    let [form] = <[String; 1]>::try_from(own(&officer).await).expect("one list");

    officer.post(&form, &[("name", "Ash trees"), ("role", "king")]).await.expect(422);
    officer.post(&form, &[("name", ""), ("role", "")]).await.expect(422);
    officer.post(&form, &[("name", "Ash trees"), ("role", "planner")]).await.expect(303);
    assert!(planner.get("/start").await.expect(200).text().contains("Ash trees"));
    assert!(planner.get("/saved-lists").await.expect(200).text().contains("Ash trees"));
    // It is the officer's own all the same.
    planner.post(&form, &[("name", "Mine now"), ("role", "")]).await.expect(404);
    planner.post(&format!("{form}/delete"), &[]).await.expect(404);
    officer.post(&format!("{form}/delete"), &[]).await.expect(303);
    assert!(own(&officer).await.is_empty());
    assert!(!planner.get("/start").await.expect(200).text().contains("Ash trees"));
}

#[tokio::test]
async fn only_lists_that_one_may_open_are_kept_and_shown() {
    let app = TestApp::new().await;
    app.home("14 Lantern Close").await;
    let (officer, finance) = (app.sign_in("housing-officer").await, app.sign_in("finance").await);
    for address in ["/nowhere?q=x", "https://example.org/", ""] {
        officer.post("/saved-lists", &[("address", address), ("keep_as", "Strange")]).await.expect(404);
    }
    finance.post("/saved-lists", &[("address", "/people?q=yusuf"), ("keep_as", "Her")]).await.expect(403);
    officer.post("/saved-lists", &[("address", "/people?q=yusuf"), ("keep_as", "Her")]).await.expect(303);
    let form = own(&officer).await.remove(0);
    officer.post(&form, &[("name", "Her"), ("role", "finance")]).await.expect(303);
    let start = finance.get("/start").await.expect(200).text();
    assert!(!start.contains("/people?q=yusuf"), "shared with who may not open it: {start}");
}
