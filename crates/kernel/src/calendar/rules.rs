//! Bank holidays by rule, and the days that were moved or proclaimed once.
//!
//! Sources: Banking and Financial Dealings Act 1971, Schedule 1; St Andrew's Day Bank Holiday (Scotland) Act 2007; royal
//! proclamations as listed on gov.uk/bank-holidays.

use crate::Day;
use jiff::civil::{Weekday, date};
use std::collections::BTreeMap;

/// A part of the United Kingdom with bank holidays of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nation {
    EnglandAndWales,
    Scotland,
    NorthernIreland,
}

/// The bank holidays of one year.
pub(super) fn holidays(nation: Nation, year: i16) -> BTreeMap<Day, String> {
    let mut table = Table::default();
    let on = |month, day| Day(date(year, month, day));
    let easter = easter_sunday(year);

    table.place(on(1, 1), "New Year’s Day");
    if nation == Nation::Scotland {
        table.place(on(1, 2), "2nd January");
    }
    if nation == Nation::NorthernIreland {
        table.place(on(3, 17), "St Patrick’s Day");
        table.place(on(7, 12), "Battle of the Boyne (Orangemen’s Day)");
    }
    table.place(easter.plus_days(-2), "Good Friday");
    if nation != Nation::Scotland {
        table.place(easter.plus_days(1), "Easter Monday");
    }
    spring(&mut table, year);
    table.place(summer(nation, year), "Summer bank holiday");
    if nation == Nation::Scotland {
        table.place(on(11, 30), "St Andrew’s Day");
    }
    christmas(&mut table, year);
    for (day, name) in proclaimed(nation, year) {
        table.place(day, name);
    }
    table.0
}

/// The holidays placed so far.
#[derive(Default)]
struct Table(BTreeMap<Day, String>);

impl Table {
    /// Puts a holiday on its day or, when that is a weekend or already taken, on the next free weekday as a substitute.
    fn place(&mut self, day: Day, name: &str) {
        let mut placed = day;
        while is_weekend(placed) || self.0.contains_key(&placed) {
            placed = placed.plus_days(1);
        }
        let name = if placed == day { name.to_owned() } else { format!("{name} (substitute)") };
        self.0.insert(placed, name);
    }
}

/// The two May holidays, which two anniversaries moved.
fn spring(table: &mut Table, year: i16) {
    match year {
        2020 => table.place(Day(date(2020, 5, 8)), "Early May bank holiday (VE day)"),
        _ => table.place(monday_from(year, 5, 1), "Early May bank holiday"),
    }
    match year {
        2022 => table.place(Day(date(2022, 6, 2)), "Spring bank holiday"),
        _ => table.place(monday_from(year, 5, 25), "Spring bank holiday"),
    }
}

/// The first Monday of August in Scotland, the last elsewhere.
fn summer(nation: Nation, year: i16) -> Day {
    monday_from(year, 8, if nation == Nation::Scotland { 1 } else { 25 })
}

/// When Christmas Day is a Sunday, Boxing Day keeps its Monday and Christmas Day moves to the Tuesday.
fn christmas(table: &mut Table, year: i16) {
    let christmas_day = Day(date(year, 12, 25));
    let boxing_day = christmas_day.plus_days(1);
    if christmas_day.0.weekday() == Weekday::Sunday {
        table.place(boxing_day, "Boxing Day");
        table.place(christmas_day, "Christmas Day");
    } else {
        table.place(christmas_day, "Christmas Day");
        table.place(boxing_day, "Boxing Day");
    }
}

/// Days that were proclaimed once.
fn proclaimed(nation: Nation, year: i16) -> Vec<(Day, &'static str)> {
    match (year, nation) {
        (2022, _) => vec![
            (Day(date(2022, 6, 3)), "Platinum Jubilee bank holiday"),
            (Day(date(2022, 9, 19)), "Bank Holiday for the State Funeral of Queen Elizabeth II"),
        ],
        (2023, _) => vec![(Day(date(2023, 5, 8)), "Bank holiday for the coronation of King Charles III")],
        (2026, Nation::Scotland) => vec![(Day(date(2026, 6, 15)), "World Cup bank holiday")],
        _ => Vec::new(),
    }
}

/// Saturday or Sunday.
pub(super) fn is_weekend(day: Day) -> bool {
    matches!(day.0.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The first Monday on or after a day of the month.
fn monday_from(year: i16, month: i8, day: i8) -> Day {
    let from = date(year, month, day);
    Day(from).plus_days(i64::from((7 - from.weekday().to_monday_zero_offset()) % 7))
}

/// Easter Sunday in the Gregorian calendar, by the anonymous (Meeus/Jones/Butcher) computus.
fn easter_sunday(year: i16) -> Day {
    let y = i32::from(year);
    let (golden, century, in_century) = (y % 19, y / 100, y % 100);
    let lunar_correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - lunar_correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let month_and_day = epact + weekday - 7 * late + 114;
    // 21 March to 25 April: both numbers fit an i8.
    Day(date(year, (month_and_day / 31) as i8, (month_and_day % 31 + 1) as i8))
}
