//! What the product does, beside what PostgreSQL and a bare handler do, in one run. See `bench/run` and `bench/RESULTS.md`.

mod bare;
mod figures;
mod house;
mod raise;

use clap::Parser;

#[derive(Parser)]
#[command(name = "rooftree-bench")]
enum Bench {
    /// A bare axum handler: one indexed SELECT as JSON. The limit that the API is measured against
    Bare {
        /// Port on 127.0.0.1
        #[arg(long, default_value_t = 9001)]
        port: u16,
    },
    /// Raise repairs through the command, all rows, facts, clocks and outbox, committed
    Raise {
        /// Commands at the same time
        #[arg(long, default_value_t = 8)]
        clients: usize,
        /// For how long
        #[arg(long, default_value_t = 20)]
        seconds: u64,
    },
    /// Compute every repairs figure of a year anew, then read it
    Figures {
        /// The year
        #[arg(long, default_value = "2025-26")]
        period: String,
    },
    /// Make a token and a session, and print them with some paths, for load generators
    Keys,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Bench::parse() {
        Bench::Bare { port } => bare::serve(port).await,
        Bench::Raise { clients, seconds } => raise::run(clients, seconds).await,
        Bench::Figures { period } => figures::run(&period).await,
        Bench::Keys => house::keys().await,
    }
}
