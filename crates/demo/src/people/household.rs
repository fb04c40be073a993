//! Fills homes with households, now and before.

use super::{
    Contact, MemberRole, People, Person, Representation, Tenancy, TenancyKind,
    names::{ORIGINS, Origin, plain},
    needs,
};
use crate::{
    config::Config,
    errors::DUPLICATE_HOMES,
    streams::{Dice, Kind},
    world::{Home, Tenure, World, register_moment},
};
use rooftree_kernel::Day;

/// Of ten thousand council homes, how many stand empty.
const VOID_PER_10_000: u32 = 140;
/// Of ten thousand council homes, how many had another tenant within the last ten years.
const PREVIOUS_PER_10_000: u32 = 2_600;

pub(super) fn generate(config: &Config, world: &World) -> People {
    let mut maker = Maker {
        today: config.today(),
        people: People {
            persons: Vec::new(),
            tenancies: Vec::new(),
            representations: Vec::new(),
            of_home: Vec::with_capacity(world.homes.len()),
        },
    };
    let originals = world.homes.len() - DUPLICATE_HOMES as usize;
    for (number, home) in world.homes.iter().enumerate() {
        let from = maker.people.tenancies.len() as u32;
        // A duplicate is a row without a life of its own.
        if number < originals {
            let mut dice = Dice::new(config.seed, Kind::Household, number as u64);
            maker.home(&mut dice, number as u32, home);
        }
        maker.people.of_home.push((from, maker.people.tenancies.len() as u32));
    }
    maker.people
}

struct Maker {
    today: Day,
    people: People,
}

/// What the members of a household share.
struct Shared {
    origin: &'static Origin,
    family: &'static str,
    language: &'static str,
    interpreter: bool,
    landline: Option<String>,
}

impl Maker {
    fn home(&mut self, dice: &mut Dice, number: u32, home: &Home) {
        let let_by_us = home.tenure == Tenure::Council;
        let years_max = i64::from(self.today.0.year() - home.build_year).clamp(2, 45);
        // Half of all tenancies are younger than nine years; the longest are as old as the home.
        let years = dice.between(0, years_max).min(dice.between(0, years_max));
        let mut started = self.today.plus_days(-(years * 365 + dice.between(1, 364)));
        if let_by_us {
            // Tenancies begin on a Monday.
            started = started.plus_days(-i64::from(started.0.weekday().to_monday_zero_offset()));
        }
        let void = let_by_us && dice.chance(VOID_PER_10_000);
        if let_by_us && (void || dice.chance(PREVIOUS_PER_10_000)) {
            let gap = dice.between(14, 75);
            let ended = if void { self.today.plus_days(-dice.between(3, 60)) } else { started.plus_days(-gap) };
            let began = ended.plus_days(-dice.between(200, 6_000));
            self.tenancy(dice, number, home, TenancyKind::Secure, began, Some(ended));
        }
        if !void {
            let kind = self.kind(dice, home, started);
            self.tenancy(dice, number, home, kind, started, None);
        }
    }

    fn kind(&self, dice: &mut Dice, home: &Home, started: Day) -> TenancyKind {
        match home.tenure {
            Tenure::Leasehold => TenancyKind::Leasehold,
            Tenure::Freehold => TenancyKind::Freehold,
            Tenure::Council if self.today.days_since(started) < 365 => TenancyKind::Introductory,
            Tenure::Council if self.today.days_since(started) < 4_400 && dice.chance(900) => TenancyKind::Flexible,
            Tenure::Council => TenancyKind::Secure,
        }
    }

    fn tenancy(
        &mut self,
        dice: &mut Dice,
        number: u32,
        home: &Home,
        kind: TenancyKind,
        started: Day,
        ended: Option<Day>,
    ) {
        let members = self.household(dice, home, started, ended.unwrap_or(self.today));
        let position = self.people.tenancies.len();
        if ended.is_none() && kind != TenancyKind::Freehold {
            self.representative(dice, members[0].0);
        }
        self.people.tenancies.push(Tenancy {
            id: dice.id_at(started.start()),
            reference: format!("T-{}", 30_001 + position),
            home: number,
            kind,
            started,
            ended,
            members,
        });
    }

    /// The members as they are on `day`, the tenancy having begun on `started`.
    fn household(&mut self, dice: &mut Dice, home: &Home, started: Day, day: Day) -> Vec<(u32, MemberRole)> {
        let origin = &ORIGINS[dice.weighted(&ORIGINS.map(|origin| origin.weight))];
        let family = *dice.pick(origin.family);
        let mut language = "en";
        for (code, share) in origin.languages {
            if language == "en" && dice.chance(*share) {
                language = code;
            }
        }
        let interpreter = language != "en" && dice.chance(2_800);
        let landline = dice.chance(2_900).then(|| landline(self.people.persons.len()));
        let shared = Shared { origin, family, language, interpreter, landline };
        let tenure_years = day.days_since(started) / 365;
        // Of age when the tenancy began, the part of a year that is rounded away included.
        let youngest = if home.sheltered { 60 } else { 19 } + tenure_years;
        let lead_age = dice.between(youngest, 88_i64.max(youngest + 2)).min(dice.between(youngest, youngest + 48));
        let mut members = vec![(self.adult(dice, &shared, lead_age, day), MemberRole::Lead)];
        let couple = if home.sheltered { 1_700 } else { 2_600 + 700 * u32::from(home.bedrooms.min(4)) };
        if dice.chance(couple) {
            let age = (lead_age + dice.between(-6, 6)).max(19 + tenure_years);
            let role = if dice.chance(6_500) { MemberRole::Joint } else { MemberRole::Adult };
            members.push((self.adult(dice, &shared, age, day), role));
        }
        if !home.sheltered {
            self.children(dice, &shared, home, lead_age, day, &mut members);
        }
        members
    }

    fn children(
        &mut self,
        dice: &mut Dice,
        shared: &Shared,
        home: &Home,
        lead_age: i64,
        day: Day,
        members: &mut Vec<(u32, MemberRole)>,
    ) {
        let rooms = i64::from(home.bedrooms.saturating_sub(1)) * 2;
        let likely = if lead_age < 55 { 6_800 } else { 2_200 };
        if rooms == 0 || !dice.chance(likely) {
            return;
        }
        for _ in 0..dice.between(1, rooms.min(5)).min(dice.between(1, 4)) {
            let oldest = (lead_age - 17).clamp(0, 27);
            let age = dice.between((lead_age - 45).clamp(0, oldest), oldest);
            let (person, role) = if age >= 18 {
                (self.adult(dice, shared, age, day), MemberRole::Adult)
            } else {
                (self.child(dice, shared, age, day), MemberRole::Child)
            };
            members.push((person, role));
        }
    }

    fn person(&mut self, dice: &mut Dice, shared: &Shared, age: i64, day: Day) -> (u32, Person) {
        let given = if dice.chance(5_200) { *dice.pick(shared.origin.female) } else { *dice.pick(shared.origin.male) };
        let family = if dice.chance(8_200) { shared.family } else { *dice.pick(shared.origin.family) };
        let born = day.plus_days(-(age * 365 + age / 4 + dice.between(1, 360)));
        let position = self.people.persons.len();
        let person = Person {
            id: dice.id_at(register_moment(position)),
            reference: format!("N-{}", 50_001 + position),
            given,
            family,
            born: dice.chance(9_700).then_some(born),
            mobile: None,
            landline: None,
            email: None,
            contact: Contact::Phone,
            language: shared.language,
            needs: Vec::new(),
        };
        (position as u32, person)
    }

    fn adult(&mut self, dice: &mut Dice, shared: &Shared, age: i64, day: Day) -> u32 {
        let (position, mut person) = self.person(dice, shared, age, day);
        let age_now = age + self.today.days_since(day) / 365;
        // Of those who have left no mobile number is kept: there are few for drama, and those who live here need them.
        let has_mobile = dice.chance(if age_now < 75 { 9_500 } else { 6_400 }) && day == self.today;
        person.mobile = has_mobile.then(|| mobile_of(position as usize));
        person.landline.clone_from(&shared.landline);
        if person.mobile.is_none() && person.landline.is_none() {
            person.landline = Some(landline(position as usize));
        }
        if dice.chance(if age_now < 70 { 7_400 } else { 3_100 }) {
            let domain = ["example.org", "example.com"][dice.index(2)];
            person.email = Some(format!("{}.{}{}@{domain}", plain(person.given), plain(person.family), position % 997));
        }
        person.contact = preferred(dice, &person, age_now);
        adult_needs(dice, &mut person, age_now, shared.interpreter);
        self.people.persons.push(person);
        position
    }

    fn child(&mut self, dice: &mut Dice, shared: &Shared, age: i64, day: Day) -> u32 {
        let (position, mut person) = self.person(dice, shared, age, day);
        if age < 5 && self.today == day {
            person.needs.push(needs::UNDER_5);
        }
        if age == 0 && self.today == day {
            person.needs.push(needs::UNDER_1);
        }
        if dice.chance(800) {
            person.needs.push(needs::RESPIRATORY);
        }
        self.people.persons.push(person);
        position
    }

    /// Some tenants have someone who speaks for them.
    fn representative(&mut self, dice: &mut Dice, tenant: u32) {
        let frail = self.people.persons[tenant as usize].needs.len();
        if !dice.chance(150 + 550 * frail.min(4) as u32) {
            return;
        }
        let origin = &ORIGINS[dice.weighted(&ORIGINS.map(|origin| origin.weight))];
        let capacity = *dice.pick(&["family", "family", "support-worker", "power-of-attorney", "advocate"]);
        let family =
            if capacity == "family" { self.people.persons[tenant as usize].family } else { *dice.pick(origin.family) };
        let shared = Shared { origin, family, language: "en", interpreter: false, landline: None };
        let age = dice.between(28, 62);
        let representative = self.adult(dice, &shared, age, self.today);
        self.people.persons[representative as usize].needs.clear();
        let since = self.today.plus_days(-dice.between(20, 1_800));
        self.people.representations.push(Representation { representative, person: tenant, capacity, since });
    }
}

fn preferred(dice: &mut Dice, person: &Person, age: i64) -> Contact {
    let weights = if age < 65 { [56, 24, 16, 4] } else { [24, 12, 40, 24] };
    match dice.weighted(&weights) {
        0 if person.mobile.is_some() => Contact::Text,
        1 if person.email.is_some() => Contact::Email,
        3 => Contact::Letter,
        _ => Contact::Phone,
    }
}

fn adult_needs(dice: &mut Dice, person: &mut Person, age: i64, interpreter: bool) {
    if age >= 65 {
        person.needs.push(needs::AGE_65_PLUS);
    }
    if age >= 80 {
        person.needs.push(needs::AGE_80_PLUS);
    }
    let old = |young: u32, old: u32| if age >= 65 { old } else { young };
    let likely = [
        (needs::RESPIRATORY, old(500, 1_300)),
        (needs::HEART, old(120, 900)),
        (needs::DIABETES, old(300, 900)),
        (needs::MOBILITY, old(450, 2_700)),
        (needs::WHEELCHAIR, old(70, 300)),
        (needs::HEARING, old(90, 1_000)),
        (needs::SIGHT, old(60, 450)),
        (needs::LEARNING, old(220, 80)),
        (needs::MENTAL_HEALTH, old(950, 350)),
        (needs::DEMENTIA, old(5, 420)),
        (needs::TREATMENT_AT_HOME, old(60, 260)),
        (needs::PREGNANT, if (20..42).contains(&age) { 120 } else { 0 }),
    ];
    for (need, share) in likely {
        if dice.chance(share) {
            person.needs.push(need);
        }
    }
    if interpreter {
        person.needs.push(needs::INTERPRETER);
    }
}

/// A mobile number in the range that Ofcom keeps for drama: 07700 900000 to 900999.
pub(crate) fn mobile(dice: &mut Dice) -> String {
    format!("07700 900{:03}", dice.between(0, 999))
}

/// The mobile number of a person by their position: as few share one as there can be, and nobody with somebody of their household.
fn mobile_of(position: usize) -> String {
    format!("07700 900{:03}", position * 617 % 1_000)
}

/// The beginnings of the landline ranges that Ofcom keeps for drama, each with a thousand numbers; 01632 is no area.
pub(crate) const LANDLINES: [&str; 13] = [
    "01632 960",
    "0113 496 0",
    "0114 496 0",
    "0115 496 0",
    "0116 496 0",
    "0117 496 0",
    "0118 496 0",
    "0121 496 0",
    "0131 496 0",
    "0141 496 0",
    "0151 496 0",
    "0161 496 0",
    "0191 498 0",
];

/// The landline number of a household or person by the position of the person.
fn landline(position: usize) -> String {
    let number = position * 7_919 % (LANDLINES.len() * 1_000);
    format!("{}{:03}", LANDLINES[number / 1_000], number % 1_000)
}
