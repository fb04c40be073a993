//! The repairs that residents report, taken from what the repairs area declares, with how often each is reported.

use rooftree_kernel::Day;
pub use rooftree_repairs::declared::Priority;
use rooftree_repairs::{
    declared::{DECLARED, Item, Script},
    diagnosis::rules::{Decision, Outcome, decide, outcome},
};
use std::collections::BTreeMap;

/// One outcome of the scripted diagnosis: a common repair and the answers that lead to it.
#[derive(Clone, Debug)]
pub struct DiagnosisItem {
    /// The script's item.
    pub item: &'static Item,
    /// The questions answered on the way and the options chosen.
    pub answers: BTreeMap<String, String>,
    /// What the answers come to.
    pub outcome: Outcome,
    /// How likely these answers are among the item's outcomes, in thousandths.
    pub share: u32,
    /// What the main rate line buys.
    pub rate_title: &'static str,
    /// The price of that line in pence.
    pub pence: i64,
}

impl DiagnosisItem {
    /// Minutes to book for a visit: long work is done in several visits of an hour and a half.
    pub fn visit_minutes(&self) -> u32 {
        u32::try_from(self.outcome.minutes).unwrap_or(60).clamp(30, 90)
    }
}

/// The repairs that can be reported.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// What the repairs area declares.
    pub script: &'static Script,
    /// Every outcome of the diagnosis.
    pub items: Vec<DiagnosisItem>,
}

impl Catalogue {
    /// Every outcome of the declared diagnosis.
    pub fn new(script: &'static Script) -> Self {
        let mut items = Vec::new();
        for item in &script.items {
            let all = answers(item);
            let share = 1_000 / u32::try_from(all.len()).unwrap_or(1).max(1);
            for answers in all {
                let outcome = outcome(item, &answers);
                let rate = DECLARED.rates.get(&outcome.rate);
                items.push(DiagnosisItem {
                    item,
                    answers,
                    share,
                    rate_title: rate.map_or("", |rate| rate.title.as_str()),
                    pence: rate.map_or(0, |rate| rate.price_pence),
                    outcome,
                });
            }
        }
        Self { script, items }
    }

    /// The priority from the work and the household.
    pub fn decide(&self, position: u32, needs: &[String], day: Day) -> Decision {
        let entry = &self.items[position as usize];
        decide(self.script, entry.item, &entry.answers, &entry.outcome, needs, day)
    }

    /// How often each outcome is reported: by how common the repair is, then scaled so that about one call in ten is an
    /// emergency and one in four urgent by the work alone, and one in twenty concerns common parts.
    pub fn weights(&self) -> Vec<u32> {
        let base: Vec<u64> =
            self.items.iter().map(|entry| u64::from(commonness(entry)) * u64::from(entry.share.max(1))).collect();
        let class = |entry: &DiagnosisItem| if entry.item.communal { 3 } else { entry.outcome.priority as usize };
        let mut sums = [0_u64; 4];
        for (entry, weight) in self.items.iter().zip(&base) {
            sums[class(entry)] += weight;
        }
        const PARTS: [u64; 4] = [1_000, 2_500, 6_000, 500];
        let scaled = |(entry, weight): (&DiagnosisItem, &u64)| {
            let class = class(entry);
            (weight * PARTS[class] * 100 / sums[class].max(1)).max(1) as u32
        };
        self.items.iter().zip(&base).map(scaled).collect()
    }
}

/// Every combination of answers to an item's questions.
fn answers(item: &Item) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for question in &item.question {
        let mut next = Vec::new();
        for given in &all {
            for option in &question.options {
                let mut given: BTreeMap<String, String> = given.clone();
                given.insert(question.key.clone(), option.key.clone());
                next.push(given);
            }
        }
        all = next;
    }
    all
}

/// How the demand for a repair moves through the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// Heating and hot water: November to February.
    Heating,
    /// Roofs and gutters: after storms.
    Roof,
    /// Damp, mould and condensation: October to March.
    Damp,
    /// Lighting: when the evenings are dark.
    Lighting,
    /// Fences, gates, doors, windows: a little more in spring and after storms.
    Outside,
    /// The same all year.
    Steady,
}

impl Season {
    /// The season of an item, read from its key, trade and title.
    pub fn of(entry: &DiagnosisItem) -> Self {
        let text = format!("{} {} {}", entry.item.key, entry.outcome.trade, entry.item.title).to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if any(&["damp", "mould", "condensation"]) {
            Self::Damp
        } else if any(&["roof", "gutter", "chimney", "downpipe"]) {
            Self::Roof
        } else if any(&["boiler", "heating", "radiator", "hot water", "hot-water", "thermostat"]) {
            Self::Heating
        } else if any(&["light", "lamp"]) {
            Self::Lighting
        } else if any(&["fence", "gate", "window", "external", "path"]) {
            Self::Outside
        } else {
            Self::Steady
        }
    }

    /// The factor, in per cent, for a month (1–12) and whether a storm has just passed.
    pub fn factor(self, month: u8, storm: bool) -> u32 {
        let month = usize::from(month.clamp(1, 12)) - 1;
        let row: [u32; 12] = match self {
            Self::Heating => [210, 190, 130, 85, 55, 40, 35, 40, 70, 120, 180, 205],
            Self::Roof => [130, 125, 110, 80, 75, 70, 70, 75, 85, 110, 130, 140],
            Self::Damp => [210, 190, 150, 70, 45, 35, 30, 35, 60, 125, 175, 205],
            Self::Lighting => [130, 115, 100, 90, 80, 75, 75, 85, 95, 115, 135, 140],
            Self::Outside => [95, 95, 110, 115, 110, 105, 100, 95, 95, 95, 90, 85],
            Self::Steady => [100; 12],
        };
        let stormy = match self {
            Self::Roof => 6,
            Self::Outside => 2,
            _ => 1,
        };
        row[month] * if storm { stormy } else { 1 }
    }
}

/// How often a repair is reported compared with the others, before the season.
fn commonness(entry: &DiagnosisItem) -> u32 {
    const COMMON: [(&str, u32); 46] = [
        ("no-heating", 60),
        ("no-hot-water", 34),
        ("radiator-cold", 25),
        ("boiler-pressure", 25),
        ("boiler-leaking", 12),
        ("thermostat-fault", 12),
        ("toilet-blocked", 25),
        ("toilet-not-flushing", 22),
        ("toilet-running", 14),
        ("toilet-leaking", 14),
        ("kitchen-tap", 25),
        ("bath-tap", 20),
        ("kitchen-sink-blocked", 18),
        ("kitchen-sink-leak", 18),
        ("bath-basin-blocked", 20),
        ("bath-sealant", 10),
        ("shower-not-working", 12),
        ("kitchen-unit", 12),
        ("pipe-dripping", 18),
        ("leak-from-above", 16),
        ("burst-pipe", 12),
        ("drain-blocked", 18),
        ("power-lost-part", 16),
        ("power-lost-all", 10),
        ("light-not-working", 24),
        ("socket-dead", 10),
        ("socket-unsafe", 8),
        ("smoke-alarm", 12),
        ("extractor-fan", 12),
        ("front-door-insecure", 14),
        ("door-sticking", 18),
        ("internal-door", 10),
        ("window-broken", 9),
        ("window-insecure", 12),
        ("window-stuck", 10),
        ("roof-leak", 12),
        ("gutter-fault", 12),
        ("ceiling-damaged", 7),
        ("plaster-damaged", 10),
        ("mould", 26),
        ("damp-wall", 14),
        ("condensation", 10),
        ("fence-down", 12),
        ("gate-broken", 7),
        ("rats-mice", 9),
        ("something-else", 20),
    ];
    let weight = COMMON.iter().find(|(key, _)| *key == entry.item.key).map_or(5, |(_, weight)| *weight);
    // What is the tenant's own to do is mostly settled on the telephone.
    let ours = if entry.outcome.responsibility == "tenant" { 2 } else { 10 };
    weight * ours
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_repairs::declared::SCRIPT;

    #[test]
    fn every_outcome_of_the_script_can_be_reported() {
        let catalogue = Catalogue::new(&SCRIPT);
        assert!(catalogue.items.len() > 300);
        let shares: u32 =
            catalogue.items.iter().filter(|entry| entry.item.key == "no-heating").map(|entry| entry.share).sum();
        assert!((900..=1_000).contains(&shares), "{shares}");
        let electric = |entry: &&DiagnosisItem| entry.answers.get("system").is_some_and(|option| option == "electric");
        let electric = catalogue.items.iter().find(electric).expect("the script asks what heats the home");
        assert_eq!(electric.outcome.trade, "heating-engineer");
    }

    #[test]
    fn emergencies_are_about_one_call_in_ten_by_the_work_alone() {
        let catalogue = Catalogue::new(&SCRIPT);
        let weights = catalogue.weights();
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let pairs = catalogue.items.iter().zip(&weights);
        let emergencies: u64 = pairs
            .filter(|(entry, _)| entry.outcome.priority == Priority::Emergency)
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        assert!((8..=14).contains(&(emergencies * 100 / total)), "{emergencies} of {total}");
    }

    #[test]
    fn seasons_are_read_from_the_words() {
        let catalogue = Catalogue::new(&SCRIPT);
        let season = |key: &str| catalogue.items.iter().find(|entry| entry.item.key == key).map(Season::of);
        assert_eq!(season("no-heating"), Some(Season::Heating));
        assert_eq!(season("roof-leak"), Some(Season::Roof));
        assert_eq!(season("mould"), Some(Season::Damp));
        assert_eq!(season("toilet-blocked"), Some(Season::Steady));
    }
}
