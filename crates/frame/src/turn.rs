//! One round trip of a form: what was typed is read, the command is performed in a unit of work, and the browser is led on; or the page
//! comes again with what was typed, with what is wrong (422), with why it could not be done (409), or, where somebody else saved
//! meanwhile, with both versions side by side. No handler looks into an [`Error`] for that.

use crate::{App, Form, PageError, PageResult, Signed, UploadForm, forms::explained, guard::Caller, kept, pages};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Ctx, Error, Result, boxed,
    journal::read::{About, timeline},
    signin::sessions::Session,
};
use rooftree_ui::{Markup, Page, pages::Clash};
use std::sync::Arc;

/// A form that arrived, with all that its answer needs. `F` is [`Form`], or [`UploadForm`] where files come with it.
pub struct Turn<F = Form> {
    /// The product.
    pub app: App,
    /// Who sent it.
    pub session: Arc<Session>,
    /// The request's headers, which hold the notice of the action before.
    pub headers: HeaderMap,
    /// What was typed.
    pub form: F,
}

impl FromRequest<App> for Turn {
    type Rejection = PageError;
    async fn from_request(request: Request, app: &App) -> PageResult<Self> {
        Self::receive(request, app).await
    }
}

impl Turn {
    #[boxed]
    async fn receive(request: Request, app: &App) -> PageResult<Self> {
        let (mut parts, body) = request.into_parts();
        let Signed(session) = Signed::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let form = Form::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { app: app.clone(), session, headers, form })
    }
}

impl FromRequest<App> for Turn<UploadForm> {
    type Rejection = Response;
    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        Self::receive(request, app).await
    }
}

impl Turn<UploadForm> {
    #[boxed]
    async fn receive(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Signed(session) = Signed::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        let form = UploadForm::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { app: app.clone(), session, headers, form })
    }
}

/// What was typed, whether or not files came with it.
pub trait Typed {
    /// The fields.
    fn typed(&self) -> &Form;
}

impl Typed for Form {
    fn typed(&self) -> &Form {
        self
    }
}

impl Typed for UploadForm {
    fn typed(&self) -> &Form {
        &self.form
    }
}

/// What a command that succeeded comes to.
pub struct Done(Answer);

enum Answer {
    /// Somewhere else, with words for the page there.
    Led { to: String, said: String },
    /// Shown once, not to be opened again: a secret, or what may be read once.
    Shown(Box<Page>),
}

impl Done {
    /// To this address, with these words for the page there. They hold no personal data: they travel in a cookie.
    pub fn at(to: impl Into<String>, said: impl Into<String>) -> Self {
        Self(Answer::Led { to: to.into(), said: said.into() })
    }

    /// A page that is the answer itself and has no address of its own.
    pub fn shown(page: Page) -> Self {
        Self(Answer::Shown(Box::new(page)))
    }
}

/// A record whose form was sent after somebody else had saved theirs.
pub struct Overtaken {
    /// `this place`.
    pub what: &'static str,
    /// Whose journal names the other change.
    pub about: About,
    /// The fact of a change.
    pub fact: &'static str,
    /// Where the two differ.
    pub clashes: Vec<Clash>,
    /// The page, which has its title and where it belongs, and gets its body here.
    pub page: Page,
    /// What was typed, ready to be sent again over the version that is stored now.
    pub again: Markup,
}

impl<F: Typed + Sync> Turn<F> {
    /// Who sent it, for functions that serve pages and the API alike.
    pub fn caller(&self) -> Caller {
        Caller { actor: self.session.actor.clone(), session: Some(self.session.clone()) }
    }

    /// The token for forms of the answer.
    pub fn csrf(&self) -> &str {
        &self.session.csrf
    }

    /// Performs the command with what was read, in one unit of work, and leads on; where something is wrong, shows the page `again`.
    pub async fn take<T>(
        &self,
        input: Result<T, FieldErrors>,
        act: impl AsyncFnOnce(&mut Ctx, T) -> Result<Done>,
        again: impl AsyncFnOnce(&FieldErrors) -> PageResult<Page>,
    ) -> PageResult {
        match self.attempt(input, act).await {
            Ok(Some(done)) => Ok(self.led(done)),
            Ok(None) => Ok(self.show(StatusCode::OK, again(&FieldErrors::default()).await?)),
            Err(error) => self.refused(error, again).await,
        }
    }

    /// The same for a record that others edit too: where somebody else saved meanwhile, `overtaken` says by whom and what differs.
    pub async fn edit<T>(
        &self,
        input: Result<T, FieldErrors>,
        act: impl AsyncFnOnce(&mut Ctx, T) -> Result<Done>,
        again: impl AsyncFnOnce(&FieldErrors) -> PageResult<Page>,
        overtaken: impl AsyncFnOnce() -> PageResult<Overtaken>,
    ) -> PageResult {
        match self.attempt(input, act).await {
            Ok(Some(done)) => Ok(self.led(done)),
            Ok(None) => Ok(self.show(StatusCode::OK, again(&FieldErrors::default()).await?)),
            Err(Error::Conflict(_)) => {
                let page = side_by_side(&self.app, overtaken().await?).await?;
                Ok(self.show(StatusCode::CONFLICT, page))
            }
            Err(error) => self.refused(error, again).await,
        }
    }

    /// The page with what is wrong. What can no longer be shown, because its state has gone on, is answered by the reason alone.
    async fn refused(&self, error: Error, again: impl AsyncFnOnce(&FieldErrors) -> PageResult<Page>) -> PageResult {
        let why = if let Error::Conflict(why) = &error { Some(why.clone()) } else { None };
        let (status, errors) = explained(error)?;
        match (again(&errors).await, why) {
            (Ok(page), _) => Ok(self.show(status, page.has_errors(true))),
            (Err(PageError(Error::NotFound(_))), Some(why)) => Err(Error::Conflict(why).into()),
            (Err(error), _) => Err(error),
        }
    }

    /// What the command came to; `None` for a form that comes back after a sign-in, to be looked at before it is sent again.
    async fn attempt<T>(
        &self,
        input: Result<T, FieldErrors>,
        act: impl AsyncFnOnce(&mut Ctx, T) -> Result<Done>,
    ) -> Result<Option<Done>> {
        if kept::comes_back(self.form.typed()) {
            return Ok(None);
        }
        let input = input?;
        let mut ctx = self.app.platform.begin(&self.session.actor).await?;
        let done = act(&mut ctx, input).await?;
        ctx.commit().await?;
        Ok(Some(done))
    }

    fn led(&self, done: Done) -> Response {
        match done.0 {
            Answer::Led { to, said } => pages::done(&to, &said),
            Answer::Shown(page) => pages::show(&self.headers, *page),
        }
    }

    fn show(&self, status: StatusCode, page: Page) -> Response {
        let page = if kept::comes_back(self.form.typed()) { kept::welcome(page) } else { page };
        (status, pages::show(&self.headers, page)).into_response()
    }
}

/// The page with both versions, and who saved the other.
#[boxed]
async fn side_by_side(app: &App, overtaken: Overtaken) -> Result<Page> {
    let facts = timeline(&app.platform, overtaken.about, None, 20).await?;
    let last = facts.iter().find(|fact| fact.name == overtaken.fact);
    let (who, when) = last.map_or(("Somebody".to_owned(), "a moment ago".to_owned()), |fact| {
        (fact.actor_name.clone(), fact.recorded_at.long())
    });
    let body = rooftree_ui::pages::conflict(overtaken.what, &who, &when, &overtaken.clashes, overtaken.again);
    Ok(Page { body, ..overtaken.page })
}
