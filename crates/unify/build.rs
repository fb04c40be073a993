//! Nothing to build: this file lets the build dependencies count when features are unified.
fn main() {}
