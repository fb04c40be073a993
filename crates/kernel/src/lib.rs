//! The words every other room uses: ids, references, money, days and moments, working-day calendars, actors, field errors.
//!
//! Nothing here performs I/O. The clock, the random generator and new ids are passed in by the caller.

pub mod actor;
pub mod calendar;
pub mod errors;
pub mod ids;
pub mod money;
pub mod periods;
pub mod scope;
pub mod text;
pub mod time;
pub mod typed;

pub use actor::{Actor, Channel, Permission};
pub use errors::{FieldError, FieldErrors};
pub use ids::*;
pub use money::{MoneyError, Pence};
pub use scope::Scope;
pub use time::{Day, Moment};
