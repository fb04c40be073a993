//! Spend: what works orders come to by budget, provider and month of a financial year (B1; S0 §7).
//!
//! Invariants: an order counts once, in the month in which it was issued, with the value that it has now; what was cancelled or was never
//! issued does not count; every figure opens the orders that make it, by the same conditions.

mod queries;
mod views;
mod web;

pub(super) use web::add;
