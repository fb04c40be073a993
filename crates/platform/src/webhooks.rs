//! Webhooks: other systems are called when facts are recorded. The call is a job that comes of the note which a fact leaves in its own
//! transaction (`journal::fresh`), so that none is lost and none is made for a fact that was rolled back; it may come twice, and not in
//! order. The receiver proves by the signature that it comes from here, and by the fact's number that it has it already.

use crate::{Ctx, Error, FactKind, Platform, Result, boxed, jobs::JobHandler, ports::SendError, signin::new_secret};
use async_trait::async_trait;
use hmac::{Hmac, Mac};
use rooftree_kernel::{Actor, Channel, FieldErrors, Moment, Permission};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

/// Connects and disconnects other systems.
pub const MANAGE: Permission = Permission::new("webhooks.manage");
/// A webhook was added.
pub const WEBHOOK_ADDED: FactKind = FactKind::new("webhook.added", "Webhook added", &["webhook", "host", "facts"]);
/// A webhook was disabled.
pub const WEBHOOK_DISABLED: FactKind =
    FactKind::new("webhook.disabled", "Webhook disabled", &["webhook", "host", "reason"]);
/// The kind of the job.
pub const JOB: &str = "webhook";
/// What became of a call is kept so long.
const KEPT_SECONDS: i64 = 90 * 86_400;
/// The header with the time and the signature.
pub const SIGNATURE_HEADER: &str = "rooftree-signature";

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Where it calls.
    pub url: String,
    /// At which facts.
    pub facts: Vec<String>,
    /// When it was added.
    pub created_at: Moment,
    /// Since when it no longer calls.
    pub disabled_at: Option<Moment>,
    /// Calls of the last 90 days that arrived.
    pub delivered: i64,
    /// Calls of the last 90 days that did not yet arrive.
    pub failing: i64,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// The fact's number.
    pub fact_seq: i64,
    /// What the receiver answered last.
    pub status: Option<i32>,
    /// When it arrived.
    pub delivered_at: Option<Moment>,
    /// Why it last failed.
    pub last_error: Option<String>,
}

/// An address that may be called: `https`, or `http` on this machine where private addresses are allowed; no user name in it. Where the
/// name leads is for [`crate::ports::WebhookSender::check`] to say.
pub fn check_url(text: &str, private: bool) -> Result<Url, String> {
    let url =
        Url::parse(text.trim()).map_err(|_| "enter a whole address, like https://example.org/rooftree".to_owned())?;
    let plain_allowed = private && url.scheme() == "http";
    if url.scheme() != "https" && !plain_allowed {
        return Err("the address must begin with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave user name and password out of the address: the receiver checks the signature".to_owned());
    }
    if url.host_str().is_none() || text.len() > 2000 {
        return Err("enter a whole address, like https://example.org/rooftree".to_owned());
    }
    Ok(url)
}

/// Adds a webhook; returns its id and its secret, which is shown once.
#[boxed]
pub async fn add(ctx: &mut Ctx, url: &str, facts: &[String]) -> Result<(Uuid, String)> {
    ctx.require(&MANAGE)?;
    let mut errors = FieldErrors::default();
    let url =
        check_url(url, ctx.platform().config().webhooks_private).map_err(|message| errors.add("url", message)).ok();
    let known = &ctx.platform().registry().facts;
    match facts.iter().find(|fact| !known.contains_key(fact.as_str())) {
        _ if facts.is_empty() => errors.add("facts", "choose at least one kind of fact"),
        Some(unknown) => errors.add("facts", format!("there is no kind of fact ‘{unknown}’")),
        None => {}
    }
    if let (Some(url), Some(sender)) = (&url, &ctx.platform().ports().webhooks)
        && let Err(SendError::Permanent(why)) = sender.check(url.as_str()).await
    {
        errors.add("url", why);
    }
    let Some(url) = url.filter(|_| errors.is_empty()) else { return Err(Error::Invalid(errors)) };
    let (id, secret, now) = (Uuid::now_v7(), format!("whsec_{}", new_secret()), ctx.now);
    sqlx::query!(
        "insert into webhook (id, url, secret, facts, created_at) values ($1, $2, $3, $4, $5)",
        id,
        url.as_str(),
        secret,
        facts,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    // The host only: the path of an address is often a secret of the receiver's.
    ctx.record(WEBHOOK_ADDED.at(now).with("webhook", id).with("host", url.host_str()).with("facts", facts)).await?;
    Ok((id, secret))
}

/// Stops a webhook's calls; those waiting are not made any more.
#[boxed]
pub async fn disable(ctx: &mut Ctx, id: Uuid, reason: &str) -> Result<()> {
    ctx.require(&MANAGE)?;
    let now = ctx.now;
    let url = sqlx::query_scalar!(
        "update webhook set disabled_at = $2 where id = $1 and disabled_at is null returning url",
        id,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the webhook"))?;
    let host = Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned));
    ctx.record(WEBHOOK_DISABLED.at(now).with("webhook", id).with("host", host).with("reason", reason)).await?;
    Ok(())
}

/// All webhooks, the newest first, at most 200.
#[boxed]
pub async fn list(platform: &Platform) -> Result<Vec<Webhook>> {
    Ok(sqlx::query_as!(
        Webhook,
        r#"select w.id, w.url, w.facts, w.created_at as "created_at: Moment", w.disabled_at as "disabled_at: Moment",
                  (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.delivered_at is not null) as "delivered!",
                  (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.delivered_at is null) as "failing!"
           from webhook w order by w.created_at desc limit 200"#
    )
    .fetch_all(platform.writes())
    .await?)
}

/// The newest calls of a webhook, at most 100.
#[boxed]
pub async fn deliveries(platform: &Platform, id: Uuid) -> Result<Vec<Delivery>> {
    Ok(sqlx::query_as!(
        Delivery,
        r#"select id, fact_seq, status, delivered_at as "delivered_at: Moment", last_error from webhook_delivery
           where webhook_id = $1 order by fact_seq desc limit 100"#,
        id
    )
    .fetch_all(platform.writes())
    .await?)
}

/// The signature of a body sent at a time: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256 of `SECONDS.BODY` under the secret.
pub fn sign(secret: &str, seconds: i64, body: &[u8]) -> Result<String> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Ok(format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes())))
}

/// The job: one call.
pub struct Deliver;

#[async_trait]
impl JobHandler for Deliver {
    async fn run(&self, platform: &Platform, payload: &Value) -> Result<()> {
        let id: Uuid =
            payload["webhook"].as_str().and_then(|id| id.parse().ok()).ok_or(Error::NotFound("the webhook"))?;
        let seq = payload["seq"].as_i64().ok_or(Error::NotFound("the fact"))?;
        let hook = sqlx::query!("select url, secret from webhook where id = $1 and disabled_at is null", id)
            .fetch_optional(platform.writes())
            .await?;
        let Some(hook) = hook else { return Ok(()) };
        let sender = platform
            .ports()
            .webhooks
            .as_ref()
            .ok_or_else(|| Error::Internal("no sender of webhooks is configured".to_owned()))?;
        let body = body(platform, seq).await?;
        let signature = sign(&hook.secret, platform.now().as_micros() / 1_000_000, &body)?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            (SIGNATURE_HEADER, signature),
            ("rooftree-fact", seq.to_string()),
        ];
        match sender.post(&hook.url, &headers, body.into()).await {
            Ok(status @ 200..=299) => note(platform, id, seq, Some(status), None).await,
            // The receiver says that it is gone for good.
            Ok(410) => {
                note(platform, id, seq, Some(410), Some("the receiver answered 410 Gone")).await?;
                let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
                disable(&mut ctx, id, "the receiver answered 410 Gone").await?;
                ctx.commit().await
            }
            Ok(status) => {
                let reason = format!("the receiver answered {status}");
                note(platform, id, seq, Some(status), Some(&reason)).await?;
                Err(Error::Internal(reason))
            }
            Err(SendError::Permanent(reason)) => note(platform, id, seq, None, Some(&reason)).await,
            Err(SendError::Temporary(reason)) => {
                note(platform, id, seq, None, Some(&reason)).await?;
                Err(Error::Internal(reason))
            }
        }
    }
}

/// The fact as the receiver gets it.
async fn body(platform: &Platform, seq: i64) -> Result<Vec<u8>> {
    let fact = sqlx::query!(
        r#"select name, occurred_at as "occurred_at: Moment", recorded_at as "recorded_at: Moment", home_id, person_id, case_id, payload
           from fact where seq = $1"#,
        seq
    )
    .fetch_optional(platform.writes())
    .await?
    .ok_or(Error::NotFound("the fact"))?;
    let value = json!({
        "seq": seq, "name": fact.name, "occurred_at": fact.occurred_at, "recorded_at": fact.recorded_at, "home_id": fact.home_id,
        "person_id": fact.person_id, "case_id": fact.case_id, "payload": fact.payload,
    });
    serde_json::to_vec(&value).map_err(|error| Error::Internal(error.to_string()))
}

async fn note(platform: &Platform, id: Uuid, seq: i64, status: Option<u16>, error: Option<&str>) -> Result<()> {
    let (status, delivered) = (status.map(i32::from), error.is_none().then(|| platform.now()));
    sqlx::query!(
        "insert into webhook_delivery (webhook_id, fact_seq, status, delivered_at, last_error, noted_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (webhook_id, fact_seq) do update
         set status = excluded.status, delivered_at = excluded.delivered_at, last_error = excluded.last_error, noted_at = excluded.noted_at",
        id,
        seq,
        status,
        delivered as _,
        error,
        platform.now() as _
    )
    .execute(platform.writes())
    .await?;
    Ok(())
}

/// Forgets calls that were last made three months ago.
#[boxed]
pub async fn forget_old(platform: &Platform) -> Result<u64> {
    let before = platform.now().plus_seconds(-KEPT_SECONDS);
    Ok(sqlx::query!("delete from webhook_delivery where noted_at < $1", before as _)
        .execute(platform.writes())
        .await?
        .rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(
            sign("whsec_test", 1_700_000_000, b"{}").unwrap(),
            "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91"
        );
    }

    #[test]
    fn only_addresses_that_can_be_trusted_with_facts() {
        assert!(check_url("https://example.org/hook?x=1", false).is_ok());
        for bad in [
            "http://example.org",
            "ftp://example.org",
            "example.org",
            "https://",
            "https://user:pw@example.org/",
            "file:///etc/passwd",
        ] {
            assert!(check_url(bad, false).is_err(), "{bad}");
        }
        assert!(check_url("http://127.0.0.1:9000/", true).is_ok());
    }
}
