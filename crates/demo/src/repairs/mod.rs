//! The history of repairs: who reported what, when somebody came, and how it ended.

mod after;
mod booking;
mod demand;
pub mod diary;
mod history;
pub mod inspection;
mod life;
mod rows;
mod scene;
pub mod timeline;
mod visits;

pub use history::{FIRST_ORDER, FIRST_REPAIR, History};
pub use rows::{
    Answer, Appointment, AppointmentStatus, By, Contradiction, Fact, Inspection, Line, Message, Order, Outcome,
    RecallOf, Repair, RepairLife, Stage, Survey, Variation, Visit,
};
