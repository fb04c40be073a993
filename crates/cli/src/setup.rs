//! From settings to a house: the database, the adapters, the log.

use anyhow::{Context, Result, anyhow};
use rooftree_app::House;
use rooftree_kernel::{
    Moment,
    calendar::{Calendars, Holiday},
};
use rooftree_platform::{
    Pools,
    config::Config,
    ports::{BlobStore, IdentityProvider, MailSender, TextSender},
    unit::Ports,
};
use rooftree_postgres::{Cluster, ClusterConfig};
use sqlx::{Connection, PgConnection};
use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// The database of the private cluster.
const DATABASE: &str = "rooftree";
/// How often a server looks whether its private PostgreSQL lives.
const WATCH_EVERY: Duration = Duration::from_secs(2);
/// Connections of one process.
const CONNECTIONS_MAX: u32 = 20;

/// Structured logs for the servers, quiet commands otherwise.
pub fn logging(server: bool) {
    let filter = EnvFilter::try_from_env("ROOFTREE_LOG")
        .unwrap_or_else(|_| EnvFilter::new(if server { "info,sqlx=warn" } else { "warn,sqlx::query=error" }));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("ROOFTREE_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().flatten_event(true).init();
    } else {
        log.with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
    }
}

/// Where the data is: a server of the landlord's, or a private cluster that this process started or joined.
pub struct Place {
    /// The database's address.
    pub url: String,
    /// The folder that holds `var/`.
    pub home: PathBuf,
    cluster: Option<Arc<Cluster>>,
}

impl Place {
    /// Finds the database; starts the private one when no address is given.
    pub fn open(url: Option<String>, home: &Path) -> Result<Self> {
        if let Some(url) = url {
            return Ok(Self { url, home: home.to_owned(), cluster: None });
        }
        let home = std::path::absolute(home)?;
        let cluster = Cluster::start(&ClusterConfig::under(&home)).context("the private PostgreSQL did not start")?;
        cluster.create_database(DATABASE)?;
        Ok(Self { url: cluster.url(DATABASE), home, cluster: Some(Arc::new(cluster)) })
    }

    /// Whether there is a database to open: one with an address, or a private one that was made before.
    pub fn is_there(url: Option<&str>, home: &Path) -> bool {
        url.is_some() || ClusterConfig::under(home).data_dir.exists()
    }

    /// Where the private PostgreSQL keeps its data; `None` when the landlord's own server is used.
    pub fn cluster_dir(&self) -> Option<&Path> {
        self.cluster.as_deref().map(Cluster::directory)
    }

    /// True when nothing was ever recorded here: no tables, or no user and no fact in them.
    pub async fn is_empty(&self) -> Result<bool> {
        let mut connection = PgConnection::connect(&self.url).await.context("the database does not answer")?;
        let tables: bool =
            sqlx::query_scalar("select to_regclass('fact') is not null and to_regclass('app_user') is not null")
                .fetch_one(&mut connection)
                .await?;
        if !tables {
            let others: i64 = sqlx::query_scalar(
                "select count(*) from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
                 and relname <> '_sqlx_migrations'",
            )
            .fetch_one(&mut connection)
            .await?;
            return Ok(others == 0);
        }
        let used: bool = sqlx::query_scalar("select exists (select from app_user) or exists (select from fact)")
            .fetch_one(&mut connection)
            .await?;
        Ok(!used)
    }

    /// Watches over the private cluster and starts it again when it dies. Never ends; with the landlord's own server there is nothing to
    /// do.
    pub async fn watch_over(&self) {
        let Some(cluster) = &self.cluster else { return std::future::pending().await };
        loop {
            tokio::time::sleep(WATCH_EVERY).await;
            // On a thread of its own: recovery may take minutes, and meanwhile requests are answered and signals heard.
            let cluster = Arc::clone(cluster);
            match tokio::task::spawn_blocking(move || cluster.revive()).await.unwrap_or(Ok(false)) {
                Ok(false) => {}
                Ok(true) => tracing::error!("PostgreSQL had died and was started again; what was committed is there"),
                Err(error) => tracing::error!(error = format!("{error:#}"), "PostgreSQL died and does not start"),
            }
        }
    }

    /// Stops the private cluster unless another process uses it.
    pub fn close(self) -> Result<()> {
        // While the watch still holds it, it is stopped when the watch lets go.
        self.cluster.and_then(Arc::into_inner).map_or(Ok(()), Cluster::stop)
    }

    /// Settings, with paths under the home folder.
    pub fn config(&self) -> Config {
        let mut config = Config::from_env();
        if config.blob_dir.is_relative() {
            config.blob_dir = self.home.join(&config.blob_dir);
        }
        config
    }

    /// The house on this database; the schema must be current (see [`Place::migrate`]).
    pub async fn house(&self) -> Result<House> {
        let config = self.config();
        let ports = ports(&config)?;
        let writes = rooftree_app::connect(&self.url, CONNECTIONS_MAX).await.context("the database does not answer")?;
        // A process that was long asleep must find a place for this month's facts.
        rooftree_app::make_room(&writes).await.context("the journal has no place for this month")?;
        let reads = match replica() {
            Some(url) => rooftree_app::connect_for_reading(&url, CONNECTIONS_MAX)
                .await
                .context("the database that DATABASE_READ_URL names does not answer")?,
            None => writes.clone(),
        };
        let house = rooftree_app::build(Pools { writes, reads }, config, ports, calendars()?, Moment::now)
            .map_err(|errors| anyhow!("the declarations do not hold:\n  {}", errors.join("\n  ")))?;
        Ok(house)
    }

    /// Brings the schema to this version; returns the number of migrations it has.
    pub async fn migrate(&self) -> Result<usize> {
        rooftree_app::migrate(&self.url).await.context("the database could not be brought to this version")
    }
}

/// Where reading goes, when not to the primary.
pub fn replica() -> Option<String> {
    var("DATABASE_READ_URL")
}

/// A setting that is not empty.
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The working-day calendars: built in for 2014 to 2030, and later years or one-off days from the file that `ROOFTREE_HOLIDAYS` names.
pub fn calendars() -> Result<Calendars> {
    let built_in = Calendars::built_in();
    let Some(path) = var("ROOFTREE_HOLIDAYS") else { return Ok(built_in) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("ROOFTREE_HOLIDAYS: {path} cannot be read"))?;
    let holidays = holidays(&text).with_context(|| format!("ROOFTREE_HOLIDAYS: {path}"))?;
    for moved in built_in.moved_by(&holidays) {
        tracing::warn!(%path, "ROOFTREE_HOLIDAYS: {moved}");
    }
    built_in.with_extra(holidays).with_context(|| format!("ROOFTREE_HOLIDAYS: {path}"))
}

/// Bank holidays as GOV.UK publishes them (<https://www.gov.uk/bank-holidays.json>): divisions with their events.
fn holidays(text: &str) -> Result<Vec<Holiday>> {
    let wrong = || anyhow!("this is not the file that https://www.gov.uk/bank-holidays.json gives");
    let published: serde_json::Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let mut found = Vec::new();
    for (division, events) in published.as_object().ok_or_else(wrong)? {
        for event in events["events"].as_array().ok_or_else(wrong)? {
            let (Some(date), Some(title)) = (event["date"].as_str(), event["title"].as_str()) else {
                return Err(wrong());
            };
            found.push(Holiday { calendar: division.clone(), day: date.parse()?, name: title.to_owned() });
        }
    }
    // What is built in is checked against the same source already; years before it are left out.
    found.retain(|holiday| {
        Calendars::built_in().get(&holiday.calendar).is_none_or(|known| holiday.day >= known.covered().0)
    });
    Ok(found)
}

/// The adapters that settings ask for.
pub fn ports(config: &Config) -> Result<Ports> {
    Ok(Ports {
        mail: mailer(config)?.map(|mailer| mailer as Arc<dyn MailSender>),
        text: notify()?.map(|notify| notify as Arc<dyn TextSender>),
        printer: Arc::new(rooftree_letters::Press::new()),
        blobs: blobs(config)?,
        sheet_reader: Arc::new(rooftree_sheets::Sheets::default()),
        sheet_writer: Arc::new(rooftree_sheets::Sheets::default()),
        identity: identity()?.map(|identity| identity as Arc<dyn IdentityProvider>),
        webhooks: Some(Arc::new(rooftree_notify::webhooks::Webhooks::new(config.webhooks_private))),
    })
}

/// Where documents and photos are kept.
pub fn blobs(config: &Config) -> Result<Arc<dyn BlobStore>> {
    match var("ROOFTREE_BLOB_URL") {
        Some(url) => rooftree_blobs::open(&url).context("ROOFTREE_BLOB_URL"),
        None => Ok(rooftree_blobs::open(&config.blob_dir.to_string_lossy())?),
    }
}

/// E-mail, when `ROOFTREE_SMTP_URL` is set.
pub fn mailer(config: &Config) -> Result<Option<Arc<rooftree_mail::SmtpMailer>>> {
    let Some(url) = var("ROOFTREE_SMTP_URL") else { return Ok(None) };
    let mailer = rooftree_mail::SmtpMailer::new(&url, &config.mail_from)
        .map_err(|error| anyhow!("ROOFTREE_SMTP_URL: {error}"))?;
    Ok(Some(Arc::new(mailer)))
}

/// Texts and letters, when `ROOFTREE_NOTIFY_KEY` is set.
pub fn notify() -> Result<Option<Arc<rooftree_notify::Notify>>> {
    let Some(api_key) = var("ROOFTREE_NOTIFY_KEY") else { return Ok(None) };
    let template = |name: &str| -> Result<_> {
        let id = var(name)
            .with_context(|| format!("ROOFTREE_NOTIFY_KEY is set: set {name} too, to the id of the Notify template"))?;
        id.parse().with_context(|| format!("{name} is not an id"))
    };
    let config = rooftree_notify::NotifyConfig {
        base_url: var("ROOFTREE_NOTIFY_URL").unwrap_or_else(|| rooftree_notify::PRODUCTION.to_owned()),
        api_key,
        text_template: template("ROOFTREE_NOTIFY_TEXT_TEMPLATE")?,
        letter_template: template("ROOFTREE_NOTIFY_LETTER_TEMPLATE")?,
    };
    let notify = rooftree_notify::Notify::new(&config).map_err(|error| anyhow!("ROOFTREE_NOTIFY_KEY: {error}"))?;
    Ok(Some(Arc::new(notify)))
}

/// Single sign-on, when `ROOFTREE_OIDC_ISSUER` is set.
pub fn identity() -> Result<Option<Arc<rooftree_oidc::Oidc>>> {
    let Some(issuer) = var("ROOFTREE_OIDC_ISSUER") else { return Ok(None) };
    let client_id = var("ROOFTREE_OIDC_CLIENT_ID").context(
        "ROOFTREE_OIDC_ISSUER is set: set ROOFTREE_OIDC_CLIENT_ID too, to our name at the identity provider",
    )?;
    let config = rooftree_oidc::OidcConfig {
        issuer,
        client_id,
        client_secret: var("ROOFTREE_OIDC_CLIENT_SECRET"),
        trusts_addresses: var("ROOFTREE_OIDC_TRUST_ADDRESSES").is_some_and(|value| value == "yes"),
    };
    let identity = rooftree_oidc::Oidc::new(config).map_err(|error| anyhow!("ROOFTREE_OIDC_ISSUER: {error}"))?;
    Ok(Some(Arc::new(identity)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_years_come_from_the_published_file() {
        let event = |day: &str| format!(r#"{{"title": "A day off", "date": "{day}", "notes": "", "bunting": true}}"#);
        let year: Vec<String> = (1..=8).map(|month| event(&format!("2031-{month:02}-03"))).collect();
        let text = format!(
            r#"{{"england-and-wales": {{"division": "england-and-wales", "events": [{}, {}]}}}}"#,
            event("2012-01-02"),
            year.join(",")
        );
        let found = holidays(&text).unwrap();
        assert_eq!(found.len(), 8, "years before the calendar are left out");
        let calendars = Calendars::built_in().with_extra(found).unwrap();
        let england = calendars.get("england-and-wales").unwrap();
        assert_eq!(england.why_not_working("2031-04-03".parse().unwrap()), Some("A day off"));
        assert!(holidays("[]").is_err() && holidays("{\"a\": 1}").is_err());
    }
}
