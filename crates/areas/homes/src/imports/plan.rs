//! What each row of an import comes to, decided before anything is written. Pure.

use crate::places::{commands::DEPTH_MAX, model::Details, rules, store::Stored};
use rooftree_kernel::{Day, FieldErrors, PlaceId, text::key_form};
use rooftree_platform::imports::{
    StagedRow, distinct,
    keys::{Names, SourceKey},
};
use std::collections::{HashMap, HashSet};

/// A row's fate.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each row of a chunk, made and consumed at once; a box each would cost more"
)]
pub(crate) enum Planned {
    /// Field and message, several at once.
    Refused(Vec<(String, String)>),
    /// A new place.
    Create { id: PlaceId, details: Details },
    /// A known place that differs.
    Update { id: PlaceId, version: i32, before: Details, after: Details },
    /// A known place that is so already.
    Unchanged(PlaceId),
}

impl Planned {
    fn id(&self) -> Option<PlaceId> {
        match self {
            Self::Refused(_) => None,
            Self::Create { id, .. } | Self::Update { id, .. } | Self::Unchanged(id) => Some(*id),
        }
    }

    fn after(&self) -> Option<&Details> {
        match self {
            Self::Create { details, .. } => Some(details),
            Self::Update { after, .. } => Some(after),
            Self::Refused(_) | Self::Unchanged(_) => None,
        }
    }
}

/// What the rows name and the database may hold.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Keys of places and of what they lie in, and our references, in the form in which keys are compared.
    pub names: Vec<String>,
    pub uprns: Vec<String>,
}

/// The keys to look up.
pub(crate) fn keys(rows: &[StagedRow]) -> Keys {
    let named = |row: &StagedRow| {
        ["reference", "external_ref", "parent"]
            .into_iter()
            .filter_map(|name| row.cell(name).map(key_form))
            .collect::<Vec<_>>()
    };
    Keys {
        names: distinct(rows.iter().flat_map(named).collect()),
        uprns: distinct(rows.iter().filter_map(|row| rules::normal_uprn(row.cell("uprn")?).ok()).collect()),
    }
}

/// What all rows come to.
pub(crate) struct Plan {
    pub planned: Vec<Planned>,
}

impl Plan {
    /// Decides. `known` are the places that the rows name, `chains` what lies in what above them, `uprns` who has which number.
    pub fn make(
        rows: &[StagedRow],
        known: &[Stored],
        chains: &HashMap<PlaceId, Option<PlaceId>>,
        uprns: &HashMap<String, (PlaceId, String)>,
        today: Day,
    ) -> Self {
        let mut register = Register::of(known);
        let mut first_row: HashMap<PlaceId, i32> = HashMap::new();
        // Who each row is about comes first: a row may name as its parent one further down.
        let about: Vec<Result<About<'_>, Fault>> = rows
            .iter()
            .map(|row| {
                let about = register.about(row)?;
                match first_row.insert(about.id, row.number) {
                    Some(first) => {
                        let field = if row.cell("external_ref").is_some() { "external_ref" } else { "reference" };
                        Err(fault(field, format!("row {first} has the same key: keep one of the two")))
                    }
                    None => Ok(about),
                }
            })
            .collect();
        let planned = rows.iter().zip(about).map(|(row, about)| match about {
            Ok(about) => one(row, &about, &register, today),
            Err((field, message)) => refuse(field, message),
        });
        let mut plan = Self { planned: planned.collect() };
        plan.refuse_taken_uprns(rows, uprns);
        plan.refuse_bad_trees(rows, chains);
        plan
    }

    /// A property number belongs to one place, in the file as in the register.
    fn refuse_taken_uprns(&mut self, rows: &[StagedRow], uprns: &HashMap<String, (PlaceId, String)>) {
        let mut seen: HashMap<String, i32> = HashMap::new();
        for (row, planned) in rows.iter().zip(&mut self.planned) {
            let (Some(id), Some(uprn)) = (planned.id(), planned.after().and_then(|after| after.uprn.clone())) else {
                continue;
            };
            if let Some((owner, reference)) = uprns.get(&uprn)
                && *owner != id
            {
                *planned = refuse("uprn", format!("this UPRN belongs to {reference} already: check both"));
            } else if let Some(first) = seen.insert(uprn, row.number) {
                *planned = refuse("uprn", format!("row {first} has the same UPRN: check both"));
            }
        }
    }

    /// What lies in a refused place is refused too; no loops, and not too deep.
    fn refuse_bad_trees(&mut self, rows: &[StagedRow], chains: &HashMap<PlaceId, Option<PlaceId>>) {
        loop {
            let mut parents = chains.clone();
            parents.extend(self.planned.iter().filter_map(|planned| Some((planned.id()?, planned.after()?.parent_id))));
            let mut refused = false;
            for (row, planned) in rows.iter().zip(&mut self.planned) {
                let Some(after) = planned.after() else { continue };
                let fault = match after.parent_id {
                    None => None,
                    Some(parent) if !parents.contains_key(&parent) => {
                        Some("the row of this parent is refused: put that right first")
                    }
                    Some(_) => climb(planned.id(), &parents),
                };
                if let Some(message) = fault {
                    let parent = row.cell("parent").unwrap_or_default();
                    *planned = refuse("parent", format!("‘{parent}’: {message}"));
                    refused = true;
                }
            }
            if !refused {
                return;
            }
        }
    }

    /// The new places, those that others lie in before those.
    pub fn created_parents_first(&self) -> Vec<(PlaceId, &Details)> {
        let mut waiting: Vec<(PlaceId, &Details)> = self
            .planned
            .iter()
            .filter_map(|planned| match planned {
                Planned::Create { id, details } => Some((*id, details)),
                _ => None,
            })
            .collect();
        let new: HashSet<PlaceId> = waiting.iter().map(|row| row.0).collect();
        let mut placed: HashSet<PlaceId> = HashSet::new();
        let mut ordered = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let ready = |row: &(PlaceId, &Details)| {
                row.1.parent_id.is_none_or(|parent| !new.contains(&parent) || placed.contains(&parent))
            };
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(ready);
            // A loop has been refused before; should one be left, the database refuses it.
            if now.is_empty() {
                ordered.extend(later);
                break;
            }
            placed.extend(now.iter().map(|row| row.0));
            ordered.extend(now);
            waiting = later;
        }
        ordered
    }

    /// The places that change: id, version, before, after.
    pub fn updated(&self) -> impl Iterator<Item = (PlaceId, i32, &Details, &Details)> {
        self.planned.iter().filter_map(|planned| match planned {
            Planned::Update { id, version, before, after } => Some((*id, *version, before, after)),
            _ => None,
        })
    }
}

/// Climbs from a place to the top of its tree.
fn climb(from: Option<PlaceId>, parents: &HashMap<PlaceId, Option<PlaceId>>) -> Option<&'static str> {
    let (mut at, mut steps) = (from, 0);
    while let Some(place) = at {
        steps += 1;
        at = parents.get(&place).copied().flatten();
        if at.is_some() && at == from {
            return Some("a place cannot lie in itself or in what lies in it");
        }
        if steps > DEPTH_MAX {
            return Some("the tree is at most five deep: choose a place further up");
        }
    }
    None
}

fn refuse(field: &str, message: String) -> Planned {
    Planned::Refused(vec![(field.to_owned(), message)])
}

/// The places that the rows name, and those that they make.
struct Register<'a> {
    known: HashMap<PlaceId, &'a Stored>,
    names: Names<PlaceId>,
    new: HashMap<SourceKey, PlaceId>,
}

/// Field and message.
type Fault = (&'static str, String);

fn fault(field: &'static str, message: String) -> Fault {
    (field, message)
}

/// Which place a row is about.
struct About<'a> {
    id: PlaceId,
    known: Option<&'a Stored>,
}

impl<'a> Register<'a> {
    fn of(known: &'a [Stored]) -> Self {
        let mut names = Names::default();
        for place in known {
            let (source, key) = (place.details.external_source.as_deref(), place.details.external_ref.as_deref());
            names.add(place.id, &place.reference, source, key, &[]);
        }
        Self { known: known.iter().map(|place| (place.id, place)).collect(), names, new: HashMap::new() }
    }

    fn about(&mut self, row: &StagedRow) -> Result<About<'a>, Fault> {
        let key = row.source_key();
        let own = match &key {
            Some(key) => self.names.own(key).map_err(|why| fault("external_ref", why))?,
            None => None,
        };
        let id = match (row.cell("reference"), &key, own) {
            (Some(reference), _, own) => {
                let wanted = key_form(reference);
                let found = self.known.values().find(|place| place.reference == wanted).map(|place| place.id);
                match (found, own) {
                    (None, _) => {
                        let remedy = "if it is another system’s key, choose ‘Source reference’ for this heading";
                        return Err(fault("reference", format!("no place has the reference ‘{reference}’: {remedy}")));
                    }
                    (Some(found), Some(own)) if found != own => {
                        return Err(fault(
                            "external_ref",
                            format!("this key is another place’s than {wanted}: check both"),
                        ));
                    }
                    (Some(found), _) => found,
                }
            }
            (None, _, Some(own)) => own,
            (None, None, None) => {
                return Err(fault(
                    "external_ref",
                    "give the key that this place has in the system it comes from".to_owned(),
                ));
            }
            (None, Some(key), None) => {
                if let Some(reference) = self.names.of_nobody(key) {
                    let source = row.source_of_key();
                    let remedy = format!("open {reference} and enter ‘{source}’ as its source, or correct the key");
                    return Err(fault(
                        "external_ref",
                        format!("{reference} has this key of a system that nobody named: {remedy}"),
                    ));
                }
                *self.new.entry(key.clone()).or_default()
            }
        };
        Ok(About { id, known: self.known.get(&id).copied() })
    }

    /// What a row names as the place that it lies in: one of the file, or one that is here.
    fn parent(&self, row: &StagedRow, given: &str) -> Result<Option<PlaceId>, String> {
        match self.new.get(&SourceKey::new(row.source_of_key(), given)) {
            Some(id) => Ok(Some(*id)),
            None => self.names.find(row.source_of_key(), given),
        }
    }
}

fn one(row: &StagedRow, about: &About<'_>, register: &Register<'_>, today: Day) -> Planned {
    let known = about.known;
    let mut errors = FieldErrors::default();
    let mut details = known.map_or_else(Details::default, |known| known.details.clone());
    let address = address(row);
    let cell = |name: &str| match name {
        "address" => address.as_deref(),
        // A key that is the same but for its case stays as it is written here.
        "external_ref" => row.cell(name).filter(|_| !same_key(known, row)),
        "external_source" => row.cell("external_ref").filter(|_| !same_key(known, row)).map(|_| row.source_of_key()),
        _ => row.cell(name),
    };
    rules::read(cell, &mut details, &mut errors);
    if known.is_none() {
        // What is not said of a new place is what it most likely is.
        if details.kind.is_empty() && row.cell("kind").is_none() {
            details.kind = "home".to_owned();
        }
        if details.status.is_empty() && row.cell("status").is_none() {
            details.status = if details.kind == "home" { "occupied" } else { "in-use" }.to_owned();
        }
        // A block's name is often all the address there is.
        if details.address.is_empty() && details.kind != "home" {
            details.address = details.name.clone();
        }
    }
    if let Some(parent) = row.cell("parent") {
        match register.parent(row, parent) {
            Ok(Some(id)) => details.parent_id = Some(id),
            Ok(None) => {
                errors.add("parent", format!("no place has the key ‘{parent}’: add it to the file or correct the key"))
            }
            Err(why) => errors.add("parent", why),
        }
    }
    rules::check(&details, today, &mut errors);
    if !errors.is_empty() {
        return Planned::Refused(errors.0.into_iter().map(|error| (error.field, error.message)).collect());
    }
    match known {
        None => Planned::Create { id: about.id, details },
        Some(known) if known.details == details => Planned::Unchanged(known.id),
        Some(known) => {
            Planned::Update { id: known.id, version: known.version, before: known.details.clone(), after: details }
        }
    }
}

fn same_key(known: Option<&Stored>, row: &StagedRow) -> bool {
    let held = known.and_then(|known| {
        let details = &known.details;
        Some(SourceKey::new(details.external_source.as_deref().unwrap_or_default(), details.external_ref.as_deref()?))
    });
    held.is_some() && held == row.source_key()
}

/// One line of what came in several columns: `14`, `Mill Lane`, `Cowley` and `Oxford` are `14 Mill Lane, Cowley, Oxford`. Without a street
/// the other columns say nothing of it; what is said already is not said again.
fn address(row: &StagedRow) -> Option<String> {
    let street = row.cell("address")?.trim();
    if street.is_empty() {
        return None;
    }
    let mut line = match row.cell("number") {
        Some(number) if !begins_with(street, number) => format!("{number} {street}"),
        _ => street.to_owned(),
    };
    let mut said = rules::tokens(street);
    for name in ["address_2", "town"] {
        let Some(more) = row.cell(name) else { continue };
        let words = rules::tokens(more);
        if words.iter().any(|word| !said.contains(word)) {
            line = format!("{line}, {more}");
        }
        said.extend(words);
    }
    Some(line)
}

/// Whether the street says the number already, as its first words. In `1-12 Mill Court` the number 1 is half of another.
fn begins_with(street: &str, number: &str) -> bool {
    let bare = |text: &str| text.to_lowercase().trim_start_matches("no.").trim().to_owned();
    let (street, number) = (bare(street), bare(number));
    street.strip_prefix(number.as_str()).is_some_and(|rest| {
        let next = rest.trim_start();
        let ends = rest.is_empty() || rest.starts_with([' ', ',']);
        ends && !next.starts_with(['-', '–', '—', '/', '&']) && !next.starts_with("to ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i32, cells: &[(&str, &str)]) -> StagedRow {
        StagedRow {
            number,
            source: "Capita".into(),
            cells: cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }
    }

    fn plan(rows: &[StagedRow], known: &[Stored]) -> Plan {
        let chains = known.iter().map(|place| (place.id, place.details.parent_id)).collect();
        let uprns = known.iter().filter_map(|p| Some((p.details.uprn.clone()?, (p.id, p.reference.clone())))).collect();
        Plan::make(rows, known, &chains, &uprns, Day::new(2026, 12, 18).unwrap())
    }

    fn refused<'a>(planned: &'a Planned, field: &str) -> &'a str {
        match planned {
            Planned::Refused(errors) => errors.iter().find(|error| error.0 == field).map_or("", |error| &error.1),
            _ => "",
        }
    }

    fn stored(key: &str, reference: &str, uprn: Option<&str>) -> Stored {
        let details = Details {
            kind: "home".into(),
            external_ref: Some(key.into()),
            external_source: Some("Capita".into()),
            uprn: uprn.map(str::to_owned),
            address: "1 Mill Lane".into(),
            status: "occupied".into(),
            ..Details::default()
        };
        Stored { id: PlaceId::new(), reference: reference.into(), version: 3, removed: false, details }
    }

    #[test]
    fn a_parent_may_stand_below_its_children() {
        let rows = [
            row(1, &[("external_ref", "F1"), ("address", "Flat 1"), ("parent", "B1")]),
            row(2, &[("external_ref", "B1"), ("kind", "block"), ("name", "Mill House"), ("parent", "E1")]),
            row(3, &[("external_ref", "E1"), ("kind", "estate"), ("name", "Mill Estate")]),
        ];
        let plan = plan(&rows, &[]);
        let order: Vec<&str> =
            plan.created_parents_first().iter().map(|row| row.1.external_ref.as_deref().unwrap()).collect();
        assert_eq!(order, ["E1", "B1", "F1"]);
    }

    #[test]
    fn what_lies_in_a_refused_place_is_refused() {
        let rows = [
            row(1, &[("external_ref", "F1"), ("address", "Flat 1"), ("parent", "B1")]),
            row(2, &[("external_ref", "B1"), ("kind", "castle"), ("name", "Mill House")]),
            row(3, &[("external_ref", "F2"), ("address", "Flat 2")]),
        ];
        let plan = plan(&rows, &[]);
        assert!(refused(&plan.planned[0], "parent").contains("refused"));
        assert!(refused(&plan.planned[1], "kind").contains("castle"));
        assert!(matches!(plan.planned[2], Planned::Create { .. }));
    }

    #[test]
    fn loops_and_deep_trees_are_refused() {
        let loops = [
            row(1, &[("external_ref", "A"), ("kind", "block"), ("name", "A"), ("parent", "B")]),
            row(2, &[("external_ref", "B"), ("kind", "block"), ("name", "B"), ("parent", "A")]),
        ];
        assert!(plan(&loops, &[]).planned.iter().all(|planned| !refused(planned, "parent").is_empty()));
        let keys = ["a", "b", "c", "d", "e", "f"];
        let deep: Vec<StagedRow> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| {
                let parent = if index == 0 { "" } else { keys[index - 1] };
                row(index as i32, &[("external_ref", key), ("kind", "block"), ("name", "X"), ("parent", parent)])
            })
            .collect();
        let planned = plan(&deep, &[]).planned;
        assert!(matches!(planned[4], Planned::Create { .. }) && refused(&planned[5], "parent").contains("five deep"));
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let known = stored("H1", "H-10001", Some("123"));
        let same = row(1, &[("external_ref", "H1"), ("address", "1 Mill Lane"), ("uprn", "000123")]);
        let other = row(1, &[("external_ref", "H1"), ("heating", "heat pump")]);
        assert!(matches!(plan(&[same], std::slice::from_ref(&known)).planned[0], Planned::Unchanged(_)));
        match &plan(&[other], &[known]).planned[0] {
            Planned::Update { version: 3, after, .. } => {
                assert_eq!((after.address.as_str(), after.heating.as_str()), ("1 Mill Lane", "heat pump"))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_belongs_to_its_source() {
        let mut known = stored("990001", "H-10001", None);
        let cells = [("external_ref", "990001"), ("address", "Garage 7"), ("kind", "garage")];
        let mut other = row(2, &cells);
        other.source = "Another system".into();
        match &plan(&[other.clone()], std::slice::from_ref(&known)).planned[0] {
            Planned::Create { details, .. } => assert_eq!(details.external_source.as_deref(), Some("Another system")),
            other => panic!("another system's key is another place: {other:?}"),
        }
        // The same key, written in another way.
        known.details.external_ref = Some("ab  1".into());
        let same = row(2, &[("external_ref", " AB 1"), ("address", "1 Mill Lane")]);
        assert!(matches!(plan(&[same], std::slice::from_ref(&known)).planned[0], Planned::Unchanged(_)));
        // Nobody knows whose key this is.
        known.details = Details { external_ref: Some("990001".into()), external_source: None, ..known.details };
        assert!(
            refused(&plan(&[other], &[known]).planned[0], "external_ref")
                .contains("open H-10001 and enter ‘Another system’")
        );
    }

    #[test]
    fn our_own_reference_finds_the_place() {
        let known = [stored("H1", "H-10001", None), stored("H2", "H-10002", None)];
        let plan = plan(
            &[
                row(2, &[("reference", "h-10001"), ("address", "1 Mill Lane")]),
                row(3, &[("reference", "H-10002"), ("external_ref", "H1")]),
                row(4, &[("reference", "H-99999"), ("address", "1 Mill Lane")]),
                row(5, &[("external_ref", "H1"), ("address", "1 Mill Lane")]),
            ],
            &known,
        );
        assert!(matches!(plan.planned[0], Planned::Unchanged(id) if id == known[0].id));
        assert!(refused(&plan.planned[1], "external_ref").contains("another place"));
        assert!(refused(&plan.planned[2], "reference").contains("choose ‘Source reference’"));
        assert!(refused(&plan.planned[3], "external_ref").contains("row 2"));
    }

    #[test]
    fn keys_and_property_numbers_are_used_once() {
        let rows = [
            row(1, &[("external_ref", "H2"), ("address", "2 Mill Lane"), ("uprn", "123")]),
            row(2, &[("external_ref", "H3"), ("address", "3 Mill Lane"), ("uprn", "77")]),
            row(3, &[("external_ref", "H4"), ("address", "4 Mill Lane"), ("uprn", "77")]),
            row(4, &[("external_ref", "H3"), ("address", "3 Mill Lane")]),
            row(5, &[("address", "5 Mill Lane")]),
        ];
        let plan = plan(&rows, &[stored("H1", "H-10001", Some("123"))]);
        assert!(refused(&plan.planned[0], "uprn").contains("H-10001"));
        assert!(matches!(plan.planned[1], Planned::Create { .. }));
        assert!(refused(&plan.planned[2], "uprn").contains("row 2"));
        assert!(refused(&plan.planned[3], "external_ref").contains("row 2"));
        assert!(!refused(&plan.planned[4], "external_ref").is_empty());
    }

    #[test]
    fn an_address_is_joined_and_says_nothing_twice() {
        let joined = |cells: &[(&str, &str)]| address(&row(2, cells)).unwrap_or_default();
        let cells = [("number", "14"), ("address", "Mill Lane"), ("address_2", "Cowley"), ("town", "Oxford")];
        assert_eq!(joined(&cells), "14 Mill Lane, Cowley, Oxford");
        assert_eq!(joined(&[cells[1], ("address_2", "Oxford"), cells[3]]), "Mill Lane, Oxford");
        assert_eq!(joined(&cells[2..]), "", "no street, no address");
        for (number, street, line) in [
            ("1", "1-12 Mill Court", "1 1-12 Mill Court"),
            ("12", "1-12 Mill Court", "12 1-12 Mill Court"),
            ("2", "Flat 2 House", "2 Flat 2 House"),
            ("4", "Studio 4 Apartments", "4 Studio 4 Apartments"),
            ("14", "14 Mill Lane", "14 Mill Lane"),
            ("14A", "14a Mill Lane", "14a Mill Lane"),
            ("1", "14 Mill Lane", "1 14 Mill Lane"),
        ] {
            assert_eq!(joined(&[("number", number), ("address", street)]), line);
        }
    }

    #[test]
    fn a_year_that_is_far_off_is_refused() {
        let far = row(2, &[("external_ref", "1"), ("address", "1 Mill Lane"), ("build_year", "2099")]);
        assert!(refused(&plan(&[far], &[]).planned[0], "build_year").contains("2027"));
    }

    #[test]
    fn a_list_in_the_words_of_another_system_is_understood() {
        let plan = plan(
            &[
                row(
                    2,
                    &[
                        ("external_ref", "1"),
                        ("kind", "Flat"),
                        ("number", "14"),
                        ("address", "Mill Lane"),
                        ("address_2", "Cowley"),
                        ("status", "Let"),
                    ],
                ),
                row(
                    3,
                    &[
                        ("external_ref", "2"),
                        ("kind", "House"),
                        ("address", "3 Mill Lane"),
                        ("tenure", "General needs"),
                        ("status", "VACANT"),
                    ],
                ),
                row(4, &[("external_ref", "3"), ("kind", "castle"), ("address", "4 Mill Lane")]),
                row(
                    5,
                    &[
                        ("external_ref", "4"),
                        ("number", "14"),
                        ("address", "14 Mill Lane, Cowley"),
                        ("address_2", "COWLEY"),
                    ],
                ),
            ],
            &[],
        );
        let details = |index: usize| match &plan.planned[index] {
            Planned::Create { details, .. } => details.clone(),
            other => panic!("{other:?}"),
        };
        let first = details(0);
        assert_eq!(
            (first.kind.as_str(), first.address.as_str(), first.status.as_str()),
            ("home", "14 Mill Lane, Cowley", "occupied")
        );
        let second = details(1);
        assert_eq!(
            (second.address.as_str(), second.tenure.as_deref(), second.status.as_str()),
            ("3 Mill Lane", Some("council"), "void")
        );
        assert!(refused(&plan.planned[2], "kind").contains("use one of home, block"));
        assert_eq!(details(3).address, "14 Mill Lane, Cowley", "what the first line says already is not said again");
    }
}
