//! What each row of an import of repairs comes to, decided before anything is written. Pure.

use crate::{
    declared::{DECLARED, Priority, SCRIPT},
    ids::{OrderId, RepairId},
};
use rooftree_kernel::{
    Day, FieldErrors, Moment, MoneyError, Pence, PersonId, PlaceId, ProviderId, calendar::Calendars, time::TimeError,
};
use rooftree_platform::imports::{
    StagedRow,
    keys::{Names, SourceKey},
};
use rooftree_promises::standards::StandardSet;
use std::collections::HashMap;

/// Words of other systems for a priority, in lower case.
const PRIORITY_WORDS: &[(&str, Priority)] = &[
    ("e", Priority::Emergency),
    ("em", Priority::Emergency),
    ("1", Priority::Emergency),
    ("p1", Priority::Emergency),
    ("category 1", Priority::Emergency),
    ("u", Priority::Urgent),
    ("2", Priority::Urgent),
    ("p2", Priority::Urgent),
    ("category 2", Priority::Urgent),
    ("r", Priority::Routine),
    ("3", Priority::Routine),
    ("p3", Priority::Routine),
    ("category 3", Priority::Routine),
    ("non-urgent", Priority::Routine),
];

/// Dates before this year are what systems write for ‘unknown’, and clocks do not reach back to them.
const YEAR_MIN: i16 = 1970;

/// A repair about to be brought in.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub id: RepairId,
    /// Work in hand gets an order, so that it can go on here.
    pub order: Option<OrderId>,
    pub external_ref: String,
    pub external_source: String,
    pub place: PlaceId,
    /// The place, when it is a dwelling.
    pub home: Option<PlaceId>,
    pub ward: String,
    pub reporter: Option<PersonId>,
    pub title: String,
    pub description: String,
    pub trade: String,
    pub priority: Priority,
    pub reported_at: Moment,
    pub made_safe_at: Option<Moment>,
    pub completed_at: Option<Moment>,
    pub cancelled_at: Option<Moment>,
    pub cancel_reason: String,
    pub provider: Option<ProviderId>,
    pub cost_pence: Pence,
    pub first_visit: Option<bool>,
    pub completed_note: String,
    /// Whether the promise of its priority was kept; `None` while it is open, and for what was cancelled.
    pub on_time: Option<bool>,
}

/// A repair that is here already.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: RepairId,
    pub reference: String,
    pub place: PlaceId,
    pub priority: String,
    pub reported_at: Moment,
    pub completed_day: Option<Day>,
    pub cancelled_day: Option<Day>,
}

/// A place that a row may name.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub id: PlaceId,
    pub is_home: bool,
    pub ward: String,
}

/// What the rows name, as the register knows it.
#[derive(Default)]
pub(super) struct Known {
    pub places: Names<PlaceId>,
    /// Those places by their id.
    pub grounds: HashMap<PlaceId, Ground>,
    pub people: Names<PersonId>,
    /// By name, in upper case.
    pub providers: HashMap<String, ProviderId>,
    pub repairs: Names<RepairId>,
    /// Those repairs by their id.
    pub stored: HashMap<RepairId, Stored>,
}

/// A row's fate.
#[derive(Clone, Debug)]
pub(super) enum Planned {
    Refused(Vec<(String, String)>),
    Create(Box<New>),
    Unchanged(RepairId),
}

impl Planned {
    pub fn new_repair(&self) -> Option<&New> {
        match self {
            Self::Create(repair) => Some(repair),
            _ => None,
        }
    }
}

/// Decides about all rows.
pub(super) fn make(
    rows: &[StagedRow],
    known: &Known,
    standards: &StandardSet,
    calendars: &Calendars,
    now: Moment,
) -> Vec<Planned> {
    let mut first_row: HashMap<SourceKey, i32> = HashMap::new();
    rows.iter()
        .map(|row| {
            let mut errors = FieldErrors::default();
            let mut own = None;
            match row.source_key() {
                None => errors.add("external_ref", "give the number that this repair has in the system it comes from"),
                Some(key) => {
                    match known.repairs.own(&key) {
                        Ok(found) => own = found.and_then(|id| known.stored.get(&id)),
                        Err(why) => errors.add("external_ref", why),
                    }
                    if let (None, Some(reference)) = (own, known.repairs.of_nobody(&key)) {
                        let why =
                            format!("{reference} has this key of a system that nobody named: give it another key");
                        errors.add("external_ref", why);
                    }
                    if let Some(first) = first_row.insert(key, row.number) {
                        errors.add("external_ref", format!("row {first} has the same key: keep one of the two"));
                    }
                }
            }
            let read = Reading { row, known, now, errors };
            read.repair(own, |repair| kept(repair, standards, calendars))
        })
        .collect()
}

/// Whether the promise of its priority was kept: an emergency is to be made safe, anything else completed.
fn kept(repair: &New, standards: &StandardSet, calendars: &Calendars) -> Option<bool> {
    repair.completed_at?;
    let stopped = match repair.priority {
        Priority::Emergency => repair.made_safe_at.or(repair.completed_at),
        Priority::Urgent | Priority::Routine => repair.completed_at,
    }?;
    let standard = standards.get(&SCRIPT.priority(repair.priority)?.standard, repair.reported_at.day())?;
    let due = standard.due_from(repair.reported_at, calendars).ok()?;
    Some(!due.is_late(stopped))
}

/// One row being read.
struct Reading<'a> {
    row: &'a StagedRow,
    known: &'a Known,
    now: Moment,
    errors: FieldErrors,
}

impl Reading<'_> {
    fn repair(mut self, own: Option<&Stored>, kept: impl Fn(&New) -> Option<bool>) -> Planned {
        let place = self.place();
        let reporter = self.reporter();
        let title = self.words("title", 200, "say what was wrong");
        let description = self.words_optional("description", 4000);
        let completed_note = self.words_optional("completed_note", 4000);
        let (trade, priority) = (self.trade(), self.priority());
        let provider = self.provider();
        let reported_at = self.moment("reported_at", Edge::First);
        if self.row.cell("reported_at").is_none() {
            self.errors.add("reported_at", "give the day on which it was reported");
        }
        let made_safe_at = self.moment("made_safe_at", Edge::Last);
        let completed_at = self.moment("completed_at", Edge::Last);
        let cancelled_at = self.moment("cancelled_at", Edge::Last);
        let cancel_reason = self.cancel_reason(cancelled_at.is_some());
        let (cost_pence, first_visit) = (self.cost(), self.yes_or_no("first_visit"));
        self.order_of_events(reported_at, made_safe_at, completed_at, cancelled_at);
        let is_open = self.row.cell("completed_at").is_none() && self.row.cell("cancelled_at").is_none();
        if is_open && self.row.cell("provider").is_none() {
            self.errors
                .add("provider", "it is open: name the provider who has it in hand, or give the day on which it ended");
        }
        let (Some(place), Some(trade), Some(priority), Some(reported_at), true) =
            (place, trade, priority, reported_at, self.errors.is_empty())
        else {
            return self.refused();
        };
        let mut repair = New {
            id: RepairId::new(),
            order: is_open.then(OrderId::new),
            external_ref: self.row.cell("external_ref").unwrap_or_default().to_owned(),
            external_source: self.row.source_of_key().to_owned(),
            place: place.id,
            home: place.is_home.then_some(place.id),
            ward: place.ward,
            reporter,
            title,
            description,
            trade,
            priority,
            reported_at,
            made_safe_at,
            completed_at,
            cancelled_at,
            cancel_reason,
            provider,
            cost_pence,
            first_visit: first_visit.filter(|_| completed_at.is_some()),
            completed_note,
            on_time: None,
        };
        repair.on_time = kept(&repair);
        match own {
            None => Planned::Create(Box::new(repair)),
            Some(stored) => self.again(&repair, stored),
        }
    }

    /// A key that is here already: the same repair, or one that contradicts it. An import brings in what is missing and changes nothing
    /// that has a history here.
    fn again(mut self, repair: &New, stored: &Stored) -> Planned {
        for (field, same) in [
            ("home", repair.place == stored.place),
            ("priority", repair.priority.as_str() == stored.priority),
            ("reported_at", repair.reported_at == stored.reported_at),
            (
                "completed_at",
                repair.completed_at.is_none() || repair.completed_at.map(Moment::day) == stored.completed_day,
            ),
            (
                "cancelled_at",
                repair.cancelled_at.is_none() || repair.cancelled_at.map(Moment::day) == stored.cancelled_day,
            ),
        ] {
            if !same {
                self.errors.add(
                    field,
                    format!(
                        "{} was brought in with this key and has another value here: change it there, or correct the file",
                        stored.reference
                    ),
                );
            }
        }
        if self.errors.is_empty() { Planned::Unchanged(stored.id) } else { self.refused() }
    }

    fn refused(self) -> Planned {
        Planned::Refused(self.errors.0.into_iter().map(|error| (error.field, error.message)).collect())
    }

    fn place(&mut self) -> Option<Ground> {
        let Some(given) = self.row.cell("home") else {
            self.errors.add("home", "give the place's source reference, reference or UPRN");
            return None;
        };
        let found = self.known.places.find(self.row.source_of_key(), given);
        let found = found.map_err(|why| self.errors.add("home", why)).ok()?;
        let found = found.and_then(|id| self.known.grounds.get(&id));
        if found.is_none() {
            self.errors
                .add("home", format!("no home or place has the key ‘{given}’: import homes first, or correct the key"));
        }
        found.cloned()
    }

    fn reporter(&mut self) -> Option<PersonId> {
        let given = self.row.cell("reporter")?;
        let found = self.known.people.find(self.row.source_of_key(), given);
        let found = found.map_err(|why| self.errors.add("reporter", why)).ok()?;
        if found.is_none() {
            let remedy = "import people first, correct the key, or leave it empty";
            self.errors.add("reporter", format!("no person has the key ‘{given}’: {remedy}"));
        }
        found
    }

    fn provider(&mut self) -> Option<ProviderId> {
        let given = self.row.cell("provider")?;
        let found = self.known.providers.get(&given.to_uppercase()).copied();
        if found.is_none() {
            let mut names: Vec<&str> = self.known.providers.keys().map(String::as_str).collect();
            names.sort_unstable();
            names.truncate(8);
            self.errors.add(
                "provider",
                format!("‘{given}’ is not a provider here: use one of {}", names.join(", ").to_lowercase()),
            );
        }
        found
    }

    fn words(&mut self, field: &str, chars_max: usize, missing: &str) -> String {
        if self.row.cell(field).is_none() {
            self.errors.add(field, missing);
        }
        self.words_optional(field, chars_max)
    }

    fn words_optional(&mut self, field: &str, chars_max: usize) -> String {
        let text = self.row.cell(field).unwrap_or_default();
        if text.chars().count() > chars_max {
            self.errors.add(field, format!("use at most {chars_max} characters"));
        }
        text.to_owned()
    }

    fn trade(&mut self) -> Option<String> {
        let Some(given) = self.row.cell("trade") else {
            self.errors.add("trade", "give the trade");
            return None;
        };
        let found = DECLARED.trade_named(given);
        if found.is_none() {
            self.errors
                .add("trade", format!("‘{given}’ is not a trade here: use its key, like plumber or electrician"));
        }
        found.map(str::to_owned)
    }

    fn priority(&mut self) -> Option<Priority> {
        let given = self.row.cell("priority").unwrap_or_default().to_lowercase();
        let known = || PRIORITY_WORDS.iter().find(|(word, _)| *word == given).map(|(_, priority)| *priority);
        let found = Priority::parse(&given).or_else(known);
        if found.is_none() {
            self.errors.add("priority", format!("‘{given}’ is not known here: use emergency, urgent or routine"));
        }
        found
    }

    /// A day, with or without a time. A day alone counts from its beginning where something starts, to its end where something ends.
    fn moment(&mut self, field: &str, edge: Edge) -> Option<Moment> {
        let given = self.row.cell(field)?;
        match moment(given, edge) {
            Err(why) => self.errors.add(field, why.to_string()),
            Ok(at) if at.day().0.year() < YEAR_MIN => {
                self.errors.add(field, "this is before 1970: correct the date, or leave it out")
            }
            Ok(at) if at.day() > self.now.day() => self.errors.add(field, "this day is still to come"),
            Ok(at) => return Some(at.min(self.now)),
        }
        None
    }

    fn cancel_reason(&mut self, cancelled: bool) -> String {
        let Some(given) = self.row.cell("cancel_reason") else {
            if cancelled {
                self.errors.add("cancel_reason", "say why it was cancelled, with one of the reasons of the list");
            }
            return String::new();
        };
        let same = |key: &str, title: &str| key.eq_ignore_ascii_case(given) || title.eq_ignore_ascii_case(given);
        let found = DECLARED.reasons("cancel").find(|reason| same(&reason.key, &reason.title));
        if found.is_none() {
            let keys: Vec<&str> = DECLARED.reasons("cancel").map(|reason| reason.key.as_str()).collect();
            self.errors.add("cancel_reason", format!("‘{given}’ is not on the list: use one of {}", keys.join(", ")));
        }
        found.map(|reason| reason.key.clone()).unwrap_or_default()
    }

    fn cost(&mut self) -> Pence {
        let Some(given) = self.row.cell("cost") else { return Pence(0) };
        match Pence::parse(given) {
            Ok(cost) if cost.0 >= 0 => return cost,
            Err(error @ (MoneyError::TooLarge | MoneyError::Comma)) => self.errors.add("cost", error.to_string()),
            Ok(_) | Err(MoneyError::NotAnAmount) => self.errors.add("cost", "must be an amount in pounds, like 68.00"),
        }
        Pence(0)
    }

    fn yes_or_no(&mut self, field: &str) -> Option<bool> {
        let given = self.row.cell(field)?;
        match given.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" => Some(true),
            "no" | "n" | "false" | "0" => Some(false),
            _ => {
                self.errors.add(field, format!("‘{given}’ is neither yes nor no"));
                None
            }
        }
    }

    fn order_of_events(
        &mut self,
        reported: Option<Moment>,
        safe: Option<Moment>,
        completed: Option<Moment>,
        cancelled: Option<Moment>,
    ) {
        for (field, at) in [("made_safe_at", safe), ("completed_at", completed), ("cancelled_at", cancelled)] {
            if let (Some(reported), Some(at)) = (reported, at)
                && at < reported
            {
                self.errors.add(field, "this is before it was reported: correct one of the two");
            }
        }
        if let (Some(safe), Some(completed)) = (safe, completed)
            && completed < safe
        {
            self.errors.add("completed_at", "this is before it was made safe: correct one of the two");
        }
        if completed.is_some() && cancelled.is_some() {
            self.errors.add("cancelled_at", "it cannot be completed and cancelled: keep one of the two");
        }
    }
}

/// Which end of a day a date without a time stands for.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

fn moment(text: &str, edge: Edge) -> Result<Moment, TimeError> {
    if text.contains(':') {
        return text.parse();
    }
    let day: Day = text.parse()?;
    Ok(match edge {
        Edge::First => day.start(),
        // A second before the day is over, so that it is still this day.
        Edge::Last => day.end().plus_seconds(-1),
    })
}
