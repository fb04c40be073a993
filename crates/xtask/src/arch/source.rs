//! Rules about code: areas reach each other through `public` only, and nothing is unsafe, unfinished or left over.

use super::{Breach, File, arrows::House};
use crate::rust::{Kind, Token, after_group};

/// Marks of unfinished work in comments, spelt so that this file does not hold them.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// Macros that stand for code to be written.
const PLACEHOLDERS: [&str; 3] = [concat!("to", "do"), "unimplemented", "dbg"];

pub fn check(file: &File, house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if let Some(area) = file.area() {
        let own = format!("rooftree_{}", area.replace('-', "_"));
        let others: Vec<String> = house.area_crates().into_iter().filter(|name| *name != own).collect();
        breaches.extend(private_uses(file, &others));
    }
    breaches.extend(left_over(file));
    breaches
}

/// Uses of another area beside its `public` module.
fn private_uses(file: &File, others: &[String]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in file.product.iter().enumerate() {
        let Some(name) = token.word().filter(|word| others.iter().any(|other| other == word)) else { continue };
        for item in first_items(&file.product, index + 1) {
            if item != "public" {
                let what = format!(
                    "{name}::{item}: an area may use another only through {name}::public, or listen to its facts"
                );
                breaches.push(Breach::new(file.place(token), what));
            }
        }
    }
    breaches
}

/// What is named directly below a crate: `a` of `::a::b`, `a` and `c` of `::{a::b, c}`.
fn first_items(tokens: &[Token], at: usize) -> Vec<String> {
    let colons = |at: usize| tokens.get(at).is_some_and(|t| t.is(':')) && tokens.get(at + 1).is_some_and(|t| t.is(':'));
    if !colons(at) {
        return vec!["the whole crate".to_owned()];
    }
    match tokens.get(at + 2) {
        Some(token) if token.is('{') => {
            let inside = &tokens[at + 3..after_group(tokens, at + 2).saturating_sub(1)];
            let mut items = Vec::new();
            let (mut index, mut begins) = (0, true);
            while index < inside.len() {
                if begins {
                    items.extend(inside[index].word().map(str::to_owned));
                }
                begins = inside[index].is(',');
                index = if inside[index].is('{') { after_group(inside, index) } else { index + 1 };
            }
            items
        }
        Some(token) => token.word().map(str::to_owned).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Unsafe code, placeholders and marks of unfinished work.
fn left_over(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in file.tokens.iter().enumerate() {
        let what = match &token.kind {
            Kind::Word(word) if word == "unsafe" => Some("unsafe code is not allowed in the house".to_owned()),
            Kind::Word(word)
                if PLACEHOLDERS.contains(&word.as_str()) && file.tokens.get(index + 1).is_some_and(|t| t.is('!')) =>
            {
                Some(format!("{word}! stands for work that is not done: do it or leave it out"))
            }
            Kind::Comment(text) => UNFINISHED
                .iter()
                .find(|mark| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == **mark))
                .map(|mark| format!("{mark}: do it, or write it down where the work is planned")),
            _ => None,
        };
        breaches.extend(what.map(|what| Breach::new(file.place(token), what)));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(source: &str) -> Vec<String> {
        let file = File::read("crates/areas/people/src/a.rs".to_owned(), source);
        private_uses(&file, &["rooftree_homes".to_owned()]).into_iter().map(|breach| breach.what).collect()
    }

    #[test]
    fn another_area_is_used_through_its_public_face_only() {
        assert!(private("use rooftree_homes::public::Alert; fn f() { rooftree_homes::public::place() }").is_empty());
        assert!(private("use rooftree_homes::{public, public::{Alert, facts}};").is_empty());
        assert!(private("#[cfg(test)] mod tests { use rooftree_homes::facts; }").is_empty());
        assert_eq!(private("use rooftree_homes::facts::PLACE_ADDED;").len(), 1);
        assert_eq!(private("use rooftree_homes::{public::A, facts::{public, B}, places};").len(), 2);
        assert_eq!(private("use rooftree_homes as homes;").len(), 1);
    }

    #[test]
    fn unfinished_work_is_found() {
        let source = format!(
            "fn f() {{ {}!() }} // {}: later\n unsafe {{}} // a todo list is fine",
            concat!("to", "do"),
            concat!("TO", "DO")
        );
        let file = File::read("crates/x/src/a.rs".to_owned(), &source);
        assert_eq!(left_over(&file).len(), 3);
    }
}
