//! What every capability stands on: the unit of work, the journal of facts, clocks, figures, jobs and messages, documents, sign-in,
//! staged imports. Areas call it; it knows no area. External systems are reached through the traits in [`ports`].

pub mod clocks;
pub mod config;
pub mod contracts;
pub mod db;
pub mod documents;
pub mod error;
pub mod figures;
pub mod imports;
pub mod jobs;
pub mod journal;
mod kept;
pub mod letters;
pub mod lookups;
pub mod messages;
pub mod once;
pub mod ports;
pub mod quality;
pub mod registry;
pub mod roles;
pub mod rulebook;
pub mod sample;
pub mod saved_lists;
pub mod signin;
pub mod unit;
pub mod webhooks;

pub use db::{Conn, Db, Pool, Pools};
pub use error::{Error, Result};
pub use journal::facts::{FactKind, NewFact};
pub use lookups::Lookups;
pub use registry::Registry;
pub use rooftree_boxed::boxed;
pub use rulebook::Rulebook;
pub use unit::{Ctx, Platform};

/// The platform's own migrations; `app` merges them with the areas'.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
