//! Figures and standards through HTTP: who sees what, freezing, what moves.

use axum::http::Method;
use rooftree_kernel::{CaseId, Day, PersonId, PlaceId, ProviderId};
use rooftree_platform::{figures, signin::tokens};
use rooftree_testkit::{Links, TestApp};
use uuid::Uuid;

const EMERGENCY: &str = "repairs.rp02-emergency";
const PERIOD: &str = "2026-27";

/// A provider of that name.
async fn provider(app: &TestApp, name: &str) -> ProviderId {
    let id = Uuid::now_v7();
    sqlx::query("insert into provider (id, name, kind) values ($1, $2, 'subcontractor')")
        .bind(id)
        .bind(name)
        .execute(app.pool())
        .await
        .unwrap();
    ProviderId(id)
}

/// An emergency completed by that provider on 9 November 2026, in time or not.
async fn completed(app: &TestApp, reference: &str, provider: ProviderId, on_time: bool) -> Uuid {
    let home = app.home(&format!("{reference} Larch Road")).await;
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into repair (id, reference, place_id, home_id, ward, channel, title, description, trade, priority, provider_id, status, stage,
                             reported_at, reported_day, completed_at, completed_day, on_time, raised_by)
         values ($1, $2, $3, $3, 'Hinksey Park', 'phone', 'No water', '', 'plumbing', 'emergency', $4, 'completed', 'completed',
                 '2026-11-09 09:00+00', '2026-11-09', '2026-11-09 15:00+00', '2026-11-09', $5, 'test')",
    )
    .bind(id)
    .bind(reference)
    .bind(home.id)
    .bind(provider.0)
    .bind(on_time)
    .execute(app.pool())
    .await
    .unwrap();
    id
}

async fn two_providers(app: &TestApp) -> (ProviderId, ProviderId) {
    let (ash, birch) = (provider(app, "Ash Repairs").await, provider(app, "Birch & Sons").await);
    completed(app, "R-900001", ash, true).await;
    completed(app, "R-900002", birch, false).await;
    completed(app, "R-900003", birch, true).await;
    (ash, birch)
}

#[tokio::test]
async fn a_figure_opens_to_its_rows_and_they_to_the_repair() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let analyst = app.sign_in("performance").await;
    let list = analyst.get(&format!("/figures?period={PERIOD}&area=repairs")).await.expect(200);
    assert!(list.text().contains("66.7%"), "{}", list.text());
    let page = analyst.get(&format!("/figures/{EMERGENCY}?period={PERIOD}&by=provider")).await.expect(200);
    for words in ["66.7%", "2 of 3 counted", "Birch &amp; Sons", "Target 99.6%", "The SQL that yields the rows"] {
        assert!(page.text().contains(words), "{words}");
    }
    let rows =
        analyst.get(&format!("/figures/{EMERGENCY}/rows?period={PERIOD}&status=missed")).await.expect(200).text();
    assert!(rows.contains("href=\"/repairs/R-900002\"") && !rows.contains("R-900003"));
    assert!(rows.contains("Larch Road"));
    let csv = analyst
        .get(&format!("/figures/{EMERGENCY}/rows.csv?period={PERIOD}&provider=Ash+Repairs"))
        .await
        .expect(200)
        .text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    analyst.get("/figures/no.such-measure").await.expect(404);
    analyst.get(&format!("/figures/{EMERGENCY}?period=nonsense")).await.expect(200);
}

#[tokio::test]
async fn a_councillor_reads_references_and_wards_and_no_address() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let councillor = app.sign_in("councillor").await;
    let rows = councillor.get(&format!("/figures/{EMERGENCY}/rows?period={PERIOD}")).await.expect(200).text();
    assert!(rows.contains("R-900001") && rows.contains("Hinksey Park"));
    assert!(!rows.contains("Larch Road") && !rows.contains("href=\"/repairs/"));
    let csv = councillor.get(&format!("/figures/{EMERGENCY}/rows.csv?period={PERIOD}")).await.expect(200).text();
    assert!(csv.contains("R-900001") && !csv.contains("Larch Road"));
    let freeze = [("period", PERIOD), ("note", "")];
    councillor.post(&format!("/figures/{EMERGENCY}/freeze"), &freeze).await.expect(403);
}

#[tokio::test]
async fn a_provider_sees_its_own_work_only() {
    let app = TestApp::new().await;
    let (_, birch) = two_providers(&app).await;
    let manager = app.sign_in_as("repairs-manager", Links { provider: Some(birch), ..Links::default() }).await;
    let page = manager.get(&format!("/figures/{EMERGENCY}?period={PERIOD}&by=ward")).await.expect(200).text();
    assert!(page.contains("50.0%") && page.contains("1 of 2 counted") && !page.contains("66.7%"));
    for address in ["", "&provider=Ash+Repairs"] {
        let rows = manager.get(&format!("/figures/{EMERGENCY}/rows?period={PERIOD}{address}")).await.expect(200).text();
        assert!(!rows.contains("R-900001"), "{address}");
        assert!(rows.contains("R-900002"), "{address}");
    }
    manager.post(&format!("/figures/{EMERGENCY}/freeze"), &[("period", PERIOD)]).await.expect(403);
}

#[tokio::test]
async fn whoever_has_no_figures_is_refused() {
    let app = TestApp::new().await;
    let operative = app.operative("Pat", &["plumbing"]).await;
    let client = app
        .sign_in_as(
            "operative",
            Links { operative: Some(operative.id), provider: Some(operative.provider), ..Links::default() },
        )
        .await;
    for path in ["/figures", "/figures.csv", "/figures/repairs.rp02-emergency/rows.xlsx", "/standards"] {
        client.get(path).await.expect(403);
    }
    assert!(app.anybody().get("/figures").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_frozen_figure_shows_what_changed_since() {
    let app = TestApp::new().await;
    let (ash, _) = two_providers(&app).await;
    let manager = app.sign_in("client-manager").await;
    let fields = [("period", PERIOD), ("note", "Panel of 24 November")];
    let frozen = manager.post(&format!("/figures/{EMERGENCY}/freeze"), &fields).await.expect(303);
    let frozen = frozen.location().to_owned();
    assert!(manager.get(&frozen).await.expect(200).text().contains("gives the same rows"));
    completed(&app, "R-900004", ash, false).await;
    let now = "2026-04-01".parse().unwrap();
    figures::recompute(app.platform(), Some(EMERGENCY), now).await.unwrap();
    let page = manager.get(&frozen).await.expect(200).text();
    for words in ["66.7%", "50.0%", "1 added", "R-900004", "Panel of 24 November"] {
        assert!(page.contains(words), "{words}");
    }
    let nowhere = manager.post(&format!("/figures/{EMERGENCY}/freeze"), &[("period", PERIOD)]).await.expect(422);
    assert!(nowhere.text().contains("Say where it is published"));
    let long = "x".repeat(501);
    let refused =
        manager.post(&format!("/figures/{EMERGENCY}/freeze"), &[("period", PERIOD), ("note", &long)]).await.expect(422);
    assert!(refused.text().contains(&long), "what was typed is kept");
}

/// A repair that is open since that day.
async fn open_since(app: &TestApp, reference: &str, day: &str) {
    let home = app.home(&format!("{reference} Elm Road")).await;
    sqlx::query(
        "insert into repair (id, reference, place_id, home_id, ward, channel, title, description, trade, priority, status, stage,
                             reported_at, reported_day, raised_by)
         values ($1, $2, $3, $3, 'Hinksey Park', 'phone', 'A drip', '', 'plumbing', 'routine', 'open', 'reported',
                 $4::date + time '09:00', $4::date, 'test')",
    )
    .bind(Uuid::now_v7())
    .bind(reference)
    .bind(home.id)
    .bind(day.parse::<Day>().unwrap())
    .execute(app.pool())
    .await
    .unwrap();
}

#[tokio::test]
async fn every_figure_can_be_frozen_for_a_month_a_quarter_and_a_year() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    open_since(&app, "R-900010", "2026-04-20").await;
    open_since(&app, "R-900011", "2026-10-20").await;
    let measures: Vec<_> = app.platform().rules().measures.all().collect();
    assert!(measures.len() > 20);
    let mut ctx = app.as_role("client-manager").await;
    for measure in measures {
        for period in ["2026-10", "2026-27-Q3", "2026-27"] {
            let frozen = figures::frozen::freeze(&mut ctx, measure, period.parse().unwrap(), "").await;
            assert!(frozen.is_ok(), "{} for {period}: {:?}", measure.id, frozen.err());
        }
    }
    ctx.commit().await.unwrap();
    // Both ages on 23 November, 217 and 34 days, and nothing of the months before.
    let ages: Vec<f64> = sqlx::query_scalar(
        "select value from figure_frozen where measure = 'repairs.work-in-progress-age' and period <> '2026-10'",
    )
    .fetch_all(app.pool())
    .await
    .unwrap();
    assert_eq!(ages, [125.5, 125.5]);
}

#[tokio::test]
async fn standards_are_explained_and_counted() {
    let app = TestApp::new().await;
    let analyst = app.sign_in("performance").await;
    let list = analyst.get("/standards").await.expect(200).text();
    assert!(list.contains("/standards/repairs.local-offer-2014.emergency"));
    let path = "/standards/repairs.local-offer-2014.urgent?day=18%2F12%2F2026&time=16%3A05";
    let page = analyst.get(path).await.expect(200).text();
    assert!(page.contains("by the end of Wed 23 Dec 2026") && page.contains("Saturday"), "{page}");
    let wrong = analyst.get("/standards/repairs.local-offer-2014.urgent?day=soon").await.expect(200).text();
    assert!(wrong.contains("Enter a date"));
    analyst.get("/standards/repairs.no.such").await.expect(404);
    analyst.get(&format!("/clocks/{}", Uuid::now_v7())).await.expect(404);
}

#[tokio::test]
async fn a_standard_whose_facts_nobody_records_is_declared_ahead() {
    let app = TestApp::new().await;
    let analyst = app.sign_in("performance").await;
    let page = analyst.get("/standards/hazards.awaab-2025.emergency").await.expect(200).text();
    assert!(page.contains("Declared ahead") && !page.contains("#broken"), "{page}");
    let row = |page: &str, id: &str| page.split("<tr").find(|row| row.contains(id)).expect("its row").to_owned();
    let list = analyst.get("/standards").await.expect(200).text();
    assert!(row(&list, "hazards.awaab-2025.emergency").contains("Declared ahead"));
    assert!(!row(&list, "repairs.local-offer-2014.emergency").contains("Declared ahead"));
}

#[tokio::test]
async fn a_clock_is_explained_from_the_fact_that_started_it() {
    let app = TestApp::new().await;
    let (ash, birch) = (provider(&app, "Ash Repairs").await, provider(&app, "Birch & Sons").await);
    let repair = completed(&app, "R-900009", ash, true).await;
    let home: Uuid = sqlx::query_scalar("select home_id from repair where id = $1")
        .bind(repair)
        .fetch_one(app.pool())
        .await
        .unwrap();
    let mut ctx = app.system().await;
    let kind = app.platform().registry().facts["repair.reported"];
    let fact =
        kind.at(ctx.now).home(PlaceId(home)).person(None::<PersonId>).case(CaseId(repair)).with("priority", "routine");
    ctx.record(fact).await.unwrap();
    ctx.commit().await.unwrap();
    let clock: Uuid =
        sqlx::query_scalar("select id from clock where case_id = $1 and standard = 'repairs.local-offer-2014.routine'")
            .bind(repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    let analyst = app.sign_in("performance").await;
    let page = analyst.get(&format!("/clocks/{clock}")).await.expect(200).text();
    for words in ["Clock of R-900009", "It started the clock", "not counted: Christmas Day", "28 working days"] {
        assert!(page.contains(words), "{words}");
    }
    let own = app.sign_in_as("repairs-manager", Links { provider: Some(ash), ..Links::default() }).await;
    own.get(&format!("/clocks/{clock}")).await.expect(200);
    let other = app.sign_in_as("repairs-manager", Links { provider: Some(birch), ..Links::default() }).await;
    other.get(&format!("/clocks/{clock}")).await.expect(404);
}

#[tokio::test]
async fn the_api_answers_as_the_pages_do() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let user = app.user("performance", Links::default()).await;
    let mut ctx = app.system().await;
    let scopes = ["figures.view".to_owned(), "standards.view".to_owned()];
    let until = ctx.now.plus_seconds(3600);
    let token = tokens::make(&mut ctx, user, "test", &scopes, until).await.unwrap();
    ctx.commit().await.unwrap();
    let client = app.anybody();
    let get = async |path: &str| client.api(Method::GET, path, &token, &[], None).await;
    let figure = get(&format!("/api/v1/measures/{EMERGENCY}?period={PERIOD}&by=provider")).await.expect(200).json();
    assert_eq!((figure["numerator"].as_i64(), figure["denominator"].as_i64()), (Some(2), Some(3)));
    assert_eq!(figure["parts"].as_array().unwrap().len(), 2);
    let rows = get(&format!("/api/v1/measures/{EMERGENCY}/rows?period={PERIOD}&limit=2")).await.expect(200).json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 2);
    let next =
        format!("/api/v1/measures/{EMERGENCY}/rows?period={PERIOD}&limit=2&after={}", rows["next"].as_str().unwrap());
    let last = get(&next).await.expect(200).json();
    assert_eq!((last["items"].as_array().unwrap().len(), last["next"].is_null()), (1, true));
    let due = get("/api/v1/due?from=2026-12-18T16:05&within=10+working+days").await.expect(200).json();
    assert_eq!(due["due"], "2027-01-06");
    let wrong = get("/api/v1/measures/repairs.rp02-emergency?period=soon").await.expect(422).json();
    assert_eq!(wrong["errors"][0]["field"], "period");
    get("/api/v1/standards").await.expect(200);
    for (id, ahead) in [("hazards.awaab-2025.emergency", true), ("repairs.local-offer-2014.emergency", false)] {
        assert_eq!(get(&format!("/api/v1/standards/{id}")).await.expect(200).json()["declared_ahead"], ahead);
    }
    get("/api/v1/measures/none.such").await.expect(404);
}

#[tokio::test]
async fn many_figures_are_frozen_together_and_listed() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let analyst = app.sign_in("performance").await;
    let form = analyst.get(&format!("/figures/freeze?period={PERIOD}")).await.expect(200).text();
    assert!(form.contains(EMERGENCY) && form.contains("66.7%"), "{form}");
    let post = async |fields: &[(&str, &str)]| analyst.post("/figures/freeze", fields).await;
    let without = post(&[("period", PERIOD), ("measures", EMERGENCY)]).await.expect(422).text();
    assert!(without.contains("Say where they are published"));
    let none = post(&[("period", PERIOD), ("note", "Board, 12 March")]).await.expect(422).text();
    assert!(none.contains("Tick at least one figure"));
    let both = [
        ("period", PERIOD),
        ("note", "Board, 12 March"),
        ("measures", EMERGENCY),
        ("measures", "repairs.jobs-completed"),
    ];
    post(&both).await.expect(303);
    while rooftree_platform::jobs::run_one(app.platform()).await.unwrap() {}
    let list = analyst.get("/figures/frozen").await.expect(200).text();
    assert_eq!(list.matches("Board, 12 March").count(), 2, "{list}");
    let birch = provider(&app, "Cedar & Co").await;
    let manager = app.sign_in_as("repairs-manager", Links { provider: Some(birch), ..Links::default() }).await;
    manager.get("/figures/frozen").await.expect(404);
}

#[tokio::test]
async fn a_figure_is_broken_down_by_two_dimensions_and_read_as_it_was_known() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let analyst = app.sign_in("performance").await;
    let page =
        async |rest: &str| analyst.get(&format!("/figures/{EMERGENCY}?period={PERIOD}{rest}")).await.expect(200).text();
    let crossed = page("&by=ward&and=provider").await;
    assert!(crossed.contains("By provider and ward") || crossed.contains("By ward and provider"), "{crossed}");
    assert!(crossed.contains("Birch &amp; Sons") && crossed.contains("50.0%"));
    let known = page(&format!("&on={}", app.now().day())).await;
    assert!(known.contains("we knew: 66.7%"), "{known}");
    assert!(page("&on=2020-01-01").await.contains("had not begun on that day"));
    assert!(page("&on=yesterday").await.contains("is no day"));
    let secret = analyst
        .get(&format!("/figures/{EMERGENCY}/rows.csv?period={PERIOD}&provider=Birch+%26+Sons"))
        .await
        .expect(200)
        .text();
    assert_eq!(secret.lines().count(), 3, "{secret}");
}

#[tokio::test]
async fn an_analyst_builds_a_measure_and_sees_the_figure_and_its_rows() {
    let app = TestApp::new().await;
    two_providers(&app).await;
    let analyst = app.sign_in("performance").await;
    assert!(analyst.get("/figures/build").await.expect(200).text().contains("Completed within target"));
    let build = async |rest: &str| {
        analyst.get(&format!("/figures/build?evidence=repairs&period={PERIOD}{rest}")).await.expect(200).text()
    };
    let unfinished = build("&kind=percent&day=completed_day&direction=up").await;
    assert!(
        unfinished.contains("Not a measure yet") && unfinished.contains("a percent needs to know what a hit is"),
        "{unfinished}"
    );
    let hits = "&hit-1-column=on_time&hit-1-test=is&hit-1-value=yes";
    let built =
        build(&format!("&title=Mine&kind=percent&day=completed_day&direction=up&target=99&by=provider{hits}")).await;
    for words in ["66.7%", "2 of 3 counted", "Missed", "Birch &amp; Sons", "R-900002", "evidence = &quot;repairs&quot;"]
    {
        assert!(built.contains(words), "{words}: {built}");
    }
    let only = "&only-1-column=provider&only-1-test=is&only-1-value=nobody";
    assert!(build(&format!("&kind=percent&day=completed_day&direction=up{hits}{only}")).await.contains("No row fits."));
    let stands = build("&kind=point-in-time&from=reported_day&until=ended_day&direction=down").await;
    assert!(stands.contains("What comes of it"), "{stands}");
    let quoted = "&only-1-column=ward&only-1-test=is&only-1-value=%27%29%3B+drop+table+fact%3B--";
    assert!(build(&format!("&kind=count&day=completed_day&direction=up{quoted}")).await.contains("No row fits."));
    app.sign_in("client-manager").await.get("/figures/build").await.expect(403);
}
