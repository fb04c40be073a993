//! The list of repairs: filters in the address, keyset paging, the same rows for page, file and API. The newest come first; where the
//! filter asks what falls due, what is due soonest.

use super::words::OPEN_STAGES;
use crate::{
    declared::{Priority, SCRIPT},
    ids::RepairId,
};
use rooftree_kernel::{Day, FieldErrors, Moment, Pence, ProviderId, Scope};
use rooftree_platform::{Pool, Result, clocks};
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder};

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;

/// The filter of the same name: keys and words.
pub const STATUSES: &[(&str, &str)] = &[("open", "Open"), ("completed", "Completed"), ("cancelled", "Cancelled")];

/// The filter `due`: keys and words.
pub const DUES: &[(&str, &str)] = &[
    ("overdue", "Overdue"),
    ("at-risk", "At risk"),
    (BOOKED_LATE, "Visit after the promise"),
    ("due-today", "Due today"),
    ("no-appointment", "No appointment"),
    (SOON, "Due within two days, no appointment"),
    (UNATTENDED, "Emergency not safe yet, no appointment"),
    ("no-outcome", "Visit over, nothing recorded"),
    ("contradicted", "Resident says not done"),
    ("hazard", "Possible hazard"),
];

/// What to show.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// open, completed, cancelled.
    pub status: Option<String>,
    /// emergency, urgent, routine.
    pub priority: Option<String>,
    /// Trade key.
    pub trade: Option<String>,
    /// Ward.
    pub ward: Option<String>,
    /// A housing officer's patch.
    pub patch: Option<String>,
    /// Stage.
    pub stage: Option<String>,
    /// A provider (the client's view; a provider's own scope narrows anyway).
    pub provider: Option<ProviderId>,
    /// overdue, at-risk, booked-late, due-today, due-soon-no-appointment, no-appointment, unattended, no-outcome, contradicted, hazard.
    pub due: Option<String>,
    /// Reference, address words or title words.
    pub text: Option<String>,
    /// Reported on or after.
    pub from: Option<Day>,
    /// Reported on or before.
    pub until: Option<Day>,
}

impl Filter {
    /// From the address. What cannot be read is ignored.
    pub fn of(query: &Query) -> Self {
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        Self {
            status: get("status"),
            priority: get("priority"),
            trade: get("trade"),
            ward: get("ward"),
            patch: get("patch"),
            stage: get("stage"),
            provider: get("provider").and_then(|id| id.parse().ok()),
            due: get("due"),
            text: get("text"),
            from: get("from").and_then(|day| day.parse().ok()),
            until: get("until").and_then(|day| day.parse().ok()),
        }
    }

    /// From a program's query: what cannot be read is refused, because a list of everything would be taken for what was asked for.
    pub fn strict(query: &Query) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let mut one_of = |name: &str, known: Vec<&str>| {
            if given(name).is_some_and(|value| !known.contains(&value)) {
                errors.add(name, format!("send one of {}", known.join(", ")));
            }
        };
        one_of("status", STATUSES.iter().map(|(key, _)| *key).collect());
        one_of("priority", Priority::ALL.iter().map(|priority| priority.as_str()).collect());
        one_of("stage", [OPEN_STAGES.as_slice(), &["completed", "cancelled"]].concat());
        one_of("due", DUES.iter().map(|(key, _)| *key).collect());
        let filter = Self::of(query);
        if given("provider").is_some() && filter.provider.is_none() {
            errors.add("provider", "send a provider's id");
        }
        for (name, day) in [("from", filter.from), ("until", filter.until)] {
            if given(name).is_some() && day.is_none() {
                errors.add(name, "send a date, like 2026-04-01");
            }
        }
        if errors.is_empty() { Ok(filter) } else { Err(errors.into()) }
    }

    /// Whether the list is in the order in which promises fall due; else the newest report comes first.
    pub fn by_due(&self) -> bool {
        matches!(self.due.as_deref(), Some("overdue" | "at-risk" | BOOKED_LATE | "due-today" | SOON))
    }
}

/// A line of the list.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = RepairLine)]
pub struct Row {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// Ward.
    pub ward: String,
    /// emergency, urgent, routine.
    pub priority: String,
    /// Trade key.
    pub trade: String,
    /// open, completed, cancelled.
    pub status: String,
    /// Where it stands.
    pub stage: String,
    /// When it was reported.
    #[schema(value_type = String)]
    pub reported_at: Moment,
    /// When the landlord's promise falls due (open) or fell due.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Moment>,
    /// The last day on which it is kept, of a promise counted in days.
    #[schema(value_type = Option<String>)]
    pub due_day: Option<Day>,
    /// When that promise started.
    #[schema(value_type = Option<String>)]
    pub started_at: Option<Moment>,
    /// When it was met.
    #[schema(value_type = Option<String>)]
    pub stopped_at: Option<Moment>,
    /// The next visit, as the resident was told: from.
    #[schema(value_type = Option<String>)]
    pub next_visit_from: Option<Moment>,
    /// And until.
    #[schema(value_type = Option<String>)]
    pub next_visit_until: Option<Moment>,
    /// When it was completed.
    #[schema(value_type = Option<String>)]
    pub completed_at: Option<Moment>,
    /// Cost so far, in pence.
    #[schema(value_type = i64)]
    pub cost_pence: Pence,
    /// The next visit begins after the promise falls due ([`BOOKED_LATE`]).
    #[serde(skip)]
    pub booked_late: bool,
}

/// Where a page begins: after this row.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    at: Moment,
    id: RepairId,
}

impl Cursor {
    /// After this row of that list.
    pub fn after(row: &Row, filter: &Filter) -> Self {
        let due = row.due_at.filter(|_| filter.by_due());
        Self { at: due.unwrap_or(row.reported_at), id: row.id }
    }

    /// As it stands in an address.
    pub fn encode(self) -> String {
        format!("{}.{}", self.at.as_micros(), self.id)
    }

    /// From an address.
    pub fn decode(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        Some(Self { at: Moment::from_micros(micros.parse().ok()?), id: id.parse().ok()? })
    }
}

/// The rows of a page in the list's order; one more than `limit` is asked for by callers that want to know whether there is a next page.
pub async fn rows(
    pool: &Pool,
    filter: &Filter,
    scope: &Scope,
    after: Option<Cursor>,
    limit: i64,
    now: Moment,
) -> Result<Vec<Row>> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select r.id, r.reference, r.title, p.address, p.postcode, r.ward, r.priority, r.trade, r.status, r.stage, r.reported_at,
                k.due_at, k.due_day, k.started_at, k.stopped_at, r.completed_at, r.cost_pence,
                v.window_starts_at as next_visit_from, v.window_ends_at as next_visit_until, coalesce(k.state = 'running' and k.due_at ",
    );
    push_booked_late(&mut sql, "k", now);
    sql.push(
        ", false) as booked_late
         from repair r join place p on p.id = r.place_id
         left join lateral (select c.due_at, c.due_day, c.started_at, c.stopped_at, c.state from clock c
                            where c.case_id = r.id and c.state <> 'cancelled' and c.standard = any(",
    );
    sql.push_bind(SCRIPT.promises()).push(
        ") order by c.started_at desc limit 1) k on true
         left join lateral (select a.window_starts_at, a.window_ends_at from appointment a
                            where a.case_id = r.id and a.status = 'booked' order by a.window_starts_at limit 1) v on true
         where true",
    );
    narrow(&mut sql, filter, scope, now);
    let (beyond, order) = match filter.by_due() {
        true => (" and (k.due_at, r.id) > (", " order by k.due_at, r.id limit "),
        false => (" and (r.reported_at, r.id) < (", " order by r.reported_at desc, r.id desc limit "),
    };
    if let Some(cursor) = after {
        sql.push(beyond).push_bind(cursor.at).push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(order).push_bind(limit);
    Ok(sql.build_query_as::<Row>().fetch_all(pool).await?)
}

/// Whose repairs these are: those that a provider has in hand, that an operative is or was to visit, that a resident reported.
const SCOPE: &[(&str, &str)] = &[
    ("provider", "r.provider_id"),
    ("operative", "exists (select from appointment a where a.case_id = r.id and a.operative_id = any({}))"),
    ("person", "r.reporter_id"),
];

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, scope: &Scope, now: Moment) {
    let mut equal = |column: &str, value: &Option<String>| {
        if let Some(value) = value {
            sql.push(format!(" and r.{column} = ")).push_bind(value.clone());
        }
    };
    equal("status", &filter.status);
    equal("priority", &filter.priority);
    equal("trade", &filter.trade);
    equal("ward", &filter.ward);
    equal("stage", &filter.stage);
    if let Some(patch) = &filter.patch {
        sql.push(" and r.place_id in (select id from place where patch = ").push_bind(patch.clone()).push(")");
    }
    if let Some(provider) = filter.provider {
        sql.push(" and r.provider_id = ").push_bind(provider);
    }
    scope.narrow(sql, SCOPE);
    if let Some(from) = filter.from {
        sql.push(" and r.reported_at >= ").push_bind(from.start());
    }
    if let Some(until) = filter.until {
        sql.push(" and r.reported_at < ").push_bind(until.end());
    }
    if let Some(text) = &filter.text {
        let like = format!("%{}%", text.to_lowercase().replace(['%', '_', '\\'], " "));
        sql.push(" and (r.reference = upper(")
            .push_bind(text.clone())
            .push(") or lower(r.title) like ")
            .push_bind(like.clone());
        sql.push(" or r.place_id in (select id from place where search_line like search_form(")
            .push_bind(like)
            .push(")))");
    }
    due(sql, filter.due.as_deref(), now);
}

/// Work to be done, and no visit is booked.
const UNBOOKED: &str = " and repair_waits(r)";

/// The `due` filter of work whose time runs out without a visit.
pub const SOON: &str = "due-soon-no-appointment";
/// The `due` filter of work whose next visit begins after the promise falls due.
pub const BOOKED_LATE: &str = "booked-late";
/// The `due` filter of emergencies that nobody has attended.
pub const UNATTENDED: &str = "unattended";

/// The rest of the condition that a running promise is still to fall due, and before the next visit begins: its `due_at` stands before it.
fn push_booked_late(sql: &mut QueryBuilder<Postgres>, promise: &str, now: Moment) {
    sql.push("> ").push_bind(now).push(format!(
        " and {promise}.due_at < (select min(a.starts_at) from appointment a where a.case_id = r.id and a.status = 'booked' and a.window_ends_at > "
    ));
    sql.push_bind(now).push(")");
}

/// The same rule on a page that has promise and visit at hand.
pub fn is_booked_late(due_at: Moment, next_visit: Moment, now: Moment) -> bool {
    now < due_at && due_at < next_visit
}

/// A promise that falls due within so many seconds needs a visit now.
const SOON_SECONDS: i64 = 2 * 86_400;

/// The conditions that ask about promises.
fn due(sql: &mut QueryBuilder<Postgres>, what: Option<&str>, now: Moment) {
    let open_promise = |sql: &mut QueryBuilder<Postgres>| {
        sql.push(" and r.status = 'open' and exists (select from clock c where c.case_id = r.id and c.state = 'running' and c.standard = any(")
            .push_bind(SCRIPT.promises())
            .push(") and c.due_at ");
    };
    match what {
        Some("overdue") => {
            open_promise(sql);
            sql.push("<= ").push_bind(now).push(")");
        }
        Some("at-risk") => {
            open_promise(sql);
            sql.push("> ").push_bind(now).push(" and ");
            clocks::push_at_risk(sql, now);
            sql.push(")");
        }
        Some(BOOKED_LATE) => {
            open_promise(sql);
            push_booked_late(sql, "c", now);
            sql.push(")");
        }
        Some("due-today") => {
            open_promise(sql);
            sql.push("> ").push_bind(now).push(" and c.due_at <= ").push_bind(now.day().end()).push(")");
        }
        Some("no-appointment") => {
            sql.push(UNBOOKED);
        }
        Some(SOON) => {
            open_promise(sql);
            sql.push("<= ")
                .push_bind(now.plus_seconds(SOON_SECONDS))
                .push(") and r.priority <> 'emergency'")
                .push(UNBOOKED);
        }
        Some(UNATTENDED) => {
            sql.push(" and r.priority = 'emergency' and r.made_safe_at is null").push(UNBOOKED);
        }
        Some("no-outcome") => {
            sql.push(" and r.status = 'open' and exists (select from appointment a where a.case_id = r.id and visit_is_untold(a) and a.day < ")
                .push_bind(now.day())
                .push(")");
        }
        Some("contradicted") => {
            sql.push(" and exists (select from contradiction x where x.repair_id = r.id and x.resolved_day is null)");
        }
        Some("hazard") => {
            sql.push(" and r.hazard is not null and r.status = 'open'");
        }
        _ => {}
    }
}

/// Counted exactly up to this many: people need ‘more than 2,000’, not a slow exact count.
pub const COUNT_MAX: i64 = 2_000;

/// How many rows the filter has; one more than [`COUNT_MAX`] when there are more.
pub async fn count(pool: &Pool, filter: &Filter, scope: &Scope, now: Moment) -> Result<i64> {
    let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select 1 from repair r where true");
    narrow(&mut sql, filter, scope, now);
    sql.push(" limit ").push_bind(COUNT_MAX + 1).push(") counted");
    Ok(sql.build_query_scalar::<i64>().fetch_one(pool).await?)
}
