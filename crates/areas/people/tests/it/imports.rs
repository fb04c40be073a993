//! People and tenancies from files: partly taken, twice the same, undone.

use rooftree_people::imports::{People, Tenancies};
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

async fn apply(app: &TestApp, target: &dyn ImportTarget, rows: &[StagedRow]) -> Vec<Outcome> {
    let mut ctx = app.as_role("housing-officer").await;
    let outcomes = target.apply(&mut ctx, rows).await.expect("applied");
    ctx.commit().await.expect("kept");
    outcomes
}

fn created(outcomes: &[Outcome]) -> Vec<Uuid> {
    let id = |outcome: &Outcome| if let Outcome::Created(id) = outcome { Some(*id) } else { None };
    outcomes.iter().filter_map(id).collect()
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.expect("a count")
}

#[tokio::test]
async fn people_and_their_tenancies_are_taken_in_and_undone() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    sqlx::query("update tenancy set end_day = '2026-06-30'").execute(app.pool()).await.expect("the old tenancy ends");
    let people = rows(&[
        &[
            ("external_ref", "P1"),
            ("family_name", "Okafor"),
            ("phone", "07700 900111; 01865 496000"),
            ("needs", "respiratory"),
        ],
        &[("external_ref", "P2"), ("family_name", "Okafor"), ("birth_day", "2024-05-01")],
        &[("external_ref", "P3"), ("phone", "unknown")],
    ]);
    let first = apply(&app, &People, &people).await;
    assert_eq!(created(&first).len(), 2);
    assert!(matches!(&first[2], Outcome::Refused(errors) if errors.len() == 2), "{:?}", first[2]);
    let again = apply(&app, &People, &people[..2]).await;
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Unchanged(_))), "{again:?}");
    assert_eq!(
        count(
            &app,
            "select count(*) from contact_point c join person n on n.id = c.person_id where n.external_ref = 'P1'"
        )
        .await,
        2
    );

    let home_key = home.reference.to_lowercase();
    let tenancies = rows(&[
        &[
            ("external_ref", "T1"),
            ("home", &home_key),
            ("kind", "secure"),
            ("start_day", "01/07/2026"),
            ("tenants", "P1"),
            ("household", "P2"),
        ],
        &[
            ("external_ref", "T2"),
            ("home", &home.reference),
            ("kind", "secure"),
            ("start_day", "01/06/2026"),
            ("tenants", "P1"),
        ],
    ]);
    let taken = apply(&app, &Tenancies, &tenancies).await;
    assert_eq!(created(&taken).len(), 1);
    assert!(matches!(&taken[1], Outcome::Refused(errors) if errors[0].0 == "start_day"));
    let again = apply(&app, &Tenancies, &tenancies[..1]).await;
    assert!(matches!(again[0], Outcome::Unchanged(_)));
    let ended = apply(
        &app,
        &Tenancies,
        &rows(&[&[
            ("external_ref", "T1"),
            ("home", &home.reference),
            ("kind", "secure"),
            ("start_day", "01/07/2026"),
            ("tenants", "P1"),
            ("end_day", "01/11/2026"),
        ]]),
    )
    .await;
    let Outcome::Updated { id, before } = &ended[0] else { panic!("{ended:?}") };

    let mut ctx = app.as_role("housing-officer").await;
    Tenancies.undo(&mut ctx, &[], &[(*id, before.clone())]).await.expect("the end is taken back");
    ctx.commit().await.expect("kept");
    assert_eq!(count(&app, "select count(*) from tenancy where external_ref = 'T1' and end_day is null").await, 1);
    let mut ctx = app.as_role("housing-officer").await;
    People.undo(&mut ctx, &created(&first), &[]).await.expect_err("their tenancy builds on them");
    drop(ctx);
    let more =
        apply(&app, &People, &rows(&[&[("external_ref", "P9"), ("family_name", "Brief"), ("email", "b@example.org")]]))
            .await;
    let mut ctx = app.as_role("housing-officer").await;
    People.undo(&mut ctx, &created(&more), &[]).await.expect("nothing builds on them");
    ctx.commit().await.expect("kept");
    assert_eq!(count(&app, "select count(*) from person where external_ref = 'P9'").await, 0);
}
