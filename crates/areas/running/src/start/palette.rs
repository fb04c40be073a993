//! The search box finds pages and actions too: what stands in the menu, what areas name beside it ([`Find`]), measures and standards.

use async_trait::async_trait;
use rooftree_frame::{App, Caller, Find, Hit, SearchSource};
use rooftree_platform::Result;
use std::collections::HashSet;

/// A name that begins with what was typed stands before records that are merely alike, and after a whole reference.
const BEGINS: f32 = 0.95;
const HOLDS: f32 = 0.75;

/// Pages, actions, measures and standards.
pub struct Palette;

#[async_trait]
impl SearchSource for Palette {
    async fn search(&self, app: &App, caller: &Caller, query: &str, limit: i64) -> Result<Vec<Hit>> {
        let mut hits = pages(app, caller, query);
        if caller.actor.may(&crate::figures::VIEW) {
            hits.extend(measures(app, query));
            hits.extend(standards(app, query));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(hits)
    }
}

fn pages(app: &App, caller: &Caller, query: &str) -> Vec<Hit> {
    let mut seen = HashSet::new();
    let shared = &app.shared;
    let menu = shared
        .nav
        .iter()
        .map(|entry| (Find { title: entry.label, ..Find::page(entry.href, &entry.permission) }, "Page"));
    let starts = shared
        .starts
        .iter()
        .map(|entry| (Find { title: entry.label, ..Find::page(entry.href, &entry.permission) }, "Action"));
    let finds = shared.finds.iter().map(|find| (find.clone(), "Action"));
    menu.chain(starts)
        .chain(finds)
        .filter(|(find, _)| caller.actor.may(&find.permission))
        .filter_map(|(find, kind)| Some((fits(query, find.title, find.words)?, find, kind)))
        .filter(|(_, find, _)| seen.insert(find.href))
        .map(|(score, find, kind)| hit(kind, find.title, "", find.href.to_owned(), score))
        .collect()
}

fn measures(app: &App, query: &str) -> Vec<Hit> {
    let all = app.platform.rules().measures.all();
    all.filter_map(|measure| {
        let score = fits(query, &measure.title, &measure.id)?;
        Some(hit("Figure", &measure.title, &measure.id, format!("/figures/{}", measure.id), score))
    })
    .collect()
}

fn standards(app: &App, query: &str) -> Vec<Hit> {
    let all = app.platform.rules().standards.by_id();
    all.into_iter()
        .filter_map(|(id, versions)| {
            let latest = versions.last()?;
            let score = fits(query, &latest.title, id)?;
            Some(hit("Standard", &latest.title, id, format!("/standards/{id}"), score))
        })
        .collect()
}

fn hit(kind: &'static str, title: &str, detail: &str, href: String, score: f32) -> Hit {
    Hit { kind, title: title.to_owned(), detail: detail.to_owned(), href, score }
}

/// How well a name fits what was typed: every word of it begins a word of the name or of its further words.
fn fits(query: &str, title: &str, words: &str) -> Option<f32> {
    let (query, title) = (query.to_lowercase(), title.to_lowercase());
    let further = words.to_lowercase();
    let held: Vec<&str> = parts(&title).chain(parts(&further)).collect();
    let mut typed = parts(&query).peekable();
    typed.peek()?;
    let all = typed.all(|typed| held.iter().any(|word| word.starts_with(typed)));
    all.then_some(if title.starts_with(&query) { BEGINS } else { HOLDS })
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_typed_begins_a_word_of_the_name() {
        assert_eq!(fits("appr", "Approvals", ""), Some(BEGINS));
        assert_eq!(fits("raise a rech", "Raise a recharge", ""), Some(BEGINS));
        assert_eq!(fits("recharge raise", "Raise a recharge", ""), Some(HOLDS));
        assert_eq!(fits("sick", "Operatives", "staff absence sick"), Some(HOLDS));
        assert_eq!(fits("RP02", "Emergency repairs in target", "repairs.rp02-emergency"), Some(HOLDS));
        for other in ["approx", "OX4 1AB", "--", ""] {
            assert_eq!(fits(other, "Approvals", "variations"), None, "{other}");
        }
    }
}
