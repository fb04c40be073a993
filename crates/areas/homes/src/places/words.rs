//! From words that were typed to patterns: short forms stand for the full word too, and in a misspelt search each word becomes the words
//! that exist and are nearest to it.

use super::rules::full_form;
use rooftree_platform::{Pool, Result};

/// The pattern of a word as typed: the beginning of a word. The token holds letters and digits only.
pub fn typed(word: &str) -> String {
    format!("\\m{word}")
}

/// The patterns of an address as typed. A short form is looked for as it is and in full: `rd` is also the beginning of `road`.
pub fn as_typed(words: &[String]) -> Vec<String> {
    let pattern = |(position, word): (usize, &String)| match full_form(position, word) {
        // What begins with the short form is found by it anyway.
        Some(full) if !full.starts_with(word.as_str()) => format!("\\m({word}|{full})"),
        _ => typed(word),
    };
    words.iter().enumerate().map(pattern).collect()
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
    let found: Vec<(i64, Vec<String>)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(words).fetch_all(pool).await?;
    let plain = |word: &str| word.chars().count() < 3 || word.bytes().any(|b| b.is_ascii_digit());
    let mut patterns = as_typed(words);
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
        assert_eq!(patterns("st johns ave"), ["\\mst", "\\mjohns", "\\mave"], "avenue begins with it");
    }
}
