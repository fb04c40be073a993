//! Looking at finished work: which cases the draw picks ([`rooftree_platform::sample`]), and what was found by the checklist of their area.
//! Nobody chooses what is inspected. What a failure means for the case its area says ([`crate::cases::Cases::failed_inspection`]).

pub mod checklist;
pub mod commands;
mod list;
mod pages;

use crate::permissions;
use async_trait::async_trait;
use rooftree_frame::{Access, App, Area, TabOf, Task, TaskSource, exports, get, guard::Caller, post, upload};
use rooftree_platform::Result;
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    let inspect = || Access::Needs(permissions::INSPECT);
    area.tabs.push(TabOf {
        group: "Aftercare",
        label: "Inspections",
        href: "/inspections",
        permission: permissions::INSPECT,
        order: 20,
    });
    area.tasks.push(Arc::new(Waiting));
    let routes = [
        get("/inspections", inspect(), list::index),
        get("/inspections.csv", exports::access(permissions::INSPECT), list::export),
        get("/inspections.xlsx", exports::access(permissions::INSPECT), list::export),
        get("/inspections/{reference}", inspect(), pages::show),
        upload("/inspections/{reference}", inspect(), pages::record),
        post("/inspections/{reference}/notice", inspect(), pages::notice),
    ];
    area.pages.extend(routes.map(|route| route.scope("all repairs")));
}

/// Inspections that wait for somebody.
struct Waiting;

#[async_trait]
impl TaskSource for Waiting {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        if !caller.actor.may(&permissions::INSPECT) || !caller.actor.scope.sees_all() {
            return Ok(Vec::new());
        }
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from inspection where done_day is null"#)
            .fetch_one(app.platform.reads())
            .await?;
        Ok(vec![Task { label: "Inspections waiting".to_owned(), count, href: "/inspections".to_owned(), urgency: 2 }])
    }
}
