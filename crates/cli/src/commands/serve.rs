//! `rooftree serve` and `rooftree work`

use crate::setup::Place;
use anyhow::{Context, Result};
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use rooftree_app::Worker;
use std::net::SocketAddr;

/// How to serve.
#[derive(Args)]
pub struct Serve {
    /// Where to listen
    #[arg(long, env = "ROOFTREE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Leave background work to `rooftree work`
    #[arg(long)]
    no_work: bool,
}

/// Serves until Ctrl-C or SIGTERM, then lets open requests and jobs finish.
pub async fn run(place: &Place, serve: Serve) -> Result<()> {
    place.migrate().await?;
    let house = place.house().await?;
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics could not be set up")?;
    let listener = tokio::net::TcpListener::bind(serve.listen).await.with_context(|| {
        format!("{} is not free: stop what listens there or choose another with --listen", serve.listen)
    })?;
    let worker = (!serve.no_work).then(|| Worker::start(&house));
    let router = rooftree_app::router(&house, Some(metrics));
    println!("Rooftree is at http://{}", listener.local_addr()?);
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop_signal())
        .await?;
    if let Some(worker) = worker {
        worker.stop().await;
    }
    house.app.platform.pool().close().await;
    println!("Rooftree has stopped.");
    Ok(())
}

/// Background work until stopped.
pub async fn work(place: &Place) -> Result<()> {
    let house = place.house().await?;
    let worker = Worker::start(&house);
    println!("Working: {}", rooftree_app::tick_names(&house).join(", "));
    stop_signal().await;
    worker.stop().await;
    Ok(())
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return drop(interrupt.await),
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
