//! Lays out estates, blocks and streets ward by ward, and the homes in them.

use super::{
    Alert, AlertKind, Home, Patch, Place, PlaceKind, Tenure, WARDS, Ward, World, register_moment, wards::Gazetteer,
};
use crate::{
    config::{Config, S0_COUNCIL, S0_FREEHOLD, S0_HOMES, S0_SHELTERED},
    errors::DUPLICATE_HOMES,
    streams::{Dice, Kind},
};

/// Property numbers begin here: 12 digits, far above those that are assigned.
const UPRN_BASE: u64 = 990_100_000_000;
/// The number of the first home's reference, `H-10001`.
const FIRST_HOME: usize = 10_001;
/// The number of the first other place's reference, `P-20001`.
pub(super) const FIRST_PLACE: usize = 20_001;
/// Homes of one housing officer.
const PATCH_HOMES: usize = 600;

/// What the homes of one street or block share.
struct Cluster {
    parent: u32,
    in_block: bool,
    sheltered: bool,
    ward: u8,
    building: Option<String>,
    street: String,
    postcode: String,
    easting: i32,
    northing: i32,
    build_year: i16,
    archetype: &'static str,
    storeys: u8,
    heating: &'static str,
}

pub(super) fn build(config: &Config) -> World {
    let mut builder = Builder {
        config,
        names: Gazetteer::new(config.seed),
        world: World { places: Vec::new(), homes: Vec::new(), patches: Vec::new() },
    };
    let physical = config.homes - DUPLICATE_HOMES;
    let shares = share_out(physical, &WARDS.map(|ward| ward.stock_weight));
    let schemes = share_out(config.scaled(S0_SHELTERED), &WARDS.map(|ward| ward.stock_weight));
    for (ward, (homes, schemes)) in (0_u8..).zip(shares.into_iter().zip(schemes)) {
        builder.ward(ward, homes, schemes);
    }
    builder.tenures();
    builder.patches();
    builder.world
}

/// Shares a number out by weights, whole, with the largest remainders rounded up.
fn share_out(total: u32, weights: &[u32]) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum::<u64>().max(1);
    let exact = |weight: u32| u64::from(weight) * u64::from(total);
    let mut shares: Vec<u32> = weights.iter().map(|weight| (exact(*weight) / sum) as u32).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(exact(weights[*position]) % sum));
    let missing = total - shares.iter().sum::<u32>();
    for position in order.into_iter().cycle().take(missing as usize) {
        shares[position] += 1;
    }
    shares
}

struct Builder<'a> {
    config: &'a Config,
    names: Gazetteer,
    world: World,
}

impl Builder<'_> {
    fn ward(&mut self, number: u8, homes: u32, schemes: u32) {
        let ward = &WARDS[usize::from(number)];
        let mut dice = Dice::new(self.config.seed, Kind::Ward, u64::from(number));
        let mut left = homes;
        let mut schemes_left = schemes;
        while left > 0 {
            let wanted = dice.between(90, 220) as u32;
            let size = if left < wanted + 40 { left } else { wanted };
            left -= size;
            let estate_name = self.names.named("Estate");
            let estate = self.place(&mut dice, PlaceKind::Estate, None, number, estate_name);
            let schemes_here = if left == 0 { schemes_left } else { schemes_left.min(1) };
            schemes_left -= schemes_here;
            self.estate(&mut dice, ward, estate, size, schemes_here);
        }
    }

    fn estate(&mut self, dice: &mut Dice, ward: &Ward, estate: u32, size: u32, schemes: u32) {
        let mut left = size;
        for scheme in 0..schemes {
            let most = i64::from(left / (2 * (schemes - scheme))).max(1);
            let flats = dice.between(24, 38).min(most) as u32;
            self.block(dice, ward, estate, flats.min(left), true);
            left -= flats.min(left);
        }
        while left > 0 {
            let flats = dice.chance(ward.flats_percent * 100);
            let homes = if !flats {
                dice.between(8, 34)
            } else if ward.towers && dice.chance(700) {
                dice.between(52, 85)
            } else {
                dice.between(6, 24)
            } as u32;
            let homes = homes.min(left);
            if flats && homes > 1 {
                self.block(dice, ward, estate, homes, false);
            } else {
                self.street(dice, ward, estate, homes);
            }
            left -= homes;
        }
    }

    fn block(&mut self, dice: &mut Dice, ward: &Ward, estate: u32, flats: u32, sheltered: bool) {
        let tower = !sheltered && flats > 48;
        let (last, kind) = match (sheltered, tower) {
            (true, _) => (*dice.pick(&["Court", "Lodge"]), PlaceKind::ShelteredScheme),
            (_, true) => (*dice.pick(&["Tower", "Point", "Heights"]), PlaceKind::Block),
            _ => (*dice.pick(&["House", "House", "Court", "Mead"]), PlaceKind::Block),
        };
        let name = self.names.named(last);
        let street = self.names.street();
        let (build_year, archetype, storeys) = block_form(dice, flats, sheltered, tower);
        let position = self.place(dice, kind, Some(estate), self.ward_number(ward), name.clone());
        let heating = match (sheltered, tower) {
            (true, _) => *dice.pick(&["communal gas boiler", "communal gas boiler", "ground source heat pump"]),
            (_, true) => *dice.pick(&["communal gas boiler", "electric storage heaters"]),
            _ => *dice.pick(&["gas combi boiler", "gas combi boiler", "gas combi boiler", "electric storage heaters"]),
        };
        let postcode = self.names.postcode(ward);
        let place = &mut self.world.places[position as usize];
        place.postcode = Some(postcode.clone());
        place.build_year = Some(build_year);
        place.storeys = Some(storeys);
        place.height_cm = Some(height_cm(storeys));
        place.lift = storeys > 4 || sheltered && storeys > 1;
        let (easting, northing) = (place.easting, place.northing);
        let cluster = Cluster {
            parent: position,
            in_block: true,
            sheltered,
            ward: place.ward,
            building: Some(name),
            street,
            postcode,
            easting,
            northing,
            build_year,
            archetype,
            storeys,
            heating,
        };
        for number in 1..=flats {
            self.home(&cluster, number, flats);
        }
    }

    fn street(&mut self, dice: &mut Dice, ward: &Ward, estate: u32, houses: u32) {
        let (build_year, archetype, storeys) = *dice.pick(&[
            (1926, "1920s cottage estate house", 2),
            (1934, "1930s semi-detached house", 2),
            (1949, "post-war semi-detached house", 2),
            (1953, "post-war terraced house", 2),
            (1962, "1960s terraced house", 2),
            (1969, "system-built terraced house", 2),
            (1974, "1970s terraced house", 2),
            (1966, "bungalow", 1),
            (1982, "1980s terraced house", 2),
            (2016, "new-build terraced house", 2),
        ]);
        let cluster = Cluster {
            parent: estate,
            in_block: false,
            sheltered: false,
            ward: self.ward_number(ward),
            building: None,
            street: self.names.street(),
            postcode: self.names.postcode(ward),
            easting: ward.easting + dice.between(-700, 700) as i32,
            northing: ward.northing + dice.between(-700, 700) as i32,
            build_year: build_year + dice.between(0, 4) as i16,
            archetype,
            storeys,
            heating: if build_year > 2010 { "air source heat pump" } else { "gas combi boiler" },
        };
        let first = dice.between(0, 40) as u32;
        for number in 1..=houses {
            self.home(&cluster, first + number, houses);
        }
    }

    fn ward_number(&self, ward: &Ward) -> u8 {
        WARDS.iter().position(|other| other.key == ward.key).map_or(0, |position| position as u8)
    }

    fn place(&mut self, dice: &mut Dice, kind: PlaceKind, parent: Option<u32>, ward: u8, name: String) -> u32 {
        let position = self.world.places.len() as u32;
        let centre = &WARDS[usize::from(ward)];
        self.world.places.push(Place {
            id: dice.id_at(register_moment(0)),
            reference: format!("P-{}", FIRST_PLACE + position as usize),
            kind,
            parent,
            name,
            ward,
            postcode: None,
            easting: centre.easting + dice.between(-700, 700) as i32,
            northing: centre.northing + dice.between(-700, 700) as i32,
            build_year: None,
            storeys: None,
            height_cm: None,
            lift: false,
        });
        position
    }

    fn home(&mut self, cluster: &Cluster, number: u32, of: u32) {
        let position = self.world.homes.len();
        let mut dice = Dice::new(self.config.seed, Kind::Home, position as u64);
        let (line_1, line_2) = match &cluster.building {
            Some(building) => (format!("Flat {number}, {building}"), cluster.street.clone()),
            None => (format!("{number} {}", cluster.street), String::new()),
        };
        let per_floor = of.div_ceil(u32::from(cluster.storeys)).max(1);
        let floor = if cluster.in_block { ((number - 1) / per_floor).min(40) as u8 } else { 0 };
        let sap = energy_score(&mut dice, cluster);
        let home = Home {
            id: dice.id_at(register_moment(position)),
            reference: format!("H-{}", FIRST_HOME + position),
            uprn: Some(UPRN_BASE + position as u64 * 13 + dice.between(0, 12) as u64),
            parent: cluster.parent,
            in_block: cluster.in_block,
            line_1,
            line_2,
            postcode: cluster.postcode.clone(),
            ward: cluster.ward,
            patch: 0,
            tenure: Tenure::Council,
            build_year: cluster.build_year,
            archetype: cluster.archetype,
            storeys: cluster.storeys,
            height_cm: height_cm(cluster.storeys),
            floor,
            bedrooms: bedrooms(&mut dice, cluster),
            easting: cluster.easting + dice.between(-60, 60) as i32,
            northing: cluster.northing + dice.between(-60, 60) as i32,
            heating: cluster.heating,
            epc: energy_band(sap),
            sap,
            sheltered: cluster.sheltered,
            alerts: alerts(&mut dice, cluster.build_year),
        };
        self.world.homes.push(home);
    }

    /// Marks the leasehold flats and freehold houses, then adds the duplicates, which are leasehold too.
    fn tenures(&mut self) {
        let homes = self.config.homes;
        let scale =
            |part: u32| ((u64::from(part) * u64::from(homes) + u64::from(S0_HOMES) / 2) / u64::from(S0_HOMES)) as u32;
        let (council, freehold) = (scale(S0_COUNCIL), scale(S0_FREEHOLD));
        let leasehold = homes.saturating_sub(council + freehold + DUPLICATE_HOMES);
        let mut dice = Dice::new(self.config.seed, Kind::Tenure, 0);
        let mut candidates: Vec<usize> =
            (0..self.world.homes.len()).filter(|position| !self.world.homes[*position].sheltered).collect();
        dice.shuffle(&mut candidates);
        // Flats first for leases and houses first for freeholds; a small landlord may have too few of either.
        let mut flats: Vec<usize> = candidates.iter().copied().filter(|p| self.world.homes[*p].in_block).collect();
        let mut houses: Vec<usize> = candidates.iter().copied().filter(|p| !self.world.homes[*p].in_block).collect();
        for (tenure, count) in [(Tenure::Leasehold, leasehold), (Tenure::Freehold, freehold)] {
            for _ in 0..count {
                let position = match tenure {
                    Tenure::Leasehold => flats.pop().or_else(|| houses.pop()),
                    _ => houses.pop().or_else(|| flats.pop()),
                };
                if let Some(position) = position {
                    self.world.homes[position].tenure = tenure;
                }
            }
        }
        self.duplicates(&mut dice);
    }

    fn duplicates(&mut self, dice: &mut Dice) {
        let originals = self.world.homes.len();
        for number in 0..DUPLICATE_HOMES as usize {
            let position = self.world.homes.len();
            let span = originals / DUPLICATE_HOMES as usize;
            let original = number * span + dice.index(span);
            let mut copy = self.world.homes[original].clone();
            copy.id = dice.id_at(register_moment(position));
            copy.reference = format!("H-{}", FIRST_HOME + position);
            copy.uprn = Some(UPRN_BASE + position as u64 * 13);
            copy.tenure = Tenure::Leasehold;
            copy.line_1 =
                copy.line_1.replace("Flat ", "").replace(" Road", " Rd").replace(" Close", " Cl").to_uppercase();
            copy.alerts.clear();
            self.world.homes.push(copy);
        }
    }

    fn patches(&mut self) {
        let total = self.world.homes.len();
        let count = total.div_ceil(PATCH_HOMES).max(1);
        let size = total.div_ceil(count);
        for (position, home) in self.world.homes.iter_mut().enumerate() {
            let patch = position / size;
            home.patch = patch as u16;
            if self.world.patches.len() <= patch {
                let ward = WARDS[usize::from(home.ward)].name;
                self.world.patches.push(Patch { name: format!("Patch {}, {ward}", patch + 1), homes: 0 });
            }
            self.world.patches[patch].homes += 1;
        }
    }
}

fn block_form(dice: &mut Dice, flats: u32, sheltered: bool, tower: bool) -> (i16, &'static str, u8) {
    if sheltered {
        return (1972 + dice.between(0, 20) as i16, "sheltered flat", if flats > 30 { 3 } else { 2 });
    }
    if tower {
        return (1961 + dice.between(0, 8) as i16, "tower flat", 12 + dice.between(0, 3) as u8);
    }
    let storeys = if flats > 16 { 4 } else { 3 };
    let (year, archetype) = *dice.pick(&[
        (1938, "inter-war walk-up flat"),
        (1956, "1950s walk-up flat"),
        (1965, "1960s maisonette"),
        (1968, "1960s walk-up flat"),
        (1976, "1970s walk-up flat"),
        (1986, "1980s walk-up flat"),
        (2014, "new-build flat"),
    ]);
    (year + dice.between(0, 4) as i16, archetype, storeys)
}

fn height_cm(storeys: u8) -> u32 {
    u32::from(storeys) * 280 + 120
}

fn bedrooms(dice: &mut Dice, cluster: &Cluster) -> u8 {
    let weights: [u32; 6] = match (cluster.sheltered, cluster.in_block, cluster.storeys) {
        (true, ..) => [12, 80, 8, 0, 0, 0],
        (_, true, storeys) if storeys > 8 => [4, 48, 48, 0, 0, 0],
        (_, true, _) => [2, 42, 48, 8, 0, 0],
        (_, _, 1) => [0, 52, 44, 4, 0, 0],
        _ => [0, 0, 30, 58, 10, 2],
    };
    dice.weighted(&weights) as u8
}

/// Newer homes score better; a third of the older ones have been improved.
fn energy_score(dice: &mut Dice, cluster: &Cluster) -> u8 {
    let base = match cluster.build_year {
        ..1945 => 58,
        1945..1965 => 62,
        1965..1980 => 65,
        1980..2005 => 69,
        _ => 82,
    };
    let improved = if base < 70 && dice.chance(3_300) { 9 } else { 0 };
    let electric = if cluster.heating.contains("storage") { -6 } else { 0 };
    (base + improved + electric + dice.between(-7, 7)).clamp(12, 96) as u8
}

/// The bands of the energy performance certificate.
fn energy_band(sap: u8) -> char {
    match sap {
        92.. => 'A',
        81..92 => 'B',
        69..81 => 'C',
        55..69 => 'D',
        39..55 => 'E',
        21..39 => 'F',
        _ => 'G',
    }
}

fn alerts(dice: &mut Dice, build_year: i16) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut add = |dice: &mut Dice, kind, texts: &[&'static str]| {
        let recorded_days_ago = dice.between(30, 2_900) as u16;
        alerts.push(Alert { kind, text: texts[dice.index(texts.len())], recorded_days_ago });
    };
    if (1945..1985).contains(&build_year) && dice.chance(3_800) {
        add(
            dice,
            AlertKind::Asbestos,
            &[
                "Textured coating to ceilings, presumed to hold asbestos. Do not drill or sand.",
                "Vinyl floor tiles in kitchen and hall, sampled: chrysotile. Leave undisturbed.",
                "Cement soffits and rainwater goods. Use the asbestos method statement.",
                "Insulating board in the airing cupboard door. Encapsulated 2017.",
            ],
        );
    }
    if dice.chance(250) {
        add(
            dice,
            AlertKind::NoAccess,
            &[
                "Access failed at the last stock-condition survey.",
                "Two failed gas service visits. Agree the appointment by telephone first.",
            ],
        );
    }
    if dice.chance(90) {
        add(
            dice,
            AlertKind::Warning,
            &[
                "Visit in pairs.",
                "Large dog: ask for it to be shut away before entering.",
                "Needles found at an earlier visit: wear protective gloves.",
            ],
        );
    }
    alerts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_and_complete() {
        assert_eq!(share_out(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(share_out(7, &[5, 0, 2]), [5, 0, 2]);
        assert_eq!(share_out(0, &[3, 4]), [0, 0]);
    }

    #[test]
    fn energy_bands_meet_their_limits() {
        assert_eq!([92, 91, 81, 80, 69, 68, 55, 54].map(energy_band), ['A', 'B', 'B', 'C', 'C', 'D', 'D', 'E']);
    }
}
