//! Errors as whoever typed the command should read them: what is wrong, and what to do.

use rooftree_platform::Error;
use std::process::ExitCode;

/// Prints the error and chooses the exit status: 2 for wrong input, 1 for everything else.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("rooftree: {}", told(error));
    match error.downcast_ref::<Error>() {
        Some(Error::Invalid(_)) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

/// The error in words.
pub fn told(error: &anyhow::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain() {
        // Many errors repeat their cause in their own words.
        let words = one(cause);
        if !told.iter().any(|known| known.contains(&words)) {
            told.push(words);
        }
        // Its cause is the same list again, on one line.
        if matches!(cause.downcast_ref::<Error>(), Some(Error::Invalid(_))) {
            break;
        }
    }
    let text = told.join(": ");
    match remedy(error) {
        Some(remedy) => format!("{text}\n{remedy}"),
        None => text,
    }
}

fn one(error: &(dyn std::error::Error + 'static)) -> String {
    match error.downcast_ref::<Error>() {
        Some(Error::Invalid(errors)) => {
            let lines: Vec<String> =
                errors.0.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            lines.join("\n          ")
        }
        // The command line is for administrators: they get what the pages keep in the log.
        Some(Error::Internal(detail)) => detail.clone(),
        _ => match error.downcast_ref::<sqlx::Error>() {
            // Without the detail, which may quote a row.
            Some(sqlx::Error::Database(refusal)) => refusal.message().to_owned(),
            _ => error.to_string(),
        },
    }
}

fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    let database = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>())?;
    match database {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => Some(
            "Check that PostgreSQL runs and that DATABASE_URL is right (postgres://user:password@host/database), or unset it to use the \
             private one.",
        ),
        sqlx::Error::Configuration(_) => Some("DATABASE_URL has the form postgres://user:password@host/database."),
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            Some("42P01" | "42703") => Some("The database is not at this version: run rooftree migrate."),
            Some("28P01" | "28000") => Some("The user or password in DATABASE_URL is not accepted."),
            Some("3D000") => Some("Create the database first (createdb NAME), or correct its name in DATABASE_URL."),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use rooftree_kernel::FieldErrors;

    #[test]
    fn wrong_input_is_told_field_by_field() {
        let mut errors = FieldErrors::default();
        errors.add("email", "enter an e-mail address");
        errors.add("role", "choose a role");
        let error = anyhow::Error::from(Error::Invalid(errors));
        assert_eq!(told(&error), "email: enter an e-mail address\n          role: choose a role");
    }

    #[test]
    fn a_cause_is_told_once_and_with_its_remedy() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let error = Err::<(), _>(sqlx::Error::Io(refused)).context("the database does not answer").unwrap_err();
        let text = told(&error);
        assert_eq!(text.matches("connection refused").count(), 1, "{text}");
        assert!(text.contains("DATABASE_URL"), "{text}");
        assert_eq!(told(&anyhow::Error::from(Error::Internal("the detail".into()))), "the detail");
    }
}
