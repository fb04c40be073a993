//! What works asks of repairs: one for the planner, some for operatives, those that wait for a visit.

use crate::{
    declared::{DECLARED, Priority, SCRIPT},
    diagnosis::rules::{asked_and_answered, outcome},
    ids::{OrderId, RepairId},
};
use rooftree_kernel::{CaseId, PersonId, PlaceId, ProviderId};
use rooftree_platform::{Conn, Result};
use rooftree_works::public::{
    Case,
    cases::{Brief, Door, Unplanned},
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Booked when neither the diagnosis nor the rate says how long the work takes.
const MINUTES_DEFAULT: i32 = 60;

/// How long to book: what the diagnosis came to, else the rate's minutes, else an hour.
fn minutes_of(item: &str, answers: &Value, rate: &str) -> i32 {
    let answers: BTreeMap<String, String> = serde_json::from_value(answers.clone()).unwrap_or_default();
    let diagnosed = SCRIPT.item(item).map(|item| outcome(item, &answers).minutes);
    let minutes = diagnosed.or_else(|| DECLARED.rates.get(rate).map(|rate| rate.minutes)).unwrap_or(MINUTES_DEFAULT);
    if minutes > 0 { minutes } else { MINUTES_DEFAULT }
}

/// A repair by its id. The caller has asked for the scope.
pub(super) async fn brief(db: &mut Conn, id: RepairId) -> Result<Brief> {
    let promises = super::promises();
    let row = sqlx::query!(
        r#"select r.reference, r.title, r.status, r.trade, r.ward, r.priority, r.item, r.answers, r.rate_code,
                  r.provider_id as "provider: ProviderId", coalesce(v.name, '') as "provider_name!", r.place_id as "place: PlaceId",
                  p.name as place_name, p.address, p.postcode, p.easting, p.northing, r.reporter_id as "reporter: PersonId", r.reported_at,
                  r.access_notes, r.version, k.due_at as "due_at?", k.due_day as "due_day?",
                  (select o.id from works_order o where o.case_id = r.id and o.status in ('issued', 'accepted', 'awaiting-approval')
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
    let priority = Priority::parse(&row.priority).unwrap_or(Priority::Routine);
    let case = Case {
        id: id.into(),
        reference: row.reference,
        title: row.title,
        status: row.status,
        place: row.place,
        ward: row.ward,
        trade: row.trade,
        priority,
        person: row.reporter,
        provider: row.provider,
        version: row.version,
    };
    Ok(Brief {
        case,
        say: SCRIPT.priority(priority).map_or_else(String::new, |words| words.say.clone()),
        minutes: minutes_of(&row.item, &row.answers, &row.rate_code),
        provider_name: row.provider_name,
        address: rooftree_homes::public::title(&row.place_name, &row.address, &row.postcode),
        grid: row.easting.zip(row.northing),
        reported_at: row.reported_at,
        access_notes: row.access_notes,
        due: row.due_at,
        due_day: row.due_day,
        order: row.order,
    })
}

/// What operatives are told of these repairs.
pub(super) async fn doors(db: &mut Conn, cases: &[CaseId]) -> Result<Vec<Door>> {
    let ids: Vec<Uuid> = cases.iter().map(|case| case.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, r.status, r.description, r.item, r.answers, r.access_notes, r.reporter_id as "person: PersonId", r.made_safe_at is not null as "made_safe!",
                  (select c.normal from contact_point c where c.person_id = r.reporter_id and c.kind = 'phone' and c.ended_at is null
                   order by c.preferred desc, c.id limit 1) as phone
           from repair r where r.id = any($1)"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let doors = rows.into_iter().map(|row| Door {
        case: CaseId(row.id),
        status: row.status,
        description: row.description,
        answers: SCRIPT.item(&row.item).map_or_else(Vec::new, |item| {
            asked_and_answered(item, &serde_json::from_value(row.answers).unwrap_or_default())
        }),
        access_notes: row.access_notes,
        person: row.person,
        phone: row.phone,
        made_safe: row.made_safe,
    });
    Ok(doors.collect())
}

/// Open work that waits for a visit, the most pressing due moment first, with how much there is in all and how many emergencies.
pub(super) async fn unplanned(
    db: &mut Conn,
    provider: Option<ProviderId>,
    trade: Option<&str>,
    limit: i64,
) -> Result<(Vec<Unplanned>, i64, i64)> {
    let promises = super::promises();
    let rows = sqlx::query!(
        r#"with waiting as materialized (
               select r.id, r.reference, r.title, r.priority, r.trade, r.item, r.answers, r.rate_code, r.place_id, r.reported_at, r.made_safe_at
               from repair r
               where repair_waits(r) and ($1::uuid is null or r.provider_id = $1) and ($2::text is null or r.trade = $2)
           ), due as (
               select w.*, k.due_at, k.standard, count(*) over () as total, count(*) filter (where w.priority = 'emergency' and w.made_safe_at is null) over () as emergencies
               from waiting w
               left join lateral (select c.due_at, c.standard from clock c
                                  where c.case_id = w.id and c.state = 'running' and c.standard = any($3) order by c.due_at limit 1) k on true
               order by k.due_at nulls last, w.reported_at limit $4
           )
           select d.reference, d.reported_at, d.title, d.priority, d.trade, d.item, d.answers, d.rate_code, p.address,
                  d.due_at as "due_at?", d.standard as "standard?", d.made_safe_at, d.total as "total!", d.emergencies as "emergencies!"
           from due d join place p on p.id = d.place_id order by d.due_at nulls last, d.reported_at"#,
        provider as _,
        trade,
        &promises,
        limit
    )
    .fetch_all(db)
    .await?;
    let (total, emergencies) = rows.first().map_or((0, 0), |row| (row.total, row.emergencies));
    let list = rows
        .into_iter()
        .map(|row| Unplanned {
            minutes: minutes_of(&row.item, &row.answers, &row.rate_code),
            reference: row.reference,
            title: row.title,
            address: row.address,
            priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
            trade: row.trade,
            reported_at: row.reported_at,
            due: row.due_at,
            standard: row.standard,
            made_safe_at: row.made_safe_at,
        })
        .collect();
    Ok((list, total, emergencies))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_time_to_book_follows_the_diagnosis_then_the_rate() {
        let item = &SCRIPT.items[0];
        assert_eq!(minutes_of(&item.key, &json!({}), ""), outcome(item, &BTreeMap::new()).minutes);
        let rate = DECLARED.rates.values().find(|rate| rate.minutes > 0).unwrap();
        assert_eq!(minutes_of("", &json!({}), &rate.code), rate.minutes);
        assert_eq!(minutes_of("", &json!(["not", "a", "map"]), "none"), MINUTES_DEFAULT);
    }
}
