//! What a report consists of.

use crate::{
    declared::Priority,
    ids::{OrderId, RepairId},
};
use rooftree_homes::public::AlertId;
use rooftree_kernel::{Moment, PersonId, PlaceId, ProviderId};
use std::collections::BTreeMap;

/// The ways a repair can be reported.
pub const CHANNELS: &[(&str, &str)] = &[
    ("phone", "Phone"),
    ("in-person", "In person"),
    ("web", "Web"),
    ("email", "E-mail"),
    ("councillor", "Councillor or MP"),
    ("operative", "Operative on site"),
];

/// A report about to be recorded.
#[derive(Clone, Debug)]
pub struct Report {
    /// The home or communal place.
    pub place: PlaceId,
    /// The person who reports, when known.
    pub reporter: Option<PersonId>,
    /// A passer-by's or councillor's name.
    pub reporter_name: String,
    /// A key of [`CHANNELS`], or `portal`, `import`.
    pub channel: String,
    /// The script's item.
    pub item: String,
    /// Question key → option key.
    pub answers: BTreeMap<String, String>,
    /// The resident's words.
    pub description: String,
    /// When to come, how to get in.
    pub access_notes: String,
    /// Somebody decided otherwise: priority, and why (a reason's key and words).
    pub override_priority: Option<(Priority, String)>,
    /// Alerts that the handler has read.
    pub acknowledged: Vec<AlertId>,
    /// The finished repair whose fault came back.
    pub recall_of: Option<RepairId>,
}

/// What came of it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Reported {
    /// Its id.
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// The order.
    pub order: OrderId,
    /// `WO-88120`.
    pub order_reference: String,
    /// The order waits for the client.
    pub awaiting_approval: bool,
    /// How pressing.
    pub priority: Priority,
    /// The trade that comes.
    pub trade: String,
    /// How long to book, in minutes.
    pub minutes: i32,
    /// The provider.
    pub provider: ProviderId,
    /// Where.
    pub ward: String,
    /// When it counts as reported.
    pub reported_at: Moment,
}
