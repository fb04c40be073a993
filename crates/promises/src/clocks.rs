//! Clocks: what the journal's facts make of the standards.
//!
//! [`apply`] takes one fact and the open clocks it may concern and says what changes. It is a pure fold: the same facts in
//! the order of their numbers give the same clocks, ids included, so clocks can be rebuilt from the journal at any time.
//!
//! What one fact does happens in this order: cancel, fail, stop, extend, pause, resume, start. The first trigger counts: while a
//! clock of a standard is open for a subject, further triggers start none. A promise that is already broken stays broken:
//! an extension or a pause that begins after the due moment does not mend it.

mod fold;

use crate::{
    due::is_late,
    standards::{Standard, StandardSet, Subject, Trigger, field},
};
use rooftree_kernel::{Day, Moment};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

pub use fold::{apply, rebuild};

/// A fact, as far as clocks are concerned.
#[derive(Clone, Copy, Debug)]
pub struct FactView<'a> {
    /// Its number in the journal.
    pub seq: i64,
    /// Its name, such as `repair.prioritised`.
    pub name: &'a str,
    /// When it happened.
    pub occurred_at: Moment,
    /// The home it concerns.
    pub home: Option<Uuid>,
    /// The person it concerns.
    pub person: Option<Uuid>,
    /// The case it concerns.
    pub case: Option<Uuid>,
    /// What it says.
    pub payload: &'a serde_json::Value,
    /// It takes its case back: no clock of the case ever counted.
    pub voids: bool,
    /// It takes earlier facts of its case back: their numbers stand in the payload as [`WITHDRAWN`], and the case is counted as if they
    /// had never been recorded.
    pub withdraws: bool,
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockState {
    /// Counting.
    Running,
    /// Held where the source allows it.
    Paused,
    /// Stopped in time.
    Met,
    /// Stopped after it was due.
    Late,
    /// Ended without result.
    Cancelled,
    /// Its case was taken back (entered in error): it never counted.
    Void,
}

impl ClockState {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Met => "met",
            Self::Late => "late",
            Self::Cancelled => "cancelled",
            Self::Void => "void",
        }
    }

    /// Whether facts can still change the clock.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

impl fmt::Display for ClockState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a state of a clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("‘{0}’ is not a state of a clock: running, paused, met, late, cancelled or void")]
pub struct ClockStateError(pub String);

impl FromStr for ClockState {
    type Err = ClockStateError;
    fn from_str(text: &str) -> Result<Self, ClockStateError> {
        [Self::Running, Self::Paused, Self::Met, Self::Late, Self::Cancelled, Self::Void]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| ClockStateError(text.to_owned()))
    }
}

/// One promise to one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Derived from standard, subject and starting fact, so that a rebuild gives the same.
    pub id: Uuid,
    /// The standard's id.
    pub standard: String,
    /// The first day of the version that applies; it keeps applying to this clock when a later version comes.
    pub version_from: Day,
    /// What it is about: an id or a text.
    pub subject: String,
    /// The home of the starting fact.
    pub home: Option<Uuid>,
    /// The person of the starting fact.
    pub person: Option<Uuid>,
    /// The case of the starting fact.
    pub case: Option<Uuid>,
    /// The number of the starting fact.
    pub start_seq: i64,
    /// The instant counted from. It lies ahead when the count runs backwards from an appointed day.
    pub started_at: Moment,
    /// In time until this instant, extensions and pauses included; whether an instant is late says [`Clock::is_late`].
    pub due_at: Moment,
    /// The due date, when it is counted in days.
    pub due_day: Option<Day>,
    /// Not before this instant, where the promise says so.
    pub earliest_at: Option<Moment>,
    /// How often it was extended.
    pub extensions: i32,
    /// Since when it is paused.
    pub paused_at: Option<Moment>,
    /// Where it stands.
    pub state: ClockState,
    /// When it was stopped or cancelled.
    pub stopped_at: Option<Moment>,
    /// The fact that stopped or cancelled it.
    pub stop_seq: Option<i64>,
    /// The due moment, once it has passed unmet.
    pub breached_at: Option<Moment>,
}

impl Clock {
    /// Whether that instant is too late for the promise. A promise counted in days is in time on the whole of its last day.
    pub fn is_late(&self, at: Moment) -> bool {
        is_late(at, self.due_at, self.due_day)
    }
}

/// What a fact does to the clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new clock.
    Start(Clock),
    /// A new state of a clock that was open.
    Update(Clock),
}

impl Change {
    /// The clock as it is after the change.
    pub fn clock(&self) -> &Clock {
        match self {
            Self::Start(clock) | Self::Update(clock) => clock,
        }
    }
}

/// The clock with its breach noted, when it has fallen due unmet and that was not noted before.
pub fn breach(clock: &Clock, now: Moment) -> Option<Clock> {
    let due = clock.state == ClockState::Running && clock.breached_at.is_none() && clock.is_late(now);
    due.then(|| Clock { breached_at: Some(clock.due_at), ..clock.clone() })
}

/// The clock after its case was taken back: whatever it had come to, nothing of it counts.
pub fn voided(clock: &Clock, fact: &FactView<'_>) -> Clock {
    Clock {
        state: ClockState::Void,
        paused_at: None,
        stopped_at: Some(fact.occurred_at),
        stop_seq: Some(fact.seq),
        breached_at: None,
        ..clock.clone()
    }
}

/// The standards and subjects whose open clocks [`apply`] needs to see for a fact, each once, in order.
pub fn subjects(set: &StandardSet, fact: &FactView<'_>) -> Vec<(String, String)> {
    let concerned = |standard: &&Standard| standard.triggers().any(|(_, trigger)| fact.fits(trigger));
    let mut keys: Vec<(String, String)> = set
        .listening_to(fact.name)
        .filter(concerned)
        .filter_map(|standard| Some((standard.id.clone(), fact.subject(&standard.subject)?)))
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The payload field of a fact that takes others back: their numbers.
pub const WITHDRAWN: &str = "facts";

impl FactView<'_> {
    /// The numbers of the facts that this one takes back.
    pub fn withdrawn(&self) -> impl Iterator<Item = i64> {
        let numbers = self.payload.get(WITHDRAWN).and_then(|facts| facts.as_array()).filter(|_| self.withdraws);
        numbers.into_iter().flatten().filter_map(serde_json::Value::as_i64)
    }

    /// Whether the fact is the one a trigger waits for.
    fn fits(&self, trigger: &Trigger) -> bool {
        trigger.fact == self.name && trigger.when.hold(self.payload)
    }

    /// What the fact is about, in the sense of a standard; `None` when it does not say.
    fn subject(&self, subject: &Subject) -> Option<String> {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        match subject {
            Subject::Case => id(self.case),
            Subject::Home => id(self.home),
            Subject::Person => id(self.person),
            Subject::Payload(path) => match field(self.payload, path)? {
                serde_json::Value::String(text) if text.is_empty() => None,
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
        }
    }
}
