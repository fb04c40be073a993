//! What the search box answers with, as options under the box and as a page.

use maud::{Markup, html};

/// Something found.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// What it is: `Home`, `Person`, `Repair`.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// What tells it from others of that name.
    pub detail: String,
    /// Its page.
    pub href: String,
    /// A tag or a clock.
    pub state: Option<Markup>,
}

/// The fragment that `/search/suggest` answers with: the options of the list box. Silence would leave it open whether anything was looked
/// for: where nothing is found, a line that nobody can choose says so.
pub fn suggestions(hits: &[Hit]) -> Markup {
    html! {
        @if hits.is_empty() {
            li.rt-hit role="option" aria-disabled="true" { span.rt-hit__detail { "Nothing found. Enter searches more widely" } }
        }
        @for (index, hit) in hits.iter().enumerate() {
            li.rt-hit role="option" id={ "rt-hit-" (index) } data-href=(hit.href) {
                span.rt-hit__kind { (hit.kind) }
                span { strong { (hit.title) } @if !hit.detail.is_empty() { " " span.rt-hit__detail { (hit.detail) } } }
                @if let Some(state) = &hit.state { span { (state) } }
            }
        }
    }
}

/// The same on a page of its own, for those without script and for long lists.
pub fn results(hits: &[Hit]) -> Markup {
    html! {
        ul.rt-hits {
            @for hit in hits {
                li.rt-hits__item {
                    span.rt-hit__kind { (hit.kind) }
                    span.rt-hits__words {
                        a.rt-task__title href=(hit.href) { (hit.title) }
                        @if !hit.detail.is_empty() { " " span.rt-hit__detail { (hit.detail) } }
                    }
                    @if let Some(state) = &hit.state { span.rt-task__state { (state) } }
                }
            }
        }
    }
}
