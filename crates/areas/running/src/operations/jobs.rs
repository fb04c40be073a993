//! Work that was given up after too many failures: tried again, or dropped for a reason.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::{FieldErrors, Moment, Permission};
use rooftree_platform::{Error, Result, jobs, signin::sessions::Session};
use rooftree_ui::{
    forms::{self, Field},
    shell,
    tables::{Column, Row, Table},
};

/// Sends again what was held, tries again or drops what was given up.
pub const RETRY: Permission = Permission::new("messages.retry");

struct Waiting {
    kind: String,
    count: i64,
    oldest: Option<Moment>,
    failed: i64,
}

/// Dead jobs, and how much waits of each kind.
pub async fn list(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let dead = jobs::dead(&app.platform).await?;
    let kinds = jobs::dead_kinds(&app.platform).await?;
    let waiting = waiting(&app).await?;
    let columns =
        vec![Column::new("What"), Column::new("Given up").nowrap(), Column::new("Why it failed"), Column::new("Now")];
    let rows = dead.iter().map(|job| dead_row(job, &session.csrf)).collect();
    let queue = vec![
        Column::new("Kind"),
        Column::number("Waiting"),
        Column::number("Failing"),
        Column::new("Oldest due").nowrap(),
    ];
    let queued = waiting.iter().map(|line| {
        let oldest = html! { @if let Some(at) = line.oldest { (at.short()) } };
        Row::new(vec![html! { (words(&line.kind)) }, html! { (line.count) }, html! { (line.failed) }, oldest])
    });
    let body = html! {
        (super::sections(&session, "/jobs"))
        (shell::heading("Jobs", None, None))
        p { "What the product promised to do later: messages, webhooks, imports. A job that fails is tried again with growing pauses; after "
            (jobs::ATTEMPTS_MAX) " failures, which take about a day, it is given up and stands here until somebody decides." }
        (all_again(&kinds, &session.csrf))
        (Table::new("Given up", columns).rows(rows).empty(html! { p { "Nothing was given up." } }).render())
        (Table::new("Waiting", queue).rows(queued.collect()).empty(html! { p { "Nothing waits." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "Jobs", body)))
}

/// One button for each kind of which several were given up, as after an outage.
fn all_again(kinds: &[(String, i64)], csrf: &str) -> Markup {
    html! {
        @for (kind, count) in kinds.iter().filter(|(_, count)| *count > 1) {
            p { strong { (words(kind)) } ": " (count) " given up" }
            (forms::action("/jobs/retry-all", csrf, "Try all of this kind again", &[("kind", kind)]))
        }
    }
}

fn dead_row(job: &jobs::Job, csrf: &str) -> Row {
    let at = |step: &str| format!("/jobs/{}/{step}", job.id);
    Row::new(vec![
        html! { (words(&job.kind)) " " span.rt-muted { "No. " (job.id) } },
        html! { @if let Some(at) = job.dead_at { (at.short()) } },
        html! { (job.last_error.as_deref().unwrap_or("No reason was noted")) },
        html! { (forms::action(&at("retry"), csrf, "Try again", &[])) a href=(at("drop")) { "Drop" span.govuk-visually-hidden { " job " (job.id) } } },
    ])
}

/// A kind of job in words.
fn words(kind: &str) -> String {
    match kind {
        "message" => "Send a message".to_owned(),
        "webhook" => "Call a webhook".to_owned(),
        "import" => "Import".to_owned(),
        "verify-journal" => "Verify the journal".to_owned(),
        other => {
            let spaced = other.replace(['-', '.', '_'], " ");
            let mut letters = spaced.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

async fn waiting(app: &App) -> Result<Vec<Waiting>> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"select kind, count(*) as "count!", min(run_at) as "oldest: Moment", count(*) filter (where attempts > 0 and locked_until is null) as "failed!"
           from job where done_at is null and dead_at is null group by kind order by kind"#
    )
    .fetch_all(app.platform.reads())
    .await?)
}

fn number(id: &str) -> Result<i64> {
    id.parse().map_err(|_| Error::NotFound("the job"))
}

/// Another chance.
pub async fn retry(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let id = number(&id)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&RETRY)?;
    jobs::retry(&mut ctx, id).await?;
    ctx.commit().await?;
    Ok(pages::done("/jobs", "It will be tried again at once."))
}

/// Another chance for all that were given up of one kind.
pub async fn retry_kind(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&RETRY)?;
    let count = jobs::retry_kind(&mut ctx, form.get("kind")).await?;
    ctx.commit().await?;
    Ok(pages::done("/jobs", &format!("{count} will be tried again at once.")))
}

/// Asks for the reason.
pub async fn ask_to_drop(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    let body = drop_form(&session, number(&id)?, "", &FieldErrors::default());
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "Drop a job", body).crumb("Jobs", "/jobs")))
}

fn drop_form(session: &Session, id: i64, reason: &str, errors: &FieldErrors) -> Markup {
    html! {
        (forms::error_summary(errors))
        (shell::heading(&format!("Drop job {id}"), None, None))
        p { "It will not be done. The reason stays in the journal." }
        (forms::form(&format!("/jobs/{id}/drop"), &session.csrf, html! {
            (forms::textarea(Field::new("reason", "Why is it no longer needed?").value(reason).errors(errors), 3, Some(300)))
            (forms::buttons(&[forms::warning("Drop it", None), forms::cancel("/jobs")]))
        }))
    }
}

/// Drops it.
pub async fn drop_one(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<String>,
    form: Form,
) -> PageResult<Response> {
    let id = number(&id)?;
    let mut errors = FieldErrors::default();
    let reason = form.text_lines("reason", "say why, for those who ask later", 300, &mut errors);
    if !errors.is_empty() {
        let body = drop_form(&session, id, &reason, &errors);
        let page = pages::page(&app, &session, "/users", "Drop a job", body).crumb("Jobs", "/jobs").has_errors(true);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response());
    }
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&RETRY)?;
    jobs::drop_dead(&mut ctx, id, &reason).await?;
    ctx.commit().await?;
    Ok(pages::done("/jobs", "The job is dropped."))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn kinds_read_as_words() {
        assert_eq!(words("message"), "Send a message");
        assert_eq!(words("survey-reminder"), "Survey reminder");
        assert_eq!(words(""), "");
    }
}
