//! What is known while somebody rings: the place, who may report there, what is open; and the form of the call read into a report.

use super::model::{CHANNELS, Report};
use crate::{
    declared::{DECLARED, Priority, SCRIPT},
    repair,
};
use rooftree_frame::Form;
use rooftree_homes::public::{Alert, AlertId, Place, alerts_for, place_by_reference};
use rooftree_kernel::{FieldErrors, PersonId};
use rooftree_people::public::{Neighbour, Resident, who_lives_at, who_lives_below};
use rooftree_platform::{Ctx, Result};
use std::collections::BTreeMap;

/// The reporter's choice for whoever does not live there.
pub(super) const SOMEBODY_ELSE: &str = "other";
/// The reporter's choice for one of the many who live in a block or estate: their name is looked for.
pub(super) const A_RESIDENT: &str = "resident";
/// The priority that the page of the decision spoke of.
pub(super) const SHOWN_PRIORITY: &str = "shown_priority";
/// Hits of one kind that the search for the caller shows.
pub(super) const HITS_MAX: i64 = 8;
/// Who is younger than this is not offered as the reporter, in years.
const REPORTER_YEARS_MIN: i64 = 14;

/// What the pages of a call show beside the form.
pub(super) struct Call {
    pub place: Place,
    /// What a home lies in, for repairs of its shared parts.
    pub shared: Option<Place>,
    /// Of a home: its household.
    pub residents: Vec<Resident>,
    /// Of a block or estate: who was chosen among those who live in its homes, or found by name.
    pub neighbours: Vec<Neighbour>,
    pub alerts: Vec<Alert>,
    pub similar: Vec<repair::queries::Similar>,
}

/// Who is said to report it: a person's reference, and for shared parts a name that is looked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Reporter<'a> {
    pub reference: &'a str,
    pub name: &'a str,
}

pub(super) async fn call(ctx: &mut Ctx, place: Place, item: &str, reporter: Reporter<'_>) -> Result<Call> {
    let (now, today) = (ctx.now, ctx.now.day());
    // A child of the household is not who reports.
    let youngest = today.plus_months(-12 * REPORTER_YEARS_MIN);
    let (mut residents, mut neighbours, mut shared) = (Vec::new(), Vec::new(), None);
    if place.kind == "home" {
        residents = who_lives_at(ctx.conn(), place.id, today).await?;
        if let Some(parent) = place.parent_id {
            shared = Some(rooftree_homes::public::place(ctx.conn(), parent).await?);
        }
    } else {
        let Reporter { reference, name } = reporter;
        neighbours = who_lives_below(ctx.conn(), place.id, reference, name, youngest, today).await?;
    }
    residents.retain(|resident| resident.birth_day.is_none_or(|birth| birth <= youngest));
    let alerts = alerts_for(ctx.conn(), place.id, today).await?;
    let similar = repair::queries::similar(ctx.conn(), place.id, item, now).await?;
    Ok(Call { place, shared, residents, neighbours, alerts, similar })
}

impl Call {
    /// The tenant, who rings most often.
    pub(super) fn first_reporter(&self) -> String {
        self.residents.first().map_or_else(String::new, |resident| resident.person.reference.clone())
    }

    /// Whether it is about shared parts, where nobody lives and many may report.
    pub(super) fn is_shared(&self) -> bool {
        self.place.kind != "home"
    }

    /// A resident's name was looked for, and some were found: which of them it is remains to be said.
    pub(super) fn asks_which(&self, form: &Form) -> bool {
        form.get("reporter") == A_RESIDENT && !self.neighbours.is_empty()
    }

    /// The person with this reference, if they may be chosen here as who reports.
    fn reporter(&self, reference: &str) -> Option<PersonId> {
        let residents = self.residents.iter().map(|resident| &resident.person);
        let mut people = residents.chain(self.neighbours.iter().map(|neighbour| &neighbour.person));
        people.find(|person| person.reference == reference).map(|person| person.id)
    }
}

/// Reads the form into a report. What is wrong is noted by field.
pub(super) async fn read(ctx: &mut Ctx, form: &Form, errors: &mut FieldErrors) -> Result<(Report, Call)> {
    let place = place_by_reference(ctx.conn(), form.get("place")).await?;
    let item = form.get("item");
    let call = call(ctx, place, item, reporter_in(form)).await?;
    let reporter = call.reporter(form.get("reporter"));
    if reporter.is_none() {
        reporter_missing(&call, form, errors);
    }
    let channels: Vec<&str> = CHANNELS.iter().map(|(key, _)| *key).collect();
    let channel = form.choice("channel", &channels, "choose how it was reported", errors);
    let questions = SCRIPT.item(item).map_or(&[][..], |item| &item.question);
    let mut answers = BTreeMap::new();
    for question in questions {
        match form.get(&format!("q-{}", question.key)) {
            "" => errors.add(format!("q-{}", question.key), "ask this question and choose the answer"),
            chosen => drop(answers.insert(question.key.clone(), chosen.to_owned())),
        }
    }
    let ticked = form.all("acknowledged");
    let acknowledged: Vec<AlertId> =
        call.alerts.iter().map(|alert| alert.id).filter(|id| ticked.contains(&id.to_string().as_str())).collect();
    if acknowledged.len() < call.alerts.len() {
        errors.add("acknowledged", "read the warnings about this place and tick that you have");
    }
    let recall_of =
        call.similar.iter().find(|similar| similar.reference == form.get("recall_of")).map(|similar| similar.id);
    if recall_of.is_none() && !form.get("recall_of").is_empty() {
        errors.add("recall_of", "choose a finished repair of this place");
    }
    let report = Report {
        place: call.place.id,
        reporter,
        reporter_name: form.get("reporter_name").to_owned(),
        channel,
        item: item.to_owned(),
        answers,
        description: form.lines("description").to_owned(),
        access_notes: form.lines("access_notes").to_owned(),
        override_priority: overridden(form, errors),
        acknowledged,
        recall_of,
    };
    if report.reporter.is_none() && report.reporter_name.is_empty() && form.get("reporter") != A_RESIDENT {
        errors.add("reporter", "say who reports it");
    }
    Ok((report, call))
}

/// Who the form says reports it. A name is looked for only while it is what was chosen.
fn reporter_in(form: &Form) -> Reporter<'_> {
    match form.get("reporter") {
        A_RESIDENT => Reporter { reference: "", name: form.get("resident") },
        SOMEBODY_ELSE => Reporter::default(),
        reference => Reporter { reference, name: "" },
    }
}

/// Nobody on record is chosen: what is wrong with that, if anything is.
fn reporter_missing(call: &Call, form: &Form, errors: &mut FieldErrors) {
    match form.get("reporter") {
        "" | SOMEBODY_ELSE => {}
        A_RESIDENT if call.is_shared() && form.get("resident").is_empty() => {
            errors.add("resident", "type the resident’s name, or a part of it");
        }
        A_RESIDENT if call.is_shared() && call.neighbours.is_empty() => {
            errors.add(
                "resident",
                "nobody of this name lives in the homes here: type less of it, or choose ‘Somebody else’",
            );
        }
        A_RESIDENT if call.is_shared() => errors.add("reporter", "choose who it is"),
        _ => errors.add("reporter", "choose somebody who lives there, or give the name of whoever reports it"),
    }
}

/// Another priority than the decided one needs a declared reason, and words where the reason asks for them.
fn overridden(form: &Form, errors: &mut FieldErrors) -> Option<(Priority, String)> {
    let given = form.get("override_priority");
    let Some(chosen) = Priority::parse(given) else {
        if !given.is_empty() {
            errors.add("override_priority", "choose a priority from the list");
        }
        return None;
    };
    let note = form.get("override_note");
    match DECLARED.reason("override", form.get("override_reason")) {
        None => errors.add("override_reason", "choose why the priority is different"),
        Some(reason) if reason.note && note.is_empty() => {
            errors.add("override_note", "this reason needs a few words of explanation")
        }
        Some(reason) => return Some((chosen, format!("{}: {note}", reason.key))),
    }
    None
}
