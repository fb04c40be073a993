//! The board as people see it.

use super::{
    model::{self, Column, State, Visit},
    queries::{Read, UNPLANNED_MAX},
};
use crate::{
    booking::model::MOVED,
    cases::{self, Brief, Unplanned},
    declared::DECLARED,
    priority::Priority,
    words::choices,
    workforce::diary::Operative,
};
use maud::{Markup, html};
use rooftree_kernel::{Day, Moment, ProviderId};
use rooftree_platform::{Registry, Rulebook};
use rooftree_ui::{
    Query,
    board::{Board, Card, Cell, Lane, board},
    cards::{self, Count},
    clocks::duration_words,
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
};

/// Everything the page is made of.
pub struct Shown<'a> {
    /// What the standards are called.
    pub rules: &'a Rulebook,
    /// What areas declare.
    pub registry: &'a Registry,
    /// What was read.
    pub read: &'a Read,
    /// The address.
    pub query: &'a Query,
    /// The day.
    pub day: Day,
    /// The present.
    pub now: Moment,
    /// The job somebody is looked for, and where it is.
    pub wanted: Option<&'a Brief>,
    /// The session's token.
    pub csrf: &'a str,
    /// The caller sees one provider only.
    pub own_provider: bool,
}

/// One operative's line with what the planner asks first.
struct Line<'a> {
    operative: &'a Operative,
    visits: Vec<&'a Visit>,
    late: usize,
    free: Option<Moment>,
    metres: Option<i64>,
}

/// What the lanes can be narrowed to.
pub const SHOWS: &[(&str, &str)] = &[
    ("late", "Late now"),
    ("free", "Free now"),
    ("to-come", "With visits to come"),
    ("unconfirmed", "Not yet confirmed to the resident"),
];
/// Free within so many seconds counts as free now.
const FREE_NOW_SECONDS: i64 = 15 * 60;

/// The page's body.
pub fn page(shown: &Shown<'_>) -> Markup {
    let at = |day: Day| shown.query.clone().with("day", day.to_string()).href();
    let actions = html! {
        (forms::secondary_link("Day before", &at(shown.day.plus_days(-1))))
        @if shown.day != shown.now.day() { (forms::secondary_link("Today", &shown.query.clone().without("day").href())) }
        (forms::secondary_link("Day after", &at(shown.day.plus_days(1))))
        (forms::secondary_link("Operatives", "/operatives"))
    };
    html! {
        (shell::heading(&shown.day.0.strftime("%A %-d %B %Y").to_string(), Some("Day board"), Some(actions)))
        @if let Some(brief) = shown.wanted { (looking_for(shown, brief)) }
        (filters(shown))
        (fragment(shown))
    }
}

fn looking_for(shown: &Shown<'_>, brief: &Brief) -> Markup {
    let case = cases::href(shown.registry, &brief.reference);
    summary::banner(
        Tone::Info,
        html! {
            p {
                "Who can do " a href=(case) { (brief.reference) } ": " strong { (brief.title) } ", " (brief.address) "? "
                "Only operatives with the trade " (DECLARED.trade(&brief.trade)) " are shown, the nearest first."
            }
            p {
                a href={ (case) "/appointments/new" } { "Free times" } " · "
                a href=(shown.query.clone().without("for").href()) { "Show everybody" }
            }
        },
    )
}

fn filters(shown: &Shown<'_>) -> Markup {
    let (query, read) = (shown.query, shown.read);
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let providers: Vec<Choice<'_>> =
        read.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let trades: Vec<Choice<'_>> =
        DECLARED.trades.values().map(|trade| Choice::new(trade.key.as_str(), trade.title.as_str())).collect();
    let shows: Vec<Choice<'_>> = SHOWS.iter().map(|(key, label)| Choice::new(*key, *label)).collect();
    let reasons = choices(DECLARED.reasons(MOVED).filter(|reason| !reason.note));
    let mut bar = FilterBar::new(query)
        .keep("for")
        .field(forms::date_picker(Field::new("day", "Day").value(shown.day.to_string())))
        .field(forms::select(Field::new("trade", "Trade").value(value("trade")), Some("Any"), &trades))
        .field(forms::select(Field::new("show", "Show").value(value("show")), Some("Everybody"), &shows))
        .field(forms::select(
            Field::new("why", "Why visits move").value(value("why")),
            Some("Choose before moving"),
            &reasons,
        ));
    if !shown.own_provider {
        bar = bar.field(forms::select(
            Field::new("provider", "Provider").value(value("provider")),
            Some("Any"),
            &providers,
        ));
    }
    if let Some(provider) = query.get("provider").and_then(|id| id.parse::<ProviderId>().ok())
        && let Some((_, name)) = read.providers.iter().find(|(id, _)| *id == provider)
    {
        bar = bar.chip(name.as_str(), "provider", &provider.to_string());
    }
    if let Some(trade) = query.get("trade").filter(|trade| !trade.is_empty()) {
        bar = bar.chip(DECLARED.trade(trade), "trade", trade);
    }
    for (name, list) in [("show", SHOWS)] {
        if let Some((key, label)) = list.iter().find(|(key, _)| Some(*key) == query.get(name)) {
            bar = bar.chip(*label, name, key);
        }
    }
    if let Some(reason) = query.get("why").and_then(|key| DECLARED.reason(MOVED, key)) {
        bar = bar.chip(format!("Moving because: {}", reason.title), "why", &reason.key);
    }
    bar.render()
}

/// The part that refreshes itself while the day runs: counts and board.
pub fn fragment(shown: &Shown<'_>) -> Markup {
    let today = shown.day == shown.now.day();
    let again = Query::parse("/board/fragment", &raw(shown.query)).href();
    let lines = lines(shown);
    let board_shown = Board {
        caption: format!(
            "{}, {}, {}",
            shown.day.long(),
            counted(lines.len(), "operative"),
            counted(lines.iter().map(|line| line.visits.len()).sum(), "visit")
        ),
        slots: columns(shown).iter().map(|column| (column.key(), column.label())).collect(),
        lanes: lines.iter().map(|line| lane(shown, line)).collect(),
        unassigned: shown.read.unplanned.iter().map(|work| unplanned(shown, work)).collect(),
        unassigned_total: usize::try_from(shown.read.unplanned_total()).unwrap_or_default(),
        move_url: Query::parse("/board/move", &raw(shown.query)).with("day", shown.day.to_string()).href(),
        csrf: shown.csrf.to_owned(),
    };
    html! {
        div data-poll-url=[today.then_some(again)] data-poll-seconds=[today.then_some("60")] {
            (counts(shown))
            @if shown.read.unplanned_total() > UNPLANNED_MAX {
                p {
                    (summary::muted(&format!("The {UNPLANNED_MAX} that fall due first of {} are shown.", shown.read.unplanned_total())))
                    @for waiting in &shown.read.waiting { " " a href=(waiting.total.1) { "See all of them" } }
                }
            }
            @if lines.is_empty() { div.rt-empty { p { "No operative fits these filters on this day." } p { a href="/board" { "Show everybody today" } } } }
            @else { (board(&board_shown)) }
            @if today { p { (summary::muted(&format!("As at {}. It refreshes itself every minute.", shown.now.time()))) } }
        }
    }
}

/// The parameters of an address, as they stand in it.
fn raw(query: &Query) -> String {
    query.href().split_once('?').map(|(_, raw)| raw.to_owned()).unwrap_or_default()
}

fn columns(shown: &Shown<'_>) -> Vec<Column> {
    model::columns(shown.day, &shown.read.operatives, &shown.read.visits)
}

/// `1 visit`, `30 visits`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn counts(shown: &Shown<'_>) -> Markup {
    let read = shown.read;
    let of = |name: &str, value: &str| shown.query.clone().with(name, value).href();
    let late = read.visits.iter().filter(|visit| visit.is_late(shown.now)).count() as u64;
    let untold = read.visits.iter().filter(|visit| visit.status == "booked" && !visit.told).count() as u64;
    let free = read.operatives.iter().filter(|operative| is_free_now(operative, shown)).count() as u64;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    let mut list = vec![Count::new("late now", late, of("show", "late"), Tone::Danger)];
    for waiting in &read.waiting {
        let (emergencies, past) = (waiting.emergencies, waiting.unrecorded);
        list.push(Count::new("emergencies not safe, no visit", number(emergencies.0), emergencies.1, Tone::Danger));
        list.push(Count::new("past visits with nothing recorded", number(past.0), past.1, Tone::Danger));
    }
    list.push(Count::new("not yet planned", number(read.unplanned_total()), "#board-unassigned", Tone::Warning));
    list.push(Count::new("not yet confirmed", untold, of("show", "unconfirmed"), Tone::Warning));
    if shown.day == shown.now.day() {
        list.insert(1, Count::new("free now", free, of("show", "free"), Tone::Success));
    }
    cards::counts(&list)
}

fn is_free_now(operative: &Operative, shown: &Shown<'_>) -> bool {
    let busy = |visit: &Visit| visit.operative == operative.id && visit.state(shown.now).is_under_way();
    !shown.read.visits.iter().any(busy)
        && model::free_from(operative, shown.day, shown.now)
            .is_some_and(|free| free <= shown.now.plus_seconds(FREE_NOW_SECONDS))
}

fn lines<'a>(shown: &'a Shown<'_>) -> Vec<Line<'a>> {
    let read = shown.read;
    let line = |operative: &'a Operative| {
        let visits: Vec<&Visit> = read.visits.iter().filter(|visit| visit.operative == operative.id).collect();
        let place = shown.wanted.and_then(|brief| brief.grid);
        Line {
            late: visits.iter().filter(|visit| visit.is_late(shown.now)).count(),
            free: model::free_from(operative, shown.day, shown.now),
            metres: place.zip(model::whereabouts(&visits, shown.now)).map(|(a, b)| model::metres(a, b)),
            visits,
            operative,
        }
    };
    let mut lines: Vec<Line<'a>> = read.operatives.iter().map(line).collect();
    match shown.query.get("show") {
        Some("late") => lines.retain(|line| line.late > 0),
        Some("free") => lines.retain(|line| is_free_now(line.operative, shown)),
        Some("to-come") => lines.retain(|line| line.visits.iter().any(|visit| visit.is_to_come(shown.now))),
        Some("unconfirmed") => {
            lines.retain(|line| line.visits.iter().any(|visit| visit.status == "booked" && !visit.told))
        }
        _ => {}
    }
    if shown.wanted.is_some() {
        lines.sort_by_key(|line| (line.metres.is_none(), line.metres));
    }
    lines
}

fn lane(shown: &Shown<'_>, line: &Line<'_>) -> Lane {
    let operative = line.operative;
    let columns = columns(shown);
    let mut cells: Vec<Cell> = columns
        .iter()
        .map(|column| Cell {
            cards: Vec::new(),
            closed: model::closed(operative, shown.day, *column).map(str::to_owned),
        })
        .collect();
    for visit in &line.visits {
        cells[model::column_of(&columns, shown.day, visit.starts_at)].cards.push(card(shown, visit));
    }
    Lane {
        id: operative.id.to_string(),
        name: operative.name.clone(),
        detail: lane_detail(shown, line),
        href: Some(format!("/operatives/{}", operative.id)),
        cells,
    }
}

/// `Late · Plumber, Drainage · free from 14:15 · 1.2 km away`.
fn lane_detail(shown: &Shown<'_>, line: &Line<'_>) -> String {
    let mut parts = Vec::new();
    if line.late > 0 {
        parts.push("Late".to_owned());
    }
    let busy = line.visits.iter().map(|visit| visit.state(shown.now)).find(|state| state.is_under_way());
    parts.push(match line.free {
        _ if busy.is_some() => busy.map_or_else(String::new, |state| state.words().to_owned()),
        Some(free) if free <= shown.now.plus_seconds(FREE_NOW_SECONDS) => "Free now".to_owned(),
        Some(free) => format!("Free from {}", free.time()),
        None if line.operative.shifts_on(shown.day, true).is_empty() => "Off".to_owned(),
        None => "Full".to_owned(),
    });
    if let Some(metres) = line.metres {
        parts.push(format!("{} away", model::distance_words(metres)));
    }
    let trades: Vec<&str> = line.operative.trades.iter().take(2).map(|trade| DECLARED.trade(trade)).collect();
    let more = line.operative.trades.len().saturating_sub(2);
    parts.push(if more > 0 { format!("{} and {more} more", trades.join(", ")) } else { trades.join(", ") });
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn card(shown: &Shown<'_>, visit: &Visit) -> Card {
    let state = visit.state(shown.now);
    let mut words = vec![visit.starts_at.time(), state_words(visit, state)];
    if visit.priority == Priority::Emergency {
        words.push("Emergency".to_owned());
    }
    Card {
        id: visit.id.to_string(),
        reference: visit.reference.clone(),
        title: visit.title.clone(),
        address: format!("Told {}. {}", visit.window_starts_at.time_until(visit.window_ends_at), visit.address),
        tone: state.tone(visit.priority),
        state: words.join(" · "),
        promise: String::new(),
        href: cases::href(shown.registry, &visit.reference),
        move_href: format!("/appointments/{}/move", visit.id),
        fixed: !visit.is_movable(),
    }
}

fn state_words(visit: &Visit, state: State) -> String {
    match (state, visit.arrived_at, visit.finished_at) {
        (State::Arrived, Some(at), _) => format!("Arrived {}", at.time()),
        (State::Done, _, Some(at)) => format!("{} {}", outcome_words(visit.outcome.as_deref()), at.time()),
        (State::Booked, ..) if !visit.told => "Not confirmed".to_owned(),
        _ => state.words().to_owned(),
    }
}

/// What a visit that is over came to; only completed work is done.
fn outcome_words(outcome: Option<&str>) -> &'static str {
    match outcome {
        Some("made-safe") => "Made safe",
        Some("follow-on") => "Another visit needed",
        Some("awaiting-materials") => "Waits for materials",
        _ => "Done",
    }
}

fn unplanned(shown: &Shown<'_>, work: &Unplanned) -> Card {
    let (tone, mut state) = match (work.due, work.priority) {
        (Some(due), _) if due <= shown.now => (Tone::Danger, format!("{} over", left(due, shown.now))),
        (Some(due), Priority::Emergency) if work.made_safe_at.is_none() => {
            (Tone::Danger, format!("Emergency · {} left", left(due, shown.now)))
        }
        (Some(due), _) if due.seconds_since(shown.now) < 2 * 86_400 => {
            (Tone::Warning, format!("{} left", left(due, shown.now)))
        }
        (Some(due), _) => (Tone::Info, format!("{} left", left(due, shown.now))),
        (None, priority) => (Tone::Neutral, priority.title().to_owned()),
    };
    // The danger is over, and another promise than the emergency's runs.
    let mut promise = String::new();
    if let Some(safe) = work.made_safe_at {
        let named = work.standard.as_ref().and_then(|id| shown.rules.standards.versions(id).last().copied());
        if let (Some(standard), Some(_)) = (named, work.due) {
            promise = format!("{}: {state}", standard.title);
        }
        state = format!("Made safe {}, work remains", safe.day().0.strftime("%-d %b"));
    }
    Card {
        id: work.reference.clone(),
        reference: work.reference.clone(),
        title: work.title.clone(),
        address: format!("{}. {}, {} min", work.address, DECLARED.trade(&work.trade), work.minutes),
        tone,
        state,
        promise,
        move_href: format!("{}/appointments/new", cases::href(shown.registry, &work.reference)),
        href: cases::href(shown.registry, &work.reference),
        fixed: false,
    }
}

fn left(due: Moment, now: Moment) -> String {
    duration_words(due.seconds_since(now).unsigned_abs())
}

/// The page for a refused move. It holds no board, so that the script keeps the one it has and says why.
pub fn refused(message: &str, back: &str) -> Markup {
    html! {
        (summary::banner(Tone::Danger, html! { p { (message) } }))
        h1 { "The visit was not moved" }
        p { a href=(back) { "Back to the board" } }
    }
}
