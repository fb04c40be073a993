//! Finds the operative and the time: a free slot in time if there is one, overtime before lateness.

use super::{
    diary::{Diary, Reach, Slot, Wish},
    timeline::Timeline,
};
use crate::{catalogue::Priority, providers::Team, streams::Dice};
use rooftree_kernel::Moment;

/// The day is half over at this quarter of an hour (12:30).
const AFTERNOON: u32 = 50;

/// When the last visit should be, and by when it must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The day wished for.
    pub last_visit: usize,
    /// The last day in time; later days are taken only when nothing is free before, or when the plan is to be late.
    pub due: usize,
    /// True when this is one of the repairs that overrun.
    pub late: bool,
}

impl Plan {
    /// A believable plan for a repair that is no emergency: most in time, some late. `right_days` is the Right to Repair
    /// period in working days, which planners mostly keep to as well.
    pub(super) fn draw(
        dice: &mut Dice,
        timeline: &Timeline,
        day: usize,
        priority: Priority,
        right_days: Option<usize>,
    ) -> Self {
        let (days, late_per_10_000) = match priority {
            Priority::Emergency => (1, 0),
            Priority::Urgent => (3, 40),
            Priority::Routine => (28, 540),
        };
        let due = timeline.working_after(day, days);
        if dice.chance(late_per_10_000) {
            let over = if days == 3 { dice.between(1, 5) } else { 1 + dice.between(0, 22).min(dice.between(0, 22)) };
            return Self { last_visit: timeline.working_after(due, over as usize), due, late: true };
        }
        let right_days = right_days.filter(|_| dice.chance(9_400));
        let offset = match (priority, right_days) {
            (_, Some(days)) => dice.between(0, days as i64),
            (Priority::Routine, None) => 3 + dice.between(0, 21).min(dice.between(0, 21)),
            _ => dice.weighted(&[24, 46, 23, 7]) as i64,
        };
        let due = right_days.map_or(due, |days| due.min(timeline.working_after(day, days)));
        let last_visit = if offset == 0 { day } else { timeline.open_after(day, offset as usize) };
        Self { last_visit: last_visit.min(due), due, late: false }
    }

    /// The day wished for visit `number` of `visits`, counted from 1.
    pub(super) fn wish(&self, from: usize, number: usize, visits: usize) -> usize {
        from + (self.last_visit.saturating_sub(from)) * number / visits.max(1)
    }
}

/// What is needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub team: Team,
    pub ward: u8,
    /// Quarters of an hour.
    pub length: u32,
    pub priority: Priority,
    /// Not before this moment.
    pub after: Moment,
    /// The day wished for.
    pub wish: usize,
    /// The last day in time.
    pub due: usize,
}

/// The slot for planned work: on the day wished for, or as near after it as is free, or a little before it.
pub(super) fn planned(dice: &mut Dice, timeline: &Timeline, diary: &Diary, need: &Need) -> Option<Slot> {
    let first = timeline.day_of(need.after);
    let turn = dice.index(diary.operatives() as usize);
    let start = if dice.chance(4_500) { AFTERNOON } else { 0 };
    let wish_day = need.wish.max(first);
    let try_day = |day: usize, reach: Reach| {
        if !timeline.is_open(day) {
            return None;
        }
        // Three quarters of an hour's notice at the least.
        let soonest = if day == first { (timeline.minute_of(first, need.after) + 59) / 15 } else { 0 };
        let wish = Wish { team: need.team, ward: need.ward, length: need.length, from: soonest as u32, reach };
        let preferred = Wish { from: wish.from.max(start), ..wish };
        diary.find(day, &preferred, turn).or_else(|| diary.find(day, &wish, turn))
    };
    let within = if need.priority == Priority::Routine { Reach::Routine } else { Reach::Shift };
    let due = need.due.max(wish_day);
    for reach in [within, Reach::Shift, Reach::Overtime] {
        let forward = (wish_day..=due).find_map(|day| try_day(day, reach));
        if let Some(slot) = forward.or_else(|| (first..wish_day).rev().find_map(|day| try_day(day, reach))) {
            return Some(slot);
        }
    }
    (due + 1..timeline.len()).find_map(|day| try_day(day, Reach::Overtime))
}

/// The slot for an emergency: within hours, by whoever of the team is free or on call.
pub(super) fn emergency(dice: &mut Dice, timeline: &Timeline, diary: &Diary, need: &Need) -> Option<Slot> {
    let turn = dice.index(diary.operatives() as usize);
    let delay_minutes = match dice.weighted(&[9_885, 115]) {
        0 => dice.between(30, 300).min(dice.between(30, 1_100)),
        _ => dice.between(1_450, 2_300),
    };
    let wanted = need.after.plus_seconds(delay_minutes * 60);
    let day = timeline.day_of(wanted);
    let from = ((timeline.minute_of(day, wanted) + 14) / 15) as u32;
    let wish = |from, reach| Wish { team: need.team, ward: need.ward, length: need.length, from, reach };
    let soon = timeline.is_open(day).then(|| diary.find(day, &wish(from, Reach::Shift), turn)).flatten();
    let soon = soon.filter(|slot| slot.from < from + 16);
    soon.or_else(|| diary.find(day, &wish(from, Reach::OnCall), turn))
        .or_else(|| diary.find(day + 1, &wish(0, Reach::OnCall), turn))
        .or_else(|| (day + 1..timeline.len()).find_map(|day| diary.find(day, &wish(0, Reach::OnCall), turn)))
}
