//! Documents: kept, handed out with safe headers, taken off.

use rooftree_testkit::TestApp;

/// A picture of one pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0,
    0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x56, 0xc7, 0x2f, 0x0d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn a_document_is_kept_shown_and_taken_off() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let path = format!("/homes/{}/documents", home.reference);
    officer
        .upload(&path, &[], &[("file", "../photo.png", PNG), ("file", "note.txt", b"Key safe by the meter")])
        .await
        .expect(303);
    officer.upload(&path, &[], &[("file", "page.html", b"<script>alert(1)</script>")]).await.expect(422);
    officer.upload(&path, &[], &[]).await.expect(422);
    let many = vec![("file", "photo.png", PNG); 21];
    let refused = officer.upload(&path, &[], &many).await.expect(422);
    assert!(refused.text().contains("21 files were sent"), "none is dropped without a word: {}", refused.text());

    let page = officer.get(&format!("/homes/{}", home.reference)).await.expect(200);
    let links: Vec<String> = page.attributes("a[href^='/documents/']", "href");
    let (mut pictures, mut others) = (0, 0);
    for link in &links {
        let file = officer.get(link).await.expect(200);
        let header = |name: &str| file.headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"));
        match header("content-type").as_str() {
            "image/png" => {
                pictures += 1;
                assert!(header("content-disposition").starts_with("inline; filename=\"photo.png\""));
                assert_eq!(file.bytes, PNG);
            }
            other => {
                others += 1;
                assert_eq!(other, "text/plain");
                assert!(header("content-disposition").starts_with("attachment"));
            }
        }
    }
    assert!(pictures >= 1 && others == 1, "{links:?}");

    for role in ["repairs-manager", "operative", "councillor", "resident"] {
        app.sign_in(role).await.get(&links[0]).await.expect(404);
    }
    assert_eq!(app.anybody().get(&links[0]).await.expect(303).location().split('?').next(), Some("/sign-in"));
    let id = links[0].trim_start_matches("/documents/").to_owned();
    officer.post(&format!("/documents/{id}/remove"), &[("reason-x", "")]).await.expect(422);
    officer.post(&format!("/documents/{id}/remove"), &[("reason-x", "the wrong home")]).await.expect(303);
    officer.get(&links[0]).await.expect(404);
}

#[tokio::test]
async fn an_upload_that_is_sent_twice_is_kept_once() {
    let app = TestApp::new().await;
    let home = app.home("14 Lantern Close").await;
    let officer = app.sign_in("housing-officer").await;
    let path = format!("/homes/{}/documents", home.reference);
    let send = async |form: &str, words: &'static [u8]| {
        let sent = officer.upload(&path, &[("_form", form)], &[("file", "note.txt", words)]).await.expect(303);
        sent.location().to_owned()
    };
    let (first, again) = tokio::join!(send("a", b"Key safe by the meter"), send("a", b"Key safe by the meter"));
    assert_eq!(first, again, "the second gets the answer of the first");
    let kept = async || -> i64 {
        sqlx::query_scalar("select count(*) from document where home_id = $1 and name = 'note.txt'")
            .bind(home.id)
            .fetch_one(app.pool())
            .await
            .expect("documents")
    };
    assert_eq!(kept().await, 1);
    // Back, and another file in the same form: that is something new.
    send("a", b"Key safe by the door").await;
    assert_eq!(kept().await, 2);
    send("b", b"Key safe by the door").await;
    assert_eq!(kept().await, 3);
}
