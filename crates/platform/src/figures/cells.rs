//! Cells and what can be made of them; pure.

use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::measures::{Cell, MeasureKind, OverMonths};
use std::collections::BTreeMap;

/// What a cell keeps of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Tally {
    /// Hits among the counted rows.
    pub numerator: i64,
    /// Counted rows.
    pub denominator: i64,
    /// Rows that are listed and not counted.
    pub excluded: i64,
    /// The counted rows' values added up; `None` when no row carries one.
    pub total: Option<f64>,
    /// What a ratio divides by, added up likewise.
    pub base: Option<f64>,
    /// The middle value, where the rows themselves were at hand.
    pub median: Option<f64>,
}

impl Tally {
    /// Both together. A median is lost: it cannot be had from two medians.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let both = self.cell().merge(other.cell());
        Self {
            numerator: both.numerator,
            denominator: both.denominator,
            excluded: self.excluded.saturating_add(other.excluded),
            total: both.sum,
            base: both.base,
            median: None,
        }
    }

    /// The value. `members`, the size of the population, serves rates and shares only.
    pub fn value(self, kind: MeasureKind, members: Option<i64>) -> Option<f64> {
        match kind {
            MeasureKind::Median => self.median,
            MeasureKind::RatePer1000 | MeasureKind::Share => self.cell().of_population(members?).value(kind),
            _ => self.cell().value(kind),
        }
    }

    fn cell(self) -> Cell {
        Cell { numerator: self.numerator, denominator: self.denominator, sum: self.total, base: self.base }
    }
}

/// Where a cell stands: the first day and length in months of what it counts, the dimension (`""` for the whole) and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub first: Day,
    pub months: i16,
    pub dimension: String,
    pub part: String,
}

impl Place {
    /// The whole of some months.
    pub fn whole(first: Day, months: i16) -> Self {
        Self { first, months, dimension: String::new(), part: String::new() }
    }
}

/// The cells of one measure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells(pub BTreeMap<Place, Tally>);

impl Cells {
    /// What a period came to, in each part of a dimension (one part without name for the whole). `months` are those that have begun.
    pub fn parts(&self, over: OverMonths, period: Period, months: &[Day], dimension: &str) -> BTreeMap<String, Tally> {
        let wanted: Vec<(Day, i16)> = match over {
            OverMonths::Whole => vec![(period.first_day(), period.months() as i16)],
            // As things stood on the last day of the period, or today.
            OverMonths::Last => months.last().map(|first| (*first, 1)).into_iter().collect(),
            OverMonths::Added => months.iter().map(|first| (*first, 1)).collect(),
        };
        let mut parts: BTreeMap<String, Tally> = BTreeMap::new();
        for (place, tally) in &self.0 {
            if place.dimension == dimension && wanted.contains(&(place.first, place.months)) {
                match parts.get_mut(&place.part) {
                    Some(known) => *known = known.merge(*tally),
                    None => {
                        parts.insert(place.part.clone(), *tally);
                    }
                }
            }
        }
        parts
    }
}

/// The middle value of a histogram: values in order, each with the number of rows that carry it.
pub(crate) fn middle(counts: &[(f64, i64)]) -> Option<f64> {
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let at = |position: i64| {
        let mut seen = 0;
        counts.iter().find_map(|(value, count)| {
            seen += count;
            (seen > position).then_some(*value)
        })
    };
    match total {
        0 => None,
        odd if odd % 2 == 1 => at(odd / 2),
        even => Some(f64::midpoint(at(even / 2 - 1)?, at(even / 2)?)),
    }
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
