//! One standard: the promise, the declaration in words, its versions, when it would fall due, and which were not kept.

use super::{is_ahead, words};
use crate::figures::words::{area, confidence, dimension};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_kernel::{Actor, FieldErrors};
use rooftree_platform::{
    Error,
    figures::health::{self, Breach, Health},
};
use rooftree_promises::{
    due::{Due, Quantity, Since},
    standards::Standard,
};
use rooftree_ui::{
    Query,
    cards::{Count, counts},
    clocks::duration_words,
    forms::{self, Field},
    shell,
    summary::{self, Item, Tone, tag},
    tables::{Column, Row, Table},
};

/// Broken promises listed.
const BREACHES_SHOWN: i64 = 25;

pub(super) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let versions = app.platform.rules().standards.versions(&id);
    let today = app.platform.now().day();
    let Some(current) = versions.iter().find(|version| version.in_force(today)).or(versions.last()).copied() else {
        return Err(Error::NotFound("the standard").into());
    };
    let scope = &signed.0.actor.scope;
    let health = health::by_standard(&app.platform, &id, scope).await?.remove(&id).unwrap_or_default();
    let breaches = health::breaches(&app.platform, &id, scope, BREACHES_SHOWN).await?;
    let ahead = is_ahead(&versions);
    let measure = app.platform.rules().measures.get(&id).is_some();
    let action = measure.then(|| forms::button_link("See the figure", &format!("/figures/{id}")));
    let body = html! {
        (shell::heading(&current.title, Some(&area(&id)), action))
        @if ahead {
            (summary::banner(Tone::Info, html! { p { "Declared ahead: no area records its facts yet. Due moments can be asked for all the same." } }))
        } @else { (totals(&health)) }
        (summary::columns(
            html! {
                (calculator(&app, current, &query))
                @if !ahead { (breached(&app, &signed.0.actor, &id, &breaches)) }
            },
            html! {
                (summary::panel("The promise", None, html! { p { (current.promise) } (summary::list(&promise(current))) }))
                (summary::panel("How it is counted", None, summary::list(&words::declaration(&app.platform, current))))
                (summary::panel("Versions", None, versions_table(&app, &versions)))
            },
        ))
    };
    let page = pages::page(&app, &signed.0, "/standards", &current.title, body).crumb("Standards", "/standards");
    Ok(pages::show(&headers, page))
}

fn totals(health: &Health) -> Markup {
    let count = |label: &str, n: i64, tone| Count::new(label, n.unsigned_abs(), "#broken", tone);
    counts(&[
        count("overdue", health.breached, Tone::Danger),
        count("due today", health.due_today, Tone::Warning),
        count("at risk", health.at_risk, Tone::Warning),
        count("running", health.running, Tone::Info),
        count("paused", health.paused, Tone::Neutral),
    ])
}

fn promise(standard: &Standard) -> Vec<Item> {
    let target = standard.target.as_ref().map_or_else(|| "None".to_owned(), |target| format!("{}%", target.percent));
    vec![
        Item::text("Source", &standard.source),
        Item::new("Confidence", html! { (standard.confidence.to_string()) " " (confidence(standard.confidence)) }),
        Item::text("Target", target),
        Item::text("Answers for it", standard.owner.as_deref().unwrap_or("Nobody is named")),
        Item::text(
            "Letters",
            if standard.letters.is_empty() { "None".to_owned() } else { standard.letters.join(", ") },
        ),
        Item::text("Id", &standard.id),
    ]
}

/// The form that asks when a promise made at some moment would fall due, and the answer.
fn calculator(app: &App, current: &Standard, query: &Query) -> Markup {
    let now = app.platform.now();
    let (day, time) = (query.get("day").unwrap_or_default(), query.get("time").unwrap_or_default());
    let mut errors = FieldErrors::default();
    let answer = if day.is_empty() { None } else { answer(app, current, day, time, &mut errors) };
    let day_value = if day.is_empty() { forms::day_value(now.day()) } else { day.to_owned() };
    let time_value = if day.is_empty() { now.time() } else { time.to_owned() };
    let asked = match current.due.quantity {
        Quantity::OnField(_) => "Day that the fact names",
        _ => "Day of the trigger",
    };
    summary::panel(
        "When would it be due?",
        None,
        html! {
            form action=(query.path()) method="get" {
                (forms::row(&[
                    forms::date(Field::new("day", asked).value(day_value).errors(&errors)),
                    forms::time(Field::new("time", "Time").value(time_value).errors(&errors)),
                ]))
                (forms::submit("Count"))
            }
            @if let Some((due, version)) = &answer {
                h3 { "Due " (words::due(due)) }
                @if let Some(earliest) = due.earliest { p { "Not before " (earliest.long()) "." } }
                p.rt-muted { "Counted by the version from " (version.from.long()) "." }
                (words::steps(&due.steps))
            }
        },
    )
}

fn answer<'a>(
    app: &'a App,
    current: &Standard,
    day: &str,
    time: &str,
    errors: &mut FieldErrors,
) -> Option<(Due, &'a Standard)> {
    let rules = app.platform.rules();
    let day: rooftree_kernel::Day = match day.parse() {
        Ok(day) => day,
        Err(_) => {
            errors.add("day", "enter a date, like 18/12/2026");
            return None;
        }
    };
    let text = if time.is_empty() { day.to_string() } else { format!("{day}T{time}") };
    let Some(from) = Since::read(&text) else {
        errors.add("time", "enter a time, like 16:05");
        return None;
    };
    let Some(version) = rules.standards.get(&current.id, day) else {
        errors.add("day", "no version of this standard was in force on that day");
        return None;
    };
    match version.explain_from(from, &rules.calendars) {
        Ok(due) => Some((due, version)),
        Err(error) => {
            errors.add("day", error.to_string());
            None
        }
    }
}

fn versions_table(app: &App, versions: &[&Standard]) -> Markup {
    let calendars = &app.platform.rules().calendars;
    let row = |version: &&Standard| {
        let calendar = calendars.get(&version.due.calendar).map_or("", |calendar| calendar.title());
        Row::new(vec![
            html! { (version.from.long()) },
            html! { (version.until.map_or_else(|| "further notice".to_owned(), |until| until.plus_days(-1).long())) },
            html! { (words::rule(&version.due, calendar)) },
        ])
    };
    Table::new("Versions", vec![Column::new("From"), Column::new("Until"), Column::new("Due")])
        .caption_hidden()
        .rows(versions.iter().map(row).collect())
        .render()
}

fn breached(app: &App, actor: &Actor, standard: &str, breaches: &[Breach]) -> Markup {
    let lookups = &app.platform.registry().lookups;
    let dimensions = lookups.dimensions_of(standard);
    let part = dimensions.first().map_or("", |first| dimension(lookups, first));
    let row = |breach: &Breach| {
        let over = breach.stopped_at.unwrap_or_else(|| app.platform.now()).seconds_since(breach.due_at).max(0);
        let over = duration_words(over.unsigned_abs());
        let row = Row::new(vec![
            html! { (breach.reference) },
            html! { (breach.due_at.plus_seconds(-1).short()) },
            html! {
                @match breach.state.as_str() {
                    "late" => { (tag(Tone::Warning, "Kept late")) " " (over) " over" },
                    "cancelled" => (tag(Tone::Neutral, "Called off later")),
                    _ => { (tag(Tone::Danger, "Not kept")) " " (over) " over" },
                }
            },
            html! { (breach.part) },
            // Clocks belong to cases, which whoever may see no personal data may not open: nobody is led to a refusal.
            html! { @if !actor.scope.no_personal_data { a href=(format!("/clocks/{}", breach.clock)) { "How it was counted" } } },
        ]);
        match app.platform.registry().lookups.path_of(&breach.reference, actor) {
            Some(href) => row.href(href),
            None => row,
        }
    };
    let columns = vec![
        Column::new("Reference").nowrap(),
        Column::new("Time ran out").nowrap(),
        Column::new("Since then"),
        Column::new(part).desk_only(),
        Column::new("Clock"),
    ];
    html! {
        h2 id="broken" { "Promises not kept, the newest first" }
        (Table::new("Promises not kept", columns)
            .caption_hidden()
            .rows(breaches.iter().map(row).collect())
            .empty(html! { p { "None so far." } })
            .render())
    }
}
