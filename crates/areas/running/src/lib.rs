//! Running it well: sign-in, start pages, figures, standards, the journal, messages, users, imports.

pub mod cli;
pub mod figures;
pub mod imports;
pub mod journal;
pub mod messages;
pub mod operations;
mod quality;
pub mod saved;
pub mod signin;
pub mod standards;
pub mod start;
pub mod users;

mod permissions;
mod ticks;

use rooftree_frame::Area;
use rooftree_platform::{FactKind, clocks, documents, jobs, messages as outbox, sample, signin::users as accounts};
use rooftree_promises::shelf;
use std::sync::Arc;

/// What this area exports. Each module adds its part.
pub fn area() -> Area {
    let mut area = Area {
        key: "running",
        facts: vec![
            outbox::MESSAGE_SENT,
            outbox::MESSAGE_FAILED,
            clocks::CLOCK_BREACHED,
            documents::DOCUMENT_ADDED,
            documents::DOCUMENT_REMOVED,
            sample::SEED_MADE,
            accounts::USER_ADDED,
            accounts::USER_CHANGED,
            accounts::SIGNED_IN,
            accounts::LOCKED_OUT,
            rooftree_frame::exports::LIST_EXPORTED,
        ],
        permissions: permissions::all(),
        standards: shelf::FILES.to_vec(),
        ..Area::default()
    };
    let ahead = shelf::FACTS.iter().map(|name| FactKind::new(name, "Recorded by an area to come", &[]));
    area.facts.extend(ahead);
    area.jobs.push(("message", Arc::new(outbox::SendMessage) as Arc<dyn jobs::JobHandler>));
    figures::add(&mut area);
    standards::add(&mut area);
    signin::add(&mut area);
    start::add(&mut area);
    saved::add(&mut area);
    journal::add(&mut area);
    imports::add(&mut area);
    messages::add(&mut area);
    users::add(&mut area);
    operations::add(&mut area);
    quality::add(&mut area);
    ticks::add(&mut area);
    area
}
