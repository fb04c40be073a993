//! The saved lists on the start page, each with its count.

use maud::{Markup, html};
use rooftree_frame::{App, Signed};
use rooftree_kernel::Actor;
use rooftree_platform::{
    Result,
    saved_lists::{self, SavedList},
};
use rooftree_ui::{
    Query,
    cards::{self, Count},
    summary::Tone,
};
use std::time::{Duration, Instant};

/// Lists on the start page; the rest are behind a link.
const SHOWN_MAX: usize = 12;
/// Counted up to this many.
const COUNT_MAX: i64 = 9_999;
/// What all counts together may take. Those that come too late stand there without a number.
const TIME_MAX: Duration = Duration::from_millis(120);

/// The block, when there is any list to show.
pub async fn block(app: &App, signed: &Signed) -> Result<Option<Markup>> {
    let actor = &signed.0.actor;
    let mut kept = saved_lists::of(&app.platform, actor, SHOWN_MAX as i64 + 1).await?;
    kept.retain(|saved| is_open_to(app, actor, saved));
    if kept.is_empty() {
        return Ok(None);
    }
    let begun = Instant::now();
    let (mut counted, mut uncounted) = (Vec::new(), Vec::new());
    for saved in kept.iter().take(SHOWN_MAX) {
        match count(app, actor, saved, TIME_MAX.saturating_sub(begun.elapsed())).await {
            Some(count) => counted.push(Count::new(&saved.name, count, address(saved), Tone::Neutral)),
            None => uncounted.push(saved),
        }
    }
    Ok(Some(html! {
        section {
            h2 { "Your lists" }
            @if !counted.is_empty() { (cards::counts(&counted)) }
            @if !uncounted.is_empty() {
                ul { @for saved in &uncounted { li { a href=(address(saved)) { (saved.name) } } } }
            }
            p { a href="/saved-lists" { "Rename, share or delete lists" } }
        }
    }))
}

/// Whether somebody may open the list at all: a shared one may be of a permission that they do not hold.
pub(super) fn is_open_to(app: &App, actor: &Actor, saved: &SavedList) -> bool {
    app.list(&saved.list).is_ok_and(|list| actor.may(&list.permission) && list.admits(&actor.scope).is_ok())
}

/// Where a saved list leads.
pub(super) fn address(saved: &SavedList) -> String {
    Query::parse(&saved.list, &saved.query).href()
}

/// How many rows it has, when the answer comes in time.
async fn count(app: &App, actor: &Actor, saved: &SavedList, time: Duration) -> Option<u64> {
    let query = Query::parse(&saved.list, &saved.query);
    let count = app.list(&saved.list).ok()?.count_within(app, actor, &query, COUNT_MAX, time).await.ok()??;
    u64::try_from(count).ok()
}
