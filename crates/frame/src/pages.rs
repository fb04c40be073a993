//! Pages in the shell: navigation for the role, flash notices, errors.

use crate::{App, area::Section, errors, exports};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::{Markup, html};
use rooftree_kernel::{Actor, scope::PERSON};
use rooftree_platform::{Error, signin::sessions::Session};
use rooftree_ui::{
    Page,
    shell::{NavItem, NavSection, UserMenu},
    summary::{self, Tab, Tone},
};
use std::collections::{BTreeMap, HashSet};

pub(crate) const FLASH_COOKIE: &str = "rooftree_flash";

/// A page for a signed-in session: navigation, account, form token. `current` is the navigation entry's address.
pub fn page(app: &App, session: &Session, current: &str, title: impl Into<String>, body: Markup) -> Page {
    let mut starts = app.shared.starts.iter().filter(|start| session.actor.may(&start.permission));
    let start = starts.find_map(|start| Some(NavItem::new(start.label, start.href).shortcut(start.shortcut?)));
    let mut page = Page::new(title, body).landlord(&app.platform.config().landlord).csrf(&session.csrf);
    let (setup, mut sections): (Vec<_>, Vec<_>) =
        sections(app, session, current).into_iter().partition(|(section, _)| *section == Section::SetUp);
    page.start = start;
    page.searches = session.actor.scope.id(PERSON).is_none() && !session.actor.scope.no_personal_data;
    page.exports = session.actor.may(&exports::EXPORT);
    page.user = Some(UserMenu {
        name: session.actor.name.clone(),
        role: session.role_title.clone(),
        links: std::iter::once(("Your account".to_owned(), "/account".to_owned()))
            .chain(setup.into_iter().flat_map(|(_, items)| items).map(|item| (item.label, item.href)))
            .collect(),
    });
    if sections.iter().map(|(_, items)| items.len()).sum::<usize>() <= FEW_PAGES {
        page.nav = sections.into_iter().flat_map(|(_, items)| items).collect();
        return page;
    }
    if sections.first().is_none_or(|(section, _)| *section != Section::MyWork) {
        sections.insert(0, (Section::MyWork, Vec::new()));
    }
    page.rail = sections.into_iter().map(|(section, items)| rail(section, items, current)).collect();
    page
}

/// Whoever has so few pages sees them side by side: residents, operatives, councillors.
const FEW_PAGES: usize = 4;
/// Where most of the staff begin their day.
const START: &str = "/start";

/// The pages that this role may open, by the menu's areas in their order.
fn sections(app: &App, session: &Session, current: &str) -> Vec<(Section, Vec<NavItem>)> {
    let mut seen = HashSet::new();
    let mut sections: BTreeMap<Section, Vec<NavItem>> = BTreeMap::new();
    let open = app.shared.nav.iter().filter(|entry| session.actor.may(&entry.permission));
    // An entry may be reached by more than one permission.
    for entry in open.filter(|entry| seen.insert(entry.href)) {
        let item = NavItem::new(entry.label, entry.href).current(entry.href == current);
        let item = match entry.shortcut {
            Some(keys) => item.shortcut(keys),
            None => item,
        };
        sections.entry(entry.section).or_default().push(item);
    }
    sections.into_iter().collect()
}

fn rail(section: Section, mut items: Vec<NavItem>, current: &str) -> NavSection {
    if section == Section::MyWork {
        items.insert(0, NavItem::new("Start", START).current(current == START).shortcut("g w"));
    }
    let (label, icon) = section.shown();
    NavSection { label, icon, items }
}

/// A page for somebody who is not signed in.
pub fn public_page(app: &App, title: impl Into<String>, body: Markup) -> Page {
    Page::new(title, body).landlord(&app.platform.config().landlord)
}

/// The tabs of a group, as far as the role sees them.
pub fn tabs(app: &App, actor: &Actor, group: &str, current: &str) -> Markup {
    let shown = app.shared.tabs.iter().filter(|tab| tab.group == group && actor.may(&tab.permission));
    let shown: Vec<Tab> = shown.map(|tab| Tab::new(tab.label, tab.href, tab.href == current)).collect();
    summary::tabs(group, &shown)
}

/// Sent by a script that submits a form for a page and then opens the answer: the notice must outlive the script's own reading.
const KEEP_FLASH: &str = "x-keep-flash";

/// Renders a page, with the notice that the last action left, which is thereby forgotten.
pub fn show(headers: &HeaderMap, page: Page) -> Response {
    with_notice(headers, page, Page::render)
}

/// The same for the operative's page on a phone.
pub fn show_operative(headers: &HeaderMap, page: Page) -> Response {
    with_notice(headers, page, Page::operative)
}

/// The same for a page without header and navigation.
pub fn show_bare(headers: &HeaderMap, page: Page) -> Response {
    with_notice(headers, page, Page::bare)
}

fn with_notice(headers: &HeaderMap, page: Page, render: fn(&Page) -> Markup) -> Response {
    let Some((tone, message)) = crate::guard::cookie(headers, FLASH_COOKIE).and_then(read_flash) else {
        return render(&page).into_response();
    };
    let mut response = render(&page.flash(tone, message)).into_response();
    if !headers.contains_key(KEEP_FLASH) {
        let gone = HeaderValue::from_static("rooftree_flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// The words of the notice that the last action left; it stays for the page that shows it.
pub fn notice(headers: &HeaderMap) -> Option<String> {
    crate::guard::cookie(headers, FLASH_COOKIE).and_then(read_flash).map(|(_, message)| message)
}

fn read_flash(value: &str) -> Option<(Tone, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let (tone, message) = text.split_once(':')?;
    Some((if tone == "warning" { Tone::Warning } else { Tone::Success }, message.to_owned()))
}

/// Goes to a page after an action, leaving a notice.
pub fn done(to: &str, message: &str) -> Response {
    flash(Redirect::to(to).into_response(), "success", message)
}

/// Leaves a notice (`success` or `warning`) for the next page. It must hold no personal data: it travels in a cookie.
pub fn flash(mut response: Response, tone: &str, message: &str) -> Response {
    let value = URL_SAFE_NO_PAD.encode(format!("{tone}:{message}"));
    if let Ok(cookie) =
        HeaderValue::from_str(&format!("{FLASH_COOKIE}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page for an error: what happened, and what to do now.
pub fn error_page(app: &App, session: Option<&Session>, error: &Error) -> Markup {
    let (title, advice) = match error {
        Error::NotFound(what) => (
            format!("We could not find {what}"),
            "Check the reference, or search for it. It may also be outside what your role may see.".to_owned(),
        ),
        Error::Forbidden(permission) => (
            "Your role does not include this".to_owned(),
            format!("It needs the permission ‘{}’. Ask your administrator if you need it for your work.", permission.0),
        ),
        Error::Invalid(errors) => ("Something in the form needs another look".to_owned(), errors.to_string()),
        Error::Conflict(message) => ("This could not be done".to_owned(), message.clone()),
        Error::Outdated => ("This could not be done".to_owned(), error.to_string()),
        Error::TooMany(seconds) => ("Too many tries".to_owned(), format!("Wait {seconds} seconds and try again.")),
        error if error.is_away() => (
            "The database does not answer".to_owned(),
            "Nothing was saved. Try again in a minute; if it goes on, tell your administrator.".to_owned(),
        ),
        Error::Database(_) | Error::Internal(_) => (
            "Something went wrong on our side".to_owned(),
            "Nothing was saved. Try again; if it happens twice, tell your administrator the time and what you did."
                .to_owned(),
        ),
    };
    let body = html! {
        h1 { (title) }
        p { (advice) }
        p { a href="/" { "Go to your start page" } }
    };
    let code = errors::status(error).as_u16();
    let heading = format!("{title} ({code})");
    match session {
        Some(session) => page(app, session, "", heading, body).render(),
        None => public_page(app, heading, body).bare(),
    }
}
