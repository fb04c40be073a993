//! Every standard there is: those in force through the areas, and those declared ahead of the area that will record their facts.

use rooftree_kernel::{Day, calendar::Calendars};
use rooftree_promises::{
    shelf,
    standards::{Standard, StandardSet},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// Standards whose facts nobody records yet. A test of the engine loads the same files, so they hold; should one not, it is left out.
static AHEAD: LazyLock<StandardSet> =
    LazyLock::new(|| StandardSet::load(shelf::FILES, &shelf::known(), &Calendars::built_in()).unwrap_or_default());

/// All standards, to be looked up by id.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    running: &'a StandardSet,
}

impl<'a> Known<'a> {
    /// The standards of a registry and those declared ahead.
    pub fn new(running: &'a StandardSet) -> Self {
        Self { running }
    }

    /// The version in force on a day.
    pub fn get(self, id: &str, on: Day) -> Option<&'a Standard> {
        self.set_of(id).get(id, on)
    }

    /// Every version, the earliest first.
    pub fn versions(self, id: &str) -> Vec<&'a Standard> {
        self.set_of(id).versions(id)
    }

    /// True when no area records its facts yet.
    pub fn is_ahead(self, id: &str) -> bool {
        self.running.versions(id).is_empty()
    }

    /// Every standard by id with its versions.
    pub fn all(self) -> BTreeMap<&'a str, Vec<&'a Standard>> {
        let mut all: BTreeMap<&str, Vec<&Standard>> = BTreeMap::new();
        for standard in AHEAD.all().filter(|standard| self.is_ahead(&standard.id)).chain(self.running.all()) {
            all.entry(standard.id.as_str()).or_default().push(standard);
        }
        all
    }

    fn set_of(self, id: &str) -> &'a StandardSet {
        if self.is_ahead(id) { &AHEAD } else { self.running }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_ahead_can_be_asked() {
        let none = StandardSet::default();
        let known = Known::new(&none);
        let day: Day = "2026-01-05".parse().unwrap();
        for id in ["complaints.code-2024.stage-1-acknowledge", "hazards.awaab-2025.emergency"] {
            assert!(known.get(id, day).is_some() && known.is_ahead(id), "{id}");
        }
        assert!(known.all().len() > 15);
    }
}
