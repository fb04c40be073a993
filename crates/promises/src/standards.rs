//! Standards: promises declared as dated data with their source.
//!
//! A standard says which facts start a clock, when it falls due, and which facts stop, cancel, pause, resume or extend it.
//! Several declarations with one id are its versions over time; the version is chosen by the day of the trigger.

mod conditions;
mod read;
mod set;

pub(crate) use conditions::field;
pub use conditions::{Condition, Conditions, Scalar, Test};
pub use read::parse;
pub use set::{KnownFacts, StandardSet};

use crate::{
    DueError,
    due::{Due, DueRule, Quantity, Since, due, explain},
    measures::{DatedTarget, Dimension},
};
use rooftree_kernel::{Day, calendar::Calendars};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How sure we are of the source (the marks of the rules reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confidence {
    /// ✔: the official text, or a page that reproduces it, was read.
    #[serde(rename = "✔")]
    Read,
    /// ◐: a secondary source only.
    #[serde(rename = "◐")]
    Secondary,
    /// M: from memory, no source seen.
    #[serde(rename = "M")]
    Memory,
    /// ?: conflicting or unresolved.
    #[serde(rename = "?")]
    Unresolved,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "✔",
            Self::Secondary => "◐",
            Self::Memory => "M",
            Self::Unresolved => "?",
        })
    }
}

/// What a clock is about: there is at most one open clock of a standard for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The fact's case.
    Case,
    /// The fact's home.
    Home,
    /// The fact's person.
    Person,
    /// A payload field that holds an id or a text, so that one case can have several clocks.
    Payload(String),
}

/// A fact that does something to a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The fact's name.
    pub fact: String,
    /// What its payload must say.
    pub when: Conditions,
    /// The payload field with the instant or date that counts; when absent or empty, the fact's own occurred-at counts.
    pub at: Option<String>,
}

/// How far a fact moves the due moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extend {
    /// The fact that extends.
    pub trigger: Trigger,
    /// How much further, counted from the present due moment: the extension itself or, with `to`, the most allowed.
    pub most: Option<Quantity>,
    /// The payload field that holds the new due date.
    pub to: Option<String>,
    /// How often one clock may be extended.
    pub max_times: Option<i32>,
}

/// The target that gives a standard its measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// How many of a hundred must be kept.
    pub percent: f64,
    /// What the measure is called; default the standard's title.
    pub title: Option<String>,
    /// By what it is broken down; `None` leaves it at all dimensions of its area's cases.
    pub breakdown: Option<Vec<Dimension>>,
    /// Other values to reach: from a later day on, or of a part only.
    pub targets: Vec<DatedTarget>,
}

/// One dated version of a promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// `area.source.promise`.
    pub id: String,
    /// The file it was declared in.
    pub file: String,
    /// What staff read.
    pub title: String,
    /// What the resident is told.
    pub promise: String,
    /// Where it is written.
    pub source: String,
    /// How sure we are of the source.
    pub confidence: Confidence,
    /// The first day on which a trigger falls under this version.
    pub from: Day,
    /// The first day on which it no longer does.
    pub until: Option<Day>,
    /// What its clocks are about.
    pub subject: Subject,
    /// Whether the next clock starts where one is stopped.
    pub repeat: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Keys of the letter templates that serve it.
    pub letters: Vec<String>,
    /// Any of these starts a clock.
    pub start: Vec<Trigger>,
    /// When it falls due.
    pub due: DueRule,
    /// Not before this.
    pub earliest: Option<DueRule>,
    /// Any of these meets it.
    pub stop: Vec<Trigger>,
    /// Any of these ends it as broken, whenever it comes: nobody will keep it any more.
    pub fail: Vec<Trigger>,
    /// Any of these ends it without result.
    pub cancel: Vec<Trigger>,
    /// Any of these pauses it.
    pub pause: Vec<Trigger>,
    /// Any of these lets it run on.
    pub resume: Vec<Trigger>,
    /// Any of these moves the due moment.
    pub extend: Vec<Extend>,
    /// The target, if it has one.
    pub target: Option<Target>,
}

impl Standard {
    /// Whether a trigger on that day falls under this version.
    pub fn in_force(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// The due moment (and the earliest) counted from a trigger or, where the fact names it ([`Quantity::OnField`]), from what it names.
    pub fn due_from(&self, from: impl Into<Since>, calendars: &Calendars) -> Result<Due, DueError> {
        let from = from.into();
        self.with_earliest(due(&self.due, from, calendars)?, from, calendars)
    }

    /// The same, with every step of the count.
    pub fn explain_from(&self, from: impl Into<Since>, calendars: &Calendars) -> Result<Due, DueError> {
        let from = from.into();
        self.with_earliest(explain(&self.due, from, calendars)?, from, calendars)
    }

    fn with_earliest(&self, found: Due, from: Since, calendars: &Calendars) -> Result<Due, DueError> {
        let earliest = match &self.earliest {
            Some(rule) => {
                let first = due(rule, from, calendars)?;
                Some(first.day.map_or(first.at, Day::start))
            }
            None => None,
        };
        Ok(Due { earliest, ..found })
    }

    /// Every trigger with the key it stands under, such as `start`.
    pub fn triggers(&self) -> impl Iterator<Item = (&'static str, &Trigger)> {
        let plain = [
            ("start", &self.start),
            ("stop", &self.stop),
            ("fail", &self.fail),
            ("cancel", &self.cancel),
            ("pause", &self.pause),
            ("resume", &self.resume),
        ];
        plain
            .into_iter()
            .flat_map(|(key, list)| list.iter().map(move |trigger| (key, trigger)))
            .chain(self.extend.iter().map(|extend| ("extend", &extend.trigger)))
    }
}
