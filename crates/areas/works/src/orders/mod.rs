//! Works orders: what the provider is told to do, up to which value, and what it comes to (B1; S0 §7).
//!
//! Invariants: an order above the delegated limit, and every variation, waits for the client; nobody approves their own request; what
//! an order is worth is always the sum of its lines that stand.

pub mod commands;
mod list;
pub mod money;
pub mod of_case;
mod queries;
pub mod raise;
mod spend;
mod views;
mod web;

pub(crate) use web::add;
