//! A hundred errors of the kinds that every register holds, each listed, so that the data-quality page can be judged.

use crate::{
    config::Config,
    people::{People, Person},
    streams::{Dice, Kind},
    world::World,
};
use uuid::Uuid;

/// Homes that stand in the register twice; they are part of the number of homes asked for.
pub const DUPLICATE_HOMES: u32 = 6;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The same person twice.
    DuplicatePerson,
    /// The same home twice.
    DuplicateHome,
    /// No property number.
    MissingUprn,
    /// A postcode of another place or of no place.
    WrongPostcode,
    /// A flat on a floor that its building does not have.
    FloorAboveRoof,
    /// A date of birth in the future or before anybody alive.
    ImpossibleBirthDate,
    /// A telephone number that cannot be dialled.
    MalformedPhone,
    /// Two tenancies of one home at the same time.
    OverlappingTenancies,
    /// A repair completed before it was reported.
    CompletedBeforeReported,
    /// A repair completed though nobody went.
    CompletedWithoutVisit,
    /// The provider says done, the tenant says not.
    CompletedButNotDone,
    /// A works order without a rate line.
    OrderWithoutRateLines,
}

impl ErrorKind {
    /// Every kind and how often it is seeded: a hundred in all.
    pub const ALL: [(Self, u32); 12] = [
        (Self::DuplicatePerson, 14),
        (Self::DuplicateHome, DUPLICATE_HOMES),
        (Self::MissingUprn, 12),
        (Self::WrongPostcode, 8),
        (Self::FloorAboveRoof, 4),
        (Self::ImpossibleBirthDate, 8),
        (Self::MalformedPhone, 10),
        (Self::OverlappingTenancies, 6),
        (Self::CompletedBeforeReported, 7),
        (Self::CompletedWithoutVisit, 8),
        (Self::CompletedButNotDone, 9),
        (Self::OrderWithoutRateLines, 8),
    ];

    /// Those found in repairs.
    pub const IN_REPAIRS: [Self; 4] = [
        Self::CompletedBeforeReported,
        Self::CompletedWithoutVisit,
        Self::CompletedButNotDone,
        Self::OrderWithoutRateLines,
    ];

    /// The key used in the manifest.
    pub fn key(self) -> &'static str {
        match self {
            Self::DuplicatePerson => "duplicate-person",
            Self::DuplicateHome => "duplicate-home",
            Self::MissingUprn => "missing-uprn",
            Self::WrongPostcode => "wrong-postcode",
            Self::FloorAboveRoof => "floor-above-roof",
            Self::ImpossibleBirthDate => "impossible-birth-date",
            Self::MalformedPhone => "malformed-phone",
            Self::OverlappingTenancies => "overlapping-tenancies",
            Self::CompletedBeforeReported => "completed-before-reported",
            Self::CompletedWithoutVisit => "completed-without-visit",
            Self::CompletedButNotDone => "completed-but-not-done",
            Self::OrderWithoutRateLines => "order-without-rate-lines",
        }
    }

    /// How often it is seeded.
    pub fn count(self) -> u32 {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, count)| *count)
    }
}

/// One line of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeededError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The row that is wrong: a home, person, tenancy or repair.
    pub subject: Uuid,
    /// Its reference.
    pub reference: String,
    /// What is wrong with it, in words.
    pub note: String,
}

/// Seeds the errors in homes, people and tenancies.
pub(crate) fn seed(config: &Config, world: &mut World, people: &mut People) -> Vec<SeededError> {
    let mut sower = Sower { dice: Dice::new(config.seed, Kind::Errors, 0), errors: Vec::new() };
    sower.homes(world);
    sower.tenancies(people);
    sower.people(config, people);
    sower.errors
}

struct Sower {
    dice: Dice,
    errors: Vec<SeededError>,
}

impl Sower {
    fn note(&mut self, kind: ErrorKind, subject: Uuid, reference: &str, note: String) {
        self.errors.push(SeededError { kind, subject, reference: reference.to_owned(), note });
    }

    fn homes(&mut self, world: &mut World) {
        let originals = world.homes.len() - DUPLICATE_HOMES as usize;
        for position in originals..world.homes.len() {
            let (id, reference) = (world.homes[position].id, world.homes[position].reference.clone());
            let note = format!("{} stands in the register twice", world.homes[position].line_1);
            self.note(ErrorKind::DuplicateHome, id, &reference, note);
        }
        let mut order: Vec<usize> = (0..originals).collect();
        self.dice.shuffle(&mut order);
        let mut order = order.into_iter();
        for kind in [ErrorKind::MissingUprn, ErrorKind::WrongPostcode, ErrorKind::FloorAboveRoof] {
            for position in order.by_ref().take(kind.count() as usize) {
                let home = &mut world.homes[position];
                let note = match kind {
                    ErrorKind::MissingUprn => {
                        home.uprn = None;
                        "no property number".to_owned()
                    }
                    ErrorKind::WrongPostcode => {
                        let right = std::mem::take(&mut home.postcode);
                        home.postcode = wrong_postcode(&mut self.dice, &right);
                        format!("postcode {} for {right}", home.postcode)
                    }
                    _ => {
                        home.floor = home.storeys + 7;
                        format!("floor {} of {} storeys", home.floor, home.storeys)
                    }
                };
                let (id, reference) = (home.id, home.reference.clone());
                self.note(kind, id, &reference, note);
            }
        }
    }

    /// Lets some former tenancies run on into the present one.
    fn tenancies(&mut self, people: &mut People) {
        let mut pairs: Vec<u32> =
            people.of_home.iter().filter(|(from, to)| to - from > 1).map(|(from, _)| *from).collect();
        self.dice.shuffle(&mut pairs);
        for position in pairs.into_iter().take(ErrorKind::OverlappingTenancies.count() as usize) {
            let next_started = people.tenancies[position as usize + 1].started;
            let tenancy = &mut people.tenancies[position as usize];
            let ended = next_started.plus_days(self.dice.between(2, 20));
            tenancy.ended = Some(ended);
            let note = format!("ends on {ended}, after the next tenancy began on {next_started}");
            let (id, reference) = (tenancy.id, tenancy.reference.clone());
            self.note(ErrorKind::OverlappingTenancies, id, &reference, note);
        }
    }

    fn people(&mut self, config: &Config, people: &mut People) {
        let mut adults: Vec<u32> = (0_u32..)
            .zip(&people.persons)
            .filter(|(_, person)| person.mobile.is_some() && person.born.is_some())
            .map(|(position, _)| position)
            .collect();
        self.dice.shuffle(&mut adults);
        let mut adults = adults.into_iter();
        for position in adults.by_ref().take(ErrorKind::ImpossibleBirthDate.count() as usize) {
            let person = &mut people.persons[position as usize];
            let born = match self.dice.index(2) {
                0 => config.today().plus_days(self.dice.between(20, 4_000)),
                _ => config.today().plus_months(-12 * self.dice.between(121, 150)),
            };
            person.born = Some(born);
            let (id, reference) = (person.id, person.reference.clone());
            self.note(ErrorKind::ImpossibleBirthDate, id, &reference, format!("born on {born}"));
        }
        for position in adults.by_ref().take(ErrorKind::MalformedPhone.count() as usize) {
            let person = &mut people.persons[position as usize];
            let wrong = wrong_phone(&mut self.dice, person.mobile.as_deref().unwrap_or_default());
            let note = format!("mobile ‘{wrong}’");
            person.mobile = Some(wrong);
            let (id, reference) = (person.id, person.reference.clone());
            self.note(ErrorKind::MalformedPhone, id, &reference, note);
        }
        for position in adults.take(ErrorKind::DuplicatePerson.count() as usize) {
            let copy = self.copy(&people.persons[position as usize], people.persons.len());
            let note = format!("the same person as {}", people.persons[position as usize].reference);
            self.note(ErrorKind::DuplicatePerson, copy.id, &copy.reference, note);
            people.persons.push(copy);
        }
    }

    fn copy(&mut self, person: &Person, position: usize) -> Person {
        let mut copy = person.clone();
        copy.id = self.dice.id_at(crate::world::register_moment(position));
        copy.reference = format!("N-{}", 50_001 + position);
        copy.needs.clear();
        if self.dice.chance(5_000) {
            copy.email = None;
        }
        if self.dice.chance(3_000) {
            copy.born = None;
        }
        copy
    }
}

fn wrong_postcode(dice: &mut Dice, right: &str) -> String {
    match dice.index(3) {
        0 => right.replacen('O', "0", 1),
        1 => right.replace(' ', "").replacen("OX", "OX4", 1),
        _ => right.get(..right.len() - 1).unwrap_or(right).to_owned(),
    }
}

fn wrong_phone(dice: &mut Dice, right: &str) -> String {
    match dice.index(4) {
        0 => right.get(..right.len() - 1).unwrap_or(right).to_owned(),
        1 => right.replacen("900", "9OO", 1),
        2 => format!("{right} (daughter)"),
        _ => format!("{right}{}", dice.between(0, 9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_a_hundred() {
        assert_eq!(ErrorKind::ALL.iter().map(|(_, count)| count).sum::<u32>(), 100);
    }
}
