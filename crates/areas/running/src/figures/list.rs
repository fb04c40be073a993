//! Every figure on one page, by area, with its target and direction of travel.

use super::words;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Day, periods::Period};
use rooftree_platform::{
    figures::{self, Line, Whose},
    ports::SheetCell,
};
use rooftree_promises::measures::{Measure, format_value};
use rooftree_ui::{
    Query,
    cards::{Count, counts},
    charts::sparkline,
    choices::{Choice, select},
    filters::FilterBar,
    forms::{self, Field},
    shell,
    summary::{Tone, banner, details},
    tables::{self, Column, Row, Table},
};
use std::collections::BTreeMap;

const STATES: [(&str, &str); 3] = [("met", "On target"), ("missed", "Off target"), ("none", "No target or no value")];

/// What the address asks for.
struct Asked {
    query: Query,
    period: Period,
    area: Option<String>,
    text: Option<String>,
    state: Option<String>,
}

impl Asked {
    fn of(raw: Option<String>, app: &App) -> Self {
        let query = Query::parse("/figures", raw.as_deref().unwrap_or_default());
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        let period = words::period(&query, app.platform.now().day());
        Self { period, area: get("area"), text: get("q"), state: get("state"), query }
    }

    fn wants(&self, measure: &Measure) -> bool {
        let words =
            |text: &str| format!("{} {} {}", measure.title, measure.id, measure.source).to_lowercase().contains(text);
        self.area.as_ref().is_none_or(|area| measure.id.split('.').next() == Some(area))
            && self.text.as_ref().is_none_or(|text| text.to_lowercase().split_whitespace().all(words))
    }

    fn shows(&self, line: &Line<'_>) -> bool {
        self.state.as_deref().is_none_or(|state| state == state_of(line))
    }
}

fn state_of(line: &Line<'_>) -> &'static str {
    match line.figure.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "none",
    }
}

async fn lines<'a>(app: &'a App, signed: &Signed, asked: &Asked) -> PageResult<(Whose, Vec<Line<'a>>)> {
    let whose = figures::whose(&app.platform, &signed.0.actor.scope).await?;
    let measures: Vec<&Measure> =
        figures::listed(&app.platform, &whose).into_iter().filter(|measure| asked.wants(measure)).collect();
    let lines = figures::overview(&app.platform, &measures, asked.period, &whose).await?;
    Ok((whose, lines))
}

pub(super) async fn index(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let asked = Asked::of(raw, &app);
    let (whose, lines) = lines(&app, &signed, &asked).await?;
    let areas: std::collections::BTreeSet<&str> =
        figures::listed(&app.platform, &whose).iter().filter_map(|measure| measure.id.split('.').next()).collect();
    let areas: Vec<&str> = areas.into_iter().collect();
    // Whether they freeze and build.
    let may = [super::FREEZE, super::BUILD].map(|right| signed.0.actor.may(&right) && whose == Whose::Landlord);
    let body = view(&app, &asked, &whose, &lines, &areas, may);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/figures", "Figures", body)))
}

/// Where else one goes from here.
fn actions(whose: &Whose, may_freeze: bool, may_build: bool) -> Markup {
    html! {
        @if may_build { (forms::secondary_link("Build a measure", "/figures/build")) " " }
        @if may_freeze { (forms::secondary_link("Freeze figures", "/figures/freeze")) " " }
        @if *whose == Whose::Landlord { (forms::secondary_link("Frozen", "/figures/frozen")) " " }
        (forms::secondary_link("Standards", "/standards"))
    }
}

fn view(app: &App, asked: &Asked, whose: &Whose, lines: &[Line<'_>], areas: &[&str], may: [bool; 2]) -> Markup {
    let today = app.platform.now().day();
    let shown: Vec<&Line<'_>> = lines.iter().filter(|line| asked.shows(line)).collect();
    let mut by_area: BTreeMap<String, Vec<&Line<'_>>> = BTreeMap::new();
    for line in &shown {
        by_area.entry(words::area(&line.measure.id)).or_default().push(line);
    }
    // Areas in which nothing was ever counted are there, and out of the way.
    let (by_area, idle): (Vec<_>, Vec<_>) =
        by_area.into_iter().partition(|(_, lines)| lines.iter().any(|line| is_alive(line)));
    let caption = match whose {
        Whose::Landlord => asked.period.label(),
        Whose::Only { name, .. } => format!("{}, work of {name}", asked.period.label()),
    };
    let until = asked.period.end_day() > today;
    html! {
        (shell::heading("Figures", Some(&caption), Some(actions(whose, may[0], may[1]))))
        (counts(&totals(asked, lines)))
        @if lines.iter().any(|line| line.figure.waiting) {
            (banner(Tone::Info, html! { p { "Some figures are still being counted. Reload the page in a minute." } }))
        }
        (filters(asked, areas, shown.len(), today))
        @if until { p.rt-muted { "Counted up to today, " (today.long()) ". Counts and sums so far are not compared with a whole period." } }
        @if by_area.is_empty() && idle.is_empty() { (table("Figures", &[], asked)) }
        @for (area, lines) in &by_area { (table(area, lines, asked)) }
        @if !idle.is_empty() {
            (details("Declared, nothing counted yet", html! { @for (area, lines) in &idle { (table(area, lines, asked)) } }))
        }
    }
}

/// Whether anything was counted in the last months, or may still be.
fn is_alive(line: &Line<'_>) -> bool {
    let tally = &line.figure.tally;
    line.figure.waiting
        || tally.denominator + tally.excluded > 0
        || line.months.iter().flatten().any(|value| *value != 0.0)
}

fn totals(asked: &Asked, lines: &[Line<'_>]) -> Vec<Count> {
    let count = |state: &str| lines.iter().filter(|line| state_of(line) == state).count() as u64;
    let tones = [Tone::Success, Tone::Danger, Tone::Neutral];
    STATES
        .iter()
        .zip(tones)
        .map(|((key, label), tone)| {
            Count::new(*label, count(key), asked.query.clone().with("state", *key).href(), tone)
        })
        .collect()
}

fn filters(asked: &Asked, areas: &[&str], found: usize, today: Day) -> Markup {
    let area_choices: Vec<Choice<'_>> = areas.iter().map(|area| Choice::new(*area, words::area(area))).collect();
    let state_choices = STATES.map(|(key, label)| Choice::new(key, label));
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut bar = FilterBar::new(&asked.query)
        .field(words::period_field(asked.period, today))
        .field(forms::text(Field::new("q", "Find a measure").value(value(&asked.text))))
        .field(select(Field::new("area", "Area").value(value(&asked.area)), Some("All areas"), &area_choices))
        .field(select(Field::new("state", "Target").value(value(&asked.state)), Some("Any"), &state_choices))
        .result(format!("{found} figure{}", if found == 1 { "" } else { "s" }))
        .actions(tables::exports(&asked.query));
    if let Some(text) = &asked.text {
        bar = bar.chip(format!("Contains: {text}"), "q", text);
    }
    if let Some(area) = &asked.area {
        bar = bar.chip(format!("Area: {}", words::area(area)), "area", area);
    }
    if let Some((key, label)) = STATES.iter().find(|(key, _)| asked.state.as_deref() == Some(key)) {
        bar = bar.chip(*label, "state", key);
    }
    bar.render()
}

fn table(caption: &str, lines: &[&Line<'_>], asked: &Asked) -> Markup {
    let columns = vec![
        Column::new("Measure"),
        Column::number(asked.period.label()).nowrap(),
        Column::new("Target"),
        Column::new("Direction of travel"),
        Column::new("Last 13 months").desk_only(),
        Column::number("Counted").desk_only(),
    ];
    let rows = lines.iter().map(|line| row(line, asked)).collect();
    Table::new(caption, columns)
        .rows(rows)
        .empty(html! { p { "No figure fits. Take a filter away, or search for another word." } })
        .render()
}

fn row(line: &Line<'_>, asked: &Asked) -> Row {
    let measure = line.measure;
    let change = words::change(measure, &line.figure, &line.before);
    let spark: Vec<f64> = line.months.iter().flatten().map(|value| words::drawn(measure, *value)).collect();
    let href = Query::new(format!("/figures/{}", measure.id)).with("period", words::period_key(asked.period)).href();
    Row::new(vec![
        html! { (measure.title) },
        html! { @if line.figure.waiting { span.rt-muted { "counting" } } @else { strong { (words::value(measure, line.figure.value)) } } },
        words::target_tag(measure, &line.figure),
        html! {
            (words::travel(change.as_ref()))
            @if let Some(change) = &change { " " span.rt-muted { (change.text) } }
        },
        html! { @if spark.len() > 1 { (sparkline(&spark, &measure.title)) } },
        html! { @if line.figure.waiting { "–" } @else { (rooftree_ui::cards::thousands(line.figure.tally.denominator.unsigned_abs())) } },
    ])
    .href(href)
}

/// The list as a file.
pub(super) async fn export(
    State(app): State<App>,
    signed: Signed,
    RawQuery(raw): RawQuery,
    format: Format,
) -> PageResult {
    let asked = Asked::of(raw, &app);
    let (_, lines) = lines(&app, &signed, &asked).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let number = |value: Option<f64>| value.map_or(SheetCell::Empty, SheetCell::Number);
    let cells = lines.iter().filter(|line| asked.shows(line)).map(|line| {
        let (measure, figure) = (line.measure, &line.figure);
        vec![
            text(&measure.id),
            text(&measure.title),
            text(&asked.period.to_string()),
            number(figure.value.map(|value| words::drawn(measure, value))),
            text(&words::value(measure, figure.value)),
            number(figure.target.map(|value| words::drawn(measure, value))),
            text(figure.target.map(|target| format_value(measure, target)).as_deref().unwrap_or_default()),
            text(match figure.met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            }),
            SheetCell::Number(figure.tally.numerator as f64),
            SheetCell::Number(figure.tally.denominator as f64),
            SheetCell::Number(figure.tally.excluded as f64),
            text(&measure.source),
        ]
    });
    let headings = [
        "Id",
        "Measure",
        "Period",
        "Value",
        "Shown",
        "Target",
        "Target shown",
        "Target met",
        "Numerator",
        "Denominator",
        "Left out",
        "Source",
    ];
    exports::file(&app, format, "figures", &headings, cells)
}
