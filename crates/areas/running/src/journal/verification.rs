//! Verifying the journal from a page: a job does it, the page follows it.

use async_trait::async_trait;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::{Actor, Channel, FieldErrors, Moment};
use rooftree_platform::{
    Error, FactKind, Platform, Result,
    jobs::JobHandler,
    journal::verify::{self, Finding, Noted, Report},
};
use rooftree_ui::{
    forms::{self, Field},
    shell,
    summary::{self, Tone},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The journal was verified, with this outcome.
pub const VERIFIED: FactKind = FactKind::new(
    "journal.verified",
    "Journal verified",
    &["sound", "seals", "facts", "found", "last_seal", "last_hash"],
);
/// The kind of its job.
pub const JOB: &str = "verify-journal";
/// Where the latest verification is kept.
const SETTING: &str = "journal.verification";
/// Progress is noted after so many more facts.
const FACTS_PER_NOTE: u64 = 200_000;

/// The latest verification.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Latest {
    asked_by: String,
    asked_at: Moment,
    checked: u64,
    finished_at: Option<Moment>,
    outcome: Option<Outcome>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    sound: bool,
    seals: u64,
    sealed: u64,
    unsealed: u64,
    found: u64,
    findings: Vec<String>,
    last_seal: i64,
    last_hash: String,
}

impl From<&Report> for Outcome {
    fn from(report: &Report) -> Self {
        Self {
            sound: report.is_sound(),
            seals: report.seals,
            sealed: report.sealed,
            unsealed: report.unsealed,
            found: report.found,
            findings: report.findings.iter().map(Finding::to_string).collect(),
            last_seal: report.last_seal,
            last_hash: report.last_hash.clone(),
        }
    }
}

/// The page.
pub async fn show(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    page(&app, &session, &headers, &FieldErrors::default(), "").await
}

async fn page(
    app: &App,
    session: &rooftree_platform::signin::sessions::Session,
    headers: &HeaderMap,
    errors: &FieldErrors,
    noted: &str,
) -> PageResult {
    let latest = load(&app.platform).await?;
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading("Verify the journal", None, None))
        p { "Recomputes the hash of every fact and every seal, and names the first fact that was altered, is missing or was slipped in." }
        (follow(latest.as_ref()))
        (forms::form("/journal/verify", &session.csrf, html! {
            (forms::text(Field::new("noted", "A seal that you noted earlier").value(noted).optional().errors(errors)
                .hint("Its number and hash, as a verification shows them, like 412:9f86d0…")))
            (forms::submit("Verify now"))
        }))
        p { "An outsider can check a copy without this program: " code.rt-code-text { "rooftree verify --export FILE" }
            " writes it, and the guide has a script of forty lines that checks it." }
    };
    let page = pages::page(app, session, "/journal", "Verify the journal", body).crumb("Journal", "/journal");
    Ok(pages::show(headers, page.has_errors(!errors.is_empty())))
}

/// The fragment that the page polls.
pub async fn state(State(app): State<App>, Signed(_): Signed) -> PageResult<Response> {
    Ok(follow(load(&app.platform).await?.as_ref()).into_response())
}

/// The button: promises the job.
pub async fn begin(State(app): State<App>, Signed(session): Signed, headers: HeaderMap, form: Form) -> PageResult {
    let noted = form.get("noted");
    if let Some(Err(message)) = (!noted.is_empty()).then(|| noted.parse::<Noted>()) {
        return page(&app, &session, &headers, &FieldErrors::one("noted", message), noted).await;
    }
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&super::VERIFY)?;
    let now = ctx.now;
    let latest =
        Latest { asked_by: session.actor.name.clone(), asked_at: now, checked: 0, finished_at: None, outcome: None };
    let value = serde_json::to_value(&latest).map_err(|error| Error::Internal(error.to_string()))?;
    sqlx::query!(
        "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
        SETTING,
        value
    )
    .execute(ctx.conn())
    .await?;
    ctx.enqueue(JOB, Some(JOB), json!({ "noted": form.optional("noted") }), now).await?;
    ctx.commit().await?;
    Ok(pages::done("/journal/verify", "The verification has begun."))
}

fn follow(latest: Option<&Latest>) -> Markup {
    let Some(latest) = latest else {
        return html! { div { p { "The journal was not verified from this page yet." } } };
    };
    let asked = format!("Asked for by {} on {}", latest.asked_by, latest.asked_at.long());
    match &latest.outcome {
        None => html! {
            div data-poll-url="/journal/verify/state" data-poll-seconds="2" {
                (summary::banner(Tone::Info, html! {
                    p { strong { "Under way: " (latest.checked) " facts checked" } }
                    p { (asked) ". Reload the page to see how far it is." }
                }))
            }
        },
        Some(outcome) => html! { div { (result(outcome, &asked, latest.finished_at)) } },
    }
}

fn result(outcome: &Outcome, asked: &str, finished: Option<Moment>) -> Markup {
    let (tone, title) = match outcome.findings.first() {
        None => (Tone::Success, "The journal is as it was sealed".to_owned()),
        Some(first) => (Tone::Danger, format!("The journal was tampered with: {first}")),
    };
    html! {
        (summary::banner(tone, html! {
            p { strong { (title) } }
            p { (asked) @if let Some(at) = finished { "; finished at " (at.time()) } "." }
        }))
        (summary::list(&[
            summary::Item::text("Facts sealed", outcome.sealed.to_string()),
            summary::Item::text("Facts waiting for their seal", outcome.unsealed.to_string()),
            summary::Item::text("Seals", outcome.seals.to_string()),
            summary::Item::new("Last seal", html! {
                @if outcome.last_seal > 0 {
                    code.rt-code-text { (outcome.last_seal) ":" (outcome.last_hash) }
                    (forms::copy_button(&format!("{}:{}", outcome.last_seal, outcome.last_hash)))
                    p.rt-muted { "Note it outside this system, such as in the minutes: a later verification can prove that it is still there." }
                } @else { "None yet" }
            }),
        ]))
        @if outcome.found > 0 {
            h2 { (outcome.found) " findings" }
            ul.govuk-list.govuk-list--bullet { @for finding in &outcome.findings { li { (finding) } } }
            @if outcome.found > outcome.findings.len() as u64 { p { "Only the first " (outcome.findings.len()) " are listed." } }
        }
    }
}

async fn load(platform: &Platform) -> Result<Option<Latest>> {
    let value = sqlx::query_scalar!("select value from setting where key = $1", SETTING)
        .fetch_optional(platform.writes())
        .await?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// The job.
pub struct Verify;

#[async_trait]
impl JobHandler for Verify {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let noted = payload["noted"].as_str().and_then(|text| text.parse().ok());
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let mut next = FACTS_PER_NOTE;
        let heard = move |checked: u64| {
            if checked >= next {
                next = checked + FACTS_PER_NOTE;
                // Nobody listens any more when the job was dropped; then there is nobody to tell.
                let _ = tell.send(checked);
            }
        };
        let listen = async {
            while let Some(checked) = told.recv().await {
                note(platform, json!({ "checked": checked })).await?;
            }
            Ok::<_, Error>(())
        };
        let (report, listened) = tokio::join!(verify::run(platform, noted.as_ref(), None, heard), listen);
        listened?;
        let report = report?;
        let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
        let now = ctx.now;
        let fact =
            VERIFIED.at(now).with("sound", report.is_sound()).with("seals", report.seals).with("facts", report.sealed);
        let fact =
            fact.with("found", report.found).with("last_seal", report.last_seal).with("last_hash", &report.last_hash);
        ctx.record(fact).await?;
        ctx.commit().await?;
        note(platform, json!({ "checked": report.sealed, "finished_at": now, "outcome": Outcome::from(&report) })).await
    }
}

async fn note(platform: &Platform, part: Value) -> Result<()> {
    sqlx::query!("update setting set value = value || $2 where key = $1", SETTING, part)
        .execute(platform.writes())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_names_the_first_finding_and_the_page_polls_until_then() {
        let mut latest = Latest {
            asked_by: "Ada".into(),
            asked_at: "2026-11-23T09:10".parse().unwrap(),
            checked: 7,
            finished_at: None,
            outcome: None,
        };
        assert!(follow(Some(&latest)).into_string().contains("data-poll-url"));
        let mut report = Report { seals: 1, sealed: 10, last_seal: 1, last_hash: "ab".repeat(32), ..Report::default() };
        (report.found, report.findings) = (1, vec![Finding::Altered { seq: 5, seal: 1 }]);
        latest.outcome = Some(Outcome::from(&report));
        let html = follow(Some(&latest)).into_string();
        assert!(html.contains("fact 5 was altered") && !html.contains("data-poll-url"));
    }
}
