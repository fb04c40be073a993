//! What can be wrong with a declaration, and with a fact that a clock cannot count from.

use rooftree_kernel::{Day, Moment, calendar::OutOfRange};
use std::fmt;

/// A declaration that cannot be used: where it stands, what is wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclarationError {
    /// The file's name as it was given to the loader.
    pub file: String,
    /// The standard's or measure's id, when it could be read.
    pub id: Option<String>,
    /// The key at fault, such as `due.working_days`; `None` when the whole file or declaration is.
    pub key: Option<String>,
    /// What is wrong, as a clause.
    pub problem: String,
    /// What to do about it, as a sentence.
    pub remedy: String,
}

impl fmt::Display for DeclarationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(id) = &self.id {
            write!(f, "‘{id}’, ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "key ‘{key}’: ")?;
        }
        write!(f, "{}. {}", self.problem.trim_end_matches('.'), self.remedy)
    }
}

impl std::error::Error for DeclarationError {}

/// Where a declaration stands, so that each check can say only what is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) id: Option<&'a str>,
}

impl Place<'_> {
    /// An error about one key of the declaration.
    pub(crate) fn wrong(
        self,
        key: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> DeclarationError {
        DeclarationError {
            file: self.file.to_owned(),
            id: self.id.map(str::to_owned),
            key: Some(key.into()),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// What the TOML reader found wrong, with the key it names.
    pub(crate) fn unreadable(self, error: &toml::de::Error) -> DeclarationError {
        let message = error.message();
        // A message about an unknown or missing field names it between back-quotes; a wrong type has its path instead.
        let named = message.split('`').nth(1).filter(|_| message.contains("field"));
        let path =
            error.to_string().lines().find_map(|line| line.strip_prefix("in `")?.strip_suffix('`').map(str::to_owned));
        let key = match (path, named) {
            (Some(path), Some(named)) => Some(format!("{path}.{named}")),
            (path, named) => path.or(named.map(str::to_owned)),
        };
        DeclarationError {
            file: self.file.to_owned(),
            id: self.id.map(str::to_owned),
            key,
            problem: if self.id.is_some() { message.to_owned() } else { error.to_string().trim().to_owned() },
            remedy: "Correct or remove it: the keys that may stand here are listed in crates/promises/DECLARATIONS.md."
                .to_owned(),
        }
    }
}

/// The remedy for a name that is not among the known ones: the nearest of them, if one is near.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let near = known.into_iter().map(|other| (edits(name, other), other)).min();
    match near {
        Some((distance, other)) if distance <= 3.max(name.len() / 4) => format!("Did you mean ‘{other}’?"),
        _ => format!("Write the name of {what}."),
    }
}

/// How many letters must be changed, added or dropped to make one word of the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// A due moment that cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// The count leaves the years whose bank holidays are known.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// No calendar has that key.
    #[error(
        "there is no working-day calendar ‘{0}’: use england-and-wales, scotland, northern-ireland or united-kingdom"
    )]
    UnknownCalendar(String),
    /// The instant lies outside the years in which anything is counted.
    #[error("{0} is outside the years 1900 to 2200: check the year")]
    OutOfReach(Moment),
    /// The text is not a length of time.
    #[error(
        "‘{0}’ is not a length of time: write for example “24 hours”, “28 days”, “8 weeks”, “1 month” or “10 working days”"
    )]
    NotALength(String),
    /// A payload field that should hold a date or an instant holds something else.
    #[error(
        "fact {seq} ({fact}): the field ‘{field}’ holds {value}, which is not a date or an instant; {standard} counts from it"
    )]
    NotAMoment {
        /// The standard that reads the field.
        standard: String,
        /// The fact's name.
        fact: String,
        /// The fact's number in the journal.
        seq: i64,
        /// The payload field.
        field: String,
        /// What it holds, as JSON.
        value: String,
    },
    /// The fact starts a clock but does not say what the clock is about, or when it falls due.
    #[error("fact {seq} ({fact}) starts {standard} but has no {missing}: record the fact with it")]
    Lacking {
        /// The standard to be started.
        standard: String,
        /// The fact's name.
        fact: String,
        /// The fact's number in the journal.
        seq: i64,
        /// What is missing: `case`, or the payload field.
        missing: String,
    },
    /// The version under which a clock runs was taken out of the declarations, and none is in force on the day it started.
    #[error(
        "a clock of {standard} that started on {started} runs under the version from {from}, which is declared no more: declare a version that is in force on {started}"
    )]
    NoVersion {
        /// The standard.
        standard: String,
        /// The first day of the version that is gone.
        from: Day,
        /// The day on which the clock started.
        started: Day,
    },
    /// The source does not allow the extension.
    #[error("{standard} cannot be extended: {reason}")]
    Extension {
        /// The standard.
        standard: String,
        /// The payload field that names the new due date, where the extension has one.
        field: Option<String>,
        /// Why not, with the limit.
        reason: String,
    },
}
