//! Measures: which figures are published, and how rows of evidence become a value.
//!
//! A measure is declared in TOML with its SQL beside it; a standard with a target gives its measure without any SQL. The SQL
//! yields one [`Evidence`] row per subject, so every figure opens to the rows that make it.

mod fold;
mod read;
mod show;

pub use fold::{Cell, Evidence, fold, median};
pub use show::format_value;

use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
    standards::{Confidence, Dimension, Standard, StandardSet},
};
use rooftree_kernel::Day;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// Hits of a hundred counted.
    Percent,
    /// How many hits.
    Count,
    /// The mean value of what is counted.
    Average,
    /// The middle value of what is counted.
    Median,
    /// Hits for every thousand homes.
    #[serde(rename = "rate-per-1000-homes")]
    RatePer1000Homes,
    /// The values of what is counted, added up.
    Sum,
    /// As things stood on the period's last day: the sum of the values where rows carry one, else how many hits.
    PointInTime,
}

/// How the figure of a quarter or a year comes about from its months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverMonths {
    /// The months are added together.
    Added,
    /// It is that of the last month: things as they stood at the end.
    Last,
    /// It is counted from all rows at once: it cannot be had from its months.
    Whole,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    None,
}

/// A target from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DatedTarget {
    /// The first day it applies.
    pub from: Day,
    /// The value to reach (or not to exceed), in the measure's unit.
    pub value: f64,
}

/// A figure that is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// `area.name`, or the standard's id.
    pub id: String,
    /// The file it was declared in.
    pub file: String,
    /// What people read.
    pub title: String,
    /// How it is counted, in plain words, with what is left out.
    pub definition: String,
    /// Where it is written.
    pub source: String,
    /// How sure we are of the source.
    pub confidence: Confidence,
    /// What kind of figure it is.
    pub kind: MeasureKind,
    /// An average or median of what stands at the end of the period's last day, whose SQL yields that day's rows only.
    pub as_of: bool,
    /// Shown with the value: `%`, `days`, `£` (values in pence, shown in pounds) or nothing.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// The targets, the earliest first.
    pub targets: Vec<DatedTarget>,
    /// How many decimals are shown.
    pub decimals: u8,
    /// By what it is broken down.
    pub breakdown: Vec<Dimension>,
    /// The facts that may change it.
    pub facts: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The statement that yields the evidence; `None` when it comes from a standard.
    pub sql: Option<String>,
    /// The regulator's measure with which peers are compared.
    pub external: Option<String>,
    /// The standard whose clocks are the evidence.
    pub from_standard: Option<String>,
}

impl Measure {
    /// How a period longer than a month is had from its months.
    pub fn over_months(&self) -> OverMonths {
        match self.kind {
            MeasureKind::PointInTime => OverMonths::Last,
            _ if self.as_of => OverMonths::Last,
            MeasureKind::Median => OverMonths::Whole,
            _ => OverMonths::Added,
        }
    }

    /// The target in force that day.
    pub fn target_on(&self, day: Day) -> Option<f64> {
        self.targets.iter().rev().find(|target| target.from <= day).map(|target| target.value)
    }

    /// Whether a value reaches the target in force that day; `None` without a target or a better direction. The value is
    /// compared as it is shown, so that a page never says "95.0 %, target 95.0 %: missed".
    pub fn meets_target(&self, value: f64, day: Day) -> Option<bool> {
        let target = show::rounded(self.target_on(day)?, self.decimals);
        let value = show::rounded(value, self.decimals);
        match self.direction {
            Direction::Up => Some(value >= target),
            Direction::Down => Some(value <= target),
            Direction::None => None,
        }
    }
}

/// Every measure: the declared ones and those that standards give.
#[derive(Clone, Debug, Default)]
pub struct MeasureSet(BTreeMap<String, Measure>);

impl MeasureSet {
    /// Reads all files, takes each measure's SQL from `sql` (name and text; the name as it stands beside the TOML file, with
    /// or without its folder), and checks that ids are unique and facts known. All that is wrong is reported at once.
    pub fn load(
        files: &[(&str, &str)],
        sql: &[(&str, &str)],
        known_facts: &BTreeSet<&str>,
    ) -> Result<Self, Vec<DeclarationError>> {
        let mut errors = Vec::new();
        let mut set = Self::default();
        for (file, text) in files {
            match read::parse(file, text, sql) {
                Ok(found) => found.into_iter().for_each(|measure| errors.extend(set.add(measure, known_facts))),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(set) } else { Err(errors) }
    }

    /// Adds the measures of the standards that have a target. A standard whose id a declared measure bears already is left
    /// to that measure.
    pub fn with_standards(mut self, standards: &StandardSet) -> Self {
        for standard in standards.all() {
            let Some(target) = &standard.target else { continue };
            let dated = DatedTarget { from: standard.from, value: target.percent };
            match self.0.get_mut(&standard.id) {
                Some(measure) if measure.from_standard.is_some() => {
                    // Versions come the earliest first: the latest words win, every version's target stays.
                    let mut targets = std::mem::take(&mut measure.targets);
                    targets.push(dated);
                    *measure = Measure { targets, ..of_standard(standard, dated) };
                }
                Some(_) => {}
                None => {
                    self.0.insert(standard.id.clone(), of_standard(standard, dated));
                }
            }
        }
        self
    }

    /// The measure with that id.
    pub fn get(&self, id: &str) -> Option<&Measure> {
        self.0.get(id)
    }

    /// Every measure, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Measure> {
        self.0.values()
    }

    fn add(&mut self, measure: Measure, known_facts: &BTreeSet<&str>) -> Vec<DeclarationError> {
        let place = Place { file: &measure.file, id: Some(&measure.id) };
        let unknown = measure.facts.iter().filter(|fact| !known_facts.contains(fact.as_str()));
        let mut errors: Vec<DeclarationError> = unknown
            .map(|fact| {
                let remedy = did_you_mean(fact, known_facts.iter().copied(), "a fact that an area records");
                place.wrong("facts", format!("no area records a fact called ‘{fact}’"), remedy)
            })
            .collect();
        if let Some(other) = self.0.get(&measure.id) {
            let problem = format!("{} declares the same id", other.file);
            errors.push(place.wrong("id", problem, "Give one of the two another id."));
        }
        if errors.is_empty() {
            self.0.insert(measure.id.clone(), measure);
        }
        errors
    }
}

/// The measure that a standard's target gives.
fn of_standard(standard: &Standard, target: DatedTarget) -> Measure {
    let declared = standard.target.as_ref();
    let facts: BTreeSet<String> = standard.triggers().map(|(_, trigger)| trigger.fact.clone()).collect();
    Measure {
        id: standard.id.clone(),
        file: standard.file.clone(),
        title: declared.and_then(|target| target.title.clone()).unwrap_or_else(|| standard.title.clone()),
        definition: format!(
            "“{}”: of those decided in the period, how many of a hundred were kept. A promise is decided on the day it is \
             kept or, when it is broken, on the day its time runs out, however late it is done. Left out: those cancelled, \
             paused, or still running with time left.",
            standard.promise
        ),
        source: standard.source.clone(),
        confidence: standard.confidence,
        kind: MeasureKind::Percent,
        as_of: false,
        unit: "%".to_owned(),
        direction: Direction::Up,
        targets: vec![target],
        decimals: 1,
        breakdown: declared.map(|target| target.breakdown.clone()).unwrap_or_default(),
        facts: facts.into_iter().collect(),
        owner: standard.owner.clone(),
        sql: None,
        external: None,
        from_standard: Some(standard.id.clone()),
    }
}

#[cfg(test)]
mod tests;
