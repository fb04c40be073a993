//! What the call handler sees. Everything can be done with the keyboard: the field in focus is always the next thing to say or type.

use super::{
    call::{A_RESIDENT, Call, HITS_MAX, SHOWN_PRIORITY, SOMEBODY_ELSE},
    commands::Assessment,
    model::CHANNELS,
};
use crate::{
    declared::{DECLARED, Item, Priority, SCRIPT},
    repair::{
        queries::Similar,
        words::{period_words, stage_words},
    },
};
use maud::{Markup, html};
use rooftree_frame::{Form, Hit};
use rooftree_homes::public::Place;
use rooftree_kernel::FieldErrors;
use rooftree_people::public::NEIGHBOURS_MAX;
use rooftree_platform::once;
use rooftree_promises::due::Due;
use rooftree_ui::{
    Query,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
};
use rooftree_works::public::{
    booking::views::{Weeks, slot_picker},
    slots::Slot,
    words::tone,
};

/// How a resident asks about a repair.
pub(super) fn about(reference: &str, config: &rooftree_platform::config::Config) -> Markup {
    html! {
        h1 { "Your repair " (reference) }
        p { "To ask about this repair, change the appointment or tell us that it is worse or not done, ring us and give this number." }
        p { strong { (config.phone) } br; (config.hours) }
    }
}

/// Step one without a home: one box for address, postcode, name, phone or reference.
pub(super) fn find_home(typed: &str, hits: &[Hit]) -> Markup {
    html! {
        (shell::heading("Report a repair", Some("Who is calling?"), None))
        form method="get" action="/repairs/new" role="search" {
            (forms::text(Field::new("find", "Phone number, name, postcode, address or reference").value(typed).autofocus()))
            (forms::submit("Find"))
        }
        @if !typed.is_empty() {
            @if hits.is_empty() {
                p { "Nothing was found for this. Try the postcode, or part of the street name." }
            } @else {
                h2 { "Choose the home, or the person" }
                ul class="rt-links" {
                    @for hit in hits {
                        li {
                            a href=(next_step(hit)) { (hit.title) }
                            " " (summary::muted(&format!("{}. {}", hit.kind, hit.detail)))
                        }
                    }
                }
                @if hits.len() as i64 >= HITS_MAX { p.rt-muted { "Only the best are shown: type more of it to narrow the search." } }
            }
        }
    }
}

/// A home leads on to the script, a person to the script of their home.
fn next_step(hit: &Hit) -> String {
    match (hit.href.strip_prefix("/homes/"), hit.href.strip_prefix("/people/")) {
        (Some(reference), _) => format!("/repairs/new?place={reference}"),
        (None, Some(reference)) => format!("/repairs/new?person={reference}"),
        (None, None) => hit.href.clone(),
    }
}

fn place_heading(call: &Call, caption: &str) -> Markup {
    html! {
        (shell::heading(&call.place.title(), Some(caption), None))
        @for alert in &call.alerts {
            (summary::banner(Tone::Danger, html! { strong { (alert.title) } @if !alert.detail.is_empty() { " " (alert.detail) } }))
        }
        @for person in call.residents.iter().map(|resident| &resident.person) {
            @if person.interpreter || !person.language.eq_ignore_ascii_case("english") {
                (summary::banner(Tone::Info, html! { (person.name) " speaks " (person.language) @if person.interpreter { " and needs an interpreter" } "." }))
            }
        }
    }
}

/// Step two: what is wrong, in the caller's words.
pub(super) fn choose_item(query: &Query, call: &Call, typed: &str, found: &[&Item]) -> Markup {
    let choice = |item: &Item| {
        html! {
            a href=(to_questions(query, call, item)) { (item.title) }
            @if let Some(shared) = elsewhere(call, item) { " " (summary::muted(&format!("shared: reported for {}", shared.title()))) }
        }
    };
    html! {
        (place_heading(call, "What is wrong?"))
        (summary::columns(
            html! {
                form method="get" action="/repairs/new" role="search" {
                    (forms::hidden("place", &call.place.reference))
                    @if let Some(reporter) = query.get("reporter") { (forms::hidden("reporter", reporter)) }
                    (forms::text(Field::new("q", "What the caller says").hint("A word or two: no heating, tap drips, door stuck").value(typed).autofocus()))
                    (forms::submit("Find the repair"))
                }
                @if !typed.is_empty() && found.is_empty() { p { "No repair in the script matches. Try another word, or choose below." } }
                @if !found.is_empty() {
                    ol class="rt-choices" { @for item in found { li { (choice(item)) " " (summary::tag(tone(item.priority), item.priority.title())) } } }
                }
                h2 { "Or choose from the list" }
                @for (key, title) in &SCRIPT.areas {
                    (summary::details(title, html! {
                        ul { @for item in SCRIPT.items.iter().filter(|item| item.area == *key) { li { (choice(item)) } } }
                    }))
                }
            },
            similar(&call.similar, false),
        ))
    }
}

/// Where a repair of shared parts is reported by somebody who rang about their home: what the home lies in.
fn elsewhere<'a>(call: &'a Call, item: &Item) -> Option<&'a Place> {
    call.shared.as_ref().filter(|_| item.communal)
}

/// The questions of an item; whoever calls stays chosen when it is about shared parts.
fn to_questions(query: &Query, call: &Call, item: &Item) -> String {
    let page = query.clone().with("item", &item.key).without("q");
    match elsewhere(call, item) {
        None => page.href(),
        Some(shared) => {
            let reporter = query.get("reporter").map_or_else(|| call.first_reporter(), str::to_owned);
            page.with("place", &shared.reference).with("reporter", reporter).href()
        }
    }
}

/// Repairs that a new one may repeat.
fn similar(found: &[Similar], choose: bool) -> Markup {
    html! {
        h2 { "Already known here" }
        @if found.is_empty() { p { "No open or recent repairs." } }
        @for repair in found {
            p {
                a href={ "/repairs/" (repair.reference) } { (repair.reference) } " " (repair.title) br;
                (summary::muted(&format!("{}{}, {}", if repair.shared { "Shared parts. " } else { "" }, repair.reported_at.day().short(), stage_words(&repair.stage))))
                @if repair.same_item { " " (summary::tag(Tone::Warning, if repair.status == "open" { "Possible duplicate" } else { "Possible recall" })) }
            }
        }
        @if choose && found.iter().any(|repair| repair.status == "completed") {
            p { "If the same fault came back, say so in the form." }
        }
    }
}

/// Step three: the questions, who reports, how to get in.
pub(super) fn questions(csrf: &str, call: &Call, item: &Item, form: &Form, errors: &FieldErrors) -> Markup {
    let channels: Vec<Choice<'_>> = CHANNELS.iter().map(|(key, label)| Choice::new(*key, *label)).collect();
    let which = call.asks_which(form);
    html! {
        (forms::error_summary(errors))
        (place_heading(call, &item.title))
        (already_open(call))
        // Of gas nobody waits for the questions to be over.
        @if item.priority == Priority::Emergency && !item.advice.is_empty() {
            (summary::banner(Tone::Danger, html! { strong { "Say this first: " (item.advice) } }))
        }
        (summary::columns(
            forms::form("/repairs/new", csrf, html! {
                (forms::hidden("place", &call.place.reference))
                (forms::hidden("item", &item.key))
                @for (position, question) in item.question.iter().enumerate() {
                    @let name = format!("q-{}", question.key);
                    @let field = Field::new(&name, &question.ask).value(form.get(&name)).errors(errors);
                    @let options: Vec<Choice<'_>> = question.options.iter().map(|option| Choice::new(option.key.as_str(), option.label.as_str())).collect();
                    @let field = if options.len() <= 4 { field.inline() } else { field };
                    (forms::radios(if position == 0 && !which { field.autofocus() } else { field }, &options))
                }
                (forms::textarea(Field::new("description", "Anything else they say").value(form.lines("description")).errors(errors).optional(), 2, Some(4000)))
                (forms::textarea(Field::new("access_notes", "Access: when, how, parking, pets").value(form.lines("access_notes")).errors(errors).optional(), 2, Some(1000)))
                @let reporter = Field::new("reporter", if which { "Which of these?" } else { "Who reports it?" }).value(reporter_chosen(call, form)).errors(errors);
                (forms::radios(if which { reporter.autofocus() } else { reporter }, &reporters(call, form, errors)))
                (forms::select(Field::new("channel", "How").value(form.get("channel")).errors(errors), None, &channels))
                (recall_choice(call, form))
                (alert_ticks(call, form, errors))
                (forms::buttons(&[forms::submit("Decide the priority"), forms::cancel(&format!("/repairs/new?place={}", call.place.reference))]))
            }),
            similar(&call.similar, true),
        ))
    }
}

/// Who may have reported it: of a home its household, of shared parts those whose name was looked for, and anybody else.
fn reporters<'a>(call: &'a Call, form: &'a Form, errors: &FieldErrors) -> Vec<Choice<'a>> {
    let household = call.residents.iter().map(|resident| {
        Choice::new(resident.person.reference.as_str(), resident.person.name.as_str()).hint(resident.role.as_str())
    });
    let neighbours = call.neighbours.iter().map(|neighbour| {
        Choice::new(neighbour.person.reference.as_str(), neighbour.person.name.as_str())
            .hint(neighbour.address.as_str())
    });
    let mut choices: Vec<Choice<'a>> = household.chain(neighbours).collect();
    let mut else_name = Field::new("reporter_name", "Their name").value(form.get("reporter_name"));
    if call.is_shared() {
        let hint = if call.neighbours.len() as i64 >= NEIGHBOURS_MAX {
            "There are more of this name than are shown: type more of it"
        } else {
            "First or family name, or a part of it: we look among those who live here"
        };
        let name = Field::new("resident", "Their name").hint(hint).value(form.get("resident")).errors(errors);
        choices.push(Choice::new(A_RESIDENT, "A resident of these homes").reveal(forms::text(name)));
        else_name = else_name.hint("No message reaches them: say now when we come");
    }
    choices.push(Choice::new(SOMEBODY_ELSE, "Somebody else").reveal(forms::text(else_name)));
    choices
}

/// The reporter that stands chosen: the only one whom a name has found, else what was chosen before.
fn reporter_chosen<'a>(call: &'a Call, form: &'a Form) -> &'a str {
    match (form.get("reporter"), call.neighbours.as_slice()) {
        (A_RESIDENT, [only]) => &only.person.reference,
        (chosen, _) => chosen,
    }
}

/// The same fault, reported before and not mended yet: whoever rings again mostly asks when somebody comes.
fn already_open(call: &Call) -> Markup {
    html! {
        @for repair in call.similar.iter().filter(|repair| repair.same_item && repair.status == "open") {
            (summary::banner(Tone::Warning, html! {
                "The same is open here already: " a href={ "/repairs/" (repair.reference) } { (repair.reference) }
                ", reported on " (repair.reported_at.day().short()) ". If it is the same fault, say when we come instead of logging it again."
            }))
        }
    }
}

fn recall_choice(call: &Call, form: &Form) -> Markup {
    let done: Vec<Choice<'_>> = call
        .similar
        .iter()
        .filter(|repair| repair.status == "completed" && !repair.shared)
        .map(|repair| Choice::new(repair.reference.clone(), format!("{} {}", repair.reference, repair.title)))
        .collect();
    html! {
        @if !done.is_empty() {
            (forms::select(Field::new("recall_of", "Has a finished repair's fault come back?").value(form.get("recall_of")).optional(), Some("No"), &done))
        }
    }
}

fn alert_ticks(call: &Call, form: &Form, errors: &FieldErrors) -> Markup {
    let ids: Vec<String> = call.alerts.iter().map(|alert| alert.id.to_string()).collect();
    let ticks: Vec<Choice<'_>> = call
        .alerts
        .iter()
        .zip(&ids)
        .map(|(alert, id)| Choice::new(id.as_str(), format!("I have read: {}", alert.title)))
        .collect();
    html! {
        @if !ticks.is_empty() {
            (forms::checkboxes(Field::new("acknowledged", "Warnings about this place").errors(errors), &ticks, &form.all("acknowledged")))
        }
    }
}

/// Step four: the decision with its reasons, what to say, and when we can come.
#[expect(clippy::too_many_arguments, reason = "one page shows all of it")]
pub(super) fn decision(
    csrf: &str,
    call: &Call,
    assessment: &Assessment,
    priority: Priority,
    due: Option<&Due>,
    offered: &[Slot],
    form: &Form,
    errors: &FieldErrors,
) -> Markup {
    let outcome = &assessment.outcome;
    let words = SCRIPT.priority(priority);
    let held = assessment.is_held(priority);
    let nobody = !held && nobody_in_time(priority, offered, due);
    html! {
        (forms::error_summary(errors))
        (shell::heading(&assessment.item.title, Some(&call.place.title()), None))
        (already_open(call))
        (summary::columns(
            forms::form("/repairs", csrf, html! {
                @for (name, value) in form.fields().iter().filter(|(name, _)| carried(name)) { (forms::hidden(name, value)) }
                (forms::hidden(SHOWN_PRIORITY, priority.as_str()))
                // In danger, what to do now comes before when we come.
                @let urgent = priority == Priority::Emergency && !outcome.advice.is_empty();
                @if urgent { (summary::banner(Tone::Danger, html! { strong { "Say this first: " (outcome.advice) } })) }
                (summary::panel("Say this", None, html! {
                    @if nobody {
                        p { (summary::tag(tone(priority), priority.title())) " " strong { "Nobody can come in time: log it, then ring the planner." } }
                        p { "Tell the caller that we ring back with a time. " @if let Some(due) = due { "Our promise falls due by " strong { (due_words(due)) } "." } }
                    } @else {
                        p { (summary::tag(tone(priority), priority.title())) " " strong { (words.map_or("", |w| w.say.as_str())) } }
                        @if let Some(due) = due { p { "Promised by " strong { (due_words(due)) } "." } }
                    }
                    @if !urgent { p { (outcome.advice) } }
                    @if let Some(period) = &assessment.right_to_repair {
                        p { "The Right to Repair applies: " (period_words(period)) ". The resident gets a repair notice." }
                    }
                    @if outcome.recharge_possible { p { "Explain that the cost may be charged to the resident if it was damage." } }
                    @if let Some(words) = responsibility_words(&outcome.responsibility, assessment.is_leasehold()) { p { (words) } }
                }))
                @if form.get(once::FIELD).is_empty() { (forms::hidden(once::FIELD, &once::name())) }
                @if held {
                    (summary::banner(Tone::Warning, html! { "The estimate of " (assessment.estimate.to_string()) " is above the limit: the client approves it first. Tell the resident that we ring with a time." }))
                } @else {
                    (slot_choice(offered, priority, form, errors, due))
                }
                // A fault that hides in a closed box is not found.
                @if errors.0.iter().any(|error| error.field.starts_with("override_")) {
                    (summary::panel("Change the priority", None, override_fields(form, errors)))
                } @else {
                    (summary::details("Change the priority", override_fields(form, errors)))
                }
                (forms::buttons(&[forms::submit(if held || nobody { "Log" } else { "Log and book" }), if held { html! {} } else { html! { (forms::secondary("Log, then choose another day", Some(("slot", "later")))) (forms::secondary("Log without an appointment", Some(("slot", "")))) } }, forms::cancel(&format!("/repairs/new?place={}&item={}", call.place.reference, assessment.item.key))]))
            }),
            html! {
                h2 { "Why this priority" }
                ul { @for reason in &assessment.decision.reasons { li { (reason.reason) } } }
                @if priority != assessment.decision.priority {
                    p { "By these rules it would be " (summary::tag(tone(assessment.decision.priority), assessment.decision.priority.title())) ". You changed it." }
                }
                h2 { "The order" }
                (summary::list(&[
                    summary::Item::text("Trade", DECLARED.trade(&outcome.trade)),
                    summary::Item::text("Rate", format!("{} {}", assessment.rate().code, assessment.rate().title)),
                    summary::Item::text("Estimate", assessment.estimate.to_string()),
                    summary::Item::text("Time", format!("{} minutes", outcome.minutes)),
                ]))
                @if let Some(hazard) = &outcome.hazard {
                    (summary::banner(Tone::Warning, html! { strong { "Possible hazard: " (hazard.replace('-', " ")) } @if assessment.decision.hazard_level.as_deref() == Some("potential-emergency") { ". Treat as a possible emergency hazard." } }))
                }
            },
        ))
    }
}

/// Fields that travel with the decision; the slot and the override are asked for on the page itself.
fn carried(name: &str) -> bool {
    ![forms::CSRF_FIELD, "slot", SHOWN_PRIORITY].contains(&name) && !name.starts_with("override_")
}

/// A due moment as people say it.
pub fn due_words(due: &Due) -> String {
    due.day.map_or_else(|| due.at.long(), |day| day.long())
}

/// What is said about whose job it is; nothing when it is plainly the landlord's.
fn responsibility_words(key: &str, leasehold: bool) -> Option<&'static str> {
    match key {
        "landlord" => None,
        "tenant" => {
            Some("This is usually the resident's own job. Log it only as rechargeable work, or because of a need.")
        }
        "leaseholder-own" => leasehold.then_some("This home is leasehold: its leaseholder repairs this."),
        _ => Some("Whose job it is depends on the cause; the operative decides at the visit."),
    }
}

/// A pressing repair that no free time would mend before it falls due: what the words of its priority promise cannot be said.
fn nobody_in_time(priority: Priority, offered: &[Slot], due: Option<&Due>) -> bool {
    priority != Priority::Routine && due.is_some_and(|due| offered.iter().all(|slot| slot.is_after(Some(due.at))))
}

fn slot_choice(offered: &[Slot], priority: Priority, form: &Form, errors: &FieldErrors, due: Option<&Due>) -> Markup {
    // What was chosen for another priority may not be offered for this one; the picker then looks for the first in time.
    html! {
        @if offered.is_empty() {
            (summary::banner(Tone::Warning, html! { "No operative with this trade is free in the next two weeks. Log it; a planner will find a time." }))
        } @else {
            (slot_picker(offered, form.get("slot"), priority, due.map(|due| due.at), errors, &Weeks::default()))
        }
    }
}

fn override_fields(form: &Form, errors: &FieldErrors) -> Markup {
    let priorities: Vec<Choice<'_>> = Priority::ALL.iter().map(|p| Choice::new(p.as_str(), p.title())).collect();
    let reasons: Vec<Choice<'_>> =
        DECLARED.reasons("override").map(|r| Choice::new(r.key.as_str(), r.title.as_str())).collect();
    html! {
        p { "The decision above follows the rules that the landlord adopted. If you know better, say why; both are kept." }
        (forms::select(Field::new("override_priority", "Priority").value(form.get("override_priority")).errors(errors).optional(), Some("As decided"), &priorities))
        (forms::select(Field::new("override_reason", "Why, if you change it").value(form.get("override_reason")).errors(errors), Some("Choose"), &reasons))
        (forms::text(Field::new("override_note", "In your words").value(form.get("override_note")).errors(errors).optional()))
    }
}
