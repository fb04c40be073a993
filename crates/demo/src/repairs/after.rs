//! What follows completion: survey, inspection, the tenant's word against the provider's, recalls, and the seeded errors.

use super::{
    inspection,
    life::Teller,
    rows::{Answer, By, Contradiction, Inspection, Payload, RecallOf, Stage, Survey},
    scene::{Site, Wanted},
};
use crate::{
    catalogue::Priority,
    errors::{ErrorKind, SeededError},
};
use rooftree_kernel::Moment;
use rooftree_repairs::facts;
use uuid::Uuid;

/// Answers to surveys, of ten thousand sent.
const ANSWERED_PER_10_000: u32 = 2_740;
/// Repairs that have to be done again, of ten thousand completed.
const RECALLED_PER_10_000: u32 = 310;

impl Teller<'_, '_> {
    /// The repair is done.
    pub(super) fn completed(&mut self, at: Moment, by: By, first_visit: bool) {
        let repair = &mut self.life.repair;
        repair.stage = Stage::Completed;
        repair.completed_at = Some(at);
        repair.first_visit = Some(first_visit);
        repair.on_time = Some(match repair.priority {
            Priority::Emergency => repair.made_safe_at.unwrap_or(at).seconds_since(repair.reported_at) <= 86_400,
            Priority::Urgent => self.scene.timeline.day_of(at) <= self.scene.timeline.working_after(self.call.day, 3),
            Priority::Routine => self.scene.timeline.day_of(at) <= self.scene.timeline.working_after(self.call.day, 28),
        });
        let recall = repair.recall_of.is_some();
        let mut payload =
            Payload::default().at("completed_at", at).flag("first_visit", first_visit).flag("recall", recall);
        if let Some(appointment) = self.life.visits.last().map(|visit| visit.appointment) {
            payload = payload.id("appointment", appointment);
        }
        self.fact(facts::COMPLETED.name, at, by, payload);
        self.surveyed(at);
        self.inspected(at);
    }

    /// The moment so many minutes into the day that is so many days later.
    fn later(&mut self, at: Moment, days: (i64, i64), minutes: (i64, i64)) -> Moment {
        let day = self.scene.timeline.day_of(at) + self.dice.between(days.0, days.1) as usize;
        let minute = self.dice.between(minutes.0, minutes.1);
        self.scene.timeline.at(day, minute)
    }

    fn surveyed(&mut self, completed_at: Moment) {
        let Some(person) = self.life.repair.person else { return };
        let person = &self.scene.land.people.persons[person as usize];
        let channel = match (person.mobile.is_some(), person.email.is_some()) {
            (true, _) => "text",
            (_, true) => "email",
            _ => return,
        };
        let sent_at = self.later(completed_at, (1, 1), (600, 660));
        if sent_at > self.now {
            return;
        }
        let id = self.dice.id_at(sent_at);
        self.fact(facts::SURVEY_SENT.name, sent_at, By::System, Payload::default().id("survey", id));
        let answer = self.answered(id, sent_at);
        self.life.survey = Some(Survey { id, channel, sent_at, answer });
        if let Some(answer) = answer.filter(|answer| !answer.done) {
            self.contradicted(answer.at);
        }
    }

    fn answered(&mut self, survey: Uuid, sent_at: Moment) -> Option<Answer> {
        if !self.dice.chance(ANSWERED_PER_10_000) {
            return None;
        }
        let soon = self.dice.chance(6_000);
        let at = if soon {
            sent_at.plus_seconds(self.dice.between(2, 600) * 60)
        } else {
            self.later(sent_at, (1, 6), (500, 1_300))
        };
        if at > self.now {
            return None;
        }
        let done = !self.dice.chance(190);
        let score = if done { [5, 4, 3, 2, 1][self.dice.weighted(&[54, 28, 8, 6, 4])] } else { 1 };
        let answer = Answer {
            at,
            score,
            clean: self.dice.chance(9_560),
            identity: self.dice.chance(9_650),
            no_phone: self.dice.chance(9_870),
            first_visit: self.life.repair.first_visit == Some(true) || self.dice.chance(700),
            done,
        };
        let payload = Payload::default()
            .id("survey", survey)
            .number("score", i64::from(score))
            .flag("clean", answer.clean)
            .flag("identified", answer.identity)
            .flag("no_calls", answer.no_phone)
            .flag("first_visit", answer.first_visit)
            .flag("done", done);
        self.fact(facts::SURVEY_ANSWERED.name, at, By::Resident, payload);
        Some(answer)
    }

    fn contradicted(&mut self, at: Moment) {
        let id = self.dice.id_at(at);
        let payload = Payload::default().id("contradiction", id).text("source", "survey");
        self.fact(facts::CONTRADICTION_RAISED.name, at, By::Resident, payload);
        let resolved_at = self.later(at, (1, 7), (520, 1_000));
        let how = *self.dice.pick(&["resident-right", "partly", "different-fault", "resident-agrees", "proof-shown"]);
        let officer = By::User(*self.dice.pick(&self.scene.officers));
        let resolved = (resolved_at <= self.now).then_some((resolved_at, officer, how));
        if resolved.is_some() {
            let payload = Payload::default().id("contradiction", id).text("resolution", how);
            self.fact(facts::CONTRADICTION_RESOLVED.name, resolved_at, officer, payload);
        }
        self.life.contradiction = Some(Contradiction { id, raised_at: at, resolved });
    }

    fn inspected(&mut self, completed_at: Moment) {
        let seed = inspection::seed(self.scene.land.config.seed, completed_at.day());
        let draw = inspection::draw(&seed, self.life.repair.id);
        if !inspection::picks(&draw) {
            return;
        }
        let selected_at = self.later(completed_at, (1, 1), (360, 370));
        if selected_at > self.now {
            return;
        }
        let id = self.dice.id_at(selected_at);
        self.fact(facts::INSPECTION_SELECTED.name, selected_at, By::System, Payload::default().id("inspection", id));
        let at = self.later(selected_at, (2, 16), (520, 990));
        let officer = By::User(*self.dice.pick(&self.scene.officers));
        let failed =
            self.dice.chance(620).then(|| *self.dice.pick(&["poor-work", "not-tidy", "wrong-lines", "not-done"]));
        let done = (at <= self.now).then_some((at, officer, failed));
        if done.is_some() {
            let payload = Payload::default().id("inspection", id).flag("passed", failed.is_none());
            self.fact(facts::INSPECTION_DONE.name, at, officer, payload);
        }
        self.life.inspection = Some(Inspection { id, draw, selected_at, done });
    }

    /// The call that some completed repairs lead to: the day and what is wanted then.
    pub(super) fn recall(&mut self) -> Option<(usize, Wanted)> {
        let completed_at = self.life.repair.completed_at?;
        if self.life.repair.recall_of.is_some() || self.life.error.is_some() || !self.dice.chance(RECALLED_PER_10_000) {
            return None;
        }
        if let (Site::Home(_), None) = (self.site, self.life.repair.person) {
            return None;
        }
        let reason = *self.dice.pick(&["same-fault", "same-fault", "not-finished", "poor-work", "part-failed"]);
        let of = RecallOf { id: self.life.repair.id, number: self.life.repair.number, reason };
        let day = self.scene.timeline.day_of(completed_at) + self.dice.between(2, 60) as usize;
        Some((day, Wanted::Recall { of, site: self.site, item: self.life.repair.item }))
    }

    /// Makes this repair wrong in the way asked for, if it lends itself to it.
    pub(super) fn spoil(&mut self, kind: ErrorKind) -> bool {
        let Some(completed_at) = self.life.repair.completed_at else { return false };
        let simple =
            self.life.visits.len() == 1 && self.life.contradiction.is_none() && self.life.variations.is_empty();
        if !simple || self.life.repair.recall_of.is_some() || self.life.repair.home.is_none() {
            return false;
        }
        let note = match kind {
            ErrorKind::CompletedBeforeReported => {
                let early = self.life.repair.reported_at.plus_seconds(-self.dice.between(2, 40) * 3_600);
                self.life.repair.completed_at = Some(early);
                for fact in self.life.facts.iter_mut().filter(|fact| fact.name == facts::COMPLETED.name) {
                    fact.payload.insert("completed_at".to_owned(), early.to_string().into());
                }
                format!("completed {} and reported {}", early.short(), self.life.repair.reported_at.short())
            }
            ErrorKind::CompletedWithoutVisit => {
                self.life.visits.clear();
                self.life.appointments.clear();
                self.life.messages.clear();
                let gone =
                    |name: &str| ["appointment.", "visit.", "message."].iter().any(|start| name.starts_with(start));
                self.life.facts.retain(|fact| !gone(fact.name));
                for fact in &mut self.life.facts {
                    fact.payload.remove("appointment");
                }
                format!("completed {} though nobody went", completed_at.short())
            }
            ErrorKind::CompletedButNotDone => {
                let at = self.later(completed_at, (1, 3), (540, 1_100));
                if at > self.now {
                    return false;
                }
                let id = self.dice.id_at(at);
                let payload = Payload::default().id("contradiction", id).text("source", "phone");
                self.fact(facts::CONTRADICTION_RAISED.name, at, By::Resident, payload);
                self.life.facts.sort_by_key(|fact| fact.occurred_at);
                self.life.contradiction = Some(Contradiction { id, raised_at: at, resolved: None });
                "the provider says done, the tenant says not, and nobody has decided".to_owned()
            }
            _ => {
                let Some(order) = &mut self.life.order else { return false };
                order.lines.clear();
                format!("order WO-{} has no rate line", order.number)
            }
        };
        let (subject, number) = (self.life.repair.id, self.life.repair.number);
        self.life.error = Some(SeededError { kind, subject, reference: format!("R-{number}"), note });
        true
    }
}
