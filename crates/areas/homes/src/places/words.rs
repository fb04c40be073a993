//! Misspelt searches: each word that was typed becomes the words that exist and are nearest to it.

use rooftree_platform::Result;
use sqlx::PgPool;

/// The pattern of a word as typed: the beginning of a word. The token holds letters and digits only.
pub fn typed(word: &str) -> String {
    format!("\\m{word}")
}

/// Patterns of the words nearest to those typed, from a table of known words; `None` when one of them is near to nothing. Two slips
/// are forgiven in a longer word or where the first letter is right, else one; numbers and words of one or two letters are taken as
/// they are.
pub async fn alike(pool: &PgPool, vocabulary: &'static str, words: &[String]) -> Result<Option<Vec<String>>> {
    let sql = format!(
        "select t.position, coalesce(array_agg(v.word) filter (where v.word is not null), '{{}}') as near
         from unnest($1::text[]) with ordinality as t(typed, position)
         left join lateral (
             select word from {vocabulary}
             where levenshtein_less_equal(word, t.typed, 2)
                   <= case when length(t.typed) >= 6 or (length(t.typed) >= 4 and left(word, 1) = left(t.typed, 1)) then 2 else 1 end
             order by levenshtein(word, t.typed), similarity(word, t.typed) desc, word limit 6
         ) v on true
         group by t.position order by t.position"
    );
    let found: Vec<(i64, Vec<String>)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(words).fetch_all(pool).await?;
    let plain = |word: &str| word.chars().count() < 3 || word.bytes().any(|b| b.is_ascii_digit());
    let mut patterns = Vec::with_capacity(words.len());
    for (word, (_, near)) in words.iter().zip(found) {
        if plain(word) {
            patterns.push(typed(word));
        } else if near.is_empty() {
            return Ok(None);
        } else {
            patterns.push(format!("\\m({})", near.join("|")));
        }
    }
    Ok(Some(patterns))
}
