//! Finding the item that a caller means, from a few words.

use crate::declared::{Declared, Item};

/// The items that match what was typed, best first. Every word must match something; a title counts more than a caller's word.
pub fn find<'a>(declared: &'a Declared, typed: &str) -> Vec<&'a Item> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u32, usize, &Item)> = declared
        .items
        .iter()
        .enumerate()
        .filter_map(|(position, item)| score(item, &words).map(|score| (score, position, item)))
        .collect();
    found.sort_by_key(|(score, position, _)| (std::cmp::Reverse(*score), *position));
    found.into_iter().map(|(_, _, item)| item).take(12).collect()
}

fn score(item: &Item, words: &[String]) -> Option<u32> {
    let title = item.title.to_lowercase();
    let phrase = words.join(" ");
    let mut total =
        if title.contains(&phrase) || item.words.iter().any(|known| known.to_lowercase() == phrase) { 10 } else { 0 };
    for word in words {
        let begins =
            |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word.as_str()));
        let hit = if begins(&title) {
            3
        } else if item.words.iter().any(|known| begins(&known.to_lowercase())) {
            2
        } else if near(item, word) {
            1
        } else {
            return None;
        };
        total += hit;
    }
    Some(total)
}

/// One letter wrong, missing or too many, in words of five letters or more.
fn near(item: &Item, word: &str) -> bool {
    word.chars().count() >= 5
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
        for (typed, key) in [("gas", "gas-smell"), ("no heat", "no-heating"), ("boiller", "no-heating")] {
            let found: Vec<&str> = find(&DECLARED, typed).iter().map(|item| item.key.as_str()).collect();
            assert!(found.contains(&key), "{typed}: {found:?}");
        }
        assert!(find(&DECLARED, "zzzz qqqq").is_empty());
        assert!(find(&DECLARED, "  ").is_empty());
    }
}
