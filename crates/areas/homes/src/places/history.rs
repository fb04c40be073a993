//! Changes of a place in words.

use super::model::{Change, FIELDS, KINDS, STATUSES, TENURES, words};
use rooftree_platform::journal::reading::{Reading, plain};

/// How a change of details reads: `Heating: gas combi → heat pump`. What lies behind an id says nothing to people, and notes may speak of
/// persons: of both only that they changed.
pub fn changes(fact: &Reading<'_>) -> Vec<String> {
    let fields = fact.payload.get("fields").cloned();
    let changed: Vec<Change> = fields.and_then(|fields| serde_json::from_value(fields).ok()).unwrap_or_default();
    let quiet = |key: &str| key == "parent_id" || (fact.scope.no_personal_data && key == "notes");
    let line = |change: &Change| {
        let title = FIELDS.iter().find(|field| field.0 == change.field).map_or(change.field.as_str(), |field| field.1);
        match quiet(&change.field) {
            true => format!("{title} changed"),
            false => format!("{title}: {} → {}", value(&change.field, &change.from), value(&change.field, &change.to)),
        }
    };
    if changed.is_empty() { plain(fact) } else { changed.iter().map(line).collect() }
}

/// A stored value in words.
pub fn value<'a>(field: &str, stored: &'a str) -> &'a str {
    match (field, stored) {
        (_, "") => "not recorded",
        ("kind", key) => words(KINDS, key),
        ("tenure", key) => words(TENURES, key),
        ("status", key) => words(STATUSES, key),
        (_, text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_kernel::{Scope, calendar::Calendars};
    use rooftree_platform::{registry::Parts, rulebook::declared};
    use serde_json::json;

    #[test]
    fn a_change_reads_as_words() {
        let (registry, rules) = declared(Parts::default(), Calendars::built_in()).unwrap();
        let payload = json!({ "fields": [{ "field": "status", "from": "occupied", "to": "void" }, { "field": "notes", "from": "", "to": "dog" }] });
        let read =
            |scope: &Scope| changes(&Reading { payload: &payload, lookups: &registry.lookups, rules: &rules, scope });
        assert_eq!(read(&Scope::default()), ["Status: Occupied → Void", "Notes: not recorded → dog"]);
        let blind = Scope::without_personal_data();
        assert_eq!(read(&blind), ["Status: Occupied → Void", "Notes changed"]);
    }
}
