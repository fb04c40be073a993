//! The catalogue of needs: declared data, read once. People record needs by key; repairs, letters and the diagnosis cite the keys.

use rooftree_kernel::Day;
use serde::Deserialize;
use std::sync::LazyLock;

/// The declared text.
pub const TEXT: &str = include_str!("../data/needs.toml");

/// One need as declared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedKind {
    /// `under-5`.
    pub key: String,
    /// What staff read.
    pub title: String,
    /// health, age, disability, language, safety, circumstances.
    pub group: String,
    /// Shown only with a reason, and every look is recorded.
    pub sensitive: bool,
    /// A priority rule or the way of visiting may depend on it.
    pub affects_repairs: bool,
    /// What the operative is told; it never reveals the reason.
    #[serde(default)]
    pub visit_note: Option<String>,
    /// The nearest entry of the damp-and-mould standard's person alerts.
    #[serde(default)]
    pub code: Option<u16>,
    /// That entry's words.
    #[serde(default)]
    pub code_value: Option<String>,
}

/// The catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Which edition.
    pub version: String,
    /// In force since.
    pub from: toml::value::Datetime,
    /// The needs, in the order they are offered.
    pub need: Vec<NeedKind>,
}

static CATALOGUE: LazyLock<Result<Catalogue, String>> =
    LazyLock::new(|| toml::from_str(TEXT).map_err(|error| format!("needs.toml: {error}")));

/// Every need, in the order they are offered. The file is part of the program and a test reads it, so this is never empty.
pub fn all() -> &'static [NeedKind] {
    CATALOGUE.as_ref().map_or(&[], |catalogue| &catalogue.need)
}

/// A need by its key.
pub fn get(key: &str) -> Option<&'static NeedKind> {
    all().iter().find(|kind| kind.key == key)
}

/// Whole years on a day; a birthday on 29 February counts from 1 March in other years.
pub fn age_years(birth: Day, today: Day) -> i64 {
    let years = i64::from(today.0.year()) - i64::from(birth.0.year());
    let before = (today.0.month(), today.0.day()) < (birth.0.month(), birth.0.day());
    (years - i64::from(before)).max(0)
}

/// The needs that follow from an age, so that nobody has to record or to end them.
pub fn from_age(birth: Day, today: Day) -> &'static [&'static str] {
    match age_years(birth, today) {
        0 => &["under-1", "under-5"],
        1..=4 => &["under-5"],
        5..=17 => &["under-18"],
        65..=79 => &["age-65-plus"],
        80.. => &["age-65-plus", "age-80-plus"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_catalogue_reads_and_its_keys_are_unique() {
        let catalogue = CATALOGUE.as_ref().unwrap();
        let mut keys: Vec<_> = catalogue.need.iter().map(|need| &need.key).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert!(
            get("under-5").is_some_and(|need| !need.sensitive) && get("dementia").is_some_and(|need| need.sensitive)
        );
    }

    #[test]
    fn ages_change_on_the_birthday() {
        assert_eq!(age_years(day("2022-03-10"), day("2027-03-09")), 4);
        assert_eq!(age_years(day("2022-03-10"), day("2027-03-10")), 5);
        assert_eq!(age_years(day("2004-02-29"), day("2027-02-28")), 22);
        assert_eq!(age_years(day("2004-02-29"), day("2027-03-01")), 23);
    }

    #[test]
    fn age_gives_declared_needs() {
        assert_eq!(from_age(day("2026-10-01"), day("2026-11-22")), ["under-1", "under-5"]);
        assert_eq!(from_age(day("1940-01-01"), day("2026-11-22")), ["age-65-plus", "age-80-plus"]);
        assert!(from_age(day("1990-01-01"), day("2026-11-22")).is_empty());
        for birth in ["2026-10-01", "2023-01-01", "2015-01-01", "1958-01-01", "1930-01-01"] {
            assert!(from_age(day(birth), day("2026-11-22")).iter().all(|key| get(key).is_some()));
        }
    }
}
