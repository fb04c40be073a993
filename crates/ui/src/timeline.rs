//! What happened, newest first: moment, actor, title and body of each fact.

use crate::summary::Tone;
use maud::{Markup, html};
use rooftree_kernel::Moment;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// By whom; empty when it does not matter.
    pub actor: String,
    /// What, in the past tense.
    pub title: String,
    /// More, if there is more.
    pub body: Option<Markup>,
    /// The colour of its point.
    pub tone: Tone,
    /// Where to read on.
    pub href: Option<String>,
    /// When it was learned, if that was later than it happened.
    pub recorded: Option<Moment>,
}

impl Entry {
    /// Something that happened at a moment.
    pub fn new(at: Moment, actor: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            at,
            actor: actor.into(),
            title: title.into(),
            body: None,
            tone: Tone::Neutral,
            href: None,
            recorded: None,
        }
    }

    /// Adds more.
    #[must_use]
    pub fn body(mut self, body: Markup) -> Self {
        self.body = Some(body);
        self
    }

    /// Colours its point.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Links its title.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Says when it was learned; shown when that is more than a quarter of an hour after it happened.
    #[must_use]
    pub fn recorded(mut self, recorded: Moment) -> Self {
        self.recorded = Some(recorded);
        self
    }
}

/// The entries in the order given.
pub fn timeline(entries: &[Entry]) -> Markup {
    html! {
        @if entries.is_empty() { p.rt-muted { "Nothing has happened yet." } }
        @else {
            ol.rt-timeline {
                @for entry in entries {
                    li class={ "rt-timeline__entry rt-timeline__entry--" (entry.tone.suffix()) } {
                        p.rt-timeline__title {
                            @if let Some(href) = &entry.href { a href=(href) { (entry.title) } } @else { (entry.title) }
                        }
                        p.rt-timeline__meta {
                            time datetime=(entry.at) { (entry.at.long()) }
                            @if !entry.actor.is_empty() { " · " (entry.actor) }
                            @if let Some(recorded) = entry.recorded.filter(|late| late.seconds_since(entry.at) > 900) {
                                " · recorded " time datetime=(recorded) { (recorded.long()) }
                            }
                        }
                        @if let Some(body) = &entry.body { div.rt-timeline__body { (body) } }
                    }
                }
            }
        }
    }
}
