//! What a search means in SQL, for the list and the search box.

use crate::rules::phone_digits;
use rooftree_kernel::Scope;
use rooftree_platform::{Error, Pool, Result};
use sqlx::{Postgres, QueryBuilder};

/// The expression that the trigram index holds.
pub(crate) const NAME: &str = "n.search_line";

/// Only those who may see everybody get at people by these pages. Others meet people through their own jobs; who may see no personal
/// data meets nobody.
pub fn everybody(scope: &Scope) -> Result<()> {
    if !scope.sees_all() || scope.no_personal_data {
        return Err(Error::NotFound("the person"));
    }
    Ok(())
}

/// What somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing yet.
    Nothing,
    /// A person's or a tenancy's reference.
    Reference(String),
    /// Digits of a telephone number.
    Phone(String),
    /// (Part of) an e-mail address, lower case.
    Email(String),
    /// Words of a name, lower case.
    Words(Vec<String>),
}

/// Reads a search.
pub fn read_search(text: &str) -> Wanted {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let number = upper.strip_prefix("N-").or(upper.strip_prefix("T-"));
    if number.is_some_and(|rest| rest.len() >= 3 && rest.bytes().all(|b| b.is_ascii_digit())) {
        return Wanted::Reference(upper);
    }
    if let Some(digits) = phone_digits(text) {
        return Wanted::Phone(digits);
    }
    if text.contains('@') && text.len() >= 4 {
        return Wanted::Email(text.to_lowercase());
    }
    // Words of addresses have digits; names do not.
    let words = rooftree_homes::public::search_words(text);
    if words.is_empty() || words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit())) {
        Wanted::Nothing
    } else {
        Wanted::Words(words)
    }
}

/// Text in which a pattern's own signs stand for themselves.
pub(crate) fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Narrows persons `n` to what was typed. `alike` are patterns of the nearest words, used when nothing matches as
/// typed.
pub(crate) fn push_wanted(sql: &mut QueryBuilder<Postgres>, text: &str, alike: Option<&[String]>) {
    match read_search(text) {
        Wanted::Nothing if text.is_empty() => {}
        // Nothing that could be a person: no rows rather than all of them.
        Wanted::Nothing => {
            sql.push(" and false");
        }
        Wanted::Reference(reference) if reference.starts_with("T-") => {
            sql.push(" and n.id in (select m.person_id from tenancy_person m join tenancy t on t.id = m.tenancy_id where t.reference = ");
            sql.push_bind(reference).push(")");
        }
        Wanted::Reference(reference) => {
            sql.push(" and n.reference = ").push_bind(reference);
        }
        Wanted::Phone(digits) => {
            sql.push(" and n.id in (select c.person_id from contact_point c where c.ended_at is null and c.kind = 'phone' and c.normal like ");
            sql.push_bind(format!("%{digits}%")).push(")");
        }
        Wanted::Email(part) => {
            sql.push(" and n.id in (select c.person_id from contact_point c where c.ended_at is null and c.kind = 'email' and c.normal like ");
            sql.push_bind(format!("%{}%", literal(&part))).push(")");
        }
        Wanted::Words(words) => {
            let typed = || rooftree_homes::public::words_typed(&words);
            for pattern in alike.map_or_else(typed, <[String]>::to_vec) {
                sql.push(format!(" and {NAME} ~ ")).push_bind(pattern);
            }
        }
    }
}

/// The words nearest to a search by words.
pub(crate) async fn nearest(pool: &Pool, text: &str) -> Result<Option<Vec<String>>> {
    match read_search(text) {
        Wanted::Words(typed) => rooftree_homes::public::words_alike(pool, "person_word", &typed).await,
        _ => Ok(None),
    }
}

/// The languages in use, for the filter.
pub async fn languages(pool: &Pool) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"with recursive l as (
               (select language from person order by language limit 1)
               union all
               select (select n.language from person n where n.language > l.language order by n.language limit 1) from l where l.language is not null
           ) select language as "language!" from l where language is not null limit 300"#
    )
    .fetch_all(pool)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_as_what_it_can_be() {
        assert_eq!(read_search("n-50012"), Wanted::Reference("N-50012".into()));
        assert_eq!(read_search("07700 900123"), Wanted::Phone("7700900123".into()));
        assert_eq!(read_search("900123"), Wanted::Phone("900123".into()));
        assert_eq!(read_search("A.Y@example"), Wanted::Email("a.y@example".into()));
        assert_eq!(read_search("O'Neill Mary"), Wanted::Words(vec!["o".into(), "neill".into(), "mary".into()]));
        assert_eq!(read_search("12 Mill Lane"), Wanted::Nothing);
        assert_eq!(read_search(""), Wanted::Nothing);
    }

    #[test]
    fn who_sees_no_personal_data_sees_nobody() {
        assert!(everybody(&Scope::without_personal_data()).is_err());
        assert!(everybody(&Scope::default()).is_ok());
    }

    #[test]
    fn signs_of_a_pattern_stand_for_themselves() {
        assert_eq!(literal("a_b%c\\"), "a\\_b\\%c\\\\");
    }
}
