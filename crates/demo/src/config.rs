//! What the synthetic landlord is made from.

use crate::catalogue::Catalogue;
use rooftree_kernel::{
    Day, Moment,
    calendar::{Calendars, ENGLAND_AND_WALES},
};
use std::{collections::BTreeSet, fmt};

/// The stock of the source (S0 §3): council homes, freehold homes, and what else stands on the land, for 8,700 homes.
pub const S0_HOMES: u32 = 8_700;
/// Council homes in the source.
pub const S0_COUNCIL: u32 = 7_795;
/// Freehold homes in the source.
pub const S0_FREEHOLD: u32 = 719;
/// Sheltered schemes in the source.
pub const S0_SHELTERED: u32 = 12;
/// Garages and undercrofts in the source.
pub const S0_GARAGES: u32 = 143;
/// Estate play areas in the source.
pub const S0_PLAY_AREAS: u32 = 8;
/// Car parks in the source.
pub const S0_CAR_PARKS: u32 = 79;
/// Grounds items (trees, grass, hedges, beds) in the source.
pub const S0_GROUNDS: u32 = 6_765;

/// Repairs reported per home and year, in tenths. With it 100,000 homes have 900,000 repairs in two years, which is the cap too.
const REPAIRS_PER_HOME_YEAR_TENTHS: u64 = 45;
/// No more repairs than this per year of history, whatever the size.
const REPAIRS_PER_YEAR_MAX: u64 = 450_000;

/// The fewest homes that can carry a hundred seeded errors and look like a landlord.
pub const HOMES_MIN: u32 = 100;
/// The most homes: more would not fit the invented postcodes without looking odd.
pub const HOMES_MAX: u32 = 250_000;
/// The most years of history.
pub const YEARS_MAX: u32 = 10;

/// The inputs: the same inputs give the same landlord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Chooses which of the many possible landlords this is.
    pub seed: u64,
    /// Homes of all tenures, including the few duplicates among the seeded errors.
    pub homes: u32,
    /// Years of repairs before now.
    pub years: u32,
    /// The present: nothing is recorded after it, though appointments stand in the days that follow.
    pub now: Moment,
    /// Bank holidays: no routine work is booked on them.
    pub holidays: BTreeSet<Day>,
}

impl Config {
    /// A landlord in England, with the bank holidays of the working-day calendar that its promises count in.
    pub fn new(seed: u64, homes: u32, years: u32, now: Moment) -> Self {
        let calendars = Calendars::built_in();
        let holidays = calendars.get(ENGLAND_AND_WALES).map(|calendar| calendar.holidays().keys().copied().collect());
        Self { seed, homes, years, now, holidays: holidays.unwrap_or_default() }
    }

    /// The present day in London.
    pub fn today(&self) -> Day {
        self.now.day()
    }

    /// How many repairs the history holds, before those added so that every operative has work today and tomorrow.
    pub fn repairs(&self) -> u64 {
        let wanted = u64::from(self.homes) * REPAIRS_PER_HOME_YEAR_TENTHS * u64::from(self.years) / 10;
        wanted.min(REPAIRS_PER_YEAR_MAX * u64::from(self.years))
    }

    /// A number of the source's stock, scaled from its 8,700 homes to this size; at least one.
    pub fn scaled(&self, at_8700_homes: u32) -> u32 {
        let product = u64::from(at_8700_homes) * u64::from(self.homes);
        let rounded = (product + u64::from(S0_HOMES) / 2) / u64::from(S0_HOMES);
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    }

    pub(crate) fn check(&self, catalogue: &Catalogue) -> Result<(), ConfigError> {
        if !(HOMES_MIN..=HOMES_MAX).contains(&self.homes) {
            return Err(ConfigError::Homes(self.homes));
        }
        if !(1..=YEARS_MAX).contains(&self.years) {
            return Err(ConfigError::Years(self.years));
        }
        if !catalogue.items.iter().any(|entry| !entry.item.communal) {
            return Err(ConfigError::NoItems);
        }
        Ok(())
    }
}

/// The landlord cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// Too few or too many homes.
    Homes(u32),
    /// No years, or too many.
    Years(u32),
    /// The catalogue has no repair that a home can need.
    NoItems,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Homes(homes) => write!(f, "{homes} homes: choose between {HOMES_MIN} and {HOMES_MAX}"),
            Self::Years(years) => write!(f, "{years} years: choose between 1 and {YEARS_MAX}"),
            Self::NoItems => write!(f, "the repairs catalogue has no repair inside a home: add one"),
        }
    }
}

impl std::error::Error for ConfigError {}
