//! One figure: value, trend, breakdown, definition, peers, what was frozen.

use super::{frozen, peers, words};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_kernel::{FieldErrors, periods::Period};
use rooftree_platform::{
    Lookups,
    figures::{self, Figure, Whose, evidence},
    signin::sessions::Session,
};
use rooftree_promises::{measures::Measure, standards::Dimension};
use rooftree_ui::{
    Query,
    cards::{self, figure as card},
    charts::{Bar, Point, Trend, bars, trend},
    filters::FilterBar,
    forms, shell,
    summary::{self, Item, Tab},
    tables::{Column, Row, Table},
};

/// Periods in the trend of a month, a quarter, a year (drawn by month).
const MONTHS_SHOWN: i64 = 13;
const QUARTERS_SHOWN: i64 = 8;
const YEAR_MONTHS_SHOWN: i64 = 24;
/// Bars of a breakdown; the table holds all.
const BARS_MAX: usize = 24;

pub(super) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let body = body(&app, &signed.0, &id, &query, "", &FieldErrors::default()).await?;
    let title = app.platform.rules().measures.get(&id).map_or(id.clone(), |measure| measure.title.clone());
    let page = pages::page(&app, &signed.0, "/figures", title, body).crumb("Figures", "/figures");
    Ok(pages::show(&headers, page))
}

/// The page's body; `note` and `errors` are those of a refused freeze.
pub(super) async fn body(
    app: &App,
    session: &Session,
    id: &str,
    query: &Query,
    note: &str,
    errors: &FieldErrors,
) -> PageResult<Markup> {
    let platform = &app.platform;
    let whose = figures::whose(platform, &session.actor.scope).await?;
    let measure = figures::measure(platform, id, &whose)?;
    let today = platform.now().day();
    let period = words::period(query, today);
    let by = query.get("by").and_then(words::dimension_of).filter(|by| measure.breakdown.contains(by));
    let by = by.or(measure.breakdown.first().copied());
    let figure = figures::read(platform, measure, period, by, &whose).await?;
    let before = figures::read(platform, measure, period.plus(-1), None, &whose).await?;
    let (from, to) = trend_span(period);
    let series = figures::series(platform, measure, from, to, &whose).await?;
    let versions = match whose {
        Whose::Landlord => figures::frozen::versions(platform, id).await?,
        Whose::Provider(_) => Vec::new(),
    };
    let strips = peers::strips(app, &session.actor, measure).await?;
    let caption = format!("{}, {}", words::area(id), period.label());
    let may_freeze = session.actor.may(&super::FREEZE) && whose == Whose::Landlord;
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(&measure.title, Some(&caption), Some(forms::button_link("See the rows", &rows_href(measure, period)))))
        (FilterBar::new(query).keep("by").field(words::period_field(period, today)).render())
        (summary::columns(
            html! {
                (headline(measure, &figure, &before))
                (trend_chart(measure, &series, figure.target))
                @if let Some(by) = by { (breakdown(&app.platform.registry().lookups, measure, &figure, by, query)) }
                @for strip in &strips { (strip) }
            },
            html! {
                (definition(app, measure))
                (summary::panel("Frozen versions", None, html! {
                    (frozen::list(measure, &versions))
                    @if may_freeze { (frozen::form(measure, period, &session.csrf, note, errors)) }
                }))
            },
        ))
    })
}

/// The rows of a figure.
pub(super) fn rows_query(measure: &Measure, period: Period) -> Query {
    Query::new(format!("/figures/{}/rows", measure.id)).with("period", words::period_key(period))
}

fn rows_href(measure: &Measure, period: Period) -> String {
    rows_query(measure, period).href()
}

/// The periods whose values lead up to the one shown.
fn trend_span(period: Period) -> (Period, Period) {
    match period {
        Period::Month(..) => (period.plus(1 - MONTHS_SHOWN), period),
        Period::Quarter(..) => (period.plus(1 - QUARTERS_SHOWN), period),
        Period::FinancialYear(_) => {
            let last = Period::month_of(period.end_day().plus_days(-1));
            (last.plus(1 - YEAR_MONTHS_SHOWN), last)
        }
    }
}

fn headline(measure: &Measure, figure: &Figure, before: &Figure) -> Markup {
    let card_of = cards::Figure {
        label: if figure.complete { figure.period.label() } else { format!("{} so far", figure.period.label()) },
        value: words::value(measure, figure.value),
        target: figure.target.map(|target| format!("Target {}", words::value(measure, Some(target)))),
        met: figure.met,
        change: words::change(measure, figure, before),
        spark: Vec::new(),
        href: None,
    };
    html! {
        h2.govuk-visually-hidden { "Value" }
        (card(&card_of))
        p {
            (words::made_of(measure, figure)) ". "
            @if !figure.complete { "Counted up to " (figure.until.plus_days(-1).long()) ". " }
            @if figure.tally.excluded > 0 {
                a href=(rows_query(measure, figure.period).with("status", "excluded").href()) { "What was left out and why" }
            }
        }
    }
}

fn trend_chart(measure: &Measure, series: &[Figure], target: Option<f64>) -> Markup {
    let points = series
        .iter()
        .map(|figure| Point {
            label: figure.period.label(),
            short: words::short(figure.period),
            value: figure.value.map(|value| words::drawn(measure, value)),
            href: Some(rows_href(measure, figure.period)),
            note: if figure.complete {
                words::made_of(measure, figure)
            } else {
                format!("so far; {}", words::made_of(measure, figure))
            },
        })
        .collect();
    trend(&Trend {
        title: format!("{}, over time", measure.title),
        points,
        target: target.map(|target| words::drawn(measure, target)),
        unit: words::unit(measure),
    })
}

fn breakdown(lookups: &Lookups, measure: &Measure, figure: &Figure, by: Dimension, query: &Query) -> Markup {
    let tabs: Vec<Tab> = measure
        .breakdown
        .iter()
        .map(|each| {
            Tab::new(
                format!("By {}", words::dimension(*each).to_lowercase()),
                query.clone().with("by", each.column()).href(),
                *each == by,
            )
        })
        .collect();
    let behind =
        |name: &str| rows_query(measure, figure.period).with(by.column(), if name.is_empty() { "-" } else { name });
    let shown: Vec<Bar> = figure
        .parts
        .iter()
        .take(BARS_MAX)
        .filter_map(|part| {
            Some(Bar {
                label: words::part(lookups, by, &part.name),
                value: words::drawn(measure, part.value?),
                href: Some(behind(&part.name).href()),
                note: String::new(),
                marked: missed(measure, part.value, figure.target),
            })
        })
        .collect();
    let title = format!("{} by {}", measure.title, words::dimension(by).to_lowercase());
    html! {
        h2 { "Breakdown" }
        (summary::tabs("Breakdown", &tabs))
        @if !shown.is_empty() { (bars(&title, words::dimension(by), words::unit(measure), &shown)) }
        (parts_table(lookups, measure, figure, by, &behind))
    }
}

/// A part that misses the target that the whole has: the one to look at.
fn missed(measure: &Measure, value: Option<f64>, target: Option<f64>) -> bool {
    use rooftree_promises::measures::Direction;
    match (value, target, measure.direction) {
        (Some(value), Some(target), Direction::Up) => value < target,
        (Some(value), Some(target), Direction::Down) => value > target,
        _ => false,
    }
}

fn parts_table(
    lookups: &Lookups,
    measure: &Measure,
    figure: &Figure,
    by: Dimension,
    behind: &dyn Fn(&str) -> Query,
) -> Markup {
    let count = |n: i64| html! { (cards::thousands(n.unsigned_abs())) };
    let columns = vec![
        Column::new(words::dimension(by)),
        Column::number("Value"),
        Column::number("Hits"),
        Column::number("Counted"),
        Column::number("Missed"),
        Column::number("Left out"),
    ];
    let rows = figure
        .parts
        .iter()
        .map(|part| {
            let tally = &part.tally;
            let misses = tally.denominator - tally.numerator;
            Row::new(vec![
                html! { (words::part(lookups, by, &part.name)) },
                html! { (words::value(measure, part.value)) },
                count(tally.numerator),
                count(tally.denominator),
                html! {
                    @if misses > 0 { a href=(behind(&part.name).with("status", "missed").href()) { (count(misses)) } } @else { "0" }
                },
                count(tally.excluded),
            ])
            .href(behind(&part.name).href())
        })
        .collect();
    Table::new("The same in numbers", columns)
        .rows(rows)
        .empty(html! { p { "Nothing was counted in this period." } })
        .render()
}

fn definition(app: &App, measure: &Measure) -> Markup {
    let registry = app.platform.registry();
    let target = measure.targets.iter().map(|target| {
        let value = words::value(measure, Some(target.value));
        if target.from.0 == jiff::civil::Date::MIN { value } else { format!("{value} from {}", target.from.long()) }
    });
    let target: Vec<String> = target.collect();
    let facts: Vec<&str> = measure
        .facts
        .iter()
        .map(|name| registry.facts.get(name.as_str()).map_or(name.as_str(), |kind| kind.title))
        .collect();
    let mut items = vec![
        Item::text("How it is counted", &measure.definition),
        Item::text("Source", &measure.source),
        Item::new("Confidence", html! { (measure.confidence.to_string()) " " (words::confidence(measure.confidence)) }),
        Item::text("Target", if target.is_empty() { "None".to_owned() } else { target.join("; ") }),
        Item::text("Answers for it", measure.owner.as_deref().unwrap_or("Nobody is named")),
        Item::text("Moves with", facts.join(", ")),
        Item::text("Id", &measure.id),
    ];
    if let Some(standard) = &measure.from_standard {
        items.push(Item::new("Standard", html! { a href=(format!("/standards/{standard}")) { (standard) } }));
    }
    summary::panel(
        "Definition",
        None,
        html! {
            (summary::list(&items))
            (summary::details("The SQL that yields the rows", html! {
                p { "Asked for month by month: " code { "$1" } " is the first day, " code { "$2" } " the day after the last." }
                pre.rt-code-text tabindex="0" { (evidence::sql(registry, measure)) }
            }))
        },
    )
}
