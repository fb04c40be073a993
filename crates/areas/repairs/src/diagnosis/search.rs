//! Finding the item that a caller means, from a few words.

use crate::declared::{Item, Script};

/// Words that callers say and that tell no repair from another.
const SAID_ANYHOW: &[&str] = &[
    "a", "again", "am", "an", "and", "are", "at", "be", "been", "broke", "broken", "but", "by", "can", "cannot",
    "cant", "come", "comes", "coming", "does", "doesnt", "dont", "for", "from", "get", "gets", "getting", "going",
    "gone", "got", "had", "has", "have", "having", "home", "i", "im", "in", "into", "is", "isnt", "it", "its", "ive",
    "me", "my", "no", "not", "of", "off", "on", "our", "out", "please", "properly", "right", "some", "someone", "that",
    "the", "their", "there", "theres", "they", "this", "through", "to", "up", "very", "was", "we", "when", "whole",
    "will", "with", "wont", "work", "working", "works", "wrong", "you", "your",
];

/// How much a word tells, by where it stands; anything above nothing is a match. A word that stands there as typed outweighs one that only
/// begins so, as the ‘lifting’ of a floor does for ‘lift’, and that one a word that is only alike.
const IN_TITLE: u32 = 16;
const IN_WORDS: u32 = 14;
const BEGUN_IN_TITLE: u32 = 12;
const BEGUN_IN_WORDS: u32 = 10;
const ALIKE_ALONE: u32 = 6;
const ALIKE_IN_TITLE: u32 = 5;
const ALIKE_IN_PHRASE: u32 = 4;

/// A word that tells something. It is misspelt when no item has it: a word that some item has is meant as it is.
struct Telling<'a> {
    word: &'a str,
    misspelt: bool,
}

/// The items that match what was typed, best first: those that most of its words speak of. A title counts more than a caller's word.
pub fn find<'a>(script: &'a Script, typed: &str) -> Vec<&'a Item> {
    let said: Vec<String> = parts(&typed.to_lowercase().replace(['\'', '’'], "")).map(str::to_owned).collect();
    let words: Vec<Telling<'_>> = said
        .iter()
        .map(String::as_str)
        .filter(|word| !SAID_ANYHOW.contains(word))
        .map(|word| Telling { word, misspelt: script.items.iter().all(|item| as_typed(item, word) == 0) })
        .collect();
    let phrase = said.join(" ");
    let matching = |least: usize| -> Vec<(u32, usize, &Item)> {
        let items = script.items.iter().enumerate();
        let scored = |(position, item)| Some((score(item, &words, &said, &phrase, least)?, position, item));
        items.filter_map(scored).collect()
    };
    // Callers tell a story: when no item knows half of it, those that know any word of it are better than nothing.
    let mut found = matching(words.len().div_ceil(2));
    if found.is_empty() {
        found = matching(1);
    }
    found.sort_by_key(|(score, position, _)| (std::cmp::Reverse(*score), *position));
    found.into_iter().map(|(_, _, item)| item).take(12).collect()
}

/// `None` unless so many of the telling words match at least. Where nothing tells, as in ‘it is not on this’, an item must say the phrase.
fn score(item: &Item, words: &[Telling<'_>], said: &[String], phrase: &str, least: usize) -> Option<u32> {
    let whole = says(&item.title, phrase) || item.words.iter().any(|known| known.to_lowercase() == phrase);
    let hits: Vec<u32> = words.iter().map(|telling| hit(item, telling)).filter(|hit| *hit > 0).collect();
    if words.is_empty() {
        return (whole && said.len() > 1).then_some(0);
    }
    // What a caller adds, even a word such as ‘no’, may tell two items apart.
    let adds = |word: &&String| SAID_ANYHOW.contains(&word.as_str()) && as_typed(item, word) > 0;
    let added = said.iter().filter(adds).count() as u32;
    (hits.len() >= least.max(1)).then(|| 10 * hits.iter().sum::<u32>() + added + if whole { 50 } else { 0 })
}

fn hit(item: &Item, telling: &Telling<'_>) -> u32 {
    if telling.misspelt { alike(item, telling.word) } else { as_typed(item, telling.word) }
}

/// Whether a title has the phrase. The last of several words may be begun only; a single word must be whole.
fn says(title: &str, phrase: &str) -> bool {
    let title = title.to_lowercase();
    let title = format!(" {} ", parts(&title).collect::<Vec<_>>().join(" "));
    let end = if phrase.contains(' ') { "" } else { " " };
    title.contains(&format!(" {phrase}{end}"))
}

/// Whether the item has the word, or one that begins as it does.
fn as_typed(item: &Item, word: &str) -> u32 {
    let stem = stem(word);
    let same = |part: &str| part == word || part.strip_suffix('s').unwrap_or(part) == stem;
    let holds = |text: &str| parts(&text.to_lowercase()).any(same);
    let begins = |text: &str| parts(&text.to_lowercase()).any(|part| part.starts_with(stem));
    let in_words = |has: &dyn Fn(&str) -> bool| item.words.iter().any(|known| has(known));
    if holds(&item.title) {
        IN_TITLE
    } else if in_words(&holds) {
        IN_WORDS
    } else if begins(&item.title) {
        BEGUN_IN_TITLE
    } else if in_words(&begins) {
        BEGUN_IN_WORDS
    } else {
        0
    }
}

/// Whether a word of the item is the one that was probably meant. What callers call it by that word alone tells most, one word of several
/// least: ‘leek’ is any leak before it is a gas leak.
fn alike(item: &Item, word: &str) -> u32 {
    let holds = |text: &str| parts(&text.to_lowercase()).any(|part| near(part, word));
    let alone = |text: &str| parts(text).count() == 1;
    if item.words.iter().any(|known| alone(known) && holds(known)) {
        ALIKE_ALONE
    } else if holds(&item.title) {
        ALIKE_IN_TITLE
    } else if item.words.iter().any(|known| holds(known)) {
        ALIKE_IN_PHRASE
    } else {
        0
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

/// A word without its ending, so that ‘lights’ finds the light and ‘leaking’ the leak.
fn stem(word: &str) -> &str {
    ["ing", "ed", "es", "s"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .find(|rest| rest.len() >= 4)
        .unwrap_or(word)
}

/// One letter wrong, missing or too many, in words of four letters or more that tell something; endings aside.
fn near(known: &str, word: &str) -> bool {
    let long = |text: &str| text.chars().count() >= 4;
    long(known)
        && long(word)
        && !SAID_ANYHOW.contains(&known)
        && (one_edit_apart(known, word) || one_edit_apart(stem(known), stem(word)))
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
    use crate::declared::SCRIPT;

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
            let found: Vec<&str> = find(&SCRIPT, typed).iter().map(|item| item.key.as_str()).collect();
            assert!(found.contains(&key), "{typed}: {found:?}");
        }
        assert!(find(&SCRIPT, "zzzz qqqq").is_empty());
        assert!(find(&SCRIPT, "  ").is_empty());
    }

    fn keys(typed: &str) -> Vec<&'static str> {
        find(&SCRIPT, typed).iter().map(|item| item.key.as_str()).collect()
    }

    #[test]
    fn words_that_everybody_says_match_nothing_by_themselves() {
        let sparks = keys("sparks coming from plug");
        assert!(sparks.first() == Some(&"socket-unsafe") && sparks.contains(&"socket-dead"), "{sparks:?}");
        assert!(!sparks.contains(&"leak-from-above"), "{sparks:?}");
        assert!(keys("coming through my home").is_empty() && keys("no").is_empty());
        assert!(keys("not on this list").contains(&"something-else"));
        assert_eq!(keys("it is not on this"), ["something-else"], "all of them together are the item’s own");
    }

    #[test]
    fn a_word_that_is_spelt_right_is_meant_as_it_is() {
        let mould = keys("black mould on bedroom wall");
        assert!(mould.first() == Some(&"mould") && !mould.contains(&"power-lost-all"), "{mould:?}");
    }

    #[test]
    fn a_whole_word_comes_before_one_that_begins_so() {
        let lift = keys("lift");
        assert_eq!(lift[..2], ["lift-trapped", "lift-broken"], "{lift:?}");
        let boiler = keys("boiler not working");
        assert_eq!(boiler.first(), Some(&"no-heating"), "{boiler:?}");
    }

    #[test]
    fn a_leak_is_any_leak_before_it_is_a_gas_leak() {
        let leek = keys("leek");
        assert_eq!(leek.first(), Some(&"burst-pipe"), "{leek:?}");
        assert_eq!(keys("gas leek").first(), Some(&"gas-smell"));
    }
}
