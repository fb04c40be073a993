//! The background job of imports.

use super::engine::{self, Work};
use crate::{Error, Platform, Result, jobs::JobHandler, signin::users};
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel, UserId};
use serde_json::Value;
use uuid::Uuid;

/// The kind of the job.
pub const KIND: &str = "import";

/// Checks, applies or undoes a batch as the user who asked for it.
pub struct RunImport;

#[async_trait]
impl JobHandler for RunImport {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let uuid = |field: &str| payload[field].as_str().and_then(|id| id.parse::<Uuid>().ok());
        let batch = uuid("batch").ok_or(Error::NotFound("the import"))?;
        let work = payload["work"].as_str().and_then(Work::parse).ok_or(Error::NotFound("what to do"))?;
        let actor = match uuid("user") {
            Some(user) => users::actor(platform, UserId(user), Channel::Import).await?,
            None => Actor::system(Channel::Import),
        };
        let run = payload["run"].as_i64().and_then(|run| i32::try_from(run).ok());
        match engine::perform(platform, &actor, batch, work, run, |_| {}).await {
            // The database may be back in a minute, and the batch stays with this job, which then comes back to it.
            Err(error) if error.is_away() => Err(error),
            // Anything else stands on the batch's page, where a person decides.
            Err(error) => engine::note_stop(platform, batch, work, run, &error).await,
            Ok(()) => Ok(()),
        }
    }
}
