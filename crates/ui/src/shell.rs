//! The page around every page: skip link, header with search and account, navigation, breadcrumbs, flash notice, footer.

use crate::{
    assets::asset_url,
    forms,
    icons::{Icon, icon, mark},
    summary::{Tone, banner},
};
use maud::{DOCTYPE, Markup, html};

/// Who the page is for: it decides the density.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Dense, quick and keyboard-driven.
    #[default]
    Staff,
    /// Spacious: residents and the public.
    Public,
}

/// How wide the content may grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// Lists and records: up to 1,440 pixels.
    #[default]
    Wide,
    /// One column of text or one form: up to 760 pixels.
    Narrow,
    /// The whole window: the planner's board.
    Full,
}

/// An entry of the primary navigation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NavItem {
    /// What it says.
    pub label: String,
    /// Where it goes.
    pub href: String,
    /// True for the section that the page belongs to.
    pub current: bool,
    /// Work waiting there, shown as a small number.
    pub count: Option<u64>,
    /// The keys that go there, such as `g r`.
    pub shortcut: Option<String>,
}

impl NavItem {
    /// An entry that is not the current one.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), ..Self::default() }
    }

    /// Marks the section that the page belongs to.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Shows how much waits there; nothing for zero.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = (count > 0).then_some(count);
        self
    }

    /// Gives it keys, such as `g r`.
    #[must_use]
    pub fn shortcut(mut self, keys: impl Into<String>) -> Self {
        self.shortcut = Some(keys.into());
        self
    }
}

/// An area of the menu with its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavSection {
    /// What it says: two words at most, they stand under a picture.
    pub label: &'static str,
    /// The picture.
    pub icon: Icon,
    /// Its pages, the first of which it opens.
    pub items: Vec<NavItem>,
}

impl NavSection {
    fn current(&self) -> bool {
        self.items.iter().any(|item| item.current)
    }
}

/// Whoever is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMenu {
    /// Their name.
    pub name: String,
    /// Their role in words, such as `Call handler`.
    pub role: String,
    /// Further entries of the menu: label and address (own account, what an administrator sets up).
    pub links: Vec<(String, String)>,
}

/// A page; set what applies and call [`Page::render`].
#[derive(Clone, Debug)]
pub struct Page {
    /// The heading of the browser's tab; the page's own `h1` is part of the body.
    pub title: String,
    /// The content.
    pub body: Markup,
    /// The landlord's name, shown beside the product's.
    pub landlord: String,
    /// Whoever is signed in; without it the header offers to sign in.
    pub user: Option<UserMenu>,
    /// The primary navigation of those who have few pages.
    pub nav: Vec<NavItem>,
    /// The menu of those who have many: at most eight areas, each with its pages. Takes the place of `nav`.
    pub rail: Vec<NavSection>,
    /// What this role begins many times a day: in the header of every page, one key away.
    pub start: Option<NavItem>,
    /// The token that POST forms carry.
    pub csrf: String,
    /// The way to this page: label and address, from the top.
    pub breadcrumbs: Vec<(String, String)>,
    /// A notice shown once, after an action.
    pub flash: Option<(Tone, String)>,
    /// Staff or public.
    pub audience: Audience,
    /// How wide.
    pub width: Width,
    /// What stands in the search box.
    pub search: String,
    /// Whether there is a search box: not for those who would find nothing.
    pub searches: bool,
    /// Whether links that take lists out as files are shown; the routes refuse those who may not in any case.
    pub exports: bool,
    /// True when a submission was refused: the tab's title says so.
    pub has_errors: bool,
    /// Links in the footer: label and address.
    pub footer: Vec<(String, String)>,
}

/// What marks the summary of errors of a form (`forms::error_summary`).
const ERROR_SUMMARY: &str = "class=\"govuk-error-summary\"";

impl Page {
    /// A staff page with a title and content.
    pub fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            title: title.into(),
            body,
            landlord: String::new(),
            user: None,
            nav: Vec::new(),
            rail: Vec::new(),
            start: None,
            csrf: String::new(),
            breadcrumbs: Vec::new(),
            flash: None,
            audience: Audience::Staff,
            width: Width::Wide,
            search: String::new(),
            searches: true,
            exports: true,
            has_errors: false,
            footer: Vec::new(),
        }
    }

    /// Names the landlord.
    #[must_use]
    pub fn landlord(mut self, name: impl Into<String>) -> Self {
        self.landlord = name.into();
        self
    }

    /// Names whoever is signed in, and their role in words.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, role: impl Into<String>) -> Self {
        self.user = Some(UserMenu { name: name.into(), role: role.into(), links: Vec::new() });
        self
    }

    /// Sets the primary navigation.
    #[must_use]
    pub fn nav(mut self, items: Vec<NavItem>) -> Self {
        self.nav = items;
        self
    }

    /// Sets the token that POST forms carry.
    #[must_use]
    pub fn csrf(mut self, token: impl Into<String>) -> Self {
        self.csrf = token.into();
        self
    }

    /// Adds a step to the breadcrumbs.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.breadcrumbs.push((label.into(), href.into()));
        self
    }

    /// Shows a notice above the content.
    #[must_use]
    pub fn flash(mut self, tone: Tone, message: impl Into<String>) -> Self {
        self.flash = Some((tone, message.into()));
        self
    }

    /// Says who the page is for.
    #[must_use]
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// Says how wide the content may grow.
    #[must_use]
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// Fills the search box.
    #[must_use]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = text.into();
        self
    }

    /// Says in the tab's title that a submission was refused. A page that shows a summary of errors says so anyway.
    #[must_use]
    pub fn has_errors(mut self, has_errors: bool) -> Self {
        self.has_errors = has_errors;
        self
    }

    /// The full document with header, navigation and footer.
    pub fn render(&self) -> Markup {
        let audience = match self.audience {
            Audience::Staff if self.exports => "rt-staff",
            Audience::Staff => "rt-staff rt-no-exports",
            Audience::Public => "rt-public",
        };
        let width = match self.width {
            Width::Wide => "rt-width",
            Width::Narrow => "rt-width rt-width--narrow",
            Width::Full => "rt-width rt-width--full",
        };
        let middle = html! {
            div class=(width) {
                (breadcrumbs(&self.breadcrumbs))
                main.rt-main #main tabindex="-1" {
                    @if let Some((tone, message)) = &self.flash {
                        div role="status" { (banner(*tone, html! { p { (message) } })) }
                    }
                    (self.body)
                }
            }
            (self.footer())
        };
        let content = html! {
            (skip_link())
            (self.header())
            @if self.rail.is_empty() { (self.navigation()) (middle) }
            @else { div.rt-frame { (self.rail()) div.rt-frame__rest { (self.strip()) (middle) } } (self.bar()) }
        };
        self.document(audience, content)
    }

    /// A page without header and navigation: sign-in, error pages before there is a session.
    pub fn bare(&self) -> Markup {
        let content = html! {
            (skip_link())
            div.rt-thumbe {
                header.rt-thumbe__brand {
                    (mark())
                    span.rt-thumbe__name { "Rooftree" }
                    @if !self.landlord.is_empty() { span.rt-thumbe__landlord { (self.landlord) } }
                }
                main.rt-thumbe__card #main tabindex="-1" {
                    @if let Some((tone, message)) = &self.flash {
                        div role="status" { (banner(*tone, html! { p { (message) } })) }
                    }
                    (self.body)
                }
                footer.rt-thumbe__foot { p { "Repairs, homes and promises in one place." } }
            }
        };
        self.document("rt-public rt-body--bare", content)
    }

    /// The operative's page on a phone: a short header that holds the `h1`, large targets, and the navigation within the
    /// thumb's reach. The last breadcrumb is the way back.
    pub fn operative(&self) -> Markup {
        let back = self.breadcrumbs.last();
        let content = html! {
            (skip_link())
            header.rt-op-head {
                @if let Some((label, href)) = back {
                    a.rt-op-head__back href=(href) { (icon(Icon::ArrowLeft)) span.govuk-visually-hidden { "Back to " (label) } }
                } @else {
                    span.rt-op-head__mark { (mark()) }
                }
                h1.rt-op-head__title { (self.title) }
                @if let Some(user) = &self.user { (self.account(user)) }
            }
            main.rt-op-main #main tabindex="-1" {
                p.rt-op-queue data-photo-queue="" role="status" hidden {}
                @if let Some((tone, message)) = &self.flash {
                    div role="status" { (banner(*tone, html! { p { (message) } })) }
                }
                (self.body)
            }
            // With one place to go, which the way back leads to, a bar would only cover what is to be pressed.
            @if self.nav.len() > 1 {
                nav.rt-op-nav aria-label="Main" {
                    @for item in &self.nav {
                        a.rt-op-nav__link href=(item.href) aria-current=[item.current.then_some("page")] {
                            (item.label)
                            (count(item))
                        }
                    }
                }
            }
        };
        self.document("rt-staff rt-operative", content)
    }

    fn document(&self, class: &str, content: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html.govuk-template.rt-html lang="en-GB" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="theme-color" content="#0f3a33";
                    @if !self.csrf.is_empty() { meta name="csrf-token" content=(self.csrf); }
                    title {
                        @if self.has_errors || content.0.contains(ERROR_SUMMARY) { "Error: " }
                        (self.title) " – "
                        @if !self.landlord.is_empty() { (self.landlord) " – " }
                        "Rooftree"
                    }
                    link rel="icon" href=(asset_url("mark.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(asset_url("rooftree.css"));
                    script type="module" src=(asset_url("rooftree.js")) {}
                }
                body class={ "govuk-template__body rt-body " (class) } { (content) }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.rt-head {
                div.rt-head__inner {
                    a.rt-head__brand href="/" {
                        (mark())
                        span.rt-head__names {
                            span.rt-head__name { "Rooftree" }
                            @if !self.landlord.is_empty() { span.rt-head__landlord { (self.landlord) } }
                        }
                    }
                    @if self.user.is_some() && self.audience == Audience::Staff && self.searches { (self.search_box()) }
                    @if let Some(start) = self.start.as_ref().filter(|_| self.audience == Audience::Staff) { (begin(start)) }
                    @match &self.user {
                        Some(user) => { (self.account(user)) }
                        None => { a.rt-head__signin href="/sign-in" { "Sign in" } }
                    }
                }
            }
        }
    }

    /// The one box for reference, address, postcode, UPRN, person and phone.
    fn search_box(&self) -> Markup {
        html! {
            search.rt-search {
                form.rt-search__form action="/search" method="get" data-suggest="/search/suggest" {
                    label.govuk-visually-hidden for="rt-search" {
                        "Search by reference, address, postcode, name or phone number"
                    }
                    input.rt-search__input #rt-search name="q" type="search" value=(self.search) autocomplete="off"
                        spellcheck="false" placeholder="Reference, address, name or phone" data-shortcut="/";
                    button.rt-search__go type="submit" { (icon(Icon::Search)) span.govuk-visually-hidden { "Search" } }
                }
            }
        }
    }

    fn account(&self, user: &UserMenu) -> Markup {
        html! {
            details.rt-account data-menu="" {
                summary.rt-account__toggle {
                    span.rt-account__badge aria-hidden="true" { (initials(&user.name)) }
                    span.rt-account__who {
                        span.rt-account__name { (user.name) }
                        span.rt-account__role { (user.role) }
                    }
                    (icon(Icon::Chevron))
                }
                div.rt-account__menu {
                    p.rt-account__detail { strong { (user.name) } br; (user.role) }
                    @for (label, href) in &user.links { a.rt-account__item href=(href) { (label) } }
                    button.rt-account__item type="button" data-shortcuts-toggle="" hidden {}
                    form action="/sign-out" method="post" {
                        (forms::csrf(&self.csrf))
                        button.rt-account__item type="submit" { "Sign out" }
                    }
                }
            }
        }
    }

    /// One list for both sizes: a script-free `details` holds it, which the stylesheet keeps open on wide screens.
    fn navigation(&self) -> Markup {
        let current = self.nav.iter().find(|item| item.current).map_or("", |item| item.label.as_str());
        html! {
            @if !self.nav.is_empty() {
                nav.rt-nav aria-label="Main" {
                    div.rt-nav__inner {
                        details.rt-nav__fold {
                            summary.rt-nav__toggle { (icon(Icon::Menu)) span { "Menu" } span.rt-nav__where { (current) } }
                            ul.rt-nav__list { (nav_items(&self.nav)) }
                        }
                    }
                }
            }
        }
    }

    /// The areas, each with its picture, at the left edge of a wide window.
    fn rail(&self) -> Markup {
        html! {
            nav.rt-rail aria-label="Areas" {
                ul.rt-rail__list {
                    @for (section, first) in self.rail.iter().filter_map(|section| Some((section, section.items.first()?))) {
                        li {
                            a.rt-rail__link href=(first.href) aria-current=[section.current().then_some("true")] {
                                (icon(section.icon)) span { (section.label) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The pages of the area that this page belongs to. The keys of the other areas' pages work from here all the same.
    fn strip(&self) -> Markup {
        let current = self.rail.iter().find(|section| section.current());
        let elsewhere = self.rail.iter().filter(|section| !section.current()).flat_map(|section| &section.items);
        html! {
            @if let Some(section) = current {
                nav.rt-subnav aria-label=(section.label) { ul.rt-subnav__list { (nav_items(&section.items)) } }
            }
            @for item in elsewhere.filter(|item| item.shortcut.is_some()) {
                a href=(item.href) data-shortcut=[item.shortcut.as_deref()] hidden { (item.label) }
            }
        }
    }

    /// Within the thumb's reach on a phone: what is done all day, and all areas with their pages behind *Menu*.
    fn bar(&self) -> Markup {
        html! {
            nav.rt-thumb aria-label="Main" {
                a.rt-thumb__link href="/" { (icon(Icon::Home)) span { "My work" } }
                @if self.searches { a.rt-thumb__link href="/search" { (icon(Icon::Search)) span { "Search" } } }
                @if let Some(start) = &self.start {
                    a.rt-thumb__link href=(start.href) aria-label=(start.label) { (icon(Icon::Plus)) span { "New" } }
                }
                details.rt-thumb__menu data-menu="" {
                    summary.rt-thumb__link { (icon(Icon::Menu)) span { "Menu" } }
                    div.rt-thumb__panel {
                        @for section in &self.rail {
                            h2.rt-thumb__area { (section.label) }
                            ul.rt-thumb__list { (nav_items(&section.items)) }
                        }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            footer.rt-foot {
                div.rt-foot__inner {
                    p.rt-foot__text {
                        @if self.landlord.is_empty() { "Rooftree" } @else { (self.landlord) " · Rooftree" }
                    }
                    ul.rt-foot__links {
                        @for (label, href) in &self.footer { li { a href=(href) { (label) } } }
                        li { a href=(asset_url("licences.txt")) { "Licences" } }
                    }
                }
            }
        }
    }
}

/// A link with its key, which the title tells those who use a mouse.
fn begin(start: &NavItem) -> Markup {
    let title = start.shortcut.as_ref().map(|keys| format!("Keyboard: {keys}"));
    html! {
        a.rt-head__start href=(start.href) title=[title] aria-keyshortcuts=[start.shortcut.as_deref()]
            data-shortcut=[start.shortcut.as_deref()] { (icon(Icon::Plus)) (start.label) }
    }
}

fn nav_items(items: &[NavItem]) -> Markup {
    html! {
        @for item in items {
            li.rt-nav__item {
                a.rt-nav__link href=(item.href) aria-current=[item.current.then_some("page")]
                    data-shortcut=[item.shortcut.as_deref()] {
                    (item.label)
                    (count(item))
                }
            }
        }
    }
}

fn count(item: &NavItem) -> Markup {
    html! { @if let Some(count) = item.count { " " span.rt-count { (count) span.govuk-visually-hidden { " waiting" } } } }
}

fn skip_link() -> Markup {
    html! { a.govuk-skip-link href="#main" data-module="govuk-skip-link" { "Skip to main content" } }
}

fn breadcrumbs(steps: &[(String, String)]) -> Markup {
    html! {
        @if !steps.is_empty() {
            nav.rt-crumbs aria-label="Breadcrumb" {
                ol.rt-crumbs__list { @for (label, href) in steps { li.rt-crumbs__step { a href=(href) { (label) } } } }
            }
        }
    }
}

/// Up to two letters that stand for a name.
fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = letters.next();
    first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect()
}

/// The heading of a page: an optional caption above, and actions (links, buttons) beside it.
pub fn heading(title: &str, caption: Option<&str>, actions: Option<Markup>) -> Markup {
    html! {
        div.rt-heading {
            h1.rt-heading__title {
                @if let Some(caption) = caption { span.rt-heading__caption { (caption) } " " }
                (title)
            }
            @if let Some(actions) = actions { div.rt-heading__actions { (actions) } }
        }
    }
}
