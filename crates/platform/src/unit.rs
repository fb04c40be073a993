//! The unit of work. Every write, whether it comes from a page, the API, the command line, an import or a job, happens inside one
//! [`Ctx`]: permission, rows, facts, clocks and outbox in a single transaction. A `Ctx` that is dropped leaves nothing behind.

use crate::{
    Conn, Error, NewFact, Pool, Pools, Registry, Result, Rulebook, boxed, clocks,
    config::Config,
    db::Transaction,
    jobs,
    kept::Answers,
    ports::{
        BlobStore, IdentityProvider, LetterPrinter, MailSender, SheetReader, SheetWriter, TextSender, WebhookSender,
    },
    signin::tokens,
};
use rooftree_kernel::{Actor, Channel, Moment, Permission, UserId};
use rooftree_promises::clocks::Clock;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Facts in one statement: enough that round trips do not count, few enough that no message grows large.
const FACTS_AT_ONCE: usize = 10_000;

/// The doors to the outside. `None` means not configured: messages are then kept and shown, never dropped.
#[derive(Clone)]
pub struct Ports {
    /// E-mail.
    pub mail: Option<Arc<dyn MailSender>>,
    /// Texts and letters.
    pub text: Option<Arc<dyn TextSender>>,
    /// Letters as PDF.
    pub printer: Arc<dyn LetterPrinter>,
    /// Documents and photos.
    pub blobs: Arc<dyn BlobStore>,
    /// Spreadsheets in.
    pub sheet_reader: Arc<dyn SheetReader>,
    /// Spreadsheets out.
    pub sheet_writer: Arc<dyn SheetWriter>,
    /// Single sign-on.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// Calls to other systems when facts are recorded.
    pub webhooks: Option<Arc<dyn WebhookSender>>,
}

/// Everything a command or a query needs. What is shared by all stands behind it; the rulebook is the one that was in force when this
/// handle was taken, so that a request or a job goes by the same rules from beginning to end.
#[derive(Clone)]
pub struct Platform {
    shared: Arc<Inner>,
    rules: Arc<Rulebook>,
}

/// Months of figures that a process counts at one time.
const COUNTERS: usize = 2;

struct Inner {
    pools: Pools,
    registry: Registry,
    /// In force now; a newer one takes its place while others are still read.
    rules: RwLock<Arc<Rulebook>>,
    config: Config,
    ports: Ports,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    recent_tokens: tokens::Recent,
    counters: Semaphore,
    answers: Answers,
}

impl Platform {
    /// Puts the parts together. `clock` is the only source of the present.
    pub fn new(
        pools: impl Into<Pools>,
        registry: Registry,
        rules: Rulebook,
        config: Config,
        ports: Ports,
        clock: impl Fn() -> Moment + Send + Sync + 'static,
    ) -> Self {
        let rules = Arc::new(rules);
        let shared = Arc::new(Inner {
            pools: pools.into(),
            registry,
            rules: RwLock::new(rules.clone()),
            config,
            ports,
            clock: Arc::new(clock),
            recent_tokens: tokens::Recent::default(),
            counters: Semaphore::new(COUNTERS),
            answers: Answers::default(),
        });
        Self { shared, rules }
    }

    /// A handle that goes by the rulebook in force now.
    pub fn renewed(&self) -> Self {
        let rules = self.shared.rules.read().unwrap_or_else(PoisonError::into_inner).clone();
        Self { shared: self.shared.clone(), rules }
    }

    /// Connections for reading what a page, a list or an export shows: to a replica where there is one. What was written a moment ago may
    /// be missing there, and nothing can be written.
    pub fn reads(&self) -> &Pool {
        &self.shared.pools.reads
    }
    /// Connections to the primary: for what writes outside of a unit of work, and for what decides by what was written a moment ago
    /// (sessions, turns, jobs).
    pub fn writes(&self) -> &Pool {
        &self.shared.pools.writes
    }
    /// What the program itself declares.
    pub fn registry(&self) -> &Registry {
        &self.shared.registry
    }
    /// The landlord's rules, as they stood when this handle was taken.
    pub fn rules(&self) -> &Rulebook {
        &self.rules
    }
    /// Settings.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }
    /// Doors to the outside.
    pub fn ports(&self) -> &Ports {
        &self.shared.ports
    }
    /// The present.
    pub fn now(&self) -> Moment {
        (self.shared.clock)()
    }

    /// Whoever counts a month of a figure takes one of these places: readers who wait do not take all connections.
    pub(crate) fn counters(&self) -> &Semaphore {
        &self.shared.counters
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.shared.answers
    }

    pub(crate) fn recent_tokens(&self) -> &tokens::Recent {
        &self.shared.recent_tokens
    }

    /// Begins a unit of work for this actor.
    #[boxed]
    pub async fn begin(&self, actor: &Actor) -> Result<Ctx> {
        let tx = self.writes().begin().await?;
        Ok(Ctx {
            tx,
            actor: actor.clone(),
            now: self.now(),
            platform: self.clone(),
            rights_change: false,
            recorded: Vec::new(),
        })
    }
}

/// One unit of work: a transaction, who acts, and the moment it all counts as recorded.
pub struct Ctx {
    tx: Transaction,
    /// Who acts.
    pub actor: Actor,
    /// The moment of this unit of work; every row and fact in it carries the same.
    pub now: Moment,
    platform: Platform,
    rights_change: bool,
    recorded: Vec<i64>,
}

impl Ctx {
    /// The connection inside the transaction.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.tx
    }

    /// What this unit of work belongs to.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Refuses unless the role grants the permission.
    pub fn require(&self, permission: &Permission) -> Result<()> {
        if self.actor.may(permission) { Ok(()) } else { Err(Error::Forbidden(permission.clone())) }
    }

    /// Refuses unless the role grants one of the permissions; the refusal names the first.
    pub fn require_any(&self, permissions: &[Permission]) -> Result<()> {
        match permissions.first() {
            Some(first) if !permissions.iter().any(|permission| self.actor.may(permission)) => self.require(first),
            _ => Ok(()),
        }
    }

    /// Refuses whoever put a thing forward (raised it, asked for it, proposed it) when they would decide on it as well: four eyes see
    /// it. What the system put forward, or somebody who is not known, is for anybody to decide who has the permission.
    pub fn require_another(&self, put_forward_by: Option<UserId>, what: &str) -> Result<()> {
        if put_forward_by.is_some() && put_forward_by == self.actor.user {
            return Err(Error::conflict(format!("You put {what} forward yourself: somebody else must decide on it.")));
        }
        Ok(())
    }

    /// Records a fact and moves the clocks that listen to it. Returns its number in the journal.
    #[boxed]
    pub async fn record(&mut self, fact: NewFact) -> Result<i64> {
        Ok(self.record_all(vec![fact]).await?[0])
    }

    /// Records several facts, in this order, and moves the clocks that listen to them: one statement for every
    /// [`FACTS_AT_ONCE`]. A promise that they show to be met too late is recorded as broken, as the watch would have done.
    #[boxed]
    pub async fn record_all(&mut self, facts: Vec<NewFact>) -> Result<Vec<i64>> {
        for fact in &facts {
            self.check_declared(fact)?;
        }
        let actor = self.actor.clone();
        let mut seqs = Vec::with_capacity(facts.len());
        for part in facts.chunks(FACTS_AT_ONCE) {
            let (recorded, broken) = self.insert_and_advance(&actor, part).await?;
            self.record_breaches(broken).await?;
            seqs.extend(recorded);
        }
        self.recorded.extend(&seqs);
        Ok(seqs)
    }

    /// A breach is nobody's doing, whoever recorded what shows it: it stands in the journal as the watch writes it. What listens to
    /// breaches may be late in turn; each round only ends clocks that were open, so it comes to an end.
    async fn record_breaches(&mut self, mut broken: Vec<Clock>) -> Result<()> {
        let system = Actor::system(Channel::Job);
        while !broken.is_empty() {
            let facts: Vec<NewFact> = broken.iter().map(clocks::breach_of).collect();
            (_, broken) = self.insert_and_advance(&system, &facts).await?;
        }
        Ok(())
    }

    async fn insert_and_advance(&mut self, actor: &Actor, facts: &[NewFact]) -> Result<(Vec<i64>, Vec<Clock>)> {
        let platform = self.platform.clone();
        let recorded = self.insert_facts(actor, facts).await?;
        let broken = clocks::advance(&mut self.tx, &platform, self.now, facts, &recorded).await?;
        Ok((recorded, broken))
    }

    /// Promises work to be done after the commit. With a key, at most one such job waits at a time.
    #[boxed]
    pub async fn enqueue(
        &mut self,
        kind: &str,
        key: Option<&str>,
        payload: serde_json::Value,
        run_at: Moment,
    ) -> Result<()> {
        jobs::enqueue(&mut self.tx, kind, key, payload, run_at, self.now).await
    }

    /// The numbers of the facts that were recorded in this unit of work.
    pub(crate) fn recorded(&self) -> &[i64] {
        &self.recorded
    }

    /// Somebody's rights change with this unit of work: from its commit on, nobody acts by rights remembered from before.
    pub(crate) fn rights_change(&mut self) {
        self.rights_change = true;
    }

    /// Makes it all durable.
    #[boxed]
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        if self.rights_change {
            self.platform.recent_tokens().forget();
        }
        Ok(())
    }

    fn check_declared(&self, fact: &NewFact) -> Result<()> {
        let registry = self.platform.registry();
        if !registry.facts.contains_key(fact.kind.name) {
            return Err(Error::Internal(format!("the fact {} is not exported by its area", fact.kind.name)));
        }
        match fact.payload.keys().find(|field| !registry.may_carry(&fact.kind, field)) {
            Some(field) => Err(Error::Internal(format!("the fact {} declares no field {field}", fact.kind.name))),
            None => Ok(()),
        }
    }

    async fn insert_facts(&mut self, actor: &Actor, facts: &[NewFact]) -> Result<Vec<i64>> {
        let channel = serde_json::to_value(actor.channel).ok().and_then(|v| v.as_str().map(str::to_owned));
        let rows: Vec<FactRow> = facts.iter().map(FactRow::from).collect();
        // One note for all who wait for new facts: see `journal::fresh`.
        let seqs = sqlx::query_scalar!(
            r#"with recorded as (
                   insert into fact (recorded_at, occurred_at, name, actor_id, actor_name, channel, on_behalf_of,
                                     home_id, person_id, case_id, payload)
                   select $1, f.occurred_at, f.name, $2, $3, $4, f.on_behalf_of, f.home_id, f.person_id, f.case_id, f.payload
                   from unnest($5::fact_row[]) with ordinality as f
                   order by f.ordinality
                   returning seq
               )
               insert into fact_fresh (recorded_at, seqs) values ($1, array(select seq from recorded)) returning seqs"#,
            self.now as _,
            actor.user.map(uuid::Uuid::from),
            actor.name,
            channel.unwrap_or_default(),
            rows as _,
        )
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(seqs)
    }
}

/// A fact as the database takes it (its type `fact_row`).
#[derive(sqlx::Type)]
#[sqlx(type_name = "fact_row")]
struct FactRow {
    name: String,
    occurred_at: Moment,
    on_behalf_of: Option<Uuid>,
    home_id: Option<Uuid>,
    person_id: Option<Uuid>,
    case_id: Option<Uuid>,
    payload: serde_json::Value,
}

impl From<&NewFact> for FactRow {
    fn from(fact: &NewFact) -> Self {
        Self {
            name: fact.kind.name.to_owned(),
            occurred_at: fact.occurred_at,
            on_behalf_of: fact.on_behalf_of.map(Into::into),
            home_id: fact.home.map(Into::into),
            person_id: fact.person.map(Into::into),
            case_id: fact.case.map(|case| case.0),
            payload: fact.payload.clone().into(),
        }
    }
}
