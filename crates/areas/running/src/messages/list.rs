//! All messages.

use super::sees_messages;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Actor, Moment};
use rooftree_platform::{Error, Platform, Result, jobs, ports::SheetCell};
use rooftree_ui::{
    Query,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Column, Row, Table},
};
use uuid::Uuid;

/// Messages on one page.
const PAGE: i64 = 50;
/// Held messages that one click sends again.
const RESEND_MAX: i64 = 10_000;
/// What may stand in the filters, with its words.
pub const STATUSES: [(&str, &str, Tone); 6] = [
    ("waiting", "Waiting", Tone::Info),
    ("held", "Held", Tone::Warning),
    ("sent", "Sent", Tone::Success),
    ("delivered", "Delivered", Tone::Success),
    ("failed", "Failed", Tone::Danger),
    ("withdrawn", "Withdrawn", Tone::Neutral),
];
const CHANNELS: [(&str, &str); 3] = [("text", "Text"), ("email", "E-mail"), ("letter", "Letter")];

struct Line {
    id: Uuid,
    channel: String,
    template: String,
    case_id: Option<Uuid>,
    home_id: Option<Uuid>,
    person_id: Option<Uuid>,
    status: String,
    held_reason: Option<String>,
    created_at: Moment,
}

/// The list, newest first.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let mut lines = find(&app.platform, &query, PAGE + 1).await?;
    let more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    let references = references(&app.platform, &lines).await?;
    let next = lines.last().filter(|_| more).map(|line| query.clone().with("before", line.id.to_string()).href());
    let held = query.get("status") == Some("held") && session.actor.may(&super::RETRY);
    let columns = vec![
        Column::new("When").nowrap(),
        Column::new("What"),
        Column::new("How"),
        Column::new("About"),
        Column::new("State"),
    ];
    let rows = lines.iter().map(|line| row(&app.platform, &session.actor, line, &references)).collect();
    let body = html! {
        (shell::heading("Messages", None, None))
        (filters(&app.platform, &query))
        @if held && !lines.is_empty() { (forms::action("/messages/resend-held", &session.csrf, "Send all held messages now", &[])) }
        (Table::new("Messages", columns).caption_hidden().rows(rows).empty(html! { p { "No message fits." } }).render())
        (tables::cursor_pages("", query.get("before").map(|_| query.clone().without("before").href()).as_deref(), next.as_deref()))
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/messages", "Messages", body)))
}

async fn find(platform: &Platform, query: &Query, limit: i64) -> Result<Vec<Line>> {
    let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
    let about: Option<Vec<Uuid>> = match given("about") {
        Some(reference) => {
            Some(named(platform, &[], Some(&reference.to_uppercase())).await?.into_iter().map(|(id, _)| id).collect())
        }
        None => None,
    };
    // Ids are made in the order of time, so they serve as the cursor.
    let before: Option<Uuid> = given("before").and_then(|id| id.parse().ok());
    Ok(sqlx::query_as!(
        Line,
        r#"select id, channel, template, case_id, home_id, person_id, status, held_reason, created_at as "created_at: Moment" from message
           where ($1::text is null or status = $1) and ($2::text is null or channel = $2) and ($3::text is null or template = $3)
             and ($4::uuid[] is null or case_id = any($4) or home_id = any($4) or person_id = any($4)) and ($5::uuid is null or id < $5)
           order by id desc limit $6"#,
        given("status"),
        given("channel"),
        given("template"),
        about as Option<Vec<Uuid>>,
        before,
        limit
    )
    .fetch_all(platform.reads())
    .await?)
}

/// The list as a file: what went when and how, without names, addresses or words.
pub async fn export(
    State(app): State<App>,
    Signed(session): Signed,
    RawQuery(query): RawQuery,
    format: Format,
) -> PageResult {
    sees_messages(&session.actor.scope)?;
    let query = Query::parse("/messages", query.as_deref().unwrap_or_default()).without("before");
    let lines = find(&app.platform, &query, exports::ROWS_MAX).await?;
    let references = references(&app.platform, &lines).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let cells = lines.iter().map(|line| {
        let about = line.case_id.or(line.home_id).or(line.person_id).and_then(|id| references.get(&id));
        vec![
            SheetCell::Moment(line.created_at),
            text(title(&app.platform, &line.template)),
            text(&line.channel),
            text(about.map_or("", String::as_str)),
            text(&line.status),
            text(line.held_reason.as_deref().unwrap_or_default()),
        ]
    });
    exports::file(&app, format, "messages", &["When", "What", "How", "About", "State", "Why held or failed"], cells)
}

/// Ids and references of what messages are about.
pub async fn named(platform: &Platform, ids: &[Uuid], reference: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let sql = platform.registry().lookups.named_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).bind(reference).fetch_all(platform.reads()).await?)
}

async fn references(platform: &Platform, lines: &[Line]) -> Result<std::collections::HashMap<Uuid, String>> {
    let ids: Vec<Uuid> = lines.iter().flat_map(|line| [line.case_id, line.home_id, line.person_id]).flatten().collect();
    Ok(named(platform, &ids, None).await?.into_iter().collect())
}

fn row(platform: &Platform, actor: &Actor, line: &Line, references: &std::collections::HashMap<Uuid, String>) -> Row {
    let about = line.case_id.or(line.home_id).or(line.person_id).and_then(|id| references.get(&id));
    let channel =
        CHANNELS.iter().find(|(key, _)| *key == line.channel).map_or(line.channel.as_str(), |(_, words)| *words);
    Row::new(vec![
        html! { (line.created_at.short()) },
        html! { (title(platform, &line.template)) },
        html! { (channel) },
        html! { @if let Some(about) = about { (summary::reference(about, platform.registry().lookups.path_of(about, actor).as_deref())) } },
        html! { (state(&line.status)) @if let Some(reason) = &line.held_reason { " " span.rt-muted { (reason) } } },
    ])
    .href(format!("/messages/{}", line.id))
    .urgent(line.status == "failed")
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

fn filters(platform: &Platform, query: &Query) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let statuses: Vec<Choice<'_>> = STATUSES.iter().map(|(key, words, _)| Choice::new(*key, *words)).collect();
    let channels: Vec<Choice<'_>> = CHANNELS.iter().map(|(key, words)| Choice::new(*key, *words)).collect();
    let templates: Vec<Choice<'_>> = platform
        .rules()
        .templates
        .values()
        .map(|template| Choice::new(template.key.as_str(), template.title.as_str()))
        .collect();
    let mut bar = FilterBar::new(query)
        .field(forms::select(Field::new("status", "State").value(value("status")), Some("All"), &statuses))
        .field(forms::select(Field::new("channel", "How").value(value("channel")), Some("All"), &channels))
        .field(forms::select(Field::new("template", "What").value(value("template")), Some("All"), &templates))
        .field(forms::text(Field::new("about", "Repair, home or person").hint("Reference").value(value("about"))));
    for (name, label) in [("status", "State"), ("channel", "How"), ("template", "What"), ("about", "About")] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            bar = bar.chip(format!("{label}: {value}"), name, value);
        }
    }
    bar.actions(tables::exports(&query.clone().without("before"))).render()
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
