//! An area of the business is a plug-in of this one shape. What else a new one needs stands in CONTRIBUTING.md.

use crate::{App, Route, guard::Caller};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use maud::Markup;
use rooftree_kernel::{Moment, Permission, PersonId, PlaceId};
use rooftree_platform::{
    FactKind, Lookups, Platform, Pool, Result, contracts::Contracts, jobs::JobHandler, registry::Declaration,
};
use rooftree_ui::icons::Icon;
use std::sync::Arc;
use uuid::Uuid;

/// The areas of the menu, in its order: at most eight stand in it for any role, and [`Section::SetUp`] under the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What waits for somebody, and what they do all day.
    MyWork,
    /// The register: homes, tenancies, alerts, documents.
    Homes,
    /// From the report to the aftercare.
    Works,
    /// Compliance, condition, programme, voids, estates.
    Safety,
    /// Complaints, hazards, anti-social behaviour, enquiries.
    Cases,
    /// Budgets, approvals, rents, charges, rates, contracts.
    Money,
    /// Lettings, homelessness, support.
    Need,
    /// Figures, standards, risks, meetings, quality, the journal.
    Proof,
    /// Users, roles, rules, imports, providers, jobs: in the account's menu.
    SetUp,
}

impl Section {
    /// Its words and its picture.
    pub fn shown(self) -> (&'static str, Icon) {
        match self {
            Self::MyWork => ("My work", Icon::Tasks),
            Self::Homes => ("Homes & people", Icon::Home),
            Self::Works => ("Repairs & works", Icon::Tool),
            Self::Safety => ("Safety & investment", Icon::Shield),
            Self::Cases => ("Cases", Icon::Folder),
            Self::Money => ("Money", Icon::Pound),
            Self::Need => ("Need", Icon::Heart),
            Self::Proof => ("Proof", Icon::Chart),
            Self::SetUp => ("Set-up", Icon::Key),
        }
    }
}

/// A page of the menu, shown to those who hold the permission.
#[derive(Clone, Debug)]
pub struct Nav {
    /// Where in the menu.
    pub section: Section,
    /// What it says.
    pub label: &'static str,
    /// Where it goes.
    pub href: &'static str,
    /// Who sees it.
    pub permission: Permission,
    /// Its place within the section.
    pub order: i32,
    /// Keys that go there.
    pub shortcut: Option<&'static str>,
}

/// One of the pages that are shown as tabs above each other, whichever areas they come from.
#[derive(Clone, Debug)]
pub struct TabOf {
    /// What they have in common: `Aftercare`.
    pub group: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Where it goes.
    pub href: &'static str,
    /// Who sees it.
    pub permission: Permission,
    /// Its place from the left.
    pub order: i32,
}

/// A page or an action that the search box finds and the menu has no room for: ‘Raise a recharge’.
#[derive(Clone, Debug)]
pub struct Find {
    /// What it is called, as somebody would type it.
    pub title: &'static str,
    /// What else people may type for it.
    pub words: &'static str,
    /// Where it is.
    pub href: &'static str,
    /// Who may open it.
    pub permission: Permission,
}

impl Find {
    /// A page without words of its own.
    pub fn page(href: &'static str, permission: &Permission) -> Self {
        Self { title: "", words: "", href, permission: permission.clone() }
    }
}

/// Something found by the search box.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Hit {
    /// `Home`, `Person`, `Repair`.
    pub kind: &'static str,
    /// The line people recognise.
    pub title: String,
    /// What tells two alike apart.
    pub detail: String,
    /// Where it is.
    pub href: String,
    /// 1.0 for an exact reference, less for a likeness.
    pub score: f32,
}

/// An area's contribution to the one search box.
#[async_trait]
pub trait SearchSource: Send + Sync {
    /// The best matches this caller may see, at most `limit`.
    async fn search(&self, app: &App, caller: &Caller, query: &str, limit: i64) -> Result<Vec<Hit>>;
}

/// A block on a home's or a person's page, contributed by a higher area.
#[async_trait]
pub trait Panel: Send + Sync {
    /// The block about a place, or `None` when there is nothing this caller may see.
    async fn about_place(&self, _app: &App, _caller: &Caller, _place: PlaceId) -> Result<Option<Markup>> {
        Ok(None)
    }
    /// The block about a person.
    async fn about_person(&self, _app: &App, _caller: &Caller, _person: PersonId) -> Result<Option<Markup>> {
        Ok(None)
    }
}

/// Says who may see the cases of its area, and so their documents, facts, clocks and messages (see [`crate::cases`]).
#[async_trait]
pub trait CaseSource: Send + Sync {
    /// Those of the cases that are of this area and that this caller may see, in one query.
    async fn visible(&self, app: &App, caller: &Caller, cases: &[Uuid]) -> Result<Vec<Uuid>>;
}

/// A line on somebody's landing page: so many things wait, here is where.
#[derive(Clone, Debug)]
pub struct Task {
    /// `Repairs overdue`.
    pub label: String,
    /// How many.
    pub count: i64,
    /// The list that holds them.
    pub href: String,
    /// 0 broken, 1 at risk, 2 today, 3 next.
    pub urgency: u8,
}

/// What waits for a caller.
#[async_trait]
pub trait TaskSource: Send + Sync {
    /// The tasks for this caller's role.
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>>;
    /// What this caller last worked on and when: the ten newest are enough, for all areas' are merged and cut to ten.
    async fn recent(&self, _app: &App, _caller: &Caller) -> Result<Vec<(Moment, Hit)>> {
        Ok(Vec::new())
    }
}

/// Something that `work` does regularly. One process at a time performs a tick.
#[derive(Clone)]
pub struct Tick {
    /// Its name in the log.
    pub name: &'static str,
    /// How often, in seconds.
    pub every_seconds: u64,
    /// What is done.
    pub run: Arc<dyn TickHandler>,
}

/// The work of a [`Tick`].
#[async_trait]
pub trait TickHandler: Send + Sync {
    /// Does it once.
    async fn run(&self, platform: &Platform) -> Result<()>;
}

/// Writes what an area declares into tables that refer to it (the schedule of rates). Run after every migration, as the owner; it must
/// change nothing the second time.
pub type Declare = for<'a> fn(&'a Pool) -> BoxFuture<'a, Result<()>>;

/// What an area exports.
#[derive(Default)]
pub struct Area {
    /// `repairs`.
    pub key: &'static str,
    /// Its tables.
    pub migrations: Option<&'static sqlx::migrate::Migrator>,
    /// Declared rows that tables hold too.
    pub declare: Option<Declare>,
    /// The facts it records.
    pub facts: Vec<FactKind>,
    /// Its permissions and the words that explain them to an administrator.
    pub permissions: Vec<(Permission, &'static str)>,
    /// Standards files: name and text.
    pub standards: Vec<Declaration>,
    /// Measures files.
    pub measures: Vec<Declaration>,
    /// The SQL of measures.
    pub measure_sql: Vec<Declaration>,
    /// Message templates.
    pub templates: Vec<Declaration>,
    /// What the facts of its sent messages say beside channel and template (the appointment that they are about), for its standards.
    pub message_fields: Vec<&'static str>,
    /// Job handlers by kind.
    pub jobs: Vec<(&'static str, Arc<dyn JobHandler>)>,
    /// Regular work.
    pub ticks: Vec<Tick>,
    /// Navigation.
    pub nav: Vec<Nav>,
    /// What a role begins many times a day: buttons on the start page. The first with a key of its own stands in the header of every page.
    pub starts: Vec<Nav>,
    /// Tabs above pages of a group.
    pub tabs: Vec<TabOf>,
    /// Pages and actions that the search box finds beside those of the menu.
    pub finds: Vec<Find>,
    /// Pages.
    pub pages: Vec<Route>,
    /// JSON routes, under `/api/v1`.
    pub api: Vec<Route>,
    /// Their description.
    pub openapi: Option<utoipa::openapi::OpenApi>,
    /// Its lists; [`crate::lists::List::add`] registers them with their routes.
    pub lists: Vec<Arc<crate::lists::AnyList>>,
    /// Search.
    pub search: Vec<Arc<dyn SearchSource>>,
    /// Blocks on other areas' pages.
    pub panels: Vec<Arc<dyn Panel>>,
    /// Landing-page tasks.
    pub tasks: Vec<Arc<dyn TaskSource>>,
    /// Who may see its cases.
    pub cases: Vec<Arc<dyn CaseSource>>,
    /// What can be imported.
    pub imports: Vec<Arc<dyn rooftree_platform::imports::ImportTarget>>,
    /// What it answers to the platform in SQL: dimensions of cases, homes, addresses, where references lead.
    pub lookups: Lookups,
    /// Files of its rules of data quality.
    pub quality: Vec<Declaration>,
    /// The SELECTs of these rules.
    pub quality_sql: Vec<Declaration>,
    /// What it offers to areas below it, by traits that those declare.
    pub contracts: Contracts,
}

impl Area {
    /// Adds a module's description of its JSON routes.
    pub fn describe(&mut self, part: utoipa::openapi::OpenApi) {
        match &mut self.openapi {
            Some(known) => known.merge(part),
            None => self.openapi = Some(part),
        }
    }
}
