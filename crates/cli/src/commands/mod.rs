//! One file per command.

pub mod migrate;
pub mod serve;
pub mod users;
