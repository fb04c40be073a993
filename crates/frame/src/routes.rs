//! Routes carry their permission and their row scope, so that the role × route matrix can be printed and proved.

use crate::App;
use axum::{
    extract::Request,
    handler::Handler,
    http::Method,
    response::Response,
    routing::{self, MethodFilter, MethodRouter},
};
use rooftree_kernel::Permission;
use std::{pin::Pin, sync::Arc};

/// Who may call a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: sign-in, health, published figures.
    Public,
    /// Anybody who is signed in; the handler shows only what is theirs.
    SignedIn,
    /// Those whose role grants it.
    Needs(Permission),
    /// Those whose role grants both: taking a list out as a file needs seeing the list and taking files out.
    NeedsBoth(Permission, Permission),
}

impl Access {
    /// The permissions asked for.
    pub fn permissions(&self) -> Vec<&Permission> {
        match self {
            Self::Public | Self::SignedIn => Vec::new(),
            Self::Needs(one) => vec![one],
            Self::NeedsBoth(one, other) => vec![one, other],
        }
    }

    /// The first permission that the actor lacks.
    pub fn lacking(&self, actor: &rooftree_kernel::Actor) -> Option<Permission> {
        self.permissions().into_iter().find(|permission| !actor.may(permission)).cloned()
    }
}

/// One method on one path.
#[derive(Clone)]
pub struct Route {
    /// GET, POST …
    pub method: Method,
    /// The path as axum writes it: `/repairs/{reference}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whose rows it shows, in words: `provider: own orders`, `everybody the same`. Only a route that is open to anybody may leave it empty.
    pub scope: &'static str,
    /// True when the body is a multipart upload: the handler's [`crate::UploadForm`] checks the form token.
    pub upload: bool,
    /// What answers.
    pub handler: MethodRouter<App>,
}

impl Route {
    /// States the row scope in words.
    pub fn scope(mut self, words: &'static str) -> Self {
        self.scope = words;
        self
    }
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::Needs(permission)
    }
}

/// A handler from which nothing generic is left: what it asks of a request (path, form, session) is read inside. axum's machinery for
/// handlers is then compiled once, and not for each of hundreds.
#[derive(Clone)]
struct Answers(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

/// What axum itself makes of an asynchronous function: boxed already, so nothing is boxed twice.
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Handler<(), App> for Answers {
    type Future = Answering;
    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// An asynchronous function that axum can call with what it extracts from a request (`T`).
pub trait Handles<T>: Handler<T, App, Future = Answering> {}

impl<T, H: Handler<T, App, Future = Answering>> Handles<T> for H {}

fn answers<T: 'static>(handler: impl Handles<T>) -> Answers {
    Answers(Arc::new(move |request, app| handler.clone().call(request, app)))
}

fn route(filter: MethodFilter, method: Method, path: &'static str, access: Access, handler: Answers) -> Route {
    Route { method, path, access, scope: "", upload: false, handler: routing::on(filter, handler) }
}

/// A page or a JSON read.
pub fn get<T: 'static>(path: &'static str, access: impl Into<Access>, handler: impl Handles<T>) -> Route {
    route(MethodFilter::GET, Method::GET, path, access.into(), answers(handler))
}

/// A form's or the API's write.
pub fn post<T: 'static>(path: &'static str, access: impl Into<Access>, handler: impl Handles<T>) -> Route {
    route(MethodFilter::POST, Method::POST, path, access.into(), answers(handler))
}

/// A form with files.
pub fn upload<T: 'static>(path: &'static str, access: impl Into<Access>, handler: impl Handles<T>) -> Route {
    Route { upload: true, ..post(path, access, handler) }
}

/// An API replacement.
pub fn put<T: 'static>(path: &'static str, access: impl Into<Access>, handler: impl Handles<T>) -> Route {
    route(MethodFilter::PUT, Method::PUT, path, access.into(), answers(handler))
}

/// An API removal.
pub fn delete<T: 'static>(path: &'static str, access: impl Into<Access>, handler: impl Handles<T>) -> Route {
    route(MethodFilter::DELETE, Method::DELETE, path, access.into(), answers(handler))
}
