//! What this area records.

use crate::places::history;
use rooftree_platform::FactKind;

/// A place came into the register.
pub const PLACE_ADDED: FactKind = FactKind::new("place.added", "Added to the register", &["kind", "reference"]);
/// What is known of a place was changed. `fields` names what changed: `[{"field", "from", "to"}]`.
pub const PLACE_CHANGED: FactKind =
    FactKind::new("place.changed", "Details changed", &["fields"]).reading(history::changes);
/// A place left the register, because the import that had brought it was undone.
pub const PLACE_REMOVED: FactKind = FactKind::new("place.removed", "Taken off the register", &["reference", "reason"]);
/// An alert was put on a place.
pub const ALERT_ADDED: FactKind = FactKind::new("alert.added", "Alert added", &["alert", "kind", "title"]);
/// An alert no longer holds.
pub const ALERT_ENDED: FactKind = FactKind::new("alert.ended", "Alert ended", &["alert", "kind", "title", "reason"]);
/// Somebody read an alert before work was raised or begun.
pub const ALERT_ACKNOWLEDGED: FactKind =
    FactKind::new("alert.acknowledged", "Alert acknowledged", &["alert", "kind", "title"]);

/// All of them.
pub const ALL: [FactKind; 6] =
    [PLACE_ADDED, PLACE_CHANGED, PLACE_REMOVED, ALERT_ADDED, ALERT_ENDED, ALERT_ACKNOWLEDGED];
