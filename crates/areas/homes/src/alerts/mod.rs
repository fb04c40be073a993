//! Alerts on places: asbestos, no access, a warning marker. Seen at the top of the place's page and of all that lies in it, and read
//! again (acknowledged) in every case in which work is raised.
//!
//! Invariants: an alert is ended, never deleted; it may end by itself on a day.

pub mod commands;
pub mod web;

use rooftree_ui::summary::{self, Tone};

/// Kinds of alert, the gravest first.
pub const KINDS: &[(&str, &str)] = &[
    ("warning", "Warning marker"),
    ("asbestos", "Asbestos"),
    ("fire", "Fire safety"),
    ("no-access", "No access"),
    ("access", "Access"),
    ("other", "Other"),
];

/// The words of a kind.
pub fn kind_words(kind: &str) -> &str {
    KINDS.iter().find(|known| known.0 == kind).map_or(kind, |known| known.1)
}

/// How grave a kind is.
pub fn tone(kind: &str) -> Tone {
    match kind {
        "warning" | "asbestos" | "fire" => Tone::Danger,
        _ => Tone::Warning,
    }
}

/// An alert as pages show it, without a button.
pub fn shown(alert: &crate::public::Alert, no_personal_data: bool) -> summary::Alert {
    let mut detail = Vec::new();
    if !alert.detail.is_empty() && !no_personal_data {
        detail.push(alert.detail.clone());
    }
    if let Some(from) = &alert.inherited_from {
        detail.push(format!("Holds for all of {from}."));
    }
    if let Some(until) = alert.until_day {
        detail.push(format!("Until {}.", until.long()));
    }
    // A warning marker may be about a person: what kind of alert it is must do for those who see no personal data.
    let kind = kind_words(&alert.kind);
    let title = if no_personal_data || alert.title.eq_ignore_ascii_case(kind) {
        kind.to_owned()
    } else {
        format!("{kind}: {}", alert.title)
    };
    summary::Alert { tone: tone(&alert.kind), title, detail: detail.join(" "), acknowledged: None, action: None }
}
