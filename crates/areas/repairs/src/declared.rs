//! What the landlord declares about repairs: the diagnosis script, priorities and household rules, rates, trades, reasons. Read once
//! and checked against each other; a fault names the file, the key and the remedy. The files' heads say what each field means.

use rooftree_kernel::{Day, Pence};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// The declarations of this program; [`load`] has been proved by the tests.
pub static DECLARED: LazyLock<Declared> =
    LazyLock::new(|| load().unwrap_or_else(|faults| panic!("{}", faults.join("\n"))));

/// How pressing a repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Made safe within 24 hours.
    Emergency,
    /// Within 3 working days.
    Urgent,
    /// Within 28 working days.
    Routine,
}

impl Priority {
    /// All, the most pressing first.
    pub const ALL: [Self; 3] = [Self::Emergency, Self::Urgent, Self::Routine];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Urgent => "urgent",
            Self::Routine => "routine",
        }
    }

    /// From the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == word)
    }

    /// What people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Urgent => "Urgent",
            Self::Routine => "Routine",
        }
    }
}

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

/// A line of the schedule of rates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// `PL-014`.
    pub code: String,
    /// What the price buys.
    pub title: String,
    /// Who does it.
    pub trade: String,
    /// each, metre, hour, m2.
    pub unit: String,
    /// One unit, in pence, without VAT.
    pub price_pence: i64,
    /// Time for one unit.
    pub minutes: i32,
}

/// A trade.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// `gas-engineer`.
    pub key: String,
    /// `Gas engineer`.
    pub title: String,
    /// Number in the damp-and-mould data standard's list of trades.
    pub code: Option<i32>,
    /// Its word there.
    pub code_value: Option<String>,
    /// Usually a subcontractor's.
    pub specialist: bool,
}

/// A reason to choose when something is ended, moved, overridden or repeated.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Where it is offered.
    pub list: String,
    /// Stored.
    pub key: String,
    /// Read by the person who chooses.
    pub title: String,
    /// resident, landlord, provider, other.
    pub by: Option<String>,
    /// Words are required as well.
    pub note: bool,
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

/// Everything declared.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The script's parts of the home, in order: key and title.
    pub areas: Vec<(String, String)>,
    /// The script's items, in order.
    pub items: Vec<Item>,
    /// Priorities.
    pub priorities: Vec<PriorityWords>,
    /// Household rules.
    pub rules: Vec<Rule>,
    /// The version of the rates.
    pub rates_version: String,
    /// Rates in force from.
    pub rates_from: String,
    /// The schedule of rates.
    pub rates: BTreeMap<String, Rate>,
    /// Trades by key.
    pub trades: BTreeMap<String, Trade>,
    /// Reasons.
    pub reasons: Vec<Reason>,
    /// Delegated limits, the earliest first.
    pub delegated: Vec<Delegated>,
}

/// What one order may be worth, from a day on, without waiting for the client.
#[derive(Clone, Debug)]
pub struct Delegated {
    /// The first day on which it holds.
    pub from: Day,
    /// An order worth more waits.
    pub pence: Pence,
}

impl Declared {
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

    /// A trade's title, or its key when it is unknown (an import's).
    pub fn trade<'a>(&'a self, key: &'a str) -> &'a str {
        self.trades.get(key).map_or(key, |trade| trade.title.as_str())
    }

    /// The key of a trade named in whatever way another system may: key, title, or the code list's number or word.
    pub fn trade_named(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        let known = |(key, trade): &(&String, &Trade)| {
            key.eq_ignore_ascii_case(name)
                || trade.title.eq_ignore_ascii_case(name)
                || trade.code_value.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(name))
                || trade.code.is_some_and(|code| code.to_string() == name)
        };
        self.trades.iter().find(known).map(|(key, _)| key.as_str())
    }

    /// The reasons of a list.
    pub fn reasons(&self, list: &str) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().filter(move |reason| reason.list == list)
    }

    /// The words for a key: of a reason, whichever list has it, or of a trade.
    pub fn words(&self, kind: &str, key: &str) -> Option<&str> {
        match kind {
            "reason" => self.reasons.iter().find(|reason| reason.key == key).map(|reason| reason.title.as_str()),
            "trade" => self.trades.get(key).map(|trade| trade.title.as_str()),
            _ => None,
        }
    }

    /// One reason.
    pub fn reason(&self, list: &str, key: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.list == list && reason.key == key)
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile<T> {
    version: String,
    from: toml::value::Datetime,
    #[serde(alias = "rate", alias = "trade", alias = "reason")]
    entries: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    delegated: Vec<LimitEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitEntry {
    from: toml::value::Datetime,
    pence: i64,
    source: String,
}

fn delegated(file: LimitsFile, faults: &mut Vec<String>) -> Vec<Delegated> {
    let mut limits = Vec::new();
    for entry in file.delegated {
        match entry.from.to_string().parse::<Day>() {
            Ok(from) if entry.pence >= 0 && !entry.source.is_empty() => {
                limits.push(Delegated { from, pence: Pence(entry.pence) })
            }
            _ => faults.push(format!("limits.toml: the limit from {} needs a day, pence and its source", entry.from)),
        }
    }
    limits.sort_by_key(|limit: &Delegated| limit.from);
    limits
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str, faults: &mut Vec<String>) -> Option<T> {
    toml::from_str(text).map_err(|error| faults.push(format!("repairs/data/{name}: {error}"))).ok()
}

/// Reads and checks the files.
pub fn load() -> Result<Declared, Vec<String>> {
    let mut faults = Vec::new();
    let diagnosis: Option<DiagnosisFile> = read("diagnosis.toml", include_str!("../data/diagnosis.toml"), &mut faults);
    let priorities: Option<PrioritiesFile> =
        read("priorities.toml", include_str!("../data/priorities.toml"), &mut faults);
    let rates: Option<ListFile<Rate>> = read("rates.toml", include_str!("../data/rates.toml"), &mut faults);
    let trades: Option<ListFile<Trade>> = read("trades.toml", include_str!("../data/trades.toml"), &mut faults);
    let reasons: Option<ListFile<Reason>> = read("reasons.toml", include_str!("../data/reasons.toml"), &mut faults);
    let limits: Option<LimitsFile> = read("limits.toml", include_str!("../data/limits.toml"), &mut faults);
    let (Some(diagnosis), Some(priorities), Some(rates), Some(trades), Some(reasons), Some(limits)) =
        (diagnosis, priorities, rates, trades, reasons, limits)
    else {
        return Err(faults);
    };
    let mut areas = Vec::new();
    let mut items = Vec::new();
    for area in diagnosis.area {
        items.extend(area.item.into_iter().map(|item| Item { area: area.key.clone(), ..item }));
        areas.push((area.key, area.title));
    }
    let declared = Declared {
        areas,
        items,
        priorities: priorities.priority,
        rules: priorities.rule,
        rates_version: rates.version,
        rates_from: rates.from.to_string(),
        rates: rates.entries.into_iter().map(|rate| (rate.code.clone(), rate)).collect(),
        trades: trades.entries.into_iter().map(|trade| (trade.key.clone(), trade)).collect(),
        reasons: reasons.entries,
        delegated: delegated(limits, &mut faults),
    };
    faults.extend(check(&declared));
    if faults.is_empty() { Ok(declared) } else { Err(faults) }
}

/// What the files say of each other must hold.
fn check(declared: &Declared) -> Vec<String> {
    let mut faults = Vec::new();
    let mut keys = BTreeSet::new();
    let mut answers = BTreeSet::new();
    for item in &declared.items {
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
    for rule in &declared.rules {
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
        let declared = load().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
        assert!(declared.items.len() >= 60, "the issue asks for at least 60 common repairs");
        for list in ["cancel", "no-access", "override", "variation", "recall", "follow-on"] {
            assert!(declared.reasons(list).count() > 0, "{list}");
        }
        assert_eq!(declared.priorities.len(), 3);
    }

    #[test]
    fn a_citation_of_nothing_is_a_fault() {
        let mut declared = load().unwrap();
        declared.items[0].rate = "XX-999".into();
        assert!(check(&declared).iter().any(|fault| fault.contains("XX-999")));
    }
}
