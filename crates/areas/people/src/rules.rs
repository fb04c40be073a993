//! Pure decisions about people: telephone numbers, the best way to reach somebody.

use rooftree_kernel::{text, typed};

/// A telephone number as digits in international form (`447700900123`), or `None` when it cannot be one.
pub fn normal_phone(text: &str) -> Option<String> {
    read_phone(text).ok()
}

/// Digits of a number in this country behind its 44.
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 9..=10;

/// The same, or what to write instead. Numbers of this country are taken by their length alone: the library knows which are given out, and
/// leaves out those that are kept for plays and tests.
pub fn read_phone(text: &str) -> Result<String, &'static str> {
    const OTHER: &str = "enter a telephone number, like 07700 900123 or +33 1 23 45 67 89";
    let cleaned = text::clean(text);
    let text: String = cleaned.trim().chars().map(narrow).collect();
    if typed::is_shortened(&text) {
        return Err("a spreadsheet has shortened this number: format the column as text and fill it in again");
    }
    if text.contains(['/', ',', ';', '&']) {
        return Err("enter one number: give another by itself");
    }
    if text.contains(char::is_alphabetic) && text.contains(|c: char| c.is_ascii_digit()) {
        return Err("enter the number alone: an extension, or whose it is, belongs into the notes on contact");
    }
    if text.chars().any(|c| !c.is_ascii_digit() && !" +-().".contains(c)) {
        return Err(OTHER);
    }
    let last: Vec<char> = text.chars().rev().filter(char::is_ascii_digit).take(8).collect();
    if last.len() == 8 && last.iter().all(|digit| *digit == last[0]) {
        return Err("this stands for a number that nobody knows: leave it empty");
    }
    let number = phonenumber::parse(Some(phonenumber::country::GB), &text).map_err(|_| OTHER)?;
    let normal = number.format().mode(phonenumber::Mode::E164).to_string().trim_start_matches('+').to_owned();
    let sound = match normal.strip_prefix("44") {
        Some(national) => NATIONAL_DIGITS.contains(&national.len()) && !national.starts_with(['0', '4', '6']),
        None => number.is_valid(),
    };
    if sound { Ok(normal) } else { Err(OTHER) }
}

/// The narrow sign for a wide one of East Asian writing.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A number as people in this country write it: `07700 900123`, `01865 496000`, else `+33 …`.
pub fn spoken_phone(normal: &str) -> String {
    match normal.strip_prefix("44") {
        Some(rest) if rest.len() == 10 => format!("0{} {}", &rest[..4], &rest[4..]),
        Some(rest) => format!("0{rest}"),
        None => format!("+{normal}"),
    }
}

/// True for numbers that can take a text.
pub fn is_mobile(normal: &str) -> bool {
    normal.starts_with("447") && normal.len() == 12
}

/// The digits to look for when somebody types (part of) a number: international form without the prefix that varies.
pub fn phone_digits(text: &str) -> Option<String> {
    if text.chars().any(|c| !c.is_ascii_digit() && !" +-().".contains(c)) {
        return None;
    }
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("0044").or(digits.strip_prefix("44")).unwrap_or(&digits);
    let digits = digits.trim_start_matches('0');
    (digits.len() >= 4).then(|| digits.to_owned())
}

/// A contact point, as the choice of a way needs it.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// phone, email, post.
    pub kind: &'a str,
    /// International digits, lower-case e-mail.
    pub normal: &'a str,
    /// What was written down.
    pub value: &'a str,
    /// The one they prefer among its kind.
    pub preferred: bool,
}

/// The way a message can go: `text`, `email` or `letter`, and where to. A person who wants a call gets a text where they can; whoever
/// cannot have what they prefer gets the next best; a letter goes to the postal contact point, or else home.
pub fn best_way(preferred_channel: &str, points: &[Point<'_>], home: Option<&str>) -> Option<(&'static str, String)> {
    let best = |test: &dyn Fn(&Point<'_>) -> bool| {
        points.iter().filter(|point| test(point)).max_by_key(|point| point.preferred).copied()
    };
    let text = best(&|p| p.kind == "phone" && is_mobile(p.normal)).map(|p| ("text", format!("+{}", p.normal)));
    let email = best(&|p| p.kind == "email").map(|p| ("email", p.normal.to_owned()));
    let post = best(&|p| p.kind == "post").map(|p| p.value.to_owned()).or_else(|| home.map(str::to_owned));
    let letter = post.map(|address| ("letter", address));
    match preferred_channel {
        "email" => email.or(text).or(letter),
        "letter" => letter.or(text).or(email),
        _ => text.or(email).or(letter),
    }
}

/// The lines of a letter's address: name, then the address cut at its commas, then the postcode; seven lines at most, as the sender asks.
pub fn postal_lines(name: &str, address: &str, postcode: &str) -> String {
    let mut lines: Vec<String> = vec![name.to_owned()];
    let parts: Vec<&str> = address.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let (own, rest) = parts.split_at(parts.len().min(4));
    lines.extend(own.iter().map(|part| (*part).to_owned()));
    if !rest.is_empty() {
        lines.push(rest.join(", "));
    }
    lines.push(postcode.to_owned());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in
            ["07700 900123", "+44 7700 900123", "+44 (0)7700 900123", "0044 7700-900123", "447700900123", "7700900123"]
        {
            assert_eq!(normal_phone(text).as_deref(), Some("447700900123"), "{text}");
        }
        assert_eq!(normal_phone("01865 496000").as_deref(), Some("441865496000"));
        assert_eq!(normal_phone("+33 1 23 45 67 89").as_deref(), Some("33123456789"));
        for text in ["", "12345", "call me", "0", "+44", "123456789012345678"] {
            assert_eq!(normal_phone(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, number) in [
            ("+44 07700 900831", "447700900831"),
            ("0044 (0)7700 900833", "447700900833"),
            ("07700\u{a0}900834", "447700900834"),
            ("07700\u{2011}900835", "447700900835"),
            ("\u{202a}07700 900836\u{202c}", "447700900836"),
            ("07700 900837\u{200b}", "447700900837"),
            ("(01632) 960198", "441632960198"),
            ("+353 1 555 0123", "35315550123"),
            ("１６３２９６０１９６", "441632960196"),
        ] {
            assert_eq!(read_phone(text).as_deref(), Ok(number), "{text}");
        }
        for (text, part) in [
            ("07700 900838 (mum)", "notes on contact"),
            ("01632 960199 ext 12", "notes on contact"),
            ("07700 900841 / 07700 900842", "one number"),
            ("01632960197,07700900843", "one number"),
            ("7.70090084E+09", "shortened"),
            ("00000000000", "leave it empty"),
            ("07000000000", "leave it empty"),
        ] {
            assert!(read_phone(text).unwrap_err().contains(part), "{text}: {:?}", read_phone(text));
        }
    }

    #[test]
    fn numbers_are_shown_as_they_are_said() {
        assert_eq!(spoken_phone("447700900123"), "07700 900123");
        assert_eq!(spoken_phone("33123456789"), "+33123456789");
    }

    #[test]
    fn part_of_a_number_can_be_looked_for() {
        assert_eq!(phone_digits("900123").as_deref(), Some("900123"));
        assert_eq!(phone_digits("07700 900").as_deref(), Some("7700900"));
        assert_eq!(phone_digits("+44 7700 900").as_deref(), Some("7700900"));
        assert_eq!(phone_digits("123"), None);
        assert_eq!(phone_digits("OX4 1AA"), None);
    }

    #[test]
    fn the_preferred_way_wins_and_the_next_best_follows() {
        let point = |kind, normal, preferred| Point { kind, normal, value: normal, preferred };
        let all = [
            point("phone", "441865496000", true),
            point("phone", "447700900001", false),
            point("phone", "447700900002", true),
            point("email", "a@example.org", false),
        ];
        assert_eq!(best_way("phone", &all, Some("home")), Some(("text", "+447700900002".into())));
        assert_eq!(best_way("email", &all, Some("home")), Some(("email", "a@example.org".into())));
        assert_eq!(best_way("letter", &all, Some("home")), Some(("letter", "home".into())));
        assert_eq!(best_way("text", &all[..1], Some("home")), Some(("letter", "home".into())));
        assert_eq!(best_way("email", &[], None), None);
    }

    #[test]
    fn a_letter_has_at_most_seven_lines() {
        let lines =
            postal_lines("Mrs A Yusuf", "Flat 2, Mill House, Mill Lane, Cowley, Oxenford, Oxenshire", "OX4 9XY");
        assert_eq!(lines.lines().count(), 7);
        assert!(lines.ends_with("OX4 9XY") && lines.contains("Oxenford, Oxenshire"));
    }
}
