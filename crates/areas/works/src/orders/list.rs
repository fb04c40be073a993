//! The list of works orders: what waits is oldest first, what is over newest first; filters in the address, keyset paging, the same rows
//! for page and file.

use super::queries::Order;
use rooftree_kernel::{Pence, ProviderId, Scope, periods::Period};
use rooftree_platform::{Pool, Result};
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;
/// Counted exactly up to this many.
pub const COUNT_MAX: i64 = 2_000;

/// Statuses with their tab; [`ALL`] is none.
pub const STATUSES: &[(&str, &str)] = &[
    ("issued", "To accept"),
    ("accepted", "Accepted"),
    ("awaiting-approval", "Awaiting approval"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    (ALL, "All"),
];
/// The tab of all orders: where somebody lands who looks for one by its reference and does not know how it stands.
pub const ALL: &str = "all";
/// How an order may stand with its invoice.
pub const INVOICED: &[(&str, &str)] =
    &[("no", "Not invoiced"), ("yes", "Invoiced"), ("above", "Invoiced above the order")];
/// What narrows to orders with variations that were approved.
pub const VARIED: &[(&str, &str)] = &[("yes", "With approved variations")];
/// What narrows to orders that stand.
pub const CANCELLED: &[(&str, &str)] = &[("no", "Without cancelled orders")];

/// What to show.
#[derive(Clone, Debug)]
pub struct Filter {
    /// A key of [`STATUSES`].
    pub status: &'static str,
    /// Reference of the order or the case, or words of what it is.
    pub text: Option<String>,
    /// A provider (a provider's own scope narrows anyway).
    pub provider: Option<ProviderId>,
    /// The revenue line.
    pub budget: Option<String>,
    /// A key of [`INVOICED`].
    pub invoiced: Option<&'static str>,
    /// Issued in this month or financial year.
    pub period: Option<Period>,
    /// Only those with a variation that was approved.
    pub varied: bool,
    /// Without those that were cancelled, among all.
    pub standing: bool,
    /// The dearest first, instead of the order of time.
    pub dearest: bool,
}

/// An order of the list, with what its approved variations come to and why they were needed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// The order.
    #[sqlx(flatten)]
    pub order: Order,
    /// The approved variations among its value.
    pub varied_pence: Option<Pence>,
    /// For each of them the reason's key and the words: `hidden: Rotten board behind the tap`.
    pub reasons: Vec<String>,
}

/// What all orders of a filter come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Sums {
    /// How many they are.
    pub orders: i64,
    /// What they are worth, with the variations that were approved.
    pub value: Pence,
    /// The approved variations among it.
    pub varied: Pence,
    /// What the providers have invoiced for them.
    pub invoiced: Pence,
}

impl Filter {
    /// From the address. What cannot be read is ignored.
    pub fn of(query: &Query) -> Self {
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let known = |keys: &[(&'static str, &str)], name: &str| {
            keys.iter().map(|(key, _)| *key).find(|key| get(name) == Some(*key))
        };
        let text = get("text").map(str::to_owned);
        Self {
            status: known(STATUSES, "status").unwrap_or(match text.as_deref() {
                Some(text) if is_reference(text) || amount(text).is_some() => ALL,
                _ => "issued",
            }),
            text,
            provider: get("provider").and_then(|id| id.parse().ok()),
            budget: get("budget").map(str::to_owned),
            invoiced: known(INVOICED, "invoiced"),
            period: get("period").and_then(|period| period.parse().ok()),
            varied: get("varied") == Some("yes"),
            standing: get("cancelled") == Some("no"),
            dearest: get("sort") == Some("value"),
        }
    }

    fn newest_first(&self) -> bool {
        matches!(self.status, "completed" | "cancelled" | ALL)
    }
}

/// The rows of a page after an order's id; callers that want to know whether there is a next page ask for one more.
pub async fn rows(pool: &Pool, filter: &Filter, scope: &Scope, after: Option<Uuid>, limit: i64) -> Result<Vec<Listed>> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select o.id, o.reference, o.case_reference, o.title, p.address, o.priority, o.trade, o.provider_id,
                v.name as provider_name, o.budget_code, o.status, o.value_pence, i.invoiced_pence, o.issued_at, o.accepted_at,
                o.approved_by, o.raised_by_id, o.version,
                (select sum(w.value_pence)::bigint from variation w where w.order_id = o.id and w.status = 'approved') as varied_pence,
                array(select w.reason || ': ' || w.note from variation w where w.order_id = o.id and w.status = 'approved'
                      order by w.requested_at) as reasons",
    );
    narrow(&mut sql, filter, scope, true);
    let (beyond, order) = match (filter.dearest, filter.newest_first()) {
        (true, _) => (
            " and (o.value_pence, o.id) < (select a.value_pence, a.id from works_order a where a.id = ",
            " order by o.value_pence desc, o.id desc limit ",
        ),
        (false, true) => (" and o.id < (", " order by o.id desc limit "),
        (false, false) => (" and o.id > (", " order by o.id limit "),
    };
    if let Some(after) = after {
        sql.push(beyond).push_bind(after).push(")");
    }
    sql.push(order).push_bind(limit);
    Ok(sql.build_query_as::<Listed>().fetch_all(pool).await?)
}

/// What the filter's orders come to; asked only of a period, which bounds them. Variations and invoices are each read once.
pub async fn sums(pool: &Pool, filter: &Filter, scope: &Scope) -> Result<Sums> {
    let mut sql = QueryBuilder::<Postgres>::new("with chosen as materialized (select o.id, o.value_pence");
    narrow(&mut sql, filter, scope, false);
    sql.push(
        ") select (select count(*) from chosen) as orders,
                  (select coalesce(sum(value_pence), 0)::bigint from chosen) as value,
                  (select coalesce(sum(v.value_pence), 0)::bigint from variation v join chosen c on c.id = v.order_id
                   where v.status = 'approved') as varied,
                  (select coalesce(sum(l.invoiced_pence), 0)::bigint from order_line l join chosen c on c.id = l.order_id
                   where l.removed_at is null) as invoiced",
    );
    Ok(sql.build_query_as::<Sums>().fetch_one(pool).await?)
}

/// How many orders the filter has; one more than [`COUNT_MAX`] when there are more.
pub async fn count(pool: &Pool, filter: &Filter, scope: &Scope) -> Result<i64> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select 1");
    narrow(&mut sql, filter, scope, false);
    sql.push(" limit ").push_bind(COUNT_MAX + 1).push(") counted");
    Ok(sql.build_query_scalar::<i64>().fetch_one(pool).await?)
}

/// Where the orders come from and which; `invoiced` joins what the provider has charged for each, which the filter may ask as well.
fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, scope: &Scope, invoiced: bool) {
    sql.push(" from works_order o join place p on p.id = o.place_id join provider v on v.id = o.provider_id");
    if invoiced || filter.invoiced.is_some() {
        sql.push(
            " left join lateral (select sum(l.invoiced_pence)::bigint as invoiced_pence from order_line l
                                 where l.order_id = o.id and l.removed_at is null) i on true",
        );
    }
    sql.push(" where true");
    if filter.status != ALL {
        sql.push(" and o.status = ").push_bind(filter.status);
    }
    scope.narrow(sql, &[("provider", "o.provider_id")]);
    if let Some(provider) = filter.provider {
        sql.push(" and o.provider_id = ").push_bind(provider);
    }
    if let Some(budget) = &filter.budget {
        sql.push(" and o.budget_code = ").push_bind(budget.clone());
    }
    if let Some(period) = filter.period {
        sql.push(" and o.issued_at >= ").push_bind(period.first_day().start());
        sql.push(" and o.issued_at < ").push_bind(period.end_day().start());
    }
    if filter.varied {
        sql.push(" and exists (select from variation w where w.order_id = o.id and w.status = 'approved')");
    }
    if filter.standing {
        sql.push(" and o.status <> 'cancelled'");
    }
    if let Some(text) = &filter.text {
        about(sql, text);
    }
    sql.push(match filter.invoiced {
        Some("no") => " and i.invoiced_pence is null",
        Some("yes") => " and i.invoiced_pence is not null",
        Some("above") => " and i.invoiced_pence > o.value_pence",
        _ => "",
    });
}

/// Whether the words are an order's or a case's reference: letters, a stroke, digits.
fn is_reference(text: &str) -> bool {
    text.split_once('-').is_some_and(|(letters, digits)| {
        !letters.is_empty()
            && letters.chars().all(|c| c.is_ascii_alphabetic())
            && digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// An amount as people type it, with pounds and commas or without: an order, a line, a variation or an invoice may come to it.
fn amount(text: &str) -> Option<Pence> {
    Pence::parse(text).ok().filter(|pence| pence.0 > 0)
}

/// A reference is one order's or one case's; an amount is looked for in what was ordered and charged, and like anything else in the words.
fn about(sql: &mut QueryBuilder<Postgres>, text: &str) {
    let upper = text.to_uppercase();
    if upper.starts_with("WO-") {
        sql.push(" and o.reference = ").push_bind(upper);
    } else if is_reference(text) {
        sql.push(" and o.case_reference = ").push_bind(upper);
    } else {
        let like = format!("%{}%", text.to_lowercase().replace(['%', '_', '\\'], " "));
        sql.push(" and (lower(o.title) like ").push_bind(like.clone());
        if let Some(pence) = amount(text) {
            sql.push(" or o.value_pence = ").push_bind(pence);
            sql.push(" or o.id in (select order_id from variation where value_pence = ").push_bind(pence);
            sql.push(" union all select order_id from order_line where removed_at is null and ").push_bind(pence);
            sql.push(
                " in (value_pence, invoiced_pence)
                  union all select order_id from order_line where removed_at is null group by order_id having sum(invoiced_pence) = ",
            );
            sql.push_bind(pence).push(")");
        }
        sql.push(" or o.place_id in (select id from place where search_line like search_form(")
            .push_bind(like)
            .push(")))");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_known_however_it_is_typed_and_sought_among_all_orders() {
        for typed in ["645", "645.00", "£645.00", " £ 645 ", "0,645"] {
            assert_eq!(amount(typed), Some(Pence(64_500)), "{typed}");
        }
        assert_eq!(amount("£1,234.50"), Some(Pence(123_450)));
        for words in ["", "tap", "R-104233", "12 High Street", "0", "-5"] {
            assert_eq!(amount(words), None, "{words}");
        }
        let status = |raw: &str| Filter::of(&Query::parse("/orders", raw)).status;
        assert_eq!((status("text=645.00"), status("text=tap"), status("text=wo-1")), (ALL, "issued", ALL));
    }
}
