//! The stream of repairs, day by day, oldest first.

use super::{
    diary::Diary,
    life::Teller,
    rows::{AppointmentStatus, RepairLife},
    scene::{Call, Scene, Wanted},
};
use crate::{
    Landlord,
    catalogue::Catalogue,
    errors::{ErrorKind, SeededError},
    streams::{Dice, Kind},
};
use std::collections::{BTreeMap, VecDeque};

/// The first repair's number.
pub const FIRST_REPAIR: u64 = 100_001;
/// The first works order's number.
pub const FIRST_ORDER: u64 = 80_001;
/// Every operative has so many appointments today and tomorrow, at the least.
const APPOINTMENTS_MIN: u32 = 4;
/// Emergencies in the last hours.
const FRESH_EMERGENCIES: u64 = 3;

/// An iterator over the history; it keeps only the diaries and the recalls that are still to come.
pub struct History<'a> {
    scene: Scene<'a>,
    diary: Diary,
    next_day: usize,
    calls: VecDeque<Call>,
    recalls: BTreeMap<usize, Vec<Wanted>>,
    told: u64,
    orders: u64,
    /// For each operative, the appointments that stand today and tomorrow.
    standing: Vec<[u32; 2]>,
    errors_due: VecDeque<(u64, ErrorKind)>,
    errors: Vec<SeededError>,
}

impl<'a> History<'a> {
    pub(crate) fn new(land: &'a Landlord, catalogue: &'a Catalogue) -> Self {
        let scene = Scene::new(land, catalogue);
        let diary = Diary::new(&land.providers.operatives, &scene.timeline);
        Self {
            diary,
            next_day: 0,
            calls: VecDeque::new(),
            recalls: BTreeMap::new(),
            told: 0,
            orders: 0,
            standing: vec![[0; 2]; land.providers.operatives.len()],
            errors_due: errors_due(land),
            errors: Vec::new(),
            scene,
        }
    }

    /// The errors seeded in the repairs told so far.
    pub fn errors(&self) -> &[SeededError] {
        &self.errors
    }

    /// How many repairs will be told, but for the few that fill the last days.
    pub fn expected(&self) -> u64 {
        self.scene.land.config.repairs()
    }

    /// The calls of a day in the order in which they come.
    fn day(&mut self, day: usize) -> VecDeque<Call> {
        let scene = &self.scene;
        let mut dice = Dice::new(scene.land.config.seed, Kind::Day, (2 << 32) | day as u64);
        let latest = if day == scene.timeline.today {
            scene.timeline.minute_of(day, scene.land.config.now).max(1)
        } else {
            24 * 60
        };
        let mut wanted = self.recalls.remove(&day).unwrap_or_default();
        wanted.resize(wanted.len().max(scene.demand.calls(day) as usize), Wanted::Anything);
        let mut calls: Vec<Call> = wanted
            .into_iter()
            .map(|wanted| {
                let minute = scene.demand.minute_before(&mut dice, latest);
                let at = scene.timeline.at(day, minute).plus_seconds(dice.between(0, 59));
                Call { day, at, wanted }
            })
            .collect();
        if day == scene.timeline.today {
            self.fresh_emergencies(&mut dice, latest, &mut calls);
        }
        if day + 2 == scene.timeline.today {
            self.fill_the_present(&mut dice, day, &mut calls);
        }
        calls.retain(|call| call.at <= self.scene.land.config.now);
        calls.sort_by_key(|call| call.at);
        calls.into()
    }

    /// A few emergencies in the last four hours, so that the demo has some running.
    fn fresh_emergencies(&self, dice: &mut Dice, latest: i64, calls: &mut Vec<Call>) {
        let day = self.scene.timeline.today;
        for _ in 0..FRESH_EMERGENCIES {
            let minute = (latest - dice.between(10, 240)).max(0);
            let at = self.scene.timeline.at(day, minute).plus_seconds(dice.between(0, 29));
            calls.push(Call { day, at, wanted: Wanted::Emergency });
        }
    }

    /// Work for every operative whose diary for today or tomorrow is still thin, and something to follow for the residents
    /// who can sign in, reported two days before.
    fn fill_the_present(&self, dice: &mut Dice, day: usize, calls: &mut Vec<Call>) {
        for home in self.scene.residents() {
            let at = self.scene.timeline.at(day, dice.between(500, 1_020));
            calls.push(Call { day, at, wanted: Wanted::At { home } });
        }
        let today = self.scene.timeline.today;
        for (operative, standing) in (0_u32..).zip(&self.standing) {
            for (target, count) in (today..).zip(standing) {
                for _ in 0..APPOINTMENTS_MIN.saturating_sub(*count) {
                    let at = self.scene.timeline.at(day, dice.between(500, 1_020));
                    calls.push(Call { day, at, wanted: Wanted::WorkFor { operative, day: target } });
                }
            }
        }
    }

    /// Counts the appointments of today and tomorrow.
    fn count_standing(&mut self, life: &RepairLife) {
        let today = self.scene.timeline.today;
        for appointment in life.appointments.iter().filter(|a| a.status != AppointmentStatus::Cancelled) {
            let day = self.scene.timeline.day_of(appointment.starts_at);
            if let Some(count) =
                day.checked_sub(today).and_then(|ahead| self.standing[appointment.operative as usize].get_mut(ahead))
            {
                *count += 1;
            }
        }
    }

    fn tell(&mut self, call: Call) -> RepairLife {
        let dice = Dice::new(self.scene.land.config.seed, Kind::Repair, self.told);
        let number = FIRST_REPAIR + self.told;
        let teller = Teller::open(&self.scene, &mut self.diary, dice, call, number);
        let mut teller = teller.tell(FIRST_ORDER + self.orders);
        if let Some((from, kind)) = self.errors_due.front().copied()
            && self.told >= from
            && teller.spoil(kind)
        {
            self.errors_due.pop_front();
            self.errors.extend(teller.life.error.clone());
        }
        if let Some((day, wanted)) = teller.recall().filter(|(day, _)| *day <= self.scene.timeline.today) {
            self.recalls.entry(day).or_default().push(wanted);
        }
        self.told += 1;
        let life = teller.life;
        self.count_standing(&life);
        self.orders += u64::from(life.order.is_some());
        life
    }
}

impl Iterator for History<'_> {
    type Item = RepairLife;

    fn next(&mut self) -> Option<RepairLife> {
        loop {
            if let Some(call) = self.calls.pop_front() {
                return Some(self.tell(call));
            }
            if self.next_day > self.scene.timeline.today {
                return None;
            }
            self.calls = self.day(self.next_day);
            self.next_day += 1;
        }
    }
}

impl std::fmt::Debug for History<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History after {} repairs", self.told)
    }
}

/// Which errors are seeded and after how many repairs: spread over the middle of the history, in mixed order.
fn errors_due(land: &Landlord) -> VecDeque<(u64, ErrorKind)> {
    let mut kinds: Vec<ErrorKind> =
        ErrorKind::IN_REPAIRS.iter().flat_map(|kind| std::iter::repeat_n(*kind, kind.count() as usize)).collect();
    Dice::new(land.config.seed, Kind::Errors, 1).shuffle(&mut kinds);
    let (total, count) = (land.config.repairs(), kinds.len() as u64);
    (0..).zip(kinds).map(|(position, kind)| (total / 10 + position * total * 7 / 10 / count, kind)).collect()
}
