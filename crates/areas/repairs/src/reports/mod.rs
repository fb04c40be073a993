//! Reporting a repair: from the first words of a call to a prioritised repair with its works order (B1; S0 §3, S2 ¶7).
//!
//! Invariants: a repair's priority is decided from the work and the household and its reasons are kept; a person may override with a
//! reason; alerts on the home are acknowledged before an order leaves; the order goes to the provider whose operatives have the
//! trade, and waits for the client above the delegated limit.

mod api;
mod call;
pub mod commands;
pub mod model;
pub mod views;
mod web;

pub(crate) fn add(area: &mut rooftree_frame::Area) {
    web::add(area);
    api::add(area);
}
