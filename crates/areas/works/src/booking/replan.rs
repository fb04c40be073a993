//! Giving somebody's visits to others: for each a proposal that disturbs the resident least. Pure, but for the two reads.

use crate::{
    ids::AppointmentId,
    priority::Priority,
    workforce::{
        diary::{Busy, Fit, Operative, STEP_SECONDS},
        roster::{self, Wanted},
        slots::{Slot, SlotAsk, choose},
        windows::Window,
    },
};
use rooftree_kernel::{Moment, OperativeId, ProviderId};
use rooftree_platform::{Conn, Result};

/// Other days are looked at so far ahead.
const DAYS: i64 = 14;
/// Whoever takes a visit over must be able to begin so long before the resident's window ends, in seconds.
const ARRIVE_SECONDS: i64 = 30 * 60;
/// Visits that are planned again at a time.
const JOBS_MAX: i64 = 100;

/// A visit that somebody else must take.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: AppointmentId,
    /// For optimistic locking.
    pub version: i32,
    /// The case's reference.
    pub reference: String,
    /// What is done.
    pub title: String,
    /// Where.
    pub address: String,
    /// Ward.
    pub ward: String,
    /// Trade key.
    pub trade: String,
    /// How pressing.
    pub priority: Priority,
    /// Planned from.
    pub starts_at: Moment,
    /// Planned until.
    pub ends_at: Moment,
    /// Told from.
    pub window_starts_at: Moment,
    /// Told until.
    pub window_ends_at: Moment,
    /// Whose operatives may take it.
    pub provider: Option<ProviderId>,
    /// When the promise falls due.
    pub due: Option<Moment>,
}

impl Job {
    fn minutes(&self) -> i32 {
        i32::try_from(self.ends_at.seconds_since(self.starts_at) / 60).unwrap_or(i32::MAX)
    }
}

/// What is proposed for a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who, when.
    pub slot: Slot,
    /// The resident's time stays as it is.
    pub keeps_window: bool,
}

/// The visits of an operative that are booked in a span of time and not begun.
pub async fn jobs(
    conn: &mut Conn,
    promises: &[String],
    operative: OperativeId,
    from: Moment,
    until: Moment,
) -> Result<Vec<Job>> {
    let rows = sqlx::query!(
        r#"select a.id as "id: AppointmentId", a.version, a.case_reference, a.title, p.address, a.ward, a.trade, a.priority, a.starts_at, a.ends_at,
                  a.window_starts_at, a.window_ends_at, o.provider_id as "provider: ProviderId",
                  (select min(c.due_at) from clock c where c.case_id = a.case_id and c.state = 'running' and c.standard = any($4)) as "due: Moment"
           from appointment a join operative o on o.id = a.operative_id join place p on p.id = a.place_id
           where a.operative_id = $1 and a.status = 'booked' and a.arrived_at is null
             and tstzrange(a.starts_at, a.ends_at) && tstzrange($2, $3)
           order by a.starts_at limit $5"#,
        operative as _,
        from as _,
        until as _,
        promises,
        JOBS_MAX
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Job {
            id: row.id,
            version: row.version,
            reference: row.case_reference,
            title: row.title,
            address: row.address,
            ward: row.ward,
            trade: row.trade,
            priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            window_starts_at: row.window_starts_at,
            window_ends_at: row.window_ends_at,
            provider: Some(row.provider),
            due: row.due,
        })
        .collect())
}

/// Everybody who could take one of these visits, with whoever is away not free in that span.
pub async fn helpers(
    conn: &mut Conn,
    jobs: &[Job],
    away: (OperativeId, Moment, Moment),
    provider: Option<ProviderId>,
    now: Moment,
) -> Result<Vec<Operative>> {
    let mut trades: Vec<String> = jobs.iter().map(|job| job.trade.clone()).collect();
    trades.sort();
    trades.dedup();
    if trades.is_empty() {
        return Ok(Vec::new());
    }
    let first = jobs.iter().map(|job| job.starts_at.day()).min().unwrap_or(now.day()).min(now.day());
    let last = jobs.iter().map(|job| job.starts_at.day()).max().unwrap_or(now.day()).max(now.day()).plus_days(DAYS);
    let wanted = Wanted { trades: &trades, operatives: &[], provider, from: first, until: last, now, except: None };
    let mut operatives = roster::load(conn, &wanted).await?;
    let (operative, from, until) = away;
    for found in operatives.iter_mut().filter(|found| found.id == operative) {
        found.busy.push(Busy { from, until, ward: None });
    }
    Ok(operatives)
}

/// A proposal for each visit, in the order given: the most pressing choose first, what one takes is gone for the next.
pub fn propose(jobs: &[Job], operatives: &mut [Operative], now: Moment) -> Vec<Option<Proposal>> {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|index| (jobs[*index].priority, jobs[*index].window_starts_at, jobs[*index].id));
    let mut proposals = vec![None; jobs.len()];
    for index in order {
        let job = &jobs[index];
        let proposal = in_window(job, operatives, now).or_else(|| elsewhen(job, operatives, now));
        if let Some(proposal) = &proposal
            && let Some(taker) = operatives.iter_mut().find(|operative| operative.id == proposal.slot.operative)
        {
            taker.take(proposal.slot.starts_at, proposal.slot.ends_at, &job.ward);
        }
        proposals[index] = proposal;
    }
    proposals
}

/// Somebody who can come within the time that the resident was told.
fn in_window(job: &Job, operatives: &[Operative], now: Moment) -> Option<Proposal> {
    let (day, minutes) = (job.window_starts_at.day(), job.minutes());
    let earliest = job.window_starts_at.max(now);
    let latest = job.window_ends_at.plus_seconds(-ARRIVE_SECONDS).max(job.window_starts_at);
    let on_call = job.priority == Priority::Emergency;
    let fit = Fit { earliest, latest, minutes, step_seconds: STEP_SECONDS, on_call };
    let (_, operative, start) = operatives
        .iter()
        .filter(|operative| {
            operative.has(&job.trade) && job.provider.is_none_or(|provider| operative.provider == provider)
        })
        .filter_map(|operative| {
            let start = operative.first_free(day, &fit)?;
            Some((
                (!operative.covers(&job.ward), !operative.is_near(day, &job.ward), start, operative.id),
                operative,
                start,
            ))
        })
        .min_by_key(|(rank, ..)| *rank)?;
    let mut slot = Slot::new(operative, start, minutes, Window::holding(start, minutes), &job.ward);
    (slot.window_starts_at, slot.window_ends_at) = (job.window_starts_at, job.window_ends_at);
    Some(Proposal { slot, keeps_window: true })
}

/// The soonest other time.
fn elsewhen(job: &Job, operatives: &[Operative], now: Moment) -> Option<Proposal> {
    let ask = SlotAsk {
        trade: job.trade.clone(),
        ward: job.ward.clone(),
        minutes: job.minutes(),
        priority: job.priority,
        provider: job.provider,
        from: now.max(job.window_starts_at.day().start()),
        days: DAYS,
    };
    choose(operatives, &ask, None).into_iter().next().map(|slot| Proposal { slot, keeps_window: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workforce::diary::{Shift, TRAVEL_SECONDS};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn operative(number: u128) -> Operative {
        Operative {
            id: OperativeId(Uuid::from_u128(number)),
            name: format!("Operative {number}"),
            provider: ProviderId(Uuid::from_u128(1)),
            trades: vec!["plumber".into()],
            wards: vec![],
            shifts: (1..=5)
                .map(|weekday| Shift { weekday, from_minute: 480, until_minute: 990, on_call: false })
                .collect(),
            busy: vec![],
        }
    }

    fn job(number: u128, start: &str, minutes: i64, priority: Priority) -> Job {
        let starts_at = at(start);
        let (window_starts_at, window_ends_at) = Window::Morning.told(starts_at);
        Job {
            id: AppointmentId(Uuid::from_u128(number)),
            version: 1,
            reference: format!("R-{number}"),
            title: "Tap".into(),
            address: "1 High Street".into(),
            ward: "Lye Valley".into(),
            trade: "plumber".into(),
            priority,
            starts_at,
            ends_at: starts_at.plus_seconds(minutes * 60),
            window_starts_at,
            window_ends_at,
            provider: None,
            due: None,
        }
    }

    #[test]
    fn another_takes_the_visit_within_the_time_that_was_told() {
        let jobs =
            [job(1, "2026-12-08T08:00", 60, Priority::Routine), job(2, "2026-12-08T09:30", 60, Priority::Urgent)];
        let proposals = propose(&jobs, &mut [operative(7)], at("2026-12-08T07:40"));
        let starts: Vec<Moment> = proposals.iter().map(|p| p.as_ref().unwrap().slot.starts_at).collect();
        assert!(proposals.iter().all(|proposal| proposal.as_ref().unwrap().keeps_window));
        assert_eq!(starts, [at("2026-12-08T09:15"), at("2026-12-08T08:00")], "the urgent one chooses first");
    }

    #[test]
    fn what_does_not_fit_goes_to_the_next_free_time_and_what_nobody_can_do_is_said() {
        let mut full = operative(7);
        full.busy = vec![Busy { from: at("2026-12-08T08:00"), until: at("2026-12-08T13:00"), ward: None }];
        let mut jobs =
            [job(1, "2026-12-08T08:00", 60, Priority::Routine), job(2, "2026-12-08T09:00", 60, Priority::Routine)];
        jobs[1].trade = "roofer".into();
        let proposals = propose(&jobs, &mut [full], at("2026-12-08T07:40"));
        let first = proposals[0].as_ref().unwrap();
        assert!(!first.keeps_window && first.slot.starts_at == at("2026-12-08T13:00"));
        assert_eq!(proposals[1], None);
    }

    proptest! {
        #[test]
        fn proposals_never_meet_each_other(starts in prop::collection::vec((0i64..16, 1i64..10), 1..12), helpers in 1u128..4) {
            let jobs: Vec<Job> = (1..)
                .zip(&starts)
                .map(|(number, (start, length))| {
                    let mut job = job(number, "2026-12-08T08:00", length * 15, Priority::Routine);
                    job.starts_at = job.starts_at.plus_seconds(start * 900);
                    job.ends_at = job.starts_at.plus_seconds(length * 900);
                    job
                })
                .collect();
            let mut operatives: Vec<Operative> = (1..=helpers).map(operative).collect();
            let taken: Vec<Slot> = propose(&jobs, &mut operatives, at("2026-12-08T07:00")).into_iter().flatten().map(|p| p.slot).collect();
            for (index, slot) in taken.iter().enumerate() {
                for other in &taken[index + 1..] {
                    let apart = slot.ends_at.plus_seconds(TRAVEL_SECONDS) <= other.starts_at || other.ends_at.plus_seconds(TRAVEL_SECONDS) <= slot.starts_at;
                    prop_assert!(slot.operative != other.operative || apart, "{slot:?} meets {other:?}");
                }
            }
        }
    }
}
