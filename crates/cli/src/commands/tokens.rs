//! `rooftree token`

use super::users;
use crate::{output, setup::Place};
use anyhow::Result;
use clap::Subcommand;
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::{Error, Platform, signin::tokens};
use uuid::Uuid;

/// API tokens.
#[derive(Subcommand)]
pub enum Token {
    /// Make a token; prints its secret, once
    Make {
        /// The user whose rights it has, at most
        #[arg(long)]
        email: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do: a permission such as repairs.view, or an area such as repairs.*; may be repeated
        #[arg(long, required = true, value_name = "PERMISSION")]
        scope: Vec<String>,
        /// How long it lives
        #[arg(long, default_value_t = 365)]
        days: i64,
    },
    /// List tokens without their secrets
    List,
    /// Make a token useless, at once
    Revoke {
        /// Its id, as `rooftree token list` shows it
        id: Uuid,
    },
}

/// Runs the command.
pub async fn run(place: &Place, token: Token) -> Result<()> {
    let house = place.house().await?;
    let platform = &house.app.platform;
    match token {
        Token::Make { email, name, scope, days } => make(platform, &email, &name, &scope, days).await,
        Token::List => list(platform).await,
        Token::Revoke { id } => revoke(platform, id).await,
    }
}

async fn make(platform: &Platform, email: &str, name: &str, scopes: &[String], days: i64) -> Result<()> {
    let user = users::find(platform, email).await?;
    let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
    let expires_at = ctx.now.day().plus_days(days).end();
    let secret = tokens::make(&mut ctx, user.id, name, scopes, expires_at).await?;
    ctx.commit().await?;
    eprintln!("Valid through {}. The secret is not kept here; note it now:", expires_at.plus_seconds(-1).day().long());
    output::print(&format!("{secret}\n"))
}

async fn list(platform: &Platform) -> Result<()> {
    let now = platform.now();
    let row = |token: tokens::TokenRow| {
        let state = match () {
            () if token.revoked_at.is_some() => "revoked",
            () if token.expires_at <= now => "expired",
            () => "valid",
        };
        vec![
            token.id.to_string(),
            token.name,
            token.user_name,
            token.scopes.join(" "),
            state.to_owned(),
            token.expires_at.short(),
            token.used_at.map_or_else(|| "never".to_owned(), |at| at.short()),
        ]
    };
    let rows: Vec<Vec<String>> = tokens::list(platform).await?.into_iter().map(row).collect();
    output::print(&output::table(&["id", "name", "user", "scopes", "state", "until", "last used"], &rows))
}

async fn revoke(platform: &Platform, id: Uuid) -> Result<()> {
    let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
    match tokens::revoke(&mut ctx, id).await {
        Ok(()) => {}
        Err(Error::NotFound(_)) => anyhow::bail!("there is no valid token {id}: `rooftree token list` shows them"),
        Err(other) => return Err(other.into()),
    }
    ctx.commit().await?;
    output::print("The token is useless now.\n")
}
