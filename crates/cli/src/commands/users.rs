//! `rooftree user`

use crate::setup::Place;
use anyhow::{Context, Result};
use clap::Subcommand;
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::signin::users::{self, NewUser};

/// Users.
#[derive(Subcommand)]
pub enum User {
    /// Add a user; the password is read from standard input
    Add {
        /// Sign-in name
        #[arg(long)]
        email: String,
        /// Name shown in timelines
        #[arg(long)]
        name: String,
        /// Role, such as call-handler (see `rooftree user roles`)
        #[arg(long)]
        role: String,
    },
    /// List the roles
    Roles,
}

/// Runs the command.
pub async fn run(place: &Place, user: User) -> Result<()> {
    place.migrate().await?;
    let house = place.house().await?;
    let platform = &house.app.platform;
    match user {
        User::Roles => {
            for role in platform.registry().roles.all() {
                println!("{:<18} {}", role.key, role.title);
            }
        }
        User::Add { email, name, role } => {
            let mut password = String::new();
            std::io::stdin().read_line(&mut password).context("the password could not be read from standard input")?;
            let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
            let new = NewUser {
                email: email.clone(),
                name,
                role,
                password: Some(password.trim_end().to_owned()),
                ..NewUser::default()
            };
            users::add(&mut ctx, new).await?;
            ctx.commit().await?;
            println!("{email} can sign in.");
        }
    }
    Ok(())
}
