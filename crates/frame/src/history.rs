//! What the journal tells of one thing: the entry of a fact, and a page of them.

use crate::{App, pages};
use maud::{Markup, html};
use rooftree_platform::{
    Registry, Result, boxed,
    journal::read::{About, Fact, timeline},
    signin::sessions::Session,
};
use rooftree_ui::{Page, Query, shell, timeline::Entry};

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
    /// The page, with the entries as whoever knows these facts draws them.
    pub fn page(&self, app: &App, session: &Session, whose: &Whose<'_>, entries: &Markup) -> Page {
        let (label, list) = whose.list;
        let body = html! {
            (shell::heading("History", Some(whose.title), None))
            (entries)
            @if let Some(earlier) = &self.earlier { p { a href=(earlier) { "Earlier" } } }
        };
        pages::page(app, session, list, format!("History of {}", whose.reference), body)
            .crumb(label, list)
            .crumb(whose.reference, format!("{list}/{}", whose.reference))
    }
}

/// A fact in a timeline: when, by whom, and what its area calls it.
pub fn entry(registry: &Registry, fact: &Fact) -> Entry {
    let title = registry.facts.get(fact.name.as_str()).map_or(fact.name.as_str(), |kind| kind.title);
    Entry::new(fact.occurred_at, &fact.actor_name, title).recorded(fact.recorded_at)
}
