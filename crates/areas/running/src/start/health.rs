//! How the system does, for the administrator: what waits, what failed, what is not configured.

use maud::{Markup, html};
use rooftree_frame::App;
use rooftree_platform::Result;
use rooftree_ui::summary::{self, Tone};

/// Jobs older than this while due are late: there are too many, or no `work` process runs.
const JOB_LATE_SECONDS: i64 = 300;
/// Facts that wait longer than this for their seal.
const UNSEALED_LATE: i64 = 50_000;

struct State {
    waiting: i64,
    oldest_late: bool,
    at_work: bool,
    dead: i64,
    held: i64,
    failed: i64,
    unsealed: i64,
    sealed_at: Option<rooftree_kernel::Moment>,
    database_bytes: i64,
}

/// The block on the administrator's start page.
pub async fn panel(app: &App) -> Result<Markup> {
    let state = load(app).await?;
    let ports = app.platform.ports();
    let yes_no = |on: bool, variable: &str| match on {
        true => summary::tag(Tone::Success, "Configured"),
        false => {
            html! { (summary::tag(Tone::Neutral, "Not configured")) " " span.rt-muted { "messages are kept; set " (variable) } }
        }
    };
    Ok(summary::panel("How the system does", None, summary::list(&[
        summary::Item::new("Work waiting", html! {
            (state.waiting)
            @if state.oldest_late && state.at_work { " " (summary::tag(Tone::Warning, "Late, and being worked off")) }
            @else if state.oldest_late { " " (summary::tag(Tone::Danger, "Late, and nothing is working it off: does rooftree work run?")) }
        }).action("Open", "/jobs"),
        summary::Item::new("Work given up", counted(state.dead)).action("Open", "/jobs"),
        summary::Item::new("Messages held", counted(state.held)).action("Open", "/messages?status=held"),
        summary::Item::new("Messages failed", counted(state.failed)).action("Open", "/messages?status=failed"),
        summary::Item::new("Journal", html! {
            @match state.sealed_at {
                Some(at) => { "Sealed " (at.short()) }
                None => "No seal yet",
            }
            ", " (state.unsealed) @if state.unsealed == 1 { " fact" } @else { " facts" } " not yet sealed"
            @if state.unsealed > UNSEALED_LATE { " " (summary::tag(Tone::Warning, "The sealer lags behind")) }
        }).action("Verify", "/journal/verify"),
        summary::Item::new("E-mail", yes_no(ports.mail.is_some(), "ROOFTREE_SMTP_URL")),
        summary::Item::new("Texts and letters", yes_no(ports.text.is_some(), "ROOFTREE_NOTIFY_KEY")),
        summary::Item::new("Single sign-on", match ports.identity.is_some() {
            true => summary::tag(Tone::Success, "Configured"),
            false => summary::tag(Tone::Neutral, "Not configured"),
        }),
        summary::Item::text("Database", format!("{} MB", state.database_bytes / (1024 * 1024))),
    ])))
}

fn counted(count: i64) -> Markup {
    if count == 0 {
        html! { "None" }
    } else {
        summary::tag(Tone::Warning, &count.to_string())
    }
}

async fn load(app: &App) -> Result<State> {
    let now = app.platform.now();
    let late = now.plus_seconds(-JOB_LATE_SECONDS);
    Ok(sqlx::query_as!(
        State,
        r#"select (select count(*) from job where done_at is null and dead_at is null) as "waiting!",
                  exists (select from job where done_at is null and dead_at is null and locked_until is null and run_at < $1) as "oldest_late!",
                  exists (select from job where done_at is null and dead_at is null and locked_until > $2) as "at_work!",
                  (select count(*) from job where dead_at is not null and done_at is null) as "dead!",
                  (select count(*) from message where status = 'held') as "held!",
                  (select count(*) from message where status = 'failed') as "failed!",
                  (select count(*) from fact_waiting) as "unsealed!",
                  (select sealed_at from seal order by number desc limit 1) as "sealed_at: rooftree_kernel::Moment",
                  pg_database_size(current_database()) as "database_bytes!""#,
        late as _,
        now as _
    )
    .fetch_one(app.platform.reads())
    .await?)
}
