//! The HTML that people see: typed functions that give [`maud::Markup`], the stylesheet, and scripts that only enhance.
//!
//! Every page works without script. No component writes an inline style or handler, so that a strict content security
//! policy (`default-src 'none'; style-src 'self'; script-src 'self'`) holds. Text is escaped by maud; nothing here knows SQL,
//! permissions or an area of the business.

pub mod assets;
pub mod board;
pub mod cards;
pub mod charts;
pub mod choices;
pub mod clocks;
pub mod filters;
pub mod forms;
pub mod icons;
pub mod operative;
pub mod pages;
pub mod query;
pub mod search;
pub mod shell;
pub mod slots;
pub mod summary;
pub mod tables;
pub mod timeline;
pub mod uploads;

pub use assets::{Asset, asset_at, asset_url, assets};
pub use maud::{DOCTYPE, Markup, PreEscaped, html};
pub use query::Query;
pub use shell::Page;
