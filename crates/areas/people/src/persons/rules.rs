//! Pure decisions about persons: what may be recorded, how contact points are written.

use super::model::{CHANNELS, Details};
use crate::rules::read_phone;
use email_address::{EmailAddress, Options};
use rooftree_kernel::{
    Day, FieldErrors,
    text::{self, LINE_ENDS},
};

/// Refuses what cannot be true of a person.
pub fn check(details: &Details, today: Day, errors: &mut FieldErrors) {
    let mut refuse = |holds: bool, field: &str, message: &str| {
        if !holds && errors.get(field).is_none() {
            errors.add(field, message);
        }
    };
    let short = |text: &str, length_max: usize| text.chars().count() <= length_max;
    refuse(!details.family_name.trim().is_empty(), "family_name", "enter the family name, or the only name they use");
    for (field, text) in [
        ("given_name", &details.given_name),
        ("family_name", &details.family_name),
        ("known_as", &details.known_as),
        ("language", &details.language),
    ] {
        refuse(short(text, 80), field, "use at most 80 characters");
        // A name of two lines could pass for two rows of a list. Forms and imports make one of them; a program can send one.
        refuse(!text.contains(LINE_ENDS), field, "use one line");
    }
    refuse(short(&details.title, 20), "title", "use at most 20 characters");
    refuse(short(&details.contact_notes, 500), "contact_notes", "use at most 500 characters");
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
    refuse(!details.language.trim().is_empty(), "language", "enter the language they speak best");
    let known = CHANNELS.iter().any(|channel| channel.0 == details.preferred_channel);
    refuse(known, "preferred_channel", "choose phone, text, email or letter");
    let born = details.birth_day.is_none_or(|day| day <= today && today.days_since(day) < 366 * 125);
    refuse(born, "birth_day", "enter a date of birth in the last 125 years");
    let died = details.died_on.is_none_or(|day| day <= today && details.birth_day.is_none_or(|born| born <= day));
    refuse(died, "died_on", "enter a day after the birth and not in the future");
}

/// A contact point as it is kept: the value as people read it, and the form that is compared.
pub fn point(kind: &str, value: &str) -> Result<(String, String), &'static str> {
    let cleaned = text::clean(value);
    let value = cleaned.trim();
    match kind {
        "phone" => {
            let normal = read_phone(value)?;
            Ok((crate::rules::spoken_phone(&normal), normal))
        }
        "email" => {
            let value = read_email(value)?;
            let normal = value.to_lowercase();
            Ok((value, normal))
        }
        "post" => {
            let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            if !(2..=6).contains(&lines.len()) || value.len() > 400 {
                return Err("enter the address in two to six lines, the postcode last");
            }
            let value = lines.join("\n");
            let normal = value.to_lowercase();
            Ok((value, normal))
        }
        _ => Err("choose telephone, e-mail or post"),
    }
}

/// An address alone, or what to write instead.
fn read_email(value: &str) -> Result<String, &'static str> {
    if value.contains(['<', '>']) || value.to_lowercase().starts_with("mailto:") {
        return Err("enter the address alone, like name@example.org, without what stands around it");
    }
    if value.matches('@').count() > 1 {
        return Err("enter one address: give another by itself");
    }
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(value, options) {
        Ok(address) if !value.starts_with('"') => Ok(address.to_string()),
        _ => Err("enter an e-mail address, like name@example.org"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_points_are_kept_in_one_form() {
        assert_eq!(point("phone", "+44 7700 900123"), Ok(("07700 900123".into(), "447700900123".into())));
        assert_eq!(point("email", " A.Y@Example.org ").map(|p| p.1), Ok("a.y@example.org".into()));
        assert_eq!(point("post", "1 Mill Lane\n\n OX4 9XY ").map(|p| p.0), Ok("1 Mill Lane\nOX4 9XY".into()));
        for (kind, value) in [
            ("phone", "none"),
            ("email", "a@b"),
            ("email", "@x.org"),
            ("email", "a b@x.org"),
            ("post", "OX4"),
            ("fax", "1"),
        ] {
            assert!(point(kind, value).is_err(), "{kind} {value}");
        }
    }

    #[test]
    fn an_address_stands_alone() {
        for (given, kept) in [
            ("nora.quill\u{200b}@example.org", "nora.quill@example.org"),
            ("\u{feff}nora2@example.org", "nora2@example.org"),
            ("o'nora13@example.org", "o'nora13@example.org"),
            ("nora14@example.org\u{a0}", "nora14@example.org"),
        ] {
            assert_eq!(point("email", given).map(|p| p.0).as_deref(), Ok(kept), "{given}");
        }
        for given in [
            "<nora3@example.org>",
            "mailto:nora4@example.org",
            "nora5@example..org",
            "nora6.@example.org",
            "nora7@example.org, nora8@example.org",
            "Nora <nora9@example.org>",
            "nora12@-example.org",
            "nora,15@example.org",
            "nora16@example",
        ] {
            assert!(point("email", given).is_err(), "{given}");
        }
    }

    #[test]
    fn a_person_needs_a_name_and_a_possible_birthday() {
        let today: Day = "2026-11-22".parse().unwrap();
        let mut errors = FieldErrors::default();
        let impossible =
            Details { birth_day: "1890-01-01".parse().ok(), died_on: "2027-01-01".parse().ok(), ..Details::default() };
        check(&impossible, today, &mut errors);
        for field in ["family_name", "birth_day", "died_on"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
        let mut errors = FieldErrors::default();
        check(&Details { family_name: "Yusuf".into(), ..Details::default() }, today, &mut errors);
        assert!(errors.is_empty(), "{errors}");
        check(&Details { family_name: "Yusuf\nKhan".into(), ..Details::default() }, today, &mut errors);
        assert_eq!(errors.get("family_name"), Some("use one line"));
    }
}
