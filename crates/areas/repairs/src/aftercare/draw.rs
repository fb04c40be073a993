//! The draw that picks finished repairs for inspection. Pure.
//!
//! Each month has a secret of 32 random bytes, its seed. The seed is made before the month begins, and its hash (the commitment) is
//! recorded in the journal at once; the seed itself is shown when the month is over. A repair whose completion is recorded in that month is
//! drawn: `sha256(seed || id)`, the id being the 16 bytes of its UUID. The first 8 bytes, read as a number and divided by 2^64, lie
//! evenly between 0 and 1; below 0.13 the repair is inspected. Nobody can know the draw while work goes on, nobody can choose, and afterwards
//! anybody can draw again.
//!
//! Source: Local Offer 2014 ¶7, «We will inspect at least 13% of repair work following completion».

use crate::ids::RepairId;
use sha2::{Digest, Sha256};

/// The share that is inspected, in per cent.
pub const SHARE_PERCENT: u64 = 13;
/// A draw below this is picked: 13 % of 2^64.
const PICKED_BELOW: u64 = ((1u128 << 64) * SHARE_PERCENT as u128 / 100) as u64;

/// A month's seed.
pub type Seed = [u8; 32];

/// What the journal holds of a seed from the beginning.
pub fn commitment(seed: &Seed) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// The draw of a repair.
pub fn draw(seed: &Seed, repair: RepairId) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(repair.0.as_bytes()).finalize().into()
}

/// Whether a draw picks its repair.
pub fn picks(draw: &[u8; 32]) -> bool {
    let first = draw.first_chunk::<8>().map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes));
    first < PICKED_BELOW
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn thirteen_in_a_hundred_are_picked_whatever_the_seed() {
        for seed in [[0; 32], [7; 32], [255; 32]] {
            let picked = (0..100_000u128).filter(|n| picks(&draw(&seed, RepairId(Uuid::from_u128(*n))))).count();
            // Three standard deviations of 100,000 draws at 13 % are 319.
            assert!((12_600..=13_400).contains(&picked), "{picked}");
        }
    }

    #[test]
    fn the_draw_can_be_done_again_by_anybody() {
        // printf '00…00' | xxd -r -p, followed by the 16 bytes of the id, through sha256sum.
        let id = RepairId("0190f3c2-0000-7000-8000-000000000001".parse().unwrap());
        let mut bytes = vec![0u8; 32];
        bytes.extend_from_slice(id.0.as_bytes());
        assert_eq!(draw(&[0; 32], id)[..], Sha256::digest(&bytes)[..]);
        assert_eq!(
            hex::encode(commitment(&[0; 32])),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }

    #[test]
    fn another_seed_is_another_draw() {
        let id = RepairId(Uuid::from_u128(42));
        assert_ne!(draw(&[1; 32], id), draw(&[2; 32], id));
        assert!(picks(&[0; 32]));
        assert!(!picks(&[255; 32]));
        let mut edge = [0; 32];
        edge[..8].copy_from_slice(&PICKED_BELOW.to_be_bytes());
        assert!(!picks(&edge), "exactly 13 % is not below it");
    }
}
