//! How pressing work is.

use serde::Deserialize;

/// How pressing work is.
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
