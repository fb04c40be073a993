//! Running it well: sign-in, start pages, figures, standards, the journal, messages, users, imports.

pub mod operations;
pub mod signin;
pub mod start;
pub mod users;

use rooftree_frame::Area;
use rooftree_platform::{clocks, documents, jobs, messages, signin::users as accounts};
use std::sync::Arc;

/// What this area exports. Each module adds its part.
pub fn area() -> Area {
    let mut area = Area {
        key: "running",
        facts: vec![
            messages::MESSAGE_SENT,
            messages::MESSAGE_FAILED,
            clocks::CLOCK_BREACHED,
            documents::DOCUMENT_ADDED,
            documents::DOCUMENT_REMOVED,
            accounts::USER_ADDED,
            accounts::USER_CHANGED,
            accounts::SIGNED_IN,
            accounts::LOCKED_OUT,
        ],
        ..Area::default()
    };
    area.jobs.push(("message", Arc::new(messages::SendMessage) as Arc<dyn jobs::JobHandler>));
    signin::add(&mut area);
    start::add(&mut area);
    users::add(&mut area);
    operations::add(&mut area);
    area
}
