//! The message templates of this area, embedded. A test holds this list against the folder.

use rooftree_platform::registry::Declaration;

macro_rules! texts {
    ($($path:literal),* $(,)?) => {
        &[$((concat!("works/", $path), include_str!(concat!("../", $path)))),*]
    };
}

/// Message templates.
pub const LETTERS: &[Declaration] = texts![
    "letters/appointment-cancelled.toml",
    "letters/appointment-confirmed.toml",
    "letters/appointment-letter.toml",
    "letters/appointment-missed.toml",
    "letters/appointment-moved.toml",
    "letters/appointment-reminder.toml",
    "letters/no-access.toml",
    "letters/on-my-way.toml",
];

/// Rules of data quality.
pub const QUALITY: &[Declaration] = &[("works/quality/quality.toml", include_str!("../quality/quality.toml"))];

/// Their SELECTs.
pub const QUALITY_SQL: &[Declaration] =
    &[("works/quality/order-without-lines.sql", include_str!("../quality/order-without-lines.sql"))];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn no_letter_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("letters");
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        let on_disk: BTreeSet<String> = names.filter(|name| name.ends_with(".toml")).collect();
        let listed: BTreeSet<String> =
            LETTERS.iter().filter_map(|(name, _)| name.rsplit('/').next()).map(str::to_owned).collect();
        assert_eq!(listed, on_disk);
    }
}
