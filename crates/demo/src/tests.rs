//! The landlord as a whole: repeatable, in proportion, believable, harmless.

use crate::{
    Catalogue, Config, Landlord, Priority,
    errors::{ErrorKind, SeededError},
    people::MemberRole,
    repairs::{AppointmentStatus, RepairLife, Stage},
    world::{PlaceKind, Tenure},
};
use rooftree_kernel::Moment;
use rooftree_repairs::declared::{DECLARED, SCRIPT};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(&SCRIPT));
/// A landlord of 1,500 homes on a Wednesday morning, with its whole history.
static SMALL: LazyLock<Told> = LazyLock::new(|| tell(42, 1_500, 2, "2026-11-18T10:20"));

struct Told {
    land: Landlord,
    lives: Vec<RepairLife>,
    errors: Vec<SeededError>,
}

fn tell(seed: u64, homes: u32, years: u32, now: &str) -> Told {
    let now: Moment = now.parse().expect("a moment");
    let land = Landlord::generate(Config::new(seed, homes, years, now), &CATALOGUE).expect("a landlord");
    let (lives, errors) = {
        let mut history = land.repairs(&CATALOGUE);
        let lives: Vec<RepairLife> = history.by_ref().collect();
        let errors = land.errors.iter().chain(history.errors()).cloned().collect();
        (lives, errors)
    };
    Told { land, lives, errors }
}

fn digest(told: &Told) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", told.land.world.homes));
    hash.update(format!("{:?}", told.land.world.places));
    hash.update(format!("{:?}", told.land.people));
    hash.update(format!("{:?}", told.land.providers));
    for life in &told.lives {
        hash.update(format!("{life:?}"));
    }
    hash.update(format!("{:?}", told.errors));
    format!("{:x}", hash.finalize())
}

fn percent(part: usize, of: usize) -> f64 {
    part as f64 * 100.0 / of.max(1) as f64
}

#[test]
fn the_same_inputs_give_the_same_landlord_and_another_seed_another() {
    let [one, two, other] = [7, 7, 8].map(|seed| digest(&tell(seed, 200, 1, "2026-11-18T10:20")));
    assert_eq!(one, two);
    assert_ne!(one, other);
}

#[test]
fn the_stock_has_the_proportions_of_the_source() {
    let config = Config::new(42, 8_700, 2, "2026-11-18T10:20".parse().expect("a moment"));
    let world = crate::world::World::generate(&config);
    let tenure = |wanted: Tenure| world.homes.iter().filter(|home| home.tenure == wanted).count();
    assert_eq!(world.homes.len(), 8_700);
    assert_eq!((tenure(Tenure::Council), tenure(Tenure::Freehold)), (7_795, 719));
    let counts =
        [PlaceKind::ShelteredScheme, PlaceKind::Garage, PlaceKind::PlayArea, PlaceKind::CarPark, PlaceKind::Grounds];
    assert_eq!(counts.map(|kind| world.count(kind)), [12, 143, 8, 79, 6_765]);
    let wards: BTreeSet<u8> = world.homes.iter().map(|home| home.ward).collect();
    assert_eq!(wards.len(), 24);
    let uprns: BTreeSet<u64> = world.homes.iter().filter_map(|home| home.uprn).collect();
    assert_eq!(uprns.len(), 8_700);
    assert!(uprns.iter().all(|uprn| (990_000_000_000..1_000_000_000_000).contains(uprn)));
    for home in &world.homes {
        assert_eq!(home.in_block, world.places[home.parent as usize].kind != PlaceKind::Estate, "{}", home.reference);
    }
    assert!(world.patches.iter().all(|patch| (300..=700).contains(&patch.homes)));
}

#[test]
fn there_are_exactly_a_hundred_errors_and_each_is_there() {
    let told = &*SMALL;
    assert_eq!(told.errors.len(), 100);
    for (kind, count) in ErrorKind::ALL {
        assert_eq!(told.errors.iter().filter(|error| error.kind == kind).count(), count as usize, "{kind:?}");
    }
    let of = |kind: ErrorKind| told.errors.iter().filter(move |error| error.kind == kind);
    for error in of(ErrorKind::MissingUprn) {
        let home = told.land.world.homes.iter().find(|home| home.id == error.subject).expect("the home");
        assert_eq!(home.uprn, None);
    }
    for error in of(ErrorKind::OrderWithoutRateLines) {
        let life = told.lives.iter().find(|life| life.repair.id == error.subject).expect("the repair");
        assert!(life.order.as_ref().is_some_and(|order| order.lines.is_empty()));
    }
    for error in of(ErrorKind::CompletedWithoutVisit) {
        let life = told.lives.iter().find(|life| life.repair.id == error.subject).expect("the repair");
        assert!(life.visits.is_empty() && life.appointments.is_empty() && life.repair.completed_at.is_some());
    }
    for error in of(ErrorKind::CompletedButNotDone) {
        let life = told.lives.iter().find(|life| life.repair.id == error.subject).expect("the repair");
        assert!(life.contradiction.is_some_and(|contradiction| contradiction.resolved.is_none()));
    }
}

#[test]
fn nobody_can_be_reached_by_accident() {
    let people = &SMALL.land.people;
    let malformed: BTreeSet<_> =
        SMALL.errors.iter().filter(|e| e.kind == ErrorKind::MalformedPhone).map(|e| e.subject).collect();
    let drama = |number: &str| {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let landlines = crate::people::LANDLINES.map(|range| range.replace(' ', ""));
        let known = |range: &str| digits.starts_with(range) && digits.len() == 11;
        known("07700900") || landlines.iter().any(|range| known(range))
    };
    for person in &people.persons {
        for number in person.mobile.iter().chain(&person.landline) {
            assert!(malformed.contains(&person.id) || drama(number), "{number}");
        }
        let domain = person.email.as_deref().map(|email| email.split_once('@').map_or("", |(_, domain)| domain));
        assert!(domain.is_none_or(|domain| matches!(domain, "example.org" | "example.com")), "{domain:?}");
    }
    let emails: BTreeSet<&str> = SMALL.land.providers.users.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails.len(), SMALL.land.providers.users.len());
    assert!(emails.iter().all(|email| email.ends_with("@example.org")));
    assert!(SMALL.land.providers.operatives.iter().all(|operative| drama(&operative.mobile)));
}

#[test]
fn households_could_be_real() {
    let people = &SMALL.land.people;
    let impossible: BTreeSet<_> =
        SMALL.errors.iter().filter(|e| e.kind == ErrorKind::ImpossibleBirthDate).map(|e| e.subject).collect();
    for tenancy in &people.tenancies {
        let members = || tenancy.members.iter().map(|(person, role)| (&people.persons[*person as usize], *role));
        let mobiles: Vec<&str> = members().filter_map(|(person, _)| person.mobile.as_deref()).collect();
        let distinct: BTreeSet<&str> = mobiles.iter().copied().collect();
        assert_eq!(distinct.len(), mobiles.len(), "{}: {mobiles:?}", tenancy.reference);
        for (person, role) in members().filter(|(person, _)| !impossible.contains(&person.id)) {
            let of_age = person.born.is_none_or(|born| tenancy.started.days_since(born) >= 18 * 365);
            assert!(role != MemberRole::Joint || of_age, "{}: {person:?}", tenancy.reference);
        }
    }
}

#[test]
fn no_operative_is_in_two_places() {
    let mut booked: BTreeMap<u32, Vec<(Moment, Moment)>> = BTreeMap::new();
    for life in &SMALL.lives {
        for appointment in life.appointments.iter().filter(|a| a.status != AppointmentStatus::Cancelled) {
            let told = appointment.window_starts_at..appointment.window_ends_at;
            assert!(told.contains(&appointment.starts_at), "{appointment:?}");
            booked.entry(appointment.operative).or_default().push((appointment.starts_at, appointment.ends_at));
        }
    }
    for (operative, mut spans) in booked {
        spans.sort();
        for pair in spans.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "operative {operative}: {:?}", pair);
        }
    }
}

#[test]
fn what_is_to_come_lies_within_shifts_but_for_emergencies() {
    let today = SMALL.land.config.today();
    let minute = |at: Moment| i64::from(at.london().hour()) * 60 + i64::from(at.london().minute());
    for life in SMALL.lives.iter().filter(|life| life.repair.priority != Priority::Emergency) {
        for appointment in life.appointments.iter().filter(|a| a.starts_at.day() >= today) {
            let operative = &SMALL.land.providers.operatives[appointment.operative as usize];
            let shift = i64::from(operative.shift_starts)..=i64::from(operative.shift_ends);
            let within = [appointment.starts_at, appointment.ends_at].map(minute);
            assert!(within.iter().all(|at| shift.contains(at)), "{}: {appointment:?}", operative.name);
        }
    }
}

#[test]
fn facts_are_declared_and_in_order_of_time() {
    let declared: BTreeMap<&str, &[&str]> = rooftree_repairs::facts::ALL
        .iter()
        .chain(rooftree_works::facts::ALL)
        .map(|kind| (kind.name, kind.fields))
        .collect();
    let now = SMALL.land.config.now;
    for life in &SMALL.lives {
        assert!(life.facts.is_sorted_by_key(|fact| fact.occurred_at), "R-{}", life.repair.number);
        assert!(life.facts.iter().all(|fact| fact.occurred_at <= now && fact.occurred_at >= life.repair.reported_at));
        for fact in life.facts.iter().filter(|fact| fact.name != "message.sent") {
            let fields = declared.get(fact.name).unwrap_or_else(|| panic!("{} is not declared", fact.name));
            for field in fact.payload.keys() {
                assert!(fields.contains(&field.as_str()), "{}: {field}", fact.name);
            }
        }
    }
    assert!(SMALL.lives.is_sorted_by_key(|life| life.repair.reported_at));
}

#[test]
fn the_service_is_as_good_as_a_real_one_nearly_is() {
    let completed: Vec<&RepairLife> = SMALL.lives.iter().filter(|life| life.repair.stage == Stage::Completed).collect();
    let on_time = |priority: Priority| {
        let of: Vec<_> = completed.iter().filter(|life| life.repair.priority == priority).collect();
        percent(of.iter().filter(|life| life.repair.on_time == Some(true)).count(), of.len())
    };
    let within =
        |value: f64, low: f64, high: f64, what: &str| assert!((low..=high).contains(&value), "{what}: {value:.2}");
    within(on_time(Priority::Emergency), 97.8, 99.7, "emergencies in time");
    within(on_time(Priority::Urgent), 94.0, 98.6, "urgent in time");
    within(on_time(Priority::Routine), 91.5, 95.5, "routine in time");
    let share = |wanted: &dyn Fn(&RepairLife) -> bool, of: &[&RepairLife]| {
        percent(of.iter().filter(|life| wanted(life)).count(), of.len())
    };
    within(share(&|life| life.repair.first_visit == Some(true), &completed), 81.5, 87.0, "first visit");
    within(share(&|life| life.inspection.is_some(), &completed), 11.5, 14.5, "inspected");
    within(share(&|life| life.repair.recall_of.is_some(), &completed), 2.0, 4.0, "recalls");
    let sent: Vec<&RepairLife> = completed.iter().copied().filter(|life| life.survey.is_some()).collect();
    within(share(&|life| life.survey.is_some_and(|survey| survey.answer.is_some()), &sent), 24.5, 29.5, "answers");
    let all: Vec<&RepairLife> = SMALL.lives.iter().collect();
    within(share(&|life| life.repair.cancelled.is_some(), &all), 3.0, 5.0, "cancelled");
    let no_access = |life: &RepairLife| life.appointments.iter().any(|a| a.status == AppointmentStatus::NoAccess);
    within(share(&no_access, &all), 4.5, 7.5, "no access");
    within(share(&|life| life.repair.priority == Priority::Emergency, &all), 11.0, 22.0, "emergencies");
    let per_home_year = SMALL.lives.len() as f64 / 1_500.0 / 2.0;
    within(per_home_year, 4.3, 4.8, "repairs per home and year");
}

#[test]
fn heating_is_reported_in_winter_and_damp_too() {
    let by_season = |words: &[&str], months: &[i8]| {
        let entry = |life: &RepairLife| &CATALOGUE.items[life.repair.item as usize];
        let of = SMALL.lives.iter().filter(|life| words.contains(&entry(life).item.key.as_str()));
        of.filter(|life| months.contains(&life.repair.reported_at.day().0.month())).count()
    };
    let heating = ["no-heating", "no-hot-water", "radiator-cold", "boiler-pressure"];
    assert!(by_season(&heating, &[11, 12, 1, 2]) > 3 * by_season(&heating, &[5, 6, 7, 8]));
    let damp = ["mould", "damp-wall", "condensation"];
    assert!(by_season(&damp, &[11, 12, 1, 2]) > 3 * by_season(&damp, &[5, 6, 7, 8]));
}

#[test]
fn variations_have_reasons_that_suit_what_was_found() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for life in &SMALL.lives {
        let ordered = &CATALOGUE.items[life.repair.item as usize];
        for variation in &life.variations {
            let found = &CATALOGUE.items[variation.item as usize];
            let what = format!("R-{}: {} for {}", life.repair.number, variation.reason, found.rate_title);
            assert!(DECLARED.reason("variation", variation.reason).is_some(), "{what}");
            assert_eq!(
                (&found.outcome.trade, &found.item.area),
                (&ordered.outcome.trade, &ordered.item.area),
                "the same trade in the same part of the home: {what}"
            );
            assert_eq!(variation.reason == "quantity", found.outcome.rate == ordered.outcome.rate, "{what}");
            if variation.reason == "renew-not-repair" {
                let title = found.rate_title.to_lowercase();
                assert!(title.contains("renew") || title.contains("replace"), "{what}");
            }
            seen.insert(variation.reason);
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
}

/// Everybody has work today and tomorrow, whatever the day of the week and the hour.
fn assert_a_day_s_work(told: &Told) {
    let today = told.land.config.today();
    for (number, operative) in (0_u32..).zip(&told.land.providers.operatives) {
        for day in [today, today.plus_days(1)] {
            let appointments = told.lives.iter().flat_map(|life| &life.appointments);
            let on_day = appointments.filter(|a| a.operative == number && a.starts_at.day() == day);
            let count = on_day.filter(|a| a.status != AppointmentStatus::Cancelled).count();
            assert!(count >= 2, "{} ({:?}) has {count} on {day}", operative.name, operative.team);
        }
    }
    let fresh = told.lives.iter().filter(|life| life.repair.priority == Priority::Emergency);
    let fresh = fresh.filter(|life| told.land.config.now.seconds_since(life.repair.reported_at) < 5 * 3_600).count();
    assert!(fresh >= 2, "{fresh} emergencies in the last hours");
}

#[test]
fn the_present_has_work_in_every_stage() {
    assert_a_day_s_work(&SMALL);
    let stages: BTreeSet<Stage> = SMALL.lives.iter().map(|life| life.repair.stage).collect();
    assert!(stages.len() >= 6, "{stages:?}");
    let now = SMALL.land.config.now;
    let overdue = SMALL.lives.iter().filter(|life| life.repair.stage.is_open());
    let overdue = overdue.filter(|life| now.seconds_since(life.repair.reported_at) > 45 * 86_400).count();
    assert!(overdue > 0);
}

#[test]
fn a_sunday_night_shows_a_day_s_work_too() {
    assert_a_day_s_work(&tell(42, 300, 1, "2026-11-22T23:30"));
    assert_a_day_s_work(&tell(42, 300, 1, "2026-12-25T07:00"));
}
