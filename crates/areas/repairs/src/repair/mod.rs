//! One repair and the list of them: reading, cancelling, prioritising again; what other areas' pages show of them.

mod api;
pub mod commands;
mod contributions;
mod forms;
mod happened;
pub mod list;
pub mod queries;
mod reopen;
pub(crate) mod stage;
pub mod views;
mod web;
pub mod words;

use rooftree_frame::Area;
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    web::add(area);
    api::add(area);
    area.panels.push(Arc::new(contributions::Block));
    area.cases.push(Arc::new(contributions::Visible));
    area.search.push(Arc::new(contributions::Search));
    area.tasks.push(Arc::new(contributions::Tasks));
    area.tasks.push(Arc::new(contributions::Planner));
}
