//! What can go wrong in a command or a query, as the person who asked should hear it.

use rooftree_kernel::{FieldErrors, Permission};

/// The result of every command and query.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Nothing was half-written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or this person may not know that there is.
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// The role does not grant this.
    #[error("your role does not include ‘{}’", .0.0)]
    Forbidden(Permission),
    /// The input is wrong; each error names its field and the remedy.
    #[error("{0}")]
    Invalid(#[from] FieldErrors),
    /// Somebody else changed the thing meanwhile, or its state no longer allows this.
    #[error("{0}")]
    Conflict(String),
    /// A program named the state that it had read (`If-Match`), and that is no longer the present one.
    #[error("it has changed since the state that If-Match names: read it again")]
    Outdated,
    /// Asked too often; wait so many seconds.
    #[error("too many tries: wait {0} seconds")]
    TooMany(i64),
    /// The database failed or refused.
    #[error("the database could not do this")]
    Database(#[source] sqlx::Error),
    /// Something else failed; the text is for the log, not for the page.
    #[error("something went wrong")]
    Internal(String),
}

impl Error {
    /// What is behind it, for our own logs and the list of work that failed. No personal data: a database's message may quote a row, so
    /// only its code and what refused are told.
    pub fn cause(&self) -> String {
        match self {
            Self::Database(sqlx::Error::Database(detail)) => format!(
                "database error {} ({})",
                detail.code().unwrap_or_default(),
                detail.constraint().or(detail.table()).unwrap_or("no constraint named")
            ),
            Self::Database(detail) => detail.to_string(),
            Self::Internal(detail) => detail.clone(),
            refusal => refusal.to_string(),
        }
    }

    /// The database did not answer, or broke off: it is starting again, or has too much to do. The same may well succeed in a minute.
    pub fn is_away(&self) -> bool {
        use sqlx::Error::{BeginFailed, Database, Io, PoolClosed, PoolTimedOut, WorkerCrashed};
        match self {
            Self::Database(PoolTimedOut | PoolClosed | Io(_) | BeginFailed | WorkerCrashed) => true,
            Self::Database(Database(detail)) => detail.code().is_some_and(|code| is_broken_off(&code)),
            _ => false,
        }
    }

    /// A refusal that concerns one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// A refusal because the state of the thing does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(message.into())
    }

    /// A refusal of an edit because somebody else saved theirs meanwhile. The form is shown again with what was typed and the new version.
    pub fn overtaken(what: &str) -> Self {
        Self::field(
            "version",
            format!(
                "{}. What you typed is kept below; saving again puts it in place of theirs",
                changed_meanwhile(what)
            ),
        )
    }

    /// A refusal because somebody else changed the thing meanwhile, and what was sent may no longer be meant.
    pub fn outrun(what: &str) -> Self {
        Self::conflict(format!("{}: look at it as it stands now before you send again.", changed_meanwhile(what)))
    }

    /// The database constraint that refused, if one did.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.constraint(),
            _ => None,
        }
    }
}

/// PostgreSQL's words for it: a connection that broke (class 08), a server that is being shut down, has crashed, does not take connections
/// yet or closes one that was idle (57P01 to 57P05 but for 57P04, a dropped database), and one that has no more to give (53300).
fn is_broken_off(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "53300")
}

fn changed_meanwhile(what: &str) -> String {
    format!("Somebody else changed {what} meanwhile")
}

/// PostgreSQL keeps no zero bytes in text (22021) or JSON (22P05). No keyboard makes one.
fn is_unwritable_text(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().is_some_and(|code| matches!(code.as_ref(), "22021" | "22P05"))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound("what you asked for"),
            sqlx::Error::Database(detail) if is_unwritable_text(&*detail) => {
                Self::field("text", "it holds a character that cannot be stored (a zero byte): take it out")
            }
            other => Self::Database(other),
        }
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
        assert!(Error::Database(sqlx::Error::PoolTimedOut).is_away());
        assert!(!Error::Database(sqlx::Error::RowNotFound).is_away() && !Error::conflict("no").is_away());
    }

    #[test]
    fn whoever_comes_second_is_told_in_one_wording() {
        for told in [Error::overtaken("this order"), Error::outrun("this order")] {
            assert!(told.to_string().contains("Somebody else changed this order meanwhile"), "{told}");
        }
    }

    #[test]
    fn the_log_gets_the_cause() {
        assert_eq!(Error::Internal("the disk is full".into()).cause(), "the disk is full");
        assert!(Error::Database(sqlx::Error::PoolTimedOut).cause().contains("timed out"));
        assert_eq!(Error::TooMany(5).cause(), Error::TooMany(5).to_string());
    }
}
