//! Data quality: rows that contradict each other or lack what they need, found by declared rules and settled by people. Each area brings the
//! rules about its own rows (`area.quality`): SQL in its folder `quality`, named in `quality.toml`; a new one is a file and an entry.
//!
//! A finding that no longer holds is closed by the program; one that a person settled (‘correct as it is’, with the reason) stays settled
//! even though the rule still finds it.

mod rules;
mod run;

use crate::{Ctx, Error, FactKind, Result, boxed};
use rooftree_kernel::Permission;
use uuid::Uuid;

pub use rules::Rule;
pub(crate) use rules::load;
pub use run::{CheckNow, JOB, SEARCHED, find, find_all, find_when_due, searched};

/// A finding about the quality of data was settled by a person.
pub const QUALITY_RESOLVED: FactKind =
    FactKind::new("quality.resolved", "Data-quality finding settled", &["finding", "rule"]);

/// See findings.
pub const VIEW: Permission = Permission::new("quality.view");
/// Settle findings, and ask for a fresh search.
pub const RESOLVE: Permission = Permission::new("quality.resolve");
/// Characters of a resolution.
pub const WORDS_MAX: usize = 500;

/// Settles a finding with a reason.
#[boxed]
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
    ctx.record(QUALITY_RESOLVED.at(now).with("finding", id).with("rule", &rule)).await?;
    Ok(rule)
}
