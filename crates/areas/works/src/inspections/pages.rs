//! One inspection: what was done, what was found, when somebody comes to look.

use super::{
    checklist::{Check, FOUND},
    commands::{self, Finding, NOTES_MAX},
    list::{Line, failed_words, one, page, result},
};
use crate::{
    cases, orders,
    words::{pictures, reasons},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Form, PageResult, Signed, UploadForm,
    forms::{explained, store_files},
    pages,
};
use rooftree_kernel::{CaseId, Day, FieldErrors, Moment, Scope};
use rooftree_platform::{Error, Result, documents};
use rooftree_ui::{
    clocks as pills,
    forms::{self, Choice, Field, Size},
    shell,
    summary::{self, Item},
};

/// Photos that one form may carry.
const PHOTOS_MAX: usize = 12;

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
        page(&app, &signed, format!("Inspection of {reference}"), body).crumb("Inspections", "/inspections"),
    ))
}

async fn view(app: &App, signed: &Signed, reference: &str, form: &Form, errors: &FieldErrors) -> Result<Markup> {
    let line = one(app, reference).await?;
    let source = cases::of(app.platform.registry(), &line.reference)?;
    let (case, checks, names) = (CaseId(line.case_id), &source.checklist().check, source.names());
    let work = orders::of_case::orders(app.platform.reads(), case, &Scope::default()).await?;
    let papers = documents::of(&app.platform, documents::Owner { case: Some(case), ..Default::default() }).await?;
    let now = app.platform.now();
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(&line.title, Some(&format!("Inspection of {}", line.reference)), Some(html! { (forms::secondary_link(&format!("Open the {}", names.one), &format!("{}/{}", names.path, line.reference))) })))
        @if let (None, Some(started), Some(due)) = (line.passed, line.started_at, line.due_at) {
            p { "Due: " (pills::pill(&pills::Clock::new("Inspection", started, pills::Due::of(due, line.due_day), None, now), now)) }
        }
        (summary::columns(
            html! {
                @match line.passed {
                    Some(passed) => (found(checks, &line, passed)),
                    None => (record_form(&signed.0.csrf, checks, &line, form, errors, now.day())),
                }
            },
            html! {
                h2 { "What was done" }
                (summary::list(&[
                    Item::text("Home", format!("{}, {}", line.address, line.postcode)),
                    Item::text("Provider", &line.provider),
                    Item::text("Completed", line.finished_at.map_or_else(String::new, Moment::long)),
                    Item::text("Note", &line.summary),
                    Item::text("Picked", line.selected_day.short()),
                ]))
                ul { @for line in &work.lines { li { (line.rate_code) " " (line.title) ", " (line.value_pence.to_string()) } } }
                (pictures(&papers))
                @if line.passed.is_none() { (notice_form(&signed.0.csrf, &line, form, errors)) }
            },
        ))
    })
}

fn found(checks: &[Check], line: &Line, passed: bool) -> Markup {
    let mut items = vec![Item::new("Result", result(passed, line.done_day)), Item::text("By", &line.done_by)];
    if !passed {
        items.push(Item::text("Why", failed_words(&line.fail_reason)));
    }
    for check in checks {
        let found = line.checks.get(&check.key).and_then(|found| found.as_str());
        if let Some((_, words)) = found.and_then(|found| FOUND.iter().find(|(key, _)| *key == found)) {
            items.push(Item::text(check.ask.as_str(), *words));
        }
    }
    items.push(Item::text("Notes", &line.notes));
    summary::list(&items)
}

fn record_form(csrf: &str, checks: &[Check], line: &Line, form: &Form, errors: &FieldErrors, today: Day) -> Markup {
    let found: Vec<Choice<'_>> = FOUND.iter().map(|(key, words)| Choice::new(*key, *words)).collect();
    let why = forms::radios(
        Field::new("reason", "Why?").value(form.get("reason")).errors(errors),
        &reasons("inspection-failed"),
    );
    let day = if form.get("day").is_empty() { forms::day_value(today) } else { form.get("day").to_owned() };
    forms::upload_form(
        &format!("/inspections/{}", line.reference),
        csrf,
        html! {
            (forms::radios(Field::new("passed", "Is the work good?").value(form.get("passed")).errors(errors), &[
                Choice::new("yes", "It passed"),
                Choice::new("no", "It failed").hint("The provider is called back, unless only the rate lines are wrong").reveal(why),
            ]))
            @for check in checks {
                @let name = format!("check-{}", check.key);
                (forms::radios(Field::new(&name, check.ask.as_str()).value(form.get(&name)).errors(errors).optional().inline(), &found))
            }
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
    let page = page(app, signed, format!("Inspection of {reference}"), body)
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
    let photos = store_files(&app, &upload, "photo", PHOTOS_MAX, |file| {
        Ok((format!("Inspection {}.jpg", file.number), if file.photo { "photo" } else { "other" }))
    })
    .await;
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
        let checklist = cases::of(app.platform.registry(), &reference)?.checklist();
        let finding = Finding {
            passed,
            checks: checklist.found(|field| form.get(field)),
            reason: form.get("reason").to_owned(),
            notes: form.lines("notes").to_owned(),
            day,
            photos: photos?,
        };
        commands::record(&mut ctx, &reference, finding).await
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
        commands::give_notice(&mut ctx, &reference, day, form.get("from"), form.get("until")).await
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
