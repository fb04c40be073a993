//! What orders come to, and that every figure opens the orders that make it.

use rooftree_kernel::Pence;
use rooftree_testkit::{Client, Links, Operative, Reply, TestApp};

/// A repair of a tap, logged: the order's reference and its value.
async fn order(app: &TestApp, address: &str) -> (String, Pence) {
    let home = app.home(address).await;
    let handler = app.sign_in("call-handler").await;
    let questions = &rooftree_repairs::declared::SCRIPT.item("kitchen-tap").expect("an item").question;
    let answers: Vec<(String, &str)> =
        questions.iter().map(|q| (format!("q-{}", q.key), q.options[0].key.as_str())).collect();
    let mut fields = vec![
        ("place", home.reference.as_str()),
        ("item", "kitchen-tap"),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
    ];
    fields.extend(answers.iter().map(|(name, value)| (name.as_str(), *value)));
    handler.post("/repairs", &fields).await.expect(303);
    sqlx::query_as("select reference, value_pence from works_order order by id desc limit 1")
        .fetch_one(app.pool())
        .await
        .expect("the order")
}

async fn run(app: &TestApp, sql: &'static str, order: &str) {
    let done = sqlx::query(sql).bind(order).execute(app.pool()).await.expect("changed");
    assert!(done.rows_affected() > 0, "{sql}");
}

/// The cells of the first row of a table, without its name.
fn row(page: &Reply, table: &str) -> Vec<String> {
    page.select(&format!("[aria-label='{table}'] tbody tr:first-child td"))
}

/// Where the figures of the present month lead.
fn links(page: &Reply) -> Vec<String> {
    page.attributes("[aria-label='Orders by month'] tbody tr:first-child td a", "href")
}

async fn spend(client: &Client, query: &str) -> Reply {
    client.get(&format!("/spend{query}")).await.expect(200)
}

async fn two_orders(app: &TestApp) -> (Operative, [(String, Pence); 2]) {
    let operative = app.operative("Dermot Quinn", &["plumber"]).await;
    let (first, second) = (order(app, "14 Lantern Close").await, order(app, "15 Lantern Close").await);
    let cancelled = order(app, "16 Lantern Close").await;
    run(app, "update works_order set status = 'cancelled' where reference = $1", &cancelled.0).await;
    run(app, "update works_order set status = 'completed', completed_at = issued_at where reference = $1", &first.0)
        .await;
    run(
        app,
        "update order_line set invoiced_pence = 4321 where order_id = (select id from works_order where reference = $1)",
        &first.0,
    )
    .await;
    run(
        app,
        "insert into variation (id, order_id, reason, value_pence, status, requested_at, requested_by)
         select gen_random_uuid(), id, 'hidden', v.pence, v.status, issued_at, 'Dermot Quinn'
         from works_order, (values (1100, 'approved'), (7700, 'refused')) as v(pence, status) where reference = $1",
        &second.0,
    )
    .await;
    (operative, [first, second])
}

#[tokio::test]
async fn every_figure_opens_the_orders_that_make_it() {
    let app = TestApp::new().await;
    let (_, [(first, value), (second, other)]) = two_orders(&app).await;
    let officer = app.sign_in("client-officer").await;
    let page = spend(&officer, "").await;
    assert!(
        page.text().contains("Works orders issued in 2026/27") && page.text().contains("No budgets are kept here yet")
    );
    assert!(page.text().contains("Ordered by month") && page.text().contains("November 2026"));
    let ordered = Pence(value.0 + other.0).to_string();
    let average = Pence((value.0 + other.0 + 1) / 2).to_string();
    assert_eq!(
        row(&page, "Orders by month"),
        ["2", &ordered, "£11.00", &value.to_string(), "£43.21", &average, ""],
        "nothing was ordered in the month before"
    );
    for (link, held) in
        links(&page).into_iter().zip([[true, true], [true, true], [false, true], [true, false], [true, false]])
    {
        let list = officer.get(&link).await.expect(200);
        let shown = [&first, &second].map(|order| list.text().contains(order.as_str()));
        assert_eq!(shown, held, "{link}");
        assert_eq!(list.select("table.rt-table tbody tr").len(), held.iter().filter(|held| **held).count(), "{link}");
    }
    // The same by budget and provider, and as a file.
    let budget = row(&page, "Orders by budget and provider");
    assert_eq!(budget[..3], ["Works company of Dermot Quinn", "2", &ordered]);
    let file = officer.get("/spend.csv").await.expect(200).text();
    assert!(file.contains("November 2026") && file.contains("43.21"), "{file}");
}

#[tokio::test]
async fn a_year_a_budget_and_a_provider_narrow_it() {
    let app = TestApp::new().await;
    let (operative, _) = two_orders(&app).await;
    let officer = app.sign_in("client-manager").await;
    let menu = officer.get("/start").await.expect(200).attributes("nav a", "href");
    assert!(menu.contains(&"/orders".to_owned()), "whoever may see spend finds its orders: {menu:?}");
    for nothing in ["?year=2025-26", "?budget=HRA-REACTIVE-EMERGENCY", "?provider=00000000-0000-7000-8000-000000000000"]
    {
        assert!(spend(&officer, nothing).await.text().contains("No orders were issued"), "{nothing}");
    }
    let narrow = spend(&officer, &format!("?budget=HRA-REACTIVE&provider={}", operative.provider)).await;
    assert_eq!(row(&narrow, "Orders by month")[0], "2");
    let list = &links(&narrow)[0];
    assert!(list.contains("budget=HRA-REACTIVE") && list.contains("period=2026-11"), "{list}");
}

#[tokio::test]
async fn a_provider_sees_its_own_and_others_nothing() {
    let app = TestApp::new().await;
    let (operative, _) = two_orders(&app).await;
    let stranger = app.operative("Ana Matos", &["roofer"]).await;
    let manager = |provider| app.sign_in_as("repairs-manager", Links { provider: Some(provider), ..Links::default() });
    assert_eq!(row(&spend(&manager(operative.provider).await, "").await, "Orders by month")[0], "2");
    let none = spend(&manager(stranger.provider).await, &format!("?provider={}", operative.provider)).await;
    assert!(none.text().contains("No orders were issued"), "{}", none.text());
    for role in ["call-handler", "planner", "housing-officer", "performance", "councillor", "auditor"] {
        app.sign_in(role).await.get("/spend").await.expect(403);
        app.sign_in(role).await.get("/spend.csv").await.expect(403);
    }
    app.sign_in("finance").await.get("/spend").await.expect(200);
}

#[tokio::test]
async fn the_list_says_why_orders_are_dear_and_what_they_come_to() {
    let app = TestApp::new().await;
    let (_, [(first, value), (second, other)]) = two_orders(&app).await;
    run(&app, "update works_order set value_pence = value_pence + 100000 where reference = $1", &first).await;
    let officer = app.sign_in("client-officer").await;
    let list = officer.get("/orders?status=all&cancelled=no&period=2026-11&sort=value").await.expect(200);
    let references = list.select("table.rt-table tbody tr th");
    assert!(references[0].contains(&first) && references[1].contains(&second), "the dearest first: {references:?}");
    let together =
        format!("Together {}, of it variations £11.00. Invoiced: £43.21.", Pence(value.0 + other.0 + 100_000));
    assert!(list.select("main p").contains(&together), "{together}: {:?}", list.select("main p"));
    let hidden = &rooftree_repairs::declared::DECLARED.reason("variation", "hidden").expect("a reason").title;
    let reason = format!("£11.00 {hidden}");
    assert!(list.select("table.rt-table tbody tr td").contains(&reason), "{reason}: {}", list.text());
    let file = officer.get("/orders.csv?status=all&varied=yes").await.expect(200).text();
    assert!(file.contains("Why varied") && file.contains("11.00") && file.contains(hidden.as_str()), "{file}");
    // Without a period nothing is added up; a page that begins after an order has the cheaper ones.
    let all = officer.get("/orders?status=all").await.expect(200).text();
    assert!(!all.contains("Together"), "{all}");
    let id: uuid::Uuid = sqlx::query_scalar("select id from works_order where reference = $1")
        .bind(&first)
        .fetch_one(app.pool())
        .await
        .expect("the order");
    let rest = officer.get(&format!("/orders?status=all&sort=value&after={id}")).await.expect(200).text();
    assert!(rest.contains(&second) && !rest.contains(&first), "{rest}");
}

#[tokio::test]
async fn an_amount_finds_its_order_and_a_month_what_budgets_bear() {
    let app = TestApp::new().await;
    let (_, [(first, value), (second, _)]) = two_orders(&app).await;
    run(&app, "update works_order set value_pence = 1234550 where reference = $1", &first).await;
    let finance = app.sign_in("finance").await;
    for typed in ["12345.50", "%C2%A312,345.50", "43.21"] {
        let found = finance.get(&format!("/orders?text={typed}")).await.expect(200).text();
        assert!(found.contains(&first) && !found.contains(&second), "{typed}, was {value}: {found}");
    }
    let varied = finance.get("/orders?text=11.00").await.expect(200).text();
    assert!(varied.contains(&second) && !varied.contains(&first), "{varied}");
    let november = spend(&finance, "?month=2026-11").await;
    assert!(november.text().contains("By budget and provider, November 2026"));
    assert_eq!(row(&november, "Orders by budget and provider")[1], "2");
    let october = spend(&finance, "?month=2026-10").await;
    assert_eq!(row(&october, "Orders by month")[0], "2", "the year stays beside it");
    assert!(row(&october, "Orders by budget and provider").is_empty());
    let file = finance.get("/spend.csv?month=2026-10").await.expect(200).text();
    assert!(!file.contains("November 2026"), "{file}");
}
