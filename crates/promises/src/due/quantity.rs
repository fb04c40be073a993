//! How much time a promise gives.

use crate::DueError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most that a declaration may count, in any unit: longer is a slip of the pen.
pub(crate) const QUANTITY_MAX: i64 = 10_000;

/// A length of time, in the unit in which the source gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Elapsed hours, nights and weekends included.
    Hours(i64),
    /// Calendar days.
    Days(i64),
    /// Calendar weeks.
    Weeks(i64),
    /// Calendar months: the corresponding date, else that month's last day.
    Months(i64),
    /// Working days of the rule's calendar.
    WorkingDays(i64),
    /// A date of the year: the next one on or after the trigger's day.
    On {
        /// 1–12.
        month: i8,
        /// 1–31.
        day: i8,
    },
    /// None at all: the starting fact names the due date or instant itself, in this field of its payload.
    OnField(String),
}

impl Quantity {
    /// Reads `08-31`, a date of the year.
    pub fn on(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (two_digits(month)?, two_digits(day)?);
        // 2024 is a leap year, so 29 February is a date of the year.
        rooftree_kernel::Day::new(2024, month, day).map(|_| Self::On { month, day })
    }
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match *self {
            Self::Hours(n) => (n, "hour"),
            Self::Days(n) => (n, "day"),
            Self::Weeks(n) => (n, "week"),
            Self::Months(n) => (n, "month"),
            Self::WorkingDays(n) => (n, "working day"),
            Self::OnField(ref field) => return write!(f, "the fact's ‘{field}’"),
            Self::On { month, day } => {
                // 2024 is a leap year, so 29 February has a name.
                return match Date::new(2024, month, day) {
                    Ok(date) => write!(f, "{}", date.strftime("%-d %B")),
                    Err(_) => write!(f, "{month:02}-{day:02}"),
                };
            }
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// Reads what a person writes: `24 hours`, `28 days`, `28 calendar days`, `8 weeks`, `1 month`, `10 working days`.
pub fn parse_within(text: &str) -> Result<Quantity, DueError> {
    let wrong = || DueError::NotALength(text.to_owned());
    let lower = text.trim().to_lowercase();
    let (number, unit) = lower.split_once(char::is_whitespace).ok_or_else(wrong)?;
    let count: i64 = number.parse().map_err(|_| wrong())?;
    if !(1..=QUANTITY_MAX).contains(&count) {
        return Err(wrong());
    }
    match unit.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "hour" | "hours" => Ok(Quantity::Hours(count)),
        "day" | "days" | "calendar day" | "calendar days" => Ok(Quantity::Days(count)),
        "week" | "weeks" => Ok(Quantity::Weeks(count)),
        "month" | "months" => Ok(Quantity::Months(count)),
        "working day" | "working days" => Ok(Quantity::WorkingDays(count)),
        _ => Err(wrong()),
    }
}
