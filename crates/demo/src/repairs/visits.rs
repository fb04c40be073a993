//! Appointments and what happens at the door.

use super::{
    booking::{self, Plan},
    diary::{SLOT_MINUTES, Slot},
    life::{Attempt, Progress, Teller},
    rows::{Appointment, AppointmentStatus, By, Message, Outcome, Payload, Stage, Visit},
    scene::Wanted,
};
use crate::{catalogue::Priority, people::Contact};
use rooftree_kernel::Moment;
use rooftree_platform::messages::MESSAGE_SENT;
use rooftree_repairs::facts;
use uuid::Uuid;

/// Setting off and arriving are in the journal for so many days; of older visits only the outcome was kept.
const FULL_DETAIL_DAYS: i64 = 30;

impl Teller<'_, '_> {
    /// One attempt: the appointment, perhaps moved, and what happened at the door.
    pub(super) fn attempt(&mut self, mut slot: Slot, made_at: Moment, plan: &Plan, progress: Progress) -> Attempt {
        if made_at > self.now {
            return Attempt::Cut;
        }
        let first = self.life.appointments.is_empty();
        let by = By::User(*self.dice.pick(if first { &self.scene.handlers } else { &self.scene.planners }));
        let mut appointment = self.make(&slot, made_at, by, None);
        if let Some((id, later)) = self.moved(&slot, made_at, plan) {
            (appointment, slot) = (id, later);
        }
        if !self.is_emergency() && self.dice.chance(90) {
            let ends = self.scene.timeline.at(slot.day, slot.ends());
            return self.missed(ends);
        }
        self.visit(&slot, appointment, progress)
    }

    /// What the resident is told: the part of the day in which the work begins, or two hours from then.
    fn window(&self, slot: &Slot) -> (Moment, Moment) {
        let (from, to) = match slot.starts() {
            480..720 => (480, 720),
            720..1_020 => (720, 1_020),
            1_020..1_200 => (1_020, 1_200),
            starts => (starts, starts + 120),
        };
        (self.scene.timeline.at(slot.day, from), self.scene.timeline.at(slot.day, to))
    }

    /// Makes the appointment and confirms it.
    fn make(&mut self, slot: &Slot, made_at: Moment, by: By, moved_from: Option<Uuid>) -> Uuid {
        let timeline = &self.scene.timeline;
        let (starts_at, ends_at) = (timeline.at(slot.day, slot.starts()), timeline.at(slot.day, slot.ends()));
        let (window_starts_at, window_ends_at) = self.window(slot);
        let id = self.dice.id_at(made_at);
        let emergency = self.is_emergency() && self.life.visits.is_empty();
        let first = self.life.appointments.is_empty();
        self.life.appointments.push(Appointment {
            id,
            operative: slot.operative,
            starts_at,
            ends_at,
            window_starts_at,
            window_ends_at,
            made_at,
            made_by: by,
            emergency,
            status: AppointmentStatus::Booked,
            moved_from,
            cancelled: None,
        });
        self.life.repair.stage = Stage::Booked;
        let payload = Payload::default()
            .id("appointment", id)
            .at("starts_at", starts_at)
            .at("ends_at", ends_at)
            .at("window_starts_at", window_starts_at)
            .at("window_ends_at", window_ends_at)
            .flag("emergency", emergency)
            .id("operative", self.scene.land.providers.operatives[slot.operative as usize].id);
        let payload = match moved_from {
            Some(old) => payload.id("moved_from", old),
            None => payload,
        };
        self.fact(facts::APPOINTMENT_MADE.name, made_at, by, payload);
        self.confirm(id, made_at, first);
        id
    }

    /// A text (or what the person can receive), and for a first routine appointment a letter within four days.
    fn confirm(&mut self, appointment: Uuid, made_at: Moment, first: bool) {
        let Some(reporter) = self.reporter else { return };
        let person = &self.scene.land.people.persons[reporter.person as usize];
        let channel = match (person.mobile.is_some(), person.email.is_some(), person.contact) {
            (_, true, Contact::Email) => "email",
            (true, ..) => "text",
            (_, true, _) => "email",
            _ => "letter",
        };
        if !self.dice.chance(40) {
            let at = made_at.plus_seconds(self.dice.between(5, 240));
            self.message(channel, "repairs.appointment-confirmed", appointment, at);
        }
        if first && self.life.repair.priority == Priority::Routine {
            let days = if self.dice.chance(9_900) { self.dice.between(0, 1) } else { self.dice.between(5, 7) };
            let day = self.scene.timeline.day_of(made_at) + days as usize;
            let at = self.scene.timeline.at(day, 16 * 60 + self.dice.between(0, 90)).max(made_at.plus_seconds(300));
            self.message("letter", "repairs.appointment-letter", appointment, at);
        }
    }

    /// Sends a message, if that is not in the future.
    fn message(&mut self, channel: &'static str, template: &'static str, appointment: Uuid, at: Moment) {
        if at > self.now {
            return;
        }
        let id = self.dice.id_at(at);
        self.life.messages.push(Message { id, channel, template, appointment, sent_at: at });
        let payload = Payload::default().text("channel", channel).text("template", template);
        let payload = payload.id("appointment", appointment);
        self.fact(MESSAGE_SENT.name, at, By::System, payload);
    }

    /// Moves some appointments to a later day; gives the new appointment and its slot.
    fn moved(&mut self, slot: &Slot, made_at: Moment, plan: &Plan) -> Option<(Uuid, Slot)> {
        let scene = self.scene;
        let timeline = &scene.timeline;
        let made_day = timeline.day_of(made_at);
        let forced = matches!(self.call.wanted, Wanted::WorkFor { .. });
        if forced || slot.day < made_day + 2 || !self.dice.chance(760) {
            return None;
        }
        let day = self.dice.between(made_day as i64 + 1, slot.day as i64 - 1) as usize;
        let at = timeline.at(day, self.dice.between(500, 1_020));
        if at > self.now {
            return None;
        }
        let wish = timeline.open_after(slot.day, self.dice.between(1, 4) as usize);
        let mut need = self.need(plan, at);
        need.wish = if plan.late { wish } else { wish.min(plan.due.max(slot.day)) };
        let later = booking::planned(&mut self.dice, timeline, self.diary, &need)?;
        self.diary.book(&later);
        let (reason, by_whom) = *self.dice.pick(&[
            ("resident-asked", "resident"),
            ("resident-asked", "resident"),
            ("resident-asked", "resident"),
            ("operative-absent", "landlord"),
            ("emergency-came-first", "landlord"),
            ("materials", "landlord"),
        ]);
        let old = self.life.appointments.last_mut()?;
        old.status = AppointmentStatus::Cancelled;
        old.cancelled = Some((at, reason, by_whom));
        let old = old.id;
        let planner = By::User(*self.dice.pick(&scene.planners));
        let index = self.life.facts.len();
        let new = self.make(&later, at, planner, Some(old));
        let payload =
            Payload::default().id("appointment", old).text("by", by_whom).text("reason", reason).id("to", new);
        self.fact(facts::APPOINTMENT_MOVED.name, at, planner, payload);
        // The old appointment is left before the new one is made, at the same moment.
        self.life.facts[index..].rotate_right(1);
        Some((new, later))
    }

    fn missed(&mut self, ends: Moment) -> Attempt {
        if ends > self.now {
            return Attempt::Cut;
        }
        let reason = *self.dice.pick(&["operative-absent", "earlier-job-overran", "emergency-came-first", "vehicle"]);
        let Some(appointment) = self.life.appointments.last_mut() else { return Attempt::Cut };
        appointment.status = AppointmentStatus::Missed;
        let payload = Payload::default().id("appointment", appointment.id).text("reason", reason);
        self.fact(facts::APPOINTMENT_MISSED.name, ends, By::System, payload);
        self.life.repair.stage = if self.life.visits.is_empty() { Stage::Ordered } else { Stage::FollowOn };
        let later = ends.plus_seconds(self.dice.between(20, 160) * 60);
        Attempt::Again(self.office_hours(later))
    }

    fn visit(&mut self, slot: &Slot, appointment: Uuid, progress: Progress) -> Attempt {
        let timeline = &self.scene.timeline;
        let (starts, ends) = (timeline.at(slot.day, slot.starts()), timeline.at(slot.day, slot.ends()));
        let set_off_at = starts.plus_seconds(-self.dice.between(8, 25) * 60);
        if set_off_at > self.now {
            return Attempt::Cut;
        }
        let arrived_at = starts.plus_seconds(self.dice.between(0, 9) * 60 + self.dice.between(0, 59));
        let operative = slot.operative;
        let by = By::User(self.scene.land.providers.operatives[operative as usize].user);
        self.life.visits.push(Visit {
            id: self.dice.id_at(set_off_at),
            appointment,
            operative,
            set_off_at,
            arrived_at: (arrived_at <= self.now).then_some(arrived_at),
            left_at: None,
            outcome: Outcome::UnderWay,
            reason: None,
        });
        self.under_way(appointment, set_off_at, arrived_at, by);
        if arrived_at > self.now {
            return Attempt::Cut;
        }
        self.life.repair.stage = Stage::InProgress;
        let likely = if self.life.visits.len() == 1 && !self.is_emergency() { 680 } else { 250 };
        if self.life.repair.home.is_some() && self.dice.chance(likely) {
            return self.no_access(arrived_at, appointment, by);
        }
        self.end_appointment(AppointmentStatus::Kept);
        self.fact(facts::APPOINTMENT_KEPT.name, arrived_at, by, Payload::default().id("appointment", appointment));
        let minutes = i64::from(slot.length) * SLOT_MINUTES * self.dice.between(55, 92) / 100;
        let left_at = arrived_at.plus_seconds(minutes * 60).min(ends);
        if left_at > self.now {
            return Attempt::Cut;
        }
        self.left(left_at, by, appointment, progress);
        Attempt::Worked(left_at)
    }

    /// Setting off and arriving, for recent visits.
    fn under_way(&mut self, appointment: Uuid, set_off_at: Moment, arrived_at: Moment, by: By) {
        if self.now.seconds_since(set_off_at) > FULL_DETAIL_DAYS * 86_400 {
            return;
        }
        self.fact(facts::ON_MY_WAY.name, set_off_at, by, Payload::default().id("appointment", appointment));
        if arrived_at <= self.now {
            self.fact(facts::ARRIVED.name, arrived_at, by, Payload::default().id("appointment", appointment));
        }
    }

    fn no_access(&mut self, arrived_at: Moment, appointment: Uuid, by: By) -> Attempt {
        let left_at = arrived_at.plus_seconds(self.dice.between(5, 14) * 60);
        if left_at > self.now {
            return Attempt::Cut;
        }
        let reasons = ["no-answer", "no-answer", "no-answer", "asked-to-rebook", "child-only", "unwell", "dog"];
        let reason = *self.dice.pick(&reasons);
        self.end_visit(left_at, Outcome::NoAccess, Some(reason));
        self.end_appointment(AppointmentStatus::NoAccess);
        let payload = Payload::default().text("reason", reason).text("by", "resident").id("appointment", appointment);
        self.fact(facts::NO_ACCESS.name, left_at, by, payload);
        self.life.repair.stage = Stage::Ordered;
        if self.is_emergency() {
            return Attempt::Again(left_at.plus_seconds(self.dice.between(15, 60) * 60));
        }
        let later = left_at.plus_seconds(self.dice.between(30, 1_500) * 60);
        Attempt::Again(self.office_hours(later))
    }

    fn end_appointment(&mut self, status: AppointmentStatus) {
        if let Some(appointment) = self.life.appointments.last_mut() {
            appointment.status = status;
        }
    }

    fn end_visit(&mut self, left_at: Moment, outcome: Outcome, reason: Option<&'static str>) {
        if let Some(visit) = self.life.visits.last_mut() {
            (visit.left_at, visit.outcome, visit.reason) = (Some(left_at), outcome, reason);
        }
    }

    /// The operative leaves: done, made safe, or to come back.
    fn left(&mut self, left_at: Moment, by: By, appointment: Uuid, progress: Progress) {
        let about = |payload: Payload| payload.id("appointment", appointment);
        if progress.worked + 1 == progress.visits {
            self.end_visit(left_at, Outcome::Completed, None);
            if self.dice.chance(220) {
                self.variation(left_at.plus_seconds(-900), by);
            }
            return self.completed(left_at, by, progress.visits == 1);
        }
        if self.is_emergency() && progress.worked == 0 {
            let ways = ["isolated", "temporary-repair", "temporary-repair", "boarded", "temporary-heating"];
            let how = *self.dice.pick(&ways);
            self.end_visit(left_at, Outcome::MadeSafe, Some(how));
            self.life.repair.stage = Stage::MadeSafe;
            self.life.repair.made_safe_at = Some(left_at);
            self.fact(facts::MADE_SAFE.name, left_at, by, about(Payload::default()));
        } else {
            let reasons = ["part-to-order", "part-to-order", "another-trade", "ran-out-of-time", "drying-time"];
            let why = *self.dice.pick(&reasons);
            self.end_visit(left_at, Outcome::FollowOn, Some(why));
            self.life.repair.stage = Stage::FollowOn;
            self.fact(facts::FOLLOW_ON.name, left_at, by, about(Payload::default().text("reason", why)));
        }
        if self.dice.chance(2_300) {
            self.variation(left_at, by);
        }
    }

    /// Cancels before the first visit; false when the moment for it has not come.
    pub(super) fn cancelled_before(&mut self, slot: &Slot, made_at: Moment) -> bool {
        let scene = self.scene;
        let starts = scene.timeline.at(slot.day, slot.starts());
        let hours = starts.seconds_since(made_at) / 3_600;
        if hours < 3 {
            return false;
        }
        let wait = self.dice.between(1, hours - 1) * 3_600;
        let at = self.office_hours(made_at.plus_seconds(wait));
        if at > self.now || at >= starts {
            return false;
        }
        let handler = By::User(*self.dice.pick(&scene.handlers));
        let id = self.make(slot, made_at, handler, None);
        if let Some(appointment) = self.life.appointments.last_mut() {
            appointment.status = AppointmentStatus::Cancelled;
            appointment.cancelled = Some((at, "repair-ended", "landlord"));
        }
        let payload = Payload::default().id("appointment", id).text("by", "landlord").text("reason", "repair-ended");
        self.fact(facts::APPOINTMENT_CANCELLED.name, at, handler, payload);
        self.life.messages.retain(|message| message.sent_at <= at);
        self.life.facts.retain(|fact| fact.name != MESSAGE_SENT.name || fact.occurred_at <= at);
        let reason = *self.dice.pick(&[
            "resident-fixed",
            "resident-withdrew",
            "duplicate",
            "duplicate",
            "reported-in-error",
            "not-our-duty",
            "in-programme",
        ]);
        self.cancel(at, reason);
        true
    }
}
