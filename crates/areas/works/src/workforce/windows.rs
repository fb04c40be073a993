//! The windows that a resident is offered and told, and the words for them, by the same clock on pages and in messages and
//! letters: `08:00 to 12:00`.

use rooftree_kernel::{Day, Moment};

/// A part of the day. The landlord may change these hours; nothing else knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// 8 to 12.
    Morning,
    /// Between the school runs: 9:30 to 14:30.
    School,
    /// 12 to 17.
    Afternoon,
    /// 17 to 20, where somebody's shift reaches so far.
    Evening,
    /// 8 to 17: work that fills most of a day.
    AllDay,
    /// As soon as the operative can be there: emergencies, and times outside the parts above.
    Soon,
}

/// How wide a [`Window::Soon`] is, in seconds: what we dare to tell a resident whose operative sets out.
pub const SOON_SECONDS: i64 = 2 * 3600;
/// Work of this length or more is offered as a whole day, in minutes: what goes on after a break.
pub const ALL_DAY_MINUTES: i32 = super::diary::OVER_A_BREAK_MINUTES;

impl Window {
    /// All that may be asked for, in the order of the day.
    pub const PARTS: [Self; 5] = [Self::Morning, Self::School, Self::Afternoon, Self::Evening, Self::AllDay];

    /// As it stands in addresses and slot keys.
    pub fn key(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::School => "school-hours",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
            Self::AllDay => "all-day",
            Self::Soon => "soon",
        }
    }

    /// From [`Window::key`].
    pub fn parse(key: &str) -> Option<Self> {
        Self::PARTS.into_iter().chain([Self::Soon]).find(|window| window.key() == key)
    }

    /// What a resident is asked.
    pub fn title(self) -> &'static str {
        match self {
            Self::Morning => "Morning",
            Self::School => "Between school runs",
            Self::Afternoon => "Afternoon",
            Self::Evening => "Evening",
            Self::AllDay => "All day",
            Self::Soon => "As soon as possible",
        }
    }

    /// Its hours on a day; `None` for [`Window::Soon`], which begins when the operative can.
    pub fn hours(self, day: Day) -> Option<(Moment, Moment)> {
        let between = |from: (i8, i8), until: (i8, i8)| Some((day.at(from.0, from.1), day.at(until.0, until.1)));
        match self {
            Self::Morning => between((8, 0), (12, 0)),
            Self::School => between((9, 30), (14, 30)),
            Self::Afternoon => between((12, 0), (17, 0)),
            Self::Evening => between((17, 0), (20, 0)),
            Self::AllDay => between((8, 0), (17, 0)),
            Self::Soon => None,
        }
    }

    /// What a resident is told when work begins at this moment: the part's hours, or two hours from then.
    pub fn told(self, start: Moment) -> (Moment, Moment) {
        self.hours(start.day()).unwrap_or((start, start.plus_seconds(SOON_SECONDS)))
    }

    /// The part of the day in which work of this length would naturally begin.
    pub fn holding(start: Moment, minutes: i32) -> Self {
        let parts: &[Self] =
            if minutes >= ALL_DAY_MINUTES { &[Self::AllDay] } else { &[Self::Morning, Self::Afternoon, Self::Evening] };
        let holds = |part: &&Self| part.hours(start.day()).is_some_and(|(from, until)| from <= start && start < until);
        parts.iter().find(holds).copied().unwrap_or(Self::Soon)
    }
}

/// What pages say: `Tue 8 Dec, 08:00 to 12:00`.
pub fn brief_words(from: Moment, until: Moment) -> String {
    format!("{}, {}", from.day().0.strftime("%a %-d %b"), from.time_until(until))
}

/// What messages and letters say: `Tuesday 8 December, 08:00 to 12:00`.
pub fn when_words(from: Moment, until: Moment) -> String {
    format!("{}, {}", from.day().0.strftime("%A %-d %B"), from.time_until(until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn pages_and_letters_say_the_same_times() {
        assert_eq!(when_words(at("2026-12-08T08:00"), at("2026-12-08T12:00")), "Tuesday 8 December, 08:00 to 12:00");
        assert_eq!(brief_words(at("2026-12-08T08:00"), at("2026-12-08T12:00")), "Tue 8 Dec, 08:00 to 12:00");
    }

    #[test]
    fn a_start_has_its_part_of_the_day() {
        let holding = |time: &str, minutes| Window::holding(at(&format!("2026-12-08T{time}")), minutes);
        assert_eq!(holding("08:00", 60), Window::Morning);
        assert_eq!(holding("12:00", 60), Window::Afternoon);
        assert_eq!(holding("19:45", 60), Window::Evening);
        assert_eq!(holding("09:00", 300), Window::AllDay);
        assert_eq!(holding("22:00", 60), Window::Soon);
        assert_eq!(holding("06:00", 60), Window::Soon);
    }

    #[test]
    fn keys_read_back() {
        for window in Window::PARTS.into_iter().chain([Window::Soon]) {
            assert_eq!(Window::parse(window.key()), Some(window));
        }
        assert_eq!(Window::parse("lunch"), None);
    }
}
