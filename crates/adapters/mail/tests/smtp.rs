//! Against a small SMTP server on this machine that keeps what it receives and answers as it is told.

use rooftree_mail::SmtpMailer;
use rooftree_platform::ports::{MailSender, OutgoingMail, SendError};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What was received: the commands, then the mail itself.
type Received = Arc<Mutex<(Vec<String>, String)>>;

/// Serves one conversation after another; `answer` is the reply to `RCPT TO`.
async fn server(answer: &'static str) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, answer, Arc::clone(&kept)));
        }
    });
    (url, received)
}

async fn converse(stream: TcpStream, answer: &'static str, received: Received) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 stand-in ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        received.lock().unwrap().0.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-stand-in\r\n250 8BITMIME",
            "RCPT" => answer,
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    received.lock().unwrap().1.push_str(&format!("{line}\n"));
                }
                "250 kept"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        to: "Ann Example <ann@example.org>".into(),
        subject: "Your repair\r\nBcc: all@example.org".into(),
        text: "We will come on Friday.\n".into(),
        html: None,
        reply_to: Some("repairs@example.org".into()),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_written() {
    let (url, received) = server("250 ok").await;
    let mailer = SmtpMailer::new(&url, "Oxenford repairs <no-reply@oxenford.example>").unwrap();
    mailer.check().await.unwrap();
    let reference = mailer.send(&mail()).await.unwrap();
    let (commands, text) = received.lock().unwrap().clone();
    assert!(commands.iter().any(|line| line.starts_with("MAIL FROM:<no-reply@oxenford.example>")), "{commands:?}");
    assert_eq!(commands.iter().filter(|line| line.starts_with("RCPT TO:")).count(), 1);
    assert!(commands.iter().any(|line| line.starts_with("RCPT TO:<ann@example.org>")), "{commands:?}");
    assert!(text.contains(&format!("Message-ID: {reference}")), "{text}");
    assert!(reference.ends_with("@oxenford.example>"));
    assert!(text.contains("Subject: Your repair Bcc: all@example.org\n"), "no header can be smuggled in: {text}");
    assert!(
        text.contains("Reply-To: repairs@example.org\n") && text.contains("Auto-Submitted: auto-generated\n"),
        "{text}"
    );
    assert!(text.contains("We will come on Friday."), "{text}");
}

#[tokio::test]
async fn a_mail_with_html_carries_both_forms() {
    let (url, received) = server("250 ok").await;
    let mailer = SmtpMailer::new(&url, "no-reply@oxenford.example").unwrap();
    let both = OutgoingMail { html: Some("<p>On <b>Friday</b>.</p>".into()), ..mail() };
    mailer.send(&both).await.unwrap();
    let text = received.lock().unwrap().1.clone();
    for part in ["multipart/alternative", "text/plain", "text/html", "<b>Friday</b>"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart_without_naming_anybody() {
    for (answer, expected) in [
        ("550 no such user ann@example.org", SendError::Permanent("the mail server refused the mail (550)".into())),
        ("451 ann@example.org is busy", SendError::Temporary("the mail server put the mail off (451)".into())),
        ("530 sign in first", SendError::Temporary("the mail server refused our sign-in (530)".into())),
    ] {
        let (url, _) = server(answer).await;
        let mailer = SmtpMailer::new(&url, "no-reply@oxenford.example").unwrap();
        assert_eq!(mailer.send(&mail()).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let mailer = SmtpMailer::new(&url, "no-reply@oxenford.example").unwrap();
    assert!(matches!(mailer.send(&mail()).await, Err(SendError::Temporary(_))));
}

#[tokio::test]
async fn required_encryption_is_never_given_up() {
    let (url, received) = server("250 ok").await;
    let mailer = SmtpMailer::new(&format!("{url}?tls=required"), "no-reply@oxenford.example").unwrap();
    assert!(matches!(mailer.send(&mail()).await, Err(SendError::Temporary(_))));
    let (commands, text) = received.lock().unwrap().clone();
    assert!(text.is_empty() && !commands.iter().any(|line| line.starts_with("MAIL")), "{commands:?}");
}

#[tokio::test]
async fn a_bad_recipient_is_permanent_and_not_repeated() {
    let (url, _) = server("250 ok").await;
    let mailer = SmtpMailer::new(&url, "no-reply@oxenford.example").unwrap();
    for to in ["", "ann", "ann@example.org, bob@example.org", "ann@example.org\r\nBcc: x@example.org"] {
        let error = mailer.send(&OutgoingMail { to: to.into(), ..mail() }).await.unwrap_err();
        assert_eq!(error, SendError::Permanent("the recipient's address is not an e-mail address".into()), "{to:?}");
    }
}

#[test]
fn an_unsafe_or_broken_address_is_refused_at_the_start() {
    for (url, part) in [
        ("smtp://mail.example.org:25", "unencrypted"),
        ("smtp://user:secret@mail.example.org:587?tls=opportunistic", "unencrypted"),
        ("http://mail.example.org", "smtp://"),
        ("mail.example.org", "not usable"),
    ] {
        let error = SmtpMailer::new(url, "a@example.org").err().unwrap();
        assert!(error.contains(part) && !error.contains("secret"), "{error}");
    }
    assert!(SmtpMailer::new("smtp://user:secret@mail.example.org:587?tls=required", "a@example.org").is_ok());
    assert!(SmtpMailer::new("smtps://user:secret@mail.example.org", "a@example.org").is_ok());
    assert!(SmtpMailer::new("smtp://localhost:1025", "nobody").err().unwrap().contains("sender"));
}

#[test]
fn a_mailer_that_was_used_may_outlive_the_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mailer = runtime.block_on(async {
        let (url, _) = server("250 ok").await;
        let mailer = SmtpMailer::new(&url, "no-reply@oxenford.example").unwrap();
        mailer.send(&mail()).await.unwrap();
        mailer
    });
    drop(runtime);
    drop(mailer);
}
