//! Who acts, and with which permissions.

use crate::{Scope, UserId};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

/// A named right, such as `repairs.report`. Areas declare theirs as constants; roles grant them by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permission(pub Cow<'static, str>);

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Permission {
    /// A permission by its name.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

/// The way a command arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A page in a browser.
    Web,
    /// The JSON API.
    Api,
    /// The command line.
    Cli,
    /// A staged import.
    Import,
    /// A background job.
    Job,
}

/// Whoever performs a command: a signed-in user, an API token or the system itself.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user; `None` for the system.
    pub user: Option<UserId>,
    /// The name shown in timelines.
    pub name: String,
    /// The role's key, such as `call-handler`.
    pub role: String,
    /// What they may do.
    pub permissions: Arc<BTreeSet<Permission>>,
    /// What they may see.
    pub scope: Scope,
    /// How they came.
    pub channel: Channel,
}

impl Actor {
    /// The system: jobs, the breach watch, the demo loader. It may do everything and is named in every fact it records.
    pub fn system(channel: Channel) -> Self {
        Self {
            user: None,
            name: "Rooftree".to_owned(),
            role: "system".to_owned(),
            permissions: Arc::default(),
            scope: Scope::default(),
            channel,
        }
    }

    /// True when the role grants the permission; the system has all.
    pub fn may(&self, permission: &Permission) -> bool {
        self.role == "system" || self.permissions.contains(permission)
    }
}
