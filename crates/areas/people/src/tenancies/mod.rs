//! Tenancies and leases: who holds which home on what terms, from when to when, and who lives there with them.
//!
//! Invariants: no two tenancies of one home overlap; a tenancy has at least one holder; an introductory trial lasts twelve months and
//! may be extended once by six (Housing Act 1996, ss.125 and 125A). Source: capability A4.

pub mod commands;
pub mod forms;
pub mod list;
pub mod model;
pub mod queries;
pub mod views;
pub mod web;
