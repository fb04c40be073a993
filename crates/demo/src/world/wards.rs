//! The wards of the city and the invented streets in them.
//!
//! Ward names are those in use since 2021; centres are rounded national grid references (contains OS data © Crown copyright
//! 2014, Open Government Licence v3.0). How the stock spreads over the wards is invented.

/// A ward of the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ward {
    /// A short key.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Grid reference of about its middle, in metres east.
    pub easting: i32,
    /// Grid reference of about its middle, in metres north.
    pub northing: i32,
    /// Its share of the stock, in tenths of a per cent or so: only the proportions matter.
    pub stock_weight: u32,
    /// How many of a hundred homes are flats.
    pub flats_percent: u32,
    /// True where tower blocks stand.
    pub towers: bool,
    /// A postcode sector in the local style that is not in use.
    pub sector: &'static str,
}

const fn ward(
    (key, name): (&'static str, &'static str),
    (easting, northing): (i32, i32),
    (stock_weight, flats_percent, towers): (u32, u32, bool),
    sector: &'static str,
) -> Ward {
    Ward { key, name, easting, northing, stock_weight, flats_percent, towers, sector }
}

/// The 24 wards, by name.
pub const WARDS: [Ward; 24] = [
    ward(("barton-and-sandhills", "Barton and Sandhills"), (455_500, 207_700), (90, 32, true), "OX3 6"),
    ward(("blackbird-leys", "Blackbird Leys"), (455_700, 203_000), (120, 38, true), "OX4 8"),
    ward(("carfax-and-jericho", "Carfax and Jericho"), (451_000, 206_300), (20, 80, false), "OX1 6"),
    ward(("churchill", "Churchill"), (454_700, 206_200), (60, 40, false), "OX3 5"),
    ward(("cowley", "Cowley"), (454_200, 204_000), (50, 44, false), "OX4 0"),
    ward(("cutteslowe-and-sunnymead", "Cutteslowe and Sunnymead"), (450_900, 209_900), (50, 36, false), "OX2 5"),
    ward(("donnington", "Donnington"), (452_900, 204_900), (40, 55, false), "OX4 5"),
    ward(("headington", "Headington"), (454_400, 207_100), (20, 40, false), "OX3 4"),
    ward(("headington-hill-and-northway", "Headington Hill and Northway"), (453_500, 207_800), (70, 42, true), "OX3 2"),
    ward(("hinksey-park", "Hinksey Park"), (451_500, 205_000), (25, 52, false), "OX1 7"),
    ward(("holywell", "Holywell"), (451_600, 206_300), (3, 90, false), "OX1 8"),
    ward(("littlemore", "Littlemore"), (454_300, 202_900), (80, 40, false), "OX4 8"),
    ward(("lye-valley", "Lye Valley"), (455_200, 204_800), (60, 34, true), "OX4 0"),
    ward(("marston", "Marston"), (452_700, 208_000), (45, 36, false), "OX3 1"),
    ward(("northfield-brook", "Northfield Brook"), (455_400, 202_300), (100, 46, false), "OX4 5"),
    ward(("osney-and-st-thomas", "Osney and St Thomas"), (450_300, 206_200), (25, 74, false), "OX2 1"),
    ward(("quarry-and-risinghurst", "Quarry and Risinghurst"), (455_500, 207_000), (20, 26, false), "OX3 4"),
    ward(("rose-hill-and-iffley", "Rose Hill and Iffley"), (453_200, 203_500), (90, 34, false), "OX4 5"),
    ward(("st-clements", "St Clement’s"), (452_900, 205_900), (25, 76, false), "OX4 0"),
    ward(("st-marys", "St Mary’s"), (452_800, 205_500), (12, 62, false), "OX4 0"),
    ward(("summertown", "Summertown"), (450_700, 209_100), (10, 70, false), "OX2 4"),
    ward(("temple-cowley", "Temple Cowley"), (454_000, 204_800), (35, 50, false), "OX4 0"),
    ward(("walton-manor", "Walton Manor"), (450_900, 207_600), (10, 72, false), "OX2 3"),
    ward(("wolvercote", "Wolvercote"), (449_900, 210_200), (30, 34, false), "OX2 2"),
];

const FIRST: [&str; 50] = [
    "Alder", "Ashen", "Birk", "Brand", "Cald", "Chil", "Clay", "Cran", "Dun", "Elder", "Elm", "Fern", "Fox", "Gors",
    "Hather", "Haw", "Hazel", "Holm", "Ken", "Lark", "Lind", "Mead", "Mil", "Nether", "Oaken", "Otter", "Pen", "Plum",
    "Ravens", "Rush", "Sedge", "Shil", "Sorrel", "Stane", "Sten", "Swin", "Teal", "Thorn", "Til", "Wain", "Wal",
    "Wether", "Whit", "Wilder", "Wind", "Wren", "Wych", "Yarn", "Yew", "Brooks",
];
const SECOND: [&str; 14] = [
    "ley", "combe", "wick", "bourne", "field", "hurst", "den", "mere", "well", "stead", "croft", "thorpe", "dale",
    "low",
];
const SUFFIXES: [&str; 12] =
    ["Road", "Close", "Way", "Avenue", "Crescent", "Gardens", "Lane", "Drive", "Place", "Grove", "Rise", "Green"];

/// Letters used in the last two places of a postcode.
const UNIT_LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// Hands out names and postcodes, each once as far as they last.
#[derive(Debug)]
pub(crate) struct Gazetteer {
    stems: Vec<(usize, usize)>,
    next_stem: usize,
    units: Vec<(&'static str, u32)>,
}

impl Gazetteer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut stems: Vec<(usize, usize)> =
            (0..FIRST.len()).flat_map(|first| (0..SECOND.len()).map(move |second| (first, second))).collect();
        crate::streams::Dice::new(seed, crate::streams::Kind::Streets, 0).shuffle(&mut stems);
        Self { stems, next_stem: 0, units: Vec::new() }
    }

    /// A place-name stem; the round tells how often the list has been used up.
    fn stem(&mut self) -> (String, usize) {
        let (first, second) = self.stems[self.next_stem % self.stems.len()];
        let round = self.next_stem / self.stems.len();
        self.next_stem += 1;
        (format!("{}{}", FIRST[first], SECOND[second]), round)
    }

    /// The name of a street, unlike any before it.
    pub(crate) fn street(&mut self) -> String {
        let (stem, round) = self.stem();
        let suffix = SUFFIXES[(self.next_stem + round) % SUFFIXES.len()];
        match round / SUFFIXES.len() {
            0 => format!("{stem} {suffix}"),
            times => format!("{} {stem} {suffix}", ["Upper", "Lower", "North", "South"][(times - 1) % 4]),
        }
    }

    /// The name of a block or estate: a stem and the given last word.
    pub(crate) fn named(&mut self, last: &str) -> String {
        let (stem, round) = self.stem();
        match round {
            0 => format!("{stem} {last}"),
            _ => format!("{stem} {} {last}", ["East", "West", "North", "South"][round % 4]),
        }
    }

    /// A fresh postcode in the ward's sector; after 400 the sector begins again.
    pub(crate) fn postcode(&mut self, ward: &Ward) -> String {
        let position = match self.units.iter().position(|(sector, _)| *sector == ward.sector) {
            Some(position) => position,
            None => {
                self.units.push((ward.sector, 0));
                self.units.len() - 1
            }
        };
        let unit = self.units[position].1 as usize % 400;
        self.units[position].1 += 1;
        let (one, two) = (UNIT_LETTERS[unit / 20] as char, UNIT_LETTERS[unit % 20] as char);
        format!("{}{one}{two}", ward.sector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs};

    fn places_file(name: &str) -> Option<String> {
        let path = format!("{}/../../../shared/data/places/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).ok();
        if text.is_none() {
            println!("skipped: {path} is not here");
        }
        text
    }

    #[test]
    fn no_invented_street_is_a_street_of_oxford() {
        let Some(text) = places_file("oxford_street_names.csv") else { return };
        let real: BTreeSet<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert!(real.len() > 100);
        for (first, second) in FIRST.iter().flat_map(|first| SECOND.iter().map(move |second| (first, second))) {
            for suffix in SUFFIXES {
                let street = format!("{first}{second} {suffix}");
                assert!(!real.contains(street.as_str()), "{street} is real");
            }
        }
    }

    #[test]
    fn no_postcode_sector_is_in_use() {
        let Some(text) = places_file("postcodes_oxford_2014.csv") else { return };
        let real: BTreeSet<&str> = text.lines().skip(1).filter_map(|line| line.get(0..5)).collect();
        assert!(real.contains("OX4 6"));
        for ward in WARDS {
            assert!(!real.contains(ward.sector), "{} is in use", ward.sector);
        }
    }

    #[test]
    fn streets_do_not_repeat_soon() {
        let mut gazetteer = Gazetteer::new(42);
        let streets: BTreeSet<String> = (0..8_000).map(|_| gazetteer.street()).collect();
        assert_eq!(streets.len(), 8_000);
    }
}
