//! A person as the register holds them. Pure.

use rooftree_kernel::Day;
use serde::{Deserialize, Serialize};

/// How people may want to be reached: key and words.
pub const CHANNELS: &[(&str, &str)] =
    &[("phone", "Phone call"), ("text", "Text message"), ("email", "E-mail"), ("letter", "Letter")];
/// Kinds of contact point.
pub const POINT_KINDS: &[(&str, &str)] = &[("phone", "Telephone"), ("email", "E-mail"), ("post", "Postal address")];
/// Protected characteristics (Equality Act 2010, s.4).
pub const CHARACTERISTICS: &[(&str, &str)] = &[
    ("age", "Age"),
    ("disability", "Disability"),
    ("gender-reassignment", "Gender reassignment"),
    ("marriage", "Marriage and civil partnership"),
    ("pregnancy", "Pregnancy and maternity"),
    ("race", "Race"),
    ("religion", "Religion or belief"),
    ("sex", "Sex"),
    ("sexual-orientation", "Sexual orientation"),
];
/// The answer that is always an answer.
pub const PREFER_NOT_TO_SAY: &str = "Prefer not to say";

/// The words for a key of a vocabulary, or the key itself.
pub fn words<'a>(vocabulary: &[(&'static str, &'static str)], key: &'a str) -> &'a str {
    vocabulary.iter().find(|word| word.0 == key).map_or(key, |word| word.1)
}

/// Everything recorded on the person itself that can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Their key in the system they were imported from.
    pub external_ref: Option<String>,
    /// That system; without it nobody knows whose key it is, and no import finds the person by it.
    pub external_source: Option<String>,
    /// Mrs, Mr, Mx, Dr.
    pub title: String,
    /// First names.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// What they are called, where that differs.
    pub known_as: String,
    /// Date of birth.
    pub birth_day: Option<Day>,
    /// The language they speak best.
    pub language: String,
    /// They need an interpreter.
    pub interpreter: bool,
    /// One of [`CHANNELS`].
    pub preferred_channel: String,
    /// Calls after 4 pm, speak to the daughter first.
    pub contact_notes: String,
    /// The day they died.
    pub died_on: Option<Day>,
}

impl Default for Details {
    fn default() -> Self {
        Self {
            external_ref: None,
            external_source: None,
            title: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            known_as: String::new(),
            birth_day: None,
            language: "English".to_owned(),
            interpreter: false,
            preferred_channel: "phone".to_owned(),
            contact_notes: String::new(),
            died_on: None,
        }
    }
}

impl Details {
    /// As they are addressed: `Mrs Amina Yusuf`.
    pub fn name(&self) -> String {
        [self.title.as_str(), &self.given_name, &self.family_name]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The fields of [`Details`] as pages name them.
pub const FIELDS: &[(&str, &str)] = &[
    ("external_ref", "Source reference"),
    ("external_source", "Source"),
    ("title", "Title"),
    ("given_name", "First names"),
    ("family_name", "Family name"),
    ("known_as", "Known as"),
    ("birth_day", "Date of birth"),
    ("language", "Language"),
    ("interpreter", "Interpreter"),
    ("preferred_channel", "Preferred way"),
    ("contact_notes", "Notes on contact"),
    ("died_on", "Died on"),
];

/// The names of the fields that differ, in words. Their content stays in the row: a fact is for ever, a name may be erased.
pub fn changed(before: &Details, after: &Details) -> Vec<&'static str> {
    let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) else {
        return Vec::new();
    };
    FIELDS.iter().filter(|field| before[field.0] != after[field.0]).map(|field| field.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_person_has_its_words() {
        let value = serde_json::to_value(Details::default()).unwrap();
        let mut stored: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut named: Vec<&str> = FIELDS.iter().map(|field| field.0).collect();
        stored.sort_unstable();
        named.sort_unstable();
        assert_eq!(stored, named);
    }

    #[test]
    fn a_fact_names_fields_and_not_their_content() {
        let before = Details { given_name: "Amina".into(), family_name: "Yusuf".into(), ..Details::default() };
        let after = Details { family_name: "Khan".into(), interpreter: true, ..before.clone() };
        assert_eq!(changed(&before, &after), ["Family name", "Interpreter"]);
        assert_eq!(before.name(), "Amina Yusuf");
    }
}
