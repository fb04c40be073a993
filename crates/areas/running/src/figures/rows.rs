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
use rooftree_promises::measures::{Dimension, Measure};
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
    async fn of(app: &App, measure: &Measure, whose: &Whose, raw: Option<&str>) -> PageResult<Self> {
        let query = Query::parse(format!("/figures/{}/rows", measure.id), raw.unwrap_or_default());
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let mut filter = Filter {
            status: get("status").and_then(Status::from_key),
            reference: get("reference").map(str::to_owned),
            ..Filter::default()
        };
        for dimension in &measure.breakdown {
            if let Some(value) = get(dimension.column()) {
                let value = if value == NOT_SAID { "" } else { value };
                let key = figures::names::meant(&app.platform, dimension, value).await?;
                filter.dims.insert(dimension.clone(), key);
            }
        }
        whose.narrow(&mut filter);
        Ok(Self { period: words::period(&query, app.platform.now().day()), filter, query })
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
    let asked = Asked::of(&app, measure, &whose, raw.as_deref()).await?;
    let figure = figures::read(&app.platform, measure, asked.period, None, &whose).await?;
    let after = asked.query.get("after");
    let page = evidence::page(&app.platform, measure, asked.period, &asked.filter, after, PAGE_ROWS).await?;
    let places = addresses(&app, actor, &page.rows).await?;
    let choices = choices(&app, measure, asked.period, &whose).await?;
    let next = page.next.map(|cursor| asked.query.clone().with("after", cursor).href());
    let body = html! {
        (shell::heading("Rows behind the figure", Some(&measure.title), None))
        (headline(&app.platform.registry().lookups, measure, &figure))
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

fn headline(lookups: &Lookups, measure: &Measure, figure: &Figure) -> Markup {
    html! {
        p {
            strong { (words::value(measure, figure.value)) } " in " (figure.period.label()) ": " (words::made_of(lookups, measure, figure)) "."
        }
    }
}

/// A dimension with the keys and names of its values.
type Choices = (Dimension, Vec<(String, String)>);

/// The values to filter by: those that the period's figure is broken down into. Whoever sees one part has nothing to choose there.
async fn choices(app: &App, measure: &Measure, period: Period, whose: &Whose) -> PageResult<Vec<Choices>> {
    let mut all = Vec::new();
    for dimension in measure.breakdown.iter().filter(|dimension| whose.dimension() != Some(*dimension)) {
        let figure = figures::read(&app.platform, measure, period, Some(dimension), whose).await?;
        let mut parts: Vec<(String, String)> = figure.parts.into_iter().map(|part| (part.key, part.name)).collect();
        parts.sort_by(|a, b| a.1.cmp(&b.1));
        all.push((dimension.clone(), parts));
    }
    Ok(all)
}

fn filters(lookups: &Lookups, asked: &Asked, whose: &Whose, choices: &[Choices], today: Day) -> Markup {
    let statuses = STATUSES.map(|(status, label)| Choice::new(status.key(), label));
    let status = asked.filter.status.map_or("", Status::key);
    let mut bar = FilterBar::new(&asked.query).field(words::period_field(asked.period, today)).field(select(
        Field::new("status", "Rows").value(status),
        Some("All rows"),
        &statuses,
    ));
    for (dimension, parts) in choices {
        let value = |key: &str| if key.is_empty() { NOT_SAID.to_owned() } else { key.to_owned() };
        let options: Vec<Choice<'_>> =
            parts.iter().map(|(key, name)| Choice::new(value(key), words::part(lookups, dimension, name))).collect();
        let chosen = asked.filter.dims.get(dimension).map_or_else(String::new, |key| value(key));
        bar = bar.field(select(
            Field::new(dimension.column(), words::dimension(lookups, dimension)).value(chosen),
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
    for (dimension, key) in asked.filter.dims.iter().filter(|(dimension, _)| whose.dimension() != Some(*dimension)) {
        let parts =
            choices.iter().find(|(of, _)| of == dimension).map(|(_, parts)| parts.as_slice()).unwrap_or_default();
        let name = parts.iter().find(|(known, _)| known == key).map_or(key, |(_, name)| name);
        let value = asked.query.get(dimension.column()).unwrap_or_default();
        let label = format!("{}: {}", words::dimension(lookups, dimension), words::part(lookups, dimension, name));
        bar = bar.chip(label, dimension.column(), value);
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
    columns.extend(measure.breakdown.iter().map(|each| Column::new(words::dimension(lookups, each)).desk_only()));
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
            measure.breakdown.iter().map(|dimension| html! { (words::part(lookups, dimension, row.part(dimension))) }),
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
    let asked = Asked::of(&app, measure, &whose, raw.as_deref()).await?;
    let rows = evidence::all(&app.platform, measure, asked.period, &asked.filter, exports::ROWS_MAX).await?;
    let places = addresses(&app, actor, &rows).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let cells = rows.iter().map(|row| {
        let mut cells = vec![
            text(&row.reference),
            SheetCell::Day(row.day),
            text(row.outcome(measure.kind)),
            text(&row.reason),
            row.value.map_or(SheetCell::Empty, |value| SheetCell::Number(words::drawn(measure, value))),
        ];
        if measure.per.is_some() {
            cells.push(row.base.map_or(SheetCell::Empty, SheetCell::Number));
        }
        cells.extend(measure.breakdown.iter().map(|dimension| text(row.part(dimension))));
        cells.push(text(row.home_id.and_then(|home| places.get(&home)).map_or("", String::as_str)));
        cells.push(text(&row.subject_id.to_string()));
        cells
    });
    let lookups = &app.platform.registry().lookups;
    let mut headings = vec!["Reference", "Day", "Counts as", "Why", "Value"];
    headings.extend(measure.per.as_deref());
    headings.extend(measure.breakdown.iter().map(|dimension| words::dimension(lookups, dimension)));
    headings.extend(["Home", "Subject id"]);
    let name = format!("{}-{}", measure.id, asked.period);
    exports::file(&app, format, &name, &headings, cells)
}
