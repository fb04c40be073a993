//! Who can come when: operatives with their trades, patches, shifts and absences, their diaries, and the times that are free in them.
//!
//! Invariants: a free time lies inside a shift of an operative who has the trade and meets nothing that is planned; what a resident is told
//! is a window.

pub mod diary;
pub mod roster;
pub mod slots;
pub mod staff;
pub mod windows;

use rooftree_frame::Area;

/// The scope words of the matrix.
pub const SCOPE: &str = "provider: own orders and operatives";

pub(crate) fn add(area: &mut Area) {
    staff::add(area);
}

/// A time as a form sends it, in minutes after midnight: `08:00`.
pub fn clock_minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    ((0..60).contains(&minute) && (0..=1440).contains(&all)).then_some(all)
}
