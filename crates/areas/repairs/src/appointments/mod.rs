//! Appointments: free times, booking, moving and cancelling them, the planner's day board, operatives and their absences (B1; S2 ¶7:
//! «We will make and keep appointment times for all non-emergency repairs», 95 % made and 99 % kept).
//!
//! Invariants: an operative is never in two places (the exclusion constraint `appointment_no_double_booking` stands behind every
//! path); what a resident is told is a window, and a change within it is not a new appointment; a move is the end of one appointment and
//! the making of another in one unit of work; every end has a declared reason, which says whose doing it was.

pub mod commands;
pub mod diary;
mod messages;
pub mod queries;
pub mod roster;
pub mod slots;
pub mod windows;
