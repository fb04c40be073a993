//! Every text, e-mail and letter: what went out, what is held and why, what failed; and sending it again.

mod list;
mod one;

use rooftree_frame::{Area, Nav, Section, get, post};
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
