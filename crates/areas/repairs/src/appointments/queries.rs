//! What booking needs to know of a repair, in one read.

use super::{commands::Held, slots::SlotAsk};
use crate::{
    declared::{DECLARED, Priority},
    diagnosis::rules::outcome,
    ids::{AppointmentId, OrderId, RepairId},
};
use rooftree_kernel::{Day, Moment, OperativeId, PersonId, PlaceId, ProviderId, Scope, scope::PROVIDER};
use rooftree_platform::{Db, Error, Result, boxed};
use serde_json::Value;
use std::collections::BTreeMap;

/// Promises that a visit must come in time for, besides the landlord's own for each priority.
const OTHER_PROMISES: [&str; 4] = [
    "repairs.house.finished-after-made-safe",
    "repairs.right-to-repair-1994.one-day",
    "repairs.right-to-repair-1994.three-days",
    "repairs.right-to-repair-1994.seven-days",
];
/// All promises that a visit must come in time for.
pub fn promises() -> Vec<String> {
    let others = OTHER_PROMISES.iter().map(|promise| (*promise).to_owned());
    DECLARED.promises().into_iter().chain(others).collect()
}

/// Booked when neither the diagnosis nor the rate says how long the work takes.
const MINUTES_DEFAULT: i32 = 60;

/// A repair as the planner and the messages see it.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Its id.
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// open, completed, cancelled.
    pub status: String,
    /// Trade key.
    pub trade: String,
    /// Ward.
    pub ward: String,
    /// How pressing.
    pub priority: Priority,
    /// How long the work takes.
    pub minutes: i32,
    /// Whose order it is.
    pub provider: Option<ProviderId>,
    /// That provider's name.
    pub provider_name: String,
    /// Where.
    pub place: PlaceId,
    /// home, block …
    pub place_kind: String,
    /// One line with the postcode.
    pub address: String,
    /// Who reported it.
    pub reporter: Option<PersonId>,
    /// When.
    pub reported_at: Moment,
    /// How to get in.
    pub access_notes: String,
    /// When the promise falls due, while it runs.
    pub due: Option<Moment>,
    /// The last day in time.
    pub due_day: Option<Day>,
    /// The order that a visit belongs to.
    pub order: Option<OrderId>,
    /// For optimistic locking.
    pub version: i32,
}

/// How long to book: what the diagnosis came to, else the rate's minutes, else an hour.
pub fn minutes_of(item: &str, answers: &Value, rate: &str) -> i32 {
    let answers: BTreeMap<String, String> = serde_json::from_value(answers.clone()).unwrap_or_default();
    let diagnosed = DECLARED.item(item).map(|item| outcome(item, &answers).minutes);
    let minutes = diagnosed.or_else(|| DECLARED.rates.get(rate).map(|rate| rate.minutes)).unwrap_or(MINUTES_DEFAULT);
    if minutes > 0 { minutes } else { MINUTES_DEFAULT }
}

/// A repair by its id. The caller has asked for the scope.
#[boxed]
pub async fn brief(db: impl Into<Db<'_>>, id: RepairId) -> Result<Brief> {
    let promises = promises();
    let row = sqlx::query!(
        r#"select r.reference, r.title, r.status, r.trade, r.ward, r.priority, r.item, r.answers, r.rate_code,
                  r.provider_id as "provider: ProviderId", coalesce(v.name, '') as "provider_name!", r.place_id as "place: PlaceId",
                  p.kind as place_kind, p.name as place_name, p.address, p.postcode, r.reporter_id as "reporter: PersonId", r.reported_at,
                  r.access_notes, r.version, k.due_at as "due_at?", k.due_day as "due_day?",
                  (select o.id from works_order o where o.repair_id = r.id and o.status in ('issued', 'accepted', 'awaiting-approval')
                   order by o.id desc limit 1) as "order: OrderId"
           from repair r join place p on p.id = r.place_id left join provider v on v.id = r.provider_id
           left join lateral (select c.due_at, c.due_day from clock c
                              where c.case_id = r.id and c.state = 'running' and c.standard = any($2)
                              order by c.due_at limit 1) k on true
           where r.id = $1"#,
        id as _,
        &promises
    )
    .fetch_one(db)
    .await?;
    Ok(Brief {
        id,
        reference: row.reference,
        title: row.title,
        status: row.status,
        trade: row.trade,
        ward: row.ward,
        priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
        minutes: minutes_of(&row.item, &row.answers, &row.rate_code),
        provider: row.provider,
        provider_name: row.provider_name,
        place: row.place,
        place_kind: row.place_kind,
        address: rooftree_homes::public::title(&row.place_name, &row.address, &row.postcode),
        reporter: row.reporter,
        reported_at: row.reported_at,
        access_notes: row.access_notes,
        due: row.due_at,
        due_day: row.due_day,
        order: row.order,
        version: row.version,
    })
}

/// An appointment as a page shows it, not locked: its repair, itself, and who is to come. What lies outside the scope is not found.
#[boxed]
pub async fn shown(db: impl Into<Db<'_>>, id: AppointmentId, scope: &Scope) -> Result<(RepairId, Held, String)> {
    let [provider, operative] = scope.ids(["provider", "operative"]);
    let row = sqlx::query!(
        r#"select a.id as "id: AppointmentId", a.repair_id as "repair: RepairId", a.operative_id as "operative: OperativeId",
                  a.order_id as "order: OrderId", a.starts_at, a.ends_at, a.window_starts_at, a.window_ends_at, a.status, a.emergency,
                  a.arrived_at, a.version, o.name
           from appointment a join repair r on r.id = a.repair_id join operative o on o.id = a.operative_id
           where a.id = $1 and ($2::uuid is null or exists (select from operative w where w.id = a.operative_id and w.provider_id = $2)) and ($3::uuid is null or a.operative_id = $3)"#,
        id as _,
        provider,
        operative
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the appointment"))?;
    let held = Held {
        id: row.id,
        operative: row.operative,
        order: row.order,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        window_starts_at: row.window_starts_at,
        window_ends_at: row.window_ends_at,
        status: row.status,
        emergency: row.emergency,
        arrived_at: row.arrived_at,
        version: row.version,
    };
    Ok((row.repair, held, row.name))
}

impl Brief {
    /// What to look for: this trade, near this place, among the people of the repair's provider (or of the caller's own).
    pub fn ask(&self, from: Moment, days: i64, scope: &Scope) -> SlotAsk {
        SlotAsk {
            trade: self.trade.clone(),
            ward: self.ward.clone(),
            minutes: self.minutes,
            priority: self.priority,
            provider: scope.id(PROVIDER).or(self.provider),
            from,
            days,
        }
    }
}

/// Open repairs with a visit of an earlier day of which nobody has said how it ended.
#[boxed]
pub async fn unrecorded(db: impl Into<Db<'_>>, provider: Option<ProviderId>, today: Day) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct r.id) as "count!" from repair r join appointment a on a.repair_id = r.id
           where r.status = 'open' and visit_is_untold(a) and a.day < $1
             and ($2::uuid is null or r.provider_id = $2)"#,
        today as _,
        provider as _
    )
    .fetch_one(db)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_time_to_book_follows_the_diagnosis_then_the_rate() {
        let item = &DECLARED.items[0];
        assert_eq!(minutes_of(&item.key, &json!({}), ""), outcome(item, &BTreeMap::new()).minutes);
        let rate = DECLARED.rates.values().find(|rate| rate.minutes > 0).unwrap();
        assert_eq!(minutes_of("", &json!({}), &rate.code), rate.minutes);
        assert_eq!(minutes_of("", &json!(["not", "a", "map"]), "none"), MINUTES_DEFAULT);
    }
}
