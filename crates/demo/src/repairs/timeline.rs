//! Days by number, so that thousands of moments can be computed without asking the time-zone database for each.

use crate::config::Config;
use rooftree_kernel::{Day, Moment};

/// Days after the present for which work can be booked.
const DAYS_AHEAD: i64 = 150;

/// The days from the beginning of the history to some months ahead, numbered from 0.
#[derive(Debug)]
pub struct Timeline {
    first: Day,
    /// The number of the present day.
    pub today: usize,
    /// When each day begins, in microseconds since 1970.
    starts: Vec<i64>,
    months: Vec<u8>,
    /// 0 is Monday.
    weekdays: Vec<u8>,
    working: Counted,
    open: Counted,
}

/// A set of day numbers that can be counted in.
#[derive(Debug)]
struct Counted {
    days: Vec<u32>,
    /// How many of `days` are on or before each day.
    rank: Vec<u32>,
    member: Vec<bool>,
}

impl Counted {
    fn new(member: Vec<bool>) -> Self {
        let mut days = Vec::new();
        let mut rank = Vec::with_capacity(member.len());
        for (day, is_member) in (0_u32..).zip(&member) {
            if *is_member {
                days.push(day);
            }
            rank.push(days.len() as u32);
        }
        Self { days, rank, member }
    }

    fn after(&self, day: usize, count: usize) -> usize {
        let before = self.rank[day.min(self.rank.len() - 1)] as usize;
        let position = (before + count).saturating_sub(1).min(self.days.len() - 1);
        self.days[position] as usize
    }
}

impl Timeline {
    /// The days that the configured history needs.
    pub fn new(config: &Config) -> Self {
        let today = config.today();
        let first = today.plus_months(-12 * i64::from(config.years));
        let count = usize::try_from(today.days_since(first) + DAYS_AHEAD).unwrap_or_default();
        let today_number = count - DAYS_AHEAD as usize;
        let days: Vec<Day> = (0..count as i64).map(|number| first.plus_days(number)).collect();
        let weekday = |day: &Day| day.0.weekday().to_monday_zero_offset() as u8;
        let working: Vec<bool> = days.iter().map(|day| weekday(day) < 5 && !config.holidays.contains(day)).collect();
        // The demo must show a day's work whatever the day: today and tomorrow are worked, with weekend cover if need be.
        let mut open = working.clone();
        open[today_number] = true;
        open[today_number + 1] = true;
        Self {
            first,
            today: today_number,
            starts: days.iter().map(|day| day.start().as_micros()).collect(),
            months: days.iter().map(|day| day.0.month() as u8).collect(),
            weekdays: days.iter().map(weekday).collect(),
            working: Counted::new(working),
            open: Counted::new(open),
        }
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never true: there is always a present day.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The moment so many minutes after the day began. On the two days of the clock change the wall clock is an hour off
    /// after the change, which matters to nobody here.
    pub fn at(&self, day: usize, minute: i64) -> Moment {
        Moment::from_micros(self.starts[day.min(self.starts.len() - 1)] + minute * 60_000_000)
    }

    /// The number of the day that holds a moment.
    pub fn day_of(&self, at: Moment) -> usize {
        self.starts.partition_point(|start| *start <= at.as_micros()).saturating_sub(1)
    }

    /// Minutes since that day began.
    pub fn minute_of(&self, day: usize, at: Moment) -> i64 {
        (at.as_micros() - self.starts[day]) / 60_000_000
    }

    /// The civil date of a day.
    pub fn date(&self, day: usize) -> Day {
        self.first.plus_days(day as i64)
    }

    /// Its month, 1 to 12.
    pub fn month(&self, day: usize) -> u8 {
        self.months[day]
    }

    /// Its day of the week; 0 is Monday.
    pub fn weekday(&self, day: usize) -> u8 {
        self.weekdays[day]
    }

    /// True on a working day of the calendar.
    pub fn is_working(&self, day: usize) -> bool {
        self.working.member[day]
    }

    /// True on a day on which work can be booked.
    pub fn is_open(&self, day: usize) -> bool {
        self.open.member[day]
    }

    /// The working day so many after a day, counting as the promises count.
    pub fn working_after(&self, day: usize, count: usize) -> usize {
        self.working.after(day, count)
    }

    /// The bookable day so many after a day.
    pub fn open_after(&self, day: usize, count: usize) -> usize {
        self.open.after(day, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_working_days_as_the_promises_do() {
        let now = "2026-12-20T10:00".parse().unwrap();
        let timeline = Timeline::new(&Config::new(1, 200, 1, now));
        let friday = timeline.day_of("2026-12-18T16:05".parse().unwrap());
        assert_eq!(timeline.date(timeline.working_after(friday, 10)).to_string(), "2027-01-06");
        assert_eq!(timeline.date(timeline.today).to_string(), "2026-12-20");
        assert!(timeline.is_open(timeline.today) && !timeline.is_working(timeline.today));
        let moment = timeline.at(friday, 16 * 60 + 5);
        assert_eq!(moment, "2026-12-18T16:05".parse().unwrap());
        assert_eq!(timeline.minute_of(friday, moment), 965);
    }
}
