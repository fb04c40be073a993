//! The planner's day: who is late, free, near and qualified, what nobody has yet; a job moved by drag, keyboard or form, and the
//! resident told. The page reads in a constant number of statements, however long the day.

mod act;
mod model;
mod queries;
mod views;
mod web;

pub(crate) use web::add;
