//! Appointments: booking, moving and cancelling them, giving somebody's visits to others when they are away, and what residents hear of it (B1; S2 ¶7:
//! «We will make and keep appointment times for all non-emergency repairs», 95 % made and 99 % kept).
//!
//! Invariants: an operative is never in two places (the exclusion constraint `appointment_no_double_booking` stands behind every
//! path); what a resident is told is a window, and a change within it is not a new appointment; a move is the end of one appointment and
//! the making of another in one unit of work; every end has a declared reason, which says whose doing it was.

pub mod commands;
pub mod messages;
pub mod model;
pub mod of_case;
pub mod queries;
mod replan;
mod replan_web;
mod tasks;
pub mod views;
pub mod web;

use rooftree_frame::Area;
use std::sync::Arc;

/// Adds pages, navigation, tasks and jobs.
pub(crate) fn add(area: &mut Area) {
    web::add(area);
    replan_web::add(area);
    area.tasks.push(Arc::new(tasks::Planner));
    area.jobs.push((messages::REMINDER, Arc::new(messages::Remind)));
}
