//! The landlord's rules: standards, measures, roles, letters. [`Rulebook`] is all of them as they stand at one moment, read and checked
//! against each other; it never changes, a newer one takes its place (see [`crate::Platform::renewed`]).

use crate::{
    Registry, figures,
    journal::facts::FactKind,
    lookups::Lookups,
    messages::{MESSAGE_SENT, Template},
    registry::Parts,
    roles::Roles,
};
use rooftree_kernel::{Permission, calendar::Calendars};
use rooftree_promises::{
    measures::{Measure, MeasureSet},
    shelf,
    standards::{KnownFacts, Standard, StandardSet, Subject},
};
use std::collections::{BTreeMap, BTreeSet};

/// The texts of rules by kind: the name under which messages cite each, and its words.
#[derive(Clone, Debug, Default)]
pub struct Texts<'a> {
    /// Standards.
    pub standards: Vec<(&'a str, &'a str)>,
    /// Measures.
    pub measures: Vec<(&'a str, &'a str)>,
    /// Roles.
    pub roles: Vec<(&'a str, &'a str)>,
    /// Letters, texts and e-mails.
    pub templates: Vec<(&'a str, &'a str)>,
}

/// All rules at one moment.
pub struct Rulebook {
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
    /// Which measures a recorded fact may change, by topic (see [`figures::topic`]).
    pub figure_topics: BTreeMap<String, Vec<String>>,
    /// What each measure is counted with (see [`figures::definition`]).
    pub figure_definitions: BTreeMap<String, String>,
}

/// The program's own part and the rulebook of its starters, from what the areas export.
pub fn declared(parts: Parts, calendars: Calendars) -> Result<(Registry, Rulebook), Vec<String>> {
    let texts = Texts {
        standards: parts.standards.clone(),
        measures: parts.measures.clone(),
        roles: parts.roles.clone(),
        templates: parts.templates.clone(),
    };
    let registry = Registry::build(parts, calendars)?;
    let rules = Rulebook::load(&registry, &texts)?;
    Ok((registry, rules))
}

impl Rulebook {
    /// Reads the texts and checks everything against everything; the errors name file, id and remedy.
    pub fn load(registry: &Registry, texts: &Texts<'_>) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let (facts, calendars) = (&registry.facts, &registry.calendars);
        let known: BTreeSet<Permission> = registry.permissions.keys().cloned().collect();
        let of_messages: Vec<&str> = MESSAGE_SENT.fields.iter().chain(&registry.message_fields).copied().collect();
        let standards = StandardSet::load(&texts.standards, &known_fields(facts, &of_messages), calendars)
            .inspect_err(|found| errors.extend(found.iter().map(ToString::to_string)));
        let roles = Roles::load(&texts.roles, &known).inspect_err(|found| errors.extend(found.iter().cloned()));
        let templates = Template::load_all(&texts.templates).inspect_err(|found| errors.extend(found.iter().cloned()));
        let (Ok(standards), Ok(roles), Ok(templates)) = (standards, roles, templates) else {
            return Err(errors);
        };
        let lookups = &registry.lookups;
        errors.extend(unknown_dimensions(&standards, lookups));
        let measures = registry
            .measures(&texts.measures)
            .map(|set| set.with_standards(&standards, |standard| lookups.dimensions_of(&standard.id)))
            .inspect_err(|found| errors.extend(found.iter().map(ToString::to_string)));
        let keys: BTreeSet<&str> = templates.keys().map(String::as_str).collect();
        errors.extend(standards.unknown_letters(&keys).iter().map(ToString::to_string));
        errors.extend(without_cases(&standards, &registry.lookups));
        for template in templates.values() {
            if let Some(standard) = &template.serves
                && standards.versions(standard).is_empty()
            {
                errors.push(format!("template {} serves {standard}, which no standards file declares", template.key));
            }
        }
        match measures {
            Ok(measures) if errors.is_empty() => {
                let figure_topics = topics(facts, &measures);
                let calendars = calendars.clone();
                let defined = |measure: &Measure| (measure.id.clone(), figures::definition(lookups, measure));
                let figure_definitions = measures.all().map(defined).collect();
                Ok(Self { standards, measures, calendars, roles, templates, figure_topics, figure_definitions })
            }
            _ => Err(errors),
        }
    }
}

/// Which measures a fact may change. What takes a case or facts back may change any figure.
fn topics(facts: &BTreeMap<&'static str, FactKind>, measures: &MeasureSet) -> BTreeMap<String, Vec<String>> {
    let mut topics = figures::topics(measures);
    for kind in facts.values().filter(|kind| kind.voids || kind.withdraws) {
        topics.insert(kind.name.to_owned(), measures.all().map(|measure| measure.id.clone()).collect());
    }
    topics
}

/// Standards about cases that no area has: nobody could name the case of a clock, and figures would leave it out. Those on the shelf wait for
/// the area that will have them.
fn without_cases(standards: &StandardSet, lookups: &Lookups) -> Vec<String> {
    let has_cases = |area: &str| lookups.case_dims.iter().any(|cases| cases.area == area);
    let problem = |(id, versions): (&str, Vec<&Standard>)| {
        let area = id.split('.').next().unwrap_or(id);
        let lost = |version: &&Standard| version.subject == Subject::Case && !shelf::holds(&version.file);
        let file = &versions.into_iter().find(lost).filter(|_| !has_cases(area))?.file;
        Some(format!(
            "{file}: ‘{id}’ is about a case, and no area has cases under the key ‘{area}’: begin the id with the key of the area that has \
             them, or export its `lookups.case_dims` under ‘{area}’"
        ))
    };
    standards.by_id().into_iter().filter_map(problem).collect()
}

/// Dimensions that an area's cases or populations have, or by which a standard is broken down, and that no area declares: nobody would know
/// what to call them.
fn unknown_dimensions(standards: &StandardSet, lookups: &Lookups) -> Vec<String> {
    let declared: BTreeSet<&str> = lookups.dimensions.iter().map(|kind| kind.key).collect();
    let of_cases =
        lookups.case_dims.iter().flat_map(|cases| cases.dims.iter().map(|name| (cases.area.to_owned(), *name)));
    let of_populations =
        lookups.populations.iter().flat_map(|of| of.dims.iter().map(|name| (of.key.to_owned(), *name)));
    // Those on the shelf wait for the area that will have their dimensions as well.
    let of_standards = standards.all().filter(|standard| !shelf::holds(&standard.file)).flat_map(|standard| {
        let breakdown = standard.target.iter().filter_map(|target| target.breakdown.as_ref()).flatten();
        breakdown.map(|dimension| (format!("{}: ‘{}’", standard.file, standard.id), dimension.column()))
    });
    of_cases
        .chain(of_populations)
        .chain(of_standards)
        .filter(|(_, name)| !declared.contains(name))
        .map(|(who, name)| format!("{who} is broken down by ‘{name}’, and no area declares it in `lookups.dimensions`"))
        .collect()
}

/// The fields that standards may ask for; of a sent message, those of the areas as well. A fact that only the shelf names carries what its
/// area will decide, so nothing is checked.
fn known_fields<'a>(facts: &BTreeMap<&'static str, FactKind>, of_messages: &'a [&'a str]) -> KnownFacts<'a> {
    let fields = |kind: &FactKind| match kind.name {
        name if shelf::FACTS.contains(&name) => None,
        name if name == MESSAGE_SENT.name => Some(of_messages),
        _ => Some(kind.fields),
    };
    facts.values().map(|kind| (kind.name, fields(kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lookups::CaseDims, registry::Declaration};

    const OPENED: FactKind = FactKind::new("case.opened", "Opened", &["opened_at"]);
    const STANDARD: &str = "[[standard]]\nid = 'a.b.c'\ntitle = 't'\npromise = 'p'\nsource = 's'\nconfidence = 'M'\nfrom = 2022-04-01\n\
         letters = ['a.letter']\n[[standard.start]]\nfact = 'case.opened'\nat = 'openedat'\n[standard.due]\ndays = 5\n\
         [[standard.stop]]\nfact = 'case.opened'\n";

    fn errors(facts: Vec<FactKind>, standards: Vec<Declaration>) -> Vec<String> {
        let parts = Parts { facts, standards, lookups: vec![cases()], ..Parts::default() };
        declared(parts, Calendars::built_in()).err().unwrap_or_default()
    }

    /// What the area of the standards here says of its cases.
    fn cases() -> Lookups {
        Lookups { case_dims: vec![CaseDims { area: "a", dims: &[], sql: "select 1" }], ..Lookups::default() }
    }

    #[test]
    fn a_standard_about_cases_begins_with_the_key_of_an_area_that_has_them() {
        let of = |id: &str, subject: &str| {
            let text = STANDARD.replace("openedat", "opened_at").replace("letters = ['a.letter']", subject);
            let text: &'static str = text.replace("a.b.c", id).leak();
            errors(vec![OPENED], vec![("s.toml", text)])
        };
        assert_eq!(of("a.b.c", ""), Vec::<String>::new());
        assert_eq!(of("fires.b.c", "subject = 'home'"), Vec::<String>::new());
        let refused = of("fires.b.c", "");
        assert!(refused.len() == 1 && refused[0].contains("s.toml: ‘fires.b.c’ is about a case"), "{refused:?}");
        assert!(refused[0].contains("`lookups.case_dims` under ‘fires’"), "{refused:?}");
    }

    #[test]
    fn a_standard_that_asks_for_a_field_or_a_letter_that_is_not_there_is_refused() {
        let field = errors(vec![OPENED], vec![("s.toml", STANDARD)]);
        assert_eq!(field.len(), 1, "{field:?}");
        assert!(field[0].contains("s.toml: ‘a.b.c’, key ‘start.at’") && field[0].contains("Did you mean ‘opened_at’?"));
        let letter = errors(
            vec![OPENED],
            vec![("s.toml", Box::leak(STANDARD.replace("openedat", "opened_at").into_boxed_str()))],
        );
        assert_eq!(letter.len(), 1, "{letter:?}");
        assert!(letter[0].contains("key ‘letters’: there is no template ‘a.letter’"), "{letter:?}");
    }

    #[test]
    fn a_standard_may_ask_a_sent_message_for_what_its_area_says_of_it() {
        let text = STANDARD.replace("at = 'openedat'\n", "").replace("letters = ['a.letter']\n", "").replace(
            "[[standard.stop]]\nfact = 'case.opened'",
            "[[standard.stop]]\nfact = 'message.sent'\nwhen = { visit = 'v' }",
        );
        let text: &'static str = text.leak();
        let built = |message_fields: Vec<&'static str>| {
            let parts = Parts {
                facts: vec![OPENED, MESSAGE_SENT],
                standards: vec![("s.toml", text)],
                message_fields,
                lookups: vec![cases()],
                ..Parts::default()
            };
            declared(parts, Calendars::built_in()).err().unwrap_or_default()
        };
        let refused = built(Vec::new());
        assert!(refused.len() == 1 && refused[0].contains("has no field ‘visit’"), "{refused:?}");
        assert_eq!(built(vec!["visit"]), Vec::<String>::new());
    }

    #[test]
    fn a_standard_is_broken_down_by_what_areas_declare() {
        let target = "[standard.target]\npercent = 90\nbreakdown = ['street']\n";
        let text = STANDARD.replace("openedat", "opened_at").replace("letters = ['a.letter']\n", "") + target;
        let text: &'static str = text.leak();
        let refused = errors(vec![OPENED], vec![("s.toml", text)]);
        assert!(refused.len() == 1 && refused[0].contains("s.toml: ‘a.b.c’ is broken down by ‘street’"), "{refused:?}");
        assert!(refused[0].contains("no area declares it in `lookups.dimensions`"), "{refused:?}");
    }

    #[test]
    fn what_is_declared_twice_is_named() {
        let twice = errors(vec![OPENED, OPENED], Vec::new());
        assert_eq!(twice, ["the fact ‘case.opened’ is declared twice: remove one, or give it another name"]);
        let view = (Permission::new("a.view"), "See");
        let parts = Parts { permissions: vec![view.clone(), view], ..Parts::default() };
        let twice = declared(parts, Calendars::built_in()).err().unwrap_or_default();
        assert!(twice.len() == 1 && twice[0].contains("permission ‘a.view’"), "{twice:?}");
    }

    #[test]
    fn the_shelf_loads_though_nobody_says_what_its_facts_carry() {
        let ahead = shelf::FACTS.iter().map(|name| FactKind::new(name, "Recorded by an area to come", &[])).collect();
        assert_eq!(errors(ahead, shelf::FILES.to_vec()), Vec::<String>::new());
    }
}
