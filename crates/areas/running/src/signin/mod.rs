//! Sign-in: password, second factor, single sign-on, the own account. Pages only; what decides lies in `rooftree_platform::signin`.
//!
//! Where a public form comes from is proved by the guard: every browser since 2020 sends `Sec-Fetch-Site` or `Origin` with a POST, and
//! the guard refuses what comes from elsewhere. A client that sends neither is no browser and carries nobody's cookies, so that a
//! double-submit token would add a cookie but no protection. Against fixation, signing in always makes a new session and ends the one
//! that the browser came with.

mod account;
pub mod door;
mod factor;
mod oidc;
mod step;
mod views;
mod web;

use rooftree_frame::{Access, Area, get, post};

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.pages.extend([
        get("/", Access::Public, web::home),
        get("/sign-in", Access::Public, web::show),
        post("/sign-in", Access::Public, web::enter),
        get("/sign-in/code", Access::Public, step::ask),
        post("/sign-in/code", Access::Public, step::check),
        get("/sign-in/set-up", Access::Public, step::show_set_up),
        post("/sign-in/set-up", Access::Public, step::finish_set_up),
        get("/sign-in/oidc", Access::Public, oidc::leave),
        get("/sign-in/oidc/return", Access::Public, oidc::arrive),
        get("/kept/{id}", Access::SignedIn, web::kept).scope("own forms"),
        post("/sign-out", Access::SignedIn, web::leave).scope("own session"),
        get("/account", Access::SignedIn, account::show).scope("own account"),
        post("/account/password", Access::SignedIn, account::change_password).scope("own account"),
        get("/account/second-factor", Access::SignedIn, factor::show).scope("own account"),
        post("/account/second-factor", Access::SignedIn, factor::confirm).scope("own account"),
        post("/account/second-factor/codes", Access::SignedIn, factor::new_codes).scope("own account"),
        post("/account/second-factor/remove", Access::SignedIn, factor::remove).scope("own account"),
        post("/account/sessions/end", Access::SignedIn, account::end_sessions).scope("own sessions"),
    ]);
}
