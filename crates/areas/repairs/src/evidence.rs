//! What repairs offer to measure, for figures that a landlord's own analyst builds.

use rooftree_promises::measures::{Column, ColumnKind, EvidenceKind};

const DIMS: &[&str] = &["ward", "trade", "provider", "priority"];
const PRIORITIES: ColumnKind =
    ColumnKind::Word(&[("emergency", "Emergency"), ("urgent", "Urgent"), ("routine", "Routine")]);

const fn column(key: &'static str, title: &'static str, kind: ColumnKind) -> Column {
    Column { key, title, kind }
}

/// Every repair.
const REPAIRS: EvidenceKind = EvidenceKind {
    key: "repairs",
    title: "Repairs",
    facts: &[
        "repair.reported",
        "repair.prioritised",
        "repair.completed",
        "repair.cancelled",
        "variation.decided",
        "order.invoiced",
    ],
    columns: &[
        column("reported_day", "Reported on", ColumnKind::Day),
        column("completed_day", "Completed on", ColumnKind::Day),
        column("cancelled_day", "Cancelled on", ColumnKind::Day),
        column("ended_day", "Completed or cancelled on", ColumnKind::Day),
        column("days", "Days from report to completion", ColumnKind::Number),
        column("cost_pence", "Cost", ColumnKind::Pence),
        column("on_time", "Completed within target", ColumnKind::Flag),
        column("first_visit", "Completed on the first visit", ColumnKind::Flag),
        column("recall", "Recall of an earlier repair", ColumnKind::Flag),
        column(
            "status",
            "State",
            ColumnKind::Word(&[("open", "Open"), ("completed", "Completed"), ("cancelled", "Cancelled")]),
        ),
        column(
            "channel",
            "Reported by",
            ColumnKind::Word(&[
                ("phone", "Telephone"),
                ("web", "Web"),
                ("in-person", "In person"),
                ("councillor", "Councillor"),
                ("operative", "Operative"),
                ("email", "E-mail"),
                ("portal", "Portal"),
                ("import", "Import"),
            ]),
        ),
        column("urgency", "Priority", PRIORITIES),
    ],
    dims: DIMS,
    sql: "select r.id as subject_id, r.reference, r.home_id, r.reported_day, r.completed_day, r.cancelled_day,
                 coalesce(r.completed_day, r.cancelled_day) as ended_day, r.completed_day - r.reported_day as days, r.cost_pence,
                 r.on_time, r.first_visit, r.recall_of is not null as recall, r.status, r.channel, r.priority as urgency,
                 r.ward, r.trade, r.provider_id as provider, r.priority
            from repair r",
};

/// Every visit that was booked.
const VISITS: EvidenceKind = EvidenceKind {
    key: "visits",
    title: "Visits",
    facts: &["appointment.made", "appointment.moved", "appointment.cancelled", "appointment.kept", "visit.no-access", "appointment.missed"],
    columns: &[
        column("day", "Day of the visit", ColumnKind::Day),
        column("made_day", "Made on", ColumnKind::Day),
        column("days_ahead", "Days from making to the visit", ColumnKind::Number),
        column("emergency", "For an emergency", ColumnKind::Flag),
        column("moved", "Moved from another time", ColumnKind::Flag),
        column(
            "status",
            "State",
            ColumnKind::Word(&[
                ("booked", "Booked"),
                ("kept", "Kept"),
                ("missed", "Missed"),
                ("cancelled", "Cancelled"),
                ("no-access", "No access"),
            ]),
        ),
        column("urgency", "Priority", PRIORITIES),
    ],
    dims: DIMS,
    sql: "select a.id as subject_id, r.reference, r.home_id, a.day, (a.made_at at time zone 'Europe/London')::date as made_day,
                 a.day - (a.made_at at time zone 'Europe/London')::date as days_ahead, a.emergency, a.moved_from is not null as moved,
                 a.status, r.priority as urgency, r.ward, r.trade, r.provider_id as provider, r.priority
            from appointment a join repair r on r.id = a.case_id",
};

/// Every survey that was sent after a repair.
const SURVEYS: EvidenceKind = EvidenceKind {
    key: "surveys",
    title: "Surveys after repairs",
    facts: &["survey.sent", "survey.answered"],
    columns: &[
        column("sent_day", "Sent on", ColumnKind::Day),
        column("answered_day", "Answered on", ColumnKind::Day),
        column("score", "Score, 1 to 5", ColumnKind::Number),
        column("clean", "Left clean and tidy", ColumnKind::Flag),
        column("identified", "Showed who they were", ColumnKind::Flag),
        column("first_visit", "Done on the first visit", ColumnKind::Flag),
        column("urgency", "Priority", PRIORITIES),
    ],
    dims: DIMS,
    sql: "select s.id as subject_id, r.reference, r.home_id, s.sent_day, s.answered_day, (s.answers ->> 'score')::int as score,
                 (s.answers ->> 'clean')::bool as clean, (s.answers ->> 'identified')::bool as identified,
                 (s.answers ->> 'first_visit')::bool as first_visit,
                 r.priority as urgency, r.ward, r.trade, r.provider_id as provider, r.priority
            from survey s join repair r on r.id = s.case_id",
};

/// All of them.
pub const ALL: [EvidenceKind; 3] = [REPAIRS, VISITS, SURVEYS];
