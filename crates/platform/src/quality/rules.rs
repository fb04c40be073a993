//! The declared rules, read once and checked.

use crate::registry::Declaration;
use rooftree_kernel::Day;
use serde::Deserialize;

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

/// Reads the areas' rules with their SELECTs, each named by its file as `AREA/quality/NAME.sql`; a fault names file, rule and remedy.
pub(crate) fn load(files: &[Declaration], sql: &[Declaration]) -> Result<Vec<Rule>, Vec<String>> {
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in files {
        match toml::from_str::<File>(text) {
            Ok(file) => rules.extend(file.rule.into_iter().map(|rule| (*name, rule))),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    for (name, rule) in &mut rules {
        let wanted = format!("{}/{}", name.rsplit_once('/').map_or("", |(folder, _)| folder), rule.file);
        match sql.iter().find(|(known, _)| *known == wanted) {
            Some((_, select)) => rule.sql = select,
            None => faults.push(format!("{name}: {} names {}, which is not embedded", rule.key, rule.file)),
        }
        if !(1..=3).contains(&rule.weight) {
            faults.push(format!("{name}: {} has weight {}: use 1, 2 or 3", rule.key, rule.weight));
        }
        // Findings are read by many: references, never what they stand for.
        if let Some(column) = PERSONAL.iter().find(|column| rule.sql.contains(**column)) {
            faults.push(format!("{name}: {} would put personal data into a finding: {column}", rule.key));
        }
    }
    for (select, _) in sql {
        let file = select.rsplit('/').next().unwrap_or(select);
        if !rules.iter().any(|(_, rule)| rule.file == file) {
            faults.push(format!("{select}: no rule names it: name it in quality.toml, or remove it"));
        }
    }
    let rules: Vec<Rule> = rules.into_iter().map(|(_, rule)| rule).collect();
    let mut keys: Vec<&str> = rules.iter().map(|rule| rule.key.as_str()).collect();
    keys.sort_unstable();
    for pair in keys.windows(2).filter(|pair| pair[0] == pair[1]) {
        faults.push(format!(
            "the rule of data quality ‘{}’ is declared twice: remove one, or give it another key",
            pair[0]
        ));
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// What a finding's words may not be made of.
const PERSONAL: [&str; 6] =
    ["given_name ||", "family_name ||", "|| n.given_name", "|| n.family_name", "|| c.value", "|| n.birth_day"];

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "[[rule]]\nkey = 'a'\ntitle = 't'\nwhy = 'w'\nremedy = 'r'\nweight = 2\nfile = 'a.sql'\n";
    const SELECT: Declaration = ("homes/quality/a.sql", "select 1");

    fn faults(text: &'static str, sql: &[Declaration]) -> Vec<String> {
        load(&[("homes/quality/quality.toml", text)], sql).err().unwrap_or_default()
    }

    #[test]
    fn a_rule_has_its_select_and_no_select_is_forgotten() {
        assert_eq!(load(&[("homes/quality/quality.toml", RULE)], &[SELECT]).unwrap()[0].sql, "select 1");
        assert!(faults(RULE, &[])[0].contains("names a.sql, which is not embedded"));
        let lost = faults(RULE, &[SELECT, ("homes/quality/b.sql", "select 2")]);
        assert!(lost.len() == 1 && lost[0].starts_with("homes/quality/b.sql: no rule names it"), "{lost:?}");
    }

    #[test]
    fn weights_keys_and_personal_data_are_looked_at() {
        let grave: &'static str = RULE.replace("weight = 2", "weight = 4").leak();
        assert!(faults(grave, &[SELECT])[0].contains("use 1, 2 or 3"));
        let twice: &'static str = [RULE, RULE].concat().leak();
        assert!(faults(twice, &[SELECT])[0].contains("declared twice"));
        let told = faults(RULE, &[("homes/quality/a.sql", "select 'Born ' || n.birth_day")]);
        assert!(told[0].contains("personal data"), "{told:?}");
    }
}
