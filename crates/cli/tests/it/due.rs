//! None of these needs a database: the address given leads nowhere.

use crate::home::{Said, rooftree};
use serde_json::Value;

fn due(words: &[&str]) -> Said {
    Said::of(rooftree().env("DATABASE_URL", "postgres://nowhere:1/none").arg("due").args(words).output().unwrap())
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&due(&[words, &["--json"]].concat()).well()).unwrap()
}

/// Ten working days from 16:05 on Friday 18 December 2026 skip 25 and 28 December and 1 January.
#[test]
fn the_worked_check() {
    let asked = ["--from", "2026-12-18T16:05", "--within", "10 working days", "--calendar", "england-and-wales"];
    assert_eq!(json(&asked)["due"], "2027-01-06");
    assert_eq!(json(&[&asked[..], &["--inclusive"]].concat())["due"], "2027-01-05");
    let text = due(&asked).well();
    for words in ["Wed 6 Jan 2027", "Christmas Day", "Boxing Day", "New Year", "Saturday", "day 10"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[test]
fn hours_end_at_an_instant_across_the_clock_change() {
    let asked = ["--from", "2026-03-28T12:00", "--within", "24 hours"];
    assert_eq!(json(&asked)["due"], "2026-03-29T12:00:00Z", "13:00 in London, because an hour was skipped");
}

#[test]
fn standards_answer_by_their_ids() {
    for (standard, from, expected) in [
        ("complaints.code-2024.stage-1-acknowledge", "2026-12-18", "2026-12-29"),
        ("complaints.code-2024.stage-1-respond", "2026-12-18", "2027-01-06"),
        ("hazards.awaab-2025.emergency", "2026-12-18T16:05", "2026-12-19T16:05:00Z"),
        ("hazards.awaab-2025.investigate", "2026-12-18T16:05", "2027-01-06"),
        ("repairs.local-offer-2014.emergency", "2026-12-18T16:05", "2026-12-19T16:05:00Z"),
    ] {
        assert_eq!(json(&[standard, "--from", from])["due"], expected, "{standard}");
    }
}

#[test]
fn the_list_has_every_standard_with_source_and_dates() {
    let list = due(&["--list"]).well();
    for id in [
        "repairs.local-offer-2014.urgent",
        "repairs.right-to-repair-1994.one-day",
        "hazards.awaab-2025.supplementary-start",
    ] {
        assert!(list.lines().any(|line| line.starts_with(id) && line.contains("from ")), "{id} in\n{list}");
    }
    assert_eq!(json(&["--list"]).as_array().unwrap().len(), list.lines().count());
}

#[test]
fn wrong_questions_name_the_remedy() {
    let told = |words: &[&str]| due(words).fails(2);
    assert!(told(&["repairs.no.such", "--from", "2026-01-01"]).contains("due --list"));
    assert!(told(&["--within", "10 working days", "--from", "soon"]).contains("2026-12-18T16:05"));
    assert!(told(&["--within", "soon", "--from", "2026-01-01"]).contains("10 working days"));
    assert!(told(&["--within", "1 day", "--from", "2026-01-01", "--calendar", "france"]).contains("england-and-wales"));
    assert!(
        told(&["--within", "10 working days", "--from", "2041-01-01"]).contains("20"),
        "the calendar's years are named"
    );
    told(&[]);
    told(&["--from", "2026-01-01"]);
}

#[test]
fn later_years_come_from_a_file_of_bank_holidays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank-holidays.json");
    let day = |date: String| format!(r#"{{"title": "A day off", "date": "{date}", "notes": "", "bunting": false}}"#);
    let division = |key: &str, days: i8| {
        let days: Vec<String> = (1..=days).map(|month| day(format!("2031-{month:02}-03"))).collect();
        format!(r#""{key}": {{"division": "{key}", "events": [{}]}}"#, days.join(","))
    };
    let text = format!(
        "{{{},{},{}}}",
        division("england-and-wales", 8),
        division("scotland", 9),
        division("northern-ireland", 10)
    );
    std::fs::write(&file, text).unwrap();
    let asked = ["due", "--from", "2031-04-02", "--within", "1 working day"];
    let without = Said::of(rooftree().args(asked).output().unwrap()).fails(2);
    assert!(without.contains("2030"), "{without}");
    let with = Said::of(rooftree().env("ROOFTREE_HOLIDAYS", &file).args(asked).output().unwrap()).well();
    assert!(with.contains("A day off") && with.contains("Fri 4 Apr 2031"), "{with}");
}
