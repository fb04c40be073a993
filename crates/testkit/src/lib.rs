//! What tests stand on: a database cloned from a template in a tenth of a second, the whole product as a service without a network,
//! signed-in clients for every role, and builders for the rows a test needs. Panics are failures of the test; nothing here ships.

mod app;
mod build;
mod client;
mod db;

/// The composition itself, for a test that needs other ports than the usual.
pub use rooftree_app::{build, router};

pub use app::{Links, PASSWORD, SentMail, TestApp};
pub use build::{Home, Operative};
pub use client::{Client, Reply};
pub use db::TestDb;
