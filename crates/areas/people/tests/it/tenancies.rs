//! Tenancies: start, household, trial, end.

use rooftree_people::public;
use rooftree_testkit::TestApp;

#[tokio::test]
async fn a_tenancy_runs_from_its_start_to_its_end() {
    let app = TestApp::new().await;
    let old = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let tenancy: String = sqlx::query_scalar("select reference from tenancy where place_id = $1")
        .bind(old.id)
        .fetch_one(app.pool())
        .await
        .expect("a tenancy");
    let new = |start: &'static str| {
        let fields = [
            ("place", old.reference.clone()),
            ("kind", "introductory".to_owned()),
            ("start_day", start.to_owned()),
            ("holders", old.tenant_reference.clone()),
        ];
        let officer = officer.clone();
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            officer.post("/tenancies/new", &fields).await
        }
    };
    assert!(new("30/11/2026").await.expect(422).text().contains(&tenancy), "the error names the tenancy that runs");
    let end = format!("/tenancies/{tenancy}/end");
    officer.post(&end, &[("end_day", "01/01/2010"), ("reason", "Other")]).await.expect(422);
    // A slip in the year, and a reason of one's own.
    officer.post(&end, &[("end_day", "29/11/9999"), ("reason", "Other")]).await.expect(422);
    officer.post(&end, &[("end_day", "29/11/2026"), ("reason", "They left")]).await.expect(422);
    // An end that was a mistake is taken back.
    officer.post(&format!("{end}/withdraw"), &[]).await.expect(409);
    officer.post(&end, &[("end_day", "28/11/2026"), ("reason", "Other")]).await.expect(303);
    officer.post(&format!("{end}/withdraw"), &[]).await.expect(303);
    officer.post(&end, &[("end_day", "29/11/2026"), ("reason", "Transfer to another home")]).await.expect(303);
    officer.post(&end, &[("end_day", "29/11/2026"), ("reason", "Other")]).await.expect(409);
    new("29/11/2026").await.expect(422);
    let status = async || -> String {
        sqlx::query_scalar("select status from place where id = $1")
            .bind(old.id)
            .fetch_one(app.pool())
            .await
            .expect("the home")
    };
    sqlx::query("update place set status = 'void' where id = $1")
        .bind(old.id)
        .execute(app.pool())
        .await
        .expect("a void");
    let started = new("30/11/2026").await.expect(303);
    assert_eq!(status().await, "void", "nobody moves in before the 30th");
    let other = app.home("15 Lantern Close").await;
    sqlx::query("delete from tenancy_person where tenancy_id in (select id from tenancy where place_id = $1)")
        .bind(other.id)
        .execute(app.pool())
        .await
        .expect("nobody");
    sqlx::query("delete from tenancy where place_id = $1").bind(other.id).execute(app.pool()).await.expect("none");
    sqlx::query("update place set status = 'void' where id = $1")
        .bind(other.id)
        .execute(app.pool())
        .await
        .expect("a void");
    let today = [
        ("place", other.reference.as_str()),
        ("kind", "secure"),
        ("start_day", "23/11/2026"),
        ("holders", other.tenant_reference.as_str()),
    ];
    officer.post("/tenancies/new", &today).await.expect(303);
    let let_now: String = sqlx::query_scalar("select status from place where id = $1")
        .bind(other.id)
        .fetch_one(app.pool())
        .await
        .expect("the home");
    assert_eq!(let_now, "occupied", "a home that somebody has moved into is no void");
    officer.post(&format!("{end}/withdraw"), &[]).await.expect(409);
    let page = officer.get(started.location()).await.expect(200).text();
    assert!(page.contains("29 November 2027"), "twelve months");

    let extend = format!("{}/extend", started.location());
    officer.post(&extend, &[("reason", "")]).await.expect(422);
    officer.post(&extend, &[("reason", "noise, two warnings")]).await.expect(303);
    assert!(officer.get(started.location()).await.expect(200).text().contains("29 May 2028"));
    officer.post(&extend, &[("reason", "again")]).await.expect(422);
}

#[tokio::test]
async fn people_join_and_leave_a_household() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let tenancy: String = sqlx::query_scalar("select reference from tenancy where place_id = $1")
        .bind(home.id)
        .fetch_one(app.pool())
        .await
        .expect("a tenancy");
    let child = officer
        .post(
            "/people/new",
            &[
                ("family_name", "Yusuf"),
                ("given_name", "Ayaan"),
                ("birth_day", "01/02/2025"),
                ("language", "English"),
                ("preferred_channel", "phone"),
            ],
        )
        .await
        .expect(303);
    let child = child.location().trim_start_matches("/people/").to_owned();
    let join = [("person", child.as_str()), ("role", "household"), ("relation", "son"), ("from_day", "01/02/2025")];
    let path = format!("/tenancies/{tenancy}/household/new");
    officer.post(&path, &join).await.expect(303);
    officer.post(&path, &join).await.expect(422);
    let mut db = app.pool().acquire().await.expect("a connection");
    let today = "2026-11-23".parse().expect("a day");
    let needs = public::household_needs(&mut db, home.id, today).await.expect("needs");
    let mut keys: Vec<String> = needs.iter().map(|need| need.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(public::household_need_keys(&mut db, home.id, today).await.expect("keys"), keys);
    assert!(needs.iter().any(|need| need.key == "under-5" && need.derived));
    assert!(officer.get(&format!("/homes/{}", home.reference)).await.expect(200).text().contains("aged 1"));

    let leave = |who: &str| format!("/tenancies/{tenancy}/household/{who}/leave");
    let last = officer.post(&leave(&home.tenant_reference), &[("until_day", "23/11/2026")]).await.expect(422);
    assert!(last.text().contains("needs somebody who holds it"));
    officer.post(&leave(&child), &[("until_day", "22/11/2026")]).await.expect(303);
    assert_eq!(public::who_lives_at(&mut db, home.id, today).await.expect("residents").len(), 1);
    officer.get("/tenancies?state=all").await.expect(200);
    app.sign_in("auditor").await.get("/tenancies.xlsx?state=live").await.expect(200);
}
