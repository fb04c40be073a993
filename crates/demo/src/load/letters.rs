//! The words that residents were sent: the declared templates with their blanks filled.

use crate::{
    Catalogue, Landlord,
    repairs::{Message, RepairLife},
};
use anyhow::{Context, Result};
use rooftree_kernel::{Day, calendar::ENGLAND_AND_WALES};
use rooftree_people::rules::{normal_phone, postal_lines};
use rooftree_platform::Platform;
use rooftree_repairs::declared::Priority;
use rooftree_works::workforce::windows::when_words;
use std::collections::BTreeMap;

/// Fills templates.
pub(super) struct Letters<'a> {
    pub platform: &'a Platform,
    pub land: &'a Landlord,
    pub catalogue: &'a Catalogue,
}

/// What was sent, and where to.
pub(super) struct Letter {
    pub address: String,
    pub subject: String,
    pub body: String,
}

impl Letters<'_> {
    pub(super) fn write(&self, life: &RepairLife, message: &Message) -> Result<Letter> {
        let config = self.platform.config();
        let template = self.platform.rules().templates.get(message.template);
        let template = template.with_context(|| format!("no template {} is declared", message.template))?;
        let (address, postcode) = self.place(life);
        let person = life.repair.person.map(|person| &self.land.people.persons[person as usize]);
        let name = person.map(crate::people::Person::name).unwrap_or_default();
        let reference = format!("R-{}", life.repair.number);
        let mut values = BTreeMap::from([
            ("landlord", config.landlord.clone()),
            ("phone", config.phone.clone()),
            ("hours", config.hours.clone()),
            ("link", format!("{}/my/repairs/{reference}", config.base_url)),
            ("repair", self.catalogue.items[life.repair.item as usize].item.title.clone()),
            ("address", format!("{address}, {postcode}")),
            ("reference", reference),
            ("when", self.when(life, message)),
        ]);
        if message.channel != "text" {
            values.insert("date", message.sent_at.day().long());
            values.insert("reported", life.repair.reported_at.day().long());
            values.insert("promise", self.promise(life));
        }
        let to = match message.channel {
            "email" => person.and_then(|person| person.email.clone()).unwrap_or_default(),
            "text" => {
                let number = person.and_then(|person| person.mobile.as_deref()).unwrap_or_default();
                normal_phone(number).map_or_else(|| number.to_owned(), |normal| format!("+{normal}"))
            }
            _ => postal_lines(&name, &address, &postcode),
        };
        values.insert("name", name);
        let (subject, body) = template.fill(message.channel, &values, message.sent_at.day())?;
        Ok(Letter { address: to, subject, body })
    }

    fn place(&self, life: &RepairLife) -> (String, String) {
        let world = &self.land.world;
        match (life.repair.home, life.repair.place) {
            (Some(home), _) => {
                let home = &world.homes[home as usize];
                (home.address(), home.postcode.clone())
            }
            (_, Some(place)) => {
                let place = &world.places[place as usize];
                (format!("{}, Oxford", place.name), place.postcode.clone().unwrap_or_default())
            }
            _ => Default::default(),
        }
    }

    fn when(&self, life: &RepairLife, message: &Message) -> String {
        let appointment = life.appointments.iter().find(|one| one.id == message.appointment);
        appointment.map(|one| when_words(one.window_starts_at, one.window_ends_at)).unwrap_or_default()
    }

    fn promise(&self, life: &RepairLife) -> String {
        let reported = life.repair.reported_at.day();
        let by = |days: i64| {
            let calendar = self.platform.rules().calendars.get(ENGLAND_AND_WALES);
            calendar
                .and_then(|calendar| calendar.add_working_days(reported, days).ok())
                .map(Day::long)
                .unwrap_or_default()
        };
        match life.repair.priority {
            Priority::Emergency => "We will make it safe within 24 hours.".to_owned(),
            Priority::Urgent => format!("We will repair it within 3 working days, by {}.", by(3)),
            Priority::Routine => format!("We will repair it within 28 working days, by {}.", by(28)),
        }
    }
}
