//! What the landlord declares about work: the schedule of rates, trades, reasons, what an order may be worth without asking. Read once
//! and checked; a fault names the file, the key and the remedy. The files' heads say what each field means.

use rooftree_kernel::{Day, Pence};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// The declarations of this program; [`load`] has been proved by the tests.
pub static DECLARED: LazyLock<Declared> =
    LazyLock::new(|| load().unwrap_or_else(|faults| panic!("{}", faults.join("\n"))));

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

/// Everything declared about work.
#[derive(Clone, Debug)]
pub struct Declared {
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

    /// What people read of a reason: its title, or its key when it is unknown (an import's).
    pub fn reason_title<'a>(&'a self, list: &str, key: &'a str) -> &'a str {
        self.reason(list, key).map_or(key, |reason| reason.title.as_str())
    }

    /// One reason.
    pub fn reason(&self, list: &str, key: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.list == list && reason.key == key)
    }
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
    toml::from_str(text).map_err(|error| faults.push(format!("works/data/{name}: {error}"))).ok()
}

/// Reads and checks the files.
pub fn load() -> Result<Declared, Vec<String>> {
    let mut faults = Vec::new();
    let rates: Option<ListFile<Rate>> = read("rates.toml", include_str!("../data/rates.toml"), &mut faults);
    let trades: Option<ListFile<Trade>> = read("trades.toml", include_str!("../data/trades.toml"), &mut faults);
    let reasons: Option<ListFile<Reason>> = read("reasons.toml", include_str!("../data/reasons.toml"), &mut faults);
    let limits: Option<LimitsFile> = read("limits.toml", include_str!("../data/limits.toml"), &mut faults);
    let (Some(rates), Some(trades), Some(reasons), Some(limits)) = (rates, trades, reasons, limits) else {
        return Err(faults);
    };
    let declared = Declared {
        rates_version: rates.version,
        rates_from: rates.from.to_string(),
        rates: rates.entries.into_iter().map(|rate| (rate.code.clone(), rate)).collect(),
        trades: trades.entries.into_iter().map(|trade| (trade.key.clone(), trade)).collect(),
        reasons: reasons.entries,
        delegated: delegated(limits, &mut faults),
    };
    if faults.is_empty() { Ok(declared) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_hold() {
        let declared = load().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
        for list in ["cancel", "no-access", "override", "variation", "recall", "follow-on"] {
            assert!(declared.reasons(list).count() > 0, "{list}");
        }
    }
}
