//! People in the one search box: reference, telephone digits, e-mail, name as typed, then names that are alike.

use super::queries::{NAME, Wanted, everybody, nearest, push_wanted, read_search};
use crate::{VIEW, rules::spoken_phone};
use async_trait::async_trait;
use rooftree_frame::{App, Caller, Hit, SearchSource};
use rooftree_kernel::Day;
use rooftree_platform::{Pool, Result};
use sqlx::{Postgres, QueryBuilder};

/// People.
pub struct People;

/// Candidates that are ranked; a search that has more is too wide to be useful.
const CANDIDATES_MAX: i64 = 300;

#[derive(sqlx::FromRow)]
struct Found {
    reference: String,
    name: String,
    address: Option<String>,
    phone: Option<String>,
    score: f32,
}

#[async_trait]
impl SearchSource for People {
    async fn search(&self, app: &App, caller: &Caller, query: &str, limit: i64) -> Result<Vec<Hit>> {
        if !caller.actor.may(&VIEW) || everybody(caller.scope()).is_err() {
            return Ok(Vec::new());
        }
        let (pool, today, text) = (app.platform.reads(), app.platform.now().day(), query.trim());
        let wanted = read_search(text);
        if wanted == Wanted::Nothing {
            return Ok(Vec::new());
        }
        let mut found = find(pool, text, &wanted, None, limit, today).await?;
        if found.is_empty()
            && let Some(alike) = nearest(pool, text).await?
        {
            found = find(pool, text, &wanted, Some(&alike), limit, today).await?;
        }
        Ok(found.into_iter().map(hit).collect())
    }
}

fn hit(found: Found) -> Hit {
    let phone = found.phone.as_deref().map(spoken_phone);
    let detail: Vec<String> = [found.address, phone, Some(found.reference.clone())].into_iter().flatten().collect();
    Hit {
        kind: "Person",
        title: found.name,
        detail: detail.join(" · "),
        href: format!("/people/{}", found.reference),
        score: found.score,
    }
}

async fn find(
    pool: &Pool,
    text: &str,
    wanted: &Wanted,
    alike: Option<&[String]>,
    limit: i64,
    today: Day,
) -> Result<Vec<Found>> {
    let text = rooftree_kernel::text::fold(text);
    let mut sql = QueryBuilder::<Postgres>::new(
        "select b.reference, b.name, b.score, h.address,
                (select normal from contact_point c where c.person_id = b.id and c.kind = 'phone' and c.ended_at is null order by ",
    );
    // Of several numbers the one that was typed: it shows why they were found.
    if let Wanted::Phone(digits) = wanted {
        sql.push("(c.normal like ").push_bind(format!("%{digits}%")).push(") desc, ");
    }
    sql.push("c.preferred desc, c.id limit 1) as phone from (select k.*, ");
    match wanted {
        Wanted::Words(_) => {
            let (least, more): (f32, f32) = if alike.is_some() { (0.1, 0.4) } else { (0.5, 0.45) };
            sql.push("(").push_bind(least).push(" + ").push_bind(more).push(" * strict_word_similarity(");
            sql.push_bind(text.clone()).push(", k.line))::real")
        }
        _ => sql.push("1.0::real"),
    };
    sql.push(format!(
        " as score from (select n.id, n.reference, n.family_name, concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as name,
                        {NAME} as line from person n"
    ));
    sql.push(" where n.removed_at is null");
    push_wanted(&mut sql, &text, alike);
    sql.push(" limit ").push_bind(CANDIDATES_MAX);
    sql.push(") k order by score desc, k.family_name, k.id limit ").push_bind(limit);
    sql.push(
        ") b left join lateral (
             select concat_ws(', ', p.address, nullif(p.postcode, '')) as address
             from tenancy_person m join tenancy t on t.id = m.tenancy_id join place p on p.id = t.place_id
             where m.person_id = b.id and m.until_day is null and (t.end_day is null or t.end_day >= ",
    );
    sql.push_bind(today)
        .push(") order by t.start_day desc limit 1) h on true order by b.score desc, b.family_name, b.id");
    Ok(sql.build_query_as().fetch_all(pool).await?)
}
