//! Figures: every measure with its value, target, trend and definition; the breakdowns; the rows behind; what was frozen for
//! publication and how it differs now; where the landlord stands among its peers. (Capabilities F1; issue §2, Measures.)
//!
//! A provider sees its own work only. A councillor or panel member sees references and wards, never an address.

mod api;
mod breakdown;
mod build;
mod frozen;
mod list;
mod page;
mod peers;
mod published;
mod rows;
mod together;
pub mod words;

use async_trait::async_trait;
use rooftree_frame::{Area, Nav, Section, Tick, area::TickHandler, get, post, upload};
use rooftree_kernel::Permission;
use rooftree_platform::{
    Platform, Result,
    figures::{self, external, frozen as freezing},
};
use std::sync::Arc;

/// Sees figures and the rows behind them.
pub const VIEW: Permission = Permission::new("figures.view");
/// Freezes a figure for publication.
pub const FREEZE: Permission = freezing::FREEZE;

/// Builds a measure from the evidence that areas offer.
pub const BUILD: Permission = Permission::new("figures.build");

const SCOPE: &str = "provider: own work; no personal data: references and wards only";
/// Whose rows the pages of other landlords' figures show.
const OF_PEERS: &str = "all published figures of peers";

/// Adds this module's part to the area.
pub fn add(area: &mut Area) {
    area.facts.extend([freezing::FIGURE_FROZEN, external::EXTERNAL_LOADED]);
    area.imports.push(std::sync::Arc::new(external::ExternalFigures));
    area.permissions.extend([
        (VIEW, "See figures and the rows behind them"),
        (FREEZE, "Freeze a figure as it is published"),
        (BUILD, "Build a measure and see what comes of it"),
    ]);
    area.nav.push(Nav {
        section: Section::Proof,
        label: "Figures",
        href: "/figures",
        permission: VIEW,
        order: 60,
        shortcut: Some("g f"),
    });
    area.pages.extend(
        [
            get("/figures", VIEW, list::index),
            get("/figures.csv", VIEW, list::export),
            get("/figures.xlsx", VIEW, list::export),
            get("/figures/build", BUILD, build::show),
            get("/figures/frozen", VIEW, together::list),
            get("/figures/freeze", FREEZE, together::form),
            post("/figures/freeze", FREEZE, together::freeze),
            get("/figures/{measure}", VIEW, page::show),
            get("/figures/{measure}/rows", VIEW, rows::index),
            get("/figures/{measure}/rows.csv", VIEW, rows::export),
            get("/figures/{measure}/rows.xlsx", VIEW, rows::export),
            post("/figures/{measure}/freeze", FREEZE, frozen::freeze),
            get("/figures/{measure}/frozen/{frozen}", VIEW, frozen::show),
        ]
        .map(|route| route.scope(SCOPE)),
    );
    area.pages.extend([
        get("/figures/published", external::IMPORT, published::form).scope(OF_PEERS),
        upload("/figures/published", external::IMPORT, published::take).scope(OF_PEERS),
    ]);
    area.ticks.extend([
        Tick { name: "figures", every_seconds: 60, run: Arc::new(KeepFresh) },
        Tick { name: "figures-nightly", every_seconds: 3600, run: Arc::new(Nightly) },
    ]);
    area.jobs.push((freezing::FREEZE_JOB, Arc::new(freezing::FreezeTogether)));
    api::add(area);
}

/// Counts what facts have changed, so that readers need not wait.
struct KeepFresh;

#[async_trait]
impl TickHandler for KeepFresh {
    async fn run(&self, platform: &Platform) -> Result<()> {
        figures::keep_fresh(platform).await
    }
}

/// Counts the last two years anew once a night, whatever the notes say: declarations may count what changes with time alone.
struct Nightly;

/// The hour, in London, at which the night's count begins.
const NIGHT_HOUR: i8 = 3;

#[async_trait]
impl TickHandler for Nightly {
    async fn run(&self, platform: &Platform) -> Result<()> {
        if platform.now().london().hour() != NIGHT_HOUR {
            return Ok(());
        }
        if let Some(months) = figures::nightly(platform).await? {
            tracing::info!(months, "figures counted anew");
        }
        Ok(())
    }
}
