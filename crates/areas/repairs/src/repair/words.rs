//! Stored words in plain English.

/// A stage in plain words.
pub fn stage_words(stage: &str) -> &'static str {
    match stage {
        "reported" => "reported",
        "ordered" => "ordered, no appointment yet",
        "awaiting-approval" => "waiting for the client's approval",
        "booked" => "appointment booked",
        "in-progress" => "operative at the home",
        "made-safe" => "made safe, work remains",
        "awaiting-materials" => "waiting for materials",
        "follow-on" => "follow-on visit needed",
        "completed" => "completed",
        "cancelled" => "cancelled",
        _ => "in hand",
    }
}

/// The stages of an open repair, in the order in which it goes through them.
pub const OPEN_STAGES: [&str; 8] = [
    "reported",
    "awaiting-approval",
    "ordered",
    "booked",
    "in-progress",
    "made-safe",
    "awaiting-materials",
    "follow-on",
];

/// A prescribed period of the Right to Repair in words.
pub fn period_words(period: &str) -> &'static str {
    match period {
        "one-day" => "one working day",
        "three-days" => "three working days",
        _ => "seven working days",
    }
}

/// How a resident said that it is not done.
pub fn source_words(source: &str) -> &'static str {
    match source {
        "survey" => "in the survey",
        "text" => "by text",
        "phone" => "to our staff",
        _ => "not recorded how",
    }
}
