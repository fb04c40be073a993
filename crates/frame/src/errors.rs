//! Errors as pages. A handler returns [`PageResult`]; the guard, which knows the session, turns the error into a page.

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use rooftree_platform::Error;
use std::sync::Arc;

/// What page handlers return.
pub type PageResult<T = Response> = Result<T, PageError>;

/// A platform error on its way to becoming a page.
#[derive(Debug)]
pub struct PageError(pub Error);

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Left in the response's extensions for the guard, and for tests, which print what went wrong on our side.
#[derive(Clone)]
pub struct Shown(pub Arc<Error>);

/// The HTTP status of an error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::Outdated => StatusCode::PRECONDITION_FAILED,
        Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        error if error.is_away() => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Logs what is ours to mend; refusals are not errors of ours.
pub fn log(error: &Error) {
    if matches!(error, Error::Database(_) | Error::Internal(_)) {
        tracing::error!(error = error.cause(), "a request failed");
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        log(&self.0);
        let mut response = (status(&self.0), self.0.to_string()).into_response();
        if let Error::TooMany(seconds) = &self.0
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        response.extensions_mut().insert(Shown(Arc::new(self.0)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_unavailable() {
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(status(&Error::Database(reset.into())), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(&Error::Database(sqlx::Error::RowNotFound)), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
