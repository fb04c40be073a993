//! A list as a page: tabs, filters with their chips, what was found, the table, and what leads on.

use super::{
    Act, AnyList, From, Given, PAGE_ROWS, Part, Seen,
    filter::{ALL, Control, Filter, Reader, Word},
    rows::{Total, Wanted},
};
use crate::{App, PageResult, pages};
use axum::http::HeaderMap;
use maud::{Markup, html};
use rooftree_platform::{Result, boxed, signin::sessions::Session};
use rooftree_ui::{
    Query,
    cards::thousands,
    filters::FilterBar,
    forms::{self, Choice, Field, Size},
    shell,
    summary::{self, Tab, Tone},
    tables::{self, Row, Table},
};
use std::collections::HashMap;

/// A list as somebody sees it, for what stands above it.
pub struct Shown<'a> {
    /// The app.
    pub app: &'a App,
    /// Who looks.
    pub session: &'a Session,
    /// The address.
    pub query: &'a Query,
    /// The filters that it sets.
    pub given: &'a Given,
    /// How many rows there are; at most one more than the list counts to.
    pub count: i64,
}

/// The words in use, by filter.
type Loaded = HashMap<&'static str, Vec<Word>>;

impl AnyList {
    /// GET the list.
    pub(super) async fn page(&self, app: &App, session: &Session, headers: &HeaderMap, query: &Query) -> PageResult {
        let mut wanted = self.wanted(app, &session.actor, query, Reader::Person).await?;
        let total = self.total(app, &mut wanted).await?;
        let part = self.rows(app, &wanted, From::of(query), PAGE_ROWS).await?;
        let loaded = self.loaded(app, session).await?;
        let shown = Shown { app, session, query, given: &wanted.given, count: total.count };
        let seen = Seen { app, actor: &session.actor, now: app.platform.now() };
        let acts = self.acts(&seen, &part);
        let body = html! {
            (shell::heading(self.title, self.context, self.heading_buttons(session)))
            @if let Some(above) = self.above { (above(&shown)) }
            @for filter in &self.filters { (tabs(filter, query, &wanted.given)) }
            (self.filter_bar(app, session, query, &wanted.given, &loaded, &total))
            @if wanted.alike.is_some() && !part.rows.is_empty() {
                (summary::banner(Tone::Info, html! { p { (self.alike_words()) } }))
            }
            @if let Some(sums) = self.sums.as_ref().filter(|_| !total.sums.is_empty()) { p { ((sums.words)(&total.sums)) } }
            (with_acts(session, &acts, self.table(&seen, query, &wanted, &part, &acts)))
            (self.steps(query, &part, &total))
        };
        let page = pages::page(app, session, self.nav, self.title, body);
        let page = match self.crumb {
            Some((label, href)) => page.crumb(label, href),
            None => page,
        };
        Ok(pages::show(headers, page))
    }

    fn heading_buttons(&self, session: &Session) -> Option<Markup> {
        let mine: Vec<_> = self.buttons.iter().filter(|(.., permission)| session.actor.may(permission)).collect();
        (!mine.is_empty()).then(|| html! { @for (label, href, _) in mine { (forms::button_link(label, href)) } })
    }

    async fn loaded(&self, app: &App, session: &Session) -> Result<Loaded> {
        let mut loaded = Loaded::new();
        for filter in &self.filters {
            if let Control::Loaded(load, _) = filter.control {
                loaded.insert(filter.name, load(app.held(), session.actor.scope.clone()).await?);
            }
        }
        Ok(loaded)
    }

    fn filter_bar(
        &self,
        app: &App,
        session: &Session,
        query: &Query,
        given: &Given,
        loaded: &Loaded,
        total: &Total,
    ) -> Markup {
        let actions = html! { (keep(session, query)) (tables::exports(query)) };
        let mut bar = FilterBar::new(query).result(self.found(total)).actions(actions);
        for filter in &self.filters {
            let words = words_of(filter, loaded);
            bar = match filter.has_control && !is_tab(filter, given) {
                true => bar.field(control(filter, app, query, given, words)),
                false => bar.keep(filter.name),
            };
            let set = given.all.iter().find(|one| one.name == filter.name && one.chosen);
            if let Some(set) = set.filter(|one| filter.default != Some(one.typed.as_str()) && !is_tab(filter, given)) {
                let label = words.iter().find(|word| word.key == set.typed).map_or(&set.typed, |word| &word.label);
                let label = if matches!(filter.control, Control::Id) {
                    filter.label.to_owned()
                } else {
                    format!("{}: {label}", filter.label)
                };
                bar = bar.chip(label, filter.name, &set.typed);
            }
        }
        bar.render()
    }

    /// In words; where sums were asked for, all were counted.
    fn found(&self, total: &Total) -> String {
        let count_max = if total.sums.is_empty() { self.count_max } else { i64::MAX };
        found(self.nouns, total.count, count_max)
    }

    /// The table of some rows.
    fn table(&self, seen: &Seen<'_>, query: &Query, wanted: &Wanted<'_>, part: &Part, acts: &[&Act]) -> Markup {
        let shown: Vec<_> = self.columns.iter().filter(|column| column.on_page).collect();
        let heads = shown.iter().map(|column| match column.sort {
            Some(key) => {
                let down = self.orders.iter().any(|order| order.key == key && order.is_greatest_first());
                let head = column.look.clone().sort(key);
                if down { head.greatest_first() } else { head }
            }
            None => column.look.clone(),
        });
        let rows = part.rows.iter().map(|row| {
            let mut drawn = Row::new(shown.iter().map(|column| column.show(row, seen)).collect());
            if let Some(href) = self.link.as_ref().and_then(|link| link(row, seen)) {
                drawn = drawn.href(href);
            }
            if let Some((value, name)) = self.tick.as_ref().and_then(|tick| tick(row, seen)) {
                drawn = drawn.tick(value, name);
            }
            drawn
                .urgent(self.urgent.as_ref().is_some_and(|is| is(row, seen)))
                .faint(self.faint.as_ref().is_some_and(|is| is(row, seen)))
        });
        let mut table = Table::new(self.title, heads.collect())
            .caption_hidden()
            .sort(&query.clone().with("sort", wanted.sorted.word()))
            .rows(rows.collect())
            .empty(html! { p { (self.empty) } });
        if let Some(act) = acts.first() {
            table = table.ticks(act.name);
        }
        table.render()
    }

    /// The rows that an address asks for as a table on another page, and how many there are in all; at most `limit` are shown.
    #[boxed]
    pub async fn block(&self, app: &App, session: &Session, query: &Query, limit: i64) -> Result<(Markup, i64)> {
        let mut wanted = self.wanted(app, &session.actor, query, Reader::Person).await?;
        let total = self.total(app, &mut wanted).await?;
        let part = self.rows(app, &wanted, From::Start, limit).await?;
        let seen = Seen { app, actor: &session.actor, now: app.platform.now() };
        let table = self.table(&seen, query, &wanted, &part, &[]);
        let more = total.count > part.rows.len() as i64;
        let body = html! {
            @if !part.rows.is_empty() { (table) }
            @if more { p { a href=(query.href()) { "All " (self.found(&total).to_lowercase()) } } }
        };
        Ok((body, total.count))
    }

    /// What this person may do to rows of the page, where any of them can be ticked.
    fn acts(&self, seen: &Seen<'_>, part: &Part) -> Vec<&Act> {
        let can_tick = self.tick.as_ref().is_some_and(|tick| part.rows.iter().any(|row| tick(row, seen).is_some()));
        self.acts.iter().filter(|act| can_tick && seen.actor.may(&act.permission)).collect()
    }

    fn steps(&self, query: &Query, part: &Part, total: &Total) -> Markup {
        let bare = || query.clone().without("after").without("before");
        let previous = part.previous.as_ref().map(|cursor| bare().with("before", cursor.encode()).href());
        let next = part.next.as_ref().map(|cursor| bare().with("after", cursor.encode()).href());
        let shown = format!("{} of {}", thousands(part.rows.len() as u64), self.found(total).to_lowercase());
        html! {
            @if previous.is_some() || next.is_some() {
                (tables::cursor_pages(&shown, previous.as_deref(), next.as_deref()))
            }
        }
    }
}

/// The table in the form of what may be done to its ticked rows.
fn with_acts(session: &Session, acts: &[&Act], table: Markup) -> Markup {
    let Some(first) = acts.first() else { return table };
    let button = |act: &&Act| html! { button.govuk-button type="submit" formaction=(act.action) { (act.label) } };
    let buttons: Vec<Markup> = acts.iter().map(button).collect();
    forms::form(first.action, &session.csrf, html! { (table) div.rt-acts { (forms::buttons(&buttons)) } })
}

/// `3,210 places`, `1 place`, `More than 10,000 places`.
fn found((one, several): (&str, &str), count: i64, count_max: i64) -> String {
    match count {
        1 => format!("1 {one}"),
        count if count > count_max => format!("More than {} {several}", thousands(count_max.unsigned_abs())),
        count => format!("{} {several}", thousands(count.unsigned_abs())),
    }
}

/// Keeps the list as it is shown under a name, for the start page.
fn keep(session: &Session, query: &Query) -> Markup {
    summary::details(
        "Keep this list",
        forms::form(
            "/saved-lists",
            &session.csrf,
            html! {
                (forms::hidden("address", &query.clone().without("after").without("before").href()))
                (forms::text(Field::new("keep_as", "Name of the list").hint("You find it on your start page").size(Size::Chars20)))
                (forms::buttons(&[forms::secondary("Keep", None)]))
            },
        ),
    )
}

fn words_of<'a>(filter: &'a Filter, loaded: &'a Loaded) -> &'a [Word] {
    match &filter.control {
        Control::Words(words) => words,
        Control::Loaded(..) => loaded.get(filter.name).map_or(&[], Vec::as_slice),
        _ => &[],
    }
}

/// Whether a tab shows what a filter is set to.
fn is_tab(filter: &Filter, given: &Given) -> bool {
    given.get(filter.name).is_some_and(|key| filter.tabs.iter().any(|(tab, _)| *tab == key))
}

fn tabs(filter: &Filter, query: &Query, given: &Given) -> Markup {
    if filter.tabs.is_empty() {
        return html! {};
    }
    let to = |key: &str| query.clone().without("after").without("before").with(filter.name, key).href();
    let now = given.get(filter.name);
    let mut row: Vec<Tab> =
        filter.tabs.iter().map(|(key, label)| Tab::new(*label, to(key), now == Some(*key))).collect();
    row.push(Tab::new(filter.prompt, to(ALL), !is_tab(filter, given)));
    summary::tabs(filter.label, &row)
}

fn control(filter: &Filter, app: &App, query: &Query, given: &Given, words: &[Word]) -> Markup {
    let typed = query.get(filter.name).map(str::trim).unwrap_or_default();
    let value = if typed.is_empty() { given.get(filter.name).unwrap_or_default() } else { typed };
    let mut field = Field::new(filter.name, filter.label).value(value);
    if !filter.hint.is_empty() {
        field = field.hint(filter.hint);
    }
    match &filter.control {
        Control::Words(_) | Control::Loaded(..) => {
            let mut choices: Vec<Choice<'_>> =
                words.iter().map(|word| Choice::new(word.key.as_str(), word.label.as_str())).collect();
            // What a link asked for stays chosen, in use or not.
            if let (Control::Loaded(..), Some(set)) = (&filter.control, given.get(filter.name))
                && !words.iter().any(|word| word.key == set)
            {
                choices.push(Choice::new(set, set));
            }
            match filter.default {
                Some(_) => {
                    choices.push(Choice::new(ALL, filter.prompt));
                    forms::select(field, None, &choices)
                }
                None => forms::select(field, Some(filter.prompt), &choices),
            }
        }
        // What somebody typed is told; a word that no control offers came with an old link and is passed over.
        Control::Day => forms::date(field.errors(&given.errors)),
        Control::Number => forms::text(field.errors(&given.errors).size(Size::Chars10)),
        Control::Text | Control::Found(_) | Control::Id | Control::Period => {
            suggested(filter, app, field.size(Size::Chars30))
        }
    }
}

/// A text with what may be typed.
fn suggested(filter: &Filter, app: &App, field: Field<'_>) -> Markup {
    let Some(suggest) = filter.suggest else { return forms::text(field) };
    let (list, words) = (format!("{}-words", filter.name), suggest(app));
    html! { (forms::text(field.list(list.as_str()))) (forms::datalist(&list, words.iter().map(String::as_str))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_how_many() {
        let found = |count| found(("place", "places"), count, 10_000);
        assert_eq!(found(1), "1 place");
        assert_eq!(found(3210), "3,210 places");
        assert_eq!(found(10_001), "More than 10,000 places");
    }
}
