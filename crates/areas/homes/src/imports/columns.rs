//! What the import of homes understands.

use rooftree_platform::imports::Column;

/// The columns, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column::new("reference", "Reference", "H-10001", &["rooftree reference"]),
    Column::new(
        "external_ref",
        "Source reference",
        "PROP-000123",
        &[
            "external key",
            "property reference",
            "property ref",
            "prop ref",
            "prop ref no",
            "place ref",
            "asset id",
            "external reference",
            "key",
        ],
    )
    .required_or("reference"),
    Column::new("external_source", "Source", "Capita", &["source system"]),
    Column::new("kind", "Kind", "home", &["type", "property type", "asset type", "level"]),
    Column::new(
        "parent",
        "Key of the block or estate it lies in",
        "BLOCK-0042",
        &["parent", "parent reference", "block reference", "parent ref", "block ref"],
    ),
    Column::new(
        "uprn",
        "UPRN",
        "100120876543",
        &[
            "unique property reference number",
            "unique property reference no",
            "unique property reference",
            "unique property ref no",
            "unique property ref",
            "unique prop ref no",
            "unique prop ref",
            "uprn no",
            "uprn number",
        ],
    ),
    Column::new("name", "Name", "Mill House", &["block name", "estate name", "building name"]),
    Column::new(
        "address",
        "Address",
        "Flat 2, 14 Mill Lane",
        &[
            "full address",
            "address line",
            "address 1",
            "address1",
            "address line 1",
            "addr",
            "addr 1",
            "addr1",
            "addr line 1",
            "street",
            "street name",
        ],
    ),
    Column::new("number", "House or flat number", "14", &["house number", "house no", "property number", "number"]),
    Column::new(
        "address_2",
        "Address, second line",
        "Cowley",
        &["address 2", "address2", "address line 2", "addr 2", "addr2", "addr line 2", "locality", "district"],
    ),
    Column::new(
        "town",
        "Town",
        "Oxford",
        &["post town", "city", "town city", "town or city", "address 3", "address line 3", "addr 3", "addr3"],
    ),
    Column::new("postcode", "Postcode", "OX4 9XY", &["post code", "postal code", "pcode", "p code"]),
    Column::new("ward", "Ward", "Lye Valley", &["ward name"]),
    Column::new("patch", "Patch", "East 2", &["housing officer patch", "area", "management area"]),
    Column::new("tenure", "Tenure", "council", &["tenure type", "ownership"]),
    Column::new("status", "Status", "occupied", &["property status", "occupancy"]),
    Column::new(
        "build_year",
        "Built",
        "1952",
        &[
            "year built",
            "build year",
            "when built",
            "date built",
            "year of build",
            "year of construction",
            "construction year",
            "age",
        ],
    ),
    Column::new("archetype", "Archetype", "1950s semi-detached house", &["property archetype", "construction type"]),
    Column::new("storeys", "Storeys", "3", &["number of storeys", "floors"]),
    Column::new("height_m", "Height in metres", "9.5", &["height", "building height"]),
    Column::new("floor", "Floor", "1", &["floor level", "storey"]),
    Column::new(
        "bedrooms",
        "Bedrooms",
        "2",
        &["beds", "bed", "no of beds", "no of bedrooms", "number of beds", "number of bedrooms"],
    ),
    Column::new("heating", "Heating", "gas combi", &["heating type", "heating system"]),
    Column::new("epc", "Energy band", "C", &["epc rating", "epc band", "energy rating"]),
    Column::new("easting", "Easting", "453120", &["x", "x coordinate"]),
    Column::new("northing", "Northing", "204560", &["y", "y coordinate"]),
    Column::new("notes", "Notes", "Key safe by the meter", &["comments", "remarks"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_platform::imports::mapping::{Mapping, Remembered};
    use std::collections::HashMap;

    #[test]
    fn headings_of_common_systems_are_recognised() {
        for (heading, key) in [
            ("PCode", "postcode"),
            ("Post code", "postcode"),
            ("Addr 1", "address"),
            ("Addr1", "address"),
            ("Address Line 1", "address"),
            ("Unique Prop Ref No", "uprn"),
            ("Unique Property Ref", "uprn"),
            ("UPRN No", "uprn"),
            ("When built", "build_year"),
            ("Year built", "build_year"),
            ("Built", "build_year"),
            ("Town / City", "town"),
            ("City", "town"),
            ("Post town", "town"),
            ("No. of Beds", "bedrooms"),
            ("Beds", "bedrooms"),
        ] {
            let mapping = Mapping::guess(&[heading.to_owned()], COLUMNS, &Remembered::new());
            assert_eq!(mapping.columns.get(key), Some(&0), "{heading}");
        }
    }

    #[test]
    fn a_heading_means_one_column() {
        let mut claimed: HashMap<String, &str> = HashMap::new();
        for column in COLUMNS {
            for name in [column.key, column.title].iter().chain(column.aliases) {
                let other = claimed.insert(name.to_lowercase(), column.key);
                assert!(other.is_none_or(|other| other == column.key), "{name}: {other:?} and {}", column.key);
            }
        }
    }
}
