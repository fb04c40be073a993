//! What is new in the journal. A unit of work leaves one note with the numbers of its facts, in its own transaction: none is missed
//! however long that transaction took, and none is left by one that was rolled back. [`pass_on`] tells those who wait for facts: the
//! sealer's queue, figures (`figure_pending`) and webhooks (a job for each).

use crate::{Platform, Result, boxed, clocks::CLOCK_BREACHED, webhooks};

/// Notes passed on at once, at most.
const NOTES_AT_ONCE: i64 = 200;
/// With so many facts no further note is taken: one of an import holds thousands, and a statement may not take minutes.
const FACTS_AT_ONCE: i64 = 20_000;

/// Passes on all notes of what was committed before the call. It runs before figures are read, before facts are sealed and before jobs
/// are taken; where nothing is new it asks one short question.
#[boxed]
pub async fn pass_on(platform: &Platform) -> Result<()> {
    while sqlx::query_scalar!(r#"select exists (select from fact_fresh) as "any!""#)
        .fetch_one(platform.writes())
        .await?
    {
        some(platform).await?;
    }
    Ok(())
}

/// Passes on some notes. One at a time: whoever waited for the lock finds what is left.
async fn some(platform: &Platform) -> Result<()> {
    let topics: Vec<String> = platform.rules().figure_topics.keys().cloned().collect();
    let mut tx = platform.writes().begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('journal fresh', 0))").execute(&mut *tx).await?;
    // A number whose fact is gone goes to the sealer's queue all the same, where `verify` finds and names it.
    sqlx::query!(
        r#"with listed as (
               select ctid as place, sum(cardinality(seqs)) over (rows unbounded preceding) - cardinality(seqs) as facts_before
               from (select ctid, seqs from fact_fresh limit $1) n
           ), taken as (
               delete from fact_fresh where ctid = any (array(select place from listed where facts_before < $6::bigint)) returning recorded_at, seqs
           ), fresh as (
               select f.seq, f.case_id, f.occurred_at, f.name,
                      case when f.name = $3 then f.name || ':' || (f.payload ->> 'standard') else f.name end as topic
               from taken t cross join unnest(t.seqs) s(seq) join fact f on f.seq = s.seq and f.recorded_at = t.recorded_at
           ), unsealed as (
               insert into fact_unsealed select unnest(seqs) from taken
           ), figures as (
               insert into figure_pending (topic, case_id, occurred_at)
               select topic, case_id, occurred_at from fresh where topic = any ($2)
           )
           insert into job (kind, payload, run_at, created_at)
           select $4, jsonb_build_object('webhook', w.id, 'seq', f.seq), $5, $5
           from fresh f join webhook w on f.name = any (w.facts) and w.disabled_at is null"#,
        NOTES_AT_ONCE,
        &topics,
        CLOCK_BREACHED.name,
        webhooks::JOB,
        platform.now() as _,
        FACTS_AT_ONCE,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
