//! The page of spend and its file.

use super::{
    queries::{self, Cell, Filter},
    views,
};
use crate::permissions;
use axum::{extract::State, http::HeaderMap};
use rooftree_frame::{
    Access, App, Area, Asked, Nav, PageResult, Section, Signed,
    exports::{self, Format},
    get, pages,
};
use rooftree_kernel::{periods::Period, scope::PROVIDER};
use rooftree_platform::ports::SheetCell;

/// The scope words of the matrix.
const SCOPE: &str = "provider: own orders";

pub(in crate::orders) fn add(area: &mut Area) {
    area.nav.push(Nav {
        section: Section::Money,
        label: "Spend",
        href: "/spend",
        permission: permissions::SPEND,
        order: 61,
        shortcut: None,
    });
    area.pages.extend([
        get("/spend", Access::Needs(permissions::SPEND), index).scope(SCOPE),
        get("/spend.csv", exports::access(permissions::SPEND), export).scope(SCOPE),
        get("/spend.xlsx", exports::access(permissions::SPEND), export).scope(SCOPE),
    ]);
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let (pool, scope, today) = (app.platform.reads(), &signed.0.actor.scope, app.platform.now().day());
    let filter = Filter::of(&query, today);
    let key = format!("{filter:?} {scope:?}");
    let cells = app.platform.kept("orders.spend", key, queries::cells(pool, &filter, scope)).await?;
    let providers = crate::providers::working(pool, scope.id(PROVIDER)).await?;
    let shown = views::Shown {
        query: &query,
        filter: &filter,
        cells: &cells.year,
        before: &cells.before,
        providers: &providers,
        today,
    };
    let body = views::page(&shown)?;
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/spend", "Spend", body)))
}

/// Every month, budget and provider as a line; of one month alone when it is chosen.
async fn export(State(app): State<App>, signed: Signed, Asked(query): Asked, format: Format) -> PageResult {
    let filter = Filter::of(&query, app.platform.now().day());
    let cells = queries::cells(app.platform.reads(), &filter, &signed.0.actor.scope).await?;
    let cells = filter.narrow(&cells.year);
    let headings = ["Month", "Budget", "Provider", "Orders", "Ordered", "Of it variations", "Completed", "Invoiced"];
    exports::file(&app, format, "spend", &headings, cells.iter().map(line))
}

fn line(cell: &Cell) -> Vec<SheetCell> {
    let sums = &cell.sums;
    vec![
        SheetCell::Text(Period::month_of(cell.month).label()),
        SheetCell::Text(cell.budget.clone()),
        SheetCell::Text(cell.provider_name.clone()),
        SheetCell::Number(sums.orders as f64),
        SheetCell::Pence(sums.ordered),
        SheetCell::Pence(sums.varied),
        SheetCell::Pence(sums.completed),
        SheetCell::Pence(sums.invoiced),
    ]
}
