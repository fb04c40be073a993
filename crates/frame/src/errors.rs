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

/// The database did not answer, or broke off: it is starting again, or has too much to do. The same request may well succeed in a minute.
pub(crate) fn is_away(cause: &sqlx::Error) -> bool {
    use sqlx::Error::{BeginFailed, Database, Io, PoolClosed, PoolTimedOut, WorkerCrashed};
    match cause {
        PoolTimedOut | PoolClosed | Io(_) | BeginFailed | WorkerCrashed => true,
        Database(detail) => detail.code().is_some_and(|code| is_broken_off(&code)),
        _ => false,
    }
}

/// PostgreSQL's words for it: a connection that broke (class 08), a server that is being shut down, has crashed, does not take connections
/// yet or closes one that was idle (57P01 to 57P05 but for 57P04, a dropped database), and one that has no more to give (53300).
fn is_broken_off(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "53300")
}

/// The HTTP status of an error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::Outdated => StatusCode::PRECONDITION_FAILED,
        Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::Database(cause) if is_away(cause) => StatusCode::SERVICE_UNAVAILABLE,
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
    fn a_database_that_breaks_off_is_away_and_one_that_refuses_is_not() {
        for code in ["57P01", "57P02", "57P03", "08006", "53300"] {
            assert!(is_broken_off(code), "{code}");
        }
        for code in ["23505", "40001", "57014", "57P04", "42P01", ""] {
            assert!(!is_broken_off(code), "{code}");
        }
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(status(&Error::Database(reset.into())), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(&Error::Database(sqlx::Error::RowNotFound)), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
