//! Which column of the file is which of ours: guessed from headings, remembered by source.

use super::{Column, StagedRow};
use crate::ports::Sheet;
use rooftree_kernel::FieldErrors;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A file's headings and what each of our columns is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The file's headings, in order.
    pub headings: Vec<String>,
    /// Our column's key and the place of its heading, from zero.
    pub columns: BTreeMap<String, usize>,
}

/// What is remembered of a mapping: our column's key and the heading it was read from.
pub type Remembered = BTreeMap<String, String>;

impl Mapping {
    /// The best guess: what this source's last file had, then headings that mean the same.
    pub fn guess(headings: &[String], columns: &[Column], remembered: &Remembered) -> Self {
        let plain_headings: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let find =
            |name: &str| plain_headings.iter().position(|heading| !heading.is_empty() && *heading == plain(name));
        let mut mapping = Self { headings: headings.to_vec(), columns: BTreeMap::new() };
        for column in columns {
            let known = remembered.get(column.key).and_then(|heading| find(heading));
            let names = [column.key, column.title].into_iter().chain(column.aliases.iter().copied());
            let guessed = known.or_else(|| names.into_iter().find_map(find));
            // One heading feeds one column; the first that claims it keeps it.
            if let Some(place) = guessed.filter(|place| !mapping.columns.values().any(|taken| taken == place)) {
                mapping.columns.insert(column.key.to_owned(), place);
            }
        }
        mapping
    }

    /// What is wrong with it: a required column without a heading, a place beyond the file, nothing mapped.
    pub fn faults(&self, columns: &[Column]) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let given = |key: &str| self.columns.contains_key(key);
        for column in columns.iter().filter(|c| c.required && !given(c.key) && !c.instead.is_some_and(given)) {
            errors.add(column.key, format!("choose the heading that holds ‘{}’: the import needs it", column.title));
        }
        for (key, place) in &self.columns {
            if *place >= self.headings.len() || !columns.iter().any(|column| column.key == key) {
                errors.add(key.as_str(), "choose one of the file’s headings");
            }
            let title = |key: &str| columns.iter().find(|column| column.key == key).map_or("", |column| column.title);
            if let Some((other, _)) = self.columns.iter().find(|(other, at)| *at == place && *other < key) {
                errors
                    .add(key.as_str(), format!("this heading is taken for ‘{}’ already: choose another", title(other)));
            }
        }
        errors
    }

    /// What to remember for the source's next file.
    pub fn remember(&self) -> Remembered {
        let heading = |place: &usize| self.headings.get(*place).cloned().unwrap_or_default();
        self.columns.iter().map(|(key, place)| (key.clone(), heading(place))).collect()
    }

    /// The places of the headings that nothing is read from.
    pub fn unused(&self) -> impl Iterator<Item = usize> {
        (0..self.headings.len()).filter(|place| !self.columns.values().any(|taken| taken == place))
    }

    /// A row of the file by our columns; empty cells are left out.
    pub fn row(&self, number: i32, source: &str, cells: &[String]) -> StagedRow {
        let cell = |place: &usize| cells.get(*place).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        StagedRow {
            number,
            source: source.to_owned(),
            cells: self.columns.iter().filter_map(|(key, place)| Some((key.clone(), cell(place)?))).collect(),
        }
    }

    /// Refuses a file that is no table.
    pub fn check_sheet(sheet: &Sheet) -> Result<(), FieldErrors> {
        if sheet.headings.iter().all(|heading| heading.trim().is_empty()) {
            return Err(FieldErrors::one(
                "file",
                "the first row holds no headings: put the names of the columns there",
            ));
        }
        if sheet.rows.is_empty() {
            return Err(FieldErrors::one("file", "the file has headings but no rows"));
        }
        Ok(())
    }
}

/// A heading as it is compared: lower case, letters and digits, single blanks.
fn plain(heading: &str) -> String {
    let spaced: String = heading.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column {
            key: "external_ref",
            title: "Your reference",
            required: true,
            example: "P1",
            aliases: &["property ref", "uhref"],
            instead: None,
        },
        Column {
            key: "uprn",
            title: "UPRN",
            required: false,
            example: "100",
            aliases: &["unique property reference number"],
            instead: None,
        },
        Column {
            key: "address",
            title: "Address",
            required: true,
            example: "1 High Street",
            aliases: &["address line 1"],
            instead: None,
        },
    ];

    fn headings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn headings_of_other_systems_are_recognised() {
        let mapping =
            Mapping::guess(&headings(&["Property_Ref", " ADDRESS LINE 1", "Uprn", ""]), COLUMNS, &Remembered::new());
        assert_eq!(
            mapping.columns,
            BTreeMap::from([("external_ref".into(), 0), ("address".into(), 1), ("uprn".into(), 2)])
        );
        assert!(mapping.faults(COLUMNS).is_empty());
        let row = mapping.row(7, "Capita", &headings(&["P1", " 1 High St ", "", "x"]));
        assert_eq!(
            row.cells,
            BTreeMap::from([("external_ref".into(), "P1".into()), ("address".into(), "1 High St".into())])
        );
    }

    #[test]
    fn what_the_source_used_last_time_goes_before_guessing() {
        let remembered = Remembered::from([("address".to_owned(), "Where".to_owned())]);
        let mapping = Mapping::guess(&headings(&["address", "where", "uhref"]), COLUMNS, &remembered);
        assert_eq!(mapping.columns.get("address"), Some(&1));
        assert_eq!(mapping.remember()["address"], "where");
    }

    #[test]
    fn a_missing_required_column_is_named() {
        let mut mapping = Mapping::guess(&headings(&["uprn", "colour"]), COLUMNS, &Remembered::new());
        mapping.columns.insert("colour".into(), 9);
        let errors = mapping.faults(COLUMNS);
        assert!(errors.get("external_ref").unwrap().contains("Your reference"));
        assert!(errors.get("address").is_some() && errors.get("colour").is_some() && errors.get("uprn").is_none());
    }

    #[test]
    fn one_heading_feeds_one_column() {
        let remembered = Remembered::from([("uprn".to_owned(), "property ref".to_owned())]);
        let mapping = Mapping::guess(&headings(&["property ref"]), COLUMNS, &remembered);
        assert_eq!(mapping.columns.len(), 1);
    }

    #[test]
    fn a_heading_that_is_chosen_twice_is_named() {
        let mut mapping = Mapping::guess(&headings(&["uhref", "address"]), COLUMNS, &Remembered::new());
        mapping.columns.insert("uprn".into(), 1);
        let errors = mapping.faults(COLUMNS);
        assert!(errors.get("uprn").unwrap().contains("taken for ‘Address’"), "{errors}");
        assert_eq!(errors.0.len(), 1);
    }

    #[test]
    fn short_rows_are_read_as_far_as_they_go() {
        let mapping = Mapping::guess(&headings(&["uhref", "address"]), COLUMNS, &Remembered::new());
        assert_eq!(mapping.row(1, "Capita", &headings(&["P1"])).cells.len(), 1);
    }
}
