//! Every text, e-mail and letter: what went out, what is held and why, what failed; and sending it again.

mod list;
mod one;

use rooftree_frame::{Area, Nav, exports, get, post};
use rooftree_kernel::{Permission, Scope};
use rooftree_platform::{Error, FactKind};

/// Sees messages.
pub const VIEW: Permission = Permission::new("messages.view");
/// Sends again what was held or failed.
pub const RETRY: Permission = Permission::new("messages.retry");
/// Messages were given to the queue again.
pub const MESSAGES_RETRIED: FactKind = FactKind::new("message.retried", "Messages sent again", &["message", "count"]);

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.facts.push(MESSAGES_RETRIED);
    area.nav.push(Nav { label: "Messages", href: "/messages", permission: VIEW, order: 70, shortcut: Some("g m") });
    area.pages.extend(
        [
            get("/messages", VIEW, list::show),
            get("/messages.csv", exports::access(VIEW), list::export),
            get("/messages.xlsx", exports::access(VIEW), list::export),
            get("/messages/{id}", VIEW, one::show),
            post("/messages/{id}/resend", RETRY, one::resend),
            post("/messages/resend-held", RETRY, list::resend_held),
        ]
        .map(|route| route.scope("all messages; provider, operative, resident, no personal data: none")),
    );
}

/// Messages hold names and addresses: whoever does not see everybody sees none.
fn sees_messages(scope: &Scope) -> Result<(), Error> {
    match scope {
        Scope { provider: None, operative: None, person: None, no_personal_data: false } => Ok(()),
        _ => Err(Error::NotFound("the messages")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_scope_sees_no_messages() {
        assert!(sees_messages(&Scope::default()).is_ok());
        assert!(sees_messages(&Scope { provider: Some(Default::default()), ..Scope::default() }).is_err());
        assert!(sees_messages(&Scope { no_personal_data: true, ..Scope::default() }).is_err());
    }
}
