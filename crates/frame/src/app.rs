//! The state that handlers share.

use crate::{
    area::{CaseSource, Find, Nav, Panel, SearchSource, TabOf, TaskSource},
    lists::AnyList,
};
use rooftree_platform::{Error, Platform, Result, imports::ImportTarget};
use std::sync::Arc;

/// What the areas contribute to each other's pages.
#[derive(Default)]
pub struct Shared {
    /// Navigation, in order.
    pub nav: Vec<Nav>,
    /// Buttons of the start page, in order.
    pub starts: Vec<Nav>,
    /// Tabs above pages of a group, in order.
    pub tabs: Vec<TabOf>,
    /// The lists, each with its address.
    pub lists: Vec<Arc<AnyList>>,
    /// Pages and actions that the search box finds beside those of the menu.
    pub finds: Vec<Find>,
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

impl App {
    /// The same app with the same rulebook: for work that belongs to this request and outlives a borrow of it.
    pub(crate) fn held(&self) -> Self {
        Self { platform: self.platform.clone(), shared: self.shared.clone() }
    }

    /// The list at an address.
    pub fn list(&self, path: &str) -> Result<&AnyList> {
        let found = self.shared.lists.iter().find(|list| list.path == path);
        found.map(Arc::as_ref).ok_or(Error::NotFound("this list"))
    }
}
