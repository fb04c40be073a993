//! Free times to offer. What is free is decided by pure functions over the operatives' diaries; the database is asked once.
//!
//! Invariants (each a property test): a slot lies inside one shift of an operative who has the trade, meets no job or absence with
//! the drive between jobs counted, and none begins in the past.

use super::{
    diary::{Fit, Operative, STEP_SECONDS},
    roster::{self, Wanted},
    windows::{ALL_DAY_MINUTES, Window},
};
use crate::{cases::Brief, ids::AppointmentId, priority::Priority};
use rooftree_kernel::{
    Day, Moment, OperativeId, ProviderId, Scope,
    calendar::{Calendars, ENGLAND_AND_WALES},
    scope::PROVIDER,
};
use rooftree_platform::{Conn, Error, Result};
use std::sync::LazyLock;

/// The most choices that are offered at once: more than a caller can listen to.
pub const CHOICES_MAX: usize = 12;
/// Emergencies are offered the soonest of so many operatives.
const SOONEST_MAX: usize = 6;
/// The operative must be able to begin so long before the window ends, in seconds.
const ARRIVE_SECONDS: i64 = 30 * 60;
/// Emergencies are planned to the minute-hand's nearest five, in seconds.
const SOON_STEP_SECONDS: i64 = 5 * 60;

/// Bank holidays are kept free of visits that can wait.
static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::built_in);

/// What is looked for.
#[derive(Clone, Debug)]
pub struct SlotAsk {
    /// The trade that the work needs.
    pub trade: String,
    /// Where: operatives whose patch it is come first.
    pub ward: String,
    /// How long the work takes, in minutes.
    pub minutes: i32,
    /// How pressing.
    pub priority: Priority,
    /// Only this provider's operatives.
    pub provider: Option<ProviderId>,
    /// Not before: the present, or the beginning of a later day.
    pub from: Moment,
    /// Over so many days.
    pub days: i64,
}

impl SlotAsk {
    /// For a case: its trade, near its place, among the people of its provider (or of the caller's own).
    pub fn of(brief: &Brief, from: Moment, days: i64, scope: &Scope) -> Self {
        Self {
            trade: brief.trade.clone(),
            ward: brief.ward.clone(),
            minutes: brief.minutes,
            priority: brief.priority,
            provider: scope.id(PROVIDER).or(brief.provider),
            from,
            days,
        }
    }
}

/// A free time of an operative.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Slot {
    /// Who would come.
    pub operative: OperativeId,
    /// Their name.
    pub operative_name: String,
    /// Their employer.
    pub provider: ProviderId,
    /// When the work would begin.
    pub starts_at: Moment,
    /// When it would end.
    pub ends_at: Moment,
    /// What the resident is told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// Its day.
    pub day: Day,
    /// The part of the day.
    pub window: Window,
    /// The place is in the operative's own patch.
    pub own_patch: bool,
}

impl Slot {
    /// The slot that begins then, for that operative.
    pub fn new(operative: &Operative, start: Moment, minutes: i32, window: Window, ward: &str) -> Self {
        let (window_starts_at, window_ends_at) = window.told(start);
        Self {
            operative: operative.id,
            operative_name: operative.name.clone(),
            provider: operative.provider,
            starts_at: start,
            ends_at: start.plus_seconds(i64::from(minutes.max(1)) * 60),
            window_starts_at,
            window_ends_at,
            day: start.day(),
            window,
            own_patch: operative.covers(ward),
        }
    }

    /// What a form submits: operative, start and part of the day.
    pub fn key(&self) -> String {
        format!("{}@{}@{}", self.operative, self.starts_at.as_micros(), self.window.key())
    }

    /// `08:00 to 12:00`.
    pub fn hours(&self) -> String {
        self.window_starts_at.time_until(self.window_ends_at)
    }

    /// `Tue 8 Dec, 08:00 to 12:00`.
    pub fn words(&self) -> String {
        format!("{}, {}", self.day.0.strftime("%a %-d %b"), self.hours())
    }

    /// The promise would be broken: the work would end after it falls due.
    pub fn is_after(&self, due: Option<Moment>) -> bool {
        due.is_some_and(|due| self.ends_at > due)
    }
}

/// A key taken apart: operative, start, part of the day (a key without one means the part that holds the start).
fn parse_key(key: &str) -> Option<(OperativeId, Moment, Option<Window>)> {
    let mut parts = key.split('@');
    let operative = parts.next()?.parse().ok()?;
    let start = Moment::from_micros(parts.next()?.parse().ok()?);
    let window = parts.next().map(Window::parse);
    match (window, parts.next()) {
        (Some(None), _) | (_, Some(_)) => None,
        (window, None) => Some((operative, start, window.flatten())),
    }
}

/// Free times to offer, the earliest first, at most [`CHOICES_MAX`].
pub async fn offer(conn: &mut Conn, ask: &SlotAsk) -> Result<Vec<Slot>> {
    offer_in(conn, ask, None, None).await
}

/// The same in one part of the day only, and as if an appointment that is to be moved were not there.
pub async fn offer_in(
    conn: &mut Conn,
    ask: &SlotAsk,
    part: Option<Window>,
    except: Option<AppointmentId>,
) -> Result<Vec<Slot>> {
    let trades = [ask.trade.clone()];
    let wanted = Wanted {
        trades: &trades,
        operatives: &[],
        provider: ask.provider,
        from: ask.from.day(),
        until: ask.from.day().plus_days(ask.days),
        now: ask.from,
        except,
    };
    let operatives = roster::load(conn, &wanted).await?;
    Ok(choose(&operatives, ask, part))
}

/// The slot of a key, looked at again: still free, still within the provider's people, still of the trade. Another start in the same
/// part of the same day will do, because the part is what the resident was told.
pub async fn find(conn: &mut Conn, key: &str, ask: &SlotAsk) -> Result<Slot> {
    find_except(conn, key, ask, None).await
}

/// The same, as if an appointment that is to be moved were not there.
pub async fn find_except(conn: &mut Conn, key: &str, ask: &SlotAsk, except: Option<AppointmentId>) -> Result<Slot> {
    let (operative, start, window) = parse_key(key).ok_or_else(|| Error::field("slot", "choose one of the times"))?;
    within_reach(start, ask.from).map_err(|why| Error::field("slot", why))?;
    let trades = [ask.trade.clone()];
    let wanted = Wanted {
        trades: &trades,
        operatives: &[operative],
        provider: ask.provider,
        from: start.day(),
        until: start.day().plus_days(1),
        now: ask.from,
        except,
    };
    let found = roster::load(conn, &wanted).await?;
    let operative = found.first().ok_or_else(taken)?;
    let window = window.unwrap_or_else(|| Window::holding(start, ask.minutes));
    again(operative, start, window, ask).ok_or_else(taken)
}

/// Visits are booked at most a year ahead, in days: beyond that no roster holds.
const AHEAD_DAYS_MAX: i64 = 366;

/// Refuses a time that nobody could mean.
pub fn within_reach(start: Moment, now: Moment) -> Result<(), &'static str> {
    let days = start.seconds_since(now).div_euclid(86_400);
    if (-1..=AHEAD_DAYS_MAX).contains(&days) { Ok(()) } else { Err("choose a time within the next twelve months") }
}

fn taken() -> Error {
    Error::conflict("This time has just been taken. Choose another; those shown now are free.")
}

/// Looks again at one operative's slot.
fn again(operative: &Operative, start: Moment, window: Window, ask: &SlotAsk) -> Option<Slot> {
    let earliest = start.max(ask.from);
    let (latest, step) = match window.hours(start.day()) {
        Some((_, until)) => (latest_start(window, until, ask.minutes), STEP_SECONDS),
        None => (start.plus_seconds(3600), SOON_STEP_SECONDS),
    };
    let fit = Fit {
        earliest,
        latest,
        minutes: ask.minutes,
        step_seconds: step,
        on_call: ask.priority == Priority::Emergency,
    };
    let start = operative.first_free(start.day(), &fit)?;
    Some(Slot::new(operative, start, ask.minutes, window, &ask.ward))
}

/// Decides what to offer.
pub fn choose(operatives: &[Operative], ask: &SlotAsk, part: Option<Window>) -> Vec<Slot> {
    let fits = |operative: &&Operative| {
        operative.has(&ask.trade) && ask.provider.is_none_or(|provider| operative.provider == provider)
    };
    let operatives: Vec<&Operative> = operatives.iter().filter(fits).collect();
    match (ask.priority, part) {
        (Priority::Emergency, None) => soonest(&operatives, ask),
        _ => by_part(&operatives, ask, part),
    }
}

/// Each operative's first free moment, out-of-hours shifts and bank holidays included.
fn soonest(operatives: &[&Operative], ask: &SlotAsk) -> Vec<Slot> {
    let first = |operative: &&Operative| {
        let days = (0..ask.days.max(1)).map(|ahead| ask.from.day().plus_days(ahead));
        let fit = |day: Day| Fit {
            earliest: ask.from,
            latest: day.end(),
            minutes: ask.minutes,
            step_seconds: SOON_STEP_SECONDS,
            on_call: true,
        };
        days.filter_map(|day| operative.first_free(day, &fit(day)))
            .map(|start| Slot::new(operative, start, ask.minutes, Window::Soon, &ask.ward))
            .next()
    };
    let mut slots: Vec<Slot> = operatives.iter().filter_map(first).collect();
    slots.sort_by_key(|slot| (slot.starts_at, !slot.own_patch, slot.operative));
    slots.truncate(SOONEST_MAX);
    slots
}

/// For each part of each day the operative who suits best: one whose patch it is, then one who is near anyway, then the earliest.
fn by_part(operatives: &[&Operative], ask: &SlotAsk, part: Option<Window>) -> Vec<Slot> {
    let parts: Vec<Window> = match part {
        Some(part) => vec![part],
        None if ask.minutes >= ALL_DAY_MINUTES => vec![Window::AllDay],
        None => vec![Window::Morning, Window::School, Window::Afternoon, Window::Evening],
    };
    let mut slots = Vec::new();
    for day in (0..ask.days.max(1)).map(|ahead| ask.from.day().plus_days(ahead)) {
        if is_holiday(day) {
            continue;
        }
        for part in &parts {
            slots.extend(best(operatives, ask, day, *part));
        }
        if slots.len() >= CHOICES_MAX {
            break;
        }
    }
    slots.truncate(CHOICES_MAX);
    slots
}

fn best(operatives: &[&Operative], ask: &SlotAsk, day: Day, part: Window) -> Option<Slot> {
    let (from, until) = part.hours(day)?;
    let earliest = from.max(ask.from.plus_seconds(notice_seconds(ask.priority)));
    let latest = latest_start(part, until, ask.minutes);
    let on_call = ask.priority == Priority::Emergency;
    let fit = Fit { earliest, latest, minutes: ask.minutes, step_seconds: STEP_SECONDS, on_call };
    operatives
        .iter()
        .filter_map(|operative| {
            let start = operative.first_free(day, &fit)?;
            let rank = (!operative.covers(&ask.ward), !operative.is_near(day, &ask.ward), start, operative.id);
            Some((rank, operative, start))
        })
        .min_by_key(|(rank, ..)| *rank)
        .map(|(_, operative, start)| Slot::new(operative, start, ask.minutes, part, &ask.ward))
}

/// We come within the window, with half an hour in hand; between school runs the work must also be over when the parent has to go.
fn latest_start(part: Window, until: Moment, minutes: i32) -> Moment {
    let before = if part == Window::School { i64::from(minutes) * 60 } else { ARRIVE_SECONDS };
    until.plus_seconds(-before)
}

/// How long before a visit an operative should hear of it, in seconds.
fn notice_seconds(priority: Priority) -> i64 {
    match priority {
        Priority::Emergency => 0,
        Priority::Urgent => 3600,
        Priority::Routine => 2 * 3600,
    }
}

/// Nobody visits on a bank holiday unless it is an emergency.
pub fn is_holiday(day: Day) -> bool {
    CALENDARS.get(ENGLAND_AND_WALES).is_some_and(|calendar| calendar.holiday(day).is_some())
}

#[cfg(test)]
mod tests;
