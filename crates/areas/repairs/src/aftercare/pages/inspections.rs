//! The inspections that the draw has made due, and what was found.

use super::{Cursor, PAGE_ROWS, contradictions::pictures, evidence, like, tabs};
use crate::{
    aftercare::inspections::{self, Finding, NOTES_MAX},
    declared::DECLARED,
    repair::queries,
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
    forms::{self, Choice, Field, Size},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Table},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

const SELECT: &str = "select i.id, r.reference, r.title, p.address, p.postcode, r.ward, r.trade, coalesce(v.name, '') as provider, r.completed_day,
        i.selected_day, i.done_day, coalesce(i.done_by, '') as done_by, i.passed, i.fail_reason, i.notes, k.started_at, k.due_at, k.due_day
     from inspection i join repair r on r.id = i.repair_id join place p on p.id = r.place_id left join provider v on v.id = r.provider_id
     left join clock k on k.case_id = i.repair_id and k.subject = i.id::text and k.standard = 'repairs.house.inspection-done' where true";

#[derive(Clone, Debug, sqlx::FromRow)]
struct Line {
    id: Uuid,
    reference: String,
    title: String,
    address: String,
    postcode: String,
    ward: String,
    trade: String,
    provider: String,
    completed_day: Option<Day>,
    selected_day: Day,
    done_day: Option<Day>,
    done_by: String,
    passed: Option<bool>,
    fail_reason: String,
    notes: String,
    started_at: Option<Moment>,
    due_at: Option<Moment>,
    due_day: Option<Day>,
}

async fn lines(pool: &Pool, query: &Query, after: Option<Cursor>, limit: i64) -> Result<Vec<Line>> {
    let done = matches!(query.get("state"), Some("passed" | "failed"));
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(match query.get("state") {
        Some("passed") => " and i.passed",
        Some("failed") => " and not i.passed",
        _ => " and i.done_day is null",
    });
    if let Some(ward) = query.get("ward").filter(|ward| !ward.is_empty()) {
        sql.push(" and r.ward = ").push_bind(ward.to_owned());
    }
    if let Some(text) = query.get("text").filter(|text| !text.trim().is_empty()) {
        sql.push(" and (r.reference = upper(")
            .push_bind(text.trim().to_owned())
            .push(") or lower(r.title || ' ' || p.address || ' ' || p.postcode) like ");
        sql.push_bind(like(text)).push(")");
    }
    if let Some(cursor) = after {
        sql.push(if done { " and (i.done_day, i.id) < (" } else { " and (i.selected_day, i.id) > (" });
        sql.push_bind(cursor.day).push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(if done { " order by i.done_day desc, i.id desc" } else { " order by i.selected_day, i.id" });
    sql.push(" limit ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(pool).await?)
}

/// The list.
pub async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let mut rows = lines(pool, &query, query.get("after").and_then(Cursor::decode), PAGE_ROWS + 1).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let wards = rooftree_homes::public::wards(pool).await?;
    let next = rows.last().filter(|_| more).map(|row| {
        let day = row.done_day.unwrap_or(row.selected_day);
        query.clone().with("after", Cursor { day, id: row.id }.encode()).href()
    });
    let first = query.get("after").map(|_| query.clone().without("after").href());
    let states = [Choice::new("", "Waiting"), Choice::new("passed", "Passed"), Choice::new("failed", "Failed")];
    let wards: Vec<Choice<'_>> = wards.iter().map(|ward| Choice::new(ward.as_str(), ward.as_str())).collect();
    let value = |name: &str| query.get(name).unwrap_or_default();
    let bar = FilterBar::new(&query)
        .field(forms::text(Field::new("text", "Reference or address").value(value("text"))))
        .field(forms::select(Field::new("state", "State").value(value("state")), None, &states))
        .field(forms::select(Field::new("ward", "Ward").value(value("ward")), Some("Any"), &wards))
        .actions(tables::exports(&query));
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("What"),
        Column::new("Home"),
        Column::new("Ward").desk_only(),
        Column::new("Trade").desk_only(),
        Column::new("Provider").desk_only(),
        Column::new("Completed").nowrap(),
        Column::new("Inspection").nowrap(),
    ];
    let table = Table::new("Inspections", columns)
        .caption_hidden()
        .rows(rows.iter().map(|row| line(row, now)).collect())
        .empty(html! { p { "None. The draw picks 13 in a hundred of the repairs that are completed." } });
    let body = html! {
        (shell::heading("Inspections", Some("Aftercare"), None))
        (tabs(&signed.0.actor, "/inspections"))
        (bar.render())
        (table.render())
        (tables::cursor_pages(&format!("{} shown", rows.len()), first.as_deref(), next.as_deref()))
    };
    Ok(pages::show(&headers, super::page(&app, &signed, "Inspections", body)))
}

fn line(row: &Line, now: Moment) -> tables::Row {
    let state = match (row.passed, row.started_at, row.due_at) {
        (Some(passed), ..) => result(passed, row.done_day),
        (None, Some(started), Some(due)) => {
            pills::pill(&pills::Clock::new("Inspection", started, pills::Due::of(due, row.due_day), None, now), now)
        }
        _ => summary::tag(Tone::Info, "Waiting"),
    };
    tables::Row::new(vec![
        html! { (row.reference) },
        html! { (row.title) },
        html! { (row.address) ", " (row.postcode) },
        html! { (row.ward) },
        html! { (DECLARED.trade(&row.trade)) },
        html! { (row.provider) },
        html! { (row.completed_day.map_or_else(String::new, Day::short)) },
        state,
    ])
    .href(format!("/inspections/{}", row.reference))
    .urgent(row.passed.is_none() && row.due_at.is_some_and(|due| due <= now))
}

fn result(passed: bool, day: Option<Day>) -> Markup {
    html! {
        @if passed { (summary::tag(Tone::Success, "Passed")) } @else { (summary::tag(Tone::Danger, "Failed")) }
        @if let Some(day) = day { " " (day.short()) }
    }
}

/// The list as a file.
pub async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let found = lines(app.platform.reads(), &query, None, exports::ROWS_MAX).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let day = |day: Option<Day>| day.map_or(SheetCell::Empty, |day| SheetCell::Text(day.to_string()));
    let rows = found.iter().map(|row| {
        let outcome = match row.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "waiting",
        };
        vec![
            text(&row.reference),
            text(&row.title),
            text(&row.address),
            text(&row.postcode),
            text(&row.ward),
            text(DECLARED.trade(&row.trade)),
            text(&row.provider),
            day(row.completed_day),
            day(Some(row.selected_day)),
            day(row.done_day),
            text(outcome),
            text(failed_words(&row.fail_reason)),
        ]
    });
    let headings = [
        "Repair",
        "What",
        "Address",
        "Postcode",
        "Ward",
        "Trade",
        "Provider",
        "Completed",
        "Picked",
        "Inspected",
        "Result",
        "Why it failed",
    ];
    exports::file(&app, format, "inspections", &headings, rows)
}

fn failed_words(key: &str) -> &str {
    DECLARED.reason("inspection-failed", key).map_or(key, |reason| reason.title.as_str())
}

/// One inspection.
pub async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let body = view(&app, &signed, &reference, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(
        &headers,
        super::page(&app, &signed, format!("Inspection of {reference}"), body).crumb("Inspections", "/inspections"),
    ))
}

async fn view(app: &App, signed: &Signed, reference: &str, form: &Form, errors: &FieldErrors) -> Result<Markup> {
    let pool = app.platform.reads();
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" and r.reference = upper(").push_bind(reference.to_owned()).push(")");
    let line: Option<Line> = sql.build_query_as().fetch_optional(pool).await?;
    let line = line.ok_or(Error::NotFound("the inspection"))?;
    let repair = queries::by_reference(pool, reference, &Scope::default()).await?;
    let parts = queries::parts(pool, repair.id, &Scope::default()).await?;
    let papers =
        documents::of(&app.platform, documents::Owner { case: Some(repair.id.into()), ..Default::default() }).await?;
    let now = app.platform.now();
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(&line.title, Some(&format!("Inspection of {}", line.reference)), Some(html! { (forms::secondary_link("Open the repair", &format!("/repairs/{}", line.reference))) })))
        @if let (None, Some(started), Some(due)) = (line.passed, line.started_at, line.due_at) {
            p { "Due: " (pills::pill(&pills::Clock::new("Inspection", started, pills::Due::of(due, line.due_day), None, now), now)) }
        }
        (summary::columns(
            html! {
                @match line.passed {
                    Some(passed) => (found(&line, passed)),
                    None => (record_form(&signed.0.csrf, &line, form, errors, now.day())),
                }
            },
            html! {
                h2 { "What was done" }
                (summary::list(&[
                    Item::text("Home", format!("{}, {}", line.address, line.postcode)),
                    Item::text("Provider", &line.provider),
                    Item::text("Completed", repair.completed_at.map_or_else(String::new, Moment::long)),
                    Item::text("Note", &repair.completed_note),
                    Item::text("Picked", line.selected_day.short()),
                ]))
                ul { @for line in &parts.lines { li { (line.rate_code) " " (line.title) ", " (line.value_pence.to_string()) } } }
                (pictures(&papers))
                @if line.passed.is_none() { (notice_form(&signed.0.csrf, &line, form, errors)) }
            },
        ))
    })
}

fn found(line: &Line, passed: bool) -> Markup {
    let mut items = vec![Item::new("Result", result(passed, line.done_day)), Item::text("By", &line.done_by)];
    if !passed {
        items.push(Item::text("Why", failed_words(&line.fail_reason)));
    }
    items.push(Item::text("Notes", &line.notes));
    summary::list(&items)
}

fn record_form(csrf: &str, line: &Line, form: &Form, errors: &FieldErrors, today: Day) -> Markup {
    let reasons: Vec<Choice<'_>> = DECLARED
        .reasons("inspection-failed")
        .map(|reason| Choice::new(reason.key.as_str(), reason.title.as_str()))
        .collect();
    let why = forms::radios(Field::new("reason", "Why?").value(form.get("reason")).errors(errors), &reasons);
    let day = if form.get("day").is_empty() { forms::day_value(today) } else { form.get("day").to_owned() };
    forms::upload_form(
        &format!("/inspections/{}", line.reference),
        csrf,
        html! {
            (forms::radios(Field::new("passed", "Is the work good?").value(form.get("passed")).errors(errors), &[
                Choice::new("yes", "It passed"),
                Choice::new("no", "It failed").hint("The provider is called back, unless only the rate lines are wrong").reveal(why),
            ]))
            (forms::date(Field::new("day", "When did you look?").value(day).errors(errors)))
            (forms::textarea(Field::new("notes", "Notes").value(form.lines("notes")).errors(errors).optional(), 4, Some(NOTES_MAX)))
            (forms::upload(Field::new("photo", "Photos").errors(errors).optional(), forms::Upload::Photos, "20 MB each"))
            (forms::buttons(&[forms::submit("Record the inspection"), forms::cancel("/inspections")]))
        },
    )
}

fn notice_form(csrf: &str, line: &Line, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        h2 { "Tell the resident when you come" }
        (forms::form(&format!("/inspections/{}/notice", line.reference), csrf, html! {
            (forms::date(Field::new("visit_day", "Day").value(form.get("visit_day")).errors(errors)))
            (forms::row(&[
                forms::time(Field::new("from", "From").value(form.get("from")).errors(errors).size(Size::Chars5)),
                forms::time(Field::new("until", "Until").value(form.get("until")).errors(errors).size(Size::Chars5)),
            ]))
            (forms::secondary("Send the notice", None))
        }))
    }
}

async fn again(app: &App, signed: &Signed, reference: &str, form: &Form, error: Error) -> PageResult {
    let (status, errors) = explained(error)?;
    let body = view(app, signed, reference, form, &errors).await?;
    let page = super::page(app, signed, format!("Inspection of {reference}"), body)
        .crumb("Inspections", "/inspections")
        .has_errors(true);
    Ok((status, page.render()).into_response())
}

/// Records what was found.
pub async fn record(
    State(app): State<App>,
    signed: Signed,
    Path(reference): Path<String>,
    upload: UploadForm,
) -> PageResult {
    let photos = evidence(&app, &upload, "photo", "Inspection").await;
    let form = &upload.form;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let passed = match form.get("passed") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let day = form.day("day", &mut errors);
        errors.into_result(())?;
        let finding = Finding {
            passed,
            reason: form.get("reason").to_owned(),
            notes: form.lines("notes").to_owned(),
            day,
            photos: photos?,
        };
        inspections::record(&mut ctx, &reference, finding).await
    }
    .await;
    match outcome {
        Ok(recall) => {
            ctx.commit().await?;
            let said = match recall {
                Some(recall) => format!("Recorded. The provider is called back as {recall}."),
                None => "The inspection is recorded.".to_owned(),
            };
            Ok(pages::done("/inspections", &said))
        }
        Err(error) => {
            drop(ctx);
            again(&app, &signed, &reference, form, error).await
        }
    }
}

/// Tells the resident when somebody comes.
pub async fn notice(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let day = form.day("visit_day", &mut errors);
        errors.into_result(())?;
        let day = day.ok_or_else(|| Error::field("visit_day", "enter a date, like 18/12/2026"))?;
        inspections::give_notice(&mut ctx, &reference, day, form.get("from"), form.get("until")).await
    }
    .await;
    match outcome {
        Ok(told) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/inspections/{reference}"), told.words()))
        }
        Err(error) => {
            drop(ctx);
            again(&app, &signed, &reference, &form, error).await
        }
    }
}
