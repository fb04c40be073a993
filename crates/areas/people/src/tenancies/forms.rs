//! The forms of tenancies.

use super::model::{END_REASONS, KINDS, ROLES};
use rooftree_frame::Form;
use rooftree_kernel::FieldErrors;
use rooftree_ui::{
    Markup,
    forms::{self, Choice, Field, Size},
    html,
};

fn choices(words: &[(&'static str, &'static str)]) -> Vec<Choice<'static>> {
    words.iter().map(|word| Choice::new(word.0, word.1)).collect()
}

/// Start a tenancy.
pub fn start(csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let back =
        if typed.get("place").is_empty() { "/tenancies".to_owned() } else { format!("/homes/{}", typed.get("place")) };
    let body = html! {
        (forms::code(field("place", "Home").hint("Its reference, like H-10042").size(Size::Chars10)))
        (forms::select(field("kind", "Kind"), Some("Choose"), &choices(KINDS)))
        (forms::date(field("start_day", "First day")))
        (forms::text(field("holders", "Who holds it").hint("References of one to four people, the first tenant first, like N-50012, N-50013").size(Size::Chars30)))
        p { "Somebody not known yet? " a href="/people/new" { "Add the person" } " first." }
        (forms::buttons(&[forms::submit("Start the tenancy"), forms::cancel(&back)]))
    };
    forms::form("/tenancies/new", csrf, body)
}

/// End a tenancy.
pub fn end(here: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let reasons: Vec<Choice<'_>> = END_REASONS.iter().map(|reason| Choice::new(*reason, *reason)).collect();
    let body = html! {
        (forms::date(field("end_day", "Last day").hint("It may lie ahead")))
        (forms::select(field("reason", "Why it ends"), Some("Choose"), &reasons))
        (forms::buttons(&[forms::warning("End the tenancy", None), forms::cancel(here)]))
    };
    forms::form(&format!("{here}/end"), csrf, body)
}

/// Extend a trial.
pub fn extend(here: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let reason = Field::new("reason", "Why is the trial extended?").value(typed.lines("reason")).errors(errors);
    let body = html! {
        (forms::textarea(reason.hint("Said in the notice; the tenant may ask for a review"), 3, Some(300)))
        (forms::buttons(&[forms::submit("Extend by six months"), forms::cancel(here)]))
    };
    forms::form(&format!("{here}/extend"), csrf, body)
}

/// Let somebody join.
pub fn join(here: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(typed.get(name)).errors(errors);
    let body = html! {
        (forms::code(field("person", "Who").hint("Reference, like N-50012").size(Size::Chars10)))
        (forms::select(field("role", "What they are"), None, &choices(ROLES)))
        (forms::text(field("relation", "Relation to the tenant").hint("Like daughter, partner").size(Size::Chars20).optional()))
        (forms::date(field("from_day", "Since")))
        (forms::buttons(&[forms::submit("Add to the household"), forms::cancel(here)]))
    };
    forms::form(&format!("{here}/household/new"), csrf, body)
}

/// Let somebody leave.
pub fn leave(here: &str, person: &str, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let until = Field::new("until_day", "Last day").value(typed.get("until_day")).errors(errors);
    let body = html! {
        (forms::date(until))
        (forms::buttons(&[forms::submit("They left"), forms::cancel(here)]))
    };
    forms::form(&format!("{here}/household/{person}/leave"), csrf, body)
}
