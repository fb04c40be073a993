//! Who may sign in, as what: for administrators.

mod edit;
mod list;
mod one;

use rooftree_frame::{Area, Nav, Section, get, post};

pub use rooftree_platform::signin::admin::MANAGE;

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.nav.push(Nav {
        section: Section::SetUp,
        label: "Administration",
        href: "/users",
        permission: MANAGE,
        order: 95,
        shortcut: None,
    });
    list::list().add(area);
    area.pages.extend(
        [
            get("/users/new", MANAGE, edit::new),
            post("/users/new", MANAGE, edit::add),
            get("/users/{id}", MANAGE, one::show),
            get("/users/{id}/edit", MANAGE, edit::edit),
            post("/users/{id}/edit", MANAGE, edit::change),
            post("/users/{id}/disable", MANAGE, one::disable),
            post("/users/{id}/enable", MANAGE, one::enable),
            post("/users/{id}/unlock", MANAGE, one::unlock),
            post("/users/{id}/password", MANAGE, one::reset_password),
            post("/users/{id}/second-factor", MANAGE, one::reset_second_factor),
        ]
        .map(|route| route.scope("all users")),
    );
}
