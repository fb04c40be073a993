//! Imports on pages: bring a file in, say which column is which, look at the dry run, import the good rows, take it back.

mod list;
mod new;
mod one;
mod views;

use rooftree_frame::{Area, Nav, Route, Section, get, post, upload};
use rooftree_platform::{
    imports::{
        engine::{self, RUN},
        job,
    },
    jobs::JobHandler,
};
use std::sync::Arc;

const SCOPE: &str = "all imports; each also needs its target’s own permission";

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.facts.extend([engine::IMPORT_DONE, engine::IMPORT_UNDONE]);
    area.jobs.push((job::KIND, Arc::new(job::RunImport) as Arc<dyn JobHandler>));
    area.nav.push(Nav {
        section: Section::SetUp,
        label: "Imports",
        href: "/imports",
        permission: RUN,
        order: 90,
        shortcut: None,
    });
    area.pages.extend(routes().into_iter().map(|route| route.scope(SCOPE)));
}

fn routes() -> Vec<Route> {
    vec![
        get("/imports", RUN, list::show),
        get("/imports/new", RUN, new::show),
        upload("/imports/new", RUN, new::bring),
        get("/imports/template/{target}", RUN, new::template),
        get("/imports/{id}", RUN, one::show),
        get("/imports/{id}/state", RUN, one::state),
        get("/imports/{id}/bad-rows", RUN, one::bad_rows),
        get("/imports/{id}/columns", RUN, one::columns),
        post("/imports/{id}/columns", RUN, one::set_columns),
        post("/imports/{id}/check", RUN, one::check),
        post("/imports/{id}/run", RUN, one::run),
        post("/imports/{id}/undo", RUN, one::undo),
    ]
}
