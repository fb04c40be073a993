//! What figures are broken down by.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::fmt;

/// A column of evidence by which figures are broken down: `ward`, `trade`, `age_band`. Areas declare which there are and what they are
/// called; nothing else knows one by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Dimension(String);

/// The columns that evidence has beside its dimensions.
const OF_EVIDENCE: [&str; 10] =
    ["m", "subject_id", "reference", "home_id", "day", "counted", "hit", "value", "base", "reason"];

/// Longer names PostgreSQL cuts off.
const LETTERS_MAX: usize = 63;

impl Dimension {
    /// The dimension of that name, if it can be a column of evidence: it goes into SQL as it stands.
    pub fn read(name: &str) -> Option<Self> {
        let fits = name.len() <= LETTERS_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !OF_EVIDENCE.contains(&name);
        fits.then(|| Self(name.to_owned()))
    }

    /// Its column in evidence, and its name in addresses and declarations.
    pub fn column(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::read(&name).ok_or_else(|| {
            D::Error::custom(format!(
                "‘{name}’ cannot be a dimension: small letters, digits and _, and no other column of evidence"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_is_a_column_that_evidence_does_not_have_yet() {
        assert_eq!(Dimension::read("age_band").unwrap().column(), "age_band");
        for wrong in ["", "Ward", "1st", "ward; drop table fact", "a\"b", "value", &"w".repeat(64)] {
            assert_eq!(Dimension::read(wrong), None, "{wrong}");
        }
    }
}
