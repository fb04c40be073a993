//! The orders of a case, as its page shows them.

pub use super::queries::{Line, Order};
use crate::{
    declared::DECLARED,
    ids::{OrderId, VariationId},
    words::quantity,
};
use maud::{Markup, html};
use rooftree_kernel::{CaseId, Moment, Pence, ProviderId, Scope, scope::PROVIDER};
use rooftree_platform::{Pool, Result, boxed, signin::sessions::Session};
use rooftree_ui::{
    summary::{self, Tone},
    tables::{Column, Row, Table},
};

/// A variation.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Variation {
    /// Its id.
    pub id: VariationId,
    /// Its order.
    pub order_id: OrderId,
    /// A reason's key.
    pub reason: String,
    /// In words.
    pub note: String,
    /// By how much.
    pub value_pence: Pence,
    /// requested, approved, refused.
    pub status: String,
    /// When it was asked for.
    pub requested_at: Moment,
    /// By whom.
    pub requested_by: String,
    /// Who answered.
    pub decided_by: Option<String>,
    /// What they said.
    pub decision_note: String,
}

/// The orders of a case with what hangs on them.
pub struct Orders {
    /// Orders, oldest first.
    pub orders: Vec<Order>,
    /// Their lines.
    pub lines: Vec<Line>,
    /// Variations.
    pub variations: Vec<Variation>,
}

/// Orders, lines and variations of a case. A provider sees its own alone: what another one charges is not its business.
#[boxed]
pub async fn orders(pool: &Pool, case: impl Into<CaseId>, scope: &Scope) -> Result<Orders> {
    let case = case.0;
    let orders = sqlx::query_as!(
        Order,
        r#"select o.id as "id: OrderId", o.reference, o.case_reference, o.title, '' as "address!", o.priority, o.trade,
                  o.provider_id as "provider_id: ProviderId", p.name as provider_name, o.budget_code, o.status,
                  o.value_pence as "value_pence: Pence", null::bigint as "invoiced_pence: Pence", o.issued_at, o.accepted_at, o.approved_by,
                  o.raised_by_id, o.version
           from works_order o join provider p on p.id = o.provider_id where o.case_id = $1 and ($2::uuid is null or o.provider_id = $2) order by o.id limit 100"#,
        case,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let lines = sqlx::query_as!(
        Line,
        r#"select l.id, l.order_id as "order_id: OrderId", l.rate_code, l.title, l.quantity_hundredths, l.price_pence as "price_pence: Pence",
                  l.value_pence as "value_pence: Pence", l.invoiced_pence as "invoiced_pence: Pence", (l.variation_id is not null) as "variation!"
           from order_line l join works_order o on o.id = l.order_id
           where o.case_id = $1 and l.removed_at is null and ($2::uuid is null or o.provider_id = $2) order by l.id limit 500"#,
        case,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let variations = sqlx::query_as!(
        Variation,
        r#"select v.id as "id: VariationId", v.order_id as "order_id: OrderId", v.reason, v.note, v.value_pence as "value_pence: Pence", v.status,
                  v.requested_at, v.requested_by, v.decided_by, v.decision_note
           from variation v join works_order o on o.id = v.order_id where o.case_id = $1 and ($2::uuid is null or o.provider_id = $2)
           order by v.requested_at limit 100"#,
        case,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let (orders, lines, variations) = (orders.await?, lines.await?, variations.await?);
    Ok(Orders { orders, lines, variations })
}

/// The orders of a case, each in a panel, and what they come to; `cost` is the case's own.
pub fn panels(session: &Session, cost: Pence, parts: &Orders) -> Markup {
    let cost = match session.actor.scope.id(PROVIDER) {
        None => cost,
        Some(_) => Pence(parts.lines.iter().map(|line| line.invoiced_pence.unwrap_or(line.value_pence).0).sum()),
    };
    // What is ordered has cost nothing yet; what was done or charged has.
    let spent = parts.orders.iter().any(|order| order.status == "completed")
        || parts.lines.iter().any(|line| line.invoiced_pence.is_some());
    html! {
        h2 { "Works orders" }
        @for order in &parts.orders {
            (summary::panel(&order.reference, Some(html! { a href={ "/orders/" (order.reference) } { "Open the order" } }), html! {
                p { (order.provider_name) ", " (order.status.replace('-', " ")) ", " (order.budget_code) }
                (lines_of(order, &parts.lines))
                @for variation in parts.variations.iter().filter(|variation| variation.order_id == order.id) {
                    p {
                        "Variation of " (variation.value_pence.to_string()) ", asked for by " (variation.requested_by) ": "
                        (DECLARED.reason_title("variation", &variation.reason))
                        // A note is sentences of its own, with or without its last stop.
                        ". " @if !variation.note.is_empty() { (variation.note.trim_end_matches('.')) ". " }
                        @match &variation.decided_by {
                            Some(by) => { strong { (capital(&variation.status)) } " by " (by) @if !variation.decision_note.is_empty() { ": ‘" (variation.decision_note) "’" } "." }
                            None => { "Waits for the client." }
                        }
                    }
                }
            }))
        }
        p { (if spent { "Cost so far: " } else { "Ordered: " }) strong { (cost.to_string()) } }
    }
}

fn lines_of(order: &Order, lines: &[Line]) -> Markup {
    let row = |line: &Line| {
        Row::new(vec![
            html! { (line.rate_code) },
            html! { (line.title) @if line.variation { " " (summary::tag(Tone::Accent, "Variation")) } },
            html! { (quantity(line.quantity_hundredths)) },
            html! { (line.value_pence.to_string()) },
        ])
    };
    let columns =
        vec![Column::new("Rate").nowrap(), Column::new("Work"), Column::number("Quantity"), Column::number("Value")];
    let rows = lines.iter().filter(|line| line.order_id == order.id).map(row).collect();
    Table::new(format!("Lines of {}", order.reference), columns).caption_hidden().rows(rows).render()
}

/// `approved` as a sentence begins.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
