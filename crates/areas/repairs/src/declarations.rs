//! The declarations of this area, embedded. A test holds this list against the folders.

use rooftree_platform::registry::Declaration;

macro_rules! texts {
    ($($path:literal),* $(,)?) => {
        &[$((concat!("repairs/", $path), include_str!(concat!("../", $path)))),*]
    };
}

/// Standards files.
pub const STANDARDS: &[Declaration] =
    texts!["standards/house.toml", "standards/local-offer-2014.toml", "standards/right-to-repair-1994.toml",];

/// Measures files.
pub const MEASURES: &[Declaration] = texts![
    "measures/asset-management.toml",
    "measures/flow.toml",
    "measures/local-offer.toml",
    "measures/quality.toml",
    "measures/tenant-satisfaction-measures.toml",
];

/// Message templates.
pub const LETTERS: &[Declaration] = texts![
    "letters/cancelled.toml",
    "letters/completed.toml",
    "letters/inspection-notice.toml",
    "letters/made-safe.toml",
    "letters/not-done-answered.toml",
    "letters/not-done-received.toml",
    "letters/recharge-notice.toml",
    "letters/recharge-reviewed.toml",
    "letters/repair-logged.toml",
    "letters/right-to-repair-notice.toml",
    "letters/right-to-repair-second.toml",
    "letters/survey.toml",
];

macro_rules! sql {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("repairs/measures/", $name), include_str!(concat!("../measures/", $name)))),*]
    };
}

/// The SQL of measures.
pub const MEASURE_SQL: &[Declaration] = sql![
    "appointments-kept.sql",
    "appointments-made.sql",
    "cancelled.sql",
    "clean-and-tidy.sql",
    "completed-on-time.sql",
    "contradicted.sql",
    "contradictions-awaiting.sql",
    "cost-per-repair.sql",
    "cost-total.sql",
    "end-to-end-days-average.sql",
    "end-to-end-days-median.sql",
    "first-visit-survey.sql",
    "first-visit.sql",
    "identity-and-uniform.sql",
    "inspection-passed.sql",
    "inspection-sample.sql",
    "jobs-completed.sql",
    "jobs-reported.sql",
    "no-access.sql",
    "no-personal-calls.sql",
    "recalls.sql",
    "rp02-emergency.sql",
    "rp02-non-emergency.sql",
    "satisfaction-score.sql",
    "satisfaction.sql",
    "survey-response.sql",
    "work-in-progress-0-7.sql",
    "work-in-progress-29-90.sql",
    "work-in-progress-8-28.sql",
    "work-in-progress-age.sql",
    "work-in-progress-over-90.sql",
    "work-in-progress.sql",
];

/// Rules of data quality.
pub const QUALITY: &[Declaration] = &[("repairs/quality/quality.toml", include_str!("../quality/quality.toml"))];

/// Their SELECTs.
pub const QUALITY_SQL: &[Declaration] = &[
    ("repairs/quality/completed-before-reported.sql", include_str!("../quality/completed-before-reported.sql")),
    ("repairs/quality/completed-but-not-done.sql", include_str!("../quality/completed-but-not-done.sql")),
    ("repairs/quality/completed-without-visit.sql", include_str!("../quality/completed-without-visit.sql")),
    ("repairs/quality/kept-by-a-late-entry.sql", include_str!("../quality/kept-by-a-late-entry.sql")),
    ("repairs/quality/lost-reference.sql", include_str!("../quality/lost-reference.sql")),
    ("repairs/quality/open-repair-without-order.sql", include_str!("../quality/open-repair-without-order.sql")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    fn on_disk(folder: &str, ending: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(ending)).collect()
    }

    fn listed(list: &[Declaration]) -> BTreeSet<String> {
        list.iter().filter_map(|(name, _)| name.rsplit('/').next()).map(str::to_owned).collect()
    }

    #[test]
    fn no_declaration_is_forgotten() {
        assert_eq!(listed(STANDARDS), on_disk("standards", ".toml"));
        assert_eq!(listed(MEASURES), on_disk("measures", ".toml"));
        assert_eq!(listed(LETTERS), on_disk("letters", ".toml"));
        assert_eq!(listed(MEASURE_SQL), on_disk("measures", ".sql"));
    }
}
