//! `/start`: what is broken, at risk, for today and next, each one click from the list that holds it.

use super::health;
use axum::{extract::State, http::HeaderMap};
use futures_util::future::join_all;
use maud::{Markup, html};
use rooftree_frame::{App, Hit, PageResult, Signed, Task, pages};
use rooftree_kernel::{Moment, scope::PERSON};
use rooftree_ui::{
    cards::{self, Count},
    search, shell,
    summary::Tone,
};
use std::cmp::Reverse;

/// The four groups, in the order they matter: heading, tone, what stands there when nothing waits.
const GROUPS: [(&str, Tone, &str); 4] = [
    ("Broken promises", Tone::Danger, "Nothing is late."),
    ("At risk", Tone::Warning, "Nothing is about to be late."),
    ("Today", Tone::Info, "Nothing falls due today."),
    ("Next", Tone::Neutral, "Nothing else waits."),
];
/// Recent items shown.
const RECENT_MAX: usize = 10;

/// The landing page.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let caller = signed.caller();
    let mut tasks = Vec::new();
    for answer in join_all(app.shared.tasks.iter().map(|source| source.tasks(&app, &caller))).await {
        tasks.extend(answer?);
    }
    let mut recent = Vec::new();
    for answer in join_all(app.shared.tasks.iter().map(|source| source.recent(&app, &caller))).await {
        recent.extend(answer?);
    }
    let recent = newest(recent);
    let health = match signed.0.actor.may(&crate::operations::SEE_HEALTH) {
        true => Some(health::panel(&app).await?),
        false => None,
    };
    let kept = crate::saved::block(&app, &signed).await?;
    let body = html! {
        (shell::heading(&greeting(&signed.0.actor.name, &app.platform.now()), Some(&signed.0.role_title), begin(&app, &signed)))
        @if signed.0.actor.scope.id(PERSON).is_some() { (for_residents(app.platform.config())) } @else { (groups(&tasks)) }
        @if let Some(kept) = kept { (kept) }
        @if let Some(health) = health { (health) }
        @if !recent.is_empty() { (recently(&recent)) }
    };
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/start", "Start", body)))
}

/// The newest of what all areas name, so that no area crowds out another.
fn newest(mut recent: Vec<(Moment, Hit)>) -> Vec<Hit> {
    recent.sort_by_key(|(at, _)| Reverse(*at));
    recent.into_iter().take(RECENT_MAX).map(|(_, hit)| hit).collect()
}

/// What this role begins most often, as buttons beside the greeting.
fn begin(app: &App, signed: &Signed) -> Option<Markup> {
    let mine: Vec<_> = app.shared.starts.iter().filter(|start| signed.0.actor.may(&start.permission)).collect();
    (!mine.is_empty())
        .then(|| html! { @for start in mine { (rooftree_ui::forms::button_link(start.label, start.href)) " " } })
}

fn greeting(name: &str, now: &Moment) -> String {
    let time = match now.london().hour() {
        0..=11 => "morning",
        12..=17 => "afternoon",
        _ => "evening",
    };
    format!("Good {time}, {}", name.split_whitespace().next().unwrap_or("there"))
}

/// Residents have no pages of their own yet; nobody should look for them.
fn for_residents(config: &rooftree_platform::config::Config) -> Markup {
    html! {
        p { "Your own page, with your repairs and visits, is still to come." }
        p { "To report a repair, or to ask who comes and when, ring us on " strong { (config.phone) } "." }
    }
}

fn groups(tasks: &[Task]) -> Markup {
    html! {
        @if tasks.is_empty() { p { "Nothing waits for you here. Use the search box to find a home, a person or a repair." } }
        @else {
            div.rt-starts {
                @for (urgency, (heading, tone, _)) in GROUPS.iter().enumerate() {
                    @let counts: Vec<Count> = counts_of(tasks, urgency, *tone);
                    @if counts.iter().any(|count| count.count > 0) { section { h2 { (heading) } (cards::counts(&counts)) } }
                }
            }
            @let clear = all_clear(tasks);
            @if !clear.is_empty() { p.rt-muted { (clear) } }
        }
    }
}

/// What is said of the groups in which nothing waits, in one line.
fn all_clear(tasks: &[Task]) -> String {
    let groups = GROUPS.iter().enumerate().filter(|(urgency, _)| {
        let counts = counts_of(tasks, *urgency, Tone::Neutral);
        !counts.is_empty() && counts.iter().all(|count| count.count == 0)
    });
    groups.map(|(_, (_, _, words))| *words).collect::<Vec<_>>().join(" ")
}

fn counts_of(tasks: &[Task], urgency: usize, tone: Tone) -> Vec<Count> {
    tasks
        .iter()
        .filter(|task| usize::from(task.urgency.min(3)) == urgency)
        .map(|task| Count::new(&task.label, u64::try_from(task.count).unwrap_or_default(), &task.href, tone))
        .collect()
}

fn recently(hits: &[Hit]) -> Markup {
    html! { h2 { "Where you were" } (search::results(&super::search::shown(hits.iter()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(label: &str, count: i64, urgency: u8) -> Task {
        Task { label: label.into(), count, href: "/due".into(), urgency }
    }

    #[test]
    fn the_worst_comes_first_and_all_clear_is_said() {
        let html = groups(&[task("Repairs today", 4, 2), task("Emergencies overdue", 3, 0), task("Strange", 1, 9)])
            .into_string();
        let (broken, today, next) =
            (html.find("Broken").unwrap(), html.find("Today").unwrap(), html.find("Next").unwrap());
        assert!(broken < today && today < next);
        let quiet = groups(&[task("Repairs today", 4, 2), task("Emergencies overdue", 0, 0)]).into_string();
        assert!(quiet.contains("Nothing is late.") && !quiet.contains("Broken"), "{quiet}");
        assert!(!html.contains("At risk"), "a group without tasks of this role is left out");
    }

    #[test]
    fn the_newest_of_all_areas_is_where_you_were() {
        let worked = |hour: i64, kind: &'static str| {
            let at = Moment::from_micros(hour * 3_600_000_000);
            (at, Hit { kind, title: hour.to_string(), detail: String::new(), href: "/".into(), score: 1.0 })
        };
        let mut recent: Vec<(Moment, Hit)> = (0..12).map(|hour| worked(hour, "Repair")).collect();
        recent.push(worked(11, "Home"));
        let shown = newest(recent);
        assert_eq!(shown.len(), RECENT_MAX);
        assert_eq!((shown[1].kind, shown[1].title.as_str()), ("Home", "11"));
        assert_eq!(shown[RECENT_MAX - 1].title, "3");
    }

    #[test]
    fn greets_by_first_name_and_london_time() {
        let summer_noon: Moment = "2026-07-01T12:30".parse().unwrap();
        assert_eq!(greeting("Priya Shah", &summer_noon), "Good afternoon, Priya");
    }
}
