//! Frozen figures: what was published, with its rows, so that it can be counted again later and every difference named.

use super::{Figure, Tally, Whose, evidence, fresh, read, read::figure_on};
use crate::{
    Conn, Ctx, Error, FactKind, Platform, Result, boxed,
    jobs::{self, JobHandler},
    signin::users,
};
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel, Day, Moment, Permission, UserId, periods::Period};
use rooftree_promises::measures::{Measure, MeasureKind, format_value};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::Row;
use uuid::Uuid;

/// The permission to freeze.
pub const FREEZE: Permission = Permission::new("figures.freeze");

/// A figure was frozen as it is published.
pub const FIGURE_FROZEN: FactKind =
    FactKind::new("figure.frozen", "Figure frozen for publication", &["measure", "period", "shown", "frozen"]);

/// A frozen figure.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Frozen {
    /// Its key.
    pub id: Uuid,
    /// The measure.
    pub measure: String,
    /// Its title then.
    pub title: String,
    /// The period, as `2025-26-Q2`.
    pub period: String,
    /// The value.
    pub value: Option<f64>,
    /// The value as it was published.
    pub shown: String,
    /// Hits then.
    pub numerator: i64,
    /// Counted rows then.
    pub denominator: i64,
    /// Left out then.
    pub excluded: i64,
    /// The declaration it was computed with.
    pub definition: String,
    /// The last fact that the journal held.
    pub journal_seq: i64,
    /// sha256 over the rows, in hexadecimal.
    pub rows_hash: String,
    /// When.
    pub frozen_at: Moment,
    /// By whom.
    pub frozen_by: String,
    /// Why, or where it was published.
    pub note: String,
}

/// The most figures that are frozen together.
pub const TOGETHER_MAX: usize = 500;

/// Freezes a figure with its rows. Returns its key.
#[boxed]
pub async fn freeze(ctx: &mut Ctx, measure: &Measure, period: Period, note: &str) -> Result<Uuid> {
    check(ctx, period, note)?;
    let id = Uuid::now_v7();
    freeze_as(ctx, id, measure, period, note).await?;
    Ok(id)
}

/// Whether the actor may freeze this period with these words.
fn check(ctx: &Ctx, period: Period, note: &str) -> Result<()> {
    ctx.require(&FREEZE)?;
    if !ctx.actor.scope.sees_all() {
        return Err(Error::Forbidden(FREEZE));
    }
    if note.chars().count() > 500 {
        return Err(Error::field("note", "use at most 500 characters"));
    }
    if period.first_day() > ctx.now.day() {
        return Err(Error::field("period", "this period has not begun"));
    }
    Ok(())
}

/// Freezes several figures of a period in the background, all of them or none: what a board is shown belongs together.
#[boxed]
pub async fn freeze_together(ctx: &mut Ctx, measures: &[&Measure], period: Period, note: &str) -> Result<()> {
    check(ctx, period, note)?;
    if measures.is_empty() || measures.len() > TOGETHER_MAX {
        return Err(Error::field("measures", format!("tick at least one figure, and at most {TOGETHER_MAX}")));
    }
    let figures: Vec<(Uuid, &str)> = measures.iter().map(|measure| (Uuid::now_v7(), measure.id.as_str())).collect();
    let payload = json!({ "figures": figures, "period": period.to_string(), "note": note, "user": ctx.actor.user });
    let now = ctx.now;
    jobs::enqueue(ctx.conn(), FREEZE_JOB, None, payload, now, now).await
}

/// The kind of the job that freezes several figures.
pub const FREEZE_JOB: &str = "figures-freeze";

/// Freezes what [`freeze_together`] put in hand.
pub struct FreezeTogether;

#[derive(Deserialize)]
struct Together {
    figures: Vec<(Uuid, String)>,
    period: String,
    note: String,
    user: Option<Uuid>,
}

#[async_trait]
impl JobHandler for FreezeTogether {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let together: Together =
            serde_json::from_value(payload.clone()).map_err(|error| Error::Internal(error.to_string()))?;
        let period: Period = together.period.parse().map_err(|_| Error::NotFound("the period"))?;
        let actor = match together.user {
            Some(user) => users::actor(platform, UserId(user), Channel::Job).await?,
            None => Actor::system(Channel::Job),
        };
        let mut ctx = platform.begin(&actor).await?;
        check(&ctx, period, &together.note)?;
        let ids: Vec<Uuid> = together.figures.iter().map(|(id, _)| *id).collect();
        // A worker that died after its work comes back to it: then all is done.
        let done =
            sqlx::query_scalar!(r#"select exists (select from figure_frozen where id = any($1)) as "done!""#, &ids)
                .fetch_one(ctx.conn())
                .await?;
        if done {
            return Ok(());
        }
        for (id, measure) in &together.figures {
            let measure = platform.rules().measures.get(measure).ok_or(Error::NotFound("the measure"))?;
            freeze_as(&mut ctx, *id, measure, period, &together.note).await?;
        }
        ctx.commit().await
    }
}

async fn freeze_as(ctx: &mut Ctx, id: Uuid, measure: &Measure, period: Period, note: &str) -> Result<()> {
    let platform = ctx.platform().clone();
    let (now, today) = (ctx.now, ctx.now.day());
    let spans = evidence::spans(&evidence::months_behind(measure, period, today), today);
    insert_rows(ctx, id, &evidence::union(&platform.registry().lookups, measure, &spans)).await?;
    let tally = tally(ctx.conn(), measure, STORED, id).await?;
    let figure = figure_of(&platform, measure, period, today, tally).await?;
    let shown = figure.value.map_or_else(|| "–".to_owned(), |value| format_value(measure, value));
    insert_header(ctx, id, measure, &figure, &shown, note, now).await?;
    let fact = FIGURE_FROZEN
        .at(now)
        .with("measure", &measure.id)
        .with("period", period.to_string())
        .with("shown", shown)
        .with("frozen", id);
    ctx.record(fact).await?;
    Ok(())
}

/// The stored rows of a frozen figure.
const STORED: &str =
    "select subject_id, reference, day, counted, hit, value, base, reason from figure_frozen_row where frozen_id = $1";

/// Keeps the evidence. It comes first: value and hash are then taken from what was kept, so that they cannot differ from it.
async fn insert_rows(ctx: &mut Ctx, id: Uuid, evidence: &str) -> Result<()> {
    let sql = format!(
        "insert into figure_frozen_row (frozen_id, subject_id, reference, day, counted, hit, value, base, reason)
         select $1, r.subject_id, r.reference, r.day, r.counted, r.hit, r.value, r.base, r.reason from ({}) r",
        plain(evidence)
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).bind(id).execute(ctx.conn()).await?;
    Ok(())
}

/// The figure itself. The hash is over the rows in the order of their subjects, one line each:
/// `subject|reference|day|counted|hit|value|reason` and, of a ratio, `|base`, so that anybody can compute it again from an export.
async fn insert_header(
    ctx: &mut Ctx,
    id: Uuid,
    measure: &Measure,
    figure: &Figure,
    shown: &str,
    note: &str,
    now: Moment,
) -> Result<()> {
    let definition = fresh::definition(ctx.platform(), measure);
    let name = ctx.actor.name.clone();
    sqlx::query!(
        "insert into figure_frozen (id, measure, title, period, from_day, until_day, value, shown, numerator, denominator, excluded, definition,
                                    journal_seq, rows_hash, frozen_at, frozen_by, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (select coalesce(max(seq), 0) from fact),
                 (select sha256(convert_to(coalesce(string_agg(concat_ws('|', r.subject_id, r.reference, r.day, r.counted, r.hit,
                         coalesce(r.value::text, ''), r.reason, r.base), E'\\n' order by r.subject_id), ''), 'UTF8'))
                    from figure_frozen_row r where r.frozen_id = $1), $13, $14, $15)",
        id,
        measure.id,
        measure.title,
        figure.period.to_string(),
        figure.period.first_day() as _,
        figure.until as _,
        figure.value,
        shown,
        figure.tally.numerator,
        figure.tally.denominator,
        figure.tally.excluded,
        definition,
        now as _,
        name,
        note
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// What some rows come to, counted from the rows themselves and not from kept cells. `rows` may name `$1`, the frozen figure.
async fn tally(conn: &mut Conn, measure: &Measure, rows: &str, id: Uuid) -> Result<Tally> {
    let median = match measure.kind {
        MeasureKind::Median => "percentile_cont(0.5) within group (order by r.value) filter (where r.counted)",
        _ => "null::float8",
    };
    let sql = format!(
        "select count(*) filter (where r.counted and r.hit) as n, count(*) filter (where r.counted) as d,
                count(*) filter (where not r.counted) as x, sum(r.value) filter (where r.counted) as t,
                sum(r.base) filter (where r.counted) as b, {median} as median
           from ({rows}) r where $1::uuid is not null"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).bind(id).fetch_one(conn).await?;
    Ok(Tally { median: row.try_get("median")?, ..super::compute::read_tally(&row)? })
}

/// The figure of a tally, as counted on a day.
async fn figure_of(platform: &Platform, measure: &Measure, period: Period, on: Day, tally: Tally) -> Result<Figure> {
    let members = match measure.population {
        Some(_) => read(platform, measure, period, None, &Whose::Landlord).await?.members,
        None => None,
    };
    let value = tally.value(measure.kind, members);
    Ok(figure_on(measure, &Whose::Landlord, period, on, tally, value, members))
}

/// The columns of a frozen row, of the evidence as it is now.
fn plain(evidence: &str) -> String {
    format!(
        "select e.subject_id, coalesce(e.reference, '') as reference, e.day, e.counted, coalesce(e.hit, false) as hit,
                e.value::float8 as value, e.base::float8 as base, coalesce(e.reason, '') as reason from (\n{evidence}\n) e"
    )
}

/// The frozen versions of a measure, the newest first; at most 100.
#[boxed]
pub async fn versions(platform: &Platform, measure: &str) -> Result<Vec<Frozen>> {
    Ok(sqlx::query_as!(
        Frozen,
        r#"select id, measure, title, period, value, shown, numerator, denominator, excluded, definition, journal_seq,
                  encode(rows_hash, 'hex') as "rows_hash!", frozen_at, frozen_by, note
           from figure_frozen where measure = $1 order by frozen_at desc limit 100"#,
        measure
    )
    .fetch_all(platform.writes())
    .await?)
}

/// The figures that were frozen last, of all measures, the newest first: `limit` of them after the one with this key.
#[boxed]
pub async fn newest(platform: &Platform, after: Option<Uuid>, limit: i64) -> Result<Vec<Frozen>> {
    // Keys carry their time, so their order is that of the freezing.
    Ok(sqlx::query_as!(
        Frozen,
        r#"select id, measure, title, period, value, shown, numerator, denominator, excluded, definition, journal_seq,
                  encode(rows_hash, 'hex') as "rows_hash!", frozen_at, frozen_by, note
           from figure_frozen where $1::uuid is null or id < $1 order by id desc limit $2"#,
        after,
        limit
    )
    .fetch_all(platform.writes())
    .await?)
}

/// One frozen figure.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Frozen> {
    sqlx::query_as!(
        Frozen,
        r#"select id, measure, title, period, value, shown, numerator, denominator, excluded, definition, journal_seq,
                  encode(rows_hash, 'hex') as "rows_hash!", frozen_at, frozen_by, note
           from figure_frozen where id = $1"#,
        id
    )
    .fetch_optional(platform.writes())
    .await?
    .ok_or(Error::NotFound("the frozen figure"))
}

/// How a row differs from what was frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there.
    Added,
    /// It is no longer there.
    Gone,
    /// It counts otherwise.
    Changed,
}

/// One side of a difference: the day, how it counts, its value, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Side {
    /// The day on which it counts.
    pub day: Day,
    /// In the denominator.
    pub counted: bool,
    /// In the numerator.
    pub hit: bool,
    /// What is averaged or added up.
    pub value: Option<f64>,
    /// Why it is left out or missed.
    pub reason: String,
}

/// A row that differs.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Difference {
    /// What is counted.
    pub subject_id: Uuid,
    /// What people call it.
    pub reference: String,
    /// How it differs.
    pub change: Change,
    /// As it was frozen.
    pub then: Option<Side>,
    /// As it is now.
    pub now: Option<Side>,
}

/// A frozen figure beside the same figure counted now.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Comparison {
    /// What was frozen.
    pub frozen: Frozen,
    /// The same days counted from the rows as they are now.
    pub now: Figure,
    /// The declaration is still the same; otherwise differences may come from it and not from facts.
    pub same_definition: bool,
    /// Rows added, gone and changed.
    pub counts: (i64, i64, i64),
    /// The rows that differ, by reference; at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
}

/// The most differences that are listed; the counts are of all.
pub const DIFFERENCES_MAX: i64 = 500;

/// Counts a frozen figure again and names every row that differs. The days are those that were frozen, so a figure frozen in the middle
/// of its period is compared with the same days.
#[boxed]
pub async fn compare(platform: &Platform, frozen: Frozen) -> Result<Comparison> {
    let measure =
        platform.rules().measures.get(&frozen.measure).ok_or(Error::NotFound("the measure that was frozen"))?;
    let period: Period =
        frozen.period.parse().map_err(|_| Error::Internal(format!("frozen with the period {}", frozen.period)))?;
    let then = frozen.frozen_at.day();
    let spans = evidence::spans(&evidence::months_behind(measure, period, then), then);
    let evidence = evidence::union(&platform.registry().lookups, measure, &spans);
    let joined = format!(
        "with present as materialized ({}), published as materialized (select * from figure_frozen_row where frozen_id = $1)
         select coalesce(n.subject_id, t.subject_id) as subject_id, coalesce(n.reference, t.reference) as reference,
                case when t.subject_id is null then 'added' when n.subject_id is null then 'gone' else 'changed' end as change,
                t.day as then_day, t.counted as then_counted, t.hit as then_hit, t.value as then_value, t.reason as then_reason,
                n.day as now_day, n.counted as now_counted, n.hit as now_hit, n.value as now_value, n.reason as now_reason
           from published t full join present n on n.subject_id = t.subject_id
          where t.subject_id is null or n.subject_id is null
             or (t.day, t.counted, t.hit, t.value, t.base, t.reason) is distinct from (n.day, n.counted, n.hit, n.value, n.base, n.reason)",
        plain(&evidence)
    );
    let sql = format!(
        "select x.*, count(*) filter (where x.change = 'added') over () as added, count(*) filter (where x.change = 'gone') over () as gone,
                count(*) filter (where x.change = 'changed') over () as changed
           from ({joined}) x order by x.reference, x.subject_id limit $2"
    );
    // One snapshot for both, so that the value and the rows that explain it cannot disagree.
    let mut tx = platform.writes().begin().await?;
    sqlx::query!("set transaction isolation level repeatable read, read only").execute(&mut *tx).await?;
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .persistent(false)
        .bind(frozen.id)
        .bind(DIFFERENCES_MAX)
        .fetch_all(&mut *tx)
        .await?;
    let tally = tally(&mut tx, measure, &plain(&evidence), frozen.id).await?;
    tx.commit().await?;
    let counts = rows.first().map(counts).transpose()?.unwrap_or_default();
    Ok(Comparison {
        now: figure_of(platform, measure, period, then, tally).await?,
        same_definition: fresh::definition(platform, measure) == frozen.definition,
        counts,
        differences: rows.iter().map(difference).collect::<Result<_>>()?,
        frozen,
    })
}

fn counts(row: &sqlx::postgres::PgRow) -> Result<(i64, i64, i64)> {
    Ok((row.try_get("added")?, row.try_get("gone")?, row.try_get("changed")?))
}

fn difference(row: &sqlx::postgres::PgRow) -> Result<Difference> {
    let side = |when: &str| -> Result<Option<Side>> {
        let column = |name: &str| format!("{when}_{name}");
        let Some(day) = row.try_get::<Option<Day>, _>(column("day").as_str())? else { return Ok(None) };
        Ok(Some(Side {
            day,
            counted: row.try_get(column("counted").as_str())?,
            hit: row.try_get(column("hit").as_str())?,
            value: row.try_get(column("value").as_str())?,
            reason: row.try_get(column("reason").as_str())?,
        }))
    };
    Ok(Difference {
        subject_id: row.try_get("subject_id")?,
        reference: row.try_get("reference")?,
        change: match row.try_get("change")? {
            "added" => Change::Added,
            "gone" => Change::Gone,
            _ => Change::Changed,
        },
        then: side("then")?,
        now: side("now")?,
    })
}
