//! The reads of a day: one statement each for diaries, visits, work without a visit, and providers.

use super::model::Visit;
use crate::{
    booking::messages::TOLD_BY,
    cases::{self, Unplanned, Waiting},
    ids::AppointmentId,
    priority::Priority,
    providers,
    workforce::{
        diary,
        roster::{self, Wanted},
    },
};
use rooftree_kernel::{Day, Moment, OperativeId, ProviderId};
use rooftree_platform::{Conn, Db, Registry, Result, boxed};

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

/// Everything on a board.
pub struct Read {
    /// The diaries.
    pub operatives: Vec<diary::Operative>,
    /// The day's visits.
    pub visits: Vec<Visit>,
    /// The first of the work without a visit.
    pub unplanned: Vec<Unplanned>,
    /// What waits of each area's cases, the cards apart.
    pub waiting: Vec<Waiting>,
    /// Providers to filter by: id and name.
    pub providers: Vec<(ProviderId, String)>,
}

impl Read {
    /// How much work waits for a visit in all.
    pub fn unplanned_total(&self) -> i64 {
        self.waiting.iter().map(|waiting| waiting.total.0).sum()
    }
}

/// Reads a day.
pub async fn read(conn: &mut Conn, registry: &Registry, filter: &Filter, day: Day, now: Moment) -> Result<Read> {
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
    let (mut waiting, mut unplanned) = (Vec::new(), Vec::new());
    for source in cases::all(registry) {
        let trade = filter.trade.as_deref();
        let mut found = source.waiting(&mut *conn, filter.provider, trade, now.day(), UNPLANNED_MAX).await?;
        unplanned.append(&mut found.first);
        waiting.push(found);
    }
    unplanned.sort_by_key(|work| (work.due.is_none(), work.due, work.reported_at));
    unplanned.truncate(UNPLANNED_MAX as usize);
    let providers = providers::working(&mut *conn, filter.provider).await?;
    Ok(Read { operatives, visits, unplanned, waiting, providers })
}

#[boxed]
async fn visits(db: impl Into<Db<'_>>, day: Day, operatives: &[OperativeId]) -> Result<Vec<Visit>> {
    let templates: Vec<String> = TOLD_BY.iter().map(|template| (*template).to_owned()).collect();
    let rows = sqlx::query!(
        r#"select a.id as "id: AppointmentId", a.case_reference, a.title, p.address, a.priority, a.operative_id as "operative: OperativeId",
                  a.starts_at, a.ends_at, a.window_starts_at, a.window_ends_at, a.status, a.on_my_way_at, a.arrived_at, a.finished_at, a.outcome,
                  p.easting, p.northing,
                  exists (select from message m where m.case_id = a.case_id and m.template = any($3)
                            and m.fact_payload ->> 'appointment' = a.id::text and m.status in ('sent', 'delivered')) as "told!"
           from appointment a join place p on p.id = a.place_id
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
            reference: row.case_reference,
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
