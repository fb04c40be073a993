//! Roles as declared data: what each may do, whose rows it sees, where it lands.

use rooftree_kernel::Permission;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The word of a role that sees all rows.
const ALL: &str = "all";
/// The word of a role to which names, contacts and needs of people are hidden.
const NO_PERSONAL_DATA: &str = "no-personal-data";

/// Whose rows a role sees, as its declaration says: `all`, one dimension that narrows it, or several. Any name may stand there: what a
/// list or query does not know shows nothing ([`rooftree_kernel::Scope`]).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum RowScope {
    /// One word.
    One(String),
    /// Each of these narrows.
    Several(Vec<String>),
}

impl RowScope {
    /// The dimensions that narrow it.
    pub fn dimensions(&self) -> impl Iterator<Item = &str> {
        let words = match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Several(words) => words,
        };
        words.iter().map(String::as_str).filter(|word| ![ALL, NO_PERSONAL_DATA].contains(word))
    }

    /// Whether the role is narrowed by this.
    pub fn narrows_by(&self, dimension: &str) -> bool {
        self.dimensions().any(|held| held == dimension)
    }

    /// Whether it sees no personal data.
    pub fn no_personal_data(&self) -> bool {
        match self {
            Self::One(word) => word == NO_PERSONAL_DATA,
            Self::Several(words) => words.iter().any(|word| word == NO_PERSONAL_DATA),
        }
    }
}

/// One role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `call-handler`.
    pub key: String,
    /// `Call handler`.
    pub title: String,
    /// The page after sign-in.
    pub landing: String,
    /// Whose rows.
    pub scope: RowScope,
    /// Permission names; `repairs.*` grants all of an area.
    pub may: Vec<String>,
    /// A second factor is required at every sign-in.
    #[serde(default)]
    pub second_factor: bool,
    #[serde(skip)]
    granted: Arc<BTreeSet<Permission>>,
}

impl Role {
    /// The permissions granted, wildcards resolved.
    pub fn granted(&self) -> Arc<BTreeSet<Permission>> {
        self.granted.clone()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<Role>,
}

/// All roles by key.
#[derive(Clone, Debug, Default)]
pub struct Roles(BTreeMap<String, Role>);

impl Roles {
    /// Reads the files; a permission that no area declares is an error.
    pub fn load(files: &[(&str, &str)], known: &BTreeSet<Permission>) -> Result<Self, Vec<String>> {
        let (mut roles, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, text) in files {
            match toml::from_str::<File>(text) {
                Err(error) => errors.push(format!("{name}: {error}")),
                Ok(file) => {
                    for mut role in file.role {
                        role.granted = Arc::new(resolve(name, &role, known, &mut errors));
                        if roles.contains_key(&role.key) {
                            errors.push(format!("{name}: the role {} is declared twice: keep one", role.key));
                        }
                        roles.insert(role.key.clone(), role);
                    }
                }
            }
        }
        if errors.is_empty() { Ok(Self(roles)) } else { Err(errors) }
    }

    /// A role by its key.
    pub fn get(&self, key: &str) -> Option<&Role> {
        self.0.get(key)
    }

    /// All, by key.
    pub fn all(&self) -> impl Iterator<Item = &Role> {
        self.0.values()
    }
}

fn resolve(file: &str, role: &Role, known: &BTreeSet<Permission>, errors: &mut Vec<String>) -> BTreeSet<Permission> {
    let mut granted = BTreeSet::new();
    for entry in &role.may {
        let named = |permission: &&Permission| match entry.strip_suffix('*') {
            Some(prefix) => permission.0.starts_with(prefix),
            None => permission.0 == *entry,
        };
        let meant: Vec<&Permission> = known.iter().filter(named).collect();
        let wrong = |problem: &str| format!("{file}: role {} grants ‘{entry}’, {problem}", role.key);
        match meant.iter().all(|permission| granted.contains(*permission)) {
            _ if meant.is_empty() => {
                errors.push(wrong("which no area declares: check its spelling, or the area's permissions"))
            }
            true => errors.push(wrong("which an entry before it grants already: remove one")),
            false => granted.extend(meant.into_iter().cloned()),
        }
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Line {
        scope: RowScope,
    }

    #[test]
    fn a_role_is_narrowed_by_any_dimension_that_it_names() {
        let read = |text: &str| toml::from_str::<Line>(text).unwrap().scope;
        let dimensions = |text: &str| read(text).dimensions().map(str::to_owned).collect::<Vec<_>>();
        assert!(dimensions("scope = 'all'").is_empty() && dimensions("scope = 'no-personal-data'").is_empty());
        assert_eq!(dimensions("scope = 'provider'"), ["provider"]);
        assert_eq!(dimensions("scope = ['patch', 'no-personal-data']"), ["patch"]);
        assert!(read("scope = ['patch', 'no-personal-data']").no_personal_data());
        assert!(read("scope = 'panel'").narrows_by("panel") && !read("scope = 'all'").narrows_by("panel"));
    }
}
