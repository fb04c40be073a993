//! Reads for the list, the tree and the exports.

use super::{
    model::{KINDS, STATUSES, TENURES, Word},
    rules::{Wanted, read_search},
    words,
};
use rooftree_kernel::{Day, PlaceId, Scope};
use rooftree_platform::{Db, Error, Pool, Result, boxed};
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder};

/// Places on one page of a list.
pub const PAGE_ROWS: i64 = 50;
/// Counting stops here: a list says “more than”.
pub const COUNT_MAX: i64 = 10_000;
/// The expression that the trigram index holds.
const LINE: &str = "lower(p.name || ' ' || p.address || ' ' || p.postcode)";
/// Places under a live alert, their own or one of a place that they lie in.
const ALERTED: &str = "with recursive under as (
        select a.id as alert, a.place_id as id, 0 as depth from place_alert a
        where a.ended_at is null and (a.until_day is null or a.until_day >= $TODAY$) and $KIND$
        union all
        select u.alert, c.id, u.depth + 1 from under u join place c on c.parent_id = u.id where u.depth < 8)";

/// Only those who may see the whole register get at it by these pages: providers, operatives and residents see homes through their
/// own jobs.
pub fn whole_register(scope: &Scope) -> Result<()> {
    if scope.provider.is_some() || scope.operative.is_some() || scope.person.is_some() {
        return Err(Error::NotFound("the place"));
    }
    Ok(())
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// `address`, `ref`, `ward`, `built`.
    pub key: &'static str,
    /// The expression.
    column: &'static str,
    /// From the end.
    pub descending: bool,
}

const SORTS: &[(&str, &str)] = &[
    ("address", "p.address_order"),
    ("ref", "p.reference"),
    ("ward", "p.ward"),
    ("built", "coalesce(p.build_year, 0)::text"),
];

/// What a list shows.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What was typed.
    pub q: String,
    /// One kind, or all.
    pub kind: Option<String>,
    /// One ward.
    pub ward: Option<String>,
    /// One tenure.
    pub tenure: Option<String>,
    /// One status.
    pub status: Option<String>,
    /// One patch.
    pub patch: Option<String>,
    /// `any`, or a kind of alert.
    pub alerts: Option<String>,
    /// Only what lies directly in this place.
    pub parent: Option<PlaceId>,
    /// The order.
    pub sort: Sort,
    /// The day on which alerts must hold.
    pub today: Day,
}

impl Filter {
    /// From an address. Unknown words are passed over, so that an old link still shows a list.
    pub fn from_query(query: &Query, today: Day) -> Self {
        let given = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let one_of = |name: &str, words: &[Word]| given(name).filter(|text| words.iter().any(|word| word.0 == text));
        let wanted = query.get("sort").unwrap_or("address");
        let (descending, key) = wanted.strip_prefix('-').map_or((false, wanted), |key| (true, key));
        let (key, column) = SORTS.iter().copied().find(|sort| sort.0 == key).unwrap_or(SORTS[0]);
        Self {
            q: given("q").unwrap_or_default().chars().take(100).collect(),
            kind: match query.get("kind") {
                Some("all") => None,
                None | Some("") => Some("home".to_owned()),
                Some(_) => one_of("kind", KINDS),
            },
            ward: given("ward"),
            tenure: one_of("tenure", TENURES),
            status: one_of("status", STATUSES),
            patch: given("patch"),
            alerts: given("alerts"),
            parent: None,
            sort: Sort { key, column, descending },
            today,
        }
    }

    /// What lies directly in a place.
    pub fn inside(parent: PlaceId, today: Day) -> Self {
        let everything = Self::from_query(&Query::parse("", "kind=all"), today);
        Self { parent: Some(parent), ..everything }
    }

    fn push(&self, sql: &mut QueryBuilder<Postgres>, alike: Option<&[String]>) {
        sql.push(" where p.removed_at is null");
        let columns = [
            ("p.kind", &self.kind),
            ("p.ward", &self.ward),
            ("p.tenure", &self.tenure),
            ("p.status", &self.status),
            ("p.patch", &self.patch),
        ];
        for (column, value) in columns {
            if let Some(value) = value {
                sql.push(format!(" and {column} = ")).push_bind(value.clone());
            }
        }
        if let Some(parent) = self.parent {
            sql.push(" and p.parent_id = ").push_bind(parent);
        }
        if let Some(kind) = &self.alerts {
            sql.push(" and p.id in (");
            push_alerted(sql, Some(kind), self.today);
            sql.push(" select id from under)");
        }
        push_wanted(sql, &self.q, alike);
    }
}

/// The places under a live alert, of one kind or any.
fn push_alerted(sql: &mut QueryBuilder<Postgres>, kind: Option<&str>, today: Day) {
    let (before, rest) = ALERTED.split_once("$TODAY$").unwrap_or((ALERTED, ""));
    let (between, after) = rest.split_once("$KIND$").unwrap_or((rest, ""));
    sql.push(before).push_bind(today).push(between);
    match kind {
        Some(kind) => sql.push_bind(kind.to_owned()).push(" in ('any', a.kind)"),
        None => sql.push("true"),
    };
    sql.push(after);
}

/// Narrows to what was typed. `alike` are patterns of the nearest words, used when nothing matches as typed.
fn push_wanted(sql: &mut QueryBuilder<Postgres>, text: &str, alike: Option<&[String]>) {
    let mut patterns = |patterns: &[String]| {
        for pattern in patterns {
            sql.push(format!(" and {LINE} ~ ")).push_bind(pattern.clone());
        }
    };
    match read_search(text) {
        Wanted::Nothing => {}
        Wanted::Words(words) => match alike {
            Some(alike) => patterns(alike),
            None => patterns(&words::as_typed(&words)),
        },
        Wanted::Reference(reference) => {
            sql.push(" and p.reference = ").push_bind(reference);
        }
        Wanted::Uprn(uprn) => {
            sql.push(" and p.uprn = ").push_bind(uprn);
        }
        Wanted::Postcode(start) => {
            sql.push(" and replace(lower(p.postcode), ' ', '') like ").push_bind(format!("{start}%"));
        }
    }
}

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Its id.
    pub id: PlaceId,
    /// `H-10001`.
    pub reference: String,
    /// Its kind's key.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its postcode.
    pub postcode: String,
    /// Its ward.
    pub ward: String,
    /// Its tenure's key.
    pub tenure: Option<String>,
    /// Its status' key.
    pub status: String,
    /// Its patch.
    pub patch: String,
    /// Property number.
    pub uprn: Option<String>,
    /// Year it was built.
    pub build_year: Option<i32>,
    /// Bedrooms.
    pub bedrooms: Option<i32>,
    /// Energy band.
    pub epc: Option<String>,
    /// Live alerts, inherited ones included.
    pub alerts: i64,
}

const COLUMNS: &str = "p.id, p.reference, p.kind, p.name, p.address, p.postcode, p.ward, p.tenure, p.status, p.patch, p.uprn, \
     p.build_year, p.bedrooms, p.epc";
/// For the few rows of a page; an export counts all alerts at once instead.
const ALERTS_OF_ROW: &str = "(select count(*) from place_alert a where a.ended_at is null \
     and a.place_id in (select * from place_and_above(p.id)) and (a.until_day is null or a.until_day >= ";

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

/// Where a page begins: after or before the place with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From<'a> {
    /// At the beginning.
    Start,
    /// After that place.
    After(&'a str),
    /// Before that place.
    Before(&'a str),
}

impl<'a> From<'a> {
    /// From the address: `after=H-10042` or `before=…`.
    pub fn from_query(query: &'a Query) -> Self {
        match (query.get("after"), query.get("before")) {
            (Some(reference), _) if !reference.is_empty() => Self::After(reference),
            (_, Some(reference)) if !reference.is_empty() => Self::Before(reference),
            _ => Self::Start,
        }
    }
}

/// A page of the places that the filter lets through.
pub async fn page(pool: &Pool, filter: &Filter, from: From<'_>, limit: i64) -> Result<Page> {
    let mut total = count(pool, filter, None).await?;
    let alike = if total == 0 { nearest(pool, filter).await? } else { None };
    if alike.is_some() {
        total = count(pool, filter, alike.as_deref()).await?;
    }
    let back = matches!(from, From::Before(_));
    let mut sql = QueryBuilder::new(format!("select {COLUMNS}, {ALERTS_OF_ROW}"));
    sql.push_bind(filter.today).push(")) as alerts from place p");
    filter.push(&mut sql, alike.as_deref());
    let down = filter.sort.descending != back;
    let column = filter.sort.column;
    if let From::After(reference) | From::Before(reference) = from {
        sql.push(format!(
            " and ({column}, p.id) {} (select {column}, p.id from place p where p.reference = ",
            if down { "<" } else { ">" }
        ));
        sql.push_bind(reference.to_uppercase()).push(")");
    }
    let direction = if down { "desc" } else { "asc" };
    sql.push(format!(" order by {column} {direction}, p.id {direction} limit ")).push_bind(limit + 1);
    let mut lines: Vec<Line> = sql.build_query_as().fetch_all(pool).await?;
    let more = lines.len() as i64 > limit;
    lines.truncate(usize::try_from(limit).unwrap_or(0));
    if back {
        lines.reverse();
    }
    let first = lines.first().map(|line| line.reference.clone());
    let last = lines.last().map(|line| line.reference.clone());
    let next = if back { true } else { more };
    let previous = match from {
        From::Start => false,
        From::After(_) => true,
        From::Before(_) => more,
    };
    Ok(Page { next: last.filter(|_| next), previous: first.filter(|_| previous), lines, total, alike: alike.is_some() })
}

/// The words nearest to a search by words.
async fn nearest(pool: &Pool, filter: &Filter) -> Result<Option<Vec<String>>> {
    match read_search(&filter.q) {
        Wanted::Words(typed) => words::alike(pool, "place_word", &typed).await,
        _ => Ok(None),
    }
}

async fn count(pool: &Pool, filter: &Filter, alike: Option<&[String]>) -> Result<i64> {
    let mut sql = QueryBuilder::new("select count(*) from (select 1 from place p");
    filter.push(&mut sql, alike);
    sql.push(" limit ").push_bind(COUNT_MAX + 1).push(") counted");
    Ok(sql.build_query_scalar().fetch_one(pool).await?)
}

/// All places that the filter lets through, at most so many, for an export.
pub async fn all(pool: &Pool, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let alike = if count(pool, filter, None).await? == 0 { nearest(pool, filter).await? } else { None };
    let mut sql = QueryBuilder::new("");
    push_alerted(&mut sql, None, filter.today);
    sql.push(format!(
        ", alerted as (select id, count(*) as n from under group by id)
         select {COLUMNS}, coalesce(t.n, 0) as alerts from place p left join alerted t on t.id = p.id"
    ));
    filter.push(&mut sql, alike.as_deref());
    let direction = if filter.sort.descending { "desc" } else { "asc" };
    sql.push(format!(" order by {} {direction}, p.id {direction} limit ", filter.sort.column)).push_bind(limit);
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// A place on the way from the top of the tree.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its reference.
    pub reference: String,
    /// What a breadcrumb says.
    pub label: String,
}

/// What a place lies in, from the top, without the place itself.
#[boxed]
pub async fn above(db: impl Into<Db<'_>>, id: PlaceId) -> Result<Vec<Step>> {
    let rows = sqlx::query!(
        r#"with recursive tree as (
               select id, parent_id, reference, name, address, 0 as depth from place where id = $1
               union all
               select p.id, p.parent_id, p.reference, p.name, p.address, t.depth + 1 from place p join tree t on p.id = t.parent_id
               where t.depth < 8
           )
           select reference as "reference!", name as "name!", address as "address!" from tree where depth > 0 order by depth desc"#,
        id as _
    )
    .fetch_all(db)
    .await?;
    let label = |name: String, address: String| if name.is_empty() { address } else { name };
    Ok(rows.into_iter().map(|row| Step { reference: row.reference, label: label(row.name, row.address) }).collect())
}

/// The wards and patches in use, for the filters.
pub async fn wards_and_patches(pool: &Pool) -> Result<(Vec<String>, Vec<String>)> {
    let wards = crate::public::wards(pool).await?;
    let patches = crate::public::patches(pool).await?;
    Ok((wards, patches))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(jiff::civil::date(2026, 11, 22));

    #[test]
    fn a_filter_is_read_from_the_address() {
        let filter = Filter::from_query(
            &Query::parse("/homes", "ward=Lye+Valley&tenure=council&status=nonsense&sort=-ref"),
            TODAY,
        );
        assert_eq!((filter.kind.as_deref(), filter.ward.as_deref()), (Some("home"), Some("Lye Valley")));
        assert_eq!((filter.tenure.as_deref(), filter.status.as_deref()), (Some("council"), None));
        assert_eq!((filter.sort.key, filter.sort.descending), ("ref", true));
        assert_eq!(Filter::from_query(&Query::parse("/homes", "kind=all&sort=drop"), TODAY).kind, None);
    }

    #[test]
    fn every_value_is_bound() {
        let filter = Filter {
            q: "12 mill'; drop".into(),
            ..Filter::from_query(&Query::parse("/homes", "ward=x'y&alerts=any"), TODAY)
        };
        let mut sql = QueryBuilder::new("");
        filter.push(&mut sql, None);
        let text = sql.sql().as_str().to_owned();
        assert!(!text.contains("x'y") && !text.contains("drop") && text.contains("$5"), "{text}");
    }

    #[test]
    fn a_provider_does_not_browse_the_register() {
        let provider = Scope { provider: Some(rooftree_kernel::ProviderId::new()), ..Scope::default() };
        assert!(whole_register(&provider).is_err());
        assert!(whole_register(&Scope { no_personal_data: true, ..Scope::default() }).is_ok());
    }
}
