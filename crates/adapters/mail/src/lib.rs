//! E-mail by SMTP.

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, AsyncSmtpTransportBuilder},
};
use rooftree_platform::ports::{MailSender, OutgoingMail, SendError};
use std::{sync::OnceLock, time::Duration};
use url::{Host, Url};
use uuid::Uuid;

/// How long one step of the conversation with the mail server may take, in seconds.
const STEP_SECONDS_MAX: u64 = 20;

/// Sends e-mail through one SMTP server, keeping a few connections open.
pub struct SmtpMailer {
    builder: AsyncSmtpTransportBuilder,
    /// Made at the first mail, because its pool of connections needs a running runtime.
    transport: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
}

impl SmtpMailer {
    /// `url` names the server: `smtps://user:password@host:465` (TLS from the start),
    /// `smtp://user:password@host:587?tls=required` (STARTTLS), or `smtp://127.0.0.1:25` (no TLS, on this machine only).
    /// `from` is the sender: `Oxenford repairs <repairs@example.org>` or the address alone.
    ///
    /// # Errors
    /// A message for the person who configures it; it does not repeat the password.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|_| "the sender's address is not an e-mail address".to_owned())?;
        let parsed = Url::parse(url).map_err(|error| format!("the mail server's address is not usable: {error}"))?;
        let encrypted = match parsed.scheme() {
            "smtps" => true,
            "smtp" => parsed.query_pairs().any(|(name, value)| name == "tls" && value == "required"),
            _ => return Err("the mail server's address must begin with smtp:// or smtps://".to_owned()),
        };
        if !encrypted && !is_this_machine(&parsed) {
            return Err(
                "mail would travel unencrypted: add ?tls=required to the mail server's address, or use smtps://".into(),
            );
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| format!("the mail server's address is not usable: {error}"))?;
        let builder = builder.timeout(Some(Duration::from_secs(STEP_SECONDS_MAX)));
        Ok(Self { builder, transport: OnceLock::new(), from })
    }

    fn transport(&self) -> &AsyncSmtpTransport<Tokio1Executor> {
        self.transport.get_or_init(|| self.builder.clone().build())
    }

    /// Whether the server answers and lets us in, for `rooftree doctor`.
    pub async fn check(&self) -> Result<(), String> {
        match self.transport().test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server does not answer".to_owned()),
            Err(error) => Err(format!("the mail server cannot be used: {error}")),
        }
    }

    fn compose(&self, mail: &OutgoingMail, message_id: &str) -> Result<Message, SendError> {
        let address = |text: &str, whose: &str| -> Result<Mailbox, SendError> {
            text.trim()
                .parse()
                .map_err(|_| SendError::Permanent(format!("the {whose} address is not an e-mail address")))
        };
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(address(&mail.to, "recipient's")?)
            .message_id(Some(message_id.to_owned()))
            // A line break would begin another header.
            .subject(mail.subject.split_whitespace().collect::<Vec<_>>().join(" "))
            // Asks holiday responders to stay silent (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = &mail.reply_to {
            builder = builder.reply_to(address(reply_to, "reply")?);
        }
        let built = match &mail.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
            None => builder.header(lettre::message::header::ContentType::TEXT_PLAIN).body(mail.text.clone()),
        };
        built.map_err(|_| SendError::Permanent("the mail could not be put together".to_owned()))
    }
}

impl Drop for SmtpMailer {
    /// The pool says goodbye to the server in a task of its own; without a runtime that would panic, so it is left.
    fn drop(&mut self) {
        if let Some(transport) = self.transport.take()
            && tokio::runtime::Handle::try_current().is_err()
        {
            std::mem::forget(transport);
        }
    }
}

#[async_trait]
impl MailSender for SmtpMailer {
    /// The reference returned is the Message-ID.
    async fn send(&self, mail: &OutgoingMail) -> Result<String, SendError> {
        let message_id = format!("<{}@{}>", Uuid::now_v7(), self.from.email.domain());
        let message = self.compose(mail, &message_id)?;
        self.transport().send(message).await.map_err(|error| failure(&error))?;
        Ok(message_id)
    }
}

/// What the server says may quote the recipient, so only its code is passed on.
fn failure(error: &smtp::Error) -> SendError {
    let Some(code) = error.status() else {
        let what = match () {
            () if error.is_timeout() => "the mail server did not answer in time",
            () if error.is_tls() => "no encrypted connection to the mail server",
            () => "the mail server cannot be reached or does not offer what was asked of it",
        };
        return SendError::Temporary(what.to_owned());
    };
    let number: u16 = code.to_string().parse().unwrap_or_default();
    match number {
        // The set-up is wrong, not the mail: it can go once that is mended.
        530 | 534 | 535 | 538 => SendError::Temporary(format!("the mail server refused our sign-in ({number})")),
        _ if error.is_permanent() => SendError::Permanent(format!("the mail server refused the mail ({number})")),
        _ => SendError::Temporary(format!("the mail server put the mail off ({number})")),
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        // The url crate leaves hosts of unknown schemes unparsed.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
