//! Roles as declared data: what each may do, whose rows it sees, where it lands.

use rooftree_kernel::Permission;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Whose rows a role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowScope {
    /// All rows of the landlord.
    All,
    /// Its provider's orders only.
    Provider,
    /// Its own visits only.
    Operative,
    /// Its own home and cases only.
    Person,
    /// All rows, but no personal data.
    NoPersonalData,
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
