//! What the import of homes understands.

use rooftree_platform::imports::Column;

/// The columns, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column::new(
        "external_ref",
        "Source reference",
        "PROP-000123",
        &[
            "external key",
            "property reference",
            "property ref",
            "prop ref",
            "place ref",
            "asset id",
            "external reference",
            "reference",
            "key",
        ],
    )
    .required(),
    Column::new("kind", "Kind", "home", &["type", "property type", "asset type", "level"]),
    Column::new(
        "parent",
        "Key of the block or estate it lies in",
        "BLOCK-0042",
        &["parent", "parent reference", "block reference", "parent ref", "block ref"],
    ),
    Column::new("uprn", "UPRN", "100120876543", &["unique property reference number"]),
    Column::new("name", "Name", "Mill House", &["block name", "estate name", "building name"]),
    Column::new(
        "address",
        "Address",
        "Flat 2, 14 Mill Lane",
        &["full address", "address line", "address 1", "address line 1", "street", "street name"],
    ),
    Column::new("number", "House or flat number", "14", &["house number", "house no", "property number", "number"]),
    Column::new(
        "address_2",
        "Address, second line",
        "Cowley",
        &["address 2", "address line 2", "locality", "district"],
    ),
    Column::new("postcode", "Postcode", "OX4 9XY", &["post code", "postal code"]),
    Column::new("ward", "Ward", "Lye Valley", &["ward name"]),
    Column::new("patch", "Patch", "East 2", &["housing officer patch", "area", "management area"]),
    Column::new("tenure", "Tenure", "council", &["tenure type", "ownership"]),
    Column::new("status", "Status", "occupied", &["property status", "occupancy"]),
    Column::new("build_year", "Built", "1952", &["year built", "build year", "construction year", "age"]),
    Column::new("archetype", "Archetype", "1950s semi-detached house", &["property archetype", "construction type"]),
    Column::new("storeys", "Storeys", "3", &["number of storeys", "floors"]),
    Column::new("height_m", "Height in metres", "9.5", &["height", "building height"]),
    Column::new("floor", "Floor", "1", &["floor level", "storey"]),
    Column::new("bedrooms", "Bedrooms", "2", &["beds", "number of bedrooms"]),
    Column::new("heating", "Heating", "gas combi", &["heating type", "heating system"]),
    Column::new("epc", "Energy band", "C", &["epc rating", "epc band", "energy rating"]),
    Column::new("easting", "Easting", "453120", &["x", "x coordinate"]),
    Column::new("northing", "Northing", "204560", &["y", "y coordinate"]),
    Column::new("notes", "Notes", "Key safe by the meter", &["comments", "remarks"]),
];
