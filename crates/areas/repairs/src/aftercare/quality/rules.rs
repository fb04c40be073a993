//! The declared rules, read once and checked.

use rooftree_kernel::Day;
use serde::Deserialize;
use std::sync::LazyLock;

/// The rules of this program; the tests have proved that they load.
pub static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| load().unwrap_or_else(|faults| panic!("{}", faults.join("\n"))));

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stored with each finding.
    pub key: String,
    /// What is wrong.
    pub title: String,
    /// What follows from it.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// 1 the gravest, 3 the least.
    pub weight: u8,
    /// The file with the SELECT.
    file: String,
    /// The SELECT: `subject_id uuid, reference text, detail text`.
    #[serde(skip)]
    pub sql: &'static str,
}

impl Rule {
    /// The SELECT, in which `current_date` is the platform's day and not the database's: there is one present.
    pub fn sql_on(&self, today: Day) -> String {
        self.sql.trim().trim_end_matches(';').replace("current_date", &format!("date '{today}'"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

macro_rules! sql {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

const SQL: &[(&str, &str)] = sql![
    "completed-before-reported.sql",
    "completed-but-not-done.sql",
    "completed-without-visit.sql",
    "duplicate-home.sql",
    "duplicate-person.sql",
    "floor-above-roof.sql",
    "home-without-household.sql",
    "impossible-birth-date.sql",
    "kept-by-a-late-entry.sql",
    "lost-reference.sql",
    "malformed-phone.sql",
    "missing-uprn.sql",
    "open-repair-without-order.sql",
    "order-without-lines.sql",
    "overlapping-tenancies.sql",
    "wrong-postcode.sql",
];

/// Reads `quality.toml`; a fault names the rule and the remedy.
pub fn load() -> Result<Vec<Rule>, Vec<String>> {
    let file: File =
        toml::from_str(include_str!("quality.toml")).map_err(|error| vec![format!("quality.toml: {error}")])?;
    let mut faults = Vec::new();
    let mut rules = file.rule;
    for rule in &mut rules {
        match SQL.iter().find(|(name, _)| *name == rule.file) {
            Some((_, sql)) => rule.sql = sql,
            None => faults.push(format!("quality.toml: {} names {}, which is not embedded", rule.key, rule.file)),
        }
        if !(1..=3).contains(&rule.weight) {
            faults.push(format!("quality.toml: {} has weight {}: use 1, 2 or 3", rule.key, rule.weight));
        }
    }
    let mut keys: Vec<&str> = rules.iter().map(|rule| rule.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        faults.push("quality.toml: a key stands twice".to_owned());
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// A rule by its key.
pub fn rule(key: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_its_sql_and_no_sql_is_forgotten() {
        let rules = load().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
        let named: BTreeSet<&str> = rules.iter().map(|rule| rule.file.as_str()).collect();
        assert_eq!(named, SQL.iter().map(|(name, _)| *name).collect());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aftercare/quality");
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        assert_eq!(on_disk, SQL.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    #[test]
    fn the_rules_speak_of_references_and_never_of_names() {
        for rule in RULES.iter() {
            for column in [
                "given_name ||",
                "family_name ||",
                "|| n.given_name",
                "|| n.family_name",
                "|| c.value",
                "|| n.birth_day",
            ] {
                assert!(!rule.sql.contains(column), "{} would put personal data into a finding: {column}", rule.key);
            }
        }
    }
}
