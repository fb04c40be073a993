//! What may follow what at a visit, and when it counts as having happened. Pure.

use rooftree_kernel::Moment;

/// What a phone without signal recorded may be this old when it arrives, in seconds.
pub const PHONE_SECONDS_MAX: i64 = 48 * 3600;
/// What came back on paper may be this old, in seconds.
pub const PAPER_SECONDS_MAX: i64 = 31 * 86_400;
/// A phone's clock may run ahead by this, in seconds; what it says is then taken as now.
const CLOCK_AHEAD_SECONDS_MAX: i64 = 300;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Agreed with the resident.
    Booked,
    /// The operative has set off.
    OnMyWay,
    /// The operative is at the home.
    Arrived,
    /// Ended: the danger is over, work remains. What remains may still be done at the same visit.
    MadeSafe,
    /// Ended: nobody let us in.
    NoAccess,
    /// Ended: another visit follows.
    FollowOn,
    /// Ended: work waits for materials.
    AwaitingMaterials,
    /// Ended: the work is done.
    Completed,
    /// Ended: nobody of ours came.
    NotAttended,
    /// Ended, as an import or an older program recorded it.
    Ended,
    /// Called off.
    Cancelled,
}

impl State {
    /// From the columns of an appointment.
    pub fn of(status: &str, outcome: Option<&str>, on_my_way: bool, arrived: bool, finished: bool) -> Self {
        match (status, outcome) {
            ("cancelled", _) => Self::Cancelled,
            (_, Some("completed")) => Self::Completed,
            (_, Some("made-safe")) => Self::MadeSafe,
            (_, Some("follow-on")) => Self::FollowOn,
            (_, Some("awaiting-materials")) => Self::AwaitingMaterials,
            (_, Some("no-access")) | ("no-access", _) => Self::NoAccess,
            ("missed", None) if !arrived => Self::NotAttended,
            _ if finished => Self::Ended,
            _ if arrived => Self::Arrived,
            _ if on_my_way => Self::OnMyWay,
            _ => Self::Booked,
        }
    }

    /// In plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Booked => "Booked",
            Self::OnMyWay => "On the way",
            Self::Arrived => "At the home",
            Self::MadeSafe => "Made safe",
            Self::NoAccess => "No access",
            Self::FollowOn => "Follow-on needed",
            Self::AwaitingMaterials => "Waiting for materials",
            Self::Completed => "Done",
            Self::NotAttended => "Not attended",
            Self::Ended => "Ended",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The operative has been at the door.
    pub fn has_arrived(self) -> bool {
        !matches!(self, Self::Booked | Self::OnMyWay | Self::NotAttended | Self::Cancelled)
    }

    /// Nothing more is expected of it.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Booked | Self::OnMyWay | Self::Arrived)
    }
}

/// What somebody does at a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sets off.
    SetOff,
    /// Is at the door.
    Arrive,
    /// Could not get in.
    NoAccess,
    /// Ends the danger.
    MakeSafe,
    /// Leaves work for another visit.
    FollowOn,
    /// Leaves, to wait for materials.
    AwaitMaterials,
    /// Finishes the work.
    Complete,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SetOff,
        Self::Arrive,
        Self::NoAccess,
        Self::MakeSafe,
        Self::FollowOn,
        Self::AwaitMaterials,
        Self::Complete,
    ];

    /// The state it leads to.
    pub fn leads_to(self) -> State {
        match self {
            Self::SetOff => State::OnMyWay,
            Self::Arrive => State::Arrived,
            Self::NoAccess => State::NoAccess,
            Self::MakeSafe => State::MadeSafe,
            Self::FollowOn => State::FollowOn,
            Self::AwaitMaterials => State::AwaitingMaterials,
            Self::Complete => State::Completed,
        }
    }

    /// The word kept as the appointment's outcome, for an action that ends the visit.
    pub fn outcome(self) -> Option<&'static str> {
        match self {
            Self::SetOff | Self::Arrive => None,
            Self::NoAccess => Some("no-access"),
            Self::MakeSafe => Some("made-safe"),
            Self::FollowOn => Some("follow-on"),
            Self::AwaitMaterials => Some("awaiting-materials"),
            Self::Complete => Some("completed"),
        }
    }
}

/// What an action comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is recorded now.
    Go,
    /// It was recorded before: a phone sent it twice, or late. Nothing changes.
    Already,
}

/// Decides whether an action may follow. The refusal says what to do instead.
pub fn step(state: State, action: Action) -> Result<Step, &'static str> {
    use Action as A;
    use State as S;
    if state == action.leads_to() {
        return Ok(Step::Already);
    }
    match (state, action) {
        (S::Cancelled, _) => Err("This appointment was cancelled. Ring the planner before you do anything."),
        (S::Ended, _) => Err("This visit has ended. Ring the planner if something is to be added."),
        (S::NotAttended, _) => Err("The office noted that nobody came to this appointment. Ring the planner."),
        // Earlier steps that arrive after later ones: the queue of a phone that had no signal.
        (state, A::SetOff | A::Arrive) if state.has_arrived() => Ok(Step::Already),
        (S::Booked, A::SetOff) | (S::Booked | S::OnMyWay, A::Arrive | A::NoAccess) | (S::Arrived, A::NoAccess) => {
            Ok(Step::Go)
        }
        (S::Booked | S::OnMyWay, _) => Err("Say first that you have arrived."),
        (S::Arrived | S::MadeSafe, A::FollowOn | A::AwaitMaterials | A::Complete) | (S::Arrived, A::MakeSafe) => {
            Ok(Step::Go)
        }
        (S::MadeSafe, _) => Err("You have been in: this visit was recorded as made safe."),
        (S::Completed, _) => Err("This visit was recorded as done. Ring the planner if that is wrong."),
        (S::FollowOn | S::AwaitingMaterials, _) => {
            Err("This visit has ended and another follows. Ring the planner if that is wrong.")
        }
        (S::NoAccess, _) => Err("This visit was recorded as no access. Ring the planner if you got in after all."),
        (S::Arrived, A::SetOff | A::Arrive) => Ok(Step::Already),
    }
}

/// How an arrival compares with what the resident was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Punctual {
    /// Before the window: kept when the resident lets us in, no ground for ‘no access’.
    Early,
    /// Within it.
    InTime,
    /// After it: the appointment was missed, even though we came.
    Late,
}

/// Compares an arrival with the window; its last moment still counts.
pub fn punctual(window_starts: Moment, window_ends: Moment, arrived: Moment) -> Punctual {
    if arrived < window_starts {
        Punctual::Early
    } else if arrived <= window_ends {
        Punctual::InTime
    } else {
        Punctual::Late
    }
}

/// Nobody has to be in before the hours that they were told. Whoever came early otherwise has asked the resident first; to an emergency one
/// comes without asking.
pub fn is_too_early_for_no_access(window_starts: Moment, at: Moment, has_arrived: bool, may_come_early: bool) -> bool {
    at < window_starts && (!has_arrived || may_come_early)
}

/// When something counts as having happened: now, or the moment that the phone (or the paper) gives, within bounds.
pub fn happened(now: Moment, given: Option<Moment>, made_at: Moment, back_seconds_max: i64) -> Result<Moment, String> {
    let Some(given) = given else { return Ok(now) };
    if given.seconds_since(now) > CLOCK_AHEAD_SECONDS_MAX {
        return Err("the time lies in the future: check the clock".to_owned());
    }
    if now.seconds_since(given) > back_seconds_max {
        return Err(format!(
            "the time is more than {} hours ago: ring the planner, who can record it",
            back_seconds_max / 3600
        ));
    }
    if given < made_at {
        return Err("the time lies before this appointment was made".to_owned());
    }
    Ok(given.min(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn no_access_waits_for_the_hours_told_unless_the_resident_agreed_to_an_early_visit() {
        let early = |now: &str, arrived, emergency| {
            is_too_early_for_no_access(at("2026-12-08T08:00"), at(&format!("2026-12-08T{now}")), arrived, emergency)
        };
        assert!(early("07:59", false, false) && early("07:59", false, true) && early("07:59", true, true));
        assert!(!early("07:59", true, false) && !early("08:00", false, false) && !early("08:00", true, true));
    }

    /// Folds actions; a refusal or a repeat changes nothing.
    fn run(actions: &[Action]) -> State {
        actions.iter().fold(State::Booked, |state, action| match step(state, *action) {
            Ok(Step::Go) => action.leads_to(),
            _ => state,
        })
    }

    #[test]
    fn a_visit_goes_from_booked_to_done() {
        let mut state = State::Booked;
        for action in [Action::SetOff, Action::Arrive, Action::Complete] {
            assert_eq!(step(state, action), Ok(Step::Go), "{state:?} {action:?}");
            assert_eq!(step(action.leads_to(), action), Ok(Step::Already));
            state = action.leads_to();
        }
        assert!(state.is_over() && state.has_arrived());
    }

    #[test]
    fn nothing_is_done_before_the_door() {
        for action in [Action::MakeSafe, Action::FollowOn, Action::AwaitMaterials, Action::Complete] {
            assert!(step(State::Booked, action).is_err());
            assert!(step(State::OnMyWay, action).is_err());
        }
        assert_eq!(
            step(State::Booked, Action::NoAccess),
            Ok(Step::Go),
            "no access in three taps does not ask for an arrival first"
        );
    }

    #[test]
    fn what_was_made_safe_may_still_be_finished_at_the_same_visit() {
        assert_eq!(run(&[Action::Arrive, Action::MakeSafe, Action::Complete]), State::Completed);
        assert_eq!(run(&[Action::Arrive, Action::MakeSafe, Action::FollowOn]), State::FollowOn);
        assert!(step(State::MadeSafe, Action::NoAccess).is_err());
    }

    #[test]
    fn a_cancelled_or_ended_visit_takes_nothing() {
        for action in Action::ALL {
            assert!(step(State::Cancelled, action).is_err());
            assert!(step(State::Ended, action).is_err());
        }
        assert!(step(State::Completed, Action::NoAccess).is_err());
        assert!(step(State::NoAccess, Action::Complete).is_err());
        assert!(step(State::NotAttended, Action::Arrive).is_err());
    }

    #[test]
    fn the_state_follows_from_the_columns() {
        let of = |status, outcome, way, arrived, finished| State::of(status, outcome, way, arrived, finished);
        assert_eq!(of("booked", None, false, false, false), State::Booked);
        assert_eq!(of("booked", None, true, false, false), State::OnMyWay);
        assert_eq!(of("kept", None, true, true, false), State::Arrived);
        assert_eq!(of("missed", None, false, true, false), State::Arrived, "late, but there");
        assert_eq!(of("missed", None, true, false, false), State::NotAttended);
        assert_eq!(of("missed", Some("no-access"), false, true, true), State::NoAccess);
        assert_eq!(of("no-access", None, false, true, true), State::NoAccess, "as the demo and imports have it");
        assert_eq!(of("kept", None, true, true, true), State::Ended);
        assert_eq!(of("kept", Some("made-safe"), true, true, true), State::MadeSafe);
        assert_eq!(of("cancelled", None, true, false, false), State::Cancelled);
    }

    #[test]
    fn kept_means_within_the_window_that_the_resident_was_told() {
        let (from, to) = (at("2026-12-08T08:00"), at("2026-12-08T12:00"));
        assert_eq!(punctual(from, to, at("2026-12-08T07:59")), Punctual::Early);
        assert_eq!(punctual(from, to, from), Punctual::InTime);
        assert_eq!(punctual(from, to, to), Punctual::InTime);
        assert_eq!(punctual(from, to, at("2026-12-08T12:01")), Punctual::Late);
    }

    #[test]
    fn a_phone_may_be_two_days_late_and_no_more() {
        let (now, made) = (at("2026-12-08T12:00"), at("2026-12-01T09:00"));
        let when = |text: &str| happened(now, Some(at(text)), made, PHONE_SECONDS_MAX);
        assert_eq!(happened(now, None, made, PHONE_SECONDS_MAX), Ok(now));
        assert_eq!(when("2026-12-07T10:00"), Ok(at("2026-12-07T10:00")));
        assert_eq!(when("2026-12-06T12:00"), Ok(at("2026-12-06T12:00")));
        assert!(when("2026-12-06T11:59").unwrap_err().contains("48 hours"));
        assert_eq!(when("2026-12-08T12:04"), Ok(now), "a clock that runs ahead a little");
        assert!(when("2026-12-08T12:06").is_err());
        assert!(happened(now, Some(at("2026-12-07T10:00")), at("2026-12-07T11:00"), PHONE_SECONDS_MAX).is_err());
    }

    fn any_action() -> impl Strategy<Value = Action> {
        prop::sample::select(Action::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn sending_everything_twice_changes_nothing(actions in prop::collection::vec(any_action(), 0..12)) {
            let twice: Vec<Action> = actions.iter().flat_map(|action| [*action, *action]).collect();
            prop_assert_eq!(run(&actions), run(&twice));
        }

        #[test]
        fn the_queue_sent_again_changes_nothing(actions in prop::collection::vec(any_action(), 0..12)) {
            let again: Vec<Action> = actions.iter().chain(&actions).copied().collect();
            let (once, more) = (run(&actions), run(&again));
            // Only what was made safe can go further, and only by what was tried too early the first time.
            prop_assert!(once == more || !once.is_over() || once == State::MadeSafe);
        }

        #[test]
        fn an_outcome_stays(actions in prop::collection::vec(any_action(), 0..12), more in prop::collection::vec(any_action(), 0..12)) {
            let state = run(&actions);
            let all: Vec<Action> = actions.iter().chain(&more).copied().collect();
            if state.is_over() && state != State::MadeSafe {
                prop_assert_eq!(run(&all), state);
            }
        }

        #[test]
        fn nobody_finishes_without_having_arrived(actions in prop::collection::vec(any_action(), 0..12)) {
            let state = run(&actions);
            if matches!(state, State::Completed | State::FollowOn | State::AwaitingMaterials | State::MadeSafe) {
                prop_assert!(actions.contains(&Action::Arrive));
            }
        }

        #[test]
        fn what_counts_lies_between_the_booking_and_now(now in 0i64..10_000_000, given in 0i64..10_000_000, made in 0i64..10_000_000) {
            let moment = |seconds: i64| Moment::from_micros(seconds * 1_000_000);
            if let Ok(found) = happened(moment(now), Some(moment(given)), moment(made), PHONE_SECONDS_MAX) {
                prop_assert!(found <= moment(now) && (found >= moment(made) || found == moment(now)));
            }
        }
    }
}
