//! The sign-in pages.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Error, signin::second::SetUp};
use rooftree_ui::{
    forms::{self, Field, Size},
    summary,
};

/// Empty modules around a QR code; readers need four.
const QUIET_ZONE: i32 = 4;

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

/// A code of the app, or a recovery code.
pub fn code(errors: &FieldErrors) -> Markup {
    html! {
        (forms::error_summary(errors))
        h1 { "Check that it is you" }
        form.rt-form action="/sign-in/code" method="post" novalidate {
            (forms::one_time_code(Field::new("code", "Code from your authenticator app").hint("Six digits; it changes every 30 seconds")
                .errors(errors).autofocus()))
            details.govuk-details open[errors.get("recovery").is_some()] {
                summary.govuk-details__summary { span.govuk-details__summary-text { "You do not have your phone" } }
                div.govuk-details__text {
                    (forms::text(Field::new("recovery", "Recovery code").hint("One of the codes you kept when you set this up")
                        .errors(errors).size(Size::Chars20).autocomplete("off")))
                    p { "No codes left? Your administrator can reset your second factor." }
                }
            }
            (forms::submit("Continue"))
        }
        p { a href="/sign-in" { "Start again" } }
    }
}

/// The secret as a QR code and in text, and a field for the first code.
pub fn set_up(action: &str, csrf: &str, set_up: &SetUp, required: bool, errors: &FieldErrors) -> Result<Markup, Error> {
    let picture = qr(&set_up.uri)?;
    Ok(html! {
        (forms::error_summary(errors))
        h1 { "Set up your second factor" }
        @if required { p { "Your role needs one: besides your password, a code that only your phone knows." } }
        ol.govuk-list.govuk-list--number {
            li { "Open an authenticator app on your phone. Any will do." }
            li { "Scan this picture with it." div { (picture) }
                (summary::details("You cannot scan it", html! {
                    p { "Type this key into the app instead; kind: time-based, 6 digits." }
                    p { code.rt-code-text { (spaced(&set_up.secret)) } (forms::copy_button(&set_up.secret)) }
                })) }
            li { "Type the code that the app shows." }
        }
        form.rt-form action=(action) method="post" novalidate {
            @if !csrf.is_empty() { (forms::csrf(csrf)) }
            (forms::one_time_code(Field::new("code", "Code from the app").errors(errors)))
            (forms::submit("Confirm"))
        }
    })
}

/// The recovery codes, shown once.
pub fn recovery_codes(codes: &[String], next: &str) -> Markup {
    html! {
        h1 { "Keep your recovery codes" }
        p { "If you lose your phone, each of these lets you in once. They are not shown again: print them, or keep them in a password manager." }
        ul.govuk-list.rt-codes { @for code in codes { li { code.rt-code-text { (code) } } } }
        p { (forms::copy_button(&codes.join("\n"))) }
        (forms::button_link("I have kept them", next))
    }
}

/// A QR code as SVG: one path of dark squares.
fn qr(text: &str) -> Result<Markup, Error> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|_| Error::Internal("the QR code does not fit".to_owned()))?;
    let side = code.size() + 2 * QUIET_ZONE;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
        }
    }
    Ok(html! {
        svg.rt-qr viewBox={ "0 0 " (side) " " (side) } width="220" height="220" role="img" aria-label="QR code for your authenticator app"
            shape-rendering="crispEdges" xmlns="http://www.w3.org/2000/svg" {
            rect width="100%" height="100%" fill="#ffffff" {}
            path d=(path) fill="#000000" {}
        }
    })
}

/// In groups of four, for reading aloud.
fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_holds_every_dark_square_within_its_quiet_zone() {
        let uri = "otpauth://totp/Rooftree:ada@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rooftree";
        let code = QrCode::encode_text(uri, QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .count();
        let svg = qr(uri).unwrap().into_string();
        assert_eq!(svg.matches("h1v1h-1z").count(), dark);
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.size() + 8)));
    }

    #[test]
    fn the_key_can_be_read_aloud() {
        assert_eq!(spaced("GEZDGNBVGY"), "GEZD GNBV GY");
    }

    #[test]
    fn what_was_typed_cannot_break_out_of_the_page() {
        let html = sign_in("\"><script>", "/\"x", &FieldErrors::one("password", "no"), true).into_string();
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"));
    }
}
