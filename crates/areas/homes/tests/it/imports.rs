//! Homes from a file: partly taken, twice the same, undone.

use rooftree_homes::imports::Homes;
use rooftree_platform::imports::{ImportTarget, Outcome, StagedRow};
use rooftree_testkit::TestApp;
use uuid::Uuid;

fn rows(lines: &[&[(&str, &str)]]) -> Vec<StagedRow> {
    let row = |(index, cells): (usize, &&[(&str, &str)])| StagedRow {
        number: index as i32 + 1,
        source: "Capita".into(),
        cells: cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    lines.iter().enumerate().map(row).collect()
}

async fn apply(app: &TestApp, rows: &[StagedRow]) -> Vec<Outcome> {
    let mut ctx = app.as_role("housing-officer").await;
    let outcomes = Homes.apply(&mut ctx, rows).await.expect("applied");
    ctx.commit().await.expect("kept");
    outcomes
}

fn created(outcomes: &[Outcome]) -> Vec<Uuid> {
    let id = |outcome: &Outcome| if let Outcome::Created(id) = outcome { Some(*id) } else { None };
    outcomes.iter().filter_map(id).collect()
}

#[tokio::test]
async fn a_file_is_taken_in_twice_and_undone() {
    let app = TestApp::new().await;
    let file = rows(&[
        &[
            ("external_ref", "F1"),
            ("address", "Flat 1, Mill House"),
            ("parent", "B1"),
            ("uprn", "501"),
            ("postcode", "ox49xy"),
            ("bedrooms", "2"),
        ],
        &[("external_ref", "B1"), ("kind", "block"), ("name", "Mill House"), ("parent", "E1")],
        &[("external_ref", "E1"), ("kind", "estate"), ("name", "Mill Estate")],
        &[("external_ref", "F2"), ("address", "Flat 2, Mill House"), ("parent", "nowhere")],
    ]);
    let first = apply(&app, &file).await;
    assert_eq!(created(&first).len(), 3);
    assert!(matches!(&first[3], Outcome::Refused(errors) if errors[0].0 == "parent"));
    let again = apply(&app, &file[..3]).await;
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Unchanged(_))), "{again:?}");

    let changed = apply(&app, &rows(&[&[("external_ref", "F1"), ("heating", "heat pump")]])).await;
    let Outcome::Updated { id, before } = &changed[0] else { panic!("{changed:?}") };
    let heating = async || -> String {
        sqlx::query_scalar("select heating from place where id = $1")
            .bind(id)
            .fetch_one(app.pool())
            .await
            .expect("the home")
    };
    assert_eq!(heating().await, "heat pump");

    let mut ctx = app.as_role("housing-officer").await;
    Homes.undo(&mut ctx, &created(&first), &[]).await.expect_err("a later change builds on it");
    drop(ctx);
    let mut ctx = app.as_role("housing-officer").await;
    Homes.undo(&mut ctx, &[], &[(*id, before.clone())]).await.expect("the change is taken back");
    ctx.commit().await.expect("kept");
    assert_eq!(heating().await, "");

    let estate = apply(&app, &rows(&[&[("external_ref", "E9"), ("kind", "estate"), ("name", "Other Estate")]])).await;
    let mut ctx = app.as_role("housing-officer").await;
    Homes.undo(&mut ctx, &created(&estate), &[]).await.expect("nothing builds on it");
    ctx.commit().await.expect("kept");
    let left: i64 = sqlx::query_scalar("select count(*) from place where external_ref = 'E9'")
        .fetch_one(app.pool())
        .await
        .expect("a count");
    assert_eq!(left, 0);

    let mut ctx = app.as_role("call-handler").await;
    Homes.apply(&mut ctx, &file).await.expect_err("needs homes.edit");
}
