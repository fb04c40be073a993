//! From words that were typed to patterns: short forms stand for the full word too, and in a misspelt search each word becomes the words
//! that exist and are nearest to it.

use super::rules::full_form;
use rooftree_platform::{Pool, Result};

/// The pattern of a word as typed: the beginning of a word. The token holds letters and digits only.
pub fn typed(word: &str) -> String {
    format!("\\m{word}")
}

/// The patterns of a name or an address as typed. A short form is looked for as it is and in full: `rd` is also the beginning of `road`,
/// and `st` is a saint as well as a street.
pub fn as_typed(words: &[String]) -> Vec<String> {
    merged(words).iter().enumerate().map(|(position, word)| pattern(position, word)).collect()
}

fn pattern(position: usize, word: &str) -> String {
    match (word, full_form(position, word)) {
        ("st", _) => "\\m(st|saint)".to_owned(),
        ("saint", _) => "\\m(saint|st\\M)".to_owned(),
        // What begins with the short form is found by it anyway.
        (_, Some(full)) if !full.starts_with(word) => format!("\\m({word}|{full})"),
        _ => typed(&word.replace(' ', " ?")),
    }
}

/// Words of which an apostrophe made two: `o brien` is O’Brien, and `john s` is St John’s. They stay apart by a blank.
fn merged(words: &[String]) -> Vec<String> {
    let mut merged: Vec<String> = Vec::with_capacity(words.len());
    let mut open = false;
    for word in words {
        let letters = word.chars().all(char::is_alphabetic);
        match merged.last_mut() {
            Some(last) if (open && letters) || (word == "s" && last.chars().count() > 1) => {
                last.push(' ');
                last.push_str(word);
                open = false;
            }
            _ => {
                merged.push(word.clone());
                open = matches!(word.as_str(), "o" | "d" | "l" | "m");
            }
        }
    }
    merged
}

/// Patterns of the words nearest to those typed, from a table of known words; `None` when one of them is near to nothing. Two slips
/// are forgiven in a word of six letters, of five where the first is right and of four where the last is right, too; else one. Numbers and
/// words of one or two letters are taken as they are. No word stands for a longer one but for a letter too many: `lift` is nobody called Li.
pub async fn alike(pool: &Pool, vocabulary: &'static str, words: &[String]) -> Result<Option<Vec<String>>> {
    let sql = format!(
        "select t.position, coalesce(array_agg(v.word) filter (where v.word is not null), '{{}}') as near
         from unnest($1::text[]) with ordinality as t(typed, position)
         left join lateral (
             select word from {vocabulary}
             where length(word) >= greatest(3, length(t.typed) - 1) and levenshtein_less_equal(word, t.typed, 2)
                   <= case when length(t.typed) >= 6 or (left(word, 1) = left(t.typed, 1) and (length(t.typed) = 5 or (length(t.typed) = 4 and right(word, 1) = right(t.typed, 1))))
                           then 2 else 1 end
             order by levenshtein(word, t.typed), similarity(word, t.typed) desc, word limit 6
         ) v on true
         group by t.position order by t.position"
    );
    let words: Vec<String> = merged(words).iter().map(|word| word.replace(' ', "")).collect();
    let found: Vec<(i64, Vec<String>)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&words).fetch_all(pool).await?;
    let plain = |word: &str| word.chars().count() < 3 || word.bytes().any(|b| b.is_ascii_digit());
    let mut patterns: Vec<String> = words.iter().enumerate().map(|(position, word)| pattern(position, word)).collect();
    for (position, (word, (_, near))) in words.iter().zip(found).enumerate() {
        // A short form is near to many words and means one.
        if plain(word) || full_form(position, word).is_some() {
            continue;
        }
        if near.is_empty() {
            return Ok(None);
        }
        patterns[position] = format!("\\m({})", near.join("|"));
    }
    Ok(Some(patterns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_is_looked_for_in_full_too() {
        let patterns = |text: &str| as_typed(&super::super::rules::tokens(text));
        assert_eq!(patterns("elmfield rd"), ["\\melmfield", "\\m(rd|road)"]);
        assert_eq!(patterns("elm ave"), ["\\melm", "\\mave"], "avenue begins with it");
        assert_eq!(patterns("st john's close"), ["\\m(st|saint)", "\\mjohn ?s", "\\mclose"]);
        assert_eq!(patterns("Siobhán O’Brien"), ["\\msiobhan", "\\mo ?brien"]);
        assert_eq!(patterns("flat d 12"), ["\\mflat", "\\md", "\\m12"]);
    }
}
