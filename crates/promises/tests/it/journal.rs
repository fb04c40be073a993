//! A journal in memory: facts recorded in order and folded by the engine.

use rooftree_kernel::{Moment, calendar::Calendars};
use rooftree_promises::{
    DueError,
    clocks::{Change, Clock, ClockState, FactView, apply, breach, rebuild, subjects},
    shelf,
    standards::{KnownFacts, StandardSet, parse},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};
use uuid::Uuid;

pub static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::built_in);

/// The standards on the shelf.
pub static SHELF: LazyLock<StandardSet> = LazyLock::new(|| {
    StandardSet::load(shelf::FILES, &shelf::known(), &CALENDARS).unwrap_or_else(|errors| panic!("{errors:?}"))
});

/// Standards declared in a test; every fact they mention is known.
pub fn declared(text: &str) -> StandardSet {
    let standards = parse("test.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let facts: KnownFacts<'_> = standards
        .iter()
        .flat_map(|standard| standard.triggers().map(|(_, trigger)| (trigger.fact.as_str(), None)).collect::<Vec<_>>())
        .collect();
    StandardSet::load(&[("test.toml", text)], &facts, &CALENDARS).unwrap_or_else(|errors| panic!("{errors:?}"))
}

pub fn moment(text: &str) -> Moment {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

struct Fact {
    name: String,
    occurred_at: Moment,
    case: Option<Uuid>,
    payload: Value,
}

/// Facts in the order in which they were recorded.
pub struct Journal<'a> {
    set: &'a StandardSet,
    facts: Vec<Fact>,
}

impl<'a> Journal<'a> {
    pub fn new(set: &'a StandardSet) -> Self {
        Self { set, facts: Vec::new() }
    }

    /// Records a fact about the one case of the story at a London time.
    pub fn record(&mut self, name: &str, at: &str, payload: Value) -> &mut Self {
        self.record_for(Some(Uuid::from_u128(1)), name, moment(at), payload)
    }

    pub fn record_for(&mut self, case: Option<Uuid>, name: &str, at: Moment, payload: Value) -> &mut Self {
        self.facts.push(Fact { name: name.to_owned(), occurred_at: at, case, payload });
        self
    }

    pub fn views(&self) -> impl Iterator<Item = FactView<'_>> {
        self.facts.iter().zip(1..).map(|(fact, seq)| FactView {
            seq,
            name: &fact.name,
            occurred_at: fact.occurred_at,
            home: None,
            person: None,
            case: fact.case,
            payload: &fact.payload,
            voids: fact.name == "case.taken-back",
            withdraws: false,
        })
    }

    /// The clocks as a rebuild gives them.
    pub fn clocks(&self) -> Result<Vec<Clock>, DueError> {
        rebuild(self.set, &CALENDARS, self.views())
    }

    /// The clocks as a running system has them: each fact folded into the clocks stored by id, and whoever is overdue swept
    /// up at the given times after each fact.
    pub fn lived(&self, sweeps: &[Moment]) -> BTreeMap<Uuid, Clock> {
        let mut stored: BTreeMap<Uuid, Clock> = BTreeMap::new();
        for (fact, sweep) in self.views().zip(sweeps) {
            let keys = subjects(self.set, &fact);
            let wanted = |clock: &&Clock| {
                clock.state.is_open() && keys.contains(&(clock.standard.clone(), clock.subject.clone()))
            };
            let open: Vec<Clock> = stored.values().filter(wanted).cloned().collect();
            let changes = apply(self.set, &CALENDARS, &fact, &open).unwrap_or_else(|error| panic!("{error}"));
            for change in changes {
                let clock = change.clock().clone();
                let known = stored.insert(clock.id, clock).is_some();
                assert_eq!(known, matches!(change, Change::Update(_)), "a start is new, an update is not");
            }
            let swept: Vec<Clock> = stored.values().filter_map(|clock| breach(clock, *sweep)).collect();
            stored.extend(swept.into_iter().map(|clock| (clock.id, clock)));
        }
        stored
    }

    /// Every clock of a standard, the earliest first.
    pub fn of(&self, standard: &str) -> Vec<Clock> {
        let clocks = self.clocks().unwrap_or_else(|error| panic!("{error}"));
        clocks.into_iter().filter(|clock| clock.standard == standard).collect()
    }

    /// The latest clock of a standard.
    #[track_caller]
    pub fn clock(&self, standard: &str) -> Clock {
        self.of(standard).pop().unwrap_or_else(|| panic!("no clock of {standard}"))
    }

    /// Checks the latest clock's state and due date or, for hours, its due time in London.
    #[track_caller]
    pub fn expect(&self, standard: &str, state: ClockState, due: &str) -> Clock {
        let clock = self.clock(standard);
        let shown = match clock.due_day {
            Some(day) => day.to_string(),
            None => clock.due_at.london().strftime("%Y-%m-%dT%H:%M").to_string(),
        };
        assert_eq!((clock.state, shown.as_str()), (state, due), "{standard}: {clock:?}");
        clock
    }
}
