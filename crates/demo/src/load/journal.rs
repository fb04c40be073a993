//! The journal as it would have been written: facts in the order of time, the clocks they move, the breaches that fall due
//! between them, and the seals over them.

use super::sheet::Sheet;
use anyhow::{Context, Result, anyhow};
use rooftree_kernel::Moment;
use rooftree_platform::{
    Platform,
    clocks::{CLOCK_BREACHED, decided_day},
    journal::{
        leaf::{self, Hash, SealableFact},
        seal,
    },
};
use rooftree_promises::clocks::{self, Change, Clock, ClockState, FactView};
use serde_json::{Map, Value};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};
use uuid::Uuid;

const FACT: &str = "seq, recorded_at, occurred_at, name, actor_id, actor_name, channel, on_behalf_of, home_id, person_id, case_id, payload";
const CLOCK: &str = "id, standard, version_from, subject, case_id, home_id, person_id, start_seq, started_at, earliest_at, due_at, \
                     due_day, extensions, paused_at, state, stopped_at, stop_seq, breached_at, changed_at, decided_day";
const SEAL: &str = "number, sealed_at, seqs, leaves, previous_hash, hash";

/// Where the journal stands before the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// The number of the next fact.
    pub next_seq: i64,
    /// The newest seal.
    pub last_seal: Option<(i64, Hash)>,
}

/// A fact about to be recorded.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: &'static str,
    pub recorded_at: Moment,
    pub occurred_at: Moment,
    pub actor: Option<Uuid>,
    pub actor_name: Arc<str>,
    pub channel: &'static str,
    pub home: Option<Uuid>,
    pub person: Option<Uuid>,
    pub case: Option<Uuid>,
    pub payload: Map<String, Value>,
}

/// An entry that waits for its turn.
struct Waiting {
    order: u64,
    entry: Entry,
}

impl Waiting {
    fn key(&self) -> (Moment, u64) {
        (self.entry.recorded_at, self.order)
    }
}
impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Writes the journal.
pub(super) struct Journal {
    platform: Platform,
    sealed_at: Moment,
    waiting: BinaryHeap<Reverse<Waiting>>,
    pushed: u64,
    /// Nothing older will be pushed.
    written_to: Moment,
    next_seq: i64,
    /// Whether any standard listens to a fact, by name.
    heard: HashMap<&'static str, bool>,
    /// Open clocks by case.
    open: HashMap<Uuid, Vec<Clock>>,
    /// When open clocks fall due: moment, case, clock.
    due: BinaryHeap<Reverse<(Moment, Uuid, Uuid)>>,
    leaves: Vec<u8>,
    last_seal: Option<(i64, Hash)>,
    facts: Sheet,
    clocks: Sheet,
    seals: Sheet,
}

impl Journal {
    /// A journal that begins at a moment.
    pub(super) fn new(platform: Platform, standing: Standing, began: Moment) -> Self {
        Self {
            sealed_at: platform.now(),
            platform,
            waiting: BinaryHeap::new(),
            pushed: 0,
            written_to: began,
            heard: HashMap::new(),
            next_seq: standing.next_seq,
            open: HashMap::new(),
            due: BinaryHeap::new(),
            leaves: Vec::new(),
            last_seal: standing.last_seal,
            facts: Sheet::new("fact", FACT),
            clocks: Sheet::new("clock", CLOCK),
            seals: Sheet::new("seal", SEAL),
        }
    }

    /// The number of the next fact.
    pub(super) fn next_seq(&self) -> i64 {
        self.next_seq
    }

    /// Takes an entry; it is written when everything before it has been taken.
    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        if entry.recorded_at <= self.written_to {
            return self.write(entry);
        }
        self.waiting.push(Reverse(Waiting { order: self.pushed, entry }));
        self.pushed += 1;
        Ok(())
    }

    /// Writes what was recorded before a moment: whoever calls promises to push nothing older.
    pub(super) fn write_before(&mut self, until: Moment) -> Result<()> {
        while let Some(Reverse(next)) = self.waiting.peek()
            && next.entry.recorded_at < until
        {
            let Some(Reverse(next)) = self.waiting.pop() else { break };
            self.breaches_before(next.entry.recorded_at)?;
            self.written_to = next.entry.recorded_at;
            self.write(next.entry)?;
        }
        Ok(())
    }

    /// Writes the rest, marks what is overdue at the end, and seals.
    pub(super) fn finish(&mut self, now: Moment) -> Result<()> {
        self.write_before(now.plus_seconds(1))?;
        self.breaches_before(now)?;
        let open: Vec<Clock> = std::mem::take(&mut self.open).into_values().flatten().collect();
        for clock in &open {
            self.store(clock, now);
        }
        self.seal()
    }

    /// The rows written since the last time.
    pub(super) fn take(&mut self) -> [Sheet; 3] {
        [self.facts.take(), self.clocks.take(), self.seals.take()]
    }

    /// The size of the rows written, in bytes.
    pub(super) fn len(&self) -> usize {
        self.facts.len() + self.clocks.len() + self.seals.len()
    }

    /// Records the breach of every clock that fell due before a moment, as the watch would have done.
    fn breaches_before(&mut self, until: Moment) -> Result<()> {
        while let Some(Reverse((due_at, case, id))) = self.due.peek().copied()
            && due_at < until
        {
            self.due.pop();
            let Some(clock) = self.open.get_mut(&case).and_then(|open| open.iter_mut().find(|clock| clock.id == id))
            else {
                continue;
            };
            if clock.due_at != due_at {
                let later = clock.due_at;
                self.due.push(Reverse((later, case, id)));
                continue;
            }
            let Some(breached) = clocks::breach(clock, due_at.plus_seconds(1)) else { continue };
            *clock = breached.clone();
            self.write(breach_of(&breached))?;
        }
        Ok(())
    }

    fn write(&mut self, entry: Entry) -> Result<()> {
        let seq = self.next_seq;
        self.next_seq += 1;
        let payload = Value::Object(entry.payload);
        let rules = self.platform.rules();
        let heard = self.heard.entry(entry.name);
        let heard = *heard.or_insert_with(|| rules.standards.listening_to(entry.name).next().is_some());
        let view = FactView {
            seq,
            name: entry.name,
            occurred_at: entry.occurred_at,
            home: entry.home,
            person: entry.person,
            case: entry.case,
            payload: &payload,
            voids: false,
            withdraws: false,
        };
        let broken = if heard { self.advance(&view, entry.recorded_at)? } else { Vec::new() };
        let fact = SealableFact {
            seq,
            recorded_at: entry.recorded_at,
            occurred_at: entry.occurred_at,
            name: entry.name.to_owned(),
            actor_id: entry.actor,
            actor_name: entry.actor_name.to_string(),
            channel: entry.channel.to_owned(),
            on_behalf_of: None,
            home_id: entry.home,
            person_id: entry.person,
            case_id: entry.case,
            payload: payload.to_string(),
        };
        self.leaves.extend_from_slice(&fact.leaf()?);
        self.row(&fact);
        if self.leaves.len() / 32 >= seal::FACTS_PER_SEAL_MAX as usize {
            self.seal()?;
        }
        for clock in broken {
            self.write(Entry { recorded_at: entry.recorded_at, ..breach_of(&clock) })?;
        }
        Ok(())
    }

    fn row(&mut self, fact: &SealableFact) {
        self.facts
            .row()
            .big(fact.seq)
            .at(fact.recorded_at)
            .at(fact.occurred_at)
            .text(&fact.name)
            .id_or_null(fact.actor_id)
            .text(&fact.actor_name)
            .text(&fact.channel)
            .id_or_null(fact.on_behalf_of)
            .id_or_null(fact.home_id)
            .id_or_null(fact.person_id)
            .id_or_null(fact.case_id)
            .json(&fact.payload)
            .end();
    }

    /// Moves the clocks that listen to a fact. Returns those that it shows to be broken.
    fn advance(&mut self, view: &FactView<'_>, recorded_at: Moment) -> Result<Vec<Clock>> {
        let mut broken = Vec::new();
        let Some(case) = view.case else { return Ok(broken) };
        let rules = self.platform.rules();
        let open = self.open.get(&case).map_or(&[][..], Vec::as_slice);
        let changes = clocks::apply(&rules.standards, &rules.calendars, view, open)
            .map_err(|error| anyhow!("fact {} ({}): {error}", view.seq, view.name))?;
        for change in changes {
            let (Change::Start(clock) | Change::Update(clock)) = change;
            let open = self.open.entry(case).or_default();
            let known = open.iter().position(|other| other.id == clock.id);
            if matches!(clock.state, ClockState::Running | ClockState::Paused) {
                self.due.push(Reverse((clock.due_at, case, clock.id)));
                match known {
                    Some(position) => open[position] = clock,
                    None => open.push(clock),
                }
                continue;
            }
            let noted = known.is_some_and(|position| open[position].breached_at.is_some());
            if clock.breached_at.is_some() && !noted {
                broken.push(clock.clone());
            }
            if let Some(position) = known {
                open.swap_remove(position);
            }
            if open.is_empty() {
                self.open.remove(&case);
            }
            self.store(&clock, recorded_at);
        }
        Ok(broken)
    }

    fn store(&mut self, clock: &Clock, changed_at: Moment) {
        self.clocks
            .row()
            .id(clock.id)
            .text(&clock.standard)
            .day(clock.version_from)
            .text(&clock.subject)
            .id_or_null(clock.case)
            .id_or_null(clock.home)
            .id_or_null(clock.person)
            .big(clock.start_seq)
            .at(clock.started_at)
            .at_or_null(clock.earliest_at)
            .at(clock.due_at)
            .day_or_null(clock.due_day)
            .int(clock.extensions)
            .at_or_null(clock.paused_at)
            .text(clock.state.as_str())
            .at_or_null(clock.stopped_at)
            .big_or_null(clock.stop_seq)
            .at_or_null(clock.breached_at)
            .at(changed_at)
            .day_or_null(decided_day(clock))
            .end();
    }

    fn seal(&mut self) -> Result<()> {
        let leaves = std::mem::take(&mut self.leaves);
        let count = i32::try_from(leaves.len() / 32).context("a seal holds too many facts")?;
        if count == 0 {
            return Ok(());
        }
        let (number, previous) = self.last_seal.map_or((1, seal::BEGINNING), |(number, hash)| (number + 1, hash));
        let hash = leaf::chain(&previous, number, &leaves);
        self.seals
            .row()
            .big(number)
            .at(self.sealed_at)
            .bigs(self.next_seq - i64::from(count), count)
            .bytes(&leaves)
            .bytes(&previous)
            .bytes(&hash)
            .end();
        self.last_seal = Some((number, hash));
        Ok(())
    }
}

fn breach_of(clock: &Clock) -> Entry {
    let mut payload = Map::new();
    payload.insert("standard".to_owned(), clock.standard.as_str().into());
    payload.insert("clock".to_owned(), clock.id.to_string().into());
    payload.insert("due_at".to_owned(), clock.due_at.to_string().into());
    Entry {
        name: CLOCK_BREACHED.name,
        recorded_at: clock.due_at,
        occurred_at: clock.breached_at.unwrap_or(clock.due_at),
        actor: None,
        actor_name: "Rooftree".into(),
        channel: "job",
        home: clock.home,
        person: clock.person,
        case: clock.case,
        payload,
    }
}
