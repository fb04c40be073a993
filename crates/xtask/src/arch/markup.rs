//! What our content policy forbids: style attributes and handlers in markup. The browser would drop them silently.

use super::{Breach, File};
use crate::rust::{Kind, Token, after_group};

pub fn check(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut index = 0;
    while index < file.product.len() {
        let group = markup_group(&file.product, index);
        match group {
            Some(open) => {
                let end = after_group(&file.product, open);
                breaches.extend(attributes(file, &file.product[open..end]));
                index = end;
            }
            None => index += 1,
        }
    }
    breaches
}

/// The place of the bracket that opens a maud macro beginning here.
fn markup_group(tokens: &[Token], at: usize) -> Option<usize> {
    let macro_name = tokens[at].word().is_some_and(|word| word == "html");
    (macro_name && tokens.get(at + 1)?.is('!') && tokens.get(at + 2)?.is('{')).then_some(at + 2)
}

fn attributes(file: &File, inside: &[Token]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in inside.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        let assigned = inside.get(index + 1).is_some_and(|next| next.is('='))
            && !inside.get(index + 2).is_some_and(|next| next.is('=') || next.is('>'));
        let value = inside
            .get(index + 2)
            .is_some_and(|next| matches!(next.kind, Kind::Text(_)) || next.is('(') || next.is('{') || next.is('['));
        let declared = index > 0 && inside[index - 1].word().is_some_and(|before| before == "let" || before == "mut");
        if !assigned || !value || declared {
            continue;
        }
        if word == "style" {
            breaches.push(Breach::new(
                file.place(token),
                "style= is refused by the content policy: give it a class and write CSS",
            ));
        } else if is_handler(word) {
            let what =
                format!("{word}= is refused by the content policy: mark the element with data- and listen in a script");
            breaches.push(Breach::new(file.place(token), what));
        }
    }
    breaches
}

fn is_handler(word: &str) -> bool {
    const EVENTS: [&str; 14] = [
        "click",
        "change",
        "submit",
        "input",
        "load",
        "error",
        "focus",
        "blur",
        "keydown",
        "keyup",
        "mouseover",
        "drop",
        "dragstart",
        "toggle",
    ];
    word.strip_prefix("on").is_some_and(|event| EVENTS.contains(&event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_styles_and_handlers_are_found() {
        let found = |source: &str| check(&File::read("crates/ui/src/a.rs".to_owned(), source)).len();
        assert_eq!(found(r#"fn f() { html! { p style="color:red" onclick=(x) { "style=" } } }"#), 2);
        assert_eq!(
            found(
                r#"fn f() { let style = "x"; html! { @let style = (x); p class=(style) data-on="click" {} @if style == "a" {} } }"#
            ),
            0
        );
    }
}
