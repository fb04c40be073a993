//! All users.

use axum::{extract::State, http::HeaderMap};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::Moment;
use rooftree_platform::{
    Platform, Result,
    ports::SheetCell,
    signin::admin::{self, USERS_MAX, UserRow},
};
use rooftree_ui::{
    Query,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Column, Row, Table},
};

/// The list.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let users = find(&app.platform, &query).await?;
    let columns = vec![
        Column::new("Name"),
        Column::new("E-mail address"),
        Column::new("Role"),
        Column::new("Sign-in"),
        Column::new("Last seen").nowrap(),
    ];
    let rows = users.iter().map(|user| row(&app.platform, user)).collect();
    let body = html! {
        (crate::operations::sections(&session, "/users"))
        (shell::heading("Users", None, Some(forms::button_link("Add a user", "/users/new"))))
        (filters(&app.platform, &query, users.len()))
        (Table::new("Users", columns).caption_hidden().rows(rows).empty(html! { p { "No user fits. Take a filter away, or add a user." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "Users", body)))
}

async fn find(platform: &Platform, query: &Query) -> Result<Vec<UserRow>> {
    let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
    let disabled = match given("state") {
        Some("disabled") => Some(true),
        Some("all") => None,
        _ => Some(false),
    };
    admin::list(platform, given("q"), given("role"), disabled).await
}

/// The list as a file: for the yearly look at who may do what.
pub async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let users = find(&app.platform, &query).await?;
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let moment = |at: Option<Moment>| at.map_or(SheetCell::Empty, SheetCell::Moment);
    let yes = |it: bool| SheetCell::Text(if it { "yes" } else { "no" }.to_owned());
    let cells = users.iter().map(|user| {
        vec![
            text(&user.name),
            text(&user.email),
            text(role_title(&app.platform, &user.role)),
            yes(user.has_password),
            yes(user.second_factor),
            yes(user.single_sign_on),
            SheetCell::Moment(user.created_at),
            moment(user.last_sign_in_at),
            moment(user.disabled_at),
        ]
    });
    let headings =
        ["Name", "E-mail", "Role", "Password", "Second factor", "Single sign-on", "Added", "Last sign-in", "Disabled"];
    exports::file(&app, format, "users", &headings, cells)
}

fn filters(platform: &Platform, query: &Query, found: usize) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let roles: Vec<Choice<'_>> =
        platform.rules().roles.all().map(|role| Choice::new(role.key.as_str(), role.title.as_str())).collect();
    let states = [Choice::new("", "May sign in"), Choice::new("disabled", "Disabled"), Choice::new("all", "All")];
    let mut bar = FilterBar::new(query)
        .field(forms::text(Field::new("q", "Name or e-mail").value(value("q"))))
        .field(forms::select(Field::new("role", "Role").value(value("role")), Some("All roles"), &roles))
        .field(forms::select(Field::new("state", "State").value(value("state")), None, &states))
        .result(match found as i64 {
            USERS_MAX => format!("The first {USERS_MAX} users: narrow the list"),
            1 => "1 user".to_owned(),
            count => format!("{count} users"),
        });
    for name in ["q", "role", "state"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            bar = bar.chip(value.to_owned(), name, value);
        }
    }
    bar.actions(tables::exports(query)).render()
}

fn row(platform: &Platform, user: &UserRow) -> Row {
    Row::new(vec![
        html! { (user.name) },
        email(&user.email),
        html! { (role_title(platform, &user.role)) },
        state(user, platform.now()),
        html! { @match user.last_sign_in_at { Some(at) => (at.short()), None => span.rt-muted { "Never" } } },
    ])
    .href(format!("/users/{}", user.id))
    .faint(user.disabled_at.is_some())
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
