//! Showing a record: key and value lists, tags, alerts, banners, panels, tabs and details.

use crate::icons::{Icon, icon};
use maud::{Markup, html};

/// What a colour says. The words always say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Worth knowing.
    Info,
    /// Done, kept, in order.
    Success,
    /// Needs attention soon.
    Warning,
    /// Late, refused, dangerous.
    Danger,
    /// The product's own accent: new, chosen.
    Accent,
}

impl Tone {
    /// The suffix of the class, such as `danger`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
            Self::Accent => "accent",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Success => Icon::Check,
            Self::Warning | Self::Danger => Icon::Alert,
            Self::Neutral | Self::Info | Self::Accent => Icon::Info,
        }
    }
}

/// A short status in a pill.
pub fn tag(tone: Tone, text: &str) -> Markup {
    html! { strong class={ "rt-tag rt-tag--" (tone.suffix()) } { (text) } }
}

/// A line of a [`list`].
#[derive(Clone, Debug)]
pub struct Item {
    key: String,
    value: Markup,
    action: Option<(String, String)>,
}

impl Item {
    /// A key and its value.
    pub fn new(key: impl Into<String>, value: Markup) -> Self {
        Self { key: key.into(), value, action: None }
    }

    /// A key and plain text; empty text shows as “Not recorded”.
    pub fn text(key: impl Into<String>, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let value = html! { @if value.trim().is_empty() { span.rt-muted { "Not recorded" } } @else { (value) } };
        Self::new(key, value)
    }

    /// A link at the end of the line, such as `Change` to an address.
    #[must_use]
    pub fn action(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.action = Some((label.into(), href.into()));
        self
    }
}

/// A list of keys and values.
pub fn list(items: &[Item]) -> Markup {
    html! {
        dl.rt-list {
            @for item in items {
                div.rt-list__row {
                    dt.rt-list__key { (item.key) }
                    dd.rt-list__value { (item.value) }
                    @if let Some((label, href)) = &item.action {
                        dd.rt-list__action {
                            a href=(href) { (label) span.govuk-visually-hidden { " " (item.key.to_lowercase()) } }
                        }
                    }
                }
            }
        }
    }
}

/// A notice with an icon, for a result or a state of the whole page.
pub fn banner(tone: Tone, body: Markup) -> Markup {
    html! {
        div class={ "rt-banner rt-banner--" (tone.suffix()) } {
            span.rt-banner__icon { (icon(tone.icon())) }
            div.rt-banner__body { (body) }
        }
    }
}

/// A warning about a home or a person that must be seen before the door: asbestos, no access, a dog.
#[derive(Clone, Debug)]
pub struct Alert {
    /// How grave.
    pub tone: Tone,
    /// What it is, such as `Asbestos`.
    pub title: String,
    /// Where and what to do.
    pub detail: String,
    /// Who acknowledged it and when, if it was.
    pub acknowledged: Option<String>,
    /// The button or form that acknowledges it.
    pub action: Option<Markup>,
}

/// The alerts of a home or person; nothing when there are none.
pub fn alerts(alerts: &[Alert]) -> Markup {
    html! {
        @if !alerts.is_empty() {
            section.rt-alerts aria-label="Alerts" {
                @for alert in alerts {
                    div class={ "rt-alert rt-alert--" (alert.tone.suffix()) } {
                        span.rt-alert__icon { (icon(Icon::Alert)) }
                        div.rt-alert__body {
                            p.rt-alert__title { (alert.title) }
                            @if !alert.detail.is_empty() { p.rt-alert__detail { (alert.detail) } }
                            @if let Some(seen) = &alert.acknowledged { p.rt-alert__seen { (icon(Icon::Check)) (seen) } }
                        }
                        @if let Some(action) = &alert.action { div.rt-alert__action { (action) } }
                    }
                }
            }
        }
    }
}

/// A titled surface that holds part of a record; `action` stands beside the title.
pub fn panel(title: &str, action: Option<Markup>, body: Markup) -> Markup {
    let id = format!("panel-{}", crate::forms::field_id(&title.to_lowercase()));
    html! {
        section.rt-panel aria-labelledby=(id) {
            div.rt-panel__head {
                h2.rt-panel__title id=(id) { (title) }
                @if let Some(action) = action { div.rt-panel__action { (action) } }
            }
            div.rt-panel__body { (body) }
        }
    }
}

/// The result of a finished journey: what was made, its reference, and what happens next.
pub fn outcome(title: &str, reference: Option<&str>, next: Markup) -> Markup {
    html! {
        div.rt-outcome {
            span.rt-outcome__icon { (icon(Icon::Check)) }
            h2.rt-outcome__title { (title) }
            @if let Some(reference) = reference {
                p.rt-outcome__reference { "Reference " strong { (reference) } }
            }
            div.rt-outcome__next { (next) }
        }
    }
}

/// A tab that is a link: each has its own address.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it says.
    pub label: String,
    /// Where it goes.
    pub href: String,
    /// True for the page shown.
    pub current: bool,
    /// How many things are behind it.
    pub count: Option<u64>,
}

impl Tab {
    /// A tab by its words, its address, and whether it is the page shown.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current, count: None }
    }

    /// Shows how many things are behind it.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// A row of tabs; `label` names the row to screen readers.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.rt-tabs aria-label=(label) {
            ul.rt-tabs__list {
                @for tab in tabs {
                    li {
                        a.rt-tabs__link href=(tab.href) aria-current=[tab.current.then_some("page")] {
                            (tab.label)
                            @if let Some(count) = tab.count { " " span.rt-count.rt-count--quiet { (crate::cards::thousands(count)) } }
                        }
                    }
                }
            }
        }
    }
}

/// More, on demand.
pub fn details(summary: &str, body: Markup) -> Markup {
    html! {
        details.govuk-details {
            summary.govuk-details__summary { span.govuk-details__summary-text { (summary) } }
            div.govuk-details__text { (body) }
        }
    }
}

/// Two columns: the record, and beside it what one needs at a glance. On a phone the aside follows.
pub fn columns(main: Markup, aside: Markup) -> Markup {
    html! { div.rt-columns { div.rt-columns__main { (main) } aside.rt-columns__aside { (aside) } } }
}

/// Panels or cards in as many columns as fit.
pub fn grid(cells: &[Markup]) -> Markup {
    html! { div.rt-grid { @for cell in cells { div.rt-grid__cell { (cell) } } } }
}

/// Quiet secondary text.
pub fn muted(text: &str) -> Markup {
    html! { span.rt-muted { (text) } }
}

/// A reference people read aloud, such as `R-104233`: never broken over two lines.
pub fn reference(text: &str, href: Option<&str>) -> Markup {
    html! {
        @if let Some(href) = href { a.rt-ref href=(href) { (text) } } @else { span.rt-ref { (text) } }
    }
}
