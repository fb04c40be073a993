//! `rooftree migrate`

use crate::setup::Place;
use anyhow::Result;

/// Brings the database to this version.
pub async fn run(place: &Place) -> Result<()> {
    let count = place.migrate().await?;
    println!("The database has all {count} migrations.");
    Ok(())
}
