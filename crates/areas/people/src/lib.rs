//! Area people.
