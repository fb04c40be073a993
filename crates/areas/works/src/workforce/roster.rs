//! Operatives with their week and what is taken, in one statement however many there are.

use super::diary::{Busy, Operative, Shift};
use crate::ids::AppointmentId;
use rooftree_kernel::{Day, Moment, OperativeId, ProviderId};
use rooftree_platform::{Db, Result, boxed};

/// The most operatives that are looked at together.
pub const OPERATIVES_MAX: i64 = 500;
/// Somebody still at a job after its planned end is taken for at least so long, in seconds.
const OVERRUN_SECONDS: i64 = 30 * 60;

/// Whose diaries, for which days.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Those with any of these trades; empty for every trade.
    pub trades: &'a [String],
    /// Only these; empty for all.
    pub operatives: &'a [OperativeId],
    /// Only this provider's.
    pub provider: Option<ProviderId>,
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub until: Day,
    /// The present: whoever is still at a job is not free yet.
    pub now: Moment,
    /// An appointment that is to be moved: its time does not count as taken.
    pub except: Option<AppointmentId>,
}

/// The diaries. Who is wanted is settled first (`materialized`): otherwise the planner reads everybody's diary and then throws most away.
#[boxed]
pub async fn load(db: impl Into<Db<'_>>, wanted: &Wanted<'_>) -> Result<Vec<Operative>> {
    let rows = sqlx::query!(
        r#"with o as materialized (
               select o.id, o.name, o.provider_id from operative o join provider p on p.id = o.provider_id and p.ended_at is null
               where o.ended_at is null
                 and (cardinality($1::text[]) = 0 or o.id in (select t.operative_id from operative_trade t where t.trade = any($1)))
                 and (cardinality($2::uuid[]) = 0 or o.id = any($2))
                 and ($3::uuid is null or o.provider_id = $3)
               order by o.name, o.id
               limit $11)
           select o.id as "id: OperativeId", o.name, o.provider_id as "provider: ProviderId",
                  array(select t.trade from operative_trade t where t.operative_id = o.id order by t.trade) as "trades!",
                  array(select w.ward from operative_ward w where w.operative_id = o.id order by w.ward) as "wards!",
                  s.weekdays as "weekdays!", s.froms as "froms!", s.untils as "untils!", s.on_calls as "on_calls!",
                  b.starts as "starts!: Vec<Moment>", b.ends as "ends!: Vec<Moment>", b.wards as "busy_wards!: Vec<Option<String>>"
           from o
           cross join lateral (
               select coalesce(array_agg(x.weekday), '{}') as weekdays,
                      coalesce(array_agg((extract(epoch from x.from_time) / 60)::int), '{}') as froms,
                      coalesce(array_agg((extract(epoch from x.until_time) / 60)::int), '{}') as untils,
                      coalesce(array_agg(x.on_call), '{}') as on_calls
               from shift x where x.operative_id = o.id) s
           cross join lateral (
               select coalesce(array_agg(x.starts order by x.starts, x.ends, x.ward), '{}') as starts,
                      coalesce(array_agg(x.ends order by x.starts, x.ends, x.ward), '{}') as ends,
                      coalesce(array_agg(x.ward order by x.starts, x.ends, x.ward), '{}') as wards
               from (select a.starts_at as starts,
                            case when a.arrived_at is not null and a.finished_at is null and a.day = $7
                                 then greatest(a.ends_at, $8) else a.ends_at end as ends,
                            a.ward
                     from appointment a
                     where a.operative_id = o.id and a.day between $4::date - 1 and $5
                       and (a.status = 'booked'
                            or (a.status in ('kept', 'missed') and a.arrived_at is not null and a.finished_at is null and a.day = $7))
                       and a.id is distinct from $6
                     union all
                     select greatest(coalesce(lower(z.during), $9), $9), least(coalesce(upper(z.during), $10), $10), null
                     from absence z
                     where z.operative_id = o.id and z.during && tstzrange($9, $10)) x) b
           order by o.name, o.id"#,
        wanted.trades,
        wanted.operatives as _,
        wanted.provider as _,
        wanted.from as _,
        wanted.until as _,
        wanted.except as _,
        wanted.now.day() as _,
        wanted.now.plus_seconds(OVERRUN_SECONDS) as _,
        wanted.from.start() as _,
        wanted.until.end() as _,
        OPERATIVES_MAX
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Operative {
            id: row.id,
            name: row.name,
            provider: row.provider,
            trades: row.trades,
            wards: row.wards,
            shifts: shifts(&row.weekdays, &row.froms, &row.untils, &row.on_calls),
            busy: row
                .starts
                .into_iter()
                .zip(row.ends)
                .zip(row.busy_wards)
                .map(|((from, until), ward)| Busy { from, until, ward })
                .collect(),
        })
        .collect())
}

/// Shifts from their columns.
pub fn shifts(weekdays: &[i32], froms: &[i32], untils: &[i32], on_calls: &[bool]) -> Vec<Shift> {
    let columns = weekdays.iter().zip(froms).zip(untils).zip(on_calls);
    columns
        .map(|(((weekday, from), until), on_call)| Shift {
            weekday: *weekday,
            from_minute: *from,
            until_minute: *until,
            on_call: *on_call,
        })
        .collect()
}
