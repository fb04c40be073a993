//! The steps of a count, so that anybody can check a due date against a calendar on the wall.

use super::{Due, DueRule, Quantity, Roll, Since, count, day_zero, due};
use crate::DueError;
use rooftree_kernel::{
    Day, Moment,
    calendar::{Calendar, Calendars},
};
use serde::Serialize;
use std::fmt;

/// Calendar days are listed one by one up to this many; beyond it only the first and the last.
const DAYS_LISTED_MAX: i64 = 100;

/// One day of a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The day.
    pub day: Day,
    /// Its number when it counts; `None` for day 0 and for days that do not count.
    pub number: Option<i64>,
    /// Why it does not count (`Saturday`, `Christmas Day (substitute)`), or what it is (`the trigger: day 0`).
    pub note: Option<String>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.day.short())?;
        if let Some(number) = self.number {
            write!(f, "  day {number}")?;
        }
        match &self.note {
            Some(note) => write!(f, "  {note}"),
            None => Ok(()),
        }
    }
}

/// Counts the due moment and gives every step of the count.
pub fn explain(rule: &DueRule, from: impl Into<Since>, calendars: &Calendars) -> Result<Due, DueError> {
    let from = from.into();
    let mut found = due(rule, from, calendars)?;
    let calendar = rule.calendar(calendars)?;
    found.steps = match &rule.quantity {
        Quantity::Hours(hours) => hour_steps(from.at, found.at, *hours),
        Quantity::OnField(field) => vec![named_step(from, field)],
        _ => day_steps(rule, from.at, calendar)?,
    };
    Ok(found)
}

fn step(day: Day, number: Option<i64>, note: impl Into<Option<String>>) -> Step {
    Step { day, number, note: note.into() }
}

/// What the fact names: the day, or the time of it.
fn named_step(named: Since, field: &str) -> Step {
    let what = named.day.map_or_else(|| named.at.time(), |_| "the date".to_owned());
    step(named.at.day(), None, format!("{what} that the fact names in its ‘{field}’"))
}

/// From one wall-clock time to the other, with a remark when the clocks change between.
fn hour_steps(from: Moment, to: Moment, hours: i64) -> Vec<Step> {
    let mut steps = vec![step(from.day(), None, format!("from {}", from.time()))];
    if from.london().offset() != to.london().offset() {
        steps.push(step(to.day(), None, format!("the clocks change in between: {hours} real hours are counted")));
    }
    steps.push(step(to.day(), None, format!("{hours} hours: {}", to.time())));
    steps
}

/// Each day from the trigger to the due date.
fn day_steps(rule: &DueRule, from: Moment, calendar: &Calendar) -> Result<Vec<Step>, DueError> {
    let zero = day_zero(rule, from, calendar)?;
    let last = count(rule, zero, calendar)?;
    let mut steps = free_days(from.day(), zero, rule, calendar, "counts as the next working day");
    match rule.quantity {
        Quantity::WorkingDays(_) => steps.extend(working_steps(rule, zero, last, calendar)),
        Quantity::Days(_) | Quantity::Weeks(_) if last.days_since(zero).abs() <= DAYS_LISTED_MAX => {
            steps.extend(calendar_steps(rule, zero, last));
        }
        _ => {
            steps.push(step(zero, None, "from".to_owned()));
            steps.push(step(last, None, rule.quantity.to_string()));
        }
    }
    if rule.roll == Roll::NextWorkingDay {
        let rolled = super::roll(rule, last, calendar)?;
        steps.extend(free_days(last, rolled, rule, calendar, "moves to the next working day"));
        if rolled != last {
            steps.push(step(rolled, None, "due".to_owned()));
        }
    }
    Ok(steps)
}

/// The days passed over between a day that nobody works and the working day that stands for it.
fn free_days(from: Day, to: Day, rule: &DueRule, calendar: &Calendar, what: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut day = from;
    while day != to {
        let reason = calendar.why_not_working(day).unwrap_or("no working day");
        steps.push(step(day, None, format!("{reason}: {what}")));
        day = day.plus_days(rule.direction());
    }
    steps
}

/// Day 0 or, when counted inclusively, day 1.
fn first_step(rule: &DueRule, zero: Day, counts: bool) -> Step {
    if rule.inclusive && counts {
        step(zero, Some(1), "the trigger's day, counted".to_owned())
    } else {
        step(zero, None, "day 0".to_owned())
    }
}

fn working_steps(rule: &DueRule, zero: Day, last: Day, calendar: &Calendar) -> Vec<Step> {
    let mut steps = vec![first_step(rule, zero, calendar.is_working(zero))];
    let mut number = steps[0].number.unwrap_or(0);
    let mut day = zero;
    while day != last {
        day = day.plus_days(rule.direction());
        steps.push(match calendar.why_not_working(day) {
            Some(reason) => step(day, None, format!("not counted: {reason}")),
            None => {
                number += 1;
                step(day, Some(number), None)
            }
        });
    }
    steps
}

fn calendar_steps(rule: &DueRule, zero: Day, last: Day) -> Vec<Step> {
    let first = first_step(rule, zero, true);
    let counted = first.number.unwrap_or(0);
    let days = last.days_since(zero) * rule.direction();
    let later = (1..=days).map(|i| step(zero.plus_days(i * rule.direction()), Some(i + counted), None));
    std::iter::once(first).chain(later).collect()
}
