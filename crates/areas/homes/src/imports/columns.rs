//! What the import of homes understands.

use rooftree_platform::imports::Column;

const fn column(
    key: &'static str,
    title: &'static str,
    example: &'static str,
    aliases: &'static [&'static str],
) -> Column {
    Column { key, title, required: false, example, aliases }
}

/// The columns, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column {
        key: "external_ref",
        title: "External key",
        required: true,
        example: "PROP-000123",
        aliases: &[
            "property reference",
            "property ref",
            "prop ref",
            "place ref",
            "asset id",
            "external reference",
            "reference",
            "key",
        ],
    },
    column("kind", "Kind", "home", &["type", "property type", "asset type", "level"]),
    column(
        "parent",
        "Parent's external key",
        "BLOCK-0042",
        &["parent", "parent reference", "block reference", "parent ref", "block ref"],
    ),
    column("uprn", "UPRN", "100120876543", &["unique property reference number"]),
    column("name", "Name", "Mill House", &["block name", "estate name", "building name"]),
    column(
        "address",
        "Address",
        "Flat 2, 14 Mill Lane",
        &["full address", "address line", "address 1", "address line 1"],
    ),
    column("postcode", "Postcode", "OX4 9XY", &["post code", "postal code"]),
    column("ward", "Ward", "Lye Valley", &["ward name"]),
    column("patch", "Patch", "East 2", &["housing officer patch", "area", "management area"]),
    column("tenure", "Tenure", "council", &["tenure type", "ownership"]),
    column("status", "Status", "occupied", &["property status", "occupancy"]),
    column("build_year", "Built", "1952", &["year built", "build year", "construction year", "age"]),
    column("archetype", "Archetype", "1950s semi-detached house", &["property archetype", "construction type"]),
    column("storeys", "Storeys", "3", &["number of storeys", "floors"]),
    column("height_m", "Height in metres", "9.5", &["height", "building height"]),
    column("floor", "Floor", "1", &["floor level", "storey"]),
    column("bedrooms", "Bedrooms", "2", &["beds", "number of bedrooms"]),
    column("heating", "Heating", "gas combi", &["heating type", "heating system"]),
    column("epc", "Energy band", "C", &["epc rating", "epc band", "energy rating"]),
    column("easting", "Easting", "453120", &["x", "x coordinate"]),
    column("northing", "Northing", "204560", &["y", "y coordinate"]),
    column("notes", "Notes", "Key safe by the meter", &["comments", "remarks"]),
];
