//! Facts in plain words, for the timeline of a place or a person.

use super::model::{Change, FIELDS, KINDS, STATUSES, TENURES, words};
use rooftree_frame::{App, Caller, cases};
use rooftree_kernel::{Actor, Scope};
use rooftree_platform::{Lookups, Platform, Registry, Result, journal::read::Fact};
use rooftree_ui::{
    Markup, html,
    summary::Tone,
    timeline::{Entry, timeline},
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Payload fields that are sentences for readers, in the order they are shown.
const SENTENCES: &[&str] = &["title", "summary", "reason", "note"];

/// The facts as a timeline; those of a case name and link it, and are left out for whoever may not see the case. Who may see no
/// personal data sees no facts about persons, and no free text.
pub async fn show(app: &App, caller: &Caller, facts: &[Fact]) -> Result<Markup> {
    let (platform, actor) = (&app.platform, &caller.actor);
    let of_cases: HashSet<Uuid> = facts.iter().filter_map(|fact| fact.case_id).collect();
    let seen = cases::visible(app, caller, &of_cases.into_iter().collect::<Vec<_>>()).await?;
    let named = references(platform, seen.iter().copied().collect()).await?;
    let visible = |fact: &&Fact| {
        fact.case_id.is_none_or(|case| seen.contains(&case))
            && (!actor.scope.no_personal_data || fact.person_id.is_none())
    };
    let case = |fact: &Fact| fact.case_id.and_then(|id| named.get(&id)).map(String::as_str);
    let entries: Vec<Entry> =
        facts.iter().filter(visible).map(|fact| entry(platform.registry(), actor, fact, case(fact))).collect();
    Ok(timeline(&entries))
}

/// The references of cases, from the areas that own them.
async fn references(platform: &Platform, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select c.case_id, c.reference from ({}) c where c.case_id = any($1)",
        platform.registry().lookups.case_dims_sql(&[])
    );
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).fetch_all(platform.reads()).await?;
    Ok(rows.into_iter().collect())
}

fn entry(registry: &Registry, actor: &Actor, fact: &Fact, case: Option<&str>) -> Entry {
    let words = registry.facts.get(fact.name.as_str()).map_or(fact.name.as_str(), |kind| kind.title);
    let title = case.map_or_else(|| words.to_owned(), |case| format!("{words}: {case}"));
    let by = match fact.channel.as_str() {
        "import" => format!("{} (import)", fact.actor_name),
        "api" => format!("{} (API)", fact.actor_name),
        _ => fact.actor_name.clone(),
    };
    let mut entry = Entry::new(fact.occurred_at, by, title).recorded(fact.recorded_at).tone(tone(&fact.name));
    if let Some(path) =
        case.or(reference(&fact.payload)).and_then(|reference| registry.lookups.path_of(reference, actor))
    {
        entry = entry.href(path);
    }
    match body(&registry.lookups, &fact.payload, &actor.scope) {
        Some(body) => entry.body(body),
        None => entry,
    }
}

fn reference(payload: &Value) -> Option<&str> {
    payload.get("reference").and_then(Value::as_str)
}

fn tone(name: &str) -> Tone {
    match name {
        "alert.added" => Tone::Warning,
        "sensitive.read" => Tone::Info,
        name if name.ends_with(".breached") => Tone::Danger,
        name if name.ends_with(".added") || name.ends_with(".started") => Tone::Accent,
        _ => Tone::Neutral,
    }
}

fn body(lookups: &Lookups, payload: &Value, scope: &Scope) -> Option<Markup> {
    let changed: Vec<Change> =
        payload.get("fields").cloned().and_then(|fields| serde_json::from_value(fields).ok()).unwrap_or_default();
    if !changed.is_empty() {
        return Some(changes(&changed, scope.no_personal_data));
    }
    let names: Vec<&str> =
        payload.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !names.is_empty() {
        return Some(html! { p { (names.join(", ")) } });
    }
    let sentences: Vec<&str> = SENTENCES
        .iter()
        .filter_map(|name| Some((*name, payload.get(*name)?.as_str()?)))
        .map(|(name, text)| lookups.words(name, text).unwrap_or(text))
        .collect();
    (!sentences.is_empty() && !scope.no_personal_data)
        .then(|| html! { @for sentence in sentences { p { (sentence) } } })
}

/// Changes as lines: `Heating: gas combi → heat pump`.
pub fn changes(changes: &[Change], hide_notes: bool) -> Markup {
    let title =
        |key: &str| FIELDS.iter().find(|field| field.0 == key).map_or(key.to_owned(), |field| field.1.to_owned());
    let quiet = |key: &str| key == "parent_id" || (hide_notes && key == "notes");
    html! {
        ul {
            @for change in changes {
                li {
                    (title(&change.field))
                    @if quiet(&change.field) { " changed" }
                    @else { ": " (value(&change.field, &change.from)) " → " (value(&change.field, &change.to)) }
                }
            }
        }
    }
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
    use serde_json::json;

    #[test]
    fn a_change_reads_as_words() {
        let none = Lookups::default();
        let payload = json!({ "fields": [{ "field": "status", "from": "occupied", "to": "void" }, { "field": "notes", "from": "", "to": "<dog>" }] });
        let html = body(&none, &payload, &Scope::default()).unwrap().into_string();
        assert!(html.contains("Status: Occupied → Void") && html.contains("&lt;dog&gt;"), "{html}");
        let blind = Scope::without_personal_data();
        assert!(!body(&none, &payload, &blind).unwrap().into_string().contains("dog"));
        assert!(body(&none, &json!({ "reason": "free text" }), &blind).is_none());
    }

    #[test]
    fn a_reason_is_shown_in_the_words_of_its_area() {
        let lookups = Lookups {
            words: vec![|kind, key| (kind == "reason" && key == "dog").then_some("Dog loose")],
            ..Lookups::default()
        };
        let said =
            |reason: &str| body(&lookups, &json!({ "reason": reason }), &Scope::default()).unwrap().into_string();
        assert!(said("dog").contains("Dog loose"));
        assert!(said("Gate locked").contains("Gate locked"));
    }
}
