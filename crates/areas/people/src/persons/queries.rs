//! Reads for the list, its export and the search box.

use super::model::CHANNELS;
use crate::rules::phone_digits;
use rooftree_kernel::{Day, PersonId, Scope};
use rooftree_platform::{Error, Pool, Result};
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder};

/// Persons on one page of a list.
pub const PAGE_ROWS: i64 = 50;
/// Counting stops here: a list says “more than”.
pub const COUNT_MAX: i64 = 10_000;
/// The expression that the trigram index holds.
pub(crate) const NAME: &str = "lower(n.given_name || ' ' || n.family_name || ' ' || n.known_as)";

/// Only those who may see everybody get at people by these pages. Others meet people through their own jobs; who may see no personal
/// data meets nobody.
pub fn everybody(scope: &Scope) -> Result<()> {
    if scope.provider.is_some() || scope.operative.is_some() || scope.person.is_some() || scope.no_personal_data {
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

/// What a list shows.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What was typed.
    pub q: String,
    /// A need that is not sensitive.
    pub need: Option<String>,
    /// A language.
    pub language: Option<String>,
    /// A preferred way to be reached.
    pub channel: Option<String>,
    /// Only those who need an interpreter.
    pub interpreter: bool,
    /// From the end of the alphabet.
    pub descending: bool,
    /// By reference instead of by name.
    pub by_reference: bool,
    /// The day on which tenancies must run.
    pub today: Day,
}

impl Filter {
    /// From an address. Unknown words are passed over, so that an old link still shows a list.
    pub fn from_query(query: &Query, today: Day) -> Self {
        let given = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let sort = query.get("sort").unwrap_or("name");
        Self {
            q: given("q").unwrap_or_default().chars().take(100).collect(),
            // Filtering by a sensitive need would show who has it.
            need: given("need").filter(|key| crate::needs::get(key).is_some_and(|kind| !kind.sensitive)),
            language: given("language"),
            channel: given("channel").filter(|key| CHANNELS.iter().any(|channel| channel.0 == key)),
            interpreter: query.get("interpreter") == Some("yes"),
            descending: sort.starts_with('-'),
            by_reference: sort.trim_start_matches('-') == "ref",
            today,
        }
    }

    fn columns(&self) -> &'static str {
        if self.by_reference {
            "n.reference, n.reference, n.id"
        } else {
            "lower(n.family_name), lower(n.given_name), n.id"
        }
    }

    fn order(&self, down: bool) -> String {
        let direction = if down { "desc" } else { "asc" };
        self.columns().split(", ").map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
    }

    fn push(&self, sql: &mut QueryBuilder<Postgres>, alike: Option<&[String]>) {
        sql.push(" where n.removed_at is null");
        if let Some(language) = &self.language {
            sql.push(" and n.language = ").push_bind(language.clone());
        }
        if let Some(channel) = &self.channel {
            sql.push(" and n.preferred_channel = ").push_bind(channel.clone());
        }
        if self.interpreter {
            sql.push(" and n.interpreter");
        }
        if let Some(need) = &self.need {
            sql.push(" and exists (select 1 from person_need d where d.person_id = n.id and d.ended_at is null and d.need = ");
            sql.push_bind(need.clone()).push(")");
        }
        push_wanted(sql, &self.q, alike);
    }
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
            let typed = || words.iter().map(|word| rooftree_homes::public::word_typed(word)).collect();
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

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Their id.
    pub id: PersonId,
    /// `N-50001`.
    pub reference: String,
    /// `Yusuf, Mrs Amina`.
    pub name: String,
    /// The language they speak best.
    pub language: String,
    /// They need an interpreter.
    pub interpreter: bool,
    /// One of [`CHANNELS`].
    pub preferred_channel: String,
    /// Where they live.
    pub address: Option<String>,
    /// That home's reference.
    pub home: Option<String>,
    /// A telephone number in international digits.
    pub phone: Option<String>,
    /// They have died.
    pub died: bool,
}

fn select(today: Day) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "select n.id, n.reference, concat_ws(', ', n.family_name, nullif(concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, '')), '')) as name,
                n.language, n.interpreter, n.preferred_channel, h.address, h.reference as home, c.normal as phone, n.died_on is not null as died
         from person n
         left join lateral (
             select p.reference, concat_ws(', ', p.address, nullif(p.postcode, '')) as address
             from tenancy_person m join tenancy t on t.id = m.tenancy_id join place p on p.id = t.place_id
             where m.person_id = n.id and m.until_day is null and (t.end_day is null or t.end_day >= ",
    );
    sql.push_bind(today);
    sql.push(
        ") order by t.start_day desc limit 1) h on true
         left join lateral (
             select normal from contact_point where person_id = n.id and kind = 'phone' and ended_at is null order by preferred desc, id limit 1
         ) c on true",
    );
    sql
}

/// A page of a list, with what leads to its neighbours.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Line>,
    /// Reference of the last line, when more follow.
    pub next: Option<String>,
    /// Reference of the first line, when more come before.
    pub previous: Option<String>,
    /// How many there are in all, at most [`COUNT_MAX`] + 1.
    pub total: i64,
    /// Nothing matched as typed; these are alike.
    pub alike: bool,
}

/// A page of the persons that the filter lets through. `from` is a reference and whether the page comes before it.
pub async fn page(pool: &Pool, filter: &Filter, from: Option<(&str, bool)>, limit: i64) -> Result<Page> {
    let mut total = count(pool, filter, None).await?;
    let alike = if total == 0 { nearest(pool, &filter.q).await? } else { None };
    if alike.is_some() {
        total = count(pool, filter, alike.as_deref()).await?;
    }
    let back = from.is_some_and(|(_, back)| back);
    let down = filter.descending != back;
    let mut sql = select(filter.today);
    filter.push(&mut sql, alike.as_deref());
    if let Some((reference, _)) = from {
        let (columns, sign) = (filter.columns(), if down { "<" } else { ">" });
        sql.push(format!(" and ({columns}) {sign} (select {columns} from person n where n.reference = "))
            .push_bind(reference.to_uppercase())
            .push(")");
    }
    sql.push(format!(" order by {} limit ", filter.order(down))).push_bind(limit + 1);
    let mut lines: Vec<Line> = sql.build_query_as().fetch_all(pool).await?;
    let more = lines.len() as i64 > limit;
    lines.truncate(usize::try_from(limit).unwrap_or(0));
    if back {
        lines.reverse();
    }
    let first = lines.first().map(|line| line.reference.clone());
    let last = lines.last().map(|line| line.reference.clone());
    let (next, previous) = match from {
        None => (more, false),
        Some((_, false)) => (more, true),
        Some((_, true)) => (true, more),
    };
    Ok(Page { next: last.filter(|_| next), previous: first.filter(|_| previous), lines, total, alike: alike.is_some() })
}

async fn count(pool: &Pool, filter: &Filter, alike: Option<&[String]>) -> Result<i64> {
    let mut sql = QueryBuilder::new("select count(*) from (select 1 from person n");
    filter.push(&mut sql, alike);
    sql.push(" limit ").push_bind(COUNT_MAX + 1).push(") counted");
    Ok(sql.build_query_scalar().fetch_one(pool).await?)
}

/// All persons that the filter lets through, at most so many, for an export.
pub async fn all(pool: &Pool, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let alike = if count(pool, filter, None).await? == 0 { nearest(pool, &filter.q).await? } else { None };
    let mut sql = select(filter.today);
    filter.push(&mut sql, alike.as_deref());
    sql.push(format!(" order by {} limit ", filter.order(filter.descending))).push_bind(limit);
    Ok(sql.build_query_as().fetch_all(pool).await?)
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
    fn nobody_is_listed_by_a_sensitive_need() {
        let today = "2026-11-22".parse().unwrap();
        let filter = |query: &str| Filter::from_query(&Query::parse("/people", query), today);
        assert_eq!(filter("need=dementia").need, None);
        assert_eq!(filter("need=large-print").need.as_deref(), Some("large-print"));
    }

    #[test]
    fn who_sees_no_personal_data_sees_nobody() {
        assert!(everybody(&Scope { no_personal_data: true, ..Scope::default() }).is_err());
        assert!(everybody(&Scope::default()).is_ok());
    }

    #[test]
    fn signs_of_a_pattern_stand_for_themselves() {
        assert_eq!(literal("a_b%c\\"), "a\\_b\\%c\\\\");
    }
}
