//! The sealer: chains facts by hash, in batches, so that a later change shows. It runs every minute and at shutdown; an advisory lock
//! lets one process at a time append to the chain.

use super::leaf::{self, Hash, SealableFact};
use crate::{Conn, Error, Platform, Result, boxed};

/// Facts in one seal, at most.
pub const FACTS_PER_SEAL_MAX: i64 = 10_000;
/// What the first seal names as the hash before it.
pub const BEGINNING: Hash = [0; 32];

/// Seals until no committed fact is left; returns how many it sealed.
#[boxed]
pub async fn seal_all(platform: &Platform) -> Result<u64> {
    let mut sealed = 0;
    loop {
        let batch = seal_batch(platform).await?;
        if batch == 0 {
            return Ok(sealed);
        }
        sealed += batch;
    }
}

/// Appends one seal over the oldest facts that have none; returns how many it covers.
async fn seal_batch(platform: &Platform) -> Result<u64> {
    super::fresh::pass_on(platform).await?;
    let mut tx = platform.writes().begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('journal seal', 0))").execute(&mut *tx).await?;
    let facts = waiting(&mut tx).await?;
    if facts.is_empty() {
        return Ok(0);
    }
    let mut leaves = Vec::with_capacity(facts.len() * 32);
    for fact in &facts {
        leaves.extend_from_slice(&fact.leaf()?);
    }
    let seqs: Vec<i64> = facts.iter().map(|fact| fact.seq).collect();
    let (number, previous) = last(&mut tx).await?.map_or((1, BEGINNING), |(number, hash)| (number + 1, hash));
    let hash = leaf::chain(&previous, number, &leaves);
    sqlx::query!(
        "insert into seal (number, sealed_at, seqs, leaves, previous_hash, hash) values ($1, $2, $3, $4, $5, $6)",
        number,
        platform.now() as _,
        &seqs,
        leaves,
        &previous[..],
        &hash[..]
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from fact_unsealed where seq = any($1)", &seqs).execute(&mut *tx).await?;
    tx.commit().await?;
    tracing::debug!(number, facts = seqs.len(), "journal sealed");
    Ok(seqs.len() as u64)
}

/// The oldest facts that wait for a seal, in the order of their numbers. A number whose fact is gone stays in the queue, where `verify`
/// finds and names it, and is passed over here.
async fn waiting(conn: &mut Conn) -> Result<Vec<SealableFact>> {
    let mut after = i64::MIN;
    loop {
        let seqs = sqlx::query_scalar!(
            "select seq from fact_unsealed where seq > $1 order by seq limit $2",
            after,
            FACTS_PER_SEAL_MAX
        )
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = seqs.last().copied() else { return Ok(Vec::new()) };
        let facts = leaf::load(conn, &seqs).await?;
        // One fact a number: two with the same number mean that one was slipped in, and which one is for a person to say.
        if let Some(pair) = facts.windows(2).find(|pair| pair[0].seq == pair[1].seq) {
            let seq = pair[0].seq;
            let why = format!("two facts bear the number {seq}: nothing is sealed until one is explained");
            return Err(Error::Internal(why));
        }
        if !facts.is_empty() {
            return Ok(facts);
        }
        after = last;
    }
}

/// The newest seal's number and hash.
#[boxed]
pub async fn last(conn: &mut Conn) -> Result<Option<(i64, Hash)>> {
    let row = sqlx::query!("select number, hash from seal order by number desc limit 1").fetch_optional(conn).await?;
    row.map(|row| Ok((row.number, hash_of(&row.hash)?))).transpose()
}

/// A stored hash; anything but 32 bytes is no hash.
pub(super) fn hash_of(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map_err(|_| Error::Internal("a seal's hash does not have 32 bytes".to_owned()))
}
