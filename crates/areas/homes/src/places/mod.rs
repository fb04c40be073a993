//! The asset tree: estates, blocks, homes, schemes, garages, play areas, car parks, grounds, communal plant.
//!
//! Invariants: a reference never changes and is never used again; a UPRN belongs to one place; the tree has no loops and is at most
//! five deep; every change is a fact that names the fields. Source: capability A1.

pub mod api;
pub mod commands;
pub mod forms;
pub mod history;
pub mod list;
pub mod model;
pub mod queries;
pub mod rules;
pub mod search;
pub(crate) mod store;
pub mod views;
pub mod web;
pub mod words;
