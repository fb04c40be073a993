//! What somebody typed while their session ended is kept for them: they sign in again, and it is there. Only for whoever had the session,
//! for a day, and only where the form carried that session's own token, so that no other site can leave words here.

use crate::{
    App, Form, PageResult, UploadForm,
    guard::{self, FORM_BYTES_MAX},
    pages,
};
use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use rooftree_kernel::text;
use rooftree_platform::{
    Error, Result, boxed,
    signin::{
        form_token, kept_forms,
        sessions::{self, Session},
    },
};
use rooftree_ui::{
    Page,
    forms::{self, CSRF_FIELD, SHOWING_FIELD},
    html, shell,
    summary::Tone,
};
use uuid::Uuid;

/// A form that comes back carries this, so that it is shown before anything is done.
const BACK_FIELD: &str = "_back";

/// Whether this form was kept over a sign-in and is to be looked at before it is sent again.
pub(crate) fn comes_back(form: &Form) -> bool {
    form.ticked(BACK_FIELD)
}

/// The page with its form filled in again.
pub(crate) fn welcome(page: Page) -> Page {
    page.flash(Tone::Success, "You are signed in again, and what you typed is here. Send it when it is right.")
}

/// Keeps the form of a request whose session has ended, and leads to the sign-in and from there back to it. Scripts that send forms
/// themselves keep what they send.
pub(crate) async fn keep(app: &App, request: Request, upload: bool) -> Response {
    match kept(app, request, upload).await {
        Ok(Some(id)) => {
            let to = Redirect::to(&format!("/sign-in?next=%2Fkept%2F{id}")).into_response();
            pages::flash(to, "warning", "You were signed out. Sign in again: what you typed is kept.")
        }
        Ok(None) => Redirect::to("/sign-in").into_response(),
        Err(error) => {
            crate::errors::log(&error);
            Redirect::to("/sign-in").into_response()
        }
    }
}

async fn kept(app: &App, request: Request, upload: bool) -> Result<Option<Uuid>> {
    if request.headers().contains_key("x-csrf-token") {
        return Ok(None);
    }
    let Some(token) = guard::cookie(request.headers(), sessions::COOKIE) else { return Ok(None) };
    let Some(ended) = sessions::ended(&app.platform, token).await? else { return Ok(None) };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (pairs, files) = if upload { fields_of_upload(app, request).await? } else { (fields(request).await, false) };
    let sent = pairs.iter().find(|(name, _)| name == CSRF_FIELD).map_or("", |(_, value)| value.as_str());
    if !form_token::same(sent, &form_token::masked(&ended.csrf)) {
        return Ok(None);
    }
    let typed = pairs.into_iter().filter(|(name, _)| name != CSRF_FIELD && name != SHOWING_FIELD).collect();
    let form = kept_forms::Kept { path, fields: typed, upload, files };
    Ok(Some(kept_forms::keep(&app.platform, ended.user, &form).await?))
}

async fn fields(request: Request) -> Vec<(String, String)> {
    let bytes = to_bytes(request.into_body(), FORM_BYTES_MAX).await.unwrap_or_default();
    serde_urlencoded::from_bytes(&bytes).unwrap_or_default()
}

/// The fields of a form with files, and whether files came: they are not kept, because nobody is signed in whom they would belong to.
async fn fields_of_upload(app: &App, request: Request) -> Result<(Vec<(String, String)>, bool)> {
    let read = UploadForm::read(request, app, None).await.map_err(|error| error.0)?;
    Ok((read.form.fields().to_vec(), !read.files.is_empty()))
}

/// The way back to a form that was kept. Its button opens the form's own page, filled in.
#[boxed]
pub async fn page(app: &App, session: &Session, headers: &HeaderMap, id: Uuid) -> PageResult {
    let user = session.actor.user.ok_or(Error::NotFound("the form"))?;
    let form = kept_forms::find(&app.platform, user, id).await?.ok_or(Error::NotFound("the form"))?;
    let inner = html! {
        (forms::hidden(BACK_FIELD, "yes"))
        @for (name, value) in &form.fields {
            @if name != BACK_FIELD { (forms::hidden(name, &value.replace(text::is_hidden, ""))) }
        }
        (forms::buttons(&[forms::submit("Go on with what you typed"), forms::cancel("/")]))
    };
    let body = html! {
        (shell::heading("What you typed is here", None, None))
        p { "Your session had ended when you sent it, so nothing was done yet." }
        @if form.files { p { "Photos and documents were not kept: choose them again." } }
        @if form.upload { (forms::upload_form(&form.path, &session.csrf, inner)) }
        @else { (forms::form(&form.path, &session.csrf, inner)) }
    };
    let mut response = pages::show(headers, pages::page(app, session, "", "What you typed is here", body));
    response.headers_mut().insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}
