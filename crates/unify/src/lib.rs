//! No code: see the head of `Cargo.toml`.
