//! The journal: append-only facts, sealed by a hash chain that an outsider can check.

pub mod facts;
pub mod leaf;
pub mod read;
pub mod seal;
pub mod search;
pub mod verify;
