//! A clock of the engine as people see it. Where it stands is what the engine decided, not what the moments alone would say: a promise
//! that nobody will keep any more ends before it is due.

use rooftree_kernel::Moment;
use rooftree_platform::Rulebook;
use rooftree_promises::clocks::{Clock, ClockState};
use rooftree_ui::clocks::{self as shown, Due};

/// The clock for a card or a pill, under the title of the version of its standard that applies, leading to its page.
pub fn shown(rules: &Rulebook, clock: &Clock, now: Moment) -> shown::Clock {
    let title = rules.standards.version_of(clock).map_or(clock.standard.as_str(), |standard| standard.title.as_str());
    let due = Due::of(clock.due_at, clock.due_day);
    let mut card = shown::Clock::new(title, clock.started_at, due, clock.stopped_at, now);
    card.href = Some(format!("/clocks/{}", clock.id));
    match clock.state {
        ClockState::Paused => card.state = shown::ClockState::Paused,
        ClockState::Cancelled | ClockState::Void => card.state = shown::ClockState::Cancelled,
        ClockState::Late if clock.stopped_at.is_none_or(|at| !clock.is_late(at)) => {
            card.state = shown::ClockState::NotKept;
        }
        ClockState::Running | ClockState::Met | ClockState::Late => {}
    }
    card
}
