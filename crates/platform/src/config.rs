//! Settings read from the environment, once, at start. `rooftree doctor` prints them without their secrets.

use crate::letters::Window;
use std::path::PathBuf;

/// From eight in the evening until eight in the morning.
const QUIET_HOURS: (i8, i8) = (20, 8);

/// Where things are and how far they may go.
#[derive(Clone, Debug)]
pub struct Config {
    /// The landlord's name, as pages and letters show it.
    pub landlord: String,
    /// The address residents and staff reach the product at, without a closing slash.
    pub base_url: String,
    /// Where documents and photos are kept when no S3 address is given.
    pub blob_dir: PathBuf,
    /// The largest upload, in bytes.
    pub upload_bytes_max: usize,
    /// How long a session lasts without use, in seconds.
    pub session_idle_seconds: i64,
    /// Texts wait between these London hours (from, until), across midnight when the second is the smaller.
    pub quiet_hours: (i8, i8),
    /// Cookies carry `Secure` (set when `base_url` is https).
    pub secure_cookies: bool,
    /// The number residents ring, as letters show it.
    pub phone: String,
    /// When it is answered.
    pub hours: String,
    /// The landlord's postal address, line by line, as the head of letters shows it.
    pub landlord_address: Vec<String>,
    /// The landlord's logo for the head of letters, a PNG or JPEG file.
    pub logo: Option<Vec<u8>>,
    /// The envelope that printed letters go into.
    pub envelope: Window,
    /// The address e-mails come from.
    pub mail_from: String,
    /// Requests a minute that one address may make at the sign-in pages.
    pub sign_in_per_minute_max: i32,
    /// How many of our own proxies stand in front; the caller's address is then read from `X-Forwarded-For`, so many from the end.
    pub proxies_trusted: usize,
    /// Webhooks may go to private and loopback addresses (development, or a receiver in the same network).
    pub webhooks_private: bool,
    /// What a program from elsewhere must know to read the metrics, hashed. Without it only this machine may.
    pub metrics_token_hash: Option<Vec<u8>>,
}

impl Config {
    /// From the environment, with defaults that suit a first look on one machine.
    pub fn from_env() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let base_url = var("ROOFTREE_BASE_URL").unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
        Self {
            landlord: var("ROOFTREE_LANDLORD").unwrap_or_else(|| "Oxenford City Council".to_owned()),
            secure_cookies: base_url.starts_with("https://"),
            base_url: base_url.trim_end_matches('/').to_owned(),
            blob_dir: var("ROOFTREE_BLOB_DIR").map_or_else(|| PathBuf::from("var/blobs"), PathBuf::from),
            upload_bytes_max: var("ROOFTREE_UPLOAD_BYTES_MAX").and_then(|v| v.parse().ok()).unwrap_or(20 * 1024 * 1024),
            session_idle_seconds: var("ROOFTREE_SESSION_IDLE_SECONDS").and_then(|v| v.parse().ok()).unwrap_or(8 * 3600),
            quiet_hours: var("ROOFTREE_QUIET_HOURS").and_then(|v| hours_of(&v)).unwrap_or(QUIET_HOURS),
            phone: var("ROOFTREE_PHONE").unwrap_or_else(|| "01632 960100".to_owned()),
            hours: var("ROOFTREE_HOURS")
                .unwrap_or_else(|| "8am to 6pm, Monday to Friday; emergencies at any time".to_owned()),
            landlord_address: lines_of(
                &var("ROOFTREE_LANDLORD_ADDRESS")
                    .unwrap_or_else(|| "Town Hall, High Street, Oxenford OX9 1ZZ".to_owned()),
            ),
            logo: var("ROOFTREE_LOGO").and_then(|path| {
                let read = std::fs::read(&path);
                read.inspect_err(|error| tracing::warn!(%error, path, "the logo cannot be read: letters show the name"))
                    .ok()
            }),
            envelope: var("ROOFTREE_ENVELOPE").and_then(|v| Window::named(&v)).unwrap_or(Window::DL),
            mail_from: var("ROOFTREE_MAIL_FROM").unwrap_or_else(|| "repairs@example.org".to_owned()),
            sign_in_per_minute_max: 20,
            proxies_trusted: var("ROOFTREE_PROXIES_TRUSTED").and_then(|v| v.parse().ok()).unwrap_or(0),
            webhooks_private: var("ROOFTREE_WEBHOOKS_PRIVATE").is_some_and(|v| v == "yes" || v == "true" || v == "1"),
            metrics_token_hash: var("ROOFTREE_METRICS_TOKEN").map(|token| crate::signin::hash_secret(token.trim())),
        }
    }
}

/// Lines written in one, with commas between them.
fn lines_of(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Two whole hours, as `20-8`. Midnight may be written 0 or, at the end, 24; two equal hours leave no time between them.
fn hours_of(text: &str) -> Option<(i8, i8)> {
    let (from, until) = text.split_once('-')?;
    let (from, until): (i8, i8) = (from.trim().parse().ok()?, until.trim().parse().ok()?);
    ((0..24).contains(&from) && (0..=24).contains(&until)).then_some((from, until % 24))
}

#[cfg(test)]
mod tests {
    use super::hours_of;

    #[test]
    fn quiet_hours_are_two_hours_of_the_day() {
        assert_eq!(hours_of("20-8"), Some((20, 8)));
        assert_eq!(hours_of(" 0 - 9 "), Some((0, 9)));
        assert_eq!(hours_of("21-24"), Some((21, 0)));
        for wrong in ["20", "20-", "8pm-8am", "24-8", "20-25", "-1-8", "20:00-8:00"] {
            assert_eq!(hours_of(wrong), None, "{wrong}");
        }
    }
}
