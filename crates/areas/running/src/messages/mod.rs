//! Every text, e-mail and letter: what went out, what is held and why, what failed; sending it again; letters on paper.

mod batches;
mod letters;
mod list;
mod one;
mod paper;

use rooftree_frame::{Area, Nav, Section, get, post};
use rooftree_kernel::{Permission, Scope};
use rooftree_platform::{Error, FactKind, letters as on_paper};
use std::sync::Arc;

/// Sees messages.
pub const VIEW: Permission = Permission::new("messages.view");
/// Sends again what was held or failed.
pub const RETRY: Permission = Permission::new("messages.retry");
/// Writes letters, prints them and notes that they were posted.
pub const WRITE: Permission = Permission::new("messages.write");
/// Messages were given to the queue again.
pub const MESSAGES_RETRIED: FactKind = FactKind::new("message.retried", "Messages sent again", &["message", "count"]);

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.facts.extend([
        MESSAGES_RETRIED,
        on_paper::drafts::DRAFTED,
        on_paper::drafts::APPROVED,
        on_paper::batches::PRINTED,
        on_paper::batches::POSTED,
    ]);
    area.jobs.push((on_paper::batches::JOB, Arc::new(on_paper::batches::PrintBatch)));
    area.nav.push(Nav {
        section: Section::Works,
        label: "Messages",
        href: "/messages",
        permission: VIEW,
        order: 70,
        shortcut: Some("g m"),
    });
    list::list().add(area);
    area.pages.extend(
        [
            get("/messages/{id}", VIEW, one::show),
            get("/messages/batches", WRITE, batches::list),
            post("/messages/batches", WRITE, batches::begin),
            get("/messages/batches/{id}", WRITE, batches::show),
            get("/messages/batches/{id}/state", WRITE, batches::fragment),
            get("/messages/batches/{id}/letters.pdf", WRITE, batches::print_file),
            post("/messages/batches/{id}/posted", WRITE, batches::posted),
            get("/messages/{id}/letter.pdf", VIEW, letters::pdf),
            post("/messages/{id}/write", WRITE, letters::write),
            post("/messages/{id}/draft", WRITE, letters::change),
            post("/messages/{id}/send", WRITE, letters::send),
            post("/messages/{id}/discard", WRITE, letters::discard),
            post("/messages/{id}/resend", RETRY, one::resend),
            post("/messages/resend-held", RETRY, list::resend_held),
        ]
        .map(|route| route.scope(SCOPE)),
    );
}

/// Whose messages these pages show, for the matrix of roles and routes.
const SCOPE: &str = "all messages; provider, operative, resident, no personal data: none";

/// Messages hold names and addresses: whoever does not see everybody sees none.
fn sees_messages(scope: &Scope) -> Result<(), Error> {
    if scope.sees_all() && !scope.no_personal_data { Ok(()) } else { Err(Error::NotFound("the messages")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_scope_sees_no_messages() {
        assert!(sees_messages(&Scope::default()).is_ok());
        assert!(sees_messages(&Scope::of(rooftree_kernel::scope::PROVIDER, Default::default())).is_err());
        assert!(sees_messages(&Scope::without_personal_data()).is_err());
    }
}
