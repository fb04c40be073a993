//! What the program itself declares: fact kinds, permissions, jobs, imports, lookups, and the starters of the landlord's rules. Built once
//! at start from what the areas export, and refused as a whole when any part does not hold. What a landlord decides is in
//! [`crate::rulebook`].

use crate::{
    contracts::Contracts, imports::ImportTarget, jobs::JobHandler, journal::facts::FactKind, lookups::Lookups,
    messages::MESSAGE_SENT, quality,
};
use rooftree_kernel::{Permission, calendar::Calendars};
use rooftree_promises::{
    DeclarationError,
    measures::{Known, MeasureSet},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The name of a declaration's file, `AREA/standards/NAME.toml` (messages name it), and its text.
pub type Declaration = (&'static str, &'static str);

/// What the areas together declare, before it is checked.
#[derive(Default)]
pub struct Parts {
    /// Fact kinds.
    pub facts: Vec<FactKind>,
    /// Permissions with the words that explain them.
    pub permissions: Vec<(Permission, &'static str)>,
    /// Standards files.
    pub standards: Vec<Declaration>,
    /// Measures files.
    pub measures: Vec<Declaration>,
    /// The measures' SQL, each named as it lies beside the measure's file.
    pub measure_sql: Vec<Declaration>,
    /// Message templates.
    pub templates: Vec<Declaration>,
    /// What the facts of sent messages say beside channel and template, in the words of the areas that send them.
    pub message_fields: Vec<&'static str>,
    /// The roles file.
    pub roles: Vec<Declaration>,
    /// Job handlers by kind.
    pub jobs: Vec<(&'static str, Arc<dyn JobHandler>)>,
    /// What can be imported.
    pub imports: Vec<Arc<dyn ImportTarget>>,
    /// What areas answer to the platform in SQL.
    pub lookups: Vec<Lookups>,
    /// What areas offer to those below them.
    pub contracts: Contracts,
    /// Files of data-quality rules.
    pub quality: Vec<Declaration>,
    /// Their SELECTs, each named as it lies beside its file.
    pub quality_sql: Vec<Declaration>,
}

/// What holds.
pub struct Registry {
    /// Fact kinds by name.
    pub facts: BTreeMap<&'static str, FactKind>,
    /// Permissions with their explanation.
    pub permissions: BTreeMap<Permission, &'static str>,
    /// Working-day calendars.
    pub calendars: Calendars,
    /// What the facts of sent messages may say beside channel and template.
    pub message_fields: BTreeSet<&'static str>,
    /// Job handlers by kind.
    pub jobs: BTreeMap<&'static str, Arc<dyn JobHandler>>,
    /// What can be imported, by key.
    pub imports: BTreeMap<&'static str, Arc<dyn ImportTarget>>,
    /// What areas answer to the platform in SQL.
    pub lookups: Lookups,
    /// The SQL of measures: it belongs to the tables, and so to the program.
    pub measure_sql: Vec<Declaration>,
    /// What areas offer to those below them.
    pub contracts: Contracts,
    /// Rules of data quality.
    pub quality: Vec<quality::Rule>,
}

impl Registry {
    /// Checks that nothing is declared twice; the errors name what and the remedy. The declared rules are checked by
    /// [`crate::Rulebook::load`].
    pub fn build(parts: Parts, calendars: Calendars) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let facts = by_key("fact", parts.facts.iter().map(|kind| (kind.name, *kind)), &mut errors);
        let mut lookups = Lookups::default();
        for part in parts.lookups {
            if let Err(problem) = lookups.merge(part) {
                errors.push(problem);
            }
        }
        let permissions = by_key("permission", parts.permissions, &mut errors);
        let jobs = by_key("kind of job", parts.jobs, &mut errors);
        let imports = by_key("import", parts.imports.into_iter().map(|target| (target.key(), target)), &mut errors);
        let quality = quality::load(&parts.quality, &parts.quality_sql).unwrap_or_else(|found| {
            errors.extend(found);
            Vec::new()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            facts,
            permissions,
            calendars,
            message_fields: parts.message_fields.into_iter().collect(),
            jobs,
            imports,
            lookups,
            measure_sql: parts.measure_sql,
            contracts: parts.contracts,
            quality,
        })
    }

    /// A rule of data quality by its key.
    pub fn quality_rule(&self, key: &str) -> Option<&quality::Rule> {
        self.quality.iter().find(|rule| rule.key == key)
    }

    /// Reads measures from their files, with what the areas declare: facts, dimensions, populations, evidence.
    pub fn measures(&self, files: &[(&str, &str)]) -> Result<MeasureSet, Vec<DeclarationError>> {
        let lookups = &self.lookups;
        let known = Known {
            facts: &self.facts.keys().copied().collect(),
            dimensions: &lookups.dimensions.iter().map(|kind| kind.key).collect(),
            populations: &lookups.populations.iter().map(|population| population.key).collect(),
            evidence: &lookups.evidence,
        };
        MeasureSet::load(files, &self.measure_sql, known)
    }

    /// Whether facts of a kind may carry a field: one of its own or, of a sent message, one in which areas say what it is about.
    pub(crate) fn may_carry(&self, kind: &FactKind, field: &str) -> bool {
        kind.fields.contains(&field) || (kind.name == MESSAGE_SENT.name && self.message_fields.contains(field))
    }
}

/// What areas declare under keys of one kind; a key that is declared twice is an error, because only one of the two would hold.
fn by_key<K: Ord + std::fmt::Display, V>(
    what: &str,
    declared: impl IntoIterator<Item = (K, V)>,
    errors: &mut Vec<String>,
) -> BTreeMap<K, V> {
    let mut all = BTreeMap::new();
    for (key, value) in declared {
        if all.contains_key(&key) {
            errors.push(format!("the {what} ‘{key}’ is declared twice: remove one, or give it another name"));
        }
        all.insert(key, value);
    }
    all
}
