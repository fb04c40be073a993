//! Cells and what can be made of them; pure.

use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::{
    measures::{Cell, Measure, MeasureKind, OverMonths},
    standards::Dimension,
};
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
            median: None,
        }
    }

    /// The value. `homes` serves rates only.
    pub fn value(self, kind: MeasureKind, homes: Option<i64>) -> Option<f64> {
        match kind {
            MeasureKind::Median => self.median,
            MeasureKind::RatePer1000Homes => self.cell().per_homes(homes?).value(kind),
            _ => self.cell().value(kind),
        }
    }

    fn cell(self) -> Cell {
        Cell { numerator: self.numerator, denominator: self.denominator, sum: self.total }
    }
}

/// One line of a breakdown.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// The ward, trade, provider or priority; empty where the rows do not say.
    pub name: String,
    /// The value of this part alone.
    pub value: Option<f64>,
    /// What it is made of.
    pub tally: Tally,
}

/// Where a cell stands: the first day and length in months of what it counts, the dimension (`""` for the whole) and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub first: Day,
    pub months: i16,
    pub dimension: &'static str,
    pub part: String,
}

/// The cells of one measure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells(pub BTreeMap<Place, Tally>);

/// The column name of a dimension, empty for the whole.
pub(crate) fn column(dimension: Option<Dimension>) -> &'static str {
    dimension.map_or("", Dimension::column)
}

impl Cells {
    /// What a period came to, in each part of a dimension (one part without name for the whole). `months` are those that have begun.
    pub fn parts(
        &self,
        over: OverMonths,
        period: Period,
        months: &[Day],
        dimension: &'static str,
    ) -> BTreeMap<String, Tally> {
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

/// The part of a measure's parts that has a name, as breakdown lines with their values, the largest denominators first.
pub(crate) fn lines(
    measure: &Measure,
    parts: BTreeMap<String, Tally>,
    homes: impl Fn(&str) -> Option<i64>,
) -> Vec<Part> {
    let mut lines: Vec<Part> = parts
        .into_iter()
        .map(|(name, tally)| Part { value: tally.value(measure.kind, homes(&name)), name, tally })
        .collect();
    let size = |part: &Part| part.tally.denominator.max(part.tally.numerator);
    lines.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    lines
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
