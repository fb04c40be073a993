//! Tells one repair from the report to the last visit, and stops where the present cuts it off.

use super::{
    booking::{self, Need, Plan},
    diary::{Diary, SLOT_MINUTES, Slot},
    rows::{By, Fact, Line, Order, Payload, Repair, RepairLife, Stage, Variation},
    scene::{Call, Reporter, Scene, Site, Wanted},
};
use crate::{
    catalogue::{DiagnosisItem, Priority},
    providers::Team,
    streams::Dice,
};
use rooftree_kernel::Moment;
use rooftree_repairs::facts;
use uuid::Uuid;

/// How many of ten thousand repairs one visit finishes.
const FIRST_VISIT_PER_10_000: u32 = 8_450;
/// How many of ten thousand repairs that are no emergency end without work.
const CANCELLED_PER_10_000: u32 = 500;

/// Tells one repair.
pub(super) struct Teller<'s, 'a> {
    pub scene: &'s Scene<'a>,
    pub diary: &'s mut Diary,
    pub dice: Dice,
    pub now: Moment,
    pub life: RepairLife,
    pub site: Site,
    pub reporter: Option<Reporter>,
    pub team: Team,
    /// A visit takes so many quarters of an hour.
    pub length: u32,
    pub call: Call,
}

/// What became of an attempt to visit.
pub(super) enum Attempt {
    /// The operative did the work of a visit and left then.
    Worked(Moment),
    /// Nothing came of it; book again from then on.
    Again(Moment),
    /// The present cut it off.
    Cut,
}

/// How far the visits have come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Visits at which work was done.
    pub worked: usize,
    /// Visits that the work takes.
    pub visits: usize,
    /// Attempts since then that came to nothing.
    pub failed: usize,
}

impl<'s, 'a> Teller<'s, 'a> {
    /// Opens the repair: who, what, where, how urgent.
    pub(super) fn open(scene: &'s Scene<'a>, diary: &'s mut Diary, mut dice: Dice, call: Call, number: u64) -> Self {
        let (item, site) = scene.subject(&mut dice, &call);
        let reporter = scene.reporter(&mut dice, site, call.day);
        let team = scene.team(&mut dice, item, diary);
        let decision = scene.decide(item, reporter, call.day);
        let entry = &scene.items[item as usize];
        let (home, place) = match site {
            Site::Home(home) => (Some(home), None),
            Site::Block { place, .. } => (None, Some(place)),
        };
        let channel = channel(&mut dice, scene, &call);
        let taken_by = match channel {
            "web" => By::Resident,
            _ => By::User(*dice.pick(&scene.handlers)),
        };
        let repair = Repair {
            id: dice.id_at(call.at),
            number,
            item,
            home,
            place,
            ward: scene.ward(site),
            person: reporter.map(|reporter| reporter.person),
            tenancy: reporter.map(|reporter| reporter.tenancy),
            channel,
            priority: decision.priority,
            reasons: decision.reasons,
            hazard_level: decision.hazard_level,
            right_to_repair: scene.right_to_repair(item, reporter, call.day),
            reported_at: call.at,
            taken_by,
            stage: Stage::Ordered,
            made_safe_at: None,
            completed_at: None,
            first_visit: None,
            on_time: None,
            cancelled: None,
            recall_of: if let Wanted::Recall { of, .. } = call.wanted { Some(of) } else { None },
            rechargeable: entry.outcome.recharge_possible,
        };
        let length = entry.visit_minutes().div_ceil(SLOT_MINUTES as u32);
        let now = scene.land.config.now;
        Self { scene, diary, dice, now, life: RepairLife::new(repair), site, reporter, team, length, call }
    }

    /// Tells it all. `order_number` is the number of the works order.
    pub(super) fn tell(mut self, order_number: u64) -> Self {
        self.reported();
        self.visits(order_number);
        self.life.facts.sort_by_key(|fact| fact.occurred_at);
        self
    }

    fn visits(&mut self, order_number: u64) {
        let Some(accepted_at) = self.ordered(order_number) else { return };
        let emergency = self.is_emergency();
        let right_days = self.right_days();
        let plan =
            Plan::draw(&mut self.dice, &self.scene.timeline, self.call.day, self.life.repair.priority, right_days);
        let mut progress = Progress { worked: 0, visits: self.visits_needed(), failed: 0 };
        let certain = emergency || matches!(self.call.wanted, Wanted::WorkFor { .. });
        let mut cancels = !certain && self.dice.chance(CANCELLED_PER_10_000);
        let mut made_at = self.first_booking_at(accepted_at);
        for _ in 0..8 {
            let Some(slot) = self.slot(&plan, made_at, progress) else { return };
            self.diary.book(&slot);
            if std::mem::take(&mut cancels) && self.cancelled_before(&slot, made_at) {
                return;
            }
            match self.attempt(slot, made_at, &plan, progress) {
                Attempt::Cut => return,
                Attempt::Again(at) => {
                    progress.failed += 1;
                    made_at = at;
                    if progress.failed == 3 && !emergency {
                        return self.cancel(at, "no-access-repeated");
                    }
                }
                Attempt::Worked(at) => {
                    progress = Progress { worked: progress.worked + 1, failed: 0, ..progress };
                    made_at = self.next_booking_at(at);
                    if progress.worked == progress.visits {
                        return;
                    }
                }
            }
        }
    }

    /// The Right to Repair period in working days.
    fn right_days(&self) -> Option<usize> {
        match self.life.repair.right_to_repair.as_deref()? {
            "one-day" => Some(1),
            "three-days" => Some(3),
            "seven-days" => Some(7),
            _ => None,
        }
    }

    /// True when it must be made safe within a day.
    pub(super) fn is_emergency(&self) -> bool {
        self.life.repair.priority == Priority::Emergency
    }

    /// The id of the home or block.
    pub(super) fn place_id(&self) -> Uuid {
        match self.site {
            Site::Home(home) => self.scene.land.world.homes[home as usize].id,
            Site::Block { place, .. } => self.scene.land.world.places[place as usize].id,
        }
    }

    /// Records a fact of this repair.
    pub(super) fn fact(&mut self, name: &'static str, at: Moment, by: By, payload: Payload) {
        let home = self.place_id();
        let person = self.life.repair.person.map(|person| self.scene.land.people.persons[person as usize].id);
        let case = self.life.repair.id;
        self.life.facts.push(Fact { name, occurred_at: at, by, home, person, case, payload: payload.0 });
    }

    fn reported(&mut self) {
        let scene = self.scene;
        let (at, by) = (self.call.at, self.life.repair.taken_by);
        let entry = &scene.items[self.life.repair.item as usize];
        let repair = &self.life.repair;
        let priority = repair.priority.as_str();
        let mut payload = Payload::default()
            .text("priority", priority)
            .texts("reasons", repair.reasons.iter().map(|reason| reason.reason.as_str()))
            .maybe("right_to_repair", repair.right_to_repair.as_deref())
            .text("trade", &entry.outcome.trade)
            .text("channel", repair.channel)
            .maybe("hazard", entry.outcome.hazard.as_deref())
            .maybe("hazard_level", repair.hazard_level.as_deref())
            .text("rate", &entry.outcome.rate)
            .text("item", &entry.item.key);
        if let Some(of) = repair.recall_of {
            payload = payload.id("recall_of", of.id);
        }
        let recall = repair.recall_of.map(|of| (of.id, Payload::default().id("recall", repair.id)));
        self.fact(facts::REPORTED.name, at, by, payload);
        if let Some((earlier, payload)) = recall {
            self.fact(facts::RECALLED.name, at, by, payload);
            if let Some(fact) = self.life.facts.last_mut() {
                fact.case = earlier;
            }
        }
    }

    /// Issues the order with the report; gives the moment the provider accepted it, unless the present comes first.
    fn ordered(&mut self, number: u64) -> Option<Moment> {
        let emergency = self.is_emergency();
        let provider = self.provider();
        let item = self.life.repair.item;
        let lines = self.lines(item);
        let issued_at = self.call.at;
        let order = Order { id: self.dice.id_at(issued_at), number, provider, issued_at, accepted_at: None, lines };
        let id = order.id;
        let payload = Payload::default()
            .id("order", id)
            .id("provider", self.scene.land.providers.providers[usize::from(provider)].id)
            .number("value_pence", order.pence());
        self.life.order = Some(order);
        self.fact(facts::ORDER_ISSUED.name, issued_at, self.life.repair.taken_by, payload);
        let minutes = match (emergency, provider) {
            (true, _) => self.dice.between(1, 12),
            (_, 0) => self.dice.between(4, 80),
            _ => self.dice.between(20, 300),
        };
        let accepted_at = issued_at.plus_seconds(minutes * 60);
        let accepted_at = if emergency { accepted_at } else { self.office_hours(accepted_at) };
        if accepted_at > self.now {
            return None;
        }
        if let Some(order) = &mut self.life.order {
            order.accepted_at = Some(accepted_at);
        }
        let planner = By::User(*self.dice.pick(&self.scene.planners));
        self.fact(facts::ORDER_ACCEPTED.name, accepted_at, planner, Payload::default().id("order", id));
        Some(accepted_at)
    }

    fn provider(&self) -> u8 {
        let operatives = &self.scene.land.providers.operatives;
        operatives.iter().find(|operative| operative.team == self.team).map_or(0, |operative| operative.provider)
    }

    fn lines(&mut self, item: u32) -> Vec<Line> {
        let items = self.scene.items;
        let line = |item: u32, quantity: i64| {
            let (quantity_hundredths, unit_pence) = (quantity * 100, items[item as usize].pence);
            Line { item, quantity_hundredths, unit_pence, variation: None }
        };
        let quantity = if self.dice.chance(900) { self.dice.between(2, 3) } else { 1 };
        let mut lines = vec![line(item, quantity)];
        if self.dice.chance(2_000) {
            let second = self.scene.demand.same_trade(&mut self.dice, item);
            if items[second as usize].outcome.rate != items[item as usize].outcome.rate {
                lines.push(line(second, 1));
            }
        }
        lines
    }

    fn visits_needed(&mut self) -> usize {
        if self.dice.chance(FIRST_VISIT_PER_10_000) {
            1
        } else if self.dice.chance(8_200) {
            2
        } else {
            3
        }
    }

    /// The moment itself in office hours, else early on the next open day.
    pub(super) fn office_hours(&mut self, at: Moment) -> Moment {
        let timeline = &self.scene.timeline;
        let day = timeline.day_of(at);
        let minute = timeline.minute_of(day, at);
        if timeline.is_open(day) && (480..1_050).contains(&minute) {
            return at;
        }
        let next = if timeline.is_open(day) && minute < 480 { day } else { timeline.open_after(day, 1) };
        timeline.at(next, 480 + self.dice.between(2, 90))
    }

    fn first_booking_at(&mut self, accepted_at: Moment) -> Moment {
        if self.is_emergency() || self.dice.chance(8_600) {
            return accepted_at.plus_seconds(60);
        }
        let later = accepted_at.plus_seconds(self.dice.between(60, 1_900) * 60);
        self.office_hours(later)
    }

    /// The next visit is agreed at the door, or by the planner in the days that follow.
    fn next_booking_at(&mut self, left_at: Moment) -> Moment {
        if self.dice.chance(5_500) {
            return left_at.plus_seconds(600);
        }
        let later = left_at.plus_seconds(self.dice.between(120, 3_000) * 60);
        self.office_hours(later)
    }

    /// What a visit after that moment needs.
    pub(super) fn need(&self, plan: &Plan, after: Moment) -> Need {
        Need {
            team: self.team,
            ward: self.life.repair.ward,
            length: self.length,
            priority: self.life.repair.priority,
            after,
            wish: self.scene.timeline.day_of(after),
            due: plan.due,
        }
    }

    fn slot(&mut self, plan: &Plan, after: Moment, progress: Progress) -> Option<Slot> {
        let timeline = &self.scene.timeline;
        let day = timeline.day_of(after);
        let fresh = progress.worked == 0 && progress.failed == 0;
        if let (Wanted::WorkFor { operative, day: target }, true) = (self.call.wanted, fresh)
            && day < target
            && let Some(slot) = self.diary.find_for(operative, target, self.length)
        {
            return Some(slot);
        }
        let mut need = self.need(plan, after);
        if self.is_emergency() && progress.worked == 0 {
            return booking::emergency(&mut self.dice, timeline, self.diary, &need);
        }
        if self.is_emergency() {
            need.wish = timeline.open_after(day, self.dice.between(1, 7) as usize);
            need.due = timeline.open_after(need.wish, 5);
            need.priority = Priority::Urgent;
        } else if progress.failed > 0 {
            let soon = timeline.open_after(day, self.dice.between(1, 3) as usize);
            need.wish = if plan.late { soon } else { soon.min(plan.due).max(day) };
        } else {
            need.wish = plan.wish(self.call.day, progress.worked + 1, progress.visits).max(day);
        }
        if plan.late {
            need.due = timeline.open_after(need.wish, 6);
        }
        booking::planned(&mut self.dice, timeline, self.diary, &need)
    }

    /// The provider asks for more; the client decides within two working days.
    pub(super) fn variation(&mut self, at: Moment, by: By) {
        let Some(order) = self.life.order.as_ref().map(|order| order.id) else { return };
        let item = self.scene.demand.beside(&mut self.dice, self.life.repair.item);
        let items = self.scene.items;
        let (ordered, found) = (&items[self.life.repair.item as usize], &items[item as usize]);
        let pence = found.pence;
        let reason = *self.dice.pick(why_more(ordered, found));
        let id = self.dice.id_at(at);
        let about = || Payload::default().id("variation", id).id("order", order);
        self.fact(facts::VARIATION_REQUESTED.name, at, by, about().number("value_pence", pence).text("reason", reason));
        let later = at.plus_seconds(self.dice.between(20, 2_600) * 60);
        let decided_at = self.office_hours(later);
        let officer = By::User(*self.dice.pick(&self.scene.officers));
        let approved = self.dice.chance(9_200);
        let decided = (decided_at <= self.now).then_some((decided_at, officer, approved));
        if decided.is_some() {
            self.fact(facts::VARIATION_DECIDED.name, decided_at, officer, about().flag("approved", approved));
            if approved && let Some(order) = &mut self.life.order {
                order.lines.push(Line { item, quantity_hundredths: 100, unit_pence: pence, variation: Some(id) });
            }
        }
        self.life.variations.push(Variation { id, reason, pence, item, requested_at: at, requested_by: by, decided });
    }

    /// Ends the repair without work.
    pub(super) fn cancel(&mut self, at: Moment, reason: &'static str) {
        if at > self.now {
            return;
        }
        self.life.repair.stage = Stage::Cancelled;
        self.life.repair.cancelled = Some((at, reason));
        let by = By::User(*self.dice.pick(&self.scene.handlers));
        if let Some(order) = self.life.order.as_ref().map(|order| order.id) {
            self.fact(facts::ORDER_CANCELLED.name, at, by, Payload::default().id("order", order));
        }
        self.fact(facts::CANCELLED.name, at, by, Payload::default().text("reason", reason));
    }
}

/// The reasons of the list `variation` that suit what was found besides what was ordered.
fn why_more(ordered: &DiagnosisItem, found: &DiagnosisItem) -> &'static [&'static str] {
    let says = |entry: &DiagnosisItem, words: &[&str]| {
        let title = entry.rate_title.to_lowercase();
        words.iter().any(|word| title.contains(word))
    };
    if found.outcome.rate == ordered.outcome.rate {
        &["quantity"]
    } else if found.item.key == ordered.item.key {
        // Other answers to the same questions: somebody has asked or answered them wrongly.
        &["wrong-diagnosis"]
    } else if says(found, &["renew", "replace"]) && !says(ordered, &["renew", "replace"]) {
        &["renew-not-repair"]
    } else if says(found, &["trace", "survey", "test", "inspect", "behind", "under"]) {
        &["hidden"]
    } else {
        &["more-extensive", "hidden"]
    }
}

impl RepairLife {
    /// A repair of which nothing is known but the report.
    fn new(repair: Repair) -> Self {
        Self {
            repair,
            order: None,
            appointments: Vec::new(),
            visits: Vec::new(),
            variations: Vec::new(),
            survey: None,
            inspection: None,
            contradiction: None,
            messages: Vec::new(),
            facts: Vec::new(),
            error: None,
        }
    }
}

fn channel(dice: &mut Dice, scene: &Scene<'_>, call: &Call) -> &'static str {
    let minute = scene.timeline.minute_of(call.day, call.at);
    let office = scene.timeline.is_working(call.day) && (480..1_080).contains(&minute);
    let weights = if office { [62, 22, 7, 2, 7] } else { [52, 48, 0, 0, 0] };
    ["phone", "web", "in-person", "councillor", "operative"][dice.weighted(&weights)]
}
