//! The form of a person: reading it and showing it.

use super::model::{CHANNELS, Details, words};
use rooftree_frame::Form;
use rooftree_kernel::{FieldErrors, typed::Span};
use rooftree_ui::{
    Markup,
    forms::{self, Choice, Field, Size, day_value},
    html,
};

/// The names of the form's fields.
pub const NAMES: &[&str] = &[
    "external_ref",
    "external_source",
    "title",
    "given_name",
    "family_name",
    "known_as",
    "birth_day",
    "language",
    "interpreter",
    "preferred_channel",
    "contact_notes",
    "died_on",
];

/// Reads the form. What cannot be read is noted; the rest is judged by the command.
pub fn read(form: &Form, errors: &mut FieldErrors) -> Details {
    let text = |name: &str| form.get(name).to_owned();
    Details {
        external_ref: form.optional("external_ref"),
        external_source: form.optional("external_source"),
        title: text("title"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        known_as: text("known_as"),
        birth_day: form.day_optional("birth_day", Span::ANY, errors),
        language: form.optional("language").unwrap_or_else(|| "English".to_owned()),
        interpreter: form.ticked("interpreter"),
        preferred_channel: text("preferred_channel"),
        contact_notes: form.lines("contact_notes").to_owned(),
        died_on: form.day_optional("died_on", Span::ANY, errors),
    }
}

/// What the form shows for stored details.
pub fn stored(details: &Details) -> Form {
    let day = |day: Option<rooftree_kernel::Day>| day.map(day_value).unwrap_or_default();
    let values = [
        ("external_ref", details.external_ref.clone().unwrap_or_default()),
        ("external_source", details.external_source.clone().unwrap_or_default()),
        ("title", details.title.clone()),
        ("given_name", details.given_name.clone()),
        ("family_name", details.family_name.clone()),
        ("known_as", details.known_as.clone()),
        ("birth_day", day(details.birth_day)),
        ("language", details.language.clone()),
        ("interpreter", if details.interpreter { "yes".to_owned() } else { String::new() }),
        ("preferred_channel", details.preferred_channel.clone()),
        ("contact_notes", details.contact_notes.clone()),
        ("died_on", day(details.died_on)),
    ];
    Form::of(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A value as the table of differences shows it.
pub fn shown(name: &str, form: &Form) -> String {
    match (name, form.get(name)) {
        ("interpreter", value) => if value.is_empty() { "no" } else { "yes" }.to_owned(),
        ("preferred_channel", key) => words(CHANNELS, key).to_owned(),
        (_, "") => "not recorded".to_owned(),
        (_, value) => value.to_owned(),
    }
}

/// The fields shared by adding and changing a person.
pub fn fields(typed: &Form, errors: &FieldErrors, languages: &[String], with_death: bool) -> Markup {
    let field = |name: &'static str, label: &'static str| {
        Field::new(name, label).value(typed.get(name).to_owned()).errors(errors)
    };
    let channels: Vec<Choice<'_>> = CHANNELS.iter().map(|channel| Choice::new(channel.0, channel.1)).collect();
    html! {
        (forms::fieldset("Who", html! {
            (forms::row(&[
                forms::text(field("title", "Title").size(Size::Chars5).optional()),
                forms::text(field("given_name", "First names").optional()),
                forms::text(field("family_name", "Family name")),
            ]))
            (forms::row(&[
                forms::text(field("known_as", "Known as").optional()),
                forms::date(field("birth_day", "Date of birth").optional()),
                forms::code(field("external_ref", "Source reference").size(Size::Chars20).optional()),
                forms::text(field("external_source", "Source").hint("The system it comes from, like Capita").size(Size::Chars20).optional()),
            ]))
            @if with_death { (forms::date(field("died_on", "Died on").hint("Messages to them stop from this day").optional())) }
        }))
        (forms::fieldset("How to talk with them", html! {
            (forms::row(&[
                forms::text(field("language", "Language they speak best").list("languages").size(Size::Chars20)),
                forms::select(field("preferred_channel", "Preferred way"), None, &channels),
            ]))
            (forms::datalist("languages", languages.iter().map(String::as_str)))
            (rooftree_ui::choices::checkbox(field("interpreter", "They need an interpreter"), typed.ticked("interpreter")))
            (forms::textarea(field("contact_notes", "Notes on contact").value(typed.lines("contact_notes").to_owned()).hint("Like: call after 4 pm; speak to the daughter first").optional(), 2, Some(500)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back_the_same() {
        let details = Details {
            family_name: "Yusuf".into(),
            birth_day: "1980-12-18".parse().ok(),
            interpreter: true,
            language: "Somali".into(),
            ..Details::default()
        };
        let mut errors = FieldErrors::default();
        assert_eq!(read(&stored(&details), &mut errors), details);
        assert!(errors.is_empty());
    }
}
