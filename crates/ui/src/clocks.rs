//! A promise's clock as people see it: when it is due, how much is left, and whether it is kept.

use crate::icons::{Icon, icon};
use maud::{Markup, html};
use rooftree_kernel::{Day, Moment, time::is_at_risk};

/// Where a promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// Running with time in hand.
    OnTrack,
    /// Running; due soon.
    AtRisk,
    /// Running; the due moment has passed.
    Breached,
    /// Stopped in time.
    Met,
    /// Stopped after the due moment.
    Late,
    /// Ended before it was due by what nobody will mend: an appointment that was missed.
    NotKept,
    /// Not counting at present.
    Paused,
    /// Called off: it no longer counts.
    Cancelled,
}

impl ClockState {
    /// The state in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::OnTrack => "On track",
            Self::AtRisk => "At risk",
            Self::Breached => "Overdue",
            Self::Met => "Met",
            Self::Late => "Met late",
            Self::NotKept => "Not kept",
            Self::Paused => "Paused",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The suffix of the class.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::OnTrack => "on-track",
            Self::AtRisk => "at-risk",
            Self::Breached => "breached",
            Self::Met => "met",
            Self::Late | Self::NotKept => "late",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::OnTrack | Self::Paused => Icon::Clock,
            Self::AtRisk | Self::Breached => Icon::Alert,
            Self::Met | Self::Late => Icon::Check,
            Self::Cancelled | Self::NotKept => Icon::Cross,
        }
    }

    /// The state that follows from the moments of a clock that runs or was stopped.
    pub fn of(started: Moment, due: Due, stopped: Option<Moment>, now: Moment) -> Self {
        match stopped {
            Some(stopped) if due.is_late(stopped) => Self::Late,
            Some(_) => Self::Met,
            None if due.is_late(now) => Self::Breached,
            None if is_at_risk(started, due.moment(), now) => Self::AtRisk,
            None => Self::OnTrack,
        }
    }
}

/// When a promise falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At an instant: promises in hours.
    At(Moment),
    /// By the end of a day: promises in days.
    By(Day),
}

impl Due {
    /// By the end of the day where a promise counts in days, at the instant where it counts in hours.
    pub fn of(at: Moment, day: Option<Day>) -> Self {
        day.map_or(Self::At(at), Self::By)
    }

    /// Whether an instant is too late: the whole of the last day is in time, and the midnight after it, which is how the next day's date
    /// reads, is not.
    pub fn is_late(self, at: Moment) -> bool {
        match self {
            Self::At(moment) => at > moment,
            Self::By(day) => at.day() > day,
        }
    }

    /// The instant at which the time is over.
    pub fn moment(self) -> Moment {
        match self {
            Self::At(moment) => moment,
            Self::By(day) => day.end(),
        }
    }

    /// `Fri 18 Dec 2026, 16:05` or `Fri 18 Dec 2026`.
    pub fn text(self) -> String {
        match self {
            Self::At(moment) => moment.long(),
            Self::By(day) => day.short(),
        }
    }
}

/// A promise to show.
#[derive(Clone, Debug)]
pub struct Clock {
    /// What was promised, such as `Made safe within 24 hours`.
    pub label: String,
    /// When it began.
    pub started: Moment,
    /// When it is due.
    pub due: Due,
    /// When it stopped, if it has.
    pub stopped: Option<Moment>,
    /// Where it stands; [`ClockState::of`] works it out.
    pub state: ClockState,
    /// Where its steps are explained.
    pub href: Option<String>,
}

impl Clock {
    /// A clock whose state follows from the moments.
    pub fn new(label: impl Into<String>, started: Moment, due: Due, stopped: Option<Moment>, now: Moment) -> Self {
        let state = ClockState::of(started, due, stopped, now);
        Self { label: label.into(), started, due, stopped, state, href: None }
    }

    /// What is left or over, in words: `3 h 20 min left`, `2 days over`, `4 h in hand` when it was met.
    pub fn time_left(&self, now: Moment) -> String {
        let end = self.due.moment();
        let seconds = end.seconds_since(self.stopped.unwrap_or(now));
        let length = duration_words(seconds.unsigned_abs());
        match (self.state, seconds >= 0) {
            (ClockState::Paused | ClockState::Cancelled | ClockState::NotKept, _) => self.state.label().to_owned(),
            (ClockState::Met, _) => format!("{length} in hand"),
            (_, true) => format!("{length} left"),
            (_, false) => format!("{length} over"),
        }
    }

    /// How much of the time is used, in thousandths, from 0 to 1000.
    pub fn used_thousandths(&self, now: Moment) -> i64 {
        let whole = self.due.moment().seconds_since(self.started).max(1);
        let used = self.stopped.unwrap_or(now).seconds_since(self.started);
        (used.max(0).saturating_mul(1000) / whole).min(1000)
    }
}

/// A length of time in the two units that matter: `2 days 3 h`, `3 h 20 min`, `12 min`.
pub fn duration_words(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let plural = if days == 1 { "" } else { "s" };
    match (days, hours, minutes) {
        (0, 0, 0) => "under 1 min".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1..=6, 1.., _) => format!("{days} day{plural} {hours} h"),
        _ => format!("{days} day{plural}"),
    }
}

/// The clock in a line: state and time left; the due moment is in its accessible text.
pub fn pill(clock: &Clock, now: Moment) -> Markup {
    let spoken = format!("{}: {}, due {}, ", clock.label, clock.state.label(), clock.due.text());
    let inner = html! {
        (icon(clock.state.icon()))
        span.govuk-visually-hidden { (spoken) }
        span.rt-clock__left { (clock.time_left(now)) }
    };
    html! {
        @if let Some(href) = &clock.href {
            a class={ "rt-clock rt-clock--" (clock.state.suffix()) } href=(href) title=(clock.due.text()) { (inner) }
        } @else {
            span class={ "rt-clock rt-clock--" (clock.state.suffix()) } title=(clock.due.text()) { (inner) }
        }
    }
}

/// The state alone, for a crowded table.
pub fn state_tag(state: ClockState) -> Markup {
    html! { span class={ "rt-clock rt-clock--" (state.suffix()) } { (icon(state.icon())) (state.label()) } }
}

/// The clock in full: what was promised, due when, how much is used.
pub fn card(clock: &Clock, now: Moment) -> Markup {
    html! {
        div class={ "rt-clock-card rt-clock-card--" (clock.state.suffix()) } {
            div.rt-clock-card__top {
                p.rt-clock-card__label {
                    @if let Some(href) = &clock.href { a href=(href) { (clock.label) } } @else { (clock.label) }
                }
                (state_tag(clock.state))
            }
            p.rt-clock-card__left { (clock.time_left(now)) }
            (progress(clock.used_thousandths(now), 1000, &format!("{}: time used", clock.label), clock.state.suffix()))
            p.rt-clock-card__due {
                "Due " time datetime=(clock.due.moment()) { (clock.due.text()) }
                @if let Some(stopped) = clock.stopped { " · done " time datetime=(stopped) { (stopped.long()) } }
            }
        }
    }
}

/// A bar filled in part. `label` says what it measures; `class` is a clock's suffix, or `brand`.
pub fn progress(done: i64, total: i64, label: &str, class: &str) -> Markup {
    let total = total.max(1);
    let percent = done.clamp(0, total).saturating_mul(100) / total;
    html! {
        svg class={ "rt-bar rt-bar--" (class) } viewBox="0 0 100 4" preserveAspectRatio="none" role="img"
            aria-label={ (label) ", " (percent) "%" } {
            rect.rt-bar__track x="0" y="0" width="100" height="4" {}
            rect.rt-bar__fill x="0" y="0" width=(percent) height="4" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn the_state_follows_from_the_moments() {
        let (start, due) = (at("2026-12-18T16:05"), Due::At(at("2026-12-19T16:05")));
        let state = |stopped: Option<&str>, now| ClockState::of(start, due, stopped.map(at), at(now));
        assert_eq!(state(None, "2026-12-18T17:00"), ClockState::OnTrack);
        assert_eq!(state(None, "2026-12-19T11:10"), ClockState::OnTrack);
        assert_eq!(state(None, "2026-12-19T11:20"), ClockState::AtRisk);
        assert_eq!(state(None, "2026-12-19T16:06"), ClockState::Breached);
        assert_eq!(state(Some("2026-12-19T16:05"), "2026-12-25T00:00"), ClockState::Met);
        assert_eq!(state(Some("2026-12-19T16:06"), "2026-12-25T00:00"), ClockState::Late);
    }

    #[test]
    fn time_left_reads_as_people_say_it() {
        let now = at("2026-12-18T12:00");
        let clock = |due: &str, stopped| Clock::new("x", at("2026-12-17T12:00"), Due::At(at(due)), stopped, now);
        assert_eq!(clock("2026-12-18T15:20", None).time_left(now), "3 h 20 min left");
        assert_eq!(clock("2026-12-20T15:20", None).time_left(now), "2 days 3 h left");
        assert_eq!(clock("2026-12-18T11:59", None).time_left(now), "1 min over");
        assert_eq!(clock("2026-12-18T12:00", Some(at("2026-12-18T08:00"))).time_left(now), "4 h in hand");
        assert_eq!(duration_words(86_400 * 10 + 3600), "10 days");
    }

    #[test]
    fn a_day_is_in_time_until_it_ends() {
        let due = Due::By("2026-12-18".parse().unwrap());
        assert_eq!(due.moment(), at("2026-12-19T00:00"));
        assert_eq!(due.text(), "Fri 18 Dec 2026");
        let stopped = |at_: &str| ClockState::of(at("2026-12-10T09:00"), due, Some(at(at_)), at("2026-12-25T00:00"));
        assert_eq!(stopped("2026-12-18T23:59"), ClockState::Met);
        // What is dated the next day is late, as the engine counts it.
        assert_eq!(stopped("2026-12-19T00:00"), ClockState::Late);
    }

    #[test]
    fn the_pill_speaks_and_the_bar_is_bounded() {
        let now = at("2026-12-18T12:00");
        let clock = Clock::new("Made safe <b>", at("2026-12-17T12:00"), Due::At(at("2026-12-18T15:00")), None, now);
        let html = pill(&clock, now).into_string();
        assert!(html.contains("Made safe &lt;b&gt;: At risk, due Fri 18 Dec 2026, 15:00"));
        assert!(progress(500, 100, "x", "brand").into_string().contains("width=\"100\""));
        assert!(progress(-5, 0, "x", "brand").into_string().contains("width=\"0\""));
    }
}
