//! Works orders: what the provider is told to do, up to which value, and what it comes to (B1; S0 §7).

pub mod limits;
