//! A landlord that an older version left comes to the present one whole: its records, its proof and its figures.

use crate::home::Home;
use std::{collections::BTreeMap, fs, path::PathBuf};

fn left_by(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/landlords").join(version)
}

/// What `rooftree measures --format csv` says of each measure: what is shown, then numerator and denominator.
fn figures(csv: &str) -> BTreeMap<String, Vec<String>> {
    // No title of a measure holds a quotation mark, so what is quoted ends at the next one.
    let cells = |line: &str| {
        let mut quoted = false;
        let split = |c: char| {
            quoted ^= c == '"';
            c == ',' && !quoted
        };
        line.split(split).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut lines = csv.lines();
    let headings = cells(lines.next().unwrap_or_default());
    let place = |name: &str| headings.iter().position(|heading| heading == name).expect(name);
    let wanted = [place("shown"), place("numerator"), place("denominator"), place("excluded")];
    let row = |line: &str| {
        let cells = cells(line);
        (cells[0].clone(), wanted.iter().map(|index| cells[*index].clone()).collect())
    };
    lines.map(row).collect()
}

/// Rows of what people recorded, counted in the version that left them.
const RECORDED: &[(&str, i64)] = &[
    ("app_user", 30),
    ("appointment", 663),
    ("clock", 3242),
    ("contact_point", 402),
    ("contradiction", 11),
    ("document", 3),
    ("fact", 5985),
    ("figure_frozen", 6),
    ("figure_frozen_row", 137),
    ("import_batch", 2),
    ("import_row", 5),
    ("inspection", 61),
    ("message", 936),
    ("operative", 11),
    ("order_line", 655),
    ("person", 280),
    ("person_need", 96),
    ("place", 215),
    ("place_alert", 23),
    ("provider", 5),
    ("quality_finding", 106),
    ("repair", 539),
    ("seal", 4),
    ("shift", 121),
    ("survey", 396),
    ("tenancy", 125),
    ("tenancy_person", 258),
    ("variation", 27),
    ("works_order", 539),
];

#[test]
fn a_landlord_of_november_2026_loses_nothing() {
    let dir = left_by("ce2a66f");
    let home = Home::new();
    let said = home.run(&["restore", dir.to_str().unwrap()]).well();
    assert!(said.contains("The journal is as it was sealed"), "{said}");
    for (table, rows) in RECORDED {
        assert_eq!(home.number(&format!("select count(*) from {table}")), *rows, "{table}");
    }
    home.run(&["verify", "--clocks"]).well();

    // That version said nothing of a single month on the command line; a year it counted.
    for period in ["2025-26"] {
        let then = figures(&fs::read_to_string(dir.join(format!("measures-{period}.csv"))).unwrap());
        let now = figures(&home.run(&["measures", "--period", period, "--format", "csv"]).well());
        for (measure, figure) in &then {
            assert_eq!(now.get(measure), Some(figure), "{measure} of {period}");
        }
    }

    let homes = home.run(&["export", "homes"]).well();
    for known in ["1 Fallow Rise", "10099000182"] {
        assert!(homes.contains(known), "{known} is not among the homes");
    }
}
