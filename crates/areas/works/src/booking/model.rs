//! An appointment as commands decide upon it, and the reasons for which one ends. Pure.

use crate::{
    declared::{DECLARED, Reason},
    ids::{AppointmentId, OrderId},
};
use rooftree_kernel::{FieldErrors, Moment, OperativeId};
use rooftree_platform::{Error, Result};

/// The reasons offered for moving and cancelling.
pub const MOVED: &str = "appointment-moved";
/// The reasons offered when its window is over and nobody came.
pub const MISSED: &str = "appointment-missed";
/// How many days are looked at for free times.
pub const DAYS: i64 = 21;

/// An appointment, locked until the commit.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its id.
    pub id: AppointmentId,
    /// Who was to come.
    pub operative: OperativeId,
    /// The order it belongs to.
    pub order: Option<OrderId>,
    /// When the work is planned.
    pub starts_at: Moment,
    /// Until when.
    pub ends_at: Moment,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// booked, kept, missed, cancelled, no-access.
    pub status: String,
    /// For an emergency.
    pub emergency: bool,
    /// The operative is at the door.
    pub arrived_at: Option<Moment>,
    /// For optimistic locking.
    pub version: i32,
}

impl Held {
    /// How long it takes.
    pub fn minutes(&self) -> i32 {
        i32::try_from(self.ends_at.seconds_since(self.starts_at) / 60).unwrap_or(i32::MAX)
    }

    /// Refuses unless it is still to come and is as the page showed it.
    pub fn require_movable(&self, shown: i32) -> Result<()> {
        if self.status != "booked" {
            let happened = match self.status.as_str() {
                "cancelled" => "has been moved or called off",
                "kept" => "has been kept",
                "missed" => "was missed",
                _ => "has ended",
            };
            return Err(Error::conflict(format!("This appointment {happened}. Reload the page to see how.")));
        }
        if self.arrived_at.is_some() {
            return Err(Error::conflict(
                "The operative is already at the home, so this appointment can no longer be moved or cancelled.",
            ));
        }
        if self.version != shown {
            return Err(Error::outrun("this appointment"));
        }
        Ok(())
    }

    /// The window is over and nobody came: it cannot be moved out of the record, only be recorded as missed.
    pub fn is_missed(&self, now: Moment) -> bool {
        self.status == "booked" && self.arrived_at.is_none() && now > self.window_ends_at
    }

    /// The list that an end at this moment takes its reason from.
    pub fn reasons(&self, now: Moment) -> &'static str {
        if self.is_missed(now) { MISSED } else { MOVED }
    }
}

/// Why something is moved or cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Why<'a> {
    /// A key of the declared list.
    pub reason: &'a str,
    /// More, in words.
    pub note: &'a str,
}

impl Why<'_> {
    /// The declared reason; refuses one that is not offered here or lacks its words.
    pub fn declared(&self, list: &str) -> Result<&'static Reason> {
        let mut errors = FieldErrors::default();
        let Some(reason) = DECLARED.reason(list, self.reason) else {
            return Err(Error::field("reason", "choose a reason"));
        };
        if reason.note && self.note.trim().is_empty() {
            errors.add("note", "this reason needs a few words of explanation");
        }
        if self.note.chars().count() > 500 {
            errors.add("note", "use at most 500 characters");
        }
        Ok(errors.into_result(reason)?)
    }
}

/// Whose doing it was, as it is stored: what is nobody's falls to the landlord, who answers for the promise.
pub fn by(reason: &Reason) -> &str {
    reason.by.as_deref().filter(|by| matches!(*by, "resident" | "landlord" | "provider")).unwrap_or("landlord")
}
