//! The pages of the staff.

use crate::{at, now, staff};
use rooftree_kernel::FieldErrors;
use rooftree_ui::{
    Markup, Page, Query,
    board::{self, Board, Card, Cell, Lane},
    cards::{self, Change, Count, Direction, Figure, Task, TaskGroup},
    choices,
    clocks::{self, Clock, Due},
    filters::FilterBar,
    forms::{self, Choice, Field, Size},
    html,
    icons::{Icon, icon},
    pages::{self, Clash},
    shell::{self, Width},
    slots::{self, Slot, SlotDay},
    summary::{self, Alert, Item, Tab, Tone},
    tables::{self, Column, Row, Table},
    timeline::{self, Entry},
};

fn clock(label: &str, started: &str, due: &str, stopped: Option<&str>) -> Clock {
    Clock::new(label, at(started), Due::At(at(due)), stopped.map(at), now())
}

pub fn landing() -> Markup {
    let figure = |label: &str, value: &str, target: &str, met, text: &str, good, spark: &[f64]| {
        cards::figure(&Figure {
            label: label.into(),
            value: value.into(),
            target: Some(target.into()),
            met: Some(met),
            change: Some(Change {
                direction: if good { Direction::Up } else { Direction::Down },
                good: Some(good),
                text: text.into(),
            }),
            spark: spark.to_vec(),
            href: Some("figures.html".into()),
        })
    };
    let overdue = clock("Made safe within 24 hours", "2026-12-17T08:00", "2026-12-18T08:00", None);
    let soon = clock("Made safe within 24 hours", "2026-12-17T14:10", "2026-12-18T14:10", None);
    let later = clock("Urgent repair in 5 working days", "2026-12-16T14:10", "2026-12-23T23:59", None);
    let task = |reference: &str, work: &str, place: &str, clock: &Clock| {
        Task::new(format!("{reference} {work}"), place, "record.html")
            .state(clocks::pill(clock, now()))
            .action(forms::action("/x", "t", "Assign", &[]))
    };
    let group = |heading: &str, tone, count, tasks| TaskGroup {
        heading: heading.into(),
        tone,
        count,
        href: Some("list.html".into()),
        tasks,
        empty: "Nothing: well done.".into(),
    };
    let body = html! {
        (shell::heading("Good morning, Amara", Some("Friday 18 December 2026"), Some(html! {
            (forms::secondary_link("Plan the day", "board.html")) (forms::button_link("Report a repair", "form.html"))
        })))
        (cards::counts(&[
            Count::new("Overdue", 4, "list.html", Tone::Danger),
            Count::new("Due today", 31, "list.html", Tone::Warning),
            Count::new("At risk this week", 58, "list.html", Tone::Info),
            Count::new("Waiting for approval", 0, "list.html", Tone::Accent),
            Count::new("Open repairs", 1284, "list.html", Tone::Success),
        ]))
        (summary::columns(
            cards::tasks(&[
                group("Overdue", Tone::Danger, 4, vec![
                    task("R-104233", "No heating or hot water", "14 Magdalen Crescent, OX4 1AB · Mrs Okonkwo, child under 5", &overdue),
                    task("R-104198", "Burst pipe under kitchen sink", "Flat 6, Weir Court, OX1 4DD · Mr Řezáč", &overdue),
                ]),
                group("Due today", Tone::Warning, 31, vec![
                    task("R-104301", "Front door will not lock", "2 Swift Close, OX4 7QT · Ms Begum", &soon),
                    task("R-104288", "Lights out in common stair", "Bartlemas House, stair B", &soon),
                    task("R-104275", "Toilet will not flush, only one", "71 Hinksey Rise, OX1 5RU · Mr Patel", &soon),
                ]),
                group("Next", Tone::Info, 2, vec![task("R-104150", "Gutter leaking at rear", "9 Lye Lane, OX3 7AA", &later)]),
            ]),
            html! {
                (figure("Emergency repairs made safe in 24 hours", "97.4%", "Target 99.6%", false, "1.1 points on November", false, &[99.1, 99.4, 98.9, 99.6, 98.8, 98.5, 97.4]))
                (figure("Appointments kept", "98.2%", "Target 98%", true, "0.4 points on November", true, &[96.1, 96.4, 97.9, 97.6, 97.8, 98.2]))
                (figure("Average days, end to end", "11.3 days", "Target 14 days", true, "0.8 days on November", true, &[14.1, 13.4, 12.9, 12.6, 12.1, 11.3]))
            },
        ))
    };
    staff(Page::new("Today", body), "Today").render()
}

pub fn list() -> Markup {
    let query = Query::parse("/repairs", "ward=Hinksey+Park&priority=emergency&sort=due&page=3");
    let wards = ["Barton", "Hinksey Park", "Lye Valley"].map(|ward| Choice::new(ward, ward));
    let select = |name: &str, label: &str, value: &str| {
        forms::select(Field::new(name.to_owned(), label.to_owned()).value(value.to_owned()), Some("Any"), &wards)
    };
    let columns = vec![
        Column::new("Reference").sort("ref").nowrap(),
        Column::new("Repair"),
        Column::new("Home").sort("address"),
        Column::new("Trade").desk_only(),
        Column::new("State"),
        Column::new("Clock").sort("due"),
        Column::number("Cost").sort("cost"),
    ];
    let rows = (0..9).map(|index| {
        let due = format!("2026-12-{:02}T14:10", 18 + index / 2);
        let clock = clock("Urgent", "2026-12-16T09:00", &due, (index % 4 == 3).then_some("2026-12-17T10:00"));
        let state = [(Tone::Info, "Booked"), (Tone::Accent, "New"), (Tone::Warning, "Materials awaited"), (Tone::Success, "Completed")];
        let (tone, words) = state[index % 4];
        Row::new(vec![
            html! { "R-10" (4200 + index * 7) },
            html! { (["No heating or hot water", "Front door will not lock", "Leak through bathroom ceiling into the flat below"][index % 3]) },
            html! { (index + 2) " Magdalen Crescent, OX4 1AB" },
            html! { (["Gas", "Carpentry", "Plumbing"][index % 3]) },
            summary::tag(tone, words),
            clocks::pill(&clock, now()),
            html! { "£" (84 + index * 31) ".50" },
        ])
        .href("record.html")
        .tick(index.to_string(), format!("R-10{}", 4200 + index * 7))
        .urgent(index == 0)
    });
    let body = html! {
        (shell::heading("Repairs", None, Some(forms::button_link("Report a repair", "form.html"))))
        (summary::tabs("Views", &[
            Tab::new("Open", "#", true).count(1284), Tab::new("Overdue", "#", false).count(4),
            Tab::new("Completed", "#", false), Tab::new("Recalls", "#", false).count(19),
        ]))
        (FilterBar::new(&query)
            .field(forms::text(Field::new("q", "Words").value("")))
            .field(select("ward", "Ward", "Hinksey Park"))
            .field(select("priority", "Priority", ""))
            .field(select("trade", "Trade", ""))
            .field(forms::date_picker(Field::new("from", "Reported since")))
            .chip("Ward: Hinksey Park", "ward", "Hinksey Park")
            .chip("Priority: emergency", "priority", "emergency")
            .result("1,284 repairs")
            .actions(tables::exports(&query))
            .render())
        form action="#" method="post" {
            (Table::new("Open repairs", columns).caption_hidden().rows(rows.collect()).sort(&query).ticks("repair").render())
            (forms::buttons(&[forms::secondary("Assign chosen", None), html! { span.rt-muted data-tick-count="" {} }]))
        }
        (tables::pages(&query, 3, 26))
        (Table::new("Nothing", vec![]).empty(html! { p { "No repairs match. " a href="#" { "Clear the filters" } } }).render())
    };
    staff(Page::new("Repairs", body), "Repairs").render()
}

pub fn record() -> Markup {
    let mut paused = clock("Repair complete in 20 working days", "2026-12-01T09:00", "2026-12-30T23:59", None);
    paused.href = Some("#".into());
    let home = [
        Item::new(
            "Home",
            html! { a href="#" { "14 Magdalen Crescent, OX4 1AB" } br; span.rt-muted { "UPRN 100120827334" } },
        ),
        Item::text("Reported by", "Mrs Ngozi Okonkwo, by telephone"),
        Item::new(
            "Priority",
            html! { (summary::tag(Tone::Danger, "Emergency")) p { "No heating, and a child under 5 lives here" } },
        )
        .action("Override", "#"),
        Item::text("Rate code", "HTG/0410 Investigate and repair boiler"),
        Item::text("Budget", ""),
    ];
    let entries = [
        Entry::new(at("2026-12-18T09:12"), "Sam Doyle (Thames Works)", "No access")
            .tone(Tone::Warning)
            .recorded(at("2026-12-18T10:40"))
            .body(html! { p { "Knocked and telephoned. Card left. Photo of the door attached." } }),
        Entry::new(at("2026-12-17T14:02"), "Priya Shah", "Appointment made")
            .body(html! { p { "Fri 18 Dec, 8:00–10:00. Text sent to 07700 900123." } })
            .tone(Tone::Info),
        Entry::new(at("2026-12-17T14:00"), "Priya Shah", "Works order WO-88120 issued").href("#"),
        Entry::new(at("2026-12-17T13:58"), "Priya Shah", "Repair reported").tone(Tone::Accent),
    ];
    let alert = |tone, title: &str, detail: &str, acknowledged: Option<&str>| Alert {
        tone,
        title: title.into(),
        detail: detail.into(),
        acknowledged: acknowledged.map(str::to_owned),
        action: acknowledged.is_none().then(|| forms::action("#", "t", "I have read this", &[])),
    };
    let body = html! {
        (shell::heading("No heating or hot water", Some("Repair R-104233"), Some(html! {
            (summary::tag(Tone::Info, "Booked")) (forms::copy_button("R-104233"))
            (forms::secondary_link("Add note", "#")) (forms::button_link("Rebook", "form.html"))
        })))
        (summary::alerts(&[
            alert(Tone::Danger, "Asbestos: artex ceiling, hall and kitchen", "Do not drill or scrape. Survey of 3 March 2024.", None),
            alert(Tone::Warning, "Two people visit together", "Review due 1 February 2027.", Some("Read by Priya Shah, 17 Dec 2026 13:57")),
        ]))
        (summary::columns(
            html! {
                (summary::panel("The repair", Some(html! { a href="#" { "Change" } }), summary::list(&home)))
                (summary::panel("Works orders", None, Table::new("Works orders", vec![
                    Column::new("Order").nowrap(), Column::new("Provider"), Column::new("State"), Column::number("Value"),
                ]).caption_hidden().rows(vec![
                    Row::new(vec![html! { "WO-88120" }, html! { "Thames Works" }, summary::tag(Tone::Info, "Accepted"), html! { "£184.20" }]).href("#"),
                    Row::new(vec![html! { "WO-88131" }, html! { "Cherwell Heating Ltd" }, summary::tag(Tone::Neutral, "Cancelled"), html! { "£0.00" }]).href("#").faint(true),
                ]).render()))
                (summary::panel("What happened", None, timeline::timeline(&entries)))
            },
            html! {
                (clocks::card(&clock("Emergency: made safe within 24 hours", "2026-12-17T13:58", "2026-12-18T13:58", None), now()))
                (clocks::card(&clock("Letter within 4 days", "2026-12-12T09:00", "2026-12-16T23:59", None), now()))
                (clocks::card(&paused, now()))
                (clocks::card(&clock("Appointment text", "2026-12-17T13:58", "2026-12-17T17:58", Some("2026-12-17T14:02")), now()))
                (summary::panel("Who lives here", None, summary::list(&[
                    Item::text("Tenant", "Mrs Ngozi Okonkwo"), Item::text("Household", "2 adults, 2 children (1 and 4)"),
                    Item::text("Language", "Igbo, English"), Item::new("Telephone", html! { a href="tel:07700900123" { "07700 900123" } }),
                ])))
            },
        ))
    };
    staff(Page::new("R-104233", body), "Repairs")
        .crumb("Repairs", "list.html")
        .crumb("14 Magdalen Crescent", "#")
        .flash(Tone::Success, "The appointment was moved and the resident has been told by text.")
        .render()
}

pub fn form() -> Markup {
    let mut errors = FieldErrors::one("phone", "Enter a telephone number, like 07700 900982");
    errors.add("when", "The date must be in the past");
    let slot = |value: &str, label: &str, detail: &str, free, praise: Option<&str>| Slot {
        value: value.into(),
        label: label.into(),
        detail: detail.into(),
        free,
        praise: praise.map(str::to_owned),
    };
    let days: Vec<SlotDay> = (0..5)
        .map(|index| SlotDay {
            day: at("2026-12-18T09:00").day().plus_days(index),
            slots: if index == 2 {
                vec![]
            } else {
                vec![
                    slot(
                        &format!("{index}a"),
                        "8:00 to 12:00",
                        "Sam Doyle",
                        index != 1,
                        (index == 0).then_some("Soonest"),
                    ),
                    slot(&format!("{index}b"), "12:00 to 17:00", "2 free", true, (index == 3).then_some("Same street")),
                ]
            },
            too_late: index == 4,
        })
        .collect();
    let damp = html! {
        (forms::textarea(Field::new("damp", "Where is it, and how large?"), 3, Some(300)))
    };
    let body = html! {
        (forms::error_summary(&errors))
        (shell::heading("Report a repair", Some("14 Magdalen Crescent, OX4 1AB"), None))
        (forms::form("#", "t", html! {
            (forms::fieldset("Who is calling", forms::row(&[
                forms::text(Field::new("name", "Name").value("Ngozi Okonkwo").errors(&errors)),
                forms::telephone(Field::new("phone", "Telephone").value("0770").errors(&errors)),
            ])))
            (forms::radios(Field::new("what", "What is wrong?").hint("Ask: is it getting worse now?").value("damp"), &[
                Choice::new("leak", "Leak"), Choice::new("damp", "Damp or mould").hint("Starts an investigation under Awaab’s Law").reveal(damp),
                Choice::new("heat", "No heating"),
            ]))
            (forms::radios(Field::new("power", "Is the electricity still on?").inline().value("yes"), &[Choice::new("yes", "Yes"), Choice::new("no", "No")]))
            (forms::row(&[
                forms::date(Field::new("when", "Since when").value("18/12/2027").errors(&errors)),
                forms::money(Field::new("estimate", "Estimate").value("184.20")),
                forms::select(Field::new("trade", "Trade"), Some("Choose"), &[Choice::new("g", "Gas").group("Heating"), Choice::new("p", "Plumbing").group("Water")]),
            ]))
            (forms::checkboxes(Field::new("needs", "Household").optional(), &[Choice::new("c", "Child under 5"), Choice::new("o", "Over 75"), Choice::new("m", "Uses a wheelchair")], &["c"]))
            (slots::picker(Field::new("slot", "When can somebody be at home?").value("0b"), &days, None, Some("#")))
            (forms::upload(Field::new("photos", "Photos").optional(), forms::Upload::Photos, "10 MB each"))
            (choices::checkbox(Field::new("told", "The caller was told the reference"), false))
            (forms::number(Field::new("count", "How many radiators").size(Size::Chars3).suffix("radiators")))
            (forms::buttons(&[forms::submit("Book it"), forms::secondary("Save without booking", Some(("act", "save"))), forms::cancel("#")]))
        }))
    };
    staff(Page::new("Report a repair", body), "Repairs").has_errors(true).crumb("Repairs", "list.html").render()
}

pub fn board() -> Markup {
    let card = |index: usize| {
        let (tone, state) =
            [(Tone::Info, ""), (Tone::Danger, "Emergency"), (Tone::Success, "Done"), (Tone::Warning, "At risk")]
                [index % 4];
        Card {
            id: format!("v{index}"),
            reference: format!("R-{}", 104_200 + index),
            title: ["No heating", "Door will not lock", "Leak under sink", "Lights out"][index % 4].into(),
            address: format!("{} Magdalen Crescent OX4", index + 1),
            tone,
            state: state.into(),
            promise: String::new(),
            href: "record.html".into(),
            move_href: "form.html".into(),
            fixed: index % 4 == 2,
        }
    };
    let names = ["Sam Doyle", "Agnieszka Wójcik", "Tariq Hussain", "Lee O’Connor", "Joy Adeyemi"];
    let lanes = names.iter().enumerate().map(|(lane, name)| Lane {
        id: format!("o{lane}"),
        name: (*name).into(),
        detail: ["Gas, plumbing · East", "Electrical", "Carpentry · North", "Multi-trade", "Plumbing"][lane].into(),
        href: Some("#".into()),
        cells: (0..4)
            .map(|slot| Cell {
                cards: if (lane * 3 + slot * 2) % 4 == 3 || lane == 2 && slot < 2 {
                    vec![]
                } else {
                    (0..1 + (lane + slot) % 5 / 4).map(|extra| card(lane * 5 + slot + extra * 2)).collect()
                },
                closed: (lane == 2 && slot < 2).then(|| "Training".to_owned()),
            })
            .collect(),
    });
    let slots = [("8", "8:00–10:00"), ("10", "10:00–12:00"), ("13", "13:00–15:00"), ("15", "15:00–17:00")];
    let body = html! {
        (shell::heading("Friday 18 December", Some("Day board"), Some(html! {
            (forms::secondary_link("Thursday", "#")) (forms::secondary_link("Saturday", "#"))
        })))
        (board::board(&Board {
            caption: "East patch, Friday 18 December 2026".into(),
            slots: slots.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec(),
            lanes: lanes.collect(),
            unassigned: (40..43).map(card).map(|card| Card { fixed: false, ..card }).collect(),
            unassigned_total: 3,
            move_url: "/board/move".into(),
            csrf: "t".into(),
        }))
    };
    staff(Page::new("Day board", body), "Planning").width(Width::Full).render()
}

pub fn conflict() -> Markup {
    let clash = Clash { label: "Telephone".into(), theirs: "07700 900123".into(), yours: "07700 900999".into() };
    let form = forms::form(
        "#",
        "t",
        html! { (forms::telephone(Field::new("phone", "Telephone").value("07700 900999"))) (forms::submit("Save")) },
    );
    let body = html! {
        (pages::conflict("this person", "Priya Shah", "11:04", &[clash], form))
        (summary::banner(Tone::Warning, html! { p { (icon(Icon::Clock)) " The nightly export has not run." } }))
        (summary::details("What is a recall?", html! { p { "A second repair of the same kind within 28 days." } }))
    };
    staff(Page::new("Conflict", body), "People").width(Width::Narrow).render()
}
