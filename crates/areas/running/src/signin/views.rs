//! The sign-in pages.

use maud::{Markup, html};
use rooftree_kernel::FieldErrors;
use rooftree_ui::forms::{self, Field};

/// E-mail and password.
pub fn sign_in(email: &str, next: &str, errors: &FieldErrors, single_sign_on: bool) -> Markup {
    html! {
        (forms::error_summary(errors))
        h1 { "Sign in" }
        form.rt-form action="/sign-in" method="post" novalidate {
            (forms::hidden("next", next))
            (forms::email(Field::new("email", "E-mail address").value(email).errors(errors).autocomplete("username").autofocus()))
            (forms::password(Field::new("password", "Password").errors(errors).autocomplete("current-password")))
            (forms::submit("Sign in"))
        }
        @if single_sign_on {
            p { a href={ "/sign-in/oidc?" (serde_urlencoded::to_string([("next", next)]).unwrap_or_default()) } {
                "Sign in with your organisation’s account"
            } }
        }
        p.govuk-hint { "Forgotten your password? Your administrator can give you a new one." }
    }
}
