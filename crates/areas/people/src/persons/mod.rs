//! Persons: who they are, how to reach them, what they need, who may speak for them, and what is sensitive about them.
//!
//! Invariants: a reference never changes; a telephone number is kept in one form; a need is recorded once at a time; what is sensitive
//! is read with a reason that is kept; facts name the fields that changed, never their content. Source: capability A3.

pub mod api;
pub mod commands;
pub mod forms;
pub mod list;
pub mod model;
pub mod needs_web;
pub mod panel;
pub mod parts;
pub mod points_web;
pub mod queries;
pub mod rules;
pub mod search;
pub mod sensitive;
pub(crate) mod store;
pub mod views;
pub mod web;
