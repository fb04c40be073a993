//! One calendar as a table, so that counting working days is a look-up instead of a walk.

use super::rules::is_weekend;
use crate::Day;
use jiff::civil::{Weekday, date};
use std::collections::BTreeMap;

/// A count would leave the years for which the bank holidays are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the calendar ‘{calendar}’ knows its bank holidays from {first} to {last} only, and counting {count} working days \
     from {day} leaves those years: import the bank holidays of the missing years"
)]
pub struct OutOfRange {
    /// The calendar's key.
    pub calendar: String,
    /// The day counted from.
    pub day: Day,
    /// How many working days were to be counted (negative is backwards).
    pub count: i64,
    /// The first day covered.
    pub first: Day,
    /// The last day covered.
    pub last: Day,
}

/// Which days are working days in one part of the country.
#[derive(Clone, Debug)]
pub struct Calendar {
    key: String,
    title: String,
    holidays: BTreeMap<Day, String>,
    first: Day,
    last: Day,
    /// Every working day covered, in order.
    working: Vec<Day>,
    /// For each day covered, how many working days there are up to and including it.
    up_to: Vec<u32>,
}

impl Calendar {
    /// Builds the table for whole years.
    pub(super) fn new(
        key: &str,
        title: &str,
        holidays: BTreeMap<Day, String>,
        first_year: i16,
        last_year: i16,
    ) -> Self {
        let (first, last) = (Day(date(first_year, 1, 1)), Day(date(last_year, 12, 31)));
        let mut working = Vec::new();
        let mut up_to = Vec::new();
        let mut day = first;
        while day <= last {
            if !is_weekend(day) && !holidays.contains_key(&day) {
                working.push(day);
            }
            up_to.push(working.len() as u32);
            day = day.plus_days(1);
        }
        Self { key: key.to_owned(), title: title.to_owned(), holidays, first, last, working, up_to }
    }

    /// The key by which declarations name it, such as `england-and-wales`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What people read, such as `England and Wales`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The first and the last day for which the bank holidays are known.
    pub fn covered(&self) -> (Day, Day) {
        (self.first, self.last)
    }

    /// Whether the bank holidays of that day's year are known.
    pub fn covers(&self, day: Day) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// Every bank holiday with its name.
    pub fn holidays(&self) -> &BTreeMap<Day, String> {
        &self.holidays
    }

    /// The bank holiday's name, if the day is one.
    pub fn holiday(&self, day: Day) -> Option<&str> {
        self.holidays.get(&day).map(String::as_str)
    }

    /// Whether people are expected to work that day. Outside the years covered only weekends are known to be free: ask
    /// [`Calendar::covers`] first where that matters.
    pub fn is_working(&self, day: Day) -> bool {
        self.why_not_working(day).is_none()
    }

    /// Why a day is no working day: the bank holiday's name, `Saturday` or `Sunday`; `None` for a working day.
    pub fn why_not_working(&self, day: Day) -> Option<&str> {
        self.holiday(day).or(match day.0.weekday() {
            Weekday::Saturday => Some("Saturday"),
            Weekday::Sunday => Some("Sunday"),
            _ => None,
        })
    }

    /// The n-th working day after a day, or before it when n is negative; the day itself does not count and need not be a
    /// working day. Zero gives the day unchanged.
    pub fn add_working_days(&self, day: Day, n: i64) -> Result<Day, OutOfRange> {
        let refuse = || self.out_of_range(day, n);
        let index = match n {
            0 => return if self.covers(day) { Ok(day) } else { Err(refuse()) },
            1.. => self.count_up_to(day).ok_or_else(refuse)?.checked_add(n - 1),
            _ => self.count_before(day).ok_or_else(refuse)?.checked_add(n),
        };
        index.and_then(|i| usize::try_from(i).ok()).and_then(|i| self.working.get(i)).copied().ok_or_else(refuse)
    }

    /// The day itself when it is a working day, else the next one.
    pub fn on_or_after(&self, day: Day) -> Result<Day, OutOfRange> {
        if self.covers(day) && self.is_working(day) { Ok(day) } else { self.add_working_days(day, 1) }
    }

    /// The day itself when it is a working day, else the one before.
    pub fn on_or_before(&self, day: Day) -> Result<Day, OutOfRange> {
        if self.covers(day) && self.is_working(day) { Ok(day) } else { self.add_working_days(day, -1) }
    }

    /// How many working days lie after `from` up to and including `to`; negative when `to` is earlier. It undoes
    /// [`Calendar::add_working_days`] for a count forwards.
    pub fn working_days_between(&self, from: Day, to: Day) -> Result<i64, OutOfRange> {
        let counted = |day| self.count_up_to(day).ok_or_else(|| self.out_of_range(day, 0));
        Ok(counted(to)? - counted(from)?)
    }

    /// Working days up to and including a day.
    fn count_up_to(&self, day: Day) -> Option<i64> {
        let index = usize::try_from(day.days_since(self.first)).ok()?;
        self.up_to.get(index).map(|count| i64::from(*count))
    }

    /// Working days before a day.
    fn count_before(&self, day: Day) -> Option<i64> {
        Some(self.count_up_to(day)? - i64::from(self.is_working(day)))
    }

    fn out_of_range(&self, day: Day, count: i64) -> OutOfRange {
        OutOfRange { calendar: self.key.clone(), day, count, first: self.first, last: self.last }
    }
}
