use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Built once: a thousand property cases share it.
static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::built_in);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn england() -> &'static Calendar {
    CALENDARS.get(ENGLAND_AND_WALES).unwrap()
}

/// What the gov.uk file says of one nation: day and name, the substitutes marked as ours are.
fn official(file: &serde_json::Value, key: &str) -> BTreeMap<Day, String> {
    let events = file[key]["events"].as_array().unwrap();
    let name = |event: &serde_json::Value| match event["notes"].as_str().unwrap() {
        "" => event["title"].as_str().unwrap().to_owned(),
        _ => format!("{} (substitute)", event["title"].as_str().unwrap()),
    };
    events.iter().map(|event| (day(event["date"].as_str().unwrap()), name(event))).collect()
}

#[test]
fn agrees_with_gov_uk_for_2019_to_2028() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bank-holidays/bank-holidays.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {path} is absent");
        return;
    };
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let calendars = Calendars::built_in();
    for key in NATIONS {
        let ours: BTreeMap<Day, String> = calendars.get(key).unwrap().holidays().clone();
        let ours =
            ours.into_iter().filter(|(day, _)| (2019..=2028).contains(&day.0.year())).collect::<BTreeMap<_, _>>();
        assert_eq!(ours, official(&file, key), "{key}");
    }
}

#[test]
fn years_outside_the_file_follow_the_same_rules() {
    let year = |calendar: &Calendar, year: i16| -> Vec<String> {
        calendar.holidays().keys().filter(|day| day.0.year() == year).map(Day::to_string).collect()
    };
    assert_eq!(
        year(england(), 2016),
        [
            "2016-01-01",
            "2016-03-25",
            "2016-03-28",
            "2016-05-02",
            "2016-05-30",
            "2016-08-29",
            "2016-12-26",
            "2016-12-27"
        ]
    );
    assert_eq!(year(england(), 2030).len(), 8);
    let calendars = Calendars::built_in();
    let ireland = calendars.get(NORTHERN_IRELAND).unwrap();
    assert_eq!(ireland.holiday(day("2014-07-14")), Some("Battle of the Boyne (Orangemen’s Day) (substitute)"));
}

#[test]
fn the_worked_check_of_the_rules() {
    assert_eq!(england().add_working_days(day("2026-12-18"), 10), Ok(day("2027-01-06")));
    assert_eq!(england().holiday(day("2026-12-28")), Some("Boxing Day (substitute)"));
}

#[test]
fn a_holiday_anywhere_is_none_in_the_united_kingdom() {
    let calendars = Calendars::built_in();
    let united = calendars.get(UNITED_KINGDOM).unwrap();
    for free in ["2026-01-02", "2026-03-17", "2026-06-15", "2026-07-13", "2026-08-03", "2026-08-31", "2026-11-30"] {
        assert!(!united.is_working(day(free)), "{free}");
    }
    assert_eq!(united.holiday(day("2026-06-15")), Some("World Cup bank holiday, Scotland"));
    assert!(england().is_working(day("2026-03-17")));
}

#[test]
fn counting_from_a_day_nobody_works() {
    let england = england();
    let (saturday, sunday) = (day("2026-11-21"), day("2026-11-22"));
    assert_eq!(england.add_working_days(saturday, 1), Ok(day("2026-11-23")));
    assert_eq!(england.add_working_days(sunday, -1), Ok(day("2026-11-20")));
    assert_eq!(england.add_working_days(sunday, 0), Ok(sunday));
    assert_eq!(england.on_or_after(sunday), Ok(day("2026-11-23")));
    assert_eq!(england.on_or_before(sunday), Ok(day("2026-11-20")));
    assert_eq!(england.why_not_working(sunday), Some("Sunday"));
}

#[test]
fn refuses_to_count_outside_the_years_it_knows() {
    let england = england();
    assert!(england.add_working_days(day("2030-12-30"), 10).is_err());
    assert!(england.add_working_days(day("2014-01-03"), -10).is_err());
    assert!(england.add_working_days(day("2031-01-06"), 0).is_err());
    assert!(england.working_days_between(day("2013-12-31"), day("2014-02-01")).is_err());
    assert!(england.add_working_days(day("2026-01-05"), i64::MAX).is_err());
    assert!(england.add_working_days(day("2026-01-05"), i64::MIN).is_err());
    let message = england.add_working_days(day("2030-12-30"), 10).unwrap_err().to_string();
    assert!(message.contains("2030-12-31") && message.contains("import"), "{message}");
}

fn extra(calendar: &str, days: &[&str]) -> Vec<Holiday> {
    let holiday = |text: &&str| Holiday { calendar: calendar.into(), day: day(text), name: "Imported".into() };
    days.iter().map(holiday).collect()
}

#[test]
fn a_holiday_that_is_moved_is_kept_once() {
    let moved = vec![Holiday {
        calendar: ENGLAND_AND_WALES.into(),
        day: day("2027-05-08"),
        name: "Early May bank holiday (VE day)".into(),
    }];
    let words = CALENDARS.moved_by(&moved);
    assert_eq!(words, ["Early May bank holiday of 3 May 2027 moves to 8 May 2027 (England and Wales)"]);
    let calendars = CALENDARS.clone().with_extra(moved).unwrap();
    let england = calendars.get(ENGLAND_AND_WALES).unwrap();
    assert!(england.is_working(day("2027-05-03")) && england.holiday(day("2027-05-08")).is_some());
    assert!(CALENDARS.moved_by(&extra(ENGLAND_AND_WALES, &["2027-06-11"])).is_empty(), "one more day moves none");
}

const YEAR_2031: [&str; 8] =
    ["2031-01-01", "2031-04-11", "2031-04-14", "2031-05-05", "2031-05-26", "2031-08-25", "2031-12-25", "2031-12-26"];

#[test]
fn an_import_extends_the_years() {
    let calendars = Calendars::built_in().with_extra(extra(ENGLAND_AND_WALES, &YEAR_2031)).unwrap();
    let england = calendars.get(ENGLAND_AND_WALES).unwrap();
    assert_eq!(england.covered().1, day("2031-12-31"));
    assert_eq!(england.add_working_days(day("2031-04-10"), 1), Ok(day("2031-04-15")));
    // The united calendar waits for Scotland and Northern Ireland.
    assert_eq!(calendars.get(UNITED_KINGDOM).unwrap().covered().1, day("2030-12-31"));
}

#[test]
fn a_holiday_that_is_moved_leaves_its_usual_day() {
    // As on 8 May 2020: the early May holiday of 2029 moves from Monday the 7th to Tuesday the 8th.
    let year_2029 = [
        "2029-01-01",
        "2029-03-30",
        "2029-04-02",
        "2029-05-08",
        "2029-05-28",
        "2029-08-27",
        "2029-12-25",
        "2029-12-26",
    ];
    let before = Calendars::built_in();
    assert!(!before.get(ENGLAND_AND_WALES).unwrap().is_working(day("2029-05-07")));
    let moved = before.with_extra(extra(ENGLAND_AND_WALES, &year_2029)).unwrap();
    let england = moved.get(ENGLAND_AND_WALES).unwrap();
    assert!(england.is_working(day("2029-05-07")) && !england.is_working(day("2029-05-08")));
    assert!(!moved.get(SCOTLAND).unwrap().is_working(day("2029-05-07")), "only that nation's year was imported");
}

#[test]
fn a_newly_proclaimed_day_counts_in_the_united_kingdom_too() {
    let calendars = Calendars::built_in().with_extra(extra(SCOTLAND, &["2027-06-18"])).unwrap();
    for key in [SCOTLAND, UNITED_KINGDOM] {
        assert!(!calendars.get(key).unwrap().is_working(day("2027-06-18")), "{key}");
    }
    assert!(calendars.get(ENGLAND_AND_WALES).unwrap().is_working(day("2027-06-18")));
}

#[test]
fn refuses_half_a_year_a_gap_and_an_unknown_calendar() {
    let with = |key: &str, days: &[&str]| Calendars::built_in().with_extra(extra(key, days)).map(|_| ()).unwrap_err();
    assert!(matches!(
        with(ENGLAND_AND_WALES, &YEAR_2031[..3]),
        CalendarError::Incomplete { year: 2031, found: 3, least: 8, .. }
    ));
    assert!(matches!(with(SCOTLAND, &["2033-01-03"]), CalendarError::Incomplete { year: 2031, found: 0, .. }));
    assert!(matches!(with("wales", &["2031-03-01"]), CalendarError::UnknownCalendar(_)));
    assert!(matches!(with(UNITED_KINGDOM, &["2031-03-01"]), CalendarError::UnknownCalendar(_)));
    assert!(matches!(with(SCOTLAND, &["2013-01-01"]), CalendarError::TooEarly { .. }));
}

/// The n-th working day by walking one day at a time: slow and plainly right.
fn walk(calendar: &Calendar, from: Day, n: i64) -> Day {
    let (mut day, mut left) = (from, n.abs());
    while left > 0 {
        day = day.plus_days(n.signum());
        if calendar.is_working(day) {
            left -= 1;
        }
    }
    day
}

proptest! {
    #[test]
    fn the_table_counts_as_a_walk_does(offset in 400i64..5_500, n in -250i64..250, which in 0usize..4) {
        let calendar = CALENDARS.all().nth(which).unwrap();
        let from = day("2014-01-01").plus_days(offset);
        let result = calendar.add_working_days(from, n).unwrap();
        prop_assert_eq!(result, walk(calendar, from, n));
        prop_assert!(n == 0 || calendar.is_working(result));
    }

    #[test]
    fn counting_undoes_adding(offset in 400i64..5_500, n in 1i64..250) {
        let calendar = england();
        let from = day("2014-01-01").plus_days(offset);
        let to = calendar.add_working_days(from, n).unwrap();
        prop_assert_eq!(calendar.working_days_between(from, to).unwrap(), n);
        prop_assert_eq!(calendar.working_days_between(to, from).unwrap(), -n);
    }

    #[test]
    fn a_later_start_never_ends_earlier(offset in 400i64..5_500, n in 1i64..100) {
        let calendar = england();
        let from = day("2014-01-01").plus_days(offset);
        let (first, second) = (calendar.add_working_days(from, n), calendar.add_working_days(from.plus_days(1), n));
        prop_assert!(first.unwrap() <= second.unwrap());
        prop_assert!(calendar.add_working_days(from, n).unwrap() < calendar.add_working_days(from, n + 1).unwrap());
    }
}
