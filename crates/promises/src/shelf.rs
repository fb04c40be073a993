//! Standards declared ahead of the areas that will record their facts: complaints, hazards, anti-social behaviour, disputes,
//! the programme's year, requests for information. They load, answer `rooftree due` and run on the engine as they stand; when
//! an area takes one over, it takes the file and the facts with it.

use crate::standards::KnownFacts;

/// Each file's name and text.
pub const FILES: &[(&str, &str)] = &[
    ("promises/annual-cycle-2025.toml", include_str!("../standards/annual-cycle-2025.toml")),
    ("promises/asb-local-offer-2014.toml", include_str!("../standards/asb-local-offer-2014.toml")),
    ("promises/awaab-2025.toml", include_str!("../standards/awaab-2025.toml")),
    ("promises/complaints-code-2022.toml", include_str!("../standards/complaints-code-2022.toml")),
    ("promises/complaints-code-2024.toml", include_str!("../standards/complaints-code-2024.toml")),
    ("promises/disputes-commissioning-2025.toml", include_str!("../standards/disputes-commissioning-2025.toml")),
    ("promises/information-requests.toml", include_str!("../standards/information-requests.toml")),
    ("promises/planned-local-offer-2014.toml", include_str!("../standards/planned-local-offer-2014.toml")),
];

/// Whether a standard's file is of the shelf: the standard is declared ahead, and nobody records its facts yet.
pub fn holds(file: &str) -> bool {
    FILES.iter().any(|(name, _)| *name == file)
}

/// The facts they listen to as known facts, for loading [`FILES`]. What they carry the area will decide that records them: their fields
/// are not checked until then.
pub fn known() -> KnownFacts<'static> {
    FACTS.iter().map(|fact| (*fact, None)).collect()
}

/// The facts they listen to, which no area records yet.
pub const FACTS: &[&str] = &[
    "asb.closed",
    "asb.contacted",
    "asb.recategorised",
    "asb.reported",
    "complaint.acknowledged",
    "complaint.escalated",
    "complaint.extended",
    "complaint.received",
    "complaint.refused",
    "complaint.responded",
    "complaint.withdrawn",
    "dispute.escalated",
    "dispute.met",
    "dispute.raised",
    "dispute.settled",
    "hazard.aware",
    "hazard.closed",
    "hazard.investigated",
    "hazard.made-safe",
    "hazard.summary-sent",
    "hazard.supplementary-begun",
    "hazard.supplementary-started",
    "hazard.triaged",
    "hazard.visit-requested",
    "information.answered",
    "information.extended",
    "information.requested",
    "information.withdrawn",
    "meeting.arranged",
    "meeting.cancelled",
    "meeting.moved",
    "meeting.papers-sent",
    "programme.agreement-began",
    "programme.agreement-ended",
    "programme.commission-issued",
    "programme.plan-issued",
    "programme.review-held",
    "works.resident-visited",
    "works.start-moved",
    "works.start-planned",
    "works.withdrawn",
];
