//! Reading what forms send.

use crate::{
    App, PageError,
    guard::Caller,
    twice::{self, Claimed},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rooftree_kernel::{Day, FieldErrors, Pence};
use rooftree_platform::{
    Error,
    documents::{self, Stored, Upload},
    signin::form_token,
};
use std::str::FromStr;

/// A submitted form: names and values, several values for one name where boxes were ticked. Parsing notes errors by field, so that
/// the page can be shown again with all that was typed.
#[derive(Clone, Debug, Default)]
pub struct Form(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|_| Error::field("form", "the form is too large"))?;
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&bytes).map_err(|_| Error::field("form", "the form could not be read"))?;
        let as_written = |(name, value): (String, String)| {
            let value = written(&name, value);
            (name, value)
        };
        Ok(Self(pairs.into_iter().map(as_written).collect()))
    }
}

/// Control characters (but for tabs and line ends) and marks that turn the direction of writing never are what somebody meant, and would
/// let a name look like another.
pub(crate) fn is_strange(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The fields of several lines, in every form of the house. All others are one line, whatever is sent: a name or an address with a line
/// break in it could pass for two rows of a list, or for two headers of a mail.
pub const LINES: &[&str] = &[
    "access_notes",
    "answer",
    "comment",
    "contact_notes",
    "description",
    "detail",
    "facts",
    "note",
    "notes",
    "reason",
    "resolution",
    "said",
    "summary",
    "value",
];

/// What ends a line, in any writing system.
const LINE_ENDS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// A field as people write it.
fn written(name: &str, value: String) -> String {
    let value = if value.contains(is_strange) { value.replace(is_strange, "") } else { value };
    if LINES.contains(&name) || !value.contains(LINE_ENDS) {
        return value;
    }
    let lines: Vec<&str> = value.split(LINE_ENDS).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

impl Form {
    /// A field's text, trimmed; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The version that was shown, of what is edited.
    pub fn version(&self) -> i32 {
        self.get("version").parse().unwrap_or_default()
    }

    /// The version for a form about to be shown: the present one, or, shown again after an error, the one it was opened with, until the
    /// person has been told that somebody else was faster.
    pub fn version_to_show(&self, present: i32, errors: &FieldErrors) -> String {
        let told = errors.0.iter().any(|error| error.field == "version");
        if told || self.get("version").is_empty() { present.to_string() } else { self.get("version").to_owned() }
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str()).collect()
    }

    /// True when a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.get(name), "yes" | "on" | "true" | "1")
    }

    /// A field's text, or `None` when it is empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A text that must be there and not exceed the length.
    pub fn text(&self, name: &str, message: &str, length_max: usize, errors: &mut FieldErrors) -> String {
        let value = self.get(name);
        if value.is_empty() {
            errors.add(name, message);
        } else if value.chars().count() > length_max {
            errors.add(name, format!("use at most {length_max} characters"));
        }
        value.to_owned()
    }

    /// A value that parses, or an error with this message.
    pub fn parse<T: FromStr>(&self, name: &str, message: &str, errors: &mut FieldErrors) -> Option<T> {
        let parsed = self.get(name).parse().ok();
        if parsed.is_none() {
            errors.add(name, message);
        }
        parsed
    }

    /// A value that parses when it is given.
    pub fn parse_optional<T: FromStr>(&self, name: &str, message: &str, errors: &mut FieldErrors) -> Option<T> {
        if self.get(name).is_empty() { None } else { self.parse(name, message, errors) }
    }

    /// A day.
    pub fn day(&self, name: &str, errors: &mut FieldErrors) -> Option<Day> {
        self.parse(name, "enter a date, like 18/12/2026", errors)
    }

    /// An amount of money.
    pub fn pence(&self, name: &str, errors: &mut FieldErrors) -> Option<Pence> {
        match Pence::parse(self.get(name)) {
            Ok(amount) => Some(amount),
            Err(error) => {
                errors.add(name, error.to_string());
                None
            }
        }
    }

    /// One of the allowed values.
    pub fn choice(&self, name: &str, allowed: &[&str], message: &str, errors: &mut FieldErrors) -> String {
        let value = self.get(name);
        if !allowed.contains(&value) {
            errors.add(name, message);
        }
        value.to_owned()
    }
}

/// A file in a form.
#[derive(Clone, Debug)]
pub struct FilePart {
    /// The field.
    pub field: String,
    /// The browser's name for it.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// A form with files. Its token is checked here, and its name claimed, because the guard does not read multipart bodies.
#[derive(Clone, Debug, Default)]
pub struct UploadForm {
    /// The fields.
    pub form: Form,
    /// The files that were chosen.
    pub files: Vec<FilePart>,
}

impl FromRequest<App> for UploadForm {
    type Rejection = Response;
    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let caller = request.extensions().get::<Caller>().cloned();
        let claimed = request.extensions().get::<Claimed>().cloned();
        let upload = Self::read(request, app, caller.as_ref()).await.map_err(IntoResponse::into_response)?;
        if let (Some(user), Some(claimed)) = (caller.and_then(|caller| caller.actor.user), claimed) {
            twice::claim_upload(app, user, &claimed, &path, &upload).await?;
        }
        Ok(upload)
    }
}

impl UploadForm {
    async fn read(request: Request, app: &App, caller: Option<&Caller>) -> Result<Self, PageError> {
        let expected = caller.and_then(|caller| caller.session.as_ref()).map(|session| session.csrf.clone());
        let header = request.headers().get("x-csrf-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let unreadable = |_| Error::field("file", "the upload was cut off or is too large: send it again");
        let mut multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| Error::field("file", "send the form with its files"))?;
        let mut upload = Self::default();
        while let Some(part) = multipart.next_field().await.map_err(unreadable)? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                Some(name) => {
                    let bytes = part.bytes().await.map_err(unreadable)?;
                    if !bytes.is_empty() {
                        upload.files.push(FilePart { field, name, bytes });
                    }
                }
                None => {
                    let value = written(&field, part.text().await.map_err(unreadable)?);
                    upload.form.0.push((field, value));
                }
            }
        }
        let sent = header.unwrap_or_else(|| upload.form.get(rooftree_ui::forms::CSRF_FIELD).to_owned());
        match expected {
            Some(expected) if !form_token::same(&sent, &expected) => {
                Err(Error::conflict("This page was open for too long. Go back, reload it and send it again.").into())
            }
            _ => Ok(upload),
        }
    }
}

/// A file of a form that is about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// Which of its field's files it is, from 1.
    pub number: usize,
    /// The browser's name for it.
    pub name: &'a str,
    /// It is a picture.
    pub photo: bool,
}

/// Stores the files of one field, at most so many; `named` says under which name and as what kind of document each is kept, or why it is
/// refused. Call it before the unit of work begins, as [`documents::store`].
pub async fn store_files(
    app: &App,
    upload: &UploadForm,
    field: &str,
    most: usize,
    named: impl Fn(&Chosen<'_>) -> Result<(String, &'static str), &'static str>,
) -> Result<Vec<Stored>, Error> {
    let files: Vec<&FilePart> = upload.files.iter().filter(|file| file.field == field).collect();
    if files.len() > most {
        let sent = files.len();
        return Err(Error::field(
            field,
            format!("{sent} files were sent, at most {most} at a time are kept: choose fewer"),
        ));
    }
    let mut stored = Vec::with_capacity(files.len());
    for (number, file) in (1..).zip(files) {
        let photo = documents::sniff(&file.bytes).is_ok_and(|media_type| media_type.starts_with("image/"));
        let (name, kind) =
            named(&Chosen { number, name: &file.name, photo }).map_err(|why| Error::field(field, why))?;
        let upload = Upload { name, bytes: file.bytes.clone(), kind };
        stored.push(documents::store(&app.platform, upload).await.map_err(|error| of_field(error, field))?);
    }
    Ok(stored)
}

/// A refusal of the document store, which speaks of `file`, at the page's own name for the field.
pub fn of_field(error: Error, field: &str) -> Error {
    match error {
        Error::Invalid(errors) => {
            Error::field(field, errors.0.first().map_or_else(String::new, |error| error.message.clone()))
        }
        other => other,
    }
}

/// What whoever filled in a form can mend, with the status of the page that shows it again: errors by field, or, at the field `main`, why
/// the thing could not be done. Any other error ends the request.
pub fn explained(error: Error) -> Result<(StatusCode, FieldErrors), Error> {
    match error {
        Error::Invalid(errors) => Ok((StatusCode::UNPROCESSABLE_ENTITY, errors)),
        Error::Conflict(why) => Ok((StatusCode::CONFLICT, FieldErrors::one("main", why))),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn what_nobody_types_is_taken_out() {
        assert_eq!(written("note", "a\0b\u{202e}c\u{7}\r\n\td".to_owned()), "abc\r\n\td");
        assert_eq!(written("family_name", "Zoë O’Brien 👍".to_owned()), "Zoë O’Brien 👍");
    }

    #[test]
    fn one_line_stays_one() {
        for broken in ["Ann\r\nCarter", "Ann\nCarter\n", "Ann \u{2028} Carter", "\rAnn\r\rCarter"] {
            assert_eq!(written("name", broken.to_owned()), "Ann Carter", "{broken:?}");
        }
        assert_eq!(written("notes", "Ann\r\nCarter".to_owned()), "Ann\r\nCarter");
    }
}
