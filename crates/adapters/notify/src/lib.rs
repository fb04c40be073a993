//! Texts and letters through the HTTP API of GOV.UK Notify (version 2), as its REST documentation describes it:
//! <https://docs.notifications.service.gov.uk/rest-api.html>.
//!
//! Notify sends only what one of its templates says. Rooftree composes its messages itself, so it needs two templates in
//! Notify that pass everything through: a text message whose body is `((body))`, and a letter whose heading is
//! `((subject))` and whose body is `((body))`. A letter that was printed here goes as the PDF that it is, without a template.

pub mod webhooks;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use rooftree_platform::ports::{DeliveryStatus, LetterBody, SendError, TextSender};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Notify's own address.
pub const PRODUCTION: &str = "https://api.notifications.service.gov.uk";

/// How long a request may take, in seconds (the official clients wait as long).
const REQUEST_SECONDS_MAX: u64 = 30;
/// A UUID's length as text; an API key ends in two of them.
const UUID_CHARS: usize = 36;
/// A letter's address has this many lines.
const ADDRESS_LINES: std::ops::RangeInclusive<usize> = 3..=7;

/// What is needed to send through Notify.
#[derive(Clone)]
pub struct NotifyConfig {
    /// The API's address: [`PRODUCTION`], or a stand-in's on this machine.
    pub base_url: String,
    /// The API key as Notify shows it: name, service id and secret joined by hyphens.
    pub api_key: String,
    /// The id of the text template whose body is `((body))`.
    pub text_template: Uuid,
    /// The id of the letter template with `((subject))` and `((body))`.
    pub letter_template: Uuid,
}

impl std::fmt::Debug for NotifyConfig {
    /// Leaves the key out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotifyConfig").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Sends through Notify.
pub struct Notify {
    client: Client,
    base_url: Url,
    service_id: String,
    key: EncodingKey,
    text_template: Uuid,
    letter_template: Uuid,
}

/// The claims of a request's token.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: u64,
}

#[derive(Deserialize)]
struct Sent {
    id: Uuid,
}

#[derive(Deserialize)]
struct Notification {
    status: String,
}

/// `{"status_code": 400, "errors": [{"error": "BadRequestError", "message": "…"}]}`
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<RefusalReason>,
}

#[derive(Deserialize)]
struct RefusalReason {
    error: String,
    message: String,
}

impl Notify {
    /// Checks the configuration; sends nothing yet.
    ///
    /// # Errors
    /// A message for the person who configures it; it does not repeat the key.
    pub fn new(config: &NotifyConfig) -> Result<Self, String> {
        let base_url =
            Url::parse(&config.base_url).map_err(|error| format!("Notify's address is not usable: {error}"))?;
        let this_machine = matches!(base_url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if base_url.scheme() != "https" && !(this_machine && base_url.scheme() == "http") {
            return Err("Notify's address must begin with https://".to_owned());
        }
        let (service_id, secret) = split_key(&config.api_key)
            .ok_or("the Notify API key is incomplete: it is a name and two UUIDs, joined by hyphens")?;
        let client = Client::builder()
            .timeout(Duration::from_secs(REQUEST_SECONDS_MAX))
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self {
            client,
            base_url,
            service_id: service_id.to_owned(),
            key: EncodingKey::from_secret(secret.as_bytes()),
            text_template: config.text_template,
            letter_template: config.letter_template,
        })
    }

    /// A token is good for thirty seconds, so every request gets a fresh one.
    fn token(&self) -> Result<String, SendError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let iat = since.map_err(|_| SendError::Temporary("this machine's clock is wrong".to_owned()))?.as_secs();
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &Claims { iss: &self.service_id, iat }, &self.key)
            .map_err(|_| SendError::Temporary("the request could not be signed".to_owned()))
    }

    fn address(&self, parts: &[&str]) -> Result<Url, SendError> {
        let mut url = self.base_url.clone();
        match url.path_segments_mut() {
            Ok(mut path) => drop(path.pop_if_empty().extend(["v2", "notifications"]).extend(parts)),
            Err(()) => return Err(SendError::Temporary("Notify's address is not usable".to_owned())),
        }
        Ok(url)
    }

    async fn answer<T: serde::de::DeserializeOwned>(
        &self,
        request: RequestBuilder,
        private: &[&str],
    ) -> Result<T, SendError> {
        let response = request.bearer_auth(self.token()?).send().await.map_err(|error| {
            let what = if error.is_timeout() { "Notify did not answer in time" } else { "Notify cannot be reached" };
            SendError::Temporary(what.to_owned())
        })?;
        let status = response.status();
        if status.is_success() {
            let answer = response.json().await;
            // The message may have been taken on, but without its id it cannot be followed; trying again is the lesser evil.
            return answer.map_err(|_| SendError::Temporary("Notify's answer could not be read".to_owned()));
        }
        let refusal = response.json().await.unwrap_or_default();
        Err(failure(status, &refusal, private))
    }

    async fn send(&self, kind: &str, body: &Value, private: &[&str]) -> Result<String, SendError> {
        let request = self.client.post(self.address(&[kind])?).json(body);
        let sent: Sent = self.answer(request, private).await?;
        tracing::debug!(kind, id = %sent.id, "handed to Notify");
        Ok(sent.id.to_string())
    }
}

#[async_trait]
impl TextSender for Notify {
    async fn text(&self, to: &str, body: &str, reference: &str) -> Result<String, SendError> {
        let request = json!({
            "phone_number": to,
            "template_id": self.text_template,
            "personalisation": { "body": body },
            "reference": reference,
        });
        self.send("sms", &request, &[to]).await
    }

    async fn letter(&self, letter: &LetterBody, reference: &str) -> Result<String, SendError> {
        let lines: Vec<&str> =
            letter.address_lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        if !ADDRESS_LINES.contains(&lines.len()) {
            return Err(SendError::Permanent(format!(
                "the address has {} lines; a letter needs {} to {}, the last a postcode or country",
                lines.len(),
                ADDRESS_LINES.start(),
                ADDRESS_LINES.end()
            )));
        }
        if let Some(pdf) = &letter.pdf {
            let request = json!({ "reference": reference, "content": BASE64_STANDARD.encode(pdf) });
            return self.send("letter", &request, &lines).await;
        }
        let mut personalisation = Map::new();
        for (index, line) in lines.iter().enumerate() {
            personalisation.insert(format!("address_line_{}", index + 1), json!(line));
        }
        personalisation.insert("subject".to_owned(), json!(letter.subject));
        personalisation.insert("body".to_owned(), json!(letter.text));
        let request = json!({
            "template_id": self.letter_template,
            "personalisation": personalisation,
            "reference": reference,
        });
        self.send("letter", &request, &lines).await
    }

    /// A text sent abroad counts as delivered when it has left, and a letter when it has been printed and posted: Notify
    /// learns no more.
    async fn status(&self, provider_reference: &str) -> Result<DeliveryStatus, SendError> {
        let id: Uuid = provider_reference
            .parse()
            .map_err(|_| SendError::Permanent("the provider's reference is not one of Notify's".to_owned()))?;
        let request = self.client.get(self.address(&[&id.to_string()])?);
        let notification: Notification = self.answer(request, &[]).await?;
        Ok(delivery(&notification.status))
    }
}

fn delivery(status: &str) -> DeliveryStatus {
    let failed = |why: &str| DeliveryStatus::Failed(why.to_owned());
    match status {
        "delivered" | "sent" | "received" => DeliveryStatus::Delivered,
        "permanent-failure" => failed("the number or address does not exist or refuses messages"),
        "temporary-failure" => failed("the phone was off, out of reach or full; it may work another time"),
        "technical-failure" => failed("Notify or its provider had a fault; send it again"),
        "cancelled" => failed("cancelled in Notify before it was printed"),
        "validation-failed" => failed("Notify could not print the letter"),
        "virus-scan-failed" => failed("Notify found a virus in the letter"),
        // created, sending, pending, accepted, pending-virus-check, and what may be added.
        _ => DeliveryStatus::Pending,
    }
}

/// Sorts what is worth another try from what is not.
fn failure(status: StatusCode, refusal: &Refusal, private: &[&str]) -> SendError {
    let code = status.as_u16();
    let reason = match refusal.errors.first() {
        // A reason may quote what it objects to.
        Some(first) if private.iter().any(|value| first.message.contains(value)) => first.error.clone(),
        Some(first) => format!("{}: {}", first.error, first.message),
        None => "no reason given".to_owned(),
    };
    match code {
        // The message is sound: it can go once the key or the clock is mended.
        401 | 403 => SendError::Temporary(format!("Notify does not accept our key or our clock ({code}, {reason})")),
        429 => SendError::Temporary(format!("Notify's limit is reached ({code}, {reason})")),
        400..=499 => SendError::Permanent(format!("Notify refused it ({code}, {reason})")),
        _ => SendError::Temporary(format!("Notify has a fault ({code}, {reason})")),
    }
}

/// The service id and the secret at the end of `name-serviceid-secret`.
fn split_key(api_key: &str) -> Option<(&str, &str)> {
    let api_key = api_key.trim();
    let secret_at = api_key.len().checked_sub(UUID_CHARS)?;
    let service_at = secret_at.checked_sub(UUID_CHARS + 1)?;
    let (service_id, secret) = (api_key.get(service_at..secret_at - 1)?, api_key.get(secret_at..)?);
    let sound = |text: &str| Uuid::try_parse(text).is_ok();
    (sound(service_id) && sound(secret)).then_some((service_id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_is_taken_apart_from_its_end() {
        let (service, secret) = ("26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0");
        assert_eq!(split_key(&format!("my-test_key-{service}-{secret}\n")), Some((service, secret)));
        assert_eq!(split_key(&format!("{service}-{secret}")), Some((service, secret)));
        for bad in ["", "short", secret, &format!("key-{service}-{}", "é".repeat(18))] {
            assert_eq!(split_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_unknown_status_is_not_taken_for_an_end() {
        assert_eq!(delivery("accepted"), DeliveryStatus::Pending);
        assert_eq!(delivery("something-new"), DeliveryStatus::Pending);
        assert_eq!(delivery("received"), DeliveryStatus::Delivered);
        assert!(matches!(delivery("permanent-failure"), DeliveryStatus::Failed(_)));
    }
}
