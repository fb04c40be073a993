//! Appointments: free times, booking, moving and cancelling them, the planner's day board, operatives and their absences (B1; S2 ¶7:
//! «We will make and keep appointment times for all non-emergency repairs», 95 % made and 99 % kept).
//!
//! Invariants: an operative is never in two places (the exclusion constraint `appointment_no_double_booking` stands behind every
//! path); what a resident is told is a window, and a change within it is not a new appointment; a move is the end of one appointment and
//! the making of another in one unit of work; every end has a declared reason, which says whose doing it was.

mod board;
pub mod commands;
pub mod diary;
pub(crate) mod messages;
pub mod queries;
pub mod roster;
pub mod slots;
mod staff;
mod tasks;
pub mod views;
mod web;
pub mod windows;

use rooftree_frame::Area;
use std::sync::Arc;

/// Adds pages, navigation, tasks and jobs.
pub(crate) fn add(area: &mut Area) {
    board::add(area);
    web::add(area);
    staff::add(area);
    area.tasks.push(Arc::new(tasks::Planner));
    area.jobs.push((messages::REMINDER, Arc::new(messages::Remind)));
}

/// A time as a form sends it, in minutes after midnight: `08:00`.
fn clock_minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    ((0..60).contains(&minute) && (0..=1440).contains(&all)).then_some(all)
}
