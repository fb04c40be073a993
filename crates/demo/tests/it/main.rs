//! The demo landlord in a real PostgreSQL: what is loaded is what recording it day by day would have left.

use rooftree_demo::{
    Config,
    load::{ProgressBar, Summary, load},
};
use rooftree_kernel::Moment;
use rooftree_people::public::named_need;
use rooftree_platform::{clocks, documents, journal::verify, signin::passwords};
use rooftree_testkit::TestApp;
use std::collections::BTreeMap;

async fn loaded() -> (TestApp, Summary) {
    let app = TestApp::new().await;
    // A server that runs on an empty database makes the seed of the month's draw at once.
    sqlx::query("insert into inspection_seed (month, seed, made_at) values (date_trunc('month', $1::date)::date, sha256('a'), now())")
        .bind(app.now().day())
        .execute(app.pool())
        .await
        .expect("a seed");
    let config = Config::new(42, 300, 1, app.now());
    let summary = load(app.platform(), config, &ProgressBar::hidden()).await.expect("the demo loads");
    (app, summary)
}

async fn count(app: &TestApp, what: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {what}"));
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.expect("a count")
}

async fn structure(app: &TestApp) -> Vec<String> {
    let sql = "select indexdef from pg_indexes where schemaname = 'public' and tablename !~ '^fact_2'
               union all select conname || pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conparentid = 0 order by 1";
    sqlx::query_scalar(sql).fetch_all(app.pool()).await.expect("the catalogue")
}

#[tokio::test]
async fn what_is_loaded_is_what_recording_it_would_have_left() {
    let (app, summary) = loaded().await;
    assert_eq!(summary.errors.len(), 100);
    assert_eq!(count(&app, "place where kind = 'home'").await, 300);
    assert_eq!(count(&app, "repair").await, summary.repairs as i64);
    assert_eq!(count(&app, "fact").await, summary.facts as i64);

    let report = verify::run(app.platform(), None, None, |_| ()).await.expect("the journal is read");
    assert!(report.is_sound(), "{:?}", report.first());
    assert_eq!((report.sealed, report.unsealed), (summary.facts, 0));

    let rebuilt = clocks::rebuild(app.platform(), None).await.expect("the clocks are rebuilt");
    type Row = (uuid::Uuid, String, i64, Moment, Option<Moment>, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as("select id, state, start_seq, due_at, stopped_at, stop_seq from clock")
        .fetch_all(app.pool())
        .await
        .expect("the clocks");
    assert_eq!(rows.len(), rebuilt.len());
    let stored: BTreeMap<_, _> = rows.into_iter().map(|row| (row.0, row)).collect();
    for clock in &rebuilt {
        let state = clock.state.as_str().to_owned();
        let expected = (clock.id, state, clock.start_seq, clock.due_at, clock.stopped_at, clock.stop_seq);
        assert_eq!(stored.get(&clock.id), Some(&expected), "{}", clock.standard);
    }
    let compared = clocks::compare(app.platform(), |_| ()).await.expect("the clocks are compared");
    assert_eq!((compared.clocks, compared.found), (rebuilt.len() as u64, 0));
    let changed =
        "update clock set state = 'met' where id = (select id from clock where state = 'late' limit 1) returning id";
    let changed: uuid::Uuid =
        sqlx::query_scalar(changed).fetch_one(app.pool()).await.expect("a clock behind the journal's back");
    let compared = clocks::compare(app.platform(), |_| ()).await.expect("the clocks are compared");
    assert_eq!(compared.differing, [changed]);
    let needs: Vec<String> =
        sqlx::query_scalar("select distinct payload ->> 'need' from fact where name = 'need.added'")
            .fetch_all(app.pool())
            .await
            .expect("the needs");
    assert!(
        !needs.is_empty() && needs.iter().all(|key| named_need(key) == key),
        "a sensitive need stands in the journal: {needs:?}"
    );
    let overdue = "clock where state = 'running' and due_at < $1 and breached_at is null";
    let missed: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {overdue}")))
        .bind(app.now())
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(missed, 0, "a promise whose time ran out is not marked");
    let breached = "clock c where breached_at is not null";
    let told = "(select count(*) from fact f where f.name = 'clock.breached' and f.payload->>'clock' = c.id::text)";
    assert!(count(&app, breached).await > 0);
    assert_eq!(count(&app, &format!("{breached} and {told} <> 1")).await, 0, "a breach is recorded once");
}

#[tokio::test]
async fn the_database_is_left_whole_and_takes_no_second_landlord() {
    let fresh = structure(&TestApp::new().await).await;
    let (app, summary) = loaded().await;
    assert_eq!(structure(&app).await, fresh);
    let again = load(app.platform(), Config::new(7, 300, 1, app.now()), &ProgressBar::hidden()).await;
    assert!(again.is_err_and(|error| error.to_string().contains("already holds a landlord")));
    assert_eq!(count(&app, "repair").await, summary.repairs as i64);

    let next: i64 =
        sqlx::query_scalar("select nextval('repair_ref_seq')").fetch_one(app.pool()).await.expect("a number");
    let highest: i64 = sqlx::query_scalar("select max(substr(reference, 3)::bigint) from repair")
        .fetch_one(app.pool())
        .await
        .expect("a number");
    assert_eq!(next, highest + 1);
    let lines = "(select coalesce(sum(l.value_pence), 0) from order_line l join works_order o on o.id = l.order_id where o.case_id = r.id and o.status <> 'cancelled' and l.removed_at is null)";
    let cost = count(&app, &format!("repair r where r.cost_pence <> {lines}")).await;
    assert_eq!(cost, 0, "a repair costs what stands of its orders");
}

#[tokio::test]
async fn somebody_of_every_role_can_sign_in() {
    let (app, summary) = loaded().await;
    let roles: Vec<&str> = app.platform().rules().roles.all().map(|role| role.key.as_str()).collect();
    for role in roles {
        let (_, email) =
            summary.sign_ins.iter().find(|(key, _)| *key == role).unwrap_or_else(|| panic!("nobody is {role}"));
        let hash: Option<String> = sqlx::query_scalar("select password_hash from app_user where email = $1")
            .bind(email)
            .fetch_one(app.pool())
            .await
            .expect("the user");
        assert!(passwords::verify(summary.password.to_owned(), hash).await, "{email}");
        assert_eq!(passwords::check(summary.password, email), Ok(()));
    }
}

#[tokio::test]
async fn late_variations_have_a_photo_and_words_and_sundays_an_on_call_rota() {
    let (app, _) = loaded().await;
    let late = "variation v join works_order o on o.id = v.order_id where v.requested_at > (select max(requested_at) from variation) - interval '20 days'";
    let photo = "exists (select from document d where d.case_id = o.case_id and d.kind = 'photo' and d.added_at < v.requested_at)";
    assert!(count(&app, late).await > 0);
    assert_eq!(count(&app, &format!("{late} and not {photo}")).await, 0, "a variation without its photo");
    assert_eq!(count(&app, "variation where note = ''").await, 0, "a variation without a word");
    let ids: Vec<rooftree_kernel::DocumentId> =
        sqlx::query_scalar("select id from document order by id limit 20").fetch_all(app.pool()).await.expect("photos");
    for id in ids {
        for small in [false, true] {
            documents::bytes(app.platform(), id, small).await.expect("the file is in the store");
        }
        let told = format!("fact where name = 'document.added' and payload ->> 'document' = '{id}'");
        assert_eq!(count(&app, &told).await, 1);
    }
    // The test's present is a Monday: nobody works Sundays but those on call.
    let teams: i64 = sqlx::query_scalar("select count(distinct operative_id) from shift where weekday = 7 and on_call")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert!(teams > 3, "{teams} on call on Sundays");
    assert_eq!(count(&app, "shift where weekday > 5 and not on_call").await, 0);
    assert_eq!(count(&app, "shift where on_call and weekday <> 7").await, 0);
}
