use super::*;
use crate::workforce::diary::{Busy, Shift, TRAVEL_SECONDS};
use proptest::prelude::*;

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn id(number: u128) -> OperativeId {
    OperativeId(uuid::Uuid::from_u128(number))
}

fn provider(number: u128) -> ProviderId {
    ProviderId(uuid::Uuid::from_u128(number))
}

/// A plumber for Lye Valley, Monday to Friday, 8 to 16:30.
fn plumber(number: u128) -> Operative {
    Operative {
        id: id(number),
        name: format!("Operative {number}"),
        provider: provider(1),
        trades: vec!["plumber".into()],
        wards: vec!["Lye Valley".into()],
        shifts: (1..=5).map(|weekday| Shift { weekday, from_minute: 480, until_minute: 990, on_call: false }).collect(),
        busy: vec![],
    }
}

fn ask(priority: Priority, from: &str) -> SlotAsk {
    SlotAsk {
        trade: "plumber".into(),
        ward: "Lye Valley".into(),
        minutes: 60,
        priority,
        provider: None,
        from: at(from),
        days: 14,
    }
}

fn job(from: &str, until: &str) -> Busy {
    Busy { from: at(from), until: at(until), ward: Some("Hinksey Park".into()) }
}

#[test]
fn a_free_week_offers_the_parts_of_several_days_in_order() {
    let slots = choose(&[plumber(1)], &ask(Priority::Routine, "2026-12-07T07:00"), None);
    let words: Vec<String> = slots.iter().take(4).map(Slot::words).collect();
    assert_eq!(words[0], "Mon 7 Dec, 08:00 to 12:00");
    assert_eq!(words[1], "Mon 7 Dec, 09:30 to 14:30");
    assert_eq!(words[2], "Mon 7 Dec, 12:00 to 17:00");
    assert_eq!(words[3], "Tue 8 Dec, 08:00 to 12:00");
    assert_eq!(slots.len(), CHOICES_MAX);
    assert!(slots.iter().all(|slot| slot.window != Window::Evening), "the shift ends at 16:30");
}

#[test]
fn the_patch_comes_first_and_another_is_the_second_choice() {
    let mut far = plumber(1);
    far.wards = vec!["Headington".into()];
    let mut own = plumber(2);
    own.busy = vec![job("2026-12-07T08:00", "2026-12-07T12:00")];
    let slots = choose(&[far, own], &ask(Priority::Routine, "2026-12-07T05:00"), None);
    let (morning, afternoon) = (&slots[0], slots.iter().find(|slot| slot.window == Window::Afternoon).unwrap());
    assert_eq!((morning.operative, morning.own_patch), (id(1), false));
    assert_eq!((afternoon.operative, afternoon.own_patch), (id(2), true));
    assert_eq!(afternoon.starts_at, at("2026-12-07T12:15"), "the drive from the job before is counted");
}

#[test]
fn nobody_comes_on_a_bank_holiday_unless_it_is_an_emergency() {
    let routine = choose(&[plumber(1)], &ask(Priority::Routine, "2026-12-25T07:00"), None);
    assert_eq!(routine[0].day.to_string(), "2026-12-29", "25 and 28 December are bank holidays, 26 and 27 a weekend");
    let emergency = choose(&[plumber(1)], &ask(Priority::Emergency, "2026-12-25T07:00"), None);
    assert_eq!(emergency[0].starts_at, at("2026-12-25T08:00"));
}

#[test]
fn an_emergency_gets_the_soonest_even_if_that_is_now() {
    let mut at_a_job = plumber(1);
    at_a_job.busy = vec![job("2026-12-07T09:00", "2026-12-07T10:30")];
    let mut far = plumber(2);
    far.wards.clear();
    let slots = choose(&[at_a_job, far], &ask(Priority::Emergency, "2026-12-07T10:02"), None);
    assert_eq!((slots[0].operative, slots[0].starts_at), (id(2), at("2026-12-07T10:05")));
    assert_eq!((slots[1].operative, slots[1].starts_at), (id(1), at("2026-12-07T10:45")));
    assert_eq!(slots[0].hours(), "10:05 to 12:05");
}

#[test]
fn an_emergency_at_night_goes_to_the_rota() {
    let mut rota = plumber(2);
    rota.wards.clear();
    rota.shifts =
        (1..=7).map(|weekday| Shift { weekday, from_minute: 1020, until_minute: 1439, on_call: true }).collect();
    let slots = choose(&[plumber(1), rota], &ask(Priority::Emergency, "2026-12-07T22:00"), None);
    assert_eq!((slots[0].operative, slots[0].starts_at), (id(2), at("2026-12-07T22:00")));
    assert_eq!((slots[1].operative, slots[1].starts_at), (id(1), at("2026-12-08T08:00")));
    let mut rota = plumber(2);
    rota.shifts.iter_mut().for_each(|shift| shift.on_call = true);
    assert!(
        choose(&[rota], &ask(Priority::Urgent, "2026-12-07T07:00"), None).is_empty(),
        "work that can wait is not planned into the rota"
    );
}

#[test]
fn half_a_days_work_goes_on_after_lunch_and_short_work_keeps_out_of_it() {
    let mut lunch = plumber(1);
    lunch.shifts = vec![
        Shift { weekday: 1, from_minute: 480, until_minute: 750, on_call: false },
        Shift { weekday: 1, from_minute: 780, until_minute: 990, on_call: false },
    ];
    let offered = |minutes| {
        choose(
            std::slice::from_ref(&lunch),
            &SlotAsk { minutes, days: 1, ..ask(Priority::Routine, "2026-12-07T05:00") },
            None,
        )
    };
    assert_eq!(offered(480)[0].starts_at, at("2026-12-07T08:00"));
    lunch.busy = vec![job("2026-12-07T08:00", "2026-12-07T11:45")];
    let short = choose(&[lunch], &SlotAsk { days: 1, ..ask(Priority::Routine, "2026-12-07T05:00") }, None);
    assert_eq!(short[0].starts_at, at("2026-12-07T13:00"), "12:00 to 13:00 would run into lunch");
}

#[test]
fn between_school_runs_the_work_is_over_in_time() {
    let mut busy = plumber(1);
    busy.busy = vec![job("2026-12-07T09:00", "2026-12-07T13:00")];
    let all =
        choose(&[busy], &SlotAsk { minutes: 90, ..ask(Priority::Routine, "2026-12-07T05:00") }, Some(Window::School));
    assert_eq!(all[0].day.to_string(), "2026-12-08", "13:15 to 14:45 would keep a parent from the school gate");
}

#[test]
fn long_work_is_a_whole_day() {
    let slots = choose(&[plumber(1)], &SlotAsk { minutes: 420, ..ask(Priority::Routine, "2026-12-07T05:00") }, None);
    assert!(slots.iter().all(|slot| slot.window == Window::AllDay && slot.hours() == "08:00 to 17:00"));
    assert!(
        choose(&[plumber(1)], &SlotAsk { minutes: 600, ..ask(Priority::Routine, "2026-12-07T05:00") }, None).is_empty()
    );
}

#[test]
fn a_slot_after_the_promise_is_known() {
    let slots = choose(&[plumber(1)], &ask(Priority::Urgent, "2026-12-07T05:00"), None);
    assert!(!slots[0].is_after(Some(at("2026-12-07T09:00"))) && slots[0].is_after(Some(at("2026-12-07T08:59"))));
    assert!(!slots[0].is_after(None));
}

#[test]
fn keys_read_back_and_nonsense_does_not() {
    let slot = &choose(&[plumber(1)], &ask(Priority::Routine, "2026-12-07T05:00"), None)[0];
    assert_eq!(parse_key(&slot.key()), Some((slot.operative, slot.starts_at, Some(Window::Morning))));
    let bare = format!("{}@{}", slot.operative, slot.starts_at.as_micros());
    assert_eq!(parse_key(&bare), Some((slot.operative, slot.starts_at, None)));
    for wrong in
        ["", "x@1@morning", &format!("{bare}@lunch"), &format!("{bare}@morning@x"), &slot.operative.to_string()]
    {
        assert_eq!(parse_key(wrong), None, "{wrong}");
    }
}

#[test]
fn a_slot_that_slipped_by_a_few_minutes_is_found_again() {
    let ask = ask(Priority::Emergency, "2026-12-07T10:04");
    let slot = again(&plumber(1), at("2026-12-07T10:00"), Window::Soon, &ask).unwrap();
    assert_eq!(slot.starts_at, at("2026-12-07T10:05"));
    let mut taken = plumber(1);
    taken.busy = vec![job("2026-12-07T10:00", "2026-12-07T12:00")];
    assert_eq!(again(&taken, at("2026-12-07T10:00"), Window::Soon, &ask), None);
    let later = again(&taken, at("2026-12-07T14:00"), Window::Afternoon, &ask).unwrap();
    assert_eq!(later.starts_at, at("2026-12-07T14:00"));
}

// ---- properties ----

const MONDAY: &str = "2026-12-07T00:00";

fn busy() -> impl Strategy<Value = Busy> {
    (0i64..14 * 96, 1i64..20, any::<bool>()).prop_map(|(start, length, job)| {
        let from = at(MONDAY).plus_seconds(start * 900);
        Busy { from, until: from.plus_seconds(length * 900), ward: job.then(|| "Hinksey Park".to_owned()) }
    })
}

fn operative() -> impl Strategy<Value = Operative> {
    let shift = (1i32..=7, 0i32..92, 1i32..48, any::<bool>()).prop_map(|(weekday, from, length, on_call)| Shift {
        weekday,
        from_minute: from * 15,
        until_minute: ((from + length) * 15).min(1439),
        on_call,
    });
    let trades = prop::sample::subsequence(vec!["plumber", "electrician", "roofer"], 0..=3);
    let wards = prop::sample::subsequence(vec!["Lye Valley", "Headington"], 0..=2);
    (any::<u128>(), 1u128..3, trades, wards, prop::collection::vec(shift, 0..9), prop::collection::vec(busy(), 0..25))
        .prop_map(|(number, employer, trades, wards, shifts, mut busy)| {
            busy.sort_by_key(|busy| busy.from);
            Operative {
                id: id(number),
                name: "O".into(),
                provider: provider(employer),
                trades: trades.into_iter().map(str::to_owned).collect(),
                wards: wards.into_iter().map(str::to_owned).collect(),
                shifts,
                busy,
            }
        })
}

fn asks() -> impl Strategy<Value = SlotAsk> {
    let priority = prop::sample::select(Priority::ALL.to_vec());
    (1i32..600, priority, prop::option::of(1u128..3), 0i64..9 * 288, 1i64..14).prop_map(
        |(minutes, priority, employer, from, days)| SlotAsk {
            trade: "plumber".into(),
            ward: "Lye Valley".into(),
            minutes,
            priority,
            provider: employer.map(provider),
            from: at(MONDAY).plus_seconds(from * 300),
            days,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_slot_is_free_on_shift_and_of_the_trade(operatives in prop::collection::vec(operative(), 0..6), ask in asks()) {
        let slots = choose(&operatives, &ask, None);
        prop_assert!(slots.len() <= CHOICES_MAX);
        prop_assert!(slots.windows(2).all(|pair| pair[0].day <= pair[1].day));
        for slot in &slots {
            let who = operatives.iter().find(|operative| operative.id == slot.operative).unwrap();
            prop_assert!(who.trades.contains(&"plumber".to_owned()));
            prop_assert!(ask.provider.is_none_or(|provider| who.provider == provider));
            prop_assert!(slot.starts_at >= ask.from && slot.ends_at.seconds_since(slot.starts_at) == i64::from(ask.minutes) * 60);
            prop_assert!(slot.window_starts_at <= slot.starts_at && slot.starts_at < slot.window_ends_at);
            // Inside one shift: told again from the shifts themselves.
            let day_start = slot.day.start();
            let minute = |moment: Moment| moment.seconds_since(day_start) / 60;
            let weekday = i32::from(slot.day.0.weekday().to_monday_one_offset());
            let mut free: Vec<bool> = vec![false; 1440];
            for shift in who.shifts.iter().filter(|s| s.weekday == weekday && (ask.priority == Priority::Emergency || !s.on_call)) {
                let until = if shift.until_minute == 1439 { 1440 } else { shift.until_minute };
                free[shift.from_minute as usize..until as usize].fill(true);
            }
            // Half a day's work may bridge breaks, of at most an hour each.
            let worked = &free[minute(slot.starts_at) as usize..minute(slot.ends_at) as usize];
            let bridged = if ask.minutes >= ALL_DAY_MINUTES { 60 } else { 0 };
            prop_assert!(worked.chunk_by(|a, b| a == b).all(|run| run[0] || run.len() <= bridged), "{slot:?}");
            for busy in &who.busy {
                let gap = if busy.ward.is_some() { TRAVEL_SECONDS } else { 0 };
                let apart = slot.ends_at.seconds_since(busy.from) <= -gap || slot.starts_at.seconds_since(busy.until) >= gap;
                prop_assert!(apart, "{slot:?} meets {busy:?}");
            }
        }
    }

    #[test]
    fn no_qualified_operative_could_come_sooner_to_an_emergency(operatives in prop::collection::vec(operative(), 1..4), ask in asks()) {
        let ask = SlotAsk { priority: Priority::Emergency, days: 2, ..ask };
        let slots = choose(&operatives, &ask, None);
        let bound = slots.first().map_or(ask.from.day().plus_days(2).start(), |slot| slot.starts_at);
        let mut start = crate::workforce::diary::on_grid(ask.from, SOON_STEP_SECONDS);
        while start < bound {
            let end = start.plus_seconds(i64::from(ask.minutes) * 60);
            for operative in operatives.iter().filter(|o| o.has("plumber") && ask.provider.is_none_or(|p| o.provider == p)) {
                let on_shift = operative.shifts_on(start.day(), true).iter().any(|(opens, closes)| *opens <= start && end <= *closes);
                prop_assert!(!(on_shift && operative.clash(start, end).is_none()), "free at {start}");
            }
            start = start.plus_seconds(SOON_STEP_SECONDS);
        }
    }

    #[test]
    fn what_is_taken_is_not_offered_again(operative in operative(), ask in asks()) {
        let mut operative = Operative { trades: vec!["plumber".into()], ..operative };
        let ask = SlotAsk { provider: None, ..ask };
        for _ in 0..4 {
            let Some(slot) = choose(std::slice::from_ref(&operative), &ask, None).into_iter().next() else { break };
            prop_assert!(again(&operative, slot.starts_at, slot.window, &ask).is_some());
            prop_assert!(operative.clash(slot.starts_at, slot.ends_at).is_none());
            operative.take(slot.starts_at, slot.ends_at, "Lye Valley");
        }
        let jobs: Vec<&Busy> = operative.busy.iter().filter(|busy| busy.ward.as_deref() == Some("Lye Valley")).collect();
        prop_assert!(jobs.windows(2).all(|pair| pair[0].until.plus_seconds(TRAVEL_SECONDS) <= pair[1].from));
    }
}
