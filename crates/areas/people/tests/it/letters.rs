//! A letter that an officer writes to somebody.

use rooftree_testkit::TestApp;

#[tokio::test]
async fn a_letter_is_written_read_as_it_will_be_printed_and_sent() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let (id, reference): (uuid::Uuid, String) = sqlx::query_as("select id, reference from person where id = $1")
        .bind(uuid::Uuid::from(home.tenant))
        .fetch_one(app.pool())
        .await
        .unwrap();
    sqlx::query("update person set language = 'Somali' where id = $1").bind(id).execute(app.pool()).await.unwrap();
    let need = "insert into person_need (id, person_id, need, from_day, added_by) values (gen_random_uuid(), $1, 'large-print', '2026-01-01', 'Jo')";
    sqlx::query(need).bind(id).execute(app.pool()).await.unwrap();
    let officer = app.sign_in("housing-officer").await;
    let path = format!("/people/{reference}/letter");
    assert!(officer.get(&format!("/people/{reference}")).await.expect(200).text().contains(&path));
    officer.get(&path).await.expect(200);
    let empty = officer.post(&path, &[("subject", ""), ("words", "")]).await.expect(422).text();
    assert!(empty.contains("Say what it is about") && empty.contains("Write what you want to say"));
    let blank = [("subject", "The bicycle store"), ("words", "Bring {this}.")];
    let refused = officer.post(&path, &blank).await.expect(422);
    assert!(refused.text().contains("Nothing fills {this}"), "{:?}", refused.select(".govuk-error-summary"));
    let typed =
        [("subject", "The bicycle store"), ("words", "# New locks\nWe change the locks.\n- Bring your old key.")];
    let draft = officer.post(&path, &typed).await.expect(303).location().to_owned();
    let page = officer.get(&draft).await.expect(200);
    assert!(page.select("h3").contains(&"New locks".to_owned()), "{}", page.text());
    for words in ["Large print", "Somali", "Warqaddani", "Ms Amina Yusuf", "Draft"] {
        assert!(page.text().contains(words), "{words} in {}", page.text());
    }
    assert!(officer.get(&format!("{draft}/letter.pdf")).await.expect(200).bytes.starts_with(b"%PDF-"));
    officer.post(&format!("{draft}/send"), &[]).await.expect(303);
    app.run_jobs().await;
    let held: String = sqlx::query_scalar("select status from message").fetch_one(app.pool()).await.unwrap();
    assert_eq!(held, "held", "nobody takes letters here: it is printed");
    app.sign_in("auditor").await.post(&path, &typed).await.expect(403);
    sqlx::query("update person set died_on = '2026-11-01' where id = $1").bind(id).execute(app.pool()).await.unwrap();
    assert!(officer.post(&path, &typed).await.expect(409).text().contains("who has died"));
}
