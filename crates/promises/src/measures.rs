//! Measures: which figures are published, and how rows of evidence become a value.
//!
//! A measure is declared in TOML with its SQL beside it; a standard with a target gives its measure without any SQL. The SQL
//! yields one [`Evidence`] row per subject, so every figure opens to the rows that make it.

mod dimension;
mod evidence;
mod fold;
mod read;
mod show;
mod targets;

pub use dimension::Dimension;
pub use evidence::{Column, ColumnKind, EvidenceKind};
pub use fold::{Cell, Evidence, fold, median};
pub use show::{format_value, told_apart};
pub use targets::DatedTarget;
pub(crate) use targets::{RawTargets, dated as dated_targets};

use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
    standards::{Confidence, Standard, StandardSet},
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
    /// The values of what is counted, divided by their bases: pounds for every square metre.
    Ratio,
    /// Hits for every thousand of a population.
    #[serde(rename = "rate-per-1000", alias = "rate-per-1000-homes")]
    RatePer1000,
    /// Hits of a hundred of a population, however many rows there are.
    Share,
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
    /// A figure of what stands at the end of the period's last day, whose SQL yields that day's rows only.
    pub as_of: bool,
    /// Shown with the value: `%`, `days`, `£` (values in pence, shown in pounds) or nothing.
    pub unit: String,
    /// Of a ratio, the unit of what it is divided by: `m²`.
    pub per: Option<String>,
    /// Of a rate or share, the population that it is of.
    pub population: Option<String>,
    /// Which way is better.
    pub direction: Direction,
    /// The targets, the earliest first; those of a part beside those of the whole.
    pub targets: Vec<DatedTarget>,
    /// How many decimals are shown.
    pub decimals: u8,
    /// By what it is broken down.
    pub breakdown: Vec<Dimension>,
    /// The facts that may change it.
    pub facts: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The statement that yields the evidence, written or built from what an area offers; `None` when it comes from a standard.
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

    /// The target of the whole in force that day.
    pub fn target_on(&self, day: Day) -> Option<f64> {
        self.targets.iter().rev().find(|target| target.from <= day && target.part.is_none()).map(|target| target.value)
    }

    /// The target of a part in force that day: its own, else that of the whole. The part is known by its key or by its name.
    pub fn target_of_part(&self, day: Day, dimension: &Dimension, part: [&str; 2]) -> Option<f64> {
        let is_its = |target: &&DatedTarget| {
            target.from <= day
                && target.part.as_ref().is_some_and(|(of, name)| of == dimension && part.contains(&name.as_str()))
        };
        self.targets.iter().rev().find(is_its).map(|target| target.value).or_else(|| self.target_on(day))
    }

    /// Whether a value reaches a target; `None` without a better direction. The value itself is compared, not what is shown of it: 99.95
    /// of 100 is missed, though it reads 100.0.
    pub fn meets(&self, value: f64, target: f64) -> Option<bool> {
        // Sums of fractions carry an error in their last digits; nothing that is counted is so near to its target.
        let slack = f64::EPSILON * 8.0 * target.abs().max(value.abs());
        match self.direction {
            Direction::Up => Some(value >= target - slack),
            Direction::Down => Some(value <= target + slack),
            Direction::None => None,
        }
    }

    /// Whether a value reaches the target of the whole in force that day; `None` without a target or a better direction.
    pub fn meets_target(&self, value: f64, day: Day) -> Option<bool> {
        self.meets(value, self.target_on(day)?)
    }
}

/// What measures may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The facts that areas record.
    pub facts: &'a BTreeSet<&'a str>,
    /// The dimensions that they declare.
    pub dimensions: &'a BTreeSet<&'a str>,
    /// The populations that they count.
    pub populations: &'a BTreeSet<&'a str>,
    /// The evidence that they offer.
    pub evidence: &'a [EvidenceKind],
}

/// Every measure: the declared ones and those that standards give.
#[derive(Clone, Debug, Default)]
pub struct MeasureSet(BTreeMap<String, Measure>);

impl MeasureSet {
    /// Reads all files, takes each measure's SQL from `sql` (name and text; the name as it stands beside the TOML file, with
    /// or without its folder), and checks that ids are unique and facts, dimensions and populations known. All that is wrong is reported at once.
    pub fn load(files: &[(&str, &str)], sql: &[(&str, &str)], known: Known<'_>) -> Result<Self, Vec<DeclarationError>> {
        let mut errors = Vec::new();
        let mut set = Self::default();
        for (file, text) in files {
            match read::parse(file, text, sql, known.evidence) {
                Ok(found) => found.into_iter().for_each(|measure| errors.extend(set.add(measure, known))),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(set) } else { Err(errors) }
    }

    /// Adds the measures of the standards that have a target. A standard whose id a declared measure bears already is left
    /// to that measure. Where the target names no breakdown, `dimensions` says those of the standard's cases.
    pub fn with_standards(mut self, standards: &StandardSet, dimensions: impl Fn(&Standard) -> Vec<Dimension>) -> Self {
        for standard in standards.all() {
            let Some(target) = &standard.target else { continue };
            let breakdown = target.breakdown.clone().unwrap_or_else(|| dimensions(standard));
            let mut measure = of_standard(standard, breakdown);
            let from = standard.from;
            measure.targets.push(DatedTarget { from, value: target.percent, part: None });
            measure.targets.extend(target.targets.iter().cloned().map(|t| DatedTarget { from: t.from.max(from), ..t }));
            match self.0.get_mut(&standard.id) {
                Some(known) if known.from_standard.is_some() => {
                    // Versions come the earliest first: the latest words win, every version's target stays.
                    known.targets.append(&mut measure.targets);
                    measure.targets = std::mem::take(&mut known.targets);
                    *known = measure;
                }
                Some(_) => {}
                None => {
                    self.0.insert(standard.id.clone(), measure);
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

    fn add(&mut self, measure: Measure, known: Known<'_>) -> Vec<DeclarationError> {
        let place = Place { file: &measure.file, id: Some(&measure.id) };
        let mut errors = Vec::new();
        let mut check = |key: &str, name: &str, known: &BTreeSet<&str>, problem: String, what: &str| {
            if !known.contains(name) {
                errors.push(place.wrong(key, problem, did_you_mean(name, known.iter().copied(), what)));
            }
        };
        for fact in &measure.facts {
            let problem = format!("no area records a fact called ‘{fact}’");
            check("facts", fact, known.facts, problem, "a fact that an area records");
        }
        let of_targets =
            measure.targets.iter().filter_map(|target| target.part.as_ref().map(|(of, _)| ("targets", of)));
        for (key, dimension) in measure.breakdown.iter().map(|dimension| ("breakdown", dimension)).chain(of_targets) {
            let problem = format!("no area declares a dimension called ‘{dimension}’");
            check(key, dimension.column(), known.dimensions, problem, "a dimension that an area declares");
        }
        if let Some(population) = &measure.population {
            let problem = format!("no area counts a population called ‘{population}’");
            check("population", population, known.populations, problem, "a population that an area counts");
        }
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

/// The measure that a standard's target gives, without its targets.
fn of_standard(standard: &Standard, breakdown: Vec<Dimension>) -> Measure {
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
        per: None,
        population: None,
        direction: Direction::Up,
        targets: Vec::new(),
        decimals: 1,
        breakdown,
        facts: facts.into_iter().collect(),
        owner: standard.owner.clone(),
        sql: None,
        external: None,
        from_standard: Some(standard.id.clone()),
    }
}

#[cfg(test)]
mod tests;
