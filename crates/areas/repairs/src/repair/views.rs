//! What the list and a repair look like.

use super::{
    happened::history,
    list::{COUNT_MAX, Cursor, DUES, Filter, Row, STATUSES, is_booked_late},
    queries::{self, Message, Repair, Said},
};
use crate::{
    aftercare::right_to_repair,
    declared::{DECLARED, Priority, SCRIPT},
    diagnosis::rules::asked_and_answered,
    permissions,
    repair::words::{OPEN_STAGES, period_words, source_words, stage_words},
};
use maud::{Markup, html};
use rooftree_frame::{App, promise};
use rooftree_homes::public::Alert;
use rooftree_kernel::{
    Actor, Day, Moment, ProviderId,
    scope::{OPERATIVE, PROVIDER},
};
use rooftree_people::public::{Person, spoken_phone};
use rooftree_platform::{documents::Document, journal::read::Fact, signin::sessions::Session};
use rooftree_promises::clocks::{Clock, ClockState};
use rooftree_ui::{
    Query, clocks as pills,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Table},
};
use rooftree_works::public::{
    booking::of_case::{self as visits, Appointment},
    orders::of_case::{self as orders, Orders},
    windows::brief_words,
    words::priority_tag,
};

fn choices<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<Choice<'a>> {
    pairs.iter().map(|(key, label)| Choice::new(*key, *label)).collect()
}

fn status_tag(status: &str, stage: &str) -> Markup {
    let tone = match status {
        "completed" => Tone::Success,
        "cancelled" => Tone::Neutral,
        _ => Tone::Info,
    };
    summary::tag(tone, stage_words(if status == "open" { stage } else { status }))
}

/// What the list can be narrowed to.
pub struct Choices {
    /// Wards that homes lie in.
    pub wards: Vec<String>,
    /// Housing officers' patches.
    pub patches: Vec<String>,
    /// Providers, for those who see more than one.
    pub providers: Vec<(ProviderId, String)>,
}

/// The list.
#[expect(clippy::too_many_arguments, reason = "one page shows all of it")]
pub fn index(
    query: &Query,
    filter: &Filter,
    rows: &[Row],
    more: bool,
    total: i64,
    choices: &Choices,
    actor: &Actor,
    now: Moment,
) -> Markup {
    let action = actor.may(&permissions::REPORT).then(|| forms::button_link("Report a repair", "/repairs/new"));
    let next =
        rows.last().filter(|_| more).map(|row| query.clone().with("after", Cursor::after(row, filter).encode()).href());
    let first = query.get("after").map(|_| query.clone().without("after").href());
    let table = Table::new(
        "Repairs",
        vec![
            Column::new("Reference").nowrap(),
            Column::new("Repair"),
            Column::new("Home"),
            Column::new("Priority").nowrap(),
            Column::new("Trade").desk_only(),
            Column::new("Stage"),
            Column::new("Reported").nowrap(),
            Column::new("Promise"),
        ],
    )
    .caption_hidden()
    .rows(rows.iter().map(|row| line(row, now)).collect())
    .empty(html! { p { "No repairs match. Take a filter away, or search for the reference." } });
    html! {
        (shell::heading("Repairs", None, action))
        (filters(query, filter, choices, total))
        (table.render())
        (tables::cursor_pages(&shown(total, rows.len()), first.as_deref(), next.as_deref()))
    }
}

/// `1 repair`, `1,895 repairs`.
fn counted(total: i64) -> String {
    let number = rooftree_ui::cards::thousands(u64::try_from(total).unwrap_or_default());
    format!("{number} {}", if total == 1 { "repair" } else { "repairs" })
}

fn shown(total: i64, here: usize) -> String {
    if total > COUNT_MAX { format!("{here} of more than 2,000") } else { format!("{here} of {total}") }
}

fn line(row: &Row, now: Moment) -> tables::Row {
    let promise = match (row.started_at, row.due_at) {
        (Some(started), Some(due)) if row.status != "cancelled" => {
            let due = pills::Due::of(due, row.due_day);
            let clock = pills::Clock::new("Promise", started, due, row.stopped_at, now);
            pills::pill(&if row.booked_late { at_risk(clock) } else { clock }, now)
        }
        _ => html! {},
    };
    tables::Row::new(vec![
        html! { (row.reference) },
        html! { (row.title) },
        html! { (row.address) @if !row.postcode.is_empty() { ", " (row.postcode) } },
        priority_tag(&row.priority),
        html! { (DECLARED.trade(&row.trade)) },
        html! {
            (status_tag(&row.status, &row.stage))
            @if let (Some(from), Some(until)) = (row.next_visit_from, row.next_visit_until) { " " (summary::muted(&format!("visit {}", brief_words(from, until)))) }
        },
        html! { (row.reported_at.short()) },
        promise,
    ])
    .href(format!("/repairs/{}", row.reference))
    .urgent(row.status == "open" && row.due_at.is_some_and(|due| due <= now && row.stopped_at.is_none()))
    .faint(row.status == "cancelled")
}

/// A promise whose only visit comes after it falls due is not on track, however much time is left.
fn at_risk(mut clock: pills::Clock) -> pills::Clock {
    if clock.state == pills::ClockState::OnTrack {
        clock.state = pills::ClockState::AtRisk;
    }
    clock
}

fn filters(query: &Query, filter: &Filter, among: &Choices, total: i64) -> Markup {
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let trades: Vec<Choice<'_>> =
        DECLARED.trades.values().map(|trade| Choice::new(trade.key.as_str(), trade.title.as_str())).collect();
    let wards: Vec<Choice<'_>> = among.wards.iter().map(|ward| Choice::new(ward.as_str(), ward.as_str())).collect();
    let priorities: Vec<Choice<'_>> = Priority::ALL.iter().map(|p| Choice::new(p.as_str(), p.title())).collect();
    let stages: Vec<Choice<'_>> = OPEN_STAGES.iter().map(|stage| Choice::new(*stage, sentence(stage))).collect();
    let providers: Vec<Choice<'_>> =
        among.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let select = |name, label, chosen: &Option<String>, choices: &[Choice<'_>]| {
        forms::select(Field::new(name, label).value(value(chosen)), Some("Any"), choices)
    };
    let day = |name, label, day: Option<Day>| {
        forms::date_picker(Field::new(name, label).value(day.map(|day| day.to_string()).unwrap_or_default()))
    };
    let mut bar = FilterBar::new(query)
        .field(forms::text(Field::new("text", "Reference, address or words").value(value(&filter.text))))
        .field(select("due", "Promise", &filter.due, &self::choices(DUES)))
        .field(select("status", "Status", &filter.status, &self::choices(STATUSES)))
        .field(select("stage", "Stage", &filter.stage, &stages))
        .field(select("priority", "Priority", &filter.priority, &priorities))
        .field(select("trade", "Trade", &filter.trade, &trades))
        .field(select("ward", "Ward", &filter.ward, &wards));
    if !among.patches.is_empty() {
        let patches: Vec<Choice<'_>> =
            among.patches.iter().map(|patch| Choice::new(patch.as_str(), patch.as_str())).collect();
        bar = bar.field(select("patch", "Patch", &filter.patch, &patches));
    }
    if providers.len() > 1 {
        let chosen = filter.provider.map(|id| id.to_string());
        bar = bar.field(select("provider", "Provider", &chosen, &providers));
    }
    bar = bar
        .field(day("from", "Reported from", filter.from))
        .field(day("until", "Reported until", filter.until))
        .result(if total > COUNT_MAX { "More than 2,000 repairs".to_owned() } else { counted(total) })
        .actions(tables::exports(query));
    for (name, label) in chips(filter, among) {
        bar = bar.chip(label, name, query.get(name).unwrap_or_default());
    }
    bar.render()
}

/// What is chosen, in words: parameter and label.
fn chips(filter: &Filter, among: &Choices) -> Vec<(&'static str, String)> {
    let listed = |words: &[(&str, &str)], key: &String| {
        words.iter().find(|(known, _)| known == key).map(|(_, label)| (*label).to_owned())
    };
    let provider = filter.provider.and_then(|id| among.providers.iter().find(|(known, _)| *known == id));
    let words = [
        ("text", filter.text.as_ref().map(|text| format!("‘{text}’"))),
        ("due", filter.due.as_ref().and_then(|key| listed(DUES, key))),
        ("status", filter.status.as_ref().and_then(|key| listed(STATUSES, key))),
        ("stage", filter.stage.as_ref().map(|stage| sentence(stage))),
        ("priority", filter.priority.as_deref().and_then(Priority::parse).map(|p| p.title().to_owned())),
        ("trade", filter.trade.as_ref().map(|key| DECLARED.trade(key).to_owned())),
        ("ward", filter.ward.clone()),
        ("patch", filter.patch.clone()),
        ("provider", provider.map(|(_, name)| name.clone())),
        ("from", filter.from.map(|day| format!("From {}", day.short()))),
        ("until", filter.until.map(|day| format!("Until {}", day.short()))),
    ];
    words.into_iter().filter_map(|(name, label)| Some((name, label?))).collect()
}

/// A stage as a choice begins: with a capital.
fn sentence(stage: &str) -> String {
    let words = stage_words(stage);
    words.chars().next().map_or_else(String::new, |first| first.to_uppercase().chain(words.chars().skip(1)).collect())
}

/// Everything on a repair's page.
pub struct Shown {
    /// The repair.
    pub repair: Repair,
    /// Orders, lines, variations.
    pub orders: Orders,
    /// Appointments, oldest first.
    pub appointments: Vec<Appointment>,
    /// Promises.
    pub clocks: Vec<Clock>,
    /// Its history.
    pub facts: Vec<Fact>,
    /// What was written to residents about it.
    pub messages: Vec<Message>,
    /// Photos and papers.
    pub documents: Vec<Document>,
    /// Warnings about the place.
    pub alerts: Vec<Alert>,
    /// Who reported it.
    pub reporter: Option<Person>,
    /// Their telephone numbers.
    pub phones: Vec<String>,
    /// What the resident said against its completion.
    pub said: Vec<Said>,
    /// It was logged just now, for this place.
    pub again: Option<String>,
}

/// One repair.
pub fn show(app: &App, session: &Session, shown: &Shown, now: Moment) -> Markup {
    let repair = &shown.repair;
    html! {
        @if let Some(place) = &shown.again {
            (summary::outcome("Repair logged", Some(&repair.reference), html! {
                @if let Some(visit) = next_visit(&shown.appointments, now) { p { "Appointment: " (visit_words(visit)) "." } }
                @if shown.clocks.iter().any(|clock| is_late_for(clock, shown, now)) {
                    (summary::banner(Tone::Warning, html! { "The visit is after our promise falls due: ring the planner for an earlier time." }))
                }
                (nobody_told(shown))
                p { a href=(another(place, shown)) data-shortcut="r" aria-keyshortcuts="r" { @if repair.place_kind == "home" { "Report another repair for this home" } @else { "Report another repair here" } } }
            }))
        }
        (shell::heading(&repair.title, Some(&repair.reference), actions(session, shown)))
        p { (priority_tag(&repair.priority)) " " (status_tag(&repair.status, &repair.stage)) @if repair.recall_of.is_some() { " " (summary::tag(Tone::Warning, "Recall")) } @if let Some(hazard) = &repair.hazard { " " (summary::tag(Tone::Warning, &format!("Possible hazard: {}", hazard.replace('-', " ")))) } }
        @for alert in &shown.alerts { (summary::banner(Tone::Danger, html! { strong { (alert.title) } " " (alert.detail) })) }
        @if shown.again.is_none() && repair.status == "open" { (when_we_come(shown, now)) }
        (summary::columns(
            html! {
                (not_done(&shown.said))
                (promises(app, shown, now))
                (details(session, shown, now))
                (visits::table(session, repair.status == "open", &shown.appointments, now))
                @if session.actor.scope.id(OPERATIVE).is_none() { (orders::panels(session, repair.cost_pence, &shown.orders)) }
                (photos(&shown.documents))
            },
            html! {
                h2 { "What happened" }
                (history(app, session, &shown.orders.orders, &shown.facts, &shown.messages))
                @if session.actor.may(&rooftree_platform::journal::VIEW) { p { a href={ "/journal?about=" (repair.reference) } { "All of its facts in the journal" } } }
            },
        ))
    }
}

/// Whoever reported it is still on the phone: nobody else will tell them when we come.
fn nobody_told(shown: &Shown) -> Markup {
    let why = match shown.repair.reporter_id {
        _ if !shown.messages.is_empty() => return html! {},
        None => "whoever reported it is not on record as a resident",
        Some(_) => "whoever reported it has no telephone number, e-mail address or home on record",
    };
    html! { p { strong { "Nobody is told by message: " } (why) ". Say now when we come, and who rings if that changes." } }
}

/// Where the next repair of a place is reported, by whoever reported this one.
fn another(place: &str, shown: &Shown) -> String {
    let page = Query::new("/repairs/new").with("place", place);
    shown
        .reporter
        .as_ref()
        .map_or_else(|| page.clone(), |person| page.clone().with("reporter", person.reference.as_str()))
        .href()
}

/// What half of all callers ask: when somebody comes.
fn when_we_come(shown: &Shown, now: Moment) -> Markup {
    let Some(visit) = next_visit(&shown.appointments, now) else { return html! {} };
    let late = shown.clocks.iter().any(|clock| is_late_for(clock, shown, now));
    summary::banner(
        if late { Tone::Warning } else { Tone::Info },
        html! { "Next visit: " strong { (visit_words(visit)) } "." @if late { " That is after our promise falls due: offer an earlier time." } },
    )
}

/// The promise falls due before the next visit begins.
fn is_late_for(clock: &Clock, shown: &Shown, now: Moment) -> bool {
    clock.state == ClockState::Running
        && SCRIPT.promises().contains(&clock.standard)
        && next_visit(&shown.appointments, now).is_some_and(|visit| is_booked_late(clock.due_at, visit.starts_at, now))
}

/// The first visit that is still to come: one whose hours are over and whose outcome is missing tells nobody when we come.
fn next_visit(appointments: &[Appointment], now: Moment) -> Option<&Appointment> {
    let to_come = appointments.iter().filter(|visit| visit.status == "booked" && visit.window_ends_at > now);
    to_come.min_by_key(|visit| visit.starts_at)
}

fn visit_words(visit: &Appointment) -> String {
    let told = visit.window_starts_at.time_until(visit.window_ends_at);
    format!("{}, {told}, {}", visit.day.short(), visit.operative_name)
}

/// What this caller may do with the repair now: what is done most stands first.
fn actions(session: &Session, shown: &Shown) -> Option<Markup> {
    let repair = &shown.repair;
    // What is booked is moved more often than booked a second time.
    let booked = shown.appointments.iter().find(|visit| visit.status == "booked" && visit.arrived_at.is_none());
    let moving = booked.filter(|_| repair.status == "open" && session.actor.may(&permissions::PLAN));
    let at = |what: &str| format!("/repairs/{}/{what}", repair.reference);
    let open = [
        (if booked.is_some() { "Book another visit" } else { "Book a visit" }, "appointments/new", permissions::PLAN),
        ("Change priority", "priority", permissions::REPORT),
        ("Cancel", "cancel", permissions::CANCEL),
    ];
    let completed = [
        ("Resident says not done", "not-done", permissions::REPORT),
        ("Propose a recharge", "recharge", permissions::RECHARGE),
        ("Completed by mistake", "not-completed", permissions::PLAN),
    ];
    let links = match repair.status.as_str() {
        "open" => &open[..],
        "completed" => &completed[..],
        "cancelled" => &[("Open it again", "reopen", permissions::CANCEL)],
        _ => &[],
    };
    let may: Vec<_> = links.iter().filter(|(.., permission)| session.actor.may(permission)).collect();
    let again = repair.status != "open" && session.actor.may(&permissions::REPORT);
    (!may.is_empty() || again).then(|| {
        html! {
            @if let Some(visit) = moving { (forms::button_link("Move the visit", &format!("/appointments/{}/move", visit.id))) }
            @for (index, (label, path, _)) in may.iter().enumerate() {
                @let is_main = index == 0 && moving.is_none() && repair.status == "open";
                // To end a repair is never what the page leads to.
                @if is_main && *path != "cancel" { (forms::button_link(label, &at(path))) } @else { (forms::secondary_link(label, &at(path))) }
            }
            @if again { a.govuk-button.govuk-button--secondary href=(another(&repair.place_reference, shown)) data-module="govuk-button" data-shortcut="r" aria-keyshortcuts="r" { "Report again" } }
        }
    })
}

/// What the resident said against the completion, in their words, with our answer.
fn not_done(said: &[Said]) -> Markup {
    html! {
        @for one in said {
            (summary::panel("The resident says it is not done", None, html! {
                blockquote { p { (one.said) } }
                p { (summary::muted(&format!("{}, {}, {}", one.raised_day.short(), one.raised_by, source_words(&one.source)))) }
                @match one.resolved_day {
                    Some(day) => {
                        p { strong { (DECLARED.reason_title("contradiction", &one.resolution)) } ", " (day.short()) "." @if !one.answer.is_empty() { " Our answer: " (one.answer) } }
                    }
                    None => p { "Not settled yet." },
                }
            }))
        }
    }
}

fn promises(app: &App, shown: &Shown, now: Moment) -> Markup {
    let card = |clock: &Clock| {
        let card = promise::shown(app.platform.rules(), clock, now);
        pills::card(&if is_late_for(clock, shown, now) { at_risk(card) } else { card }, now)
    };
    let counting = shown.clocks.iter().filter(|clock| !matches!(clock.state, ClockState::Cancelled | ClockState::Void));
    let cards: Vec<Markup> = counting.map(card).collect();
    html! {
        @if !cards.is_empty() {
            h2 { "Promises" }
            (summary::grid(&cards))
        }
    }
}

/// A link for whoever may follow it, the same words for everybody else.
fn link_if(may: bool, href: &str, words: &str) -> Markup {
    html! { @if may { a href=(href) { (words) } } @else { (words) } }
}

fn details(session: &Session, shown: &Shown, now: Moment) -> Markup {
    let repair = &shown.repair;
    let hidden = !queries::may_see_reporter(&session.actor);
    let mut items = vec![
        Item::new(
            "Home",
            link_if(
                session.actor.may(&rooftree_homes::public::VIEW),
                &format!("/homes/{}", repair.place_reference),
                &repair.place_title,
            ),
        ),
        Item::text("Trade", DECLARED.trade(&repair.trade)),
        Item::text(
            "Reported",
            format!("{}, {}, logged by {}", repair.reported_at.long(), repair.channel, repair.raised_by),
        ),
    ];
    if !hidden {
        items.push(match &shown.reporter {
            Some(person) => Item::new("Reported by", html! {
                (link_if(session.actor.may(&rooftree_people::public::VIEW), &format!("/people/{}", person.reference), &person.name))
                @for phone in &shown.phones { ", " a href={ "tel:+" (phone) } { (spoken_phone(phone)) } }
                @if session.actor.may(&rooftree_people::public::EDIT) { " · " a href={ "/people/" (person.reference) "#log-a-contact" } { "Log a contact" } }
                @if !person.contact_notes.is_empty() { br; (person.contact_notes) } }),
            None => Item::text("Reported by", &repair.reporter_name),
        });
        items.push(Item::text("In their words", or_none(&repair.description)));
        let said = asked(repair);
        if !said.is_empty() {
            items.push(Item::new(
                "Asked and answered",
                html! {
                    ul.govuk-list { @for (asked, answered) in &said { li { (asked) " " strong { (answered) } } } }
                },
            ));
        }
        items.push(Item::text("Access", or_none(&repair.access_notes)));
    }
    items.push(Item::new("Why this priority", reasons(repair)));
    if let Some(period) = &repair.right_to_repair {
        let lapsed = shown.clocks.iter().any(|clock| {
            clock.standard == right_to_repair::standard(period, false)
                && !matches!(clock.state, ClockState::Cancelled | ClockState::Void)
                && clock.due_at <= now
        });
        let may_send = lapsed
            && repair.status == "open"
            && session.actor.may(&permissions::PLAN)
            && session.actor.scope.id(PROVIDER).is_none();
        items.push(Item::new("Right to Repair", html! {
            (period_words(period))
            @if may_send { " " a href={ "/repairs/" (repair.reference) "/second-contractor" } { "Send a second contractor" } }
        }));
    }
    if repair.status == "open" && !repair.awaiting.is_empty() {
        items.push(Item::text("What comes next", &repair.awaiting));
    }
    if let Some(made_safe) = repair.made_safe_at {
        items.push(Item::text("Made safe", made_safe.long()));
    }
    if let Some(completed) = repair.completed_at {
        let first = repair
            .first_visit
            .map_or("", |first| if first { ", at the first visit" } else { ", after more than one visit" });
        items.push(Item::text("Completed", format!("{}{first}. {}", completed.long(), repair.completed_note)));
    }
    if let Some(reason) = &repair.cancel_reason {
        items.push(Item::text("Cancelled because", DECLARED.reason_title("cancel", reason)));
    }
    html! { h2 { "The repair" } (summary::list(&items)) }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "Nothing noted" } else { text }
}

fn reasons(repair: &Repair) -> Markup {
    let words: Vec<&str> = repair
        .priority_reasons
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reason| reason["reason"].as_str())
        .collect();
    html! {
        ul { @for reason in &words { li { (reason) } } }
        @if let Some(why) = &repair.priority_override {
            @let (key, note) = why.split_once(": ").unwrap_or((why.as_str(), ""));
            p { "Changed by a person: " (DECLARED.reason_title("override", key)) @if !note.is_empty() { ". " (note) } }
        }
    }
}

fn photos(documents: &[Document]) -> Markup {
    html! {
        @if !documents.is_empty() {
            h2 { "Photos and papers" }
            ul class="rt-photos" {
                @for document in documents {
                    li {
                        a href={ "/documents/" (document.id) } {
                            @if document.has_thumbnail { img src={ "/documents/" (document.id) "/thumbnail" } alt={ (document.kind) " added " (document.added_at.short()) } loading="lazy"; }
                            @else { (document.name) }
                        }
                        br; (summary::muted(&format!("{}, {}", document.added_at.short(), document.added_by)))
                    }
                }
            }
        }
    }
}

/// What the caller was asked and answered, in the script's words.
fn asked(repair: &Repair) -> Vec<(String, String)> {
    let answers = serde_json::from_value(repair.answers.clone()).unwrap_or_default();
    let item = SCRIPT.item(&repair.item);
    item.map_or_else(Vec::new, |item| asked_and_answered(item, &answers))
}
