//! The rows behind a figure: filtered, paged, exported. Each leads to what it is about.

use super::words;
use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Actor, Day, Permission, periods::Period};
use rooftree_platform::{
    Lookups,
    figures::{self, Figure, Filter, Row as Evidence, Status, Whose, evidence},
    ports::SheetCell,
};
use rooftree_promises::{measures::Measure, standards::Dimension};
use rooftree_ui::{
    Query,
    choices::{Choice, select},
    filters::FilterBar,
    forms::{self, Field},
    shell,
    summary::{Tone, tag},
    tables::{self, Column, Row, Table},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const PAGE_ROWS: i64 = 50;
/// Who may see where a home is.
const HOMES: Permission = Permission::new("homes.view");
/// In an address: rows that do not say.
const NOT_SAID: &str = "-";

const STATUSES: [(Status, &str); 4] =
    [(Status::Counted, "Counted"), (Status::Kept, "Hits"), (Status::Missed, "Missed"), (Status::Excluded, "Left out")];

/// What the address asks for.
struct Asked {
    query: Query,
    period: Period,
    filter: Filter,
}

impl Asked {
    fn of(app: &App, measure: &Measure, whose: &Whose, raw: Option<&str>) -> Self {
        let query = Query::parse(format!("/figures/{}/rows", measure.id), raw.unwrap_or_default());
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let dims = Dimension::ALL.into_iter().filter_map(|dimension| {
            let value = get(dimension.column())?;
            Some((dimension, if value == NOT_SAID { String::new() } else { value.to_owned() }))
        });
        let mut filter = Filter {
            dims: dims.collect(),
            status: get("status").and_then(Status::from_key),
            reference: get("reference").map(str::to_owned),
        };
        whose.narrow(&mut filter);
        Self { period: words::period(&query, app.platform.now().day()), filter, query }
    }
}

/// Where the homes of some rows are; empty for those who may not know.
async fn addresses(app: &App, actor: &Actor, rows: &[Evidence]) -> PageResult<BTreeMap<Uuid, String>> {
    let hidden = actor.scope.no_personal_data || !actor.may(&HOMES);
    let Some(sql) = app.platform.registry().lookups.addresses.filter(|_| !hidden) else {
        return Ok(BTreeMap::new());
    };
    let homes: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.home_id).collect();
    let homes: Vec<Uuid> = homes.into_iter().collect();
    let found: Vec<(Uuid, String, String)> = sqlx::query_as(sql).bind(homes).fetch_all(app.platform.reads()).await?;
    Ok(found.into_iter().map(|(id, _, address)| (id, address)).collect())
}

pub(super) async fn index(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let actor = &signed.0.actor;
    let whose = figures::whose(&app.platform, &actor.scope).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let asked = Asked::of(&app, measure, &whose, raw.as_deref());
    let figure = figures::read(&app.platform, measure, asked.period, None, &whose).await?;
    let after = asked.query.get("after");
    let page = evidence::page(&app.platform, measure, asked.period, &asked.filter, after, PAGE_ROWS).await?;
    let places = addresses(&app, actor, &page.rows).await?;
    let choices = choices(&app, measure, asked.period, &whose).await?;
    let next = page.next.map(|cursor| asked.query.clone().with("after", cursor).href());
    let body = html! {
        (shell::heading("Rows behind the figure", Some(&measure.title), None))
        (headline(measure, &figure))
        (filters(&app.platform.registry().lookups, &asked, &whose, &choices, app.platform.now().day()))
        (table(&app, actor, measure, &page.rows, &places))
        (tables::cursor_pages(&shown(page.rows.len(), after.is_some()), after.map(|_| asked.query.clone().without("after").href()).as_deref(), next.as_deref()))
    };
    let page = pages::page(&app, &signed.0, "/figures", format!("Rows: {}", measure.title), body);
    let back = Query::new(format!("/figures/{id}")).with("period", words::period_key(asked.period)).href();
    Ok(pages::show(&headers, page.crumb("Figures", "/figures").crumb(&measure.title, back)))
}

fn shown(rows: usize, later: bool) -> String {
    match (rows, later) {
        (0, _) => "No rows".to_owned(),
        (rows, false) => format!("The newest {rows}"),
        (rows, true) => format!("{rows} more; ‘Previous’ leads to the beginning"),
    }
}

fn headline(measure: &Measure, figure: &Figure) -> Markup {
    html! {
        p {
            strong { (words::value(measure, figure.value)) } " in " (figure.period.label()) ": " (words::made_of(measure, figure)) "."
        }
    }
}

/// The values to filter by: those that the period's figure is broken down into.
async fn choices(
    app: &App,
    measure: &Measure,
    period: Period,
    whose: &Whose,
) -> PageResult<Vec<(Dimension, Vec<String>)>> {
    let mut all = Vec::new();
    for dimension in &measure.breakdown {
        if matches!(whose, Whose::Provider(_)) && *dimension != Dimension::Priority && *dimension != Dimension::Trade {
            continue;
        }
        let figure = figures::read(&app.platform, measure, period, Some(*dimension), whose).await?;
        let mut names: Vec<String> = figure.parts.into_iter().map(|part| part.name).collect();
        names.sort();
        all.push((*dimension, names));
    }
    Ok(all)
}

fn filters(
    lookups: &Lookups,
    asked: &Asked,
    whose: &Whose,
    choices: &[(Dimension, Vec<String>)],
    today: Day,
) -> Markup {
    let statuses = STATUSES.map(|(status, label)| Choice::new(status.key(), label));
    let status = asked.filter.status.map_or("", Status::key);
    let mut bar = FilterBar::new(&asked.query).field(words::period_field(asked.period, today)).field(select(
        Field::new("status", "Rows").value(status),
        Some("All rows"),
        &statuses,
    ));
    for (dimension, names) in choices {
        let key = |name: &str| if name.is_empty() { NOT_SAID.to_owned() } else { name.to_owned() };
        let options: Vec<Choice<'_>> =
            names.iter().map(|name| Choice::new(key(name), words::part(lookups, *dimension, name))).collect();
        let chosen = asked.filter.dims.get(dimension).map_or_else(String::new, |name| key(name));
        bar = bar.field(select(
            Field::new(dimension.column(), words::dimension(*dimension)).value(chosen),
            Some("Any"),
            &options,
        ));
    }
    bar = bar.field(forms::code(
        Field::new("reference", "Reference").value(asked.filter.reference.clone().unwrap_or_default()),
    ));
    if let Some((status, label)) = STATUSES.iter().find(|(status, _)| asked.filter.status == Some(*status)) {
        bar = bar.chip(*label, "status", status.key());
    }
    for (dimension, name) in &asked.filter.dims {
        if *dimension == Dimension::Provider && matches!(whose, Whose::Provider(_)) {
            continue;
        }
        let value = asked.query.get(dimension.column()).unwrap_or_default();
        bar = bar.chip(
            format!("{}: {}", words::dimension(*dimension), words::part(lookups, *dimension, name)),
            dimension.column(),
            value,
        );
    }
    if let Some(reference) = &asked.filter.reference {
        bar = bar.chip(format!("Reference: {reference}"), "reference", reference);
    }
    bar.actions(tables::exports(&asked.query)).render()
}

fn outcome(measure: &Measure, row: &Evidence) -> Markup {
    let tone = match (row.counted, row.hit) {
        (false, _) => Tone::Neutral,
        (true, true) => Tone::Success,
        (true, false) => Tone::Danger,
    };
    tag(tone, row.outcome(measure.kind))
}

fn table(app: &App, actor: &Actor, measure: &Measure, rows: &[Evidence], places: &BTreeMap<Uuid, String>) -> Markup {
    let lookups = &app.platform.registry().lookups;
    let has_value = rows.iter().any(|row| row.value.is_some());
    // Clocks belong to cases, which whoever may see no personal data may not open: nobody is led to a refusal.
    let clock = measure.from_standard.is_some() && !actor.scope.no_personal_data;
    let mut columns = vec![
        Column::new("Reference").nowrap(),
        Column::new("Day").nowrap(),
        Column::new("Counts as"),
        Column::new("Why"),
    ];
    if has_value {
        columns.push(Column::number("Value"));
    }
    columns.extend(measure.breakdown.iter().map(|dimension| Column::new(words::dimension(*dimension)).desk_only()));
    if !places.is_empty() {
        columns.push(Column::new("Home"));
    }
    if clock {
        columns.push(Column::new("Clock"));
    }
    let one = |row: &Evidence| {
        let mut cells =
            vec![html! { (row.reference) }, html! { (row.day.short()) }, outcome(measure, row), html! { (row.reason) }];
        if has_value {
            cells.push(html! { (words::value(measure, row.value)) });
        }
        cells.extend(
            measure.breakdown.iter().map(|dimension| html! { (words::part(lookups, *dimension, of(row, *dimension))) }),
        );
        if !places.is_empty() {
            cells.push(html! { (row.home_id.and_then(|home| places.get(&home)).map_or("", String::as_str)) });
        }
        if clock {
            cells.push(html! { a href=(format!("/clocks/{}", row.subject_id)) { "How it was counted" } });
        }
        let line = Row::new(cells).faint(!row.counted);
        match app.platform.registry().lookups.path_of(&row.reference, actor) {
            Some(href) => line.href(href),
            None => line,
        }
    };
    Table::new(format!("Rows of {}", measure.title), columns)
        .caption_hidden()
        .rows(rows.iter().map(one).collect())
        .empty(html! { p { "No row fits. Take a filter away or choose another period." } })
        .render()
}

fn of(row: &Evidence, dimension: Dimension) -> &str {
    match dimension {
        Dimension::Ward => &row.ward,
        Dimension::Trade => &row.trade,
        Dimension::Provider => &row.provider,
        Dimension::Priority => &row.priority,
    }
}

/// The list as a file.
pub(super) async fn export(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    format: Format,
) -> PageResult {
    let actor = &signed.0.actor;
    let whose = figures::whose(&app.platform, &actor.scope).await?;
    let measure = figures::measure(&app.platform, &id, &whose)?;
    let asked = Asked::of(&app, measure, &whose, raw.as_deref());
    let rows = evidence::all(&app.platform, measure, asked.period, &asked.filter, exports::ROWS_MAX).await?;
    let places = addresses(&app, actor, &rows).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let cells = rows.iter().map(|row| {
        vec![
            text(&row.reference),
            SheetCell::Day(row.day),
            text(row.outcome(measure.kind)),
            text(&row.reason),
            row.value.map_or(SheetCell::Empty, |value| SheetCell::Number(words::drawn(measure, value))),
            text(&row.ward),
            text(&row.trade),
            text(&row.provider),
            text(&row.priority),
            text(row.home_id.and_then(|home| places.get(&home)).map_or("", String::as_str)),
            text(&row.subject_id.to_string()),
        ]
    });
    let headings = [
        "Reference",
        "Day",
        "Counts as",
        "Why",
        "Value",
        "Ward",
        "Trade",
        "Provider",
        "Priority",
        "Home",
        "Subject id",
    ];
    let name = format!("{}-{}", measure.id, asked.period);
    exports::file(&app, format, &name, &headings, cells)
}
