//! The body of a page that every area needs: somebody else changed this.

use crate::icons::{Icon, icon};
use maud::{Markup, html};

/// One field that two people changed.
#[derive(Clone, Debug)]
pub struct Clash {
    /// The field in words.
    pub label: String,
    /// What is stored now.
    pub theirs: String,
    /// What was typed.
    pub yours: String,
}

/// Someone else changed the record in between. Shows both versions; `form` holds what was typed, ready to be sent again.
pub fn conflict(what: &str, who: &str, when: &str, clashes: &[Clash], form: Markup) -> Markup {
    html! {
        div.rt-conflict {
            h1.rt-message__title { "Someone else changed this" }
            p { (who) " changed " (what) " at " (when) ", after you opened it. Nothing you typed is lost." }
            @if !clashes.is_empty() {
                div.rt-table-wrap { table.rt-table.rt-conflict__table {
                    caption.rt-table__caption { "Where the two differ" }
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Saved by " (who) } th scope="col" { "Typed by you" } } }
                    tbody {
                        @for clash in clashes {
                            tr {
                                th scope="row" data-label="Field" { (clash.label) }
                                td data-label="Saved" { (clash.theirs) }
                                td data-label="Typed" { (icon(Icon::Pen)) " " strong { (clash.yours) } }
                            }
                        }
                    }
                }
            } }
            h2 { "Check and save again" }
            (form)
        }
    }
}
