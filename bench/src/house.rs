//! The product on the database of `DATABASE_URL`.

use anyhow::{Context, Result, anyhow};
use rooftree_app::House;
use rooftree_kernel::{Actor, Channel, Moment, UserId, calendar::Calendars};
use rooftree_platform::{
    config::Config,
    signin::{sessions, tokens},
    unit::Ports,
};
use std::sync::Arc;

/// Puts the product together as `rooftree serve` does, without senders.
pub async fn open(connections: u32) -> Result<House> {
    let url = std::env::var("DATABASE_URL").context("set DATABASE_URL to a database with the demo landlord")?;
    let pool = rooftree_app::connect(&url, connections).await?;
    let config = Config::from_env();
    let ports = Ports {
        mail: None,
        text: None,
        printer: Arc::new(rooftree_letters::Press::new()),
        blobs: rooftree_blobs::open(&config.blob_dir.to_string_lossy())?,
        sheet_reader: Arc::new(rooftree_sheets::Sheets::default()),
        sheet_writer: Arc::new(rooftree_sheets::Sheets::default()),
        identity: None,
        webhooks: None,
    };
    rooftree_app::build(pool, config, ports, Calendars::built_in(), Moment::now)
        .map_err(|errors| anyhow!(errors.join("\n")))
}

/// A token and a session of a client officer, and paths of homes and repairs.
pub async fn keys() -> Result<()> {
    let house = open(2).await?;
    let platform = &house.app.platform;
    let user: UserId = sqlx::query_scalar("select id from app_user where role = 'client-officer' limit 1")
        .fetch_one(platform.reads())
        .await?;
    let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
    let expires = ctx.now.plus_seconds(86_400);
    let token = tokens::make(&mut ctx, user, "bench", &["repairs.*".to_owned(), "homes.*".to_owned()], expires).await?;
    ctx.commit().await?;
    let session = sessions::open(platform, user, true).await?;
    println!("TOKEN={token}\nCOOKIE={}={session}", sessions::COOKIE);
    for (name, sql) in [
        ("REPAIR", "select reference from repair tablesample system (0.1) limit 1"),
        ("PLACE", "select reference from place where kind = 'home' order by md5(reference) limit 1"),
    ] {
        let reference: String = sqlx::query_scalar(sql).fetch_one(platform.reads()).await?;
        println!("{name}={reference}");
    }
    Ok(())
}
