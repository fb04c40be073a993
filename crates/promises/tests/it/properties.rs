//! Whatever facts come in whatever order, clocks keep their invariants and a rebuild gives the same clocks.

use crate::journal::{CALENDARS, Journal, declared, moment};
use proptest::prelude::*;
use rooftree_kernel::Moment;
use rooftree_promises::{
    clocks::{Clock, ClockState, breach, rebuild},
    standards::StandardSet,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};
use uuid::Uuid;

/// Standards of every unit with every role; two versions of the first; one repeats.
static SET: LazyLock<StandardSet> = LazyLock::new(|| {
    let one = |id: &str, keys: &str, due: &str, from: &str| {
        format!(
            "[[standard]]\nid='{id}'\ntitle='t'\npromise='p'\nsource='s'\nconfidence='M'\nfrom={from}\n{keys}\n\
             [[standard.start]]\nfact='opened'\n[[standard.start]]\nfact='moved'\n[[standard.stop]]\nfact='closed'\n\
             [[standard.fail]]\nfact='missed'\n[[standard.cancel]]\nfact='dropped'\n[[standard.cancel]]\nfact='moved'\n[[standard.pause]]\nfact='held'\n\
             [[standard.resume]]\nfact='resumed'\n[[standard.extend]]\nfact='extended'\nworking_days=3\n\
             [standard.due]\n{due}\n"
        )
    };
    declared(
        &[
            one("a.b.days", "until=2026-03-02", "working_days=5", "2020-01-01"),
            one("a.b.days", "", "working_days=2", "2026-03-02"),
            one("a.b.hours", "", "hours=48", "2020-01-01"),
            one("a.b.weeks", "repeat=true", "weeks=1", "2020-01-01"),
            one("a.b.yearly", "repeat=true", "on='03-10'", "2020-01-01"),
            one("a.b.named", "", "on_field='agreed_for'", "2020-01-01"),
        ]
        .concat(),
    )
});

/// Facts in the order of recording: what, about which of two cases, at what minute of February to April 2026, and how much
/// later somebody looked for breaches.
fn facts() -> impl Strategy<Value = Vec<(usize, u128, i64, i64)>> {
    proptest::collection::vec((0usize..8, 0u128..2, 0i64..90_000, 0i64..20_000), 0..40)
}

const NAMES: [&str; 8] = ["opened", "closed", "held", "resumed", "extended", "dropped", "moved", "missed"];

fn recorded(facts: &[(usize, u128, i64, i64)]) -> (Journal<'static>, Vec<Moment>) {
    let start = moment("2026-02-01");
    let mut journal = Journal::new(&SET);
    let mut sweeps = Vec::new();
    for (name, case, minute, later) in facts {
        let at = start.plus_seconds(60 * minute);
        // Some name a date, some an instant.
        let agreed = at.plus_seconds(60 * later);
        let agreed = if minute % 2 == 0 { agreed.day().to_string() } else { agreed.to_string() };
        journal.record_for(Some(Uuid::from_u128(*case)), NAMES[*name], at, json!({ "agreed_for": agreed }));
        sweeps.push(at.plus_seconds(60 * later));
    }
    (journal, sweeps)
}

/// By id, with the breaches noted that anybody looking at the end of 2030 would note.
fn settled(clocks: impl IntoIterator<Item = Clock>) -> BTreeMap<Uuid, Clock> {
    let end = moment("2030-12-31");
    clocks.into_iter().map(|clock| (clock.id, breach(&clock, end).unwrap_or(clock))).collect()
}

proptest! {
    #[test]
    fn a_rebuild_gives_the_clocks_that_were_lived(facts in facts()) {
        let (journal, sweeps) = recorded(&facts);
        let rebuilt = journal.clocks().unwrap();
        prop_assert_eq!(settled(rebuilt.clone()), settled(journal.lived(&sweeps).into_values()));
        prop_assert_eq!(rebuild(&SET, &CALENDARS, journal.views()).unwrap(), rebuilt);
    }

    #[test]
    fn at_most_one_clock_is_open_for_a_subject(facts in facts()) {
        let clocks = recorded(&facts).0.clocks().unwrap();
        let open: Vec<_> = clocks.iter().filter(|clock| clock.state.is_open()).collect();
        let subjects: BTreeSet<_> = open.iter().map(|clock| (&clock.standard, &clock.subject)).collect();
        prop_assert_eq!(subjects.len(), open.len());
        prop_assert_eq!(clocks.iter().map(|clock| clock.id).collect::<BTreeSet<_>>().len(), clocks.len());
    }

    #[test]
    fn what_is_stored_agrees_with_itself(facts in facts()) {
        let (journal, _) = recorded(&facts);
        for clock in journal.clocks().unwrap() {
            let failed = journal.views().any(|fact| Some(fact.seq) == clock.stop_seq && fact.name == "missed");
            let in_time = clock.stopped_at.is_none_or(|at| match clock.due_day {
                Some(day) => at.day() <= day,
                None => at <= clock.due_at,
            });
            match clock.state {
                ClockState::Met => prop_assert!(in_time && clock.breached_at.is_none()),
                ClockState::Late if failed && in_time => prop_assert_eq!(clock.breached_at, clock.stopped_at),
                ClockState::Late => prop_assert!(!in_time && clock.breached_at == Some(clock.due_at)),
                ClockState::Cancelled => prop_assert_eq!(clock.breached_at.is_some(), !in_time),
                ClockState::Void => prop_assert!(clock.breached_at.is_none()),
                ClockState::Running | ClockState::Paused => prop_assert!(clock.stopped_at.is_none()),
            }
            prop_assert_eq!(clock.paused_at.is_some(), clock.state == ClockState::Paused);
            prop_assert_eq!(clock.stop_seq.is_some(), !clock.state.is_open());
            prop_assert!(clock.due_day.is_none_or(|day| day.end() == clock.due_at));
            prop_assert!(clock.stop_seq.is_none_or(|stop| stop > clock.start_seq));
        }
    }

    #[test]
    fn two_cases_do_not_touch_each_other(facts in facts()) {
        let (journal, _) = recorded(&facts);
        let both = journal.clocks().unwrap();
        for case in [0, 1] {
            let subject = Uuid::from_u128(case);
            let alone = journal.views().filter(|fact| fact.case == Some(subject));
            let expected: Vec<Clock> = both.iter().filter(|clock| clock.case == Some(subject)).cloned().collect();
            prop_assert_eq!(rebuild(&SET, &CALENDARS, alone).unwrap(), expected);
        }
    }
}
