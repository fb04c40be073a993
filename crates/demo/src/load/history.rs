//! Rows of repairs: the repair, its order, appointments, aftercare and messages, and its facts for the journal.

use super::{
    journal::{Entry, Journal},
    letters::Letters,
    photos,
    sheet::Sheet,
};
use crate::{
    Catalogue, Landlord, Priority,
    repairs::{Appointment, By, Fact, Line, Outcome, RepairLife, Stage},
    streams::{Dice, Kind},
    world::WARDS,
};
use anyhow::Result;
use rooftree_kernel::Moment;
use rooftree_platform::{documents::DOCUMENT_ADDED, signin::hash_secret};
use rooftree_repairs::declared::Item;
use rooftree_works::declared::DECLARED;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Completed works are invoiced after so many days.
const INVOICED_AFTER_DAYS: i64 = 30;
/// Variations that were asked for within so many days have their photos.
const PHOTOS_SINCE_DAYS: i64 = 30;

/// What residents ask of whoever comes.
const ACCESS: [&str; 6] = [
    "Please ring before you come.",
    "School run: not before 9:15.",
    "Works nights: not before noon.",
    "Use the side gate; the bell does not work.",
    "Carer there in the mornings.",
    "Dog will be shut in the kitchen.",
];

/// What the resident said, for about half of all reports.
fn said(item: &Item, priority: Priority, dice: &mut Dice) -> String {
    if item.words.is_empty() || dice.chance(5_000) {
        return String::new();
    }
    let words = dice.pick(&item.words);
    let since = match priority {
        Priority::Emergency => *dice.pick(&["just now", "in the last hour", "since this morning"]),
        _ => *dice.pick(&["since this morning", "since yesterday", "for about a week", "on and off", "getting worse"]),
    };
    format!("Resident says: {words}, {since}.")
}

/// What the operative wrote to a variation.
fn found(reason: &str, work: &str) -> String {
    match reason {
        "quantity" => "One more is needed than was ordered.".to_owned(),
        "wrong-diagnosis" => format!("Not what was ordered; it needs ‘{work}’."),
        "renew-not-repair" => format!("Past mending; it needs ‘{work}’."),
        "hidden" => format!("Found when it was opened up; it needs ‘{work}’."),
        _ => format!("The damage goes further than was said; it needs ‘{work}’ as well."),
    }
}

/// Writes repairs.
pub(super) struct HistoryWriter<'a> {
    land: &'a Landlord,
    catalogue: &'a Catalogue,
    letters: Letters<'a>,
    /// The names of users, as facts show them.
    names: Vec<Arc<str>>,
    system: Arc<str>,
    resident: Arc<str>,
    repair: Sheet,
    order: Sheet,
    variation: Sheet,
    line: Sheet,
    appointment: Sheet,
    inspection: Sheet,
    survey: Sheet,
    contradiction: Sheet,
    message: Sheet,
    document: Sheet,
}

impl<'a> HistoryWriter<'a> {
    pub(super) fn new(land: &'a Landlord, catalogue: &'a Catalogue, letters: Letters<'a>) -> Self {
        Self {
            land,
            catalogue,
            letters,
            names: land.providers.users.iter().map(|user| user.name.as_str().into()).collect(),
            system: "Rooftree".into(),
            resident: "Resident".into(),
            repair: Sheet::new(
                "repair",
                "id, reference, place_id, home_id, ward, reporter_id, channel, item, answers, title, description, access_notes, rate_code, trade, \
                 priority, priority_reasons, hazard, hazard_level, right_to_repair, responsibility, rechargeable, provider_id, status, \
                 stage, reported_at, reported_day, made_safe_at, completed_at, completed_day, first_visit, on_time, cancelled_at, \
                 cancelled_day, cancel_reason, recall_of, cost_pence, raised_by",
            ),
            order: Sheet::new(
                "works_order",
                "id, reference, case_id, provider_id, budget_code, status, value_pence, issued_at, accepted_at, completed_at, case_reference, \
                 title, place_id, trade, priority",
            ),
            variation: Sheet::new(
                "variation",
                "id, order_id, reason, note, value_pence, status, requested_at, requested_by, requested_by_id, decided_at, decided_by",
            ),
            line: Sheet::new(
                "order_line",
                "id, order_id, variation_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence, invoiced_pence, removed_at",
            ),
            appointment: Sheet::new(
                "appointment",
                "id, case_id, order_id, operative_id, starts_at, ends_at, window_starts_at, window_ends_at, day, status, emergency, \
                 made_at, moved_from, cancel_reason, cancelled_by, on_my_way_at, arrived_at, finished_at, outcome, outcome_reason, case_reference, \
                 title, place_id, trade, priority, ward",
            ),
            inspection: Sheet::new(
                "inspection",
                "id, case_id, selected_day, draw, done_day, done_by, passed, fail_reason, case_reference, title, place_id, person_id, ward, trade, \
                 provider_id, finished_at",
            ),
            survey: Sheet::new(
                "survey",
                "id, case_id, token_hash, sent_day, answered_day, answers, case_reference, title, place_id, person_id, finished_day",
            ),
            contradiction: Sheet::new(
                "contradiction",
                "id, repair_id, raised_day, raised_by, said, source, resolved_day, resolved_by, resolution",
            ),
            message: Sheet::new(
                "message",
                "id, channel, template, person_id, case_id, home_id, address, subject, body, status, fact_payload, created_at, sent_at, delivered_at",
            ),
            document: Sheet::new(
                "document",
                "id, sha256, name, media_type, bytes, kind, has_thumbnail, home_id, case_id, added_at, added_by",
            ),
        }
    }

    /// Writes one repair.
    pub(super) fn write(&mut self, life: RepairLife, journal: &mut Journal) -> Result<()> {
        let mut dice = Dice::new(self.land.config.seed, Kind::Rows, (4 << 40) | life.repair.number);
        self.repair(&life, &mut dice);
        self.order(&life, &mut dice);
        for appointment in &life.appointments {
            self.appointment(&life, appointment);
        }
        self.aftercare(&life);
        self.messages(&life)?;
        self.photos(&life, journal)?;
        for fact in life.facts {
            journal.push(self.entry(fact))?;
        }
        Ok(())
    }

    /// What the client sees of a variation that is to be decided, or was of late: a photo, taken a minute before it was asked for.
    fn photos(&mut self, life: &RepairLife, journal: &mut Journal) -> Result<()> {
        let long_ago = self.land.config.now.plus_seconds(-PHOTOS_SINCE_DAYS * 86_400);
        let late = life.variations.iter().filter(|one| one.requested_at > long_ago);
        let (place, case) = (self.place(life), life.repair.id);
        for (number, one) in (0_u64..).zip(late) {
            let mut dice =
                Dice::new(self.land.config.seed, Kind::Rows, (5 << 40) | (number << 32) | life.repair.number);
            let at = one.requested_at.plus_seconds(-60);
            let (id, by) = (dice.id_at(at), self.name(one.requested_by).to_owned());
            let photo = photos::of(&self.catalogue.items[one.item as usize].outcome.trade);
            let row = self.document.row().id(id).bytes(&photo.sha256).text(photo.name).text(photos::MEDIA_TYPE);
            row.big(photo.bytes).text(photos::KIND).flag(true).id(place).id(case).at(at).text(&by).end();
            let payload = photo.payload(id);
            let fact = Fact {
                name: DOCUMENT_ADDED.name,
                occurred_at: at,
                by: one.requested_by,
                home: place,
                person: None,
                case,
                payload,
            };
            journal.push(self.entry(fact))?;
        }
        Ok(())
    }

    /// The rows written since the last time, in the order in which tables refer to each other.
    pub(super) fn take(&mut self) -> [Sheet; 10] {
        [
            self.repair.take(),
            self.order.take(),
            self.variation.take(),
            self.line.take(),
            self.appointment.take(),
            self.inspection.take(),
            self.survey.take(),
            self.contradiction.take(),
            self.message.take(),
            self.document.take(),
        ]
    }

    /// The size of the rows written, in bytes.
    pub(super) fn len(&self) -> usize {
        self.repair.len() + self.line.len() + self.appointment.len() + self.message.len()
    }

    fn entry(&self, fact: Fact) -> Entry {
        let (actor, actor_name, channel) = match fact.by {
            By::System => (None, self.system.clone(), "job"),
            By::Resident => (None, self.resident.clone(), "web"),
            By::User(user) => {
                (Some(self.land.providers.users[user as usize].id), self.names[user as usize].clone(), "web")
            }
        };
        Entry {
            name: fact.name,
            recorded_at: fact.occurred_at,
            occurred_at: fact.occurred_at,
            actor,
            actor_name,
            channel,
            home: Some(fact.home),
            person: fact.person,
            case: Some(fact.case),
            payload: fact.payload,
        }
    }

    fn name(&self, by: By) -> &str {
        match by {
            By::System => &self.system,
            By::Resident => &self.resident,
            By::User(user) => &self.names[user as usize],
        }
    }

    fn place(&self, life: &RepairLife) -> Uuid {
        let world = &self.land.world;
        match (life.repair.home, life.repair.place) {
            (Some(home), _) => world.homes[home as usize].id,
            (_, Some(place)) => world.places[place as usize].id,
            _ => Uuid::nil(),
        }
    }

    fn provider(&self, life: &RepairLife) -> Option<Uuid> {
        life.order.as_ref().map(|order| self.land.providers.providers[usize::from(order.provider)].id)
    }

    fn repair(&mut self, life: &RepairLife, dice: &mut Dice) {
        let repair = &life.repair;
        let entry = &self.catalogue.items[repair.item as usize];
        let (place, provider) = (self.place(life), self.provider(life));
        let raised_by = self.name(repair.taken_by).to_owned();
        let status = match repair.stage {
            Stage::Completed => "completed",
            Stage::Cancelled => "cancelled",
            _ => "open",
        };
        let people = &self.land.people.persons;
        self.repair
            .row()
            .id(repair.id)
            .text(&format!("R-{}", repair.number))
            .id(place)
            .id_or_null(repair.home.map(|_| place))
            .text(WARDS[usize::from(repair.ward)].name)
            .id_or_null(repair.person.map(|person| people[person as usize].id))
            .text(repair.channel)
            .text(&entry.item.key)
            .json(&json!(entry.answers).to_string())
            .text(&entry.item.title)
            .text(&said(entry.item, repair.priority, dice))
            .text(if dice.chance(1_400) { ACCESS[dice.index(ACCESS.len())] } else { "" })
            .text(&entry.outcome.rate)
            .text(&entry.outcome.trade)
            .text(repair.priority.as_str())
            .json(&json!(repair.reasons).to_string())
            .text_or_null(entry.outcome.hazard.as_deref())
            .text_or_null(repair.hazard_level.as_deref())
            .text_or_null(repair.right_to_repair.as_deref())
            .text(&entry.outcome.responsibility)
            .flag(repair.rechargeable)
            .id_or_null(provider)
            .text(status)
            .text(repair.stage.key())
            .at(repair.reported_at)
            .day(repair.reported_at.day())
            .at_or_null(repair.made_safe_at)
            .at_or_null(repair.completed_at)
            .day_or_null(repair.completed_at.map(Moment::day))
            .flag_or_null(repair.first_visit)
            .flag_or_null(repair.on_time)
            .at_or_null(repair.cancelled.map(|(at, _)| at))
            .day_or_null(repair.cancelled.map(|(at, _)| at.day()))
            .text_or_null(repair.cancelled.map(|(_, reason)| reason))
            .id_or_null(repair.recall_of.map(|of| of.id))
            .big(
                life.order
                    .as_ref()
                    .filter(|_| repair.stage != Stage::Cancelled)
                    .map_or(0, crate::repairs::Order::pence),
            )
            .text(&raised_by)
            .end();
    }

    fn order(&mut self, life: &RepairLife, dice: &mut Dice) {
        let (Some(order), Some(provider)) = (&life.order, self.provider(life)) else { return };
        let status = match (life.repair.stage, order.accepted_at) {
            (Stage::Completed, _) => "completed",
            (Stage::Cancelled, _) => "cancelled",
            (_, Some(_)) => "accepted",
            _ => "issued",
        };
        let (entry, place) = (&self.catalogue.items[life.repair.item as usize], self.place(life));
        let budget = match life.repair.priority {
            Priority::Emergency => "HRA-REACTIVE-EMERGENCY",
            Priority::Urgent | Priority::Routine => "HRA-REACTIVE",
        };
        self.order
            .row()
            .id(order.id)
            .text(&format!("WO-{}", order.number))
            .id(life.repair.id)
            .id(provider)
            .text(budget)
            .text(status)
            .big(order.pence())
            .at(order.issued_at)
            .at_or_null(order.accepted_at)
            .at_or_null(life.repair.completed_at)
            .text(&format!("R-{}", life.repair.number))
            .text(&entry.item.title)
            .id(place)
            .text(&entry.outcome.trade)
            .text(life.repair.priority.as_str())
            .end();
        self.variations(life, order.id);
        let long_ago = self.land.config.now.plus_seconds(-INVOICED_AFTER_DAYS * 86_400);
        let invoiced = life.repair.completed_at.is_some_and(|at| at < long_ago);
        for line in &order.lines {
            self.line(order.id, line, dice.id_at(order.issued_at), invoiced, None);
        }
        // What was asked for and not approved stands struck out.
        for one in life.variations.iter().filter(|one| !one.decided.is_some_and(|(.., approved)| approved)) {
            let asked =
                Line { item: one.item, quantity_hundredths: 100, unit_pence: one.pence, variation: Some(one.id) };
            self.line(order.id, &asked, dice.id_at(one.requested_at), false, Some(one.requested_at));
        }
    }

    fn line(&mut self, order: Uuid, line: &Line, id: Uuid, invoiced: bool, removed: Option<Moment>) {
        let entry = &self.catalogue.items[line.item as usize];
        let value = line.unit_pence * line.quantity_hundredths / 100;
        self.line
            .row()
            .id(id)
            .id(order)
            .id_or_null(line.variation)
            .text(&entry.outcome.rate)
            .text(&DECLARED.rates_version)
            .text(entry.rate_title)
            .big(line.quantity_hundredths)
            .big(line.unit_pence)
            .big(value)
            .big_or_null(invoiced.then_some(value))
            .at_or_null(removed)
            .end();
    }

    fn variations(&mut self, life: &RepairLife, order: Uuid) {
        for one in &life.variations {
            let status = match one.decided {
                Some((_, _, true)) => "approved",
                Some(_) => "refused",
                None => "requested",
            };
            let by = self.name(one.requested_by).to_owned();
            let by_id = match one.requested_by {
                By::User(user) => Some(self.land.providers.users[user as usize].id),
                _ => None,
            };
            let decided_by = one.decided.map(|(_, by, _)| self.name(by).to_owned());
            self.variation
                .row()
                .id(one.id)
                .id(order)
                .text(one.reason)
                .text(&found(one.reason, self.catalogue.items[one.item as usize].rate_title))
                .big(one.pence)
                .text(status)
                .at(one.requested_at)
                .text(&by)
                .id_or_null(by_id)
                .at_or_null(one.decided.map(|(at, ..)| at))
                .text_or_null(decided_by.as_deref())
                .end();
        }
    }

    fn appointment(&mut self, life: &RepairLife, one: &Appointment) {
        let visit = life.visits.iter().find(|visit| visit.appointment == one.id);
        let outcome = visit.map(|visit| visit.outcome).filter(|outcome| *outcome != Outcome::UnderWay);
        let (entry, place) = (&self.catalogue.items[life.repair.item as usize], self.place(life));
        self.appointment
            .row()
            .id(one.id)
            .id(life.repair.id)
            .id_or_null(life.order.as_ref().map(|order| order.id))
            .id(self.land.providers.operatives[one.operative as usize].id)
            .at(one.starts_at)
            .at(one.ends_at)
            .at(one.window_starts_at)
            .at(one.window_ends_at)
            .day(one.starts_at.day())
            .text(one.status.key())
            .flag(one.emergency)
            .at(one.made_at)
            .id_or_null(one.moved_from)
            .text_or_null(one.cancelled.map(|(_, reason, _)| reason))
            .text_or_null(one.cancelled.map(|(_, _, by)| by))
            .at_or_null(visit.map(|visit| visit.set_off_at))
            .at_or_null(visit.and_then(|visit| visit.arrived_at))
            .at_or_null(visit.and_then(|visit| visit.left_at))
            .text_or_null(outcome.map(Outcome::key))
            .text(visit.and_then(|visit| visit.reason).unwrap_or_default())
            .text(&format!("R-{}", life.repair.number))
            .text(&entry.item.title)
            .id(place)
            .text(&entry.outcome.trade)
            .text(life.repair.priority.as_str())
            .text(WARDS[usize::from(life.repair.ward)].name)
            .end();
    }

    fn aftercare(&mut self, life: &RepairLife) {
        let repair = life.repair.id;
        let (entry, place, provider) =
            (&self.catalogue.items[life.repair.item as usize], self.place(life), self.provider(life));
        let reference = format!("R-{}", life.repair.number);
        let person = life.repair.person.map(|person| self.land.people.persons[person as usize].id);
        if let Some(one) = &life.inspection {
            let done_by = one.done.map(|(_, by, _)| self.name(by).to_owned());
            let row = self.inspection.row().id(one.id).id(repair).day(one.selected_at.day()).bytes(&one.draw);
            row.day_or_null(one.done.map(|(at, ..)| at.day()))
                .text_or_null(done_by.as_deref())
                .flag_or_null(one.done.map(|(_, _, failed)| failed.is_none()))
                .text(one.done.and_then(|(_, _, failed)| failed).unwrap_or_default())
                .text(&reference)
                .text(&entry.item.title)
                .id(place)
                .id_or_null(person)
                .text(WARDS[usize::from(life.repair.ward)].name)
                .text(&entry.outcome.trade)
                .id_or_null(provider)
                .at_or_null(life.repair.completed_at)
                .end();
        }
        if let Some(one) = &life.survey {
            // The link in the message is long used or forgotten: only a hash that nothing leads to is kept.
            let token = hash_secret(&one.id.to_string());
            let answers = one.answer.map_or_else(
                || json!({}),
                |answer| {
                    json!({
                        "score": answer.score, "clean": answer.clean, "identified": answer.identity, "no_calls": answer.no_phone,
                        "first_visit": answer.first_visit, "done": answer.done,
                    })
                },
            );
            let row = self.survey.row().id(one.id).id(repair).bytes(&token).day(one.sent_at.day());
            row.day_or_null(one.answer.map(|answer| answer.at.day()))
                .json(&answers.to_string())
                .text(&reference)
                .text(&entry.item.title)
                .id(place)
                .id_or_null(person)
                .day_or_null(life.repair.completed_at.map(Moment::day))
                .end();
        }
        if let Some(one) = &life.contradiction {
            let source = if life.survey.is_some_and(|survey| survey.answer.is_some_and(|answer| !answer.done)) {
                "survey"
            } else {
                "phone"
            };
            let person = life.repair.person.map(|person| self.land.people.persons[person as usize].name());
            let resolved_by = one.resolved.map(|(_, by, _)| self.name(by).to_owned());
            self.contradiction
                .row()
                .id(one.id)
                .id(repair)
                .day(one.raised_at.day())
                .text(person.as_deref().unwrap_or(&self.resident))
                .text("Nobody has finished this. It is the same as before.")
                .text(source)
                .day_or_null(one.resolved.map(|(at, ..)| at.day()))
                .text_or_null(resolved_by.as_deref())
                .text(one.resolved.map(|(_, _, how)| how).unwrap_or_default())
                .end();
        }
    }

    fn messages(&mut self, life: &RepairLife) -> Result<()> {
        let place = self.place(life);
        for one in &life.messages {
            let Some(person) = life.repair.person else { continue };
            let letter = self.letters.write(life, one)?;
            let days = if one.channel == "letter" { 2 } else { 0 };
            let delivered = one.sent_at.plus_seconds(days * 86_400 + 20);
            let here = delivered <= self.land.config.now;
            let about = format!(r#"{{"appointment": "{}"}}"#, one.appointment);
            self.message
                .row()
                .id(one.id)
                .text(one.channel)
                .text(one.template)
                .id(self.land.people.persons[person as usize].id)
                .id(life.repair.id)
                .id(place)
                .text(&letter.address)
                .text(&letter.subject)
                .text(&letter.body)
                .text(if here { "delivered" } else { "sent" })
                .json(&about)
                .at(one.sent_at)
                .at(one.sent_at)
                .at_or_null(here.then_some(delivered))
                .end();
        }
        Ok(())
    }
}
