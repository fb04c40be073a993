//! From settings to a house: the database, the adapters, the log.

use anyhow::{Context, Result, anyhow};
use rooftree_app::House;
use rooftree_kernel::{Moment, calendar::Calendars};
use rooftree_platform::{
    config::Config,
    ports::{IdentityProvider, MailSender, TextSender},
    unit::Ports,
};
use rooftree_postgres::{Cluster, ClusterConfig};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tracing_subscriber::EnvFilter;

/// The database of the private cluster.
const DATABASE: &str = "rooftree";
/// Connections of one process.
const CONNECTIONS_MAX: u32 = 20;

/// Structured logs for the servers, quiet commands otherwise.
pub fn logging(server: bool) {
    let filter = EnvFilter::try_from_env("ROOFTREE_LOG")
        .unwrap_or_else(|_| EnvFilter::new(if server { "info,sqlx=warn" } else { "warn" }));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("ROOFTREE_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().flatten_event(true).init();
    } else {
        log.with_target(false).init();
    }
}

/// Where the data is: a server of the landlord's, or a private cluster that this process started or joined.
pub struct Place {
    /// The database's address.
    pub url: String,
    /// The folder that holds `var/`.
    pub home: PathBuf,
    cluster: Option<Cluster>,
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
        Ok(Self { url: cluster.url(DATABASE), home, cluster: Some(cluster) })
    }

    /// True when the database is the private one.
    pub fn is_private(&self) -> bool {
        self.cluster.is_some()
    }

    /// Stops the private cluster unless another process uses it.
    pub fn close(self) -> Result<()> {
        self.cluster.map_or(Ok(()), Cluster::stop)
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
        let pool = rooftree_app::connect(&self.url, CONNECTIONS_MAX).await.context("the database does not answer")?;
        let house = rooftree_app::build(pool, config, ports, Calendars::built_in(), Moment::now)
            .map_err(|errors| anyhow!("the declarations do not hold:\n  {}", errors.join("\n  ")))?;
        Ok(house)
    }

    /// Brings the schema to this version; returns the number of migrations it has.
    pub async fn migrate(&self) -> Result<usize> {
        rooftree_app::migrate(&self.url).await.context("the database could not be brought to this version")
    }
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The adapters that settings ask for.
pub fn ports(config: &Config) -> Result<Ports> {
    let blobs = match var("ROOFTREE_BLOB_URL") {
        Some(url) => rooftree_blobs::open(&url)?,
        None => rooftree_blobs::open(&config.blob_dir.to_string_lossy())?,
    };
    let mail = match var("ROOFTREE_SMTP_URL") {
        Some(url) => Some(Arc::new(
            rooftree_mail::SmtpMailer::new(&url, &config.mail_from).map_err(|e| anyhow!("ROOFTREE_SMTP_URL: {e}"))?,
        ) as Arc<dyn MailSender>),
        None => None,
    };
    Ok(Ports {
        mail,
        text: notify()?,
        blobs,
        sheet_reader: Arc::new(rooftree_sheets::Sheets::default()),
        sheet_writer: Arc::new(rooftree_sheets::Sheets::default()),
        identity: identity()?,
        webhooks: None,
    })
}

fn notify() -> Result<Option<Arc<dyn TextSender>>> {
    let Some(api_key) = var("ROOFTREE_NOTIFY_KEY") else { return Ok(None) };
    let template = |name: &str| -> Result<_> {
        var(name)
            .with_context(|| format!("set {name} to the id of the Notify template"))?
            .parse()
            .with_context(|| format!("{name} is not an id"))
    };
    let config = rooftree_notify::NotifyConfig {
        base_url: var("ROOFTREE_NOTIFY_URL").unwrap_or_else(|| rooftree_notify::PRODUCTION.to_owned()),
        api_key,
        text_template: template("ROOFTREE_NOTIFY_TEXT_TEMPLATE")?,
        letter_template: template("ROOFTREE_NOTIFY_LETTER_TEMPLATE")?,
    };
    let notify = rooftree_notify::Notify::new(&config).map_err(|e| anyhow!("ROOFTREE_NOTIFY_KEY: {e}"))?;
    Ok(Some(Arc::new(notify)))
}

fn identity() -> Result<Option<Arc<dyn IdentityProvider>>> {
    let Some(issuer) = var("ROOFTREE_OIDC_ISSUER") else { return Ok(None) };
    let client_id =
        var("ROOFTREE_OIDC_CLIENT_ID").context("set ROOFTREE_OIDC_CLIENT_ID to our name at the identity provider")?;
    let config = rooftree_oidc::OidcConfig { issuer, client_id, client_secret: var("ROOFTREE_OIDC_CLIENT_SECRET") };
    Ok(Some(Arc::new(rooftree_oidc::Oidc::new(config).map_err(|e| anyhow!("ROOFTREE_OIDC_ISSUER: {e}"))?)))
}
