//! Facts: what areas record. A fact's kind is declared once, as a constant in the module that records it (an area with many keeps them in
//! one `facts.rs`), and exported by the area.

use super::reading::{self, Reads};
use rooftree_kernel::{CaseId, Moment, PersonId, PlaceId};
use serde_json::{Map, Value};

/// A kind of fact: its name (`repair.reported`), the words a timeline shows and the payload fields it carries.
#[derive(Clone, Copy)]
pub struct FactKind {
    /// `thing.happened`; standards and measures refer to it.
    pub name: &'static str,
    /// What a timeline shows: `Repair reported`.
    pub title: &'static str,
    /// The payload's fields; a standard that asks for another is refused at start.
    pub fields: &'static [&'static str],
    /// It takes its case back, as if it had never been: every clock of the case is void and every figure is counted again.
    pub voids: bool,
    /// It takes earlier facts of its case back (their numbers stand in its payload as `facts`): every clock of the case is counted anew
    /// without them. What was recorded stays in the journal.
    pub withdraws: bool,
    /// It is the first of its case: nothing was recorded of the case before, so none of its clocks can be running.
    pub opens: bool,
    /// How its payload reads to people, and to whom which part.
    pub reads: Reads,
}

impl PartialEq for FactKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for FactKind {}

impl std::fmt::Debug for FactKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FactKind").field(&self.name).finish()
    }
}

impl FactKind {
    /// Declares a kind.
    pub const fn new(name: &'static str, title: &'static str, fields: &'static [&'static str]) -> Self {
        Self { name, title, fields, voids: false, withdraws: false, opens: false, reads: reading::plain }
    }

    /// Declares that a fact of this kind takes its case back.
    pub const fn voiding(mut self) -> Self {
        self.voids = true;
        self
    }

    /// Declares that a fact of this kind takes earlier facts back.
    pub const fn withdrawing(mut self) -> Self {
        self.withdraws = true;
        self
    }

    /// Declares that a fact of this kind is the first of its case.
    pub const fn opening(mut self) -> Self {
        self.opens = true;
        self
    }

    /// Declares how its facts read; without it they read as [`reading::plain`] says.
    pub const fn reading(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// A fact of this kind that happened at that moment.
    pub fn at(&self, occurred_at: Moment) -> NewFact {
        NewFact {
            kind: *self,
            occurred_at,
            on_behalf_of: None,
            home: None,
            person: None,
            case: None,
            payload: Map::new(),
        }
    }
}

/// A fact about to be recorded with [`crate::Ctx::record`].
#[derive(Clone, Debug)]
pub struct NewFact {
    /// Its kind.
    pub kind: FactKind,
    /// When it happened; the journal adds when we learned of it.
    pub occurred_at: Moment,
    /// The person spoken for, where somebody reports for another.
    pub on_behalf_of: Option<PersonId>,
    /// The home (or other place) it concerns.
    pub home: Option<PlaceId>,
    /// The person it concerns.
    pub person: Option<PersonId>,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// The rest, by the names in [`FactKind::fields`].
    pub payload: Map<String, Value>,
}

impl NewFact {
    /// About this home or place.
    pub fn home(mut self, home: impl Into<Option<PlaceId>>) -> Self {
        self.home = home.into();
        self
    }
    /// About this person.
    pub fn person(mut self, person: impl Into<Option<PersonId>>) -> Self {
        self.person = person.into();
        self
    }
    /// In this case.
    pub fn case(mut self, case: impl Into<CaseId>) -> Self {
        self.case = Some(case.into());
        self
    }
    /// Said for this person.
    pub fn on_behalf_of(mut self, person: impl Into<Option<PersonId>>) -> Self {
        self.on_behalf_of = person.into();
        self
    }
    /// With a payload field. Fields that the kind does not declare fail the area's tests (and are refused when recorded).
    pub fn with(mut self, field: &'static str, value: impl serde::Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        if !value.is_null() {
            self.payload.insert(field.to_owned(), value);
        }
        self
    }
}
