//! The schedule of rates: what a unit of work costs, by version and day (B8 as far as responsive repairs need it). The declared version
//! is written into the table at every start; a landlord's own prices come by import. Orders keep the version they were raised under.

mod import;
pub mod store;
mod web;

use rooftree_frame::Area;
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    area.declare = Some(|pool| Box::pin(store::declare(pool)));
    area.imports.push(Arc::new(import::Rates));
    web::add(area);
}
