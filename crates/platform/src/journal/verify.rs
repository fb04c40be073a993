//! Proves that the journal is as it was sealed: recomputes every leaf and the chain, and names the first fact that was altered, is
//! missing or was slipped in. Memory does not grow with the journal but for one bit a fact.

use super::{
    leaf::{self, Hash, SealableFact},
    seal::{self, BEGINNING},
};
use crate::{Conn, Error, Platform, Result};
use rooftree_kernel::Moment;
use std::{
    collections::{HashMap, VecDeque},
    io::Write,
};

/// Seals read at once.
const SEALS_AT_ONCE: i64 = 50;
/// Facts read at once, at least where there are as many.
const FACTS_AT_ONCE: usize = 10_000;
/// Numbers read at once when looking for facts without a seal.
const NUMBERS_AT_ONCE: i64 = 100_000;
/// Findings that a report lists; the rest are counted.
const FINDINGS_MAX: usize = 100;

/// What is wrong with the journal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Finding {
    /// The fact is not what was sealed.
    Altered {
        /// Its number.
        seq: i64,
        /// The seal that covers it.
        seal: i64,
    },
    /// The fact was sealed, or waits for its seal, and is gone.
    Missing {
        /// Its number.
        seq: i64,
        /// The seal that covers it; `None` when it was not sealed yet.
        seal: Option<i64>,
    },
    /// The fact is in no seal and in no queue, or bears a number that another has.
    Inserted {
        /// Its number.
        seq: i64,
    },
    /// The seal does not follow from the one before it and its leaves.
    SealAltered {
        /// Its number.
        seal: i64,
    },
    /// A seal of this number should be there.
    SealMissing {
        /// Its number.
        seal: i64,
    },
    /// The seal of this number is not the one that was noted elsewhere.
    NotAsNoted {
        /// Its number.
        seal: i64,
    },
}

impl Finding {
    /// Its place in the journal, for finding the first: facts by number, seals after all facts.
    fn place(&self) -> (u8, i64) {
        match self {
            Self::Altered { seq, .. } | Self::Missing { seq, .. } | Self::Inserted { seq } => (0, *seq),
            Self::SealAltered { seal } | Self::SealMissing { seal } | Self::NotAsNoted { seal } => (1, *seal),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Altered { seq, seal } => write!(f, "fact {seq} was altered after seal {seal} was put on it"),
            Self::Missing { seq, seal: Some(seal) } => write!(f, "fact {seq}, which seal {seal} covers, is missing"),
            Self::Missing { seq, seal: None } => write!(f, "fact {seq}, which waits for its seal, is missing"),
            Self::Inserted { seq } => write!(f, "fact {seq} was slipped in: no seal and no queue knows it"),
            Self::SealAltered { seal } => {
                write!(f, "seal {seal} does not follow from the seal before it and its facts")
            }
            Self::SealMissing { seal } => write!(f, "seal {seal} is missing"),
            Self::NotAsNoted { seal } => write!(f, "seal {seal} does not have the hash that was noted for it"),
        }
    }
}

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Seals that were checked.
    pub seals: u64,
    /// Facts that seals cover.
    pub sealed: u64,
    /// Facts that wait for their seal.
    pub unsealed: u64,
    /// The first findings, in the journal's order.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub found: u64,
    /// The newest seal's number; zero without one.
    pub last_seal: i64,
    /// Its hash in hexadecimal: note it outside this system, and nobody can shorten or replace the chain unseen.
    pub last_hash: String,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.found == 0
    }

    /// The first thing that is wrong.
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }

    fn add(&mut self, finding: Finding) {
        self.found += 1;
        let place = self.findings.partition_point(|known| known.place() <= finding.place());
        self.findings.insert(place, finding);
        self.findings.truncate(FINDINGS_MAX);
    }
}

/// A seal's number and hash as somebody noted them earlier, outside this system: `412:9f86d0…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The seal.
    pub seal: i64,
    /// Its hash, in lower-case hexadecimal.
    pub hash: String,
}

impl std::str::FromStr for Noted {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write a seal's number, a colon and its hash of 64 characters, as verify prints them".to_owned();
        let (seal, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let hash = hash.to_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        Ok(Self { seal: seal.parse().map_err(|_| wrong())?, hash })
    }
}

/// Verifies the whole journal as it stood at one moment. `progress` hears how many facts were checked. With `bundle`, all that was read
/// is written there, in the form of `docs/journal-verification.md`.
pub async fn run(
    platform: &Platform,
    noted: Option<&Noted>,
    mut bundle: Option<&mut (dyn Write + Send)>,
    mut progress: impl FnMut(u64) + Send,
) -> Result<Report> {
    let mut tx = platform.writes().begin().await?;
    sqlx::raw_sql("set transaction isolation level repeatable read, read only; set local statement_timeout = 0")
        .execute(&mut *tx)
        .await?;
    if let Some(out) = bundle.as_deref_mut() {
        bundle::head(out, platform)?;
    }
    let mut walk = Walk { report: Report::default(), previous: BEGINNING, known: Numbers::default(), bundle };
    walk.seals(&mut tx, noted, &mut progress).await?;
    walk.rest(&mut tx).await?;
    Ok(walk.report)
}

struct Seal {
    number: i64,
    sealed_at: Moment,
    seqs: Vec<i64>,
    leaves: Vec<u8>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

struct Walk<'a> {
    report: Report,
    previous: Hash,
    known: Numbers,
    bundle: Option<&'a mut (dyn Write + Send)>,
}

impl Walk<'_> {
    async fn seals(
        &mut self,
        conn: &mut Conn,
        noted: Option<&Noted>,
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<()> {
        loop {
            let mut seals: VecDeque<Seal> = sqlx::query_as!(
                Seal,
                r#"select number, sealed_at as "sealed_at: Moment", seqs, leaves, previous_hash, hash from seal
                   where number > $1 order by number limit $2"#,
                self.report.last_seal,
                SEALS_AT_ONCE
            )
            .fetch_all(&mut *conn)
            .await?
            .into();
            if seals.is_empty() {
                break;
            }
            while !seals.is_empty() {
                let group = next_group(&mut seals);
                let mut seqs: Vec<i64> = group.iter().flat_map(|seal| seal.seqs.iter().copied()).collect();
                seqs.sort_unstable();
                let facts = by_number(leaf::load(conn, &seqs).await?);
                for seal in group {
                    self.seal(&seal, &facts, noted)?;
                }
                progress(self.report.sealed);
            }
        }
        if let Some(noted) = noted.filter(|noted| noted.seal > self.report.last_seal) {
            self.report.add(Finding::SealMissing { seal: noted.seal });
        }
        Ok(())
    }

    fn seal(&mut self, seal: &Seal, facts: &HashMap<i64, Vec<SealableFact>>, noted: Option<&Noted>) -> Result<()> {
        for gap in self.report.last_seal + 1..seal.number {
            self.report.add(Finding::SealMissing { seal: gap });
            if gap - self.report.last_seal > FINDINGS_MAX as i64 {
                break;
            }
        }
        for (place, seq) in seal.seqs.iter().enumerate() {
            let stored = seal.leaves.get(place * 32..place * 32 + 32).unwrap_or_default();
            let found = facts.get(seq).map(Vec::as_slice).unwrap_or_default();
            self.fact(seal.number, *seq, stored, found)?;
        }
        // The chain is computed over the stored leaves: whether they are those of the facts was just checked one by one, so that an
        // altered fact is named once and does not hide what else is wrong.
        let hash = leaf::chain(&self.previous, seal.number, &seal.leaves);
        let whole = seal.leaves.len() == seal.seqs.len() * 32;
        if !whole || seal.previous_hash != self.previous || seal.hash != hash {
            self.report.add(Finding::SealAltered { seal: seal.number });
        }
        self.previous = seal::hash_of(&seal.hash).unwrap_or(hash);
        self.report.seals += 1;
        self.report.last_seal = seal.number;
        self.report.last_hash = hex::encode(self.previous);
        if noted.is_some_and(|noted| noted.seal == seal.number && noted.hash != self.report.last_hash) {
            self.report.add(Finding::NotAsNoted { seal: seal.number });
        }
        match self.bundle.as_deref_mut() {
            Some(out) => bundle::seal(out, seal),
            None => Ok(()),
        }
    }

    fn fact(&mut self, seal: i64, seq: i64, stored: &[u8], found: &[SealableFact]) -> Result<()> {
        self.report.sealed += 1;
        if !self.known.add(seq) {
            // A number that two seals name would let a second leaf stand for a fact.
            self.report.add(Finding::SealAltered { seal });
        }
        let mut same = None;
        for fact in found {
            if fact.leaf()? == stored {
                same = Some(fact);
            }
        }
        match (same, found.first()) {
            (None, None) => self.report.add(Finding::Missing { seq, seal: Some(seal) }),
            (None, Some(_)) => self.report.add(Finding::Altered { seq, seal }),
            (Some(_), _) => {}
        }
        for _ in 1..found.len() {
            self.report.add(Finding::Inserted { seq });
        }
        match (self.bundle.as_deref_mut(), same.or(found.first())) {
            (Some(out), Some(fact)) => bundle::fact(out, fact, Some(stored)),
            (Some(out), None) => bundle::missing(out, seq, stored),
            (None, _) => Ok(()),
        }
    }

    /// Facts that no seal covers: those in the queue wait for theirs, others were slipped in.
    async fn rest(&mut self, conn: &mut Conn) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let seqs = sqlx::query_scalar!(
                "select seq from fact where seq > $1 order by seq limit $2",
                after,
                NUMBERS_AT_ONCE
            )
            .fetch_all(&mut *conn)
            .await?;
            let Some(last) = seqs.last().copied() else { break };
            let strangers: Vec<i64> = seqs.into_iter().filter(|seq| !self.known.has(*seq)).collect();
            for part in strangers.chunks(FACTS_AT_ONCE) {
                self.strangers(conn, part).await?;
            }
            after = last;
        }
        let gone = sqlx::query_scalar!(
            r#"select u.seq as "seq!" from fact_waiting u where not exists (select from fact f where f.seq = u.seq) order by u.seq limit $1"#,
            FINDINGS_MAX as i64
        )
        .fetch_all(&mut *conn)
        .await?;
        for seq in gone {
            self.report.add(Finding::Missing { seq, seal: None });
        }
        match self.bundle.as_deref_mut() {
            Some(out) => bundle::end(out, &self.report),
            None => Ok(()),
        }
    }

    async fn strangers(&mut self, conn: &mut Conn, seqs: &[i64]) -> Result<()> {
        let queued: std::collections::HashSet<i64> =
            sqlx::query_scalar!(r#"select seq as "seq!" from fact_waiting where seq = any($1)"#, seqs)
                .fetch_all(&mut *conn)
                .await?
                .into_iter()
                .collect();
        for seq in seqs {
            // The same number twice: one of them is not the one that waits.
            if queued.contains(seq) && self.known.add(*seq) {
                self.report.unsealed += 1;
            } else {
                self.report.add(Finding::Inserted { seq: *seq });
            }
        }
        if let Some(out) = self.bundle.as_deref_mut() {
            let waiting: Vec<i64> = seqs.iter().copied().filter(|seq| queued.contains(seq)).collect();
            for fact in leaf::load(conn, &waiting).await? {
                bundle::fact(out, &fact, None)?;
            }
            for seq in seqs.iter().filter(|seq| !queued.contains(seq)) {
                bundle::inserted(out, *seq)?;
            }
        }
        Ok(())
    }
}

/// As many of the next seals as make one read of facts worth while.
fn next_group(seals: &mut VecDeque<Seal>) -> Vec<Seal> {
    let (mut group, mut facts) = (Vec::new(), 0);
    while facts < FACTS_AT_ONCE {
        let Some(seal) = seals.pop_front() else { break };
        facts += seal.seqs.len();
        group.push(seal);
    }
    group
}

fn by_number(facts: Vec<SealableFact>) -> HashMap<i64, Vec<SealableFact>> {
    let mut map: HashMap<i64, Vec<SealableFact>> = HashMap::with_capacity(facts.len());
    for fact in facts {
        map.entry(fact.seq).or_default().push(fact);
    }
    map
}

/// A set of numbers, one bit each; numbers far apart cost a block each, so that a stray one does not cost memory.
#[derive(Default)]
struct Numbers(HashMap<i64, Box<[u64; 64]>>);

impl Numbers {
    /// True when it was not there before.
    fn add(&mut self, number: i64) -> bool {
        let (block, word, bit) = Self::place(number);
        let word = &mut self.0.entry(block).or_insert_with(|| Box::new([0; 64]))[word];
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    fn has(&self, number: i64) -> bool {
        let (block, word, bit) = Self::place(number);
        self.0.get(&block).is_some_and(|words| words[word] & bit != 0)
    }

    fn place(number: i64) -> (i64, usize, u64) {
        (number >> 12, ((number >> 6) & 63) as usize, 1 << (number & 63))
    }
}

mod bundle {
    //! The file that an outsider checks: one JSON object a line, facts before the seal that covers them.

    use super::{Error, Platform, Report, Result, Seal, SealableFact, Write, leaf};
    use serde_json::{Value, json};

    fn line(out: &mut (dyn Write + Send), value: &Value) -> Result<()> {
        writeln!(out, "{value}").map_err(|error| Error::Internal(format!("the bundle could not be written: {error}")))
    }

    pub fn head(out: &mut (dyn Write + Send), platform: &Platform) -> Result<()> {
        let landlord = &platform.config().landlord;
        line(
            out,
            &json!({ "kind": "rooftree-journal", "version": 1, "landlord": landlord, "exported_at": platform.now().as_micros() }),
        )
    }

    pub fn fact(out: &mut (dyn Write + Send), fact: &SealableFact, stored: Option<&[u8]>) -> Result<()> {
        line(
            out,
            &json!({
                "kind": "fact", "leaf": stored.map(hex::encode), "seq": fact.seq,
                "recorded_at": fact.recorded_at.as_micros(), "occurred_at": fact.occurred_at.as_micros(), "name": fact.name,
                "actor_id": fact.actor_id, "actor_name": fact.actor_name, "channel": fact.channel, "on_behalf_of": fact.on_behalf_of,
                "home_id": fact.home_id, "person_id": fact.person_id, "case_id": fact.case_id, "payload": leaf::canonical(&fact.payload)?,
            }),
        )
    }

    pub fn inserted(out: &mut (dyn Write + Send), seq: i64) -> Result<()> {
        line(out, &json!({ "kind": "inserted", "seq": seq }))
    }

    pub fn missing(out: &mut (dyn Write + Send), seq: i64, stored: &[u8]) -> Result<()> {
        line(out, &json!({ "kind": "missing", "seq": seq, "leaf": hex::encode(stored) }))
    }

    pub fn seal(out: &mut (dyn Write + Send), seal: &Seal) -> Result<()> {
        let (previous, hash) = (hex::encode(&seal.previous_hash), hex::encode(&seal.hash));
        line(
            out,
            &json!({ "kind": "seal", "number": seal.number, "sealed_at": seal.sealed_at.as_micros(), "facts": seal.seqs.len(),
                     "previous_hash": previous, "hash": hash }),
        )
    }

    pub fn end(out: &mut (dyn Write + Send), report: &Report) -> Result<()> {
        line(
            out,
            &json!({ "kind": "end", "seals": report.seals, "sealed": report.sealed, "unsealed": report.unsealed }),
        )?;
        out.flush().map_err(|error| Error::Internal(format!("the bundle could not be written: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_remembered_however_far_apart() {
        let mut numbers = Numbers::default();
        for number in [0, 1, 63, 64, 4095, 4096, i64::MAX, -1] {
            assert!(numbers.add(number) && numbers.has(number) && !numbers.add(number), "{number}");
        }
        assert!(!numbers.has(2) && !numbers.has(4097));
        assert_eq!(numbers.0.len(), 4);
    }

    #[test]
    fn the_first_finding_comes_first_whatever_the_order_of_finding() {
        let mut report = Report::default();
        report.add(Finding::SealAltered { seal: 1 });
        report.add(Finding::Inserted { seq: 9 });
        report.add(Finding::Missing { seq: 4, seal: Some(2) });
        for seq in 100..300 {
            report.add(Finding::Altered { seq, seal: 3 });
        }
        assert_eq!(report.first(), Some(&Finding::Missing { seq: 4, seal: Some(2) }));
        assert_eq!((report.found, report.findings.len()), (203, FINDINGS_MAX));
    }

    #[test]
    fn a_note_is_a_number_and_a_hash() {
        let hash = "ab".repeat(32);
        assert_eq!(format!("12:{}", hash.to_uppercase()).parse(), Ok(Noted { seal: 12, hash }));
        for wrong in ["", "12", "12:abc", "x:00"] {
            assert!(wrong.parse::<Noted>().is_err());
        }
    }
}
