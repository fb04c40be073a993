//! What the landlord declares about repairs: the diagnosis script, priorities and household rules. Read once and checked against each other
//! and against the rates and trades of works; a fault names the file, the key and the remedy. The files' heads say what each field means.

pub use rooftree_works::public::{DECLARED, Priority, Reason};
use rooftree_works::public::{inspections::checklist::Checklist, surveys::questions::QuestionSet};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

/// The script and the priorities of this program; [`load`] has been proved by the tests.
pub static SCRIPT: LazyLock<Script> = LazyLock::new(|| load().unwrap_or_else(|faults| panic!("{}", faults.join("\n"))));

/// What residents are asked when their repair is done; a test proves that it can be read.
pub static SURVEY: LazyLock<QuestionSet> = LazyLock::new(|| {
    QuestionSet::read("repairs/data/survey.toml", include_str!("../data/survey.toml"))
        .unwrap_or_else(|fault| panic!("{fault}"))
});

/// What whoever inspects a finished repair looks at; a test proves that it can be read.
pub static INSPECTION: LazyLock<Checklist> = LazyLock::new(|| {
    Checklist::read("repairs/data/inspection.toml", include_str!("../data/inspection.toml"))
        .unwrap_or_else(|fault| panic!("{fault}"))
});

/// One common repair in the script.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stored with the repair.
    pub key: String,
    /// As a resident would say it.
    pub title: String,
    /// What callers call it.
    pub words: Vec<String>,
    /// The schedule-of-rates line.
    pub rate: String,
    /// Who does it.
    pub trade: String,
    /// From the work alone.
    pub priority: Priority,
    /// How long to book.
    pub minutes: i32,
    /// landlord, leaseholder-own, tenant, shared.
    pub responsibility: String,
    /// What to tell the resident now.
    pub advice: String,
    /// What may hurt somebody; `none` for nothing.
    #[serde(default)]
    pub hazard: Option<String>,
    /// potential-emergency, potential-significant.
    #[serde(default)]
    pub hazard_level: Option<String>,
    /// Prescribed period of SI 1994/133; a candidate only.
    #[serde(default)]
    pub right_to_repair: Option<String>,
    /// Instead, from 1 May to 31 October.
    #[serde(default)]
    pub right_to_repair_summer: Option<String>,
    /// In the shared parts of a block or estate.
    #[serde(default)]
    pub communal: bool,
    /// The cost may be the resident's.
    #[serde(default)]
    pub recharge_possible: bool,
    /// At most three, in order.
    #[serde(default)]
    pub question: Vec<Question>,
    /// The part of the home (filled in on loading).
    #[serde(skip)]
    pub area: String,
}

/// A question to read aloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique within the item.
    pub key: String,
    /// What to ask.
    pub ask: String,
    /// The answers to offer.
    pub options: Vec<Answer>,
}

/// An answer; what it gives replaces the outcome's value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of Item")]
pub struct Answer {
    pub key: String,
    pub label: String,
    pub rate: Option<String>,
    pub trade: Option<String>,
    pub priority: Option<Priority>,
    pub minutes: Option<i32>,
    pub responsibility: Option<String>,
    pub advice: Option<String>,
    pub hazard: Option<String>,
    pub hazard_level: Option<String>,
    pub right_to_repair: Option<String>,
    pub right_to_repair_summer: Option<String>,
    pub recharge_possible: Option<bool>,
}

/// A rule that raises a priority from the work and the household together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stored with the repair.
    pub key: String,
    /// Diagnosis items.
    #[serde(default)]
    pub when_items: Vec<String>,
    /// Diagnosis answers, `item.question.option`.
    #[serde(default)]
    pub when_answers: Vec<String>,
    /// The outcome's hazard.
    #[serde(default)]
    pub when_hazard: Vec<String>,
    /// Months of the report's London date, 1–12.
    #[serde(default)]
    pub when_months: Vec<i8>,
    /// Needs of anybody in the household.
    #[serde(default)]
    pub when_needs: Vec<String>,
    /// Raise to this; never lower.
    #[serde(default)]
    pub raise_to: Option<Priority>,
    /// Raise the hazard to this level; never lower.
    #[serde(default)]
    pub hazard_level: Option<String>,
    /// Shown and stored.
    pub reason: String,
}

/// What a priority is called and what the handler reads out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityWords {
    /// emergency, urgent, routine.
    pub key: Priority,
    /// Heading.
    pub title: String,
    /// 1 is the most pressing.
    pub rank: i32,
    /// The promise that sets the time.
    pub standard: String,
    /// Read aloud.
    pub say: String,
}

/// Everything declared about repairs.
#[derive(Clone, Debug)]
pub struct Script {
    /// The script's parts of the home, in order: key and title.
    pub areas: Vec<(String, String)>,
    /// The script's items, in order.
    pub items: Vec<Item>,
    /// Priorities.
    pub priorities: Vec<PriorityWords>,
    /// Household rules.
    pub rules: Vec<Rule>,
}

impl Script {
    /// An item by its key.
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.key == key)
    }

    /// The standards that carry the landlord's promise for each priority.
    pub fn promises(&self) -> Vec<String> {
        Priority::ALL.iter().filter_map(|priority| Some(self.priority(*priority)?.standard.clone())).collect()
    }

    /// The words of a priority.
    pub fn priority(&self, priority: Priority) -> Option<&PriorityWords> {
        self.priorities.iter().find(|words| words.key == priority)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiagnosisFile {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "from")]
    _from: toml::value::Datetime,
    area: Vec<AreaEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaEntry {
    key: String,
    title: String,
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrioritiesFile {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "from")]
    _from: toml::value::Datetime,
    priority: Vec<PriorityWords>,
    rule: Vec<Rule>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str, faults: &mut Vec<String>) -> Option<T> {
    toml::from_str(text).map_err(|error| faults.push(format!("repairs/data/{name}: {error}"))).ok()
}

/// Reads and checks the files.
pub fn load() -> Result<Script, Vec<String>> {
    let mut faults = Vec::new();
    let diagnosis: Option<DiagnosisFile> = read("diagnosis.toml", include_str!("../data/diagnosis.toml"), &mut faults);
    let priorities: Option<PrioritiesFile> =
        read("priorities.toml", include_str!("../data/priorities.toml"), &mut faults);
    let (Some(diagnosis), Some(priorities)) = (diagnosis, priorities) else {
        return Err(faults);
    };
    let mut areas = Vec::new();
    let mut items = Vec::new();
    for area in diagnosis.area {
        items.extend(area.item.into_iter().map(|item| Item { area: area.key.clone(), ..item }));
        areas.push((area.key, area.title));
    }
    let script = Script { areas, items, priorities: priorities.priority, rules: priorities.rule };
    faults.extend(check(&script, &DECLARED));
    if faults.is_empty() { Ok(script) } else { Err(faults) }
}

/// What the files say of each other must hold.
fn check(script: &Script, declared: &rooftree_works::public::Declared) -> Vec<String> {
    let mut faults = Vec::new();
    let mut keys = BTreeSet::new();
    let mut answers = BTreeSet::new();
    for item in &script.items {
        if !keys.insert(item.key.as_str()) {
            faults.push(format!("diagnosis.toml: item {} stands twice", item.key));
        }
        let mut cited = vec![(&item.rate, &item.trade)];
        for question in &item.question {
            for option in &question.options {
                answers.insert(format!("{}.{}.{}", item.key, question.key, option.key));
                cited.push((option.rate.as_ref().unwrap_or(&item.rate), option.trade.as_ref().unwrap_or(&item.trade)));
            }
        }
        for (rate, trade) in cited {
            if !declared.rates.contains_key(rate) {
                faults.push(format!("diagnosis.toml: {} cites rate {rate}, which rates.toml does not have", item.key));
            }
            if !declared.trades.contains_key(trade) {
                faults
                    .push(format!("diagnosis.toml: {} cites trade {trade}, which trades.toml does not have", item.key));
            }
        }
    }
    for rule in &script.rules {
        for item in rule.when_items.iter().filter(|item| !keys.contains(item.as_str())) {
            faults.push(format!(
                "priorities.toml: rule {} cites item {item}, which diagnosis.toml does not have",
                rule.key
            ));
        }
        for answer in rule.when_answers.iter().filter(|answer| !answers.contains(*answer)) {
            faults.push(format!(
                "priorities.toml: rule {} cites answer {answer}, which diagnosis.toml does not have",
                rule.key
            ));
        }
        for need in rule.when_needs.iter().filter(|need| rooftree_people::public::need_kind(need).is_none()) {
            faults
                .push(format!("priorities.toml: rule {} cites need {need}, which needs.toml does not have", rule.key));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_hold() {
        let script = load().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
        assert!(script.items.len() >= 60, "the issue asks for at least 60 common repairs");
        assert_eq!(script.priorities.len(), 3);
        assert!(SURVEY.question.iter().any(|question| question.key == "done") && !INSPECTION.check.is_empty());
    }

    #[test]
    fn a_citation_of_nothing_is_a_fault() {
        let mut script = load().unwrap();
        script.items[0].rate = "XX-999".into();
        assert!(check(&script, &DECLARED).iter().any(|fault| fault.contains("XX-999")));
    }
}
