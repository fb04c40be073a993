//! What whoever inspects finished work looks at, as the area of the case declares it.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The checklist of an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// The template that says when somebody comes to look.
    pub letter: String,
    /// The standard by which an inspection is due.
    pub standard: String,
    /// The share of finished cases that is inspected, in per cent.
    pub share_percent: u8,
    /// What is looked at, in order; may be left out.
    #[serde(default)]
    pub check: Vec<Check>,
}

/// A thing to look at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Stored with what was found.
    pub key: String,
    /// What should be so: `Nothing was left behind`.
    pub ask: String,
}

/// What may be said of a check: as it is stored, and in words.
pub const FOUND: [(&str, &str); 3] = [("yes", "Yes"), ("no", "No"), ("not-applicable", "Does not apply")];

impl Checklist {
    /// Reads one; a fault names the file.
    pub fn read(file: &str, text: &str) -> Result<Self, String> {
        let list: Self = toml::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        match list.share_percent {
            0..=100 => Ok(list),
            more => Err(format!("{file}: share_percent is {more}: use 0 to 100")),
        }
    }

    /// What a form says of each check; what is left out or no answer is not kept.
    pub fn found<'a>(&self, said: impl Fn(&str) -> &'a str) -> Map<String, Value> {
        let known = |found: &str| FOUND.iter().any(|(key, _)| *key == found);
        let found = self.check.iter().map(|check| (check.key.clone(), said(&format!("check-{}", check.key))));
        found.filter(|(_, found)| known(found)).map(|(key, found)| (key, found.into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_not_kept() {
        let text = "letter = 'a.b'\nstandard = 'a.b.c'\nshare_percent = 13\n\
            [[check]]\nkey = 'tidy'\nask = 'Tidy'\n[[check]]\nkey = 'safe'\nask = 'Safe'\n";
        let list = Checklist::read("inspection.toml", text).unwrap();
        let found = list.found(|field| if field == "check-tidy" { "no" } else { "perhaps" });
        assert_eq!(Value::Object(found), serde_json::json!({ "tidy": "no" }));
        assert!(Checklist::read("x.toml", &text.replace("13", "113")).unwrap_err().contains("use 0 to 100"));
    }
}
