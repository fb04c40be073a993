//! What a request asks for beyond its path.

use axum::{extract::FromRequestParts, http::request::Parts};
use rooftree_ui::Query;
use std::convert::Infallible;

/// The request's own address with its parameters: filters are read from it, and links that keep them are made from it.
#[derive(Clone, Debug)]
pub struct Asked(pub Query);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Query::parse(parts.uri.path(), parts.uri.query().unwrap_or_default())))
    }
}
