//! The cases that work is done for: a repair today, a void or a fire action tomorrow. Works knows what an order and a visit need of a case and
//! nothing more. An area whose cases have work implements [`Cases`] and offers it (`area.contracts`); works asks it for what only that area
//! knows, and tells it what became of a visit or an order, in the same unit of work.
//!
//! What a list or a board shows of a case stands on the order and the visit themselves (`case_reference`, `title`, `place_id`, `trade`,
//! `priority`), so that no list asks another area row by row; the area keeps them as its case has them.

use crate::{
    declared::Reason,
    ids::{AppointmentId, OrderId},
    inspections::checklist::Checklist,
    priority::Priority,
    surveys::questions::{Answers, QuestionSet},
};
use async_trait::async_trait;
use rooftree_kernel::{CaseId, Day, Moment, Pence, PersonId, PlaceId, ProviderId, Scope, scope::PROVIDER};
use rooftree_people::public::Told;
use rooftree_platform::{Conn, Ctx, Error, NewFact, Registry, Result};
use std::{ops::Deref, sync::Arc};

/// A case as orders and visits know it; what commands decide upon is locked until the commit.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// `open`, or how it ended.
    pub status: String,
    /// Where.
    pub place: PlaceId,
    /// The ward of the place.
    pub ward: String,
    /// Trade key.
    pub trade: String,
    /// How pressing.
    pub priority: Priority,
    /// Who asked for it and hears of it.
    pub person: Option<PersonId>,
    /// Who has it in hand.
    pub provider: Option<ProviderId>,
    /// For optimistic locking.
    pub version: i32,
}

impl Case {
    /// Refuses unless it is open.
    pub fn require_open(&self) -> Result<()> {
        match self.status.as_str() {
            "open" => Ok(()),
            ended => Err(Error::conflict(format!(
                "{} is already {ended}; reload the page to see what happened",
                self.reference
            ))),
        }
    }

    /// Refuses a provider that had an order once and may read on, but no longer has the case in hand.
    pub fn require_in_hand(&self, scope: &Scope) -> Result<()> {
        match scope.id(PROVIDER).is_none() || scope.id(PROVIDER) == self.provider {
            true => Ok(()),
            false => Err(Error::conflict(format!("{} is with another provider now.", self.reference))),
        }
    }

    /// Refuses when somebody else changed it since the page was shown.
    pub fn require_version(&self, shown: i32) -> Result<()> {
        if self.version == shown { Ok(()) } else { Err(Error::outrun(&self.reference)) }
    }

    /// A fact of this case.
    pub fn about(&self, fact: NewFact) -> NewFact {
        fact.case(self.id).home(self.place).person(self.person)
    }
}

/// A case as the planner and the messages see it, not locked.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The case.
    pub case: Case,
    /// What was promised, as it is read aloud: `We will repair it within 28 working days.`
    pub say: String,
    /// How long the work takes, in minutes.
    pub minutes: i32,
    /// The name of the provider that has it in hand; empty where none has.
    pub provider_name: String,
    /// One line with the postcode.
    pub address: String,
    /// On the national grid, where that is known.
    pub grid: Option<(i32, i32)>,
    /// When it was asked for.
    pub reported_at: Moment,
    /// How to get in.
    pub access_notes: String,
    /// When the promise falls due, while it runs.
    pub due: Option<Moment>,
    /// The last day in time.
    pub due_day: Option<Day>,
    /// The order that a visit belongs to.
    pub order: Option<OrderId>,
}

impl Deref for Brief {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.case
    }
}

/// What an operative is told of a case before the door.
#[derive(Clone, Debug)]
pub struct Door {
    /// The case.
    pub case: CaseId,
    /// `open`, or how it ended.
    pub status: String,
    /// What the person said, in their words.
    pub description: String,
    /// What they were asked and answered, where a script was gone through.
    pub answers: Vec<(String, String)>,
    /// How to get in.
    pub access_notes: String,
    /// The person to ask for.
    pub person: Option<PersonId>,
    /// Their number.
    pub phone: Option<String>,
    /// The danger is over.
    pub made_safe: bool,
}

/// Work without a visit.
#[derive(Clone, Debug)]
pub struct Unplanned {
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub address: String,
    /// How pressing.
    pub priority: Priority,
    /// Trade key.
    pub trade: String,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// When it was asked for.
    pub reported_at: Moment,
    /// When its promise falls due.
    pub due: Option<Moment>,
    /// That promise's standard.
    pub standard: Option<String>,
    /// When the danger was over, if it is and work remains.
    pub made_safe_at: Option<Moment>,
}

/// The work of an area that waits for a visit, or for somebody to say what became of one; each number with the list that has them all.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The first of it, what falls due soonest before the rest.
    pub first: Vec<Unplanned>,
    /// How much there is in all.
    pub total: (i64, &'static str),
    /// How many emergencies are among it that are not safe yet.
    pub emergencies: (i64, &'static str),
    /// How many open cases had a visit on an earlier day of which nobody has said how it ended.
    pub unrecorded: (i64, &'static str),
}

/// What became of a visit, for the area whose case it is.
#[derive(Clone, Copy, Debug)]
pub struct Visited<'a> {
    /// The visit.
    pub appointment: AppointmentId,
    /// When.
    pub at: Moment,
    /// What the operative wrote.
    pub note: &'a str,
    /// It came back on paper.
    pub on_paper: bool,
    /// How it ended.
    pub outcome: Outcome<'a>,
}

/// How a visit ended that nobody kept us out of.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The danger is over, work remains.
    MadeSafe {
        /// How.
        how: &'a Reason,
        /// What comes next, as the person is told.
        next: &'a str,
    },
    /// Another visit follows.
    FollowOn {
        /// Why: a key of the reasons list `follow-on`.
        reason: &'a str,
        /// The same in words for the planner; empty when another order of the case is open anyway.
        awaiting: &'a str,
        /// The trade that it needs, where that was said.
        trade: Option<&'a str>,
        /// The order that is still open or was raised for what follows.
        order: Option<OrderId>,
        /// Whose that order is: the case passes to that trade and that provider.
        passes_to: Option<ProviderId>,
    },
    /// Work waits for materials.
    AwaitingMaterials {
        /// For what.
        what: &'a str,
    },
    /// The work is done, and no other order of the case is open.
    Completed,
}

/// What the cases of an area are called, and where they are.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The letters that their references begin with: `R-`.
    pub letters: &'static str,
    /// One of them: `repair`.
    pub one: &'static str,
    /// The list of them: `Repairs`.
    pub many: &'static str,
    /// Where that list is: `/repairs`; the page of one lies below it, by its reference.
    pub path: &'static str,
}

impl Names {
    /// One of them as a heading: `Repair`.
    pub fn title(&self) -> String {
        let mut letters = self.one.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// An area's cases, as works asks for them and reports to them. None of these asks for a permission: the command or page that calls has asked
/// for its own.
#[async_trait]
pub trait Cases: Send + Sync {
    /// What these cases are called, and where they are.
    fn names(&self) -> Names;

    /// Standards whose promises a visit must come in time for.
    fn promises(&self) -> Vec<String>;

    /// What the operative's page calls a promise that counts for a case of this priority: `Promise`, `Right to Repair`.
    fn promise_words(&self, priority: Priority, standard: &str) -> Option<&'static str>;

    /// The case of a reference, within the scope.
    async fn find(&self, db: &mut Conn, reference: &str, scope: &Scope) -> Result<CaseId>;

    /// Locks it within the actor's scope. Every command locks the case before it locks an order or a visit.
    async fn lock(&self, ctx: &mut Ctx, reference: &str) -> Result<Case>;

    /// What booking needs to know. The caller has asked for the scope.
    async fn brief(&self, db: &mut Conn, case: CaseId) -> Result<Brief>;

    /// What operatives are told of these cases, in no order.
    async fn doors(&self, db: &mut Conn, cases: &[CaseId]) -> Result<Vec<Door>>;

    /// Open work that waits for a visit, `limit` of it: of one provider, of one trade, or all.
    async fn waiting(
        &self,
        db: &mut Conn,
        provider: Option<ProviderId>,
        trade: Option<&str>,
        today: Day,
        limit: i64,
    ) -> Result<Waiting>;

    /// An order or a visit of the case was made, changed or ended: it stands where they say. With it what the case waits for, in words for the
    /// planner, empty for nothing; without, that stays as it was.
    async fn settle(&self, ctx: &mut Ctx, case: CaseId, awaiting: Option<&str>) -> Result<()>;

    /// A visit was booked with a provider's operative: the case is in that provider's hands if it was in nobody's.
    async fn booked(&self, ctx: &mut Ctx, case: CaseId, provider: ProviderId) -> Result<()>;

    /// What its orders come to, or what was invoiced once it was.
    async fn costs(&self, ctx: &mut Ctx, case: CaseId, pence: Pence) -> Result<()>;

    /// What people are asked when one is done.
    fn questions(&self) -> &'static QuestionSet;

    /// What whoever inspects one looks at.
    fn checklist(&self) -> &'static Checklist;

    /// The person answered; records what that means for the case.
    async fn answered(&self, ctx: &mut Ctx, case: CaseId, answers: &Answers) -> Result<()>;

    /// The inspection failed for this reason, a key of the reasons list `inspection-failed`; gives the reference of the case that puts it
    /// right, where one is opened.
    async fn failed_inspection(&self, ctx: &mut Ctx, case: CaseId, reason: &str) -> Result<Option<String>>;

    /// A visit ended at which we were let in; records what that means for the case. What the person hears of it.
    async fn visited(&self, ctx: &mut Ctx, case: &Case, visited: &Visited<'_>) -> Result<Told>;
}

/// All areas' cases.
pub fn all(registry: &Registry) -> impl Iterator<Item = &Arc<dyn Cases>> {
    registry.contracts.of::<dyn Cases>()
}

/// The area whose case a reference names.
pub fn of(registry: &Registry, reference: &str) -> Result<Arc<dyn Cases>> {
    let letters = reference.trim().to_uppercase();
    let digits = letters.find(|c: char| c.is_ascii_digit()).unwrap_or(letters.len());
    let found = all(registry).find(|cases| cases.names().letters == &letters[..digits]);
    found.cloned().ok_or(Error::NotFound("the case"))
}

/// What the cases are called among which a reference names one; of one that no area knows, what all are called.
pub fn names(registry: &Registry, reference: &str) -> Names {
    let unknown = Names { letters: "", one: "case", many: "Cases", path: "/journal" };
    of(registry, reference).map_or(unknown, |cases| cases.names())
}

/// The page of a case.
pub fn href(registry: &Registry, reference: &str) -> String {
    format!("{}/{reference}", names(registry, reference).path)
}

/// All promises that a visit must come in time for, whatever the case.
pub fn promises(registry: &Registry) -> Vec<String> {
    all(registry).flat_map(|cases| cases.promises()).collect()
}

/// Locks a case of any area.
pub async fn lock(ctx: &mut Ctx, reference: &str) -> Result<Case> {
    of(ctx.platform().registry(), reference)?.lock(ctx, reference).await
}

/// What booking needs to know of a case that is locked.
pub async fn brief(ctx: &mut Ctx, case: &Case) -> Result<Brief> {
    of(ctx.platform().registry(), &case.reference)?.brief(ctx.conn(), case.id).await
}

/// Says that an order or a visit of a case has changed.
pub async fn settle(ctx: &mut Ctx, case: &Case) -> Result<()> {
    of(ctx.platform().registry(), &case.reference)?.settle(ctx, case.id, None).await
}

/// Says what became of a visit.
pub async fn visited(ctx: &mut Ctx, case: &Case, visited: &Visited<'_>) -> Result<Told> {
    of(ctx.platform().registry(), &case.reference)?.visited(ctx, case, visited).await
}
