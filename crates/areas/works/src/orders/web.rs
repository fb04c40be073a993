//! Pages of orders: the provider's inbox, one order, and what waits for the client.

use super::{
    commands,
    list::{self, Filter},
    queries::{self, PAGE_ROWS},
    views,
};
use crate::{
    cases,
    declared::DECLARED,
    ids::{OrderId, VariationId},
    permissions, providers,
    rates::store::{self as rates, Rate},
};
use async_trait::async_trait;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use rooftree_frame::{
    Access, App, Area, Asked, Form, Nav, PageResult, Section, Signed, Task, TaskSource,
    exports::{self, Format},
    forms::explained,
    get,
    guard::Caller,
    pages, post,
};
use rooftree_kernel::{FieldErrors, Moment, Pence, scope::PROVIDER};
use rooftree_platform::{Error, Result, ports::SheetCell};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

const SCOPE: &str = "provider: own orders";

pub(crate) fn add(area: &mut Area) {
    let (view, order, approve) = (
        || Access::Needs(permissions::VIEW),
        || Access::Needs(permissions::ORDER),
        || Access::Needs(permissions::APPROVE),
    );
    area.nav.push(Nav {
        section: Section::Money,
        label: "Approvals",
        href: "/approvals",
        permission: permissions::APPROVE,
        order: 40,
        shortcut: Some("g a"),
    });
    area.nav.push(Nav {
        section: Section::Works,
        label: "Orders",
        href: "/orders",
        permission: permissions::ORDER,
        order: 25,
        shortcut: Some("g o"),
    });
    area.starts.push(Nav {
        section: Section::Works,
        label: "Orders not invoiced",
        href: "/orders?status=completed&invoiced=no",
        permission: permissions::RATES,
        order: 30,
        shortcut: None,
    });
    // Those who keep the money, and those who watch what is spent, see the same list; the navigation shows it once.
    for permission in [permissions::RATES, permissions::SPEND] {
        area.nav.push(Nav {
            section: Section::Works,
            label: "Orders",
            href: "/orders",
            permission,
            order: 25,
            shortcut: Some("g o"),
        });
    }
    super::spend::add(area);
    area.tasks.push(Arc::new(Tasks));
    area.pages.extend([
        get("/orders", view(), index).scope(SCOPE),
        get("/orders.csv", exports::access(permissions::VIEW), export).scope(SCOPE),
        get("/orders.xlsx", exports::access(permissions::VIEW), export).scope(SCOPE),
        get("/orders/{reference}", view(), show).scope(SCOPE),
        post("/orders/accept", order(), accept).scope(SCOPE),
        get("/orders/{reference}/vary", order(), vary_form).scope(SCOPE),
        post("/orders/{reference}/vary", order(), vary).scope(SCOPE),
        post("/orders/{reference}/invoice", order(), invoice).scope(SCOPE),
        post("/orders/{reference}/decide", approve(), decide).scope("all orders"),
        get("/approvals", approve(), approvals).scope("all orders"),
        post("/approvals", approve(), decide_all).scope("all orders"),
    ]);
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let filter = Filter::of(&query);
    let (pool, scope) = (app.platform.reads(), &signed.0.actor.scope);
    let after = query.get("after").and_then(|id| id.parse().ok());
    let mut orders = list::rows(pool, &filter, scope, after, list::PAGE_ROWS + 1).await?;
    let more = orders.len() as i64 > list::PAGE_ROWS;
    orders.truncate(list::PAGE_ROWS as usize);
    let sums = match filter.period {
        Some(_) => Some(list::sums(pool, &filter, scope).await?),
        None => None,
    };
    let total = match &sums {
        Some(sums) => sums.orders,
        None => list::count(pool, &filter, scope).await?,
    };
    let providers = providers::working(pool, scope.id(PROVIDER)).await?;
    let today = app.platform.now().day();
    let (query, filter, orders, providers) = (&query, &filter, &orders[..], &providers[..]);
    let shown = views::Index { query, filter, orders, more, total, sums, providers, today };
    let body = views::index(&signed.0, &shown);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/orders", "Works orders", body)))
}

/// The list as a file.
async fn export(State(app): State<App>, signed: Signed, Asked(query): Asked, format: Format) -> PageResult {
    let headings = [
        "Order",
        "Repair",
        "What",
        "Address",
        "Priority",
        "Trade",
        "Provider",
        "Budget",
        "Status",
        "Issued",
        "Accepted",
        "Value",
        "Variations",
        "Why varied",
        "Invoiced",
        "Approved by",
    ];
    let (filter, scope) = (Filter::of(&query), &signed.0.actor.scope);
    let mut file = exports::begin(&app, format, "orders", &headings)?;
    let mut after = None;
    loop {
        let orders = list::rows(app.platform.reads(), &filter, scope, after, exports::ROWS_AT_ONCE).await?;
        if !file.page(orders.iter().map(cells))? {
            break;
        }
        after = orders.last().map(|last| last.order.id.into());
    }
    file.finish()
}

fn cells(listed: &list::Listed) -> Vec<SheetCell> {
    let order = &listed.order;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let moment = |at: Option<Moment>| at.map_or(SheetCell::Empty, SheetCell::Moment);
    vec![
        text(&order.reference),
        text(&order.case_reference),
        text(&order.title),
        text(&order.address),
        text(&order.priority),
        text(DECLARED.trade(&order.trade)),
        text(&order.provider_name),
        text(&order.budget_code),
        text(&order.status),
        moment(order.issued_at),
        moment(order.accepted_at),
        SheetCell::Pence(order.value_pence),
        listed.varied_pence.map_or(SheetCell::Empty, SheetCell::Pence),
        text(&views::why_varied(listed)),
        order.invoiced_pence.map_or(SheetCell::Empty, SheetCell::Pence),
        text(order.approved_by.as_deref().unwrap_or_default()),
    ]
}

async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(reference): Path<String>) -> PageResult {
    let page = order_page(&app, &signed, &reference, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(&headers, page))
}

/// The page of an order, with what was typed and what is wrong with it.
async fn order_page(
    app: &App,
    signed: &Signed,
    reference: &str,
    form: &Form,
    errors: &FieldErrors,
) -> Result<rooftree_ui::Page> {
    let (pool, registry, scope) = (app.platform.reads(), app.platform.registry(), &signed.0.actor.scope);
    let order = queries::by_reference(pool, reference, scope).await?;
    let lines = queries::lines(pool, order.id).await?;
    let waiting = queries::waiting(pool, scope, Some(order.id), PAGE_ROWS).await?;
    let decisions = queries::decisions(pool, order.id).await?;
    let behind = match signed.0.actor.may(&permissions::APPROVE) {
        true => queries::behind(pool, &cases::promises(registry), &[order.id]).await?,
        false => HashMap::new(),
    };
    let deciding = views::Deciding { registry, waiting: &waiting, decisions: &decisions, behind: &behind };
    let body = views::show(&signed.0, &order, &lines, &deciding, form, errors);
    let page = pages::page(app, &signed.0, "/orders", order.reference.clone(), body).has_errors(!errors.is_empty());
    Ok(page.crumb("Orders", "/orders"))
}

/// Accepts one or several orders: each in its own unit of work, so that one refusal does not hold up the rest.
async fn accept(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let chosen = ticked(&form, "orders")?;
    if chosen.is_empty() {
        return Err(Error::field("orders", "tick the orders to accept").into());
    }
    let mut refused = 0;
    for reference in &chosen {
        let mut ctx = app.platform.begin(&signed.0.actor).await?;
        match commands::accept(&mut ctx, reference).await {
            Ok(()) => ctx.commit().await?,
            Err(Error::Conflict(_)) => refused += 1,
            Err(other) => return Err(other.into()),
        }
    }
    let words = format!(
        "{} accepted{}.",
        chosen.len() - refused,
        if refused > 0 { format!(", {refused} were no longer waiting") } else { String::new() }
    );
    Ok(pages::done("/orders", &words))
}

/// What was ticked, each once. No page shows more than may be sent at a time: whoever sends more holds up the rest.
fn ticked<'a>(form: &'a Form, field: &'static str) -> Result<Vec<&'a str>> {
    let mut seen = HashSet::new();
    let mut chosen = form.all(field);
    chosen.retain(|one| seen.insert(*one));
    if chosen.len() as i64 > PAGE_ROWS {
        let message = format!("{} are ticked; at most {PAGE_ROWS} can be sent at a time: tick fewer", chosen.len());
        return Err(Error::field(field, message));
    }
    Ok(chosen)
}

/// The lines to choose from.
async fn schedule(app: &App) -> Result<Vec<Rate>> {
    rates::list(app.platform.reads(), "", "", app.platform.now().day()).await
}

async fn vary_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let order = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let body = views::vary(&signed.0.csrf, &order, &schedule(&app).await?, &Form::default(), &FieldErrors::default());
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/orders", "Ask for a variation", body)))
}

async fn vary(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut errors = FieldErrors::default();
    let lines = views::read_lines(&form, &mut errors);
    let outcome = match errors.into_result(()) {
        Err(errors) => Err(Error::Invalid(errors)),
        Ok(()) => {
            let mut ctx = app.platform.begin(&signed.0.actor).await?;
            match commands::request_variation(&mut ctx, &reference, form.get("reason"), form.lines("note"), &lines)
                .await
            {
                Ok(_) => ctx.commit().await,
                Err(error) => Err(error),
            }
        }
    };
    match outcome {
        Ok(()) => Ok(pages::done(&format!("/orders/{reference}"), "The variation waits for the client.")),
        Err(Error::Invalid(errors)) => {
            let order = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
            let body = views::vary(&signed.0.csrf, &order, &schedule(&app).await?, &form, &errors);
            let page = pages::page(&app, &signed.0, "/orders", "Ask for a variation", body).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn invoice(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut errors = FieldErrors::default();
    let mut values = Vec::new();
    for (name, text) in form.fields() {
        if let Some(id) = name.strip_prefix("line-").and_then(|id| id.parse::<Uuid>().ok()) {
            match Pence::parse(text) {
                Ok(value) => values.push((id, value)),
                Err(error) => errors.add(name.clone(), error.to_string()),
            }
        }
    }
    let version = form.get("version").parse().unwrap_or_default();
    let outcome = match errors.into_result(()) {
        Err(errors) => Err(Error::Invalid(errors)),
        Ok(()) => {
            let mut ctx = app.platform.begin(&signed.0.actor).await?;
            match commands::invoice(&mut ctx, &reference, &values, version).await {
                Ok(()) => ctx.commit().await,
                Err(error) => Err(error),
            }
        }
    };
    match outcome {
        Ok(()) => Ok(pages::done(&format!("/orders/{reference}"), "The invoice values are saved.")),
        Err(Error::Invalid(errors)) => {
            let page = order_page(&app, &signed, &reference, &form, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn decide(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let approve = decision(&form)?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let (status, errors) = match commands::decide(&mut ctx, &reference, approve, form.lines("note")).await {
        Ok(()) => {
            ctx.commit().await?;
            let words = if approve { "The order is approved and issued." } else { "The order is refused." };
            return Ok(pages::done(&format!("/orders/{reference}"), words));
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    let page = order_page(&app, &signed, &reference, &form, &errors).await?;
    Ok((status, page.render()).into_response())
}

/// Whether what is decided on is approved; a form that says neither decides nothing.
fn decision(form: &Form) -> Result<bool> {
    match form.get("decision") {
        "approve" => Ok(true),
        "refuse" => Ok(false),
        _ => Err(Error::field("decision", "choose approve or refuse")),
    }
}

async fn approvals(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let body = approvals_body(&app, &signed, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/approvals", "Approvals", body)))
}

async fn approvals_body(app: &App, signed: &Signed, form: &Form, errors: &FieldErrors) -> Result<maud::Markup> {
    let scope = &signed.0.actor.scope;
    let orders = queries::held(app.platform.reads(), scope, PAGE_ROWS).await?;
    let variations = queries::waiting(app.platform.reads(), scope, None, PAGE_ROWS).await?;
    let waiting: Vec<OrderId> =
        orders.iter().map(|order| order.id).chain(variations.iter().map(|variation| variation.order)).collect();
    let registry = app.platform.registry();
    let behind = queries::behind(app.platform.reads(), &cases::promises(registry), &waiting).await?;
    let now = app.platform.now();
    let shown = views::Approvals { registry, orders: &orders, variations: &variations, behind: &behind, now };
    Ok(views::approvals(&signed.0.csrf, &shown, form, errors))
}

/// Decides on everything that was ticked, each in its own unit of work.
async fn decide_all(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let approve = decision(&form)?;
    let (orders, variations, note) = (ticked(&form, "orders")?, ticked(&form, "variations")?, form.lines("note"));
    let mut problem = None;
    let mut done = 0;
    for reference in &orders {
        let mut ctx = app.platform.begin(&signed.0.actor).await?;
        match commands::decide(&mut ctx, reference, approve, note).await {
            Ok(()) => {
                ctx.commit().await?;
                done += 1;
            }
            Err(error) => problem = Some(explained(error)?),
        }
    }
    for id in variations.iter().filter_map(|id| id.parse::<VariationId>().ok()) {
        let mut ctx = app.platform.begin(&signed.0.actor).await?;
        match commands::decide_variation(&mut ctx, id, approve, note).await {
            Ok(()) => {
                ctx.commit().await?;
                done += 1;
            }
            Err(error) => problem = Some(explained(error)?),
        }
    }
    if orders.is_empty() && variations.is_empty() {
        problem = Some(explained(Error::field("variations", "tick what you decide on"))?);
    }
    // What is decided on an order's own page leads back to it.
    let order = form.optional("order").filter(|order| order.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    match problem {
        None => {
            let to = order.map_or_else(|| "/approvals".to_owned(), |order| format!("/orders/{order}"));
            Ok(pages::done(&to, &format!("{done} {}.", if approve { "approved" } else { "refused" })))
        }
        Some((status, errors)) => {
            let page = match order {
                Some(order) => order_page(&app, &signed, &order, &form, &errors).await?,
                None => {
                    let body = approvals_body(&app, &signed, &form, &errors).await?;
                    pages::page(&app, &signed.0, "/approvals", "Approvals", body).has_errors(true)
                }
            };
            Ok((status, page.render()).into_response())
        }
    }
}

struct Tasks;

#[async_trait]
impl TaskSource for Tasks {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        if caller.actor.may(&permissions::APPROVE) {
            let count = sqlx::query_scalar!(
                r#"select (select count(*) from variation where status = 'requested') + (select count(*) from works_order where status = 'awaiting-approval') as "count!""#
            )
            .fetch_one(app.platform.reads())
            .await?;
            tasks.push(Task {
                label: "Orders and variations to approve".to_owned(),
                count,
                href: "/approvals".to_owned(),
                urgency: 1,
            });
        }
        if caller.actor.may(&permissions::ORDER) {
            let [provider] = caller.scope().ids(["provider"]);
            let count = sqlx::query_scalar!(
                r#"select count(*) as "count!" from works_order where status = 'issued' and ($1::uuid is null or provider_id = $1)"#,
                provider
            )
            .fetch_one(app.platform.reads())
            .await?;
            tasks.push(Task {
                label: "Orders to accept".to_owned(),
                count,
                href: "/orders?status=issued".to_owned(),
                urgency: 2,
            });
        }
        Ok(tasks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_counts_once_and_a_form_takes_so_many() {
        let form = |names: Vec<String>| Form::of(names.into_iter().map(|name| ("orders".to_owned(), name)).collect());
        let twice = form(vec!["WO-1".into(), "WO-2".into(), "WO-1".into()]);
        assert_eq!(ticked(&twice, "orders").unwrap(), ["WO-1", "WO-2"]);
        assert!(ticked(&form(vec!["WO-1".into(); 1000]), "orders").is_ok());
        let many = |count: i64| form((0..count).map(|number| format!("WO-{number}")).collect());
        assert!(ticked(&many(PAGE_ROWS), "orders").is_ok());
        let too_many = many(PAGE_ROWS + 1);
        let Err(Error::Invalid(errors)) = ticked(&too_many, "orders") else { panic!("it is too long") };
        assert!(errors.get("orders").is_some_and(|message| message.contains("at most 200")), "{errors}");
    }
}
