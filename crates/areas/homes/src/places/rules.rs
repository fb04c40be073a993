//! Pure decisions about places: what may be recorded, how postcodes and numbers are written, how a search is read.

use super::model::{Details, EPC_BANDS, KINDS, STATUSES, TENURES, Word};
use rooftree_kernel::{
    Day, FieldErrors, text,
    typed::{self, NumberError},
};

/// A postcode as it is written on envelopes (`OX4 9XY`), or `None` when the text is not one.
pub fn normal_postcode(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    if !bare.is_ascii() || !(5..=7).contains(&bare.len()) {
        return None;
    }
    // Girobank's, which follows no rule and is still delivered to.
    if bare == "GIR0AA" {
        return Some("GIR 0AA".to_owned());
    }
    let (outward, inward) = bare.split_at(bare.len() - 3);
    // These letters are never used there: they are too like others (Royal Mail's rules for postcodes). Only the first is held to it:
    // registers hold provisional postcodes whose last letter is not, and refusing those would cost the home.
    let inward_ok = matches!(inward.as_bytes(), [digit, first, last]
        if digit.is_ascii_digit() && first.is_ascii_uppercase() && last.is_ascii_uppercase() && !b"CIKMOV".contains(first));
    (is_outward(outward) && inward_ok).then(|| format!("{outward} {inward}"))
}

/// True for the first half of a postcode: `OX4`, `SW1A`.
fn is_outward(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letters = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let rest = &bytes[letters..];
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let tail = &rest[digits..];
    (1..=2).contains(&letters)
        && (1..=2).contains(&digits)
        && (tail.is_empty() || (digits == 1 && tail.len() == 1 && tail[0].is_ascii_uppercase()))
}

/// The beginning of a postcode as somebody types it (`ox4`, `OX49`, `ox4 9xy`), without blanks and in lower case; `None` when the
/// text cannot begin one.
pub fn postcode_start(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    if !bare.is_ascii() || !(2..=7).contains(&bare.len()) {
        return None;
    }
    let begins = (2..=bare.len().min(4)).any(|cut| {
        let (outward, inward) = bare.split_at(cut);
        let bytes = inward.as_bytes();
        is_outward(outward)
            && bytes.len() <= 3
            && bytes.first().is_none_or(u8::is_ascii_digit)
            && bytes.iter().skip(1).all(u8::is_ascii_uppercase)
    });
    begins.then(|| bare.to_ascii_lowercase())
}

/// What somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing yet.
    Nothing,
    /// A reference: `H-10001`.
    Reference(String),
    /// A property number of at least five digits.
    Uprn(String),
    /// (The beginning of) a postcode, lower case, without blanks.
    Postcode(String),
    /// Words of an address, lower case.
    Words(Vec<String>),
}

/// Reads a search. Digits alone are a property number only when there are many: `12` is a house.
pub fn read_search(text: &str) -> Wanted {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let digits_after = |prefix: &str| upper.strip_prefix(prefix).filter(|rest| rest.len() >= 3);
    if let Some(number) = digits_after("H-").or(digits_after("P-"))
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        return Wanted::Reference(upper);
    }
    // Systems pad property numbers with noughts.
    let bare = text.trim_start_matches('0');
    if text.len() >= 5 && (1..=12).contains(&bare.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
        return Wanted::Uprn(bare.to_owned());
    }
    if let Some(start) = postcode_start(text) {
        return Wanted::Postcode(start);
    }
    let words = tokens(text);
    if words.is_empty() { Wanted::Nothing } else { Wanted::Words(words) }
}

/// The words of a search: small letters without accents and digits only, so that they are safe in a pattern. Eight at most.
pub fn tokens(text: &str) -> Vec<String> {
    text::fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(|word| word.chars().take(40).collect())
        .collect()
}

/// The property number that words may be as well: the oldest have four digits, as a house number may have.
pub fn short_uprn(words: &[String]) -> Option<&str> {
    match words {
        [one] if one.len() == 4 && one.bytes().all(|b| b.is_ascii_digit()) => Some(one.trim_start_matches('0')),
        _ => None,
    }
}

/// Short forms of the words that end the name of a street or a building, and what they stand for.
const SHORT_FORMS: &[(&str, &str)] = &[
    ("av", "avenue"),
    ("ave", "avenue"),
    ("cl", "close"),
    ("cres", "crescent"),
    ("ct", "court"),
    ("dr", "drive"),
    ("gdns", "gardens"),
    ("gr", "grove"),
    ("hse", "house"),
    ("la", "lane"),
    ("ln", "lane"),
    ("pl", "place"),
    ("rd", "road"),
    ("sq", "square"),
    ("st", "street"),
    ("tce", "terrace"),
    ("terr", "terrace"),
    ("wk", "walk"),
];

/// What a word of an address stands for when it is a short form. The first word is no such thing: `st` there is a saint.
pub fn full_form(position: usize, word: &str) -> Option<&'static str> {
    SHORT_FORMS.iter().find(|(short, _)| position > 0 && *short == word).map(|(_, full)| *full)
}

/// A property number as it is compared, or why it is none. Systems pad it with noughts, and put blanks between its digits; the number is
/// the same. Spreadsheets shorten it, and then it is lost.
pub fn normal_uprn(text: &str) -> Result<String, &'static str> {
    if typed::is_shortened(text) {
        return Err(
            "a spreadsheet has shortened this UPRN: format the column as text or as a number without decimals, and fill it in again",
        );
    }
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.strip_suffix(".0").unwrap_or(&bare).trim_start_matches('0');
    if bare.is_empty() || bare.len() > 12 || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("enter the UPRN: up to 12 digits");
    }
    if bare.len() >= 9 && bare.ends_with("000000") {
        return Err(
            "this UPRN ends in six noughts, as when a spreadsheet has shortened it: fill it in again from where it was given",
        );
    }
    Ok(bare.to_owned())
}

/// Takes the cells that are given into the details; what is absent stays as it is. Notes what cannot be read.
pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>, into: &mut Details, errors: &mut FieldErrors) {
    let text = |key: &str, target: &mut String| {
        if let Some(value) = get(key) {
            *target = value.trim().to_owned();
        }
    };
    text("name", &mut into.name);
    text("address", &mut into.address);
    text("ward", &mut into.ward);
    text("patch", &mut into.patch);
    text("archetype", &mut into.archetype);
    text("heating", &mut into.heating);
    text("notes", &mut into.notes);
    if let Some(value) = get("postcode") {
        into.postcode = normal_postcode(value).unwrap_or_else(|| value.trim().to_owned());
    }
    if let Some(value) = get("uprn").map(str::trim) {
        match normal_uprn(value) {
            _ if value.is_empty() => into.uprn = None,
            Ok(uprn) => into.uprn = Some(uprn),
            Err(why) => errors.add("uprn", why),
        }
    }
    if let Some(value) = get("external_ref") {
        into.external_ref = Some(value.trim().to_owned()).filter(|key| !key.is_empty());
    }
    if let Some(value) = get("external_source") {
        into.external_source = Some(value.trim().to_owned()).filter(|source| !source.is_empty());
    }
    if let Some(value) = word("kind", KINDS, &get, errors) {
        into.kind = value.unwrap_or_default();
    }
    if let Some(value) = word("tenure", TENURES, &get, errors) {
        into.tenure = value;
    }
    if let Some(value) = word("status", STATUSES, &get, errors) {
        into.status = value.unwrap_or_default();
    }
    if let Some(value) = get("epc") {
        into.epc = Some(value.trim().to_ascii_uppercase()).filter(|band| !band.is_empty());
    }
    let whole = |text: &str| typed::whole(text).and_then(|n| i32::try_from(n).map_err(|_| NumberError::TooLarge));
    // The grid is kept to the metre; surveys give its decimals as well.
    let metres = |text: &str| typed::decimal(text).map(|metres| metres.round() as i32);
    number("build_year", &get, whole, &mut into.build_year, errors);
    number("storeys", &get, whole, &mut into.storeys, errors);
    number("height_m", &get, typed::decimal, &mut into.height_m, errors);
    number("floor", &get, whole, &mut into.floor, errors);
    number("bedrooms", &get, whole, &mut into.bedrooms, errors);
    number("easting", &get, metres, &mut into.easting, errors);
    number("northing", &get, metres, &mut into.northing, errors);
}

/// What other systems write for our words: of which vocabulary, as they say it, as we do.
const MEANT: &[(&str, &str, &str)] = &[
    ("kind", "house", "home"),
    ("kind", "flat", "home"),
    ("kind", "bungalow", "home"),
    ("kind", "maisonette", "home"),
    ("kind", "bedsit", "home"),
    ("kind", "studio", "home"),
    ("kind", "apartment", "home"),
    ("kind", "dwelling", "home"),
    ("kind", "property", "home"),
    ("kind", "building", "block"),
    ("kind", "block of flats", "block"),
    ("kind", "sheltered", "scheme"),
    ("kind", "parking", "car-park"),
    ("tenure", "general needs", "council"),
    ("tenure", "social rent", "council"),
    ("tenure", "rented", "council"),
    ("tenure", "leaseholder", "leasehold"),
    ("status", "let", "occupied"),
    ("status", "tenanted", "occupied"),
    ("status", "vacant", "void"),
    ("status", "empty", "void"),
    ("status", "sold", "disposed"),
];

/// Reads a word of a vocabulary, by key or by its words in either case. `Some(None)` when it was given as empty.
fn word<'a>(
    key: &str,
    vocabulary: &[Word],
    get: &impl Fn(&str) -> Option<&'a str>,
    errors: &mut FieldErrors,
) -> Option<Option<String>> {
    let given = get(key)?.trim();
    if given.is_empty() {
        return Some(None);
    }
    let meant = MEANT.iter().find(|(of, said, _)| *of == key && said.eq_ignore_ascii_case(given));
    let given = meant.map_or(given, |(_, _, word)| word);
    let same = |word: &&Word| [word.0, word.1, word.2].iter().any(|text| text.eq_ignore_ascii_case(given));
    match vocabulary.iter().find(same) {
        Some(found) => Some(Some(found.0.to_owned())),
        None => {
            let allowed: Vec<&str> = vocabulary.iter().map(|word| word.0).collect();
            errors.add(key, format!("‘{given}’ is not known here: use one of {}", allowed.join(", ")));
            None
        }
    }
}

fn number<'a, T>(
    key: &str,
    get: &impl Fn(&str) -> Option<&'a str>,
    read: impl Fn(&str) -> Result<T, NumberError>,
    target: &mut Option<T>,
    errors: &mut FieldErrors,
) {
    let Some(given) = get(key).map(str::trim) else { return };
    if given.is_empty() {
        *target = None;
        return;
    }
    match read(given) {
        Ok(value) => *target = Some(value),
        Err(why) => errors.add(key, format!("‘{given}’ {why}")),
    }
}

/// Refuses what cannot be true of a place today. The database holds the same limits, but for the year: what is being built now may be
/// finished next year, and no later.
pub fn check(details: &Details, today: Day, errors: &mut FieldErrors) {
    let year_max = i32::from(today.0.year()) + 1;
    let year_words = format!("enter a year between 1500 and {year_max}");
    let mut refuse = |holds: bool, field: &str, message: &str| {
        if !holds && errors.get(field).is_none() {
            errors.add(field, message);
        }
    };
    let short = |text: &str, length_max: usize| text.chars().count() <= length_max;
    let within = |value: Option<i32>, least: i32, most: i32| value.is_none_or(|value| (least..=most).contains(&value));
    let lived_in = matches!(details.kind.as_str(), "home" | "garage" | "other");
    refuse(!details.kind.is_empty(), "kind", "choose what kind of place it is");
    refuse(!details.address.is_empty(), "address", "enter the address");
    refuse(short(&details.address, 200), "address", "use at most 200 characters");
    refuse(short(&details.name, 100), "name", "use at most 100 characters");
    refuse(short(&details.notes, 2000), "notes", "use at most 2,000 characters");
    refuse(
        short(&details.ward, 60) && short(&details.patch, 60),
        "ward",
        "use at most 60 characters for ward and patch",
    );
    refuse(short(&details.archetype, 100), "archetype", "use at most 100 characters");
    refuse(short(&details.heating, 100), "heating", "use at most 100 characters");
    refuse(
        details.external_ref.as_deref().is_none_or(|key| short(key, 100)),
        "external_ref",
        "use at most 100 characters",
    );
    refuse(
        details.external_source.as_deref().is_none_or(|source| short(source, 60)),
        "external_source",
        "use at most 60 characters",
    );
    // A name of two lines could pass for two rows of a list. Forms and imports make one of them; a program can send one.
    for (field, line) in [
        ("name", &details.name),
        ("address", &details.address),
        ("ward", &details.ward),
        ("patch", &details.patch),
        ("archetype", &details.archetype),
        ("heating", &details.heating),
    ] {
        refuse(!line.contains(text::LINE_ENDS), field, "use one line");
    }
    let postcode_ok = details.postcode.is_empty() || normal_postcode(&details.postcode).is_some();
    refuse(postcode_ok, "postcode", "enter a full postcode, like OX4 9XY");
    let uprn_ok = details.uprn.as_deref().is_none_or(|n| n.len() <= 12 && n.bytes().all(|b| b.is_ascii_digit()));
    refuse(uprn_ok, "uprn", "enter the UPRN: up to 12 digits");
    refuse(!details.status.is_empty(), "status", "choose a status");
    refuse(lived_in || details.tenure.is_none(), "tenure", "only homes and garages have a tenure: leave it empty");
    let occupied = details.status != "occupied" || lived_in || details.kind == "scheme";
    refuse(occupied, "status", "nobody lives in such a place: use ‘in use’");
    let band_ok = details.epc.as_deref().is_none_or(|band| EPC_BANDS.contains(&band));
    refuse(band_ok, "epc", "use a band from A to G");
    refuse(within(details.build_year, 1500, year_max), "build_year", &year_words);
    refuse(within(details.storeys, 1, 100), "storeys", "enter a number between 1 and 100");
    refuse(within(details.floor, -3, 100), "floor", "enter a floor between −3 and 100; the ground floor is 0");
    refuse(within(details.bedrooms, 0, 20), "bedrooms", "enter a number between 0 and 20");
    let height_ok = details.height_m.is_none_or(|height| (0.0..1000.0).contains(&height));
    refuse(height_ok, "height_m", "enter the height in metres, like 18.5");
    refuse(within(details.easting, 0, 700_000), "easting", "enter metres on the national grid: 0 to 700000");
    refuse(within(details.northing, 0, 1_300_000), "northing", "enter metres on the national grid: 0 to 1300000");
    let both = details.easting.is_some() == details.northing.is_some();
    refuse(both, "northing", "give both easting and northing, or neither");
    let (east, north) = (details.easting.unwrap_or(1), details.northing.unwrap_or(1));
    refuse(
        (east, north) != (0, 0),
        "easting",
        "0, 0 is a point in the sea: leave both empty where the place is not known",
    );
    let swapped = east > 0 && north > 0 && !on_land(east, north) && on_land(north, east);
    refuse(!swapped, "easting", "this lies in the sea, and on land the other way round: exchange easting and northing");
}

/// Whether a point of the national grid may be on land in England or Wales, roughly: what lies west of the coast of Wales and Cornwall or
/// beyond the North Sea's is not. Coarse enough never to refuse a home, fine enough to tell a pair that was exchanged.
fn on_land(east: i32, north: i32) -> bool {
    let (least, most) = match north / 100_000 {
        0 => (80_000, 460_000),
        1 => (140_000, 640_000),
        2 => (170_000, 655_000),
        3 => (210_000, 655_000),
        4 => (290_000, 550_000),
        5 | 6 => (280_000, 480_000),
        _ => return false,
    };
    north >= 0 && (least..=most).contains(&east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_property_number_is_no_number() {
        for (text, number) in [
            ("000100199090004", "100199090004"),
            ("100 199 090 005", "100199090005"),
            ("100199090006.0", "100199090006"),
            ("100199090008\u{a0}", "100199090008"),
            ("1234", "1234"),
        ] {
            assert_eq!(normal_uprn(text).as_deref(), Ok(number), "{text}");
        }
        for (text, part) in [
            ("1.00199E+11", "shortened"),
            ("100199000000", "six noughts"),
            ("0", "up to 12 digits"),
            ("N/A", "up to 12 digits"),
        ] {
            assert!(normal_uprn(text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn coordinates_are_metres_on_land() {
        let checked = |easting: &str, northing: &str| {
            let (mut details, mut errors) = (Details::default(), FieldErrors::default());
            let cells = [("easting", easting), ("northing", northing)];
            read(|key| cells.iter().find(|cell| cell.0 == key).map(|cell| cell.1), &mut details, &mut errors);
            check(&details, Day::new(2026, 12, 18).unwrap(), &mut errors);
            (details.easting, details.northing, errors.get("easting").map(str::to_owned))
        };
        assert_eq!(checked("453120.53", "204,560"), (Some(453_121), Some(204_560), None));
        assert!(checked("0", "0").2.unwrap().contains("sea"));
        assert!(checked("204560", "653120").2.unwrap().contains("exchange"));
        for (east, north) in [("530000", "180000"), ("425000", "565000"), ("180000", "40000"), ("640000", "310000")] {
            assert_eq!(checked(east, north).2, None, "{east}, {north}");
        }
    }

    #[test]
    fn postcodes_are_written_one_way() {
        for (text, normal) in [
            ("GIR 0AA", "GIR 0AA"),
            ("BF1 3AA", "BF1 3AA"),
            ("EC1A1BB", "EC1A 1BB"),
            ("ox49xy", "OX4 9XY"),
            ("OX4  9XY", "OX4 9XY"),
            ("sw1a1aa", "SW1A 1AA"),
            ("b11bb", "B1 1BB"),
        ] {
            assert_eq!(normal_postcode(text).as_deref(), Some(normal));
        }
        for text in ["", "OX4", "OX4 9X", "1X4 9XY", "OX4 XXY", "OX4 9XYZ", "Öx4 9XY", "0X4 9ZJ", "OX4 9CK"] {
            assert_eq!(normal_postcode(text), None, "{text}");
        }
    }

    #[test]
    fn a_search_is_read_as_what_it_can_be() {
        assert_eq!(read_search(" h-10042 "), Wanted::Reference("H-10042".into()));
        assert_eq!(read_search("100120876"), Wanted::Uprn("100120876".into()));
        assert_eq!(read_search("OX4 9xy"), Wanted::Postcode("ox49xy".into()));
        assert_eq!(read_search("ox4"), Wanted::Postcode("ox4".into()));
        assert_eq!(read_search("12"), Wanted::Words(vec!["12".into()]));
        assert_eq!(read_search("12 Mill-Lane"), Wanted::Words(vec!["12".into(), "mill".into(), "lane".into()]));
        assert_eq!(read_search("%%"), Wanted::Nothing);
        assert_eq!(read_search("000100199090004"), Wanted::Uprn("100199090004".into()));
        assert_eq!(short_uprn(&tokens("1234")), Some("1234"));
        assert_eq!(short_uprn(&tokens("12")), None);
        assert_eq!(tokens("Zoë Quint"), ["zoe", "quint"]);
    }

    #[test]
    fn short_forms_are_understood_after_a_name() {
        for (position, word, full) in [
            (1, "rd", Some("road")),
            (2, "gdns", Some("gardens")),
            (1, "st", Some("street")),
            (0, "st", None),
            (1, "road", None),
        ] {
            assert_eq!(full_form(position, word), full, "{word}");
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let mut details = Details { ward: "Lye Valley".into(), bedrooms: Some(2), ..Details::default() };
        let mut errors = FieldErrors::default();
        let cells =
            [("kind", "HOME"), ("bedrooms", "3.0"), ("status", "Void"), ("uprn", "000123"), ("postcode", "ox49xy")];
        read(|key| cells.iter().find(|cell| cell.0 == key).map(|cell| cell.1), &mut details, &mut errors);
        assert!(errors.is_empty());
        assert_eq!((details.ward.as_str(), details.bedrooms, details.kind.as_str()), ("Lye Valley", Some(3), "home"));
        assert_eq!((details.uprn.as_deref(), details.postcode.as_str()), (Some("123"), "OX4 9XY"));
    }

    #[test]
    fn what_cannot_be_true_is_refused_by_name() {
        let details = Details {
            kind: "block".into(),
            address: "Mill House".into(),
            status: "occupied".into(),
            tenure: Some("council".into()),
            epc: Some("H".into()),
            easting: Some(1),
            build_year: Some(20),
            postcode: "nowhere".into(),
            ..Details::default()
        };
        let mut errors = FieldErrors::default();
        check(&details, Day::new(2026, 12, 18).unwrap(), &mut errors);
        for field in ["status", "tenure", "epc", "northing", "build_year", "postcode"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
        assert!(errors.get("address").is_none());
    }

    #[test]
    fn a_home_is_built_by_next_year_at_the_latest() {
        let today = Day::new(2026, 12, 18).unwrap();
        for (year, allowed) in [(999, false), (1890, true), (2027, true), (2028, false), (2099, false)] {
            let mut errors = FieldErrors::default();
            check(&Details { build_year: Some(year), ..Details::default() }, today, &mut errors);
            assert_eq!(errors.get("build_year").is_none(), allowed, "{year}");
        }
    }
}
