//! People: who they are, how to reach them, what they need, where they live and on what terms, and what was said to them.
//!
//! Source: capabilities A3 (people) and A4 (tenancies), as far as repairs need them.

pub mod contacts;
pub mod facts;
pub mod imports;
mod letters;
pub mod needs;
pub mod persons;
pub mod public;
pub mod rules;
mod tell;
pub mod tenancies;

use persons::{needs_web, panel, points_web, search, sensitive, web};
use rooftree_frame::{Area, Find, Nav, Route, Section, get, post};
use rooftree_kernel::Permission;
use rooftree_platform::{
    lookups::{Lookups, Population},
    registry::Declaration,
};
use std::sync::Arc;

/// See people, how to reach them, their tenancies and what was said.
pub const VIEW: Permission = Permission::new("people.view");
/// Add and change people, contact points, needs, households and tenancies; log contacts.
pub const EDIT: Permission = Permission::new("people.edit");
/// Read, with a reason that is kept, what is sensitive about a person.
pub const SENSITIVE: Permission = Permission::new("people.sensitive");

/// The tables of this area.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Whose rows these pages show, for the matrix of roles and routes.
const SCOPE: &str = "all who see everybody; provider, operative, resident, no personal data: nobody";

/// Rules of data quality.
const QUALITY: &[Declaration] = &[("people/quality/quality.toml", include_str!("../quality/quality.toml"))];

/// Their SELECTs.
const QUALITY_SQL: &[Declaration] = &[
    ("people/quality/duplicate-person.sql", include_str!("../quality/duplicate-person.sql")),
    ("people/quality/home-without-household.sql", include_str!("../quality/home-without-household.sql")),
    ("people/quality/impossible-birth-date.sql", include_str!("../quality/impossible-birth-date.sql")),
    ("people/quality/malformed-phone.sql", include_str!("../quality/malformed-phone.sql")),
    ("people/quality/overlapping-tenancies.sql", include_str!("../quality/overlapping-tenancies.sql")),
];

/// Who holds a home on a day.
const POPULATIONS: [Population; 2] = [
    Population {
        key: "tenancies",
        title: "tenancies",
        dims: &["ward", "patch"],
        sql: "select p.ward, p.patch, count(*) as members from tenancy t join place p on p.id = t.place_id
              where t.kind in ('introductory', 'secure', 'flexible', 'licence', 'temporary')
                and t.start_day <= $1::date and (t.end_day is null or t.end_day > $1::date)
              group by p.ward, p.patch",
    },
    Population {
        key: "leases",
        title: "leases",
        dims: &["ward", "patch"],
        sql: "select p.ward, p.patch, count(*) as members from tenancy t join place p on p.id = t.place_id
              where t.kind in ('leasehold', 'shared-ownership')
                and t.start_day <= $1::date and (t.end_day is null or t.end_day > $1::date)
              group by p.ward, p.patch",
    },
];

/// What this area exports.
pub fn area() -> Area {
    let mut area = Area {
        key: "people",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        quality: QUALITY.to_vec(),
        quality_sql: QUALITY_SQL.to_vec(),
        permissions: vec![
            (VIEW, "See people, how to reach them, their tenancies and what was said"),
            (EDIT, "Add and change people, contact points, needs and tenancies; log contacts"),
            (SENSITIVE, "Read what is sensitive about a person, with a reason that is kept"),
        ],
        nav: vec![Nav {
            section: Section::Homes,
            label: "People",
            href: "/people",
            permission: VIEW,
            order: 30,
            shortcut: Some("g p"),
        }],
        finds: vec![
            Find { title: "Add a person", words: "resident tenant", href: "/people/new", permission: EDIT },
            Find { title: "Start a tenancy", words: "lease sign up", href: "/tenancies/new", permission: EDIT },
            Find { title: "Tenancies", words: "leases introductory", href: "/tenancies", permission: VIEW },
        ],
        pages: pages().into_iter().map(|route| route.scope(SCOPE)).collect(),
        api: persons::api::routes().into_iter().map(|route| route.scope(SCOPE)).collect(),
        openapi: Some(persons::api::document()),
        search: vec![Arc::new(search::People)],
        imports: vec![Arc::new(imports::People), Arc::new(imports::Tenancies)],
        panels: vec![Arc::new(panel::WhoLivesThere)],
        templates: letters::TEMPLATES.to_vec(),
        lookups: Lookups {
            named: vec![
                "select id, reference from person where id = any($1::uuid[]) or reference = $2::text",
                "select id, reference from tenancy where id = any($1::uuid[]) or reference = $2::text",
            ],
            paths: vec![("N-", "/people/", VIEW), ("T-", "/tenancies/", VIEW)],
            populations: POPULATIONS.to_vec(),
            ..Lookups::default()
        },
        ..Area::default()
    };
    persons::list::list().add(&mut area);
    tenancies::list::list().add(&mut area);
    area
}

fn pages() -> Vec<Route> {
    let mut routes = vec![
        get("/people/new", EDIT, web::new),
        post("/people/new", EDIT, web::add),
        get("/people/{reference}", VIEW, web::detail),
        get("/people/{reference}/history", VIEW, web::history_page),
        get("/people/{reference}/edit", EDIT, web::edit),
        post("/people/{reference}/edit", EDIT, web::change),
        post("/people/{reference}/contacts", EDIT, contacts::web::log),
        get("/people/{reference}/letter", letters::WRITE, letters::form),
        post("/people/{reference}/letter", letters::WRITE, letters::begin),
        get("/people/{reference}/contact-points/new", EDIT, points_web::new_point),
        post("/people/{reference}/contact-points/new", EDIT, points_web::add_point),
        get("/people/{reference}/contact-points/{point}/end", EDIT, points_web::ending_point),
        post("/people/{reference}/contact-points/{point}/end", EDIT, points_web::end_point),
        get("/people/{reference}/representatives/new", EDIT, points_web::new_representative),
        post("/people/{reference}/representatives/new", EDIT, points_web::add_representative),
        get("/people/{reference}/representatives/{right}/end", EDIT, points_web::ending_representative),
        post("/people/{reference}/representatives/{right}/end", EDIT, points_web::end_representative),
        get("/people/{reference}/needs/new", EDIT, needs_web::new),
        post("/people/{reference}/needs/new", EDIT, needs_web::add),
        get("/people/{reference}/needs/{need}/end", EDIT, needs_web::ending),
        post("/people/{reference}/needs/{need}/end", EDIT, needs_web::end),
        get("/people/{reference}/sensitive", SENSITIVE, sensitive::ask),
        post("/people/{reference}/sensitive", SENSITIVE, sensitive::show),
        post("/people/{reference}/characteristics", SENSITIVE, sensitive::save),
    ];
    routes.extend(tenancy_pages());
    routes
}

fn tenancy_pages() -> Vec<Route> {
    use tenancies::web;
    vec![
        get("/tenancies/new", EDIT, web::new),
        post("/tenancies/new", EDIT, web::start),
        get("/tenancies/{reference}", VIEW, web::detail),
        get("/tenancies/{reference}/end", EDIT, web::ending),
        post("/tenancies/{reference}/end", EDIT, web::end),
        post("/tenancies/{reference}/end/withdraw", EDIT, web::withdraw_end),
        get("/tenancies/{reference}/extend", EDIT, web::extending),
        post("/tenancies/{reference}/extend", EDIT, web::extend),
        get("/tenancies/{reference}/household/new", EDIT, web::joining),
        post("/tenancies/{reference}/household/new", EDIT, web::join),
        get("/tenancies/{reference}/household/{person}/leave", EDIT, web::leaving),
        post("/tenancies/{reference}/household/{person}/leave", EDIT, web::leave),
    ]
}
