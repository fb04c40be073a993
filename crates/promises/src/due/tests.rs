use super::*;
use proptest::prelude::*;
use rooftree_kernel::calendar::UNITED_KINGDOM;
use std::sync::LazyLock;

static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::built_in);

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The due date of a rule counted from a London time.
fn due_day(rule: &DueRule, from: &str) -> String {
    due(rule, moment(from), &CALENDARS).unwrap().day.unwrap().to_string()
}

fn plain(quantity: Quantity) -> DueRule {
    DueRule::new(quantity)
}

fn inclusive(quantity: Quantity) -> DueRule {
    DueRule { inclusive: true, ..plain(quantity) }
}

fn before(quantity: Quantity) -> DueRule {
    DueRule { before: true, ..plain(quantity) }
}

#[test]
fn the_worked_check_of_the_rules_with_its_steps() {
    let found = explain(&plain(Quantity::WorkingDays(10)), moment("2026-12-18T16:05"), &CALENDARS).unwrap();
    assert_eq!(found.day, Some(day("2027-01-06")));
    assert_eq!(found.at, day("2027-01-07").start());
    let holidays: Vec<String> = found
        .steps
        .iter()
        .filter(|step| {
            step.note.as_deref().is_some_and(|note| !note.ends_with("Saturday") && !note.ends_with("Sunday"))
        })
        .map(Step::to_string)
        .collect();
    assert_eq!(
        holidays,
        [
            "Fri 18 Dec 2026  day 0",
            "Fri 25 Dec 2026  not counted: Christmas Day",
            "Mon 28 Dec 2026  not counted: Boxing Day (substitute)",
            "Fri 1 Jan 2027  not counted: New Year’s Day"
        ]
    );
    assert_eq!(found.steps.last().unwrap().to_string(), "Wed 6 Jan 2027  day 10");
}

#[test]
fn hours_are_real_hours_across_the_clock_change() {
    let rule = plain(Quantity::Hours(24));
    let found = explain(&rule, moment("2026-03-28T16:05"), &CALENDARS).unwrap();
    assert_eq!(found.at, moment("2026-03-29T17:05"));
    assert_eq!(found.day, None);
    assert!(found.steps.iter().any(|step| step.to_string().contains("the clocks change")));
    assert_eq!(due(&rule, moment("2026-10-24T16:05"), &CALENDARS).unwrap().at, moment("2026-10-25T15:05"));
    let found = explain(&rule, moment("2026-06-01T16:05"), &CALENDARS).unwrap();
    assert_eq!(found.steps.len(), 2);
}

#[test]
fn days_are_london_days() {
    // Half past eleven at night in UTC is already tomorrow in a London summer.
    let from: Moment = "2026-06-30T23:30:00Z".parse().unwrap();
    let found = due(&plain(Quantity::Days(1)), from, &CALENDARS).unwrap();
    assert_eq!(found.day, Some(day("2026-07-02")));
    assert_eq!(found.at, "2026-07-02T23:00:00Z".parse().unwrap());
}

#[test]
fn a_trigger_on_a_day_nobody_works() {
    for from in ["2026-11-20T23:00", "2026-11-21T10:00", "2026-11-22T10:00"] {
        assert_eq!(due_day(&plain(Quantity::WorkingDays(1)), from), "2026-11-23", "{from}");
    }
    let whole_days = DueRule { day_zero: DayZero::NextWorkingDay, ..plain(Quantity::WorkingDays(1)) };
    assert_eq!(due_day(&whole_days, "2026-11-21T10:00"), "2026-11-24");
    assert_eq!(due_day(&whole_days, "2026-11-20T10:00"), "2026-11-23");
}

#[test]
fn freedom_of_information_skips_holidays_anywhere() {
    let rule = DueRule {
        calendar: UNITED_KINGDOM.into(),
        day_zero: DayZero::NextWorkingDay,
        ..plain(Quantity::WorkingDays(20))
    };
    // Received on Saturday 13 June 2026: Scotland's World Cup day makes Tuesday 16 June day 0; 13 July is skipped.
    let found = explain(&rule, moment("2026-06-13T09:00"), &CALENDARS).unwrap();
    assert_eq!(found.day, Some(day("2026-07-15")));
    assert_eq!(found.steps[0].to_string(), "Sat 13 Jun 2026  Saturday: counts as the next working day");
    assert!(found.steps[2].to_string().contains("World Cup bank holiday, Scotland"));
}

#[test]
fn inclusive_counting_makes_the_trigger_day_one() {
    // Homelessness: 56 days including the first; a review within eight weeks including the day of the request.
    assert_eq!(due_day(&inclusive(Quantity::Days(56)), "2026-05-01T12:00"), "2026-06-25");
    assert_eq!(due_day(&inclusive(Quantity::Weeks(8)), "2027-01-04T12:00"), "2027-02-28");
    assert_eq!(due_day(&inclusive(Quantity::Months(1)), "2027-01-04T12:00"), "2027-02-03");
    assert_eq!(due_day(&inclusive(Quantity::WorkingDays(1)), "2026-11-20T12:00"), "2026-11-20");
    assert_eq!(due_day(&inclusive(Quantity::WorkingDays(1)), "2026-11-21T12:00"), "2026-11-23");
    let found = explain(&inclusive(Quantity::WorkingDays(2)), moment("2026-11-20T12:00"), &CALENDARS).unwrap();
    assert_eq!(found.steps[0].number, Some(1));
}

#[test]
fn months_end_on_the_corresponding_day_or_the_last() {
    assert_eq!(due_day(&plain(Quantity::Months(1)), "2027-01-31T12:00"), "2027-02-28");
    assert_eq!(due_day(&plain(Quantity::Months(60)), "2024-02-29T12:00"), "2029-02-28");
    assert_eq!(due_day(&before(Quantity::Months(1)), "2027-03-31T12:00"), "2027-02-28");
}

#[test]
fn counts_backwards_from_an_appointed_day() {
    // Papers three working days before a meeting on the Tuesday after Easter 2027.
    assert_eq!(due_day(&before(Quantity::WorkingDays(3)), "2027-03-30"), "2027-03-23");
    assert_eq!(due_day(&before(Quantity::Days(7)), "2027-03-30"), "2027-03-23");
    let found = explain(&before(Quantity::WorkingDays(3)), moment("2027-03-30"), &CALENDARS).unwrap();
    assert_eq!(found.steps[1].to_string(), "Mon 29 Mar 2027  not counted: Easter Monday");
    let hours = due(&before(Quantity::Hours(48)), moment("2026-03-30T12:00"), &CALENDARS).unwrap();
    assert_eq!(hours.at, moment("2026-03-28T11:00"));
}

#[test]
fn a_date_of_the_year_is_the_next_one() {
    let rule = plain(Quantity::On { month: 8, day: 31 });
    for (from, to) in [("2026-08-30", "2026-08-31"), ("2026-08-31", "2026-08-31"), ("2026-09-01", "2027-08-31")] {
        assert_eq!(due_day(&rule, from), to);
    }
    let rule = before(Quantity::On { month: 8, day: 31 });
    assert_eq!(due_day(&rule, "2026-08-30"), "2025-08-31");
    assert_eq!(due_day(&plain(Quantity::On { month: 2, day: 29 }), "2026-01-01"), "2026-02-28");
    assert_eq!(due_day(&plain(Quantity::On { month: 2, day: 29 }), "2028-01-01"), "2028-02-29");
}

#[test]
fn a_fact_may_name_the_due_date_or_the_instant() {
    let rule = plain(Quantity::OnField("agreed_for".into()));
    let found = explain(&rule, day("2026-11-20"), &CALENDARS).unwrap();
    assert_eq!((found.at, found.day), (day("2026-11-21").start(), Some(day("2026-11-20"))));
    assert_eq!(found.steps[0].to_string(), "Fri 20 Nov 2026  the date that the fact names in its ‘agreed_for’");
    let found = explain(&rule, moment("2026-11-20T14:00"), &CALENDARS).unwrap();
    assert_eq!((found.at, found.day), (moment("2026-11-20T14:00"), None));
    assert_eq!(found.steps[0].to_string(), "Fri 20 Nov 2026  14:00 that the fact names in its ‘agreed_for’");
    assert!(matches!(due(&rule, day("2926-11-20"), &CALENDARS), Err(DueError::OutOfReach(_))));
}

#[test]
fn rolls_to_a_working_day_where_the_rule_says_so() {
    let rule = DueRule { roll: Roll::NextWorkingDay, ..plain(Quantity::Days(30)) };
    assert_eq!(due_day(&plain(Quantity::Days(30)), "2026-11-25"), "2026-12-25");
    let found = explain(&rule, moment("2026-11-25"), &CALENDARS).unwrap();
    assert_eq!(found.day, Some(day("2026-12-29")));
    let last = &found.steps[found.steps.len() - 2];
    assert_eq!(last.to_string(), "Mon 28 Dec 2026  Boxing Day (substitute): moves to the next working day");
    let backwards = DueRule { before: true, ..rule };
    assert_eq!(due_day(&backwards, "2027-01-24"), "2026-12-24");
}

#[test]
fn refuses_what_it_cannot_know() {
    let unknown = DueRule { calendar: "wales".into(), ..plain(Quantity::Days(1)) };
    assert_eq!(due(&unknown, moment("2026-01-05"), &CALENDARS), Err(DueError::UnknownCalendar("wales".into())));
    let result = due(&plain(Quantity::WorkingDays(10)), moment("2030-12-27"), &CALENDARS);
    assert!(matches!(result, Err(DueError::OutOfRange(_))));
    // Calendar days need no bank holidays.
    assert_eq!(due_day(&plain(Quantity::Days(10)), "2030-12-27"), "2031-01-06");
}

#[test]
fn reads_lengths_of_time() {
    for (text, quantity) in [
        ("24 hours", Quantity::Hours(24)),
        ("1 hour", Quantity::Hours(1)),
        (" 28 calendar  days ", Quantity::Days(28)),
        ("8 Weeks", Quantity::Weeks(8)),
        ("1 month", Quantity::Months(1)),
        ("10 working days", Quantity::WorkingDays(10)),
    ] {
        assert_eq!(parse_within(text), Ok(quantity));
    }
    for text in ["", "10", "ten days", "-1 days", "10 fortnights", "99999999 days", "10 working"] {
        assert!(parse_within(text).is_err(), "{text}");
    }
    assert_eq!(Quantity::on("02-29"), Some(Quantity::On { month: 2, day: 29 }));
    for text in ["2-29", "02-30", "13-01", "0229", ""] {
        assert_eq!(Quantity::on(text), None, "{text}");
    }
    assert_eq!(Quantity::WorkingDays(1).to_string(), "1 working day");
    assert_eq!(Quantity::On { month: 11, day: 1 }.to_string(), "1 November");
}

/// Any rule whose steps are listed day by day.
fn rules() -> impl Strategy<Value = DueRule> {
    let quantity = prop_oneof![
        (1i64..60).prop_map(Quantity::WorkingDays),
        (1i64..90).prop_map(Quantity::Days),
        (1i64..12).prop_map(Quantity::Weeks),
    ];
    (quantity, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(quantity, inclusive, before, rolls, whole)| DueRule {
            inclusive,
            before,
            roll: if rolls { Roll::NextWorkingDay } else { Roll::None },
            day_zero: if whole { DayZero::NextWorkingDay } else { DayZero::Trigger },
            ..plain(quantity)
        },
    )
}

/// Minutes after the beginning of 2016, for ten years.
fn moments() -> impl Strategy<Value = Moment> {
    (0i64..5_258_880).prop_map(|minutes| moment("2016-01-01").plus_seconds(60 * minutes))
}

proptest! {
    #[test]
    fn the_steps_lead_to_the_due_date(rule in rules(), from in moments()) {
        let found = explain(&rule, from, &CALENDARS).unwrap();
        let short = due(&rule, from, &CALENDARS).unwrap();
        prop_assert_eq!((short.at, short.day), (found.at, found.day));
        prop_assert_eq!(found.steps.last().map(|step| step.day), found.day);
        prop_assert_eq!(found.steps[0].day, from.day());
        let numbers: Vec<i64> = found.steps.iter().filter_map(|step| step.number).collect();
        let wanted = match rule.quantity {
            Quantity::Weeks(n) => 7 * n,
            Quantity::Days(n) | Quantity::WorkingDays(n) => n,
            _ => unreachable!("not among the rules"),
        };
        prop_assert_eq!(numbers, (1..=wanted).collect::<Vec<_>>());
    }

    #[test]
    fn a_later_trigger_is_never_due_earlier(rule in rules(), from in moments(), later in 0i64..100_000) {
        let first = due(&rule, from, &CALENDARS).unwrap().at;
        let second = due(&rule, from.plus_seconds(60 * later), &CALENDARS).unwrap().at;
        prop_assert!(first <= second);
    }

    #[test]
    fn backwards_undoes_forwards(days in 1i64..60, from in moments()) {
        let zero = CALENDARS.get(ENGLAND_AND_WALES).unwrap().on_or_after(from.day()).unwrap();
        let there = due(&plain(Quantity::WorkingDays(days)), zero.start(), &CALENDARS).unwrap().day.unwrap();
        let back = due(&before(Quantity::WorkingDays(days)), there.start(), &CALENDARS).unwrap().day.unwrap();
        prop_assert_eq!(back, zero);
    }

    #[test]
    fn a_rolled_date_is_a_working_day(days in 0i64..400, from in moments(), backwards in any::<bool>()) {
        let rule = DueRule { roll: Roll::NextWorkingDay, before: backwards, ..plain(Quantity::Days(days)) };
        let found = due(&rule, from, &CALENDARS).unwrap().day.unwrap();
        prop_assert!(CALENDARS.get(ENGLAND_AND_WALES).unwrap().is_working(found));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
        let _ = parse_within(&text);
        let _ = Quantity::on(&text);
    }
}
