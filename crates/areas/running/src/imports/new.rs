//! Bringing a file in.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Form, PageResult, Signed, UploadForm,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    imports::{ImportTarget, batches, engine},
    ports::SheetCell,
    signin::sessions::Session,
};
use rooftree_ui::{
    forms::{self, Choice, Field, Upload},
    shell, summary,
};
use std::sync::Arc;

/// The form.
pub async fn show(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let body = body(&app, &session, &Form::default(), &FieldErrors::default()).await?;
    let page = pages::page(&app, &session, "/imports", "Import a file", body).crumb("Imports", "/imports");
    Ok(pages::show(&headers, page))
}

/// A file comes in: its rows are staged and the columns are to be confirmed.
pub async fn bring(State(app): State<App>, Signed(session): Signed, upload: UploadForm) -> PageResult {
    let form = &upload.form;
    let mut errors = FieldErrors::default();
    let keys: Vec<&str> = targets(&app, &session).iter().map(|target| target.key()).collect();
    let target = form.choice("target", &keys, "choose what the file holds", &mut errors);
    form.text("source", "name the system the file comes from, such as Capita", 60, &mut errors);
    let file = upload.files.first();
    if file.is_none() {
        errors.add("file", "choose a CSV or Excel file");
    }
    if let (Some(file), true) = (file, errors.is_empty()) {
        match engine::stage(&app.platform, &session.actor, &target, form.get("source"), &file.name, file.bytes.to_vec())
            .await
        {
            Ok(id) => {
                return Ok(pages::done(
                    &format!("/imports/{id}/columns"),
                    "The file is in. Nothing is written to your records yet.",
                ));
            }
            Err(Error::Invalid(found)) => errors = found,
            Err(error) => return Err(error.into()),
        }
    }
    refused(&app, &session, form, &errors).await
}

/// The columns of a target as a file to fill in.
pub async fn template(State(app): State<App>, Signed(_): Signed, Path(key): Path<String>) -> PageResult<Response> {
    let target = engine::target(&app.platform, key.trim_end_matches(".csv"))?;
    let headings: Vec<&str> = target.columns().iter().map(|column| column.title).collect();
    let example = target.columns().iter().map(|column| SheetCell::Text(column.example.to_owned())).collect();
    exports::file(&app, Format::Csv, &format!("{}-template", target.key()), &headings, [example])
}

/// What this user may import.
fn targets(app: &App, session: &Session) -> Vec<Arc<dyn ImportTarget>> {
    let all = app.platform.registry().imports.values();
    all.filter(|target| session.actor.may(&target.permission())).cloned().collect()
}

async fn refused(app: &App, session: &Session, form: &Form, errors: &FieldErrors) -> PageResult<Response> {
    let body = body(app, session, form, errors).await?;
    let page =
        pages::page(app, session, "/imports", "Import a file", body).crumb("Imports", "/imports").has_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
}

async fn body(app: &App, session: &Session, form: &Form, errors: &FieldErrors) -> Result<Markup, Error> {
    let targets = targets(app, session);
    let choices: Vec<Choice<'_>> = targets.iter().map(|target| Choice::new(target.key(), target.title())).collect();
    let chosen = match targets.as_slice() {
        // Whoever may import one kind alone need not choose it.
        [only] => only.key(),
        _ => form.get("target"),
    };
    let sources = batches::sources(&app.platform).await?;
    let limit = format!("{} MB, 500,000 rows", app.platform.config().upload_bytes_max / (1024 * 1024));
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading("Import a file", None, None))
        (forms::upload_form("/imports/new", &session.csrf, html! {
            (forms::radios(Field::new("target", "What does the file hold?").value(chosen).errors(errors), &choices))
            (forms::text(Field::new("source", "Which system does it come from?").value(form.get("source")).errors(errors).list("sources")
                .hint("The columns you choose are remembered for the next file of this system")))
            (forms::datalist("sources", sources.iter().map(String::as_str)))
            (forms::upload(Field::new("file", "The file").errors(errors).hint("CSV or Excel; the names of the columns in the first row"), Upload::Sheet, &limit))
            (forms::submit("Continue"))
        }))
        (summary::details("Which columns can be imported?", html! {
            @for target in &targets {
                h3 { (target.title()) }
                p { a href={ "/imports/template/" (target.key()) ".csv" } { "Template with an example row" } }
                ul.govuk-list.govuk-list--bullet {
                    @for column in target.columns() {
                        li { (column.title) @if column.required { " (needed)" } ", like " (column.example) }
                    }
                }
            }
        }))
    })
}
