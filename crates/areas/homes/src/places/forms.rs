//! The form of a place: reading it and showing it.

use super::{
    commands::Input,
    model::{Details, EPC_BANDS, KINDS, STATUSES, TENURES, Word},
    rules,
};
use rooftree_frame::Form;
use rooftree_kernel::FieldErrors;
use rooftree_ui::{
    Markup,
    forms::{self, Choice, Field, Size},
    html,
};

/// What the form shows: stored values, or what was typed.
pub struct Shown {
    values: Vec<(&'static str, String)>,
}

const NAMES: &[&str] = &[
    "kind",
    "name",
    "address",
    "postcode",
    "ward",
    "patch",
    "uprn",
    "external_ref",
    "external_source",
    "tenure",
    "status",
    "build_year",
    "archetype",
    "storeys",
    "height_m",
    "floor",
    "bedrooms",
    "heating",
    "epc",
    "easting",
    "northing",
    "notes",
    "parent",
];

impl Shown {
    /// What is stored.
    pub fn stored(details: &Details, parent: &str) -> Self {
        let value = serde_json::to_value(details).unwrap_or_default();
        let text = |name: &&'static str| match *name {
            "parent" => (*name, parent.to_owned()),
            name => (name, super::model::plain(&value[name])),
        };
        Self { values: NAMES.iter().map(text).collect() }
    }

    /// What was typed.
    pub fn typed(form: &Form) -> Self {
        Self { values: NAMES.iter().map(|name| (*name, typed(form, name).to_owned())).collect() }
    }

    /// One value.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|value| value.0 == name).map_or("", |value| value.1.as_str())
    }
}

/// The notes are several lines, all else is one.
fn typed<'a>(form: &'a Form, name: &str) -> &'a str {
    if name == "notes" { form.lines(name) } else { form.get(name) }
}

/// Reads the form. What cannot be read is noted; the rest is judged by the command.
pub fn read(form: &Form, errors: &mut FieldErrors) -> Input {
    let mut details = Details::default();
    rules::read(|name| Some(typed(form, name)), &mut details, errors);
    Input { details, parent: form.get("parent").to_owned() }
}

fn choices(words: &[Word]) -> Vec<Choice<'static>> {
    words.iter().map(|word| Choice::new(word.0, word.1)).collect()
}

/// What the form needs around its values.
pub struct Context<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// The session's token.
    pub csrf: &'a str,
    /// The version it was opened with; `None` for a new place.
    pub version: Option<i32>,
    /// Where `Cancel` leads.
    pub back: &'a str,
    /// Wards in use, as suggestions.
    pub wards: &'a [String],
    /// Patches in use.
    pub patches: &'a [String],
}

/// The form.
pub fn show(context: &Context<'_>, shown: &Shown, errors: &FieldErrors) -> Markup {
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(shown.get(name)).errors(errors);
    let wards = context.wards.iter().map(String::as_str);
    let patches = context.patches.iter().map(String::as_str);
    let body = html! {
        @if let Some(version) = context.version { (forms::hidden("version", &version.to_string())) }
        (forms::fieldset("What and where", html! {
            (forms::row(&[
                forms::select(field("kind", "Kind"), Some("Choose"), &choices(KINDS)),
                forms::select(field("status", "Status"), Some("Choose"), &choices(STATUSES)),
                forms::select(field("tenure", "Tenure").optional(), Some("None"), &choices(TENURES)),
            ]))
            (forms::text(field("name", "Name").hint("Of a block, an estate, a plant").size(Size::Chars30).optional()))
            (forms::text(field("address", "Address").hint("One line, without the postcode")))
            (forms::row(&[
                forms::code(field("postcode", "Postcode").size(Size::Chars10).optional()),
                forms::text(field("ward", "Ward").list("wards").size(Size::Chars20).optional()),
                forms::text(field("patch", "Patch").list("patches").size(Size::Chars20).optional()),
            ]))
            (forms::datalist("wards", wards)) (forms::datalist("patches", patches))
            (forms::code(field("parent", "Part of").hint("Reference of the block or estate, like P-10002").size(Size::Chars10).optional()))
            (forms::row(&[
                forms::number(field("uprn", "UPRN").size(Size::Chars20).optional()),
                forms::code(field("external_ref", "Source reference").hint("In the system it came from").size(Size::Chars20).optional()),
                forms::text(field("external_source", "Source").hint("That system, like Capita").size(Size::Chars20).optional()),
            ]))
            (forms::row(&[
                forms::number(field("easting", "Easting").size(Size::Chars10).suffix("m").optional()),
                forms::number(field("northing", "Northing").size(Size::Chars10).suffix("m").optional()),
            ]))
        }))
        (forms::fieldset("The building", building(&field)))
        (forms::textarea(field("notes", "Notes").optional(), 4, Some(2000)))
        (forms::buttons(&[forms::submit("Save"), forms::cancel(context.back)]))
    };
    forms::form(context.action, context.csrf, body)
}

fn building<'a>(field: &impl Fn(&'static str, &'static str) -> Field<'a>) -> Markup {
    let bands: Vec<Choice<'_>> = EPC_BANDS.iter().map(|band| Choice::new(*band, *band)).collect();
    html! {
        (forms::row(&[
            forms::text(field("archetype", "Archetype").hint("Like 1950s semi-detached house").optional()),
            forms::text(field("heating", "Heating").hint("Like gas combi").optional()),
        ]))
        (forms::row(&[
            forms::number(field("build_year", "Built").size(Size::Chars5).optional()),
            forms::number(field("bedrooms", "Bedrooms").size(Size::Chars3).optional()),
            forms::number(field("floor", "Floor").size(Size::Chars3).optional()),
            forms::number(field("storeys", "Storeys").size(Size::Chars3).optional()),
            forms::number(field("height_m", "Height").size(Size::Chars5).suffix("m").optional()),
            forms::select(field("epc", "Energy band").optional(), Some("None"), &bands),
        ]))
    }
}
