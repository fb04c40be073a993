//! Running it well: sign-in, start pages, figures, standards, the journal, messages, users, imports.

pub mod signin;

use rooftree_frame::Area;
use rooftree_platform::{clocks, documents, jobs, messages, signin::users};
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
            users::USER_ADDED,
            users::USER_CHANGED,
            users::SIGNED_IN,
            users::LOCKED_OUT,
        ],
        ..Area::default()
    };
    area.jobs.push(("message", Arc::new(messages::SendMessage) as Arc<dyn jobs::JobHandler>));
    signin::add(&mut area);
    area
}
