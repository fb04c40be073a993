//! Regular work that belongs to no page: broken promises, the journal's next months, what became of messages, what has had its time.

use async_trait::async_trait;
use rooftree_frame::{Area, Tick, area::TickHandler};
use rooftree_platform::{
    Platform, Result, clocks, documents,
    imports::lifetime,
    jobs, messages, sample,
    signin::{limits, sessions},
    webhooks,
};
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
            .fetch_one(platform.writes())
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

/// Forgets what has had its time: sessions, sign-ins, counters, finished jobs, calls of webhooks, the cells of imports, files of forms
/// that were refused. Each is tried, whatever became of those before it.
struct Forget;

#[async_trait]
impl TickHandler for Forget {
    async fn run(&self, platform: &Platform) -> Result<()> {
        let done = [
            sessions::forget_old(platform).await,
            limits::forget_old(platform).await.map(drop),
            jobs::forget_old(platform).await.map(drop),
            webhooks::forget_old(platform).await.map(drop),
            lifetime::forget_old(platform).await,
            documents::sweep(platform).await.map(drop),
        ];
        done.into_iter().collect()
    }
}

struct Seeds;

#[async_trait]
impl TickHandler for Seeds {
    async fn run(&self, platform: &Platform) -> Result<()> {
        sample::make_seeds(platform).await
    }
}

pub(crate) fn add(area: &mut Area) {
    area.ticks.extend([
        Tick { name: "broken promises", every_seconds: 60, run: Arc::new(Breaches) },
        Tick { name: "months of the journal", every_seconds: 6 * 3600, run: Arc::new(Months) },
        Tick { name: "what became of messages", every_seconds: 300, run: Arc::new(Deliveries) },
        Tick { name: "seeds of samples", every_seconds: 6 * 3600, run: Arc::new(Seeds) },
        Tick { name: "forget", every_seconds: 300, run: Arc::new(Forget) },
    ]);
}
