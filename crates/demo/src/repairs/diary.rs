//! Operatives' diaries: a day is 96 quarters of an hour in one number, so that a free slot is found by shifting bits.

use super::timeline::Timeline;
use crate::providers::{Operative, Team};

/// Minutes of one slot.
pub const SLOT_MINUTES: i64 = 15;
/// Slots of a day.
const SLOTS: u32 = 96;

/// How far a booking may reach into an operative's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The shift, but for the last hour and a half, which is kept for what cannot wait.
    Routine,
    /// The whole shift.
    Shift,
    /// The shift and paid overtime, from 07:00 to 20:00. Nobody is booked into overtime that is still to come.
    Overtime,
    /// Any time: the on-call rota.
    OnCall,
}

/// A slot in an operative's diary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The operative, as a position in the list of operatives.
    pub operative: u32,
    /// The day's number.
    pub day: usize,
    /// The first quarter of an hour.
    pub from: u32,
    /// How many quarters of an hour.
    pub length: u32,
}

impl Slot {
    /// Minutes after midnight at which it begins.
    pub fn starts(&self) -> i64 {
        i64::from(self.from) * SLOT_MINUTES
    }

    /// Minutes after midnight at which it ends.
    pub fn ends(&self) -> i64 {
        i64::from(self.from + self.length) * SLOT_MINUTES
    }
}

/// What is asked of the diaries.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Who can do it.
    pub team: Team,
    /// Where, as a position in the list of wards: operatives of that patch come first.
    pub ward: u8,
    /// How many quarters of an hour.
    pub length: u32,
    /// Not before this quarter of an hour.
    pub from: u32,
    /// How far into the day.
    pub reach: Reach,
}

struct Person {
    team: Team,
    wards: u32,
    routine: u128,
    shift: u128,
    overtime: u128,
}

/// Everybody's diary.
pub struct Diary {
    people: Vec<Person>,
    teams: Vec<(Team, Vec<u32>)>,
    days: usize,
    today: usize,
    busy: Vec<u128>,
}

fn span(from: u32, to: u32) -> u128 {
    let upto = |slot: u32| if slot >= SLOTS { (1_u128 << SLOTS) - 1 } else { (1_u128 << slot) - 1 };
    upto(to) & !upto(from)
}

impl Diary {
    /// Empty diaries for these operatives.
    pub fn new(operatives: &[Operative], timeline: &Timeline) -> Self {
        let mut teams: Vec<(Team, Vec<u32>)> = Vec::new();
        let mut people = Vec::with_capacity(operatives.len());
        for (position, operative) in (0_u32..).zip(operatives) {
            match teams.iter_mut().find(|(team, _)| *team == operative.team) {
                Some((_, members)) => members.push(position),
                None => teams.push((operative.team, vec![position])),
            }
            let (starts, ends) = (u32::from(operative.shift_starts) / 15, u32::from(operative.shift_ends) / 15);
            let lunch = u32::from(operative.lunch_starts) / 15;
            let shift = span(starts, ends) & !span(lunch, lunch + 2);
            people.push(Person {
                team: operative.team,
                wards: operative.patch.iter().fold(0, |wards, ward| wards | (1 << ward)),
                routine: shift & span(0, ends - 6),
                shift,
                overtime: span(28, 80) & !span(lunch, lunch + 2),
            });
        }
        let days = timeline.len();
        Self { busy: vec![0; people.len() * days], people, teams, days, today: timeline.today }
    }

    /// True when the landlord has that team.
    pub fn has(&self, team: Team) -> bool {
        self.teams.iter().any(|(other, _)| *other == team)
    }

    fn free_at(&self, operative: u32, day: usize, wish: &Wish) -> Option<u32> {
        let person = &self.people[operative as usize];
        let within = match wish.reach {
            Reach::Routine => person.routine,
            Reach::Overtime if day < self.today => person.overtime,
            Reach::Shift | Reach::Overtime => person.shift,
            Reach::OnCall => span(0, SLOTS),
        };
        let free = within & span(wish.from, SLOTS) & !self.busy[operative as usize * self.days + day];
        let mut runs = free;
        for shift in 1..wish.length {
            runs &= free >> shift;
        }
        (runs != 0).then(|| runs.trailing_zeros())
    }

    /// The first free slot on a day among those who can do it: the patch's own operatives first, then the others.
    /// `turn` decides who is asked first, so that work is spread.
    pub fn find(&self, day: usize, wish: &Wish, turn: usize) -> Option<Slot> {
        let members = &self.teams.iter().find(|(team, _)| *team == wish.team)?.1;
        let ward = 1_u32 << wish.ward;
        for own_patch in [true, false] {
            for step in 0..members.len() {
                let operative = members[(step + turn) % members.len()];
                if (self.people[operative as usize].wards & ward != 0) == own_patch
                    && let Some(from) = self.free_at(operative, day, wish)
                {
                    return Some(Slot { operative, day, from, length: wish.length });
                }
            }
        }
        None
    }

    /// A free slot of one operative on a day, within the shift if there is one, else in overtime.
    pub fn find_for(&self, operative: u32, day: usize, length: u32) -> Option<Slot> {
        [Reach::Shift, Reach::Overtime].into_iter().find_map(|reach| {
            let wish = Wish { team: self.people[operative as usize].team, ward: 0, length, from: 0, reach };
            self.free_at(operative, day, &wish).map(|from| Slot { operative, day, from, length })
        })
    }

    /// Takes a slot.
    pub fn book(&mut self, slot: &Slot) {
        self.busy[slot.operative as usize * self.days + slot.day] |= span(slot.from, slot.from + slot.length);
    }

    /// How many operatives there are.
    pub fn operatives(&self) -> u32 {
        self.people.len() as u32
    }
}

impl std::fmt::Debug for Diary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Diary of {} operatives over {} days", self.people.len(), self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use uuid::Uuid;

    fn one() -> Diary {
        let operative = Operative {
            id: Uuid::nil(),
            provider: 0,
            team: Team::Plumbing,
            name: String::new(),
            trades: Vec::new(),
            patch: vec![3],
            shift_starts: 480,
            shift_ends: 990,
            lunch_starts: 720,
            mobile: String::new(),
            user: 0,
        };
        let timeline = Timeline::new(&Config::new(1, 200, 1, "2026-11-18T10:00".parse().unwrap()));
        Diary::new(&[operative], &timeline)
    }

    fn wish(length: u32, reach: Reach) -> Wish {
        Wish { team: Team::Plumbing, ward: 3, length, from: 0, reach }
    }

    #[test]
    fn slots_fill_the_shift_around_lunch_and_never_overlap() {
        let mut diary = one();
        let mut taken = Vec::new();
        while let Some(slot) = diary.find(5, &wish(4, Reach::Shift), 0) {
            diary.book(&slot);
            taken.push((slot.starts(), slot.ends()));
        }
        assert_eq!(
            taken,
            [(480, 540), (540, 600), (600, 660), (660, 720), (750, 810), (810, 870), (870, 930), (930, 990)]
        );
        assert!(diary.find(5, &wish(4, Reach::Overtime), 0).is_some_and(|slot| slot.starts() == 420));
    }

    #[test]
    fn nobody_is_booked_into_overtime_to_come() {
        let mut diary = one();
        let today = diary.today;
        while let Some(slot) = diary.find(today, &wish(4, Reach::Shift), 0) {
            diary.book(&slot);
        }
        assert_eq!(diary.find(today, &wish(4, Reach::Overtime), 0), None);
    }

    #[test]
    fn routine_work_leaves_the_end_of_the_shift_free() {
        let mut diary = one();
        let mut last = 0;
        while let Some(slot) = diary.find(5, &wish(4, Reach::Routine), 0) {
            diary.book(&slot);
            last = slot.ends();
        }
        assert!(last <= 900, "{last}");
        assert!(diary.find(5, &wish(4, Reach::Shift), 0).is_some());
        assert!(diary.find(5, &Wish { team: Team::Damp, ..wish(4, Reach::OnCall) }, 0).is_none());
    }
}
