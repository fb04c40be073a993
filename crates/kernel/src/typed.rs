//! Numbers, days and times as people type them: one reader for forms, imports and the API. What could mean two things is refused, with how
//! to write it: a slip that is taken for something else is worse than one that is sent back.

use crate::{Day, Moment, text, time::LONDON, time::TimeError};
use jiff::{civil, tz::AmbiguousOffset};

/// Why a number was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is no number at all.
    #[error("is not a number: use digits, like 12 or 1,234.5")]
    NotANumber,
    /// `68,00`, `1.234,50`: a comma where a point is meant, or a slip.
    #[error(
        "has a comma that does not stand between thousands: write a point before the decimals, like 68.00 or 1,234.50"
    )]
    Comma,
    /// More decimals than the field has.
    #[error("has more decimals than are counted here")]
    Decimals,
    /// `1.00199E+11`.
    #[error(
        "was shortened by a spreadsheet, and its last digits are lost: format the column as text and fill it in again"
    )]
    Shortened,
    /// It is beyond what can be counted.
    #[error("is too large")]
    TooLarge,
}

/// A number in parts: its sign, the digits before the point without their commas, those after it.
struct Parts {
    negative: bool,
    whole: String,
    decimals: String,
}

fn parts(typed: &str) -> Result<Parts, NumberError> {
    let cleaned = text::clean(typed);
    let typed = cleaned.trim();
    let (negative, typed) = match typed.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, typed.strip_prefix('+').unwrap_or(typed)),
    };
    if is_shortened(typed) {
        return Err(NumberError::Shortened);
    }
    if typed.is_empty() || !typed.bytes().all(|byte| byte.is_ascii_digit() || b"., ".contains(&byte)) {
        return Err(NumberError::NotANumber);
    }
    let (whole, decimals) = typed.split_once('.').unwrap_or((typed, ""));
    if decimals.contains([',', '.']) {
        return Err(NumberError::Comma);
    }
    let whole = thousands(whole)?;
    if decimals.contains(' ') || (whole.is_empty() && decimals.is_empty()) {
        return Err(NumberError::NotANumber);
    }
    Ok(Parts { negative, whole, decimals: decimals.to_owned() })
}

/// `1.00199E+11`: what a spreadsheet makes of a number that is too long for its column.
pub fn is_shortened(typed: &str) -> bool {
    typed.trim().to_ascii_uppercase().split_once('E').is_some_and(|(number, power)| {
        let power = power.trim_start_matches(['+', '-']);
        number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte))
            && !power.is_empty()
            && power.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The digits of groups of three, apart by commas or blanks: `1,234`, `1 234`; refused when a group is none.
fn thousands(whole: &str) -> Result<String, NumberError> {
    let Some(mark) = whole.chars().find(|c| matches!(c, ',' | ' ')) else { return Ok(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let sound = (1..=3).contains(&groups[0].len())
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    if sound {
        Ok(groups.concat())
    } else {
        Err(if whole.contains(',') { NumberError::Comma } else { NumberError::NotANumber })
    }
}

/// A number in units of its last decimal: with two decimals `2.5` is 250. Noughts behind them are none.
pub fn scaled(typed: &str, decimals_max: usize) -> Result<i64, NumberError> {
    let parts = parts(typed)?;
    if parts.decimals.len() > decimals_max && (decimals_max > 0 || parts.decimals.bytes().any(|byte| byte != b'0')) {
        return Err(NumberError::Decimals);
    }
    let decimals = if decimals_max == 0 { "" } else { &parts.decimals };
    let digits = format!("{}{decimals:0<decimals_max$}", parts.whole);
    let value: i64 = digits.parse().map_err(|_| NumberError::TooLarge)?;
    Ok(if parts.negative { -value } else { value })
}

/// A whole number; a spreadsheet's `7800.0` and `7,800` are whole.
pub fn whole(typed: &str) -> Result<i64, NumberError> {
    scaled(typed, 0)
}

/// A quantity in hundredths: `2.5` is 250.
pub fn hundredths(typed: &str) -> Result<i64, NumberError> {
    scaled(typed, 2)
}

/// A number with any decimals.
pub fn decimal(typed: &str) -> Result<f64, NumberError> {
    let parts = parts(typed)?;
    let value: f64 = format!("{}.{}", if parts.whole.is_empty() { "0" } else { &parts.whole }, parts.decimals)
        .trim_end_matches('.')
        .parse()
        .map_err(|_| NumberError::NotANumber)?;
    Ok(if parts.negative { -value } else { value })
}

/// From which day to which a field makes sense. A day outside is a slip: the year 19 or 2206 is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day that makes sense.
    pub earliest: Day,
    /// The last.
    pub latest: Day,
}

impl Span {
    /// Any day that a landlord's papers name: leases reach back to 1850 and forward for a thousand years.
    pub const ANY: Self = Self { earliest: Day(civil::date(1850, 1, 1)), latest: Day(civil::date(3050, 12, 31)) };

    /// What has happened: since 1900, and not after today.
    pub fn happened(today: Day) -> Self {
        Self { earliest: Day(civil::date(1900, 1, 1)), latest: today }
    }

    /// What begins or ends around now: since 1900, and so many years from today at most.
    pub fn until_years(today: Day, years: i64) -> Self {
        Self { earliest: Day(civil::date(1900, 1, 1)), latest: today.plus_months(12 * years) }
    }

    /// The day, or what to enter instead.
    pub fn check(self, day: Day) -> Result<Day, String> {
        if (self.earliest..=self.latest).contains(&day) {
            return Ok(day);
        }
        Err(format!("enter a date between {} and {}", self.earliest.long(), self.latest.long()))
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day as people and other systems write it: `2026-12-18`, `18/12/2026`, `18-Dec-2026`, `18 December 2026`, a time of day behind it or
/// none. What a time says beside the day is left.
pub fn day(typed: &str) -> Result<Day, TimeError> {
    let cleaned = text::clean(typed);
    let typed = cleaned.trim();
    if typed.contains(':')
        && let Ok(instant) = typed.parse::<jiff::Timestamp>()
    {
        return Ok(Moment::from_micros(instant.as_microsecond()).day());
    }
    let (date, time) = split(typed);
    if let Some(time) = time {
        clock(time).ok_or_else(|| TimeError::NotATime(time.to_owned()))?;
    }
    date_alone(date)
}

/// An instant as people and other systems write it: with an offset, or by the clock in London; a day alone is its beginning.
pub fn moment(typed: &str) -> Result<Moment, TimeError> {
    let cleaned = text::clean(typed);
    let typed = cleaned.trim();
    if let Ok(instant) = typed.parse::<jiff::Timestamp>() {
        return Ok(Moment::from_micros(instant.as_microsecond()));
    }
    let (date, time) = split(typed);
    let day = date_alone(date)?;
    let Some(time) = time else { return Ok(day.start()) };
    let time = clock(time).ok_or_else(|| TimeError::NotATime(time.to_owned()))?;
    let local = day.0.to_datetime(time);
    let ambiguous = LONDON.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {}
        AmbiguousOffset::Gap { .. } => return Err(TimeError::Skipped(said(day, time))),
        AmbiguousOffset::Fold { .. } => return Err(TimeError::Twice(said(day, time))),
    }
    ambiguous
        .compatible()
        .map(|at| Moment::from_micros(at.as_microsecond()))
        .map_err(|_| TimeError::Unreadable(typed.to_owned()))
}

fn said(day: Day, time: civil::Time) -> String {
    format!("{:02}:{:02} on {}", time.hour(), time.minute(), day.long())
}

/// The date and, where one stands behind it, the time of day.
fn split(typed: &str) -> (&str, Option<&str>) {
    let Some(colon) = typed.find(':') else { return (typed, None) };
    let hours = typed[..colon].bytes().rev().take(2).take_while(u8::is_ascii_digit).count();
    let (date, time) = typed.split_at(colon - hours);
    (date.trim_end_matches(['T', 't', ' ', ',']), Some(time.trim()))
}

/// A time of day: `09:15`, `9:15`, `9:15:00`, `09:15:00.000`, `2:05 pm`.
pub fn clock(typed: &str) -> Option<civil::Time> {
    let lower = typed.trim().to_ascii_lowercase();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim_end(), Some(0)),
        (_, Some(rest)) => (rest.trim_end(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let number = |text: &str| -> Option<i8> {
        ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let mut fields = digits.splitn(3, ':');
    let (hour, minute) = (number(fields.next()?)?, fields.next()?);
    if minute.len() != 2 {
        return None;
    }
    let minute = number(minute)?;
    let second = match fields.next() {
        None => 0,
        Some(text) => {
            let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
            fraction.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
            number(second)?
        }
    };
    let hour = match half {
        None => hour,
        Some(half) => (1..=12).contains(&hour).then_some(hour % 12 + half)?,
    };
    civil::Time::new(hour, minute, second, 0).ok()
}

fn date_alone(typed: &str) -> Result<Day, TimeError> {
    let unreadable = || TimeError::Unreadable(typed.to_owned());
    let mut tokens: Vec<&str> = typed.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).collect();
    if tokens.len() == 4 && tokens[0].chars().all(char::is_alphabetic) {
        tokens.remove(0);
    }
    let digits = |token: &str| token.bytes().all(|byte| byte.is_ascii_digit());
    if let [one] = tokens.as_slice()
        && digits(one)
        && one.len() == 5
    {
        return Err(TimeError::Serial((*one).to_owned()));
    }
    let [first, second, third] = tokens.as_slice() else { return Err(unreadable()) };
    let (day, month, year) =
        if first.len() == 4 && digits(first) { (third, second, first) } else { (first, second, third) };
    let day = ["st", "nd", "rd", "th"].iter().find_map(|end| day.strip_suffix(end)).unwrap_or(day);
    let named = second.to_lowercase();
    let month: i8 = match MONTHS
        .iter()
        .position(|name| named.len() >= 3 && name.starts_with(&named) || named == "sept" && *name == "september")
    {
        Some(place) => place as i8 + 1,
        None => month.parse().map_err(|_| unreadable())?,
    };
    let day: i8 = day.parse().map_err(|_| unreadable())?;
    match year.len() {
        4 if digits(year) => {}
        2 if digits(year) => return Err(TimeError::ShortYear),
        _ => return Err(unreadable()),
    }
    let year: i16 = year.parse().map_err(|_| unreadable())?;
    Day::new(year, month, day).ok_or_else(|| match (1..=12).contains(&day) && (13..=31).contains(&month) {
        true => TimeError::MonthFirst(typed.to_owned()),
        false => TimeError::NoSuchDay(typed.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_stands_between_thousands_only() {
        for text in ["68,00", "7,5", "1,5", "1.234,50", "12,34", "1,2345", ",500", "1,,234"] {
            assert_eq!(hundredths(text), Err(NumberError::Comma), "{text}");
        }
        assert_eq!(hundredths("1,234.50"), Ok(123_450));
        assert_eq!(hundredths("1\u{a0}234.5"), Ok(123_450));
        assert_eq!(hundredths("−2.5"), Ok(-250));
        assert_eq!(hundredths("9.005"), Err(NumberError::Decimals));
        assert_eq!(hundredths(".5"), Ok(50));
    }

    #[test]
    fn whole_numbers_of_spreadsheets_are_whole() {
        for text in ["7800", "7800.0", "7,800", "7 800", " 7800.00 "] {
            assert_eq!(whole(text), Ok(7800), "{text}");
        }
        assert_eq!(whole("7.5"), Err(NumberError::Decimals));
        assert_eq!(whole("1.00199E+11"), Err(NumberError::Shortened));
        assert_eq!(whole("99999999999999999999"), Err(NumberError::TooLarge));
        for text in ["", "-", ".", "(12.00)", "12a", "7 5", "٣"] {
            assert_eq!(whole(text), Err(NumberError::NotANumber), "{text}");
        }
        assert_eq!(decimal("453120.53"), Ok(453_120.53));
        assert_eq!(decimal("9.5"), Ok(9.5));
    }

    #[test]
    fn days_of_other_systems_are_understood() {
        for text in [
            "18/12/1980",
            "18/12/1980 00:00:00",
            "1980-12-18 00:00:00",
            "1980-12-18T00:00:00",
            "1980-12-18 00:00:00.000",
            "18/12/1980 0:00",
            "18-Dec-1980",
            "18.12.1980",
            "18-12-1980",
            "18 December 1980",
            "Thu 18 Dec 1980",
            "\u{a0}18/12/1980\u{a0}",
        ] {
            assert_eq!(day(text).map(|day| day.to_string()), Ok("1980-12-18".into()), "{text}");
        }
        assert_eq!(day("8/6/1980").map(|day| day.to_string()), Ok("1980-06-08".into()));
        assert_eq!(
            day("2026-07-01T23:30:00Z").map(|day| day.to_string()),
            Ok("2026-07-02".into()),
            "the day in London"
        );
        assert!(day("29/02/1980").is_ok());
    }

    #[test]
    fn what_may_mean_two_days_is_refused_by_its_reason() {
        for text in ["18/12/80", "01/04/19", "18/12/19", "8-Dec-80"] {
            assert_eq!(day(text), Err(TimeError::ShortYear), "{text}");
        }
        assert_eq!(day("12/18/1980"), Err(TimeError::MonthFirst("12/18/1980".into())));
        assert_eq!(day("29573"), Err(TimeError::Serial("29573".into())));
        assert_eq!(day("29/02/1981"), Err(TimeError::NoSuchDay("29/02/1981".into())));
        assert_eq!(day("18/12/1980 25:00"), Err(TimeError::NotATime("25:00".into())));
        for text in ["NULL", "N/A", "1980", "", "soon", "18/12", "18/12/20226", "19801218"] {
            assert!(matches!(day(text), Err(TimeError::Unreadable(_))), "{text}");
        }
    }

    #[test]
    fn times_are_read_with_seconds_and_without_a_nought() {
        let at = |text: &str| moment(text).map(|at| at.to_string());
        for text in
            ["18/12/2026 9:15", "18/12/2026 9:15:00", "2026-12-18T09:15", "18 Dec 2026, 09:15", "18/12/2026 9:15 am"]
        {
            assert_eq!(at(text), Ok("2026-12-18T09:15:00Z".into()), "{text}");
        }
        assert_eq!(at("18/12/2026 2:05 pm"), Ok("2026-12-18T14:05:00Z".into()));
        assert_eq!(at("01/07/2026 09:00"), Ok("2026-07-01T08:00:00Z".into()));
        assert_eq!(at("2026-07-01"), Ok("2026-06-30T23:00:00Z".into()));
    }

    #[test]
    fn a_time_that_the_clock_change_skips_or_repeats_is_named() {
        assert!(matches!(moment("29/03/2026 01:30"), Err(TimeError::Skipped(_))));
        assert!(matches!(moment("25/10/2026 01:30"), Err(TimeError::Twice(_))));
        assert!(moment("2026-10-25T01:30:00+01:00").is_ok() && moment("2026-10-25T01:30:00+00:00").is_ok());
    }

    #[test]
    fn a_field_knows_its_sensible_days() {
        let today = Day::new(2026, 12, 18).unwrap();
        assert!(Span::happened(today).check(today.plus_days(1)).unwrap_err().contains("18 December 2026"));
        assert!(Span::until_years(today, 2).check(today.plus_months(24)).is_ok());
        assert!(Span::ANY.check(Day::new(19, 4, 1).unwrap()).is_err());
    }
}
