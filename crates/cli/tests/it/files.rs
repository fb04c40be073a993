use crate::home::Home;

#[test]
fn a_list_is_written_as_its_page_offers_it() {
    let home = Home::new();
    home.run(&["migrate"]).well();
    let lists = home.run(&["export", "--list"]).well();
    assert!(lists.lines().any(|line| line == "homes") && lists.lines().any(|line| line == "repairs"), "{lists}");
    let csv = home.run(&["export", "homes", "--filter", "ward=Nowhere"]).well();
    assert!(csv.starts_with('\u{feff}') && csv.lines().count() == 1, "{csv}");
    let file = home.file("homes.xlsx");
    home.run(&["export", "homes", "--format", "xlsx", "--out", file.to_str().unwrap()]).well();
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK\x03\x04"));
    assert!(home.run(&["export", "horses"]).fails(1).contains("homes"));
    home.add_user("cy@example.org", "councillor");
    assert!(
        home.run(&["export", "homes", "--as", "cy@example.org"]).fails(1).contains("role"),
        "a councillor may not export homes"
    );
}

#[test]
fn figures_of_an_empty_house_are_printed() {
    let home = Home::new();
    home.run(&["migrate"]).well();
    let table = home.run(&["measures", "--period", "2025-26"]).well();
    assert!(table.starts_with("measure"), "{table}");
    assert!(table.lines().count() > 3, "{table}");
    assert!(home.run(&["measures", "--period", "soon"]).fails(2).contains("period:"));
}

#[test]
fn homes_come_in_with_a_report_by_row_and_go_again() {
    let home = Home::new();
    home.run(&["migrate"]).well();
    let file = home.file("homes.csv");
    let rows = "Reference,Kind,Address,Postcode,UPRN\nX-1,home,1 High Street,OX1 1AA,200000000001\nX-2,home,,not a postcode,abc\n";
    std::fs::write(&file, rows).unwrap();
    let words = ["import", "homes", "--file", file.to_str().unwrap(), "--source", "test"];
    let dry = home.run(&[&words[..], &["--dry-run"]].concat()).fails(1);
    assert!(dry.contains("Dry run") && dry.contains("row 3:"), "{dry}");
    assert_eq!(home.number("select count(*) from place"), 0);
    let said = home.run(&words).fails(1);
    assert!(said.contains("1 new") && said.contains("1 refused"), "{said}");
    assert_eq!(home.number("select count(*) from place"), 1);
    let again = home.run(&words).fails(1);
    assert!(again.contains("1 already so"), "{again}");
    let undo = said.lines().find_map(|line| line.split("--undo ").nth(1)).unwrap().trim().to_owned();
    assert!(home.run(&["import", "--undo", &undo]).well().contains("1 added"));
    assert_eq!(home.number("select count(*) from place where removed_at is null"), 0);
    assert!(home.run(&["import", "horses", "--file", "x.csv"]).fails(2).contains("homes"));
    assert!(home.run(&["import", "homes", "--file", "no-such.csv"]).fails(2).contains("no-such.csv"));
}

#[test]
fn the_demo_landlord_moves_in_once_and_shows_who_can_sign_in() {
    let home = Home::new();
    assert!(home.run(&["demo", "sign-ins"]).fails(1).contains("demo load"));
    let said = home.run(&["demo", "load", "--homes", "100", "--years", "1", "--seed", "7"]).well();
    assert!(said.contains("100 homes") && said.contains("Call handler") && said.contains("password ‘"), "{said}");
    assert_eq!(home.number("select count(*) from place where kind = 'home'"), 100);
    assert!(home.run(&["demo", "sign-ins"]).well().contains("Operative"));
    assert!(home.run(&["demo", "load", "--homes", "100"]).fails(1).contains("empty"));
    home.run(&["verify"]).well();
    let csv = home.run(&["export", "homes"]).well();
    assert_eq!(csv.lines().count(), 101);
}
