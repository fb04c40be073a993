//! Random streams: one for each entity, so that its draws do not depend on what was made before it.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rooftree_kernel::Moment;
use uuid::Uuid;

/// What a stream is for; the number is part of the stream's address and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The layout of a ward.
    Ward = 1,
    /// One home's attributes.
    Home = 2,
    /// One household and its tenancies.
    Household = 3,
    /// Garages, car parks, play areas, grounds.
    Land = 4,
    /// Providers, operatives, users.
    Staff = 5,
    /// The weather and the number of calls of a day.
    Day = 6,
    /// One repair from report to survey.
    Repair = 7,
    /// Where the errors are.
    Errors = 8,
    /// Which homes are leasehold or freehold.
    Tenure = 9,
    /// The names of streets.
    Streets = 11,
    /// Ids of rows that only the database needs.
    Rows = 12,
}

/// One entity's random stream.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one entity: its kind and its number.
    pub fn new(seed: u64, kind: Kind, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(((kind as u64) << 56) | (index & 0x00ff_ffff_ffff_ffff));
        Self(rng)
    }

    /// True so many times in ten thousand.
    pub fn chance(&mut self, per_10_000: u32) -> bool {
        self.0.random_range(0..10_000) < per_10_000
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    /// A position in a list of so many; 0 for an empty one.
    pub fn index(&mut self, length: usize) -> usize {
        if length < 2 { 0 } else { self.0.random_range(0..length) }
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// A position chosen by cumulative weights (ascending, the last is the total).
    pub fn cumulative(&mut self, cumulative: &[u32]) -> usize {
        let total = cumulative.last().copied().unwrap_or(0);
        if total == 0 {
            return 0;
        }
        let draw = self.0.random_range(0..total);
        cumulative.partition_point(|upper| *upper <= draw)
    }

    /// A position chosen by weights; for short lists.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        if total == 0 {
            return 0;
        }
        let mut draw = self.0.random_range(0..total);
        for (index, weight) in weights.iter().enumerate() {
            if draw < *weight {
                return index;
            }
            draw -= weight;
        }
        weights.len() - 1
    }

    /// Puts a list in random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            list.swap(index, self.index(index + 1));
        }
    }

    /// An id that sorts by `at`, shaped as a UUID version 7.
    pub fn id_at(&mut self, at: Moment) -> Uuid {
        let millis = u64::try_from(at.as_micros() / 1000).unwrap_or(0);
        let (high, low) = (self.0.next_u32(), self.0.next_u64());
        let time_and_version = (millis << 16) | 0x7000 | u64::from(high & 0x0fff);
        let variant_and_rest = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        Uuid::from_u64_pair(time_and_version, variant_and_rest)
    }
}

/// Turns weights into the cumulative weights that [`Dice::cumulative`] wants.
pub fn accumulate(weights: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut total = 0;
    weights
        .into_iter()
        .map(|weight| {
            total += weight;
            total
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_different_entities_differ_and_repeat() {
        let draw = |kind, index| Dice::new(42, kind, index).between(0, i64::MAX);
        assert_eq!(draw(Kind::Home, 7), draw(Kind::Home, 7));
        assert_ne!(draw(Kind::Home, 7), draw(Kind::Home, 8));
        assert_ne!(draw(Kind::Home, 7), draw(Kind::Repair, 7));
    }

    #[test]
    fn weights_are_respected() {
        let mut dice = Dice::new(1, Kind::Errors, 0);
        let cumulative = accumulate([1, 0, 3]);
        let mut seen = [0_u32; 3];
        for _ in 0..4_000 {
            seen[dice.cumulative(&cumulative)] += 1;
            seen[dice.weighted(&[1, 0, 3])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!(seen[2] > 5_700 && seen[2] < 6_300, "{seen:?}");
    }

    #[test]
    fn ids_sort_by_time_and_are_version_seven() {
        let mut dice = Dice::new(1, Kind::Errors, 0);
        let early = dice.id_at(Moment::from_micros(1_700_000_000_000_000));
        let late = dice.id_at(Moment::from_micros(1_700_000_000_001_000));
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
