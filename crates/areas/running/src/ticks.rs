//! Regular work that belongs to no page: broken promises, the journal's next months, what became of messages.

use async_trait::async_trait;
use rooftree_frame::{Area, Tick, area::TickHandler};
use rooftree_platform::{Platform, Result, clocks, messages};
use std::sync::Arc;

/// Months of the journal that stand ready.
const MONTHS_AHEAD: i64 = 3;

struct Breaches;

#[async_trait]
impl TickHandler for Breaches {
    async fn run(&self, platform: &Platform) -> Result<()> {
        while clocks::watch(platform).await? == clocks::WATCH_BATCH {}
        Ok(())
    }
}

struct Months;

#[async_trait]
impl TickHandler for Months {
    async fn run(&self, platform: &Platform) -> Result<()> {
        let today = platform.now().day();
        sqlx::query!("select ensure_fact_partitions($1, $2)", today as _, today.plus_months(MONTHS_AHEAD) as _)
            .fetch_one(platform.pool())
            .await?;
        Ok(())
    }
}

struct Deliveries;

#[async_trait]
impl TickHandler for Deliveries {
    async fn run(&self, platform: &Platform) -> Result<()> {
        messages::follow_up(platform).await
    }
}

pub(crate) fn add(area: &mut Area) {
    area.ticks.extend([
        Tick { name: "broken promises", every_seconds: 60, run: Arc::new(Breaches) },
        Tick { name: "months of the journal", every_seconds: 6 * 3600, run: Arc::new(Months) },
        Tick { name: "what became of messages", every_seconds: 300, run: Arc::new(Deliveries) },
    ]);
}
