//! Composition: merges what the areas export into a registry, a migrator, a router and the background work. Its only rules: that the parts fit.

mod migrate;
mod router;
mod worker;

pub use migrate::{connect, connect_for_reading, make_room, migrate, migrator};
pub use router::router;
pub use worker::{Worker, tick_names};

use axum::http::Method;
use rooftree_frame::{Access, App, Area, Nav, Route, app::Shared};
use rooftree_kernel::{Moment, calendar::Calendars};
use rooftree_platform::{
    Platform, Pools, Registry, Rulebook,
    config::Config,
    registry::{Declaration, Parts},
    roles::Role,
    rulebook,
    unit::Ports,
};
use std::{collections::BTreeMap, sync::Arc};

/// The roles file.
const ROLES: Declaration = ("roles.toml", include_str!("../roles.toml"));

/// Every area of the house, each after those that it uses. What else a new one needs stands in CONTRIBUTING.md.
pub fn areas() -> Vec<Area> {
    vec![
        rooftree_homes::area(),
        rooftree_people::area(),
        rooftree_works::area(),
        rooftree_repairs::area(),
        rooftree_running::area(),
    ]
}

/// The house, put together.
pub struct House {
    /// State for handlers.
    pub app: App,
    /// Every page route.
    pub pages: Vec<Route>,
    /// Every JSON route.
    pub api: Vec<Route>,
    /// Regular work.
    pub ticks: Vec<rooftree_frame::Tick>,
}

/// Checks all declarations against each other. The rulebook is that of a landlord who has not changed anything.
pub fn declared(areas: &mut [Area], calendars: Calendars) -> Result<(Registry, Rulebook), Vec<String>> {
    let mut parts = Parts { roles: vec![ROLES], ..Parts::default() };
    for area in areas {
        parts.facts.append(&mut area.facts);
        parts.permissions.append(&mut area.permissions);
        parts.standards.append(&mut area.standards);
        parts.measures.append(&mut area.measures);
        parts.measure_sql.append(&mut area.measure_sql);
        parts.templates.append(&mut area.templates);
        parts.message_fields.append(&mut area.message_fields);
        parts.jobs.append(&mut area.jobs);
        parts.imports.extend(area.imports.iter().cloned());
        parts.lookups.push(std::mem::take(&mut area.lookups));
        parts.quality.append(&mut area.quality);
        parts.quality_sql.append(&mut area.quality_sql);
        parts.contracts.merge(std::mem::take(&mut area.contracts));
    }
    rulebook::declared(parts, calendars)
}

/// Two pages on one key would hide one of them. A page that two permissions open stands twice, with the same label.
fn one_page_a_key(nav: &[Nav]) -> Result<(), Vec<String>> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let clash = |entry: &Nav, before: &str| {
        let keys = entry.shortcut.unwrap_or_default();
        format!("‘{}’ and ‘{before}’ share the keys ‘{keys}’: choose other keys for one", entry.label)
    };
    let errors: Vec<String> = nav
        .iter()
        .filter_map(|entry| {
            let before = taken.insert(entry.shortcut?, entry.label)?;
            (before != entry.label).then(|| clash(entry, before))
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Documents of a case are opened by whoever its area lets see the case: without a source nobody ever could.
fn cases_can_be_seen(areas: &[Area]) -> Result<(), Vec<String>> {
    let blind = areas.iter().filter(|area| area.cases.is_empty());
    let errors: Vec<String> = blind
        .flat_map(|area| &area.lookups.case_dims)
        .map(|cases| cases.area)
        .map(|key| format!("the area {key} has cases and no CaseSource: say in `area.cases` who may see one"))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Every route that is not open to anybody says whose rows it shows: who must say so will think of it.
fn scopes_are_stated<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Result<(), Vec<String>> {
    let silent = routes.into_iter().filter(|route| route.access != Access::Public && route.scope.is_empty());
    let problem = |route: &Route| {
        let (method, path) = (&route.method, route.path);
        format!(
            "{method} {path} does not say whose rows it shows: add .scope(…), such as ‘provider: own orders’ or ‘all orders’"
        )
    };
    let errors: Vec<String> = silent.map(problem).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Whoever signs in comes to a page, and to one that their role may open.
fn every_role_lands(rules: &Rulebook, pages: &[Route]) -> Result<(), Vec<String>> {
    let wrong = |role: &Role| {
        let page = pages.iter().find(|page| page.method == Method::GET && page.path == role.landing);
        let granted = role.granted();
        let problem = match page {
            None => "which is no page",
            Some(page) if page.access.permissions().iter().any(|permission| !granted.contains(permission)) => {
                "which it may not open"
            }
            Some(_) => return None,
        };
        Some(format!("{}: the role {} lands on {}, {problem}: choose another page", ROLES.0, role.key, role.landing))
    };
    let errors: Vec<String> = rules.roles.all().filter_map(wrong).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Puts the house together on its connections. The errors name file, id and remedy.
pub fn build(
    pools: impl Into<Pools>,
    config: Config,
    ports: Ports,
    calendars: Calendars,
    clock: impl Fn() -> Moment + Send + Sync + 'static,
) -> Result<House, Vec<String>> {
    let mut areas = areas();
    cases_can_be_seen(&areas)?;
    let (registry, rules) = declared(&mut areas, calendars)?;
    let mut shared = Shared::default();
    let (mut pages, mut api, mut ticks) = (Vec::new(), Vec::new(), Vec::new());
    let mut openapi = router::openapi_base();
    for area in areas {
        shared.nav.extend(area.nav);
        shared.starts.extend(area.starts);
        shared.tabs.extend(area.tabs);
        shared.lists.extend(area.lists);
        shared.finds.extend(area.finds);
        shared.search.extend(area.search);
        shared.panels.extend(area.panels);
        shared.tasks.extend(area.tasks);
        shared.imports.extend(area.imports);
        shared.cases.extend(area.cases);
        pages.extend(area.pages);
        api.extend(area.api);
        ticks.extend(area.ticks);
        if let Some(part) = area.openapi {
            openapi.merge(part);
        }
    }
    one_page_a_key(&[shared.nav.as_slice(), shared.starts.as_slice()].concat())?;
    every_role_lands(&rules, &pages)?;
    scopes_are_stated(pages.iter().chain(&api))?;
    shared.nav.sort_by_key(|entry| entry.order);
    shared.tabs.sort_by_key(|entry| entry.order);
    shared.openapi = Some(openapi);
    let platform = Platform::new(pools, registry, rules, config, ports, clock);
    Ok(House { app: App { platform, shared: Arc::new(shared) }, pages, api, ticks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_frame::Section;
    use rooftree_platform::lookups::CaseDims;

    fn page(label: &'static str, shortcut: Option<&'static str>) -> Nav {
        Nav {
            section: Section::MyWork,
            label,
            href: "/",
            permission: rooftree_kernel::Permission::new("a.b"),
            order: 1,
            shortcut,
        }
    }

    #[test]
    fn an_area_with_cases_says_who_may_see_one() {
        let mut area = Area::default();
        assert_eq!(cases_can_be_seen(std::slice::from_ref(&area)), Ok(()));
        area.lookups.case_dims.push(CaseDims { area: "fires", dims: &[], sql: "select 1" });
        let errors = cases_can_be_seen(&[area]).unwrap_err();
        assert!(errors[0].contains("the area fires has cases"), "{errors:?}");
    }

    #[test]
    fn a_role_lands_on_a_page_that_it_may_open() {
        let mut areas = areas();
        let pages: Vec<Route> = areas.iter_mut().flat_map(|area| std::mem::take(&mut area.pages)).collect();
        let (_, rules) = declared(&mut areas, Calendars::built_in()).unwrap_or_else(|errors| panic!("{errors:#?}"));
        assert_eq!(every_role_lands(&rules, &pages), Ok(()));
        let errors = every_role_lands(&rules, &[]).unwrap_err();
        assert_eq!(errors.len(), rules.roles.all().count());
        assert!(errors[0].contains("lands on /start, which is no page"), "{errors:?}");
    }

    #[test]
    fn a_route_says_whose_rows_it_shows() {
        let route = |access: Access| rooftree_frame::get("/fires", access, || async { "" });
        assert_eq!(scopes_are_stated(&[route(Access::Public), route(Access::SignedIn).scope("own fires")]), Ok(()));
        let errors = scopes_are_stated(&[route(Access::SignedIn)]).unwrap_err();
        assert!(errors[0].starts_with("GET /fires does not say whose rows it shows"), "{errors:?}");
    }

    #[test]
    fn two_pages_may_not_share_their_keys() {
        let fine = [page("Orders", Some("g o")), page("Orders", Some("g o")), page("Rates", None), page("Homes", None)];
        assert_eq!(one_page_a_key(&fine), Ok(()));
        let errors = one_page_a_key(&[page("Approvals", Some("g a")), page("Aftercare", Some("g a"))]).unwrap_err();
        assert!(errors[0].contains("‘Aftercare’ and ‘Approvals’ share the keys ‘g a’"), "{errors:?}");
    }
}
