//! Data quality: rows that contradict each other or lack what they need, found by declared rules and settled by people. The rules are SQL in
//! this folder, named in `quality.toml`; a new one is a file and an entry.
//!
//! A finding that no longer holds is closed by the program; one that a person settled (‘correct as it is’, with the reason) stays settled
//! even though the rule still finds it.

pub mod rules;
mod run;
mod web;

use crate::facts;
use rooftree_frame::{Area, Nav, Section, Tick};
use rooftree_kernel::Permission;
use rooftree_platform::{Ctx, Error, Result};
use std::sync::Arc;
use uuid::Uuid;

/// See findings.
pub const VIEW: Permission = Permission::new("quality.view");
/// Settle findings, and ask for a fresh search.
pub const RESOLVE: Permission = Permission::new("quality.resolve");
/// Characters of a resolution.
pub const WORDS_MAX: usize = 500;

pub use run::JOB;
pub(crate) use run::{CheckNow, FindAll, SEARCHED};

/// Settles a finding with a reason.
pub async fn resolve(ctx: &mut Ctx, id: Uuid, resolution: &str) -> Result<String> {
    ctx.require(&RESOLVE)?;
    let words = resolution.trim();
    if words.is_empty() || words.chars().count() > WORDS_MAX {
        return Err(Error::field(
            "resolution",
            format!("say in up to {WORDS_MAX} characters what was put right, or why it is correct as it is"),
        ));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    let rule = sqlx::query_scalar!(
        "update quality_finding set resolved_at = $2, resolved_by = $3, resolution = $4 where id = $1 and resolved_at is null returning rule",
        id,
        now as _,
        by,
        words
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("Somebody else settled this finding, or it no longer holds. Reload the page."))?;
    ctx.record(facts::QUALITY_RESOLVED.at(now).with("finding", id).with("rule", &rule)).await?;
    Ok(rule)
}

pub(crate) fn add(area: &mut Area) {
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
    area.ticks.push(Tick { name: "repairs.quality", every_seconds: 600, run: Arc::new(FindAll) });
    area.jobs.push((JOB, Arc::new(CheckNow)));
    area.pages.extend(web::routes());
}
