//! The only surface that other areas may call. These functions check no permission of their own: the command or page that calls them
//! has asked for its own. A caller whose scope is one provider's passes it on and sees no other.
//!
//! An area whose cases have work implements [`cases::Cases`] and offers it in `area.contracts`. It raises orders with [`orders`], books with
//! [`booking`], shows both on its cases' pages with their `of_case`, and learns by the contract what became of them.

pub use crate::booking;
pub use crate::cases::{self, Case, Cases};
pub use crate::declared::{DECLARED, Declared, Rate, Reason, Trade};
pub use crate::facts;
pub use crate::ids::{AppointmentId, OrderId, VariationId};
pub use crate::inspections;
pub use crate::orders;
pub use crate::permissions;
pub use crate::priority::Priority;
pub use crate::providers;
pub use crate::rates::store as rates;
pub use crate::surveys;
pub use crate::tell;
pub use crate::words;
pub use crate::workforce::{slots, windows};
