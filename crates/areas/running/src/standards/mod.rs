//! Standards: what is promised, by which source, in which versions; how each promise stands now; when one would fall due; how a
//! clock was counted. (Issue §2, Standards.)

mod api;
mod clock;
pub mod known;
mod list;
mod page;
pub mod words;

use rooftree_frame::{Area, Nav, get};
use rooftree_kernel::Permission;

/// Sees standards and clocks.
pub const VIEW: Permission = Permission::new("standards.view");

/// Adds this module's part to the area.
pub fn add(area: &mut Area) {
    const SCOPE: &str = "provider: clocks of own work; no personal data: references and wards only";
    area.permissions.push((VIEW, "See standards, and how their clocks run"));
    area.nav.push(Nav { label: "Standards", href: "/standards", permission: VIEW, order: 65, shortcut: Some("g s") });
    area.pages.extend(
        [
            get("/standards", VIEW, list::index),
            get("/standards/{standard}", VIEW, page::show),
            get("/clocks/{clock}", VIEW, clock::show),
        ]
        .map(|route| route.scope(SCOPE)),
    );
    api::add(area);
}
