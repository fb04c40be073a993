//! The list of messages: what went when and how, without names, addresses or words.

use super::{RETRY, VIEW, WRITE, sees_messages};
use axum::extract::State;
use maud::{Markup, html};
use rooftree_frame::{
    App, PageResult, Signed,
    lists::{Column, Filter, List, Order, Seen, Shown, Word},
    pages,
};
use rooftree_kernel::Moment;
use rooftree_platform::{Error, Platform, Result, jobs};
use rooftree_ui::{
    forms,
    summary::{self, Tone},
};
use uuid::Uuid;

/// Held messages that one click sends again.
const RESEND_MAX: i64 = 10_000;
/// What may stand in the filters, with its words.
pub const STATUSES: [(&str, &str, Tone); 8] = [
    ("draft", "Draft", Tone::Info),
    ("waiting", "Waiting", Tone::Info),
    ("held", "Held", Tone::Warning),
    ("printed", "To be posted", Tone::Info),
    ("sent", "Sent", Tone::Success),
    ("delivered", "Delivered", Tone::Success),
    ("failed", "Failed", Tone::Danger),
    ("withdrawn", "Withdrawn", Tone::Neutral),
];
const CHANNELS: [(&str, &str); 3] = [("text", "Text"), ("email", "E-mail"), ("letter", "Letter")];

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    id: Uuid,
    channel: String,
    template: String,
    /// What it is about: a case, else a home, else a person.
    about: Option<Uuid>,
    status: String,
    held_reason: Option<String>,
    created_at: Moment,
    /// That thing's reference, looked up for all lines at once.
    #[sqlx(skip)]
    reference: Option<String>,
}

const COLUMNS: &str = "m.id, m.channel, m.template, coalesce(m.case_id, m.home_id, m.person_id) as about, m.status, m.held_reason, m.created_at";
const ABOUT: &str = "m.case_id = any({value}) or m.home_id = any({value}) or m.person_id = any({value})";

/// All messages, the newest first.
pub fn list() -> List<Line> {
    List::new("/messages", "Messages", VIEW)
        .sql(COLUMNS, "message m", "true")
        .id("m.id::uuid", None)
        .whose(super::SCOPE, &[])
        .counted("message", "messages")
        .empty("No message fits.")
        .above(above)
        .filter(Filter::words("status", "State", statuses(), "m.status = {value}"))
        .filter(Filter::words("channel", "How", channels(), "m.channel = {value}"))
        .filter(Filter::loaded("template", "What", |app, _| Box::pin(templates(app)), "m.template = {value}"))
        .filter(
            Filter::found("about", "Repair, home or person", |app, typed| Box::pin(bearers(app, typed)), ABOUT)
                .hint("Reference"),
        )
        // Ids are made in the order of time.
        .order(Order::down("when", &[]))
        .order(Order::up("what", &["m.template::text"]))
        .order(Order::up("state", &["m.status::text"]))
        .column(Column::new("When", |line: &Line| line.created_at).sort("when").nowrap())
        .column(
            Column::new("What", |_: &Line| "")
                .sort("what")
                .value_to(|line, seen| title(&seen.app.platform, &line.template).to_owned()),
        )
        .column(
            Column::new("How", |line: &Line| line.channel.clone())
                .shown(|line| html! { (channel_words(&line.channel)) }),
        )
        .column(Column::new("About", |line: &Line| line.reference.clone()).shown_to(about))
        .column(Column::new("State", |line: &Line| line.status.clone()).sort("state").shown(|line| {
            html! { (state(&line.status)) @if let Some(reason) = &line.held_reason { " " span.rt-muted { (reason) } } }
        }))
        .column(Column::file("Why held or failed", |line: &Line| line.held_reason.clone()))
        .complete(|app, lines| Box::pin(with_references(app, lines)))
        .link(|line| format!("/messages/{}", line.id))
        .urgent(|line, _| line.status == "failed")
}

fn statuses() -> Vec<Word> {
    STATUSES.iter().map(|(key, words, _)| Word::new(*key, *words)).collect()
}

fn channels() -> Vec<Word> {
    CHANNELS.iter().map(|(key, words)| Word::new(*key, *words)).collect()
}

fn channel_words(channel: &str) -> &str {
    CHANNELS.iter().find(|(key, _)| *key == channel).map_or(channel, |(_, words)| *words)
}

async fn templates(app: App) -> Result<Vec<Word>> {
    let all = app.platform.rules().templates.values();
    Ok(all.map(|template| Word::new(template.key.as_str(), template.title.as_str())).collect())
}

/// The ids of what bears a reference.
async fn bearers(app: App, reference: String) -> Result<Vec<Uuid>> {
    let found = named(&app.platform, &[], Some(&reference.to_uppercase())).await?;
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

async fn with_references(app: App, mut lines: Vec<Line>) -> Result<Vec<Line>> {
    let ids: Vec<Uuid> = lines.iter().filter_map(|line| line.about).collect();
    let known: std::collections::HashMap<Uuid, String> = named(&app.platform, &ids, None).await?.into_iter().collect();
    for line in &mut lines {
        line.reference = line.about.and_then(|id| known.get(&id).cloned());
    }
    Ok(lines)
}

/// Its reference, leading to its page for whoever may open that.
fn about(line: &Line, seen: &Seen<'_>) -> Markup {
    let lookups = &seen.app.platform.registry().lookups;
    html! { @if let Some(about) = &line.reference { (summary::reference(about, lookups.path_of(about, seen.actor).as_deref())) } }
}

/// What stands above the list: the way to letters that we post ourselves, and sending again.
fn above(shown: &Shown<'_>) -> Markup {
    let held = shown.given.get("status") == Some("held") && shown.session.actor.may(&RETRY) && shown.count > 0;
    html! {
        @if shown.session.actor.may(&WRITE) { p { a href="/messages/batches" { "Letters to post" } } }
        @if held { (forms::action("/messages/resend-held", &shown.session.csrf, "Send all held messages now", &[])) }
    }
}

/// Ids and references of what messages are about.
pub async fn named(platform: &Platform, ids: &[Uuid], reference: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let sql = platform.registry().lookups.named_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).bind(reference).fetch_all(platform.reads()).await?)
}

/// A template's title; one that is no longer declared is shown by its key.
pub fn title<'a>(platform: &'a Platform, template: &'a str) -> &'a str {
    platform.rules().templates.get(template).map_or(template, |template| template.title.as_str())
}

/// A status as a tag.
pub fn state(status: &str) -> Markup {
    let known = STATUSES.iter().find(|(key, ..)| *key == status);
    known.map_or_else(|| html! { (status) }, |(_, words, tone)| summary::tag(*tone, words))
}

/// Gives all held messages to the queue again, once a sender is configured.
pub async fn resend_held(State(app): State<App>, Signed(session): Signed) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&super::RETRY)?;
    let now = ctx.now;
    let ids = sqlx::query_scalar!(
        "update message set status = 'waiting', held_reason = null
         where id in (select id from message where status = 'held' order by created_at limit $1 for update skip locked) returning id",
        RESEND_MAX
    )
    .fetch_all(ctx.conn())
    .await?;
    if ids.is_empty() {
        return Err(Error::conflict("No message is held any more.").into());
    }
    let keys: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    sqlx::query!(
        "insert into job (kind, key, payload, run_at, created_at)
         select 'message', id, jsonb_build_object('message', id), $2, $2 from unnest($1::text[]) as m(id)
         on conflict (kind, key) where key is not null and done_at is null and dead_at is null do nothing",
        &keys,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    jobs::supersede(&mut ctx, "message").await?;
    ctx.record(super::MESSAGES_RETRIED.at(now).with("count", ids.len())).await?;
    ctx.commit().await?;
    Ok(pages::done(
        "/messages?status=waiting",
        &format!("{} messages are given to the queue; texts wait for the end of the quiet hours.", ids.len()),
    ))
}
