//! What lies outside the database: the file store, mail, Notify, the identity provider, disks, the address.

use super::Finding;
use crate::{
    errors, output,
    setup::{self, Place},
};
use anyhow::{Result, ensure};
use bytes::Bytes;
use rooftree_platform::{
    config::Config,
    ports::{SendError, TextSender},
};
use std::{path::Path, process::Command, time::Duration};

/// Free space on a disk below which nothing more should be stored, and below which somebody should look, in bytes.
const DISK_BYTES: (u64, u64) = (1_000_000_000, 5_000_000_000);
/// How long an outside system may take to answer, in seconds.
const ANSWER_SECONDS_MAX: u64 = 20;

pub async fn check(place: &Place, config: &Config) -> Vec<Finding> {
    let mut findings = vec![file_store(config).await];
    findings.extend(disks(place, config));
    findings.push(within("E-mail", mail(config)).await);
    findings.push(within("Texts and letters", notify()).await);
    findings.push(within("Single sign-on", sign_on()).await);
    findings.push(address(config));
    findings
}

async fn within(what: &'static str, check: impl Future<Output = Finding>) -> Finding {
    tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), check).await.unwrap_or_else(|_| {
        Finding::fault(
            what,
            format!("no answer within {ANSWER_SECONDS_MAX} seconds"),
            "Check the address, the network and the firewall.",
        )
    })
}

async fn file_store(config: &Config) -> Finding {
    let place = if setup::var("ROOFTREE_BLOB_URL").is_some() { "the bucket" } else { "the directory" };
    match tried(config).await {
        Ok(()) => Finding::ok("File store", format!("{place} takes a file, gives it back and forgets it")),
        Err(error) => Finding::fault(
            "File store",
            errors::told(&error),
            "Check ROOFTREE_BLOB_DIR or ROOFTREE_BLOB_URL, its rights and its space: photos cannot be kept.",
        ),
    }
}

async fn tried(config: &Config) -> Result<()> {
    let store = setup::blobs(config)?;
    let key = format!("doctor/{}", uuid::Uuid::now_v7());
    let bytes = Bytes::from_static(b"written by rooftree doctor");
    store.put(&key, bytes.clone()).await?;
    let found = store.get(&key).await?;
    store.delete(&key).await?;
    ensure!(found == Some(bytes), "what was written did not come back the same");
    Ok(())
}

fn disks(place: &Place, config: &Config) -> Vec<Finding> {
    let mut folders = Vec::new();
    if let Some(dir) = place.cluster_dir() {
        folders.push(("Disk of the database", dir));
    }
    if setup::var("ROOFTREE_BLOB_URL").is_none() {
        folders.push(("Disk of documents", config.blob_dir.as_path()));
    }
    folders.into_iter().filter_map(|(what, dir)| Some(disk(what, free_bytes(dir)?))).collect()
}

fn disk(what: &'static str, free: u64) -> Finding {
    let found = format!("{} free", output::count(free / 1_000_000_000, "GB", "GB"));
    let remedy = "Make room, or move var/ to a larger disk: a full disk stops everything.";
    match free {
        _ if free < DISK_BYTES.0 => {
            Finding::fault(what, format!("{} free", output::count(free / 1_000_000, "MB", "MB")), remedy)
        }
        _ if free < DISK_BYTES.1 => Finding::warning(what, found, remedy),
        _ => Finding::ok(what, found),
    }
}

/// What `df` says; `None` where it cannot tell.
fn free_bytes(dir: &Path) -> Option<u64> {
    let output = Command::new("df")
        .arg("-Pk")
        .arg(dir)
        .env("LC_ALL", "C")
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    available(&text)
}

/// The fourth number of POSIX's table, in bytes.
fn available(df: &str) -> Option<u64> {
    let line = df.lines().nth(1)?;
    // A device's name may hold blanks, so that the columns are counted from the percentage.
    let words: Vec<&str> = line.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    Some(words.get(percent.checked_sub(1)?)?.parse::<u64>().ok()? * 1024)
}

async fn mail(config: &Config) -> Finding {
    match setup::mailer(config) {
        Ok(None) => Finding::note(
            "E-mail",
            "not configured: e-mails are kept and shown, and not sent",
            "Set ROOFTREE_SMTP_URL to send them.",
        ),
        Ok(Some(mailer)) => match mailer.check().await {
            Ok(()) => Finding::ok("E-mail", "the mail server lets us in"),
            Err(message) => Finding::fault("E-mail", message, "Check ROOFTREE_SMTP_URL; e-mails wait meanwhile."),
        },
        Err(error) => {
            Finding::fault("E-mail", errors::told(&error), "Correct ROOFTREE_SMTP_URL or ROOFTREE_MAIL_FROM.")
        }
    }
}

async fn notify() -> Finding {
    const WHAT: &str = "Texts and letters";
    match setup::notify() {
        Ok(None) => Finding::note(
            WHAT,
            "not configured: they are kept and shown, and not sent",
            "Set ROOFTREE_NOTIFY_KEY to send them.",
        ),
        // There is no message of this number: that Notify says so proves that it knows us.
        Ok(Some(notify)) => match notify.status(&uuid::Uuid::nil().to_string()).await {
            Ok(_) | Err(SendError::Permanent(_)) => Finding::ok(WHAT, "GOV.UK Notify accepts our key"),
            Err(SendError::Temporary(message)) => {
                Finding::fault(WHAT, message, "Check ROOFTREE_NOTIFY_KEY and the network; messages wait meanwhile.")
            }
        },
        Err(error) => Finding::fault(WHAT, errors::told(&error), "Correct the ROOFTREE_NOTIFY settings."),
    }
}

async fn sign_on() -> Finding {
    const WHAT: &str = "Single sign-on";
    match setup::identity() {
        Ok(None) => Finding::note(
            WHAT,
            "not configured: people sign in by password",
            "Set ROOFTREE_OIDC_ISSUER and ROOFTREE_OIDC_CLIENT_ID.",
        ),
        Ok(Some(identity)) => match identity.check().await {
            Ok(()) => Finding::ok(WHAT, "the identity provider answers"),
            Err(message) => Finding::fault(
                WHAT,
                message,
                "Check ROOFTREE_OIDC_ISSUER and the network; sign-in by password still works.",
            ),
        },
        Err(error) => Finding::fault(WHAT, errors::told(&error), "Correct the ROOFTREE_OIDC settings."),
    }
}

fn address(config: &Config) -> Finding {
    const WHAT: &str = "Address";
    let this_machine =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| config.base_url.starts_with(start));
    if config.secure_cookies {
        Finding::ok(WHAT, config.base_url.clone())
    } else if this_machine {
        Finding::note(
            WHAT,
            format!("{}: links in letters lead to this machine only", config.base_url),
            "Set ROOFTREE_BASE_URL to the https address people use.",
        )
    } else {
        Finding::fault(
            WHAT,
            format!("{} is not encrypted: passwords and sessions can be read on the way", config.base_url),
            "Put a proxy with a certificate in front and set ROOFTREE_BASE_URL to its https address.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};

    #[test]
    fn free_space_is_read_from_df() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n//a b/c 1000 400 600 40% /mnt/x y\n";
        assert_eq!(available(df), Some(600 * 1024));
        assert_eq!(available("nonsense"), None);
        let verdict = |free| disk("Disk", free).verdict;
        assert_eq!(
            [verdict(10), verdict(2_000_000_000), verdict(9_000_000_000)],
            [Verdict::Fault, Verdict::Warning, Verdict::Ok]
        );
    }

    #[test]
    fn an_open_address_that_is_not_encrypted_is_a_fault() {
        let mut config = Config::from_env();
        for (url, secure, verdict) in [
            ("http://127.0.0.1:8080", false, Verdict::Note),
            ("http://homes.example", false, Verdict::Fault),
            ("https://homes.example", true, Verdict::Ok),
        ] {
            (config.base_url, config.secure_cookies) = (url.to_owned(), secure);
            assert_eq!(address(&config).verdict, verdict, "{url}");
        }
    }
}
