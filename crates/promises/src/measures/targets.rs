//! Targets that change with time and by part.

use super::Dimension;
use crate::{DeclarationError, errors::Place};
use rooftree_kernel::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A target from a day on, of the whole or of one part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatedTarget {
    /// The first day it applies.
    pub from: Day,
    /// The value to reach (or not to exceed), in the measure's unit.
    pub value: f64,
    /// The only part that it is for: a provider's own target, a ward's. `None` for the whole and for parts without one of their own.
    pub part: Option<(Dimension, String)>,
}

impl DatedTarget {
    /// The first day of a target that has none.
    pub const ALWAYS: Day = Day(jiff::civil::Date::MIN);
}

/// Targets as they stand in TOML: `{ from = 2025-04-01, value = 95.0, for = { ward = "Barton" } }`.
pub(crate) type RawTargets = Vec<RawTarget>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTarget {
    from: Option<toml::value::Datetime>,
    value: f64,
    r#for: Option<BTreeMap<Dimension, String>>,
}

/// The targets in the order of their days.
pub(crate) fn dated(place: Place<'_>, key: &str, raw: &[RawTarget]) -> Result<Vec<DatedTarget>, DeclarationError> {
    let mut targets: Vec<DatedTarget> = raw.iter().map(|raw| one(place, key, raw)).collect::<Result<_, _>>()?;
    targets.sort_by(|a, b| (a.from, &a.part).cmp(&(b.from, &b.part)));
    let same = |pair: &&[DatedTarget]| pair[0].from == pair[1].from && pair[0].part == pair[1].part;
    match targets.windows(2).find(same) {
        Some(pair) => {
            let from = if pair[0].from == DatedTarget::ALWAYS {
                "without a day".to_owned()
            } else {
                format!("on {}", pair[0].from)
            };
            Err(place.wrong(key, format!("two targets begin {from}"), "Keep one of them."))
        }
        None => Ok(targets),
    }
}

fn one(place: Place<'_>, key: &str, raw: &RawTarget) -> Result<DatedTarget, DeclarationError> {
    let from = match raw.from {
        None => DatedTarget::ALWAYS,
        Some(written) => day(written).ok_or_else(|| {
            let remedy = "Write from = 2025-04-01, without a time.";
            place.wrong(format!("{key}.from"), format!("‘{written}’ is not a date"), remedy)
        })?,
    };
    let mut parts = raw.r#for.iter().flatten();
    let part = parts.next().map(|(dimension, part)| (dimension.clone(), part.clone()));
    if raw.r#for.is_some() && (part.is_none() || parts.next().is_some()) {
        let remedy = "Name one part, such as for = { ward = \"Barton\" }.";
        return Err(place.wrong(format!("{key}.for"), "a target is of one part", remedy));
    }
    if part.is_none() && raw.from.is_none() {
        return Err(place.wrong(format!("{key}.from"), "it is missing", "Write from = 2025-04-01, without a time."));
    }
    Ok(DatedTarget { from, value: raw.value, part })
}

fn day(written: toml::value::Datetime) -> Option<Day> {
    let date = written.date.filter(|_| written.time.is_none())?;
    Day::new(i16::try_from(date.year).ok()?, date.month as i8, date.day as i8)
}
