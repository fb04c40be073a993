//! Texts, e-mails and letters. A message is a row from the moment it is owed: without a configured sender it is held and shown,
//! never dropped. Templates are declared beside the standard that they serve.

mod follow_up;
mod parts;
mod quiet;
mod sending;

pub use follow_up::follow_up;
pub use parts::{Part, WrittenPart, missing, plain_text};
pub use quiet::after_quiet_hours;
pub use sending::SendMessage;
pub(crate) use sending::sent_fact;

use crate::{Conn, Ctx, Error, Result, boxed, letters::words};
use rooftree_kernel::{CaseId, Day, Moment, PersonId, PlaceId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// By what a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// A text to a phone.
    Text,
    /// An e-mail.
    Email,
    /// A letter by post.
    Letter,
}

impl Medium {
    /// As it is stored, and as a template's `channels` name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Letter => "letter",
        }
    }

    /// As it was stored.
    pub fn read(stored: &str) -> Option<Self> {
        [Self::Text, Self::Email, Self::Letter].into_iter().find(|medium| *medium == *stored)
    }
}

impl PartialEq<str> for Medium {
    fn eq(&self, stored: &str) -> bool {
        self.as_str() == stored
    }
}

/// A letter, text or e-mail with blanks. One file each; `crates/platform/LETTERS.md` says what each field means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `repairs.appointment-confirmed`.
    pub key: String,
    /// What staff call it.
    pub title: String,
    /// The ways by which it may go.
    pub channels: Vec<Medium>,
    /// The standard whose promise it keeps.
    #[serde(default)]
    pub serves: Option<String>,
    /// Subject line of e-mails, heading of letters.
    #[serde(default)]
    pub subject: String,
    /// The text message.
    #[serde(default)]
    pub text: Option<String>,
    /// The e-mail or letter, if it has no parts.
    #[serde(default)]
    pub body: Option<String>,
    /// The e-mail or letter, part by part.
    #[serde(default, rename = "part")]
    pub parts: Vec<Part>,
    /// Every placeholder used.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// An invented value for each placeholder, for previews and tests.
    #[serde(default)]
    pub sample: BTreeMap<String, String>,
    /// A note for whoever edits it.
    #[serde(default)]
    pub note: Option<String>,
    /// May go out in quiet hours (an emergency).
    #[serde(default)]
    pub any_hour: bool,
}

/// A text of two parts: what a template may come to with its sample.
const TEXT_CHARACTERS_MAX: usize = 306;
/// The longest text that a provider takes, of six parts: what a template may come to with what people wrote in it.
pub const TEXT_TAKEN_MAX: usize = 918;

impl Template {
    /// Reads the files. A placeholder that is used but not declared, or declared but not used, is an error; so is a template that its sample
    /// does not fill.
    pub fn load_all(files: &[(&str, &str)]) -> Result<BTreeMap<String, Self>, Vec<String>> {
        let (mut all, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, text) in files {
            match toml::from_str::<Self>(text) {
                Err(error) => errors.push(format!("{name}: {error}")),
                Ok(template) => {
                    errors.extend(
                        template.faults().into_iter().map(|fault| format!("{name}: {}: {fault}", template.key)),
                    );
                    if let Some(twice) = all.insert(template.key.clone(), template) {
                        errors.push(format!("{name}: template {} is declared twice", twice.key));
                    }
                }
            }
        }
        if errors.is_empty() { Ok(all) } else { Err(errors) }
    }

    fn faults(&self) -> Vec<String> {
        let (text, body) = (self.text.as_deref().unwrap_or_default(), self.all_words());
        let used = blanks(&format!("{} {text} {body}", self.subject));
        let mut faults: Vec<String> = used
            .iter()
            .filter(|blank| !self.placeholders.contains(blank))
            .map(|blank| format!("{{{blank}}} is used but not in placeholders"))
            .collect();
        faults.extend(
            self.placeholders
                .iter()
                .filter(|b| !used.contains(b))
                .map(|b| format!("{b} is in placeholders but not used")),
        );
        let unsampled = self.placeholders.iter().filter(|blank| !self.sample.contains_key(*blank));
        faults.extend(unsampled.map(|blank| format!("[sample] has no value for {blank}")));
        let strange = self.sample.keys().filter(|blank| !self.placeholders.contains(blank));
        faults.extend(strange.map(|blank| format!("[sample] has a value for {blank}, which is not in placeholders")));
        if self.channels.is_empty() {
            faults.push("`channels` is empty: name text, email or letter".to_owned());
        }
        if self.channels.contains(&Medium::Text) != self.text.is_some() {
            faults.push("`text` is needed exactly when channels has text".to_owned());
        }
        faults.extend(self.faults_of_parts());
        // What is wrong above would only be said again.
        if faults.is_empty() { self.faults_when_filled() } else { faults }
    }

    /// What is wrong with the template as somebody would get it, by each of its ways, on the day from which all its parts are in force.
    fn faults_when_filled(&self) -> Vec<String> {
        let day = self.parts.iter().filter_map(|part| part.from).max().unwrap_or(Moment::from_micros(0).day());
        let sample: BTreeMap<&str, String> =
            self.sample.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let fault = |medium: &Medium| match self.fill(medium.as_str(), &sample, day) {
            Err(error) => Some(error.cause()),
            Ok((subject, words)) if format!("{subject}{words}").contains(['{', '}']) => {
                Some(format!("as {} it goes out with a brace: close the placeholder", medium.as_str()))
            }
            Ok((_, words)) if *medium == Medium::Text && words.chars().count() > TEXT_CHARACTERS_MAX => {
                Some(format!("the text is longer than {TEXT_CHARACTERS_MAX} characters with its sample"))
            }
            Ok(_) => None,
        };
        self.channels.iter().filter_map(fault).collect()
    }

    /// Subject and words for a channel with the blanks filled, as they are on this day; a missing value is an error that names it, so that
    /// nothing goes out with a hole.
    pub fn fill(&self, channel: &str, values: &BTreeMap<&str, String>, day: Day) -> Result<(String, String)> {
        let words = self.channels.iter().find(|medium| **medium == *channel).and_then(|medium| match medium {
            Medium::Text => self.text.clone(),
            Medium::Email | Medium::Letter => self.words_on(day).map(|words| words::plain(&words)),
        });
        let words =
            words.ok_or_else(|| Error::Internal(format!("template {} is not for channel {channel}", self.key)))?;
        let fill = |text: &str| filled(text, &self.key, |blank| values.get(blank).map(String::as_str));
        Ok((fill(&self.subject)?, fill(&words)?.trim().to_owned()))
    }
}

/// The text with its blanks filled; one without a value is an error that names it. What a value says is not looked at for blanks.
pub(crate) fn filled<'v>(text: &str, whose: &str, value: impl Fn(&str) -> Option<&'v str>) -> Result<String> {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((blank, tail)) = after.split_once('}') else { break };
        let value = value(blank).ok_or_else(|| Error::Internal(format!("template {whose} was given no {blank}")))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The names of the blanks in a text, each once.
pub fn blanks(text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned())).collect();
    found.sort();
    found.dedup();
    found
}

/// How somebody reads letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// The language that they speak best, by its name in English.
    pub language: Option<String>,
    /// They need type of 18 points.
    pub large_print: bool,
    /// They need plainer words, where a part has them.
    pub plain_words: bool,
}

/// A message about to be owed.
pub struct NewMessage<'a> {
    /// Template key.
    pub template: &'a str,
    /// `text`, `email` or `letter`.
    pub channel: &'a str,
    /// Phone number, e-mail address, or postal lines separated by newlines.
    pub address: String,
    /// Whom.
    pub person: Option<PersonId>,
    /// About which home.
    pub home: Option<PlaceId>,
    /// About which case.
    pub case: Option<CaseId>,
    /// The blanks; `landlord`, `phone` and `hours` come from the settings.
    pub values: BTreeMap<&'a str, String>,
    /// How whoever gets it reads, if it is a letter.
    pub reader: Reader,
    /// What the `message.sent` fact says, when it has gone, beside `channel` and `template`: fields that the area declares as its
    /// `message_fields`.
    pub fact: Value,
}

/// What happened to messages; areas' standards listen to it. Of a letter it names the document that was sent and the SHA-256 of its bytes. It
/// carries what the area says of it as well: see [`NewMessage::fact`].
pub const MESSAGE_SENT: crate::FactKind =
    crate::FactKind::new("message.sent", "Message sent", &["channel", "template", "document", "sha256"]);
/// A message could not be delivered.
pub const MESSAGE_FAILED: crate::FactKind =
    crate::FactKind::new("message.failed", "Message failed", &["channel", "template", "reason"]);

/// Takes back what is owed about a case by these templates and has not been sent, because it is no longer true. It stays on record.
#[boxed]
pub async fn withdraw(conn: &mut Conn, case: CaseId, templates: &[&str], why: &str) -> Result<u64> {
    let templates: Vec<String> = templates.iter().map(|template| (*template).to_owned()).collect();
    Ok(sqlx::query!(
        "update message set status = 'withdrawn', held_reason = $3 where case_id = $1 and template = any($2) and status in ('draft', 'waiting', 'held')",
        case.0,
        &templates,
        why
    )
    .execute(conn)
    .await?
    .rows_affected())
}

impl Ctx {
    /// The values with those that come from the settings: `landlord`, `phone` and `hours`.
    fn with_settings<'v>(&self, values: &BTreeMap<&'v str, String>) -> BTreeMap<&'v str, String> {
        let config = self.platform().config();
        let mut values = values.clone();
        values.entry("landlord").or_insert_with(|| config.landlord.clone());
        values.entry("phone").or_insert_with(|| config.phone.clone());
        values.entry("hours").or_insert_with(|| config.hours.clone());
        values
    }

    /// Whether a text would come to more than any provider takes, with these values in it: then it goes by another way, or not at all.
    pub fn is_too_long_to_text(&self, template: &str, values: &BTreeMap<&str, String>) -> Result<bool> {
        let platform = self.platform().clone();
        let Some(template) = platform.rules().templates.get(template) else { return Ok(false) };
        let (_, text) = template.fill(Medium::Text.as_str(), &self.with_settings(values), self.now.day())?;
        Ok(text.chars().count() > TEXT_TAKEN_MAX)
    }

    /// Owes somebody a message: fills the template, keeps the row, and promises its sending after the commit.
    #[boxed]
    pub async fn send(&mut self, message: NewMessage<'_>) -> Result<Uuid> {
        let (template, channel, now) = (message.template, message.channel, self.now);
        let id = self.keep(message, "waiting").await?;
        let platform = self.platform();
        let any_hour = platform.rules().templates.get(template).is_some_and(|template| template.any_hour);
        let run_at = after_quiet_hours(now, platform.config().quiet_hours, channel, any_hour);
        self.enqueue("message", Some(&id.to_string()), json!({ "message": id }), run_at).await?;
        Ok(id)
    }

    /// Fills the template and keeps the message's row in this state.
    pub(crate) async fn keep(&mut self, message: NewMessage<'_>, status: &str) -> Result<Uuid> {
        let platform = self.platform().clone();
        let template = platform
            .rules()
            .templates
            .get(message.template)
            .ok_or_else(|| Error::Internal(format!("no template {}", message.template)))?;
        let now = self.now;
        let values = self.with_settings(&message.values);
        let (subject, body) = template.fill(message.channel, &values, now.day())?;
        let characters = body.chars().count();
        if Medium::Text == *message.channel && characters > TEXT_TAKEN_MAX {
            return Err(Error::conflict(format!(
                "As a text this would have {characters} characters and at most {TEXT_TAKEN_MAX} can be sent: write less, or tell them in another way"
            )));
        }
        let fields = &platform.registry().message_fields;
        let mut said = message.fact.as_object().into_iter().flat_map(|fact| fact.keys());
        if let Some(field) = said.find(|field| !fields.contains(field.as_str())) {
            return Err(Error::Internal(format!("no area declares that its messages carry the field {field}")));
        }
        let id = Uuid::now_v7();
        // A letter can be printed again from its parts, and an e-mail of a template that has parts is checked by them when it goes.
        let on_paper = message.channel == Medium::Letter.as_str();
        let by_parts = on_paper || (message.channel == Medium::Email.as_str() && !template.parts.is_empty());
        let parts = by_parts.then(|| template.parts_on(now.day()));
        let body = match &parts {
            Some(parts) if message.reader.plain_words && on_paper => {
                let values = values.iter().map(|(blank, value)| ((*blank).to_owned(), value.clone())).collect();
                plain_text(parts, true, &values)?
            }
            _ => body,
        };
        let blanks = by_parts.then(|| json!(values));
        sqlx::query!(
            "insert into message (id, channel, template, person_id, case_id, home_id, address, subject, body, status, fact_payload, created_at,
                                  parts, blanks, large_print, language, plain_words)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $17, $10, $11, $12, $13, $14, $15, $16)",
            id,
            message.channel,
            template.key,
            message.person.map(Uuid::from),
            message.case.map(|c| c.0),
            message.home.map(Uuid::from),
            message.address,
            subject,
            body,
            message.fact,
            now as _,
            parts.map(|parts| json!(parts)),
            blanks,
            message.reader.large_print,
            message.reader.language,
            message.reader.plain_words,
            status
        )
        .execute(self.conn())
        .await?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, placeholders: &[&str]) -> Template {
        Template {
            key: "t".into(),
            title: String::new(),
            channels: vec![Medium::Text],
            serves: None,
            subject: String::new(),
            text: Some(text.into()),
            body: None,
            parts: Vec::new(),
            placeholders: placeholders.iter().map(|p| (*p).to_owned()).collect(),
            sample: placeholders.iter().map(|blank| ((*blank).to_owned(), "Ada".to_owned())).collect(),
            note: None,
            any_hour: false,
        }
    }

    #[test]
    fn a_letter_never_goes_out_with_a_hole() {
        let letter = template("Dear {name}, see you on {day}.", &["name", "day"]);
        let day = Moment::from_micros(0).day();
        assert!(letter.faults().is_empty());
        assert!(letter.fill("text", &BTreeMap::from([("name", "Ada".to_owned())]), day).is_err());
        let full = BTreeMap::from([("name", "Ada {day}".to_owned()), ("day", "Monday".to_owned())]);
        assert_eq!(letter.fill("text", &full, day).unwrap().1, "Dear Ada {day}, see you on Monday.");
        assert!(letter.fill("email", &full, day).is_err());
        assert_eq!(template("{a}", &["b"]).faults().len(), 2);
    }

    #[test]
    fn a_template_that_its_sample_does_not_fill_is_refused() {
        let mut unsampled = template("Dear {name}", &["name"]);
        unsampled.sample.clear();
        assert_eq!(unsampled.faults(), ["[sample] has no value for name"]);
        let open = template("Dear {name", &[]);
        assert_eq!(open.faults(), ["as text it goes out with a brace: close the placeholder"]);
        let long = template(&"x".repeat(TEXT_CHARACTERS_MAX + 1), &[]);
        assert!(long.faults()[0].contains("longer than 306 characters"), "{:?}", long.faults());
    }

    #[test]
    fn a_channel_that_nothing_sends_is_refused() {
        let load = |channel: &str| {
            let text = format!("key = 't'\ntitle = 'T'\nchannels = ['{channel}']\nbody = 'Hello'");
            Template::load_all(&[("t.toml", &text)])
        };
        assert!(load("letter").is_ok() && load("email").is_ok());
        let refused = load("sms").unwrap_err();
        assert!(
            refused[0].contains("t.toml") && refused[0].contains("expected one of `text`, `email`, `letter`"),
            "{refused:?}"
        );
        assert_eq!([Medium::read("letter"), Medium::read("sms")], [Some(Medium::Letter), None]);
    }
}
