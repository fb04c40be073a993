//! The schedule as a page and a file.

use super::store;
use crate::{declared::DECLARED, permissions};
use axum::{extract::State, http::HeaderMap};
use maud::html;
use rooftree_frame::{
    Access, App, Area, Asked, Nav, PageResult, Section, Signed,
    exports::{self, Format},
    get, pages,
};
use rooftree_platform::ports::SheetCell;
use rooftree_ui::{
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    tables::{self, Column, Row, Table},
};

pub(crate) fn add(area: &mut Area) {
    let rates = || Access::Needs(permissions::RATES);
    area.nav.push(Nav {
        section: Section::Money,
        label: "Rates",
        href: "/rates",
        permission: permissions::RATES,
        order: 60,
        shortcut: None,
    });
    let routes = [
        get("/rates", rates(), index),
        get("/rates.csv", exports::access(permissions::RATES), export),
        get("/rates.xlsx", exports::access(permissions::RATES), export),
    ];
    area.pages.extend(routes.map(|route| route.scope("all rates")));
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let (words, trade) = (query.get("text").unwrap_or_default(), query.get("trade").unwrap_or_default());
    let rates = store::list(app.platform.reads(), words, trade, app.platform.now().day()).await?;
    let trades: Vec<Choice<'_>> =
        DECLARED.trades.values().map(|t| Choice::new(t.key.as_str(), t.title.as_str())).collect();
    let bar = FilterBar::new(&query)
        .field(forms::text(Field::new("text", "Code or words").value(words)))
        .field(forms::select(Field::new("trade", "Trade").value(trade), Some("Any"), &trades))
        .result(format!("{} lines in force", rates.len()))
        .actions(tables::exports(&query));
    let columns = vec![
        Column::new("Code").nowrap(),
        Column::new("Work"),
        Column::new("Trade"),
        Column::new("Unit"),
        Column::number("Price"),
        Column::number("Minutes"),
        Column::new("Version").nowrap(),
    ];
    let rows = rates
        .iter()
        .map(|rate| {
            Row::new(vec![
                html! { (rate.code) },
                html! { (rate.title) },
                html! { (DECLARED.trade(&rate.trade)) },
                html! { (rate.unit) },
                html! { (rate.price_pence.to_string()) },
                html! { (rate.minutes) },
                html! { (rate.version) },
            ])
        })
        .collect();
    let body = html! {
        (shell::heading("Schedule of rates", Some("What a unit of work costs, without VAT"), None))
        (bar.render())
        (Table::new("Schedule of rates", columns).caption_hidden().rows(rows).empty(html! { p { "No line matches. Take a filter away." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/rates", "Schedule of rates", body)))
}

/// The list as a file.
async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let (words, trade) = (query.get("text").unwrap_or_default(), query.get("trade").unwrap_or_default());
    let rates = store::list(app.platform.reads(), words, trade, app.platform.now().day()).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let rows = rates.iter().map(|rate| {
        vec![
            text(&rate.code),
            text(&rate.version),
            text(&rate.title),
            text(DECLARED.trade(&rate.trade)),
            text(&rate.unit),
            SheetCell::Pence(rate.price_pence),
            SheetCell::Number(f64::from(rate.minutes)),
            SheetCell::Day(rate.from_day),
        ]
    });
    exports::file(
        &app,
        format,
        "rates",
        &["Rate code", "Version", "Description", "Trade", "Unit", "Price (£)", "Minutes", "In force from"],
        rows,
    )
}
