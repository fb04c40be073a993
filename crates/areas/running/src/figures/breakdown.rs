//! A figure by its parts: by one dimension as bars and a table, by two at once as a table.

use super::{page::rows_query, words};
use maud::{Markup, html};
use rooftree_frame::{App, PageResult};
use rooftree_platform::{
    Lookups,
    figures::{self, Cross, Figure, Whose},
};
use rooftree_promises::measures::{Dimension, Measure};
use rooftree_ui::{
    Query, cards,
    charts::{Bar, bars},
    summary::{self, Tab},
    tables::{Column, Row, Table},
};

/// Bars of a breakdown; the table holds all.
const BARS_MAX: usize = 24;
/// In an address: rows that do not say.
const NOT_SAID: &str = "-";

/// The breakdown by the dimension that the address names and, where it names a second (`and`), by both.
pub(super) async fn section(
    app: &App,
    measure: &Measure,
    figure: &Figure,
    by: Option<&Dimension>,
    query: &Query,
    whose: &Whose,
) -> PageResult<Markup> {
    let Some(by) = by else { return Ok(Markup::default()) };
    let lookups = &app.platform.registry().lookups;
    let and = query.get("and").and_then(|key| words::dimension_of(measure, key)).filter(|and| *and != by);
    let body = match and {
        None => by_one(lookups, measure, figure, by),
        Some(and) => {
            let crossed = figures::cross(&app.platform, measure, figure.period, [by, and], whose).await?;
            by_two(lookups, measure, figure, [by, and], crossed)
        }
    };
    Ok(html! {
        h2 id="breakdown" { "Breakdown" }
        (summary::tabs("Breakdown", &tabs(lookups, measure, by, and, query)))
        @if measure.breakdown.len() > 1 { (second(lookups, measure, by, and, query)) }
        (body)
    })
}

fn tabs(lookups: &Lookups, measure: &Measure, by: &Dimension, and: Option<&Dimension>, query: &Query) -> Vec<Tab> {
    let tab = |each: &Dimension| {
        let mut query = query.clone().with("by", each.column());
        if and == Some(each) {
            query = query.without("and");
        }
        Tab::new(format!("By {}", words::dimension(lookups, each).to_lowercase()), query.href(), each == by)
    };
    measure.breakdown.iter().map(tab).collect()
}

/// The choice of a second dimension.
fn second(lookups: &Lookups, measure: &Measure, by: &Dimension, and: Option<&Dimension>, query: &Query) -> Markup {
    html! {
        p {
            "And at once by: "
            @for (index, each) in measure.breakdown.iter().filter(|each| *each != by).enumerate() {
                @if index > 0 { " · " }
                @if and == Some(each) {
                    strong { (words::dimension(lookups, each).to_lowercase()) }
                    " (" a href=(query.clone().without("and").href()) { "not at once" } ")"
                } @else {
                    a href=(query.clone().with("and", each.column()).href()) { (words::dimension(lookups, each).to_lowercase()) }
                }
            }
        }
    }
}

/// The rows of one part.
fn behind(query: Query, dimension: &Dimension, key: &str) -> Query {
    query.with(dimension.column(), if key.is_empty() { NOT_SAID } else { key })
}

fn by_one(lookups: &Lookups, measure: &Measure, figure: &Figure, by: &Dimension) -> Markup {
    let behind = |key: &str| behind(rows_query(measure, figure.period), by, key);
    let shown: Vec<Bar> = figure
        .parts
        .iter()
        .take(BARS_MAX)
        .filter_map(|part| {
            Some(Bar {
                label: words::part(lookups, by, &part.name),
                value: words::drawn(measure, part.value?),
                href: Some(behind(&part.key).href()),
                note: String::new(),
                marked: part.met == Some(false),
            })
        })
        .collect();
    let title = format!("{} by {}", measure.title, words::dimension(lookups, by).to_lowercase());
    html! {
        @if !shown.is_empty() { (bars(&title, words::dimension(lookups, by), words::unit(measure), &shown)) }
        (parts_table(lookups, measure, figure, by, &behind))
    }
}

fn parts_table(
    lookups: &Lookups,
    measure: &Measure,
    figure: &Figure,
    by: &Dimension,
    behind: &dyn Fn(&str) -> Query,
) -> Markup {
    let count = |n: i64| html! { (cards::thousands(n.unsigned_abs())) };
    // Where every part has the target of the whole, the whole says it.
    let own_targets = figure.parts.iter().any(|part| part.target != figure.target);
    let mut columns = vec![Column::new(words::dimension(lookups, by)), Column::number("Value")];
    if own_targets {
        columns.push(Column::number("Target"));
    }
    columns.extend(["Hits", "Counted", "Missed", "Left out"].map(Column::number));
    let rows = figure
        .parts
        .iter()
        .map(|part| {
            let tally = &part.tally;
            let misses = tally.denominator - tally.numerator;
            let mut cells =
                vec![html! { (words::part(lookups, by, &part.name)) }, html! { (words::value(measure, part.value)) }];
            if own_targets {
                cells.push(html! { (words::value(measure, part.target)) });
            }
            cells.extend([
                count(tally.numerator),
                count(tally.denominator),
                html! {
                    @if misses > 0 { a href=(behind(&part.key).with("status", "missed").href()) { (count(misses)) } } @else { "0" }
                },
                count(tally.excluded),
            ]);
            Row::new(cells).href(behind(&part.key).href())
        })
        .collect();
    Table::new("The same in numbers", columns)
        .rows(rows)
        .empty(html! { p { "Nothing was counted in this period." } })
        .render()
}

/// A table with the dimension of more values downwards.
fn by_two(lookups: &Lookups, measure: &Measure, figure: &Figure, by: [&Dimension; 2], crossed: Cross) -> Markup {
    let turned = crossed.columns.len() > crossed.rows.len();
    let (down, across) = if turned { (by[1], by[0]) } else { (by[0], by[1]) };
    let (rows, columns) = if turned { (&crossed.columns, &crossed.rows) } else { (&crossed.rows, &crossed.columns) };
    let cell = |row: &str, column: &str| {
        let key = if turned { (column, row) } else { (row, column) };
        let (value, tally) = crossed.cells.get(&(key.0.to_owned(), key.1.to_owned()))?;
        let rows = behind(behind(rows_query(measure, figure.period), down, row), across, column);
        let missed =
            value.zip(figure.target).is_some_and(|(value, target)| measure.meets(value, target) == Some(false));
        Some(html! {
            a href=(rows.href()) title=(format!("{} counted", cards::thousands(tally.denominator.unsigned_abs()))) {
                @if missed { strong { (words::value(measure, *value)) } } @else { (words::value(measure, *value)) }
            }
        })
    };
    let mut heads = vec![Column::new(words::dimension(lookups, down))];
    heads.extend(columns.iter().map(|(_, name)| Column::number(words::part(lookups, across, name))));
    let line = |(key, name): &(String, String)| {
        let mut cells = vec![html! { (words::part(lookups, down, name)) }];
        cells.extend(columns.iter().map(|(column, _)| cell(key, column).unwrap_or_else(|| html! { "–" })));
        Row::new(cells)
    };
    let title = format!(
        "By {} and {}",
        words::dimension(lookups, down).to_lowercase(),
        words::dimension(lookups, across).to_lowercase()
    );
    html! {
        (Table::new(title, heads)
            .rows(rows.iter().map(line).collect())
            .empty(html! { p { "Nothing was counted in this period." } })
            .render())
        @if figure.target.is_some() { p.rt-muted { "Bold: misses the target of the whole. A value leads to its rows." } }
    }
}
