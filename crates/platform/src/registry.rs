//! All that is declared: facts, standards, measures, roles, templates, jobs, imports. Built once at start from what the areas export,
//! and refused as a whole when any part does not hold.

use crate::{
    figures, imports::ImportTarget, jobs::JobHandler, journal::facts::FactKind, lookups::Lookups, messages::Template,
    roles::Roles,
};
use rooftree_kernel::{Permission, calendar::Calendars};
use rooftree_promises::{measures::MeasureSet, standards::StandardSet};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The text of a declaration and the name of its file (for messages about it).
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
    /// The measures' SQL, by file name.
    pub measure_sql: Vec<Declaration>,
    /// Message templates.
    pub templates: Vec<Declaration>,
    /// The roles file.
    pub roles: Vec<Declaration>,
    /// Job handlers by kind.
    pub jobs: Vec<(&'static str, Arc<dyn JobHandler>)>,
    /// What can be imported.
    pub imports: Vec<Arc<dyn ImportTarget>>,
    /// What areas answer to the platform in SQL.
    pub lookups: Vec<Lookups>,
}

/// What holds.
pub struct Registry {
    /// Fact kinds by name.
    pub facts: BTreeMap<&'static str, FactKind>,
    /// Permissions with their explanation.
    pub permissions: BTreeMap<Permission, &'static str>,
    /// Standards, every version.
    pub standards: StandardSet,
    /// Measures, those derived from standards included.
    pub measures: MeasureSet,
    /// Working-day calendars.
    pub calendars: Calendars,
    /// Roles.
    pub roles: Roles,
    /// Message templates by key.
    pub templates: BTreeMap<String, Template>,
    /// Job handlers by kind.
    pub jobs: BTreeMap<&'static str, Arc<dyn JobHandler>>,
    /// What can be imported, by key.
    pub imports: BTreeMap<&'static str, Arc<dyn ImportTarget>>,
    /// What areas answer to the platform in SQL.
    pub lookups: Lookups,
    /// Which measures a recorded fact may change, by topic (see [`figures::topic`]).
    pub figure_topics: BTreeMap<String, Vec<String>>,
}

impl Registry {
    /// Checks everything against everything; the errors name file, id and remedy.
    pub fn build(parts: Parts, calendars: Calendars) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let facts: BTreeMap<_, _> = parts.facts.iter().map(|kind| (kind.name, *kind)).collect();
        if facts.len() != parts.facts.len() {
            errors.push("two areas declare the same fact name".to_owned());
        }
        let mut lookups = Lookups::default();
        for part in parts.lookups {
            if let Err(problem) = lookups.merge(part) {
                errors.push(problem);
            }
        }
        let names: BTreeSet<&str> = facts.keys().copied().collect();
        let permissions: BTreeMap<_, _> = parts.permissions.into_iter().collect();
        let known: BTreeSet<Permission> = permissions.keys().cloned().collect();
        let standards = StandardSet::load(&parts.standards, &names, &calendars)
            .inspect_err(|found| errors.extend(found.iter().map(ToString::to_string)));
        let roles = Roles::load(&parts.roles, &known).inspect_err(|found| errors.extend(found.iter().cloned()));
        let templates = Template::load_all(&parts.templates).inspect_err(|found| errors.extend(found.iter().cloned()));
        let (Ok(standards), Ok(roles), Ok(templates)) = (standards, roles, templates) else {
            return Err(errors);
        };
        let measures = MeasureSet::load(&parts.measures, &parts.measure_sql, &names)
            .map(|set| set.with_standards(&standards))
            .inspect_err(|found| errors.extend(found.iter().map(ToString::to_string)));
        for template in templates.values() {
            if let Some(standard) = &template.serves
                && standards.versions(standard).is_empty()
            {
                errors.push(format!("template {} serves {standard}, which no standards file declares", template.key));
            }
        }
        match measures {
            Ok(measures) if errors.is_empty() => {
                let jobs = parts.jobs.into_iter().collect();
                let imports = parts.imports.into_iter().map(|target| (target.key(), target)).collect();
                let mut figure_topics = figures::topics(&measures);
                // What takes a case back may change any figure.
                for kind in facts.values().filter(|kind| kind.voids) {
                    figure_topics
                        .insert(kind.name.to_owned(), measures.all().map(|measure| measure.id.clone()).collect());
                }
                Ok(Self {
                    facts,
                    permissions,
                    standards,
                    measures,
                    calendars,
                    roles,
                    templates,
                    jobs,
                    imports,
                    lookups,
                    figure_topics,
                })
            }
            _ => Err(errors),
        }
    }
}
