//! After the work: was it done, was it good, who pays, what the data says (B1; S2 ¶7: 13 % inspected, 25 % of survey responses, the
//! conduct promises; S0 §3; SI 1994/133).
//!
//! Invariants: a completion is never overwritten: who says otherwise raises a contradiction beside it; nobody chooses what is inspected
//! ([`rooftree_platform::sample`]); the link of a survey is a secret kept as its hash, answered once, and its page names nobody; whoever proposes a recharge does
//! not decide it; what was called done and was not is put right at the provider's cost.

pub mod contradictions;
mod pages;
pub mod recalls;
pub mod recharges;
pub mod replies;
pub mod right_to_repair;
mod tasks;

use rooftree_frame::{Area, Tick};
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    area.ticks.push(Tick {
        name: "repairs.right-to-repair-notices",
        every_seconds: 120,
        run: Arc::new(right_to_repair::WriteNotices),
    });
    area.tasks.push(Arc::new(tasks::Aftercare));
    pages::add(area);
}
