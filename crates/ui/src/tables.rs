//! Lists: a table on a desk, cards on a phone, with sort links, row links, ticking, paging and export.

use crate::{
    icons::{Icon, icon},
    query::Query,
};
use maud::{Markup, html};

/// A column of a table.
#[derive(Clone, Debug, Default)]
pub struct Column {
    heading: String,
    sort_key: Option<String>,
    greatest_first: bool,
    numeric: bool,
    desk_only: bool,
    nowrap: bool,
}

impl Column {
    /// A column of text.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), ..Self::default() }
    }

    /// A column of numbers, aligned to the right.
    pub fn number(heading: impl Into<String>) -> Self {
        Self { numeric: true, ..Self::new(heading) }
    }

    /// Lets the reader sort by it: the key goes into the `sort` parameter, with a leading `-` for descending.
    #[must_use]
    pub fn sort(mut self, key: impl Into<String>) -> Self {
        self.sort_key = Some(key.into());
        self
    }

    /// The key without a sign begins with the greatest: the newest, the dearest.
    #[must_use]
    pub fn greatest_first(mut self) -> Self {
        self.greatest_first = true;
        self
    }

    /// Leaves it out on a phone.
    #[must_use]
    pub fn desk_only(mut self) -> Self {
        self.desk_only = true;
        self
    }

    /// Never breaks its text: dates, references.
    #[must_use]
    pub fn nowrap(mut self) -> Self {
        self.nowrap = true;
        self
    }

    fn class(&self) -> Option<String> {
        let parts = [(self.numeric, "rt-table__number"), (self.desk_only, "rt-desk-only"), (self.nowrap, "rt-nowrap")];
        let on: Vec<&str> = parts.iter().filter(|(on, _)| *on).map(|(_, class)| *class).collect();
        (!on.is_empty()).then(|| on.join(" "))
    }
}

/// A row of a table; the first cell is its name.
#[derive(Clone, Debug, Default)]
pub struct Row {
    cells: Vec<Markup>,
    href: Option<String>,
    tick: Option<(String, String)>,
    class: Option<&'static str>,
}

impl Row {
    /// The cells, one for each column.
    pub fn new(cells: Vec<Markup>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// Makes the first cell a link; with script a click anywhere in the row follows it.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Gives it a checkbox in a table with [`Table::ticks`]: the value submitted, and the words that name the row.
    #[must_use]
    pub fn tick(mut self, value: impl Into<String>, name: impl Into<String>) -> Self {
        self.tick = Some((value.into(), name.into()));
        self
    }

    /// Marks the row as needing attention.
    #[must_use]
    pub fn urgent(mut self, urgent: bool) -> Self {
        self.class = urgent.then_some("rt-table__row--urgent");
        self
    }

    /// Shows the row faintly: cancelled, excluded.
    #[must_use]
    pub fn faint(mut self, faint: bool) -> Self {
        if faint {
            self.class = Some("rt-table__row--faint");
        }
        self
    }
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    caption: String,
    caption_hidden: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    sort: Option<Query>,
    ticks: Option<String>,
    ticked: Vec<String>,
    empty: Option<Markup>,
    total: Option<Vec<Markup>>,
}

impl Table {
    /// A table by its caption and columns.
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), columns, ..Self::default() }
    }

    /// Keeps the caption for screen readers only: the heading above already says it.
    #[must_use]
    pub fn caption_hidden(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    /// Sets the rows.
    #[must_use]
    pub fn rows(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self
    }

    /// Makes sortable headings links that keep the rest of the address.
    #[must_use]
    pub fn sort(mut self, query: &Query) -> Self {
        self.sort = Some(query.clone());
        self
    }

    /// Gives rows checkboxes of this name; put the table into a form.
    #[must_use]
    pub fn ticks(mut self, name: impl Into<String>) -> Self {
        self.ticks = Some(name.into());
        self
    }

    /// The values that are ticked already: those of a form that is shown again.
    #[must_use]
    pub fn ticked(mut self, values: &[impl AsRef<str>]) -> Self {
        self.ticked = values.iter().map(|value| value.as_ref().to_owned()).collect();
        self
    }

    /// What stands there when there are no rows: say why, and what to do.
    #[must_use]
    pub fn empty(mut self, body: Markup) -> Self {
        self.empty = Some(body);
        self
    }

    /// A last row with totals, one cell for each column.
    #[must_use]
    pub fn total(mut self, cells: Vec<Markup>) -> Self {
        self.total = Some(cells);
        self
    }

    /// The table, or its empty state.
    pub fn render(&self) -> Markup {
        if self.rows.is_empty() {
            return html! {
                div.rt-empty {
                    @if let Some(body) = &self.empty { (body) } @else { p { "Nothing to show." } }
                }
            };
        }
        let caption = if self.caption_hidden { "govuk-visually-hidden" } else { "rt-table__caption" };
        html! {
            // Wide tables scroll sideways: keyboards reach that, and screen readers hear what it is.
            div.rt-table-wrap tabindex="0" role="group" aria-label=(self.caption) {
                table.rt-table {
                    caption class=(caption) { (self.caption) }
                    (self.head())
                    tbody { @for row in &self.rows { (self.row(row)) } }
                    @if let Some(cells) = &self.total {
                        tfoot { tr { @if self.ticks.is_some() { td {} } @for (index, cell) in cells.iter().enumerate() { (self.cell(index, cell)) } } }
                    }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        html! {
            thead {
                tr {
                    @if self.ticks.is_some() {
                        th.rt-table__tick scope="col" {
                            span.govuk-visually-hidden { "Choose" }
                            label.rt-tick data-tick-all="" hidden {
                                input type="checkbox"; span.govuk-visually-hidden { "Choose all rows" }
                            }
                        }
                    }
                    @for column in &self.columns { (self.heading(column)) }
                }
            }
        }
    }

    fn heading(&self, column: &Column) -> Markup {
        let link = column.sort_key.as_ref().zip(self.sort.as_ref()).map(|(key, query)| {
            let now = query.get("sort").unwrap_or_default();
            let down = format!("-{key}");
            let (plain, turned) =
                if column.greatest_first { ("descending", "ascending") } else { ("ascending", "descending") };
            let (state, next) = match now {
                _ if now == key => (Some(plain), down.as_str()),
                _ if now == down => (Some(turned), key.as_str()),
                _ => (None, key.as_str()),
            };
            (state, query.clone().without("page").without("after").without("before").with("sort", next).href())
        });
        html! {
            @match &link {
                Some((state, href)) => {
                    th scope="col" class=[column.class()] aria-sort=[*state] {
                        a.rt-table__sort href=(href) {
                            (column.heading)
                            @match state {
                                Some("ascending") => (icon(Icon::ArrowUp)),
                                Some(_) => (icon(Icon::ArrowDown)),
                                None => {},
                            }
                        }
                    }
                }
                None => { th scope="col" class=[column.class()] { @if column.heading.is_empty() { span.govuk-visually-hidden { "Actions" } } @else { (column.heading) } } }
            }
        }
    }

    fn row(&self, row: &Row) -> Markup {
        html! {
            tr class=[row.class] data-href=[row.href.as_deref()] {
                @if let Some(name) = &self.ticks {
                    td.rt-table__tick {
                        @if let Some((value, words)) = &row.tick {
                            label.rt-tick {
                                input type="checkbox" name=(name) value=(value) checked[self.ticked.contains(value)];
                                span.govuk-visually-hidden { "Choose " (words) }
                            }
                        }
                    }
                }
                @for (index, cell) in row.cells.iter().enumerate() {
                    @if let (0, Some(href)) = (index, &row.href) {
                        (self.cell(index, &html! { a.rt-table__link href=(href) { (cell) } }))
                    } @else { (self.cell(index, cell)) }
                }
            }
        }
    }

    fn cell(&self, index: usize, cell: &Markup) -> Markup {
        let column = self.columns.get(index);
        let class = column.and_then(Column::class);
        let label = column.map(|column| column.heading.as_str()).unwrap_or_default();
        html! {
            @if index == 0 { th scope="row" class=[class] data-label=(label) { (cell) } }
            @else { td class=[class] data-label=(label) { (cell) } }
        }
    }
}

/// Paging by number: first, last and the neighbours of the page shown. The address keeps everything but `page`.
pub fn pages(query: &Query, page: u64, pages_total: u64) -> Markup {
    let link = |number: u64| query.clone().with("page", number.to_string()).href();
    let near = |number: &u64| *number == 1 || *number == pages_total || number.abs_diff(page) <= 2;
    let shown: Vec<u64> = (1..=pages_total).filter(near).collect();
    html! {
        @if pages_total > 1 {
            nav.rt-pages aria-label="Pages" {
                @if page > 1 { a.rt-pages__step rel="prev" href=(link(page - 1)) { (icon(Icon::ArrowLeft)) "Previous" } }
                ul.rt-pages__list {
                    @for (index, number) in shown.iter().enumerate() {
                        @if index > 0 && shown[index - 1] + 1 != *number { li.rt-pages__gap { "…" } }
                        li {
                            a.rt-pages__link href=(link(*number)) aria-label={ "Page " (number) }
                                aria-current=[(*number == page).then_some("page")] { (number) }
                        }
                    }
                }
                @if page < pages_total { a.rt-pages__step rel="next" href=(link(page + 1)) { "Next" (icon(Icon::ArrowRight)) } }
            }
        }
    }
}

/// Paging by cursor: `shown` says what is on the page; either address may be absent.
pub fn cursor_pages(shown: &str, previous: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        nav.rt-pages aria-label="Pages" {
            @if let Some(href) = previous { a.rt-pages__step rel="prev" href=(href) { (icon(Icon::ArrowLeft)) "Previous" } }
            p.rt-pages__shown { (shown) }
            @if let Some(href) = next { a.rt-pages__step rel="next" href=(href) { "Next" (icon(Icon::ArrowRight)) } }
        }
    }
}

/// Links that export the list as it is filtered: the address with `.csv` and `.xlsx` after its path.
pub fn exports(query: &Query) -> Markup {
    let link = |extension: &str| {
        let raw = query.clone().without("page").without("after").without("before").href();
        let (path, rest) = raw.split_once('?').map_or((raw.as_str(), String::new()), |(p, r)| (p, format!("?{r}")));
        format!("{path}.{extension}{rest}")
    };
    html! {
        p.rt-exports {
            (icon(Icon::Download)) "Export "
            a href=(link("csv")) { "CSV" span.govuk-visually-hidden { " of this list" } } " "
            a href=(link("xlsx")) { "Excel" span.govuk-visually-hidden { " of this list" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(query: &str) -> String {
        let columns = vec![Column::new("Reference").sort("ref"), Column::number("Cost").sort("cost")];
        let rows = vec![Row::new(vec![html! { "R-1" }, html! { "<£9" }]).href("/repairs/R-1").tick("1", "R-1")];
        Table::new("Repairs", columns)
            .rows(rows)
            .sort(&Query::parse("/repairs", query))
            .ticks("id")
            .render()
            .into_string()
    }

    #[test]
    fn headings_sort_and_keep_the_filter() {
        let html = sample("ward=Lye&page=3&sort=cost");
        assert!(html.contains("href=\"/repairs?ward=Lye&amp;sort=-cost\""), "{html}");
        assert!(html.contains("aria-sort=\"ascending\""));
        assert!(html.contains("href=\"/repairs?ward=Lye&amp;sort=ref\""));
    }

    #[test]
    fn rows_link_and_carry_labels_for_phones() {
        let html = sample("");
        assert!(html.contains("<a class=\"rt-table__link\" href=\"/repairs/R-1\">R-1</a>"));
        assert!(html.contains("data-label=\"Cost\">&lt;£9</td>"), "{html}");
        assert!(html.contains("name=\"id\" value=\"1\""));
    }

    #[test]
    fn paging_shows_ends_and_neighbours() {
        let html = pages(&Query::parse("/r", "page=5"), 5, 20).into_string();
        assert_eq!(html.matches("…").count(), 2);
        assert!(html.contains("href=\"/r?page=20\"") && html.contains("aria-current=\"page\">5"));
        assert!(pages(&Query::new("/r"), 1, 1).into_string().is_empty());
    }

    #[test]
    fn exports_keep_the_filter() {
        let html = exports(&Query::parse("/repairs", "ward=Lye&page=2")).into_string();
        assert!(html.contains("/repairs.csv?ward=Lye") && html.contains("/repairs.xlsx?ward=Lye"));
    }
}
