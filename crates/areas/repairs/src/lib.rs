//! Area repairs.
