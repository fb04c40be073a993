//! What the phone shows. Every read is narrowed to the operative's own appointments.

use super::model::State;
use crate::{
    cases::{self, Door},
    ids::AppointmentId,
    priority::Priority,
};
use rooftree_kernel::{CaseId, Day, Moment, OperativeId, PersonId, PlaceId, Scope};
use rooftree_platform::{Conn, Db, Error, Platform, Result, boxed};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

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
pub async fn jobs(platform: &Platform, operative: OperativeId, now: Moment) -> Result<Jobs> {
    let mut conn = platform.reads().acquire().await?;
    let rows = sqlx::query!(
        r#"select a.id as "id: AppointmentId", a.case_id, a.case_reference, a.title, a.priority, p.address, p.postcode, a.day, a.starts_at,
                  a.window_starts_at, a.window_ends_at, a.status, a.outcome, a.on_my_way_at is not null as "way!",
                  a.arrived_at is not null as "arrived!", a.finished_at is not null as "finished!",
                  array(select t.title from place_alert t where t.place_id in (select * from place_and_above(a.place_id)) and t.ended_at is null
                        and t.from_day <= $2 and (t.until_day is null or t.until_day >= $2)
                        order by array_position(array['warning', 'asbestos', 'fire', 'no-access', 'access', 'other'], t.kind), t.id) as "alerts!"
           from appointment a join place p on p.id = a.place_id
           where a.operative_id = $1
             and (a.day between $2 and $2 + 1 and a.status <> 'cancelled'
                  or a.day between $2 - $3::int and $2 - 1 and visit_is_untold(a))
           order by a.day >= $2 desc, a.starts_at, a.id limit $4"#,
        operative as _,
        now.day() as _,
        UNRECORDED_DAYS,
        JOBS_MAX
    )
    .fetch_all(&mut conn)
    .await?;
    let named: Vec<(CaseId, &str)> =
        rows.iter().map(|row| (CaseId(row.case_id), row.case_reference.as_str())).collect();
    let doors = doors(platform, &mut conn, &named).await?;
    let today = now.day();
    let jobs = rows.into_iter().filter_map(|row| {
        let door = doors.get(&CaseId(row.case_id))?;
        // What was left unrecorded matters while there is still work to do.
        (row.day >= today || door.status == "open").then(|| Job {
            id: row.id,
            reference: row.case_reference,
            title: row.title,
            priority: row.priority,
            address: row.address,
            postcode: row.postcode,
            access_notes: door.access_notes.clone(),
            starts_at: row.starts_at,
            window_starts_at: row.window_starts_at,
            window_ends_at: row.window_ends_at,
            state: State::of(&row.status, row.outcome.as_deref(), row.way, row.arrived, row.finished),
            alerts: row.alerts,
            phone: door.phone.clone(),
        })
    });
    Ok(Jobs::sort(jobs.collect(), now))
}

/// What operatives are told of some cases, asked of each area once.
async fn doors(platform: &Platform, conn: &mut Conn, named: &[(CaseId, &str)]) -> Result<HashMap<CaseId, Door>> {
    let mut by_area: BTreeMap<&str, Vec<CaseId>> = BTreeMap::new();
    for (case, reference) in named {
        by_area.entry(cases::names(platform.registry(), reference).letters).or_default().push(*case);
    }
    let mut doors = HashMap::new();
    for (letters, ids) in by_area {
        let found = cases::of(platform.registry(), letters)?.doors(conn, &ids).await?;
        doors.extend(found.into_iter().map(|door| (door.case, door)));
    }
    Ok(doors)
}

/// A visit as its page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The appointment.
    pub id: AppointmentId,
    /// The case.
    pub case: CaseId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// The resident's words.
    pub description: String,
    /// What they were asked and answered.
    pub answers: Vec<(String, String)>,
    /// How to get in.
    pub access_notes: String,
    /// How pressing.
    pub priority: Priority,
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
        self.emergency || self.priority == Priority::Emergency
    }
}

/// One visit, within the scope.
pub async fn show(platform: &Platform, id: AppointmentId, scope: &Scope) -> Result<Shown> {
    let [operative, provider] = scope.ids(["operative", "provider"]);
    let mut conn = platform.reads().acquire().await?;
    let row = sqlx::query!(
        r#"select a.case_id, a.case_reference, a.title, a.priority, a.place_id as "place: PlaceId",
                  concat_ws(', ', nullif(p.name, ''), p.address) as "address!", p.postcode, a.day, a.window_starts_at, a.window_ends_at,
                  a.on_my_way_at is not null as "way!", a.arrived_at as "arrived_at: Moment", a.finished_at as "finished_at: Moment", a.status,
                  a.outcome, a.outcome_reason, a.outcome_note, a.emergency, o.name as operative_name, a.order_id
           from appointment a join place p on p.id = a.place_id join operative o on o.id = a.operative_id
           where a.id = $1 and ($2::uuid is null or a.operative_id = $2) and ($3::uuid is null or o.provider_id = $3)"#,
        id as _,
        operative,
        provider
    )
    .fetch_optional(&mut conn)
    .await?
    .ok_or(Error::NotFound("the visit"))?;
    let case = CaseId(row.case_id);
    let source = cases::of(platform.registry(), &row.case_reference)?;
    let door = source.doors(&mut conn, &[case]).await?.pop().ok_or(Error::NotFound("the visit"))?;
    let lines = sqlx::query!(
        "select l.title, l.quantity_hundredths from order_line l join works_order o on o.id = l.order_id
         where o.case_id = $1 and o.status <> 'cancelled' and l.removed_at is null and ($2::uuid is null or o.id = $2) order by l.id limit 50",
        case.0,
        row.order_id
    )
    .fetch_all(&mut conn)
    .await?;
    Ok(Shown {
        id,
        case,
        reference: row.case_reference,
        title: row.title,
        description: door.description,
        answers: door.answers,
        access_notes: door.access_notes,
        priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
        emergency: row.emergency,
        made_safe: door.made_safe,
        status: door.status,
        place: row.place,
        address: row.address,
        postcode: row.postcode,
        person: door.person,
        phone: door.phone,
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
