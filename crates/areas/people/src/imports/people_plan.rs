//! What each row of an import of people comes to, decided before anything is written. Pure.

use crate::{
    needs,
    persons::{
        model::{CHANNELS, Details},
        rules,
        store::Stored,
    },
};
use rooftree_kernel::{Day, FieldErrors, PersonId, text::key_form};
use rooftree_platform::imports::{
    StagedRow,
    keys::{Names, SourceKey},
};
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
    let mut names = Names::default();
    for person in known {
        let (source, key) = (person.details.external_source.as_deref(), person.details.external_ref.as_deref());
        names.add(person.id, &person.reference, source, key, &[]);
    }
    let mut first_row: HashMap<Who, i32> = HashMap::new();
    rows.iter()
        .map(|row| {
            let who = match who(row, known, &names) {
                Ok(who) => who,
                Err((field, message)) => return refuse(field, message),
            };
            if let Some(first) = first_row.insert(who.clone(), row.number) {
                let field = if row.cell("external_ref").is_some() { "external_ref" } else { "reference" };
                return refuse(field, format!("row {first} has the same key: keep one of the two"));
            }
            let person = match who {
                Who::Known(id) => known.iter().find(|person| person.id == id),
                Who::New(_) => None,
            };
            one(row, person, held, today)
        })
        .collect()
}

/// Whom a row is about.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Known(PersonId),
    New(SourceKey),
}

fn who(row: &StagedRow, known: &[Stored], names: &Names<PersonId>) -> Result<Who, (&'static str, String)> {
    let key = row.source_key();
    let own = match &key {
        Some(key) => names.own(key).map_err(|why| ("external_ref", why))?,
        None => None,
    };
    if let Some(reference) = row.cell("reference") {
        let wanted = key_form(reference);
        return match (known.iter().find(|person| person.reference == wanted), own) {
            (None, _) => {
                let remedy = "if it is another system’s key, choose ‘Source reference’ for this heading";
                Err(("reference", format!("nobody has the reference ‘{reference}’: {remedy}")))
            }
            (Some(person), Some(own)) if person.id != own => {
                Err(("external_ref", format!("this key is somebody else’s than {wanted}: check both")))
            }
            (Some(person), _) => Ok(Who::Known(person.id)),
        };
    }
    match (own, key) {
        (Some(own), _) => Ok(Who::Known(own)),
        (None, None) => {
            Err(("external_ref", "give the key that this person has in the system they come from".to_owned()))
        }
        (None, Some(key)) => match names.of_nobody(&key) {
            Some(reference) => {
                let source = row.source_of_key();
                let remedy = format!("open {reference} and enter ‘{source}’ as their source, or correct the key");
                let why = format!("{reference} has this key of a system that nobody named: {remedy}");
                Err(("external_ref", why))
            }
            None => Ok(Who::New(key)),
        },
    }
}

fn refuse(field: &str, message: String) -> Planned {
    Planned::Refused(vec![(field.to_owned(), message)])
}

fn one(row: &StagedRow, known: Option<&Stored>, held: &Held, today: Day) -> Planned {
    let mut errors = FieldErrors::default();
    let mut details = known.map_or_else(Details::default, |known| known.details.clone());
    read(row, &mut details, &mut errors);
    rules::check(&details, today, &mut errors);
    let (mut parts, bad_points) = parts(row, &mut errors);
    if !errors.is_empty() {
        errors.0.extend(bad_points.0);
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
    // A key that is the same but for its case stays as it is written here.
    let held = into
        .external_ref
        .as_deref()
        .map(|key| SourceKey::new(into.external_source.as_deref().unwrap_or_default(), key));
    if let Some(key) = row.cell("external_ref").filter(|_| held.is_none() || held != row.source_key()) {
        (into.external_ref, into.external_source) = (Some(key.to_owned()), Some(row.source_of_key().to_owned()));
    }
    text("title", &mut into.title);
    text("given_name", &mut into.given_name);
    text("family_name", &mut into.family_name);
    text("known_as", &mut into.known_as);
    text("language", &mut into.language);
    text("contact_notes", &mut into.contact_notes);
    for (key, target) in [("birth_day", &mut into.birth_day), ("died_on", &mut into.died_on)] {
        if let Some(value) = row.cell(key) {
            match rooftree_kernel::typed::day(value) {
                Ok(day) => *target = Some(day),
                Err(why) => errors.add(key, why.to_string()),
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

/// The contact points of a row that cannot be kept: they cost themselves, and not the person.
pub(super) fn bad_points(row: &StagedRow) -> Vec<(String, String)> {
    let (_, bad) = parts(row, &mut FieldErrors::default());
    bad.0.into_iter().map(|error| (error.field, error.message)).collect()
}

/// What a row brings beside the person, and which contact points cannot be kept.
fn parts(row: &StagedRow, errors: &mut FieldErrors) -> (Vec<Part>, FieldErrors) {
    let (mut parts, mut bad) = (Vec::new(), FieldErrors::default());
    for (column, kind) in [("phone", "phone"), ("phone_2", "phone"), ("email", "email")] {
        for given in row.several(column) {
            match rules::point(kind, given) {
                Ok((value, normal)) => parts.push(Part::Point { kind, value, normal }),
                Err(message) => bad.add(column, format!("‘{given}’: {message}")),
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
    (parts, bad)
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
    fn another_systems_key_is_another_person() {
        let cells = [("external_ref", "880001"), ("family_name", "Ashgrove")];
        let Planned::Create { id, details, .. } = make(&[row(2, &cells)], &[], &Held::new(), today()).remove(0) else {
            panic!("a new person")
        };
        let known = [Stored { id, reference: "N-1".into(), version: 1, details }];
        let mut other = row(2, &[("external_ref", "880001"), ("family_name", "Barrowby")]);
        other.source = "Another system".into();
        assert!(matches!(make(&[other], &known, &Held::new(), today())[0], Planned::Create { .. }));
        let same = [row(2, &cells), row(3, &[("reference", "n-1"), ("family_name", "Ashgrove")])];
        let planned = make(&same, &known, &Held::new(), today());
        assert!(matches!(planned[0], Planned::Unchanged(_)));
        assert!(matches!(&planned[1], Planned::Refused(errors) if errors[0].1.contains("row 2")), "{:?}", planned[1]);
    }

    #[test]
    fn a_bad_contact_point_costs_itself() {
        let cells =
            [("external_ref", "P1"), ("family_name", "Yusuf"), ("phone", "07700 900123; none"), ("email", "a@b")];
        let row = row(2, &cells);
        let planned = make(std::slice::from_ref(&row), &[], &Held::new(), today());
        assert!(matches!(&planned[0], Planned::Create { parts, .. } if parts.len() == 1), "{:?}", planned[0]);
        let fields: Vec<String> = bad_points(&row).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["phone", "email"]);
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
