//! PostgreSQL's own programs, run on the database that Rooftree uses. The password travels in the environment, where other users of
//! the machine do not see it.

use anyhow::{Context, Result, ensure};
use std::process::{Command, Output};
use url::Url;

/// What libpq calls the parameters that an address may carry.
const VARIABLES: [(&str, &str); 14] = [
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("dbname", "PGDATABASE"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("passfile", "PGPASSFILE"),
    ("channel_binding", "PGCHANNELBINDING"),
];

/// A program of PostgreSQL, set to use the database.
pub fn program(name: &str, url: &str) -> Result<Command> {
    let mut command = Command::new(rooftree_postgres::bin(name)?);
    for (variable, _) in std::env::vars_os() {
        // The caller's own are meant for another server.
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(variable);
        }
    }
    command.env("LC_MESSAGES", "C").envs(environment(url)?);
    Ok(command)
}

/// Checks what a program said.
pub fn succeeded(name: &str, output: &Output) -> Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    // The first lines name the cause; what follows is often only its consequences.
    let first: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(5).collect();
    ensure!(output.status.success(), "{name} failed: {}", first.join("\n"));
    Ok(())
}

/// The address as libpq's environment variables.
fn environment(url: &str) -> Result<Vec<(&'static str, String)>> {
    let url = Url::parse(url).context("DATABASE_URL has the form postgres://user:password@host/database")?;
    let plain = |text: &str| percent_decoded(text);
    let mut found = Vec::new();
    let mut set = |key: &str, value: String| {
        if let Some((_, variable)) = VARIABLES.iter().find(|(known, _)| *known == key)
            && !value.is_empty()
        {
            found.retain(|(known, _)| known != variable);
            found.push((*variable, value));
        }
    };
    set("user", plain(url.username()));
    set("password", plain(url.password().unwrap_or_default()));
    set("host", plain(url.host_str().unwrap_or_default()).trim_matches(['[', ']']).to_owned());
    set("port", url.port().map(|port| port.to_string()).unwrap_or_default());
    set("dbname", plain(url.path().trim_start_matches('/')));
    for (key, value) in url.query_pairs() {
        // sqlx writes sslmode both ways.
        set(&key.replace("ssl-mode", "sslmode").replace("ssl-root-cert", "sslrootcert"), value.into_owned());
    }
    Ok(found)
}

fn percent_decoded(text: &str) -> String {
    // A pair's value decodes percent signs; a plus sign stands for itself here.
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_environment_variables() {
        let found = environment("postgres://a%40b:p%2Bw+d@db.example:5433/land?sslmode=require&foo=1").unwrap();
        let get = |name: &str| found.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(get("PGUSER"), Some("a@b"));
        assert_eq!(get("PGPASSWORD"), Some("p+w+d"));
        assert_eq!(get("PGHOST"), Some("db.example"));
        assert_eq!(get("PGPORT"), Some("5433"));
        assert_eq!(get("PGDATABASE"), Some("land"));
        assert_eq!(get("PGSSLMODE"), Some("require"));
        assert_eq!(found.len(), 6);

        let socket = environment("postgres://rooftree@localhost/rooftree?host=%2Ftmp%2Fa%20b").unwrap();
        assert!(socket.contains(&("PGHOST", "/tmp/a b".to_owned())), "the parameter goes before the name: {socket:?}");
        assert!(environment("not an address").is_err());
    }
}
