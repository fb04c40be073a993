//! Months, quarters and financial years (1 April to 31 March), as figures are reported.

use crate::Day;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A reporting period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Period {
    /// A calendar month: year and month 1–12. Written `2026-03`.
    Month(i16, i8),
    /// A quarter of the financial year that begins in April of that year, 1–4. Written `2025-26-Q4`.
    Quarter(i16, i8),
    /// The financial year that begins in April of that year. Written `2025-26`.
    FinancialYear(i16),
}

impl Period {
    /// The month that holds a day.
    pub fn month_of(day: Day) -> Self {
        Self::Month(day.0.year(), day.0.month())
    }

    /// The financial year that holds a day.
    pub fn year_of(day: Day) -> Self {
        let year = day.0.year();
        Self::FinancialYear(if day.0.month() >= 4 { year } else { year - 1 })
    }

    /// The quarter that holds a day.
    pub fn quarter_of(day: Day) -> Self {
        let months_since_april = (day.0.month() + 8) % 12;
        let Self::FinancialYear(year) = Self::year_of(day) else { unreachable!("year_of gives a financial year") };
        Self::Quarter(year, months_since_april / 3 + 1)
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        let april = |year: i16| Day::new(year, 4, 1).expect("1 April exists");
        match self {
            Self::Month(year, month) => Day::new(year, month, 1).expect("a parsed month exists"),
            Self::Quarter(year, quarter) => april(year).plus_months(3 * (i64::from(quarter) - 1)),
            Self::FinancialYear(year) => april(year),
        }
    }

    /// The day after its last.
    pub fn end_day(self) -> Day {
        self.first_day().plus_months(self.months())
    }

    /// Its length in months.
    pub fn months(self) -> i64 {
        match self {
            Self::Month(..) => 1,
            Self::Quarter(..) => 3,
            Self::FinancialYear(_) => 12,
        }
    }

    /// The period of the same kind so many steps later (or earlier).
    pub fn plus(self, steps: i64) -> Self {
        let day = self.first_day().plus_months(self.months() * steps);
        match self {
            Self::Month(..) => Self::month_of(day),
            Self::Quarter(..) => Self::quarter_of(day),
            Self::FinancialYear(_) => Self::year_of(day),
        }
    }

    /// What people read: `March 2026`, `Quarter 4, 2025/26`, `2025/26`.
    pub fn label(self) -> String {
        let short = |year: i16| format!("{year}/{:02}", (year + 1) % 100);
        match self {
            Self::Month(..) => self.first_day().0.strftime("%B %Y").to_string(),
            Self::Quarter(year, quarter) => format!("Quarter {quarter}, {}", short(year)),
            Self::FinancialYear(year) => short(year),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(year, month) => write!(f, "{year}-{month:02}"),
            Self::Quarter(year, quarter) => write!(f, "{year}-{:02}-Q{quarter}", (year + 1) % 100),
            Self::FinancialYear(year) => write!(f, "{year}-{:02}", (year + 1) % 100),
        }
    }
}

/// The text is not a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("‘{0}’ is not a period: write 2025-26, 2025-26-Q4, or a month as 2026-m03")]
pub struct PeriodError(pub String);

impl FromStr for Period {
    type Err = PeriodError;
    /// Reads `2025-26` (a financial year), `2025-26-Q4` and months. `2012-03` is both a month and no financial year, so it
    /// is a month; the one clash in each century, `2011-12`, is read as the financial year: write `2011-m12` for the month.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError(text.to_owned());
        let parts: Vec<&str> = text.split('-').collect();
        let year: i16 = parts[0].parse().map_err(|_| wrong())?;
        if !(1900..=2200).contains(&year) {
            return Err(wrong());
        }
        let follows = |part: &str| part.len() == 2 && part.parse::<i16>() == Ok((year + 1) % 100);
        match parts.as_slice() {
            [_, second] if follows(second) => Ok(Self::FinancialYear(year)),
            [_, second] => {
                let month = second.trim_start_matches('m').parse().map_err(|_| wrong())?;
                Day::new(year, month, 1).map(|_| Self::Month(year, month)).ok_or_else(wrong)
            }
            [_, second, quarter] if follows(second) => match quarter.strip_prefix('Q').and_then(|q| q.parse().ok()) {
                Some(quarter @ 1..=4) => Ok(Self::Quarter(year, quarter)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_back_and_follow_each_other() {
        for text in ["2025-26", "2025-26-Q4", "2026-03"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        let quarter: Period = "2025-26-Q4".parse().unwrap();
        assert_eq!(quarter.first_day().to_string(), "2026-01-01");
        assert_eq!(quarter.plus(1).to_string(), "2026-27-Q1");
        assert_eq!(Period::quarter_of("2026-03-31".parse().unwrap()), quarter);
        assert_eq!(Period::year_of("2026-03-31".parse().unwrap()).label(), "2025/26");
    }

    #[test]
    fn refuses_what_is_not_a_period() {
        for text in ["", "2025", "2025-27-Q1", "2025-26-Q5", "2025-13", "x-y"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
