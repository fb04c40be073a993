//! The pages of data quality, the regular search, and what waits of it for whoever settles findings.

mod web;

use async_trait::async_trait;
use rooftree_frame::{App, Area, Nav, Section, Task, TaskSource, Tick, area::TickHandler, guard::Caller};
use rooftree_platform::{
    Platform, Result,
    quality::{self, RESOLVE, VIEW},
};
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    area.facts.push(quality::QUALITY_RESOLVED);
    area.permissions.push((VIEW, "See what is wrong or missing in the data"));
    area.permissions.push((RESOLVE, "Settle findings about the data"));
    area.nav.push(Nav {
        section: Section::Proof,
        label: "Quality",
        href: "/quality",
        permission: VIEW,
        order: 70,
        shortcut: Some("g q"),
    });
    area.ticks.push(Tick { name: "quality", every_seconds: 600, run: Arc::new(Search) });
    area.jobs.push((quality::JOB, Arc::new(quality::CheckNow)));
    area.tasks.push(Arc::new(Findings));
    area.pages.extend(web::routes());
}

/// The regular search.
struct Search;

#[async_trait]
impl TickHandler for Search {
    async fn run(&self, platform: &Platform) -> Result<()> {
        quality::find_when_due(platform).await
    }
}

/// Findings to settle; before the first search, that nobody has looked.
struct Findings;

#[async_trait]
impl TaskSource for Findings {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        if !caller.actor.may(&RESOLVE) || !caller.actor.scope.sees_all() {
            return Ok(Vec::new());
        }
        let found = sqlx::query!(
            r#"select (select count(*) from quality_finding where resolved_at is null) as "findings!",
                      exists (select from setting where key = $1) as "searched!""#,
            quality::SEARCHED
        )
        .fetch_one(app.platform.reads())
        .await?;
        // That none is found says nothing before anybody has looked.
        let (label, count) = match found.searched {
            true => ("Findings about the data", found.findings),
            false => ("First search of the data to run", 1),
        };
        Ok(vec![Task { label: label.to_owned(), count, href: "/quality".to_owned(), urgency: 3 }])
    }
}
