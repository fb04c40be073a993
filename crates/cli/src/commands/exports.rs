//! `rooftree export`: the same file that a list's page offers, made by the same handler.

use crate::{output, setup::Place};
use anyhow::{Context, Result, bail, ensure};
use axum::{
    Extension,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
    routing::MethodRouter,
};
use clap::{Args, ValueEnum};
use rooftree_app::House;
use rooftree_frame::{Caller, Route};
use rooftree_kernel::{Actor, Channel, UserId};
use rooftree_platform::{
    Error,
    signin::sessions::{self, Session},
};
use std::{io::Write, path::PathBuf, sync::Arc};
use tower::ServiceExt;

/// What is written.
#[derive(Args)]
#[command(after_help = "Examples:
  rooftree export --list
  rooftree export homes --filter ward=Blackbird --format xlsx --out homes.xlsx
  rooftree export repairs --filter status=open --as manager@example.org > open.csv")]
pub struct Export {
    /// The list: homes, repairs …
    #[arg(required_unless_present = "list", value_name = "LIST")]
    name: Option<String>,
    /// csv or xlsx
    #[arg(long, default_value = "csv")]
    format: Format,
    /// A filter as in the page's address, name=value; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// The file to write; standard output when absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Export what this user may see, rather than everything
    #[arg(long = "as", value_name = "EMAIL")]
    user: Option<String>,
    /// Show which lists there are
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Writes the file.
pub async fn run(place: &Place, asked: Export) -> Result<()> {
    let house = place.house().await?;
    let lists = lists(&house.pages);
    let Some(name) = asked.name else {
        return output::print(&(lists.join("\n") + "\n"));
    };
    let path = format!("/{name}.{}", asked.format.ending());
    let route = house.pages.iter().find(|route| route.method == Method::GET && route.path == path);
    let Some(route) = route else {
        bail!("there is no list ‘{name}’: choose one of {}", lists.join(", "));
    };
    let session = session(&house, asked.user.as_deref()).await?;
    if let Some(permission) = route.access.lacking(&session.actor) {
        return Err(Error::Forbidden(permission).into());
    }
    let bytes = fetch(&house, route, &address(&path, &asked.filter)?, session).await?;
    match asked.out {
        None => std::io::stdout().write_all(&bytes).context("standard output could not be written")?,
        Some(path) => {
            std::fs::write(&path, &bytes)
                .with_context(|| format!("{} cannot be written: choose another place", path.display()))?;
            eprintln!("Written: {}", path.display());
        }
    }
    Ok(())
}

/// The lists that have a file: pages without parameters in their path.
fn lists(pages: &[Route]) -> Vec<String> {
    let mut names: Vec<String> = pages
        .iter()
        .filter(|route| route.method == Method::GET && !route.path.contains('{'))
        .filter_map(|route| route.path.strip_prefix('/')?.strip_suffix(".csv").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn address(path: &str, filters: &[String]) -> Result<String> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for filter in filters {
        let (name, value) = filter.split_once('=').with_context(|| format!("--filter {filter}: write name=value"))?;
        query.append_pair(name, value);
    }
    Ok(format!("{path}?{}", query.finish()))
}

/// A session for this one call, kept nowhere: a user's own, or the system's, which sees everything.
async fn session(house: &House, email: Option<&str>) -> Result<Session> {
    let platform = &house.app.platform;
    let actor = match email {
        None => Actor::system(Channel::Cli),
        Some(email) => {
            type Row =
                (UserId, String, String, Option<uuid::Uuid>, Option<uuid::Uuid>, Option<uuid::Uuid>, Option<String>);
            let row: Option<Row> = sqlx::query_as(
                "select id, name, role, provider_id, operative_id, person_id, patch from app_user where lower(email) = lower($1) and disabled_at is null",
            )
            .bind(email.trim())
            .fetch_optional(platform.writes())
            .await?;
            let (id, name, role, provider, operative, person, patch) = row.with_context(|| {
                format!("there is no user {email} who can sign in: `rooftree user list` shows them")
            })?;
            let role =
                platform.rules().roles.get(&role).with_context(|| format!("the role {role} is no longer declared"))?;
            let links = sessions::Links {
                provider: provider.map(Into::into),
                operative: operative.map(Into::into),
                person: person.map(Into::into),
                patch,
            };
            sessions::actor(id, &name, role, &links, Channel::Cli)
        }
    };
    Ok(Session {
        actor,
        role_title: String::new(),
        landing: "/".to_owned(),
        csrf: String::new(),
        email: email.unwrap_or_default().to_owned(),
        has_second_factor: true,
        patch: None,
    })
}

/// Calls the list's handler as the guard would.
async fn fetch(house: &House, route: &Route, address: &str, session: Session) -> Result<Vec<u8>> {
    let caller = Caller { actor: session.actor.clone(), session: Some(Arc::new(session)) };
    let service: MethodRouter<()> = route.handler.clone().layer(Extension(caller)).with_state(house.app.clone());
    let request = Request::get(address).body(Body::empty())?;
    let response = match service.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(status == StatusCode::OK, "the list could not be written: {}", String::from_utf8_lossy(&bytes));
    Ok(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_the_address_of_the_page() {
        let filters = ["ward=Hinksey Park".to_owned(), "q=a&b".to_owned()];
        assert_eq!(address("/homes.csv", &filters).unwrap(), "/homes.csv?ward=Hinksey+Park&q=a%26b");
        assert!(address("/homes.csv", &["ward".to_owned()]).unwrap_err().to_string().contains("name=value"));
    }
}
