//! All standards together: looked up by id and day, and by the facts they listen to.

use super::{Standard, parse};
use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
};
use rooftree_kernel::{Day, calendar::Calendars};
use std::collections::{BTreeMap, BTreeSet};

/// Every standard that was loaded, checked against each other.
#[derive(Clone, Debug, Default)]
pub struct StandardSet {
    /// In the order of id and first day.
    standards: Vec<Standard>,
    /// Which standards listen to a fact, by their place in the list.
    listeners: BTreeMap<String, Vec<usize>>,
}

impl StandardSet {
    /// Reads all files and checks that ids and versions fit each other, and that facts and calendars are known. All that is
    /// wrong is reported at once.
    pub fn load(
        files: &[(&str, &str)],
        known_facts: &BTreeSet<&str>,
        calendars: &Calendars,
    ) -> Result<Self, Vec<DeclarationError>> {
        let mut errors = Vec::new();
        let mut standards = Vec::new();
        for (file, text) in files {
            match parse(file, text) {
                Ok(found) => standards.extend(found),
                Err(error) => errors.push(error),
            }
        }
        standards.sort_by(|a: &Standard, b| (&a.id, a.from).cmp(&(&b.id, b.from)));
        for standard in &standards {
            errors.extend(unknown_names(standard, known_facts, calendars));
        }
        errors.extend(standards.windows(2).filter_map(|pair| overlap(&pair[0], &pair[1])));
        if errors.is_empty() { Ok(Self::index(standards)) } else { Err(errors) }
    }

    fn index(standards: Vec<Standard>) -> Self {
        let mut listeners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, standard) in standards.iter().enumerate() {
            let facts: BTreeSet<&str> = standard.triggers().map(|(_, trigger)| trigger.fact.as_str()).collect();
            for fact in facts {
                listeners.entry(fact.to_owned()).or_default().push(index);
            }
        }
        Self { standards, listeners }
    }

    /// The version in force that day.
    pub fn get(&self, id: &str, on: Day) -> Option<&Standard> {
        self.of_id(id).iter().find(|standard| standard.in_force(on))
    }

    /// Every version, the earliest first.
    pub fn versions(&self, id: &str) -> Vec<&Standard> {
        self.of_id(id).iter().collect()
    }

    /// The version that began on that day.
    pub fn version(&self, id: &str, from: Day) -> Option<&Standard> {
        self.of_id(id).iter().find(|standard| standard.from == from)
    }

    /// Every version of every standard, in the order of id and first day.
    pub fn all(&self) -> impl Iterator<Item = &Standard> {
        self.standards.iter()
    }

    /// The standards to which a fact of that name can do anything.
    pub fn listening_to(&self, fact: &str) -> impl Iterator<Item = &Standard> {
        self.listeners.get(fact).into_iter().flatten().map(|index| &self.standards[*index])
    }

    fn of_id(&self, id: &str) -> &[Standard] {
        let first = self.standards.partition_point(|standard| standard.id.as_str() < id);
        let count = self.standards[first..].partition_point(|standard| standard.id == id);
        &self.standards[first..first + count]
    }
}

/// Facts that no area records and calendars that do not exist.
fn unknown_names(standard: &Standard, known_facts: &BTreeSet<&str>, calendars: &Calendars) -> Vec<DeclarationError> {
    let place = Place { file: &standard.file, id: Some(&standard.id) };
    let mut errors = Vec::new();
    for (role, trigger) in standard.triggers() {
        if !known_facts.contains(trigger.fact.as_str()) {
            errors.push(place.wrong(
                format!("{role}.fact"),
                format!("no area records a fact called ‘{}’", trigger.fact),
                did_you_mean(&trigger.fact, known_facts.iter().copied(), "a fact that an area records"),
            ));
        }
    }
    let calendar = &standard.due.calendar;
    if calendars.get(calendar).is_none() {
        errors.push(place.wrong(
            "calendar",
            format!("there is no calendar ‘{calendar}’"),
            did_you_mean(
                calendar,
                calendars.keys(),
                "a calendar: england-and-wales, scotland, northern-ireland or united-kingdom",
            ),
        ));
    }
    errors
}

/// Two neighbours in the order of id and first day that would both apply on some day.
fn overlap(earlier: &Standard, later: &Standard) -> Option<DeclarationError> {
    if earlier.id != later.id || earlier.until.is_some_and(|until| until <= later.from) {
        return None;
    }
    let place = Place { file: &later.file, id: Some(&later.id) };
    Some(place.wrong(
        "from",
        format!("on {} the version from {} ({}) still applies", later.from, earlier.from, earlier.file),
        format!("End the earlier version with until = {}, or correct the dates.", later.from),
    ))
}

#[cfg(test)]
mod tests;
