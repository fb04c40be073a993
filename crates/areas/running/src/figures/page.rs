//! One figure: value, trend, breakdown, definition, peers, what was frozen.

use super::{breakdown, frozen, peers, words};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_kernel::{Day, FieldErrors, periods::Period};
use rooftree_platform::{
    Error, Lookups,
    figures::{self, Figure, Whose, evidence, past},
    signin::sessions::Session,
};
use rooftree_promises::measures::{DatedTarget, Measure};
use rooftree_ui::{
    Query,
    cards::{self, figure as card},
    charts::{Point, Trend, trend},
    filters::FilterBar,
    forms::{self, Field},
    shell,
    summary::{self, Item, Tone, banner},
};

/// Periods in the trend of a month, a quarter, a year (drawn by month).
const MONTHS_SHOWN: i64 = 13;
const QUARTERS_SHOWN: i64 = 8;
const YEAR_MONTHS_SHOWN: i64 = 24;

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
    let by = query.get("by").and_then(|key| words::dimension_of(measure, key)).or(measure.breakdown.first());
    let figure = figures::read(platform, measure, period, by, &whose).await?;
    let before = figures::read(platform, measure, period.plus(-1), None, &whose).await?;
    let (from, to) = trend_span(period);
    let series = figures::series(platform, measure, from, to, &whose).await?;
    let versions = match whose {
        Whose::Landlord => figures::frozen::versions(platform, id).await?,
        Whose::Only { .. } => Vec::new(),
    };
    let broken_down = breakdown::section(app, measure, &figure, by, query, &whose).await?;
    let known = known_on(app, measure, period, query, &whose).await?;
    let strips = peers::strips(app, &session.actor, measure).await?;
    let caption = format!("{}, {}", words::area(id), period.label());
    let lookups = &platform.registry().lookups;
    let may_freeze = session.actor.may(&super::FREEZE) && whose == Whose::Landlord;
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(&measure.title, Some(&caption), Some(forms::button_link("See the rows", &rows_href(measure, period)))))
        (FilterBar::new(query).keep("by").keep("and").field(words::period_field(period, today)).field(known_field(query, &whose)).render())
        @if figure.waiting { (banner(Tone::Info, html! { p { "This figure is still being counted. Reload the page in a minute." } })) }
        @if let Some(known) = &known { (known) }
        (summary::columns(
            html! {
                (headline(lookups, measure, &figure, &before))
                (trend_chart(lookups, measure, &series, figure.target))
                (broken_down)
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

/// The day whose knowledge is asked for.
fn known_field(query: &Query, whose: &Whose) -> Markup {
    let day = query.get("on").unwrap_or_default();
    html! { @if *whose == Whose::Landlord { (forms::date_picker(Field::new("on", "As known on").value(day).optional())) } }
}

/// What was known of the figure on the day that the address names, beside what is known now.
async fn known_on(
    app: &App,
    measure: &Measure,
    period: Period,
    query: &Query,
    whose: &Whose,
) -> PageResult<Option<Markup>> {
    let text = query.get("on").map(str::trim).filter(|text| !text.is_empty() && *whose == Whose::Landlord);
    let Some(text) = text else { return Ok(None) };
    let said = |tone, text: String| Ok(Some(banner(tone, html! { p { (text) } })));
    let Some(day) = text.parse::<Day>().ok() else {
        return said(Tone::Warning, format!("‘{text}’ is no day: choose one, such as 31 March 2026."));
    };
    match past::known_on(&app.platform, measure, period, day).await {
        Ok(past::Known::Figure(then)) => {
            let lookups = &app.platform.registry().lookups;
            let value = words::value(measure, then.value);
            said(
                Tone::Info,
                format!("On {} we knew: {value} ({}).", day.long(), words::made_of(lookups, measure, &then)),
            )
        }
        Ok(past::Known::KeptSince(Some(since))) => said(
            Tone::Warning,
            format!(
                "What was known on {} was not kept: this figure is kept day by day since {}.",
                day.long(),
                since.long()
            ),
        ),
        Ok(past::Known::KeptSince(None)) => said(
            Tone::Warning,
            format!("What was known on {} was not kept: some of its months had not been counted.", day.long()),
        ),
        Err(Error::Invalid(errors)) => said(
            Tone::Warning,
            format!("{}: {}.", day.long(), errors.get("on").unwrap_or("nothing is known of this day")),
        ),
        Err(other) => Err(other.into()),
    }
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

fn headline(lookups: &Lookups, measure: &Measure, figure: &Figure, before: &Figure) -> Markup {
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
            (words::made_of(lookups, measure, figure)) ". "
            @if let Some(exactly) = words::exactly(measure, figure) {
                "It is " strong { (exactly) } " exactly, and has not reached its target. "
            }
            @if !figure.complete { "Counted up to " (figure.until.plus_days(-1).long()) ". " }
            @if figure.tally.excluded > 0 {
                a href=(rows_query(measure, figure.period).with("status", "excluded").href()) { "What was left out and why" }
            }
        }
    }
}

fn trend_chart(lookups: &Lookups, measure: &Measure, series: &[Figure], target: Option<f64>) -> Markup {
    let points = series
        .iter()
        .map(|figure| Point {
            label: figure.period.label(),
            short: words::short(figure.period),
            value: figure.value.map(|value| words::drawn(measure, value)),
            href: Some(rows_href(measure, figure.period)),
            note: if figure.complete {
                words::made_of(lookups, measure, figure)
            } else {
                format!("so far; {}", words::made_of(lookups, measure, figure))
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

/// `95.0% from 1 April 2025`, `80.0% for Ward Barton`.
fn target_words(lookups: &Lookups, measure: &Measure, target: &DatedTarget) -> String {
    let mut text = words::value(measure, Some(target.value));
    if let Some((dimension, part)) = &target.part {
        text += &format!(" for {} {}", words::dimension(lookups, dimension), words::part(lookups, dimension, part));
    }
    if target.from != DatedTarget::ALWAYS {
        text += &format!(" from {}", target.from.long());
    }
    text
}

fn definition(app: &App, measure: &Measure) -> Markup {
    let registry = app.platform.registry();
    let lookups = &registry.lookups;
    let target: Vec<String> = measure.targets.iter().map(|target| target_words(lookups, measure, target)).collect();
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
                pre.rt-code-text tabindex="0" { (evidence::sql(lookups, measure)) }
            }))
        },
    )
}
