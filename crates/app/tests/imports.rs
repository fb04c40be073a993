//! What holds for every import, whatever it brings in; and the files that went wrong elsewhere, with the right outcome of each.

use rooftree_kernel::{PersonId, PlaceId};
use rooftree_platform::imports::{
    ImportTarget,
    batches::{self, BadRow, Batch, Status},
    engine::{self, Work},
};
use rooftree_testkit::TestApp;
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Every import, each after those that it refers to.
const IN_ORDER: [&str; 6] = ["homes", "people", "tenancies", "repairs", "rates", "external-figures"];
/// Columns whose examples say something else than the others do, or name what only a database with a history holds.
const LEFT_OUT: [&str; 5] = ["reference", "parent", "cancelled_at", "cancel_reason", "external_source"];

struct Imports<'a> {
    app: &'a TestApp,
    source: &'a str,
}

impl Imports<'_> {
    async fn stage(&self, key: &str, name: &str, bytes: &[u8]) -> Uuid {
        let actor = self.app.system().await.actor.clone();
        let platform = self.app.platform();
        let id = engine::stage(platform, &actor, key, self.source, name, bytes.to_vec()).await.expect("staged");
        let batch = batches::get(platform, id).await.expect("the batch");
        engine::map(platform, &actor, id, batch.mapping.columns).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        id
    }

    async fn run(&self, id: Uuid, work: Work) -> Batch {
        let actor = self.app.system().await.actor.clone();
        engine::run_now(self.app.platform(), &actor, id, work, |_| {}).await.expect("it runs")
    }

    async fn bad(&self, id: Uuid) -> Vec<BadRow> {
        batches::bad_rows(self.app.platform(), id, 0, 1000).await.expect("the rows")
    }

    /// How much each table holds that an import may write to.
    async fn held(&self) -> Vec<(String, i64)> {
        let mut held = Vec::new();
        for table in
            ["fact", "place", "person", "contact_point", "person_need", "tenancy", "repair", "rate", "figure_external"]
        {
            let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
            held.push((table.to_owned(), count.fetch_one(self.app.pool()).await.expect("a count")));
        }
        held
    }
}

/// A file of one row with the examples of the columns, and those that they refer to.
fn examples(target: &dyn ImportTarget) -> String {
    let columns: Vec<_> = target.columns().iter().filter(|column| !LEFT_OUT.contains(&column.key)).collect();
    let quoted = |cells: Vec<&str>| cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
    let row = |key: Option<&'static str>| {
        let cells = columns.iter().map(|column| match (column.key, key) {
            ("external_ref", Some(key)) => key,
            ("uprn" | "email", Some(_)) => "",
            ("provider", _) => "Works company of Dermot Quinn",
            _ => column.example,
        });
        quoted(cells.collect())
    };
    let more: &[&'static str] = if target.key() == "people" { &["PER-000457", "PER-000458"] } else { &[] };
    let rows = [None].into_iter().chain(more.iter().map(|key| Some(*key))).map(row);
    let headings = quoted(columns.iter().map(|column| column.title).collect());
    [headings].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn target(app: &TestApp, key: &str) -> Arc<dyn ImportTarget> {
    app.platform().registry().imports[key].clone()
}

#[tokio::test]
async fn every_import_is_checked_taken_in_taken_in_again_and_taken_back() {
    let app = TestApp::new().await;
    app.operative("Dermot Quinn", &["plumber"]).await;
    let mut all: Vec<&str> = app.platform().registry().imports.keys().copied().collect();
    let mut tried = IN_ORDER.to_vec();
    all.sort_unstable();
    tried.sort_unstable();
    assert_eq!(all, tried, "an import that this test does not know");
    let imports = Imports { app: &app, source: "Capita" };
    let began = imports.held().await;
    let mut done = Vec::new();
    for key in IN_ORDER {
        let file = examples(target(&app, key).as_ref());
        let before = imports.held().await;
        let first = imports.stage(key, "first.csv", file.as_bytes()).await;
        let checked = imports.run(first, Work::Check).await;
        let wrong: Vec<_> = imports.bad(first).await.into_iter().map(|row| row.faults).collect();
        assert!(checked.bad == 0 && checked.created > 0 && wrong.is_empty(), "{key}: {wrong:?}\n{file}");
        assert_eq!(imports.held().await, before, "{key}: a dry run writes nothing");
        assert_eq!(imports.run(first, Work::Apply).await.created, checked.created, "{key}");
        let again = imports.stage(key, "again.csv", file.as_bytes()).await;
        let again = imports.run(again, Work::Apply).await;
        assert_eq!((again.created, again.updated, again.bad), (0, 0, 0), "{key}: the same file twice changes nothing");
        done.push(first);
    }
    for id in done.into_iter().rev() {
        assert_eq!(imports.run(id, Work::Undo).await.status, Status::Undone);
    }
    let left: Vec<_> = imports.held().await.into_iter().filter(|(table, _)| table != "fact").collect();
    assert_eq!(left, began.into_iter().filter(|(table, _)| table != "fact").collect::<Vec<_>>());
}

#[tokio::test]
async fn no_import_takes_an_error_of_a_spreadsheet_for_a_value() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Capita" };
    for key in IN_ORDER {
        let target = target(&app, key);
        let columns: Vec<&str> = target.columns().iter().map(|column| column.title).collect();
        let errors = columns.iter().map(|_| "#REF!").collect::<Vec<_>>().join(",");
        let file = format!("\"{}\"\n{errors}\n", columns.join("\",\""));
        let id = imports.stage(key, "errors.csv", file.as_bytes()).await;
        let batch = imports.run(id, Work::Check).await;
        assert_eq!((batch.good, batch.bad), (0, 1), "{key}");
        assert_eq!(imports.bad(id).await[0].faults.len(), columns.len(), "{key}: each cell is named");
    }
}

#[tokio::test]
async fn a_later_import_that_was_taken_back_holds_up_no_earlier_one() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Capita" };
    for (key, first, second) in [
        ("homes", "Source reference,Address,Heating\nH1,1 Mill Lane,gas\n", "Source reference,Heating\nH1,heat pump\n"),
        ("people", "Source reference,Family name\nP1,Yusuf\n", "Source reference,Family name\nP1,Khan\n"),
    ] {
        let first = imports.stage(key, "first.csv", first.as_bytes()).await;
        assert_eq!(imports.run(first, Work::Apply).await.created, 1, "{key}");
        let second = imports.stage(key, "second.csv", second.as_bytes()).await;
        assert_eq!(imports.run(second, Work::Apply).await.updated, 1, "{key}");
        let actor = app.system().await.actor.clone();
        let refused = engine::run_now(app.platform(), &actor, first, Work::Undo, |_| {}).await;
        assert!(refused.is_err(), "{key}: the later import builds on it");
        assert_eq!(imports.run(second, Work::Undo).await.status, Status::Undone, "{key}");
        assert_eq!(imports.run(first, Work::Undo).await.status, Status::Undone, "{key}");
    }
}

#[tokio::test]
async fn an_edit_that_is_saved_while_an_import_is_taken_back_is_not_lost() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Capita" };
    for (key, file, table, fact) in [
        ("homes", "Source reference,Address\nH1,1 Mill Lane\n", "place", "place.changed"),
        ("people", "Source reference,Family name\nP1,Yusuf\n", "person", "person.changed"),
    ] {
        let id = imports.stage(key, "first.csv", file.as_bytes()).await;
        imports.run(id, Work::Apply).await;
        let select = format!("select id from {table} where external_ref is not null");
        let thing: Uuid =
            sqlx::query_scalar(sqlx::AssertSqlSafe(select)).fetch_one(app.pool()).await.expect("what came in");
        // Somebody is about to save.
        let mut edit = app.as_role("housing-officer").await;
        let update = format!("update {table} set version = version + 1 where id = $1");
        sqlx::query(sqlx::AssertSqlSafe(update)).bind(thing).execute(edit.conn()).await.expect("changed");
        let changed = app.platform().registry().facts[fact].at(edit.now);
        let changed = if table == "place" { changed.home(PlaceId(thing)) } else { changed.person(PersonId(thing)) };
        edit.record(changed).await.expect("recorded");
        let actor = app.system().await.actor.clone();
        let undo = engine::run_now(app.platform(), &actor, id, Work::Undo, |_| {});
        let save = async {
            tokio::time::sleep(std::time::Duration::from_millis(400)).await;
            edit.commit().await.expect("saved");
        };
        let (undone, ()) = tokio::join!(undo, save);
        assert!(undone.is_err(), "{key}: nothing is taken back over an edit");
        let left = format!("select count(*) from {table} where id = $1 and version > 1");
        let left: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(left)).bind(thing).fetch_one(app.pool()).await.expect("a count");
        assert_eq!(left, 1, "{key}");
    }
}

#[tokio::test]
async fn one_that_was_stopped_is_gone_on_with_or_taken_back() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Capita" };
    let id = imports.stage("people", "p.csv", b"Source reference,Family name\nP1,Yusuf\n").await;
    let actor = app.system().await.actor.clone();
    engine::begin(app.platform(), &actor, id, Work::Apply).await.expect("begun");
    let again = engine::begin(app.platform(), &actor, id, Work::Apply).await;
    assert!(again.is_err(), "somebody is at work on it");
    app.pass(20 * 60);
    let batch = batches::get(app.platform(), id).await.expect("the batch");
    assert!(batch.is_abandoned(app.now()));
    assert_eq!(batch.as_it_stands(app.now()).status, Status::Failed);
    assert_eq!(imports.run(id, Work::Apply).await.created, 1);
    // The job that was given up for dead finds that somebody else did it.
    app.run_jobs().await;
    let batch = batches::get(app.platform(), id).await.expect("the batch");
    assert_eq!((batch.status, batch.created), (Status::Done, 1));
    assert_eq!(imports.run(id, Work::Undo).await.status, Status::Undone);
}

/// A file of the cases beside the workspace, where they are.
fn case(name: &str) -> Option<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().find_map(|folder| std::fs::read(folder.join("shared/cases").join(name)).ok());
    if found.is_none() {
        eprintln!("skipped: shared/cases/{name} is not there");
    }
    found
}

impl Imports<'_> {
    /// Takes a case in and says, by source reference, what was wrong with which cells.
    async fn case(&self, key: &str, name: &str) -> Option<(Batch, Vec<(String, Vec<String>)>)> {
        let id = self.stage(key, name, &case(name)?).await;
        let checked = self.run(id, Work::Check).await;
        let batch = self.run(id, Work::Apply).await;
        assert_eq!((checked.created, checked.bad), (batch.created, batch.bad), "{name}: as the dry run said");
        let again = self.stage(key, name, &case(name)?).await;
        let again = self.run(again, Work::Apply).await;
        assert_eq!((again.created, again.updated), (0, 0), "{name}: the same again");
        let wrong = self.bad(id).await.into_iter().map(|row| {
            let faults = row.faults.into_iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
            (row.cells[0].clone(), faults)
        });
        Some((batch, wrong.collect()))
    }
}

fn about(wrong: &[(String, Vec<String>)], key: &str) -> String {
    wrong.iter().find(|row| row.0 == key).map(|row| row.1.join("; ")).unwrap_or_default()
}

#[tokio::test]
async fn the_same_key_in_two_systems_is_two_things() {
    let app = TestApp::new().await;
    for (key, one, two) in [
        ("homes", "01a-homes-system-A.csv", "01b-homes-system-B.csv"),
        ("people", "01c-people-system-A.csv", "01d-people-system-B.csv"),
    ] {
        for (source, file) in [("System A", one), ("System B", two)] {
            let Some((batch, wrong)) = (Imports { app: &app, source }).case(key, file).await else { return };
            assert_eq!((batch.created, wrong.len()), (1, 0), "{file}: {wrong:?}");
        }
    }
    let phones: Vec<String> = sqlx::query_scalar(
        "select n.family_name || ' ' || c.normal from person n join contact_point c on c.person_id = n.id order by 1",
    )
    .fetch_all(app.pool())
    .await
    .expect("the numbers");
    assert_eq!(phones, ["Ashgrove 447700900821", "Barrowby 447700900822"]);
}

#[tokio::test]
async fn files_that_went_wrong_elsewhere_are_taken_as_they_are_meant() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Case files" };
    let Some((_, wrong)) = imports.case("homes", "09-uprn-damage.csv").await else { return };
    assert!(about(&wrong, "ZT-U1").contains("shortened"), "{wrong:?}");
    assert!(
        about(&wrong, "ZT-U2").contains("six noughts") && about(&wrong, "ZT-U7").contains("12 digits"),
        "{wrong:?}"
    );
    for good in ["ZT-U4", "ZT-U5", "ZT-U6", "ZT-U8"] {
        assert_eq!(about(&wrong, good), "");
    }

    let (_, wrong) = imports.case("homes", "11b-streets.csv").await.expect("the file");
    let refused: Vec<&str> = wrong.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(refused, ["ZT-S11", "ZT-S12"]);

    let (batch, wrong) = imports.case("people", "04-contact-points.csv").await.expect("the file");
    assert_eq!((batch.bad, batch.created), (0, batch.total), "a bad contact point costs no person: {wrong:?}");
    for bad in ["C08", "C09", "C13", "C14", "C15", "C16", "C17", "E03", "E04", "E05", "E06", "E07", "E08", "E11", "E15"]
    {
        assert_ne!(about(&wrong, &format!("ZT-{bad}")), "", "{bad} is told");
    }
    for good in
        ["C01", "C02", "C03", "C04", "C05", "C06", "C07", "C10", "C11", "C12", "C18", "E01", "E02", "E12", "E13"]
    {
        assert_eq!(about(&wrong, &format!("ZT-{good}")), "", "{good}");
    }

    let (_, wrong) = imports.case("people", "05-people-dates.csv").await.expect("the file");
    for (key, part) in [
        ("D01", "year in full"),
        ("D14", "year in full"),
        ("D09", "spreadsheet’s number"),
        ("D10", "month first"),
        ("D12", "no ‘29/02/1981’"),
    ] {
        assert!(about(&wrong, &format!("ZT-{key}")).contains(part), "{key}: {wrong:?}");
    }
    for good in ["D02", "D03", "D04", "D05", "D06", "D11", "D13", "D20"] {
        assert_eq!(about(&wrong, &format!("ZT-{good}")), "", "{good}");
    }

    let (_, wrong) = imports.case("people", "11-names.csv").await.expect("the file");
    assert!(about(&wrong, "ZT-N22").contains("80 characters"), "{wrong:?}");
    let names: Vec<String> = sqlx::query_scalar(
        "select given_name from person where external_ref in ('ZT-N05', 'ZT-N10') order by external_ref",
    )
    .fetch_all(app.pool())
    .await
    .expect("the names");
    assert_eq!(names, ["Zoë", "Adakcab"]);
}

#[tokio::test]
async fn what_is_exported_and_imported_again_is_the_same_thing() {
    let app = TestApp::new().await;
    app.home("14 Lantern Close").await;
    let imports = Imports { app: &app, source: "Rooftree" };
    let admin = app.sign_in("administrator").await;
    for (key, path) in [("homes", "/homes.csv"), ("people", "/people.csv")] {
        let file = admin.get(path).await.expect(200).text();
        let id = imports.stage(key, "export.csv", file.as_bytes()).await;
        let batch = imports.run(id, Work::Apply).await;
        let wrong: Vec<_> = imports.bad(id).await.into_iter().map(|row| row.faults).collect();
        assert_eq!((batch.created, batch.updated, batch.bad), (0, 0, 0), "{key}: {wrong:?}\n{file}");
        assert!(batch.unchanged > 0, "{key}: {file}");
    }
}

#[tokio::test]
async fn names_and_streets_are_found_as_they_are_typed() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Case files" };
    let (people, streets) = (
        "Source reference,First names,Family name\nA,Siobhán,O'Brien\nB,Siobhan,O’Brien\nC,Siobhan,OBrien\nD,Zoë,Quint\nE,Zoe\u{308},Quintal\nF,Zoe,Quinton\n",
        "Source reference,Kind,Address,UPRN\nS1,home,1 St John's Close,1234\nS2,home,1 St Johns Close,5678901\nS3,home,1 Saint John’s Close,\n",
    );
    for (key, file) in [("people", people), ("homes", streets)] {
        let id = imports.stage(key, "names.csv", file.as_bytes()).await;
        assert_eq!(imports.run(id, Work::Apply).await.bad, 0);
    }
    let officer = app.sign_in("housing-officer").await;
    let found = async |typed: &str| {
        let query: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let page = officer.get(&format!("/search?q={query}")).await.expect(200).text();
        let (people, homes) = (["Brien", "Quint"], ["Close"]);
        let count = |words: &[&str], kind: &str| {
            let lines = page.split("<a ").filter(|link| link.contains(&format!("href=\"/{kind}/")));
            lines.filter(|link| words.iter().any(|word| link.contains(word))).count()
        };
        count(&people, "people") + count(&homes, "homes")
    };
    for typed in [
        "obrien",
        "o'brien",
        "o brien",
        "O’Brien",
        "siobhan obrien",
        "zoe quin",
        "zoë quin",
        "st johns close",
        "St John's Close",
    ] {
        assert_eq!(found(typed).await, 3, "{typed}");
    }
    assert_eq!(found("1234").await, 1, "a property number of four digits");
    assert_eq!(found("0000005678901").await, 1, "a padded one");
    // The index serves, and no table is read from end to end.
    for sql in [
        "explain select 1 from person n where n.search_line ~ '\\mo ?brien'",
        "explain select 1 from place p where p.search_line ~ '\\mjohn ?s'",
    ] {
        let mut conn = app.pool().begin().await.expect("a connection");
        sqlx::raw_sql("set local enable_seqscan = off").execute(&mut *conn).await.expect("set");
        let plan: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *conn).await.expect("a plan");
        assert!(plan.concat().contains("_search"), "{plan:?}");
    }
}

#[tokio::test]
async fn rows_and_headings_are_named_as_the_spreadsheet_shows_them() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Case files" };
    let Some(file) = case("03-blank-lines.csv") else { return };
    let id = imports.stage("homes", "03.csv", &file).await;
    imports.run(id, Work::Check).await;
    let numbers: Vec<i32> = imports.bad(id).await.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [5, 7, 9]);

    let (batch, wrong) = imports.case("homes", "13-headings.csv").await.expect("the file");
    assert_eq!((batch.created, batch.total), (2, 4), "the row of commas is passed over: {wrong:?}");
    let unused: Vec<&str> = batch.mapping.unused().map(|place| batch.mapping.headings[place].as_str()).collect();
    assert!(unused.contains(&"Property Ref (2)") && unused.contains(&"Column 5"), "{unused:?}");

    let (batch, wrong) = imports.case("homes", "15-title-and-merged.xlsx").await.expect("the file");
    assert!(
        batch.created == 2 && batch.notes.contains("row 4"),
        "{} of {}: {} {wrong:?}",
        batch.created,
        batch.total,
        batch.notes
    );

    let (batch, wrong) = imports.case("people", "17-epoch-1904-number-keys.xlsx").await.expect("the file");
    assert_eq!((batch.bad, about(&wrong, "3001").contains("same key")), (1, true), "{wrong:?}");
    let (_, wrong) = imports.case("people", "18-serial-dates.xlsx").await.expect("the file");
    assert!(about(&wrong, "ZT-M5").contains("29/02/1900"), "{wrong:?}");
    for name in ["12b-utf16le-no-bom.csv", "12e-mixed.csv"] {
        let (batch, wrong) = imports.case("homes", name).await.expect("the file");
        assert_eq!((batch.bad, wrong.len()), (0, 0), "{name}: {wrong:?}");
    }
    for (name, created) in
        [("19a-regulator-bom.csv", 2), ("19b-regulator-floats.csv", 0), ("19c-regulator-thousands.csv", 0)]
    {
        let (batch, wrong) = imports.case("external-figures", name).await.expect("the file");
        assert_eq!((batch.created, batch.updated, wrong.len()), (created, 0, 0), "{name}: {wrong:?}");
    }
}

#[tokio::test]
async fn a_comma_that_may_be_a_point_makes_no_price() {
    let app = TestApp::new().await;
    let imports = Imports { app: &app, source: "Case files" };
    let Some((_, wrong)) = imports.case("rates", "06-rates-decimal-comma.csv").await else { return };
    for bad in ["ZT-010", "ZT-011", "ZT-012"] {
        assert!(about(&wrong, bad).contains("comma"), "{bad}: {wrong:?}");
    }
    for bad in ["ZT-014", "ZT-017"] {
        assert!(about(&wrong, bad).contains("price"), "{bad}: {wrong:?}");
    }
    for good in ["ZT-013", "ZT-015", "ZT-016", "ZT-018", "ZT-019"] {
        assert_eq!(about(&wrong, good), "", "{good}");
    }
}
