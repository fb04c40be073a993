//! Background work: the job queue and the regular ticks. Any number of processes may run it; an advisory lock lets one perform a tick.

use crate::House;
use futures_util::FutureExt;
use rooftree_frame::Tick;
use rooftree_platform::{Platform, jobs};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// Jobs done at the same time by one process.
const JOBS_AT_ONCE: usize = 4;

/// Running background work; [`Worker::stop`] lets what is under way finish.
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Worker {
    /// Starts the queue and the ticks.
    pub fn start(house: &House) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..JOBS_AT_ONCE {
            tasks.spawn(jobs::work(house.app.platform.clone(), stopped.clone()));
        }
        for tick in house.ticks.clone() {
            tasks.spawn(regularly(house.app.platform.clone(), tick, stopped.clone()));
        }
        Self { stop, tasks }
    }

    /// Stops after what is under way.
    pub async fn stop(mut self) {
        // Receivers may all be gone already; then there is nothing left to tell.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The names of all ticks (for `doctor`).
pub fn tick_names(house: &House) -> Vec<&'static str> {
    house.ticks.iter().map(|tick| tick.name).collect()
}

async fn regularly(platform: Platform, tick: Tick, mut stop: watch::Receiver<bool>) {
    loop {
        // A panic is a failure of this turn, not the end of the sealing or the watch for breaches.
        match AssertUnwindSafe(once(&platform.renewed(), &tick)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(tick = tick.name, error = error.cause(), "a tick failed"),
            Err(_) => tracing::error!(tick = tick.name, "a tick panicked"),
        }
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_secs(tick.every_seconds)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Runs the tick unless another process is at it.
async fn once(platform: &Platform, tick: &Tick) -> rooftree_platform::Result<()> {
    let mut lock = platform.writes().begin().await?;
    let mine: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtextextended($1, 42))")
        .bind(tick.name)
        .fetch_one(&mut *lock)
        .await?;
    if mine {
        tick.run.run(platform).await?;
    }
    lock.commit().await?;
    Ok(())
}
