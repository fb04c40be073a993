//! What orders and approvals look like.

use super::{
    commands::NewLine,
    list::{ALL, CANCELLED, COUNT_MAX, Filter, INVOICED, Listed, STATUSES, Sums, VARIED},
    money::BUDGETS,
    queries::{Behind, Decision, Line, Order, Waiting},
};
use crate::{
    cases,
    declared::DECLARED,
    permissions,
    rates::store::Rate,
    words::{priority_tag, quantity, reasons},
};
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_kernel::{
    Day, FieldErrors, Moment, ProviderId,
    periods::Period,
    typed::{self, NumberError},
};
use rooftree_platform::{Registry, signin::sessions::Session};
use rooftree_ui::{
    Query,
    cards::thousands,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Row, Table},
};
use std::collections::HashMap;

/// Lines that the variation form offers.
const LINES: usize = 4;

fn status_tag(status: &str) -> Markup {
    let tone = match status {
        "completed" => Tone::Success,
        "awaiting-approval" => Tone::Warning,
        "cancelled" => Tone::Neutral,
        _ => Tone::Info,
    };
    summary::tag(tone, &status.replace('-', " "))
}

/// What the list shows.
pub struct Index<'a> {
    /// The address.
    pub query: &'a Query,
    /// What it says.
    pub filter: &'a Filter,
    /// The page.
    pub orders: &'a [Listed],
    /// There is a next page.
    pub more: bool,
    /// How many there are; one more than [`COUNT_MAX`] when there are more.
    pub total: i64,
    /// What all of them come to, where a period bounds them: `total` is then exact.
    pub sums: Option<Sums>,
    /// Providers, for those who see more than one.
    pub providers: &'a [(ProviderId, String)],
    /// The present day.
    pub today: Day,
}

impl Index<'_> {
    /// How many there are in all, where that is known.
    fn counted(&self) -> Option<String> {
        (self.sums.is_some() || self.total <= COUNT_MAX).then(|| thousands(self.total.unsigned_abs()))
    }
}

/// What all of them come to, and the other order in which they may be read.
fn sums_and_order(shown: &Index<'_>) -> Markup {
    let query = shown.query.clone().without("after");
    html! {
        @if let Some(sums) = &shown.sums {
            p {
                "Together " strong { (sums.value) } ", of it variations " strong { (sums.varied) } ". Invoiced: " strong { (sums.invoiced) } "."
            }
        }
        p {
            @if shown.filter.dearest { "Dearest first. " a href=(query.without("sort").href()) { "In the order of time" } }
            @else { a href=(query.with("sort", "value").href()) { "Dearest first" } }
        }
    }
}

/// `Hidden damage: Rotten board behind the tap`: why the variations of an order were needed.
pub fn why_varied(listed: &Listed) -> String {
    let words = listed.reasons.iter().map(|reason| {
        let (key, note) = reason.split_once(": ").unwrap_or((reason.as_str(), ""));
        let title = DECLARED.reason_title("variation", key);
        if note.is_empty() { title.to_owned() } else { format!("{title}: {note}") }
    });
    words.collect::<Vec<_>>().join("; ")
}

/// The list by status, with bulk acceptance.
pub fn index(session: &Session, shown: &Index<'_>) -> Markup {
    let (query, status) = (shown.query, shown.filter.status);
    let to = |key: &str| query.clone().with("status", key).without("after").href();
    let tabs: Vec<summary::Tab> =
        STATUSES.iter().map(|(key, label)| summary::Tab::new(*label, to(key), *key == status)).collect();
    let bulk = session.actor.may(&permissions::ORDER) && status == "issued" && !shown.orders.is_empty();
    let next = shown
        .orders
        .last()
        .filter(|_| shown.more)
        .map(|last| query.clone().with("after", last.order.id.to_string()).href());
    let first = query.get("after").map(|_| query.clone().without("after").href());
    let here = shown.orders.len();
    let words = match shown.counted() {
        Some(total) => format!("{here} of {total}"),
        None => format!("{here} of more than 2,000"),
    };
    let spend = session.actor.may(&permissions::SPEND).then(|| forms::secondary_link("Spend", "/spend"));
    html! {
        (shell::heading("Works orders", None, spend))
        (summary::tabs("Status", &tabs))
        (filters(shown))
        (sums_and_order(shown))
        @if bulk {
            (forms::form("/orders/accept", &session.csrf, html! { (table(shown, true)) (forms::submit("Accept what is ticked")) }))
        } @else {
            (table(shown, false))
        }
        (tables::cursor_pages(&words, first.as_deref(), next.as_deref()))
    }
}

fn filters(shown: &Index<'_>) -> Markup {
    let (query, filter) = (shown.query, shown.filter);
    let providers: Vec<Choice<'_>> =
        shown.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let budgets: Vec<Choice<'_>> = BUDGETS.iter().map(|code| Choice::new(*code, *code)).collect();
    let provider = filter.provider.map(|id| id.to_string()).unwrap_or_default();
    let text = filter.text.clone().unwrap_or_default();
    let budget = filter.budget.clone().unwrap_or_default();
    let period = filter.period.map(|period| period.to_string()).unwrap_or_default();
    let select = |name, label, value: &str, choices: &[Choice<'_>]| {
        forms::select(Field::new(name, label).value(value), Some("Any"), choices)
    };
    let mut bar = FilterBar::new(query)
        .keep("status")
        .field(forms::text(Field::new("text", "Reference, address or words").value(text.clone())))
        .field(select("budget", "Budget", &budget, &budgets))
        .field(select("invoiced", "Invoice", filter.invoiced.unwrap_or_default(), &listed(INVOICED)))
        .field(select("period", "Issued in", &period, &periods(filter.period, shown.today)))
        .field(select("varied", "Variations", if filter.varied { "yes" } else { "" }, &listed(VARIED)));
    if filter.status == ALL {
        let standing = if filter.standing { "no" } else { "" };
        bar = bar.field(select("cancelled", "Cancelled orders", standing, &listed(CANCELLED)));
    }
    if providers.len() > 1 {
        bar = bar.field(select("provider", "Provider", &provider, &providers));
    }
    let named = shown.providers.iter().find(|(id, _)| Some(*id) == filter.provider);
    let chosen = filter.invoiced.and_then(|key| INVOICED.iter().find(|(known, _)| *known == key));
    let chips = [
        ("text", filter.text.as_ref().map(|text| format!("‘{text}’"))),
        ("budget", filter.budget.clone()),
        ("invoiced", chosen.map(|(_, label)| (*label).to_owned())),
        ("period", filter.period.map(|period| format!("Issued in {}", period.label()))),
        ("varied", filter.varied.then(|| VARIED[0].1.to_owned())),
        ("cancelled", filter.standing.then(|| CANCELLED[0].1.to_owned())),
        ("provider", named.map(|(_, name)| name.clone())),
    ];
    for (name, label) in chips.into_iter().filter_map(|(name, label)| Some((name, label?))) {
        bar = bar.chip(label, name, query.get(name).unwrap_or_default());
    }
    let result = shown.counted().map_or_else(|| "More than 2,000 orders".to_owned(), |total| format!("{total} orders"));
    bar.result(result).actions(tables::exports(query)).render()
}

fn listed(keys: &'static [(&'static str, &'static str)]) -> Vec<Choice<'static>> {
    keys.iter().map(|(key, label)| Choice::new(*key, *label)).collect()
}

/// The months of a year back and the financial years in which orders may have been issued, and whatever the address names.
fn periods(chosen: Option<Period>, today: Day) -> Vec<Choice<'static>> {
    let (month, year) = (Period::month_of(today), Period::year_of(today));
    let mut offered: Vec<Period> = (0..12).map(|back| month.plus(-back)).collect();
    offered.extend((0..3).map(|back| year.plus(-back)));
    offered.extend(chosen.filter(|chosen| !offered.contains(chosen)));
    offered.iter().map(|period| Choice::new(period.to_string(), period.label())).collect()
}

/// `Awaiting approval`: what a list of all orders says in each row.
fn status_words(status: &str) -> &'static str {
    match status {
        "issued" => "Issued, to accept",
        status => STATUSES.iter().find(|(key, _)| *key == status).map_or("", |(_, words)| *words),
    }
}

fn table(shown: &Index<'_>, bulk: bool) -> Markup {
    let all = shown.filter.status == ALL;
    let mut columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Address"),
        Column::new("Priority"),
        Column::new("Provider").desk_only(),
        Column::new("Issued").nowrap(),
        Column::number("Value"),
        // Words stand beneath the sum, and words wrap.
        Column::new("Variations"),
        Column::number("Invoiced"),
    ];
    if all {
        columns.insert(1, Column::new("Status"));
    }
    let rows = shown
        .orders
        .iter()
        .map(|listed| {
            let order = &listed.order;
            let above = order.invoiced_pence.is_some_and(|invoiced| invoiced > order.value_pence);
            let mut cells = vec![
                html! { (order.reference) },
                html! { (order.case_reference) " " (order.title) },
                html! { (order.address) },
                priority_tag(&order.priority),
                html! { (order.provider_name) },
                html! { (order.issued_at.map(Moment::short).unwrap_or_default()) },
                html! { (order.value_pence) },
                html! {
                    @if let Some(varied) = listed.varied_pence { (varied) br; " " (summary::muted(&why_varied(listed))) }
                },
                html! { (order.invoiced_pence.map(|pence| pence.to_string()).unwrap_or_default()) },
            ];
            if all {
                cells.insert(1, html! { (status_words(&order.status)) });
            }
            let row = Row::new(cells).href(format!("/orders/{}", order.reference)).urgent(above);
            if bulk { row.tick(order.reference.clone(), format!("Accept {}", order.reference)) } else { row }
        })
        .collect();
    let empty = html! { p { "No orders here. Choose another status, or take a filter away." } };
    let table = Table::new("Works orders", columns).caption_hidden().rows(rows).empty(empty);
    if bulk { table.ticks("orders").render() } else { table.render() }
}

/// `Variation of £118.00 (Different quantity) refused by Ann Carter, 27 Nov 2026: ‘Not part of a dripping tap’`.
fn decision(one: &Decision) -> Markup {
    let what = match one.variation_pence {
        Some(pence) => {
            let reason = DECLARED.reason_title("variation", &one.reason);
            format!("Variation of {pence} ({reason})")
        }
        None => "The order".to_owned(),
    };
    html! {
        (what) " " strong { @if one.approved { "approved" } @else { "refused" } } " by " (one.by) ", " (one.at.short())
        @if !one.note.is_empty() { ": ‘" (one.note) "’" }
    }
}

/// What the client decides and has decided about an order.
pub struct Deciding<'a> {
    /// Where cases are.
    pub registry: &'a Registry,
    /// Variations that wait.
    pub waiting: &'a [Waiting],
    /// What was decided.
    pub decisions: &'a [Decision],
    /// What stands behind it, by the case's reference; for whoever decides.
    pub behind: &'a HashMap<String, Behind>,
}

/// The photos beside what is decided; each opens.
fn photos(behind: Option<&Behind>, reference: &str) -> Markup {
    html! {
        @if let Some(behind) = behind.filter(|behind| !behind.photos.is_empty()) {
            ul.rt-photos {
                @for id in &behind.photos {
                    li { a href={ "/documents/" (id) } { img src={ "/documents/" (id) "/thumbnail" } alt={ "Photo of " (reference) } loading="lazy"; } }
                }
            }
        }
    }
}

/// How pressing it is: the priority, and when the promise falls due.
fn pressing(behind: Option<&Behind>, now: Moment) -> Markup {
    html! {
        @if let Some(behind) = behind {
            (priority_tag(&behind.priority))
            @if let Some(due) = behind.due {
                br; " "
                @if due < now { strong { "Promise overdue since " (due.short()) } } @else { (summary::muted(&format!("Promise due {}", due.short()))) }
            }
        }
    }
}

/// What waits on this order, for whoever decides: the order itself, or its variation.
fn to_decide(session: &Session, order: &Order, waiting: &[Waiting], form: &Form, errors: &FieldErrors) -> Markup {
    let own = format!("/orders/{}/decide", order.reference);
    let (action, hidden) = match waiting {
        _ if !session.actor.may(&permissions::APPROVE) => return html! {},
        [] if order.status == "awaiting-approval" => (own.as_str(), html! {}),
        [one] => (
            "/approvals",
            html! {
                (forms::hidden("variations", &one.id.to_string()))
                (forms::hidden("order", &order.reference))
            },
        ),
        [] => return html! {},
        _ => return html! { p { a href="/approvals" { "Decide them one by one under Approvals" } } },
    };
    html! {
        h2 { "Decide" }
        (forms::form(action, &session.csrf, html! {
            (hidden)
            (forms::textarea(Field::new("note", "A word to the provider").hint("Needed when you refuse").value(form.lines("note")).errors(errors).optional(), 2, Some(1000)))
            (forms::buttons(&[forms::primary("Approve", Some(("decision", "approve"))), forms::secondary("Refuse", Some(("decision", "refuse")))]))
        }))
    }
}

/// One order.
pub fn show(
    session: &Session,
    order: &Order,
    lines: &[Line],
    deciding: &Deciding<'_>,
    form: &Form,
    errors: &FieldErrors,
) -> Markup {
    let may_order = session.actor.may(&permissions::ORDER);
    let (waiting, decisions) = (deciding.waiting, deciding.decisions);
    let behind = deciding.behind.get(&order.case_reference);
    html! {
        (forms::error_summary(errors))
        (shell::heading(&order.reference, Some(&order.title), None))
        p { (status_tag(&order.status)) " " (priority_tag(&order.priority)) }
        (summary::list(&[
            Item::new(cases::names(deciding.registry, &order.case_reference).title(), html! { a href=(cases::href(deciding.registry, &order.case_reference)) { (order.case_reference) " " (order.title) } }),
            Item::text("Address", &order.address),
            Item::text("Provider", &order.provider_name),
            Item::text("Budget", &order.budget_code),
            Item::text("Issued", order.issued_at.map(Moment::long).unwrap_or_else(|| "Not yet".to_owned())),
            Item::text("Accepted", order.accepted_at.map(Moment::long).unwrap_or_else(|| "Not yet".to_owned())),
            Item::text("Approved by", order.approved_by.as_deref().unwrap_or("Within the delegated limit")),
        ]))
        (photos(behind, &order.case_reference))
        h2 { "Lines" }
        @if order.status == "completed" && may_order {
            (forms::form(&format!("/orders/{}/invoice", order.reference), &session.csrf, html! {
                (forms::hidden("version", &order.version.to_string()))
                (line_table(order, lines, Some((form, errors))))
                (forms::submit("Save the invoice values"))
            }))
        } @else {
            (line_table(order, lines, None))
        }
        @for asked in waiting {
            h2 { "Variation that waits for the client" }
            p { strong { (asked.value_pence.to_string()) } " more: " (reason_words(asked)) ". Asked for by " (asked.requested_by) ", " (asked.requested_at.short()) "." }
            ul { @for line in &asked.lines { li { (line) } } }
        }
        (to_decide(session, order, waiting, form, errors))
        @if !decisions.is_empty() {
            h2 { "Decided by the client" }
            ul { @for one in decisions { li { (decision(one)) } } }
        }
        @if may_order && order.status == "issued" { (forms::action("/orders/accept", &session.csrf, "Accept the order", &[("orders", &order.reference)])) }
        @if may_order && matches!(order.status.as_str(), "issued" | "accepted" | "completed") { p { (forms::secondary_link("Ask for a variation", &format!("/orders/{}/vary", order.reference))) } }
    }
}

fn line_table(order: &Order, lines: &[Line], invoice: Option<(&Form, &FieldErrors)>) -> Markup {
    let columns = vec![
        Column::new("Rate").nowrap(),
        Column::new("Work"),
        Column::number("Quantity"),
        Column::number("Price"),
        Column::number("Value"),
        Column::number("Invoiced"),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            let name = format!("line-{}", line.id);
            Row::new(vec![
                html! { (line.rate_code) },
                html! { (line.title) @if line.variation { " " (summary::tag(Tone::Accent, "Variation")) } },
                html! { (quantity(line.quantity_hundredths)) },
                html! { (line.price_pence.to_string()) },
                html! { (line.value_pence.to_string()) },
                match invoice {
                    None => {
                        html! { (line.invoiced_pence.map_or_else(|| "Not yet".to_owned(), |value| value.to_string())) }
                    }
                    Some((form, errors)) => {
                        let typed = form.get(&name);
                        let value = if typed.is_empty() {
                            forms::pounds(line.invoiced_pence.unwrap_or(line.value_pence))
                        } else {
                            typed.to_owned()
                        };
                        forms::money(
                            Field::new(&name, format!("Invoiced for {}", line.rate_code))
                                .label_hidden()
                                .value(&value)
                                .errors(errors),
                        )
                    }
                },
            ])
        })
        .collect();
    let invoiced = order.invoiced_pence.map_or_else(String::new, |value| value.to_string());
    Table::new("Lines", columns)
        .caption_hidden()
        .rows(rows)
        .empty(html! { p { "This order has no lines: it needs one before it can be valued." } })
        .total(vec![
            html! { "Total" },
            html! {},
            html! {},
            html! {},
            html! { (order.value_pence.to_string()) },
            html! { (invoiced) },
        ])
        .render()
}

/// The lines that were typed: rate code and quantity; empty rows are left out.
pub fn read_lines(form: &Form, errors: &mut FieldErrors) -> Vec<NewLine> {
    let mut lines = Vec::new();
    for row in 0..LINES {
        let code = form.get(&format!("rate-{row}")).split_whitespace().next().unwrap_or_default().to_uppercase();
        if code.is_empty() {
            continue;
        }
        match typed::hundredths(form.get(&format!("quantity-{row}"))) {
            Ok(hundredths) => lines.push((code, hundredths)),
            Err(NumberError::Comma) => errors.add(format!("quantity-{row}"), "write a point, not a comma: 2.5"),
            Err(_) => errors.add(format!("quantity-{row}"), "enter a quantity, like 1 or 2.5"),
        }
    }
    lines
}

/// Ask for a variation.
pub fn vary(csrf: &str, order: &Order, rates: &[Rate], form: &Form, errors: &FieldErrors) -> Markup {
    let rates: Vec<String> = rates
        .iter()
        .map(|rate| format!("{} {} ({}, {})", rate.code, rate.title, rate.price_pence, rate.unit))
        .collect();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Ask for a variation", Some(&format!("{} {}", order.reference, order.title)), None))
        p { "The order is worth " strong { (order.value_pence.to_string()) } ". Work beyond it starts when the client has approved it." }
        (forms::form(&format!("/orders/{}/vary", order.reference), csrf, html! {
            (forms::radios(Field::new("reason", "Why is more needed?").value(form.get("reason")).errors(errors), &reasons("variation")))
            (forms::textarea(Field::new("note", "What you found").hint("A few words; most reasons need them").value(form.lines("note")).errors(errors), 3, Some(1000)))
            (forms::datalist("rates", rates.iter().map(String::as_str)))
            @for row in 0..LINES {
                @let (rate, amount) = (format!("rate-{row}"), format!("quantity-{row}"));
                (forms::row(&[
                    forms::text(Field::new(&rate, format!("Rate {}", row + 1)).value(form.get(&rate)).errors(errors).list("rates")),
                    forms::number(Field::new(&amount, "Quantity").value(form.get(&amount)).errors(errors)),
                ]))
            }
            (forms::buttons(&[forms::submit("Ask the client"), forms::cancel(&format!("/orders/{}", order.reference))]))
        }))
    }
}

/// What waits for the client.
pub struct Approvals<'a> {
    /// Where cases are.
    pub registry: &'a Registry,
    /// Orders above the limit.
    pub orders: &'a [Order],
    /// Variations.
    pub variations: &'a [Waiting],
    /// What stands behind them, by the case's reference.
    pub behind: &'a HashMap<String, Behind>,
    /// The present moment.
    pub now: Moment,
}

/// What waits for the client: one page, tick and decide.
pub fn approvals(csrf: &str, shown: &Approvals<'_>, form: &Form, errors: &FieldErrors) -> Markup {
    let nothing = shown.orders.is_empty() && shown.variations.is_empty();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Approvals", Some("Orders above the limit, and variations"), None))
        p { a href="/orders?status=all" { "All works orders" } }
        @if nothing { p { "Nothing waits for you." } } @else {
            (forms::form("/approvals", csrf, html! {
                @if !shown.variations.is_empty() { h2 { "Variations" } (variation_table(shown, form)) }
                @if !shown.orders.is_empty() { h2 { "Orders above the limit" } (order_table(shown, form)) }
                (forms::textarea(Field::new("note", "A word to the provider").hint("Needed when you refuse; it goes to all that are ticked").value(form.lines("note")).errors(errors).optional(), 2, Some(1000)))
                (forms::buttons(&[forms::primary("Approve what is ticked", Some(("decision", "approve"))), forms::secondary("Refuse what is ticked", Some(("decision", "refuse")))]))
            }))
        }
    }
}

fn reason_words(asked: &Waiting) -> &str {
    DECLARED.reason_title("variation", &asked.reason)
}

fn variation_table(shown: &Approvals<'_>, form: &Form) -> Markup {
    let now = shown.now;
    let columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Priority"),
        Column::new("Why, and what"),
        Column::number("Ordered"),
        Column::number("More"),
        Column::new("Waiting").nowrap(),
        Column::new("Photos"),
    ];
    let rows = shown
        .variations
        .iter()
        .map(|w| {
            let behind = shown.behind.get(&w.case_reference);
            let pictures = behind.map_or(0, |behind| behind.photos.len() as i64);
            Row::new(vec![
                html! { (w.order_reference) },
                html! { a href=(cases::href(shown.registry, &w.case_reference)) { (w.case_reference) } " " (w.title) br; (summary::muted(&w.address)) },
                pressing(behind, now),
                html! {
                    (reason_words(w))
                    @for line in &w.lines { br; (line) }
                    @if !w.note.is_empty() { br; (w.note) }
                    br; (summary::muted(&format!("{}, {}", w.requested_by, w.provider_name)))
                },
                html! { (w.order_value_pence.to_string()) },
                html! { strong { (w.value_pence.to_string()) } },
                html! { (rooftree_ui::clocks::duration_words(now.seconds_since(w.requested_at).unsigned_abs())) },
                html! {
                    (photos(behind, &w.case_reference))
                    @if w.photos > pictures { a href=(cases::href(shown.registry, &w.case_reference)) { (w.photos) " in all" } }
                },
            ])
            .href(format!("/orders/{}", w.order_reference))
            .tick(w.id.to_string(), format!("Variation of {}", w.order_reference))
        })
        .collect();
    Table::new("Variations", columns)
        .caption_hidden()
        .rows(rows)
        .ticks("variations")
        .ticked(&form.all("variations"))
        .render()
}

fn order_table(shown: &Approvals<'_>, form: &Form) -> Markup {
    let columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Address"),
        Column::new("Priority"),
        Column::new("Provider"),
        Column::number("Value"),
        Column::new("Photos"),
    ];
    let rows = shown
        .orders
        .iter()
        .map(|order| {
            let behind = shown.behind.get(&order.case_reference);
            Row::new(vec![
                html! { (order.reference) },
                html! { (order.case_reference) " " (order.title) },
                html! { (order.address) },
                pressing(behind, shown.now),
                html! { (order.provider_name) },
                html! { strong { (order.value_pence.to_string()) } },
                photos(behind, &order.case_reference),
            ])
            .href(format!("/orders/{}", order.reference))
            .tick(order.reference.clone(), format!("Order {}", order.reference))
        })
        .collect();
    Table::new("Orders above the limit", columns)
        .caption_hidden()
        .rows(rows)
        .ticks("orders")
        .ticked(&form.all("orders"))
        .render()
}
