//! The draw that picks repairs for inspection: reproducible, and not to be steered by the provider.
//!
//! Each month has a seed, fixed by the client before the month begins. A repair completed in the month is picked when the
//! hash of seed and repair is below 13 % of the range: anybody who is shown the seed can draw again.

use rooftree_kernel::Day;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The share picked (S2 ¶7), in ten thousandths.
const PICKED_PER_10_000: u64 = 1_300;

/// The demo's seed for the month that holds a day.
pub fn seed(demo_seed: u64, day: Day) -> [u8; 32] {
    let month = day.month_start();
    Sha256::new()
        .chain_update(b"inspection")
        .chain_update(demo_seed.to_be_bytes())
        .chain_update(month.to_string())
        .finalize()
        .into()
}

/// The draw for a repair.
pub fn draw(seed: &[u8; 32], repair: Uuid) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(repair.as_bytes()).finalize().into()
}

/// Whether a draw picks its repair.
pub fn picks(draw: &[u8; 32]) -> bool {
    let mut first = [0; 8];
    first.copy_from_slice(&draw[..8]);
    u64::from_be_bytes(first) < u64::MAX / 10_000 * PICKED_PER_10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_in_a_hundred_are_picked() {
        let seed = seed(42, "2026-11-22".parse().unwrap());
        let picked = (0..20_000_u128).filter(|number| picks(&draw(&seed, Uuid::from_u128(*number)))).count();
        assert!((2_450..=2_750).contains(&picked), "{picked}");
    }
}
