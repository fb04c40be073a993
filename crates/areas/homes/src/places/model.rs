//! A place as the register holds it. Pure.

use rooftree_kernel::PlaceId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A word of a vocabulary: its key in the database, one of them, several of them.
pub type Word = (&'static str, &'static str, &'static str);

/// What a place can be, in the order people look for it.
pub const KINDS: &[Word] = &[
    ("home", "Home", "Homes"),
    ("block", "Block", "Blocks"),
    ("estate", "Estate", "Estates"),
    ("scheme", "Sheltered scheme", "Sheltered schemes"),
    ("garage", "Garage", "Garages"),
    ("play-area", "Play area", "Play areas"),
    ("car-park", "Car park", "Car parks"),
    ("grounds", "Grounds item", "Grounds"),
    ("plant", "Communal plant", "Communal plant"),
    ("other", "Other place", "Other places"),
];
/// On what terms a home is held.
pub const TENURES: &[Word] = &[
    ("council", "Council", "Council"),
    ("leasehold", "Leasehold", "Leasehold"),
    ("freehold", "Freehold", "Freehold"),
    ("shared-ownership", "Shared ownership", "Shared ownership"),
];
/// What state it is in.
pub const STATUSES: &[Word] = &[
    ("occupied", "Occupied", "Occupied"),
    ("void", "Void", "Void"),
    ("in-use", "In use", "In use"),
    ("disposed", "Disposed of", "Disposed of"),
    ("demolished", "Demolished", "Demolished"),
];
/// Energy bands.
pub const EPC_BANDS: &[&str] = &["A", "B", "C", "D", "E", "F", "G"];

/// The words for a key, or the key itself where a vocabulary has grown past the program.
pub fn words<'a>(vocabulary: &[Word], key: &'a str) -> &'a str {
    vocabulary.iter().find(|word| word.0 == key).map_or(key, |word| word.1)
}

/// Everything recorded about a place that can be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// One of [`KINDS`].
    pub kind: String,
    /// What it lies in.
    pub parent_id: Option<PlaceId>,
    /// Its key in the system it was imported from.
    pub external_ref: Option<String>,
    /// That system; without it nobody knows whose key it is, and no import finds the place by it.
    pub external_source: Option<String>,
    /// Unique property reference number: up to twelve digits.
    pub uprn: Option<String>,
    /// Of a block, an estate, a plant.
    pub name: String,
    /// One line, without the postcode.
    pub address: String,
    /// `OX4 9XY`.
    pub postcode: String,
    /// The ward.
    pub ward: String,
    /// The housing officer's patch.
    pub patch: String,
    /// One of [`TENURES`]; only what people live in has one.
    pub tenure: Option<String>,
    /// One of [`STATUSES`].
    pub status: String,
    /// The year it was built.
    pub build_year: Option<i32>,
    /// Such as `1950s semi-detached house`.
    pub archetype: String,
    /// Storeys of the building.
    pub storeys: Option<i32>,
    /// Height of the building in metres; from 11 m and 18 m other fire rules hold.
    pub height_m: Option<f64>,
    /// The floor a flat is on; the ground floor is 0.
    pub floor: Option<i32>,
    /// Bedrooms.
    pub bedrooms: Option<i32>,
    /// Such as `gas combi`.
    pub heating: String,
    /// Energy band, A to G.
    pub epc: Option<String>,
    /// Metres east on the national grid.
    pub easting: Option<i32>,
    /// Metres north on the national grid.
    pub northing: Option<i32>,
    /// What else staff should know.
    pub notes: String,
}

/// The fields of [`Details`] as pages name them, in the order of the form.
pub const FIELDS: &[(&str, &str)] = &[
    ("kind", "Kind"),
    ("parent_id", "Part of"),
    ("external_ref", "Source reference"),
    ("external_source", "Source"),
    ("uprn", "UPRN"),
    ("name", "Name"),
    ("address", "Address"),
    ("postcode", "Postcode"),
    ("ward", "Ward"),
    ("patch", "Patch"),
    ("tenure", "Tenure"),
    ("status", "Status"),
    ("build_year", "Built"),
    ("archetype", "Archetype"),
    ("storeys", "Storeys"),
    ("height_m", "Height"),
    ("floor", "Floor"),
    ("bedrooms", "Bedrooms"),
    ("heating", "Heating"),
    ("epc", "Energy band"),
    ("easting", "Easting"),
    ("northing", "Northing"),
    ("notes", "Notes"),
];

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field, by its key in [`FIELDS`].
    pub field: String,
    /// What it was; empty when it was not recorded.
    pub from: String,
    /// What it is.
    pub to: String,
}

/// What differs between two states, in the order of the form.
pub fn changes(before: &Details, after: &Details) -> Vec<Change> {
    let (before, after) = (serde_json::to_value(before), serde_json::to_value(after));
    let (Ok(before), Ok(after)) = (before, after) else { return Vec::new() };
    let differs = |field: &&(&str, &str)| before[field.0] != after[field.0];
    let change = |field: &(&str, &str)| Change {
        field: field.0.to_owned(),
        from: plain(&before[field.0]),
        to: plain(&after[field.0]),
    };
    FIELDS.iter().filter(differs).map(change).collect()
}

/// A stored value as text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_place_has_its_words() {
        let value = serde_json::to_value(Details::default()).unwrap();
        let mut stored: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut named: Vec<&str> = FIELDS.iter().map(|field| field.0).collect();
        stored.sort_unstable();
        named.sort_unstable();
        assert_eq!(stored, named);
    }

    #[test]
    fn a_change_says_from_what_to_what() {
        let before = Details { heating: "gas combi".into(), bedrooms: Some(2), ..Details::default() };
        let after = Details { heating: "heat pump".into(), bedrooms: None, ..before.clone() };
        let found = changes(&before, &after);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].field.as_str(), found[0].from.as_str(), found[0].to.as_str()), ("bedrooms", "2", ""));
        assert!(changes(&before, &before).is_empty());
    }
}
