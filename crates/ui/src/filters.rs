//! Narrowing a list: a GET form with chips for what is chosen, each with a link that takes it away.

use crate::{
    icons::{Icon, icon},
    query::Query,
};
use maud::{Markup, html};

/// The filters above a list.
#[derive(Clone, Debug)]
pub struct FilterBar {
    query: Query,
    fields: Vec<Markup>,
    chips: Vec<(String, String)>,
    kept: Vec<String>,
    result: Option<String>,
    actions: Option<Markup>,
}

impl FilterBar {
    /// Filters for the list at an address.
    pub fn new(query: &Query) -> Self {
        let kept = vec!["sort".to_owned()];
        Self { query: query.clone(), fields: Vec::new(), chips: Vec::new(), kept, result: None, actions: None }
    }

    /// Adds a control, such as a select; mark it up with [`crate::forms`].
    #[must_use]
    pub fn field(mut self, control: Markup) -> Self {
        self.fields.push(control);
        self
    }

    /// Shows that a filter is set: `Ward: Lye Valley`, the parameter and its value.
    #[must_use]
    pub fn chip(mut self, label: impl Into<String>, name: &str, value: &str) -> Self {
        let href =
            self.query.clone().without_value(name, value).without("page").without("after").without("before").href();
        self.chips.push((label.into(), href));
        self
    }

    /// Keeps a parameter that has no control of its own (a tab, a view) when the form is sent.
    #[must_use]
    pub fn keep(mut self, name: impl Into<String>) -> Self {
        self.kept.push(name.into());
        self
    }

    /// Says what was found: `3,210 repairs`.
    #[must_use]
    pub fn result(mut self, text: impl Into<String>) -> Self {
        self.result = Some(text.into());
        self
    }

    /// Links beside the result, such as [`crate::tables::exports`].
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// The address with no filter set.
    fn cleared(&self) -> String {
        let kept = self.query.pairs().iter().filter(|(name, _)| self.kept.contains(name));
        kept.fold(Query::new(self.query.path()), |query, (name, value)| query.with(name, value.as_str())).href()
    }

    /// The form, the chips and the result line.
    pub fn render(&self) -> Markup {
        let kept = self.query.pairs().iter().filter(|(name, _)| self.kept.contains(name));
        html! {
            search.rt-filters aria-label="Filters" {
                @if !self.fields.is_empty() {
                    details.rt-filters__fold open[self.fields.len() < 3] {
                        summary.rt-filters__toggle {
                            (icon(Icon::Filter)) "Filters"
                            @if !self.chips.is_empty() { " " span.rt-count { (self.chips.len()) } }
                        }
                        form.rt-filters__form action=(self.query.path()) method="get" {
                            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
                            @for field in &self.fields { div.rt-filters__field { (field) } }
                            div.rt-filters__go {
                                button.govuk-button.govuk-button--secondary type="submit" { "Apply" }
                            }
                        }
                    }
                }
                @if !self.chips.is_empty() {
                    div.rt-chips {
                        ul.rt-chips__list {
                            @for (label, href) in &self.chips {
                                li {
                                    a.rt-chip href=(href) {
                                        span.govuk-visually-hidden { "Remove filter " } (label) (icon(Icon::Cross))
                                    }
                                }
                            }
                        }
                        a.rt-chips__clear href=(self.cleared()) { "Clear all" }
                    }
                }
            }
            @if self.result.is_some() || self.actions.is_some() {
                div.rt-result {
                    @if let Some(result) = &self.result { p.rt-result__count role="status" { (result) } }
                    @if let Some(actions) = &self.actions { div.rt-result__actions { (actions) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{self, Field};

    #[test]
    fn chips_remove_one_filter_and_keep_the_others() {
        let query = Query::parse("/repairs", "ward=Lye&status=open&sort=-due&page=4");
        let html = FilterBar::new(&query)
            .field(forms::text(Field::new("ward", "Ward").value("Lye")))
            .chip("Ward: Lye", "ward", "Lye")
            .chip("<Open>", "status", "open")
            .result("12 repairs")
            .render()
            .into_string();
        assert!(html.contains("href=\"/repairs?status=open&amp;sort=-due\""), "{html}");
        assert!(html.contains("href=\"/repairs?sort=-due\">Clear all"));
        assert!(html.contains("type=\"hidden\" name=\"sort\" value=\"-due\""));
        assert!(html.contains("&lt;Open&gt;"));
    }
}
