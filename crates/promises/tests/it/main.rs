//! The engine through its public surface: what facts do to clocks, and the statutory standards as stories.

mod clocks;
mod journal;
mod properties;
mod stories;
mod year;
