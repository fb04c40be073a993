//! What this area records. Payloads name fields, never their personal content: the rows hold that, and rows can be erased.

use rooftree_platform::FactKind;

/// A person became known to the landlord.
pub const PERSON_ADDED: FactKind = FactKind::new("person.added", "Person added", &["reference"]);
/// What is known of a person was changed; `fields` lists the names of what changed.
pub const PERSON_CHANGED: FactKind = FactKind::new("person.changed", "Details changed", &["fields"]);
/// A person left the register, because the import that had brought them was undone.
pub const PERSON_REMOVED: FactKind = FactKind::new("person.removed", "Taken off the register", &["reason"]);
/// A need was recorded.
pub const NEED_ADDED: FactKind = FactKind::new("need.added", "Need recorded", &["need"]);
/// A need no longer holds.
pub const NEED_ENDED: FactKind = FactKind::new("need.ended", "Need ended", &["need", "reason"]);
/// A conversation took place.
pub const CONTACT_LOGGED: FactKind =
    FactKind::new("contact.logged", "Contact logged", &["contact", "channel", "direction"]);
/// A tenancy or lease began.
pub const TENANCY_STARTED: FactKind = FactKind::new(
    "tenancy.started",
    "Tenancy started",
    &["tenancy", "reference", "kind", "start_day", "trial_end_day"],
);
/// A tenancy or lease ended.
pub const TENANCY_ENDED: FactKind =
    FactKind::new("tenancy.ended", "Tenancy ended", &["tenancy", "reference", "kind", "end_day", "reason"]);
/// The terms of a tenancy were corrected; `fields` lists the names of what changed.
pub const TENANCY_CHANGED: FactKind =
    FactKind::new("tenancy.changed", "Tenancy corrected", &["tenancy", "reference", "fields"]);
/// An introductory tenancy's trial was extended.
pub const TENANCY_EXTENDED: FactKind = FactKind::new(
    "tenancy.extended",
    "Introductory trial extended",
    &["tenancy", "reference", "trial_end_day", "reason"],
);
/// A tenancy left the register, because the import that had brought it was undone.
pub const TENANCY_REMOVED: FactKind =
    FactKind::new("tenancy.removed", "Tenancy taken off the register", &["tenancy", "reason"]);
/// Somebody joined or left a household.
pub const HOUSEHOLD_CHANGED: FactKind =
    FactKind::new("household.changed", "Household changed", &["tenancy", "change", "role"]);
/// Somebody read what is sensitive about a person, and said why.
pub const SENSITIVE_READ: FactKind = FactKind::new("sensitive.read", "Sensitive information read", &["what", "reason"]);

/// All of them.
pub const ALL: [FactKind; 13] = [
    PERSON_ADDED,
    PERSON_CHANGED,
    PERSON_REMOVED,
    NEED_ADDED,
    NEED_ENDED,
    CONTACT_LOGGED,
    TENANCY_STARTED,
    TENANCY_ENDED,
    TENANCY_EXTENDED,
    TENANCY_CHANGED,
    TENANCY_REMOVED,
    HOUSEHOLD_CHANGED,
    SENSITIVE_READ,
];
