//! Figures of a year: computed anew from the rows, then read from what was kept.

use crate::house;
use anyhow::{Result, anyhow};
use rooftree_kernel::periods::Period;
use rooftree_platform::figures::{self, Whose};
use std::time::Instant;

/// Forgets, computes and reads every repairs figure of the year, one after the other.
pub async fn run(period: &str) -> Result<()> {
    let period: Period = period.parse()?;
    let house = house::open(4).await?;
    let platform = &house.app.platform;
    let (mut slowest_computed, mut slowest_read) = ((0.0, String::new()), (0.0, String::new()));
    for measure in platform.rules().measures.all().filter(|measure| measure.id.starts_with("repairs.")) {
        let mut ctx = platform.begin(&rooftree_kernel::Actor::system(rooftree_kernel::Channel::Cli)).await?;
        figures::forget(ctx.conn(), Some(std::slice::from_ref(&measure.id))).await?;
        ctx.commit().await?;
        let computed = timed(async || figures::read(platform, measure, period, None, &Whose::Landlord).await).await?;
        let read = timed(async || figures::read(platform, measure, period, None, &Whose::Landlord).await).await?;
        println!("{computed:8.3} s computed {:7.1} ms read  {}", read * 1000.0, measure.id);
        if computed > slowest_computed.0 {
            slowest_computed = (computed, measure.id.clone());
        }
        if read > slowest_read.0 {
            slowest_read = (read, measure.id.clone());
        }
    }
    println!(
        "slowest: {:.3} s computed ({}), {:.1} ms read ({})",
        slowest_computed.0,
        slowest_computed.1,
        slowest_read.0 * 1000.0,
        slowest_read.1
    );
    Ok(())
}

async fn timed<T>(work: impl AsyncFnOnce() -> rooftree_platform::Result<T>) -> Result<f64> {
    let began = Instant::now();
    work().await.map_err(|error| anyhow!("{error:?}"))?;
    Ok(began.elapsed().as_secs_f64())
}
