//! The statutory standards on facts: no line of engine code is theirs.

use crate::journal::{CALENDARS, Journal, SHELF, moment};
use rooftree_promises::{DueError, clocks::ClockState::*};
use serde_json::json;

const ACKNOWLEDGE: &str = "complaints.code-2024.stage-1-acknowledge";
const RESPOND: &str = "complaints.code-2024.stage-1-respond";

#[test]
fn a_complaint_under_the_2024_code() {
    let mut journal = Journal::new(&SHELF);
    journal.record("complaint.received", "2026-12-14T09:00", json!({}));
    journal.expect(ACKNOWLEDGE, Running, "2026-12-21");
    assert!(journal.of(RESPOND).is_empty(), "the response counts from the acknowledgement");
    journal.record("complaint.acknowledged", "2026-12-18T16:05", json!({"stage": 1}));
    journal.expect(ACKNOWLEDGE, Met, "2026-12-21");
    journal.expect(RESPOND, Running, "2027-01-06");
    journal.record("complaint.responded", "2027-01-06T23:59", json!({"stage": 1}));
    journal.expect(RESPOND, Met, "2027-01-06");
    journal.record("complaint.escalated", "2027-01-11T10:00", json!({}));
    journal.record("complaint.acknowledged", "2027-01-19T10:00", json!({"stage": 2}));
    let late = journal.expect("complaints.code-2024.stage-2-acknowledge", Late, "2027-01-18");
    assert_eq!(late.breached_at, Some(moment("2027-01-19")));
    journal.record("complaint.responded", "2027-02-16T10:00", json!({"stage": 2}));
    journal.expect("complaints.code-2024.stage-2-respond", Met, "2027-02-16");
    assert_eq!(journal.clocks().unwrap().len(), 4);
}

/// A complaint whose stage 1 response is due on 6 January 2027.
fn acknowledged() -> Journal<'static> {
    let mut journal = Journal::new(&SHELF);
    journal.record("complaint.received", "2026-12-14T09:00", json!({}));
    journal.record("complaint.acknowledged", "2026-12-18T16:05", json!({"stage": 1}));
    journal
}

#[test]
fn an_extension_moves_the_date_once_and_within_ten_days() {
    let mut journal = acknowledged();
    journal.record("complaint.extended", "2027-01-05T12:00", json!({"stage": 1, "new_date": "2027-01-15"}));
    let clock = journal.expect(RESPOND, Running, "2027-01-15");
    assert_eq!(clock.extensions, 1);
    journal.record("complaint.responded", "2027-01-14T12:00", json!({"stage": 1}));
    journal.expect(RESPOND, Met, "2027-01-15");

    let mut without_a_date = acknowledged();
    without_a_date.record("complaint.extended", "2027-01-05T12:00", json!({"stage": 1}));
    without_a_date.expect(RESPOND, Running, "2027-01-20");

    let mut too_long = acknowledged();
    too_long.record("complaint.extended", "2027-01-05T12:00", json!({"stage": 1, "new_date": "2027-01-21"}));
    let refusal = too_long.clocks().unwrap_err();
    assert!(matches!(&refusal, DueError::Extension { field: Some(field), .. } if field == "new_date"), "{refusal:?}");
    let refusal = refusal.to_string();
    assert!(refusal.contains("Thu 21 Jan 2027 is later than Wed 20 Jan 2027"), "{refusal}");

    let mut twice = acknowledged();
    twice.record("complaint.extended", "2027-01-05T12:00", json!({"stage": 1, "new_date": "2027-01-08"}));
    twice.record("complaint.extended", "2027-01-07T12:00", json!({"stage": 1, "new_date": "2027-01-12"}));
    assert!(matches!(twice.clocks(), Err(DueError::Extension { .. })));
}

#[test]
fn a_good_reason_allows_a_longer_extension() {
    let mut journal = acknowledged();
    let payload = json!({"stage": 1, "new_date": "2027-02-26", "good_reason": true});
    journal.record("complaint.extended", "2027-01-05T12:00", payload);
    journal.expect(RESPOND, Running, "2027-02-26");
}

#[test]
fn an_extension_after_the_date_mends_nothing() {
    let mut journal = acknowledged();
    journal.record("complaint.extended", "2027-01-07T00:01", json!({"stage": 1, "new_date": "2027-01-15"}));
    journal.expect(RESPOND, Running, "2027-01-06");
    journal.record("complaint.responded", "2027-01-14T12:00", json!({"stage": 1}));
    journal.expect(RESPOND, Late, "2027-01-06");
}

#[test]
fn an_older_complaint_keeps_the_2022_code_to_its_end() {
    let mut journal = Journal::new(&SHELF);
    journal.record("complaint.received", "2024-03-28T09:00", json!({"logged_at": "2024-04-02", "code": "2022"}));
    journal.record("complaint.acknowledged", "2024-04-03T09:00", json!({"stage": 1, "code": "2022"}));
    assert!(journal.of(RESPOND).is_empty(), "the 2024 Code leaves it alone");
    // It was received in March: the 2022 Code counts from its logging, though that came in April.
    journal.expect("complaints.code-2022.stage-1-acknowledge", Met, "2024-04-08");
    journal.expect("complaints.code-2022.stage-1-respond", Running, "2024-04-16");
    journal.record("complaint.responded", "2024-04-16T17:00", json!({"stage": 1, "code": "2022"}));
    journal.expect("complaints.code-2022.stage-1-respond", Met, "2024-04-16");
    journal.record("complaint.escalated", "2024-06-03T09:00", json!({"code": "2022"}));
    journal.expect("complaints.code-2022.stage-2-respond", Running, "2024-07-01");
    assert!(journal.of("complaints.code-2024.stage-2-acknowledge").is_empty());

    let mut march = Journal::new(&SHELF);
    march.record("complaint.received", "2024-03-20T09:00", json!({"code": "2022"}));
    march.expect("complaints.code-2022.stage-1-respond", Running, "2024-04-05");
    assert!(march.of(ACKNOWLEDGE).is_empty());

    let mut april = Journal::new(&SHELF);
    april.record("complaint.received", "2024-04-02T09:00", json!({}));
    april.expect(ACKNOWLEDGE, Running, "2024-04-09");
    assert!(april.of("complaints.code-2022.stage-1-respond").is_empty());
    let respond = SHELF.get("complaints.code-2022.stage-1-respond", "2023-05-02".parse().unwrap()).unwrap();
    assert_eq!(respond.due_from(moment("2023-05-02T10:00"), &CALENDARS).unwrap().day, "2023-05-17".parse().ok());
}

#[test]
fn a_date_without_a_time_is_in_time_on_the_last_day_and_late_on_the_next() {
    for (sent, state) in [("2027-01-06", Met), ("2027-01-07", Late)] {
        let mut journal = acknowledged();
        journal.record("complaint.responded", "2027-01-08T10:00", json!({"stage": 1, "sent_at": sent}));
        journal.expect(RESPOND, state, "2027-01-06");
    }
}

#[test]
fn a_withdrawn_complaint_stops_counting() {
    let mut journal = acknowledged();
    journal.record("complaint.withdrawn", "2026-12-22T12:00", json!({}));
    let clock = journal.expect(RESPOND, Cancelled, "2027-01-06");
    assert_eq!(clock.breached_at, None);
}

#[test]
fn a_refused_complaint_stops_counting_at_either_stage() {
    let mut first = acknowledged();
    first.record("complaint.refused", "2026-12-22T12:00", json!({"stage": 1}));
    first.expect(RESPOND, Cancelled, "2027-01-06");

    for code in ["2022", "2024"] {
        let [acknowledge, respond] =
            ["acknowledge", "respond"].map(|what| format!("complaints.code-{code}.stage-2-{what}"));
        let mut journal = Journal::new(&SHELF);
        journal.record("complaint.escalated", "2027-01-11T10:00", json!({"code": code}));
        journal.record("complaint.refused", "2027-01-13T10:00", json!({"stage": 2}));
        journal.expect(&acknowledge, Cancelled, "2027-01-18");

        let mut later = Journal::new(&SHELF);
        later.record("complaint.escalated", "2027-01-11T10:00", json!({"code": code}));
        later.record("complaint.acknowledged", "2027-01-13T10:00", json!({"stage": 2, "code": code}));
        later.record("complaint.refused", "2027-01-20T10:00", json!({"stage": 2}));
        assert_eq!(later.clock(&respond).state, Cancelled, "{respond}");
    }
}

const EMERGENCY: &str = "hazards.awaab-2025.emergency";
const INVESTIGATE: &str = "hazards.awaab-2025.investigate";

#[test]
fn a_significant_hazard_from_awareness_to_the_work() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-12-18T16:05", json!({"potential": "significant"}));
    journal.expect(INVESTIGATE, Running, "2027-01-06");
    journal.record("hazard.investigated", "2026-12-21T10:00", json!({"concluded": false}));
    journal.expect(INVESTIGATE, Running, "2027-01-06");
    let found = json!({"safety_work": true, "supplementary_work": true, "in_person": true});
    journal.record("hazard.investigated", "2026-12-23T10:00", found);
    journal.expect(INVESTIGATE, Met, "2027-01-06");
    journal.expect("hazards.awaab-2025.summary", Running, "2026-12-30");
    journal.expect("hazards.awaab-2025.safety-work", Running, "2027-01-04");
    journal.expect("hazards.awaab-2025.supplementary-begin", Running, "2027-01-04");
    journal.expect("hazards.awaab-2025.supplementary-start", Running, "2027-03-17");
    journal.record("hazard.made-safe", "2026-12-24T15:00", json!({}));
    journal.record("hazard.summary-sent", "2026-12-31T09:00", json!({}));
    journal.expect("hazards.awaab-2025.safety-work", Met, "2027-01-04");
    journal.expect("hazards.awaab-2025.summary", Late, "2026-12-30");
    journal.record("hazard.supplementary-started", "2027-01-05T09:00", json!({}));
    journal.expect("hazards.awaab-2025.supplementary-begin", Late, "2027-01-04");
    journal.expect("hazards.awaab-2025.supplementary-start", Met, "2027-03-17");
}

#[test]
fn no_summary_is_owed_when_all_is_done_within_three_days() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-11-02T10:00", json!({"potential": "significant"}));
    journal.record("hazard.investigated", "2026-11-03T10:00", json!({"safety_work": true}));
    journal.record("hazard.made-safe", "2026-11-05T10:00", json!({"all_work_done": true}));
    journal.expect("hazards.awaab-2025.summary", Met, "2026-11-06");
    assert!(journal.of("hazards.awaab-2025.supplementary-start").is_empty());
}

#[test]
fn triage_upwards_starts_the_day_from_the_finding() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-10-20T09:00", json!({"potential": "significant"}));
    // Found on the eve of the clock change: 24 real hours later it is an hour earlier by the clock.
    let found = json!({"level": "emergency", "found_at": "2026-10-24T16:30", "aware_at": "2026-10-20T09:00"});
    journal.record("hazard.triaged", "2026-10-24T17:00", found);
    journal.expect(INVESTIGATE, Cancelled, "2026-11-03");
    journal.expect(EMERGENCY, Running, "2026-10-25T15:30");
    journal.record("hazard.made-safe", "2026-10-25T15:45", json!({"completed_at": "2026-10-25T15:30"}));
    journal.expect(EMERGENCY, Met, "2026-10-25T15:30");
}

#[test]
fn triage_downwards_gains_no_time() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-11-02T09:00", json!({"potential": "emergency"}));
    let down = json!({"level": "significant", "aware_at": "2026-11-02T09:00"});
    journal.record("hazard.triaged", "2026-11-02T20:00", down);
    journal.expect(EMERGENCY, Cancelled, "2026-11-03T09:00");
    journal.expect(INVESTIGATE, Running, "2026-11-16");
    journal.record("hazard.triaged", "2026-11-04T09:00", json!({"level": "other", "aware_at": "2026-11-02T09:00"}));
    journal.expect(INVESTIGATE, Cancelled, "2026-11-16");
    // Back up again: a new clock of the same standard, from the finding.
    journal.record("hazard.triaged", "2026-11-05T09:00", json!({"level": "emergency"}));
    journal.expect(EMERGENCY, Running, "2026-11-06T09:00");
    assert_eq!(journal.of(EMERGENCY).len(), 2);
}

#[test]
fn a_downgrade_after_the_breach_does_not_hide_it() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-11-02T09:00", json!({"potential": "emergency"}));
    journal.record(
        "hazard.triaged",
        "2026-11-03T10:00",
        json!({"level": "significant", "aware_at": "2026-11-02T09:00"}),
    );
    let clock = journal.expect(EMERGENCY, Cancelled, "2026-11-03T09:00");
    assert_eq!(clock.breached_at, Some(clock.due_at));
}

#[test]
fn the_law_begins_on_27_october_2025() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2025-10-26T23:30", json!({"potential": "emergency"}));
    assert!(journal.clocks().unwrap().is_empty());
    journal.record("hazard.aware", "2025-10-27T00:30", json!({"potential": "emergency"}));
    journal.expect(EMERGENCY, Running, "2025-10-28T00:30");
}

#[test]
fn a_remote_investigation_may_be_renewed() {
    let mut journal = Journal::new(&SHELF);
    journal.record("hazard.aware", "2026-11-02T09:00", json!({"potential": "significant"}));
    journal.record("hazard.investigated", "2026-11-03T09:00", json!({"in_person": false}));
    journal.record("hazard.visit-requested", "2026-11-06T09:00", json!({}));
    journal.expect("hazards.awaab-2025.renewed-investigate", Running, "2026-11-20");
    journal.record("hazard.investigated", "2026-11-20T18:00", json!({"in_person": true}));
    journal.expect("hazards.awaab-2025.renewed-investigate", Met, "2026-11-20");
}

#[test]
fn anti_social_behaviour_by_category() {
    let mut journal = Journal::new(&SHELF);
    journal.record("asb.reported", "2026-11-20T22:00", json!({"category": 2}));
    let clock = journal.expect("asb.local-offer-2014.category-2", Running, "2026-11-26");
    assert_eq!(clock.earliest_at, Some(moment("2026-11-24")));
    let worse = json!({"category": 1, "reported_at": "2026-11-20T22:00"});
    journal.record("asb.recategorised", "2026-11-21T10:00", worse);
    journal.expect("asb.local-offer-2014.category-2", Cancelled, "2026-11-26");
    journal.expect("asb.local-offer-2014.category-1", Running, "2026-11-23");
    journal.record("asb.contacted", "2026-11-23T09:00", json!({}));
    journal.expect("asb.local-offer-2014.category-1", Met, "2026-11-23");
}

#[test]
fn a_dispute_climbs_its_stages() {
    let mut journal = Journal::new(&SHELF);
    let id = |stage: u8| format!("disputes.commissioning-2025.stage-{stage}");
    journal.record("dispute.raised", "2026-11-20T12:00", json!({}));
    journal.record("dispute.met", "2026-11-24T12:00", json!({"stage": 1}));
    journal.record("dispute.escalated", "2026-11-24T13:00", json!({"stage": 2}));
    // Nobody of the rank was there: straight on to stage 3, and stage 2 owes no meeting any more.
    journal.record("dispute.escalated", "2026-11-25T13:00", json!({"stage": 3}));
    journal.expect(&id(1), Met, "2026-11-25");
    journal.expect(&id(2), Cancelled, "2026-11-27");
    journal.expect(&id(3), Running, "2026-11-30");
    journal.record("dispute.settled", "2026-11-26T13:00", json!({}));
    journal.expect(&id(3), Cancelled, "2026-11-30");
}

#[test]
fn the_visit_comes_seven_days_before_the_work() {
    let visit = "planned.local-offer-2014.visit";
    let mut journal = Journal::new(&SHELF);
    journal.record("works.start-planned", "2026-11-02T09:00", json!({"starts_on": "2026-11-30"}));
    journal.expect(visit, Running, "2026-11-23");
    journal.record("works.start-moved", "2026-11-20T09:00", json!({"starts_on": "2026-12-07"}));
    journal.expect(visit, Running, "2026-11-30");
    assert_eq!(journal.of(visit)[0].state, Cancelled);
    journal.record("works.resident-visited", "2026-12-01T09:00", json!({}));
    journal.expect(visit, Late, "2026-11-30");
    // The visit has been made: a further move asks for none.
    journal.record("works.start-moved", "2026-12-02T09:00", json!({"starts_on": "2026-12-14", "visited": true}));
    assert_eq!(journal.of(visit).len(), 2);
}

#[test]
fn requests_for_information_count_holidays_anywhere() {
    let mut journal = Journal::new(&SHELF);
    journal.record("information.requested", "2026-06-13T09:00", json!({"regime": "foi"}));
    journal.expect("information.foi-2000.respond", Running, "2026-07-15");
    let standard = SHELF.get("information.foi-2000.respond", "2026-06-13".parse().unwrap()).unwrap();
    let steps = standard.explain_from(moment("2026-06-13T09:00"), &CALENDARS).unwrap().steps;
    assert!(steps.iter().any(|step| { step.to_string().contains("Orangemen’s Day) (substitute), Northern Ireland") }));

    let mut large = Journal::new(&SHELF);
    large.record("information.requested", "2026-09-07T09:00", json!({"regime": "eir"}));
    large.record("information.extended", "2026-09-21T09:00", json!({}));
    large.expect("information.eir-2004.respond", Running, "2026-11-02");
}
