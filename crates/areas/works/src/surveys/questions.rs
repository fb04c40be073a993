//! A set of questions, as an area declares it, and what may be answered.

use rooftree_kernel::FieldErrors;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What is asked when a case of an area is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    /// Stored with each survey.
    pub key: String,
    /// What it is about, before the case's title: `Your repair`.
    pub about: String,
    /// The template that brings the link.
    pub letter: String,
    /// The template for whoever does not want surveys: it only says that we think it is done.
    pub without_consent: String,
    /// The questions, in order.
    pub question: Vec<Question>,
}

/// A question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stored with the answer.
    pub key: String,
    /// What is asked.
    pub ask: String,
    /// How it is answered.
    pub kind: Kind,
    /// What is said to whoever leaves it out; without it, it may be left out.
    pub required: Option<String>,
    /// What whoever answers no is told.
    pub if_no: Option<String>,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Yes or no.
    YesNo,
    /// 1 (very unhappy) to 5 (very happy).
    Score,
}

impl Kind {
    /// The answer that a form sends, as it is stored; nothing where it is none.
    pub fn read(self, text: &str) -> Option<Value> {
        match (self, text) {
            (Self::YesNo, "yes") => Some(Value::Bool(true)),
            (Self::YesNo, "no") => Some(Value::Bool(false)),
            (Self::YesNo, _) => None,
            (Self::Score, text) => {
                text.parse().ok().filter(|score| (1..=5).contains(score)).map(|score: i32| score.into())
            }
        }
    }
}

/// What the person says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// By the question's key.
    pub given: Map<String, Value>,
    /// In their words.
    pub comment: String,
}

impl Answers {
    /// Whether a question was answered with no.
    pub fn is_no(&self, key: &str) -> bool {
        self.given.get(key) == Some(&Value::Bool(false))
    }
}

/// Characters of a comment.
pub const COMMENT_MAX: usize = 1000;

impl QuestionSet {
    /// Reads one; a fault names the file.
    pub fn read(file: &str, text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("{file}: {error}"))
    }

    /// Refuses what is not an answer, and what must be answered and is not.
    pub fn check(&self, answers: &Answers) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        for question in &self.question {
            if let Some(words) = question.required.as_ref().filter(|_| !answers.given.contains_key(&question.key)) {
                errors.add(question.key.clone(), words.clone());
            }
        }
        if answers.comment.chars().count() > COMMENT_MAX {
            errors.add("comment", format!("Use at most {COMMENT_MAX} characters"));
        }
        errors.into_result(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = "key = 'repair'\nabout = 'Your repair'\nletter = 'a.b'\nwithout_consent = 'a.c'\n\
        [[question]]\nkey = 'done'\nask = 'Is it done?'\nkind = 'yes-no'\nrequired = 'Say whether it is done'\n\
        [[question]]\nkey = 'score'\nask = 'How happy?'\nkind = 'score'\nrequired = 'Choose a number from 1 to 5'\n\
        [[question]]\nkey = 'clean'\nask = 'Clean?'\nkind = 'yes-no'\n";

    fn answers(given: &[(&str, Kind, &str)]) -> Answers {
        let given = given.iter().filter_map(|(key, kind, text)| Some(((*key).to_owned(), kind.read(text)?)));
        Answers { given: given.collect(), comment: String::new() }
    }

    #[test]
    fn what_must_be_answered_is_asked_for_and_the_rest_is_free() {
        let set = QuestionSet::read("survey.toml", SET).unwrap();
        let good = [("done", Kind::YesNo, "no"), ("score", Kind::Score, "4")];
        assert!(set.check(&answers(&good)).is_ok() && answers(&good).is_no("done"));
        for score in ["0", "6", "many", ""] {
            let wrong = answers(&[good[0], ("score", Kind::Score, score)]);
            assert!(set.check(&wrong).unwrap_err().get("score").is_some(), "{score}");
        }
        assert!(set.check(&answers(&good[1..])).unwrap_err().get("done").is_some());
        let long = Answers { comment: "x".repeat(COMMENT_MAX + 1), ..answers(&good) };
        assert!(set.check(&long).unwrap_err().get("comment").is_some());
    }

    #[test]
    fn a_set_that_cannot_be_read_names_its_file() {
        assert!(
            QuestionSet::read("repairs/data/survey.toml", "key = 1")
                .unwrap_err()
                .starts_with("repairs/data/survey.toml")
        );
    }
}
