//! Stored words and numbers as people read them.

use crate::{
    declared::{DECLARED, Reason},
    priority::Priority,
};
use maud::{Markup, html};
use rooftree_platform::documents::Document;
use rooftree_ui::{
    forms::Choice,
    summary::{self, Tone},
};

/// The tone of a priority.
pub fn tone(priority: Priority) -> Tone {
    match priority {
        Priority::Emergency => Tone::Danger,
        Priority::Urgent => Tone::Warning,
        Priority::Routine => Tone::Info,
    }
}

/// The tag of a stored priority.
pub fn priority_tag(word: &str) -> Markup {
    Priority::parse(word)
        .map_or_else(|| summary::tag(Tone::Neutral, word), |priority| summary::tag(tone(priority), priority.title()))
}

/// A quantity in hundredths as people write it: 1, 1.5, 0.25.
pub fn quantity(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Photos of a repair.
pub fn pictures(papers: &[Document]) -> Markup {
    html! {
        @if papers.is_empty() { p { "No photo or signature was kept." } }
        @else {
            ul.rt-photos {
                @for paper in papers {
                    li {
                        a href={ "/documents/" (paper.id) } {
                            @if paper.has_thumbnail { img src={ "/documents/" (paper.id) "/thumbnail" } alt=(paper.name) loading="lazy"; } @else { (paper.name) }
                        }
                        span.rt-photos__state { (paper.name) ", " (paper.added_at.short()) }
                    }
                }
            }
        }
    }
}

/// The reasons of a list to choose from.
pub fn reasons(list: &str) -> Vec<Choice<'static>> {
    choices(DECLARED.reasons(list))
}

/// Some reasons to choose from.
pub fn choices(reasons: impl Iterator<Item = &'static Reason>) -> Vec<Choice<'static>> {
    reasons.map(|reason| Choice::new(reason.key.as_str(), reason.title.as_str())).collect()
}
