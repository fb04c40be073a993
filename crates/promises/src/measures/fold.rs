//! From rows of evidence to a value.

use super::MeasureKind;
use serde::{Deserialize, Serialize};

/// One row of evidence, as far as arithmetic is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Whether the row is in the denominator.
    pub counted: bool,
    /// Whether a counted row is in the numerator.
    pub hit: bool,
    /// The value to be averaged or added up.
    pub value: Option<f64>,
    /// What a ratio divides by.
    pub base: Option<f64>,
}

/// What a figure keeps of its rows: enough to add cells together and to compute every kind of value but a median.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Hits among the counted rows.
    pub numerator: i64,
    /// Counted rows; for a rate or share, the population.
    pub denominator: i64,
    /// The counted rows' values added up; `None` when no row carries one.
    pub sum: Option<f64>,
    /// What a ratio divides by, added up likewise.
    pub base: Option<f64>,
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
        Self { numerator: i64::from(row.hit), denominator: 1, sum: row.value, base: row.base }
    }

    /// Both cells together.
    pub fn merge(self, other: Self) -> Self {
        let added = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
            sum: added(self.sum, other.sum),
            base: added(self.base, other.base),
        }
    }

    /// The same cell for a rate or share, whose denominator is a population.
    pub fn of_population(self, members: i64) -> Self {
        Self { denominator: members, ..self }
    }

    /// The value; `None` when there is nothing to divide by, and for a median, which needs the rows (see [`median`]).
    pub fn value(self, kind: MeasureKind) -> Option<f64> {
        let of = |top: f64| (self.denominator > 0).then(|| top / self.denominator as f64);
        match kind {
            MeasureKind::Percent | MeasureKind::Share => of(100.0 * self.numerator as f64),
            MeasureKind::RatePer1000 => of(1000.0 * self.numerator as f64),
            MeasureKind::Average => of(self.sum?),
            MeasureKind::Ratio => self.base.filter(|base| *base != 0.0).and_then(|base| Some(self.sum? / base)),
            MeasureKind::Count => Some(self.numerator as f64),
            MeasureKind::Sum => Some(self.sum.unwrap_or(0.0)),
            MeasureKind::PointInTime => Some(self.sum.unwrap_or(self.numerator as f64)),
            MeasureKind::Median => None,
        }
    }
}

/// The value of some rows. `members` is the size of the population at the period's end and serves rates and shares only.
pub fn fold(kind: MeasureKind, rows: &[Evidence], members: i64) -> Option<f64> {
    match kind {
        MeasureKind::Median => median(rows),
        MeasureKind::RatePer1000 | MeasureKind::Share => Cell::of(rows).of_population(members).value(kind),
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
