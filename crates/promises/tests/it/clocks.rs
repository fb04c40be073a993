//! What each role of a fact does to a clock.

use crate::journal::{CALENDARS, Journal, declared, moment};
use rooftree_promises::{
    DueError,
    clocks::{Change, ClockState, ClockState::*, FactView, apply, breach, rebuild, subjects},
    standards::StandardSet,
};
use serde_json::{Value, json};
use uuid::Uuid;

const ID: &str = "a.b.c";

/// A standard with every role, counted as the text says, and further keys before its tables.
fn with(keys: &str, due: &str) -> String {
    format!(
        "[[standard]]\nid='{ID}'\ntitle='t'\npromise='p'\nsource='s'\nconfidence='M'\nfrom=2020-01-01\n{keys}\n\
         [[standard.start]]\nfact='case.opened'\nat='opened_at'\n[[standard.start]]\nfact='case.reopened'\n\
         [[standard.stop]]\nfact='case.closed'\nat='closed_at'\n[[standard.fail]]\nfact='case.missed'\n[[standard.cancel]]\nfact='case.dropped'\n\
         [[standard.pause]]\nfact='case.held'\n[[standard.resume]]\nfact='case.resumed'\n\
         [[standard.extend]]\nfact='case.extended'\nworking_days=5\n[standard.due]\n{due}\n"
    )
}

fn days() -> StandardSet {
    declared(&with("", "working_days = 10"))
}

#[test]
fn the_first_trigger_counts() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.opened", "2026-11-03T09:00", json!({}));
    journal.record("case.reopened", "2026-11-04T09:00", json!({}));
    assert_eq!(journal.of(ID).len(), 1);
    journal.expect(ID, Running, "2026-11-16");
    journal.record("case.closed", "2026-11-05T09:00", json!({}));
    journal.record("case.reopened", "2026-11-09T09:00", json!({}));
    journal.expect(ID, Running, "2026-11-23");
    assert_eq!(journal.of(ID).len(), 2);
}

#[test]
fn what_nobody_will_keep_any_more_is_broken_at_once_and_runs_no_longer() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.missed", "2026-11-03T09:00", json!({}));
    let clock = journal.expect(ID, Late, "2026-11-16");
    assert_eq!(clock.breached_at, Some(moment("2026-11-03T09:00")));
    assert_eq!((clock.stop_seq, clock.stopped_at), (Some(2), Some(moment("2026-11-03T09:00"))));
    // Done afterwards, it stays broken.
    journal.record("case.closed", "2026-11-04T09:00", json!({}));
    journal.expect(ID, Late, "2026-11-16");

    let mut late = Journal::new(&set);
    late.record("case.opened", "2026-11-02T09:00", json!({}));
    late.record("case.missed", "2026-11-20T09:00", json!({}));
    let clock = late.expect(ID, Late, "2026-11-16");
    assert_eq!(clock.breached_at, Some(clock.due_at));
}

#[test]
fn the_fact_may_name_the_due_date_or_the_instant() {
    let set = declared(&with("", "on_field = 'agreed_for'\n[standard.earliest]\ndays = 2\nbefore = true"));
    let opened = |agreed_for: Value| {
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({"agreed_for": agreed_for}));
        journal
    };
    let mut dated = opened(json!("2026-11-20"));
    let clock = dated.expect(ID, Running, "2026-11-20");
    assert_eq!(clock.started_at, moment("2026-11-02T09:00"));
    assert_eq!(clock.earliest_at, Some(moment("2026-11-18")), "counted back from the date");
    dated.record("case.extended", "2026-11-19T09:00", json!({}));
    dated.expect(ID, Running, "2026-11-27");
    dated.record("case.closed", "2026-11-27T23:30", json!({}));
    dated.expect(ID, Met, "2026-11-27");

    let mut timed = opened(json!("2026-11-03T14:00"));
    timed.record("case.closed", "2026-11-03T14:01", json!({}));
    timed.expect(ID, Late, "2026-11-03T14:00");

    assert!(matches!(opened(json!("soon")).clocks(), Err(DueError::NotAMoment { .. })));
    let missing = opened(Value::Null).clocks().unwrap_err().to_string();
    assert!(missing.contains("has no agreed_for: record the fact with it"), "{missing}");
}

#[test]
fn the_payload_may_say_when_it_happened() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-06T09:00", json!({"opened_at": "2026-11-02"}));
    journal.expect(ID, Running, "2026-11-16");
    journal.record("case.closed", "2026-11-20T09:00", json!({"closed_at": "2026-11-16T23:00"}));
    let clock = journal.expect(ID, Met, "2026-11-16");
    assert_eq!((clock.stop_seq, clock.stopped_at), (Some(2), Some(moment("2026-11-16T23:00"))));

    let mut empty = Journal::new(&set);
    empty.record("case.opened", "2026-11-06T09:00", json!({"opened_at": null}));
    empty.expect(ID, Running, "2026-11-20");

    let mut wrong = Journal::new(&set);
    wrong.record("case.opened", "2026-11-06T09:00", json!({"opened_at": "yesterday"}));
    let error = wrong.clocks().unwrap_err();
    assert!(matches!(error, DueError::NotAMoment { .. }));
    assert!(error.to_string().contains("fact 1 (case.opened): the field ‘opened_at’ holds \"yesterday\""), "{error}");
}

#[test]
fn a_year_that_can_only_be_a_slip_is_refused() {
    let set = days();
    for when in ["9999-12-31", "31/12/9999", "0026-11-02", "9999-12-30T12:00"] {
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({"opened_at": when}));
        assert!(matches!(journal.clocks(), Err(DueError::NotAMoment { .. })), "{when}");
    }
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "9999-12-29T12:00", json!({}));
    assert!(matches!(journal.clocks(), Err(DueError::OutOfReach(_))));
}

#[test]
fn a_day_is_over_at_midnight_in_london() {
    let set = days();
    for (closed, state) in [("2026-11-16T23:59:59", Met), ("2026-11-17T00:00", Late)] {
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({}));
        journal.record("case.closed", closed, json!({}));
        journal.expect(ID, state, "2026-11-16");
    }
}

#[test]
fn a_date_alone_is_in_time_on_the_due_day_and_late_on_the_next() {
    let set = days();
    for (closed, state) in [("2026-11-16", Met), ("2026-11-17", Late)] {
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({"opened_at": "2026-11-02"}));
        journal.record("case.closed", "2026-11-20T09:00", json!({"closed_at": closed}));
        let clock = journal.expect(ID, state, "2026-11-16");
        assert_eq!(clock.breached_at.is_some(), state == Late);
    }
}

#[test]
fn hours_are_in_time_to_the_last_second() {
    let set = declared(&with("", "hours = 48"));
    for (closed, state) in [("2026-11-04T09:00", Met), ("2026-11-04T09:01", Late)] {
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({}));
        let clock = journal.clock(ID);
        assert_eq!(breach(&clock, clock.due_at), None);
        journal.record("case.closed", closed, json!({}));
        journal.expect(ID, state, "2026-11-04T09:00");
    }
}

#[test]
fn a_stop_before_the_start_is_still_a_stop() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.closed", "2026-10-30T09:00", json!({}));
    journal.expect(ID, Met, "2026-11-16");
}

#[test]
fn a_breach_is_noted_once() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    let clock = journal.clock(ID);
    assert_eq!(breach(&clock, clock.due_at.plus_seconds(-1)), None);
    let breached = breach(&clock, clock.due_at).expect("the midnight after the day is late");
    assert_eq!(breached.breached_at, Some(clock.due_at));
    assert_eq!(breach(&breached, clock.due_at.plus_seconds(9)), None);
    journal.record("case.held", "2026-11-03T09:00", json!({}));
    assert_eq!(breach(&journal.clock(ID), clock.due_at.plus_seconds(9)), None, "a paused clock breaks no promise");
}

#[test]
fn a_pause_moves_the_date_by_the_working_days_it_lasted() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.held", "2026-11-04T09:00", json!({}));
    journal.expect(ID, Paused, "2026-11-16");
    // Wednesday to the next Tuesday: four working days.
    journal.record("case.resumed", "2026-11-10T09:00", json!({}));
    let clock = journal.expect(ID, Running, "2026-11-20");
    assert_eq!(clock.paused_at, None);
}

#[test]
fn a_pause_moves_hours_by_hours_and_days_by_days() {
    for (due, moved) in [("hours = 48", "2026-11-05T11:00"), ("days = 10", "2026-11-13"), ("months = 1", "2026-12-03")]
    {
        let set = declared(&with("", due));
        let mut journal = Journal::new(&set);
        journal.record("case.opened", "2026-11-02T09:00", json!({}));
        journal.record("case.held", "2026-11-03T09:00", json!({}));
        journal.record("case.resumed", "2026-11-04T11:00", json!({}));
        journal.expect(ID, Running, moved);
    }
}

#[test]
fn a_pause_after_the_date_or_one_without_length_mends_nothing() {
    let set = days();
    let mut late = Journal::new(&set);
    late.record("case.opened", "2026-11-02T09:00", json!({}));
    late.record("case.held", "2026-11-18T09:00", json!({}));
    assert_eq!(late.clock(ID).breached_at, Some(moment("2026-11-17")));
    late.record("case.extended", "2026-11-19T09:00", json!({}));
    late.record("case.resumed", "2026-11-25T09:00", json!({}));
    late.expect(ID, Running, "2026-11-16");
    late.record("case.closed", "2026-11-26T09:00", json!({}));
    late.expect(ID, Late, "2026-11-16");

    // At the midnight after the day it is too late to hold or to extend.
    let mut midnight = Journal::new(&set);
    midnight.record("case.opened", "2026-11-02T09:00", json!({}));
    midnight.record("case.extended", "2026-11-17T00:00", json!({}));
    midnight.record("case.held", "2026-11-17T00:00", json!({}));
    midnight.record("case.resumed", "2026-11-25T09:00", json!({}));
    midnight.expect(ID, Running, "2026-11-16");

    let mut backwards = Journal::new(&set);
    backwards.record("case.opened", "2026-11-02T09:00", json!({}));
    backwards.record("case.held", "2026-11-10T09:00", json!({}));
    backwards.record("case.resumed", "2026-11-04T09:00", json!({}));
    backwards.expect(ID, Running, "2026-11-16");
}

#[test]
fn what_is_stopped_while_paused_counts_as_resumed_then() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.held", "2026-11-04T09:00", json!({}));
    journal.record("case.closed", "2026-12-04T09:00", json!({}));
    let clock = journal.clock(ID);
    assert_eq!((clock.state, clock.paused_at, clock.breached_at), (Met, None, None));
}

#[test]
fn an_extension_counts_from_the_present_date() {
    let set = days();
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.extended", "2026-11-16T09:00", json!({}));
    journal.record("case.extended", "2026-11-17T09:00", json!({}));
    let clock = journal.expect(ID, Running, "2026-11-30");
    assert_eq!(clock.extensions, 2);
}

#[test]
fn an_extension_turns_hours_into_a_date() {
    let set = declared(&with("", "hours = 48"));
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-02T09:00", json!({}));
    journal.record("case.extended", "2026-11-03T09:00", json!({}));
    journal.expect(ID, Running, "2026-11-11");
}

#[test]
fn the_version_is_chosen_by_the_anchor_and_kept() {
    let old = with("until=2026-11-10", "working_days = 10");
    let new = with("", "working_days = 3").replace("from=2020-01-01", "from=2026-11-10");
    let set = declared(&format!("{old}{new}"));
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2026-11-12T09:00", json!({"opened_at": "2026-11-09"}));
    journal.expect(ID, Running, "2026-11-23");
    journal.record("case.extended", "2026-11-13T09:00", json!({}));
    journal.record("case.closed", "2026-11-16T09:00", json!({}));
    let clock = journal.expect(ID, Met, "2026-11-30");
    assert_eq!(clock.version_from.to_string(), "2020-01-01");
    journal.record("case.opened", "2026-11-17T09:00", json!({}));
    journal.expect(ID, Running, "2026-11-20");
    let mut before = Journal::new(&set);
    before.record("case.opened", "2019-12-31T09:00", json!({}));
    assert!(before.of(ID).is_empty());
}

#[test]
fn a_clock_whose_version_was_edited_goes_on_under_the_one_in_force_when_it_started() {
    let payload = json!({});
    let opened = fact(1, "case.opened", &payload);
    let started = apply(&days(), &CALENDARS, &opened, &[]).unwrap()[0].clock().clone();
    let closed = FactView { occurred_at: moment("2026-11-05T09:00"), ..fact(2, "case.closed", &payload) };
    let edited = |from: &str| declared(&with("", "working_days = 10").replace("2020-01-01", from));

    let set = edited("2026-04-01");
    let stopped = apply(&set, &CALENDARS, &closed, std::slice::from_ref(&started)).unwrap();
    let [Change::Update(clock)] = stopped.as_slice() else { panic!("{stopped:?}") };
    assert_eq!((clock.state, clock.version_from), (Met, "2026-04-01".parse().unwrap()));
    assert_eq!(rebuild(&set, &CALENDARS, [opened, closed]).unwrap(), std::slice::from_ref(clock));

    // None is in force on the day it started: whoever edited the declarations is told, at the first fact that concerns the clock.
    let later = edited("2026-11-04");
    let refused = apply(&later, &CALENDARS, &closed, std::slice::from_ref(&started)).unwrap_err();
    assert!(matches!(refused, DueError::NoVersion { .. }));
    let words = "started on 2026-11-02 runs under the version from 2020-01-01, which is declared no more";
    assert!(refused.to_string().contains(words), "{refused}");
    let other = FactView { case: Some(Uuid::from_u128(8)), ..closed };
    assert_eq!(apply(&later, &CALENDARS, &other, std::slice::from_ref(&started)), Ok(vec![]));
}

#[test]
fn a_repeating_promise_starts_again_at_the_stop() {
    let set = declared(&with("repeat = true", "months = 60"));
    let mut journal = Journal::new(&set);
    journal.record("case.opened", "2020-03-02T09:00", json!({}));
    journal.record("case.closed", "2025-04-10T09:00", json!({"closed_at": "2025-04-07"}));
    let clocks = journal.of(ID);
    assert_eq!(clocks.iter().map(|clock| clock.state).collect::<Vec<_>>(), [Late, Running]);
    journal.expect(ID, Running, "2030-04-07");
    journal.record("case.dropped", "2026-04-10T09:00", json!({}));
    journal.expect(ID, Cancelled, "2030-04-07");
    assert_eq!(journal.of(ID).len(), 2, "a cancelled promise does not start again");
}

fn fact<'a>(seq: i64, name: &'a str, payload: &'a Value) -> FactView<'a> {
    let case = Some(Uuid::from_u128(7));
    FactView {
        seq,
        name,
        occurred_at: moment("2026-11-02T09:00"),
        home: None,
        person: None,
        case,
        payload,
        voids: false,
        withdraws: false,
    }
}

#[test]
fn applying_the_starting_fact_again_changes_nothing() {
    let set = days();
    let payload = json!({});
    let opened = fact(5, "case.opened", &payload);
    let started = apply(&set, &CALENDARS, &opened, &[]).unwrap();
    let [Change::Start(clock)] = started.as_slice() else { panic!("{started:?}") };
    assert_eq!(apply(&set, &CALENDARS, &opened, std::slice::from_ref(clock)), Ok(vec![]));
    assert_eq!(apply(&set, &CALENDARS, &opened, &[]).unwrap()[0].clock().id, clock.id);
    assert_ne!(apply(&set, &CALENDARS, &fact(6, "case.opened", &payload), &[]).unwrap()[0].clock().id, clock.id);
}

#[test]
fn says_which_open_clocks_it_needs() {
    let set = days();
    let payload = json!({});
    let key = (ID.to_owned(), Uuid::from_u128(7).to_string());
    assert_eq!(subjects(&set, &fact(1, "case.closed", &payload)), [key]);
    assert_eq!(subjects(&set, &fact(1, "case.unheard-of", &payload)), []);
    let homeless = FactView { case: None, ..fact(1, "case.closed", &payload) };
    assert_eq!(subjects(&set, &homeless), []);
}

#[test]
fn clocks_of_one_case_are_told_apart_by_a_field() {
    let set = declared(&with("subject = 'payload.visit.id'", "days = 1"));
    let mut journal = Journal::new(&set);
    for visit in ["v1", "v2"] {
        journal.record("case.opened", "2026-11-02T09:00", json!({"visit": {"id": visit}}));
    }
    journal.record("case.closed", "2026-11-03T09:00", json!({"visit": {"id": "v2"}}));
    let states: Vec<(String, ClockState)> =
        journal.of(ID).into_iter().map(|clock| (clock.subject, clock.state)).collect();
    assert_eq!(states, [("v1".into(), Running), ("v2".into(), Met)]);
    // A stop that names no visit stops none; a start that names none is a mistake.
    journal.record("case.closed", "2026-11-03T09:00", json!({}));
    assert_eq!(journal.of(ID)[0].state, Running);
    journal.record("case.opened", "2026-11-04T09:00", json!({}));
    assert!(journal.clocks().unwrap_err().to_string().contains("has no visit.id"));
}

#[test]
fn a_case_needs_its_number_a_home_need_not_be_given() {
    let payload = json!({});
    let nobody = FactView { case: None, ..fact(1, "case.opened", &payload) };
    assert!(matches!(apply(&days(), &CALENDARS, &nobody, &[]), Err(DueError::Lacking { .. })));
    let homes = declared(&with("subject = 'home'", "days = 1"));
    assert_eq!(apply(&homes, &CALENDARS, &nobody, &[]), Ok(vec![]));
}

#[test]
fn states_read_back() {
    for state in [Running, Paused, Met, Late, Cancelled] {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!("stopped".parse::<ClockState>().is_err());
}
