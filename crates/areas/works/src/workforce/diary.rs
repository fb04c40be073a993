//! An operative's diary: when they work, what they have, and where something else fits. Pure.

use rooftree_kernel::{Day, Moment, OperativeId, ProviderId};

/// Between two jobs, in seconds: packing up and driving across a city of this size. A landlord with a wider stock raises it.
pub const TRAVEL_SECONDS: i64 = 15 * 60;
/// Planned starts lie on this grid, in seconds.
pub const STEP_SECONDS: i64 = 15 * 60;

/// When somebody works, every week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// 1 Monday to 7 Sunday.
    pub weekday: i32,
    /// Minutes after midnight.
    pub from_minute: i32,
    /// Minutes after midnight; 23:59 means until midnight.
    pub until_minute: i32,
    /// On the out-of-hours rota: for emergencies only.
    pub on_call: bool,
}

/// Work of this length or more goes on after a break, in minutes.
pub const OVER_A_BREAK_MINUTES: i32 = 240;
/// A gap between shifts of at most so long is a break, in seconds.
const BREAK_SECONDS: i64 = 3600;

/// What has to fit into a day.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Not before.
    pub earliest: Moment,
    /// Begins at the latest.
    pub latest: Moment,
    /// How long it takes.
    pub minutes: i32,
    /// Starts lie on this grid, in seconds.
    pub step_seconds: i64,
    /// Time on the out-of-hours rota may be used.
    pub on_call: bool,
}

/// A time that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// From.
    pub from: Moment,
    /// Until.
    pub until: Moment,
    /// The ward of the job; `None` for an absence, to and from which nobody drives.
    pub ward: Option<String>,
}

impl Busy {
    fn gap(&self) -> i64 {
        if self.ward.is_some() { TRAVEL_SECONDS } else { 0 }
    }
}

/// Somebody who visits homes, with their diary.
#[derive(Clone, Debug)]
pub struct Operative {
    /// Their id.
    pub id: OperativeId,
    /// Their name.
    pub name: String,
    /// Their employer.
    pub provider: ProviderId,
    /// The trades they have.
    pub trades: Vec<String>,
    /// The wards of their patch.
    pub wards: Vec<String>,
    /// Their week.
    pub shifts: Vec<Shift>,
    /// What is taken, in order of time.
    pub busy: Vec<Busy>,
}

/// That minute of the day in London; the last minute of the day stands for midnight.
pub fn minute_of(day: Day, minute: i32) -> Moment {
    if minute >= 1439 { day.end() } else { day.at((minute / 60) as i8, (minute % 60) as i8) }
}

/// The next moment on the grid.
pub fn on_grid(moment: Moment, step_seconds: i64) -> Moment {
    let step = step_seconds.max(1) * 1_000_000;
    let rest = moment.as_micros().rem_euclid(step);
    if rest == 0 { moment } else { Moment::from_micros(moment.as_micros() + step - rest) }
}

impl Operative {
    /// They have the trade.
    pub fn has(&self, trade: &str) -> bool {
        self.trades.iter().any(|own| own == trade)
    }

    /// The ward is in their patch.
    pub fn covers(&self, ward: &str) -> bool {
        self.wards.iter().any(|own| own == ward)
    }

    /// When they work on a day, the rota included or not; shifts that touch are one.
    pub fn shifts_on(&self, day: Day, on_call: bool) -> Vec<(Moment, Moment)> {
        self.stretches(day, on_call, 0)
    }

    /// The same with breaks up to this length bridged.
    fn stretches(&self, day: Day, on_call: bool, break_seconds: i64) -> Vec<(Moment, Moment)> {
        let weekday = i32::from(day.0.weekday().to_monday_one_offset());
        let mut times: Vec<(Moment, Moment)> = self
            .shifts
            .iter()
            .filter(|shift| shift.weekday == weekday && (on_call || !shift.on_call))
            .map(|shift| (minute_of(day, shift.from_minute), minute_of(day, shift.until_minute)))
            .filter(|(from, until)| from < until)
            .collect();
        times.sort();
        let mut merged: Vec<(Moment, Moment)> = Vec::with_capacity(times.len());
        for (from, until) in times {
            match merged.last_mut() {
                Some(last) if from <= last.1.plus_seconds(break_seconds) => last.1 = last.1.max(until),
                _ => merged.push((from, until)),
            }
        }
        merged
    }

    /// The first thing that stands in the way of working from one moment to another, the drive to and from it included.
    pub fn clash(&self, from: Moment, until: Moment) -> Option<&Busy> {
        self.busy
            .iter()
            .find(|busy| busy.from.plus_seconds(-busy.gap()) < until && from < busy.until.plus_seconds(busy.gap()))
    }

    /// The first start on a day from which the work fits into a shift and between the jobs that are there. Half a day's work or more goes on
    /// after a break; shorter work is not begun before one that it would run into.
    pub fn first_free(&self, day: Day, fit: &Fit) -> Option<Moment> {
        let seconds = i64::from(fit.minutes.max(1)) * 60;
        let break_seconds = if fit.minutes >= OVER_A_BREAK_MINUTES { BREAK_SECONDS } else { 0 };
        for (opens, closes) in self.stretches(day, fit.on_call, break_seconds) {
            let mut start = on_grid(opens.max(fit.earliest), fit.step_seconds);
            while start <= fit.latest && start.plus_seconds(seconds) <= closes {
                match self.clash(start, start.plus_seconds(seconds)) {
                    None => return Some(start),
                    Some(busy) => start = on_grid(busy.until.plus_seconds(busy.gap()), fit.step_seconds),
                }
            }
        }
        None
    }

    /// They have a job in that ward on that day already.
    pub fn is_near(&self, day: Day, ward: &str) -> bool {
        self.busy.iter().any(|busy| busy.ward.as_deref() == Some(ward) && busy.from.day() == day)
    }

    /// Takes a time, so that what is planned next goes around it.
    pub fn take(&mut self, from: Moment, until: Moment, ward: &str) {
        let busy = Busy { from, until, ward: Some(ward.to_owned()) };
        let place = self.busy.partition_point(|other| other.from <= from);
        self.busy.insert(place, busy);
    }
}
