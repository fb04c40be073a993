//! Charts as SVG from the server, each with its title, a description and the data behind it as a table.
//!
//! A line chart is drawn at three widths, and the stylesheet shows the one that fits its container: text stays readable on
//! a phone. Bars and strips are rows of HTML with a small SVG each, so that they need no second drawing.

mod bars;
mod quartiles;
mod scale;
mod trend;

pub use bars::{Bar, Segment, Stack, bars, stacks};
pub use quartiles::{Marker, Strip, quartiles};
pub use trend::{Point, Trend, sparkline, trend};

use crate::cards::thousands;

/// What the numbers of a chart are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Things counted.
    #[default]
    Count,
    /// Hundredths of a whole, 0 to 100.
    Percent,
    /// Days.
    Days,
    /// Pounds.
    Pounds,
    /// A rate or an average without a unit of its own.
    Rate,
}

impl Unit {
    /// The number as people read it: `1,234`, `97.4%`, `12.3 days`, `£1,234`.
    pub fn format(self, value: f64) -> String {
        match self {
            Self::Count => decimals(value, 0),
            Self::Percent => format!("{}%", decimals(value, 1)),
            Self::Days if (value - 1.0).abs() < 0.05 => "1 day".to_owned(),
            Self::Days => format!("{} days", decimals(value, 1)),
            Self::Pounds if value < 0.0 => format!("−£{}", decimals(-value, 0)),
            Self::Pounds => format!("£{}", decimals(value, 0)),
            Self::Rate => decimals(value, 1),
        }
    }

    /// The number as it stands on an axis, where the step between two marks is given.
    fn tick(self, value: f64, step: f64) -> String {
        let number = decimals(value, usize::from(step.fract().abs() > 1e-9));
        match self {
            Self::Percent => format!("{number}%"),
            Self::Pounds => format!("£{number}"),
            _ => number,
        }
    }
}

/// A number with its thousands apart and so many decimals, half away from zero.
fn decimals(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !zero { "−" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A coordinate with two decimals at most: enough for a screen, short in the page.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(Unit::Count.format(12345.0), "12,345");
        assert_eq!(Unit::Percent.format(97.36), "97.4%");
        assert_eq!(Unit::Days.format(1.0), "1 day");
        assert_eq!(Unit::Pounds.format(-1234.4), "−£1,234");
        assert_eq!(Unit::Rate.format(f64::NAN), "–");
        assert_eq!(Unit::Rate.format(-0.01), "0.0");
        assert_eq!(Unit::Percent.tick(97.5, 2.5), "97.5%");
        assert_eq!(coordinate(12.0), "12");
    }
}
