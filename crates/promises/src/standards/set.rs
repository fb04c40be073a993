//! All standards together: looked up by id and day, and by the facts they listen to.

use super::{Standard, Subject, parse};
use crate::{
    DeclarationError,
    clocks::Clock,
    due::Quantity,
    errors::{Place, did_you_mean},
    shelf,
};
use rooftree_kernel::{Day, calendar::Calendars};
use std::collections::{BTreeMap, BTreeSet};

/// The facts that may be recorded, each with the fields of its payload; without them where they are not settled yet, because no area
/// records the fact (see [`shelf::known`]).
pub type KnownFacts<'a> = BTreeMap<&'a str, Option<&'a [&'a str]>>;

/// Every standard that was loaded, checked against each other.
#[derive(Clone, Debug, Default)]
pub struct StandardSet {
    /// In the order of id and first day.
    standards: Vec<Standard>,
    /// Which standards listen to a fact, by their place in the list.
    listeners: BTreeMap<String, Vec<usize>>,
}

impl StandardSet {
    /// Reads all files and checks that ids and versions fit each other, and that facts, their fields and calendars are known. All
    /// that is wrong is reported at once.
    pub fn load(
        files: &[(&str, &str)],
        known_facts: &KnownFacts<'_>,
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

    /// The version that applies to a clock: the one it started under or, when that is declared no more (its first day was edited),
    /// the one in force on the day it started.
    pub fn version_of(&self, clock: &Clock) -> Option<&Standard> {
        let exact = self.version(&clock.standard, clock.version_from);
        exact.or_else(|| self.get(&clock.standard, clock.started_at.day()))
    }

    /// Letters that no template is: each standard's, except those on the shelf, whose letters come with the area that takes them over.
    pub fn unknown_letters(&self, templates: &BTreeSet<&str>) -> Vec<DeclarationError> {
        let unknown = |standard: &Standard| {
            let place = Place { file: &standard.file, id: Some(&standard.id) };
            let letters = standard.letters.iter().filter(|letter| !templates.contains(letter.as_str()));
            letters.map(|letter| no_letter(place, letter, templates)).collect::<Vec<_>>()
        };
        self.standards.iter().filter(|standard| !shelf::holds(&standard.file)).flat_map(unknown).collect()
    }

    /// Every version of every standard, in the order of id and first day.
    pub fn all(&self) -> impl Iterator<Item = &Standard> {
        self.standards.iter()
    }

    /// Every standard by its id, with its versions, the earliest first.
    pub fn by_id(&self) -> BTreeMap<&str, Vec<&Standard>> {
        let mut all: BTreeMap<&str, Vec<&Standard>> = BTreeMap::new();
        for standard in &self.standards {
            all.entry(standard.id.as_str()).or_default().push(standard);
        }
        all
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

fn no_letter(place: Place<'_>, letter: &str, templates: &BTreeSet<&str>) -> DeclarationError {
    let remedy = did_you_mean(letter, templates.iter().copied(), "a template that an area exports");
    place.wrong("letters", format!("there is no template ‘{letter}’"), remedy)
}

/// A payload field that a standard reads: the key that asks for it, the fact that must have it, and its path.
type Asked<'a> = (String, &'a str, &'a str);

/// All of them, each once.
fn fields_asked(standard: &Standard) -> BTreeSet<Asked<'_>> {
    let mut asked = BTreeSet::new();
    for (role, trigger) in standard.triggers() {
        let fact = trigger.fact.as_str();
        let when = trigger.when.0.iter().map(|condition| condition.field.as_str());
        asked.extend(when.map(|path| (format!("{role}.when.{path}"), fact, path)));
        asked.extend(trigger.at.as_deref().map(|path| (format!("{role}.at"), fact, path)));
        if let Subject::Payload(path) = &standard.subject {
            asked.insert(("subject".to_owned(), fact, path.as_str()));
        }
    }
    if let Quantity::OnField(path) = &standard.due.quantity {
        let starting = standard.start.iter().map(|trigger| trigger.fact.as_str());
        asked.extend(starting.map(|fact| ("due.on_field".to_owned(), fact, path.as_str())));
    }
    for extend in &standard.extend {
        asked.extend(extend.to.as_deref().map(|path| ("extend.to".to_owned(), extend.trigger.fact.as_str(), path)));
    }
    asked
}

/// The error about a field that its fact does not have. Of a dotted path the first part is the field.
fn unknown_field(
    place: Place<'_>,
    (key, fact, path): Asked<'_>,
    known_facts: &KnownFacts<'_>,
) -> Option<DeclarationError> {
    let fields = (*known_facts.get(fact)?)?;
    let name = path.split('.').next().unwrap_or(path);
    if fields.contains(&name) {
        return None;
    }
    let remedy = match fields {
        [] => "It has none: leave the key out, or declare the field with the fact.".to_owned(),
        _ => did_you_mean(name, fields.iter().copied(), &format!("one of its fields: {}", fields.join(", "))),
    };
    Some(place.wrong(key, format!("the fact ‘{fact}’ has no field ‘{name}’"), remedy))
}

/// Facts that no area records, fields that they do not have, and calendars that do not exist.
fn unknown_names(standard: &Standard, known_facts: &KnownFacts<'_>, calendars: &Calendars) -> Vec<DeclarationError> {
    let place = Place { file: &standard.file, id: Some(&standard.id) };
    let mut errors = Vec::new();
    for (role, trigger) in standard.triggers() {
        if !known_facts.contains_key(trigger.fact.as_str()) {
            errors.push(place.wrong(
                format!("{role}.fact"),
                format!("no area records a fact called ‘{}’", trigger.fact),
                did_you_mean(&trigger.fact, known_facts.keys().copied(), "a fact that an area records"),
            ));
        }
    }
    errors.extend(fields_asked(standard).into_iter().filter_map(|asked| unknown_field(place, asked, known_facts)));
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
