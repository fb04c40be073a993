//! What taking an import back needs to know of what it changed, and whether that is still as the import left it.

use crate::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A thing before an import changed it, and after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before<T> {
    /// The version that it had.
    pub version: i32,
    /// What it was.
    #[serde(alias = "terms")]
    pub details: T,
    /// What the import made of it; not noted by imports before 30 November 2026.
    pub after: Option<T>,
    /// What the import hung on it: contact points, needs, people.
    #[serde(default)]
    pub added: Vec<Uuid>,
}

/// A thing as it stands now, locked by whoever takes an import back.
#[derive(Clone, Debug)]
pub struct Present<T> {
    /// `H-10001`.
    pub reference: String,
    /// Its version.
    pub version: i32,
    /// What it is.
    pub details: T,
}

impl<T: Serialize + DeserializeOwned + PartialEq> Before<T> {
    /// As the import keeps it.
    pub fn keep(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// What an import kept of the things that it changed.
    pub fn all(updated: &[(Uuid, Value)]) -> Result<Vec<(Uuid, Self)>> {
        let read = |(id, value): &(Uuid, Value)| Self::deserialize(value).map(|before| (*id, before));
        updated.iter().map(read).collect::<serde_json::Result<_>>().map_err(|error| Error::Internal(error.to_string()))
    }

    /// Whether nothing has happened to it since, or what happened was taken back: then it is again what the import made of it.
    fn is_as_left(&self, present: &Present<T>) -> bool {
        present.version == self.version + 1 || self.after.as_ref() == Some(&present.details)
    }
}

/// Refuses (Conflict) unless each thing is as the import left it; names up to three that are not. Whoever asks has locked them, so that
/// nobody changes one between this and what follows.
pub fn require_as_left<T: Serialize + DeserializeOwned + PartialEq>(
    before: &[(Uuid, Before<T>)],
    present: &HashMap<Uuid, Present<T>>,
) -> Result<()> {
    let mut changed = before.iter().filter_map(|(id, before)| match present.get(id) {
        None => Some("one that is gone"),
        Some(present) if !before.is_as_left(present) => Some(present.reference.as_str()),
        Some(_) => None,
    });
    let named: Vec<&str> = changed.by_ref().take(3).collect();
    if named.is_empty() {
        return Ok(());
    }
    let more = changed.count();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Error::conflict(format!(
        "{}{more} changed after the import. Change them back by hand; nothing was undone.",
        named.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_and_changed_back_is_as_it_was_left() {
        let id = Uuid::from_u128(1);
        let before = vec![(
            id,
            Before { version: 3, details: "old".to_owned(), after: Some("new".to_owned()), added: Vec::new() },
        )];
        let present = |version, details: &str| {
            HashMap::from([(id, Present { reference: "H-1".into(), version, details: details.to_owned() })])
        };
        assert!(require_as_left(&before, &present(4, "new")).is_ok());
        assert!(require_as_left(&before, &present(6, "new")).is_ok(), "a later import came and was taken back");
        let refused = require_as_left(&before, &present(5, "other")).unwrap_err().to_string();
        assert!(refused.contains("H-1 changed after the import"), "{refused}");
        assert!(require_as_left(&before, &HashMap::new()).is_err());
        let old: Before<String> = serde_json::from_value(serde_json::json!({ "version": 3, "terms": "old" })).unwrap();
        assert_eq!((old.details.as_str(), old.after), ("old", None));
    }
}
