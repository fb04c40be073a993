//! The facts this area records. Standards and measures refer to them by name.

use rooftree_platform::FactKind;

/// A repair was reported, and its priority decided with it: promises to the resident count from here.
pub const REPORTED: FactKind = FactKind::new(
    "repair.reported",
    "Repair reported",
    &[
        "priority",
        "reasons",
        "overridden",
        "right_to_repair",
        "trade",
        "channel",
        "hazard",
        "hazard_level",
        "rate",
        "item",
        "answers",
        "recall_of",
    ],
)
.opening();
/// Its priority was decided again; clocks count from the report all the same. With it stand `previous` (the priority before),
/// `previous_right_to_repair` (the period that was told before, if one was) and `booked` (whether an appointment has been made): what was
/// kept or has ended does not begin anew.
pub const PRIORITISED: FactKind = FactKind::new(
    "repair.prioritised",
    "Priority decided again",
    &[
        "priority",
        "reported_at",
        "reason",
        "trade",
        "right_to_repair",
        "overridden",
        "channel",
        "previous",
        "previous_right_to_repair",
        "booked",
    ],
);
/// It was ended without work.
pub const CANCELLED: FactKind = FactKind::new("repair.cancelled", "Repair cancelled", &["reason", "note"]);
/// It was cancelled by mistake: it is open again, and its promises count as if it had never been cancelled.
pub const REOPENED: FactKind =
    FactKind::new("repair.reopened", "Repair opened again", &["facts", "note", "cancelled_at", "cancel_reason"])
        .withdrawing();
/// It was brought in by an import that was undone: it never was.
pub const TAKEN_BACK: FactKind =
    FactKind::new("repair.taken-back", "Imported repair taken back", &["reason"]).voiding();
/// The danger is over; work may remain.
pub const MADE_SAFE: FactKind = FactKind::new("repair.made-safe", "Made safe", &["appointment", "how"]);
/// All work is done.
pub const COMPLETED: FactKind = FactKind::new(
    "repair.completed",
    "Repair completed",
    &["completed_at", "first_visit", "recall", "appointment", "cost_pence", "on_paper"],
);
/// It was called done by mistake: the completion (and the survey that went out with it) never counted.
pub const COMPLETION_WITHDRAWN: FactKind =
    FactKind::new("repair.completion-withdrawn", "Completion taken back", &["facts", "note", "appointment"])
        .withdrawing();
/// The same fault came back.
pub const RECALLED: FactKind = FactKind::new("repair.recalled", "Repair recalled", &["recall", "reason"]);
/// More visits are needed.
pub const FOLLOW_ON: FactKind =
    FactKind::new("repair.follow-on", "Follow-on work needed", &["reason", "appointment", "trade", "order"]);
/// Work waits for materials.
pub const AWAITING_MATERIALS: FactKind =
    FactKind::new("repair.awaiting-materials", "Waiting for materials", &["what", "appointment"]);
/// A second contractor was instructed (Right to Repair, SI 1994/133).
pub const SECOND_CONTRACTOR: FactKind =
    FactKind::new("repair.second-contractor", "Second contractor instructed", &["provider", "right_to_repair"]);

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
/// They answered.
pub const SURVEY_ANSWERED: FactKind = FactKind::new(
    "survey.answered",
    "Survey answered",
    &["survey", "score", "clean", "identified", "no_calls", "first_visit", "done"],
);
/// The draw picked it for inspection.
pub const INSPECTION_SELECTED: FactKind =
    FactKind::new("inspection.selected", "Picked for inspection", &["inspection"]);
/// It was inspected.
pub const INSPECTION_DONE: FactKind =
    FactKind::new("inspection.done", "Inspected", &["inspection", "passed", "reason"]);
/// The seed of a month's draw was made; its hash is fixed in the journal before the month begins, the seed is shown after it ends.
pub const INSPECTION_SEED_MADE: FactKind =
    FactKind::new("inspection.seed-made", "Seed of the inspection draw made", &["month", "commitment"]);
/// A finding about the quality of data was settled by a person.
pub const QUALITY_RESOLVED: FactKind =
    FactKind::new("quality.resolved", "Data-quality finding settled", &["finding", "rule"]);
/// The provider says done, the resident says not.
pub const CONTRADICTION_RAISED: FactKind =
    FactKind::new("contradiction.raised", "Resident says it is not done", &["contradiction", "source"]);
/// Somebody found out which it is.
pub const CONTRADICTION_RESOLVED: FactKind =
    FactKind::new("contradiction.resolved", "Contradiction resolved", &["contradiction", "resolution"]);
/// The cost may be the resident's.
pub const RECHARGE_PROPOSED: FactKind =
    FactKind::new("recharge.proposed", "Recharge proposed", &["recharge", "amount_pence", "reason"]);
/// The client agreed or waived it.
pub const RECHARGE_DECIDED: FactKind = FactKind::new("recharge.decided", "Recharge decided", &["recharge", "agreed"]);
/// The resident says that they should not pay.
pub const RECHARGE_OBJECTED: FactKind = FactKind::new("recharge.objected", "Recharge objected to", &["recharge"]);
/// Somebody else looked at it again: it stands, or nobody pays.
pub const RECHARGE_REVIEWED: FactKind =
    FactKind::new("recharge.reviewed", "Objection to a recharge answered", &["recharge", "agreed"]);
/// It is paid, or payments are agreed.
pub const RECHARGE_SETTLED: FactKind =
    FactKind::new("recharge.settled", "Recharge paid or payments agreed", &["recharge"]);

/// All of them.
pub const ALL: &[FactKind] = &[
    REPORTED,
    PRIORITISED,
    CANCELLED,
    REOPENED,
    TAKEN_BACK,
    MADE_SAFE,
    COMPLETED,
    COMPLETION_WITHDRAWN,
    RECALLED,
    FOLLOW_ON,
    AWAITING_MATERIALS,
    SECOND_CONTRACTOR,
    ORDER_ISSUED,
    ORDER_HELD,
    ORDER_DECIDED,
    ORDER_ACCEPTED,
    ORDER_CANCELLED,
    ORDER_INVOICED,
    VARIATION_REQUESTED,
    VARIATION_DECIDED,
    APPOINTMENT_MADE,
    APPOINTMENT_MOVED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_KEPT,
    APPOINTMENT_MISSED,
    APPOINTMENT_REPLANNED,
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
    INSPECTION_SEED_MADE,
    QUALITY_RESOLVED,
    CONTRADICTION_RAISED,
    CONTRADICTION_RESOLVED,
    RECHARGE_PROPOSED,
    RECHARGE_DECIDED,
    RECHARGE_OBJECTED,
    RECHARGE_REVIEWED,
    RECHARGE_SETTLED,
];
