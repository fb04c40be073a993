use crate::home::Home;
use sha2::{Digest, Sha256};
use std::fs;

/// A landlord with users, facts, a seal and a document.
fn lived_in() -> Home {
    let home = Home::new();
    home.add_user("ann@example.org", "administrator");
    home.add_user("bo@example.org", "call-handler");
    let bytes = b"\x89PNG a photo of a leaking tap";
    let sha256 = hex::encode(Sha256::digest(bytes));
    let folder = home.file("var/blobs").join(&sha256[..2]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&sha256), bytes).unwrap();
    fs::write(folder.join(format!("{sha256}.thumb")), b"small").unwrap();
    home.sql(&format!(
        "insert into document (id, sha256, name, media_type, bytes, kind, has_thumbnail, added_at, added_by)
         values (gen_random_uuid(), '\\x{sha256}', 'tap.png', 'image/png', {}, 'photo', true, now(), 'Ann')",
        bytes.len()
    ));
    home
}

#[test]
fn what_is_backed_up_comes_back() {
    let home = lived_in();
    let dir = home.file("backup");
    let said = home.run(&["backup", dir.to_str().unwrap()]).well();
    assert!(said.contains("2 files of documents"), "{said}");

    let other = Home::new();
    let said = other.run(&["restore", dir.to_str().unwrap()]).well();
    assert!(said.contains("The journal is as it was sealed"), "{said}");
    assert_eq!(other.counts(), home.counts());
    assert!(other.counts().contains(&("app_user".to_owned(), 2)));
    assert!(other.number("select count(*) from fact") >= 2);
    for entry in walk(&home.file("var/blobs")) {
        let beside = other.file("var/blobs").join(entry.strip_prefix(home.file("var/blobs")).unwrap());
        assert_eq!(fs::read(&entry).unwrap(), fs::read(beside).unwrap());
    }
    // Not over what is there, unless asked; then what came later is gone.
    other.add_user("cy@example.org", "planner");
    let refused = other.run(&["restore", dir.to_str().unwrap()]).fails(1);
    assert!(refused.contains("--replace"), "{refused}");
    assert_eq!(other.number("select count(*) from app_user"), 3);
    other.run(&["restore", "--replace", dir.to_str().unwrap()]).well();
    assert_eq!(other.counts(), home.counts());

    // A backup of what was restored is as good as the first.
    let second = other.file("second");
    other.run(&["backup", second.to_str().unwrap()]).well();
    let third = Home::new();
    third.run(&["restore", second.to_str().unwrap()]).well();
    assert_eq!(third.counts(), home.counts());
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let home = lived_in();
    let dir = home.file("backup");
    let words = ["restore", "--replace", dir.to_str().unwrap()];
    assert!(home.run(&words).fails(1).contains("give the folder"), "no manifest");
    home.run(&["backup", dir.to_str().unwrap()]).well();
    let counts = home.counts();

    let dump = dir.join("database.dump");
    let whole = fs::read(&dump).unwrap();
    fs::write(&dump, &whole[..whole.len() / 2]).unwrap();
    assert!(home.run(&words).fails(1).contains("database.dump: it is not what was backed up"));
    fs::write(&dump, &whole).unwrap();

    let photo = walk(&dir.join("blobs")).into_iter().find(|path| path.extension().is_none()).unwrap();
    fs::write(&photo, b"another photo").unwrap();
    let said = home.run(&words).fails(1);
    assert!(said.contains("it is not what was backed up") && said.contains("nothing was changed"), "{said}");

    // A dump that the manifest vouches for and PostgreSQL does not read: the database stays as it was.
    fs::remove_dir_all(dir.join("blobs")).unwrap();
    fs::write(&dump, &whole[..whole.len() / 2]).unwrap();
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    manifest["blobs"] = serde_json::json!([]);
    manifest["database"]["bytes"] = (whole.len() / 2).into();
    manifest["database"]["sha256"] = hex::encode(Sha256::digest(&whole[..whole.len() / 2])).into();
    fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
    let said = home.run(&words).fails(1);
    assert!(said.contains("as it was"), "{said}");
    assert_eq!(home.counts(), counts);

    // Made by a version to come.
    manifest["migration"] = 99_990_101_000_000_i64.into();
    manifest["database"]["sha256"] = hex::encode(Sha256::digest(&whole[..whole.len() / 2])).into();
    fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
    assert!(home.run(&words).fails(1).contains("newer Rooftree"));
}

#[test]
fn a_document_that_the_store_lost_is_named() {
    let home = lived_in();
    fs::remove_dir_all(home.file("var/blobs")).unwrap();
    let dir = home.file("backup");
    let said = home.run(&["backup", dir.to_str().unwrap()]).fails(1);
    assert!(
        said.contains("missing or damaged in the file store") && said.contains("the rest of this one is complete"),
        "{said}"
    );
    assert!(home.run(&["backup", dir.to_str().unwrap()]).fails(1).contains("not an empty folder"));
    let other = Home::new();
    other.run(&["restore", dir.to_str().unwrap()]).well();
    assert_eq!(other.counts(), home.counts());
}

#[test]
fn an_altered_fact_is_named_and_the_bundle_is_written() {
    let home = lived_in();
    home.seal();
    let bundle = home.file("journal.jsonl");
    let sound = home.run(&["verify", "--export", bundle.to_str().unwrap()]).well();
    let noted = sound.lines().find_map(|line| line.strip_prefix("Last seal: ")).unwrap().to_owned();
    assert!(fs::read_to_string(&bundle).unwrap().lines().next().unwrap().contains("rooftree-journal"));
    home.run(&["verify", "--noted", &noted]).well();

    // The owner of the database does what nobody should.
    let seq = home.number("select min(seq) from fact");
    home.sql(&format!(
        "set session_replication_role = replica; update fact set actor_name = 'Somebody else' where seq = {seq}"
    ));
    let said = home.run(&["verify"]).fails(1);
    assert!(said.contains(&format!("First: fact {seq} was altered")), "{said}");
    let report: serde_json::Value = serde_json::from_str(&home.run(&["verify", "--json"]).out).unwrap();
    assert_eq!(report["found"], 1);
}
