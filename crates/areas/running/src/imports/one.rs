//! One import: its columns, its progress, its result.

use super::views;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::html;
use rooftree_frame::{
    App, Asked, Form, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    imports::{
        Column,
        batches::{self, Batch},
        engine::{self, Work},
    },
    ports::SheetCell,
    signin::sessions::Session,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Refused rows shown on one page.
const BAD_ROWS_SHOWN: i64 = 50;
/// Refused rows in the file.
const BAD_ROWS_MAX: i64 = exports::ROWS_MAX;

async fn batch(app: &App, id: &str) -> Result<Batch, Error> {
    let batch = batches::get(&app.platform, id.parse().map_err(|_| Error::NotFound("the import"))?).await?;
    Ok(batch.as_it_stands(app.platform.now()))
}

/// Where it stands, what would happen or happened, and what was refused.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let batch = batch(&app, &id).await?;
    let after = query.get("after").and_then(|number| number.parse().ok()).unwrap_or(0);
    let mut bad = batches::bad_rows(&app.platform, batch.id, after, BAD_ROWS_SHOWN + 1).await?;
    let more = bad.len() as i64 > BAD_ROWS_SHOWN;
    bad.truncate(BAD_ROWS_SHOWN as usize);
    let next = bad.last().filter(|_| more).map(|row| query.clone().with("after", row.number.to_string()).href());
    let faults = batches::faults_by_field(&app.platform, batch.id).await?;
    let target = engine::target(&app.platform, &batch.target)?;
    let body = html! {
        (views::head(&app, &batch))
        (views::state(&batch, false))
        (views::actions(&batch, &session.csrf))
        (views::refused(&batch, target.columns(), &faults, &bad))
        (rooftree_ui::tables::cursor_pages("", (after > 0).then(|| query.without("after").href()).as_deref(), next.as_deref()))
    };
    Ok(pages::show(&headers, page(&app, &session, &batch, body)))
}

fn page(app: &App, session: &Session, batch: &Batch, body: maud::Markup) -> rooftree_ui::Page {
    pages::page(app, session, "/imports", format!("Import of {}", batch.file_name), body).crumb("Imports", "/imports")
}

/// The fragment that the page polls while the import is at work.
pub async fn state(State(app): State<App>, Signed(_): Signed, Path(id): Path<String>) -> PageResult<Response> {
    Ok(views::state(&batch(&app, &id).await?, true).into_response())
}

/// Rows of the file that are shown to recognise its columns by.
const SAMPLES: i64 = 3;

/// What each heading of the file becomes.
pub async fn columns(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    let batch = batch(&app, &id).await?;
    let target = engine::target(&app.platform, &batch.target)?;
    let chosen = batch.mapping.columns.clone();
    let samples = batches::samples(&app.platform, batch.id, SAMPLES).await?;
    let body =
        views::columns(&app, &batch, target.columns(), &chosen, &samples, &session.csrf, &FieldErrors::default());
    Ok(pages::show(&headers, page(&app, &session, &batch, body).crumb("Import", format!("/imports/{id}"))))
}

/// The columns come in; the dry run begins.
pub async fn set_columns(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let batch = batch(&app, &id).await?;
    let target = engine::target(&app.platform, &batch.target)?;
    let (chosen, errors) = chosen(target.columns(), &form);
    let mapped = match errors.into_result(()) {
        Ok(()) => engine::map(&app.platform, &session.actor, batch.id, chosen.clone()).await,
        Err(errors) => Err(Error::Invalid(errors)),
    };
    match mapped {
        Ok(()) => {
            begin(
                &app,
                &session,
                batch.id,
                Work::Check,
                "The dry run has begun. Nothing is written to your records yet.",
            )
            .await
        }
        Err(Error::Invalid(errors)) => {
            let samples = batches::samples(&app.platform, batch.id, SAMPLES).await?;
            let body = views::columns(&app, &batch, target.columns(), &chosen, &samples, &session.csrf, &errors);
            let page = page(&app, &session, &batch, body).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the form says each heading becomes. A column is read from one heading: where two are chosen for it, the second says so.
fn chosen(columns: &[Column], form: &Form) -> (BTreeMap<String, usize>, FieldErrors) {
    let (mut chosen, mut errors) = (BTreeMap::new(), FieldErrors::default());
    for (name, key) in form.fields() {
        let Some(place) = name.strip_prefix("heading-").and_then(|place| place.parse().ok()) else { continue };
        let Some(column) = columns.iter().find(|column| column.key == key) else { continue };
        if chosen.insert(key.clone(), place).is_some() {
            errors.add(
                name.as_str(),
                format!("‘{}’ is chosen for another heading already: one of the two", column.title),
            );
        }
    }
    (chosen, errors)
}

/// A dry run.
pub async fn check(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let id = batch(&app, &id).await?.id;
    begin(&app, &session, id, Work::Check, "The dry run has begun.").await
}

/// The import of the good rows.
pub async fn run(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let id = batch(&app, &id).await?.id;
    begin(&app, &session, id, Work::Apply, "The import has begun.").await
}

/// Taking it back.
pub async fn undo(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let id = batch(&app, &id).await?.id;
    begin(&app, &session, id, Work::Undo, "The import is being taken back.").await
}

async fn begin(app: &App, session: &Session, id: Uuid, work: Work, message: &str) -> PageResult {
    match engine::begin(&app.platform, &session.actor, id, work).await {
        Ok(()) => Ok(pages::done(&format!("/imports/{id}"), message)),
        Err(Error::Invalid(_)) => {
            let response = pages::done(&format!("/imports/{id}/columns"), "");
            Ok(pages::flash(
                response,
                "warning",
                "Choose the columns first: the import needs some that are not chosen yet.",
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// The refused rows as a file with the file's own columns and what is wrong: mend it and import it again.
pub async fn bad_rows(State(app): State<App>, Signed(_): Signed, Path(id): Path<String>) -> PageResult<Response> {
    let batch = batch(&app, &id).await?;
    let target = engine::target(&app.platform, &batch.target)?;
    let bad = batches::bad_rows(&app.platform, batch.id, 0, BAD_ROWS_MAX).await?;
    let mut headings: Vec<&str> = batch.mapping.headings.iter().map(String::as_str).collect();
    headings.extend(["What is wrong", "Row in the file"]);
    let rows: Vec<Vec<SheetCell>> = bad
        .iter()
        .map(|row| {
            let mut cells: Vec<SheetCell> = row.cells.iter().map(|cell| SheetCell::Text(cell.clone())).collect();
            cells.resize(headings.len() - 2, SheetCell::Empty);
            cells.push(SheetCell::Text(views::faults_in_words(target.columns(), &row.faults)));
            cells.push(SheetCell::Number(f64::from(row.number)));
            cells
        })
        .collect();
    let name = batch.file_name.rsplit_once('.').map_or(batch.file_name.as_str(), |(stem, _)| stem);
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    exports::file(&app, Format::Csv, &format!("{plain}-refused"), &headings, rows)
}
