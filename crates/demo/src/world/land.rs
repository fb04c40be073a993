//! What stands between the homes: garages, play areas, car parks, trees and grounds.

use super::{Place, PlaceKind, WARDS, World, build::FIRST_PLACE, register_moment};
use crate::{
    config::{Config, S0_CAR_PARKS, S0_GARAGES, S0_GROUNDS, S0_PLAY_AREAS},
    streams::{Dice, Kind},
};

const GROUNDS: [(&str, u32); 12] = [
    ("Oak", 6),
    ("Silver birch", 9),
    ("Field maple", 8),
    ("Lime", 6),
    ("Rowan", 9),
    ("Cherry", 9),
    ("Hawthorn", 7),
    ("Plane", 3),
    ("Mown grass", 20),
    ("Hedge", 12),
    ("Shrub bed", 8),
    ("Verge", 5),
];

/// Adds the land, spread over the estates.
pub(super) fn add(config: &Config, world: &mut World) {
    let estates: Vec<u32> = (0..world.places.len())
        .filter(|position| world.places[*position].kind == PlaceKind::Estate)
        .filter_map(|position| u32::try_from(position).ok())
        .collect();
    let kinds = [
        (PlaceKind::Garage, S0_GARAGES),
        (PlaceKind::PlayArea, S0_PLAY_AREAS),
        (PlaceKind::CarPark, S0_CAR_PARKS),
        (PlaceKind::Grounds, S0_GROUNDS),
    ];
    for (kind_number, (kind, at_8700)) in (0_u64..).zip(kinds) {
        for number in 1..=config.scaled(at_8700) {
            let mut dice = Dice::new(config.seed, Kind::Land, (kind_number << 32) | u64::from(number));
            let estate = *dice.pick(&estates);
            let reference = format!("P-{}", FIRST_PLACE + world.places.len());
            let place = one(kind, number, (estate, &world.places[estate as usize]), reference, &mut dice);
            world.places.push(place);
        }
    }
}

fn one(kind: PlaceKind, number: u32, (estate, parent): (u32, &Place), reference: String, dice: &mut Dice) -> Place {
    let estate_name = &parent.name;
    let name = match kind {
        PlaceKind::Garage => format!("Garage {number}, {estate_name}"),
        PlaceKind::PlayArea => format!("{estate_name} play area"),
        PlaceKind::CarPark => format!("Car park {number}, {estate_name}"),
        _ => {
            let weights = GROUNDS.map(|(_, weight)| weight);
            format!("{} {number}, {estate_name}", GROUNDS[dice.weighted(&weights)].0)
        }
    };
    let ward = &WARDS[usize::from(parent.ward)];
    Place {
        id: dice.id_at(register_moment(0)),
        reference,
        kind,
        parent: Some(estate),
        name,
        ward: parent.ward,
        postcode: None,
        easting: ward.easting + dice.between(-700, 700) as i32,
        northing: ward.northing + dice.between(-700, 700) as i32,
        build_year: None,
        storeys: None,
        height_cm: None,
        lift: false,
    }
}
