//! `rooftree user`

use crate::{output, setup::Place};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use rooftree_kernel::{Actor, Channel};
use rooftree_platform::{
    Ctx, Platform,
    signin::{
        admin::{self, UserRow},
        sessions,
        users::{self, NewUser},
    },
};
use uuid::Uuid;

/// Users.
#[derive(Subcommand)]
pub enum User {
    /// Add a user; prints the password that was made, once
    Add(NewOne),
    /// List users
    List {
        /// Part of a name or an e-mail address
        #[arg(value_name = "TEXT")]
        text: Option<String>,
        /// One role only
        #[arg(long)]
        role: Option<String>,
    },
    /// Make a new password, lift a lock and end all sessions; prints the password, once
    SetPassword {
        /// Sign-in name
        #[arg(long)]
        email: String,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take a lost second factor away and end all sessions
    ResetSecondFactor {
        /// Sign-in name
        #[arg(long)]
        email: String,
    },
    /// Shut a user out, at once
    Disable {
        /// Sign-in name
        #[arg(long)]
        email: String,
    },
    /// Let a user in again
    Enable {
        /// Sign-in name
        #[arg(long)]
        email: String,
    },
    /// List the roles
    Roles,
}

/// A user to be added.
#[derive(Args)]
pub struct NewOne {
    /// Sign-in name
    #[arg(long)]
    email: String,
    /// Name shown in timelines
    #[arg(long)]
    name: String,
    /// Role, such as call-handler (see `rooftree user roles`)
    #[arg(long)]
    role: String,
    /// The provider whose work a provider's manager sees, by id
    #[arg(long, value_name = "ID")]
    provider: Option<Uuid>,
    /// The operative whom this user is, by id
    #[arg(long, value_name = "ID")]
    operative: Option<Uuid>,
    /// The resident whom this user is, by id
    #[arg(long, value_name = "ID")]
    person: Option<Uuid>,
    /// A housing officer's patch
    #[arg(long)]
    patch: Option<String>,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
}

/// Runs the command.
pub async fn run(place: &Place, user: User) -> Result<()> {
    place.migrate().await?;
    let house = place.house().await?;
    let platform = &house.app.platform;
    match user {
        User::Roles => roles(platform),
        User::List { text, role } => list(platform, text.as_deref(), role.as_deref()).await,
        User::Add(new) => add(platform, new).await,
        User::SetPassword { email, password_stdin } => set_password(platform, &email, password_stdin).await,
        User::ResetSecondFactor { email } => {
            let (mut ctx, user) = begin(platform, &email).await?;
            admin::reset_second_factor(&mut ctx, user.id).await?;
            ctx.commit().await?;
            output::print(&format!("{} has no second factor now and is signed out.\n", user.email))
        }
        User::Disable { email } => set_disabled(platform, &email, true).await,
        User::Enable { email } => set_disabled(platform, &email, false).await,
    }
}

fn roles(platform: &Platform) -> Result<()> {
    let rows: Vec<Vec<String>> = platform
        .rules()
        .roles
        .all()
        .map(|role| {
            vec![role.key.clone(), role.title.clone(), if role.second_factor { "second factor" } else { "" }.to_owned()]
        })
        .collect();
    output::print(&output::table(&["role", "title", "asks for"], &rows))
}

async fn list(platform: &Platform, text: Option<&str>, role: Option<&str>) -> Result<()> {
    let users = admin::list(platform, text, role, None).await?;
    let rows: Vec<Vec<String>> = users.iter().map(|user| row(platform, user)).collect();
    output::print(&output::table(&["email", "name", "role", "state", "second factor", "last sign-in"], &rows))?;
    if users.len() as i64 == admin::USERS_MAX {
        eprintln!("There may be more: give part of a name, or a role.");
    }
    Ok(())
}

fn row(platform: &Platform, user: &UserRow) -> Vec<String> {
    let state = match () {
        () if user.disabled_at.is_some() => "disabled",
        () if user.locked_until.is_some_and(|until| until > platform.now()) => "locked",
        () => "active",
    };
    vec![
        user.email.clone(),
        user.name.clone(),
        user.role.clone(),
        state.to_owned(),
        if user.second_factor { "yes" } else { "no" }.to_owned(),
        user.last_sign_in_at.map_or_else(|| "never".to_owned(), |at| at.short()),
    ]
}

async fn add(platform: &Platform, new: NewOne) -> Result<()> {
    let password = if new.password_stdin { Some(typed_password()?) } else { None };
    let user = NewUser {
        email: new.email.clone(),
        name: new.name,
        role: new.role,
        password: None,
        provider: new.provider.map(Into::into),
        operative: new.operative.map(Into::into),
        person: new.person.map(Into::into),
        patch: new.patch,
    };
    let mut ctx = platform.begin(&Actor::system(Channel::Cli)).await?;
    let (id, made) = admin::add(&mut ctx, user).await?;
    let told = match password {
        None => format!("{} can sign in. Password, shown once: {made}\n", new.email),
        Some(password) => {
            users::set_password(&mut ctx, id, &password).await?;
            format!("{} can sign in.\n", new.email)
        }
    };
    ctx.commit().await?;
    output::print(&told)
}

async fn set_password(platform: &Platform, email: &str, from_stdin: bool) -> Result<()> {
    let password = if from_stdin { Some(typed_password()?) } else { None };
    let (mut ctx, user) = begin(platform, email).await?;
    let told = match password {
        None => format!(
            "New password for {}, shown once: {}\n",
            user.email,
            admin::reset_password(&mut ctx, user.id).await?
        ),
        Some(password) => {
            users::set_password(&mut ctx, user.id, &password).await?;
            format!("{} has the new password and is signed out.\n", user.email)
        }
    };
    ctx.commit().await?;
    sessions::close_all(platform, user.id).await?;
    output::print(&told)
}

async fn set_disabled(platform: &Platform, email: &str, disabled: bool) -> Result<()> {
    let (mut ctx, user) = begin(platform, email).await?;
    admin::set_disabled(&mut ctx, user.id, disabled).await?;
    ctx.commit().await?;
    output::print(&format!(
        "{} {}.\n",
        user.email,
        if disabled { "can no longer sign in" } else { "can sign in again" }
    ))
}

/// A unit of work about the user with this sign-in name.
async fn begin(platform: &Platform, email: &str) -> Result<(Ctx, UserRow)> {
    let user = find(platform, email).await?;
    Ok((platform.begin(&Actor::system(Channel::Cli)).await?, user))
}

/// The user with this sign-in name.
pub async fn find(platform: &Platform, email: &str) -> Result<UserRow> {
    let found = admin::list(platform, Some(email.trim()), None, None).await?;
    let same = |user: &UserRow| user.email.eq_ignore_ascii_case(email.trim());
    found.into_iter().find(same).with_context(|| format!("there is no user {email}: `rooftree user list` shows them"))
}

fn typed_password() -> Result<String> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).context("the password could not be read from standard input")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}
