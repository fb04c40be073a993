//! One box for everything: asks every area's source at once and merges what they find.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use futures_util::future::join_all;
use maud::{Markup, html};
use rooftree_frame::{App, Asked, Caller, Hit, PageResult, Signed, pages};
use rooftree_platform::Lookups;
use rooftree_ui::{Query, search, shell, summary};
use std::time::Duration;

/// Hits that one area may give to the page.
const HITS_PER_SOURCE_MAX: i64 = 25;
/// Hits that one area may give while somebody types, and all of them together.
const SUGGESTIONS_PER_SOURCE_MAX: i64 = 5;
const SUGGESTIONS_MAX: usize = 10;
/// A source that takes longer is left out, and the page says so.
const SOURCE_SECONDS_MAX: u64 = 3;
/// A search text is cut to this many characters.
const QUERY_CHARS_MAX: usize = 100;
/// Shorter texts find too much.
const QUERY_CHARS_MIN: usize = 2;

/// What all sources found.
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// Some source failed or was too slow.
    pub incomplete: bool,
    /// Some source has more than it was asked for.
    pub more: bool,
}

/// Asks every source at the same time, for one hit more than are taken: whether there are more.
pub async fn find(app: &App, caller: &Caller, text: &str, per_source_max: i64) -> Found {
    let sources = app.shared.search.iter().map(|source| {
        let asked = source.search(app, caller, text, per_source_max + 1);
        tokio::time::timeout(Duration::from_secs(SOURCE_SECONDS_MAX), asked)
    });
    let mut found = Found { hits: Vec::new(), incomplete: false, more: false };
    let taken = usize::try_from(per_source_max).unwrap_or_default();
    for answer in join_all(sources).await {
        match answer {
            Ok(Ok(hits)) => {
                found.more |= hits.len() > taken;
                found.hits.extend(hits.into_iter().take(taken));
            }
            Ok(Err(error)) => {
                rooftree_frame::errors::log(&error);
                found.incomplete = true;
            }
            Err(_) => found.incomplete = true,
        }
    }
    // Of equal hits each source knows the order: of addresses, the house numbers’.
    found.hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

/// The text as it is looked for: trimmed, blanks made single, cut to its limit.
pub fn tidy(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(QUERY_CHARS_MAX).collect()
}

/// A reference typed without its hyphen (`r178167`), with it; any other text as it is.
fn with_hyphen(lookups: &Lookups, text: String) -> String {
    let Some(end) = text.find(|c: char| c.is_ascii_digit()) else { return text };
    let (letters, digits) = text.split_at(end);
    let claimed = lookups.paths.iter().any(|(prefix, ..)| prefix.trim_end_matches('-').eq_ignore_ascii_case(letters));
    if claimed && digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{letters}-{digits}")
    } else {
        text
    }
}

/// True for what reads like a whole reference: `R-104233`, `wo-88120`.
pub fn is_reference(text: &str) -> bool {
    let Some((letters, digits)) = text.split_once('-') else { return false };
    (1..=4).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && digits.len() >= 3
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where a whole reference leads straight away: to the one thing that bears it.
fn straight_to<'a>(text: &str, hits: &'a [Hit]) -> Option<&'a str> {
    let mut exact = hits.iter().filter(|hit| hit.score >= 1.0);
    match (is_reference(text), exact.next(), exact.next()) {
        (true, Some(hit), None) => Some(&hit.href),
        _ => None,
    }
}

/// `GET /search?q=`: all hits by kind, or straight to the thing when its whole reference was typed.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let text = with_hyphen(&app.platform.registry().lookups, tidy(query.get("q").unwrap_or_default()));
    let found = if text.chars().count() < QUERY_CHARS_MIN {
        Found { hits: Vec::new(), incomplete: false, more: false }
    } else {
        find(&app, &signed.caller(), &text, HITS_PER_SOURCE_MAX).await
    };
    if let Some(href) = straight_to(&text, &found.hits) {
        return Ok(Redirect::to(href).into_response());
    }
    let page = pages::page(&app, &signed.0, "", "Search", results(&text, &found)).search(text);
    Ok(pages::show(&headers, page))
}

/// `GET /search/suggest?q=`: list items for the box's combobox; see `ui/js/10-search.js`.
pub async fn suggest(State(app): State<App>, signed: Signed, Asked(query): Asked) -> Response {
    let text = with_hyphen(&app.platform.registry().lookups, tidy(query.get("q").unwrap_or_default()));
    if text.chars().count() < QUERY_CHARS_MIN {
        return html! {}.into_response();
    }
    let found = find(&app, &signed.caller(), &text, SUGGESTIONS_PER_SOURCE_MAX).await;
    let mut hits = shown(found.hits.iter().take(SUGGESTIONS_MAX));
    if found.more || found.hits.len() > SUGGESTIONS_MAX {
        let (title, all) = (format!("All results for ‘{text}’"), Query::new("/search").with("q", text).href());
        hits.push(search::Hit { title, href: all, ..search::Hit::default() });
    }
    search::suggestions(&hits).into_response()
}

/// Hits as the components show them.
pub fn shown<'a>(hits: impl Iterator<Item = &'a Hit>) -> Vec<search::Hit> {
    hits.map(|hit| search::Hit {
        kind: hit.kind.to_owned(),
        title: hit.title.clone(),
        detail: hit.detail.clone(),
        href: hit.href.clone(),
        state: None,
    })
    .collect()
}

fn results(text: &str, found: &Found) -> Markup {
    let mut kinds: Vec<&str> = Vec::new();
    for hit in &found.hits {
        if !kinds.contains(&hit.kind) {
            kinds.push(hit.kind);
        }
    }
    html! {
        (shell::heading("Search", None, None))
        @if found.incomplete {
            (summary::banner(summary::Tone::Warning, html! { p { "Part of the search took too long, so something may be missing here. Try again with more of the name or the whole reference." } }))
        }
        @if text.chars().count() < QUERY_CHARS_MIN {
            p { "Type at least two characters of a reference, an address, a postcode, a UPRN, a name or a phone number." }
        } @else if found.hits.is_empty() {
            p { "Nothing was found for ‘" (text) "’." }
            ul.govuk-list.govuk-list--bullet {
                li { "Check the spelling, or type less of it." }
                li { "Try the postcode, the family name alone, or the last six digits of the phone number." }
                li { "It may be outside what your role may see." }
            }
        } @else {
            @let cut = kinds.iter().any(|kind| found.hits.iter().filter(|hit| hit.kind == *kind).count() as i64 >= HITS_PER_SOURCE_MAX);
            p role="status" { @if cut { "The best " } (found.hits.len()) @if found.hits.len() == 1 { " result" } @else { " results" } " for ‘" (text) "’" }
            @for kind in kinds {
                @let hits: Vec<&Hit> = found.hits.iter().filter(|hit| hit.kind == kind).collect();
                h2 { (kind) " " span.rt-count.rt-count--quiet { (hits.len()) } }
                (search::results(&shown(hits.iter().copied())))
                @if hits.len() as i64 >= HITS_PER_SOURCE_MAX { p.rt-muted { "Only the best are shown: type more to narrow the search." } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(score: f32) -> Hit {
        Hit { kind: "Repair", title: "R-104233".into(), detail: String::new(), href: "/repairs/R-104233".into(), score }
    }

    #[test]
    fn only_a_whole_reference_leads_straight_on() {
        assert_eq!(straight_to("R-104233", &[hit(1.0)]), Some("/repairs/R-104233"));
        assert_eq!(straight_to("R-104", &[hit(0.8)]), None);
        assert_eq!(straight_to("leaking tap", &[hit(1.0)]), None);
        assert_eq!(straight_to("R-104233", &[hit(1.0), hit(1.0)]), None);
    }

    #[test]
    fn a_hyphen_left_out_is_put_in() {
        let view = rooftree_kernel::Permission::new("repairs.view");
        let lookups = Lookups { paths: vec![("R-", "/repairs/", view)], ..Lookups::default() };
        for (typed, read) in [
            ("r178167", "r-178167"),
            ("R-178167", "R-178167"),
            ("x178167", "x178167"),
            ("r12", "r12"),
            ("14 Lye", "14 Lye"),
        ] {
            assert_eq!(with_hyphen(&lookups, typed.to_owned()), read);
        }
    }

    #[test]
    fn references_are_letters_a_hyphen_and_digits() {
        for yes in ["R-104233", "wo-88120", "H-10001"] {
            assert!(is_reference(yes), "{yes}");
        }
        for no in ["OX4 1AB", "R104233", "12-14", "R-1", "high-street", "07700-900123"] {
            assert!(!is_reference(no), "{no}");
        }
        assert_eq!(tidy("  high \t street "), "high street");
    }
}
