//! The first page of the day, and the one search box.

mod health;
mod landing;
mod palette;
pub mod search;

use rooftree_frame::{Access, Area, get};
use std::sync::Arc;

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.search.push(Arc::new(palette::Palette));
    area.pages.extend([
        get("/start", Access::SignedIn, landing::show).scope("tasks of the caller's own rows"),
        get("/search", Access::SignedIn, search::show).scope("each source shows the caller's own rows"),
        get("/search/suggest", Access::SignedIn, search::suggest).scope("each source shows the caller's own rows"),
    ]);
}
