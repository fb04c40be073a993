//! Places: wards, estates, blocks, homes and the land around them, in the proportions of the source (S0 §3).

mod build;
mod land;
pub mod wards;

use crate::config::Config;
use rooftree_kernel::Moment;
use uuid::Uuid;
pub use wards::{WARDS, Ward};

/// When the registers of homes and people were first filled: 1 April 2019. Their ids sort from here.
pub(crate) const REGISTER_BEGAN_MICROS: i64 = 1_554_073_200_000_000;

/// When the row with that number was entered, so that ids keep the rows' order.
pub(crate) fn register_moment(position: usize) -> Moment {
    Moment::from_micros(REGISTER_BEGAN_MICROS + position as i64 * 1_000)
}

/// What a place other than a home is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// A neighbourhood of homes and land.
    Estate,
    /// A building of flats.
    Block,
    /// A building of flats for older people, with a lounge and an alarm.
    ShelteredScheme,
    /// A garage or undercroft.
    Garage,
    /// An estate play area.
    PlayArea,
    /// A car park.
    CarPark,
    /// A tree, a hedge, a lawn, a bed.
    Grounds,
}

impl PlaceKind {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Estate => "estate",
            Self::Block => "block",
            Self::ShelteredScheme => "scheme",
            Self::Garage => "garage",
            Self::PlayArea => "play-area",
            Self::CarPark => "car-park",
            Self::Grounds => "grounds",
        }
    }
}

/// A place other than a home.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its id.
    pub id: Uuid,
    /// The landlord's own reference.
    pub reference: String,
    /// What it is.
    pub kind: PlaceKind,
    /// The place it belongs to, as a position in [`World::places`]; `None` for an estate.
    pub parent: Option<u32>,
    /// Its name.
    pub name: String,
    /// Its ward, as a position in [`WARDS`].
    pub ward: u8,
    /// Its postcode; `None` for land.
    pub postcode: Option<String>,
    /// National grid, metres east.
    pub easting: i32,
    /// National grid, metres north.
    pub northing: i32,
    /// The year it was built; `None` for land.
    pub build_year: Option<i16>,
    /// Storeys above ground; `None` for land.
    pub storeys: Option<u8>,
    /// Height in centimetres; `None` for land.
    pub height_cm: Option<u32>,
    /// True when a lift serves it.
    pub lift: bool,
}

/// On what terms a home is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tenure {
    /// Let by the council.
    Council,
    /// Sold on a long lease; the council keeps the building.
    Leasehold,
    /// Sold outright on an estate where the council still provides services.
    Freehold,
}

impl Tenure {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Council => "council",
            Self::Leasehold => "leasehold",
            Self::Freehold => "freehold",
        }
    }
}

/// What to know before going to a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertKind {
    /// Material that may hold asbestos.
    Asbestos,
    /// Access was refused or failed before.
    NoAccess,
    /// A risk to staff.
    Warning,
}

impl AlertKind {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Asbestos => "asbestos",
            Self::NoAccess => "no-access",
            Self::Warning => "warning",
        }
    }
}

/// An alert on a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert {
    /// What kind.
    pub kind: AlertKind,
    /// What it says.
    pub text: &'static str,
    /// How many days before the present it was recorded.
    pub recorded_days_ago: u16,
}

/// A dwelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Home {
    /// Its id.
    pub id: Uuid,
    /// The landlord's own reference.
    pub reference: String,
    /// Its property number: 12 digits outside what is assigned; `None` is a seeded error.
    pub uprn: Option<u64>,
    /// The block or estate it belongs to, as a position in [`World::places`].
    pub parent: u32,
    /// True when the parent is a block, so that it has common parts.
    pub in_block: bool,
    /// First line of the address.
    pub line_1: String,
    /// Second line: the street of a block, else the estate.
    pub line_2: String,
    /// The postcode.
    pub postcode: String,
    /// Its ward, as a position in [`WARDS`].
    pub ward: u8,
    /// The housing officer's patch, as a position in [`World::patches`].
    pub patch: u16,
    /// On what terms it is held.
    pub tenure: Tenure,
    /// The year it was built.
    pub build_year: i16,
    /// Its type, such as `1930s semi-detached house`.
    pub archetype: &'static str,
    /// Storeys of the building.
    pub storeys: u8,
    /// Height of the building in centimetres.
    pub height_cm: u32,
    /// Which floor a flat is on; 0 is the ground floor.
    pub floor: u8,
    /// Bedrooms; 0 is a bedsit.
    pub bedrooms: u8,
    /// National grid, metres east.
    pub easting: i32,
    /// National grid, metres north.
    pub northing: i32,
    /// How it is heated.
    pub heating: &'static str,
    /// Energy performance band, A to G.
    pub epc: char,
    /// The assessment's score, 1 to 100.
    pub sap: u8,
    /// True in a sheltered scheme.
    pub sheltered: bool,
    /// What to know before going there.
    pub alerts: Vec<Alert>,
}

impl Home {
    /// The address on one line, without the postcode.
    pub fn address(&self) -> String {
        let lines = [self.line_1.as_str(), self.line_2.as_str(), "Oxford"];
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// A housing officer's patch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Patch {
    /// Its name.
    pub name: String,
    /// Homes in it.
    pub homes: u32,
}

/// Every place of the landlord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Estates, blocks, schemes and land; a parent stands before its children.
    pub places: Vec<Place>,
    /// The homes.
    pub homes: Vec<Home>,
    /// The housing officers' patches.
    pub patches: Vec<Patch>,
}

impl World {
    /// Builds the places.
    pub fn generate(config: &Config) -> Self {
        let mut world = build::build(config);
        land::add(config, &mut world);
        world
    }

    /// How many places there are of a kind.
    pub fn count(&self, kind: PlaceKind) -> usize {
        self.places.iter().filter(|place| place.kind == kind).count()
    }
}
