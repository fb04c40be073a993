//! Routes carry their permission and their row scope, so that the role × route matrix can be printed and proved.

use crate::App;
use axum::{
    handler::Handler,
    http::Method,
    routing::{self, MethodRouter},
};
use rooftree_kernel::Permission;

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

fn route(method: Method, path: &'static str, access: Access, handler: MethodRouter<App>) -> Route {
    Route { method, path, access, scope: "", upload: false, handler }
}

/// A page or a JSON read.
pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, access: impl Into<Access>, handler: H) -> Route {
    route(Method::GET, path, access.into(), routing::get(handler))
}

/// A form's or the API's write.
pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, access: impl Into<Access>, handler: H) -> Route {
    route(Method::POST, path, access.into(), routing::post(handler))
}

/// A form with files.
pub fn upload<H: Handler<T, App>, T: 'static>(path: &'static str, access: impl Into<Access>, handler: H) -> Route {
    Route { upload: true, ..post(path, access, handler) }
}

/// An API replacement.
pub fn put<H: Handler<T, App>, T: 'static>(path: &'static str, access: impl Into<Access>, handler: H) -> Route {
    route(Method::PUT, path, access.into(), routing::put(handler))
}

/// An API removal.
pub fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, access: impl Into<Access>, handler: H) -> Route {
    route(Method::DELETE, path, access.into(), routing::delete(handler))
}
