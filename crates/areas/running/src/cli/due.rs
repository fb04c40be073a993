//! `rooftree due`: when a promise falls due, with each step of the count. Needs no database.

use crate::standards::words;
use rooftree_kernel::{
    Moment,
    calendar::{Calendars, ENGLAND_AND_WALES},
};
use rooftree_platform::{Error, Result};
use rooftree_promises::{
    due::{Due, DueRule, Since, explain, parse_within},
    shelf,
    standards::{Standard, StandardSet},
};
use serde_json::{Value, json};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A standard, by its id.
    Standard(String),
    /// Any length.
    Within {
        /// `10 working days`.
        length: String,
        /// The working-day calendar; England and Wales when absent.
        calendar: Option<String>,
        /// The trigger's day is day 1.
        inclusive: bool,
    },
}

/// A due moment with what it was counted by.
#[derive(Clone, Debug)]
pub struct Answer {
    from: Moment,
    due: Due,
    /// What the first line says: the standard's title, or the length.
    heading: String,
    /// Members of the JSON answer that say what was counted.
    about: Vec<(&'static str, Value)>,
}

/// Counts. `standards` are those of the registry, which hold those declared ahead too.
pub fn answer(standards: &StandardSet, calendars: &Calendars, asked: &Asked, from: &str) -> Result<Answer> {
    let from = Since::read(from).ok_or_else(|| {
        Error::field("from", format!("‘{from}’ is not a moment: write 2026-12-18T16:05, or 2026-12-18"))
    })?;
    match asked {
        Asked::Standard(id) => of_standard(standards, calendars, id, from),
        Asked::Within { length, calendar, inclusive } => {
            within(calendars, length, calendar.as_deref().unwrap_or(ENGLAND_AND_WALES), *inclusive, from)
        }
    }
}

fn of_standard(standards: &StandardSet, calendars: &Calendars, id: &str, from: Since) -> Result<Answer> {
    let day = from.at.day();
    let Some(standard) = standards.get(id, day) else {
        let message = match standards.versions(id).first() {
            Some(first) => {
                format!("no version of {id} is in force on {day}: the first begins on {}", first.from)
            }
            None => format!("there is no standard ‘{id}’: `rooftree due --list` shows them all"),
        };
        return Err(Error::field("standard", message));
    };
    let due = standard.explain_from(from, calendars).map_err(|error| Error::field("from", error.to_string()))?;
    let about = vec![
        ("standard", json!(standard.id)),
        ("title", json!(standard.title)),
        ("promise", json!(standard.promise)),
        ("source", json!(standard.source)),
        ("confidence", json!(standard.confidence)),
        ("version_from", json!(standard.from)),
        ("calendar", json!(standard.due.calendar)),
    ];
    let heading = format!("{} ({}, {})", standard.title, standard.id, standard.source);
    Ok(Answer { from: from.at, due, heading, about })
}

fn within(calendars: &Calendars, length: &str, calendar: &str, inclusive: bool, from: Since) -> Result<Answer> {
    let quantity = parse_within(length).map_err(|error| Error::field("within", error.to_string()))?;
    let rule = DueRule { calendar: calendar.to_owned(), inclusive, ..DueRule::new(quantity) };
    let due = explain(&rule, from, calendars).map_err(|error| Error::field("within", error.to_string()))?;
    let title = calendars.get(calendar).map_or(calendar, |calendar| calendar.title());
    let about = vec![
        ("within", json!(rule.quantity.to_string())),
        ("calendar", json!(calendar)),
        ("inclusive", json!(inclusive)),
    ];
    Ok(Answer { from: from.at, due, heading: words::rule(&rule, title), about })
}

impl Answer {
    /// The answer as JSON: `due` holds the date or, for promises in hours, the instant; `due_at` the last instant in time.
    pub fn json(&self) -> Value {
        let mut object = serde_json::Map::new();
        for (key, value) in &self.about {
            object.insert((*key).to_owned(), value.clone());
        }
        let due = self.due.day.map_or_else(|| json!(self.due.at.to_string()), |day| json!(day.to_string()));
        object.insert("from".to_owned(), json!(self.from.to_string()));
        object.insert("due".to_owned(), due);
        object.insert("due_at".to_owned(), json!(self.due.at.to_string()));
        object.insert("earliest".to_owned(), json!(self.due.earliest.map(|at| at.to_string())));
        object.insert("steps".to_owned(), json!(self.due.steps));
        Value::Object(object)
    }

    /// The answer in words, the steps below each other.
    pub fn text(&self) -> String {
        let mut text = format!("{}\nfrom  {}\ndue   {}\n", self.heading, self.from.long(), words::due(&self.due));
        if let Some(earliest) = self.due.earliest {
            text.push_str(&format!("not before {}\n", earliest.long()));
        }
        text.push('\n');
        for step in &self.due.steps {
            text.push_str(&format!("  {step}\n"));
        }
        text
    }

    /// JSON or words, with a line's end.
    pub fn print(&self, as_json: bool) -> Result<String> {
        if as_json { pretty(&self.json()) } else { Ok(self.text()) }
    }
}

fn pretty(value: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// All standards with source and dates.
pub fn list(standards: &StandardSet, calendars: &Calendars, as_json: bool) -> Result<String> {
    let all: Vec<&Standard> = standards.all().collect();
    if as_json {
        let one = |standard: &&Standard| {
            json!({
                "id": standard.id, "title": standard.title, "promise": standard.promise, "source": standard.source,
                "confidence": standard.confidence, "from": standard.from, "until": standard.until,
                "due": words::rule(&standard.due, calendars.get(&standard.due.calendar).map_or("", |c| c.title())),
                "target_percent": standard.target.as_ref().map(|target| target.percent),
                "declared_ahead": shelf::holds(&standard.file),
            })
        };
        return pretty(&Value::Array(all.iter().map(one).collect()));
    }
    let width = all.iter().map(|standard| standard.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for standard in all {
        let until = standard.until.map_or_else(String::new, |until| format!(" until {until}"));
        let quantity = standard.due.quantity.to_string();
        let ahead = if shelf::holds(&standard.file) { " (declared ahead: no area records its facts yet)" } else { "" };
        text.push_str(&format!(
            "{:width$}  {quantity:16}  from {}{until}  {}{ahead}\n",
            standard.id, standard.from, standard.source
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_promises::standards::KnownFacts;

    fn shelved() -> StandardSet {
        StandardSet::load(shelf::FILES, &shelf::known(), &Calendars::built_in()).unwrap()
    }

    fn ask(asked: &Asked, from: &str) -> Result<Answer> {
        answer(&shelved(), &Calendars::built_in(), asked, from)
    }

    fn ten_days(calendar: Option<&str>, inclusive: bool) -> Asked {
        Asked::Within { length: "10 working days".to_owned(), calendar: calendar.map(str::to_owned), inclusive }
    }

    #[test]
    fn the_worked_example_of_the_rules() {
        let answer = ask(&ten_days(None, false), "2026-12-18T16:05").unwrap();
        assert_eq!(answer.json()["due"], "2027-01-06");
        let text = answer.text();
        for reason in ["Christmas Day", "Boxing Day", "New Year", "Saturday"] {
            assert!(text.contains(reason), "{reason} in\n{text}");
        }
        assert_eq!(ask(&ten_days(None, true), "2026-12-18T16:05").unwrap().json()["due"], "2027-01-05");
        assert_eq!(ask(&ten_days(Some("scotland"), false), "2026-12-18").unwrap().json()["due"], "2027-01-07");
    }

    #[test]
    fn hours_give_an_instant_and_days_a_date() {
        let hours = Asked::Within { length: "24 hours".to_owned(), calendar: None, inclusive: false };
        assert_eq!(ask(&hours, "2026-12-18T16:05").unwrap().json()["due"], "2026-12-19T16:05:00Z");
        let awaab = Asked::Standard("hazards.awaab-2025.emergency".to_owned());
        assert_eq!(ask(&awaab, "2026-12-18T16:05").unwrap().json()["due"], "2026-12-19T16:05:00Z");
        let complaint = Asked::Standard("complaints.code-2024.stage-1-acknowledge".to_owned());
        let json = ask(&complaint, "2026-12-18T16:05").unwrap().json();
        assert_eq!(json["due"], "2026-12-29");
        assert!(
            json["steps"]
                .as_array()
                .unwrap()
                .iter()
                .any(|step| step["note"].as_str().is_some_and(|n| n.contains("Christmas")))
        );
    }

    #[test]
    fn what_a_fact_names_is_taken_from_the_question() {
        let text = "[[standard]]\nid = 'a.b.c'\ntitle = 't'\npromise = 'p'\nsource = 's'\nconfidence = 'M'\nfrom = 2020-01-01\n\
                    [[standard.start]]\nfact = 'a.agreed'\n[standard.due]\non_field = 'agreed_for'\n[[standard.stop]]\nfact = 'a.done'\n";
        let facts = KnownFacts::from([("a.agreed", None), ("a.done", None)]);
        let set = StandardSet::load(&[("a.toml", text)], &facts, &Calendars::built_in()).unwrap();
        let asked = |from: &str| answer(&set, &Calendars::built_in(), &Asked::Standard("a.b.c".to_owned()), from);
        assert_eq!(asked("2026-12-18").unwrap().json()["due"], "2026-12-18");
        let timed = asked("2026-12-18T16:05").unwrap();
        assert_eq!(timed.json()["due"], "2026-12-18T16:05:00Z");
        assert!(timed.text().contains("16:05 that the fact names in its ‘agreed_for’"), "{}", timed.text());
    }

    #[test]
    fn what_cannot_be_answered_says_what_to_do() {
        let message = |asked: &Asked, from: &str| ask(asked, from).unwrap_err().to_string();
        assert!(message(&Asked::Standard("repairs.nothing.here".to_owned()), "2026-01-01").contains("due --list"));
        assert!(message(&ten_days(None, false), "soon").contains("2026-12-18T16:05"));
        assert!(message(&ten_days(Some("france"), false), "2026-01-01").contains("england-and-wales"));
        let early = Asked::Standard("hazards.awaab-2025.emergency".to_owned());
        assert!(message(&early, "2015-01-01").contains("the first begins on 2025-"));
    }

    #[test]
    fn the_list_shows_every_standard_with_source_and_dates() {
        let (shelved, calendars) = (shelved(), Calendars::built_in());
        let text = list(&shelved, &calendars, false).unwrap();
        assert!(text.lines().all(|line| line.contains("declared ahead")), "{text}");
        assert!(text.lines().any(|line| line.starts_with("complaints.code-2024.stage-1-acknowledge") && line.contains("from 2024-")));
        let json: Value = serde_json::from_str(&list(&shelved, &calendars, true).unwrap()).unwrap();
        assert_eq!(json.as_array().unwrap().len(), text.lines().count());
        assert_eq!(json[0]["declared_ahead"], true);
    }
}
