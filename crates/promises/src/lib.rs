//! Promises: what a landlord owes its residents, declared as dated and sourced data, and the arithmetic behind it.
//!
//! * A **standard** ([`standards`]) says which facts start, stop, pause or extend a clock, and how its due moment is counted.
//! * **Due dates** ([`due`]) are counted in elapsed hours, calendar days, or working days of a named calendar, and every
//!   count can be explained day by day.
//! * **Clocks** ([`clocks`]) are what the facts of the journal make of the standards: a pure fold, so that rebuilding them
//!   gives the same result.
//! * **Measures** ([`measures`]) say which figures are published, and how rows of evidence become a value.
//!
//! * The **shelf** ([`shelf`]) holds standards that are declared ahead of the area that will record their facts.
//!
//! Nothing here performs I/O: declarations come in as text, facts as values.

pub mod clocks;
pub mod due;
mod errors;
pub mod measures;
pub mod shelf;
pub mod standards;

pub use errors::{DeclarationError, DueError};
