//! The synthetic landlord: an Oxford-like council's homes, people, providers and years of repairs, all invented.
//!
//! The generator is pure. The same [`Config`] gives the same rows, whatever the machine and whatever the order in which they
//! are read, because every entity draws from a random stream of its own. [`Landlord::generate`] makes what stands still;
//! [`Landlord::repairs`] streams the history, one [`repairs::RepairLife`] at a time, so that a hundred thousand homes need
//! little more memory than a thousand. [`load::load`] writes both to an empty database, with the journal and the clocks that the
//! same history would have left.
//!
//! Names, streets, postcodes and numbers look right and belong to nobody: telephone numbers are from Ofcom's ranges for drama,
//! e-mail addresses are at example domains, postcode sectors are not in use and property numbers are outside what is assigned.

pub mod catalogue;
pub mod config;
pub mod errors;
pub mod load;
pub mod people;
pub mod providers;
pub mod repairs;
pub mod streams;
#[cfg(test)]
mod tests;
pub mod world;

pub use catalogue::{Catalogue, DiagnosisItem, Priority};
pub use config::{Config, ConfigError};
pub use errors::{ErrorKind, SeededError};

use people::People;
use providers::Providers;
use world::World;

/// Everything that stands still: places, people, tenancies, providers and their users.
#[derive(Debug)]
pub struct Landlord {
    /// What it was made from.
    pub config: Config,
    /// Wards, estates, blocks, homes and grounds.
    pub world: World,
    /// People, tenancies and who speaks for whom.
    pub people: People,
    /// Who does the work, and everybody who signs in.
    pub providers: Providers,
    /// The errors seeded in places, people and tenancies; those in repairs come from [`repairs::History::errors`].
    pub errors: Vec<SeededError>,
}

impl Landlord {
    /// Makes the landlord. The trades in the repairs catalogue decide which operatives there are.
    ///
    /// # Errors
    /// When the size is outside what [`Config`] allows, or the catalogue is empty.
    pub fn generate(config: Config, catalogue: &Catalogue) -> Result<Self, ConfigError> {
        config.check(catalogue)?;
        let mut world = World::generate(&config);
        let mut people = People::generate(&config, &world);
        let providers = Providers::generate(&config, &world, &people, catalogue);
        let errors = errors::seed(&config, &mut world, &mut people);
        Ok(Self { config, world, people, providers, errors })
    }

    /// The history of repairs, oldest first, as a stream.
    pub fn repairs<'a>(&'a self, catalogue: &'a Catalogue) -> repairs::History<'a> {
        repairs::History::new(self, catalogue)
    }
}
