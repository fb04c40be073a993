//! Standards: what is promised, by which source, in which versions; how each promise stands now; when one would fall due; how a
//! clock was counted. (Issue §2, Standards.)

mod api;
mod clock;
mod list;
mod page;
pub mod words;

use rooftree_frame::{Area, Nav, Section, get};
use rooftree_kernel::Permission;
use rooftree_promises::{shelf, standards::Standard};

/// Sees standards and clocks.
pub const VIEW: Permission = Permission::new("standards.view");

/// Whether a standard is declared ahead of the area that will record its facts: then no clock of it runs, and that none is overdue says
/// nothing.
fn is_ahead(versions: &[&Standard]) -> bool {
    versions.iter().all(|version| shelf::holds(&version.file))
}

/// Adds this module's part to the area.
pub fn add(area: &mut Area) {
    const SCOPE: &str = "provider: clocks of own work; no personal data: references and wards only";
    area.permissions.push((VIEW, "See standards, and how their clocks run"));
    area.nav.push(Nav {
        section: Section::Proof,
        label: "Standards",
        href: "/standards",
        permission: VIEW,
        order: 65,
        shortcut: Some("g s"),
    });
    area.pages.extend(
        [get("/standards", VIEW, list::index), get("/standards/{standard}", VIEW, page::show)]
            .map(|route| route.scope(SCOPE)),
    );
    area.pages.push(get("/clocks/{clock}", VIEW, clock::show).scope("clocks of cases that the role may see"));
    api::add(area);
}
