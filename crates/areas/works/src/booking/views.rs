//! Pages for booking, moving and cancelling, and the picker of free times that other pages may show too.

use super::model::Held;
use crate::{
    cases::{Brief, Names},
    declared::DECLARED,
    priority::Priority,
    words::{reasons, tone},
    workforce::{
        slots::Slot,
        windows::{Window, brief_words},
    },
};
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_kernel::{Day, FieldErrors, Moment};
use rooftree_ui::{
    Query,
    clocks::{self, Clock, Due},
    filters::FilterBar,
    forms::{self, Choice, Field},
    shell,
    slots::{Slot as Shown, SlotDay, picker},
    summary::{self, Item, Tone},
};

/// The addresses of the days before and after those shown.
#[derive(Clone, Debug, Default)]
pub struct Weeks {
    /// Earlier days.
    pub earlier: Option<String>,
    /// Later days.
    pub later: Option<String>,
}

/// Free times as radio buttons of the field `slot`; the first in time is chosen already, so that Enter books it. Where none is in time,
/// the first of all will do for a routine repair; what is pressing is booked too late only by whoever chooses so.
pub fn slot_picker(
    slots: &[Slot],
    chosen: &str,
    priority: Priority,
    due: Option<Moment>,
    errors: &FieldErrors,
    weeks: &Weeks,
) -> Markup {
    let keys: Vec<String> = slots.iter().map(Slot::key).collect();
    let kept = keys.iter().find(|key| *key == chosen);
    let in_time = slots.iter().position(|slot| !slot.is_after(due));
    let first = in_time.or((priority == Priority::Routine).then_some(0));
    let value = kept.or(first.and_then(|first| keys.get(first))).cloned().unwrap_or_default();
    let too_late = |day: Day| slots.iter().filter(|slot| slot.day == day).all(|slot| slot.is_after(due));
    let mut days: Vec<SlotDay> = Vec::new();
    for (index, (slot, key)) in slots.iter().zip(keys).enumerate() {
        let shown = Shown {
            value: key,
            label: slot.hours(),
            // The day says it for all of its times.
            detail: detail(slot, due.filter(|_| !too_late(slot.day))),
            free: true,
            praise: (index == 0).then(|| "Soonest".to_owned()),
        };
        match days.last_mut().filter(|day| day.day == slot.day) {
            Some(day) => day.slots.push(shown),
            None => days.push(SlotDay { day: slot.day, slots: vec![shown], too_late: too_late(slot.day) }),
        }
    }
    let field = Field::new("slot", "When should we come?").value(value).errors(errors).autofocus();
    picker(field, &days, weeks.earlier.as_deref(), weeks.later.as_deref())
}

fn detail(slot: &Slot, due: Option<Moment>) -> String {
    let mut words = match slot.window {
        Window::Soon => format!("{} at about {}", slot.operative_name, slot.starts_at.time()),
        window => format!("{}, {}", window.title(), slot.operative_name),
    };
    if !slot.own_patch {
        words.push_str(", from another patch");
    }
    if slot.is_after(due) {
        words.push_str(", after the target");
    }
    words
}

/// What both pages show of the work beside the times.
pub struct Side<'a> {
    /// The case.
    pub brief: &'a Brief,
    /// What cases of its kind are called, and where they are.
    pub names: Names,
    /// Appointments that stand already: when, and who.
    pub booked: &'a [(Moment, Moment, String)],
    /// The present.
    pub now: Moment,
}

impl Side<'_> {
    /// The page of the case.
    fn home(&self) -> String {
        format!("{}/{}", self.names.path, self.brief.reference)
    }
}

fn aside(side: &Side<'_>) -> Markup {
    let brief = side.brief;
    let mut items = vec![
        Item::new(side.names.title(), html! { (brief.title) " " (priority_tag(brief.priority)) }),
        Item::text("Where", &brief.address),
        Item::text("Trade", DECLARED.trade(&brief.trade)),
        Item::text("Time needed", format!("{} minutes", brief.minutes)),
    ];
    if !brief.provider_name.is_empty() {
        items.push(Item::text("Provider", &brief.provider_name));
    }
    if !brief.access_notes.is_empty() {
        items.push(Item::text("Access", &brief.access_notes));
    }
    if let Some(due) = brief.due {
        let due = Due::of(due, brief.due_day);
        let clock = Clock::new("The promise", brief.reported_at, due, None, side.now);
        items.push(Item::new("Promised", clocks::pill(&clock, side.now)));
    }
    html! {
        (summary::list(&items))
        p { a href=(format!("/board?for={}", brief.reference)) { "See on the day board who is nearest" } }
    }
}

fn priority_tag(priority: Priority) -> Markup {
    summary::tag(tone(priority), priority.title())
}

/// The page's filters: which part of the day, from which day on.
fn filters(query: &Query, from: Day) -> Markup {
    let parts: Vec<Choice<'_>> = Window::PARTS.into_iter().map(|part| Choice::new(part.key(), part.title())).collect();
    let part = query.get("part").unwrap_or_default().to_owned();
    FilterBar::new(query)
        .field(forms::select(Field::new("part", "Part of the day").value(part), Some("Any"), &parts))
        .field(forms::date_picker(Field::new("from", "From").value(from.to_string())))
        .render()
}

/// What the page for a new appointment is made of.
pub struct Offer<'a> {
    /// Work, appointments, the present.
    pub side: Side<'a>,
    /// Free times.
    pub slots: &'a [Slot],
    /// Filters in the address.
    pub query: &'a Query,
    /// The first day looked at.
    pub from: Day,
    /// What was typed before, if it was refused.
    pub typed: &'a Form,
    /// What is wrong with it.
    pub errors: &'a FieldErrors,
    /// Why it could not be done.
    pub refused: Option<&'a str>,
    /// The session's token.
    pub csrf: &'a str,
}

fn refusal(refused: Option<&str>) -> Markup {
    html! { @if let Some(words) = refused { div role="alert" { (summary::banner(Tone::Danger, html! { p { (words) } })) } } }
}

fn no_slots(offer: &Offer<'_>) -> Markup {
    let brief = offer.side.brief;
    let later = offer.query.clone().with("from", offer.from.plus_days(super::model::DAYS).to_string()).href();
    summary::banner(
        Tone::Warning,
        html! {
            p {
                "Nobody at " (if brief.provider_name.is_empty() { "any provider" } else { &brief.provider_name })
                " with the trade " (DECLARED.trade(&brief.trade)) " is free for " (brief.minutes) " minutes in the "
                (super::model::DAYS) " days from " (offer.from.short()) "."
            }
            p { a href=(later) { "Look at later days" } " or move other work on " a href=(format!("/board?for={}", brief.reference)) { "the day board" } "." }
        },
    )
}

fn weeks(offer: &Offer<'_>) -> Weeks {
    let at = |day: Day| offer.query.clone().with("from", day.to_string()).href();
    let today = offer.side.now.day();
    let last = offer.slots.last().map(|slot| slot.day);
    Weeks {
        earlier: (offer.from > today).then(|| at(offer.from.plus_days(-7).max(today))),
        later: last.map(|day| at(day.plus_days(1))),
    }
}

/// The page for a new appointment.
pub fn new(offer: &Offer<'_>) -> Markup {
    let brief = offer.side.brief;
    let main = html! {
        (filters(offer.query, offer.from))
        @if offer.slots.is_empty() { (no_slots(offer)) } @else {
            (forms::form(&format!("{}/appointments/new", offer.side.home()), offer.csrf, html! {
                (forms::hidden("version", &brief.version.to_string()))
                (slot_picker(offer.slots, offer.typed.get("slot"), brief.priority, brief.due, offer.errors, &weeks(offer)))
                (forms::buttons(&[forms::submit("Book this visit"), forms::cancel(&offer.side.home())]))
            }))
        }
    };
    html! {
        (forms::error_summary(offer.errors))
        (refusal(offer.refused))
        (shell::heading("Book a visit", Some(&brief.reference), None))
        @if !offer.side.booked.is_empty() {
            (summary::banner(Tone::Info, html! {
                @for (from, until, who) in offer.side.booked { p { "Booked already: " (brief_words(*from, *until)) ", " (who) "." } }
                p { "Book another only if the work needs a second visit or a second person. To change the time, move the one that is booked." }
            }))
        }
        (summary::columns(main, aside(&offer.side)))
    }
}

fn reason_fields(list: &str, legend: &str, hint: Option<&str>, typed: &Form, errors: &FieldErrors) -> Markup {
    let mut field = Field::new("reason", legend.to_owned()).value(typed.get("reason").to_owned()).errors(errors);
    if let Some(hint) = hint {
        field = field.hint(hint.to_owned());
    }
    html! {
        (forms::radios(field, &reasons(list)))
        (forms::textarea(Field::new("note", "More about the reason").optional().value(typed.lines("note").to_owned()).errors(errors), 2, Some(500)))
    }
}

/// The page that moves an appointment. `own` offers any operative and time, for whoever knows better than the list.
pub fn change(offer: &Offer<'_>, held: &Held, operative: &str, own: Markup) -> Markup {
    let brief = offer.side.brief;
    let missed = held.is_missed(offer.side.now);
    let hint = (!missed).then_some("Not needed when only the operative changes and the resident's time stays the same");
    let legend = if missed { "Why did nobody come?" } else { "Why is it moved?" };
    let main = html! {
        (filters(offer.query, offer.from))
        @if offer.slots.is_empty() { (no_slots(offer)) } @else {
            (forms::form(&format!("/appointments/{}/move", held.id), offer.csrf, html! {
                (forms::hidden("version", &held.version.to_string()))
                (slot_picker(offer.slots, offer.typed.get("slot"), brief.priority, brief.due, offer.errors, &weeks(offer)))
                (reason_fields(held.reasons(offer.side.now), legend, hint, offer.typed, offer.errors))
                (forms::buttons(&[forms::submit("Move and tell the resident"), forms::cancel(&offer.side.home())]))
            }))
        }
        (own)
    };
    html! {
        (forms::error_summary(offer.errors))
        (refusal(offer.refused))
        (shell::heading("Move a visit", Some(&brief.reference), Some(forms::secondary_link("Cancel the visit", &format!("/appointments/{}/cancel", held.id)))))
        (current(held, operative, missed))
        (summary::columns(main, aside(&offer.side)))
    }
}

fn current(held: &Held, operative: &str, missed: bool) -> Markup {
    summary::banner(
        if missed { Tone::Danger } else { Tone::Info },
        html! {
            p {
                "The resident was told " strong { (brief_words(held.window_starts_at, held.window_ends_at)) } ". Planned: "
                (held.starts_at.time_until(held.ends_at)) ", " (operative) "."
            }
            @if missed { p { "That time is over and nobody arrived: it will be recorded as missed." } }
        },
    )
}

/// The page that calls an appointment off.
pub fn cancel(offer: &Offer<'_>, held: &Held, operative: &str) -> Markup {
    let (brief, typed, errors) = (offer.side.brief, offer.typed, offer.errors);
    let missed = held.is_missed(offer.side.now);
    let (title, button) = if missed {
        ("Record a missed visit", "Record and apologise")
    } else {
        ("Cancel a visit", "Cancel and tell the resident")
    };
    html! {
        (forms::error_summary(errors))
        (refusal(offer.refused))
        (shell::heading(title, Some(&brief.reference), None))
        (current(held, operative, missed))
        p { "The " (offer.side.names.one) " stays open and waits for another time. " a href={ "/appointments/" (held.id) "/move" } { "Move the visit instead" } "." }
        (forms::form(&format!("/appointments/{}/cancel", held.id), offer.csrf, html! {
            (forms::hidden("version", &held.version.to_string()))
            (reason_fields(held.reasons(offer.side.now), if missed { "Why did nobody come?" } else { "Why is it cancelled?" }, None, typed, errors))
            (forms::buttons(&[forms::warning(button, None), forms::cancel(&offer.side.home())]))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_kernel::{OperativeId, ProviderId};

    fn slot(start: &str, own_patch: bool) -> Slot {
        let starts_at: Moment = start.parse().unwrap();
        let (window_starts_at, window_ends_at) = Window::Morning.told(starts_at);
        Slot {
            operative: OperativeId(uuid::Uuid::nil()),
            operative_name: "Sam <Hall>".into(),
            provider: ProviderId(uuid::Uuid::nil()),
            starts_at,
            ends_at: starts_at.plus_seconds(3600),
            window_starts_at,
            window_ends_at,
            day: starts_at.day(),
            window: Window::Morning,
            own_patch,
        }
    }

    #[test]
    fn the_first_in_time_is_chosen_and_late_days_say_so() {
        let slots = [slot("2026-12-08T08:00", true), slot("2026-12-08T11:00", true), slot("2026-12-09T08:00", false)];
        let due = Some("2026-12-08T10:00".parse().unwrap());
        let pick = |due| slot_picker(&slots, "", Priority::Urgent, due, &FieldErrors::default(), &Weeks::default());
        let html = pick(due).into_string();
        assert!(html.contains(&format!("value=\"{}\" checked", slots[0].key())), "{html}");
        assert!(html.contains("Sam &lt;Hall&gt;, from another patch</span>"), "{html}");
        assert_eq!(html.matches("after the target").count(), 1, "the second time of the first day");
        assert_eq!(html.matches("After target").count(), 1);
        assert_eq!(html.matches("Soonest").count(), 1);
        let too_late = pick(Some("2026-12-08T07:00".parse().unwrap())).into_string();
        assert!(!too_late.contains(" checked"), "nobody books too late by pressing Enter: {too_late}");
    }

    #[test]
    fn what_was_chosen_stays_chosen_while_it_is_free() {
        let slots = [slot("2026-12-08T08:00", true), slot("2026-12-09T08:00", true)];
        let (chosen, none) = (slots[1].key(), FieldErrors::default());
        let html = slot_picker(&slots, &chosen, Priority::Routine, None, &none, &Weeks::default()).into_string();
        assert!(html.contains(&format!("value=\"{}\" checked", slots[1].key())));
    }
}
