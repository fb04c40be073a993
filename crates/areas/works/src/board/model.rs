//! What a day looks like: the state of a visit, the columns, who is free and how far away. Pure.

use crate::{
    ids::AppointmentId,
    priority::Priority,
    workforce::{
        clock_minutes,
        diary::{Fit, Operative, STEP_SECONDS, minute_of},
    },
};
use rooftree_kernel::{Day, Moment, OperativeId};
use rooftree_ui::summary::Tone;

/// Not yet on the way so long after the planned start is late, in seconds.
const LATE_SECONDS: i64 = 15 * 60;
/// A column is so many minutes wide.
const COLUMN_MINUTES: i32 = 120;
/// The columns of an ordinary day, in minutes after midnight.
const ORDINARY: (i32, i32) = (480, 1080);
/// Free means free for at least so long, in minutes.
const FREE_MINUTES: i32 = 30;

/// A visit on the board.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Its id.
    pub id: AppointmentId,
    /// The case's reference.
    pub reference: String,
    /// What is done.
    pub title: String,
    /// Where.
    pub address: String,
    /// How pressing.
    pub priority: Priority,
    /// Whose visit.
    pub operative: OperativeId,
    /// Planned from.
    pub starts_at: Moment,
    /// Planned until.
    pub ends_at: Moment,
    /// Told from.
    pub window_starts_at: Moment,
    /// Told until.
    pub window_ends_at: Moment,
    /// booked, kept, missed, no-access.
    pub status: String,
    /// Set off.
    pub on_my_way_at: Option<Moment>,
    /// At the door.
    pub arrived_at: Option<Moment>,
    /// Left.
    pub finished_at: Option<Moment>,
    /// What it came to: completed, made-safe, follow-on, awaiting-materials, no-access.
    pub outcome: Option<String>,
    /// Metres east and north on the national grid.
    pub grid: Option<(i32, i32)>,
    /// A message that says when has gone out.
    pub told: bool,
}

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To come.
    Booked,
    /// Should have begun.
    Late,
    /// The resident's window is over and nobody came.
    Missed,
    /// The operative is driving there.
    OnTheWay,
    /// The operative is there.
    Arrived,
    /// Still there after the planned end.
    Overrunning,
    /// Done.
    Done,
    /// Nobody let us in.
    NoAccess,
}

impl Visit {
    /// Where it stands at a moment.
    pub fn state(&self, now: Moment) -> State {
        let there = self.arrived_at.is_some() && self.finished_at.is_none();
        match self.status.as_str() {
            "no-access" => State::NoAccess,
            // Kept, or missed by coming late: that is decided at the door; the operative is there until they leave.
            "booked" | "kept" | "missed" if there => {
                if now > self.ends_at {
                    State::Overrunning
                } else {
                    State::Arrived
                }
            }
            "missed" if self.arrived_at.is_none() => State::Missed,
            "kept" | "missed" => State::Done,
            _ if now > self.window_ends_at => State::Missed,
            _ if self.on_my_way_at.is_some() => State::OnTheWay,
            _ if now > self.starts_at.plus_seconds(LATE_SECONDS) => State::Late,
            _ => State::Booked,
        }
    }

    /// Needs the planner now.
    pub fn is_late(&self, now: Moment) -> bool {
        matches!(self.state(now), State::Late | State::Overrunning)
            || (self.status == "booked" && self.state(now) == State::Missed)
    }

    /// Nobody has come yet and there is still time to.
    pub fn is_to_come(&self, now: Moment) -> bool {
        self.status == "booked" && self.arrived_at.is_none() && self.window_ends_at >= now
    }

    /// It may still be moved.
    pub fn is_movable(&self) -> bool {
        self.status == "booked" && self.arrived_at.is_none()
    }
}

impl State {
    /// The operative is at it, or on the way to it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::OnTheWay | Self::Arrived | Self::Overrunning)
    }

    /// What the card says.
    pub fn words(self) -> &'static str {
        match self {
            Self::Booked => "Booked",
            Self::Late => "Late",
            Self::Missed => "Missed",
            Self::OnTheWay => "On the way",
            Self::Arrived => "Arrived",
            Self::Overrunning => "Overrunning",
            Self::Done => "Done",
            Self::NoAccess => "No access",
        }
    }

    /// The card's colour: trouble first, then what is over, then how pressing the work is.
    pub fn tone(self, priority: Priority) -> Tone {
        match (self, priority) {
            (Self::Late | Self::Missed | Self::Overrunning, _) | (Self::Booked, Priority::Emergency) => Tone::Danger,
            (Self::Done, _) => Tone::Success,
            (Self::NoAccess, _) => Tone::Neutral,
            (Self::Booked, Priority::Urgent) => Tone::Warning,
            (Self::Booked, Priority::Routine) => Tone::Info,
            (Self::OnTheWay | Self::Arrived, _) => Tone::Accent,
        }
    }
}

/// A column: minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// From.
    pub from: i32,
    /// Until.
    pub until: i32,
}

impl Column {
    /// As it is posted: `08:00-10:00`.
    pub fn key(self) -> String {
        format!("{}-{}", clock(self.from), clock(self.until))
    }

    /// `08:00 to 10:00`, as the head of a column.
    pub fn label(self) -> String {
        format!("{} to {}", clock(self.from), clock(self.until))
    }
}

fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A posted time: a column, or a clock time, which stands for the quarter of an hour that it begins.
pub fn parse_time(text: &str) -> Option<Column> {
    let minute = clock_minutes;
    let column = match text.split_once('-') {
        Some((from, until)) => Column { from: minute(from)?, until: minute(until)? },
        None => {
            let from = minute(text)?;
            Column { from, until: (from + 15).min(1440) }
        }
    };
    (column.from < column.until).then_some(column)
}

/// The columns of a day: the ordinary ones; and one before and one after them, where shifts or visits lie there, so that a night on
/// call leaves the day its room.
pub fn columns(day: Day, operatives: &[Operative], visits: &[Visit]) -> Vec<Column> {
    let minute = |moment: Moment| (moment.seconds_since(day.start()) / 60).clamp(0, 1440) as i32;
    let shifts = operatives.iter().flat_map(|operative| operative.shifts_on(day, true));
    let times = shifts.chain(visits.iter().map(|visit| (visit.starts_at, visit.ends_at)));
    let (first, last) =
        times.fold(ORDINARY, |(first, last), (from, until)| (first.min(minute(from)), last.max(minute(until))));
    let (opens, closes) = ORDINARY;
    let before = (first < opens).then_some(Column { from: first / 60 * 60, until: opens });
    let after = (last > closes).then_some(Column { from: closes, until: (last + 59) / 60 * 60 });
    let ordinary = (opens..closes).step_by(COLUMN_MINUTES as usize);
    let ordinary = ordinary.map(|from| Column { from, until: from + COLUMN_MINUTES });
    before.into_iter().chain(ordinary).chain(after).collect()
}

/// The column that a moment falls into; the nearest when it lies outside.
pub fn column_of(columns: &[Column], day: Day, moment: Moment) -> usize {
    let minute = (moment.seconds_since(day.start()) / 60) as i32;
    columns.iter().rposition(|column| column.from <= minute).unwrap_or(0)
}

/// Why nothing may be put into a column: `Off` outside the shifts, `Away` when an absence fills what is left of it.
pub fn closed(operative: &Operative, day: Day, column: Column) -> Option<&'static str> {
    let (from, until) = (minute_of(day, column.from), end_of(day, column.until));
    let open: Vec<(Moment, Moment)> = operative
        .shifts_on(day, true)
        .into_iter()
        .map(|(opens, closes)| (opens.max(from), closes.min(until)))
        .filter(|(opens, closes)| opens < closes)
        .collect();
    if open.is_empty() {
        return Some("Off");
    }
    let absences = || operative.busy.iter().filter(|busy| busy.ward.is_none());
    let away = open.iter().all(|(opens, closes)| absences().any(|busy| busy.from <= *opens && *closes <= busy.until));
    away.then_some("Away")
}

/// That minute, 24:00 included.
pub fn end_of(day: Day, minute: i32) -> Moment {
    if minute >= 1440 { day.end() } else { minute_of(day, minute) }
}

/// From when an operative is free on a day, not before now.
pub fn free_from(operative: &Operative, day: Day, now: Moment) -> Option<Moment> {
    let fit = Fit {
        earliest: now.max(day.start()),
        latest: day.end(),
        minutes: FREE_MINUTES,
        step_seconds: STEP_SECONDS,
        on_call: true,
    };
    operative.first_free(day, &fit)
}

/// Where an operative is, or is about to be: the visit in progress or just finished, else the next.
pub fn whereabouts(visits: &[&Visit], now: Moment) -> Option<(i32, i32)> {
    let been = visits.iter().filter(|visit| visit.arrived_at.or(visit.on_my_way_at).is_some_and(|at| at <= now));
    let last = been.max_by_key(|visit| visit.arrived_at.or(visit.on_my_way_at));
    let next = visits.iter().filter(|visit| visit.status == "booked").min_by_key(|visit| visit.starts_at);
    last.and_then(|visit| visit.grid).or_else(|| next.and_then(|visit| visit.grid))
}

/// Metres between two points of the national grid, as the crow flies.
pub fn metres(a: (i32, i32), b: (i32, i32)) -> i64 {
    let (east, north) = (f64::from(a.0 - b.0), f64::from(a.1 - b.1));
    east.hypot(north).round() as i64
}

/// `400 m`, `2.3 km`.
pub fn distance_words(metres: i64) -> String {
    if metres < 950 {
        format!("{} m", (metres + 50) / 100 * 100)
    } else {
        format!("{}.{} km", (metres + 50) / 1000, (metres + 50) % 1000 / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workforce::diary::{Busy, Shift};
    use rooftree_kernel::ProviderId;
    use uuid::Uuid;

    fn at(time: &str) -> Moment {
        format!("2026-12-08T{time}").parse().unwrap()
    }

    fn day() -> Day {
        "2026-12-08".parse().unwrap()
    }

    fn visit() -> Visit {
        Visit {
            id: AppointmentId(Uuid::nil()),
            reference: "R-1".into(),
            title: "Tap drips".into(),
            address: "1 High Street".into(),
            priority: Priority::Routine,
            operative: OperativeId(Uuid::nil()),
            starts_at: at("09:00"),
            ends_at: at("10:00"),
            window_starts_at: at("08:00"),
            window_ends_at: at("12:00"),
            status: "booked".into(),
            on_my_way_at: None,
            arrived_at: None,
            finished_at: None,
            outcome: None,
            grid: Some((450_000, 205_000)),
            told: true,
        }
    }

    fn operative(shifts: &[(i32, i32)]) -> Operative {
        Operative {
            id: OperativeId(Uuid::nil()),
            name: "Sam".into(),
            provider: ProviderId(Uuid::nil()),
            trades: vec![],
            wards: vec![],
            shifts: shifts
                .iter()
                .map(|(from, until)| Shift { weekday: 2, from_minute: *from, until_minute: *until, on_call: false })
                .collect(),
            busy: vec![],
        }
    }

    #[test]
    fn a_visit_goes_from_booked_to_late_to_missed_unless_somebody_comes() {
        let plain = visit();
        assert_eq!(plain.state(at("09:15")), State::Booked);
        assert_eq!(plain.state(at("09:16")), State::Late);
        assert_eq!(plain.state(at("12:01")), State::Missed);
        let driving = Visit { on_my_way_at: Some(at("08:50")), ..visit() };
        assert_eq!(driving.state(at("09:30")), State::OnTheWay);
        let there = Visit { arrived_at: Some(at("09:05")), ..visit() };
        assert_eq!(there.state(at("09:59")), State::Arrived);
        assert_eq!(there.state(at("10:01")), State::Overrunning);
        assert_eq!(there.state(at("13:00")), State::Overrunning, "whoever is there has not missed the window");
        let kept = Visit { status: "kept".into(), ..there };
        assert_eq!(kept.state(at("09:59")), State::Arrived, "kept at the door, and still there");
        let late = Visit { status: "missed".into(), arrived_at: Some(at("12:20")), ..visit() };
        assert_eq!(late.state(at("12:30")), State::Overrunning);
        let done = Visit { finished_at: Some(at("10:05")), ..kept };
        assert_eq!(done.state(at("13:00")), State::Done);
    }

    #[test]
    fn what_is_over_is_not_late_and_does_not_move() {
        let settled = Visit { status: "missed".into(), ..visit() };
        assert!(!settled.is_late(at("13:00")) && !settled.is_movable());
        assert!(visit().is_late(at("13:00")) && visit().is_movable());
        assert!(!Visit { arrived_at: Some(at("09:00")), ..visit() }.is_movable());
    }

    #[test]
    fn the_day_grows_with_its_shifts() {
        let labels = |list: Vec<Column>| list.into_iter().map(Column::key).collect::<Vec<_>>();
        assert_eq!(
            labels(columns(day(), &[], &[])),
            ["08:00-10:00", "10:00-12:00", "12:00-14:00", "14:00-16:00", "16:00-18:00"]
        );
        let rota = operative(&[(450, 990), (1080, 1439)]);
        let wide = columns(day(), &[rota], &[]);
        assert_eq!((wide.len(), wide[0].key().as_str(), wide[6].key().as_str()), (7, "07:00-08:00", "18:00-24:00"));
        assert_eq!(column_of(&wide, day(), at("23:59")), wide.len() - 1);
        assert_eq!(column_of(&columns(day(), &[], &[]), day(), at("06:00")), 0);
    }

    #[test]
    fn posted_times_read_back_and_nonsense_does_not() {
        assert_eq!(parse_time("08:00-10:00"), Some(Column { from: 480, until: 600 }));
        assert_eq!(parse_time("22:00-24:00"), Some(Column { from: 1320, until: 1440 }));
        assert_eq!(parse_time("9:30"), Some(Column { from: 570, until: 585 }));
        for wrong in ["", "am", "10:00-08:00", "25:00", "08:77", "-", "08:00-"] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn cells_outside_the_shift_and_under_an_absence_are_closed() {
        let mut sam = operative(&[(480, 990)]);
        let cell = |from| Column { from, until: from + 120 };
        assert_eq!(closed(&sam, day(), cell(960)), None, "the shift reaches half an hour into it");
        assert_eq!(closed(&sam, day(), cell(1080)), Some("Off"));
        sam.busy = vec![Busy { from: at("12:00"), until: at("23:00"), ward: None }];
        assert_eq!(closed(&sam, day(), cell(840)), Some("Away"));
        assert_eq!(closed(&sam, day(), cell(480)), None);
        assert_eq!(free_from(&sam, day(), at("08:05")), Some(at("08:15")));
        assert_eq!(free_from(&sam, day(), at("11:40")), None);
    }

    #[test]
    fn the_nearest_is_measured_from_where_they_are() {
        let (first, next) =
            (Visit { arrived_at: Some(at("08:30")), ..visit() }, Visit { grid: Some((451_000, 205_000)), ..visit() });
        assert_eq!(whereabouts(&[&next, &first], at("09:00")), first.grid);
        assert_eq!(whereabouts(&[&next], at("09:00")), next.grid);
        assert_eq!(whereabouts(&[], at("09:00")), None);
        assert_eq!(metres((0, 0), (300, 400)), 500);
        assert_eq!(
            (distance_words(437), distance_words(2_312), distance_words(960)),
            ("400 m".into(), "2.3 km".into(), "1.0 km".into())
        );
    }
}
