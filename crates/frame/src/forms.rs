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
use rooftree_kernel::{
    Day, FieldErrors, Pence, text,
    time::TimeError,
    typed::{self, Span},
};
use rooftree_platform::{
    Error, boxed,
    documents::{self, Stored, Upload},
    signin::form_token,
};
use std::{borrow::Cow, collections::BTreeMap, str::FromStr};

/// A submitted form: names and values, several values for one name where boxes were ticked. Parsing notes errors by field, so that
/// the page can be shown again with all that was typed.
///
/// A field is one line unless it is read with [`Form::lines`]: a name or an address with a line break in it could pass for two rows of a
/// list, or for two headers of a mail.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Those of several lines in one, by their place among the fields.
    flat: BTreeMap<usize, String>,
    /// Those that were cleaned, as they came.
    uncleaned: BTreeMap<usize, String>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = PageError;
    async fn from_request(request: Request, _: &S) -> Result<Self, PageError> {
        Self::read(request).await
    }
}

impl Form {
    #[boxed]
    async fn read(request: Request) -> Result<Self, PageError> {
        let bytes =
            Bytes::from_request(request, &()).await.map_err(|_| Error::field("form", "the form is too large"))?;
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&bytes).map_err(|_| Error::field("form", "the form could not be read"))?;
        Ok(Self::of(fields))
    }

    /// A form with these fields.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            form.add(name, value);
        }
        form
    }

    fn add(&mut self, name: String, value: String) {
        let place = self.fields.len();
        let clean = match text::clean(&value) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean),
        };
        let value = match clean {
            None => value,
            Some(clean) => {
                self.uncleaned.insert(place, value);
                clean
            }
        };
        if let Cow::Owned(flat) = text::one_line(&value, " ") {
            self.flat.insert(place, flat);
        }
        self.fields.push((name, value));
    }

    /// Gives a field this value alone.
    pub fn set(&mut self, name: &str, value: String) {
        let mut fields = std::mem::take(self).fields;
        fields.retain(|(key, _)| key != name);
        fields.push((name.to_owned(), value));
        *self = Self::of(fields);
    }

    /// All fields as they were typed, blanks and line breaks included.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// A field as it came, with all that belongs to a password; empty when absent.
    pub fn raw(&self, name: &str) -> &str {
        let place = self.fields.iter().position(|(key, _)| key == name);
        place.map_or("", |place| self.uncleaned.get(&place).unwrap_or(&self.fields[place].1))
    }

    /// A field of several lines, trimmed; empty when absent.
    pub fn lines(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// A field's text in one line, trimmed; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().position(|(key, _)| key == name).map_or("", |place| self.line(place).trim())
    }

    fn line(&self, place: usize) -> &str {
        self.flat.get(&place).unwrap_or(&self.fields[place].1)
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
        let places = (0..self.fields.len()).filter(|place| self.fields[*place].0 == name);
        places.map(|place| self.line(place)).filter(|value| !value.is_empty()).collect()
    }

    /// True when a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.get(name), "yes" | "on" | "true" | "1")
    }

    /// A field's text, or `None` when it is empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A text of one line that must be there and not exceed the length.
    pub fn text(&self, name: &str, message: &str, length_max: usize, errors: &mut FieldErrors) -> String {
        checked(name, self.get(name), message, length_max, errors)
    }

    /// The same of several lines.
    pub fn text_lines(&self, name: &str, message: &str, length_max: usize, errors: &mut FieldErrors) -> String {
        checked(name, self.lines(name), message, length_max, errors)
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

    /// A day that makes sense somewhere.
    pub fn day(&self, name: &str, errors: &mut FieldErrors) -> Option<Day> {
        self.day_within(name, Span::ANY, errors)
    }

    /// A day that makes sense in this field.
    pub fn day_within(&self, name: &str, span: Span, errors: &mut FieldErrors) -> Option<Day> {
        let read = match typed::day(self.get(name)) {
            Ok(day) => span.check(day),
            Err(TimeError::Unreadable(_)) => Err("enter a date, like 18/12/2026".to_owned()),
            Err(why) => Err(why.to_string()),
        };
        read.map_err(|why| errors.add(name, why)).ok()
    }

    /// The same where it is given.
    pub fn day_optional(&self, name: &str, span: Span, errors: &mut FieldErrors) -> Option<Day> {
        if self.get(name).is_empty() { None } else { self.day_within(name, span, errors) }
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

fn checked(name: &str, value: &str, message: &str, length_max: usize, errors: &mut FieldErrors) -> String {
    if value.is_empty() {
        errors.add(name, message);
    } else if value.chars().count() > length_max {
        errors.add(name, format!("use at most {length_max} characters"));
    }
    value.to_owned()
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
        Self::receive(request, app).await
    }
}

impl UploadForm {
    #[boxed]
    async fn receive(request: Request, app: &App) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let caller = request.extensions().get::<Caller>().cloned();
        let claimed = request.extensions().get::<Claimed>().cloned();
        let upload = Self::read(request, app, caller.as_ref()).await.map_err(IntoResponse::into_response)?;
        if let (Some(user), Some(claimed)) = (caller.and_then(|caller| caller.actor.user), claimed) {
            twice::claim_upload(app, user, &claimed, &path, &upload).await?;
        }
        Ok(upload)
    }

    /// Reads fields and files; with a caller, the form must carry the token of their session.
    pub(crate) async fn read(request: Request, app: &App, caller: Option<&Caller>) -> Result<Self, PageError> {
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
                    let value = part.text().await.map_err(unreadable)?;
                    upload.form.add(field, value);
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
    use super::*;

    fn typed(value: &str) -> Form {
        Form::of(vec![("field".to_owned(), value.to_owned())])
    }

    #[test]
    fn what_nobody_types_is_taken_out() {
        assert_eq!(typed("a\0b\u{202e}c\u{7}\r\n\td").lines("field"), "abc\r\n\td");
        assert_eq!(typed("Zoë O’Brien 👍").get("field"), "Zoë O’Brien 👍");
        assert_eq!(typed("Zoe\u{308}\u{a0}Quint\u{200b}").get("field"), "Zoë Quint");
        assert_eq!(typed("pass\u{a0}word").raw("field"), "pass\u{a0}word", "a password is what was typed");
    }

    #[test]
    fn a_day_says_why_it_is_refused() {
        let today = Day::new(2026, 12, 18).unwrap();
        for (value, part) in [
            ("18/12/80", "year in full"),
            ("12/18/1980", "month first"),
            ("1/4/0019", "between"),
            ("soon", "like 18/12/2026"),
            ("19/12/2026", "between 1 January 1900 and 18 December 2026"),
        ] {
            let mut errors = FieldErrors::default();
            assert_eq!(typed(value).day_within("field", Span::happened(today), &mut errors), None);
            assert!(errors.get("field").unwrap().contains(part), "{errors}");
        }
        let mut errors = FieldErrors::default();
        assert_eq!(typed("18/12/2026 00:00:00").day("field", &mut errors), Some(today));
        assert_eq!(typed("").day_optional("field", Span::ANY, &mut errors), None);
        assert!(errors.is_empty());
    }

    #[test]
    fn one_line_stays_one_unless_lines_are_asked_for() {
        for broken in ["Ann\r\nCarter", "Ann\nCarter\n", "Ann \u{2028} Carter", "\rAnn\r\rCarter"] {
            let form = typed(broken);
            assert_eq!(form.get("field"), "Ann Carter", "{broken:?}");
            assert_eq!(form.all("field"), ["Ann Carter"], "{broken:?}");
            assert_eq!(form.lines("field"), broken.trim());
            assert_eq!(form.fields()[0].1, broken);
        }
        let mut form = typed("Ann\nCarter");
        form.set("field", "Bo".to_owned());
        assert_eq!((form.get("field"), form.lines("field"), form.get("other")), ("Bo", "Bo", ""));
        assert_eq!(typed(" pass word ").raw("field"), " pass word ");
    }
}
