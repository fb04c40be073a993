//! Rows of what stands still: providers and users, places, people and tenancies, and the facts that brought them in.

use super::{
    journal::{Entry, Journal},
    sheet::Sheet,
};
use crate::{
    Landlord,
    people::{MemberRole, Person, TenancyKind, needs},
    providers::DEMO_PASSWORD,
    repairs::inspection,
    streams::{Dice, Kind},
    world::{Alert, AlertKind, Home, Place, Tenure, WARDS},
};
use anyhow::Result;
use rooftree_homes::facts as place_facts;
use rooftree_kernel::{Day, Moment};
use rooftree_people::{facts as people_facts, rules::normal_phone};
use rooftree_platform::signin::passwords;
use rooftree_works::declared::DECLARED;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// Needs that are not recorded but follow from a date of birth or from the mark that an interpreter is needed.
const DERIVED: [&str; 5] = [needs::UNDER_1, needs::UNDER_5, needs::AGE_65_PLUS, needs::AGE_80_PLUS, needs::INTERPRETER];

/// Writes the register.
pub(super) struct Register<'a> {
    pub land: &'a Landlord,
    /// When the register came into the journal.
    pub began: Moment,
    pub journal: &'a mut Journal,
    /// Names the import in facts.
    pub importer: Arc<str>,
}

impl Register<'_> {
    /// Everything, in parts, in the order in which tables refer to each other.
    pub(super) fn write(&mut self, mut send: impl FnMut(Vec<Sheet>) -> Result<()>) -> Result<()> {
        let mut sheets = self.providers();
        sheets.push(self.users()?);
        sheets.push(self.seeds());
        send(sheets)?;
        let places = self.places()?;
        send(places.into_iter().chain(self.journal.take()).collect())?;
        let people = self.people()?;
        send(people.into_iter().chain(self.journal.take()).collect())?;
        let tenancies = self.tenancies()?;
        send(tenancies.into_iter().chain(self.journal.take()).collect())
    }

    fn fact(
        &mut self,
        name: &'static str,
        occurred_at: Moment,
        (home, person): (Option<Uuid>, Option<Uuid>),
        fields: &[(&str, &str)],
    ) -> Result<()> {
        let payload: Map<String, Value> =
            fields.iter().map(|(field, value)| ((*field).to_owned(), Value::from(*value))).collect();
        self.journal.push(Entry {
            name,
            recorded_at: self.began.max(occurred_at),
            occurred_at,
            actor: None,
            actor_name: self.importer.clone(),
            channel: "import",
            home,
            person,
            case: None,
            payload,
        })
    }

    fn providers(&self) -> Vec<Sheet> {
        let staff = &self.land.providers;
        let mut provider = Sheet::new("provider", "id, name, kind, parent_id, email");
        for one in &staff.providers {
            let kind = if one.works_company { "works-company" } else { "subcontractor" };
            let parent = (!one.works_company).then_some(staff.providers[0].id);
            provider.row().id(one.id).text(one.name).text(kind).id_or_null(parent).text(&one.email).end();
        }
        let mut operative = Sheet::new("operative", "id, provider_id, name, phone");
        let mut trades = Sheet::new("operative_trade", "operative_id, trade");
        let mut wards = Sheet::new("operative_ward", "operative_id, ward");
        let mut shifts = Sheet::new("shift", "operative_id, weekday, from_time, until_time, on_call");
        let weekdays = weekdays(self.land.config.today());
        for (position, one) in staff.operatives.iter().enumerate() {
            let employer = staff.providers[usize::from(one.provider)].id;
            operative.row().id(one.id).id(employer).text(&one.name).text(&one.mobile).end();
            for trade in one.trades.iter().filter(|trade| DECLARED.trades.contains_key(*trade)) {
                trades.row().id(one.id).text(trade).end();
            }
            for ward in &one.patch {
                wards.row().id(one.id).text(WARDS[usize::from(*ward)].name).end();
            }
            let (lunch, starts, ends): (i64, i64, i64) =
                (one.lunch_starts.into(), one.shift_starts.into(), one.shift_ends.into());
            for weekday in &weekdays {
                shifts.row().id(one.id).int(*weekday).time(starts).time(lunch).flag(false).end();
                shifts.row().id(one.id).int(*weekday).time(lunch + 30).time(ends).flag(false).end();
            }
            // The first of each team takes the emergencies of Sundays; where they work that day anyway, after their shift.
            if staff.operatives.iter().position(|other| other.team == one.team) == Some(position) {
                let from = if weekdays.contains(&SUNDAY) { ends } else { ON_CALL_FROM };
                shifts.row().id(one.id).int(SUNDAY).time(from).time(ON_CALL_UNTIL).flag(true).end();
            }
        }
        vec![provider, operative, trades, wards, shifts]
    }

    fn users(&self) -> Result<Sheet> {
        let land = self.land;
        let password_hash = passwords::hash_now(DEMO_PASSWORD)?;
        let mut sheet = Sheet::new(
            "app_user",
            "id, email, name, role, provider_id, operative_id, person_id, patch, password_hash, created_at",
        );
        for user in &land.providers.users {
            sheet
                .row()
                .id(user.id)
                .text(&user.email)
                .text(&user.name)
                .text(user.role)
                .id_or_null(user.provider.map(|provider| land.providers.providers[usize::from(provider)].id))
                .id_or_null(user.operative.map(|operative| land.providers.operatives[operative as usize].id))
                .id_or_null(user.person.map(|person| land.people.persons[person as usize].id))
                .text_or_null(user.patch.map(|patch| land.world.patches[usize::from(patch)].name.as_str()))
                .text(&password_hash)
                .at(self.began)
                .end();
        }
        Ok(sheet)
    }

    fn places(&mut self) -> Result<[Sheet; 2]> {
        let land = self.land;
        let mut place = Sheet::new(
            "place",
            "id, reference, kind, parent_id, uprn, name, address, postcode, ward, patch, tenure, status, build_year, archetype, \
             storeys, height_m, floor, bedrooms, heating, epc, easting, northing",
        );
        let mut alerts = Sheet::new("place_alert", "id, place_id, kind, title, detail, from_day, added_by");
        for one in &land.world.places {
            self.place(&mut place, one)?;
        }
        for (number, home) in (0_u32..).zip(&land.world.homes) {
            self.home(&mut place, number, home)?;
            let mut dice = Dice::new(land.config.seed, Kind::Rows, u64::from(number));
            for alert in &home.alerts {
                self.alert(&mut alerts, home, alert, &mut dice)?;
            }
        }
        Ok([place, alerts])
    }

    fn place(&mut self, sheet: &mut Sheet, one: &Place) -> Result<()> {
        let land = self.land;
        let parent = one.parent.map(|parent| &land.world.places[parent as usize]);
        let address = match parent {
            Some(parent) if !one.name.contains(&parent.name) => format!("{}, {}, Oxford", one.name, parent.name),
            _ => format!("{}, Oxford", one.name),
        };
        sheet
            .row()
            .id(one.id)
            .text(&one.reference)
            .text(one.kind.key())
            .id_or_null(parent.map(|parent| parent.id))
            .null()
            .text(&one.name)
            .text(&address)
            .text(one.postcode.as_deref().unwrap_or_default())
            .text(WARDS[usize::from(one.ward)].name)
            .text("")
            .null()
            .text("in-use")
            .int_or_null(one.build_year.map(i32::from))
            .text("")
            .int_or_null(one.storeys.map(i32::from))
            .metres_or_null(one.height_cm)
            .null()
            .null()
            .text("")
            .null()
            .int(one.easting)
            .int(one.northing)
            .end();
        let fields = [("kind", one.kind.key()), ("reference", &one.reference)];
        self.fact(place_facts::PLACE_ADDED.name, self.began, (Some(one.id), None), &fields)
    }

    fn home(&mut self, sheet: &mut Sheet, number: u32, home: &Home) -> Result<()> {
        let land = self.land;
        let parent = &land.world.places[home.parent as usize];
        let lived_in = land.people.tenancy_on(number, land.config.today()).is_some();
        let status = if home.tenure == Tenure::Council && !lived_in { "void" } else { "occupied" };
        sheet
            .row()
            .id(home.id)
            .text(&home.reference)
            .text("home")
            .id(parent.id)
            .text_or_null(home.uprn.map(|uprn| uprn.to_string()).as_deref())
            .text("")
            .text(&home.address())
            .text(&home.postcode)
            .text(WARDS[usize::from(home.ward)].name)
            .text(&land.world.patches[usize::from(home.patch)].name)
            .text(home.tenure.key())
            .text(status)
            .int(i32::from(home.build_year))
            .text(home.archetype)
            .int(i32::from(home.storeys))
            .metres_or_null(Some(home.height_cm))
            .int(i32::from(home.floor))
            .int(i32::from(home.bedrooms))
            .text(home.heating)
            .text(home.epc.encode_utf8(&mut [0; 4]))
            .int(home.easting)
            .int(home.northing)
            .end();
        let fields = [("kind", "home"), ("reference", &home.reference)];
        self.fact(place_facts::PLACE_ADDED.name, self.began, (Some(home.id), None), &fields)
    }

    fn alert(&mut self, sheet: &mut Sheet, home: &Home, alert: &Alert, dice: &mut Dice) -> Result<()> {
        let id = dice.id_at(self.began);
        let title = match alert.kind {
            AlertKind::Asbestos => "Asbestos",
            AlertKind::NoAccess => "Access failed before",
            AlertKind::Warning => "Warning",
        };
        let from = self.land.config.today().plus_days(-i64::from(alert.recorded_days_ago));
        let kind = alert.kind.key();
        sheet.row().id(id).id(home.id).text(kind).text(title).text(alert.text).day(from).text(&self.importer).end();
        let fields = [("alert", &*id.to_string()), ("kind", kind), ("title", title)];
        self.fact(place_facts::ALERT_ADDED.name, from.start(), (Some(home.id), None), &fields)
    }

    fn people(&mut self) -> Result<[Sheet; 4]> {
        let land = self.land;
        let mut person = Sheet::new(
            "person",
            "id, reference, given_name, family_name, birth_day, language, interpreter, preferred_channel",
        );
        let mut points = Sheet::new("contact_point", "id, person_id, kind, value, normal, label, preferred, consent");
        let mut needs = Sheet::new("person_need", "id, person_id, need, from_day, review_day, added_by");
        for (number, one) in (0_u64..).zip(&land.people.persons) {
            let mut dice = Dice::new(land.config.seed, Kind::Rows, (1 << 40) | number);
            person
                .row()
                .id(one.id)
                .text(&one.reference)
                .text(one.given)
                .text(one.family)
                .day_or_null(one.born)
                .text(language(one.language))
                .flag(one.needs.contains(&needs::INTERPRETER))
                .text(one.contact.key())
                .end();
            let fields = [("reference", one.reference.as_str())];
            self.fact(people_facts::PERSON_ADDED.name, self.began, (None, Some(one.id)), &fields)?;
            self.points(&mut points, one, &mut dice);
            for need in one.needs.iter().filter(|need| !DERIVED.contains(need)) {
                let from = land.config.today().plus_days(-dice.between(20, 2_000));
                let review = from.plus_months(24);
                needs
                    .row()
                    .id(dice.id_at(self.began))
                    .id(one.id)
                    .text(need)
                    .day(from)
                    .day(review)
                    .text(&self.importer)
                    .end();
                self.fact(
                    people_facts::NEED_ADDED.name,
                    from.start(),
                    (None, Some(one.id)),
                    &[("need", rooftree_people::public::named_need(need))],
                )?;
            }
        }
        let mut representatives = Sheet::new("representative", "id, person_id, representative_id, authority, from_day");
        for (number, one) in (0_u64..).zip(&land.people.representations) {
            let mut dice = Dice::new(land.config.seed, Kind::Rows, (2 << 40) | number);
            let [person, speaker] = [one.person, one.representative].map(|who| land.people.persons[who as usize].id);
            representatives
                .row()
                .id(dice.id_at(self.began))
                .id(person)
                .id(speaker)
                .text(one.capacity)
                .day(one.since)
                .end();
        }
        Ok([person, points, needs, representatives])
    }

    fn points(&self, sheet: &mut Sheet, one: &Person, dice: &mut Dice) {
        let consent = dice.chance(8_800);
        let phones = [(&one.mobile, "mobile"), (&one.landline, "home")];
        for (position, (number, label)) in phones.into_iter().enumerate() {
            let Some(number) = number else { continue };
            let digits = || number.chars().filter(char::is_ascii_digit).collect();
            let normal = normal_phone(number).unwrap_or_else(digits);
            let preferred = position == 0 || one.mobile.is_none();
            sheet
                .row()
                .id(dice.id_at(self.began))
                .id(one.id)
                .text("phone")
                .text(number)
                .text(&normal)
                .text(label)
                .flag(preferred)
                .flag(consent)
                .end();
        }
        if let Some(email) = &one.email {
            let row = sheet.row().id(dice.id_at(self.began)).id(one.id).text("email").text(email).text(email);
            row.text("").flag(true).flag(consent).end();
        }
    }

    fn tenancies(&mut self) -> Result<[Sheet; 2]> {
        let land = self.land;
        let mut tenancy =
            Sheet::new("tenancy", "id, reference, place_id, kind, start_day, end_day, trial_end_day, end_reason");
        let mut members = Sheet::new("tenancy_person", "tenancy_id, person_id, role, relation, from_day, until_day");
        for (number, one) in (0_u64..).zip(&land.people.tenancies) {
            let mut dice = Dice::new(land.config.seed, Kind::Rows, (3 << 40) | number);
            let place = land.world.homes[one.home as usize].id;
            let trial = (one.kind == TenancyKind::Introductory).then(|| one.started.plus_months(12));
            let reason = if one.ended.is_some() {
                *dice.pick(&["Moved away", "Transferred to another home", "Died", "Given up", "Evicted"])
            } else {
                ""
            };
            tenancy
                .row()
                .id(one.id)
                .text(&one.reference)
                .id(place)
                .text(one.kind.key())
                .day(one.started)
                .day_or_null(one.ended)
                .day_or_null(trial)
                .text(reason)
                .end();
            for (position, (person, role)) in one.members.iter().enumerate() {
                let person = &land.people.persons[*person as usize];
                let lead = &land.people.persons[one.members[0].0 as usize];
                let (role, relation) = role_of(one.kind, *role, position == 1 && !is_child_of(person, lead), person);
                // Nobody lives anywhere before they are born.
                let last = one.ended.unwrap_or(land.config.today());
                let born = person.born.filter(|born| (one.started..=last).contains(born));
                members
                    .row()
                    .id(one.id)
                    .id(person.id)
                    .text(role)
                    .text(relation)
                    .day(born.unwrap_or(one.started))
                    .day_or_null(one.ended)
                    .end();
            }
            let lead = one.members.first().map(|(person, _)| land.people.persons[*person as usize].id);
            let (id, start) = (one.id.to_string(), one.started.to_string());
            let mut fields =
                vec![("tenancy", &*id), ("reference", &one.reference), ("kind", one.kind.key()), ("start_day", &start)];
            let trial = trial.map(|day| day.to_string()).unwrap_or_default();
            if !trial.is_empty() {
                fields.push(("trial_end_day", &trial));
            }
            self.fact(people_facts::TENANCY_STARTED.name, one.started.start(), (Some(place), lead), &fields)?;
            if let Some(ended) = one.ended.filter(|ended| *ended <= land.config.today()) {
                let end = ended.to_string();
                let fields = [fields[0], fields[1], fields[2], ("end_day", &*end), ("reason", reason)];
                self.fact(people_facts::TENANCY_ENDED.name, ended.start(), (Some(place), lead), &fields)?;
            }
        }
        Ok([tenancy, members])
    }

    /// The inspection draw's seeds, from the first month of the history to the next month.
    fn seeds(&self) -> Sheet {
        let mut sheet = Sheet::new("inspection_seed", "month, seed, made_at");
        let mut month = self.began.day().month_start();
        while month <= self.land.config.today().plus_months(1) {
            let made_at = month.plus_days(-1).at(9, 0);
            if made_at > self.land.config.now {
                break;
            }
            let seed = inspection::seed(self.land.config.seed, month);
            sheet.row().day(month).bytes(&seed).at(made_at).end();
            month = month.plus_months(1);
        }
        sheet
    }
}

/// The day of the week with an on-call rota, counted from Monday.
const SUNDAY: i32 = 7;
/// When the rota begins and ends, in minutes after midnight: emergencies may be planned into it, and nothing else.
const ON_CALL_FROM: i64 = 8 * 60;
const ON_CALL_UNTIL: i64 = 20 * 60;

/// The days of the week on which shifts are worked: Monday to Friday, and the present day and the next when they fall on a weekend, so
/// that the demo has a day's work whenever it is looked at.
fn weekdays(today: Day) -> Vec<i32> {
    let present = [today, today.plus_days(1)].map(|day| i32::from(day.0.weekday().to_monday_one_offset()));
    (1..=7).filter(|weekday| *weekday <= 5 || present.contains(weekday)).collect()
}

/// So many years younger, in days, that they are a child of the household's first.
const GENERATION_DAYS: i64 = 16 * 365;

fn is_child_of(person: &Person, lead: &Person) -> bool {
    person.born.zip(lead.born).is_some_and(|(born, before)| born.days_since(before) >= GENERATION_DAYS)
}

fn role_of(kind: TenancyKind, role: MemberRole, is_partner: bool, person: &Person) -> (&'static str, &'static str) {
    let child = if person.is_woman() { "daughter" } else { "son" };
    let owner = match kind {
        TenancyKind::Leasehold => Some("leaseholder"),
        TenancyKind::Freehold => Some("owner"),
        _ => None,
    };
    match role {
        MemberRole::Lead => (owner.unwrap_or("tenant"), ""),
        MemberRole::Joint => (owner.unwrap_or("joint-tenant"), "partner"),
        MemberRole::Adult if is_partner => ("household", "partner"),
        MemberRole::Adult | MemberRole::Child => ("household", child),
    }
}

/// The language's name in English.
fn language(code: &str) -> &'static str {
    match code {
        "ur" => "Urdu",
        "pa" => "Punjabi",
        "bn" => "Bengali",
        "ne" => "Nepali",
        "gu" => "Gujarati",
        "sw" => "Swahili",
        "yo" => "Yoruba",
        "fr" => "French",
        "sn" => "Shona",
        "so" => "Somali",
        "ti" => "Tigrinya",
        "am" => "Amharic",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "tet" => "Tetum",
        "ar" => "Arabic",
        "fa" => "Persian",
        "ku" => "Kurdish",
        "zh" => "Mandarin",
        "yue" => "Cantonese",
        "vi" => "Vietnamese",
        "ro" => "Romanian",
        "uk" => "Ukrainian",
        "sq" => "Albanian",
        "bg" => "Bulgarian",
        _ => "English",
    }
}
