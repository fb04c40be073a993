//! The rows and facts that one repair leaves behind.

use crate::{catalogue::Priority, errors::SeededError};
use rooftree_kernel::Moment;
use rooftree_repairs::diagnosis::rules::Reasoned;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The system itself.
    System,
    /// A user, as a position in the list of users.
    User(u32),
    /// The resident who reported the repair.
    Resident,
}

/// How far the work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The works order was issued; nothing is booked.
    Ordered,
    /// An appointment stands.
    Booked,
    /// The operative is on the way or there.
    InProgress,
    /// Another visit must follow.
    FollowOn,
    /// Made safe; the lasting repair must follow.
    MadeSafe,
    /// Done.
    Completed,
    /// Ended without work.
    Cancelled,
}

impl Stage {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Booked => "booked",
            Self::InProgress => "in-progress",
            Self::FollowOn => "follow-on",
            Self::MadeSafe => "made-safe",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// True while work is owed.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }
}

/// The repair that another one goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecallOf {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub number: u64,
    /// Why we had to come back: a key of the reasons list `recall`.
    pub reason: &'static str,
}

/// What a resident reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Its id, sortable by the time of the report.
    pub id: Uuid,
    /// Its number: the reference is `R-` and this.
    pub number: u64,
    /// The diagnosis, as a position in the catalogue.
    pub item: u32,
    /// The home, as a position in [`crate::world::World::homes`]; `None` for common parts.
    pub home: Option<u32>,
    /// The block, as a position in [`crate::world::World::places`], for common parts.
    pub place: Option<u32>,
    /// The ward, as a position in [`crate::world::WARDS`].
    pub ward: u8,
    /// Who reported it, as a position in [`crate::people::People::persons`].
    pub person: Option<u32>,
    /// Their tenancy, as a position in [`crate::people::People::tenancies`].
    pub tenancy: Option<u32>,
    /// How it came: `phone`, `web`, `in-person`, `councillor`, `operative`.
    pub channel: &'static str,
    /// The priority decided from the work and the household.
    pub priority: Priority,
    /// Why that priority: the rules that applied and their words.
    pub reasons: Vec<Reasoned>,
    /// How grave the hazard may be, if there is one.
    pub hazard_level: Option<String>,
    /// The Right to Repair period, if the right covers it.
    pub right_to_repair: Option<String>,
    /// When it was reported.
    pub reported_at: Moment,
    /// Who took the report.
    pub taken_by: By,
    /// How far it has come.
    pub stage: Stage,
    /// When it was made safe, for an emergency not finished at once.
    pub made_safe_at: Option<Moment>,
    /// When it was completed.
    pub completed_at: Option<Moment>,
    /// Whether one visit was enough, once completed.
    pub first_visit: Option<bool>,
    /// Whether it was completed (an emergency: made safe) within the landlord's target, once that is known.
    pub on_time: Option<bool>,
    /// When and why it was cancelled: a key of the reasons list `cancel`.
    pub cancelled: Option<(Moment, &'static str)>,
    /// The repair that this one goes back to.
    pub recall_of: Option<RecallOf>,
    /// True when the cost may be asked of the resident.
    pub rechargeable: bool,
}

/// A line of a works order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The catalogue entry whose rate it is.
    pub item: u32,
    /// Quantity in hundredths.
    pub quantity_hundredths: i64,
    /// Price of one unit in pence.
    pub unit_pence: i64,
    /// The variation that added it.
    pub variation: Option<Uuid>,
}

/// What the provider is told to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// Its number: the reference is `WO-` and this.
    pub number: u64,
    /// The provider, as a position in the list of providers.
    pub provider: u8,
    /// When it was issued.
    pub issued_at: Moment,
    /// When the provider accepted it.
    pub accepted_at: Option<Moment>,
    /// Rate lines; none is a seeded error.
    pub lines: Vec<Line>,
}

impl Order {
    /// The value of all lines in pence.
    pub fn pence(&self) -> i64 {
        self.lines.iter().map(|line| line.unit_pence * line.quantity_hundredths / 100).sum()
    }
}

/// How an appointment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppointmentStatus {
    /// It stands.
    Booked,
    /// The operative came in time.
    Kept,
    /// The operative did not.
    Missed,
    /// The operative came in time and nobody let them in.
    NoAccess,
    /// It was called off or moved.
    Cancelled,
}

impl AppointmentStatus {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Kept => "kept",
            Self::Missed => "missed",
            Self::NoAccess => "no-access",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An agreed time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Appointment {
    /// Its id.
    pub id: Uuid,
    /// Who comes, as a position in the list of operatives.
    pub operative: u32,
    /// From.
    pub starts_at: Moment,
    /// To.
    pub ends_at: Moment,
    /// When it was agreed.
    pub made_at: Moment,
    /// Who agreed it.
    pub made_by: By,
    /// True for an emergency visit, which is sent rather than agreed.
    pub emergency: bool,
    /// How it ended.
    pub status: AppointmentStatus,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// What the resident was told: to.
    pub window_ends_at: Moment,
    /// The appointment that it replaces.
    pub moved_from: Option<Uuid>,
    /// When, why (a key of the reasons list `appointment-moved`) and by whom (`resident` or `landlord`) it was called off.
    pub cancelled: Option<(Moment, &'static str, &'static str)>,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The operative is on the way or there.
    UnderWay,
    /// Nobody let them in.
    NoAccess,
    /// Made safe.
    MadeSafe,
    /// Another visit must follow.
    FollowOn,
    /// Done.
    Completed,
}

impl Outcome {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::UnderWay => "under-way",
            Self::NoAccess => "no-access",
            Self::MadeSafe => "made-safe",
            Self::FollowOn => "follow-on",
            Self::Completed => "completed",
        }
    }
}

/// An operative at the door.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Visit {
    /// Its id.
    pub id: Uuid,
    /// The appointment it keeps.
    pub appointment: Uuid,
    /// Who, as a position in the list of operatives.
    pub operative: u32,
    /// When they set off.
    pub set_off_at: Moment,
    /// When they arrived.
    pub arrived_at: Option<Moment>,
    /// When they left.
    pub left_at: Option<Moment>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so: a key of the reasons list `no-access`, `made-safe` or `follow-on`.
    pub reason: Option<&'static str>,
}

/// A change to an order's cost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variation {
    /// Its id.
    pub id: Uuid,
    /// Why: a key of the reasons list `variation`.
    pub reason: &'static str,
    /// By how much, in pence.
    pub pence: i64,
    /// The rate it adds, as a position in the catalogue.
    pub item: u32,
    /// When it was asked for.
    pub requested_at: Moment,
    /// By whom.
    pub requested_by: By,
    /// When it was decided, by whom and whether it was approved.
    pub decided: Option<(Moment, By, bool)>,
}

/// What a resident answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// When.
    pub at: Moment,
    /// 1 (very dissatisfied) to 5 (very satisfied).
    pub score: u8,
    /// The work area was left clean and tidy.
    pub clean: bool,
    /// The operative showed proof of identity.
    pub identity: bool,
    /// The operative took no personal calls.
    pub no_phone: bool,
    /// One visit was enough, the resident says.
    pub first_visit: bool,
    /// The work is done.
    pub done: bool,
}

/// The satisfaction survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Survey {
    /// Its id.
    pub id: Uuid,
    /// `text` or `email`.
    pub channel: &'static str,
    /// When it was sent.
    pub sent_at: Moment,
    /// The answer, if one came.
    pub answer: Option<Answer>,
}

/// A post-inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Inspection {
    /// Its id.
    pub id: Uuid,
    /// The draw that chose it: see [`super::inspection`].
    pub draw: [u8; 32],
    /// When the sample chose it.
    pub selected_at: Moment,
    /// When it was done, by whom, and why it failed (a key of `inspection-failed`); `None` there is a pass.
    pub done: Option<(Moment, By, Option<&'static str>)>,
}

/// The provider says done and the tenant says not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contradiction {
    /// Its id.
    pub id: Uuid,
    /// When the tenant said so.
    pub raised_at: Moment,
    /// When and how it ended: a key of the reasons list `contradiction`.
    pub resolved: Option<(Moment, By, &'static str)>,
}

/// A text, e-mail or letter about the repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// `text`, `email` or `letter`.
    pub channel: &'static str,
    /// The template's key.
    pub template: &'static str,
    /// The appointment it confirms.
    pub appointment: Uuid,
    /// When it went.
    pub sent_at: Moment,
}

/// A fact for the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its name, such as `repair.reported`.
    pub name: &'static str,
    /// When it happened.
    pub occurred_at: Moment,
    /// Who recorded it.
    pub by: By,
    /// The home or other place.
    pub home: Uuid,
    /// The person.
    pub person: Option<Uuid>,
    /// The repair.
    pub case: Uuid,
    /// The rest.
    pub payload: Map<String, Value>,
}

/// A repair and everything that came of it up to the present.
#[derive(Clone, Debug, PartialEq)]
pub struct RepairLife {
    /// The repair.
    pub repair: Repair,
    /// Its works order.
    pub order: Option<Order>,
    /// Its appointments, in the order in which they were made.
    pub appointments: Vec<Appointment>,
    /// Its visits, oldest first.
    pub visits: Vec<Visit>,
    /// Changes to its cost.
    pub variations: Vec<Variation>,
    /// Its survey.
    pub survey: Option<Survey>,
    /// Its inspection.
    pub inspection: Option<Inspection>,
    /// The tenant's word against the provider's.
    pub contradiction: Option<Contradiction>,
    /// What was sent about it.
    pub messages: Vec<Message>,
    /// Its facts in the order of time. A `repair.recalled` belongs to the case of the earlier repair.
    pub facts: Vec<Fact>,
    /// The seeded error in it, if there is one.
    pub error: Option<SeededError>,
}

/// Builds a fact's payload; fields without a value are left out.
#[derive(Debug, Default)]
pub(super) struct Payload(pub(super) Map<String, Value>);

impl Payload {
    pub(super) fn text(mut self, field: &str, value: &str) -> Self {
        self.0.insert(field.to_owned(), Value::String(value.to_owned()));
        self
    }
    pub(super) fn texts<'t>(mut self, field: &str, values: impl Iterator<Item = &'t str>) -> Self {
        self.0.insert(field.to_owned(), values.map(Value::from).collect());
        self
    }
    pub(super) fn maybe(self, field: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(field, value),
            None => self,
        }
    }
    pub(super) fn flag(mut self, field: &str, value: bool) -> Self {
        self.0.insert(field.to_owned(), Value::Bool(value));
        self
    }
    pub(super) fn number(mut self, field: &str, value: i64) -> Self {
        self.0.insert(field.to_owned(), Value::from(value));
        self
    }
    pub(super) fn at(self, field: &str, value: Moment) -> Self {
        self.text(field, &value.to_string())
    }
    pub(super) fn id(self, field: &str, value: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        self.text(field, value.as_hyphenated().encode_lower(&mut buffer))
    }
}
