//! Keeping it running: work that was given up, API tokens, webhooks.

mod jobs;
mod tokens;
mod webhooks;

use maud::Markup;
use rooftree_frame::{Area, Find, get, post};
use rooftree_kernel::Permission;
use rooftree_platform::{
    jobs::{JOB_DROPPED, JOB_RETRIED, JobHandler},
    signin::{sessions::Session, tokens as api_tokens},
    webhooks as hooks,
};
use rooftree_ui::summary::{self, Tab};
use std::sync::Arc;

/// Who sees how the system does: whoever manages its users.
pub const SEE_HEALTH: Permission = crate::users::MANAGE;

/// Adds the pages of this module.
pub fn add(area: &mut Area) {
    area.facts.extend([
        JOB_RETRIED,
        JOB_DROPPED,
        api_tokens::TOKEN_MADE,
        api_tokens::TOKEN_REVOKED,
        hooks::WEBHOOK_ADDED,
        hooks::WEBHOOK_DISABLED,
    ]);
    area.jobs.push((hooks::JOB, Arc::new(hooks::Deliver) as Arc<dyn JobHandler>));
    area.finds.extend([
        Find { title: "API tokens", words: "programs keys", href: "/tokens", permission: api_tokens::MANAGE },
        Find { title: "Webhooks", words: "other systems", href: "/webhooks", permission: hooks::MANAGE },
        Find { title: "Jobs", words: "work that failed queue", href: "/jobs", permission: jobs::RETRY },
    ]);
    area.pages.extend([
        get("/tokens", api_tokens::MANAGE, tokens::list).scope("all tokens"),
        get("/tokens/new", api_tokens::MANAGE, tokens::new).scope("all users"),
        post("/tokens/new", api_tokens::MANAGE, tokens::make).scope("all users"),
        post("/tokens/{id}/revoke", api_tokens::MANAGE, tokens::revoke).scope("all tokens"),
        get("/webhooks", hooks::MANAGE, webhooks::list).scope("all webhooks"),
        get("/webhooks/new", hooks::MANAGE, webhooks::new).scope("all webhooks"),
        post("/webhooks/new", hooks::MANAGE, webhooks::add).scope("all webhooks"),
        get("/webhooks/{id}", hooks::MANAGE, webhooks::show).scope("all webhooks"),
        post("/webhooks/{id}/disable", hooks::MANAGE, webhooks::disable).scope("all webhooks"),
        get("/jobs", jobs::RETRY, jobs::list).scope("all work, without its content"),
        post("/jobs/retry-all", jobs::RETRY, jobs::retry_kind).scope("all work"),
        post("/jobs/{id}/retry", jobs::RETRY, jobs::retry).scope("all work"),
        get("/jobs/{id}/drop", jobs::RETRY, jobs::ask_to_drop).scope("all work"),
        post("/jobs/{id}/drop", jobs::RETRY, jobs::drop_one).scope("all work"),
    ]);
}

/// The sections of administration, those that the role may open; the navigation has one entry for all.
pub fn sections(session: &Session, current: &str) -> Markup {
    let all = [
        ("Users", "/users", crate::users::MANAGE),
        ("API tokens", "/tokens", api_tokens::MANAGE),
        ("Webhooks", "/webhooks", hooks::MANAGE),
        ("Jobs", "/jobs", jobs::RETRY),
    ];
    let open = all.into_iter().filter(|(_, _, permission)| session.actor.may(permission));
    let tabs: Vec<Tab> = open.map(|(label, href, _)| Tab::new(label, href, href == current)).collect();
    summary::tabs("Administration", &tabs)
}
