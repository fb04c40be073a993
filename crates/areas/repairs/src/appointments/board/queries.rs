//! The reads of a day: one statement each for diaries, visits, work without a visit, and providers.

use super::model::Visit;
use crate::{
    appointments::{
        messages::TOLD_BY,
        queries::{minutes_of, promises, unrecorded},
        roster::{self, Wanted},
    },
    declared::Priority,
    ids::{AppointmentId, RepairId},
};
use rooftree_kernel::{Day, Moment, OperativeId, ProviderId};
use rooftree_platform::{Conn, Db, Result, boxed};

/// Lanes on a board; a landlord with more filters by provider or trade.
pub const LANES_MAX: usize = 120;
/// Visits on a board.
const VISITS_MAX: i64 = 2000;
/// Cards of work without a visit; the rest is counted.
pub const UNPLANNED_MAX: i64 = 40;

/// What the board is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One provider.
    pub provider: Option<ProviderId>,
    /// Operatives with this trade, and work that needs it.
    pub trade: Option<String>,
}

/// Work without a visit.
#[derive(Clone, Debug)]
pub struct Unplanned {
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub address: String,
    /// How pressing.
    pub priority: Priority,
    /// Trade key.
    pub trade: String,
    /// How long it takes.
    pub minutes: i32,
    /// When its promise falls due.
    pub due: Option<Moment>,
    /// That promise's standard.
    pub standard: Option<String>,
    /// When the danger was over, if it is and work remains.
    pub made_safe_at: Option<Moment>,
}

/// Everything on a board.
pub struct Read {
    /// The diaries.
    pub operatives: Vec<crate::appointments::diary::Operative>,
    /// The day's visits.
    pub visits: Vec<Visit>,
    /// The first of the work without a visit.
    pub unplanned: Vec<Unplanned>,
    /// How much of that there is in all.
    pub unplanned_total: i64,
    /// How many emergencies are among it.
    pub emergencies: i64,
    /// How many repairs had a visit on an earlier day that nobody has told the end of.
    pub unrecorded: i64,
    /// Providers to filter by: id and name.
    pub providers: Vec<(ProviderId, String)>,
}

/// Reads a day.
pub async fn read(conn: &mut Conn, filter: &Filter, day: Day, now: Moment) -> Result<Read> {
    let trades: Vec<String> = filter.trade.iter().cloned().collect();
    let wanted = Wanted {
        trades: &trades,
        operatives: &[],
        provider: filter.provider,
        from: day,
        until: day,
        now,
        except: None,
    };
    let mut operatives = roster::load(&mut *conn, &wanted).await?;
    operatives.truncate(LANES_MAX);
    let ids: Vec<OperativeId> = operatives.iter().map(|operative| operative.id).collect();
    let visits = visits(&mut *conn, day, &ids).await?;
    let (unplanned, unplanned_total, emergencies) = unplanned(&mut *conn, filter).await?;
    let unrecorded = unrecorded(&mut *conn, filter.provider, now.day()).await?;
    let providers = crate::providers::working(&mut *conn, filter.provider).await?;
    Ok(Read { operatives, visits, unplanned, unplanned_total, emergencies, unrecorded, providers })
}

#[boxed]
async fn visits(db: impl Into<Db<'_>>, day: Day, operatives: &[OperativeId]) -> Result<Vec<Visit>> {
    let templates: Vec<String> = TOLD_BY.iter().map(|template| (*template).to_owned()).collect();
    let rows = sqlx::query!(
        r#"select a.id as "id: AppointmentId", r.reference, r.title, p.address, r.priority, a.operative_id as "operative: OperativeId",
                  a.starts_at, a.ends_at, a.window_starts_at, a.window_ends_at, a.status, a.on_my_way_at, a.arrived_at, a.finished_at, a.outcome,
                  p.easting, p.northing,
                  exists (select from message m where m.case_id = a.repair_id and m.template = any($3)
                            and m.fact_payload ->> 'appointment' = a.id::text and m.status in ('sent', 'delivered')) as "told!"
           from appointment a join repair r on r.id = a.repair_id join place p on p.id = r.place_id
           where a.day = $1 and a.operative_id = any($2) and a.status <> 'cancelled'
           order by a.starts_at, a.id limit $4"#,
        day as _,
        operatives as _,
        &templates,
        VISITS_MAX
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Visit {
            id: row.id,
            reference: row.reference,
            title: row.title,
            address: row.address,
            priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
            operative: row.operative,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            window_starts_at: row.window_starts_at,
            window_ends_at: row.window_ends_at,
            status: row.status,
            on_my_way_at: row.on_my_way_at,
            arrived_at: row.arrived_at,
            finished_at: row.finished_at,
            outcome: row.outcome,
            grid: row.easting.zip(row.northing),
            told: row.told,
        })
        .collect())
}

/// Open work that waits for a visit, the most pressing due moment first, with how much there is in all and how many emergencies.
#[boxed]
async fn unplanned(db: impl Into<Db<'_>>, filter: &Filter) -> Result<(Vec<Unplanned>, i64, i64)> {
    let promises = promises();
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
           select d.reference, d.title, d.priority, d.trade, d.item, d.answers, d.rate_code, p.address,
                  d.due_at as "due_at?", d.standard as "standard?", d.made_safe_at, d.total as "total!", d.emergencies as "emergencies!"
           from due d join place p on p.id = d.place_id order by d.due_at nulls last, d.reported_at"#,
        filter.provider as _,
        filter.trade,
        &promises,
        UNPLANNED_MAX
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
            due: row.due_at,
            standard: row.standard,
            made_safe_at: row.made_safe_at,
        })
        .collect();
    Ok((list, total, emergencies))
}

/// Where a repair is, on the national grid.
#[boxed]
pub async fn grid(db: impl Into<Db<'_>>, id: RepairId) -> Result<Option<(i32, i32)>> {
    let row = sqlx::query!(
        "select p.easting, p.northing from repair r join place p on p.id = r.place_id where r.id = $1",
        id as _
    )
    .fetch_one(db)
    .await?;
    Ok(row.easting.zip(row.northing))
}
