//! The fold itself: one fact, the open clocks it may concern, and what changes.

use super::{Change, Clock, ClockState, FactView, subjects, voided};
use crate::{
    DueError,
    due::{DueRule, Quantity, Since, due, in_reach, within_reach},
    standards::{Extend, Standard, StandardSet, Subject, Trigger, field},
};
use rooftree_kernel::{Day, Moment, calendar::Calendars};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a fact changes. `open` holds the open clocks of [`super::subjects`]; others in it are left alone. An error means that
/// the fact cannot be counted with (a field that is no date, an extension that the source does not allow): refuse the fact.
pub fn apply(
    set: &StandardSet,
    calendars: &Calendars,
    fact: &FactView<'_>,
    open: &[Clock],
) -> Result<Vec<Change>, DueError> {
    let folding = Folding { set, calendars, fact };
    let mut changes = Vec::new();
    let mut taken: Vec<(String, String)> = Vec::new();
    let mut ended = Vec::new();
    for clock in open.iter().filter(|clock| clock.state.is_open()) {
        let next = folding.update(clock)?;
        if next.state.is_open() {
            taken.push((clock.standard.clone(), clock.subject.clone()));
        } else {
            ended.push(next.clone());
        }
        if next != *clock {
            changes.push(Change::Update(next));
        }
    }
    for standard in set.listening_to(fact.name) {
        if let Some(clock) = folding.start(standard, &taken)? {
            taken.push((clock.standard.clone(), clock.subject.clone()));
            changes.push(Change::Start(clock));
        }
    }
    for clock in ended {
        if let Some(clock) = folding.repeat(&clock, &taken)? {
            taken.push((clock.standard.clone(), clock.subject.clone()));
            changes.push(Change::Start(clock));
        }
    }
    Ok(changes)
}

/// All clocks that the facts make, in the order in which they were started. The facts come in the order of their numbers.
/// Facts that others take back are left out. Breaches of clocks that still run are not noted: see [`super::breach`].
pub fn rebuild<'a>(
    set: &StandardSet,
    calendars: &Calendars,
    facts: impl IntoIterator<Item = FactView<'a>>,
) -> Result<Vec<Clock>, DueError> {
    let facts: Vec<FactView<'a>> = facts.into_iter().collect();
    let withdrawn: BTreeSet<i64> = facts.iter().flat_map(FactView::withdrawn).collect();
    let mut clocks: Vec<Clock> = Vec::new();
    let mut open: BTreeMap<(String, String), usize> = BTreeMap::new();
    for fact in facts.into_iter().filter(|fact| !withdrawn.contains(&fact.seq)) {
        if fact.voids {
            for clock in clocks.iter_mut().filter(|clock| clock.case.is_some() && clock.case == fact.case) {
                open.remove(&(clock.standard.clone(), clock.subject.clone()));
                *clock = voided(clock, &fact);
            }
            continue;
        }
        let concerned: Vec<Clock> =
            subjects(set, &fact).iter().filter_map(|key| open.get(key)).map(|index| clocks[*index].clone()).collect();
        for change in apply(set, calendars, &fact, &concerned)? {
            let key = (change.clock().standard.clone(), change.clock().subject.clone());
            match change {
                Change::Start(clock) => {
                    open.insert(key, clocks.len());
                    clocks.push(clock);
                }
                Change::Update(clock) => {
                    if let Some(index) = open.get(&key).copied() {
                        if !clock.state.is_open() {
                            open.remove(&key);
                        }
                        clocks[index] = clock;
                    }
                }
            }
        }
    }
    Ok(clocks)
}

/// One fact being folded into the clocks.
struct Folding<'a> {
    set: &'a StandardSet,
    calendars: &'a Calendars,
    fact: &'a FactView<'a>,
}

impl Folding<'_> {
    /// The clock after cancel, fail, stop, extend, pause and resume. A clock that this very fact started is left alone.
    fn update(&self, clock: &Clock) -> Result<Clock, DueError> {
        let mut next = clock.clone();
        let Some(standard) = self.set.version_of(clock) else {
            return self.without_version(clock);
        };
        let same_subject = self.fact.subject(&standard.subject).as_deref() == Some(clock.subject.as_str());
        if !same_subject || clock.start_seq == self.fact.seq {
            return Ok(next);
        }
        // A version whose first day was edited goes on under its new date, as a rebuild would have it.
        next.version_from = standard.from;
        if let Some(at) = self.at_any(standard, &standard.cancel)? {
            self.resume(standard, &mut next, at)?;
            self.end(&mut next, at, ClockState::Cancelled);
            return Ok(next);
        }
        if let Some(at) = self.at_any(standard, &standard.fail)?.filter(|at| belongs(standard, clock, *at)) {
            self.resume(standard, &mut next, at)?;
            self.end(&mut next, at, ClockState::Late);
            next.breached_at = Some(at.min(next.due_at));
            return Ok(next);
        }
        if let Some(at) = self.at_any(standard, &standard.stop)?.filter(|at| belongs(standard, clock, *at)) {
            self.resume(standard, &mut next, at)?;
            let state = if next.is_late(at) { ClockState::Late } else { ClockState::Met };
            self.end(&mut next, at, state);
            return Ok(next);
        }
        if let Some(extend) = standard.extend.iter().find(|extend| self.fact.fits(&extend.trigger)) {
            self.extend(standard, extend, &mut next)?;
        }
        if let Some(at) = self.at_any(standard, &standard.pause)? {
            pause(&mut next, at);
        }
        if let Some(at) = self.at_any(standard, &standard.resume)? {
            self.resume(standard, &mut next, at)?;
        }
        Ok(next)
    }

    /// A clock of a version that is declared no more, and none took its place: it is an error to let it stand still unseen. A fact that
    /// does nothing to any version of the promise leaves it alone.
    fn without_version(&self, clock: &Clock) -> Result<Clock, DueError> {
        let mut versions = self.set.versions(&clock.standard).into_iter();
        let concerned = versions.any(|standard| {
            let fits = standard.triggers().any(|(_, trigger)| self.fact.fits(trigger));
            fits && self.fact.subject(&standard.subject).as_deref() == Some(clock.subject.as_str())
        });
        if !concerned {
            return Ok(clock.clone());
        }
        Err(DueError::NoVersion {
            standard: clock.standard.clone(),
            from: clock.version_from,
            started: clock.started_at.day(),
        })
    }

    /// The instant of the first trigger that fits, if any does.
    fn at_any(&self, standard: &Standard, triggers: &[Trigger]) -> Result<Option<Moment>, DueError> {
        let fitting = triggers.iter().find(|trigger| self.fact.fits(trigger));
        fitting.map(|trigger| self.at(standard, trigger)).transpose()
    }

    /// The instant that counts for a trigger: the payload field's or, when it is absent or empty, the fact's own.
    fn at(&self, standard: &Standard, trigger: &Trigger) -> Result<Moment, DueError> {
        match self.given(standard, trigger.at.as_deref())? {
            Some(since) => Ok(since.at),
            None => within_reach(self.fact.occurred_at),
        }
    }

    /// The instant or the date in a payload field.
    fn given(&self, standard: &Standard, path: Option<&str>) -> Result<Option<Since>, DueError> {
        let Some((path, value)) = path.and_then(|path| Some((path, field(self.fact.payload, path)?))) else {
            return Ok(None);
        };
        let read = value.as_str().and_then(Since::read).filter(|since| in_reach(since.at.day()));
        read.map(Some).ok_or_else(|| self.not_a_moment(standard, path, value))
    }

    fn not_a_moment(&self, standard: &Standard, path: &str, value: &serde_json::Value) -> DueError {
        DueError::NotAMoment {
            standard: standard.id.clone(),
            fact: self.fact.name.to_owned(),
            seq: self.fact.seq,
            field: path.to_owned(),
            value: value.to_string(),
        }
    }

    /// Ends a running clock. The breach is settled from the facts alone, so that it does not matter when anybody looked.
    fn end(&self, clock: &mut Clock, at: Moment, state: ClockState) {
        clock.state = state;
        clock.stopped_at = Some(at);
        clock.stop_seq = Some(self.fact.seq);
        clock.breached_at = clock.is_late(at).then_some(clock.due_at);
    }

    /// Moves the due moment, unless it had already passed when the extension was given.
    fn extend(&self, standard: &Standard, extend: &Extend, clock: &mut Clock) -> Result<(), DueError> {
        let at = self.at(standard, &extend.trigger)?;
        // While it is paused no time passes, so what counts is whether it was in time when the pause began.
        if clock.is_late(clock.paused_at.map_or(at, |paused_at| paused_at.min(at))) {
            return Ok(());
        }
        let refused = |reason| DueError::Extension { standard: standard.id.clone(), field: extend.to.clone(), reason };
        if extend.max_times.is_some_and(|most| clock.extensions >= most) {
            return Err(refused(format!("it was extended {} already, the most allowed", times(clock.extensions))));
        }
        let most = extend.most.clone().map(|quantity| self.further(standard, quantity, clock)).transpose()?;
        let given = self.given(standard, extend.to.as_deref())?;
        let wanted = given.map(|since| (since.day.map_or(since.at, Day::end), since.day));
        (clock.due_at, clock.due_day) = extended_to(clock.due_at, wanted, most).map_err(refused)?;
        clock.extensions += 1;
        clock.breached_at = None;
        Ok(())
    }

    /// So much further than the present due moment.
    fn further(
        &self,
        standard: &Standard,
        quantity: Quantity,
        clock: &Clock,
    ) -> Result<(Moment, Option<Day>), DueError> {
        let rule = DueRule { calendar: standard.due.calendar.clone(), ..DueRule::new(quantity) };
        let from = match (&rule.quantity, clock.due_day) {
            (Quantity::Hours(_), _) | (_, None) => clock.due_at,
            (_, Some(day)) => day.start(),
        };
        let moved = due(&rule, from, self.calendars)?;
        Ok((moved.at, moved.day))
    }

    /// Lets a paused clock run on: the due moment moves by the pause's length, in the unit in which it was counted.
    fn resume(&self, standard: &Standard, clock: &mut Clock, at: Moment) -> Result<(), DueError> {
        let Some(paused_at) = clock.paused_at.take() else {
            return Ok(());
        };
        clock.state = ClockState::Running;
        // A pause that began after the due moment mends nothing; one that "ended" before it began has no length.
        if clock.is_late(paused_at) || at <= paused_at {
            return Ok(());
        }
        let Some(due_day) = clock.due_day else {
            clock.due_at = clock.due_at.plus_seconds(at.seconds_since(paused_at));
            return Ok(());
        };
        let moved = match standard.due.quantity {
            Quantity::WorkingDays(_) => {
                let calendar = standard.due.calendar(self.calendars)?;
                calendar.add_working_days(due_day, calendar.working_days_between(paused_at.day(), at.day())?)?
            }
            _ => due_day.plus_days(at.day().days_since(paused_at.day())),
        };
        clock.due_day = Some(moved);
        clock.due_at = moved.end();
        Ok(())
    }

    /// The clock that the fact starts under this version of a standard, unless one is open.
    fn start(&self, standard: &Standard, taken: &[(String, String)]) -> Result<Option<Clock>, DueError> {
        for trigger in standard.start.iter().filter(|trigger| self.fact.fits(trigger)) {
            let anchor = self.at(standard, trigger)?;
            if !standard.in_force(anchor.day()) {
                continue;
            }
            let Some(subject) = self.starting_subject(standard)? else {
                return Ok(None);
            };
            if is_taken(taken, &standard.id, &subject) {
                return Ok(None);
            }
            let fact = self.fact;
            return self.new_clock(standard, subject, anchor, (fact.home, fact.person, fact.case)).map(Some);
        }
        Ok(None)
    }

    /// What a new clock is about. A fact about no home or person starts no clock of theirs (a repair in a common part); one
    /// without the case or the field that a promise hangs on is a mistake.
    fn starting_subject(&self, standard: &Standard) -> Result<Option<String>, DueError> {
        let missing = match (self.fact.subject(&standard.subject), &standard.subject) {
            (Some(subject), _) => return Ok(Some(subject)),
            (None, Subject::Home | Subject::Person) => return Ok(None),
            (None, Subject::Case) => "case",
            (None, Subject::Payload(path)) => path.as_str(),
        };
        Err(self.lacks(standard, missing))
    }

    fn lacks(&self, standard: &Standard, missing: &str) -> DueError {
        DueError::Lacking {
            standard: standard.id.clone(),
            fact: self.fact.name.to_owned(),
            seq: self.fact.seq,
            missing: missing.to_owned(),
        }
    }

    /// The next clock of a standard that repeats, under the version in force where it begins.
    fn repeat(&self, ended: &Clock, taken: &[(String, String)]) -> Result<Option<Clock>, DueError> {
        let stopped_at = match (ended.state, ended.stopped_at) {
            (ClockState::Met | ClockState::Late, Some(at)) => at,
            _ => return Ok(None),
        };
        let repeats = self.set.version_of(ended).filter(|standard| standard.repeat);
        let Some(standard) = repeats else { return Ok(None) };
        // A date of the year comes round once a year, however early or late the last one was met.
        let anchor = match (&standard.due.quantity, ended.due_day) {
            (Quantity::On { .. }, Some(day)) => day.end(),
            _ => stopped_at,
        };
        let next = self.set.get(&ended.standard, anchor.day()).filter(|standard| standard.repeat);
        match next {
            Some(standard) if !is_taken(taken, &ended.standard, &ended.subject) => {
                let about = (ended.home, ended.person, ended.case);
                self.new_clock(standard, ended.subject.clone(), anchor, about).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What the due moment of a new clock is counted from: the trigger's instant or, where the fact names the due moment, what it names.
    fn counted_from(&self, standard: &Standard, anchor: Moment) -> Result<Since, DueError> {
        let Quantity::OnField(path) = &standard.due.quantity else { return Ok(anchor.into()) };
        self.given(standard, Some(path.as_str()))?.ok_or_else(|| self.lacks(standard, path))
    }

    fn new_clock(
        &self,
        standard: &Standard,
        subject: String,
        anchor: Moment,
        (home, person, case): (Option<Uuid>, Option<Uuid>, Option<Uuid>),
    ) -> Result<Clock, DueError> {
        let due = standard.due_from(self.counted_from(standard, anchor)?, self.calendars)?;
        Ok(Clock {
            id: clock_id(&standard.id, &subject, self.fact.seq),
            standard: standard.id.clone(),
            version_from: standard.from,
            subject,
            home,
            person,
            case,
            start_seq: self.fact.seq,
            started_at: anchor,
            due_at: due.at,
            due_day: due.day,
            earliest_at: due.earliest,
            extensions: 0,
            paused_at: None,
            state: ClockState::Running,
            stopped_at: None,
            stop_seq: None,
            breached_at: None,
        })
    }
}

/// Whether a stop at that instant can be meant for the clock. A promise that comes round again is not met by what was done before its
/// turn began: a second commission in August is not next year's, and January's examination, recorded after July's, is not the next.
/// Any other stop counts however early it was.
fn belongs(standard: &Standard, clock: &Clock, at: Moment) -> bool {
    !standard.repeat || at >= clock.started_at
}

/// Holds a running clock; when it was due before, the breach stands.
fn pause(clock: &mut Clock, at: Moment) {
    if clock.state == ClockState::Running {
        clock.state = ClockState::Paused;
        clock.paused_at = Some(at);
        clock.breached_at = clock.is_late(at).then_some(clock.due_at);
    }
}

fn is_taken(taken: &[(String, String)], standard: &str, subject: &str) -> bool {
    taken.iter().any(|(id, about)| id == standard && about == subject)
}

/// The new due moment: the wanted one within the most allowed, else the most; or why not.
fn extended_to(
    present: Moment,
    wanted: Option<(Moment, Option<Day>)>,
    most: Option<(Moment, Option<Day>)>,
) -> Result<(Moment, Option<Day>), String> {
    match (wanted, most) {
        (Some((at, day)), _) if at <= present => Err(format!("{} is not after the present due date", shown(at, day))),
        (Some((at, day)), Some((last, last_day))) if at > last => {
            Err(format!("{} is later than {}, the latest allowed", shown(at, day), shown(last, last_day)))
        }
        (Some(wanted), _) => Ok(wanted),
        (None, Some(most)) => Ok(most),
        (None, None) => Err("the fact does not give the new due date".to_owned()),
    }
}

fn shown(at: Moment, day: Option<Day>) -> String {
    day.map_or_else(|| at.long(), Day::short)
}

fn times(count: i32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// The same standard, subject and starting fact always give the same id. It begins with the fact's number, so that clocks which start
/// together lie together in the index: among millions, a place by chance for each would cost a page of its own.
fn clock_id(standard: &str, subject: &str, start_seq: i64) -> Uuid {
    let hash = Sha256::digest(format!("clock\0{standard}\0{subject}\0{start_seq}"));
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&start_seq.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&hash[..10]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
