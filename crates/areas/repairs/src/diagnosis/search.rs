//! Finding the item that a caller means, from a few words.

use crate::declared::{Declared, Item};

/// Words that callers say and that tell no repair from another.
const SAID_ANYHOW: &[&str] = &[
    "a", "an", "and", "are", "at", "been", "broke", "broken", "can", "cant", "cannot", "does", "doesnt", "dont", "for",
    "gone", "has", "have", "in", "is", "isnt", "it", "its", "my", "no", "not", "of", "off", "on", "our", "out",
    "properly", "right", "someone", "the", "there", "theres", "to", "up", "very", "wont", "work", "working", "works",
    "wrong",
];

/// The items that match what was typed, best first: those that most of its words speak of. A title counts more than a caller's word.
pub fn find<'a>(declared: &'a Declared, typed: &str) -> Vec<&'a Item> {
    let said: Vec<String> = typed
        .to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let telling: Vec<String> = said.iter().filter(|word| !SAID_ANYHOW.contains(&word.as_str())).cloned().collect();
    if said.is_empty() {
        return Vec::new();
    }
    let words = if telling.is_empty() { &said } else { &telling };
    let matching = |least: usize| -> Vec<(u32, usize, &Item)> {
        let items = declared.items.iter().enumerate();
        items
            .filter_map(|(position, item)| score(item, words, &said, least).map(|score| (score, position, item)))
            .collect()
    };
    // Callers tell a story: when no item knows half of it, those that know any word of it are better than nothing.
    let mut found = matching(words.len().div_ceil(2));
    if found.is_empty() {
        found = matching(1);
    }
    found.sort_by_key(|(score, position, _)| (std::cmp::Reverse(*score), *position));
    found.into_iter().map(|(_, _, item)| item).take(12).collect()
}

/// `None` unless so many of the words match at least. A word that matches nothing weighs less than one that does.
fn score(item: &Item, words: &[String], said: &[String], least: usize) -> Option<u32> {
    let (title, phrase) = (item.title.to_lowercase(), said.join(" "));
    let whole = title.contains(&phrase) || item.words.iter().any(|known| known.to_lowercase() == phrase);
    let hits: Vec<u32> = words.iter().map(|word| hit(item, &title, word)).filter(|hit| *hit > 0).collect();
    // What a caller adds, even a word such as ‘no’, may tell two items apart.
    let added = said.iter().filter(|word| !words.contains(word) && hit(item, &title, word) > 0).count() as u32;
    let matched = hits.len() as u32;
    (hits.len() >= least.max(1))
        .then(|| 100 * matched + 10 * hits.iter().sum::<u32>() + added + if whole { 50 } else { 0 })
}

fn hit(item: &Item, title: &str, word: &str) -> u32 {
    let stem = stem(word);
    let begins = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(stem));
    if begins(title) {
        3
    } else if item.words.iter().any(|known| begins(&known.to_lowercase())) {
        2
    } else {
        u32::from(near(item, word))
    }
}

/// A word without its ending, so that ‘lights’ finds the light and ‘leaking’ the leak.
fn stem(word: &str) -> &str {
    ["ing", "ed", "es", "s"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .find(|rest| rest.len() >= 4)
        .unwrap_or(word)
}

/// One letter wrong, missing or too many, in words of four letters or more.
fn near(item: &Item, word: &str) -> bool {
    word.chars().count() >= 4
        && item
            .words
            .iter()
            .flat_map(|known| known.split_whitespace())
            .any(|known| one_edit_apart(&known.to_lowercase(), word))
}

fn one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[same_start..], &b[same_start..]);
    match a.len().abs_diff(b.len()) {
        0 => {
            rest_a.len() <= 1
                || rest_a[1..] == rest_b[1..]
                || (rest_a.len() >= 2 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] && rest_a[2..] == rest_b[2..])
        }
        1 if a.len() > b.len() => rest_a[1..] == *rest_b,
        1 => *rest_a == rest_b[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::DECLARED;

    #[test]
    fn what_callers_say_finds_the_item() {
        let said = [
            ("gas", "gas-smell"),
            ("no heat", "no-heating"),
            ("boiller", "no-heating"),
            ("heating not working", "no-heating"),
            ("door stuck", "door-sticking"),
            ("front door won’t lock", "front-door-insecure"),
            ("my toilet wont flush", "toilet-not-flushing"),
            ("lights not working", "light-not-working"),
            ("bulb gone", "light-not-working"),
            ("mould on childs bedroom wall", "mould"),
            ("leek under the sink", "kitchen-sink-leak"),
        ];
        for (typed, key) in said {
            let found: Vec<&str> = find(&DECLARED, typed).iter().map(|item| item.key.as_str()).collect();
            assert!(found.contains(&key), "{typed}: {found:?}");
        }
        assert!(find(&DECLARED, "zzzz qqqq").is_empty());
        assert!(find(&DECLARED, "  ").is_empty());
    }
}
