//! None of these needs a database.

use crate::home::run;

#[test]
fn letters_are_listed_with_what_they_must_say() {
    let text = run(&["letters", "list"]).well();
    assert!(text.contains("repairs.right-to-repair-notice  Right to Repair notice"), "{text}");
    assert!(text.contains("must say: what we owe you"), "{text}");
    assert!(!text.contains("repairs.on-my-way"), "a text is no letter");
}

#[test]
fn a_sample_is_printed_as_it_would_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("notice.pdf");
    let out = out.to_str().unwrap();
    let ask = ["letters", "sample", "repairs.right-to-repair-notice", "--out", out];
    run(&ask).well();
    let ordinary = std::fs::read(out).unwrap();
    assert!(ordinary.starts_with(b"%PDF-1.7"));
    run(&[&ask[..], &["--large-print", "--plain", "--language", "Somali"]].concat()).well();
    assert_ne!(std::fs::read(out).unwrap(), ordinary);
    let unknown = run(&["letters", "sample", "repairs.nothing", "--out", out]).fails(1);
    assert!(unknown.contains("`rooftree letters list` shows all"), "{unknown}");
    let language = run(&[&ask[..], &["--language", "Klingon"]].concat()).fails(1);
    assert!(language.contains("choose one of Albanian"), "{language}");
}
