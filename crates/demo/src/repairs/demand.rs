//! How many repairs are reported on each day, and which.

use super::timeline::Timeline;
use crate::{
    catalogue::{Catalogue, DiagnosisItem, Priority, Season},
    config::Config,
    streams::{Dice, Kind, accumulate},
};

/// Calls on a weekday compared with the others, Monday first, in per cent.
const WEEKDAYS: [u64; 7] = [128, 112, 106, 102, 98, 32, 24];
/// Calls in a month compared with the others, January first, in per cent.
const MONTHS: [u64; 12] = [124, 114, 106, 94, 88, 84, 84, 84, 94, 106, 118, 116];
/// Storm days in ten thousand, by month.
const STORMS: [u32; 12] = [520, 460, 300, 150, 70, 40, 40, 60, 120, 300, 420, 520];
/// Calls by hour of the day, midnight first.
const HOURS: [u32; 24] = [3, 2, 2, 2, 2, 3, 8, 24, 105, 125, 118, 104, 84, 82, 88, 84, 74, 52, 34, 26, 20, 14, 8, 5];

/// The demand for repairs over the history.
#[derive(Debug)]
pub(super) struct Demand {
    /// Calls before each day; the last entry is the total.
    before: Vec<u64>,
    stormy: Vec<bool>,
    /// Cumulative weights of the catalogue for each month, calm and then stormy.
    mixes: Vec<Vec<u32>>,
    hours: Vec<u32>,
    emergencies: Vec<u32>,
    of_trade: Vec<Vec<u32>>,
    beside: Vec<Vec<u32>>,
}

impl Demand {
    pub(super) fn new(config: &Config, timeline: &Timeline, catalogue: &Catalogue) -> Self {
        let items = &catalogue.items;
        let weights = catalogue.weights();
        let stormy = storms(config, timeline);
        let mix = |month: u8, storm: bool| {
            let seasonal =
                |(entry, weight): (&DiagnosisItem, &u32)| weight * Season::of(entry).factor(month, storm) / 100 + 1;
            accumulate(items.iter().zip(&weights).map(seasonal))
        };
        let positions = |wanted: &dyn Fn(&DiagnosisItem) -> bool| -> Vec<u32> {
            (0_u32..).zip(items).filter(|(_, entry)| wanted(entry)).map(|(position, _)| position).collect()
        };
        Self {
            before: calls(config, timeline, &stormy),
            stormy,
            mixes: (0..24).map(|row| mix(row % 12 + 1, row >= 12)).collect(),
            hours: accumulate(HOURS),
            emergencies: positions(&|entry| entry.outcome.priority == Priority::Emergency && !entry.item.communal),
            of_trade: items
                .iter()
                .map(|entry| positions(&|other| other.outcome.trade == entry.outcome.trade))
                .collect(),
            beside: items
                .iter()
                .map(|entry| {
                    positions(&|other| other.outcome.trade == entry.outcome.trade && other.item.area == entry.item.area)
                })
                .collect(),
        }
    }

    /// How many repairs are reported on a day.
    pub(super) fn calls(&self, day: usize) -> u64 {
        self.before[day + 1] - self.before[day]
    }

    /// What is reported, as a position in the catalogue.
    pub(super) fn item(&self, dice: &mut Dice, timeline: &Timeline, day: usize) -> u32 {
        let row = usize::from(timeline.month(day) - 1) + if self.stormy[day] { 12 } else { 0 };
        dice.cumulative(&self.mixes[row]) as u32
    }

    /// An emergency in a home, if the catalogue has one.
    pub(super) fn emergency(&self, dice: &mut Dice) -> Option<u32> {
        (!self.emergencies.is_empty()).then(|| *dice.pick(&self.emergencies))
    }

    /// Another entry of the same trade, for a second line on an order.
    pub(super) fn same_trade(&self, dice: &mut Dice, item: u32) -> u32 {
        *dice.pick(&self.of_trade[item as usize])
    }

    /// What an operative may find to do besides: the same trade in the same part of the home; perhaps the same again.
    pub(super) fn beside(&self, dice: &mut Dice, item: u32) -> u32 {
        *dice.pick(&self.beside[item as usize])
    }

    /// The minute of the day at which somebody calls, on a day that has come to the minute `latest`.
    pub(super) fn minute_before(&self, dice: &mut Dice, latest: i64) -> i64 {
        for _ in 0..60 {
            let minute = dice.cumulative(&self.hours) as i64 * 60 + dice.between(0, 59);
            if minute < latest {
                return minute;
            }
        }
        dice.between(0, latest - 1)
    }
}

fn storms(config: &Config, timeline: &Timeline) -> Vec<bool> {
    let mut stormy = vec![false; timeline.len()];
    for day in 0..timeline.len() {
        let mut dice = Dice::new(config.seed, Kind::Day, day as u64);
        if dice.chance(STORMS[usize::from(timeline.month(day)) - 1]) {
            // The calls come on the day and on the two that follow.
            let end = (day + 3).min(stormy.len());
            stormy[day..end].fill(true);
        }
    }
    stormy
}

/// The running total of calls: the configured number, shared out by weekday, month, weather and chance.
fn calls(config: &Config, timeline: &Timeline, stormy: &[bool]) -> Vec<u64> {
    let mut weights = Vec::with_capacity(timeline.today + 2);
    let mut total = 0_u64;
    weights.push(0);
    for day in 0..=timeline.today {
        let mut dice = Dice::new(config.seed, Kind::Day, (1 << 32) | day as u64);
        let weekday = usize::from(timeline.weekday(day));
        let closed = weekday < 5 && !timeline.is_working(day);
        let by_week = if closed { WEEKDAYS[6] } else { WEEKDAYS[weekday] };
        let weather = if stormy[day] { 140 } else { 100 };
        let weight = by_week * MONTHS[usize::from(timeline.month(day)) - 1] * weather * dice.between(88, 112) as u64;
        let so_far = if day == timeline.today { share_of_day_gone(config, timeline) } else { 1_000 };
        total += weight * so_far / 1_000;
        weights.push(total);
    }
    let repairs = u128::from(config.repairs());
    weights.iter().map(|weight| (u128::from(*weight) * repairs / u128::from(total.max(1))) as u64).collect()
}

/// How much of the present day's calls have come, in thousandths.
fn share_of_day_gone(config: &Config, timeline: &Timeline) -> u64 {
    let minute = timeline.minute_of(timeline.today, config.now).max(0) as u64;
    let hour = (minute / 60).min(23) as usize;
    let gone: u64 = HOURS[..hour].iter().map(|calls| u64::from(*calls)).sum();
    let part = u64::from(HOURS[hour]) * (minute % 60) / 60;
    (gone + part) * 1_000 / HOURS.iter().map(|calls| u64::from(*calls)).sum::<u64>()
}
