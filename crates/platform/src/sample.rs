//! Samples that nobody can choose: which finished repairs are inspected, which decisions are looked at again.
//!
//! Each month has a secret of 32 random bytes, its seed. The seed is made before the month begins, and its hash (the commitment) is
//! recorded in the journal at once; the seed itself is shown when the month is over. A case that is recorded as done in that month is
//! drawn: `sha256(seed || id)`, the id being the 16 bytes of its UUID. The first 8 bytes, read as a number and divided by 2^64, lie
//! evenly between 0 and 1; below the share (0.13 for 13 in a hundred) it is picked. Nobody can know the draw while work goes on, nobody can
//! choose, and afterwards anybody can draw again. The seeds lie in the table `inspection_seed`, after the first sample that was drawn.

use crate::{Ctx, Error, FactKind, Platform, Result, boxed, signin::new_secret};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_kernel::{Actor, Channel, Day, Moment};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The seed of a month's draw was made; its hash is fixed in the journal before the month begins, the seed is shown after it ends.
pub const SEED_MADE: FactKind =
    FactKind::new("inspection.seed-made", "Seed of the inspection draw made", &["month", "commitment"]);

/// A month's seed.
pub type Seed = [u8; 32];

/// What the journal holds of a seed from the beginning.
pub fn commitment(seed: &Seed) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// The draw of a case.
pub fn draw(seed: &Seed, case: impl Into<Uuid>) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(case.into().as_bytes()).finalize().into()
}

/// Whether a draw picks its case into a sample of so many in a hundred.
pub fn picks(draw: &[u8; 32], percent: u8) -> bool {
    let first = draw.first_chunk::<8>().map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes));
    u128::from(first) < below(percent)
}

/// That share of 2^64.
fn below(percent: u8) -> u128 {
    (1u128 << 64) * u128::from(percent) / 100
}

/// The seed of the month that begins on this day; made now when there is none (the first month of use).
#[boxed]
pub async fn seed_of(ctx: &mut Ctx, month: Day) -> Result<Seed> {
    let known = sqlx::query_scalar!("select seed from inspection_seed where month = $1", month as _)
        .fetch_optional(ctx.conn())
        .await?;
    if let Some(seed) = known {
        return of_bytes(&seed);
    }
    let fresh = URL_SAFE_NO_PAD.decode(new_secret()).map_err(|error| Error::Internal(error.to_string()))?;
    let now = ctx.now;
    let made = sqlx::query!(
        "insert into inspection_seed (month, seed, made_at) values ($1, $2, $3) on conflict (month) do nothing",
        month as _,
        fresh,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    if made.rows_affected() == 0 {
        // Another process made it between the two statements.
        let seed = sqlx::query_scalar!("select seed from inspection_seed where month = $1", month as _)
            .fetch_one(ctx.conn())
            .await?;
        return of_bytes(&seed);
    }
    let seed = of_bytes(&fresh)?;
    let fact = SEED_MADE.at(now).with("month", month).with("commitment", hex::encode(commitment(&seed)));
    ctx.record(fact).await?;
    Ok(seed)
}

/// A seed as the table keeps it.
pub fn of_bytes(bytes: &[u8]) -> Result<Seed> {
    bytes.try_into().map_err(|_| Error::Internal("an inspection seed has not 32 bytes".into()))
}

/// Whether the seed of a month may be shown: when the month is over.
pub fn is_revealed(month: Day, now: Moment) -> bool {
    now >= month.plus_months(1).start()
}

/// Makes this month's seed, where it is missing, and the next month's.
#[boxed]
pub async fn make_seeds(platform: &Platform) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let month = ctx.now.day().month_start();
    seed_of(&mut ctx, month).await?;
    seed_of(&mut ctx, month.plus_months(1)).await?;
    ctx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn thirteen_in_a_hundred_are_picked_whatever_the_seed() {
        for seed in [[0; 32], [7; 32], [255; 32]] {
            let picked = (0..100_000u128).filter(|n| picks(&draw(&seed, Uuid::from_u128(*n)), 13)).count();
            // Three standard deviations of 100,000 draws at 13 % are 319.
            assert!((12_600..=13_400).contains(&picked), "{picked}");
        }
    }

    #[test]
    fn the_draw_can_be_done_again_by_anybody() {
        // printf '00…00' | xxd -r -p, followed by the 16 bytes of the id, through sha256sum.
        let id: Uuid = "0190f3c2-0000-7000-8000-000000000001".parse().unwrap();
        let mut bytes = vec![0u8; 32];
        bytes.extend_from_slice(id.as_bytes());
        assert_eq!(draw(&[0; 32], id)[..], Sha256::digest(&bytes)[..]);
        assert_eq!(
            hex::encode(commitment(&[0; 32])),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }

    #[test]
    fn another_seed_is_another_draw() {
        let id = Uuid::from_u128(42);
        assert_ne!(draw(&[1; 32], id), draw(&[2; 32], id));
        assert!(picks(&[0; 32], 13));
        assert!(!picks(&[255; 32], 13) && picks(&[255; 32], 100) && !picks(&[0; 32], 0));
        let mut edge = [0; 32];
        edge[..8].copy_from_slice(&u64::try_from(below(13)).unwrap().to_be_bytes());
        assert!(!picks(&edge, 13), "exactly 13 % is not below it");
    }

    #[test]
    fn a_seed_is_shown_when_its_month_is_over() {
        let month: Day = "2026-11-01".parse().unwrap();
        assert!(!is_revealed(month, "2026-11-30T23:59".parse().unwrap()));
        assert!(is_revealed(month, "2026-12-01T00:00".parse().unwrap()));
    }
}
