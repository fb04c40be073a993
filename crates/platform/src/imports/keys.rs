//! What the keys of a file lead to. A key belongs to the system that gave it: two systems may give the same one to two things. What a file
//! names may also be our own reference or a number that everybody knows; what could be two things is neither.

use rooftree_kernel::text::key_form;
use std::collections::HashMap;

/// A key with the system that gave it, both in the form in which keys are compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceKey {
    /// The system; empty where nobody said.
    pub source: String,
    /// Its key.
    pub key: String,
}

impl SourceKey {
    /// The key that this source gave.
    pub fn new(source: &str, key: &str) -> Self {
        Self { source: key_form(source), key: key_form(key) }
    }

    /// The same key, of a system that nobody named.
    pub fn of_nobody(&self) -> Self {
        Self { source: String::new(), key: self.key.clone() }
    }
}

/// What a register holds, by all names that a file may use.
#[derive(Clone, Debug)]
pub struct Names<T> {
    own: HashMap<SourceKey, Vec<(T, String)>>,
    any: HashMap<String, Vec<(T, String)>>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { own: HashMap::new(), any: HashMap::new() }
    }
}

impl<T: Copy + PartialEq> Names<T> {
    /// Notes a thing: our reference, its key with its source, and its other names.
    pub fn add(&mut self, id: T, reference: &str, source: Option<&str>, key: Option<&str>, others: &[&str]) {
        if let Some(key) = key {
            let own = SourceKey::new(source.unwrap_or_default(), key);
            self.own.entry(own).or_default().push((id, reference.to_owned()));
        }
        for name in [reference].into_iter().chain(key).chain(others.iter().copied()) {
            let named = self.any.entry(key_form(name)).or_default();
            if !named.iter().any(|(known, _)| *known == id) {
                named.push((id, reference.to_owned()));
            }
        }
    }

    /// The thing with a key that this very source gave; an error names both where there are two.
    pub fn own(&self, key: &SourceKey) -> Result<Option<T>, String> {
        one(self.own.get(key).map_or(&[], Vec::as_slice), &key.key)
    }

    /// Our reference of the thing that has this key of a system that nobody named.
    pub fn of_nobody(&self, key: &SourceKey) -> Option<&str> {
        self.own.get(&key.of_nobody()).and_then(|held| held.first()).map(|(_, reference)| reference.as_str())
    }

    /// What a file of this source means by a name: the source's own key first, then whatever has the name.
    pub fn find(&self, source: &str, given: &str) -> Result<Option<T>, String> {
        let key = SourceKey::new(source, given);
        match self.own(&key)? {
            Some(id) => Ok(Some(id)),
            // Systems pad property numbers with noughts.
            None => match self.any.get(&key.key).or_else(|| self.any.get(key.key.trim_start_matches('0'))) {
                Some(held) => one(held, given),
                None => Ok(None),
            },
        }
    }
}

fn one<T: Copy + PartialEq>(held: &[(T, String)], given: &str) -> Result<Option<T>, String> {
    match held {
        [] => Ok(None),
        [(id, _)] => Ok(Some(*id)),
        [(_, first), (_, second), ..] => {
            Err(format!("‘{given}’ could be {first} or {second}: give that reference instead of the key"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_its_source() {
        let mut names = Names::default();
        names.add(1, "H-1", Some("Capita"), Some("990001"), &["100199010001"]);
        names.add(2, "H-2", Some("Other"), Some("990001"), &[]);
        names.add(3, "H-3", None, Some("77"), &[]);
        assert_eq!(names.find("CAPITA", " 990001 "), Ok(Some(1)));
        assert_eq!(names.find("Other", "990001"), Ok(Some(2)));
        assert!(names.find("Third", "990001").unwrap_err().contains("H-1 or H-2"));
        assert_eq!(names.find("Third", "h-2"), Ok(Some(2)));
        assert_eq!(names.find("Third", "000100199010001"), Ok(Some(1)));
        assert_eq!(names.find("Third", "0990001x"), Ok(None));
        assert_eq!(names.own(&SourceKey::new("Third", "77")), Ok(None));
        assert_eq!(names.of_nobody(&SourceKey::new("Third", "77")), Some("H-3"));
    }
}
