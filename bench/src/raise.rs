//! Raising repairs as fast as the command goes.

use crate::house;
use anyhow::{Context, Result};
use rooftree_kernel::{Actor, Channel, PersonId, PlaceId};
use rooftree_platform::Platform;
use rooftree_repairs::reports::{
    commands::{assess, report},
    model::Report,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Homes that take part: enough that clients do not meet.
const HOMES: i64 = 5_000;

/// Raises repairs for so many seconds and prints how many a second.
pub async fn run(clients: usize, seconds: u64) -> Result<()> {
    let house = house::open(clients as u32 + 2).await?;
    let platform = house.app.platform.clone();
    let homes: Arc<Vec<(PlaceId, PersonId)>> = Arc::new(
        sqlx::query_as::<_, (PlaceId, PersonId)>(
            "select t.place_id, m.person_id from tenancy t join tenancy_person m on m.tenancy_id = t.id and m.role = 'tenant'
             where t.end_day is null and t.kind = 'secure'
               and not exists (select from place p join place_alert a on a.place_id in (p.id, p.parent_id) where p.id = t.place_id and a.ended_at is null)
               and not exists (select from place p join place b on b.id = p.parent_id join place_alert a on a.place_id = b.parent_id
                               where p.id = t.place_id and a.ended_at is null)
             limit $1",
        )
        .bind(HOMES)
        .fetch_all(platform.reads())
        .await?,
    );
    anyhow::ensure!(!homes.is_empty(), "the database has no homes with secure tenants: load the demo landlord");
    let (done, next) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (platform, homes, done, next) = (platform.clone(), homes.clone(), done.clone(), next.clone());
        tasks.spawn(async move {
            while Instant::now() < until {
                let (place, person) = homes[next.fetch_add(1, Ordering::Relaxed) % homes.len()];
                one(&platform, place, person).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    println!("{:.0} repairs a second", done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64());
    Ok(())
}

async fn one(platform: &Platform, place: PlaceId, person: PersonId) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
    let new = Report {
        place,
        reporter: Some(person),
        reporter_name: String::new(),
        channel: "phone".to_owned(),
        item: "kitchen-tap".to_owned(),
        answers: BTreeMap::new(),
        description: "Measured".to_owned(),
        access_notes: String::new(),
        override_priority: None,
        acknowledged: Vec::new(),
        recall_of: None,
    };
    let assessment = assess(&mut ctx, &new).await.context("assessing")?;
    report(&mut ctx, &new, &assessment).await.context("reporting")?;
    ctx.commit().await?;
    Ok(())
}
