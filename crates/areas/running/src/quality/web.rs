//! The data-quality pages: rules with their counts, the findings of one, settling.

use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    Access, App, Asked, Form, PageResult, Route, Signed,
    exports::{self, Format},
    forms::explained,
    get, pages, post,
};
use rooftree_kernel::{Actor, FieldErrors, Moment};
use rooftree_platform::{
    Error, Pool, Result,
    ports::SheetCell,
    quality::{JOB, RESOLVE, Rule, VIEW, WORDS_MAX, resolve, searched},
};
use rooftree_ui::{
    Query,
    forms::{self, Field},
    shell,
    summary::{self, Tab, Tone},
    tables::{self, Column, Row, Table},
};
use serde_json::json;
use uuid::Uuid;

/// Rows on a page.
const PAGE_ROWS: i64 = 50;

/// The routes of these pages.
pub fn routes() -> Vec<Route> {
    let routes = [
        get("/quality", Access::Needs(VIEW), index),
        post("/quality/search", Access::Needs(RESOLVE), search),
        get("/quality/{rule}", Access::Needs(VIEW), show),
        get("/quality/{rule}/findings.csv", exports::access(VIEW), export),
        get("/quality/{rule}/findings.xlsx", exports::access(VIEW), export),
        get("/quality/findings/{id}", Access::Needs(RESOLVE), finding),
        post("/quality/findings/{id}", Access::Needs(RESOLVE), settle),
    ];
    routes.map(|route| route.scope("all findings")).into()
}

struct Count {
    rule: String,
    open: i64,
    settled: i64,
    newest: Option<Moment>,
}

/// The rules, the gravest first.
async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let counts = sqlx::query_as!(
        Count,
        r#"select rule, count(*) filter (where resolved_at is null) as "open!", count(*) filter (where resolved_at is not null) as "settled!",
                  max(found_at) filter (where resolved_at is null) as "newest: Moment"
           from quality_finding group by rule"#
    )
    .fetch_all(app.platform.reads())
    .await?;
    let searched = searched(app.platform.reads()).await?;
    let of = |rule: &Rule| counts.iter().find(|count| count.rule == rule.key);
    let mut rules: Vec<&Rule> = app.platform.registry().quality.iter().collect();
    rules.sort_by_key(|rule| (rule.weight, -of(rule).map_or(0, |count| count.open)));
    let open: i64 = counts.iter().map(|count| count.open).sum();
    let rows = rules
        .iter()
        .map(|rule| {
            let count = of(rule);
            let found = count.map_or(0, |count| count.open);
            Row::new(vec![
                html! { (rule.title) },
                if searched.is_none() && found == 0 {
                    summary::tag(Tone::Neutral, "Not searched yet")
                } else {
                    weight_tag(rule.weight, found)
                },
                html! { (found) },
                html! { (count.map_or(0, |count| count.settled)) },
                html! { (count.and_then(|count| count.newest).map_or_else(String::new, |at| at.day().short())) },
                html! { (rule.why) },
            ])
            .href(format!("/quality/{}", rule.key))
            .urgent(rule.weight == 1 && found > 0)
            .faint(found == 0)
        })
        .collect();
    let columns = vec![
        Column::new("What is wrong"),
        Column::new("State"),
        Column::number("Open"),
        Column::number("Settled"),
        Column::new("Newest").nowrap(),
        Column::new("What follows").desk_only(),
    ];
    let action =
        signed.0.actor.may(&RESOLVE).then(|| forms::action("/quality/search", &signed.0.csrf, "Search now", &[]));
    let body = html! {
        (shell::heading("Data quality", None, action))
        p {
            @match searched {
                Some(at) => { (open) " findings are open. Last searched " (at.long()) "." }
                None => { strong { "Not searched yet." } " Nothing is known of the data before the first search." }
            }
            " The search runs every six hours, and soon after an import; what no longer holds closes itself."
        }
        (Table::new("Rules", columns).caption_hidden().rows(rows).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/quality", "Data quality", body)))
}

fn weight_tag(weight: u8, found: i64) -> Markup {
    match (weight, found) {
        (_, 0) => summary::tag(Tone::Success, "Clear"),
        (1, _) => summary::tag(Tone::Danger, "Grave"),
        (2, _) => summary::tag(Tone::Warning, "Matters"),
        _ => summary::tag(Tone::Neutral, "Minor"),
    }
}

/// Asks for a search.
async fn search(State(app): State<App>, signed: Signed) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    ctx.require(&RESOLVE)?;
    let now = ctx.now;
    ctx.enqueue(JOB, Some("search"), json!({}), now).await?;
    ctx.commit().await?;
    Ok(pages::done("/quality", "The search has been asked for. Reload this page in a minute."))
}

struct Finding {
    id: Uuid,
    rule: String,
    reference: String,
    detail: String,
    found_at: Moment,
    resolved_at: Option<Moment>,
    resolved_by: Option<String>,
    resolution: String,
}

async fn findings(pool: &Pool, rule: &Rule, settled: bool, text: &str, from: i64, limit: i64) -> Result<Vec<Finding>> {
    Ok(sqlx::query_as!(
        Finding,
        r#"select id, rule, reference, detail, found_at, resolved_at as "resolved_at: Moment", resolved_by, resolution
           from quality_finding
           where rule = $1 and (resolved_at is not null) = $2 and ($3 = '' or reference = upper($3) or lower(detail) like '%' || lower($3) || '%')
           order by coalesce(resolved_at, found_at) desc, reference offset $4 limit $5"#,
        rule.key,
        settled,
        text,
        from,
        limit
    )
    .fetch_all(pool)
    .await?)
}

/// The findings of a rule.
async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(key): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let rule = app.platform.registry().quality_rule(&key).ok_or(Error::NotFound("the rule"))?;
    let path = format!("/quality/{key}");
    let query = Query::parse(path.as_str(), raw.as_deref().unwrap_or_default());
    let pool = app.platform.reads();
    let settled = query.get("state") == Some("settled");
    let text = query.get("text").unwrap_or_default().trim().replace(['%', '_', '\\'], " ");
    let page_number = query
        .get("page")
        .and_then(|page| page.parse::<i64>().ok())
        .filter(|page| (1..=2000).contains(page))
        .unwrap_or(1);
    let found = findings(pool, rule, settled, &text, (page_number - 1) * PAGE_ROWS, PAGE_ROWS).await?;
    let counts = sqlx::query!(
        r#"select count(*) filter (where resolved_at is null) as "open!", count(*) filter (where resolved_at is not null) as "settled!" from quality_finding where rule = $1"#,
        key
    )
    .fetch_one(pool)
    .await?;
    let total = if settled { counts.settled } else { counts.open };
    let pages_total = u64::try_from((total + PAGE_ROWS - 1) / PAGE_ROWS).unwrap_or_default();
    let tabs = [
        Tab::new("Open", path.clone(), !settled).count(u64::try_from(counts.open).unwrap_or_default()),
        Tab::new("Settled", query.clone().with("state", "settled").without("page").href(), settled)
            .count(u64::try_from(counts.settled).unwrap_or_default()),
    ];
    let body = html! {
        (shell::heading(&rule.title, Some("Data quality"), None))
        p { (rule.why) }
        p { strong { "What to do: " } (rule.remedy) }
        (summary::tabs("Findings", &tabs))
        form method="get" action=(path) role="search" {
            @if settled { (forms::hidden("state", "settled")) }
            (forms::text(Field::new("text", "Reference or words").value(text.clone())))
            (forms::secondary("Find", None))
        }
        (tables::exports(&Query::parse(format!("{path}/findings"), raw.as_deref().unwrap_or_default())))
        (table(&app, &signed.0.actor, &found, settled))
        @if text.is_empty() { (tables::pages(&query, u64::try_from(page_number).unwrap_or(1), pages_total)) }
    };
    Ok(pages::show(
        &headers,
        pages::page(&app, &signed.0, "/quality", rule.title.as_str(), body).crumb("Data quality", "/quality"),
    ))
}

fn table(app: &App, actor: &Actor, found: &[Finding], settled: bool) -> Markup {
    let may_settle = actor.may(&RESOLVE);
    let rows = found
        .iter()
        .map(|finding| {
            let last = match finding.resolved_at {
                Some(at) => html! { (finding.resolution) br; (summary::muted(&format!("{}, {}", finding.resolved_by.as_deref().unwrap_or_default(), at.short()))) },
                None if may_settle => html! { a href={ "/quality/findings/" (finding.id) } { "Settle" span.govuk-visually-hidden { " " (finding.reference) } } },
                None => html! {},
            };
            let row = Row::new(vec![
                html! { (finding.reference) },
                html! { (finding.detail) },
                html! { (finding.found_at.day().short()) },
                last,
            ]);
            match app.platform.registry().lookups.path_of(&finding.reference, actor) {
                Some(href) => row.href(href),
                None => row,
            }
        })
        .collect();
    let columns = vec![
        Column::new("Reference").nowrap(),
        Column::new("What was found"),
        Column::new("Found").nowrap(),
        Column::new(if settled { "How it was settled" } else { "" }),
    ];
    Table::new("Findings", columns).caption_hidden().rows(rows).empty(html! { p { "Nothing here." } }).render()
}

/// The list as a file.
async fn export(State(app): State<App>, Path(key): Path<String>, Asked(query): Asked, format: Format) -> PageResult {
    let rule = app.platform.registry().quality_rule(&key).ok_or(Error::NotFound("the rule"))?;
    let settled = query.get("state") == Some("settled");
    let text = query.get("text").unwrap_or_default().trim().replace(['%', '_', '\\'], " ");
    let found = findings(app.platform.reads(), rule, settled, &text, 0, exports::ROWS_MAX).await?;
    let cell = |text: &str| SheetCell::Text(text.to_owned());
    let rows = found.iter().map(|finding| {
        vec![
            cell(&finding.reference),
            cell(&finding.detail),
            cell(&finding.found_at.day().to_string()),
            cell(&finding.resolved_at.map_or_else(String::new, |at| at.day().to_string())),
            cell(finding.resolved_by.as_deref().unwrap_or_default()),
            cell(&finding.resolution),
        ]
    });
    exports::file(&app, format, &key, &["Reference", "Found to be wrong", "Found", "Settled", "By", "How"], rows)
}

async fn one(pool: &Pool, id: Uuid) -> Result<Finding> {
    sqlx::query_as!(
        Finding,
        r#"select id, rule, reference, detail, found_at, resolved_at as "resolved_at: Moment", resolved_by, resolution from quality_finding where id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?
    .ok_or(Error::NotFound("the finding"))
}

/// One finding, to settle.
async fn finding(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(id): Path<Uuid>) -> PageResult {
    let found = one(app.platform.reads(), id).await?;
    let body = view(&app, &signed, &found, &Form::default(), &FieldErrors::default());
    Ok(pages::show(&headers, finding_page(&app, &signed, &found, body)))
}

fn finding_page(app: &App, signed: &Signed, found: &Finding, body: Markup) -> rooftree_ui::Page {
    let title =
        app.platform.registry().quality_rule(&found.rule).map_or(found.rule.as_str(), |rule| rule.title.as_str());
    pages::page(app, &signed.0, "/quality", format!("{}: {title}", found.reference), body)
        .crumb("Data quality", "/quality")
        .crumb(title, format!("/quality/{}", found.rule))
}

fn view(app: &App, signed: &Signed, found: &Finding, form: &Form, errors: &FieldErrors) -> Markup {
    let declared = app.platform.registry().quality_rule(&found.rule);
    let page = app.platform.registry().lookups.path_of(&found.reference, &signed.0.actor);
    html! {
        (forms::error_summary(errors))
        (shell::heading(declared.map_or(found.rule.as_str(), |rule| rule.title.as_str()), Some(&found.reference), None))
        p { (found.detail) "." }
        @if let Some(rule) = declared {
            p { strong { "What to do: " } (rule.remedy) }
            @if let Some(href) = page { p { a href=(href) { "Open " (found.reference) } } }
        }
        @if let Some(at) = found.resolved_at {
            p { "Settled by " (found.resolved_by.as_deref().unwrap_or_default()) " on " (at.long()) ": " (found.resolution) }
        } @else {
            p { "Put it right at its source: the finding then closes itself. Settle it here when it is correct as it is, or when nothing can be done." }
            (forms::form(&format!("/quality/findings/{}", found.id), &signed.0.csrf, html! {
                (forms::textarea(Field::new("resolution", "Why it is settled").value(form.lines("resolution")).errors(errors), 2, Some(WORDS_MAX)))
                (forms::buttons(&[forms::submit("Settle"), forms::cancel(&format!("/quality/{}", found.rule))]))
            }))
        }
    }
}

/// Settles a finding.
async fn settle(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let (status, errors) = match resolve(&mut ctx, id, form.lines("resolution")).await {
        Ok(rule) => {
            ctx.commit().await?;
            return Ok(pages::done(&format!("/quality/{rule}"), "The finding is settled."));
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    let found = one(app.platform.reads(), id).await?;
    let body = view(&app, &signed, &found, &form, &errors);
    Ok((status, finding_page(&app, &signed, &found, body).has_errors(true).render()).into_response())
}
