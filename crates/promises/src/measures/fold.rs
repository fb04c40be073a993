//! From rows of evidence to a value.

use super::MeasureKind;
use serde::{Deserialize, Serialize};

/// One row of evidence, as far as arithmetic is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Whether the row is in the denominator.
    pub counted: bool,
    /// Whether a counted row is in the numerator.
    pub hit: bool,
    /// The value to be averaged or added up.
    pub value: Option<f64>,
}

/// What a figure keeps of its rows: enough to add cells together and to compute every kind of value but a median.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Hits among the counted rows.
    pub numerator: i64,
    /// Counted rows; for a rate, homes.
    pub denominator: i64,
    /// The counted rows' values added up; `None` when no row carries one.
    pub sum: Option<f64>,
}

impl Cell {
    /// The cell of some rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Evidence>) -> Self {
        rows.into_iter().fold(Self::default(), |cell, row| cell.merge(Self::of_row(row)))
    }

    fn of_row(row: &Evidence) -> Self {
        if !row.counted {
            return Self::default();
        }
        Self { numerator: i64::from(row.hit), denominator: 1, sum: row.value }
    }

    /// Both cells together.
    pub fn merge(self, other: Self) -> Self {
        let sum = match (self.sum, other.sum) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
            sum,
        }
    }

    /// The same cell for a rate, whose denominator is homes.
    pub fn per_homes(self, homes: i64) -> Self {
        Self { denominator: homes, ..self }
    }

    /// The value; `None` when there is nothing to divide by, and for a median, which needs the rows (see [`median`]).
    pub fn value(self, kind: MeasureKind) -> Option<f64> {
        let of = |top: f64| (self.denominator > 0).then(|| top / self.denominator as f64);
        match kind {
            MeasureKind::Percent => of(100.0 * self.numerator as f64),
            MeasureKind::RatePer1000Homes => of(1000.0 * self.numerator as f64),
            MeasureKind::Average => of(self.sum?),
            MeasureKind::Count => Some(self.numerator as f64),
            MeasureKind::Sum => Some(self.sum.unwrap_or(0.0)),
            MeasureKind::PointInTime => Some(self.sum.unwrap_or(self.numerator as f64)),
            MeasureKind::Median => None,
        }
    }
}

/// The value of some rows. `homes` is the number of homes at the period's end and serves rates only.
pub fn fold(kind: MeasureKind, rows: &[Evidence], homes: i64) -> Option<f64> {
    match kind {
        MeasureKind::Median => median(rows),
        MeasureKind::RatePer1000Homes => Cell::of(rows).per_homes(homes).value(kind),
        _ => Cell::of(rows).value(kind),
    }
}

/// The middle value of the counted rows; the mean of the two middle ones when their number is even.
pub fn median(rows: &[Evidence]) -> Option<f64> {
    let mut values: Vec<f64> = rows.iter().filter(|row| row.counted).filter_map(|row| row.value).collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    match values.len() % 2 {
        0 => Some(f64::midpoint(values[values.len() / 2 - 1], upper)),
        _ => Some(upper),
    }
}

#[cfg(test)]
mod tests;
