//! Looking for findings: one statement for each rule.

use super::rules::Rule;
use crate::{Db, Platform, Result, boxed, jobs::JobHandler};
use async_trait::async_trait;
use rooftree_kernel::Moment;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

/// The job that searches when somebody asks for it.
pub const JOB: &str = "repairs.quality";
/// Who closes what no longer holds.
const PROGRAM: &str = "Rooftree";
/// Findings of one rule that are kept: more is not a list to work through but a fault of the whole source.
const FINDINGS_MAX: i64 = 5_000;

/// The setting that says when the last search by all rules began.
pub const SEARCHED: &str = "quality.searched-at";
/// Without a reason to search sooner, in seconds.
const EVERY_SECONDS: i64 = 6 * 3600;

/// The regular search, where it is time for one: six hours after the last, or as soon as an import has brought in rows.
#[boxed]
pub async fn find_when_due(platform: &Platform) -> Result<()> {
    if is_due(platform).await? { find_all(platform).await } else { Ok(()) }
}

/// The search that was asked for.
pub struct CheckNow;

#[async_trait]
impl JobHandler for CheckNow {
    async fn run(&self, platform: &Platform, _: &Value) -> Result<()> {
        find_all(platform).await
    }
}

/// When all rules were last searched by; none before the first search.
#[boxed]
pub async fn searched(db: impl Into<Db<'_>>) -> Result<Option<Moment>> {
    let value = sqlx::query_scalar!("select value from setting where key = $1", SEARCHED).fetch_optional(db).await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// It is time again, or an import has brought in rows that nobody has looked at.
async fn is_due(platform: &Platform) -> Result<bool> {
    let Some(last) = searched(platform.writes()).await? else { return Ok(true) };
    if platform.now().seconds_since(last) >= EVERY_SECONDS {
        return Ok(true);
    }
    let imported = sqlx::query_scalar!(
        r#"select exists (select from import_batch where finished_at > $1) as "exists!""#,
        last as _
    );
    Ok(imported.fetch_one(platform.writes()).await?)
}

/// Searches by every rule. A rule that fails is logged and does not keep the others from running.
#[boxed]
pub async fn find_all(platform: &Platform) -> Result<()> {
    let (began, mut failed) = (platform.now(), None);
    for rule in &platform.registry().quality {
        if let Err(error) = find(platform, rule).await {
            tracing::error!(rule = %rule.key, %error, "a data-quality rule failed");
            failed = Some(error);
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    sqlx::query!(
        "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
        SEARCHED,
        json!(began)
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Searches by one rule, in one statement: new findings are added, words are brought up to date, what no longer holds is closed, and what the
/// program had closed and holds again is opened.
#[boxed]
pub async fn find(platform: &Platform, rule: &Rule) -> Result<u64> {
    let sql = format!(
        "with found as materialized (select distinct on (f.subject_id) f.subject_id, f.reference, f.detail from ({}\n) f order by f.subject_id, f.detail limit $4),
         kept as (
             insert into quality_finding as q (id, rule, subject_id, reference, detail, found_at)
             select gen_random_uuid(), $1, subject_id, reference, detail, $2 from found
             on conflict (rule, subject_id) do update set
                 reference = excluded.reference, detail = excluded.detail,
                 found_at = case when q.resolved_by = $3 then excluded.found_at else q.found_at end,
                 resolution = case when q.resolved_by = $3 then '' else q.resolution end,
                 resolved_at = case when q.resolved_by = $3 then null else q.resolved_at end,
                 resolved_by = case when q.resolved_by = $3 then null else q.resolved_by end
             where (q.reference, q.detail) is distinct from (excluded.reference, excluded.detail) or q.resolved_by = $3
         )
         update quality_finding q set resolved_at = $2, resolved_by = $3, resolution = 'No longer holds'
         where q.rule = $1 and q.resolved_at is null and not exists (select from found f where f.subject_id = q.subject_id)",
        rule.sql_on(platform.now().day())
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(&rule.key)
        .bind(platform.now())
        .bind(PROGRAM)
        .bind(FINDINGS_MAX)
        .execute(platform.writes())
        .await?;
    Ok(done.rows_affected())
}
