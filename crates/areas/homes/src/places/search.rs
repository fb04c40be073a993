//! Homes in the one search box: an exact reference, property number or postcode first, then addresses as typed, then what is alike.

use super::{
    model::{self, KINDS},
    queries::whole_register,
    rules::{Wanted, read_search},
    words,
};
use crate::{VIEW, public::title};
use async_trait::async_trait;
use rooftree_frame::{App, Caller, Hit, SearchSource};
use rooftree_platform::Result;
use sqlx::{PgPool, Postgres, QueryBuilder};

/// Homes and other places.
pub struct Homes;

/// Candidates that are ranked; a search that has more is too wide to be useful.
const CANDIDATES_MAX: i64 = 300;
/// Scores of what matches as typed: least, and how much likeness adds.
const AS_TYPED: (f32, f32) = (0.5, 0.45);
/// Scores of what is only alike.
const ALIKE: (f32, f32) = (0.1, 0.4);
const LINE: &str = "lower(name || ' ' || address || ' ' || postcode)";

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
        let found = find(app.platform.pool(), query, limit).await?;
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

async fn find(pool: &PgPool, query: &str, limit: i64) -> Result<Vec<Found>> {
    let text = query.trim().to_lowercase();
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
            let patterns: Vec<String> = typed.iter().map(|word| words::typed(word)).collect();
            let found = like(pool, &patterns, &text, limit, AS_TYPED).await?;
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

async fn exact(pool: &PgPool, condition: &str, value: String, limit: i64) -> Result<Vec<Found>> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select reference, kind, name, address, postcode, ward, 1.0::real as score from place where ",
    );
    sql.push(condition).push_bind(value);
    sql.push(" and removed_at is null order by address_order, id limit ").push_bind(limit.max(0));
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// Places in whose line every pattern matches; the closest line first. Scores lie between `range.0` and `range.0 + range.1`.
async fn like(pool: &PgPool, patterns: &[String], text: &str, limit: i64, range: (f32, f32)) -> Result<Vec<Found>> {
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
