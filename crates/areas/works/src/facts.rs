//! The facts this area records. Standards and measures refer to them by name.

use rooftree_platform::FactKind;

/// The provider was told what to do.
pub const ORDER_ISSUED: FactKind =
    FactKind::new("order.issued", "Works order issued", &["order", "provider", "value_pence"]);
/// The order is above the limit and waits for the client.
pub const ORDER_HELD: FactKind =
    FactKind::new("order.held", "Works order awaits approval", &["order", "value_pence", "limit_pence"]);
/// The client decided on a held order.
pub const ORDER_DECIDED: FactKind =
    FactKind::new("order.decided", "Works order decided", &["order", "approved", "note"]);
/// The provider took it on.
pub const ORDER_ACCEPTED: FactKind = FactKind::new("order.accepted", "Works order accepted", &["order"]);
/// It ended without its work: the repair was cancelled, or the work went to somebody else.
pub const ORDER_CANCELLED: FactKind = FactKind::new("order.cancelled", "Works order cancelled", &["order"]);
/// What the provider charged for it.
pub const ORDER_INVOICED: FactKind = FactKind::new("order.invoiced", "Works order invoiced", &["order", "value_pence"]);
/// The provider asked for more than was ordered.
pub const VARIATION_REQUESTED: FactKind =
    FactKind::new("variation.requested", "Variation requested", &["variation", "order", "value_pence", "reason"]);
/// The client answered.
pub const VARIATION_DECIDED: FactKind =
    FactKind::new("variation.decided", "Variation decided", &["variation", "order", "approved", "note"]);

/// A time was agreed.
pub const APPOINTMENT_MADE: FactKind = FactKind::new(
    "appointment.made",
    "Appointment made",
    &[
        "appointment",
        "starts_at",
        "ends_at",
        "emergency",
        "operative",
        "window_starts_at",
        "window_ends_at",
        "moved_from",
    ],
);
/// Another operative or another start inside the window that the resident was told: the appointment stays.
pub const APPOINTMENT_REPLANNED: FactKind = FactKind::new(
    "appointment.replanned",
    "Visit replanned within its window",
    &["appointment", "starts_at", "ends_at", "operative", "from_operative"],
);
/// It was moved; the new one is made in the same unit of work.
pub const APPOINTMENT_MOVED: FactKind =
    FactKind::new("appointment.moved", "Appointment moved", &["appointment", "by", "reason", "to"]);
/// It was called off.
pub const APPOINTMENT_CANCELLED: FactKind =
    FactKind::new("appointment.cancelled", "Appointment cancelled", &["appointment", "by", "reason", "to"]);
/// We came within the time we said.
pub const APPOINTMENT_KEPT: FactKind = FactKind::new("appointment.kept", "Appointment kept", &["appointment"]);
/// We did not.
pub const APPOINTMENT_MISSED: FactKind =
    FactKind::new("appointment.missed", "Appointment missed", &["appointment", "reason", "by", "to"]);
/// A provider was added, changed or ended.
pub const PROVIDER_CHANGED: FactKind = FactKind::new("provider.changed", "Provider changed", &["provider", "what"]);
/// An operative's details, trades, patch or shifts changed.
pub const OPERATIVE_CHANGED: FactKind = FactKind::new("operative.changed", "Operative changed", &["operative", "what"]);
/// An operative is away.
pub const OPERATIVE_ABSENT: FactKind =
    FactKind::new("operative.absent", "Operative absent", &["operative", "from", "until", "reason"]);
/// They are back, or were never away.
pub const OPERATIVE_BACK: FactKind = FactKind::new("operative.back", "Operative back", &["operative", "from", "until"]);
/// The operative set off.
pub const ON_MY_WAY: FactKind = FactKind::new("visit.on-my-way", "Operative on the way", &["appointment"]);
/// The operative is at the door.
pub const ARRIVED: FactKind = FactKind::new("visit.arrived", "Operative arrived", &["appointment"]);
/// Nobody let us in.
pub const NO_ACCESS: FactKind =
    FactKind::new("visit.no-access", "No access", &["appointment", "reason", "by", "photos"]);

/// The resident was asked how it went.
pub const SURVEY_SENT: FactKind = FactKind::new("survey.sent", "Survey written", &["survey"]);
/// They answered. Questions that are no fields of their own stand together in `answers`.
pub const SURVEY_ANSWERED: FactKind = FactKind::new(
    "survey.answered",
    "Survey answered",
    &["survey", "score", "clean", "identified", "no_calls", "first_visit", "done", "answers"],
);
/// The draw picked it for inspection.
pub const INSPECTION_SELECTED: FactKind =
    FactKind::new("inspection.selected", "Picked for inspection", &["inspection"]);
/// It was inspected.
pub const INSPECTION_DONE: FactKind =
    FactKind::new("inspection.done", "Inspected", &["inspection", "passed", "reason"]);

/// All of them.
pub const ALL: &[FactKind] = &[
    ORDER_ISSUED,
    ORDER_HELD,
    ORDER_DECIDED,
    ORDER_ACCEPTED,
    ORDER_CANCELLED,
    ORDER_INVOICED,
    VARIATION_REQUESTED,
    VARIATION_DECIDED,
    APPOINTMENT_MADE,
    APPOINTMENT_REPLANNED,
    APPOINTMENT_MOVED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_KEPT,
    APPOINTMENT_MISSED,
    PROVIDER_CHANGED,
    OPERATIVE_CHANGED,
    OPERATIVE_ABSENT,
    OPERATIVE_BACK,
    ON_MY_WAY,
    ARRIVED,
    NO_ACCESS,
    SURVEY_SENT,
    SURVEY_ANSWERED,
    INSPECTION_SELECTED,
    INSPECTION_DONE,
];
