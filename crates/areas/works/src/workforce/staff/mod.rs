//! Operatives: who they work for, what they can do, where and when; and when they are away. A call that somebody is sick leads
//! straight to the page that gives their day to others (`booking::replan`).

pub mod commands;
pub mod queries;
mod views;
mod web;

use rooftree_frame::Area;

pub(super) fn add(area: &mut Area) {
    web::add(area);
}
