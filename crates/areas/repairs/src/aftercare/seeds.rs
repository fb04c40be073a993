//! The seeds of the inspection draw: made by the program, before the month begins, and kept from everybody until it is over.

use super::draw::{Seed, commitment};
use crate::facts;
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_frame::area::TickHandler;
use rooftree_kernel::{Actor, Channel, Day, Moment};
use rooftree_platform::{Ctx, Error, Platform, Result, signin::new_secret};

/// Makes this month's seed, where it is missing, and the next month's.
pub struct MakeSeeds;

#[async_trait]
impl TickHandler for MakeSeeds {
    async fn run(&self, platform: &Platform) -> Result<()> {
        let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
        let month = ctx.now.day().month_start();
        seed_of(&mut ctx, month).await?;
        seed_of(&mut ctx, month.plus_months(1)).await?;
        ctx.commit().await
    }
}

/// The seed of the month that begins on this day; made now when there is none (the first month of use).
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
    let fact =
        facts::INSPECTION_SEED_MADE.at(now).with("month", month).with("commitment", hex::encode(commitment(&seed)));
    ctx.record(fact).await?;
    Ok(seed)
}

pub(super) fn of_bytes(bytes: &[u8]) -> Result<Seed> {
    bytes.try_into().map_err(|_| Error::Internal("an inspection seed has not 32 bytes".into()))
}

/// Whether the seed of a month may be shown: when the month is over.
pub fn is_revealed(month: Day, now: Moment) -> bool {
    now >= month.plus_months(1).start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_shown_when_its_month_is_over() {
        let month: Day = "2026-11-01".parse().unwrap();
        assert!(!is_revealed(month, "2026-11-30T23:59".parse().unwrap()));
        assert!(is_revealed(month, "2026-12-01T00:00".parse().unwrap()));
    }
}
