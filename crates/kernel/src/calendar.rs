//! Working-day calendars: England and Wales, Scotland, Northern Ireland, and "any part of the United Kingdom" (the reading
//! that the Freedom of Information Act uses), for 2014 to 2030.
//!
//! Bank holidays follow the Banking and Financial Dealings Act 1971 by rule, with the days that were proclaimed once. Later
//! years are imported with [`Calendars::with_extra`]. Outside the years it covers a calendar refuses to count, because a
//! deadline that forgets a holiday is worse than none.

mod rules;
mod table;

pub use table::{Calendar, OutOfRange};

use crate::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Key of the England and Wales calendar, the default of every standard.
pub const ENGLAND_AND_WALES: &str = "england-and-wales";
/// Key of the Scottish calendar.
pub const SCOTLAND: &str = "scotland";
/// Key of the Northern Irish calendar.
pub const NORTHERN_IRELAND: &str = "northern-ireland";
/// Key of the calendar in which a bank holiday in any part of the United Kingdom is no working day (FOIA 2000 s10(6)).
pub const UNITED_KINGDOM: &str = "united-kingdom";

/// The three calendars that the fourth unites.
const NATIONS: [&str; 3] = [ENGLAND_AND_WALES, SCOTLAND, NORTHERN_IRELAND];
/// The first and last years known by rule.
const YEARS: std::ops::RangeInclusive<i16> = 2014..=2030;

/// A bank holiday in one calendar, as it is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Key of a nation's calendar, such as `england-and-wales`.
    pub calendar: String,
    /// The day on which nobody is expected to work.
    pub day: Day,
    /// What it is called, such as `Boxing Day (substitute)`.
    pub name: String,
}

/// An import of bank holidays that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Holidays can be added to a nation's calendar only.
    #[error("‘{0}’ is not a calendar that takes holidays: use england-and-wales, scotland or northern-ireland")]
    UnknownCalendar(String),
    /// The day lies before the first year that is covered.
    #[error("{day} ({calendar}) is before {first}, the first day the calendar covers: leave it out")]
    TooEarly {
        /// The calendar's key.
        calendar: String,
        /// The day given.
        day: Day,
        /// The first day covered.
        first: Day,
    },
    /// A later year holds fewer days than any year has, so dates counted in it would be wrong.
    #[error(
        "{calendar} has {found} bank holidays for {year} and every year has at least {least}: import the whole year"
    )]
    Incomplete {
        /// The calendar's key.
        calendar: String,
        /// The year.
        year: i16,
        /// How many days the import holds for it.
        found: usize,
        /// The fewest any year has.
        least: usize,
    },
}

/// All working-day calendars, by key.
#[derive(Clone, Debug)]
pub struct Calendars(BTreeMap<String, Calendar>);

impl Calendars {
    /// The four calendars for 2014 to 2030.
    pub fn built_in() -> Self {
        Self::from_nations(NATIONS.map(|key| (key, built_in_holidays(key), *YEARS.end())))
    }

    /// These calendars and further bank holidays: one-off days in years already covered, and whole later years, which extend what
    /// the calendars cover. A holiday of the same name as one that is known in its year was moved: it is kept on the new day alone, as
    /// [`Self::moved_by`] tells. Where the import holds a whole year of a nation, that year is as the import says: a holiday that was
    /// moved is no longer kept on its usual day.
    pub fn with_extra(self, extra: Vec<Holiday>) -> Result<Self, CalendarError> {
        let mut nations = NATIONS.map(|key| {
            let known = &self.0[key];
            (key, known.holidays().clone(), known.covered().1.0.year())
        });
        for (key, holidays, _) in &mut nations {
            let whole = whole_years(key, &extra);
            holidays.retain(|day, _| !whole.contains(&day.0.year()));
            // The same holiday on another day of the year was moved there: nobody has it twice.
            let is_moved = |day: &Day, name: &str, to: &Holiday| to.calendar == *key && is_moved_to(day, name, to);
            holidays.retain(|day, name| !extra.iter().any(|to| is_moved(day, name, to)));
        }
        for holiday in extra {
            let Some((_, holidays, _)) = nations.iter_mut().find(|(key, ..)| *key == holiday.calendar) else {
                return Err(CalendarError::UnknownCalendar(holiday.calendar));
            };
            let first = self.0[&holiday.calendar].covered().0;
            if holiday.day < first {
                return Err(CalendarError::TooEarly { calendar: holiday.calendar, day: holiday.day, first });
            }
            holidays.insert(holiday.day, holiday.name);
        }
        for (key, holidays, last_year) in &mut nations {
            *last_year = complete_through(key, holidays, *last_year)?;
        }
        Ok(Self::from_nations(nations))
    }

    /// What further bank holidays move in these calendars, in words: whoever gives the file should see that it is meant.
    pub fn moved_by(&self, extra: &[Holiday]) -> Vec<String> {
        let moved = |holiday: &Holiday| {
            let known = self.0.get(&holiday.calendar)?.holidays();
            let (day, name) = known.iter().find(|(day, name)| is_moved_to(day, name, holiday))?;
            Some(format!("{name} of {} moves to {} ({})", day.long(), holiday.day.long(), title(&holiday.calendar)))
        };
        extra.iter().filter_map(moved).collect()
    }

    /// The calendar with that key.
    pub fn get(&self, key: &str) -> Option<&Calendar> {
        self.0.get(key)
    }

    /// Every calendar, in the order of their keys.
    pub fn all(&self) -> impl Iterator<Item = &Calendar> {
        self.0.values()
    }

    /// The keys, for messages that list what may be written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Builds the nations' tables and the one that unites them, which covers only the years that all three cover.
    fn from_nations(nations: [(&str, BTreeMap<Day, String>, i16); 3]) -> Self {
        let mut united: BTreeMap<Day, String> = BTreeMap::new();
        for (key, holidays, _) in &nations {
            for (day, name) in holidays {
                united.entry(*day).or_insert_with(|| match *key {
                    ENGLAND_AND_WALES => name.clone(),
                    _ => format!("{name}, {}", title(key)),
                });
            }
        }
        let last_united = nations.iter().map(|(_, _, last)| *last).min().unwrap_or(*YEARS.end());
        let mut calendars = BTreeMap::new();
        for (key, holidays, last) in nations.into_iter().chain([(UNITED_KINGDOM, united, last_united)]) {
            calendars.insert(key.to_owned(), Calendar::new(key, title(key), holidays, *YEARS.start(), last));
        }
        Self(calendars)
    }
}

impl Default for Calendars {
    fn default() -> Self {
        Self::built_in()
    }
}

/// What a calendar is called.
fn title(key: &str) -> &'static str {
    match key {
        SCOTLAND => "Scotland",
        NORTHERN_IRELAND => "Northern Ireland",
        UNITED_KINGDOM => "Any part of the United Kingdom",
        _ => "England and Wales",
    }
}

/// The bank holidays of a nation for the years known by rule.
fn built_in_holidays(key: &str) -> BTreeMap<Day, String> {
    let nation = match key {
        SCOTLAND => rules::Nation::Scotland,
        NORTHERN_IRELAND => rules::Nation::NorthernIreland,
        _ => rules::Nation::EnglandAndWales,
    };
    YEARS.flat_map(|year| rules::holidays(nation, year)).collect()
}

/// Whether two names are of one holiday: what stands in brackets behind it (`substitute`, `VE day`), case and apostrophes are no difference.
fn is_same_holiday(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let bare = name.split(" (").next().unwrap_or_default();
        bare.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
    };
    plain(one) == plain(other)
}

/// Whether a holiday that is known on this day is the one that is given for another day of its year.
fn is_moved_to(day: &Day, name: &str, to: &Holiday) -> bool {
    day.0.year() == to.day.0.year() && *day != to.day && is_same_holiday(name, &to.name)
}

/// The years of which an import holds at least as many days as a nation has in any year.
fn whole_years(key: &str, extra: &[Holiday]) -> Vec<i16> {
    let mut days: BTreeMap<i16, usize> = BTreeMap::new();
    for holiday in extra.iter().filter(|holiday| holiday.calendar == key) {
        *days.entry(holiday.day.0.year()).or_default() += 1;
    }
    days.into_iter().filter(|(_, found)| *found >= least_in_a_year(key)).map(|(year, _)| year).collect()
}

fn least_in_a_year(key: &str) -> usize {
    match key {
        SCOTLAND => 9,
        NORTHERN_IRELAND => 10,
        _ => 8,
    }
}

/// The last year for which the holidays are whole; refuses a later year of which only a part was imported.
fn complete_through(key: &str, holidays: &BTreeMap<Day, String>, last_year: i16) -> Result<i16, CalendarError> {
    let least = least_in_a_year(key);
    let latest = holidays.keys().next_back().map_or(last_year, |day| day.0.year());
    for year in last_year + 1..=latest {
        let found = holidays.keys().filter(|day| day.0.year() == year).count();
        if found < least {
            return Err(CalendarError::Incomplete { calendar: key.to_owned(), year, found, least });
        }
    }
    Ok(latest.max(last_year))
}

#[cfg(test)]
mod tests;
