//! The annual cycle and its meetings through a year's turn.

use crate::journal::{Journal, SHELF};
use rooftree_promises::clocks::{Clock, ClockState::*};
use serde_json::json;

const COMMISSION: &str = "programme.annual-cycle-2025.commission";
const REVIEW: &str = "programme.annual-cycle-2025.review";
const PAPERS: &str = "programme.annual-cycle-2025.papers";

fn began() -> Journal<'static> {
    let mut journal = Journal::new(&SHELF);
    journal.record("programme.agreement-began", "2025-04-01T09:00", json!({}));
    journal
}

fn due_dates(clocks: &[Clock]) -> Vec<(String, rooftree_promises::clocks::ClockState)> {
    clocks.iter().map(|clock| (clock.due_day.map(|day| day.to_string()).unwrap_or_default(), clock.state)).collect()
}

#[test]
fn the_agreement_starts_every_clock_of_the_year() {
    let journal = began();
    for (promise, due) in [
        ("commission", "2025-08-31"),
        ("plan", "2025-09-30"),
        ("refine", "2025-10-31"),
        ("final-plan", "2025-11-01"),
        // 15 November 2025 is a Saturday.
        ("review", "2025-11-17"),
    ] {
        journal.expect(&format!("programme.annual-cycle-2025.{promise}"), Running, due);
    }
}

#[test]
fn each_year_follows_the_last_early_or_late() {
    let mut journal = began();
    journal.record("programme.commission-issued", "2025-08-20T09:00", json!({}));
    journal.expect(COMMISSION, Running, "2026-08-31");
    // Neither a second one before the year is out nor a later revision is the commission of the year to come.
    journal.record("programme.commission-issued", "2025-08-27T09:00", json!({}));
    journal.record("programme.commission-issued", "2025-08-28T09:00", json!({"revised": true}));
    journal.expect(COMMISSION, Running, "2026-08-31");
    journal.record("programme.commission-issued", "2026-09-04T09:00", json!({}));
    journal.expect(COMMISSION, Running, "2027-08-31");
    assert_eq!(
        due_dates(&journal.of(COMMISSION)),
        [("2025-08-31".into(), Met), ("2026-08-31".into(), Late), ("2027-08-31".into(), Running)]
    );
}

#[test]
fn the_commission_is_in_time_on_31_august_and_late_on_1_september() {
    for (issued, state) in [("2025-08-31", Met), ("2025-09-01", Late)] {
        let mut journal = began();
        journal.record("programme.commission-issued", "2025-09-02T09:00", json!({"issued_on": issued}));
        assert_eq!(due_dates(&journal.of(COMMISSION)), [("2025-08-31".into(), state), ("2026-08-31".into(), Running)]);
    }
}

#[test]
fn a_year_that_was_missed_altogether_is_still_owed() {
    let mut journal = began();
    journal.record("programme.commission-issued", "2026-09-04T09:00", json!({}));
    // The commission of 2025 came a year late; that of 2026 is owed beside it, and overdue already.
    journal.expect(COMMISSION, Running, "2026-08-31");
    journal.record("programme.commission-issued", "2026-09-05T09:00", json!({}));
    assert_eq!(
        due_dates(&journal.of(COMMISSION)),
        [("2025-08-31".into(), Late), ("2026-08-31".into(), Late), ("2027-08-31".into(), Running)]
    );
}

#[test]
fn a_whole_year_turns() {
    let mut journal = began();
    for year in [2025, 2026] {
        let at = |day: &str| format!("{year}-{day}T12:00");
        journal.record("programme.commission-issued", &at("08-29"), json!({}));
        journal.record("programme.plan-issued", &at("09-30"), json!({"stage": "draft"}));
        journal.record("programme.plan-issued", &at("10-30"), json!({"stage": "refined"}));
        journal.record("programme.plan-issued", &at("11-01"), json!({"stage": "final"}));
        journal.record("programme.review-held", &at("11-14"), json!({}));
    }
    let clocks = journal.clocks().unwrap();
    assert_eq!(clocks.iter().filter(|clock| clock.state == Met).count(), 10);
    let running: Vec<Clock> = clocks.into_iter().filter(|clock| clock.state == Running).collect();
    assert_eq!(running.len(), 5);
    assert!(running.iter().all(|clock| clock.due_day.is_some_and(|day| day.0.year() == 2027)), "{running:?}");
    journal.expect(REVIEW, Running, "2027-11-15");
    journal.record("programme.agreement-ended", "2027-03-31T12:00", json!({}));
    assert!(journal.clocks().unwrap().iter().all(|clock| !clock.state.is_open()));
}

#[test]
fn papers_go_out_three_working_days_before_each_meeting() {
    let mut journal = Journal::new(&SHELF);
    journal.record("meeting.arranged", "2026-11-02T09:00", json!({"meeting": "demand-led", "meets_on": "2026-11-24"}));
    journal.record(
        "meeting.arranged",
        "2026-11-02T09:00",
        json!({"meeting": "planned", "meets_on": "2026-12-30T14:00"}),
    );
    let clocks = journal.of(PAPERS);
    assert_eq!(due_dates(&clocks), [("2026-11-19".into(), Running), ("2026-12-23".into(), Running)]);
    journal.record("meeting.papers-sent", "2026-11-19T17:00", json!({"meeting": "demand-led"}));
    journal.record("meeting.moved", "2026-12-01T17:00", json!({"meeting": "planned", "meets_on": "2027-01-12"}));
    assert_eq!(
        due_dates(&journal.of(PAPERS)),
        [("2026-11-19".into(), Met), ("2026-12-23".into(), Cancelled), ("2027-01-07".into(), Running)]
    );
}

#[test]
fn the_final_draft_comes_two_weeks_before_the_review() {
    let id = "programme.annual-cycle-2025.plan-before-review";
    let mut journal = Journal::new(&SHELF);
    let review = json!({"meeting": "review", "kind": "annual-review", "meets_on": "2026-11-18"});
    journal.record("meeting.arranged", "2026-09-01T09:00", review);
    journal.expect(id, Running, "2026-11-04");
    // Another meeting's cancellation leaves it alone.
    journal.record("meeting.cancelled", "2026-09-02T09:00", json!({"meeting": "planned", "kind": "operational"}));
    journal.record("programme.plan-issued", "2026-11-01T09:00", json!({"stage": "final"}));
    journal.expect(id, Met, "2026-11-04");
}
