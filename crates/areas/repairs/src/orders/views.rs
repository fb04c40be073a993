//! What orders and approvals look like.

use super::{
    commands::NewLine,
    queries::{Line, Order, Waiting},
};
use crate::{
    declared::DECLARED,
    permissions,
    rates::store::Rate,
    repair::views::{priority_tag, quantity},
};
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_kernel::{FieldErrors, Moment, Pence};
use rooftree_platform::signin::sessions::Session;
use rooftree_ui::{
    forms::{self, Choice, Field},
    shell,
    summary::{self, Item, Tone},
    tables::{Column, Row, Table},
};

/// Statuses with their tab.
pub const STATUSES: &[(&str, &str)] = &[
    ("issued", "To accept"),
    ("accepted", "Accepted"),
    ("awaiting-approval", "Awaiting approval"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
];
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

/// The list by status, with bulk acceptance.
pub fn index(csrf: &str, status: &str, orders: &[Order], may_accept: bool) -> Markup {
    let tabs: Vec<summary::Tab> = STATUSES
        .iter()
        .map(|(key, label)| summary::Tab::new(*label, format!("/orders?status={key}"), *key == status))
        .collect();
    let bulk = may_accept && status == "issued" && !orders.is_empty();
    let columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Address"),
        Column::new("Priority"),
        Column::new("Provider").desk_only(),
        Column::new("Issued").nowrap(),
        Column::number("Value"),
    ];
    let rows = orders
        .iter()
        .map(|order| {
            let row = Row::new(vec![
                html! { (order.reference) },
                html! { (order.repair_reference) " " (order.title) },
                html! { (order.address) },
                priority_tag(&order.priority),
                html! { (order.provider_name) },
                html! { (order.issued_at.map(Moment::short).unwrap_or_default()) },
                html! { (order.value_pence.to_string()) },
            ])
            .href(format!("/orders/{}", order.reference));
            if bulk { row.tick(order.reference.clone(), format!("Accept {}", order.reference)) } else { row }
        })
        .collect();
    let mut table =
        Table::new("Works orders", columns).caption_hidden().rows(rows).empty(html! { p { "No orders here." } });
    if bulk {
        table = table.ticks("orders");
    }
    html! {
        (shell::heading("Works orders", None, None))
        (summary::tabs("Status", &tabs))
        @if bulk {
            (forms::form("/orders/accept", csrf, html! { (table.render()) (forms::submit("Accept what is ticked")) }))
        } @else {
            (table.render())
        }
    }
}

/// One order.
pub fn show(session: &Session, order: &Order, lines: &[Line], form: &Form, errors: &FieldErrors) -> Markup {
    let may_order = session.actor.may(&permissions::ORDER);
    html! {
        (forms::error_summary(errors))
        (shell::heading(&order.reference, Some(&order.title), None))
        p { (status_tag(&order.status)) " " (priority_tag(&order.priority)) }
        (summary::list(&[
            Item::new("Repair", html! { a href={ "/repairs/" (order.repair_reference) } { (order.repair_reference) " " (order.title) } }),
            Item::text("Address", &order.address),
            Item::text("Provider", &order.provider_name),
            Item::text("Budget", &order.budget_code),
            Item::text("Issued", order.issued_at.map(Moment::long).unwrap_or_else(|| "Not yet".to_owned())),
            Item::text("Accepted", order.accepted_at.map(Moment::long).unwrap_or_else(|| "Not yet".to_owned())),
            Item::text("Approved by", order.approved_by.as_deref().unwrap_or("Within the delegated limit")),
        ]))
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
        @if may_order && order.status == "issued" { (forms::action("/orders/accept", &session.csrf, "Accept the order", &[("orders", &order.reference)])) }
        @if may_order && matches!(order.status.as_str(), "issued" | "accepted") { p { (forms::secondary_link("Ask for a variation", &format!("/orders/{}/vary", order.reference))) } }
        @if session.actor.may(&permissions::APPROVE) && order.status == "awaiting-approval" {
            h2 { "Decide" }
            (forms::form(&format!("/orders/{}/decide", order.reference), &session.csrf, html! {
                (forms::textarea(Field::new("note", "A word to the provider").hint("Needed when you refuse").errors(errors).optional(), 2, Some(1000)))
                (forms::buttons(&[forms::secondary("Approve", Some(("decision", "approve"))), forms::warning("Refuse", Some(("decision", "refuse")))]))
            }))
        }
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
        match Pence::parse(form.get(&format!("quantity-{row}"))) {
            Ok(Pence(hundredths)) => lines.push((code, hundredths)),
            Err(_) => errors.add(format!("quantity-{row}"), "enter a quantity, like 1 or 2.5"),
        }
    }
    lines
}

/// Ask for a variation.
pub fn vary(csrf: &str, order: &Order, rates: &[Rate], form: &Form, errors: &FieldErrors) -> Markup {
    let reasons: Vec<Choice<'_>> =
        DECLARED.reasons("variation").map(|reason| Choice::new(reason.key.as_str(), reason.title.as_str())).collect();
    let rates: Vec<String> = rates
        .iter()
        .map(|rate| format!("{} {} ({}, {})", rate.code, rate.title, rate.price_pence, rate.unit))
        .collect();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Ask for a variation", Some(&format!("{} {}", order.reference, order.title)), None))
        p { "The order is worth " strong { (order.value_pence.to_string()) } ". Work beyond it starts when the client has approved it." }
        (forms::form(&format!("/orders/{}/vary", order.reference), csrf, html! {
            (forms::radios(Field::new("reason", "Why is more needed?").value(form.get("reason")).errors(errors), &reasons))
            (forms::textarea(Field::new("note", "What you found").value(form.get("note")).errors(errors).optional(), 3, Some(1000)))
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

/// What waits for the client: one page, tick and decide.
pub fn approvals(csrf: &str, orders: &[Order], variations: &[Waiting], errors: &FieldErrors, now: Moment) -> Markup {
    let nothing = orders.is_empty() && variations.is_empty();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Approvals", Some("Orders above the limit, and variations"), None))
        @if nothing { p { "Nothing waits for you." } } @else {
            (forms::form("/approvals", csrf, html! {
                @if !variations.is_empty() { h2 { "Variations" } (variation_table(variations, now)) }
                @if !orders.is_empty() { h2 { "Orders above the limit" } (order_table(orders)) }
                (forms::textarea(Field::new("note", "A word to the provider").hint("Needed when you refuse; it goes to all that are ticked").errors(errors).optional(), 2, Some(1000)))
                (forms::buttons(&[forms::secondary("Approve what is ticked", Some(("decision", "approve"))), forms::warning("Refuse what is ticked", Some(("decision", "refuse")))]))
            }))
        }
    }
}

fn variation_table(variations: &[Waiting], now: Moment) -> Markup {
    let columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Why"),
        Column::number("Ordered"),
        Column::number("More"),
        Column::new("Waiting").nowrap(),
        Column::number("Photos"),
    ];
    let rows = variations
        .iter()
        .map(|w| {
            Row::new(vec![
                html! { (w.order_reference) },
                html! { a href={ "/repairs/" (w.repair_reference) } { (w.repair_reference) } " " (w.title) br; (summary::muted(&w.address)) },
                html! {
                    (DECLARED.reason("variation", &w.reason).map_or(w.reason.as_str(), |reason| reason.title.as_str()))
                    @if !w.note.is_empty() { br; (w.note) }
                    br; (summary::muted(&format!("{}, {}", w.requested_by, w.provider_name)))
                },
                html! { (w.order_value_pence.to_string()) },
                html! { strong { (w.value_pence.to_string()) } },
                html! { (rooftree_ui::clocks::duration_words(now.seconds_since(w.requested_at).unsigned_abs())) },
                html! { (w.photos) },
            ])
            .href(format!("/orders/{}", w.order_reference))
            .tick(w.id.to_string(), format!("Variation of {}", w.order_reference))
        })
        .collect();
    Table::new("Variations", columns).caption_hidden().rows(rows).ticks("variations").render()
}

fn order_table(orders: &[Order]) -> Markup {
    let columns = vec![
        Column::new("Order").nowrap(),
        Column::new("Repair"),
        Column::new("Address"),
        Column::new("Provider"),
        Column::number("Value"),
    ];
    let rows = orders
        .iter()
        .map(|order| {
            Row::new(vec![
                html! { (order.reference) },
                html! { (order.repair_reference) " " (order.title) },
                html! { (order.address) },
                html! { (order.provider_name) },
                html! { strong { (order.value_pence.to_string()) } },
            ])
            .href(format!("/orders/{}", order.reference))
            .tick(order.reference.clone(), format!("Order {}", order.reference))
        })
        .collect();
    Table::new("Orders above the limit", columns).caption_hidden().rows(rows).ticks("orders").render()
}
