//! The state that handlers share.

use crate::area::{CaseSource, Nav, Panel, SearchSource, TaskSource};
use rooftree_platform::{Platform, imports::ImportTarget};
use std::sync::Arc;

/// What the areas contribute to each other's pages.
#[derive(Default)]
pub struct Shared {
    /// Navigation, in order.
    pub nav: Vec<Nav>,
    /// Buttons of the start page, in order.
    pub starts: Vec<Nav>,
    /// Search sources.
    pub search: Vec<Arc<dyn SearchSource>>,
    /// Blocks on a home's or person's page.
    pub panels: Vec<Arc<dyn Panel>>,
    /// Landing-page tasks.
    pub tasks: Vec<Arc<dyn TaskSource>>,
    /// Who may see which case.
    pub cases: Vec<Arc<dyn CaseSource>>,
    /// What can be imported.
    pub imports: Vec<Arc<dyn ImportTarget>>,
    /// The API's description.
    pub openapi: Option<utoipa::openapi::OpenApi>,
}

/// The platform and what the areas share. Cheap to clone; a clone goes by the rulebook in force when it is taken, and the router takes one
/// for each request.
pub struct App {
    /// The platform.
    pub platform: Platform,
    /// The areas' contributions.
    pub shared: Arc<Shared>,
}

impl Clone for App {
    fn clone(&self) -> Self {
        Self { platform: self.platform.renewed(), shared: self.shared.clone() }
    }
}
