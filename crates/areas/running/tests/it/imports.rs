//! A file of homes from upload to undo.

use rooftree_testkit::TestApp;

/// Headings as another system has them.
const FILE: &str = "Property Reference,UPRN,Address Line 1,Postcode,Ward,Kind\n\
    P1,100120786205,1 Test Street,OX4 1AA,Cowley,home\n\
    P2,,2 Test Street,OX4 1AA,Cowley,home\n";

async fn homes(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from place where removed_at is null and external_ref is not null")
        .fetch_one(app.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_file_goes_in_by_its_steps_and_comes_out_again() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    admin.get("/imports").await.expect(200);
    let form = admin.get("/imports/new").await.expect(200);
    assert!(form.text().contains("value=\"homes\""));
    assert!(admin.get("/imports/template/homes.csv").await.expect(200).text().contains(','));
    let fields = [("target", "homes"), ("source", "Capita")];
    admin.upload("/imports/new", &fields, &[]).await.expect(422);
    admin.upload("/imports/new", &fields, &[("file", "x.csv", b"\x00\x01\x02")]).await.expect(422);
    let staged = admin.upload("/imports/new", &fields, &[("file", "homes.csv", FILE.as_bytes())]).await.expect(303);
    let columns = staged.location().to_owned();
    let at = columns.trim_end_matches("/columns").to_owned();
    admin.get(&at).await.expect(200);
    let page = admin.get(&columns).await.expect(200);
    let chosen = chosen(&page.text());
    assert!(chosen.len() >= 4, "headings are recognised: {chosen:?}");
    let fields: Vec<(&str, &str)> = chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    admin.post(&columns, &[]).await.expect(422);
    admin.post(&columns, &fields).await.expect(303);
    assert!(admin.get(&format!("{at}/state")).await.expect(200).text().contains("data-poll-url"));
    admin.post(&format!("{at}/run"), &[]).await.expect(409);
    app.run_jobs().await;
    let checked = admin.get(&at).await.expect(200);
    assert!(checked.text().contains("Dry run: 2 of 2 rows can go in"), "{}", checked.select("main").concat());
    assert_eq!(homes(&app).await, 0);
    admin.post(&format!("{at}/run"), &[]).await.expect(303);
    app.run_jobs().await;
    assert!(admin.get(&at).await.expect(200).text().contains("2 of 2 rows are in"));
    assert_eq!(homes(&app).await, 2);
    admin.post(&format!("{at}/undo"), &[]).await.expect(303);
    app.run_jobs().await;
    assert!(admin.get(&at).await.expect(200).text().contains("taken back"));
    assert_eq!(homes(&app).await, 0);
    assert!(admin.get("/imports").await.expect(200).text().contains("Taken back"));
}

/// The columns that the page proposes: each select's name and its chosen option.
fn chosen(html: &str) -> Vec<(String, String)> {
    let page = scraper::Html::parse_document(html);
    let select = scraper::Selector::parse("main select").unwrap();
    let option = scraper::Selector::parse("option[selected]").unwrap();
    page.select(&select)
        .filter_map(|select| {
            let value = select.select(&option).next()?.value().attr("value")?;
            (!value.is_empty()).then(|| (select.value().attr("name").unwrap_or_default().to_owned(), value.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn refused_rows_come_back_as_a_file_with_what_is_wrong() {
    let app = TestApp::new().await;
    let admin = app.sign_in("administrator").await;
    let file = format!("{FILE},abc,3 Test Street,not a postcode,Cowley,home\n");
    let staged = admin
        .upload("/imports/new", &[("target", "homes"), ("source", "Capita")], &[("file", "homes.csv", file.as_bytes())])
        .await
        .expect(303);
    let columns = staged.location().to_owned();
    let at = columns.trim_end_matches("/columns").to_owned();
    let chosen = chosen(&admin.get(&columns).await.expect(200).text());
    let fields: Vec<(&str, &str)> = chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    admin.post(&columns, &fields).await.expect(303);
    app.run_jobs().await;
    let page = admin.get(&at).await.expect(200);
    assert!(
        page.text().contains("2 of 3 rows can go in") && page.text().contains("Refused rows"),
        "{}",
        page.select("main").concat()
    );
    let csv = admin.get(&format!("{at}/bad-rows")).await.expect(200).text();
    assert!(csv.contains("What is wrong") && csv.contains("3 Test Street"), "{csv}");
    assert_eq!(csv.trim_end().lines().count(), 2, "{csv}");
}

#[tokio::test]
async fn only_those_who_may_bring_files_in_see_the_pages() {
    let app = TestApp::new().await;
    let handler = app.sign_in("call-handler").await;
    for path in ["/imports", "/imports/new"] {
        handler.get(path).await.expect(403);
    }
    let admin = app.sign_in("administrator").await;
    for path in ["/imports/nonsense", "/imports/00000000-0000-0000-0000-000000000000", "/imports/template/dragons.csv"]
    {
        admin.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn the_only_kind_that_one_may_import_is_chosen() {
    let app = TestApp::new().await;
    let chosen = async |role: &str| {
        let page = app.sign_in(role).await.get("/imports/new").await.expect(200);
        page.attribute("input[name=target][checked]", "value")
    };
    assert_eq!(chosen("finance").await, None, "rates, or the figures of others");
    assert_eq!(chosen("administrator").await, None, "between several it is theirs to choose");
}
