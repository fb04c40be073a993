//! Choosing from a list: select, radios and checkboxes, with hints and questions that a choice reveals.

use crate::forms::Field;
use maud::{Markup, html};
use std::borrow::Cow;

/// One thing to choose.
#[derive(Clone, Debug, Default)]
pub struct Choice<'a> {
    value: Cow<'a, str>,
    label: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
    reveal: Option<Markup>,
    group: Option<Cow<'a, str>>,
    disabled: bool,
}

impl<'a> Choice<'a> {
    /// A choice by the value submitted and the words shown.
    pub fn new(value: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// Help under the words (radios and checkboxes).
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'a, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Fields that belong to this choice: shown when it is chosen, always shown without script.
    #[must_use]
    pub fn reveal(mut self, fields: Markup) -> Self {
        self.reveal = Some(fields);
        self
    }

    /// The heading it stands under in a select; choices of one group must follow each other.
    #[must_use]
    pub fn group(mut self, group: impl Into<Cow<'a, str>>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Shows it but lets nobody choose it.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }
}

/// A drop-down list. The field's value is the choice taken; `prompt` is the empty first line.
pub fn select(field: Field<'_>, prompt: Option<&str>, choices: &[Choice<'_>]) -> Markup {
    let error = if field.error.is_some() { " govuk-select--error" } else { "" };
    let label = if field.label_hidden { "govuk-label govuk-visually-hidden" } else { "govuk-label" };
    let option = |choice: &Choice<'_>| {
        html! {
            option value=(choice.value) selected[choice.value == field.value] disabled[choice.disabled] { (choice.label) }
        }
    };
    html! {
        div class=(field.group_class()) {
            label class=(label) for=(field.id()) { (field.label_text()) }
            (field.messages())
            select class={ "govuk-select" (error) } id=(field.id()) name=(field.name)
                aria-describedby=[field.described_by(None)] aria-invalid=[field.error.as_ref().map(|_| "true")]
                disabled[field.disabled] autofocus[field.autofocus] {
                @if let Some(prompt) = prompt { option value="" { (prompt) } }
                @for run in choices.chunk_by(|a, b| a.group == b.group) {
                    @if let Some(group) = run.first().and_then(|choice| choice.group.as_ref()) {
                        optgroup label=(group) { @for choice in run { (option(choice)) } }
                    } @else { @for choice in run { (option(choice)) } }
                }
            }
        }
    }
}

/// One of a few. The field's value is the choice taken.
pub fn radios(field: Field<'_>, choices: &[Choice<'_>]) -> Markup {
    let chosen = [field.value.clone()];
    group(&field, "radio", choices, &chosen)
}

/// Any of several; `chosen` are the values taken.
pub fn checkboxes<S: AsRef<str>>(field: Field<'_>, choices: &[Choice<'_>], chosen: &[S]) -> Markup {
    let chosen: Vec<Cow<'_, str>> = chosen.iter().map(|value| Cow::Borrowed(value.as_ref())).collect();
    group(&field, "checkbox", choices, &chosen)
}

/// A single box to tick, without a legend; its value is `yes`.
pub fn checkbox(field: Field<'_>, ticked: bool) -> Markup {
    html! {
        div class=(field.group_class()) {
            (field.messages())
            div.govuk-checkboxes.govuk-checkboxes--small {
                div.govuk-checkboxes__item {
                    input.govuk-checkboxes__input type="checkbox" id=(field.id()) name=(field.name) value="yes"
                        checked[ticked] aria-describedby=[field.described_by(None)] disabled[field.disabled];
                    label.govuk-label.govuk-checkboxes__label for=(field.id()) { (field.label_text()) }
                }
            }
        }
    }
}

fn group(field: &Field<'_>, kind: &str, choices: &[Choice<'_>], chosen: &[Cow<'_, str>]) -> Markup {
    let block = if kind == "radio" { "govuk-radios" } else { "govuk-checkboxes" };
    let inline = if field.inline { format!(" {block}--inline") } else { String::new() };
    let legend_class = match (field.heading, field.label_hidden) {
        (true, _) => "govuk-fieldset__legend govuk-fieldset__legend--l",
        (_, true) => "govuk-fieldset__legend govuk-visually-hidden",
        _ => "govuk-fieldset__legend",
    };
    html! {
        div class=(field.group_class()) {
            fieldset.govuk-fieldset aria-describedby=[field.described_by(None)] {
                legend class=(legend_class) {
                    @if field.heading { h1.govuk-fieldset__heading { (field.label_text()) } }
                    @else { (field.label_text()) }
                }
                (field.messages())
                div class={ (block) " " (block) "--small" (inline) } {
                    @for (index, choice) in choices.iter().enumerate() {
                        (item(field, kind, index, choice, chosen.contains(&choice.value)))
                    }
                }
            }
        }
    }
}

fn item(field: &Field<'_>, kind: &str, index: usize, choice: &Choice<'_>, checked: bool) -> Markup {
    let block = if kind == "radio" { "govuk-radios" } else { "govuk-checkboxes" };
    // The first input has the field's own id, so that the error summary's link lands on it.
    let id = if index == 0 { field.id() } else { format!("{}-{}", field.id(), index + 1) };
    let hint = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
    let reveal = choice.reveal.as_ref().map(|_| format!("{id}-conditional"));
    html! {
        div class={ (block) "__item" } {
            input class={ (block) "__input" } type=(kind) id=(id) name=(field.name) value=(choice.value)
                checked[checked] disabled[field.disabled || choice.disabled] aria-describedby=[hint.as_deref()]
                data-reveals=[reveal.as_deref()] autofocus[field.autofocus && index == 0];
            label class={ "govuk-label " (block) "__label" } for=(id) { (choice.label) }
            @if let (Some(hint), Some(text)) = (&hint, &choice.hint) {
                div class={ "govuk-hint " (block) "__hint" } id=(hint) { (text) }
            }
        }
        @if let (Some(reveal), Some(fields)) = (&reveal, &choice.reveal) {
            div class={ (block) "__conditional" } id=(reveal) { (fields) }
        }
    }
}
