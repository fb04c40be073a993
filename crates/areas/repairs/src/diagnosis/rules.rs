//! From answers to an outcome, from outcome and household to a priority.

use crate::declared::{Answer, Item, Priority, Script};
use rooftree_kernel::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The right to repair covers work up to this estimate (SI 1994/133 as amended: £250).
pub const RIGHT_TO_REPAIR_MAX_PENCE: i64 = 25_000;

/// What the script comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Schedule-of-rates line.
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
    /// What may hurt somebody.
    pub hazard: Option<String>,
    /// potential-emergency, potential-significant.
    pub hazard_level: Option<String>,
    /// Prescribed period, a candidate.
    pub right_to_repair: Option<String>,
    /// The same from 1 May to 31 October, where it differs.
    pub right_to_repair_summer: Option<String>,
    /// The cost may be the resident's.
    pub recharge_possible: bool,
}

/// `none` and absence are the same.
fn some(value: &Option<String>) -> Option<String> {
    value.clone().filter(|word| word != "none")
}

/// The outcome of an item and the answers given (question key → option key). Unanswered questions change nothing.
pub fn outcome(item: &Item, answers: &BTreeMap<String, String>) -> Outcome {
    let mut outcome = Outcome {
        rate: item.rate.clone(),
        trade: item.trade.clone(),
        priority: item.priority,
        minutes: item.minutes,
        responsibility: item.responsibility.clone(),
        advice: item.advice.clone(),
        hazard: some(&item.hazard),
        hazard_level: some(&item.hazard_level),
        right_to_repair: some(&item.right_to_repair),
        right_to_repair_summer: some(&item.right_to_repair_summer),
        recharge_possible: item.recharge_possible,
    };
    for question in &item.question {
        let chosen =
            answers.get(&question.key).and_then(|key| question.options.iter().find(|option| option.key == *key));
        if let Some(answer) = chosen {
            outcome.take(answer);
        }
    }
    outcome
}

/// What was asked and what was answered, in the script's words as they were read aloud, in their order.
pub fn asked_and_answered(item: &Item, answers: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let answered = item.question.iter().filter_map(|question| {
        let chosen = answers.get(&question.key)?;
        let answer = question.options.iter().find(|option| option.key == *chosen)?;
        Some((question.ask.clone(), answer.label.clone()))
    });
    answered.collect()
}

impl Outcome {
    fn take(&mut self, answer: &Answer) {
        let set = |target: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                target.clone_from(value);
            }
        };
        set(&mut self.rate, &answer.rate);
        set(&mut self.trade, &answer.trade);
        set(&mut self.responsibility, &answer.responsibility);
        set(&mut self.advice, &answer.advice);
        self.priority = answer.priority.unwrap_or(self.priority);
        self.minutes = answer.minutes.unwrap_or(self.minutes);
        self.recharge_possible = answer.recharge_possible.unwrap_or(self.recharge_possible);
        if answer.hazard.is_some() {
            self.hazard = some(&answer.hazard);
            self.hazard_level = self.hazard_level.take().filter(|_| self.hazard.is_some());
        }
        if answer.hazard_level.is_some() {
            self.hazard_level = some(&answer.hazard_level);
        }
        if answer.right_to_repair.is_some() {
            self.right_to_repair = some(&answer.right_to_repair);
            self.right_to_repair_summer = some(&answer.right_to_repair_summer);
        }
    }

    /// The prescribed period on a day, for a tenancy kind and an estimate: secure, flexible and introductory tenants of a council, up
    /// to £250 (SI 1994/133).
    pub fn right_to_repair_on(&self, day: Day, tenancy: Option<&str>, estimate_pence: i64) -> Option<String> {
        let covered = tenancy.is_some_and(|kind| matches!(kind, "secure" | "flexible" | "introductory"));
        if !covered || estimate_pence > RIGHT_TO_REPAIR_MAX_PENCE {
            return None;
        }
        let summer = (5..=10).contains(&day.0.month());
        match &self.right_to_repair_summer {
            Some(period) if summer => Some(period.clone()),
            _ => self.right_to_repair.clone(),
        }
    }
}

/// Why the priority is what it is, as shown and stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasoned {
    /// The rule's key; `work` for the script's own priority.
    pub rule: String,
    /// In words; names no need.
    pub reason: String,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How pressing.
    pub priority: Priority,
    /// The hazard's level after the household was considered.
    pub hazard_level: Option<String>,
    /// Every rule that applied, the script's own first.
    pub reasons: Vec<Reasoned>,
}

/// Decides the priority from the work and the household's needs. Rules only raise, so adding a need never lowers a priority.
pub fn decide(
    script: &Script,
    item: &Item,
    answers: &BTreeMap<String, String>,
    outcome: &Outcome,
    needs: &[String],
    day: Day,
) -> Decision {
    let mut decision = Decision {
        priority: outcome.priority,
        hazard_level: outcome.hazard_level.clone(),
        reasons: vec![Reasoned {
            rule: "work".to_owned(),
            reason: format!(
                "‘{}’ is {} work {}",
                item.title,
                outcome.priority.title().to_lowercase(),
                if outcome.priority == item.priority { "by itself" } else { "with what was answered" }
            ),
        }],
    };
    let given: Vec<String> =
        answers.iter().map(|(question, option)| format!("{}.{question}.{option}", item.key)).collect();
    for rule in &script.rules {
        let holds = (rule.when_items.is_empty() || rule.when_items.contains(&item.key))
            && (rule.when_answers.is_empty() || rule.when_answers.iter().any(|answer| given.contains(answer)))
            && (rule.when_hazard.is_empty()
                || outcome.hazard.as_ref().is_some_and(|hazard| rule.when_hazard.contains(hazard)))
            && (rule.when_months.is_empty() || rule.when_months.contains(&day.0.month()))
            && (rule.when_needs.is_empty() || rule.when_needs.iter().any(|need| needs.contains(need)));
        if !holds {
            continue;
        }
        if let Some(raised) = rule.raise_to {
            decision.priority = decision.priority.min(raised);
        }
        let raises_hazard = rule.hazard_level.as_deref() == Some("potential-emergency");
        if outcome.hazard.is_some() && (raises_hazard || decision.hazard_level.is_none()) && rule.hazard_level.is_some()
        {
            decision.hazard_level.clone_from(&rule.hazard_level);
        }
        decision.reasons.push(Reasoned { rule: rule.key.clone(), reason: rule.reason.clone() });
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::{DECLARED, SCRIPT};
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn no_heating_in_winter_with_a_small_child_is_an_emergency_and_says_why() {
        let item = SCRIPT.item("no-heating").unwrap();
        let outcome = outcome(item, &BTreeMap::new());
        let winter = decide(&SCRIPT, item, &BTreeMap::new(), &outcome, &["under-5".to_owned()], day("2026-12-01"));
        assert_eq!(winter.priority, Priority::Emergency);
        assert!(winter.reasons.iter().any(|r| r.rule == "no-heating-winter-household"));
        let alone = decide(&SCRIPT, item, &BTreeMap::new(), &outcome, &[], day("2026-07-01"));
        assert!(alone.priority > Priority::Emergency);
    }

    #[test]
    fn a_lift_is_no_emergency_while_another_one_works() {
        let item = SCRIPT.item("lift-broken").unwrap();
        let decided = |stairs: &str, other: &str| {
            let answers =
                BTreeMap::from([("stairs".into(), stairs.to_owned()), ("other-lift".into(), other.to_owned())]);
            let outcome = outcome(item, &answers);
            let needs = ["wheelchair".to_owned()];
            let decision = decide(&SCRIPT, item, &answers, &outcome, &needs, day("2026-12-01"));
            (decision.priority, decision.reasons.len(), outcome.advice.contains("use the other lift"))
        };
        assert_eq!(decided("no", "yes"), (Priority::Urgent, 1, true));
        assert_eq!(decided("yes", "yes"), (Priority::Urgent, 1, true));
        assert_eq!(decided("no", "no"), (Priority::Emergency, 2, false));
        assert_eq!(decided("yes", "no"), (Priority::Emergency, 2, false));
    }

    #[test]
    fn the_right_to_repair_asks_for_tenancy_estimate_and_season() {
        let outcome = outcome(SCRIPT.item("no-heating").unwrap(), &BTreeMap::new());
        let ask = |when: &str, tenancy, pence| outcome.right_to_repair_on(day(when), tenancy, pence);
        assert_eq!(ask("2026-12-01", Some("secure"), 9_000).as_deref(), Some("one-day"));
        assert_eq!(ask("2026-07-01", Some("secure"), 9_000).as_deref(), Some("three-days"));
        assert_eq!(ask("2026-12-01", Some("leasehold"), 9_000), None);
        assert_eq!(ask("2026-12-01", Some("secure"), 25_001), None);
        assert_eq!(ask("2026-12-01", None, 9_000), None);
    }

    #[test]
    fn every_path_through_the_script_ends_in_a_rate_and_a_trade() {
        for item in &SCRIPT.items {
            assert!(item.question.len() <= 3, "{}", item.key);
            for question in &item.question {
                for option in &question.options {
                    let answers = BTreeMap::from([(question.key.clone(), option.key.clone())]);
                    let outcome = outcome(item, &answers);
                    let rate =
                        DECLARED.rates.get(&outcome.rate).unwrap_or_else(|| panic!("{} {}", item.key, outcome.rate));
                    assert_eq!(rate.trade, outcome.trade, "{}.{}.{}", item.key, question.key, option.key);
                    assert!(outcome.minutes > 0 && !outcome.advice.is_empty());
                    assert_eq!(outcome.hazard.is_some(), outcome.hazard_level.is_some(), "{}.{}", item.key, option.key);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn another_need_never_lowers_a_priority(item in 0..SCRIPT.items.len(), needs in proptest::sample::subsequence(
            vec!["under-5", "age-65-plus", "respiratory", "wheelchair", "dementia", "lives-alone", "pregnant"], 0..7), month in 1i8..=12) {
            let item = &SCRIPT.items[item];
            let outcome = outcome(item, &BTreeMap::new());
            let day = Day::new(2026, month, 10).unwrap();
            let needs: Vec<String> = needs.into_iter().map(str::to_owned).collect();
            let mut before = decide(&SCRIPT, item, &BTreeMap::new(), &outcome, &[], day).priority;
            for count in 1..=needs.len() {
                let after = decide(&SCRIPT, item, &BTreeMap::new(), &outcome, &needs[..count], day).priority;
                prop_assert!(after <= before);
                before = after;
            }
        }
    }
}
