//! What each row of an import of people comes to, decided before anything is written. Pure.

use crate::{
    needs,
    persons::{
        model::{CHANNELS, Details},
        rules,
        store::Stored,
    },
};
use rooftree_kernel::{Day, FieldErrors, PersonId};
use rooftree_platform::imports::StagedRow;
use std::collections::{HashMap, HashSet};

/// A contact point or a need that a row brings and the register does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Kind, value as people read it, value as it is compared.
    Point { kind: &'static str, value: String, normal: String },
    /// A need's key.
    Need(String),
}

/// A row's fate.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each row of a chunk, made and consumed at once; a box each would cost more"
)]
pub(super) enum Planned {
    Refused(Vec<(String, String)>),
    Create { id: PersonId, details: Details, parts: Vec<Part> },
    Update { id: PersonId, version: i32, before: Details, after: Details, parts: Vec<Part> },
    Unchanged(PersonId),
}

/// What hangs on a person already: normal forms of contact points, keys of needs.
pub(super) type Held = HashMap<PersonId, HashSet<String>>;

/// How [`Held`] names a part.
pub(super) fn held_name(kind: &str, normal: &str) -> String {
    format!("{kind}:{normal}")
}

/// Decides about all rows.
pub(super) fn make(rows: &[StagedRow], known: &[Stored], held: &Held, today: Day) -> Vec<Planned> {
    let by_key: HashMap<&str, &Stored> =
        known.iter().filter_map(|person| Some((person.details.external_ref.as_deref()?, person))).collect();
    let mut first_row: HashMap<&str, i32> = HashMap::new();
    rows.iter()
        .map(|row| {
            let Some(key) = row.cell("external_ref") else {
                return refuse(
                    "external_ref",
                    "give the key that this person has in the system they come from".to_owned(),
                );
            };
            if let Some(first) = first_row.get(key) {
                return refuse("external_ref", format!("row {first} has the same key: keep one of the two"));
            }
            first_row.insert(key, row.number);
            one(row, by_key.get(key).copied(), held, today)
        })
        .collect()
}

fn refuse(field: &str, message: String) -> Planned {
    Planned::Refused(vec![(field.to_owned(), message)])
}

fn one(row: &StagedRow, known: Option<&Stored>, held: &Held, today: Day) -> Planned {
    let mut errors = FieldErrors::default();
    let mut details = known.map_or_else(Details::default, |known| known.details.clone());
    read(row, &mut details, &mut errors);
    rules::check(&details, today, &mut errors);
    let mut parts = parts(row, &mut errors);
    if !errors.is_empty() {
        return Planned::Refused(errors.0.into_iter().map(|error| (error.field, error.message)).collect());
    }
    match known {
        None => Planned::Create { id: PersonId::new(), details, parts },
        Some(known) => {
            let nothing = HashSet::new();
            let own = held.get(&known.id).unwrap_or(&nothing);
            parts.retain(|part| match part {
                Part::Point { kind, normal, .. } => !own.contains(&held_name(kind, normal)),
                Part::Need(key) => !own.contains(&held_name("need", key)),
            });
            if known.details == details && parts.is_empty() {
                Planned::Unchanged(known.id)
            } else {
                Planned::Update {
                    id: known.id,
                    version: known.version,
                    before: known.details.clone(),
                    after: details,
                    parts,
                }
            }
        }
    }
}

fn read(row: &StagedRow, into: &mut Details, errors: &mut FieldErrors) {
    let text = |key: &str, target: &mut String| {
        if let Some(value) = row.cell(key) {
            *target = value.to_owned();
        }
    };
    into.external_ref = row.cell("external_ref").map(str::to_owned);
    text("title", &mut into.title);
    text("given_name", &mut into.given_name);
    text("family_name", &mut into.family_name);
    text("known_as", &mut into.known_as);
    text("language", &mut into.language);
    text("contact_notes", &mut into.contact_notes);
    for (key, target) in [("birth_day", &mut into.birth_day), ("died_on", &mut into.died_on)] {
        if let Some(value) = row.cell(key) {
            match value.parse() {
                Ok(day) => *target = Some(day),
                Err(_) => errors.add(key, format!("‘{value}’ is not a date: write 18/12/1980 or 1980-12-18")),
            }
        }
    }
    if let Some(value) = row.cell("interpreter") {
        match value.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" => into.interpreter = true,
            "no" | "n" | "false" | "0" => into.interpreter = false,
            _ => errors.add("interpreter", format!("‘{value}’ is neither yes nor no")),
        }
    }
    if let Some(value) = row.cell("preferred_channel") {
        let same =
            |channel: &&(&str, &str)| channel.0.eq_ignore_ascii_case(value) || channel.1.eq_ignore_ascii_case(value);
        match CHANNELS.iter().find(same) {
            Some(channel) => into.preferred_channel = channel.0.to_owned(),
            None => errors
                .add("preferred_channel", format!("‘{value}’ is not known here: use phone, text, email or letter")),
        }
    }
}

fn parts(row: &StagedRow, errors: &mut FieldErrors) -> Vec<Part> {
    let mut parts = Vec::new();
    for (column, kind) in [("phone", "phone"), ("phone_2", "phone"), ("email", "email")] {
        for given in row.several(column) {
            match rules::point(kind, given) {
                Ok((value, normal)) => parts.push(Part::Point { kind, value, normal }),
                Err(message) => errors.add(column, format!("‘{given}’: {message}")),
            }
        }
    }
    for given in row.several("needs") {
        let same =
            |need: &&needs::NeedKind| need.key.eq_ignore_ascii_case(given) || need.title.eq_ignore_ascii_case(given);
        match needs::all().iter().find(same) {
            Some(need) => parts.push(Part::Need(need.key.clone())),
            None => errors.add(
                "needs",
                format!("‘{given}’ is not in the catalogue of needs: use its keys, like respiratory; wheelchair"),
            ),
        }
    }
    let mut seen = Vec::new();
    parts.retain(|part| {
        let new = !seen.contains(part);
        seen.push(part.clone());
        new
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i32, cells: &[(&str, &str)]) -> StagedRow {
        StagedRow { number, cells: cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect() }
    }

    fn today() -> Day {
        "2026-11-22".parse().unwrap()
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let first = row(
            1,
            &[
                ("external_ref", "P1"),
                ("family_name", "Yusuf"),
                ("phone", "07700 900123; 07700900123"),
                ("needs", "Respiratory"),
            ],
        );
        let Planned::Create { id, details, parts } =
            make(std::slice::from_ref(&first), &[], &Held::new(), today()).remove(0)
        else {
            panic!("a new person")
        };
        assert_eq!(parts.len(), 2, "one number written twice is one number");
        let known = Stored { id, reference: "N-1".into(), version: 1, details };
        let held: Held = [(id, [held_name("phone", "447700900123"), held_name("need", "respiratory")].into())].into();
        assert!(matches!(make(&[first], std::slice::from_ref(&known), &held, today())[0], Planned::Unchanged(_)));
        let more = row(1, &[("external_ref", "P1"), ("email", "A@example.org")]);
        match &make(&[more], &[known], &held, today())[0] {
            Planned::Update { after, parts, .. } => assert_eq!((after.family_name.as_str(), parts.len()), ("Yusuf", 1)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_fault_is_named() {
        let rows = [
            row(
                1,
                &[
                    ("external_ref", "P1"),
                    ("birth_day", "31/02/1980"),
                    ("phone", "none"),
                    ("needs", "sadness"),
                    ("interpreter", "perhaps"),
                ],
            ),
            row(2, &[("external_ref", "P1"), ("family_name", "Yusuf")]),
        ];
        let planned = make(&rows, &[], &Held::new(), today());
        let Planned::Refused(errors) = &planned[0] else { panic!("refused") };
        let fields: Vec<&str> = errors.iter().map(|error| error.0.as_str()).collect();
        for field in ["birth_day", "phone", "needs", "interpreter", "family_name"] {
            assert!(fields.contains(&field), "{field}: {fields:?}");
        }
        assert!(matches!(&planned[1], Planned::Refused(errors) if errors[0].1.contains("row 1")));
    }
}
