//! The list of users, and how a user's state reads.

use maud::{Markup, html};
use rooftree_frame::{
    App,
    lists::{Column, Filter, List, Order, Word},
};
use rooftree_kernel::Moment;
use rooftree_platform::{
    Platform, Result,
    signin::admin::{MANAGE, UserRow},
};
use rooftree_ui::summary::{self, Tone};

const COLUMNS: &str = "u.id, u.email, u.name, u.role, u.provider_id, u.operative_id, u.person_id, u.patch, u.password_hash is not null as has_password,
    u.oidc_subject is not null as single_sign_on, u.totp_confirmed_at is not null as second_factor, u.locked_until, u.created_at,
    u.last_sign_in_at, u.disabled_at, u.version";

/// All users; as a file for the yearly look at who may do what.
pub fn list() -> List<UserRow> {
    List::new("/users", "Users", MANAGE)
        .sql(COLUMNS, "app_user u", "true")
        .id("u.id::uuid", None)
        .whose("all users", &[])
        .counted("user", "users")
        .empty("No user fits. Take a filter away, or add a user.")
        .above(|shown| crate::operations::sections(shown.session, "/users"))
        .button("Add a user", "/users/new", MANAGE)
        .filter(Filter::text("q", "Name or e-mail", "position(lower({value}) in lower(u.name || ' ' || u.email)) > 0"))
        .filter(Filter::loaded("role", "Role", |app, _| Box::pin(roles(app)), "u.role = {value}").prompt("All roles"))
        .filter(Filter::cases("state", "State", states()).default("active"))
        .order(Order::up("name", &["lower(u.name)::text"]))
        .order(Order::up("email", &["lower(u.email)::text"]))
        .order(Order::up("role", &["u.role::text", "lower(u.name)::text"]))
        .order(Order::down("seen", &["coalesce(u.last_sign_in_at, '-infinity')::timestamptz"]))
        .column(Column::new("Name", |user: &UserRow| user.name.clone()).sort("name"))
        .column(Column::page("E-mail address", |user: &UserRow| email(&user.email)).sort("email"))
        .column(Column::file("E-mail", |user: &UserRow| user.email.clone()))
        .column(
            Column::new("Role", |_: &UserRow| "")
                .sort("role")
                .value_to(|user, seen| role_title(&seen.app.platform, &user.role).to_owned()),
        )
        .column(Column::page("Sign-in", |_: &UserRow| html! {}).shown_to(|user, seen| state(user, seen.now)))
        .column(Column::file("Password", |user: &UserRow| user.has_password))
        .column(Column::file("Second factor", |user: &UserRow| user.second_factor))
        .column(Column::file("Single sign-on", |user: &UserRow| user.single_sign_on))
        .column(Column::file("Added", |user: &UserRow| user.created_at))
        .column(Column::page("Last seen", |user: &UserRow| last_seen(user)).sort("seen").nowrap())
        .column(Column::file("Last sign-in", |user: &UserRow| user.last_sign_in_at))
        .column(Column::file("Disabled", |user: &UserRow| user.disabled_at))
        .link(|user| format!("/users/{}", user.id))
        .faint(|user| user.disabled_at.is_some())
}

async fn roles(app: App) -> Result<Vec<Word>> {
    Ok(app.platform.rules().roles.all().map(|role| Word::new(role.key.as_str(), role.title.as_str())).collect())
}

fn states() -> Vec<Word> {
    vec![
        Word::when("active", "May sign in", "u.disabled_at is null"),
        Word::when("disabled", "Disabled", "u.disabled_at is not null"),
    ]
}

fn last_seen(user: &UserRow) -> Markup {
    html! { @match user.last_sign_in_at { Some(at) => (at.short()), None => span.rt-muted { "Never" } } }
}

/// An address that may break after its signs, so that a long one fits a phone.
fn email(address: &str) -> Markup {
    html! { @for part in address.split_inclusive(['@', '.']) { (part) wbr; } }
}

/// A role's title; one that no longer exists is shown by its key.
pub fn role_title<'a>(platform: &'a Platform, key: &'a str) -> &'a str {
    platform.rules().roles.get(key).map_or(key, |role| role.title.as_str())
}

/// How a user signs in, and what keeps them out.
pub fn state(user: &UserRow, now: Moment) -> Markup {
    html! {
        @if user.disabled_at.is_some() { (summary::tag(Tone::Danger, "Disabled")) }
        @else if let Some(until) = user.locked_until.filter(|until| *until > now) { (summary::tag(Tone::Warning, &format!("Locked until {}", until.time()))) }
        @else {
            @if user.has_password { (summary::tag(Tone::Neutral, "Password")) " " }
            @if user.second_factor { (summary::tag(Tone::Success, "Second factor")) " " }
            @if user.single_sign_on { (summary::tag(Tone::Info, "Single sign-on")) }
            @if !user.has_password && !user.single_sign_on { (summary::tag(Tone::Warning, "No way in: make a password")) }
        }
    }
}
