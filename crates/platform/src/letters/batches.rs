//! Letters that we print and post ourselves: those that are held go into a batch, are printed one by one for their cases and together for the
//! printer, and count as sent when somebody says that they were posted.

use super::written::Written;
use crate::{
    Ctx, Error, FactKind, Platform, Result, boxed,
    documents::{self, Owner, Stored},
    jobs::JobHandler,
    letters::{Letter, print, print_each},
    messages::{self, WrittenPart},
    ports::PrintError,
};
use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use rooftree_kernel::{Actor, CaseId, Channel, DocumentId, Moment, PersonId, PlaceId};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The kind of job that prints a batch.
pub const JOB: &str = "letters";
/// Letters in one batch.
pub const LETTERS_MAX: i64 = 2_000;
/// Letters whose rows are written in one unit of work.
const AT_ONCE: i64 = 100;
/// Files that are put into the store at one time.
const PUTS_AT_ONCE: usize = 8;

/// A batch was printed.
pub const PRINTED: FactKind =
    FactKind::new("letters.printed", "Letters printed", &["batch", "letters", "refused", "document", "sha256"]);
/// A batch was posted.
pub const POSTED: FactKind = FactKind::new("letters.posted", "Letters posted", &["batch", "letters"]);

/// Letters that are printed together.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Batch {
    /// Its id.
    pub id: Uuid,
    /// When it was begun.
    pub made_at: Moment,
    /// By whom.
    pub made_by: String,
    /// How many letters it was begun with.
    pub letters: i32,
    /// How many are printed so far.
    pub printed: i32,
    /// How many could not be printed and are held again, each with its reason.
    pub refused: i32,
    /// The print file, when all is printed.
    pub document_id: Option<DocumentId>,
    /// When somebody said that they were posted.
    pub posted_at: Option<Moment>,
    /// Who said so.
    pub posted_by: Option<String>,
}

impl Batch {
    /// Whether the worker is still at it.
    pub fn is_printing(&self) -> bool {
        self.document_id.is_none() && self.refused < self.letters
    }
}

/// Begins a batch of the letters that are held, the oldest first.
#[boxed]
pub async fn begin(ctx: &mut Ctx) -> Result<Uuid> {
    let (id, now, by) = (Uuid::now_v7(), ctx.now, ctx.actor.name.clone());
    let ids = sqlx::query_scalar!(
        "select id from message where status = 'held' and channel = 'letter' order by id limit $1 for update skip locked",
        LETTERS_MAX
    )
    .fetch_all(ctx.conn())
    .await?;
    let letters = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    if letters == 0 {
        return Err(Error::conflict("No letter is held: there is nothing to print."));
    }
    sqlx::query!(
        "insert into letter_batch (id, made_at, made_by, letters) values ($1, $2, $3, $4)",
        id,
        now as _,
        by,
        letters
    )
    .execute(ctx.conn())
    .await?;
    sqlx::query!(
        "update message set status = 'printed', held_reason = null, batch_id = $2 where id = any($1)",
        &ids,
        id
    )
    .execute(ctx.conn())
    .await?;
    ctx.enqueue(JOB, Some(&id.to_string()), json!({ "batch": id }), now).await?;
    Ok(id)
}

/// A batch as it stands.
#[boxed]
pub async fn get(platform: &Platform, id: Uuid) -> Result<Batch> {
    sqlx::query_as!(
        Batch,
        r#"select id, made_at as "made_at: Moment", made_by, letters, printed, refused, document_id as "document_id: DocumentId",
                  posted_at as "posted_at: Moment", posted_by
           from letter_batch where id = $1"#,
        id
    )
    .fetch_optional(platform.writes())
    .await?
    .ok_or(Error::NotFound("the batch"))
}

/// The latest batches, newest first.
#[boxed]
pub async fn latest(platform: &Platform, limit: i64) -> Result<Vec<Batch>> {
    Ok(sqlx::query_as!(
        Batch,
        r#"select id, made_at as "made_at: Moment", made_by, letters, printed, refused, document_id as "document_id: DocumentId",
                  posted_at as "posted_at: Moment", posted_by
           from letter_batch order by made_at desc, id limit $1"#,
        limit
    )
    .fetch_all(platform.reads())
    .await?)
}

/// Prints a batch. It may be broken off and run again: what is printed stays.
pub struct PrintBatch;

#[async_trait]
impl JobHandler for PrintBatch {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let id = payload["batch"].as_str().and_then(|id| id.parse().ok()).ok_or(Error::NotFound("the batch"))?;
        loop {
            let some = of_batch(platform, id, false, AT_ONCE).await?;
            if some.is_empty() {
                break;
            }
            print_some(platform, id, some).await?;
        }
        if get(platform, id).await?.is_printing() { print_file(platform, id).await } else { Ok(()) }
    }
}

/// The letters of a batch that are printed, or those that are not yet.
async fn of_batch(platform: &Platform, batch: Uuid, printed: bool, limit: i64) -> Result<Vec<Written>> {
    Ok(sqlx::query_as!(
        Written,
        r#"select id, channel, template, person_id as "person_id: PersonId", case_id, home_id as "home_id: PlaceId", address, subject, body,
                  status, parts as "parts: Json<Vec<WrittenPart>>", blanks as "blanks: Json<BTreeMap<String, String>>", large_print,
                  plain_words, language, created_at as "created_at: Moment", document_id as "document_id: DocumentId"
           from message where batch_id = $1 and status = 'printed' and (document_id is not null) = $2 order by id limit $3"#,
        batch,
        printed,
        limit
    )
    .fetch_all(platform.writes())
    .await?)
}

/// Prints some letters, each by itself, and notes them with their PDFs; what cannot be printed is held again.
async fn print_some(platform: &Platform, batch: Uuid, some: Vec<Written>) -> Result<()> {
    let today = platform.now().day();
    let (mut whole, mut letters) = (Vec::new(), Vec::<Letter>::new());
    let (mut refused, mut reasons) = (Vec::<Uuid>::new(), Vec::<String>::new());
    for written in some {
        if let Some(lacks) = written.lacks(platform, today) {
            refused.push(written.id);
            reasons.push(lacks);
        } else {
            letters.push(written.letter(platform)?);
            whole.push(written);
        }
    }
    let mut pdfs = Vec::new();
    for (written, pdf) in whole.into_iter().zip(print_each(platform, letters).await?) {
        match pdf {
            Ok(pdf) => pdfs.push((written, pdf)),
            Err(PrintError::Failed(cause)) => return Err(Error::Internal(format!("printing: {cause}"))),
            Err(error) => {
                refused.push(written.id);
                reasons.push(error.to_string());
            }
        }
    }
    let put = stream::iter(pdfs).map(|(written, pdf)| async move {
        let stored = documents::store_pdf(platform, &written.subject, documents::SENT_LETTER, pdf.into()).await?;
        Ok::<_, Error>((written, stored))
    });
    let stored: Vec<(Written, Stored)> = put.buffered(PUTS_AT_ONCE).try_collect().await?;
    note_printed(platform, batch, stored, &refused, &reasons).await
}

async fn note_printed(
    platform: &Platform,
    batch: Uuid,
    stored: Vec<(Written, Stored)>,
    refused: &[Uuid],
    reasons: &[String],
) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let ids: Vec<Uuid> = stored.iter().map(|(written, _)| written.id).collect();
    let hang = |(written, stored): (Written, Stored)| {
        let owner = Owner {
            case: written.case(),
            home: written.home_id.filter(|_| written.case_id.is_none()),
            person: written.person_id,
        };
        (stored, owner)
    };
    let documents = ctx.attach_all(stored.into_iter().map(hang).collect()).await?;
    let documents: Vec<Uuid> = documents.into_iter().map(Uuid::from).collect();
    sqlx::query!(
        "update message m set document_id = d.document from unnest($1::uuid[], $2::uuid[]) as d(id, document) where m.id = d.id",
        &ids,
        &documents
    )
    .execute(ctx.conn())
    .await?;
    sqlx::query!(
        "update message m set status = 'held', held_reason = r.reason, batch_id = null
         from unnest($1::uuid[], $2::text[]) as r(id, reason) where m.id = r.id",
        refused,
        reasons
    )
    .execute(ctx.conn())
    .await?;
    let (printed, refused) = (ids.len() as i32, refused.len() as i32);
    sqlx::query!(
        "update letter_batch set printed = printed + $2, refused = refused + $3 where id = $1",
        batch,
        printed,
        refused
    )
    .execute(ctx.conn())
    .await?;
    ctx.commit().await
}

/// All letters of a batch in one file for the printer.
async fn print_file(platform: &Platform, id: Uuid) -> Result<()> {
    let written = of_batch(platform, id, true, LETTERS_MAX).await?;
    let letters = written.iter().map(|written| written.letter(platform)).collect::<Result<Vec<_>>>()?;
    let many = letters.len();
    let pdf = print(platform, letters).await?;
    let name = format!("{many} letters {}", platform.now().day());
    let stored = documents::store_pdf(platform, &name, documents::PRINT_FILE, pdf).await?;
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let (sha256, now) = (stored.sha256(), ctx.now);
    let document = ctx.attach(stored, Owner::default()).await?;
    let refused = sqlx::query_scalar!(
        "update letter_batch set document_id = $2 where id = $1 and document_id is null returning refused",
        id,
        document as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    // Somebody else was quicker: theirs stands.
    let Some(refused) = refused else { return Ok(()) };
    let fact = PRINTED.at(now).with("batch", id).with("letters", many).with("refused", refused);
    ctx.record(fact.with("document", document).with("sha256", sha256)).await?;
    ctx.commit().await
}

/// Notes that a batch was posted: each of its letters has been sent, with the PDF that lay in its envelope.
#[boxed]
pub async fn posted(ctx: &mut Ctx, id: Uuid) -> Result<usize> {
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    sqlx::query_scalar!(
        "update letter_batch set posted_at = $2, posted_by = $3 where id = $1 and posted_at is null and document_id is not null
         returning id",
        id,
        now as _,
        by
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("This batch is still being printed, or somebody has noted already that it was posted."))?;
    let sent = sqlx::query!(
        r#"update message m set status = 'sent', sent_at = $2 from document d
           where m.batch_id = $1 and m.status = 'printed' and d.id = m.document_id
           returning m.channel, m.template, m.person_id, m.case_id, m.home_id, m.fact_payload,
                     d.id as "document!", encode(d.sha256, 'hex') as "sha256!""#,
        id,
        now as _
    )
    .fetch_all(ctx.conn())
    .await?;
    let many = sent.len();
    let mut facts = Vec::with_capacity(many + 1);
    for letter in sent {
        let fact = messages::sent_fact(ctx, letter.fact_payload.as_ref(), &letter.channel, &letter.template);
        let mut fact = fact.with("document", letter.document).with("sha256", letter.sha256);
        fact.case = letter.case_id.map(CaseId);
        facts.push(fact.home(letter.home_id.map(PlaceId)).person(letter.person_id.map(PersonId)));
    }
    facts.push(POSTED.at(now).with("batch", id).with("letters", many));
    ctx.record_all(facts).await?;
    Ok(many)
}
