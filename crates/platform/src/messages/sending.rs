//! The job that sends one owed message.

use super::{MESSAGE_FAILED, MESSAGE_SENT, Medium, after_quiet_hours};
use crate::{
    Ctx, Error, NewFact, Platform, Result,
    documents::{self, Owner, Stored},
    jobs::JobHandler,
    letters,
    ports::{LetterBody, OutgoingMail, SendError},
};
use async_trait::async_trait;
use rooftree_kernel::{Actor, CaseId, Channel, Moment, PersonId, PlaceId};
use serde_json::Value;
use uuid::Uuid;

struct Owed {
    channel: String,
    template: String,
    person_id: Option<Uuid>,
    case_id: Option<Uuid>,
    home_id: Option<Uuid>,
    address: String,
    subject: String,
    body: String,
    status: String,
    fact_payload: Option<Value>,
}

impl Owed {
    /// What its PDF hangs on: the case, or else the home; and whoever gets it.
    fn owner(&self) -> Owner {
        Owner {
            case: self.case_id.map(CaseId),
            home: self.home_id.map(PlaceId).filter(|_| self.case_id.is_none()),
            person: self.person_id.map(PersonId),
        }
    }
}

/// Sends one owed message.
pub struct SendMessage;

#[async_trait]
impl JobHandler for SendMessage {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let id = message_of(payload)?;
        let owed = sqlx::query_as!(
            Owed,
            "select channel, template, person_id, case_id, home_id, address, subject, body, status, fact_payload from message where id = $1",
            id
        )
        .fetch_one(platform.writes())
        .await?;
        if !matches!(owed.status.as_str(), "waiting" | "held") {
            return Ok(());
        }
        if owed.channel == Medium::Letter.as_str() {
            return send_letter(platform, &owed, id).await;
        }
        if let Some(lacks) = letters::written::find(platform.writes(), id).await?.lacks(platform, platform.now().day())
        {
            return hold(platform, id, &lacks).await;
        }
        match hand_over(platform, &owed, id).await {
            Some(Ok(reference)) => note_sent(platform, id, &owed, &reference, None).await,
            Some(Err(SendError::Permanent(reason))) => note_failed(platform, id, &reason).await,
            Some(Err(SendError::Temporary(reason))) => Err(Error::Internal(reason)),
            None => hold(platform, id, not_configured(&owed.channel)).await,
        }
    }

    /// Whatever made it late – a failure before, a worker that stood still, somebody who sends it again – a text disturbs nobody's night.
    async fn not_before(&self, platform: &Platform, payload: &Value) -> Result<Option<Moment>> {
        let message = sqlx::query!("select channel, template from message where id = $1", message_of(payload)?)
            .fetch_optional(platform.writes())
            .await?;
        Ok(message.map(|message| {
            let any_hour = platform.rules().templates.get(&message.template).is_some_and(|known| known.any_hour);
            after_quiet_hours(platform.now(), platform.config().quiet_hours, &message.channel, any_hour)
        }))
    }

    async fn given_up(&self, platform: &Platform, payload: &Value, reason: &str) -> Result<()> {
        note_failed(platform, message_of(payload)?, reason).await
    }

    async fn tried_again(&self, ctx: &mut Ctx, payloads: &[Value]) -> Result<()> {
        let ids = payloads.iter().map(message_of).collect::<Result<Vec<Uuid>>>()?;
        sqlx::query!(
            "update message set status = 'waiting', held_reason = null where id = any($1) and status = 'failed'",
            &ids
        )
        .execute(ctx.conn())
        .await?;
        Ok(())
    }
}

fn message_of(payload: &Value) -> Result<Uuid> {
    payload["message"].as_str().and_then(|id| id.parse().ok()).ok_or(Error::NotFound("the message"))
}

async fn hand_over(platform: &Platform, owed: &Owed, id: Uuid) -> Option<Result<String, SendError>> {
    let ports = platform.ports();
    let reference = id.to_string();
    let Some(medium) = Medium::read(&owed.channel) else {
        return Some(Err(SendError::Permanent(format!("nothing sends messages by ‘{}’", owed.channel))));
    };
    match medium {
        Medium::Email => {
            let mail = OutgoingMail {
                to: owed.address.clone(),
                subject: owed.subject.clone(),
                text: owed.body.clone(),
                html: None,
                reply_to: None,
            };
            Some(ports.mail.as_ref()?.send(&mail).await)
        }
        Medium::Text => Some(ports.text.as_ref()?.text(&owed.address, &owed.body, &reference).await),
        Medium::Letter => Some(Err(SendError::Permanent("a letter is printed before it goes".to_owned()))),
    }
}

/// Prints a letter and hands it over as it will lie in the envelope. What it must say and does not, and a character that cannot be printed,
/// stop it here.
async fn send_letter(platform: &Platform, owed: &Owed, id: Uuid) -> Result<()> {
    let Some(post) = &platform.ports().text else {
        return hold(platform, id, not_configured(&owed.channel)).await;
    };
    let written = letters::written::find(platform.writes(), id).await?;
    if let Some(lacks) = written.lacks(platform, platform.now().day()) {
        return hold(platform, id, &lacks).await;
    }
    let pdf = match letters::print(platform, vec![written.letter(platform)?]).await {
        Err(Error::Conflict(refused)) => return note_failed(platform, id, &refused).await,
        printed => printed?,
    };
    let stored = documents::store_pdf(platform, &owed.subject, documents::SENT_LETTER, pdf.clone()).await?;
    let letter = LetterBody {
        address_lines: owed.address.lines().map(str::to_owned).collect(),
        subject: owed.subject.clone(),
        text: owed.body.clone(),
        pdf: Some(pdf),
    };
    match post.letter(&letter, &id.to_string()).await {
        Ok(reference) => note_sent(platform, id, owed, &reference, Some(stored)).await,
        Err(SendError::Permanent(reason)) => note_failed(platform, id, &reason).await,
        Err(SendError::Temporary(reason)) => Err(Error::Internal(reason)),
    }
}

/// It has gone; a letter with the PDF that went, which stays with its case.
async fn note_sent(platform: &Platform, id: Uuid, owed: &Owed, reference: &str, pdf: Option<Stored>) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let now = ctx.now;
    let (mut document, sha256) = (None, pdf.as_ref().map(Stored::sha256));
    if let Some(pdf) = pdf {
        document = Some(ctx.attach(pdf, owed.owner()).await?);
    }
    sqlx::query!(
        "update message set status = 'sent', sent_at = $2, provider_reference = $3, checked_at = null, held_reason = null,
                document_id = coalesce($4, document_id)
         where id = $1",
        id,
        now as _,
        reference,
        document as _
    )
    .execute(ctx.conn())
    .await?;
    let fact = sent_fact(&ctx, owed.fact_payload.as_ref(), &owed.channel, &owed.template);
    let mut fact = fact.with("document", document).with("sha256", sha256);
    fact.case = owed.case_id.map(CaseId);
    ctx.record(fact.home(owed.home_id.map(PlaceId)).person(owed.person_id.map(PersonId))).await?;
    ctx.commit().await
}

/// What the journal says of a message that has gone.
pub(crate) fn sent_fact(ctx: &Ctx, said: Option<&Value>, channel: &str, template: &str) -> NewFact {
    let fields = ctx.platform().registry().message_fields.iter().copied();
    let fact =
        fields.fold(MESSAGE_SENT.at(ctx.now), |fact, field| fact.with(field, said.and_then(|said| said.get(field))));
    fact.with("channel", channel).with("template", template)
}

/// It could not be sent and is not tried again by itself.
async fn note_failed(platform: &Platform, id: Uuid, reason: &str) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    fail(&mut ctx, &[id], &[reason.to_owned()]).await?;
    ctx.commit().await
}

/// Marks messages as failed, each for its reason, and records it: once, however often it is noted.
pub(super) async fn fail(ctx: &mut Ctx, ids: &[Uuid], reasons: &[String]) -> Result<()> {
    let now = ctx.now;
    let failed = sqlx::query!(
        r#"update message m set status = 'failed', held_reason = f.reason from unnest($1::uuid[], $2::text[]) as f(id, reason)
           where m.id = f.id and m.status in ('waiting', 'held', 'sent')
           returning m.channel, m.template, m.person_id, m.case_id, m.home_id, f.reason as "reason!""#,
        ids,
        reasons
    )
    .fetch_all(ctx.conn())
    .await?;
    let facts: Vec<NewFact> = failed
        .into_iter()
        .map(|message| {
            let mut fact = MESSAGE_FAILED
                .at(now)
                .with("channel", message.channel)
                .with("template", message.template)
                .with("reason", message.reason);
            fact.case = message.case_id.map(CaseId);
            fact.home(message.home_id.map(PlaceId)).person(message.person_id.map(PersonId))
        })
        .collect();
    ctx.record_all(facts).await?;
    Ok(())
}

/// Why a message of this channel cannot go from here.
fn not_configured(channel: &str) -> &'static str {
    match channel {
        "email" => "no mail server is configured (ROOFTREE_SMTP_URL)",
        _ => "GOV.UK Notify is not configured (ROOFTREE_NOTIFY_KEY)",
    }
}

async fn hold(platform: &Platform, id: Uuid, reason: &str) -> Result<()> {
    sqlx::query!(
        "update message set status = 'held', held_reason = $2 where id = $1 and status in ('waiting', 'held')",
        id,
        reason
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}
