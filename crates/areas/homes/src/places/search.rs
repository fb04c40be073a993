//! Homes in the one search box: an exact reference, property number or postcode first, then the place of that very name, then addresses as
//! typed, then what is alike.

use super::{
    model::{self, KINDS},
    queries::whole_register,
    rules::{Wanted, read_search, short_uprn, tokens},
    words,
};
use crate::{VIEW, public::title};
use async_trait::async_trait;
use rooftree_frame::{App, Caller, Hit, SearchSource};
use rooftree_kernel::text;
use rooftree_platform::{Pool, Result};
use sqlx::{Postgres, QueryBuilder};

/// Homes and other places.
pub struct Homes;

/// Candidates that are ranked; a search that has more is too wide to be useful.
const CANDIDATES_MAX: i64 = 300;
/// Scores of what matches as typed: least, and how much likeness adds.
const AS_TYPED: (f32, f32) = (0.5, 0.45);
/// Scores of what is only alike.
const ALIKE: (f32, f32) = (0.1, 0.4);
/// What a place scores above that when its own name was typed.
const OWN_NAME: f32 = 0.05;
const LINE: &str = "search_line";

#[derive(sqlx::FromRow)]
struct Found {
    reference: String,
    kind: String,
    name: String,
    address: String,
    postcode: String,
    ward: String,
    score: f32,
}

#[async_trait]
impl SearchSource for Homes {
    async fn search(&self, app: &App, caller: &Caller, query: &str, limit: i64) -> Result<Vec<Hit>> {
        if !caller.actor.may(&VIEW) || whole_register(caller.scope()).is_err() {
            return Ok(Vec::new());
        }
        let found = find(app.platform.reads(), query, limit).await?;
        Ok(found.into_iter().map(hit).collect())
    }
}

fn hit(found: Found) -> Hit {
    let ward = if found.ward.is_empty() { String::new() } else { format!(" · {}", found.ward) };
    Hit {
        kind: KINDS.iter().find(|kind| kind.0 == found.kind).map_or("Place", |kind| kind.1),
        title: title(&found.name, &found.address, &found.postcode),
        detail: format!("{} {}{ward}", model::words(KINDS, &found.kind), found.reference),
        href: format!("/homes/{}", found.reference),
        score: found.score,
    }
}

async fn find(pool: &Pool, query: &str, limit: i64) -> Result<Vec<Found>> {
    let text = text::fold(query.trim());
    match read_search(&text) {
        Wanted::Nothing => Ok(Vec::new()),
        Wanted::Reference(reference) => exact(pool, "reference = ", reference, limit).await,
        Wanted::Uprn(uprn) => exact(pool, "uprn = ", uprn, limit).await,
        Wanted::Postcode(start) if start.len() >= 5 => {
            exact(pool, "replace(lower(postcode), ' ', '') like ", format!("{start}%"), limit).await
        }
        // `b1` may begin a postcode or be a block: both ways of looking.
        Wanted::Postcode(start) => {
            let mut found = like(pool, &[words::typed(&start)], &text, limit, AS_TYPED).await?;
            let more = limit - found.len() as i64;
            found.extend(exact(pool, "replace(lower(postcode), ' ', '') like ", format!("{start}%"), more).await?);
            Ok(found)
        }
        Wanted::Words(typed) => {
            let mut found = match short_uprn(&typed) {
                Some(uprn) => exact(pool, "uprn = ", uprn.to_owned(), limit).await?,
                None => Vec::new(),
            };
            let more = limit - found.len() as i64;
            found.extend(like(pool, &words::as_typed(&typed), &text, more, AS_TYPED).await?);
            if !found.is_empty() {
                return Ok(found);
            }
            match words::alike(pool, "place_word", &typed).await? {
                Some(patterns) => like(pool, &patterns, &text, limit, ALIKE).await,
                None => Ok(Vec::new()),
            }
        }
    }
}

async fn exact(pool: &Pool, condition: &str, value: String, limit: i64) -> Result<Vec<Found>> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select reference, kind, name, address, postcode, ward, 1.0::real as score from place where ",
    );
    sql.push(condition).push_bind(value);
    sql.push(" and removed_at is null order by address_order, id limit ").push_bind(limit.max(0));
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// The places whose own name was typed, then those in whose line every pattern matches: a block comes before its flats, however many.
async fn like(pool: &Pool, patterns: &[String], text: &str, limit: i64, range: (f32, f32)) -> Result<Vec<Found>> {
    let mut found = named(pool, patterns, text, limit, range.0 + range.1 + OWN_NAME).await?;
    for more in close(pool, patterns, text, limit, range).await? {
        if !found.iter().any(|known| known.reference == more.reference) {
            found.push(more);
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// Places whose whole name the patterns are, word by word. A line begins with the name, so the index of lines serves; it knows nothing of
/// one or two letters, and to look for those alone would read every place.
async fn named(pool: &Pool, patterns: &[String], text: &str, limit: i64, score: f32) -> Result<Vec<Found>> {
    if !tokens(text).iter().any(|word| word.chars().count() >= 3) {
        return Ok(Vec::new());
    }
    let name = format!("^{}\\M", patterns.join("\\M[^[:alnum:]]+"));
    let mut sql = QueryBuilder::<Postgres>::new("select reference, kind, name, address, postcode, ward, ");
    sql.push_bind(score).push("::real as score from place where removed_at is null and name <> ''");
    sql.push(format!(" and {LINE} ~ ")).push_bind(name.clone());
    sql.push(" and search_form(name) ~ ").push_bind(format!("{name}[^[:alnum:]]*$"));
    sql.push(" order by kind = 'home', address_order, id limit ").push_bind(limit.max(0));
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// Places in whose line every pattern matches; the closest line first. Scores lie between `range.0` and `range.0 + range.1`.
async fn close(pool: &Pool, patterns: &[String], text: &str, limit: i64, range: (f32, f32)) -> Result<Vec<Found>> {
    let mut sql = QueryBuilder::<Postgres>::new("select reference, kind, name, address, postcode, ward, (");
    sql.push_bind(range.0).push(" + ").push_bind(range.1).push(" * strict_word_similarity(").push_bind(text.to_owned());
    sql.push(format!(", {LINE}))::real as score from (select * from place where removed_at is null"));
    for pattern in patterns {
        sql.push(format!(" and {LINE} ~ ")).push_bind(pattern.clone());
    }
    sql.push(" limit ").push_bind(CANDIDATES_MAX);
    sql.push(") candidates order by score desc, kind <> 'home', address_order limit ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(pool).await?)
}
