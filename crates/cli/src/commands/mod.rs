//! One file per command.

pub mod backup;
pub mod demo;
pub mod doctor;
pub mod due;
pub mod exports;
pub mod imports;
pub mod letters;
pub mod measures;
pub mod migrate;
pub mod restore;
pub mod serve;
pub mod tokens;
pub mod users;
pub mod verify;
