//! The forms of a repair: cancel, take a mistake back, change the priority.

use super::{
    queries::Repair,
    reopen::{Mistake, NOTE_MAX},
};
use crate::declared::Priority;
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_kernel::FieldErrors;
use rooftree_ui::{
    forms::{self, Choice, Field},
    shell,
};
use rooftree_works::public::words::reasons;

/// Cancel, with a reason.
pub fn cancel(csrf: &str, repair: &Repair, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        (forms::error_summary(errors))
        (shell::heading(&format!("Cancel {}", repair.reference), Some(&repair.title), None))
        p { "Visits that are booked will be called off and the order ended. The repair and its history stay." }
        (forms::form(&format!("/repairs/{}/cancel", repair.reference), csrf, html! {
            (forms::radios(Field::new("reason", "Why?").value(form.get("reason")).errors(errors), &reasons("cancel")))
            (forms::textarea(Field::new("note", "In your words").hint("Some reasons need it").value(form.lines("note")).errors(errors), 3, Some(1000)))
            (forms::buttons(&[forms::warning("Cancel the repair", None), forms::secondary_link("Keep it", &format!("/repairs/{}", repair.reference))]))
        }))
    }
}

/// What the page says that takes a mistake back.
pub struct MistakeWords {
    /// The heading.
    pub title: String,
    /// What will happen.
    explain: String,
    /// The question about the mistake.
    why: &'static str,
    /// The button.
    take_back: &'static str,
    /// The end of the page's address.
    path: &'static str,
    /// What is said when it is done.
    pub done: &'static str,
}

/// The words for one mistake on one repair.
pub fn mistake_words(mistake: Mistake, repair: &Repair) -> MistakeWords {
    match mistake {
        Mistake::Cancellation => MistakeWords {
            title: format!("Open {} again", repair.reference),
            explain: format!(
                "For a repair that was cancelled by mistake. Its orders are raised again, and its promise counts from when it was reported, {}.",
                repair.reported_at.long()
            ),
            why: "Why should it not have been cancelled?",
            take_back: "Open it again",
            path: "reopen",
            done: "The repair is open again and counts from its report. Book a visit, and tell the resident: they had word that it was cancelled.",
        },
        Mistake::Completion => MistakeWords {
            title: format!("{} is not completed", repair.reference),
            explain: "For a completion that was recorded by mistake. The visit waits for its outcome again, the order is open, and the promise \
                      counts on. If the resident says that it is not done, choose that instead."
                .into(),
            why: "What is wrong with the completion?",
            take_back: "Take the completion back",
            path: "not-completed",
            done: "The completion is taken back: the visit waits for its outcome. Tell the resident if they had word that it was done.",
        },
    }
}

/// Take a mistake back, with a reason.
pub fn mistake(csrf: &str, repair: &Repair, words: &MistakeWords, form: &Form, errors: &FieldErrors) -> Markup {
    let back = format!("/repairs/{}", repair.reference);
    html! {
        (forms::error_summary(errors))
        (shell::heading(&words.title, Some(&repair.title), None))
        p { (words.explain) }
        (forms::form(&format!("{back}/{}", words.path), csrf, html! {
            (forms::hidden("version", form.get("version")))
            (forms::textarea(Field::new("note", words.why).value(form.lines("note")).errors(errors), 3, Some(NOTE_MAX)))
            (forms::buttons(&[forms::submit(words.take_back), forms::cancel(&back)]))
        }))
    }
}

/// Change the priority, with a reason.
pub fn priority(csrf: &str, repair: &Repair, form: &Form, errors: &FieldErrors) -> Markup {
    let priorities: Vec<Choice<'_>> = Priority::ALL.iter().map(|p| Choice::new(p.as_str(), p.title())).collect();
    let chosen = if form.get("priority").is_empty() { repair.priority.as_str() } else { form.get("priority") };
    html! {
        (forms::error_summary(errors))
        (shell::heading(&format!("Priority of {}", repair.reference), Some(&repair.title), None))
        p { "The new promise counts from when the repair was reported, " (repair.reported_at.long()) "." }
        (forms::form(&format!("/repairs/{}/priority", repair.reference), csrf, html! {
            (forms::hidden("version", form.get("version")))
            (forms::radios(Field::new("priority", "Priority").value(chosen).errors(errors), &priorities))
            (forms::radios(Field::new("reason", "Why?").value(form.get("reason")).errors(errors), &reasons("override")))
            (forms::textarea(Field::new("note", "In your words").hint("Some reasons need it").value(form.lines("note")).errors(errors), 3, Some(1000)))
            (forms::buttons(&[forms::submit("Change the priority"), forms::cancel(&format!("/repairs/{}", repair.reference))]))
        }))
    }
}
