//! The bodies of pages that every area needs: not found, not allowed, someone else changed this, something failed.

use crate::{forms, icons::Icon, icons::icon};
use maud::{Markup, html};

/// A page that says one thing and what to do about it.
pub fn message(title: &str, body: Markup) -> Markup {
    html! { div.rt-message { h1.rt-message__title { (title) } (body) } }
}

/// There is no such page or record.
pub fn not_found() -> Markup {
    message(
        "Page not found",
        html! {
            p { "If you typed the address, check it. If you followed a link, the record may have been removed." }
            p { a href="/" { "Go to your own page" } " or search for a reference, address or name above." }
        },
    )
}

/// The role does not allow this; `permission` is its name, for whoever is asked to grant it.
pub fn forbidden(permission: &str) -> Markup {
    message(
        "You cannot do this",
        html! {
            p { "Your role does not include it. If your work needs it, ask your administrator for the permission below." }
            p { code.rt-code-text { (permission) } }
            p { a href="/" { "Go to your own page" } }
        },
    )
}

/// Something failed; the request's id lets the administrator find it in the log.
pub fn failed(request_id: &str) -> Markup {
    message(
        "Something went wrong",
        html! {
            p { "Nothing was half-saved. Try again in a minute." }
            p { "If it happens again, give your administrator this number:" }
            p { code.rt-code-text { (request_id) } (forms::copy_button(request_id)) }
        },
    )
}

/// One field that two people changed.
#[derive(Clone, Debug)]
pub struct Clash {
    /// The field in words.
    pub label: String,
    /// What is stored now.
    pub theirs: String,
    /// What was typed.
    pub yours: String,
}

/// Someone else changed the record in between. Shows both versions; `form` holds what was typed, ready to be sent again.
pub fn conflict(what: &str, who: &str, when: &str, clashes: &[Clash], form: Markup) -> Markup {
    html! {
        div.rt-conflict {
            h1.rt-message__title { "Someone else changed this" }
            p { (who) " changed " (what) " at " (when) ", after you opened it. Nothing you typed is lost." }
            @if !clashes.is_empty() {
                div.rt-table-wrap { table.rt-table.rt-conflict__table {
                    caption.rt-table__caption { "Where the two differ" }
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Saved by " (who) } th scope="col" { "Typed by you" } } }
                    tbody {
                        @for clash in clashes {
                            tr {
                                th scope="row" data-label="Field" { (clash.label) }
                                td data-label="Saved" { (clash.theirs) }
                                td data-label="Typed" { (icon(Icon::Pen)) " " strong { (clash.yours) } }
                            }
                        }
                    }
                }
            } }
            h2 { "Check and save again" }
            (form)
        }
    }
}
