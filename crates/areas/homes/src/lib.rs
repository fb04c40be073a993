//! Area homes.
