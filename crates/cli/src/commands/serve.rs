//! `rooftree serve` and `rooftree work`

use super::demo;
use crate::{listen, setup::Place};
use anyhow::{Context, Result};
use clap::Args;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use rooftree_app::{House, Worker};
use rooftree_platform::journal::seal;
use std::{net::SocketAddr, time::Duration};
use tokio::sync::watch;

/// How long open requests and jobs may take to finish after a stop was asked for, in seconds.
const FINISH_SECONDS_MAX: u64 = 60;

/// How often metrics are folded.
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Args)]
pub struct Serve {
    /// Where to listen
    #[arg(long, env = "ROOFTREE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Leave background work to `rooftree work`
    #[arg(long)]
    no_work: bool,
    /// Load the demo landlord when the database is empty, and show its sign-ins
    #[arg(long)]
    demo_if_empty: bool,
}

/// Serves until Ctrl-C or SIGTERM, then lets open requests and jobs finish and seals the journal. A second Ctrl-C does not wait.
pub async fn run(place: &Place, serve: Serve) -> Result<()> {
    // Taken first: a port in use should not be found out after a migration.
    let listener = tokio::net::TcpListener::bind(serve.listen).await.with_context(|| {
        format!("cannot listen on {}: stop what listens there, or choose another address with --listen", serve.listen)
    })?;
    place.migrate().await?;
    let is_empty = place.is_empty().await?;
    let house = place.house().await?;
    if serve.demo_if_empty && is_empty {
        demo::fill(&house, &demo::Load::default()).await?;
    }
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics could not be set up")?;
    tokio::spawn(keep_metrics_small(metrics.clone()));
    let worker = (!serve.no_work).then(|| Worker::start(&house));
    let router = rooftree_app::router(&house, Some(metrics));
    if serve.demo_if_empty && demo::is_there(&house).await? {
        demo::show_sign_ins(&house).await?;
    }
    let stop = stop_signal();
    println!("Rooftree is at http://{}", listener.local_addr()?);
    tokio::select! {
        () = listen::serve(listener, router, stop.clone()) => {}
        () = place.watch_over() => {}
        () = impatient(stop.clone()) => tracing::warn!("requests were still open and are cut off"),
    }
    finish(house, worker, stop).await;
    println!("Rooftree has stopped.");
    Ok(())
}

/// Folds what histograms have gathered, so that they stay small where nobody reads `/metrics`.
async fn keep_metrics_small(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(METRICS_EVERY).await;
        metrics.run_upkeep();
    }
}

/// Background work until stopped.
pub async fn work(place: &Place) -> Result<()> {
    let house = place.house().await?;
    // From here on a signal is heard; only then is anybody told that we work.
    let mut stop = stop_signal();
    let worker = Worker::start(&house);
    println!("Working: jobs, {}", rooftree_app::tick_names(&house).join(", "));
    tokio::select! {
        _ = stop.wait_for(|signals| *signals > 0) => {}
        () = place.watch_over() => {}
    }
    finish(house, Some(worker), stop).await;
    Ok(())
}

/// Lets background work end, and seals what was recorded last.
async fn finish(house: House, worker: Option<Worker>, stop: watch::Receiver<u32>) {
    let platform = house.app.platform.clone();
    let ending = async {
        if let Some(worker) = worker {
            worker.stop().await;
        }
        if let Err(error) = seal::seal_all(&platform).await {
            tracing::error!(%error, "the journal could not be sealed; the next process seals what is left");
        }
        platform.writes().close().await;
    };
    tokio::select! {
        () = ending => {}
        () = impatient(stop) => tracing::warn!("background work was not waited for; jobs under way are done again later"),
    }
}

/// Ends when somebody asks a second time, or when the time for finishing is over.
async fn impatient(mut stop: watch::Receiver<u32>) {
    let _ = stop.wait_for(|signals| *signals > 0).await;
    tokio::select! {
        _ = stop.wait_for(|signals| *signals > 1) => {}
        () = tokio::time::sleep(Duration::from_secs(FINISH_SECONDS_MAX)) => {}
    }
}

/// Counts Ctrl-C and SIGTERM from now on.
fn stop_signal() -> watch::Receiver<u32> {
    use tokio::signal::unix::{SignalKind, signal};
    let (count, counted) = watch::channel(0);
    // Registered before anything is awaited: a signal that comes at once is counted, not deadly.
    let mut terminate = signal(SignalKind::terminate()).ok();
    let mut interrupt = signal(SignalKind::interrupt()).ok();
    tokio::spawn(async move {
        loop {
            let terminated = async {
                match &mut terminate {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            let interrupted = async {
                match &mut interrupt {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = interrupted => {}
                _ = terminated => {}
            }
            count.send_modify(|signals| *signals += 1);
        }
    });
    counted
}
