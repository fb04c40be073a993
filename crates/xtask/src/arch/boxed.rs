//! What areas call is compiled where it is written (docs/adr/0008): the platform's, the frame's and an area's public asynchronous
//! functions are `#[boxed]`, and nobody above the platform sends a query by a handle of sqlx.

use super::{Breach, File};
use crate::rust::Token;

/// sqlx's handles, and the house's in their place.
const HANDLES: [(&str, &str); 4] =
    [("PgPool", "Pool"), ("PgConnection", "Conn"), ("PgExecutor", "Into<Db<'_>>"), ("PgTransaction", "Conn")];
/// What is called back cannot be compiled before it is known.
const CALLBACKS: [&str; 6] = ["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];

pub fn check(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if is_called_by_areas(file) {
        breaches.extend(unboxed(file));
    }
    if file.area().is_some() || file.name.starts_with("crates/frame/src/") {
        breaches.extend(handles(file));
    }
    breaches
}

fn is_called_by_areas(file: &File) -> bool {
    let engine = ["crates/platform/src/", "crates/frame/src/"].iter().any(|room| file.name.starts_with(room));
    engine || (file.area().is_some() && file.name.ends_with("/src/public.rs"))
}

fn handles(file: &File) -> Vec<Breach> {
    let named = |token: &Token| HANDLES.iter().find(|(handle, _)| token.word() == Some(handle)).copied();
    let found = file.product.iter().filter_map(|token| Some((token, named(token)?)));
    found
        .map(|(token, (handle, ours))| {
            Breach::new(
                file.place(token),
                format!("{handle} has sqlx compiled once more in this crate: take rooftree_platform's {ours}"),
            )
        })
        .collect()
}

fn unboxed(file: &File) -> Vec<Breach> {
    let tokens = &file.product;
    let says = |at: usize, word: &str| tokens.get(at).and_then(Token::word) == Some(word);
    let mut breaches = Vec::new();
    for at in 0..tokens.len() {
        if !(says(at, "pub") && says(at + 1, "async") && says(at + 2, "fn")) {
            continue;
        }
        let head = tokens[at..].iter().take_while(|token| !token.is('{'));
        let calls_back = head.filter_map(Token::word).any(|word| CALLBACKS.contains(&word));
        if !calls_back && !has_attribute(&tokens[..at], "boxed") {
            let name = tokens.get(at + 3).and_then(Token::word).unwrap_or_default();
            let what = format!("{name} would be compiled again in each crate that awaits it: write #[boxed] above it");
            breaches.push(Breach::new(file.place(&tokens[at]), what));
        }
    }
    breaches
}

/// Whether one of the attributes that these tokens end with holds the word.
fn has_attribute(mut before: &[Token], word: &str) -> bool {
    while before.last().is_some_and(|token| token.is(']')) {
        let Some(open) = before.iter().rposition(|token| token.is('#')) else { return false };
        if before[open..].iter().any(|token| token.word() == Some(word)) {
            return true;
        }
        before = &before[..open];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(name: &str, source: &str) -> Vec<String> {
        check(&File::read(name.to_owned(), source)).into_iter().map(|breach| breach.what).collect()
    }

    #[test]
    fn what_areas_await_is_boxed() {
        let found = breaches("crates/platform/src/a.rs", "#[boxed]\npub async fn one() {}\npub async fn two() {}");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("two would be compiled again"), "{found:?}");
        let attributes = "#[boxed]\n#[expect(clippy::too_many_arguments)]\npub async fn one(a: i32) {}";
        assert_eq!(breaches("crates/areas/homes/src/public.rs", attributes), Vec::<String>::new());
        let called_back = "pub async fn each(tell: impl Fn(u64)) {}";
        assert_eq!(breaches("crates/frame/src/a.rs", called_back), Vec::<String>::new());
        assert_eq!(breaches("crates/areas/homes/src/places/queries.rs", "pub async fn own() {}"), Vec::<String>::new());
    }

    #[test]
    fn an_area_sends_queries_through_the_platform() {
        let found = breaches("crates/areas/homes/src/a.rs", "pub async fn page(pool: &PgPool) {}");
        assert!(found[0].contains("rooftree_platform's Pool"), "{found:?}");
        let of_a_test = "#[cfg(test)]\nmod tests { fn f(pool: &PgPool) {} }";
        assert_eq!(breaches("crates/areas/homes/src/a.rs", of_a_test), Vec::<String>::new());
        assert_eq!(breaches("crates/platform/src/db.rs", "fn f(pool: &PgPool) {}"), Vec::<String>::new());
    }
}
