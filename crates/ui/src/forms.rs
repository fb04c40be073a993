//! Form controls: each ties its label, hint and error to its input, keeps what was typed, and refuses by name.
//!
//! ```
//! use rooftree_kernel::FieldErrors;
//! use rooftree_ui::forms::{self, Field};
//! let errors = FieldErrors::one("surname", "Enter a surname");
//! let html = forms::text(Field::new("surname", "Surname").hint("As on the tenancy").value("").errors(&errors));
//! assert!(html.into_string().contains("Enter a surname"));
//! ```

use crate::icons::{Icon, icon};
use maud::{Markup, html};
use rooftree_kernel::{Day, FieldErrors, Pence};
use std::borrow::Cow;

pub use crate::{
    choices::{Choice, checkbox, checkboxes, radios, select},
    uploads::{Upload, signature, upload},
};

/// The name of the hidden input that carries the token of [`csrf`].
pub const CSRF_FIELD: &str = "_csrf";

/// How much a text input is expected to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a number of characters")]
pub enum Size {
    /// The whole column.
    #[default]
    Full,
    Chars3,
    Chars5,
    Chars10,
    Chars20,
    Chars30,
}

impl Size {
    fn class(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Chars3 => "govuk-input--width-3",
            Self::Chars5 => "govuk-input--width-5",
            Self::Chars10 => "govuk-input--width-10",
            Self::Chars20 => "govuk-input--width-20",
            Self::Chars30 => "govuk-input--width-30",
        }
    }
}

/// What every control has: a name, a label, and perhaps a hint, a value and an error.
#[derive(Clone, Debug, Default)]
pub struct Field<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) label: Cow<'a, str>,
    pub(crate) hint: Option<Cow<'a, str>>,
    pub(crate) value: Cow<'a, str>,
    pub(crate) error: Option<Cow<'a, str>>,
    pub(crate) size: Size,
    pub(crate) optional: bool,
    pub(crate) heading: bool,
    pub(crate) label_hidden: bool,
    pub(crate) inline: bool,
    pub(crate) disabled: bool,
    pub(crate) autofocus: bool,
    pub(crate) autocomplete: Option<Cow<'a, str>>,
    pub(crate) prefix: Option<Cow<'a, str>>,
    pub(crate) suffix: Option<Cow<'a, str>>,
    pub(crate) list: Option<Cow<'a, str>>,
}

impl<'a> Field<'a> {
    /// A control by its name (in the submission and in [`FieldErrors`]) and its label.
    pub fn new(name: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// Help under the label.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'a, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What it holds: what was typed, or what is stored.
    #[must_use]
    pub fn value(mut self, value: impl Into<Cow<'a, str>>) -> Self {
        self.value = value.into();
        self
    }

    /// Takes the error for this name, if there is one.
    #[must_use]
    pub fn errors(mut self, errors: &FieldErrors) -> Self {
        self.error = errors.get(&self.name).map(|message| Cow::Owned(message.to_owned()));
        self
    }

    /// Its expected length.
    #[must_use]
    pub fn size(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// Adds “(optional)” to the label: required is the rule.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Makes the label the page's `h1`: for a page that asks one question.
    #[must_use]
    pub fn heading(mut self) -> Self {
        self.heading = true;
        self
    }

    /// Keeps the label for screen readers only.
    #[must_use]
    pub fn label_hidden(mut self) -> Self {
        self.label_hidden = true;
        self
    }

    /// Lays radios or checkboxes out in a row.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }

    /// Shows it but takes nothing.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Puts the cursor here when the page opens.
    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// The HTML autocomplete purpose, such as `tel` or `current-password`.
    #[must_use]
    pub fn autocomplete(mut self, purpose: impl Into<Cow<'a, str>>) -> Self {
        self.autocomplete = Some(purpose.into());
        self
    }

    /// Text before the input, such as `£`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Cow<'a, str>>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Text after the input, such as `per item`.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<Cow<'a, str>>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// The id of a [`datalist`] with suggestions.
    #[must_use]
    pub fn list(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.list = Some(id.into());
        self
    }

    /// The input's id.
    pub fn id(&self) -> String {
        field_id(&self.name)
    }

    pub(crate) fn described_by(&self, more: Option<&str>) -> Option<String> {
        let id = self.id();
        let mut parts = Vec::new();
        parts.extend(self.hint.as_ref().map(|_| format!("{id}-hint")));
        parts.extend(self.error.as_ref().map(|_| format!("{id}-error")));
        parts.extend(more.map(str::to_owned));
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    pub(crate) fn group_class(&self) -> &'static str {
        if self.error.is_some() { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" }
    }

    /// Hint and error, in the order that is read out.
    pub(crate) fn messages(&self) -> Markup {
        let id = self.id();
        html! {
            @if let Some(hint) = &self.hint { div.govuk-hint id={ (id) "-hint" } { (hint) } }
            @if let Some(error) = &self.error {
                p.govuk-error-message id={ (id) "-error" } { span.govuk-visually-hidden { "Error:" } " " (sentence(error)) }
            }
        }
    }

    pub(crate) fn label_text(&self) -> Markup {
        html! { (self.label) @if self.optional { span.rt-optional { " (optional)" } } }
    }

    pub(crate) fn label_markup(&self) -> Markup {
        let class = match (self.heading, self.label_hidden) {
            (true, _) => "govuk-label govuk-label--l",
            (_, true) => "govuk-label govuk-visually-hidden",
            _ => "govuk-label",
        };
        let label = html! { label class=(class) for=(self.id()) { (self.label_text()) } };
        html! { @if self.heading { h1.govuk-label-wrapper { (label) } } @else { (label) } }
    }
}

/// The id of the input for a field's name: what an id may not hold becomes a hyphen.
pub fn field_id(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }
    };
    name.chars().map(safe).collect()
}

/// How an input differs from plain text.
#[derive(Clone, Copy)]
struct Kind {
    html: &'static str,
    inputmode: Option<&'static str>,
    spellcheck: Option<&'static str>,
    class: &'static str,
}

const TEXT: Kind = Kind { html: "text", inputmode: None, spellcheck: None, class: "" };

fn input(field: Field<'_>, kind: Kind) -> Markup {
    let error = if field.error.is_some() { "govuk-input--error" } else { "" };
    let class = format!("govuk-input {} {error} {}", field.size.class(), kind.class);
    let control = html! {
        input class=(class.trim()) id=(field.id()) name=(field.name) type=(kind.html) value=(field.value)
            inputmode=[kind.inputmode] spellcheck=[kind.spellcheck] autocomplete=[field.autocomplete.as_deref()]
            aria-describedby=[field.described_by(None)] aria-invalid=[field.error.as_ref().map(|_| "true")]
            list=[field.list.as_deref()] disabled[field.disabled] autofocus[field.autofocus];
    };
    html! {
        div class=(field.group_class()) {
            (field.label_markup())
            (field.messages())
            @if field.prefix.is_some() || field.suffix.is_some() {
                div.govuk-input__wrapper {
                    @if let Some(prefix) = &field.prefix { div.govuk-input__prefix aria-hidden="true" { (prefix) } }
                    (control)
                    @if let Some(suffix) = &field.suffix { div.govuk-input__suffix aria-hidden="true" { (suffix) } }
                }
            } @else { (control) }
        }
    }
}

/// One line of text.
pub fn text(field: Field<'_>) -> Markup {
    input(field, TEXT)
}

/// A reference, postcode or code: never spell-checked.
pub fn code(field: Field<'_>) -> Markup {
    input(field, Kind { spellcheck: Some("false"), ..TEXT })
}

/// An e-mail address.
pub fn email(field: Field<'_>) -> Markup {
    input(field, Kind { html: "email", spellcheck: Some("false"), ..TEXT })
}

/// A telephone number.
pub fn telephone(field: Field<'_>) -> Markup {
    input(field, Kind { html: "tel", ..TEXT })
}

/// A whole number: text with the numeric keyboard, because a number input loses what it cannot read.
pub fn number(field: Field<'_>) -> Markup {
    input(field, Kind { inputmode: Some("numeric"), spellcheck: Some("false"), ..TEXT })
}

/// A one-time code from an authenticator.
pub fn one_time_code(field: Field<'_>) -> Markup {
    let field = field.autocomplete("one-time-code").size(Size::Chars10);
    input(field, Kind { inputmode: Some("numeric"), spellcheck: Some("false"), class: "rt-code", ..TEXT })
}

/// A password; its value is never sent back.
pub fn password(field: Field<'_>) -> Markup {
    input(field.value(""), Kind { html: "password", spellcheck: Some("false"), ..TEXT })
}

/// An amount in pounds. `value` is what was typed; [`pounds`] writes a stored amount.
pub fn money(field: Field<'_>) -> Markup {
    let size = if field.size == Size::Full { Size::Chars10 } else { field.size };
    let kind = Kind { inputmode: Some("decimal"), spellcheck: Some("false"), class: "rt-numeric", ..TEXT };
    input(field.size(size).prefix("£"), kind)
}

/// An amount as [`money`] takes it: `1234.50`, without sign or commas.
pub fn pounds(amount: Pence) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let pence = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", pence / 100, pence % 100)
}

/// A date in one text field. [`Day`] reads both `18/12/2026` and `2026-12-18`; [`day_value`] writes a stored one.
pub fn date(field: Field<'_>) -> Markup {
    let hint = field.hint.clone().unwrap_or_else(|| "For example 18/12/2026".into());
    let field = field.hint(hint).size(Size::Chars10);
    input(field, Kind { inputmode: Some("numeric"), spellcheck: Some("false"), class: "rt-date", ..TEXT })
}

/// A date with the browser's own calendar; the value is `2026-12-18`. For staff who pick days near today.
pub fn date_picker(field: Field<'_>) -> Markup {
    input(field, Kind { html: "date", class: "rt-date govuk-input--width-10", ..TEXT })
}

/// A day as [`date`] takes it: `18/12/2026`.
pub fn day_value(day: Day) -> String {
    day.0.strftime("%d/%m/%Y").to_string()
}

/// A time of day, `16:05`.
pub fn time(field: Field<'_>) -> Markup {
    input(field, Kind { html: "time", class: "rt-date govuk-input--width-10", ..TEXT })
}

/// Several lines of text; with `length_max` the remaining characters are counted.
pub fn textarea(field: Field<'_>, rows: u8, length_max: Option<usize>) -> Markup {
    let id = field.id();
    let info = length_max.map(|_| format!("{id}-info"));
    let error = if field.error.is_some() { " govuk-textarea--error" } else { "" };
    let count = if length_max.is_some() { " govuk-js-character-count" } else { "" };
    let control = html! {
        div class=(field.group_class()) {
            (field.label_markup())
            (field.messages())
            textarea class={ "govuk-textarea" (error) (count) } id=(id) name=(field.name) rows=(rows)
                autocomplete=[field.autocomplete.as_deref()] aria-describedby=[field.described_by(info.as_deref())]
                aria-invalid=[field.error.as_ref().map(|_| "true")] disabled[field.disabled]
                autofocus[field.autofocus] { (field.value) }
        }
    };
    html! {
        @if let (Some(length_max), Some(info)) = (length_max, &info) {
            div.govuk-character-count data-module="govuk-character-count" data-maxlength=(length_max) data-threshold="75" {
                (control)
                div.govuk-hint.govuk-character-count__message id=(info) {
                    "You can enter up to " (length_max) " characters"
                }
            }
        } @else { (control) }
    }
}

/// Suggestions for a text input that names this id with [`Field::list`].
pub fn datalist<'a>(id: &str, values: impl IntoIterator<Item = &'a str>) -> Markup {
    html! { datalist id=(id) { @for value in values { option value=(value) {} } } }
}

/// The name of the hidden input that tells this showing of a form from any other: see [`csrf`].
pub const SHOWING_FIELD: &str = "_form";

/// The hidden inputs that every POST form carries: the session's token, and a name of its own, by which a form that is sent twice with the
/// same words is known (a double click).
pub fn csrf(token: &str) -> Markup {
    html! {
        input type="hidden" name=(CSRF_FIELD) value=(token);
        input type="hidden" name=(SHOWING_FIELD) value=(uuid::Uuid::new_v4());
    }
}

/// Any other hidden input.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A POST form that warns before typed text is lost.
pub fn form(action: &str, token: &str, body: Markup) -> Markup {
    html! { form.rt-form action=(action) method="post" novalidate data-guard="" { (csrf(token)) (body) } }
}

/// A POST form that uploads files.
pub fn upload_form(action: &str, token: &str, body: Markup) -> Markup {
    html! {
        form.rt-form action=(action) method="post" enctype="multipart/form-data" novalidate data-guard="" {
            (csrf(token)) (body)
        }
    }
}

/// A form of one button that does one thing, for rows and headings.
pub fn action(action: &str, token: &str, label: &str, hidden_pairs: &[(&str, &str)]) -> Markup {
    html! {
        form.rt-action action=(action) method="post" {
            (csrf(token))
            @for (name, value) in hidden_pairs { (hidden(name, value)) }
            button.govuk-button.govuk-button--secondary.rt-button--small type="submit" { (label) }
        }
    }
}

/// Everything that is wrong, at the top of the page, each a link to its field; nothing when all is well.
pub fn error_summary(errors: &FieldErrors) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.govuk-error-summary data-module="govuk-error-summary" {
                div role="alert" {
                    h2.govuk-error-summary__title { "There is a problem" }
                    div.govuk-error-summary__body {
                        ul.govuk-list.govuk-error-summary__list {
                            @for error in &errors.0 {
                                li {
                                    @if let Some(row) = error.row { "Row " (row) ": " }
                                    a href={ "#" (field_id(&error.field)) } { (sentence(&error.message)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A message with a capital first letter, as sentences on pages begin.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Fields that belong together, under a legend.
pub fn fieldset(legend: &str, body: Markup) -> Markup {
    html! {
        fieldset.govuk-fieldset.rt-fieldset {
            legend.govuk-fieldset__legend.govuk-fieldset__legend--m { (legend) }
            (body)
        }
    }
}

/// Fields side by side where there is room.
pub fn row(fields: &[Markup]) -> Markup {
    html! { div.rt-fields { @for field in fields { div.rt-fields__cell { (field) } } } }
}

/// The button of the page's main act; a second click within a second is ignored.
pub fn submit(label: &str) -> Markup {
    button(label, "", None)
}

/// The main button of a form that has several; `name` and `value` tell the server which was pressed.
pub fn primary(label: &str, pressed: Option<(&str, &str)>) -> Markup {
    button(label, "", pressed)
}

/// A button of lesser weight; `name` and `value` tell the server which was pressed.
pub fn secondary(label: &str, pressed: Option<(&str, &str)>) -> Markup {
    button(label, " govuk-button--secondary", pressed)
}

/// A button for what is hard to undo.
pub fn warning(label: &str, pressed: Option<(&str, &str)>) -> Markup {
    button(label, " govuk-button--warning", pressed)
}

fn button(label: &str, class: &str, pressed: Option<(&str, &str)>) -> Markup {
    html! {
        button class={ "govuk-button" (class) } type="submit" name=[pressed.map(|pair| pair.0)]
            value=[pressed.map(|pair| pair.1)] data-module="govuk-button" data-prevent-double-click="true" { (label) }
    }
}

/// A link that looks like the main button: it starts something and changes nothing.
pub fn button_link(label: &str, href: &str) -> Markup {
    html! { a.govuk-button href=(href) data-module="govuk-button" { (label) } }
}

/// A link that looks like a lesser button.
pub fn secondary_link(label: &str, href: &str) -> Markup {
    html! { a.govuk-button.govuk-button--secondary href=(href) data-module="govuk-button" { (label) } }
}

/// Buttons and links in a row; on a phone one above the other.
pub fn buttons(parts: &[Markup]) -> Markup {
    html! { div.govuk-button-group { @for part in parts { (part) } } }
}

/// A link to cancel, for the end of a row of buttons.
pub fn cancel(href: &str) -> Markup {
    html! { a.govuk-link href=(href) { "Cancel" } }
}

/// A button that copies a text; it stays hidden without script.
pub fn copy_button(text: &str) -> Markup {
    html! {
        button.rt-copy type="button" data-copy=(text) hidden {
            (icon(Icon::Copy)) span.govuk-visually-hidden { "Copy " (text) }
        }
    }
}
