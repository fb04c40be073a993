//! Repairs of shared parts: who reports them, and who is told. And what a history says of messages.

use rooftree_kernel::PlaceId;
use rooftree_testkit::{Home, TestApp};

/// A block with a flat and its tenant, and somebody who mends its lights; the block's reference.
async fn block(app: &TestApp) -> (String, Home) {
    let id = PlaceId::new();
    let block: String = sqlx::query_scalar(
        "insert into place (id, reference, kind, name, address, postcode, ward, status)
         values ($1, 'P-' || nextval('place_ref_seq'), 'block', 'Lantern House', 'Lantern Close', 'OX4 9ZZ', 'Littlemore', 'in-use') returning reference",
    )
    .bind(id)
    .fetch_one(app.pool())
    .await
    .expect("a block");
    let flat = app.home("Flat 3, Lantern House").await;
    sqlx::query("update place set parent_id = $1 where id = $2")
        .bind(id)
        .bind(flat.id)
        .execute(app.pool())
        .await
        .expect("the flat lies in the block");
    app.operative("Ana Matos", &["electrician"]).await;
    (block, flat)
}

/// The form of a light that is out in the block, with who reports it.
fn light<'a>(block: &'a str, reporter: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("place", block), ("item", "communal-lights"), ("q-extent", "one"), ("channel", "phone")];
    fields.extend_from_slice(reporter);
    fields
}

#[tokio::test]
async fn a_resident_of_the_block_is_found_by_name_and_told() {
    let app = TestApp::new().await;
    let (block, flat) = block(&app).await;
    let stranger = app.home("9 Elsewhere Road").await;
    let handler = app.sign_in("call-handler").await;
    let page = handler.get(&format!("/repairs/new?place={block}&item=communal-lights")).await.expect(200);
    assert!(page.text().contains("A resident of these homes"), "{}", page.text());
    assert!(!page.text().contains("Amina Yusuf"), "nobody is offered before a name is typed");

    let named = async |name: &str| {
        let fields = light(&block, &[("reporter", "resident"), ("resident", name)]);
        handler.post("/repairs/new", &fields).await
    };
    assert!(named("").await.expect(422).text().contains("Type the resident’s name"));
    let nobody = named("Nobody-Here").await.expect(422);
    assert!(nobody.text().contains("Nobody of this name lives in the homes here"));
    let found = named("yus am").await.expect(200);
    assert!(found.text().contains("Which of these?") && found.text().contains("Flat 3, Lantern House"));
    assert!(!found.text().contains("There is a problem"), "a step, not a mistake");
    let focus = found.attribute("input[name=reporter][autofocus]", "value");
    assert_eq!(focus.as_deref(), Some(flat.tenant_reference.as_str()));
    let offered = found.attributes("input[name=reporter]", "value");
    assert!(offered.contains(&flat.tenant_reference) && !offered.contains(&stranger.tenant_reference), "{offered:?}");
    let chosen = found.attribute("input[name=reporter][checked]", "value");
    assert_eq!(chosen.as_deref(), Some(flat.tenant_reference.as_str()), "the only one stands chosen");

    let elsewhere = light(&block, &[("reporter", &stranger.tenant_reference)]);
    let refused = handler.post("/repairs", &elsewhere).await.expect(422);
    assert!(refused.text().contains("Choose somebody who lives there"));

    let fields = light(&block, &[("reporter", &flat.tenant_reference), ("resident", "yus am")]);
    let logged = handler.post("/repairs", &fields).await.expect(303);
    let page = handler.get(logged.location()).await.expect(200);
    assert!(page.text().contains("Repair logged") && !page.text().contains("Nobody is told"), "{}", page.text());
    let told: Vec<String> = sqlx::query_scalar(
        "select n.reference from message m join person n on n.id = m.person_id where m.template = 'repairs.repair-logged'",
    )
    .fetch_all(app.pool())
    .await
    .expect("messages");
    assert_eq!(told, [flat.tenant_reference]);
}

#[tokio::test]
async fn a_passer_by_hears_that_no_message_follows() {
    let app = TestApp::new().await;
    let (block, _) = block(&app).await;
    let handler = app.sign_in("call-handler").await;
    let fields = light(&block, &[("reporter", "other"), ("reporter_name", "A passer-by")]);
    let logged = handler.post("/repairs", &fields).await.expect(303);
    let page = handler.get(logged.location()).await.expect(200).text();
    assert!(page.contains("Nobody is told by message") && page.contains("not on record as a resident"), "{page}");
    let later = handler.get(logged.location().split('?').next().expect("a path")).await.expect(200).text();
    assert!(!later.contains("Nobody is told"), "it is said once, while they are on the phone");
}

#[tokio::test]
async fn whoever_rings_about_their_home_stays_the_reporter_of_its_shared_parts() {
    let app = TestApp::new().await;
    let (block, flat) = block(&app).await;
    let handler = app.sign_in("call-handler").await;
    let page = handler.get(&format!("/repairs/new?place={}&q=stair+light", flat.reference)).await.expect(200);
    let links = page.attributes("a", "href");
    let href = links.iter().find(|href| href.contains("item=communal-lights")).expect("the lights of the block");
    assert!(href.contains(&format!("place={block}")), "{href}");
    let questions = handler.get(href).await.expect(200);
    let chosen = questions.attribute("input[name=reporter][checked]", "value");
    assert_eq!(chosen.as_deref(), Some(flat.tenant_reference.as_str()));
    assert!(questions.text().contains("Flat 3, Lantern House"));
}

#[tokio::test]
async fn a_history_says_of_a_message_what_became_of_it() {
    let app = TestApp::new().await;
    let (block, flat) = block(&app).await;
    let handler = app.sign_in("call-handler").await;
    let log = async || {
        let fields = light(&block, &[("reporter", flat.tenant_reference.as_str())]);
        let reply = handler.post("/repairs", &fields).await.expect(303);
        reply.location().split('?').next().expect("a path").to_owned()
    };
    let repair = log().await;
    let history = async |repair: &str| handler.get(repair).await.expect(200).select(".rt-timeline__title").join("; ");
    let waiting = history(&repair).await;
    assert!(waiting.contains("Message waiting to be sent") && !waiting.contains("Message sent"), "{waiting}");
    // No way to send texts is configured here, but e-mails leave.
    app.run_jobs().await;
    let held = history(&repair).await;
    assert!(held.contains("Message held, not sent") && !held.contains("Message sent"), "{held}");
    sqlx::query("update person set preferred_channel = 'email' where id = $1")
        .bind(flat.tenant)
        .execute(app.pool())
        .await
        .expect("they want e-mails");
    sqlx::query("insert into contact_point (id, person_id, kind, value, normal) values (gen_random_uuid(), $1, 'email', 'amina@example.org', 'amina@example.org')")
        .bind(flat.tenant)
        .execute(app.pool())
        .await
        .expect("an address");
    let second = log().await;
    let why = handler.get(&second).await.expect(200).text();
    assert!(why.contains("e-mails go at any hour") && !why.contains("texts wait"), "{why}");
    app.run_jobs().await;
    let sent = history(&second).await;
    assert!(sent.contains("Message sent") && !sent.contains("waiting") && !sent.contains("held"), "{sent}");
}
