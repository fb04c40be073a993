//! The hours in which nobody's phone is to ring.

use rooftree_kernel::Moment;

/// When a message may go: texts wait until the quiet hours are over; e-mails and letters disturb nobody. `quiet` holds the London hours
/// from which and until which it is quiet, across midnight when the second is the smaller; two equal ones mean that it is never quiet.
pub fn after_quiet_hours(now: Moment, quiet: (i8, i8), channel: &str, any_hour: bool) -> Moment {
    let (from, until) = quiet;
    let (day, hour) = (now.day(), now.london().hour());
    let across_midnight = from > until;
    let is_quiet = if across_midnight { hour >= from || hour < until } else { (from..until).contains(&hour) };
    if channel != "text" || any_hour || !is_quiet {
        return now;
    }
    let ends_on = if across_midnight && hour >= from { day.plus_days(1) } else { day };
    ends_on.at(until, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn text_at(now: &str, quiet: (i8, i8)) -> Moment {
        after_quiet_hours(at(now), quiet, "text", false)
    }

    #[test]
    fn texts_wait_out_the_quiet_hours() {
        let (late, eight) = (at("2026-11-22T21:30"), at("2026-11-23T08:00"));
        assert_eq!(text_at("2026-11-22T21:30", (20, 8)), eight);
        assert_eq!(text_at("2026-11-23T06:10", (20, 8)), eight);
        assert_eq!(text_at("2026-11-23T08:00", (20, 8)), eight);
        assert_eq!(after_quiet_hours(late, (20, 8), "text", true), late);
        assert_eq!(after_quiet_hours(late, (20, 8), "email", false), late);
    }

    #[test]
    fn quiet_hours_may_lie_within_a_day() {
        assert_eq!(text_at("2026-11-23T03:00", (0, 9)), at("2026-11-23T09:00"));
        assert_eq!(text_at("2026-11-23T12:59", (12, 14)), at("2026-11-23T14:00"));
        for awake in ["2026-11-23T11:59", "2026-11-23T14:00", "2026-11-23T23:30"] {
            assert_eq!(text_at(awake, (12, 14)), at(awake));
        }
    }

    #[test]
    fn quiet_hours_may_end_at_midnight_or_not_be() {
        assert_eq!(text_at("2026-11-23T22:10", (21, 0)), at("2026-11-24T00:00"));
        assert_eq!(text_at("2026-11-24T00:10", (21, 0)), at("2026-11-24T00:10"));
        assert_eq!(text_at("2026-11-23T03:00", (0, 0)), at("2026-11-23T03:00"));
    }
}
