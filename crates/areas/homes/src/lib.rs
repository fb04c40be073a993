//! Homes: the asset tree (estates, blocks, homes and all else the landlord keeps up), the alerts that hang on it, and the import of
//! both. A home's page is the hub: higher areas add their blocks to it through [`rooftree_frame::Panel`].
//!
//! Source: capability A1 (asset register).

pub mod alerts;
pub mod documents;
pub mod facts;
pub mod imports;
pub mod places;
pub mod public;

use places::{search, web};
use rooftree_frame::{Access, Area, Find, Nav, Route, Section, get, post, upload};
use rooftree_kernel::Permission;
use rooftree_platform::{
    lookups::{DimensionKind, Lookups, Names, Population},
    registry::Declaration,
};
use std::sync::Arc;

/// See homes and other places, their alerts, documents and history.
pub const VIEW: Permission = Permission::new("homes.view");
/// Add and change homes and other places, and add documents to them.
pub const EDIT: Permission = Permission::new("homes.edit");
/// Add and end alerts on homes and other places.
pub const ALERTS: Permission = Permission::new("homes.alerts");

/// The tables of this area.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Whose rows the register shows, for the matrix of roles and routes.
const SCOPE: &str = "all who see the whole register; provider, operative, resident: nothing; no personal data: no notes, documents or people";

/// Rules of data quality.
const QUALITY: &[Declaration] = &[("homes/quality/quality.toml", include_str!("../quality/quality.toml"))];

/// Their SELECTs.
const QUALITY_SQL: &[Declaration] = &[
    ("homes/quality/duplicate-home.sql", include_str!("../quality/duplicate-home.sql")),
    ("homes/quality/floor-above-roof.sql", include_str!("../quality/floor-above-roof.sql")),
    ("homes/quality/missing-uprn.sql", include_str!("../quality/missing-uprn.sql")),
    ("homes/quality/wrong-postcode.sql", include_str!("../quality/wrong-postcode.sql")),
];

/// What this area exports.
pub fn area() -> Area {
    let mut area = Area {
        key: "homes",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        quality: QUALITY.to_vec(),
        quality_sql: QUALITY_SQL.to_vec(),
        permissions: vec![
            (VIEW, "See homes and other places, their alerts, documents and history"),
            (EDIT, "Add and change homes and other places, and add documents"),
            (ALERTS, "Add and end alerts on homes and other places"),
        ],
        nav: vec![Nav {
            section: Section::Homes,
            label: "Homes",
            href: "/homes",
            permission: VIEW,
            order: 20,
            shortcut: Some("g h"),
        }],
        finds: vec![Find {
            title: "Add a home or another place",
            words: "block estate register",
            href: "/homes/new",
            permission: EDIT,
        }],
        pages: pages(),
        api: places::api::routes().into_iter().map(|route| route.scope(SCOPE)).collect(),
        openapi: Some(places::api::document()),
        search: vec![Arc::new(search::Homes)],
        imports: vec![Arc::new(imports::Homes)],
        lookups: lookups(),
        ..Area::default()
    };
    places::list::list().add(&mut area);
    area
}

fn pages() -> Vec<Route> {
    let routes = vec![
        get("/homes/new", EDIT, web::new),
        post("/homes/new", EDIT, web::add),
        get("/homes/{reference}", VIEW, web::detail),
        get("/homes/{reference}/history", VIEW, web::history_page),
        get("/homes/{reference}/edit", EDIT, web::edit),
        post("/homes/{reference}/edit", EDIT, web::change),
        get("/homes/{reference}/alerts/new", ALERTS, alerts::web::new),
        post("/homes/{reference}/alerts/new", ALERTS, alerts::web::add),
        get("/homes/{reference}/alerts/{alert}/end", ALERTS, alerts::web::ending),
        post("/homes/{reference}/alerts/{alert}/end", ALERTS, alerts::web::end),
        upload("/homes/{reference}/documents", EDIT, documents::web::add),
        post("/documents/{id}/remove", EDIT, documents::web::remove),
    ];
    let files = "of a case: who may see the case; of a place: who sees the register; no personal data: none";
    let mut routes: Vec<Route> = routes.into_iter().map(|route| route.scope(SCOPE)).collect();
    routes.push(get("/documents/{id}", Access::SignedIn, documents::web::file).scope(files));
    routes.push(get("/documents/{id}/thumbnail", Access::SignedIn, documents::web::thumbnail).scope(files));
    routes
}

fn lookups() -> Lookups {
    Lookups {
        dimensions: vec![
            DimensionKind { key: "ward", title: "Ward", names: Names::Plain, only: None },
            DimensionKind { key: "patch", title: "Patch", names: Names::Plain, only: None },
        ],
        // The register keeps no history of tenure: the places of today stand for those of the day asked for.
        populations: vec![
            Population {
                key: "homes",
                title: "homes",
                dims: &["ward", "patch"],
                sql: "select ward, patch, count(*) as members from place
                      where kind = 'home' and tenure = 'council' and removed_at is null and status not in ('disposed', 'demolished')
                        and $1::date is not null
                      group by ward, patch",
            },
            // What the regulator's measures are of: let below market rent, or part-owned.
            Population {
                key: "low-cost-homes",
                title: "low-cost homes",
                dims: &["ward", "patch"],
                sql: "select ward, patch, count(*) as members from place
                      where kind = 'home' and tenure in ('council', 'shared-ownership') and removed_at is null
                        and status not in ('disposed', 'demolished') and $1::date is not null
                      group by ward, patch",
            },
            Population {
                key: "blocks",
                title: "blocks",
                dims: &["ward", "patch"],
                sql: "select ward, patch, count(*) as members from place
                      where kind = 'block' and removed_at is null and $1::date is not null group by ward, patch",
            },
        ],
        addresses: Some(
            "select id, reference, concat_ws(', ', nullif(address, ''), nullif(postcode, '')) as address from place where id = any($1::uuid[])",
        ),
        named: vec!["select id, reference from place where id = any($1::uuid[]) or reference = $2::text"],
        paths: vec![("H-", "/homes/", VIEW), ("P-", "/homes/", VIEW)],
        ..Lookups::default()
    }
}
