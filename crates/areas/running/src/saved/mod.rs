//! Lists that people keep: named on the list itself, found on the start page with their counts, shared with a role.
//!
//! Invariants: whoever opens a shared list sees their own rows of it alone; a count never holds up the start page.

mod start;
mod web;

pub use start::block;

use rooftree_frame::{Access, Area, get, post};

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    let own = "own lists, and those shared with the caller's role; each shows the caller's own rows";
    area.pages.extend(
        [
            get("/saved-lists", Access::SignedIn, web::show),
            post("/saved-lists", Access::SignedIn, web::save),
            post("/saved-lists/{id}", Access::SignedIn, web::change),
            post("/saved-lists/{id}/delete", Access::SignedIn, web::remove),
        ]
        .map(|route| route.scope(own)),
    );
}
