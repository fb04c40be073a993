//! Taking in the figures that the regulator publishes of all landlords, so that a figure's page shows where the landlord stands.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, PageResult, Signed, UploadForm, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    figures::external,
    imports::engine::{self, Work},
};
use rooftree_ui::{
    Page,
    forms::{self, Field},
    shell,
};

/// `GET /figures/published`: the form.
pub async fn form(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    Ok(pages::show(&headers, page(&app, &signed, &FieldErrors::default())))
}

/// `POST /figures/published`: reads the file; figures that are there already are replaced. It is an import like any other, and the page of
/// imports has what was refused and the way back.
pub async fn take(State(app): State<App>, signed: Signed, upload: UploadForm) -> PageResult {
    let taken = async {
        let file = upload.files.first().ok_or_else(|| Error::field("file", "choose the regulator's file"))?;
        let (platform, actor) = (&app.platform, &signed.0.actor);
        let id = engine::stage(platform, actor, external::TARGET, SOURCE, &file.name, file.bytes.to_vec()).await?;
        engine::run_now(platform, actor, id, Work::Apply, |_| {}).await
    };
    match taken.await {
        Ok(batch) => {
            let (taken, bad) = (batch.created + batch.updated, batch.bad);
            let same = batch.unchanged;
            let said =
                format!("{taken} figures are taken in; {same} rows hold none or are here already; {bad} were refused.");
            Ok(pages::done(
                if bad > 0 { format!("/imports/{}", batch.id) } else { "/figures".to_owned() }.as_str(),
                &said,
            ))
        }
        Err(Error::Invalid(errors)) => {
            let wrong = errors.0.first().map_or("", |error| error.message.as_str());
            let errors = FieldErrors::one("file", format!("this is not the regulator’s file: {wrong}"));
            let page = page(&app, &signed, &errors).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// The system that the file comes from, as imports name it.
const SOURCE: &str = "Regulator of Social Housing";

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
