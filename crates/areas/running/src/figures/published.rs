//! Taking in the figures that the regulator publishes of all landlords, so that a figure's page shows where the landlord stands.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, PageResult, Signed, UploadForm, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Error, figures::external};
use rooftree_ui::{
    Page,
    forms::{self, Field},
    shell,
};

/// `GET /figures/published`: the form.
pub async fn form(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    Ok(pages::show(&headers, page(&app, &signed, &FieldErrors::default())))
}

/// `POST /figures/published`: reads the file; figures that are there already are replaced.
pub async fn take(State(app): State<App>, signed: Signed, upload: UploadForm) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let taken = match upload.files.first() {
        Some(file) => external::import(&mut ctx, &file.bytes).await,
        None => Err(Error::field("file", "choose the regulator's file")),
    };
    match taken {
        Ok(loaded) => {
            ctx.commit().await?;
            let (taken, without) = (loaded.figures.len(), loaded.left_out());
            Ok(pages::done("/figures", &format!("{taken} figures are taken in; {without} rows hold no figure.")))
        }
        Err(Error::Invalid(errors)) => {
            let page = page(&app, &signed, &errors).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

fn page(app: &App, signed: &Signed, errors: &FieldErrors) -> Page {
    pages::page(app, &signed.0, "/figures", "Published figures", view(&signed.0.csrf, errors))
        .crumb("Figures", "/figures")
}

fn view(csrf: &str, errors: &FieldErrors) -> Markup {
    html! {
        (forms::error_summary(errors))
        (shell::heading("Published figures of other landlords", None, None))
        p { "The Regulator of Social Housing publishes the tenant satisfaction measures of every landlord. Take them in here, and the pages of those measures show where you stand among the quartiles of your peers." }
        (forms::upload_form("/figures/published", csrf, html! {
            (forms::upload(Field::new("file", "The regulator's management information, as CSV").hint("One row for each landlord and measure, with numerator and denominator").errors(errors), forms::Upload::Sheet, "20 MB"))
            (forms::buttons(&[forms::submit("Take them in"), forms::cancel("/figures")]))
        }))
    }
}
