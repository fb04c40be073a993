//! What the phone shows. Every read is narrowed to the operative's own appointments.

use super::model::State;
use crate::ids::{AppointmentId, RepairId};
use rooftree_kernel::{Day, Moment, OperativeId, PersonId, PlaceId, Scope};
use rooftree_platform::{Db, Error, Pool, Result, boxed};
use std::cmp::Ordering;

/// Jobs that the list shows at most.
const JOBS_MAX: i64 = 100;
/// A visit that begins or ended within so many seconds is of the present, on whichever side of midnight it lies.
const NIGHT_SECONDS: i64 = 6 * 3600;
/// So many days back a visit without an outcome is asked for.
const UNRECORDED_DAYS: i32 = 14;

/// A job on the list.
#[derive(Clone, Debug)]
pub struct Job {
    /// The appointment.
    pub id: AppointmentId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// emergency, urgent, routine.
    pub priority: String,
    /// Where.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// How to get in.
    pub access_notes: String,
    /// When the work is planned.
    pub starts_at: Moment,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// Where it stands.
    pub state: State,
    /// Titles of the warnings about the place.
    pub alerts: Vec<String>,
    /// The number to ring.
    pub phone: Option<String>,
}

/// What an operative has before them.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// Today's, in the order of the plan; with them what a night on call has on the other side of midnight.
    pub now: Vec<Job>,
    /// Tomorrow's.
    pub tomorrow: Vec<Job>,
    /// Earlier days' of which nobody has said how they ended.
    pub unrecorded: Vec<Job>,
}

impl Jobs {
    fn sort(jobs: Vec<Job>, now: Moment) -> Self {
        let mut sorted = Self::default();
        for job in jobs {
            let night = job.starts_at.seconds_since(now) <= NIGHT_SECONDS
                && now.seconds_since(job.window_ends_at) <= NIGHT_SECONDS;
            match job.starts_at.day().cmp(&now.day()) {
                Ordering::Less if !night => sorted.unrecorded.push(job),
                Ordering::Greater if !night => sorted.tomorrow.push(job),
                _ => sorted.now.push(job),
            }
        }
        sorted.now.sort_by_key(|job| job.starts_at);
        sorted
    }
}

/// An operative's jobs of today and tomorrow, and those of the [`UNRECORDED_DAYS`] before that have no outcome.
pub async fn jobs(pool: &Pool, operative: OperativeId, now: Moment) -> Result<Jobs> {
    let rows = sqlx::query!(
        r#"select a.id as "id: AppointmentId", r.reference, r.title, r.priority, p.address, p.postcode, r.access_notes, a.starts_at, a.window_starts_at,
                  a.window_ends_at, a.status, a.outcome, a.on_my_way_at is not null as "way!", a.arrived_at is not null as "arrived!",
                  a.finished_at is not null as "finished!",
                  array(select t.title from place_alert t where t.place_id in (select * from place_and_above(r.place_id)) and t.ended_at is null
                        and t.from_day <= $2 and (t.until_day is null or t.until_day >= $2)
                        order by array_position(array['warning', 'asbestos', 'fire', 'no-access', 'access', 'other'], t.kind), t.id) as "alerts!",
                  (select c.normal from contact_point c where c.person_id = r.reporter_id and c.kind = 'phone' and c.ended_at is null
                   order by c.preferred desc, c.id limit 1) as phone
           from appointment a join repair r on r.id = a.repair_id join place p on p.id = r.place_id
           where a.operative_id = $1
             and (a.day between $2 and $2 + 1 and a.status <> 'cancelled'
                  or a.day between $2 - $3::int and $2 - 1 and visit_is_untold(a) and r.status = 'open')
           order by a.day >= $2 desc, a.starts_at, a.id limit $4"#,
        operative as _,
        now.day() as _,
        UNRECORDED_DAYS,
        JOBS_MAX
    )
    .fetch_all(pool)
    .await?;
    let jobs = rows
        .into_iter()
        .map(|row| Job {
            id: row.id,
            reference: row.reference,
            title: row.title,
            priority: row.priority,
            address: row.address,
            postcode: row.postcode,
            access_notes: row.access_notes,
            starts_at: row.starts_at,
            window_starts_at: row.window_starts_at,
            window_ends_at: row.window_ends_at,
            state: State::of(&row.status, row.outcome.as_deref(), row.way, row.arrived, row.finished),
            alerts: row.alerts,
            phone: row.phone,
        })
        .collect();
    Ok(Jobs::sort(jobs, now))
}

/// A visit as its page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The appointment.
    pub id: AppointmentId,
    /// The repair.
    pub repair: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// The resident's words.
    pub description: String,
    /// How to get in.
    pub access_notes: String,
    /// emergency, urgent, routine.
    pub priority: String,
    /// Sent rather than agreed.
    pub emergency: bool,
    /// Made safe before.
    pub made_safe: bool,
    /// open, completed, cancelled.
    pub status: String,
    /// Where.
    pub place: PlaceId,
    /// In one line.
    pub address: String,
    /// Postcode.
    pub postcode: String,
    /// The person to ask for.
    pub person: Option<PersonId>,
    /// Their number.
    pub phone: Option<String>,
    /// The day.
    pub day: Day,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// When the operative was at the door.
    pub arrived_at: Option<Moment>,
    /// When they left.
    pub finished_at: Option<Moment>,
    /// A reason's key.
    pub outcome_reason: String,
    /// What they wrote.
    pub outcome_note: String,
    /// Who goes.
    pub operative_name: String,
    /// Where it stands.
    pub state: State,
    /// What is ordered: title and quantity in hundredths.
    pub lines: Vec<(String, i64)>,
}

impl Shown {
    /// The sooner at an emergency the better: it was sent, or has become one since it was agreed.
    pub fn may_come_early(&self) -> bool {
        self.emergency || self.priority == "emergency"
    }
}

/// One visit, within the scope.
pub async fn show(pool: &Pool, id: AppointmentId, scope: &Scope) -> Result<Shown> {
    let [operative, provider] = scope.ids(["operative", "provider"]);
    let row = sqlx::query!(
        r#"select r.id as "repair: RepairId", r.reference, r.title, r.description, r.access_notes, r.priority, r.made_safe_at is not null as "made_safe!",
                  r.status as repair_status, r.place_id as "place: PlaceId", concat_ws(', ', nullif(p.name, ''), p.address) as "address!", p.postcode,
                  r.reporter_id as "person: PersonId", a.day, a.window_starts_at, a.window_ends_at, a.on_my_way_at is not null as "way!",
                  a.arrived_at as "arrived_at: Moment", a.finished_at as "finished_at: Moment", a.status, a.outcome, a.outcome_reason,
                  a.outcome_note, a.emergency, o.name as operative_name, a.order_id,
                  (select c.normal from contact_point c where c.person_id = r.reporter_id and c.kind = 'phone' and c.ended_at is null
                   order by c.preferred desc, c.id limit 1) as phone
           from appointment a join repair r on r.id = a.repair_id join place p on p.id = r.place_id join operative o on o.id = a.operative_id
           where a.id = $1 and ($2::uuid is null or a.operative_id = $2) and ($3::uuid is null or o.provider_id = $3)"#,
        id as _,
        operative,
        provider
    )
    .fetch_optional(pool)
    .await?
    .ok_or(Error::NotFound("the visit"))?;
    let lines = sqlx::query!(
        "select l.title, l.quantity_hundredths from order_line l join works_order o on o.id = l.order_id
         where o.repair_id = $1 and o.status <> 'cancelled' and l.removed_at is null and ($2::uuid is null or o.id = $2) order by l.id limit 50",
        row.repair as _,
        row.order_id
    )
    .fetch_all(pool)
    .await?;
    Ok(Shown {
        id,
        repair: row.repair,
        reference: row.reference,
        title: row.title,
        description: row.description,
        access_notes: row.access_notes,
        priority: row.priority,
        emergency: row.emergency,
        made_safe: row.made_safe,
        status: row.repair_status,
        place: row.place,
        address: row.address,
        postcode: row.postcode,
        person: row.person,
        phone: row.phone,
        day: row.day,
        window_starts_at: row.window_starts_at,
        window_ends_at: row.window_ends_at,
        state: State::of(
            &row.status,
            row.outcome.as_deref(),
            row.way,
            row.arrived_at.is_some(),
            row.finished_at.is_some(),
        ),
        arrived_at: row.arrived_at,
        finished_at: row.finished_at,
        outcome_reason: row.outcome_reason,
        outcome_note: row.outcome_note,
        operative_name: row.operative_name,
        lines: lines.into_iter().map(|line| (line.title, line.quantity_hundredths)).collect(),
    })
}

/// Materials recorded at a visit: what and how many.
#[boxed]
pub async fn materials(db: impl Into<Db<'_>>, id: AppointmentId) -> Result<Vec<(String, i32)>> {
    let rows = sqlx::query!(
        "select description, quantity from material_used where appointment_id = $1 order by id limit 100",
        id as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.description, row.quantity)).collect())
}
