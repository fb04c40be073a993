//! What the page of spend looks like.

use super::queries::{Cell, Filter, Sums, by, total};
use crate::orders::money::BUDGETS;
use maud::{Markup, html};
use rooftree_kernel::{Day, Pence, ProviderId, periods::Period};
use rooftree_platform::Result;
use rooftree_ui::{
    Query,
    cards::thousands,
    charts::{self, Bar, Unit},
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    tables::{self, Column, Row, Table},
};
use std::collections::BTreeMap;

/// Financial years that the filter offers; an address may name any.
const YEARS_OFFERED: i64 = 5;

/// What the page shows.
pub struct Shown<'a> {
    /// The address.
    pub query: &'a Query,
    /// What it says.
    pub filter: &'a Filter,
    /// What there is.
    pub cells: &'a [Cell],
    /// The same of the month before the year.
    pub before: &'a [Cell],
    /// Providers, for those who see more than one.
    pub providers: &'a [(ProviderId, String)],
    /// The present day.
    pub today: Day,
}

/// The page.
pub fn page(shown: &Shown<'_>) -> Result<Markup> {
    let (all, months) = (total(shown.cells)?, by(shown.cells, |cell| cell.month)?);
    let (narrowest, budgets) = (shown.filter.narrowest(), by_budget(shown)?);
    let averages = averages(shown)?;
    Ok(html! {
        (shell::heading("Spend", Some(&format!("Works orders issued in {}", shown.filter.year.label())), None))
        (filters(shown, all))
        p {
            "An order counts in the month in which it was issued, with the value that it has now: its lines and the variations that were approved. "
            "Orders that were cancelled, or still wait for approval, do not count. "
            "No budgets are kept here yet: compare these sums with yours."
        }
        @if !shown.cells.is_empty() { (chart(shown, &months)) }
        h2 { "By month" }
        p { "The average of an order beside that of the month before says whether a month is dearer for more orders or for dearer ones." }
        (by_month(shown, &months, &averages, all))
        h2 id="budgets" { "By budget and provider, " (narrowest.label()) }
        (budgets)
    })
}

fn filters(shown: &Shown<'_>, all: Sums) -> Markup {
    let (query, filter) = (shown.query, shown.filter);
    let present = Period::year_of(shown.today);
    let mut years: Vec<Period> = (0..YEARS_OFFERED).map(|back| present.plus(-back)).collect();
    if !years.contains(&filter.year) {
        years.push(filter.year);
    }
    let years: Vec<Choice<'_>> = years.iter().map(|year| Choice::new(year.to_string(), year.label())).collect();
    let months: Vec<Choice<'_>> = (0..filter.year.months())
        .map(|month| Period::month_of(filter.year.first_day().plus_months(month)))
        .map(|month| Choice::new(month.to_string(), month.label()))
        .collect();
    let month = filter.month.map(|month| month.to_string()).unwrap_or_default();
    let budgets: Vec<Choice<'_>> = BUDGETS.iter().map(|code| Choice::new(*code, *code)).collect();
    let providers: Vec<Choice<'_>> =
        shown.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let budget = filter.budget.clone().unwrap_or_default();
    let provider = filter.provider.map(|id| id.to_string()).unwrap_or_default();
    let mut bar = FilterBar::new(query)
        .field(forms::select(Field::new("year", "Financial year").value(filter.year.to_string()), None, &years))
        .field(forms::select(Field::new("month", "Month").value(month.clone()), Some("Whole year"), &months))
        .field(forms::select(Field::new("budget", "Budget").value(budget.clone()), Some("Any"), &budgets));
    if providers.len() > 1 {
        bar = bar.field(forms::select(
            Field::new("provider", "Provider").value(provider.clone()),
            Some("Any"),
            &providers,
        ));
    }
    if let Some(chosen) = filter.month {
        bar = bar.chip(chosen.label(), "month", &month);
    }
    if filter.budget.is_some() {
        bar = bar.chip(budget.clone(), "budget", &budget);
    }
    if let Some((_, name)) = shown.providers.iter().find(|(id, _)| Some(*id) == filter.provider) {
        bar = bar.chip(name.clone(), "provider", &provider);
    }
    bar.result(format!("{} ordered", all.ordered)).actions(tables::exports(query)).render()
}

/// The list of the orders that count in a period, with the page's own filters.
fn orders(filter: &Filter, period: Period) -> Query {
    let mut list =
        Query::new("/orders").with("status", "all").with("cancelled", "no").with("period", period.to_string());
    if let Some(budget) = &filter.budget {
        list = list.with("budget", budget.as_str());
    }
    if let Some(provider) = filter.provider {
        list = list.with("provider", provider.to_string());
    }
    list
}

fn chart(shown: &Shown<'_>, months: &BTreeMap<Day, Sums>) -> Markup {
    let bars: Vec<Bar> = months
        .iter()
        .map(|(month, sums)| {
            let period = Period::month_of(*month);
            Bar {
                label: period.label(),
                value: pounds(sums.ordered),
                href: Some(orders(shown.filter, period).href()),
                note: format!("{} of it invoiced", Unit::Pounds.format(pounds(sums.invoiced))),
                marked: *month == shown.today.month_start(),
            }
        })
        .collect();
    charts::bars("Ordered by month", "Month", Unit::Pounds, &bars)
}

/// For the length of a bar; the figures themselves stay whole pence.
fn pounds(pence: Pence) -> f64 {
    pence.0 as f64 / 100.0
}

const FIGURES: [&str; 5] = ["Orders", "Ordered", "Of it variations", "Completed", "Invoiced"];

fn columns(names: &[&str]) -> Vec<Column> {
    let numbers = FIGURES.iter().map(|heading| Column::number(*heading));
    names.iter().map(|name| Column::new(*name)).chain(numbers).collect()
}

/// The figures of a row; each opens the orders that make it.
fn figures(sums: &Sums, list: &Query) -> [Markup; 5] {
    let open = |words: String, any: bool, list: Query| html! { @if any { a href=(list.href()) { (words) } } @else { (words) } };
    let money = |pence: Pence, list: Query| open(pence.to_string(), pence != Pence::ZERO, list);
    [
        open(thousands(sums.orders.unsigned_abs()), sums.orders > 0, list.clone()),
        money(sums.ordered, list.clone()),
        money(sums.varied, list.clone().with("varied", "yes").with("sort", "value")),
        money(sums.completed, list.clone().with("status", "completed")),
        money(sums.invoiced, list.clone().with("invoiced", "yes")),
    ]
}

/// The names of a row, then its figures.
fn row(names: Vec<Markup>, sums: &Sums, list: &Query) -> Vec<Markup> {
    names.into_iter().chain(figures(sums, list)).collect()
}

/// What an order came to on average, by month; with the month before the year.
fn averages(shown: &Shown<'_>) -> Result<BTreeMap<Day, Pence>> {
    let all: Vec<Cell> = shown.before.iter().chain(shown.cells).cloned().collect();
    Ok(by(&all, |cell| cell.month)?.into_iter().filter_map(|(month, sums)| Some((month, sums.average()?))).collect())
}

fn by_month(shown: &Shown<'_>, months: &BTreeMap<Day, Sums>, averages: &BTreeMap<Day, Pence>, all: Sums) -> Markup {
    let average = |pence: Option<&Pence>| html! { @if let Some(pence) = pence { (pence) } };
    let rows = months
        .iter()
        .map(|(month, sums)| {
            let period = Period::month_of(*month);
            let opened = format!("{}#budgets", shown.query.clone().with("month", period.to_string()).href());
            let name = html! { a href=(opened) { (period.label()) } };
            let mut cells = row(vec![name], sums, &orders(shown.filter, period));
            cells.push(average(averages.get(month)));
            cells.push(average(averages.get(&month.plus_months(-1))));
            Row::new(cells)
        })
        .collect();
    let mut whole = row(vec![html! { "Year" }], &all, &orders(shown.filter, shown.filter.year));
    whole.extend([average(all.average().as_ref()), html! {}]);
    let mut columns = columns(&["Month"]);
    columns.extend([Column::number("Average order"), Column::number("In the month before")]);
    Table::new("Orders by month", columns).caption_hidden().rows(rows).total(whole).empty(nothing()).render()
}

fn by_budget(shown: &Shown<'_>) -> Result<Markup> {
    let cells = shown.filter.narrow(shown.cells);
    let key = |cell: &Cell| (cell.budget.clone(), cell.provider_name.clone(), cell.provider);
    let list = orders(shown.filter, shown.filter.narrowest());
    let rows = by(&cells, key)?
        .iter()
        .map(|((budget, name, provider), sums)| {
            let own = list.clone().with("budget", budget.as_str()).with("provider", provider.to_string());
            Row::new(row(vec![html! { (budget) }, html! { (name) }], sums, &own))
        })
        .collect();
    let whole = row(vec![html! { "All" }, html! {}], &total(&cells)?, &list);
    let table = Table::new("Orders by budget and provider", columns(&["Budget", "Provider"])).caption_hidden();
    Ok(table.rows(rows).total(whole).empty(nothing()).render())
}

fn nothing() -> Markup {
    html! { p { "No orders were issued in this time, as far as these filters go. Choose another year, or take a filter away." } }
}
