//! Pure decisions about people: telephone numbers, the best way to reach somebody.

/// A telephone number as digits in international form (`447700900123`), or `None` when it cannot be one.
pub fn normal_phone(text: &str) -> Option<String> {
    let text = text.trim();
    let international = text.starts_with('+') || text.starts_with("00");
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if text.chars().any(|c| !c.is_ascii_digit() && !" +-().".contains(c)) {
        return None;
    }
    let normal = match (international, digits.as_str()) {
        (true, all) => all.trim_start_matches("00").to_owned(),
        (false, all) if all.starts_with('0') => format!("44{}", all.trim_start_matches('0')),
        (false, all) if all.starts_with("44") && all.len() >= 12 => all.to_owned(),
        // A spreadsheet drops the leading nought of a mobile number.
        (false, all) if all.len() == 10 && all.starts_with('7') => format!("44{all}"),
        _ => return None,
    };
    (9..=15).contains(&normal.len()).then_some(normal)
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
