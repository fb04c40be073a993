//! The journal to look at: facts by number, kind, reference and day; its verification; who read what is sensitive.
//!
//! Whoever may see the journal sees all of it but one thing: the permission is for auditors and for those who answer for the record. Facts
//! hold no names of residents; the references lead to pages that have their own permissions. The exception is why somebody read what is
//! sensitive: such a reason may tell what was read, so it is shown to those who verify the journal.

mod list;
mod reads;
mod verification;

use async_trait::async_trait;
use rooftree_frame::{Area, Nav, Section, Tick, area::TickHandler, get, post};
use rooftree_kernel::{Actor, Permission};
use rooftree_platform::{Platform, Result, jobs::JobHandler, journal::seal};
use std::sync::Arc;

/// Look at the journal and at who read what is sensitive.
pub use rooftree_platform::journal::VIEW;
/// Have the journal verified.
pub const VERIFY: Permission = Permission::new("journal.verify");

/// The fact that somebody read what is sensitive, as people record it.
const SENSITIVE_READ: &str = "sensitive.read";
/// What stands in place of a reason that is not shown.
const WITHHELD: &str = "Kept; whoever may verify the journal can read it";

/// Whether this actor is shown why somebody read what is sensitive.
fn sees_reasons(actor: &Actor) -> bool {
    actor.may(&VERIFY)
}

const SCOPE: &str = "the whole journal: facts without residents’ names";

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.facts.push(verification::VERIFIED);
    area.nav.push(Nav {
        section: Section::Proof,
        label: "Journal",
        href: "/journal",
        permission: VIEW,
        order: 80,
        shortcut: Some("g j"),
    });
    area.jobs.push((verification::JOB, Arc::new(verification::Verify) as Arc<dyn JobHandler>));
    area.ticks.push(Tick { name: "seal", every_seconds: 60, run: Arc::new(Seal) });
    list::list().add(area);
    reads::list().add(area);
    area.pages.extend(
        [
            get("/journal/facts/{seq}", VIEW, list::fact),
            get("/journal/verify", VERIFY, verification::show),
            post("/journal/verify", VERIFY, verification::begin),
            get("/journal/verify/state", VERIFY, verification::state),
        ]
        .map(|route| route.scope(SCOPE)),
    );
}

/// Seals what was recorded since the last time.
struct Seal;

#[async_trait]
impl TickHandler for Seal {
    async fn run(&self, platform: &Platform) -> Result<()> {
        seal::seal_all(platform).await.map(|_| ())
    }
}
