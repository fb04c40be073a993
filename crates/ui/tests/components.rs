//! Every component with hostile input: it is escaped, the strict content security policy holds, and every control has a name.

use maud::{Markup, html};
use rooftree_kernel::{FieldErrors, Moment};
use rooftree_ui::{
    Page, Query,
    board::{self, Board, Card, Cell, Lane},
    cards::{self, Change, Count, Direction, Figure, Task, TaskGroup},
    charts::{self, Bar, Marker, Point, Segment, Stack, Strip, Trend, Unit},
    choices,
    clocks::{self, Clock, Due},
    filters::FilterBar,
    forms::{self, Choice, Field, Upload},
    icons::Icon,
    operative::{self, Job},
    pages::{self, Clash},
    search::{self, Hit},
    shell::{self, NavItem},
    slots::{self, Slot, SlotDay},
    summary::{self, Alert, Item, Tab, Tone},
    tables::{self, Column, Row, Table},
    timeline::{self, Entry},
};
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

/// Breaks out of text, of a double-quoted attribute and of a tag, if anything lets it.
const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&";

fn evil() -> String {
    EVIL.to_owned()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn controls() -> Markup {
    let errors = {
        let mut errors = FieldErrors::one("text", EVIL);
        errors.add("radios", EVIL);
        errors
    };
    let field =
        |name: &'static str| Field::new(name, EVIL).hint(EVIL).value(EVIL).errors(&errors).prefix(EVIL).suffix(EVIL);
    let choices = [
        Choice::new(EVIL, EVIL).hint(EVIL).reveal(forms::text(Field::new("revealed", EVIL))),
        Choice::new("b", EVIL).group(EVIL),
    ];
    let day = SlotDay {
        day: moment("2026-12-18").day(),
        slots: vec![Slot { value: evil(), label: evil(), detail: evil(), free: true, praise: Some(evil()) }],
        too_late: true,
    };
    html! {
        (forms::error_summary(&errors))
        (forms::form("/save", EVIL, html! {
            (forms::text(field("text"))) (forms::code(field("code"))) (forms::email(field("email")))
            (forms::telephone(field("tel"))) (forms::number(field("number"))) (forms::money(field("money")))
            (forms::one_time_code(field("totp"))) (forms::password(field("password"))) (forms::date(field("date")))
            (forms::date_picker(field("picker"))) (forms::time(field("time"))) (forms::textarea(field("area"), 3, Some(200)))
            (forms::textarea(field("plain"), 3, None)) (forms::select(field("select"), Some(EVIL), &choices))
            (forms::radios(field("radios"), &choices)) (forms::checkboxes(field("boxes").inline(), &choices[1..], &[EVIL]))
            (choices::checkbox(field("box"), true)) (forms::upload(field("photos"), Upload::Photos, EVIL))
            (forms::upload(field("sheet"), Upload::Sheet, EVIL)) (forms::signature(field("signed")))
            (forms::text(field("with-list").list("list"))) (forms::datalist("list", [EVIL])) (forms::hidden(EVIL, EVIL))
            (slots::picker(field("slot"), &[day], Some(EVIL), Some("/later")))
            (forms::fieldset(EVIL, forms::row(&[html! { p { "x" } }])))
            (forms::buttons(&[forms::submit(EVIL), forms::secondary(EVIL, Some((EVIL, EVIL))), forms::warning(EVIL, None),
                forms::button_link(EVIL, "/a"), forms::secondary_link(EVIL, "/b"), forms::cancel("/c"), forms::copy_button(EVIL)]))
        }))
        (forms::upload_form("/send", EVIL, html! {})) (forms::action("/act", EVIL, EVIL, &[(EVIL, EVIL)]))
    }
}

fn lists() -> Markup {
    let query = Query::parse("/list", "q=%22%3E%3Cscript%3E&sort=a");
    let columns = vec![Column::new(EVIL).sort("a"), Column::number(EVIL).sort(EVIL).desk_only().nowrap()];
    let rows = vec![Row::new(vec![html! { (EVIL) }, html! { (EVIL) }]).href("/one").tick(EVIL, EVIL).urgent(true)];
    let hits = [Hit { kind: evil(), title: evil(), detail: evil(), href: "/hit".into(), state: None }];
    html! {
        (FilterBar::new(&query).field(forms::text(Field::new("q", EVIL))).chip(EVIL, "q", EVIL).keep(EVIL).result(EVIL).render())
        (Table::new(EVIL, columns).rows(rows).sort(&query).ticks(EVIL).total(vec![html! { (EVIL) }, html! {}]).render())
        (Table::new(EVIL, vec![]).render())
        (tables::pages(&query, 3, 9)) (tables::exports(&query)) (tables::cursor_pages(EVIL, Some("/p"), Some("/n")))
        (search::results(&hits))
        ul role="listbox" aria-label="Suggestions" { (search::suggestions(&hits)) }
    }
}

fn records() -> Markup {
    let now = moment("2026-12-18T12:00");
    let mut clock = Clock::new(EVIL, moment("2026-12-17"), Due::At(now), None, now);
    let linked = {
        clock.href = Some("/clock".into());
        clock.clone()
    };
    let alert = Alert { tone: Tone::Danger, title: evil(), detail: evil(), acknowledged: Some(evil()), action: None };
    html! {
        (summary::alerts(&[alert])) (summary::tag(Tone::Info, EVIL)) (summary::banner(Tone::Accent, html! { p { (EVIL) } }))
        (summary::list(&[Item::text(EVIL, EVIL).action(EVIL, "/change"), Item::text("Empty", " ")]))
        (summary::panel(EVIL, None, summary::muted(EVIL))) (summary::outcome(EVIL, Some(EVIL), html! {}))
        (summary::tabs(EVIL, &[Tab::new(EVIL, "/tab", true).count(1200)])) (summary::details(EVIL, html! { (EVIL) }))
        (summary::reference(EVIL, Some("/ref"))) (summary::columns(html! {}, html! {})) (summary::grid(&[html! {}]))
        (timeline::timeline(&[Entry::new(now, EVIL, EVIL).href("/fact").body(html! { (EVIL) }).recorded(now.plus_seconds(9000))]))
        (clocks::pill(&clock, now)) (clocks::pill(&linked, now)) (clocks::card(&clock, now)) (clocks::state_tag(clock.state))
        (clocks::progress(3, 9, EVIL, "brand"))
        (pages::conflict(EVIL, EVIL, EVIL, &[Clash { label: evil(), theirs: evil(), yours: evil() }], html! {}))
        (operative::job(&Job { href: "/job".into(), time: evil(), state: evil(), address: evil(), work: evil(), alerts: vec![(Tone::Danger, evil())], ..Job::default() }))
        (operative::steps(&[EVIL, EVIL], 1)) (operative::quick(&[(Icon::Phone, EVIL, "tel:1")]))
    }
}

fn figures() -> Markup {
    let point = |value| Point { label: evil(), short: evil(), value, href: Some("/rows".into()), note: evil() };
    let points = vec![point(Some(1.0)), point(None), point(Some(3.0))];
    let bar = Bar { label: evil(), value: 3.0, href: Some("/bar".into()), note: evil(), marked: true };
    let stack = Stack { label: evil(), segments: vec![Segment { value: 1.0, href: Some("/s".into()) }] };
    let strip = Strip {
        title: evil(),
        spread: [1.0, 2.0, 3.0, 4.0, 5.0],
        peers: 9,
        markers: vec![Marker { label: evil(), value: 2.5, own: true }],
        more_is_better: false,
        unit: Unit::Days,
        source: evil(),
    };
    let figure = Figure {
        label: evil(),
        value: evil(),
        target: Some(evil()),
        met: Some(true),
        change: Some(Change { direction: Direction::Level, good: None, text: evil() }),
        spark: vec![1.0, 2.0],
        href: Some("/figure".into()),
    };
    let group = TaskGroup {
        heading: evil(),
        tone: Tone::Danger,
        count: 9,
        href: Some("/all".into()),
        tasks: vec![Task::new(EVIL, EVIL, "/task")],
        empty: evil(),
    };
    html! {
        (charts::trend(&Trend { title: evil(), points, target: Some(2.0), unit: Unit::Pounds }))
        (charts::bars(EVIL, EVIL, Unit::Rate, &[bar])) (charts::stacks(EVIL, EVIL, Unit::Count, &[EVIL], &[stack]))
        (charts::quartiles(&strip)) (charts::sparkline(&[1.0], EVIL))
        (cards::figure(&figure)) (cards::counts(&[Count::new(EVIL, 4, "/count", Tone::Info)])) (cards::tasks(&[group]))
    }
}

fn day_board() -> Markup {
    let card = || Card {
        id: evil(),
        reference: evil(),
        title: evil(),
        address: evil(),
        state: evil(),
        href: "/visit".into(),
        move_href: "/move".into(),
        ..Card::default()
    };
    let closed = Cell { cards: vec![], closed: Some(evil()) };
    let cells = vec![Cell { cards: vec![card()], closed: None }, closed];
    board::board(&Board {
        caption: evil(),
        slots: vec![(evil(), evil()), (evil(), evil())],
        lanes: vec![Lane { id: evil(), name: evil(), detail: evil(), href: None, cells }],
        unassigned: vec![card()],
        unassigned_total: 1,
        move_url: evil(),
        csrf: evil(),
    })
}

fn page(body: Markup) -> Page {
    let mut page = Page::new(EVIL, html! { (shell::heading(EVIL, Some(EVIL), None)) (body) })
        .landlord(EVIL)
        .user(EVIL, EVIL)
        .csrf(EVIL)
        .nav(vec![NavItem::new(EVIL, "/nav").current(true).count(3).shortcut("g n")])
        .crumb(EVIL, "/crumb")
        .flash(Tone::Success, EVIL)
        .search(EVIL)
        .has_errors(true);
    page.start = Some(NavItem::new(EVIL, "/start").shortcut(EVIL));
    page
}

/// Each page with its name.
fn all() -> Vec<(&'static str, String)> {
    let bodies = [
        ("controls", controls()),
        ("lists", lists()),
        ("records", records()),
        ("figures", figures()),
        ("board", day_board()),
    ];
    let mut pages: Vec<_> = bodies.into_iter().map(|(name, body)| (name, page(body).render().into_string())).collect();
    pages.push(("bare", page(html! {}).bare().into_string()));
    pages.push(("operative", page(html! {}).operative().into_string()));
    pages
}

fn select<'a>(document: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(css).unwrap()).collect()
}

#[test]
fn hostile_input_stays_text() {
    for (name, text) in all() {
        let document = Html::parse_document(&text);
        let scripts: Vec<_> = select(&document, "script").iter().filter_map(|script| script.attr("src")).collect();
        assert_eq!(scripts.len(), 1, "{name}: one script of our own");
        assert_eq!(select(&document, "script").len(), 1, "{name}");
        assert!(select(&document, "img").is_empty(), "{name}: an image was injected");
    }
}

#[test]
fn nothing_needs_a_looser_content_security_policy() {
    for (name, text) in all() {
        let document = Html::parse_document(&text);
        assert!(select(&document, "style").is_empty(), "{name}");
        for element in select(&document, "*") {
            for (attribute, _) in element.value().attrs() {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{name}: {attribute} on {:?}",
                    element.value()
                );
            }
        }
    }
}

#[test]
fn every_control_has_a_label_and_every_reference_a_target() {
    for (name, text) in all() {
        let document = Html::parse_document(&text);
        let ids: Vec<&str> = select(&document, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an id occurs twice in {ids:?}");
        let labels: HashSet<&str> = select(&document, "label").iter().filter_map(|label| label.attr("for")).collect();
        for control in select(&document, "input:not([type=hidden]), select, textarea") {
            let wrapped =
                control.ancestors().filter_map(ElementRef::wrap).any(|parent| parent.value().name() == "label");
            let labelled = control.attr("id").is_some_and(|id| labels.contains(id));
            assert!(wrapped || labelled, "{name}: no label for {}", control.html());
        }
        for attribute in ["aria-describedby", "aria-labelledby", "for", "list", "data-reveals"] {
            for element in select(&document, &format!("[{attribute}]")) {
                for id in element.attr(attribute).unwrap_or_default().split_whitespace() {
                    assert!(unique.contains(id), "{name}: {attribute} names {id}, which is not there");
                }
            }
        }
        for picture in select(&document, "svg[role=img]") {
            let titled = picture.attr("aria-label").is_some()
                || picture.children().filter_map(ElementRef::wrap).any(|child| child.value().name() == "title");
            assert!(titled, "{name}: a picture without a name");
        }
    }
}

#[test]
fn no_attribute_is_given_twice() {
    for (name, text) in all() {
        for tag in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(tag.matches(" class=\"").count() < 2, "{name}: two classes on <{tag}>");
        }
    }
}

/// The markup one element to a line, with the hashes of the assets taken out.
fn readable(markup: &Markup) -> String {
    let mut text = markup.0.replace("><", ">\n<");
    while let Some(start) = text.find("/assets/") {
        let end = start + text[start..].find('"').unwrap_or(0);
        text.replace_range(start..end, "ASSET");
    }
    const SHOWING: &str = "name=\"_form\" value=\"";
    for (found, _) in text.clone().match_indices(SHOWING) {
        let start = found + SHOWING.len();
        text.replace_range(start..start + 36, &"-".repeat(36));
    }
    text
}

#[test]
fn the_markup_of_the_mainstays() {
    let errors = FieldErrors::one("surname", "Enter a surname");
    insta::assert_snapshot!(
        "text",
        readable(&forms::text(Field::new("surname", "Surname").hint("As on the tenancy").errors(&errors)))
    );
    let choices =
        [Choice::new("yes", "Yes").reveal(forms::text(Field::new("since", "Since when"))), Choice::new("no", "No")];
    insta::assert_snapshot!(
        "radios",
        readable(&forms::radios(Field::new("damp", "Is it damp?").value("yes"), &choices))
    );
    let rows = vec![Row::new(vec![html! { "R-1" }, html! { "£9.00" }]).href("/repairs/R-1")];
    let table = Table::new("Repairs", vec![Column::new("Reference").sort("ref"), Column::number("Cost")]);
    insta::assert_snapshot!("table", readable(&table.rows(rows).sort(&Query::new("/repairs")).render()));
    let now = moment("2026-12-18T12:00");
    let clock =
        Clock::new("Made safe in 24 hours", moment("2026-12-17T13:00"), Due::At(moment("2026-12-18T13:00")), None, now);
    insta::assert_snapshot!("clock", readable(&clocks::card(&clock, now)));
    let page =
        Page::new("Repairs", html! { h1 { "Repairs" } }).landlord("Isis Vale Council").user("Amara Nwosu", "Planner");
    let page = page.csrf("token").nav(vec![NavItem::new("Repairs", "/repairs").current(true)]).crumb("Today", "/");
    insta::assert_snapshot!("page", readable(&page.render()));
}

#[test]
fn a_page_that_shows_what_is_wrong_says_so_in_its_title() {
    let title = |body: Markup| Page::new("Cancel a repair", body).render().into_string();
    let errors = FieldErrors::one("reason", "choose why");
    assert!(title(forms::error_summary(&errors)).contains("<title>Error: Cancel a repair"));
    assert!(title(html! { p { "All is well" } }).contains("<title>Cancel a repair"));
}
