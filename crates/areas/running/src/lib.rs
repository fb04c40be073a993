//! Area running.
