//! Every route passes the guard and states who may call it; every handler has a route.

use super::{Breach, File};
use crate::rust::Kind;
use std::collections::BTreeSet;

/// Modules whose routes are open to anybody: the way in, and nothing else.
const PUBLIC_ROUTES: [&str; 3] =
    ["crates/areas/running/src/signin/", "crates/areas/works/src/surveys/", "crates/areas/repairs/src/reports/web.rs"];

pub fn check(files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.area().is_some()) {
        breaches.extend(round_the_guard(file));
    }
    breaches.extend(handlers_without_route(files));
    breaches
}

/// Routers of an area's own would have no guard; open routes are counted on one hand.
fn round_the_guard(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in file.product.iter().enumerate() {
        let path = |first: &str, second: &str| {
            token.word() == Some(first)
                && file.product.get(index + 1).is_some_and(|t| t.is(':'))
                && file.product.get(index + 3).and_then(|t| t.word()) == Some(second)
        };
        if path("Router", "new") || path("axum", "routing") {
            let what = "an area exports routes (rooftree_frame::{get, post, upload}) and builds no router: each then passes the guard";
            breaches.push(Breach::new(file.place(token), what));
        }
        if path("Access", "Public") && !PUBLIC_ROUTES.iter().any(|module| file.name.starts_with(module)) {
            let what = "a route open to anybody: name a permission, or add the module to PUBLIC_ROUTES in crates/xtask with a reason";
            breaches.push(Breach::new(file.place(token), what));
        }
    }
    breaches
}

/// `pub async fn` of a `web.rs` or `api.rs` that answers requests and is named in no route.
fn handlers_without_route(files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.area().is_some()) {
        if !(file.name.ends_with("/web.rs") || file.name.ends_with("/api.rs")) {
            continue;
        }
        let crate_folder = file.area().map(|area| format!("crates/areas/{area}/src/")).unwrap_or_default();
        let named: BTreeSet<&str> =
            files.iter().filter(|other| other.name.starts_with(&crate_folder)).flat_map(routed).collect();
        for (name, line) in handlers(file) {
            if !named.contains(name) {
                breaches.push(Breach::new(
                    format!("{}:{line}", file.name),
                    format!(
                        "{name} answers requests and has no route: add one with its permission, or make it private"
                    ),
                ));
            }
        }
    }
    breaches
}

/// Public functions that take what a handler takes and return what it returns.
fn handlers(file: &File) -> Vec<(&str, usize)> {
    let tokens = &file.product;
    let mut found = Vec::new();
    for index in 0..tokens.len() {
        let word = |ahead: usize| tokens.get(index + ahead).and_then(|token| token.word());
        let (Some("pub"), Some("async"), Some("fn"), Some(name)) = (word(0), word(1), word(2), word(3)) else {
            continue;
        };
        let body = tokens[index..].iter().position(|token| token.is('{')).map_or(tokens.len(), |at| index + at);
        let head = &tokens[index..body];
        let arrow = head.windows(2).rposition(|pair| pair[0].is('-') && pair[1].is('>')).unwrap_or(head.len());
        let asked = |token: &crate::rust::Token| matches!(token.word(), Some("State" | "Signed" | "Caller"));
        let takes = head[..arrow].windows(2).any(|pair| asked(&pair[0]) && pair[1].is('('));
        let answers =
            head[arrow..].iter().any(|token| matches!(token.word(), Some("PageResult" | "ApiResult" | "Response")));
        if takes && answers {
            found.push((name, tokens[index].line));
        }
    }
    found
}

/// The last word of each path given to a route function, and of each path in a `utoipa` list.
fn routed(file: &File) -> Vec<&str> {
    let tokens = &file.product;
    let mut found = Vec::new();
    for index in 0..tokens.len() {
        let constructor = matches!(tokens[index].word(), Some("get" | "post" | "put" | "delete" | "upload"));
        let opens = tokens.get(index + 1).is_some_and(|token| token.is('('));
        let path =
            tokens.get(index + 2).is_some_and(|token| matches!(&token.kind, Kind::Text(path) if path.starts_with('/')));
        if constructor && opens && path {
            let end = crate::rust::after_group(tokens, index + 1);
            // The handler stands last.
            found.extend(tokens[index + 3..end].iter().rev().find_map(|token| token.word()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, source: &str) -> File {
        File::read(format!("crates/areas/homes/src/{name}"), source)
    }

    #[test]
    fn a_handler_without_a_route_is_found() {
        let files = [
            file(
                "lib.rs",
                r#"fn area() { x(vec![get("/homes", VIEW, web::list), post("/homes", EDIT, places::web::add).scope("a")]) }"#,
            ),
            file(
                "places/web.rs",
                "pub async fn list(State(a): State<App>) -> PageResult { {} } pub async fn add(State(a): State<App>) -> PageResult {} \
                 pub async fn lost(State(a): State<App>) -> PageResult {} pub async fn helper(a: &App) -> PageResult {} \
                 async fn own(State(a): State<App>) -> PageResult {}",
            ),
        ];
        let found = handlers_without_route(&files);
        assert_eq!(found.len(), 1);
        assert!(found[0].what.starts_with("lost "), "{found:?}");
    }

    #[test]
    fn routes_do_not_go_round_the_guard() {
        assert_eq!(
            round_the_guard(&file("a.rs", "fn f() { Router::new().route(\"/x\", axum::routing::get(h)) }")).len(),
            2
        );
        assert_eq!(round_the_guard(&file("a.rs", "fn f() { get(\"/x\", Access::Public, h) }")).len(), 1);
        assert_eq!(round_the_guard(&file("a.rs", "fn f() { get(\"/x\", Access::SignedIn, h) }")).len(), 0);
    }
}
