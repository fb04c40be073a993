//! The facts this area records. Standards and measures refer to them by name.

use rooftree_platform::FactKind;
pub use rooftree_works::public::facts::{
    APPOINTMENT_CANCELLED, APPOINTMENT_KEPT, APPOINTMENT_MADE, APPOINTMENT_MISSED, APPOINTMENT_MOVED,
    APPOINTMENT_REPLANNED, ARRIVED, INSPECTION_DONE, INSPECTION_SELECTED, NO_ACCESS, ON_MY_WAY, OPERATIVE_ABSENT,
    OPERATIVE_BACK, OPERATIVE_CHANGED, ORDER_ACCEPTED, ORDER_CANCELLED, ORDER_DECIDED, ORDER_HELD, ORDER_INVOICED,
    ORDER_ISSUED, PROVIDER_CHANGED, SURVEY_ANSWERED, SURVEY_SENT, VARIATION_DECIDED, VARIATION_REQUESTED,
};

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
    CONTRADICTION_RAISED,
    CONTRADICTION_RESOLVED,
    RECHARGE_PROPOSED,
    RECHARGE_DECIDED,
    RECHARGE_OBJECTED,
    RECHARGE_REVIEWED,
    RECHARGE_SETTLED,
];
