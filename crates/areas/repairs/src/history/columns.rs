//! What the import of repairs understands.

use rooftree_platform::imports::Column;

/// The columns, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column::new(
        "external_ref",
        "Source reference",
        "JOB-0045871",
        &[
            "external key",
            "job number",
            "job no",
            "job ref",
            "repair reference",
            "works order number",
            "order number",
            "reference",
            "key",
        ],
    )
    .required(),
    Column::new("external_source", "Source", "Capita", &["source system"]),
    Column::new(
        "home",
        "Home or place",
        "PROP-000123",
        &["property reference", "property ref", "prop ref", "uprn", "home", "place", "property"],
    )
    .required(),
    Column::new(
        "reporter",
        "Reported by",
        "PER-000456",
        &["person reference", "person ref", "tenant ref", "reported by", "caller"],
    ),
    Column::new(
        "title",
        "What was wrong",
        "Kitchen tap drips",
        &["job description", "short description", "description", "fault", "title"],
    )
    .required(),
    Column::new("description", "Details", "Dripping for a week", &["long description", "notes", "details"]),
    Column::new("trade", "Trade", "plumber", &["trade code", "trade description"]).required(),
    Column::new("priority", "Priority", "routine", &["priority code", "job priority", "category"]).required(),
    Column::new(
        "reported_at",
        "Reported",
        "02/03/2026 09:15",
        &["date reported", "reported date", "date raised", "raised", "logged", "created"],
    )
    .required(),
    Column::new("made_safe_at", "Made safe", "02/03/2026 14:00", &["date made safe", "made safe date", "attended"]),
    Column::new(
        "completed_at",
        "Completed",
        "09/03/2026 11:30",
        &["date completed", "completed date", "completion date", "actual completion"],
    ),
    Column::new("cancelled_at", "Cancelled", "05/03/2026", &["date cancelled", "cancelled date", "cancellation date"]),
    Column::new(
        "cancel_reason",
        "Why it was cancelled",
        "resident-fixed",
        &["cancellation reason", "cancel reason", "reason cancelled"],
    ),
    Column::new("provider", "Provider", "Oxenford Works", &["contractor", "supplier", "provider name"]),
    Column::new("cost", "Cost (£)", "68.00", &["cost", "value", "total cost", "job value", "cost (£)"]),
    Column::new("first_visit", "Done at the first visit", "yes", &["first time fix", "right first time", "first fix"]),
    Column::new(
        "completed_note",
        "What was done",
        "New cartridge fitted",
        &["completion notes", "work done", "outcome"],
    ),
];
