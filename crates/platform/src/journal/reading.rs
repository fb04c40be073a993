//! How facts read to people. Each kind says it beside its declaration ([`FactKind::reading`](super::facts::FactKind::reading)); timelines,
//! files and bundles of a case all take the words from there. What somebody may not see, the reading leaves out.

use crate::{Platform, lookups::Lookups, rulebook::Rulebook};
use rooftree_kernel::{Moment, Pence, Scope};
use serde_json::Value;

/// The words of one kind's facts: some lines of text, none where the title says it all.
pub type Reads = fn(&Reading<'_>) -> Vec<String>;

/// A fact's payload, with what puts its keys into words and for whom.
pub struct Reading<'a> {
    /// What was recorded beside who, when and about whom.
    pub payload: &'a Value,
    /// The words for keys.
    pub lookups: &'a Lookups,
    /// The titles of templates and standards.
    pub rules: &'a Rulebook,
    /// Whose eyes.
    pub scope: &'a Scope,
}

impl<'a> Reading<'a> {
    /// A payload as these eyes read it.
    pub fn of(platform: &'a Platform, payload: &'a Value, scope: &'a Scope) -> Self {
        Self { payload, lookups: &platform.registry().lookups, rules: platform.rules(), scope }
    }

    /// A field that is text.
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.payload.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// A key in the words of the area that declares it, or as it stands.
    pub fn words(&self, field: &str) -> Option<String> {
        let key = self.text(field)?;
        Some(self.lookups.words(field, key).unwrap_or(key).to_owned())
    }

    /// Words that somebody wrote: not for those who may see no personal data.
    pub fn written(&self, field: &str) -> Option<String> {
        self.text(field).filter(|_| !self.scope.no_personal_data).map(str::to_owned)
    }

    /// An amount.
    pub fn pence(&self, field: &str) -> Option<Pence> {
        self.payload.get(field)?.as_i64().map(Pence)
    }

    /// A moment.
    pub fn moment(&self, field: &str) -> Option<Moment> {
        self.text(field)?.parse().ok()
    }

    /// The title of the message template that a field names.
    pub fn template(&self, field: &str) -> Option<String> {
        let key = self.text(field)?;
        Some(self.rules.templates.get(key).map_or(key, |template| template.title.as_str()).to_owned())
    }

    /// The title of the standard that a field names.
    pub fn standard(&self, field: &str) -> Option<String> {
        let id = self.text(field)?;
        let latest = self.rules.standards.versions(id).last().map(|standard| standard.title.clone());
        Some(latest.unwrap_or_else(|| id.to_owned()))
    }

    /// Fields that name what changed, without saying from what to what.
    pub fn changed(&self) -> Vec<String> {
        let names = self.payload.get("fields").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        if names.is_empty() { Vec::new() } else { vec![names.join(", ")] }
    }
}

/// Payload fields that are sentences for readers, in the order they are shown.
const SENTENCES: &[&str] = &["title", "summary", "reason", "note"];

/// How a kind reads that says nothing of its own: the fields that changed, else its sentences. They may hold what somebody wrote, so they
/// are not for those who may see no personal data.
pub fn plain(fact: &Reading<'_>) -> Vec<String> {
    let changed = fact.changed();
    if !changed.is_empty() || fact.scope.no_personal_data {
        return changed;
    }
    SENTENCES.iter().filter_map(|field| fact.words(field)).collect()
}
