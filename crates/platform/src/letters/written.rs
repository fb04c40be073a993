//! Letters that are written: from a message's row to what stands on paper.

use super::{Block, Letter, Letterhead, Window, languages, words};
use crate::{
    Db, Error, Platform, Result, boxed,
    config::Config,
    messages::{self, Medium, Reader, Template, WrittenPart},
};
use rooftree_kernel::{CaseId, Day, DocumentId, Moment, PersonId, PlaceId};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A letter's row; or an e-mail's, which has the same parts.
#[derive(Clone, Debug)]
pub struct Written {
    /// The message.
    pub id: Uuid,
    /// letter or email.
    pub channel: String,
    /// Its template's key.
    pub template: String,
    /// Whom.
    pub person_id: Option<PersonId>,
    /// About which case.
    pub case_id: Option<Uuid>,
    /// About which home.
    pub home_id: Option<PlaceId>,
    /// Postal lines.
    pub address: String,
    /// Its heading.
    pub subject: String,
    /// Its words, blanks filled.
    pub body: String,
    /// draft, waiting, held, printed, sent, delivered, failed, withdrawn.
    pub status: String,
    /// Its parts; none of a letter from before letters had parts.
    pub parts: Option<Json<Vec<WrittenPart>>>,
    /// What fills their blanks.
    pub blanks: Option<Json<BTreeMap<String, String>>>,
    /// In type of 18 points.
    pub large_print: bool,
    /// In plainer words, where a part has them.
    pub plain_words: bool,
    /// The language that the reader speaks best, by its name in English.
    pub language: Option<String>,
    /// When it was written.
    pub created_at: Moment,
    /// The PDF that was sent or waits to be posted.
    pub document_id: Option<DocumentId>,
}

impl Written {
    /// The case it is about.
    pub fn case(&self) -> Option<CaseId> {
        self.case_id.map(CaseId)
    }

    /// Its parts; of a letter from before, its words as one that is locked.
    pub fn parts(&self) -> Vec<WrittenPart> {
        self.parts.as_ref().map(|parts| parts.0.clone()).unwrap_or_default()
    }

    /// What fills the blanks.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.blanks.as_ref().map(|blanks| blanks.0.clone()).unwrap_or_default()
    }

    /// Whether some part has plainer words.
    pub fn has_plain_words(&self) -> bool {
        self.parts().iter().any(|part| part.plain.is_some())
    }

    /// Why it may not be sent on this day, for whoever looks at it: a required part is missing.
    pub fn lacks(&self, platform: &Platform, today: Day) -> Option<String> {
        self.parts.as_ref()?;
        let declared = platform.rules().templates.get(&self.template).map(|template| template.parts_on(today));
        let declared = declared.unwrap_or_default();
        let missing = messages::missing(&self.parts(), &declared, self.plain_words, &self.values());
        (!missing.is_empty()).then(|| format!("the letter lacks what it must say: {}", missing.join(", ")))
    }

    /// What it says, block by block.
    fn blocks(&self) -> Result<Vec<Block>> {
        if self.parts.is_none() {
            return words::blocks(&self.body, |text| Ok(text.to_owned()));
        }
        let values = self.values();
        let fill = |text: &str| messages::filled(text, &self.template, |blank| values.get(blank).map(String::as_str));
        let mut blocks = Vec::new();
        for part in self.parts() {
            blocks.extend(words::blocks(part.words(self.plain_words), fill)?);
        }
        Ok(blocks)
    }

    /// The letter as it is printed now.
    pub fn letter(&self, platform: &Platform) -> Result<Letter> {
        let config = platform.config();
        let letterhead = Letterhead::of(config);
        let for_reader = self.language.as_deref().and_then(|language| languages::line(language, &letterhead.phone));
        Ok(Letter {
            for_reader,
            letterhead,
            window: window(platform),
            address: self.address.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            date: self.values().remove("date").unwrap_or_else(|| self.created_at.day().long()),
            subject: self.subject.clone(),
            large_print: self.large_print,
            blocks: self.blocks()?,
        })
    }
}

/// Where the address stands: where GOV.UK Notify looks for it if it prints our letters, else for the envelope of the settings.
fn window(platform: &Platform) -> Window {
    if platform.ports().text.is_some() { Window::NOTIFY } else { platform.config().envelope }
}

/// The letter with this id; other messages are not found.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Written> {
    let found = find(platform.reads(), id).await?;
    if found.channel == Medium::Letter.as_str() { Ok(found) } else { Err(Error::NotFound("the letter")) }
}

/// The same for an e-mail as well.
#[boxed]
pub(crate) async fn find(db: impl Into<Db<'_>>, id: Uuid) -> Result<Written> {
    sqlx::query_as!(
        Written,
        r#"select id, channel, template, person_id as "person_id: PersonId", case_id, home_id as "home_id: PlaceId", address, subject, body,
                  status, parts as "parts: Json<Vec<WrittenPart>>", blanks as "blanks: Json<BTreeMap<String, String>>", large_print,
                  plain_words, language, created_at as "created_at: Moment", document_id as "document_id: DocumentId"
           from message where id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound("the message"))
}

/// A letter of this template as it would be printed today, with the values of its sample; none when the template is for no letter.
pub fn sample(config: &Config, template: &Template, today: Day, reader: &Reader) -> Result<Option<Letter>> {
    if !template.channels.contains(&Medium::Letter) {
        return Ok(None);
    }
    let values = &template.sample;
    let value = |blank: &str| values.get(blank).map(String::as_str);
    let fill = |text: &str| messages::filled(text, &template.key, value);
    let mut blocks = Vec::new();
    for part in template.parts_on(today) {
        blocks.extend(words::blocks(part.words(reader.plain_words), fill)?);
    }
    let letterhead = Letterhead::of(config);
    let language = reader.language.as_deref();
    let lines = [value("name"), value("address")].into_iter().flatten().flat_map(|text| text.split(", "));
    Ok(Some(Letter {
        for_reader: language.and_then(|language| languages::line(language, &letterhead.phone)),
        letterhead,
        window: config.envelope,
        address: lines.map(str::to_owned).collect(),
        date: value("date").map_or_else(|| today.long(), str::to_owned),
        subject: fill(&template.subject)?,
        large_print: reader.large_print,
        blocks,
    }))
}
