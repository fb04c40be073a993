//! A visit that came back on paper, recorded by a planner or a provider's manager.

use super::{
    commands::{self, NoAccess, Paper, Recorded},
    ending, forms as read, queries,
};
use crate::{cases, ids::AppointmentId, words::reasons};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, UploadForm, forms::explained, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Error, Result, once};
use rooftree_ui::{
    forms::{self, Choice, Field, Size},
    shell,
};

/// The form.
pub async fn page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    let visit = queries::show(&app.platform, id, &signed.0.actor.scope).await?;
    let body = view(&app, &signed.0.csrf, &visit, &Form::default(), &FieldErrors::default());
    Ok(pages::show(&headers, shell_page(&app, &signed, &visit, body)))
}

fn shell_page(app: &App, signed: &Signed, visit: &queries::Shown, body: Markup) -> rooftree_ui::Page {
    let names = cases::names(app.platform.registry(), &visit.reference);
    pages::page(app, &signed.0, names.path, format!("Paper return of {}", visit.reference), body)
        .crumb(names.many, names.path)
        .crumb(visit.reference.clone(), format!("{}/{}", names.path, visit.reference))
}

/// Records it.
pub async fn record(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let form = &upload.form;
    let files = read::photos(&app, &upload, "photo", "From the paper return").await;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome: Result<Recorded> = async {
        let paper = Paper {
            arrived_at: read::day_and_time(form.get("arrived_at")),
            finished_at: read::day_and_time(form.get("finished_at")),
            late_reason: form.get("late_reason").to_owned(),
        };
        if !once::first_time(&mut ctx, form.get(once::FIELD)).await? {
            return Ok(Recorded::Before);
        }
        match form.get("outcome") {
            "completed" => {
                let mut errors = FieldErrors::default();
                let mut work = read::work(form, &mut errors);
                errors.into_result(())?;
                work.photos = files?;
                ending::complete_by_office(&mut ctx, id, work, &paper).await
            }
            "no-access" => {
                let input = NoAccess {
                    reason: form.get("reason").to_owned(),
                    note: form.lines("note").to_owned(),
                    photos: files?,
                    no_photo: String::new(),
                };
                commands::no_access_by_office(&mut ctx, id, input, &paper).await
            }
            _ => Err(Error::field("outcome", "choose how the visit ended")),
        }
    }
    .await;
    let (status, errors) = match outcome {
        Ok(recorded) => {
            ctx.commit().await?;
            let visit = queries::show(&app.platform, id, &signed.0.actor.scope).await?;
            let said = recorded.words("The visit is recorded.");
            return Ok(pages::done(&cases::href(app.platform.registry(), &visit.reference), &said));
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    let visit = queries::show(&app.platform, id, &signed.0.actor.scope).await?;
    let body = view(&app, &signed.0.csrf, &visit, form, &errors);
    Ok((status, shell_page(&app, &signed, &visit, body).has_errors(true).render()).into_response())
}

fn view(app: &App, csrf: &str, visit: &queries::Shown, form: &Form, errors: &FieldErrors) -> Markup {
    let moment = |name: &'static str, label: &'static str| {
        forms::text(
            Field::new(name, label)
                .hint("Day and time, like 08/12/2026 10:15")
                .value(form.get(name))
                .errors(errors)
                .size(Size::Chars20),
        )
    };
    let why = forms::radios(
        Field::new("reason", "What happened").value(form.get("reason")).errors(errors),
        &reasons("no-access"),
    );
    html! {
        (forms::error_summary(errors))
        (shell::heading(&format!("Paper return of {}", visit.reference), Some(&visit.title), None))
        p { (visit.address) ", " (visit.postcode) ". " (visit.operative_name) ", " (visit.day.short()) ", the resident was told "
            (visit.window_starts_at.time()) " to " (visit.window_ends_at.time()) ". " (visit.state.words()) "." }
        (forms::upload_form(&format!("/visits/{}/return", visit.id), csrf, html! {
            (forms::hidden(once::FIELD, &once::name()))
            (forms::radios(Field::new("outcome", "How did the visit end?").value(form.get("outcome")).errors(errors), &[
                Choice::new("completed", "The work is done"),
                Choice::new("no-access", "No access").reveal(why),
            ]))
            (forms::row(&[moment("arrived_at", "Arrived"), moment("finished_at", "Left")]))
            (forms::select(Field::new("late_reason", "Why late, if they were").value(form.get("late_reason")).errors(errors).optional(), Some("Not late, or simply late"), &reasons("appointment-missed")))
            (forms::textarea(Field::new("note", "What the paper says").value(form.lines("note")).errors(errors), 3, Some(2000)))
            (forms::upload(Field::new("photo", "Photos").errors(errors).optional(), forms::Upload::Photos, "20 MB each"))
            (forms::buttons(&[forms::submit("Record the visit"), forms::cancel(&cases::href(app.platform.registry(), &visit.reference))]))
        }))
    }
}
