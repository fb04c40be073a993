//! A [`Moment`] is an instant (when something happened); a [`Day`] is a civil date (when it takes legal effect). Days are
//! counted in Europe/London; an elapsed-hours promise is counted in real hours across the clock change.

use crate::typed;
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef},
};
use std::{fmt, str::FromStr, sync::LazyLock};

/// The time zone in which days begin and end.
pub static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/London").expect("the time-zone database is bundled"));

/// PostgreSQL counts days and microseconds from here.
const POSTGRES_EPOCH: Date = jiff::civil::date(2000, 1, 1);
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// An instant, to the microsecond (the precision PostgreSQL keeps).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub jiff::Timestamp);

/// A civil date in Europe/London.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub Date);

impl Moment {
    /// The present instant, cut to the microsecond. Only the composition root calls this; everything else is handed a moment.
    pub fn now() -> Self {
        Self::from_micros(jiff::Timestamp::now().as_microsecond())
    }

    /// The instant so many microseconds after 1970; out-of-range values are clamped.
    pub fn from_micros(micros: i64) -> Self {
        Self(jiff::Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        }))
    }

    /// Microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The day it was in London.
    pub fn day(self) -> Day {
        Day(self.london().date())
    }

    /// The wall clock in London.
    pub fn london(self) -> jiff::Zoned {
        self.0.to_zoned(LONDON.clone())
    }

    /// So many real seconds later (or earlier).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.as_micros().saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Real seconds from `earlier` to this moment.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.as_micros() - earlier.as_micros()) / 1_000_000
    }

    /// What staff read: `Fri 18 Dec 2026, 16:05`.
    pub fn long(self) -> String {
        self.london().strftime("%a %-d %b %Y, %H:%M").to_string()
    }

    /// What fits a table: `18 Dec 2026 16:05`.
    pub fn short(self) -> String {
        self.london().strftime("%-d %b %Y %H:%M").to_string()
    }

    /// The clock time alone: `16:05`.
    pub fn time(self) -> String {
        self.london().strftime("%H:%M").to_string()
    }

    /// From this clock time until another, as pages say it: `08:00 to 12:00`.
    pub fn time_until(self, end: Self) -> String {
        format!("{} to {}", self.time(), end.time())
    }
}

impl Day {
    /// A day by its numbers, or `None` when there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// The instant the day begins in London.
    pub fn start(self) -> Moment {
        self.clamped(self.0.to_zoned(LONDON.clone()))
    }

    /// The instant the day is over, which is the instant the next begins.
    pub fn end(self) -> Moment {
        self.plus_days(1).start()
    }

    /// That clock time on this day in London; a time that the spring change skips moves forward.
    pub fn at(self, hour: i8, minute: i8) -> Moment {
        self.clamped(self.0.at(hour, minute, 0, 0).to_zoned(LONDON.clone()))
    }

    /// The very first and last days that can be written lie outside the instants that can be counted: the nearest is taken, so that
    /// no date that somebody types can stop us.
    fn clamped(self, zoned: Result<jiff::Zoned, jiff::Error>) -> Moment {
        let nearest = if self.0.year() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Moment(zoned.map_or(nearest, |zoned| zoned.timestamp()))
    }

    /// So many calendar days later (or earlier); clamps at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default()))
    }

    /// The corresponding date so many months later, else that month's last day.
    pub fn plus_months(self, months: i64) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().try_months(months).unwrap_or_default()))
    }

    /// Calendar days from `earlier` to this day.
    pub fn days_since(self, earlier: Self) -> i64 {
        i64::from(self.0.duration_since(earlier.0).as_hours() as i32 / 24)
    }

    /// The first day of its month.
    pub fn month_start(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// What people read: `18 December 2026`.
    pub fn long(self) -> String {
        self.0.strftime("%-d %B %Y").to_string()
    }

    /// What fits a table: `Fri 18 Dec 2026`.
    pub fn short(self) -> String {
        self.0.strftime("%a %-d %b %Y").to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is neither a date nor an instant, or might be two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is no date at all.
    #[error("‘{0}’ is not a date or time: write 2026-12-18 or 2026-12-18T16:05")]
    Unreadable(String),
    /// `18/12/80` may be of this century or the last.
    #[error("write the year in full, like 18/12/1980")]
    ShortYear,
    /// `12/18/1980`.
    #[error("‘{0}’ has the month first: write the day first, like 18/12/1980")]
    MonthFirst(String),
    /// `29573`: how a spreadsheet counts days.
    #[error("‘{0}’ is a spreadsheet’s number for a day: format the column as a date and save the file again")]
    Serial(String),
    /// `29/02/1981`.
    #[error("there is no ‘{0}’ in the calendar: correct the day")]
    NoSuchDay(String),
    /// What stands behind the date is no time of day.
    #[error("‘{0}’ is no time of day: write 09:15")]
    NotATime(String),
    /// In spring the clock goes from 01:00 to 02:00.
    #[error("there was no {0}: the clocks went forward over it, give a time before or after")]
    Skipped(String),
    /// In autumn an hour comes twice.
    #[error(
        "{0} came twice, because the clocks went back: write it with +01:00 behind it for the first time, +00:00 for the second"
    )]
    Twice(String),
}

impl FromStr for Moment {
    type Err = TimeError;
    /// Reads an instant with an offset, or a London wall-clock time (`2026-12-18T16:05`), or a date (its beginning).
    fn from_str(text: &str) -> Result<Self, TimeError> {
        typed::moment(text)
    }
}

impl FromStr for Day {
    type Err = TimeError;
    /// Reads `2026-12-18`, `18/12/2026` and the other forms of a date, and nothing behind it: what has a time is an instant, and whoever
    /// tries which of the two a text is must not lose the time. [`typed::day`] passes over it.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if text.contains(':') { Err(TimeError::Unreadable(text.trim().to_owned())) } else { typed::day(text) }
    }
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_timestamptz")
    }
}

impl<'q> Encode<'q, Postgres> for Moment {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode_by_ref(&(self.as_micros() - POSTGRES_EPOCH_MICROS), buf)
    }
}

impl<'r> Decode<'r, Postgres> for Moment {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let micros = <i64 as Decode<Postgres>>::decode(value)?;
                Ok(Self::from_micros(micros.saturating_add(POSTGRES_EPOCH_MICROS)))
            }
            PgValueFormat::Text => Ok(Self(value.as_str()?.replacen(' ', "T", 1).parse()?)),
        }
    }
}

impl Type<Postgres> for Day {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("date")
    }
}

impl PgHasArrayType for Day {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_date")
    }
}

impl<'q> Encode<'q, Postgres> for Day {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = i32::try_from(self.days_since(Day(POSTGRES_EPOCH)))?;
        <i32 as Encode<Postgres>>::encode_by_ref(&days, buf)
    }
}

impl<'r> Decode<'r, Postgres> for Day {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let days = <i32 as Decode<Postgres>>::decode(value)?;
                Ok(Day(POSTGRES_EPOCH).plus_days(i64::from(days)))
            }
            PgValueFormat::Text => Ok(value.as_str()?.parse()?),
        }
    }
}

/// A promise is at risk in this part of its time, the last fifth: pages, lists and tiles mean the same by it.
pub const AT_RISK_PART: i64 = 5;

/// Whether a promise that is still to be kept has less than that part of its time left.
pub fn is_at_risk(started: Moment, due: Moment, now: Moment) -> bool {
    now < due && due.seconds_since(now) * AT_RISK_PART < due.seconds_since(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_london_day_follows_the_clock_change() {
        let spring: Day = "2026-03-29".parse().unwrap();
        assert_eq!(spring.end().seconds_since(spring.start()), 23 * 3600);
        let autumn: Day = "2026-10-25".parse().unwrap();
        assert_eq!(autumn.end().seconds_since(autumn.start()), 25 * 3600);
    }

    #[test]
    fn pages_show_one_clock_of_twenty_four_hours() {
        let at = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(at("2026-12-18T09:05").time(), "09:05");
        assert_eq!(at("2026-12-18T08:00").time_until(at("2026-12-18T12:00")), "08:00 to 12:00");
        assert_eq!(at("2026-12-18T22:00").time_until(at("2026-12-19T00:00")), "22:00 to 00:00");
        assert_eq!(at("2026-12-18T16:05").long(), "Fri 18 Dec 2026, 16:05");
    }

    #[test]
    fn months_end_on_the_corresponding_day_or_the_last() {
        let day: Day = "2027-01-31".parse().unwrap();
        assert_eq!(day.plus_months(1).to_string(), "2027-02-28");
        assert_eq!(day.plus_months(2).to_string(), "2027-03-31");
        assert_eq!(day.plus_days(365).days_since(day), 365);
    }

    #[test]
    fn no_day_that_can_be_written_stops_us() {
        for text in ["9999-12-31", "0001-01-01"] {
            let day: Day = text.parse().unwrap();
            assert!(day.start() <= day.end() && day.at(23, 59) >= day.start(), "{text}");
        }
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!("18/12/2026".parse::<Day>().unwrap().to_string(), "2026-12-18");
        assert_eq!("2026-07-01T09:00".parse::<Moment>().unwrap().to_string(), "2026-07-01T08:00:00Z");
        assert!("2026-13-01".parse::<Day>().is_err());
    }
}
