//! What the operative sees: large, few words, the next thing to do within the thumb's reach. Everything works without script.

use super::{
    commands::EARLY_SECONDS,
    model::{State, is_too_early_for_no_access},
    queries::{Job, Jobs, Shown},
    work::NOTE_MAX,
};
use crate::{
    cases::Names,
    declared::DECLARED,
    priority::Priority,
    words::{quantity, reasons, tone},
};
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_homes::public::{Alert, AlertId};
use rooftree_kernel::{Day, FieldErrors, Moment};
use rooftree_people::public::{Person, spoken_phone};
use rooftree_platform::{documents::Document, once};
use rooftree_ui::{
    clocks as pills,
    forms::{self, Choice, Field},
    icons::Icon,
    operative as phone,
    summary::{self, Item, Tone},
};

/// Rows of materials and of extra lines on the form.
const MATERIAL_ROWS: usize = 3;
const EXTRA_ROWS: usize = 2;
/// Minutes offered for being on the way.
const MINUTES: &[(&str, &str)] =
    &[("10", "10 minutes"), ("20", "20 minutes"), ("30", "30 minutes"), ("45", "45 minutes"), ("60", "an hour")];

/// The day's list: what is still to do in the order of the plan, then what was left unrecorded, tomorrow's, and folded what is done.
pub fn today(jobs: &Jobs, day: Day) -> Markup {
    let (done, to_do): (Vec<&Job>, Vec<&Job>) = jobs.now.iter().partition(|job| job.state.is_over());
    html! {
        h2 { (day.0.strftime("%A %-d %B")) }
        @if jobs.now.is_empty() { p { "No jobs are planned for you today. Ring the planner if you expect one." } }
        @else if to_do.is_empty() { p { "All of today's jobs are recorded." } }
        @for (index, job) in to_do.into_iter().enumerate() {
            (card(job, day, index == 0))
            @if index == 0 { (before_the_door(job)) }
        }
        @if !jobs.unrecorded.is_empty() {
            h2 { "How did these end?" }
            p { "Nothing is recorded of these visits yet. Open each and say what happened." }
            @for job in &jobs.unrecorded { (card(job, day, false)) }
        }
        h2 { "Tomorrow, " (day.plus_days(1).0.strftime("%A %-d %B")) }
        @if jobs.tomorrow.is_empty() { p { "Nothing is planned yet." } }
        @for job in &jobs.tomorrow { (card(job, day.plus_days(1), false)) }
        @if !done.is_empty() {
            (summary::details(&format!("Done today: {}", done.len()), html! { @for job in &done { (card(job, day, false)) } }))
        }
    }
}

/// A job in the list of that day; one of another day says which.
fn card(job: &Job, listed: Day, is_next: bool) -> Markup {
    let of = job.starts_at.day();
    let on = if of == listed { String::new() } else { format!("{}, ", of.0.strftime("%a %-d %b")) };
    let priority = Priority::parse(&job.priority);
    let (state, mood) = match job.state {
        State::Booked if is_next => ("Next".to_owned(), priority.map_or(Tone::Info, tone)),
        State::Booked if job.priority == "emergency" => ("Emergency".to_owned(), Tone::Danger),
        State::Booked => (priority.map_or("", Priority::title).to_owned(), Tone::Info),
        state if state.is_over() => (state.words().to_owned(), Tone::Success),
        state => (state.words().to_owned(), Tone::Accent),
    };
    let mut alerts: Vec<(Tone, String)> = job.alerts.iter().map(|title| (Tone::Danger, title.clone())).collect();
    if is_next && job.priority == "emergency" {
        alerts.insert(0, (Tone::Danger, "Emergency".to_owned()));
    }
    phone::job(&phone::Job {
        href: format!("/today/{}", job.id),
        time: format!("{on}{}", job.window_starts_at.time_until(job.window_ends_at)),
        state,
        tone: mood,
        address: format!("{}, {}", job.address, job.postcode),
        work: format!("{} · {} · planned {}", job.reference, job.title, job.starts_at.time()),
        alerts,
    })
}

/// What one wants of the next job without opening it: how to get in, ring, find.
fn before_the_door(job: &Job) -> Markup {
    html! {
        @if !job.access_notes.is_empty() { p { strong { "Access: " } (job.access_notes) } }
        (quick(job.phone.as_deref(), &job.address, &job.postcode))
    }
}

fn quick(number: Option<&str>, address: &str, postcode: &str) -> Markup {
    let call = number
        .map(|number| (format!("Call {}", spoken_phone(number)), format!("tel:+{}", number.trim_start_matches('+'))));
    let wanted = format!("{address}, {postcode}").replace(' ', "+").replace(['&', '?', '#', '%'], "");
    let map = format!("geo:0,0?q={wanted}");
    let map_words = format!("Map {postcode}");
    let mut links = Vec::new();
    if let Some((words, href)) = &call {
        links.push((Icon::Phone, words.as_str(), href.as_str()));
    }
    links.push((Icon::Pin, map_words.as_str(), map.as_str()));
    phone::quick(&links)
}

/// Everything on a visit's page.
pub struct Page<'a> {
    /// The session's form token.
    pub csrf: &'a str,
    /// What cases of its kind are called.
    pub names: Names,
    /// The visit.
    pub visit: &'a Shown,
    /// Warnings about the place.
    pub alerts: &'a [Alert],
    /// How to visit this household: never why.
    pub visit_notes: &'a [String],
    /// Those that this operative has read for this case.
    pub read: &'a [AlertId],
    /// The person to ask for.
    pub person: Option<&'a Person>,
    /// The landlord's promise.
    pub promise: Option<pills::Clock>,
    /// Photos and papers of the case.
    pub documents: &'a [Document],
    /// Materials recorded.
    pub materials: &'a [(String, i32)],
    /// What was typed.
    pub form: &'a Form,
    /// What is wrong with it.
    pub errors: &'a FieldErrors,
    /// The present.
    pub now: Moment,
}

/// A visit: warnings first, then where and what, then the next step.
pub fn show(page: &Page<'_>) -> Markup {
    let visit = page.visit;
    html! {
        (forms::error_summary(page.errors))
        (steps(visit.state))
        (warnings(page))
        @for note in page.visit_notes { p { strong { "When visiting: " } (note) } }
        p { strong { (visit.address) ", " (visit.postcode) } br;
            (visit.day.0.strftime("%a %-d %b")) ", " (visit.window_starts_at.time_until(visit.window_ends_at)) }
        (quick(visit.phone.as_deref(), &visit.address, &visit.postcode))
        (ask_for(page))
        p {
            @if visit.made_safe && !visit.state.is_over() { (summary::tag(Tone::Success, "Made safe, work remains")) " " }
            @else { (summary::tag(tone(visit.priority), visit.priority.title())) " " }
            @if let Some(promise) = &page.promise { (pills::pill(promise, page.now)) }
        }
        h2 { (visit.title) }
        @if !visit.description.is_empty() { p { "“" (visit.description) "”" } }
        @if !visit.answers.is_empty() {
            ul.govuk-list { @for (asked, answered) in &visit.answers { li { (asked) " " strong { (answered) } } } }
        }
        @if !visit.access_notes.is_empty() { p { strong { "Access: " } (visit.access_notes) } }
        @if !visit.lines.is_empty() {
            ul { @for (title, hundredths) in &visit.lines { li { (title) @if *hundredths != 100 { " × " (quantity(*hundredths)) } } } }
        }
        (thumbnails(page.names.one, page.documents))
        (next_step(page))
    }
}

fn steps(state: State) -> Markup {
    let now = match state {
        State::Booked => 0,
        State::OnMyWay => 1,
        State::Arrived => 2,
        _ => 3,
    };
    phone::steps(&["On my way", "Arrived", "Photos and work", "Recorded"], now)
}

fn warnings(page: &Page<'_>) -> Markup {
    let shown: Vec<summary::Alert> = page
        .alerts
        .iter()
        .map(|alert| summary::Alert {
            tone: if matches!(alert.kind.as_str(), "warning" | "asbestos" | "fire") {
                Tone::Danger
            } else {
                Tone::Warning
            },
            title: alert.title.clone(),
            detail: match &alert.inherited_from {
                Some(place) => format!("{} ({place})", alert.detail),
                None => alert.detail.clone(),
            },
            acknowledged: page.read.contains(&alert.id).then(|| "You have read this".to_owned()),
            action: None,
        })
        .collect();
    html! { div id="alerts" { (summary::alerts(&shown)) } }
}

fn ask_for(page: &Page<'_>) -> Markup {
    html! {
        @if let Some(person) = page.person {
            p {
                "Ask for " strong { (person.name) } "."
                @if person.interpreter { " Speaks " (person.language) "; an interpreter is needed." }
                @if !person.contact_notes.is_empty() { br; (person.contact_notes) }
            }
        }
    }
}

fn thumbnails(one: &str, documents: &[Document]) -> Markup {
    let pictures: Vec<&Document> = documents.iter().filter(|document| document.has_thumbnail).collect();
    html! {
        @if !pictures.is_empty() {
            ul.rt-photos aria-label={ "Photos of this " (one) } {
                @for document in pictures {
                    li {
                        a href={ "/documents/" (document.id) } { img src={ "/documents/" (document.id) "/thumbnail" } alt=(document.name) loading="lazy"; }
                        span.rt-photos__state { (document.added_at.short()) }
                    }
                }
            }
        }
    }
}

/// The fields that every form from the door carries: its own name, the time (kept by the phone when there is no signal), the warnings shown.
fn carried(page: &Page<'_>) -> Markup {
    html! {
        (forms::hidden(once::FIELD, &once::name()))
        input type="hidden" name="occurred_at" value="" data-now=(page.now);
        @for alert in page.alerts { (forms::hidden("seen", &alert.id.to_string())) }
    }
}

fn at(page: &Page<'_>, step: &str) -> String {
    format!("/today/{}/{step}", page.visit.id)
}

/// Words of a button that also says that the warnings were read.
fn having_read(page: &Page<'_>, words: &str) -> String {
    let unread = page.alerts.iter().any(|alert| !page.read.contains(&alert.id));
    if unread { format!("I have read the warnings. {words}") } else { words.to_owned() }
}

fn next_step(page: &Page<'_>) -> Markup {
    match page.visit.state {
        State::Booked => html! {
            (forms::form(&at(page, "on-my-way"), page.csrf, html! {
                (carried(page))
                (forms::select(Field::new("minutes", "With them in about").value(or(page.form.get("minutes"), "20")).errors(page.errors), None, &pairs(MINUTES)))
                (forms::submit(&having_read(page, "On my way")))
            }))
            (arrive(page, false))
            (forms::secondary_link("No access", &at(page, "no-access")))
        },
        State::OnMyWay => html! {
            (arrive(page, true))
            (forms::secondary_link("No access", &at(page, "no-access")))
        },
        State::Arrived | State::MadeSafe if page.visit.status == "open" => at_work(page),
        _ => over(page),
    }
}

fn or<'a>(typed: &'a str, otherwise: &'a str) -> &'a str {
    if typed.is_empty() { otherwise } else { typed }
}

fn pairs<'a>(list: &[(&'a str, &'a str)]) -> Vec<Choice<'a>> {
    list.iter().map(|(key, label)| Choice::new(*key, *label)).collect()
}

fn arrive(page: &Page<'_>, main: bool) -> Markup {
    let words = having_read(page, "I have arrived");
    forms::form(
        &at(page, "arrived"),
        page.csrf,
        html! {
            (carried(page))
            @if page.visit.window_starts_at.seconds_since(page.now) > EARLY_SECONDS && page.visit.priority != Priority::Emergency {
                @let agreed = [Choice::new("yes", format!("The resident agreed that I come before {}", page.visit.window_starts_at.time()))];
                (forms::checkboxes(Field::new("early_agreed", "It is early").errors(page.errors), &agreed, &page.form.all("early_agreed")))
            }
            @if page.now > page.visit.window_ends_at {
                p { "The resident was told until " (page.visit.window_ends_at.time()) "." }
                (forms::select(Field::new("late_reason", "Why late?").value(or(page.form.get("late_reason"), "late")).errors(page.errors), None, &reasons("appointment-missed")))
            }
            @if main { (forms::submit(&words)) } @else { (forms::secondary(&words, None)) }
        },
    )
}

/// At the home: photos, what was done, and the one button; all that is rarer is folded away.
fn at_work(page: &Page<'_>) -> Markup {
    let safe_first = page.visit.priority == Priority::Emergency && !page.visit.made_safe;
    html! {
        h2 { "Done?" }
        (forms::upload_form(&at(page, "done"), page.csrf, html! {
            (carried(page))
            (forms::upload(Field::new("photo_after", "Photo of the finished work").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            (forms::textarea(Field::new("note", "What you did").value(page.form.lines("note")).errors(page.errors).optional(), 2, Some(NOTE_MAX)))
            (extras(page))
            (forms::submit("Work done"))
        }))
        h2 { "Not done?" }
        @if safe_first { (forms::secondary_link("Made safe, work remains", &at(page, "made-safe"))) }
        (forms::secondary_link("Another visit is needed", &at(page, "follow-on")))
        (forms::secondary_link("Waiting for materials", &at(page, "materials")))
        @if page.visit.state == State::Arrived { (forms::secondary_link("No access", &at(page, "no-access"))) }
        (summary::details("Add a photo now", forms::upload_form(&at(page, "photos"), page.csrf, html! {
            (carried(page))
            (forms::radios(Field::new("shows", "It shows").value(or(page.form.get("shows"), "before")).errors(page.errors), &[Choice::new("before", "Before the work"), Choice::new("after", "After the work")]))
            (forms::upload(Field::new("photo", "Photo").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            (forms::secondary("Keep the photo", None))
        })))
    }
}

/// Photos before, materials, extra work, signature: open when something in them is wrong.
fn extras(page: &Page<'_>) -> Markup {
    html! {
        (fold(page, "Photo from before", &["photo_before"], forms::upload(Field::new("photo_before", "Photo from before the work").errors(page.errors), forms::Upload::Photos, "20 MB each")))
        (fold(page, "Materials used", &["material_"], materials(page)))
        (fold(page, "More work than ordered", &["extra_"], extra_lines(page)))
        (fold(page, "The resident's signature", &["signature"], forms::signature(Field::new("signature", "Signature").hint("Sign with a finger, or type the name").value(page.form.get("signature")).errors(page.errors))))
    }
}

fn fold(page: &Page<'_>, words: &str, fields: &[&str], body: Markup) -> Markup {
    let open = fields.iter().any(|start| {
        page.errors.0.iter().any(|error| error.field.starts_with(start))
            || page.form.fields().iter().any(|(name, value)| name.starts_with(start) && !value.is_empty())
    });
    html! {
        details.govuk-details open[open] {
            summary.govuk-details__summary { span.govuk-details__summary-text { (words) } }
            div.govuk-details__text { (body) }
        }
    }
}

fn materials(page: &Page<'_>) -> Markup {
    html! {
        @for row in 1..=MATERIAL_ROWS {
            @let (what, quantity, cost) = (format!("material_{row}"), format!("material_quantity_{row}"), format!("material_cost_{row}"));
            (forms::text(Field::new(&what, format!("What ({row})")).value(page.form.get(&what)).errors(page.errors).optional()))
            (forms::row(&[
                forms::number(Field::new(&quantity, format!("How many ({row})")).value(or(page.form.get(&quantity), "1")).errors(page.errors)),
                forms::money(Field::new(&cost, format!("Cost ({row})")).value(page.form.get(&cost)).errors(page.errors).optional()),
            ]))
        }
    }
}

fn extra_lines(page: &Page<'_>) -> Markup {
    html! {
        p { "Every line beyond the order goes to the client for approval." }
        (rates_list())
        @for row in 1..=EXTRA_ROWS {
            @let (rate, quantity) = (format!("extra_rate_{row}"), format!("extra_quantity_{row}"));
            (forms::code(Field::new(&rate, format!("Rate ({row})")).hint("Type a word of it, or the code").value(page.form.get(&rate)).errors(page.errors).optional().list("rates")))
            (forms::number(Field::new(&quantity, format!("Quantity ({row})")).value(or(page.form.get(&quantity), "1")).errors(page.errors)))
        }
        (forms::select(Field::new("extra_reason", "Why?").value(page.form.get("extra_reason")).errors(page.errors).optional(), Some("Choose"), &reasons("variation")))
        (forms::text(Field::new("extra_note", "What you found").hint("A few words; most reasons need them").value(page.form.get("extra_note")).errors(page.errors)))
    }
}

fn rates_list() -> Markup {
    let rates: Vec<String> = DECLARED.rates.values().map(|rate| format!("{} {}", rate.code, rate.title)).collect();
    forms::datalist("rates", rates.iter().map(String::as_str))
}

/// A visit that is over: what was recorded.
fn over(page: &Page<'_>) -> Markup {
    let visit = page.visit;
    let list = match visit.state {
        State::NoAccess => "no-access",
        State::MadeSafe => "made-safe",
        State::FollowOn => "follow-on",
        _ => "",
    };
    let mut items = vec![Item::new("Recorded as", summary::tag(Tone::Success, visit.state.words()))];
    if let Some(reason) = DECLARED.reason(list, &visit.outcome_reason) {
        items.push(Item::text("Why", &reason.title));
    }
    if let Some(arrived) = visit.arrived_at {
        items.push(Item::text("Arrived", arrived.long()));
    }
    if let Some(finished) = visit.finished_at {
        items.push(Item::text("Left", finished.long()));
    }
    if !visit.outcome_note.is_empty() {
        items.push(Item::text("Note", &visit.outcome_note));
    }
    if !page.materials.is_empty() {
        let words: Vec<String> = page.materials.iter().map(|(what, many)| format!("{many} × {what}")).collect();
        items.push(Item::text("Materials", words.join(", ")));
    }
    html! {
        (summary::list(&items))
        @if visit.state.has_arrived() {
            (summary::details("Add a photo", forms::upload_form(&at(page, "photos"), page.csrf, html! {
                (carried(page))
                (forms::hidden("shows", "after"))
                (forms::upload(Field::new("photo", "Photo").errors(page.errors), forms::Upload::Photos, "20 MB each"))
                (forms::secondary("Keep the photo", None))
            })))
        }
    }
}

/// No access before the hours told: said before a photo is taken, by the rule that would refuse it.
fn too_early(page: &Page<'_>) -> Markup {
    let from = page.visit.window_starts_at;
    let day = if from.day() == page.now.day() {
        String::new()
    } else {
        format!(" on {}", from.day().0.strftime("%a %-d %b"))
    };
    html! {
        (forms::error_summary(page.errors))
        p { (page.visit.address) ", " (page.visit.postcode) }
        p { "It is too early for ‘no access’: the resident was told from " strong { (from.time()) (day) } ". Nobody has to be in before that: wait, or ring them." }
        (quick(page.visit.phone.as_deref(), &page.visit.address, &page.visit.postcode))
        p { "From " (from.time()) (day) " you can record it here." }
        (forms::secondary_link("Look again", &at(page, "no-access")))
    }
}

/// No access: a photo of the door, then the reason, whose button sends it.
pub fn no_access(page: &Page<'_>) -> Markup {
    let visit = page.visit;
    if !visit.state.is_over()
        && is_too_early_for_no_access(
            visit.window_starts_at,
            page.now,
            visit.arrived_at.is_some(),
            visit.may_come_early(),
        )
    {
        return too_early(page);
    }
    let typed = page.form.get("reason");
    html! {
        (forms::error_summary(page.errors))
        (warnings(page))
        p { (page.visit.address) ", " (page.visit.postcode) ". The resident was told " (page.visit.window_starts_at.time_until(page.visit.window_ends_at)) "." }
        (forms::upload_form(&at(page, "no-access"), page.csrf, html! {
            (carried(page))
            (forms::upload(Field::new("photo", "Photo of the door").hint("With the number or name in view").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            @if page.now > page.visit.window_ends_at && page.visit.arrived_at.is_none() {
                (forms::select(Field::new("late_reason", "Why late?").value(or(page.form.get("late_reason"), "late")).errors(page.errors), None, &reasons("appointment-missed")))
            }
            @let notes_open = page.errors.get("note").is_some() || page.errors.get("photo").is_some() || !page.form.get("note").is_empty();
            details.govuk-details open[notes_open] {
                summary.govuk-details__summary { span.govuk-details__summary-text { "Add words" } }
                div.govuk-details__text {
                    (forms::textarea(Field::new("note", "What you saw or heard").value(page.form.lines("note")).errors(page.errors).optional(), 2, Some(NOTE_MAX)))
                    (forms::text(Field::new("no_photo", "Why there is no photo").value(page.form.get("no_photo")).errors(page.errors).optional()))
                }
            }
            fieldset.govuk-fieldset.rt-fieldset id="reason" {
                legend.govuk-fieldset__legend.govuk-fieldset__legend--m { "What happened? The card goes out when you press." }
                @if let Some(error) = page.errors.get("reason") { p.govuk-error-message { span.govuk-visually-hidden { "Error: " } (error) } }
                @for reason in DECLARED.reasons("no-access") {
                    @let pressed = Some(("reason", reason.key.as_str()));
                    @if typed == reason.key { (forms::warning(&reason.title, pressed)) } @else { (forms::secondary(&reason.title, pressed)) }
                }
            }
        }))
    }
}

/// Made safe: how, and what the resident is told comes next.
pub fn made_safe(page: &Page<'_>) -> Markup {
    html! {
        (forms::error_summary(page.errors))
        p { "The 24-hour promise is met when the danger is over. The " (page.names.one) " stays open for the rest." }
        (forms::upload_form(&at(page, "made-safe"), page.csrf, html! {
            (carried(page))
            (forms::radios(Field::new("how", "How was it made safe?").value(page.form.get("how")).errors(page.errors), &reasons("made-safe")))
            (forms::textarea(Field::new("note", "What you did").value(page.form.lines("note")).errors(page.errors).optional(), 2, Some(NOTE_MAX)))
            (forms::text(Field::new("next", "What comes next?").hint("The resident gets this: A plumber will fit a new tap").value(page.form.get("next")).errors(page.errors)))
            (forms::upload(Field::new("photo_after", "Photo").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            (extras(page))
            (forms::submit("Made safe"))
        }))
    }
}

/// Another visit: why, and which other work.
pub fn follow_on(page: &Page<'_>) -> Markup {
    html! {
        (forms::error_summary(page.errors))
        p { "The planner finds a time for the next visit." }
        (forms::upload_form(&at(page, "follow-on"), page.csrf, html! {
            (carried(page))
            (forms::radios(Field::new("reason", "Why is another visit needed?").value(page.form.get("reason")).errors(page.errors), &reasons("follow-on")))
            (forms::textarea(Field::new("note", "What must be done").value(page.form.lines("note")).errors(page.errors).optional(), 3, Some(NOTE_MAX)))
            (rates_list())
            (forms::code(Field::new("rate", "Rate of the next work").hint("Only for other work than the order's: a new order follows, for whoever has that trade").value(page.form.get("rate")).errors(page.errors).optional().list("rates")))
            (forms::upload(Field::new("photo_after", "Photo of how you left it").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            (extras(page))
            (forms::submit("Record and leave"))
        }))
    }
}

/// Materials awaited: what is needed.
pub fn await_materials(page: &Page<'_>) -> Markup {
    html! {
        (forms::error_summary(page.errors))
        (forms::upload_form(&at(page, "materials"), page.csrf, html! {
            (carried(page))
            (forms::text(Field::new("what", "What is needed?").hint("With size and make, so that it can be ordered").value(page.form.get("what")).errors(page.errors)))
            (forms::textarea(Field::new("note", "What you did today").value(page.form.lines("note")).errors(page.errors).optional(), 2, Some(NOTE_MAX)))
            (forms::upload(Field::new("photo_after", "Photo").errors(page.errors), forms::Upload::Photos, "20 MB each"))
            (extras(page))
            (forms::submit("Record and leave"))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: State, alerts: &[&str]) -> Job {
        Job {
            id: crate::ids::AppointmentId::new(),
            reference: "R-100001".into(),
            title: "Kitchen tap drips".into(),
            priority: "routine".into(),
            address: "12 Mill Lane".into(),
            postcode: "OX4 9ZZ".into(),
            access_notes: "Side <gate>".into(),
            starts_at: "2026-12-08T08:30".parse().unwrap(),
            window_starts_at: "2026-12-08T08:00".parse().unwrap(),
            window_ends_at: "2026-12-08T12:00".parse().unwrap(),
            state,
            alerts: alerts.iter().map(|title| (*title).to_owned()).collect(),
            phone: Some("447700900123".into()),
        }
    }

    #[test]
    fn the_next_job_shows_its_warnings_its_number_and_the_way_in() {
        let day = "2026-12-08".parse().unwrap();
        let now = vec![job(State::Completed, &[]), job(State::Booked, &["Asbestos in the ceiling"])];
        let html = today(&Jobs { now, ..Jobs::default() }, day).into_string();
        assert!(html.contains("Asbestos in the ceiling") && html.contains("Side &lt;gate&gt;"));
        assert!(html.contains("tel:+447700900123") && html.contains("Call 07700 900123"));
        assert!(html.contains("geo:0,0?q=12+Mill+Lane,+OX4+9ZZ"));
        assert_eq!(html.matches(">Next<").count(), 1);
    }

    #[test]
    fn a_day_without_jobs_says_so() {
        let html = today(&Jobs::default(), "2026-12-08".parse().unwrap()).into_string();
        assert!(html.contains("No jobs are planned") && html.contains("Nothing is planned yet"));
    }
}
