//! What the journal tells of one thing: one timeline for every record, case and home, and a page of it. How a fact reads stands with its
//! kind ([`rooftree_platform::journal::reading`]).

use crate::{App, Caller, cases, pages};
use maud::{Markup, html};
use rooftree_kernel::Actor;
use rooftree_platform::{
    Platform, Result, boxed,
    journal::{
        read::{About, Fact, timeline},
        reading::{Reading, plain},
    },
    signin::sessions::Session,
};
use rooftree_ui::{
    Page, Query, shell,
    summary::Tone,
    timeline::{self as shown, Entry},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Facts on a page.
const FACTS: i64 = 100;

/// Some of the facts about something, the newest first.
pub struct Part {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Where those before them are.
    earlier: Option<String>,
}

/// Whose history it is.
pub struct Whose<'a> {
    /// The list that it stands in: label and address; its own page lies below that.
    pub list: (&'a str, &'a str),
    /// `H-10042`.
    pub reference: &'a str,
    /// Its address or name.
    pub title: &'a str,
}

/// The facts about something that a page of its history shows; `before` in the address says where it begins.
#[boxed]
pub async fn part(app: &App, about: About, query: &Query) -> Result<Part> {
    let before = query.get("before").and_then(|seq| seq.parse().ok());
    let facts = timeline(&app.platform, about, before, FACTS).await?;
    let last = facts.last().filter(|_| facts.len() as i64 == FACTS);
    let earlier = last.map(|fact| query.clone().with("before", fact.seq.to_string()).href());
    Ok(Part { facts, earlier })
}

impl Part {
    /// The page.
    #[boxed]
    pub async fn page(&self, app: &App, caller: &Caller, session: &Session, whose: &Whose<'_>) -> Result<Page> {
        let (label, list) = whose.list;
        let entries = show(app, caller, &self.facts).await?;
        let body = html! {
            (shell::heading("History", Some(whose.title), None))
            (entries)
            @if let Some(earlier) = &self.earlier { p { a href=(earlier) { "Earlier" } } }
        };
        let page = pages::page(app, session, list, format!("History of {}", whose.reference), body).crumb(label, list);
        Ok(page.crumb(whose.reference, format!("{list}/{}", whose.reference)))
    }
}

/// Facts about a home or a person as a timeline; those of a case name and link it, and are left out for whoever may not see the case.
/// Who may see no personal data sees no facts about persons, and nothing that somebody wrote.
#[boxed]
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
        facts.iter().filter(visible).map(|fact| entry(platform, actor, fact, case(fact))).collect();
    Ok(shown::timeline(&entries))
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

/// A fact as a timeline shows it: when, by whom, what its area calls it, and how it reads to this actor. On a page that is not the case's
/// own, `case` names it.
pub fn entry(platform: &Platform, actor: &Actor, fact: &Fact, case: Option<&str>) -> Entry {
    let registry = platform.registry();
    let kind = registry.facts.get(fact.name.as_str());
    let words = kind.map_or(fact.name.as_str(), |kind| kind.title);
    let title = case.map_or_else(|| words.to_owned(), |case| format!("{words}: {case}"));
    let by = match fact.channel.as_str() {
        "import" => format!("{} (import)", fact.actor_name),
        "api" => format!("{} (API)", fact.actor_name),
        _ => fact.actor_name.clone(),
    };
    let mut entry = Entry::new(fact.occurred_at, by, title).recorded(fact.recorded_at).tone(tone(&fact.name));
    let own = fact.payload.get("reference").and_then(|value| value.as_str());
    if let Some(path) = case.or(own).and_then(|reference| registry.lookups.path_of(reference, actor)) {
        entry = entry.href(path);
    }
    let reading = Reading::of(platform, &fact.payload, &actor.scope);
    let lines = kind.map_or(plain as fn(&Reading<'_>) -> Vec<String>, |kind| kind.reads)(&reading);
    match lines.as_slice() {
        [] => entry,
        [one] => entry.body(html! { p { (one) } }),
        many => entry.body(html! { ul { @for line in many { li { (line) } } } }),
    }
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
