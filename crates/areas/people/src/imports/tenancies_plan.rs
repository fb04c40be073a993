//! What each row of an import of tenancies comes to, decided before anything is written. Pure.

use crate::tenancies::model::{self, KINDS};
use rooftree_kernel::{Day, FieldErrors, PersonId, PlaceId, TenancyId, typed::Span};
use rooftree_platform::imports::{
    StagedRow,
    keys::{Names, SourceKey},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The terms of a tenancy that a row can state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    pub kind: String,
    pub start_day: Day,
    pub end_day: Option<Day>,
    pub trial_end_day: Option<Day>,
    pub end_reason: String,
}

/// A tenancy that the register holds.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: TenancyId,
    pub reference: String,
    pub external_source: Option<String>,
    pub external_ref: Option<String>,
    pub place: PlaceId,
    pub version: i32,
    pub terms: Terms,
    pub members: Vec<PersonId>,
}

/// Somebody in a tenancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub person: PersonId,
    pub role: &'static str,
}

/// A row's fate.
#[derive(Clone, Debug)]
pub(super) enum Planned {
    Refused(Vec<(String, String)>),
    Create {
        id: TenancyId,
        external_ref: String,
        external_source: String,
        place: PlaceId,
        terms: Terms,
        members: Vec<Member>,
    },
    Update {
        id: TenancyId,
        place: PlaceId,
        version: i32,
        before: Terms,
        after: Terms,
        members: Vec<Member>,
    },
    Unchanged(TenancyId),
}

/// What the rows name, as the register knows it.
#[derive(Default)]
pub(super) struct Known {
    /// Tenancies of the homes that the rows name, and those with the rows' keys.
    pub tenancies: Vec<Stored>,
    /// The places that the rows name.
    pub places: Names<PlaceId>,
    /// The people that the rows name.
    pub people: Names<PersonId>,
}

/// Decides about all rows.
pub(super) fn make(rows: &[StagedRow], known: &Known) -> Vec<Planned> {
    let mut names = Names::default();
    for held in &known.tenancies {
        names.add(held.id, &held.reference, held.external_source.as_deref(), held.external_ref.as_deref(), &[]);
    }
    let mut first_row: HashMap<SourceKey, i32> = HashMap::new();
    let mut planned: Vec<Planned> = rows
        .iter()
        .map(|row| {
            let (Some(key), Some(given)) = (row.source_key(), row.cell("external_ref")) else {
                return refuse(
                    "external_ref",
                    "give the key that this tenancy has in the system it comes from".to_owned(),
                );
            };
            let own = match names.own(&key) {
                Ok(own) => own,
                Err(why) => return refuse("external_ref", why),
            };
            if let (None, Some(reference)) = (own, names.of_nobody(&key)) {
                return refuse(
                    "external_ref",
                    format!("{reference} has this key of a system that nobody named: give it another key"),
                );
            }
            if let Some(first) = first_row.insert(key, row.number) {
                return refuse("external_ref", format!("row {first} has the same key: keep one of the two"));
            }
            let own = own.and_then(|id| known.tenancies.iter().find(|held| held.id == id));
            one(row, given, own, known)
        })
        .collect();
    refuse_overlaps(rows, &mut planned, &known.tenancies);
    planned
}

fn refuse(field: &str, message: String) -> Planned {
    Planned::Refused(vec![(field.to_owned(), message)])
}

fn one(row: &StagedRow, key: &str, known: Option<&Stored>, all: &Known) -> Planned {
    let mut errors = FieldErrors::default();
    let place = place(row, known, all, &mut errors);
    let terms = terms(row, known, &mut errors);
    let mut members = members(row, terms.as_ref().map_or("", |terms| &terms.kind), known, all, &mut errors);
    let (Some(place), Some(terms), true) = (place, terms, errors.is_empty()) else {
        return Planned::Refused(errors.0.into_iter().map(|error| (error.field, error.message)).collect());
    };
    match known {
        None => {
            let (external_ref, external_source) = (key.to_owned(), row.source_of_key().to_owned());
            Planned::Create { id: TenancyId::new(), external_ref, external_source, place, terms, members }
        }
        Some(known) => {
            members.retain(|member| !known.members.contains(&member.person));
            if known.terms == terms && members.is_empty() {
                Planned::Unchanged(known.id)
            } else {
                let before = known.terms.clone();
                Planned::Update { id: known.id, place, version: known.version, before, after: terms, members }
            }
        }
    }
}

fn place(row: &StagedRow, known: Option<&Stored>, all: &Known, errors: &mut FieldErrors) -> Option<PlaceId> {
    let Some(given) = row.cell("home") else {
        if known.is_none() {
            errors.add("home", "give the home's source reference, reference or UPRN");
        }
        return known.map(|known| known.place);
    };
    let found = match all.places.find(row.source_of_key(), given) {
        Ok(found) => found,
        Err(why) => {
            errors.add("home", why);
            return None;
        }
    };
    match (found, known) {
        (None, _) => {
            errors.add("home", format!("no home has the key ‘{given}’: import homes first, or correct the key"));
            None
        }
        (Some(place), Some(known)) if place != known.place => {
            errors.add(
                "home",
                format!(
                    "{} is the tenancy of another home: a tenancy does not move, give the new one its own key",
                    known.reference
                ),
            );
            None
        }
        (Some(place), _) => Some(place),
    }
}

fn terms(row: &StagedRow, known: Option<&Stored>, errors: &mut FieldErrors) -> Option<Terms> {
    let mut day = |key: &str| {
        let value = row.cell(key)?;
        let read =
            rooftree_kernel::typed::day(value).map_err(|why| why.to_string()).and_then(|day| Span::ANY.check(day));
        read.map_err(|why| errors.add(key, why)).ok()
    };
    let (start, end, trial) = (day("start_day"), day("end_day"), day("trial_end_day"));
    let kind = match row.cell("kind") {
        None => known.map(|known| known.terms.kind.clone()),
        Some(given) => {
            let same = |kind: &&(&str, &str)| kind.0.eq_ignore_ascii_case(given) || kind.1.eq_ignore_ascii_case(given);
            let found = KINDS.iter().find(same).map(|kind| kind.0.to_owned());
            if found.is_none() {
                let allowed: Vec<&str> = KINDS.iter().map(|kind| kind.0).collect();
                errors.add("kind", format!("‘{given}’ is not known here: use one of {}", allowed.join(", ")));
            }
            found
        }
    };
    if kind.is_none() && errors.get("kind").is_none() {
        errors.add("kind", "say what kind of tenancy it is");
    }
    let start = start.or(known.map(|known| known.terms.start_day));
    if start.is_none() && errors.get("start_day").is_none() {
        errors.add("start_day", "give the first day");
    }
    let (kind, start_day) = (kind?, start?);
    let end_day = end.or(known.and_then(|known| known.terms.end_day));
    if end_day.is_some_and(|end| end < start_day) {
        errors.add("end_day", "the last day must not be before the first");
    }
    let law = (kind == "introductory").then(|| model::trial_end(start_day));
    let trial_end_day = trial.or(known.and_then(|known| known.terms.trial_end_day)).or(law);
    let end_reason = row
        .cell("end_reason")
        .map(str::to_owned)
        .or(known.map(|known| known.terms.end_reason.clone()))
        .unwrap_or_default();
    Some(Terms { kind, start_day, end_day, trial_end_day, end_reason: end_reason.chars().take(100).collect() })
}

fn members(row: &StagedRow, kind: &str, known: Option<&Stored>, all: &Known, errors: &mut FieldErrors) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for column in ["tenants", "household"] {
        for given in row.several(column) {
            match all.people.find(row.source_of_key(), given) {
                Err(why) => errors.add(column, why),
                Ok(None) => errors
                    .add(column, format!("no person has the key ‘{given}’: import people first, or correct the key")),
                Ok(Some(person)) if members.iter().any(|member| member.person == person) => {
                    errors.add(column, format!("‘{given}’ is named twice"));
                }
                Ok(Some(person)) => {
                    let role =
                        if column == "household" { "household" } else { model::holder_role(kind, members.is_empty()) };
                    members.push(Member { person, role });
                }
            }
        }
    }
    let holds = members.iter().any(|member| model::holds(member.role));
    if !holds && known.is_none() && errors.get("tenants").is_none() {
        errors.add("tenants", "give the key of at least one person who holds it");
    }
    members
}

/// Tenancies of one home follow each other: a row that overlaps an earlier row or the register is refused.
fn refuse_overlaps(rows: &[StagedRow], planned: &mut [Planned], stored: &[Stored]) {
    let in_file: std::collections::HashSet<TenancyId> = planned
        .iter()
        .filter_map(|row| match row {
            Planned::Update { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    let mut spans: HashMap<PlaceId, Vec<(Day, Option<Day>, String)>> = HashMap::new();
    for held in stored.iter().filter(|held| !in_file.contains(&held.id)) {
        spans.entry(held.place).or_default().push((held.terms.start_day, held.terms.end_day, held.reference.clone()));
    }
    for (row, planned) in rows.iter().zip(planned) {
        let (Planned::Create { place, terms, .. } | Planned::Update { place, after: terms, .. }) = &*planned else {
            continue;
        };
        let own = (terms.start_day, terms.end_day);
        let there = spans.entry(*place).or_default();
        match there.iter().find(|other| model::overlap((other.0, other.1), own)) {
            Some((_, _, other)) => {
                *planned = refuse(
                    "start_day",
                    format!("it overlaps {other} of the same home: correct the days of one of the two"),
                );
            }
            None => there.push((own.0, own.1, format!("row {}", row.number))),
        }
    }
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

    fn known() -> Known {
        let mut known = Known::default();
        for key in ["P1", "P2", "N-50003"] {
            known.people.add(PersonId::new(), key, None, None, &[]);
        }
        known.places.add(PlaceId::new(), "H1", None, None, &[]);
        known
    }

    fn faults(planned: &Planned) -> Vec<&str> {
        match planned {
            Planned::Refused(errors) => errors.iter().map(|error| error.0.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_row_becomes_a_tenancy_with_its_people() {
        let cells = [
            ("external_ref", "T1"),
            ("home", "H1"),
            ("kind", "Introductory tenancy"),
            ("start_day", "02/03/2026"),
            ("tenants", "P1; P2"),
            ("household", "n-50003"),
        ];
        match &make(&[row(1, &cells)], &known())[0] {
            Planned::Create { terms, members, .. } => {
                assert_eq!(terms.trial_end_day, "2027-03-01".parse().ok());
                assert_eq!(
                    members.iter().map(|member| member.role).collect::<Vec<_>>(),
                    ["tenant", "joint-tenant", "household"]
                );
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_fault_is_named() {
        let bad = row(
            1,
            &[("external_ref", "T1"), ("home", "H9"), ("kind", "feudal"), ("start_day", "soon"), ("tenants", "P9")],
        );
        let fields = make(std::slice::from_ref(&bad), &known());
        for field in ["home", "kind", "start_day", "tenants"] {
            assert!(faults(&fields[0]).contains(&field), "{field}");
        }
    }

    #[test]
    fn tenancies_of_one_home_follow_each_other() {
        let base = |number: i32, key: &'static str, start: &'static str, end: &'static str| {
            row(
                number,
                &[
                    ("external_ref", key),
                    ("home", "H1"),
                    ("kind", "secure"),
                    ("tenants", "P1"),
                    ("start_day", start),
                    ("end_day", end),
                ],
            )
        };
        let rows = [
            base(1, "T2", "2026-07-01", ""),
            base(2, "T1", "2020-01-01", "2026-06-30"),
            base(3, "T3", "2026-06-30", "2026-07-02"),
        ];
        let planned = make(&rows, &known());
        assert!(faults(&planned[0]).is_empty() && faults(&planned[1]).is_empty());
        assert_eq!(faults(&planned[2]), ["start_day"]);
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let mut known = known();
        let cells = [
            ("external_ref", "T1"),
            ("home", "H1"),
            ("kind", "secure"),
            ("start_day", "2026-03-02"),
            ("tenants", "P1"),
        ];
        let Planned::Create { id, place, terms, members, .. } = make(&[row(1, &cells)], &known).remove(0) else {
            panic!("a new tenancy")
        };
        let members = members.iter().map(|member| member.person).collect();
        known.tenancies.push(Stored {
            id,
            reference: "T-30001".into(),
            external_source: Some("Capita".into()),
            external_ref: Some("T1".into()),
            place,
            version: 1,
            terms,
            members,
        });
        assert!(matches!(make(&[row(1, &cells)], &known)[0], Planned::Unchanged(_)));
        let ended = [("external_ref", "T1"), ("end_day", "2026-05-01")];
        assert!(
            matches!(&make(&[row(1, &ended)], &known)[0], Planned::Update { after, .. } if after.end_day.is_some() && after.kind == "secure")
        );
    }
}
