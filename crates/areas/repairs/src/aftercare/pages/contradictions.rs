//! What residents say is not done: the queue, one of them beside what the provider recorded, and how it is settled.

use super::{Cursor, PAGE_ROWS, evidence, like};
use crate::{
    aftercare::contradictions::{self, Raised, Resolution, WORDS_MAX},
    declared::DECLARED,
    ids::RepairId,
    repair::{queries, words::source_words},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, Form, PageResult, Signed, UploadForm,
    exports::{self, Format},
    forms::explained,
    pages,
};
use rooftree_kernel::{Day, FieldErrors, Moment, Scope};
use rooftree_platform::{Error, Pool, Result, documents, ports::SheetCell};
use rooftree_ui::{
    Query, clocks as pills,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Table},
};
use rooftree_works::public::{booking::of_case, words::pictures};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

const SELECT: &str = "select c.id, r.reference, r.title, p.address, p.postcode, coalesce(v.name, '') as provider, c.raised_day, c.raised_by, c.said, c.source,
        c.resolved_day, coalesce(c.resolved_by, '') as resolved_by, c.resolution, c.answer, k.started_at, k.due_at, k.due_day, again.reference as recall
     from contradiction c join repair r on r.id = c.repair_id join place p on p.id = r.place_id left join provider v on v.id = r.provider_id
     left join clock k on k.case_id = c.repair_id and k.subject = c.id::text and k.standard = 'repairs.house.contradiction-resolved'
     left join repair again on again.id = c.recall_id where true";

#[derive(Clone, Debug, sqlx::FromRow)]
struct Line {
    id: Uuid,
    reference: String,
    title: String,
    address: String,
    postcode: String,
    provider: String,
    raised_day: Day,
    raised_by: String,
    said: String,
    source: String,
    resolved_day: Option<Day>,
    resolved_by: String,
    resolution: String,
    answer: String,
    started_at: Option<Moment>,
    due_at: Option<Moment>,
    due_day: Option<Day>,
    recall: Option<String>,
}

/// What the list can be narrowed to; without one, all that wait.
const STATES: &[(&str, &str)] =
    &[("", "Waiting"), ("overdue", "Answer overdue"), ("in-time", "Answer still in time"), ("settled", "Settled")];

/// The open ones oldest first, the settled ones newest first.
async fn lines(pool: &Pool, query: &Query, now: Moment, after: Option<Cursor>, limit: i64) -> Result<Vec<Line>> {
    let settled = query.get("state") == Some("settled");
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(if settled { " and c.resolved_day is not null" } else { " and c.resolved_day is null" });
    match query.get("state") {
        Some("overdue") => sql.push(" and k.due_at <= ").push_bind(now),
        Some("in-time") => sql.push(" and (k.due_at <= ").push_bind(now).push(") is not true"),
        _ => &mut sql,
    };
    if let Some(text) = query.get("text").filter(|text| !text.trim().is_empty()) {
        sql.push(" and (r.reference = upper(")
            .push_bind(text.trim().to_owned())
            .push(") or lower(r.title || ' ' || p.address || ' ' || p.postcode) like ");
        sql.push_bind(like(text)).push(")");
    }
    if let Some(cursor) = after {
        sql.push(if settled { " and (c.resolved_day, c.id) < (" } else { " and (c.raised_day, c.id) > (" });
        sql.push_bind(cursor.day).push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(if settled { " order by c.resolved_day desc, c.id desc" } else { " order by c.raised_day, c.id" });
    sql.push(" limit ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// The queue.
pub async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let now = app.platform.now();
    let after = query.get("after").and_then(Cursor::decode);
    let mut rows = lines(app.platform.reads(), &query, now, after, PAGE_ROWS + 1).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let settled = query.get("state") == Some("settled");
    let next = rows.last().filter(|_| more).map(|row| {
        let day = row.resolved_day.filter(|_| settled).unwrap_or(row.raised_day);
        query.clone().with("after", Cursor { day, id: row.id }.encode()).href()
    });
    let first = query.get("after").map(|_| query.clone().without("after").href());
    let states: Vec<Choice<'_>> = STATES.iter().map(|(key, label)| Choice::new(*key, *label)).collect();
    let bar = FilterBar::new(&query)
        .field(forms::text(Field::new("text", "Reference or address").value(query.get("text").unwrap_or_default())))
        .field(forms::select(Field::new("state", "State").value(query.get("state").unwrap_or_default()), None, &states))
        .actions(tables::exports(&query));
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("What"),
        Column::new("Home"),
        Column::new("The resident says"),
        Column::new("Provider").desk_only(),
        Column::new("Raised").nowrap(),
        Column::new(if settled { "Settled" } else { "Answer due" }).nowrap(),
    ];
    let empty = if settled {
        "None has been settled yet."
    } else {
        "Nobody waits: no resident says that finished work is not done."
    };
    let table = Table::new("Not done", columns)
        .caption_hidden()
        .rows(rows.iter().map(|row| line(row, now)).collect())
        .empty(html! { p { (empty) } });
    let body = html! {
        (shell::heading("Residents say: not done", Some("Aftercare"), None))
        (pages::tabs(&app, &signed.0.actor, "Aftercare", "/contradictions"))
        (bar.render())
        (table.render())
        (tables::cursor_pages(&format!("{} shown", rows.len()), first.as_deref(), next.as_deref()))
    };
    Ok(pages::show(&headers, super::page(&app, &signed, "Not done", body)))
}

fn line(row: &Line, now: Moment) -> tables::Row {
    let end = match (row.resolved_day, row.started_at, row.due_at) {
        (Some(day), ..) => html! { (day.short()) br; (summary::muted(words(&row.resolution))) },
        (None, Some(started), Some(due)) => {
            pills::pill(&pills::Clock::new("Answer", started, pills::Due::of(due, row.due_day), None, now), now)
        }
        _ => html! {},
    };
    tables::Row::new(vec![
        html! { (row.reference) },
        html! { (row.title) },
        html! { (row.address) ", " (row.postcode) },
        html! { (row.said) },
        html! { (row.provider) },
        html! { (row.raised_day.short()) },
        end,
    ])
    .href(format!("/contradictions/{}", row.id))
    .urgent(row.resolved_day.is_none() && row.due_at.is_some_and(|due| due <= now))
}

fn words(resolution: &str) -> &str {
    DECLARED.reason_title("contradiction", resolution)
}

/// The list as a file.
pub async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let found = lines(app.platform.reads(), &query, app.platform.now(), None, exports::ROWS_MAX).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let day = |day: Option<Day>| day.map_or(SheetCell::Empty, |day| SheetCell::Text(day.to_string()));
    let rows = found.iter().map(|row| {
        vec![
            text(&row.reference),
            text(&row.title),
            text(&row.provider),
            day(Some(row.raised_day)),
            text(&row.source),
            text(&row.said),
            day(row.due_at.map(|due| due.plus_seconds(-1).day())),
            day(row.resolved_day),
            text(words(&row.resolution)),
            text(row.recall.as_deref().unwrap_or_default()),
        ]
    });
    let headings = ["Repair", "What", "Provider", "Raised", "How", "Said", "Answer due", "Settled", "Found", "Recall"];
    exports::file(&app, format, "not-done", &headings, rows)
}

async fn one(pool: &Pool, id: Uuid) -> Result<(Line, RepairId)> {
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" and c.id = ").push_bind(id);
    let line: Option<Line> = sql.build_query_as().fetch_optional(pool).await?;
    let line = line.ok_or(Error::NotFound("the contradiction"))?;
    let repair = sqlx::query_scalar!(r#"select repair_id as "id: RepairId" from contradiction where id = $1"#, id)
        .fetch_one(pool)
        .await?;
    Ok((line, repair))
}

/// One of them: the two words side by side.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(id): Path<Uuid>) -> PageResult {
    let (title, body) = view(&app, &signed, id, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(&headers, super::page(&app, &signed, title, body).crumb("Not done", "/contradictions")))
}

async fn view(app: &App, signed: &Signed, id: Uuid, form: &Form, errors: &FieldErrors) -> Result<(String, Markup)> {
    let pool = app.platform.reads();
    let (line, repair) = one(pool, id).await?;
    let shown = queries::by_reference(pool, &line.reference, &Scope::default()).await?;
    let visits = of_case::appointments(pool, repair, &Scope::default()).await?;
    let papers =
        documents::of(&app.platform, documents::Owner { case: Some(repair.into()), ..Default::default() }).await?;
    let now = app.platform.now();
    let body = html! {
        (forms::error_summary(errors))
        (shell::heading(&line.title, Some(&format!("{} · not done?", line.reference)), Some(html! { (forms::secondary_link("Open the repair", &format!("/repairs/{}", line.reference))) })))
        @if let (None, Some(started), Some(due)) = (line.resolved_day, line.started_at, line.due_at) {
            p { "Our answer is due: " (pills::pill(&pills::Clock::new("Answer", started, pills::Due::of(due, line.due_day), None, now), now)) }
        }
        (summary::grid(&[
            summary::panel("The resident says", None, html! {
                blockquote { p { (line.said) } }
                p { (summary::muted(&format!("{}, {}, {}", line.raised_day.short(), line.raised_by, source_words(&line.source)))) }
            }),
            summary::panel("The provider recorded", None, html! {
                (summary::list(&[
                    Item::text("Done by", &line.provider),
                    Item::text("Completed", shown.completed_at.map_or_else(String::new, Moment::long)),
                    Item::text("What was done", &shown.completed_note),
                    Item::text("Visits", visits.iter().filter(|visit| visit.arrived_at.is_some()).map(|visit| format!("{} {}", visit.day.short(), visit.operative_name)).collect::<Vec<_>>().join("; ")),
                ]))
                (pictures(&papers))
            }),
        ]))
        @match line.resolved_day {
            Some(day) => (settled(&line, day)),
            None => (settle_form(&signed.0.csrf, id, form, errors)),
        }
    };
    Ok((format!("Not done? {}", line.reference), body))
}

fn settled(line: &Line, day: Day) -> Markup {
    summary::panel(
        "Settled",
        None,
        html! {
            (summary::list(&[
                Item::text("Found", words(&line.resolution)),
                Item::text("By", format!("{}, {}", line.resolved_by, day.short())),
                Item::text("The resident was told", &line.answer),
            ]))
            @if let Some(recall) = &line.recall { p { "It goes on as recall " (summary::reference(recall, Some(&format!("/repairs/{recall}")))) "." } }
        },
    )
}

fn settle_form(csrf: &str, id: Uuid, form: &Form, errors: &FieldErrors) -> Markup {
    let found: Vec<Choice<'_>> = DECLARED
        .reasons("contradiction")
        .map(|reason| {
            let choice = Choice::new(reason.key.as_str(), reason.title.as_str());
            match reason.key.as_str() {
                "resident-right" | "partly" => {
                    choice.hint("The repair is opened again as a recall, at the provider's cost")
                }
                "proof-shown" => choice.hint("Needs a photo, from the visit or added below"),
                _ => choice,
            }
        })
        .collect();
    html! {
        h2 { "What is true?" }
        p { "Ring the resident or go and look. Whoever did the work does not decide." }
        (forms::upload_form(&format!("/contradictions/{id}"), csrf, html! {
            (forms::radios(Field::new("resolution", "What was found?").value(form.get("resolution")).errors(errors), &found))
            (forms::textarea(Field::new("answer", "What the resident will read").hint("In plain words: You were right. The tap still dripped. We have booked another visit.").value(form.lines("answer")).errors(errors), 3, Some(WORDS_MAX)))
            (forms::upload(Field::new("evidence", "Photos or papers").errors(errors).optional(), forms::Upload::Document, "20 MB each"))
            (forms::buttons(&[forms::submit("Settle and answer"), forms::cancel("/contradictions")]))
        }))
    }
}

/// Settles it.
pub async fn settle(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, upload: UploadForm) -> PageResult {
    let files = evidence(&app, &upload, "evidence", "Evidence").await;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let resolution = Resolution {
            key: upload.form.get("resolution").to_owned(),
            answer: upload.form.lines("answer").to_owned(),
            evidence: files?,
        };
        contradictions::resolve(&mut ctx, id, resolution).await
    }
    .await;
    match outcome {
        Ok((recall, told)) => {
            ctx.commit().await?;
            let said = match recall {
                Some(reference) => format!("Settled. The work goes on as {reference}. {}", told.words()),
                None => format!("Settled. {}", told.words()),
            };
            Ok(pages::done("/contradictions", &said))
        }
        Err(error) => {
            drop(ctx);
            let (status, errors) = explained(error)?;
            let (title, body) = view(&app, &signed, id, &upload.form, &errors).await?;
            Ok((
                status,
                super::page(&app, &signed, title, body).crumb("Not done", "/contradictions").has_errors(true).render(),
            )
                .into_response())
        }
    }
}

/// Staff note what a resident says: the form.
pub async fn raise_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let body = raise_view(&signed.0.csrf, &repair, &Form::default(), &FieldErrors::default());
    Ok(pages::show(
        &headers,
        pages::page(&app, &signed.0, "/repairs", format!("{} not done", repair.reference), body)
            .crumb("Repairs", "/repairs"),
    ))
}

fn raise_view(csrf: &str, repair: &queries::Repair, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        (forms::error_summary(errors))
        (shell::heading("The resident says it is not done", Some(&format!("{} {}", repair.reference, repair.title)), None))
        @if repair.status != "completed" { (summary::banner(Tone::Info, html! { p { "This repair is " (repair.status) ": nobody has said that it is done." } })) }
        p { "The completion stays as it is recorded. Somebody who did not do the work looks again and answers within 5 working days." }
        (forms::form(&format!("/repairs/{}/not-done", repair.reference), csrf, html! {
            (forms::textarea(Field::new("said", "In the resident's words").value(form.lines("said")).errors(errors).autofocus(), 3, Some(WORDS_MAX)))
            (forms::buttons(&[forms::submit("Note it"), forms::cancel(&format!("/repairs/{}", repair.reference))]))
        }))
    }
}

/// Staff note what a resident says.
pub async fn raise(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    match contradictions::raise_for_resident(&mut ctx, &reference, form.lines("said")).await {
        Ok(raised) => {
            ctx.commit().await?;
            let said = match raised {
                Raised::Now(_) => {
                    "It is in the client officers' queue, and the resident is told when to expect the answer."
                }
                Raised::Already(_) => "This was noted before and is being looked at.",
            };
            Ok(pages::done(&format!("/repairs/{reference}"), said))
        }
        Err(error) => {
            drop(ctx);
            let (status, errors) = explained(error)?;
            let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
            let body = raise_view(&signed.0.csrf, &repair, &form, &errors);
            Ok((status, pages::page(&app, &signed.0, "/repairs", "Not done", body).has_errors(true).render())
                .into_response())
        }
    }
}
