//! The visit: what an operative sees on a phone and records at the door (B1; S2 ¶7: appointments kept, first visit; S0 §3).
//!
//! Invariants: an operative sees own appointments only; warnings about the home are read before the door; what is sent twice (a phone
//! without signal keeps it and sends it again) changes nothing; an appointment is kept when we came within the window that the resident was
//! told, and ‘no access’ needs proof and cannot be claimed before that window begins; the journal keeps when something happened apart from
//! when we learned of it; whether the promise was kept is read from its clock, never reckoned a second time.

pub mod commands;
mod contributions;
pub mod ending;
mod forms;
pub mod model;
mod office;
mod queries;
pub mod store;
mod views;
mod web;
pub mod work;

use crate::permissions;
use rooftree_frame::{Access, Area, Nav, Route, Section, get, post, upload};
use std::sync::Arc;

pub(crate) fn add(area: &mut Area) {
    area.nav.push(Nav {
        section: Section::MyWork,
        label: "Today",
        href: "/today",
        permission: permissions::VISIT,
        order: 1,
        shortcut: Some("g t"),
    });
    area.pages.extend(routes());
    area.cases.push(Arc::new(contributions::OwnVisits));
}

fn routes() -> Vec<Route> {
    let visit = || Access::Needs(permissions::VISIT);
    let plan = || Access::Needs(permissions::PLAN);
    let own = [
        get("/today", visit(), web::today),
        get("/today/{appointment}", visit(), web::show),
        post("/today/{appointment}/on-my-way", visit(), web::on_my_way),
        post("/today/{appointment}/arrived", visit(), web::arrived),
        upload("/today/{appointment}/photos", visit(), web::photos),
        get("/today/{appointment}/no-access", visit(), web::form_page),
        upload("/today/{appointment}/no-access", visit(), web::no_access),
        upload("/today/{appointment}/done", visit(), web::done),
        get("/today/{appointment}/made-safe", visit(), web::form_page),
        upload("/today/{appointment}/made-safe", visit(), web::made_safe),
        get("/today/{appointment}/follow-on", visit(), web::form_page),
        upload("/today/{appointment}/follow-on", visit(), web::follow_on),
        get("/today/{appointment}/materials", visit(), web::form_page),
        upload("/today/{appointment}/materials", visit(), web::materials),
    ];
    let office = [
        get("/visits/{appointment}/return", plan(), office::page),
        upload("/visits/{appointment}/return", plan(), office::record),
    ];
    own.into_iter()
        .map(|route| route.scope("operative: own visits"))
        .chain(office.into_iter().map(|route| route.scope("provider: own orders")))
        .collect()
}
