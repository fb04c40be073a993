//! Due moments: how long a promise gives, counted from a trigger, with every step of the count on request.
//!
//! Elapsed hours are real hours across the clock change and end at an instant. Everything else is counted in London days:
//! the trigger's day is day 0 (day 1 when counted inclusively) and the promise is kept until the last day is over.

pub(crate) mod quantity;
mod steps;

pub use quantity::{Quantity, parse_within};
pub use steps::{Step, explain};

use crate::DueError;
use rooftree_kernel::{
    Day, Moment,
    calendar::{Calendar, Calendars, ENGLAND_AND_WALES},
};
use serde::{Deserialize, Serialize};

/// What happens when a due date falls on a day that nobody works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roll {
    /// It stays.
    #[default]
    None,
    /// It moves to the next working day (to the one before, when counted backwards).
    NextWorkingDay,
}

/// Which day is day 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayZero {
    /// The trigger's London day, whether anyone works then or not.
    #[default]
    Trigger,
    /// The trigger's day or, when that is no working day, the next (FOI: what arrives on a Saturday counts as received on
    /// Monday); the one before, when counted backwards.
    NextWorkingDay,
}

/// How a due moment is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRule {
    /// How much is counted.
    pub quantity: Quantity,
    /// Key of the working-day calendar.
    pub calendar: String,
    /// Whether day 0 itself is day 1.
    pub inclusive: bool,
    /// Whether it is counted backwards from the trigger (papers three working days before the meeting).
    pub before: bool,
    /// What happens on a day that nobody works.
    pub roll: Roll,
    /// Which day is day 0.
    pub day_zero: DayZero,
}

impl DueRule {
    /// The plain rule: forwards, in England and Wales, the trigger's day not counted.
    pub fn new(quantity: Quantity) -> Self {
        Self {
            quantity,
            calendar: ENGLAND_AND_WALES.to_owned(),
            inclusive: false,
            before: false,
            roll: Roll::None,
            day_zero: DayZero::Trigger,
        }
    }

    /// The calendar it counts in.
    pub(crate) fn calendar<'a>(&self, calendars: &'a Calendars) -> Result<&'a Calendar, DueError> {
        calendars.get(&self.calendar).ok_or_else(|| DueError::UnknownCalendar(self.calendar.clone()))
    }

    /// 1 forwards, -1 backwards.
    fn direction(&self) -> i64 {
        if self.before { -1 } else { 1 }
    }
}

/// What is counted from: an instant or, where no time is known, a day, which counts from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The instant; of a day, its beginning.
    pub at: Moment,
    /// The day, where no time is known.
    pub day: Option<Day>,
}

impl Since {
    /// Reads a date or an instant. Dates come first: only they have a day of their own.
    pub fn read(text: &str) -> Option<Self> {
        text.parse::<Day>().map(Self::from).or_else(|_| text.parse::<Moment>().map(Self::from)).ok()
    }
}

impl From<Moment> for Since {
    fn from(at: Moment) -> Self {
        Self { at, day: None }
    }
}

impl From<Day> for Since {
    fn from(day: Day) -> Self {
        Self { at: day.start(), day: Some(day) }
    }
}

/// A due moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Whatever is done at or before this instant is in time. For a date it is the instant at which that London day is over, and
    /// that instant itself is late (see [`Due::is_late`]).
    pub at: Moment,
    /// The due date; `None` when the promise is counted in hours.
    pub day: Option<Day>,
    /// Not before this instant, where the promise says so.
    pub earliest: Option<Moment>,
    /// The steps of the count; filled by [`explain`] only.
    pub steps: Vec<Step>,
}

impl Due {
    /// Whether what was done at that instant came too late.
    pub fn is_late(&self, at: Moment) -> bool {
        is_late(at, self.at, self.day)
    }
}

/// Whether an instant is too late. What is counted in days is in time on the whole of its last day; the midnight after it, which is
/// how the next day's date reads, is not.
pub(crate) fn is_late(at: Moment, due_at: Moment, due_day: Option<Day>) -> bool {
    due_day.map_or(at > due_at, |due_day| at.day() > due_day)
}

/// Counts the due moment from a trigger, without the steps. Where the fact names it ([`Quantity::OnField`]), `from` is what it names.
pub fn due(rule: &DueRule, from: impl Into<Since>, calendars: &Calendars) -> Result<Due, DueError> {
    let Since { at: from, day: named } = from.into();
    let from = within_reach(from)?;
    let calendar = rule.calendar(calendars)?;
    let instant = |at| Ok(Due { at, day: None, earliest: None, steps: Vec::new() });
    let day = match (&rule.quantity, named) {
        (Quantity::Hours(hours), _) => return instant(from.plus_seconds(rule.direction() * hours * 3600)),
        (Quantity::OnField(_), None) => return instant(from),
        (Quantity::OnField(_), Some(day)) => day,
        _ => roll(rule, count(rule, day_zero(rule, from, calendar)?, calendar)?, calendar)?,
    };
    Ok(Due { at: day.end(), day: Some(day), earliest: None, steps: Vec::new() })
}

/// Whether a day lies in a year that can be meant; any other is a slip of the pen, and counting on from it could leave the
/// calendar altogether.
pub(crate) fn in_reach(day: Day) -> bool {
    (1900..=2200).contains(&day.0.year())
}

/// Refuses an instant of a year that cannot be meant.
pub(crate) fn within_reach(moment: Moment) -> Result<Moment, DueError> {
    if in_reach(moment.day()) { Ok(moment) } else { Err(DueError::OutOfReach(moment)) }
}

/// The day from which the count begins.
fn day_zero(rule: &DueRule, from: Moment, calendar: &Calendar) -> Result<Day, DueError> {
    match rule.day_zero {
        DayZero::Trigger => Ok(from.day()),
        DayZero::NextWorkingDay => nearest_working(rule, from.day(), calendar),
    }
}

/// The last day of the count, before any roll.
fn count(rule: &DueRule, zero: Day, calendar: &Calendar) -> Result<Day, DueError> {
    let direction = rule.direction();
    let counted_already = i64::from(rule.inclusive);
    Ok(match rule.quantity {
        // Hours end at an instant and are counted in `due`; in days only whole ones are left of them.
        Quantity::Hours(hours) => zero.plus_days(direction * hours / 24),
        Quantity::Days(days) => zero.plus_days(direction * (days - counted_already)),
        Quantity::Weeks(weeks) => zero.plus_days(direction * (7 * weeks - counted_already)),
        Quantity::Months(months) => zero.plus_months(direction * months).plus_days(-direction * counted_already),
        Quantity::WorkingDays(days) => {
            let first_is_day_one = rule.inclusive && calendar.is_working(zero);
            calendar.add_working_days(zero, direction * (days - i64::from(first_is_day_one)))?
        }
        Quantity::On { month, day } => date_of_the_year(zero, month, day, rule.before),
        // Nothing is counted: the fact names it, see `due`.
        Quantity::OnField(_) => zero,
    })
}

/// Moves a due date off a day that nobody works, where the rule says so.
fn roll(rule: &DueRule, day: Day, calendar: &Calendar) -> Result<Day, DueError> {
    match rule.roll {
        Roll::None => Ok(day),
        Roll::NextWorkingDay => nearest_working(rule, day, calendar),
    }
}

/// The day itself or the nearest working day in the direction of the count.
fn nearest_working(rule: &DueRule, day: Day, calendar: &Calendar) -> Result<Day, DueError> {
    Ok(if rule.before { calendar.on_or_before(day)? } else { calendar.on_or_after(day)? })
}

/// The first such date on or after a day, or the last on or before it; 29 February is the 28th in a common year.
fn date_of_the_year(from: Day, month: i8, day: i8, before: bool) -> Day {
    let in_year = |year: i16| Day::new(year, month, day).or_else(|| Day::new(year, month, day - 1)).unwrap_or(from);
    let year = from.0.year();
    let this = in_year(year);
    match before {
        false if this < from => in_year(year.saturating_add(1)),
        true if this > from => in_year(year.saturating_sub(1)),
        _ => this,
    }
}

#[cfg(test)]
mod tests;
