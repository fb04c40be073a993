//! What became of texts and letters that were handed over.

use super::sending::fail;
use crate::{
    Platform, Result, boxed,
    ports::{DeliveryStatus, SendError, TextSender},
};
use rooftree_kernel::{Actor, Channel};
use uuid::Uuid;

/// Messages asked about at one time.
const AT_ONCE: i64 = 100;
/// GOV.UK Notify forgets a message after seven days; one that it no longer knows must not count as failed for that.
const FOLLOWED_SECONDS: i64 = 6 * 86_400;
/// After so many failures in a row the sender is not to be reached: asking on would only wait for one timeout after the other.
const FAILURES_IN_A_ROW_MAX: usize = 5;

struct HandedOver {
    id: Uuid,
    reference: String,
}

/// What the sender said.
#[derive(Default)]
struct Answers {
    /// Those that were asked about.
    asked: Vec<Uuid>,
    delivered: Vec<Uuid>,
    failed: Vec<Uuid>,
    reasons: Vec<String>,
}

/// Asks the sender what became of texts and letters that were handed over lately: those never asked about first, then those that were
/// asked about longest ago, so that a letter that is on its way for days keeps no text waiting.
#[boxed]
pub async fn follow_up(platform: &Platform) -> Result<()> {
    let Some(sender) = &platform.ports().text else { return Ok(()) };
    let since = platform.now().plus_seconds(-FOLLOWED_SECONDS);
    let messages = sqlx::query_as!(
        HandedOver,
        r#"select id, provider_reference as "reference!" from message
           where status = 'sent' and channel in ('text', 'letter') and provider_reference is not null and sent_at > $1
           order by checked_at nulls first, sent_at limit $2"#,
        since as _,
        AT_ONCE
    )
    .fetch_all(platform.writes())
    .await?;
    note(platform, ask(sender.as_ref(), messages).await).await
}

async fn ask(sender: &dyn TextSender, messages: Vec<HandedOver>) -> Answers {
    let (mut answers, mut failures) = (Answers::default(), 0);
    for message in messages {
        let answer = sender.status(&message.reference).await;
        failures = if matches!(answer, Err(SendError::Temporary(_))) { failures + 1 } else { 0 };
        answers.add(message.id, answer);
        if failures == FAILURES_IN_A_ROW_MAX {
            break;
        }
    }
    answers
}

impl Answers {
    fn add(&mut self, id: Uuid, answer: Result<DeliveryStatus, SendError>) {
        self.asked.push(id);
        match answer {
            Ok(DeliveryStatus::Pending) => {}
            Ok(DeliveryStatus::Delivered) => self.delivered.push(id),
            Ok(DeliveryStatus::Failed(reason)) | Err(SendError::Permanent(reason)) => {
                self.failed.push(id);
                self.reasons.push(reason);
            }
            // Its turn comes again; the others are asked about all the same.
            Err(error @ SendError::Temporary(_)) => {
                tracing::warn!(%error, "the sender did not say what became of a message");
            }
        }
    }
}

async fn note(platform: &Platform, answers: Answers) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
    let now = ctx.now;
    sqlx::query!(
        "update message set checked_at = $3, status = case when id = any($2) then 'delivered' else status end,
                delivered_at = case when id = any($2) then $3 else delivered_at end
         where id = any($1) and status = 'sent'",
        &answers.asked,
        &answers.delivered,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    fail(&mut ctx, &answers.failed, &answers.reasons).await?;
    ctx.commit().await
}
