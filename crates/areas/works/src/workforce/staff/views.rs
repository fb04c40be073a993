//! Pages of operatives.

use super::{
    commands::{ABSENCES, Details},
    queries::{Absence, Next, PAGE_ROWS, Person},
};
use crate::{declared::DECLARED, workforce::diary::Shift};
use maud::{Markup, html};
use rooftree_frame::Form;
use rooftree_kernel::{FieldErrors, Moment, ProviderId};
use rooftree_ui::{
    Query,
    filters::FilterBar,
    forms::{self, Choice, Field, Size},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Row, Table},
};

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What a list or form may choose from.
pub struct Choices {
    /// Companies.
    pub providers: Vec<(ProviderId, String)>,
    /// Wards of the stock.
    pub wards: Vec<String>,
}

/// The parts of a day that the form has room for: the suffix of its fields, and whether it is rota time.
pub const PARTS: [(&str, bool); 3] = [("", false), ("-2", false), ("-call", true)];

/// `Monday to Friday 08:00 to 12:30 and 13:00 to 16:30; Saturday on call 09:00 to 12:00`.
pub fn week_words(shifts: &[Shift]) -> String {
    let of_day = |weekday: i32| {
        let mut own: Vec<&Shift> = shifts.iter().filter(|shift| shift.weekday == weekday).collect();
        own.sort_by_key(|shift| shift.from_minute);
        let one = |shift: &&Shift| {
            format!(
                "{}{} to {}",
                if shift.on_call { "on call " } else { "" },
                time(shift.from_minute),
                time(shift.until_minute)
            )
        };
        own.iter().map(one).collect::<Vec<_>>().join(" and ")
    };
    let mut runs: Vec<(i32, i32, String)> = Vec::new();
    for (weekday, words) in (1..=7).map(|weekday| (weekday, of_day(weekday))).filter(|(_, words)| !words.is_empty()) {
        match runs.last_mut() {
            Some((_, last, same)) if *last + 1 == weekday && *same == words => *last = weekday,
            _ => runs.push((weekday, weekday, words)),
        }
    }
    let day = |weekday: i32| WEEKDAYS[(weekday - 1).clamp(0, 6) as usize];
    let words = runs.into_iter().map(|(first, last, words)| match first == last {
        true => format!("{} {words}", day(first)),
        false => format!("{} to {} {words}", day(first), day(last)),
    });
    words.collect::<Vec<_>>().join("; ")
}

/// A minute of the day as a time input takes it.
pub fn time(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Trades in words.
pub fn trade_words(trades: &[String]) -> String {
    trades.iter().map(|trade| DECLARED.trade(trade)).collect::<Vec<_>>().join(", ")
}

/// Why somebody is away, in words.
pub fn absence_words(reason: &str) -> &str {
    ABSENCES.iter().find(|(key, _)| *key == reason).map_or(reason, |(_, words)| words)
}

fn trade_choices() -> Vec<Choice<'static>> {
    DECLARED.trades.values().map(|trade| Choice::new(trade.key.as_str(), trade.title.as_str())).collect()
}

/// The list.
pub fn index(query: &Query, people: &[Person], total: i64, page: u64, choices: &Choices) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let providers: Vec<Choice<'_>> =
        choices.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let wards: Vec<Choice<'_>> = choices.wards.iter().map(|ward| Choice::new(ward.as_str(), ward.as_str())).collect();
    let mut bar = FilterBar::new(query)
        .field(forms::text(Field::new("text", "Name").value(value("text"))))
        .field(forms::select(Field::new("provider", "Provider").value(value("provider")), Some("Any"), &providers))
        .field(forms::select(Field::new("trade", "Trade").value(value("trade")), Some("Any"), &trade_choices()))
        .field(forms::select(Field::new("ward", "Ward").value(value("ward")), Some("Any"), &wards))
        .result(format!("{total} operatives"))
        .actions(tables::exports(query));
    for name in ["text", "ward", "trade", "provider"] {
        if let Some(chosen) = query.get(name).filter(|chosen| !chosen.is_empty()) {
            let label = match name {
                "trade" => DECLARED.trade(chosen).to_owned(),
                "provider" => choices
                    .providers
                    .iter()
                    .find(|(id, _)| id.to_string() == chosen)
                    .map_or(chosen.to_owned(), |(_, name)| name.clone()),
                _ => chosen.to_owned(),
            };
            bar = bar.chip(label, name, chosen);
        }
    }
    let rows = people.iter().map(|person| {
        Row::new(vec![
            html! { (person.name) },
            html! { (person.provider_name) },
            html! { (trade_words(&person.trades)) },
            html! { (person.wards.join(", ")) },
            html! { (week_words(&person.shifts)) },
            html! { @if let Some(away) = &person.away { (summary::tag(Tone::Warning, absence_words(away))) } @else { (person.today) " visits" } },
        ])
        .href(format!("/operatives/{}", person.id))
    });
    let columns = vec![
        Column::new("Name"),
        Column::new("Provider"),
        Column::new("Trades"),
        Column::new("Patch").desk_only(),
        Column::new("Week").desk_only(),
        Column::new("Today").nowrap(),
    ];
    let pages = u64::try_from((total + PAGE_ROWS - 1) / PAGE_ROWS).unwrap_or(1);
    html! {
        (shell::heading("Operatives", None, Some(forms::button_link("Add an operative", "/operatives/new"))))
        (bar.render())
        (Table::new("Operatives", columns).caption_hidden().rows(rows.collect())
            .empty(html! { p { "No operative fits these filters." } p { a href="/operatives" { "Show all" } } }).render())
        (tables::pages(query, page, pages))
    }
}

/// One operative.
pub fn show(
    person: &Person,
    absences: &[Absence],
    next: &[Next],
    now: Moment,
    csrf: &str,
    typed: &Form,
    errors: &FieldErrors,
) -> Markup {
    let base = format!("/operatives/{}", person.id);
    let today = now.day();
    let items = [
        Item::text("Provider", &person.provider_name),
        Item::text("Trades", trade_words(&person.trades)),
        Item::text("Patch", person.wards.join(", ")),
        Item::text("Week", week_words(&person.shifts)),
        Item::text("Work phone", &person.phone),
    ];
    let actions = html! {
        (forms::secondary_link("Change", &format!("{base}/edit")))
        (forms::secondary_link("Give today's visits to others", &format!("{base}/replan?day={today}")))
    };
    html! {
        (forms::error_summary(errors))
        (shell::heading(&person.name, Some("Operative"), Some(actions)))
        @if let Some(away) = &person.away { (summary::banner(Tone::Warning, html! { p { "Away at present: " (absence_words(away)) "." } })) }
        (summary::columns(
            html! {
                (summary::list(&items))
                h2 { "Next visits" }
                (next_visits(next))
            },
            html! {
                h2 { "Absences" }
                (absence_list(person, absences, csrf))
                (absence_form(&base, now, csrf, typed, errors))
                (summary::details("They have left", forms::form(&format!("{base}/leave"), csrf, html! {
                    p { "Nothing can be booked with them afterwards. Their past visits stay on record." }
                    (forms::buttons(&[forms::warning("Record that they have left", None)]))
                })))
            },
        ))
    }
}

fn next_visits(next: &[Next]) -> Markup {
    let rows = next.iter().map(|visit| {
        Row::new(vec![
            html! { (visit.reference) },
            html! { (visit.starts_at.long()) " to " (visit.ends_at.time()) },
            html! { (visit.title) },
            html! { (visit.address) },
        ])
        .href(visit.href.as_str())
    });
    let columns =
        vec![Column::new("Repair").nowrap(), Column::new("When").nowrap(), Column::new("Work"), Column::new("Where")];
    Table::new("Next visits", columns)
        .caption_hidden()
        .rows(rows.collect())
        .empty(html! { p { "Nothing is booked." } })
        .render()
}

fn absence_list(person: &Person, absences: &[Absence], csrf: &str) -> Markup {
    html! {
        @if absences.is_empty() { p { "None recorded." } }
        @for absence in absences {
            (summary::panel(absence_words(&absence.reason), None, html! {
                p { (absence.from.long()) " to " (absence.until.long()) }
                @if absence.visits > 0 {
                    p {
                        strong { (absence.visits) " visits are booked in this time. " }
                        a href={ "/operatives/" (person.id) "/replan?from=" (absence.from) "&until=" (absence.until) } { "Give them to others" }
                    }
                }
                (forms::action(&format!("/operatives/{}/absences/{}/end", person.id, absence.id), csrf, "They are back", &[]))
            }))
        }
    }
}

fn absence_form(base: &str, now: Moment, csrf: &str, typed: &Form, errors: &FieldErrors) -> Markup {
    let choices: Vec<Choice<'_>> = ABSENCES.iter().map(|(key, words)| Choice::new(*key, *words)).collect();
    let or = |name: &str, default: String| {
        Some(typed.get(name).to_owned()).filter(|value| !value.is_empty()).unwrap_or(default)
    };
    let today = now.day().to_string();
    forms::form(
        &format!("{base}/absences"),
        csrf,
        forms::fieldset(
            "Record an absence",
            html! {
                (forms::radios(Field::new("absence", "Why").value(or("absence", "sick".to_owned())).errors(errors).inline(), &choices))
                (forms::row(&[
                    forms::date_picker(Field::new("from", "First day").value(or("from", today.clone())).errors(errors)),
                    forms::time(Field::new("from_time", "From").value(or("from_time", "00:00".to_owned())).errors(errors)),
                ]))
                (forms::row(&[
                    forms::date_picker(Field::new("until", "Last day").value(or("until", today)).errors(errors)),
                    forms::time(Field::new("until_time", "Until").value(or("until_time", "23:59".to_owned())).errors(errors)),
                ]))
                (forms::buttons(&[forms::submit("Record and plan their visits again")]))
            },
        ),
    )
}

/// Adding or changing an operative. `shifts` come from the details; a day has room for an ordinary shift and a second one.
pub fn edit(
    action: &str,
    title: &str,
    details: &Details,
    choices: &Choices,
    csrf: &str,
    errors: &FieldErrors,
) -> Markup {
    let providers: Vec<Choice<'_>> =
        choices.providers.iter().map(|(id, name)| Choice::new(id.to_string(), name.as_str())).collect();
    let wards: Vec<Choice<'_>> = choices.wards.iter().map(|ward| Choice::new(ward.as_str(), ward.as_str())).collect();
    let provider = details.provider.map(|id| id.to_string()).unwrap_or_default();
    html! {
        (forms::error_summary(errors))
        (shell::heading(title, None, None))
        (forms::form(action, csrf, html! {
            (forms::hidden("version", &details.version.to_string()))
            (forms::text(Field::new("name", "Name").value(details.name.as_str()).errors(errors).size(Size::Chars30)))
            (forms::telephone(Field::new("phone", "Work phone").value(details.phone.as_str()).errors(errors).optional().size(Size::Chars20)))
            (forms::select(Field::new("provider", "Works for").value(provider).errors(errors), Some("Choose"), &providers))
            (forms::checkboxes(Field::new("trades", "Trades").errors(errors), &trade_choices(), &details.trades))
            (forms::checkboxes(Field::new("wards", "Patch").hint("They are offered first for work in these wards").errors(errors).optional(), &wards, &details.wards))
            (forms::fieldset("Week", html! {
                p.govuk-hint { "Leave a day empty when they do not work. On call is the out-of-hours rota: only emergencies are planned into it." }
                @for (weekday, name) in (1..).zip(WEEKDAYS) { (week_row(weekday, name, details, errors)) }
            }))
            (forms::buttons(&[forms::submit("Save"), forms::cancel("/operatives")]))
        }))
    }
}

fn week_row(weekday: i32, name: &str, details: &Details, errors: &FieldErrors) -> Markup {
    let of =
        |on_call: bool| details.shifts.iter().filter(move |shift| shift.weekday == weekday && shift.on_call == on_call);
    let held = [of(false).next(), of(false).nth(1), of(true).next()];
    let field = |name: String, label: String, value: Option<i32>| {
        forms::time(Field::new(name, label).value(value.map(time).unwrap_or_default()).errors(errors))
    };
    let cells: Vec<Markup> = held
        .iter()
        .zip(PARTS.map(|(suffix, _)| suffix).into_iter().zip(["", ", after the break", ", on call"]))
        .flat_map(|(shift, (suffix, part))| {
            [
                field(format!("from-{weekday}{suffix}"), format!("{name}{part}, from"), shift.map(|s| s.from_minute)),
                field(
                    format!("until-{weekday}{suffix}"),
                    format!("{name}{part}, until"),
                    shift.map(|s| s.until_minute),
                ),
            ]
        })
        .collect();
    forms::row(&cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_reads_as_people_say_it() {
        let shift = |weekday, from_minute, until_minute, on_call| Shift { weekday, from_minute, until_minute, on_call };
        let mut week: Vec<Shift> = (1..=5).map(|weekday| shift(weekday, 780, 990, false)).collect();
        week.extend((1..=5).map(|weekday| shift(weekday, 480, 750, false)));
        week.push(shift(3, 1080, 1320, true));
        week.push(shift(6, 540, 720, false));
        assert_eq!(
            week_words(&week),
            "Monday to Tuesday 08:00 to 12:30 and 13:00 to 16:30; Wednesday 08:00 to 12:30 and 13:00 to 16:30 and on call 18:00 to 22:00; \
             Thursday to Friday 08:00 to 12:30 and 13:00 to 16:30; Saturday 09:00 to 12:00"
        );
        assert_eq!(week_words(&[]), "");
    }
}
